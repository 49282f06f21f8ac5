//! The looks of cells that change what a value means: a number may be a day, and nothing but its format says so.

use std::collections::HashMap;

use crate::import::CannotRead;
use crate::import::limits::DEFINITIONS_MAX;
use crate::import::names::Ns;
use crate::import::too_many_definitions;
use crate::import::xml::{Node, Xml};

/// What a number is shown as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shown {
    #[default]
    Number,
    /// A day, with the time of day if there is one.
    Day,
    /// A month of a year, without its day.
    Month,
    /// A time of day.
    Time,
}

/// How a cell looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) shown: Shown,
    pub(super) bold: bool,
}

#[derive(Debug, Default)]
pub(super) struct Formats {
    cells: Vec<Format>,
    pub(super) is_1904: bool,
}

impl Formats {
    pub(super) fn plain(is_1904: bool) -> Self {
        Self { cells: Vec::new(), is_1904 }
    }

    pub(super) fn read(mut xml: Xml<'_>, is_1904: bool) -> Result<Self, CannotRead> {
        let mut patterns = HashMap::new();
        let mut bold = Vec::new();
        let mut cells = Vec::new();
        loop {
            match xml.next()? {
                Node::Start => match xml.name() {
                    (Ns::Sheet, "numFmt") => {
                        let id = number(&xml, "numFmtId");
                        let pattern = xml.attribute(Ns::Other, "formatCode").unwrap_or_default();
                        patterns.insert(id, shown(&pattern));
                    }
                    (Ns::Sheet, "fonts") => bold = fonts(&mut xml)?,
                    (Ns::Sheet, "cellXfs") => cells = looks(&mut xml)?,
                    (Ns::Sheet, "dxfs" | "cellStyleXfs") => xml.skip()?,
                    _ => {}
                },
                Node::Eof => break,
                Node::End | Node::Text => {}
            }
            if patterns.len() > DEFINITIONS_MAX {
                return Err(too_many_definitions());
            }
        }
        let format = |(pattern, font): &(usize, usize)| Format {
            shown: patterns.get(pattern).copied().unwrap_or_else(|| built_in(*pattern)),
            bold: bold.get(*font).copied().unwrap_or_default(),
        };
        Ok(Self { cells: cells.iter().map(format).collect(), is_1904 })
    }

    pub(super) fn of(&self, style: usize) -> Format {
        self.cells.get(style).copied().unwrap_or_default()
    }
}

/// Which fonts are bold.
fn fonts(xml: &mut Xml<'_>) -> Result<Vec<bool>, CannotRead> {
    let depth = xml.depth();
    let mut fonts = Vec::new();
    while let Some(node) = xml.next_in(depth)? {
        if node != Node::Start {
            continue;
        }
        match xml.name() {
            (Ns::Sheet, "font") => fonts.push(false),
            (Ns::Sheet, "b") => {
                let value = xml.attribute(Ns::Other, "val");
                let is_bold = value.is_none_or(|value| value != "0" && value != "false");
                if let Some(font) = fonts.last_mut() {
                    *font = is_bold;
                }
            }
            _ => {}
        }
        if fonts.len() > DEFINITIONS_MAX {
            return Err(too_many_definitions());
        }
    }
    Ok(fonts)
}

/// The number format and font of each look.
fn looks(xml: &mut Xml<'_>) -> Result<Vec<(usize, usize)>, CannotRead> {
    let depth = xml.depth();
    let mut looks = Vec::new();
    while let Some(node) = xml.next_in(depth)? {
        if node == Node::Start && xml.is(Ns::Sheet, "xf") {
            looks.push((number(xml, "numFmtId"), number(xml, "fontId")));
        }
        // Excel itself allows 65,490 looks.
        if looks.len() > 4 * DEFINITIONS_MAX {
            return Err(too_many_definitions());
        }
    }
    Ok(looks)
}

fn number(xml: &Xml<'_>, name: &str) -> usize {
    xml.attribute(Ns::Other, name).and_then(|value| value.parse().ok()).unwrap_or_default()
}

/// The formats that every Excel knows by number.
fn built_in(id: usize) -> Shown {
    match id {
        14..=16 | 22 | 27..=31 | 36 | 50..=54 | 57 | 58 => Shown::Day,
        17 | 55 | 56 => Shown::Month,
        18..=21 | 32..=35 | 45..=47 => Shown::Time,
        _ => Shown::Number,
    }
}

/// What a pattern shows, by its letters outside of quotes and brackets.
fn shown(pattern: &str) -> Shown {
    let mut letters = String::new();
    let mut all = pattern.chars();
    while let Some(letter) = all.next() {
        match letter {
            '"' => {
                all.by_ref().find(|end| *end == '"');
            }
            '[' => {
                // A length of time, [h]:mm, is in brackets; colours and countries are, too.
                let inside: String = all.by_ref().take_while(|end| *end != ']').collect();
                if inside.chars().all(|unit| matches!(unit, 'h' | 'H' | 'm' | 'M' | 's' | 'S')) {
                    letters.push_str(&inside.to_lowercase());
                }
            }
            '\\' | '_' | '*' => {
                all.next();
            }
            ';' => break,
            letter => letters.extend(letter.to_lowercase()),
        }
    }
    if letters.contains("general") {
        return Shown::Number;
    }
    let has = |letter: char| letters.contains(letter);
    match (has('d'), has('y'), has('m'), has('h') || has('s')) {
        (true, ..) => Shown::Day,
        (false, true, ..) | (false, false, true, false) => Shown::Month,
        (false, false, _, true) => Shown::Time,
        (false, false, false, false) => Shown::Number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_shows_days_months_times_or_numbers() {
        let cases = [
            ("General", Shown::Number),
            ("0.00", Shown::Number),
            ("0\" дн.\"", Shown::Number),
            ("#,##0\\ \"d\"", Shown::Number),
            ("[Red]0;[Blue]-0", Shown::Number),
            ("@", Shown::Number),
            ("0;-0;d", Shown::Number),
            ("dd.mm.yyyy", Shown::Day),
            ("[$-FC19]dd\\ mmmm\\ yyyy\\ \\г\\.;@", Shown::Day),
            ("d\\-mmm", Shown::Day),
            ("mmm\\-yy", Shown::Month),
            ("[$-419]mmmm\\ yyyy;@", Shown::Month),
            ("h:mm", Shown::Time),
            ("[h]:mm:ss", Shown::Time),
            ("dd/mm/yy h:mm", Shown::Day),
            ("\"", Shown::Number),
            ("\\", Shown::Number),
        ];
        for (pattern, wanted) in cases {
            assert_eq!(shown(pattern), wanted, "{pattern}");
        }
    }
}
