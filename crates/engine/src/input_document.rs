//! A submission as a report sees it, folded from its events.

use svod_domain::{Activity, Event, MunicipalityCode, SubmissionId, Version};

use crate::Happened;
use crate::views::{SubmissionCard, SubmissionState};

/// A submission as a report sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InputDocument {
    pub(crate) submission_id: SubmissionId,
    pub(crate) municipality: MunicipalityCode,
    pub(crate) version: Version,
    pub(crate) activity: Activity,
    /// Whether the present version is approved, and so printed.
    pub(crate) approved: bool,
    /// Where its filing stands in the log: the order of recording.
    pub(crate) filed: u64,
    /// Whether it was filed after the deadline.
    pub(crate) late: bool,
}

impl InputDocument {
    /// What an event makes of it. `None`: it is in no report.
    pub(crate) fn after(document: Option<Self>, happened: &Happened) -> Option<Self> {
        let mut document = match (&happened.event, document) {
            (Event::ActivitySubmitted(event), _) => Self {
                submission_id: event.submission_id,
                municipality: event.municipality,
                version: event.version,
                activity: event.activity.clone(),
                approved: false,
                filed: happened.recorded.position.0,
                late: event.late,
            },
            // What was taken back is in no report, ever.
            (Event::ActivityWithdrawn(_), _) | (_, None) => return None,
            (_, Some(document)) => document,
        };
        if let Event::ActivityCorrected(event) = &happened.event {
            document.version = event.version;
            document.activity = event.activity.clone();
        }
        document.approved = SubmissionState::after(&happened.event) == Some(SubmissionState::Approved);
        Some(document)
    }

    /// The document of a card whose filing stands at this place.
    pub(crate) fn of(card: SubmissionCard, filed: u64) -> Self {
        let SubmissionCard { submission_id, municipality, version, activity, state, late, .. } = card;
        let approved = state == SubmissionState::Approved;
        Self { submission_id, municipality, version, activity, approved, filed, late }
    }
}
