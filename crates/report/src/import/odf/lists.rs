//! Lists of ODF and the numbers that they count. A list counts from its start, unless it says that it goes on with
//! the last one of its style or with one that it names.

use std::collections::HashMap;

use super::Reader;
use super::styles::Styles;
use crate::import::CannotRead;
use crate::import::limits::{DEFINITIONS_MAX, NAME_CHARS_MAX};
use crate::import::lines::{Label, Lines};
use crate::import::names::Ns;
use crate::import::numerals::formatted;
use crate::import::too_many_definitions;
use crate::import::xml::Node;

/// Levels of a list of ODF.
pub(super) const LEVELS: usize = 10;

type Counters = [Option<u32>; LEVELS];

#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Counters where lists ended, by the ids of lists and the names of styles.
    ended: HashMap<String, Counters>,
    counters: Counters,
    style: String,
    id: String,
    /// An item that has begun and whose first paragraph has not come yet: its level and the start that it asks for.
    item: Option<(usize, Option<u32>)>,
}

impl Lists {
    /// The mark of the paragraph that begins: only the first of an item has one.
    pub(super) fn take_label(&mut self, paragraph_style: &str, styles: &Styles) -> Option<Label> {
        let (level, start) = self.item.take()?;
        let style = if self.style.is_empty() { styles.list_of(paragraph_style)? } else { &self.style };
        let here = styles.level(style, level + 1)?;
        if here.is_bullet {
            return Some(Label::Bullet);
        }
        let next = self.counters[level].map_or(here.start, |count| count.saturating_add(1));
        self.counters[level] = Some(start.unwrap_or(next));
        self.counters[level + 1..].fill(None);
        let mut shown = Vec::new();
        for at in (level + 1).saturating_sub(here.shown.max(1))..=level {
            let Some(of) = styles.level(style, at + 1) else { continue };
            let number = formatted(self.counters[at].unwrap_or(of.start), format_name(&of.format));
            if !of.format.is_empty() {
                shown.push(number);
            }
        }
        let text = [&*here.prefix, &shown.join("."), &here.suffix].concat();
        (!text.trim().is_empty()).then_some(Label::Number(text))
    }

    fn begin(&mut self, style: String, id: String, goes_on: bool, after: Option<String>) {
        let from = match after {
            Some(after) => self.ended.get(&after),
            None if goes_on => self.ended.get(&style),
            None => None,
        };
        self.counters = from.copied().unwrap_or_default();
        (self.style, self.id) = (style, id);
    }

    fn end(&mut self) -> Result<(), CannotRead> {
        self.item = None;
        if self.style.len() <= NAME_CHARS_MAX {
            self.ended.insert(self.style.clone(), self.counters);
        }
        // No program gives lists longer names than this; a list that has one cannot be gone on with.
        if (1..=NAME_CHARS_MAX).contains(&self.id.len()) {
            self.ended.insert(self.id.clone(), self.counters);
        }
        if self.ended.len() > DEFINITIONS_MAX { Err(too_many_definitions()) } else { Ok(()) }
    }
}

impl Reader<'_, '_> {
    /// Reads the list that began last, at a level from 0.
    pub(super) fn list(&mut self, lines: &mut Lines, level: usize) -> Result<(), CannotRead> {
        let depth = self.xml.depth();
        let level = level.min(LEVELS - 1);
        if level == 0 {
            let text = |name| self.xml.attribute(Ns::OdfText, name);
            let goes_on = text("continue-numbering").is_some_and(|value| value == "true");
            let id = self.xml.attribute(Ns::Other, "id").unwrap_or_default();
            self.lists.begin(text("style-name").unwrap_or_default(), id, goes_on, text("continue-list"));
        }
        while let Some(node) = self.xml.next_in(depth)? {
            if node != Node::Start {
                continue;
            }
            match self.xml.name() {
                (Ns::OdfText, "list-item") => {
                    let start = self.xml.attribute(Ns::OdfText, "start-value");
                    self.lists.item = Some((level, start.and_then(|start| start.parse().ok())));
                    self.item(lines, level)?;
                }
                (Ns::OdfText, "list-header") => {
                    self.lists.item = None;
                    self.item(lines, level)?;
                }
                _ => {}
            }
        }
        if level == 0 { self.lists.end() } else { Ok(()) }
    }

    fn item(&mut self, lines: &mut Lines, level: usize) -> Result<(), CannotRead> {
        let depth = self.xml.depth();
        while let Some(node) = self.xml.next_in(depth)? {
            if node != Node::Start {
                continue;
            }
            match self.xml.name() {
                (Ns::OdfText, "list") => self.list(lines, level + 1)?,
                _ => self.flow_element(lines)?,
            }
        }
        self.lists.item = None;
        Ok(())
    }
}

/// The kinds of numbers that ODF names by an example, under the names that Word has for them.
fn format_name(example: &str) -> &'static str {
    match example {
        "" => "none",
        "i" => "lowerRoman",
        "I" => "upperRoman",
        "a" => "lowerLetter",
        "A" => "upperLetter",
        other if other.starts_with('\u{430}') => "russianLower",
        other if other.starts_with('\u{410}') => "russianUpper",
        _ => "decimal",
    }
}
