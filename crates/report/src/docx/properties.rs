//! What the document says of itself: title, subject, issuer, language, time.

use jiff::Timestamp;
use svod_engine::ReportStatus;
use svod_text::document::{EXTRACT_MARK, PREVIEW_MARK, edition_name};
use svod_text::quarter::quarter_name;

use super::xml::escaped;
use crate::Report;

/// A preview bears no date: two of them with the same records are the same file.
const PREVIEW_TIME: &str = "1980-01-01T00:00:00Z";

/// `docProps/core.xml`. The only time in it is that of the close.
pub(super) fn core(report: &Report) -> String {
    let (state, time) = match report.status {
        ReportStatus::Edition { edition, closed_at } => (edition_name(edition), seconds(closed_at)),
        ReportStatus::Extract { closed_at, .. } => (EXTRACT_MARK.to_owned(), seconds(closed_at)),
        ReportStatus::Preview => (PREVIEW_MARK.to_owned(), PREVIEW_TIME.to_owned()),
    };
    let (title, creator) = (escaped(&report.title), escaped(&report.creator));
    let subject = escaped(&quarter_name(report.quarter));
    let time_of = |name| format!(r#"<dcterms:{name} xsi:type="dcterms:W3CDTF">{time}</dcterms:{name}>"#);
    [
        OPEN,
        &format!("<dc:title>{title}</dc:title><dc:subject>{subject}</dc:subject>"),
        &format!("<dc:creator>{creator}</dc:creator><cp:lastModifiedBy>{creator}</cp:lastModifiedBy>"),
        &time_of("created"),
        &time_of("modified"),
        &format!("<cp:contentStatus>{}</cp:contentStatus><dc:language>ru-RU</dc:language>", escaped(&state)),
        "</cp:coreProperties>",
    ]
    .concat()
}

const OPEN: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    "\n",
    r#"<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" "#,
    r#"xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" "#,
    r#"xmlns:dcmitype="http://purl.org/dc/dcmitype/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">"#,
);

/// In whole seconds: Word reads no finer times.
fn seconds(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
