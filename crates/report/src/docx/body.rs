//! The pages: title, table, section of the pages. All looks are in the styles; here is only what is what.

use std::borrow::Cow;
use std::io::Write;

use svod_engine::ReportStatus;
use svod_text::document::{COLUMNS, EXTRACT_MARK, PREVIEW_MARK};

use super::xml::paragraph;
use crate::{RenderError, Report, Row, Section};

/// Widths of the columns in twentieths of a point: 12, 50, 35, 30, 83, 57 parts of the width between the margins.
const WIDTHS: [u32; 6] = [655, 2729, 1910, 1637, 4529, 3110];

/// Width between the margins: A4 lying (16838), less 30 mm on the left and 10 mm on the right.
const WIDTH: u32 = 14570;

/// Styles of the six cells of an activity.
const CELL_STYLES: [&str; 6] = ["CellNumber", "CellText", "CellText", "CellText", "CellText", "CellText"];

/// About how many letters a line of each column holds.
const LINE_CHARS: [usize; 6] = [3, 18, 12, 10, 31, 21];

/// A row of up to this many lines, about half a page, stays on one page; a higher one may break between lines, for
/// else it would push half a page of white before it.
const WHOLE_ROW_LINES_MAX: usize = 14;

/// `word/document.xml`, row by row.
pub(super) fn write(report: &Report, out: &mut impl Write) -> Result<(), RenderError> {
    out.write_all(opening(report).as_bytes())?;
    let mut buffer = String::new();
    for section in &report.sections {
        section_row(section, &mut buffer);
        for row in &section.rows {
            activity_row(row, &mut buffer);
            out.write_all(buffer.as_bytes())?;
            buffer.clear();
        }
    }
    Ok(out.write_all(CLOSING.as_bytes())?)
}

const DECLARATION: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    "\n",
    r#"<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" "#,
    r#"xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:body>"#,
);

/// A paragraph must follow a table; then the pages: A4 lying, margins 20, 10, 20 and 30 mm, first page of its own.
const CLOSING: &str = concat!(
    r#"</w:tbl><w:p><w:pPr><w:pStyle w:val="AfterTable"/></w:pPr></w:p>"#,
    r#"<w:sectPr><w:headerReference w:type="first" r:id="rId4"/><w:headerReference w:type="default" r:id="rId5"/>"#,
    r#"<w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>"#,
    r#"<w:pgMar w:top="1134" w:right="567" w:bottom="1134" w:left="1701" w:header="567" w:footer="567" w:gutter="0"/>"#,
    r#"<w:titlePg/></w:sectPr></w:body></w:document>"#,
);

/// Everything before the first section row.
fn opening(report: &Report) -> String {
    let mut out = DECLARATION.to_owned();
    match report.status {
        ReportStatus::Edition { .. } => {}
        ReportStatus::Extract { .. } => paragraph("PreviewMark", EXTRACT_MARK, &mut out),
        ReportStatus::Preview => paragraph("PreviewMark", PREVIEW_MARK, &mut out),
    }
    paragraph("Title", &report.title, &mut out);
    out.push_str(&table_opening());
    for (heading, width) in COLUMNS.iter().zip(WIDTHS) {
        cell(width, "", "ColumnHeading", &[Cow::Borrowed(*heading)], &mut out);
    }
    out + "</w:tr>"
}

/// The looks of the table are its style's. No caption (`w:tblCaption`): Word 2007 does not know it, and the title stands
/// above.
fn table_opening() -> String {
    let columns = WIDTHS.map(|width| format!(r#"<w:gridCol w:w="{width}"/>"#)).concat();
    [
        r#"<w:tbl><w:tblPr><w:tblStyle w:val="ReportTable"/>"#,
        &format!(r#"<w:tblW w:w="{WIDTH}" w:type="dxa"/><w:tblLayout w:type="fixed"/>"#),
        &format!(r#"<w:tblLook w:val="0020"/></w:tblPr><w:tblGrid>{columns}</w:tblGrid>"#),
        "<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>",
    ]
    .concat()
}

/// Across the whole table; its style keeps it with the row behind it.
fn section_row(section: &Section, out: &mut String) {
    out.push_str("<w:tr><w:trPr><w:cantSplit/></w:trPr>");
    let heading = [Cow::Borrowed(section.heading.as_str())];
    cell(WIDTH, r#"<w:gridSpan w:val="6"/>"#, "SectionHeading", &heading, out);
    out.push_str("</w:tr>");
}

fn activity_row(row: &Row, out: &mut String) {
    let cells = row.cells();
    out.push_str("<w:tr>");
    if lines(&cells) <= WHOLE_ROW_LINES_MAX {
        out.push_str("<w:trPr><w:cantSplit/></w:trPr>");
    }
    for ((paragraphs, style), width) in cells.iter().zip(CELL_STYLES).zip(WIDTHS) {
        cell(width, "", style, paragraphs, out);
    }
    out.push_str("</w:tr>");
}

/// About how many lines the row takes on paper.
fn lines(cells: &[Vec<Cow<'_, str>>; 6]) -> usize {
    let lines_of = |paragraph: &str, width: usize| paragraph.chars().count().div_ceil(width).max(1);
    let heights = cells.iter().zip(LINE_CHARS);
    heights
        .map(|(cell, width)| cell.iter().map(|paragraph| lines_of(paragraph, width)).sum())
        .max()
        .unwrap_or_default()
}

/// A cell always ends with a paragraph: Word calls a file without one damaged.
fn cell(width: u32, span: &str, style: &str, paragraphs: &[Cow<'_, str>], out: &mut String) {
    out.push_str(r#"<w:tc><w:tcPr><w:tcW w:w=""#);
    out.push_str(&width.to_string());
    out.push_str(r#"" w:type="dxa"/>"#);
    out.push_str(span);
    out.push_str("</w:tcPr>");
    for text in paragraphs {
        paragraph(style, text, out);
    }
    if paragraphs.is_empty() {
        paragraph(style, "", out);
    }
    out.push_str("</w:tc>");
}
