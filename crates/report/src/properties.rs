//! What every document says of itself, whatever its format.

use jiff::Timestamp;
use svod_engine::ReportStatus;
use svod_log::Hash;
use svod_text::document::{EXTRACT_MARK, PREVIEW_MARK, STATE_NAME, edition_name, facts};
use svod_text::quarter::quarter_name;

use crate::{Head, LogPlace, Renderer};

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

pub(crate) fn seconds(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// What a document says of itself beyond what its format has a place for, by name.
pub(crate) enum Fact {
    /// Words, or a number of more digits than programs take for one.
    Text(String),
    /// A small number.
    Number(u32),
    /// A moment in UTC.
    Moment(String),
}

/// Where the document comes from: what it takes to find it in the log and to make it again.
pub(crate) fn facts(head: &Head, renderer: Renderer, template: Option<Hash>) -> Vec<(&'static str, Fact)> {
    let Properties { state, time, .. } = Properties::of(head);
    let mut facts = vec![
        (facts::REGION, Fact::Text(head.region.clone())),
        (facts::QUARTER, Fact::Text(head.quarter.to_string())),
        (STATE_NAME, Fact::Text(state)),
    ];
    match head.status {
        ReportStatus::Edition { edition, .. } | ReportStatus::Extract { edition, .. } => {
            facts.push((facts::EDITION, Fact::Number(edition.0)));
            facts.push((facts::CLOSED, Fact::Moment(time)));
        }
        ReportStatus::Preview => {}
    }
    if let Some(LogPlace { close, attested }) = &head.place {
        facts.push((facts::CLOSE_POSITION, Fact::Text(close.to_string())));
        if let Some(attested) = attested {
            facts.push((facts::ATTESTED_POSITION, Fact::Text(attested.position.to_string())));
            facts.push((facts::ROOT, Fact::Text(attested.root.clone())));
        }
    }
    let template = template.map_or_else(|| facts::BUILT_IN.to_owned(), |sha256| sha256.to_string());
    facts.push((facts::TEMPLATE, Fact::Text(template)));
    facts.push((facts::RENDERER, Fact::Text(renderer.to_string())));
    facts
}
