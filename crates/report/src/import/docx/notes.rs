//! What stands beside the text of a Word file: notes, remarks in the margin, the tops and feet of pages.

use std::collections::HashMap;

use crate::import::limits::{DEFINITIONS_MAX, NOTE_BYTES_MAX};
use crate::import::names::Ns;
use crate::import::too_many_definitions;
use crate::import::xml::{Node, Xml};
use crate::import::{CannotRead, Limit};

/// Texts by the ids that the document calls them by.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) footnotes: HashMap<String, String>,
    pub(super) endnotes: HashMap<String, String>,
    pub(super) comments: HashMap<String, String>,
}

/// Every element of the given name with its text.
pub(super) fn read(mut xml: Xml<'_>, element: &str) -> Result<HashMap<String, String>, CannotRead> {
    let mut notes = HashMap::new();
    let mut bytes = 0;
    loop {
        match xml.next()? {
            Node::Start if xml.is(Ns::Word, element) => {
                let id = xml.attribute(Ns::Word, "id").unwrap_or_default();
                let text = plain_text(&mut xml)?;
                bytes += text.len();
                notes.insert(id, text);
            }
            Node::Eof => return Ok(notes),
            Node::Start | Node::End | Node::Text => {}
        }
        if notes.len() > DEFINITIONS_MAX {
            return Err(too_many_definitions());
        }
        if bytes > NOTE_BYTES_MAX {
            return Err(CannotRead::TooLarge { limit: Limit::TextBytes, max: NOTE_BYTES_MAX as u64 });
        }
    }
}

/// The text of a whole part: a header or footer.
pub(super) fn whole(mut xml: Xml<'_>) -> Result<String, CannotRead> {
    while xml.next()? != Node::Start {}
    plain_text(&mut xml)
}

/// What stands in the element that began last, a line a paragraph.
fn plain_text(xml: &mut Xml<'_>) -> Result<String, CannotRead> {
    let depth = xml.depth();
    let mut text = String::new();
    while let Some(node) = xml.next_in(depth)? {
        if node != Node::Start {
            continue;
        }
        match xml.name() {
            (Ns::Word, "t") => {
                let piece = xml.text_inside()?;
                text.push_str(&piece);
            }
            (Ns::Word, "tab") => text.push('\t'),
            (Ns::Word, "br" | "cr") => text.push('\n'),
            (Ns::Word, "p") if !text.is_empty() => text.push('\n'),
            (Ns::Word, "del" | "moveFrom") | (Ns::Compatibility, "Fallback") => xml.skip()?,
            _ => {}
        }
        Xml::check_kept(text.len())?;
    }
    Ok(text.trim().to_owned())
}
