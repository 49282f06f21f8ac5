//! What a report would be made of, one document a submission. Key: `2020-Q2/<id>`.

use serde::{Deserialize, Serialize};
use svod_domain::{Activity, Event, MunicipalityCode, SubmissionId, Version};

use super::Projection;
use super::submissions::SubmissionState;
use crate::Happened;

/// A submission as a report sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// The projection.
pub(crate) struct ReportInputDocuments;

impl Projection for ReportInputDocuments {
    type View = InputDocument;
    const NAME: &'static str = "report-inputs";
    const VERSION: u16 = 2;

    fn keys(happened: &Happened) -> Vec<String> {
        match (happened.event.quarter(), happened.event.submission()) {
            (Some(quarter), Some(id)) => vec![format!("{quarter}/{id}")],
            _of_no_submission => vec![],
        }
    }

    fn evolve(view: Option<InputDocument>, happened: &Happened) -> Option<InputDocument> {
        let mut document = match (&happened.event, view) {
            (Event::ActivitySubmitted(event), _) => InputDocument {
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
}
