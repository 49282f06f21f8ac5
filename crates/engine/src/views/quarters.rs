//! Quarters, one document each: terms, closes, editions with their files. Key: the quarter.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use svod_domain::calendar::Derivation;
use svod_domain::{Edition, Event, Quarter};

use super::Projection;
use super::cards::Act;
use crate::Happened;

/// Open or closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuarterPhase {
    /// Submissions are taken.
    Open,
    /// Nothing changes.
    Closed,
}

/// A quarter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuarterCard {
    /// Which one.
    pub quarter: Quarter,
    /// Open or closed.
    pub state: QuarterPhase,
    /// Filing deadline.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub submit_by: Timestamp,
    /// Closing time.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub close_at: Timestamp,
    /// How the terms follow from the calendar; absent once they were given or moved by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derivation: Option<Derivation>,
    /// The edition that the next close makes, or the last one made.
    pub edition: Edition,
    /// When it opened.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub opened_at: Timestamp,
    /// When it closed last; absent while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub closed_at: Option<Timestamp>,
    /// One for each close.
    pub editions: Vec<EditionCard>,
    /// What was done to it.
    pub acts: Vec<Act>,
}

impl QuarterCard {
    /// When it closes, or did: a close before its time is what counts, not what was planned.
    #[must_use]
    pub fn closing(&self) -> Timestamp {
        self.closed_at.unwrap_or(self.close_at)
    }
}

/// What a close made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EditionCard {
    /// Which one.
    pub edition: Edition,
    /// The moment of the close.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub closed_at: Timestamp,
    /// Where the close stands in the log.
    pub position: u64,
    /// Whether it closed by itself.
    pub by_schedule: bool,
    /// Why it was closed before its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Submissions in the report.
    pub included_count: u32,
    /// Submissions left out.
    pub left_out_count: u32,
    /// Documents built.
    pub files: Vec<FileCard>,
}

/// A document of an edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileCard {
    /// Such as `docx`.
    pub format: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// SHA-256 of the same document without any person, hexadecimal.
    pub masked_sha256: String,
    /// Size, in bytes.
    pub size_bytes: u64,
    /// The position of the log it was built at.
    pub built_at_position: u64,
    /// The renderer that made it.
    pub renderer: String,
    /// Where `report-built` stands in the log.
    pub position: u64,
}

/// The projection.
pub(crate) struct Quarters;

impl Projection for Quarters {
    type View = QuarterCard;
    const NAME: &'static str = "quarters";
    const VERSION: u16 = 1;

    fn keys(happened: &Happened) -> Vec<String> {
        match &happened.event {
            Event::QuarterOpened(_)
            | Event::QuarterMoved(_)
            | Event::QuarterClosed(_)
            | Event::QuarterReopened(_)
            | Event::ReportBuilt(_) => happened.event.quarter().iter().map(ToString::to_string).collect(),
            _other => vec![],
        }
    }

    fn evolve(view: Option<QuarterCard>, happened: &Happened) -> Option<QuarterCard> {
        let mut card = match (&happened.event, view) {
            (Event::QuarterOpened(event), _) => QuarterCard {
                quarter: event.quarter,
                state: QuarterPhase::Open,
                submit_by: event.submit_by,
                close_at: event.close_at,
                derivation: event.derivation.clone(),
                edition: Edition::FIRST,
                opened_at: happened.recorded.recorded_at,
                closed_at: None,
                editions: vec![],
                acts: vec![],
            },
            (_, Some(card)) => card,
            (_, None) => return None,
        };
        let position = happened.recorded.position.0;
        match &happened.event {
            Event::QuarterMoved(event) => {
                (card.submit_by, card.close_at) = (event.submit_by, event.close_at);
                // The terms no longer follow from the calendar.
                card.derivation = None;
            }
            Event::QuarterClosed(event) => {
                card.state = QuarterPhase::Closed;
                card.closed_at = Some(event.closed_at);
                card.editions.push(EditionCard {
                    edition: event.edition,
                    closed_at: event.closed_at,
                    position,
                    by_schedule: event.by_schedule,
                    reason: event.reason.clone(),
                    included_count: event.included_count,
                    left_out_count: event.left_out_count,
                    files: vec![],
                });
            }
            Event::QuarterReopened(event) => {
                card.state = QuarterPhase::Open;
                card.closed_at = None;
                (card.edition, card.close_at) = (event.edition, event.close_at);
                // Closed early and reopened for less than its deadline: the deadline never lies behind the close.
                card.submit_by = card.submit_by.min(event.close_at);
            }
            Event::ReportBuilt(event) => {
                let file = FileCard {
                    format: event.format.clone(),
                    sha256: event.sha256.clone(),
                    masked_sha256: event.masked_sha256.clone(),
                    size_bytes: event.size_bytes,
                    built_at_position: event.built_at_position,
                    renderer: event.renderer.clone(),
                    position,
                };
                let edition = card.editions.iter_mut().find(|edition| edition.edition == event.edition);
                if let Some(edition) = edition {
                    edition.files.push(file);
                }
            }
            _opened => {}
        }
        card.acts.push(Act::of(happened));
        Some(card)
    }
}
