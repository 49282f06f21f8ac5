//! Workbooks of Excel, read sheet by sheet in one pass each; hidden sheets are told and left out.

mod formats;
mod merges;
mod rows;
mod strings;
mod values;
mod workbook;

use std::collections::HashMap;

pub(super) use values::day_text;

use formats::Formats;
use rows::SheetReader;
use strings::read_strings;
use workbook::{Sheet, Workbook};

use super::draft::Draft;
use super::limits::{DEFINITIONS_MAX, NOTE_BYTES_MAX};
use super::names::Ns;
use super::package::Package;
use super::relations::{Relation, related, relations};
use super::xml::Node;
use super::{CannotRead, NoticeKind, Place};

/// Reads the workbook whose main part this is.
pub(super) fn read(package: &mut Package<'_>, main: &str, draft: &mut Draft) -> Result<(), CannotRead> {
    let parts = relations(package, main)?;
    for relation in parts.iter().filter(|relation| relation.is_external && relation.kind != "hyperlink") {
        draft.find(&Place::File, NoticeKind::external(&relation.target));
    }
    let Some(xml) = package.find_definitions(main)? else {
        return Err(CannotRead::MissingPart { part: main.to_owned() });
    };
    let workbook = Workbook::read(xml)?;
    let strings = match related(&parts, "sharedStrings") {
        Some(part) => read_strings(package.load(part)?)?,
        None => Vec::new(),
    };
    let formats = match related(&parts, "styles") {
        Some(part) => match package.find_definitions(part)? {
            Some(xml) => Formats::read(xml, workbook.is_1904)?,
            None => Formats::plain(workbook.is_1904),
        },
        None => Formats::plain(workbook.is_1904),
    };
    for sheet in &workbook.sheets {
        let place = Place::Sheet { sheet: sheet.name.clone() };
        if sheet.is_hidden {
            draft.find(&place, NoticeKind::HiddenSheet);
            continue;
        }
        let Some(tie) = parts.iter().find(|relation| relation.id == sheet.tie) else {
            return Err(CannotRead::MissingPart { part: sheet.name.clone() });
        };
        if tie.kind != "worksheet" {
            draft.find(&place, NoticeKind::Drawing);
            continue;
        }
        read_sheet(package, &tie.target, sheet, (&strings, &formats), draft)?;
    }
    Ok(())
}

fn read_sheet(
    package: &mut Package<'_>,
    part: &str,
    sheet: &Sheet,
    (strings, formats): (&[String], &Formats),
    draft: &mut Draft,
) -> Result<(), CannotRead> {
    let place = Place::Sheet { sheet: sheet.name.clone() };
    let ties = relations(package, part)?;
    if let Some(drawing) = related(&ties, "drawing") {
        find_drawing(package, drawing, &place, draft)?;
    }
    let remarks = read_remarks(package, &ties)?;
    let xml = package.load(part)?;
    let table = draft.begin_table(Some(sheet.name.clone()));
    SheetReader::new(xml, draft, sheet, strings, formats, remarks, table).read()
}

/// Pictures and charts float above the cells.
fn find_drawing(
    package: &mut Package<'_>,
    part: &str,
    place: &Place,
    draft: &mut Draft,
) -> Result<(), CannotRead> {
    let Some(mut xml) = package.find(part)? else { return Ok(()) };
    loop {
        match xml.next()? {
            Node::Start => match xml.name() {
                (Ns::Diagram, "chart" | "relIds") | (_, "txBody") => draft.find(place, NoticeKind::Drawing),
                (_, "pic") => draft.find(place, NoticeKind::Image),
                _ => {}
            },
            Node::Eof => return Ok(()),
            Node::End | Node::Text => {}
        }
    }
}

/// Remarks by the cell that they hang on, as its name has it.
fn read_remarks(package: &mut Package<'_>, ties: &[Relation]) -> Result<HashMap<String, String>, CannotRead> {
    let mut remarks = HashMap::new();
    let mut bytes = 0;
    let Some(part) = related(ties, "comments") else { return Ok(remarks) };
    let Some(mut xml) = package.find(part)? else { return Ok(remarks) };
    loop {
        match xml.next()? {
            Node::Start if xml.is(Ns::Sheet, "comment") => {
                let cell = xml.attribute(Ns::Other, "ref").unwrap_or_default();
                let remark = strings::text(&mut xml)?;
                bytes += cell.len() + remark.len();
                remarks.insert(cell, remark);
            }
            Node::Eof => return Ok(remarks),
            Node::Start | Node::End | Node::Text => {}
        }
        if remarks.len() > DEFINITIONS_MAX || bytes > NOTE_BYTES_MAX {
            return Err(super::too_many_definitions());
        }
    }
}
