//! The pages: title, table, section of the pages. All looks are in the styles; here is only what is what.

use std::borrow::Cow;
use std::fmt::Write as _;

use svod_text::document::COLUMNS;

use super::paragraph::paragraph;
use crate::properties::mark;
use crate::xml::escaped;
use crate::{Head, Revision, Row, SectionHead};

/// Widths of the columns in twentieths of a point: 12, 50, 35, 30, 83, 57 parts of the width between the margins.
pub(super) const WIDTHS: [u32; 6] = [655, 2729, 1910, 1637, 4529, 3110];

/// Width between the margins: A4 lying (16838), less 30 mm on the left and 10 mm on the right.
pub(super) const WIDTH: u32 = 14570;

/// Styles of the six cells of an activity.
pub(super) const CELL_STYLES: [&str; 6] =
    ["CellNumber", "CellText", "CellText", "CellText", "CellText", "CellText"];

/// Of a cell across the whole table.
pub(super) const ACROSS: &str = r#"<w:gridSpan w:val="6"/>"#;

const DECLARATION: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    "\n",
    r#"<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" "#,
    r#"xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:body>"#,
);

/// What ends the table.
pub(super) const TABLE_CLOSING: &str = "</w:tbl>";

/// A paragraph must follow a table; then the pages: A4 lying, margins 20, 10, 20 and 30 mm, first page of its own.
pub(super) const CLOSING: &str = concat!(
    r#"<w:p><w:pPr><w:pStyle w:val="AfterTable"/></w:pPr></w:p>"#,
    r#"<w:sectPr><w:headerReference w:type="first" r:id="rId4"/><w:headerReference w:type="default" r:id="rId5"/>"#,
    r#"<w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>"#,
    r#"<w:pgMar w:top="1134" w:right="567" w:bottom="1134" w:left="1701" w:header="567" w:footer="567" w:gutter="0"/>"#,
    r#"<w:titlePg/></w:sectPr></w:body></w:document>"#,
);

/// The title as a paragraph.
pub(super) fn title(head: &Head) -> String {
    let mut out = String::new();
    paragraph("Title", &head.title, &mut out);
    out
}

/// Everything before the first section row.
pub(super) fn opening(head: &Head, title: &str, table: &str) -> String {
    let mut out = DECLARATION.to_owned();
    if let Some(mark) = mark(head.status) {
        paragraph("PreviewMark", mark, &mut out);
    }
    out.push_str(title);
    out.push_str(table);
    for (heading, width) in COLUMNS.iter().zip(WIDTHS) {
        cell(width, "", "ColumnHeading", &[Cow::Borrowed(*heading)], &mut out);
    }
    out + "</w:tr>"
}

/// The looks of the table are its style's. What it is called is for whoever has the document read aloud.
pub(super) fn table_opening(name: Option<&str>) -> String {
    let columns = WIDTHS.map(|width| format!(r#"<w:gridCol w:w="{width}"/>"#)).concat();
    let name = name.map(caption).unwrap_or_default();
    [
        r#"<w:tbl><w:tblPr><w:tblStyle w:val="ReportTable"/>"#,
        &format!(r#"<w:tblW w:w="{WIDTH}" w:type="dxa"/><w:tblLayout w:type="fixed"/>"#),
        &format!(r#"<w:tblLook w:val="0020"/>{name}</w:tblPr><w:tblGrid>{columns}</w:tblGrid>"#),
        "<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>",
    ]
    .concat()
}

/// Word 2007 does not know the element and would call the file damaged; a choice that it does not understand it passes
/// over (ISO/IEC 29500-3), and later ones understand it.
fn caption(name: &str) -> String {
    let name = escaped(name);
    [
        r#"<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" "#,
        r#"xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"><mc:Choice Requires="w14">"#,
        &format!(r#"<w:tblCaption w:val="{name}"/></mc:Choice></mc:AlternateContent>"#),
    ]
    .concat()
}

/// Across the whole table; its style keeps it with the row behind it.
pub(super) fn section_row(section: &SectionHead, out: &mut String) {
    out.push_str("<w:tr><w:trPr><w:cantSplit/></w:trPr>");
    let heading = [Cow::Borrowed(section.heading.as_str())];
    cell(WIDTH, ACROSS, "SectionHeading", &heading, out);
    out.push_str("</w:tr>");
}

/// The paragraphs below the table, each with its style.
pub(super) fn revision_lines(revision: &Revision) -> Vec<(&'static str, String)> {
    let texts = revision.paragraphs().into_iter().map(|text| ("RevisionText", text));
    std::iter::once(("RevisionHeading", revision.heading())).chain(texts).collect()
}

pub(super) fn activity_row(row: &Row, out: &mut String) {
    out.push_str("<w:tr>");
    if row.stays_whole() {
        out.push_str("<w:trPr><w:cantSplit/></w:trPr>");
    }
    for ((paragraphs, style), width) in row.cells().iter().zip(CELL_STYLES).zip(WIDTHS) {
        cell(width, "", style, paragraphs, out);
    }
    out.push_str("</w:tr>");
}

/// What begins a cell; `span` is what its properties say of columns.
pub(super) fn cell_opening(width: u32, span: &str, out: &mut String) {
    // Writing to a text cannot fail.
    let _ = write!(out, r#"<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>"#);
    out.push_str(span);
    out.push_str("</w:tcPr>");
}

/// A cell always ends with a paragraph: Word calls a file without one damaged.
fn cell(width: u32, span: &str, style: &str, paragraphs: &[Cow<'_, str>], out: &mut String) {
    cell_opening(width, span, out);
    for text in paragraphs {
        paragraph(style, text, out);
    }
    if paragraphs.is_empty() {
        paragraph(style, "", out);
    }
    out.push_str("</w:tc>");
}
