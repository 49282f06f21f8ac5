//! Word files, read in one pass: the parts that explain the text first, then the text itself, never held whole.

mod body;
mod cell;
mod notes;
mod numbering;
mod paragraph;
mod run;
mod styles;
mod symbols;
mod table;

use body::Body;
use notes::Notes;
use numbering::Numbering;
use styles::Styles;

use super::draft::Draft;
use super::names::Ns;
use super::package::Package;
use super::relations::{Relation, related, relations};
use super::xml::{Node, Xml};
use super::{CannotRead, NoticeKind, Place};

/// Reads the document whose main part this is.
pub(super) fn read(package: &mut Package<'_>, main: &str, draft: &mut Draft) -> Result<(), CannotRead> {
    let parts = relations(package, main)?;
    find_external(&parts, draft);
    if is_protected(package, &parts)? {
        draft.find(&Place::File, NoticeKind::Protected);
    }
    let styles = match open_definitions(package, &parts, "styles")? {
        Some(xml) => Styles::read(xml)?,
        None => Styles::default(),
    };
    let numbering = match open_definitions(package, &parts, "numbering")? {
        Some(xml) => Numbering::read(xml)?,
        None => Numbering::default(),
    };
    let notes = read_notes(package, &parts)?;
    let xml = package.load(main)?;
    Body::new(xml, draft, &styles, numbering, &notes).read()?;
    for kind in ["header", "footer"] {
        find_margins(package, &parts, kind, draft)?;
    }
    Ok(())
}

fn open<'p>(
    package: &'p mut Package<'_>,
    parts: &[Relation],
    kind: &str,
) -> Result<Option<Xml<'p>>, CannotRead> {
    match related(parts, kind) {
        Some(part) => package.find(part),
        None => Ok(None),
    }
}

fn open_definitions<'p>(
    package: &'p mut Package<'_>,
    parts: &[Relation],
    kind: &str,
) -> Result<Option<Xml<'p>>, CannotRead> {
    match related(parts, kind) {
        Some(part) => package.find_definitions(part),
        None => Ok(None),
    }
}

fn read_notes(package: &mut Package<'_>, parts: &[Relation]) -> Result<Notes, CannotRead> {
    let mut notes = Notes::default();
    if let Some(xml) = open(package, parts, "footnotes")? {
        notes.footnotes = notes::read(xml, "footnote")?;
    }
    if let Some(xml) = open(package, parts, "endnotes")? {
        notes.endnotes = notes::read(xml, "endnote")?;
    }
    if let Some(xml) = open(package, parts, "comments")? {
        notes.comments = notes::read(xml, "comment")?;
    }
    Ok(notes)
}

/// Links in the text lead elsewhere and are text; everything else outside would be shown as part of the document.
fn find_external(parts: &[Relation], draft: &mut Draft) {
    let external = parts.iter().filter(|relation| relation.is_external && relation.kind != "hyperlink");
    for relation in external {
        draft.find(&Place::File, NoticeKind::external(&relation.target));
    }
}

fn is_protected(package: &mut Package<'_>, parts: &[Relation]) -> Result<bool, CannotRead> {
    let Some(mut xml) = open(package, parts, "settings")? else { return Ok(false) };
    let mut is_protected = false;
    loop {
        match xml.next()? {
            Node::Start if xml.is(Ns::Word, "documentProtection") => {
                is_protected = xml
                    .attribute(Ns::Word, "enforcement")
                    .is_some_and(|value| !matches!(value.as_str(), "0" | "false" | "off"));
            }
            Node::Eof => return Ok(is_protected),
            Node::Start | Node::End | Node::Text => {}
        }
    }
}

/// Tops and feet of pages hold page numbers, and sometimes the name of the municipality.
fn find_margins(
    package: &mut Package<'_>,
    parts: &[Relation],
    kind: &str,
    draft: &mut Draft,
) -> Result<(), CannotRead> {
    for relation in parts.iter().filter(|relation| relation.kind == kind && !relation.is_external) {
        let Some(xml) = package.find(&relation.target)? else { continue };
        let text = notes::whole(xml)?;
        if text.chars().any(char::is_alphabetic) {
            draft.find(&Place::File, NoticeKind::header_or_footer(&text));
        }
    }
    Ok(())
}
