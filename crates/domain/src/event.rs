//! Facts, in the past tense. Once written they are read for ever: fields are added, never renamed or removed.

mod erasure;
mod municipality;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::calendar::Derivation;
use crate::command::Remark;
use crate::{Activity, Edition, MunicipalityCode, Quarter, SubmissionId, Version, Warning};

pub use crate::report::ContentHashes;
pub use erasure::{ErasureCompleted, ErasureRequested, MaskedDocument, PersonErased};
pub use municipality::{MunicipalityRegistered, MunicipalityRenamed, MunicipalityRetired};

/// Declares the events once: variant, name on the wire, data. The macro exists so that the list of names, the reader
/// and the writer cannot fall apart.
macro_rules! events {
    ($($(#[doc = $doc:literal])+ $variant:ident = $kind:literal,)+) => {
        /// What has happened.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Event { $($(#[doc = $doc])+ $variant($variant),)+ }

        impl Event {
            /// The names of all events.
            pub const KINDS: &[&str] = &[$($kind,)+];

            /// Its name in the log, such as `activity-submitted`.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $kind,)+ }
            }

            /// Its data.
            pub fn data(&self) -> Result<serde_json::Value, serde_json::Error> {
                match self { $(Self::$variant(data) => serde_json::to_value(data),)+ }
            }

            /// Reads an event of the log. `None`: no event has this name.
            #[must_use]
            pub fn read(kind: &str, data: &str) -> Option<Result<Self, serde_json::Error>> {
                match kind {
                    $($kind => Some(serde_json::from_str(data).map(Self::$variant)),)+
                    _ => None,
                }
            }

            /// The schema of the data of each event, and what it means.
            #[must_use]
            pub fn schemas() -> Vec<(&'static str, &'static str, schemars::Schema)> {
                vec![$(($kind, concat!($($doc,)+).trim_ascii(), schemars::schema_for!($variant)),)+]
            }
        }

        $(impl From<$variant> for Event {
            fn from(data: $variant) -> Self { Self::$variant(data) }
        })+
    };
}

events! {
    /// A municipality filed an activity.
    ActivitySubmitted = "activity-submitted",
    /// A municipality replaced a version by a new one.
    ActivityCorrected = "activity-corrected",
    /// A reviewer returned a version for correction.
    ActivityReturned = "activity-returned",
    /// A reviewer approved a version.
    ActivityApproved = "activity-approved",
    /// A reviewer took an approval back.
    ApprovalRevoked = "approval-revoked",
    /// A municipality took its submission back.
    ActivityWithdrawn = "activity-withdrawn",
    /// A municipality stated that it has nothing to report.
    NothingDeclared = "nothing-declared",
    /// A quarter was opened.
    QuarterOpened = "quarter-opened",
    /// The terms of an open quarter were moved.
    QuarterMoved = "quarter-moved",
    /// An earlier part of the selection of a quarter that is being closed; the last part rides in `quarter-closed`.
    QuarterSelected = "quarter-selected",
    /// A quarter was closed, and it is fixed what is in its report.
    QuarterClosed = "quarter-closed",
    /// A closed quarter was opened again.
    QuarterReopened = "quarter-reopened",
    /// The document of an edition was built and kept.
    ReportBuilt = "report-built",
    /// A municipality was added to the register.
    MunicipalityRegistered = "municipality-registered",
    /// A municipality got new names.
    MunicipalityRenamed = "municipality-renamed",
    /// A municipality ended.
    MunicipalityRetired = "municipality-retired",
    /// An operator asked that a person be erased.
    ErasureRequested = "erasure-requested",
    /// Another operator approved it: what is known of the person is destroyed.
    PersonErased = "person-erased",
    /// Everything that named the person is gone.
    ErasureCompleted = "erasure-completed",
}

/// States that a submission passes through before approval; kept where an event must say which one it left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Waiting {
    /// It waited for review.
    Submitted,
    /// It had been returned.
    Returned,
}

/// See [`Event::ActivitySubmitted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActivitySubmitted {
    /// Which submission.
    pub submission_id: SubmissionId,
    /// Whose.
    pub municipality: MunicipalityCode,
    /// For which quarter.
    pub quarter: Quarter,
    /// Always the first.
    pub version: Version,
    /// As filed; `dates` also holds what was read from `dates_text`.
    pub activity: Activity,
    /// Whether it came after the filing deadline.
    pub late: bool,
    /// What both sides were warned of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<serde_json::Value>")]
    pub warnings: Vec<Warning>,
}

/// See [`Event::ActivityCorrected`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityCorrected {
    /// Which submission.
    pub submission_id: SubmissionId,
    /// Whose.
    pub municipality: MunicipalityCode,
    /// For which quarter.
    pub quarter: Quarter,
    /// The new version.
    pub version: Version,
    /// The state it left.
    pub was: Waiting,
    /// The whole activity as it is now.
    pub activity: Activity,
    /// A word to the reviewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What both sides were warned of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<serde_json::Value>")]
    pub warnings: Vec<Warning>,
}

