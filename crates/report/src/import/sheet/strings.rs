//! Texts that cells share, and how Excel spells what XML cannot.

use crate::import::limits::{CELLS_MAX, TEXT_BYTES_MAX};
use crate::import::names::Ns;
use crate::import::xml::{Node, Xml};
use crate::import::{CannotRead, Limit};

/// `_x` and `_` around four digits.
const ESCAPE_CHARS: usize = 7;

/// All shared texts, in their order.
pub(super) fn read_strings(mut xml: Xml<'_>) -> Result<Vec<String>, CannotRead> {
    let mut strings = Vec::new();
    let mut bytes = 0;
    loop {
        match xml.next()? {
            Node::Start if xml.is(Ns::Sheet, "si") => {
                let text = text(&mut xml)?;
                bytes += text.len();
                strings.push(text);
            }
            Node::Eof => return Ok(strings),
            Node::Start | Node::End | Node::Text => {}
        }
        if bytes > TEXT_BYTES_MAX {
            return Err(CannotRead::TooLarge { limit: Limit::TextBytes, max: TEXT_BYTES_MAX as u64 });
        }
        if strings.len() > CELLS_MAX {
            return Err(CannotRead::TooLarge { limit: Limit::Cells, max: CELLS_MAX as u64 });
        }
    }
}

/// The text of the element that began last, of one look or many; how it is spoken in Japanese is no part of it.
pub(super) fn text(xml: &mut Xml<'_>) -> Result<String, CannotRead> {
    let depth = xml.depth();
    let mut text = String::new();
    while let Some(node) = xml.next_in(depth)? {
        if node != Node::Start {
            continue;
        }
        match xml.name() {
            (Ns::Sheet, "t") => text.push_str(&xml.text_inside()?),
            (Ns::Sheet, "rPh") => xml.skip()?,
            _ => {}
        }
        Xml::check_kept(text.len())?;
    }
    text.shrink_to_fit();
    Ok(text)
}

/// Text in which `_x000D_` stands for U+000D.
pub(super) fn unescaped(text: &str) -> String {
    if !text.contains("_x") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(letter) = escaped(rest) {
            out.push(letter);
            rest = &rest[ESCAPE_CHARS..];
        } else {
            out.push('_');
            rest = &rest[1..];
        }
    }
    out + rest
}

/// The letter that the beginning of the text stands for.
fn escaped(text: &str) -> Option<char> {
    let digits = text.get(2..ESCAPE_CHARS)?.strip_suffix('_')?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_spelled_out() {
        let cases = [
            ("а_x000D_\nб", "а\r\nб"),
            ("_x041c_", "М"),
            ("_x005F_x000D_", "_x000D_"),
            ("файл_x.docx_x00", "файл_x.docx_x00"),
            ("_xd800_", "_xd800_"),
            ("_x+041_", "_x+041_"),
        ];
        for (written, meant) in cases {
            assert_eq!(unescaped(written), meant);
        }
    }
}
