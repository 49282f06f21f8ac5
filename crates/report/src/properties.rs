//! What every document says of itself, whatever its format.

use jiff::Timestamp;
use svod_engine::ReportStatus;
use svod_text::document::{EXTRACT_MARK, PREVIEW_MARK, edition_name};
use svod_text::quarter::quarter_name;

use crate::Head;

/// A preview bears no date: two of them with the same records are the same file.
const PREVIEW_TIME: &str = "1980-01-01T00:00:00Z";

/// The words that stand on every page of what is no edition.
pub(crate) fn mark(status: ReportStatus) -> Option<&'static str> {
    match status {
        ReportStatus::Edition { .. } => None,
        ReportStatus::Extract { .. } => Some(EXTRACT_MARK),
        ReportStatus::Preview => Some(PREVIEW_MARK),
    }
}

/// Properties that follow from the quarter and status.
pub(crate) struct Properties {
    /// Edition, extract or preview, in words.
    pub(crate) state: String,
    /// The moment of the close in UTC, in whole seconds: Word reads no finer times.
    pub(crate) time: String,
    /// The quarter, in words.
    pub(crate) subject: String,
}

impl Properties {
    pub(crate) fn of(head: &Head) -> Self {
        let (state, time) = match head.status {
            ReportStatus::Edition { edition, closed_at } => (edition_name(edition), seconds(closed_at)),
            ReportStatus::Extract { closed_at, .. } => (EXTRACT_MARK.to_owned(), seconds(closed_at)),
            ReportStatus::Preview => (PREVIEW_MARK.to_owned(), PREVIEW_TIME.to_owned()),
        };
        Self { state, time, subject: quarter_name(head.quarter) }
    }
}

fn seconds(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
