//! What a report is made of: the approved activities of a quarter, in the order of printing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use svod_domain::{Activity, Edition, MunicipalityCode, Quarter, SubmissionId, Version};
use svod_log::Position;

/// Everything that a report says, in final order. A pure function of the log up to `position`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportInputs {
    /// The quarter.
    pub quarter: Quarter,
    /// What is printed: an edition, or a preview of what a close now would print.
    pub status: ReportStatus,
    /// The position of the log that it was taken at; an edition's is that of its close.
    pub position: Position,
    /// One for each municipality that has something, in the order of the register.
    pub sections: Vec<ReportSection>,
}

/// Edition or preview.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ReportStatus {
    /// Fixed by a close.
    Edition {
        /// Which one.
        edition: Edition,
        /// The moment of the close: the only date that the document's properties bear.
        closed_at: Timestamp,
    },
    /// The quarter is open: approved so far.
    Preview,
}

/// A section row and the activities under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportSection {
    /// Whose.
    pub municipality: MunicipalityCode,
    /// The name that the unit bore in the quarter.
    pub heading: String,
    /// By first day, then by the order in which they were recorded.
    pub records: Vec<ReportRecord>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRecord {
    /// Which submission.
    pub submission_id: SubmissionId,
    /// The approved version.
    pub version: Version,
    /// As filed.
    pub activity: Activity,
}
