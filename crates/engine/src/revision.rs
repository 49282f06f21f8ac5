//! What an edition replaces: the one before it, as far as one has to know it to say what changed, and why there is another.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use svod_domain::{Edition, MunicipalityCode, SubmissionId, Version};

use crate::inputs::{ReportRecord, ReportSection};

/// The edition that was replaced, and the reasons. Nobody is named in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRevision {
    /// Which edition.
    pub replaces: Edition,
    /// The moment of its close.
    pub closed_at: Timestamp,
    /// Why the quarter was opened again, as it was typed, in the order of the log.
    pub reasons: Vec<String>,
    /// What it printed, in its order.
    pub sections: Vec<EarlierSection>,
}

/// A section of the edition that was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierSection {
    /// Whose.
    pub municipality: MunicipalityCode,
    /// The name that the unit bore, as it was known then.
    pub heading: String,
    /// Its records, in their order.
    pub records: Vec<EarlierRecord>,
}

/// A record of the edition that was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierRecord {
    /// Which submission.
    pub submission_id: SubmissionId,
    /// The version that was approved then.
    pub version: Version,
    /// As filed.
    pub title: String,
}

impl From<ReportSection> for EarlierSection {
    fn from(section: ReportSection) -> Self {
        let ReportSection { municipality, heading, records } = section;
        Self { municipality, heading, records: records.into_iter().map(Into::into).collect() }
    }
}

impl From<ReportRecord> for EarlierRecord {
    fn from(record: ReportRecord) -> Self {
        let ReportRecord { submission_id, version, activity, .. } = record;
        Self { submission_id, version, title: activity.title }
    }
}
