//! What stands above the text of each page: the number from the second page on, and the mark of a preview.

use svod_engine::ReportStatus;

use super::paragraph::paragraph;
use crate::properties::mark;

const OPEN: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    "\n",
    r#"<w:hdr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">"#,
);
const CLOSE: &str = "</w:hdr>";

/// The number of the page, in the middle. The digit stands in until the program that shows it has counted.
const PAGE_NUMBER: &str = concat!(
    r#"<w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr><w:fldSimple w:instr=" PAGE ">"#,
    r#"<w:r><w:rPr><w:rStyle w:val="PageNumber"/></w:rPr><w:t>2</w:t></w:r></w:fldSimple></w:p>"#,
);

/// The first page bears no number.
pub(super) fn first_page() -> String {
    let mut out = OPEN.to_owned();
    paragraph("Header", "", &mut out);
    out + CLOSE
}

pub(super) fn further_pages(status: ReportStatus) -> String {
    let mut out = format!("{OPEN}{PAGE_NUMBER}");
    if let Some(mark) = mark(status) {
        paragraph("PreviewMark", mark, &mut out);
    }
    out + CLOSE
}
