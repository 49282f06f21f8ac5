//! Styles and page set-up: parts that never change, and between them what stands above the further pages.

use svod_engine::ReportStatus;

use super::content::paragraph;
use crate::properties::mark;

const BEFORE_HEADER: &str = include_str!("parts/styles-before-header.xml");
/// Of what stands below the table, since `odt/3`.
const REVISION_STYLES: &str = include_str!("parts/revision-styles.xml");
const STYLES_END: &str = "</office:styles>";
const AFTER_HEADER: &str = include_str!("parts/styles-after-header.xml");

/// `styles.xml`.
pub(super) fn styles(status: ReportStatus) -> String {
    with_header(BEFORE_HEADER.replace(STYLES_END, &format!("{REVISION_STYLES}{STYLES_END}")), status)
}

/// The same by the renderers that write nothing below the table.
pub(super) fn styles_before_revisions(status: ReportStatus) -> String {
    with_header(BEFORE_HEADER.to_owned(), status)
}

fn with_header(mut out: String, status: ReportStatus) -> String {
    out.push_str(r#"<text:p text:style-name="Header"><text:page-number text:select-page="current">2</text:page-number></text:p>"#);
    if let Some(mark) = mark(status) {
        paragraph("PreviewMark", mark, &mut out);
    }
    out.push_str(AFTER_HEADER);
    out
}
