//! Styles and page set-up: parts that never change, and between them what stands above the further pages.

use svod_engine::ReportStatus;

use super::content::paragraph;
use crate::properties::mark;

const BEFORE_HEADER: &str = include_str!("parts/styles-before-header.xml");
const AFTER_HEADER: &str = include_str!("parts/styles-after-header.xml");

/// `styles.xml`.
pub(super) fn styles(status: ReportStatus) -> String {
    let mut out = BEFORE_HEADER.to_owned();
    out.push_str(r#"<text:p text:style-name="Header"><text:page-number text:select-page="current">2</text:page-number></text:p>"#);
    if let Some(mark) = mark(status) {
        paragraph("PreviewMark", mark, &mut out);
    }
    out.push_str(AFTER_HEADER);
    out
}