/// See [`Event::ActivityReturned`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityReturned {
    /// Which submission.
    pub submission_id: SubmissionId,
    /// Whose.
    pub municipality: MunicipalityCode,
    /// For which quarter.
    pub quarter: Quarter,
    /// Which version.
    pub version: Version,
    /// What is to be changed.
    pub remarks: Vec<Remark>,
}

/// See [`Event::ActivityApproved`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityApproved {
    /// Which submission.
    pub submission_id: SubmissionId,
    /// Whose.
    pub municipality: MunicipalityCode,
    /// For which quarter.
    pub quarter: Quarter,
    /// Which version.
    pub version: Version,
}

/// See [`Event::ApprovalRevoked`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalRevoked {
    /// Which submission.
    pub submission_id: SubmissionId,
    /// Whose.
    pub municipality: MunicipalityCode,
    /// For which quarter.
    pub quarter: Quarter,
    /// Which version.
    pub version: Version,
    /// Why.
    pub reason: String,
}

/// See [`Event::ActivityWithdrawn`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityWithdrawn {
    /// Which submission.
    pub submission_id: SubmissionId,
    /// Whose.
    pub municipality: MunicipalityCode,
    /// For which quarter.
    pub quarter: Quarter,
    /// Which version.
    pub version: Version,
    /// The state it left.
    pub was: Waiting,
    /// Why.
    pub reason: String,
}

/// See [`Event::NothingDeclared`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NothingDeclared {
    /// Who.
    pub municipality: MunicipalityCode,
    /// For which quarter.
    pub quarter: Quarter,
    /// Whether it came after the filing deadline.
    pub late: bool,
}

/// See [`Event::QuarterOpened`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuarterOpened {
    /// Which quarter.
    pub quarter: Quarter,
    /// Filing deadline.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub submit_by: Timestamp,
    /// Closing time.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub close_at: Timestamp,
    /// How the terms follow from the calendar, unless both were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derivation: Option<Derivation>,
    /// Whether it opened by itself.
    pub by_schedule: bool,
    /// Why by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// See [`Event::QuarterMoved`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuarterMoved {
    /// Which quarter.
    pub quarter: Quarter,
    /// Filing deadline from now on.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub submit_by: Timestamp,
    /// Closing time from now on.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub close_at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A version that is in the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Included {
    /// Which submission.
    pub submission_id: SubmissionId,
    /// Its approved version.
    pub version: Version,
}

/// Why a submission is not in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOutBecause {
    /// Nobody had reviewed it.
    NotReviewed,
    /// It was returned, and no correction came.
    NotCorrected,
    /// The municipality took it back.
    Withdrawn,
}

/// A version that is not in the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// Which submission.
    pub submission_id: SubmissionId,
    /// Its present version.
    pub version: Version,
    /// Why.
    pub because: LeftOutBecause,
}

/// See [`Event::QuarterSelected`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuarterSelected {
    /// Which quarter.
    pub quarter: Quarter,
    /// Of which edition.
    pub edition: Edition,
    /// Number of this part, from 1.
    pub part: u32,
    /// In the report.
    pub included: Vec<Included>,
    /// Not in it.
    pub left_out: Vec<LeftOut>,
}

/// See [`Event::QuarterClosed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuarterClosed {
    /// Which quarter.
    pub quarter: Quarter,
    /// The edition that this close makes.
    pub edition: Edition,
    /// The moment of the close: the closing time when it closed by itself, else when the operator did it.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub closed_at: Timestamp,
    /// Whether it closed by itself.
    pub by_schedule: bool,
    /// Why before its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many are in the report, over all parts.
    pub included_count: u32,
    /// How many are not, over all parts.
    pub left_out_count: u32,
    /// In the report (the last part of the selection).
    pub included: Vec<Included>,
    /// Not in it (the last part of the selection).
    pub left_out: Vec<LeftOut>,
    /// What the whole ledger was just before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attested: Option<Attestation>,
}

/// What the ledger was before a close, so that later somebody can prove that nothing is missing. Hashes are 64
/// hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attestation {
    /// The last entry before the close.
    pub position: u64,
    /// RFC 6962 root over all entries up to there.
    pub root: String,
    /// How many streams there were.
    pub streams: u64,
    /// RFC 6962 root over all streams, by name: where each ended.
    pub streams_root: String,
    /// RFC 6962 root over the submissions and nil returns of the quarter, by stream: the state of each.
    pub state_root: String,
    /// Hash of the rules that were in force.
    pub rules: String,
    /// Hash of what the database said of its schema, triggers and rights, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<String>,
}

/// See [`Event::QuarterReopened`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuarterReopened {
    /// Which quarter.
    pub quarter: Quarter,
    /// The edition that the next close will make.
    pub edition: Edition,
    /// When it closes again; a filing deadline that lies behind it becomes this moment.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub close_at: Timestamp,
    /// Why.
    pub reason: String,
}

