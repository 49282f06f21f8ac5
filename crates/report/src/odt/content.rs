//! The pages: title and table. All looks are in the styles; here is only what is what.

use std::borrow::Cow;

use svod_text::document::{COLUMNS, TABLE_NAME};

use crate::properties::mark;
use crate::xml::{escape, escaped};
use crate::{Head, Revision, Row, SectionHead};

/// Widths of the columns in hundredths of a millimetre: 12, 50, 35, 30, 83, 57 parts of the 257 mm between the margins.
const WIDTHS: [u32; 6] = [1155, 4813, 3369, 2888, 7989, 5486];

/// Styles of the six cells of an activity.
const CELL_STYLES: [&str; 6] = ["CellNumber", "CellText", "CellText", "CellText", "CellText", "CellText"];

const TABLE_CLOSING: &str = "</table:table>";

const CLOSING: &str = "</office:text></office:body></office:document-content>";

const CELL_CLOSING: &str = "</table:table-cell>";

const DECLARATION: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    "\n",
    r#"<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" "#,
    r#"xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" "#,
    r#"xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" "#,
    r#"xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" "#,
    r#"xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" office:version="1.3">"#,
);

/// The first page has a set-up of its own, which the first paragraph asks for. Looks of tables can only be automatic
/// styles.
fn automatic_styles(first: &str) -> String {
    let columns = WIDTHS.iter().zip(1..).map(|(width, column)| {
        let (whole, part) = (width / 100, width % 100);
        format!(
            r#"<style:style style:name="Column{column}" style:family="table-column"><style:table-column-properties style:column-width="{whole}.{part:02}mm"/></style:style>"#
        )
    });
    [
        "<office:automatic-styles>",
        &format!(r#"<style:style style:name="First" style:family="paragraph" style:parent-style-name="{first}" style:master-page-name="First"/>"#),
        r#"<style:style style:name="Report" style:family="table"><style:table-properties style:width="257mm" table:align="left" table:border-model="collapsing"/></style:style>"#,
        &columns.collect::<String>(),
        r#"<style:style style:name="Whole" style:family="table-row"><style:table-row-properties fo:keep-together="always"/></style:style>"#,
        r#"<style:style style:name="Broken" style:family="table-row"><style:table-row-properties fo:keep-together="auto"/></style:style>"#,
        r#"<style:style style:name="Cell" style:family="table-cell"><style:table-cell-properties fo:border="0.5pt solid #000000" fo:padding="0.5mm 1mm"/></style:style>"#,
        r#"<style:style style:name="HeadingCell" style:family="table-cell"><style:table-cell-properties style:vertical-align="middle" fo:border="0.5pt solid #000000" fo:padding="0.5mm 1mm"/></style:style>"#,
        "</office:automatic-styles>",
    ]
    .concat()
}

/// Everything before the first section row.
pub(super) fn opening(head: &Head, table: Option<&str>) -> String {
    let mark = mark(head.status);
    let first = if mark.is_some() { "PreviewMark" } else { "Title" };
    let mut out = DECLARATION.to_owned() + &automatic_styles(first) + "<office:body><office:text>";
    match mark {
        Some(mark) => {
            paragraph("First", mark, &mut out);
            paragraph("Title", &head.title, &mut out);
        }
        None => paragraph("First", &head.title, &mut out),
    }
    out.push_str(&table_opening(table));
    out.push_str(r#"<table:table-header-rows><table:table-row table:style-name="Whole">"#);
    for heading in COLUMNS {
        out.push_str(r#"<table:table-cell table:style-name="HeadingCell" office:value-type="string">"#);
        paragraph("ColumnHeading", heading, &mut out);
        out.push_str(CELL_CLOSING);
    }
    out + "</table:table-row></table:table-header-rows>"
}

/// What the table is called is for whoever has the document read aloud.
fn table_opening(name: Option<&str>) -> String {
    let table = format!(r#"<table:table table:name="{TABLE_NAME}" table:style-name="Report">"#);
    let columns = 1..=WIDTHS.len();
    let columns = columns.map(|column| format!(r#"<table:table-column table:style-name="Column{column}"/>"#));
    let name = name.map(|name| format!("<table:title>{}</table:title>", escaped(name)));
    table + &name.unwrap_or_default() + &columns.collect::<String>()
}

/// Everything behind the last row.
pub(super) fn closing(revision: Option<&Revision>) -> String {
    let mut out = TABLE_CLOSING.to_owned();
    if let Some(revision) = revision {
        heading("RevisionHeading", &revision.heading(), &mut out);
        for text in revision.paragraphs() {
            paragraph("RevisionText", &text, &mut out);
        }
    }
    out + CLOSING
}

/// Across the whole table; its style keeps it with the row behind it.
pub(super) fn section_row(section: &SectionHead, out: &mut String) {
    out.push_str(r#"<table:table-row table:style-name="Whole"><table:table-cell table:style-name="Cell" "#);
    out.push_str(r#"table:number-columns-spanned="6" office:value-type="string">"#);
    heading("SectionHeading", &section.heading, out);
    out.push_str(CELL_CLOSING);
    out.push_str(r#"<table:covered-table-cell table:number-columns-repeated="5"/></table:table-row>"#);
}

pub(super) fn activity_row(row: &Row, out: &mut String) {
    let style = if row.stays_whole() { "Whole" } else { "Broken" };
    out.push_str(r#"<table:table-row table:style-name=""#);
    out.push_str(style);
    out.push_str(r#"">"#);
    for (paragraphs, style) in row.cells().iter().zip(CELL_STYLES) {
        cell(style, paragraphs, out);
    }
    out.push_str("</table:table-row>");
}

fn cell(style: &str, paragraphs: &[Cow<'_, str>], out: &mut String) {
    out.push_str(r#"<table:table-cell table:style-name="Cell" office:value-type="string">"#);
    for text in paragraphs {
        paragraph(style, text, out);
    }
    if paragraphs.is_empty() {
        paragraph(style, "", out);
    }
    out.push_str(CELL_CLOSING);
}

/// A heading of that style, of the first rank.
fn heading(style: &str, text: &str, out: &mut String) {
    out.push_str(r#"<text:h text:style-name=""#);
    out.push_str(style);
    out.push_str(r#"" text:outline-level="1">"#);
    escape(text, out);
    out.push_str("</text:h>");
}

/// A paragraph of that style.
pub(super) fn paragraph(style: &str, text: &str, out: &mut String) {
    out.push_str(r#"<text:p text:style-name=""#);
    out.push_str(style);
    out.push_str(r#"">"#);
    escape(text, out);
    out.push_str("</text:p>");
}