/// See [`Event::ReportBuilt`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportBuilt {
    /// Of which quarter.
    pub quarter: Quarter,
    /// Which edition.
    pub edition: Edition,
    /// Such as `docx`.
    pub format: String,
    /// SHA-256 of the file, 64 hexadecimal digits.
    pub sha256: String,
    /// SHA-256 of its masked twin, 64 hexadecimal digits: the same document with every person's name and position taken
    /// out. It can be made again when persons were erased.
    pub masked_sha256: String,
    /// Size of the file, in bytes.
    pub size_bytes: u64,
    /// The position of the log it was built at: that of the close.
    pub built_at_position: u64,
    /// The renderer that made it, such as `docx/1`: an old edition is rebuilt by the one it names.
    pub renderer: String,
    /// The words of the region that it was made with, as the renderer takes them.
    #[schemars(with = "std::collections::BTreeMap<String, serde_json::Value>")]
    pub settings: serde_json::Value,
    /// The hashes that survive another packing. Absent: it is no archive, or was built before they were recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Box<ContentHashes>>,
}

impl Event {
    /// The municipality it speaks of, if it speaks of one. What is told of persons speaks of nobody.
    #[must_use]
    pub fn municipality(&self) -> Option<MunicipalityCode> {
        match self {
            Self::ActivitySubmitted(event) => Some(event.municipality),
            Self::ActivityCorrected(event) => Some(event.municipality),
            Self::ActivityReturned(event) => Some(event.municipality),
            Self::ActivityApproved(event) => Some(event.municipality),
            Self::ApprovalRevoked(event) => Some(event.municipality),
            Self::ActivityWithdrawn(event) => Some(event.municipality),
            Self::NothingDeclared(event) => Some(event.municipality),
            Self::MunicipalityRegistered(event) => Some(event.municipality),
            Self::MunicipalityRenamed(event) => Some(event.municipality),
            Self::MunicipalityRetired(event) => Some(event.municipality),
            Self::QuarterOpened(_)
            | Self::QuarterMoved(_)
            | Self::QuarterSelected(_)
            | Self::QuarterClosed(_)
            | Self::QuarterReopened(_)
            | Self::ReportBuilt(_)
            | Self::ErasureRequested(_)
            | Self::PersonErased(_)
            | Self::ErasureCompleted(_) => None,
        }
    }

    /// The submission it speaks of, if it speaks of one.
    #[must_use]
    pub fn submission(&self) -> Option<SubmissionId> {
        match self {
            Self::ActivitySubmitted(event) => Some(event.submission_id),
            Self::ActivityCorrected(event) => Some(event.submission_id),
            Self::ActivityReturned(event) => Some(event.submission_id),
            Self::ActivityApproved(event) => Some(event.submission_id),
            Self::ApprovalRevoked(event) => Some(event.submission_id),
            Self::ActivityWithdrawn(event) => Some(event.submission_id),
            Self::NothingDeclared(_)
            | Self::MunicipalityRegistered(_)
            | Self::MunicipalityRenamed(_)
            | Self::MunicipalityRetired(_)
            | Self::QuarterOpened(_)
            | Self::QuarterMoved(_)
            | Self::QuarterSelected(_)
            | Self::QuarterClosed(_)
            | Self::QuarterReopened(_)
            | Self::ReportBuilt(_)
            | Self::ErasureRequested(_)
            | Self::PersonErased(_)
            | Self::ErasureCompleted(_) => None,
        }
    }

    /// The erasure it speaks of, if it speaks of one.
    #[must_use]
    pub fn erasure(&self) -> Option<Uuid> {
        match self {
            Self::ErasureRequested(event) => Some(event.erasure_id),
            Self::PersonErased(event) => Some(event.erasure_id),
            Self::ErasureCompleted(event) => Some(event.erasure_id),
            _of_something_else => None,
        }
    }

    /// The quarter it speaks of, if it speaks of one.
    #[must_use]
    pub fn quarter(&self) -> Option<Quarter> {
        match self {
            Self::ActivitySubmitted(event) => Some(event.quarter),
            Self::ActivityCorrected(event) => Some(event.quarter),
            Self::ActivityReturned(event) => Some(event.quarter),
            Self::ActivityApproved(event) => Some(event.quarter),
            Self::ApprovalRevoked(event) => Some(event.quarter),
            Self::ActivityWithdrawn(event) => Some(event.quarter),
            Self::NothingDeclared(event) => Some(event.quarter),
            Self::QuarterOpened(event) => Some(event.quarter),
            Self::QuarterMoved(event) => Some(event.quarter),
            Self::QuarterSelected(event) => Some(event.quarter),
            Self::QuarterClosed(event) => Some(event.quarter),
            Self::QuarterReopened(event) => Some(event.quarter),
            Self::ReportBuilt(event) => Some(event.quarter),
            Self::MunicipalityRegistered(_)
            | Self::MunicipalityRenamed(_)
            | Self::MunicipalityRetired(_)
            | Self::ErasureRequested(_)
            | Self::PersonErased(_)
            | Self::ErasureCompleted(_) => None,
        }
    }
}
