//! Orders: the data of every message that may come in, exactly as the contract names them.
//!
//! These types are the source of the JSON Schemas in `docs/contract`.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Activity, MunicipalityCode, Quarter, SubmissionId, Version};

/// Declares the messages of the contract once: variant, CloudEvents type, data. The macro exists so that the list of
/// types, the reader and the schemas cannot fall apart.
macro_rules! commands {
    ($($(#[doc = $doc:literal])+ $variant:ident($data:ident) = $kind:literal,)+) => {
        /// An order.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Command {
            $($(#[doc = $doc])+ $variant($data),)+
            /// svod itself records that a report was built. It never comes in a message.
            RecordReport(RecordReport),
            /// An operator asks that a person be erased. It never comes in a message, as whom it speaks of only the vault
            /// knows.
            RequestErasure(RequestErasure),
            /// Another operator approves it. It never comes in a message.
            ApproveErasure(ApproveErasure),
            /// svod itself records that an erasure is complete. It never comes in a message.
            CompleteErasure(CompleteErasure),
        }

        impl Command {
            /// The CloudEvents types of all orders that messages may carry.
            pub const TYPES: &[&str] = &[$($kind,)+];

            /// Reads the data of a message of this type. `None`: no such type.
            ///
            /// The data have been checked against the schema before, so an error means that schema and type disagree.
            #[must_use]
            pub fn read(kind: &str, data: serde_json::Value) -> Option<Result<Self, serde_json::Error>> {
                match kind {
                    $($kind => Some(serde_json::from_value(data).map(Self::$variant)),)+
                    _ => None,
                }
            }

            /// The schema of the data of each type, and what the type is for.
            #[must_use]
            pub fn schemas() -> Vec<(&'static str, &'static str, schemars::Schema)> {
                vec![$(($kind, concat!($($doc,)+).trim_ascii(), schemars::schema_for!($data)),)+]
            }
        }
    };
}

commands! {
    /// A municipality files an activity.
    Submit(Submit) = "svod.activity.submit.v1",
    /// A municipality replaces a version of its submission by a new one.
    Correct(Correct) = "svod.activity.correct.v1",
    /// A municipality takes its submission back before it is approved.
    Withdraw(Withdraw) = "svod.activity.withdraw.v1",
    /// A municipality states that it has nothing to report in the quarter (nil return).
    DeclareNothing(DeclareNothing) = "svod.activity.none.v1",
    /// A reviewer returns a version for correction.
    Return(Return) = "svod.review.return.v1",
    /// A reviewer approves one exact version.
    Approve(Approve) = "svod.review.approve.v1",
    /// A reviewer takes an approval back.
    Revoke(Revoke) = "svod.review.revoke.v1",
    /// An operator opens a quarter.
    OpenQuarter(OpenQuarter) = "svod.quarter.open.v1",
    /// An operator moves the terms of an open quarter.
    MoveQuarter(MoveQuarter) = "svod.quarter.move.v1",
    /// An operator closes a quarter before its time.
    CloseQuarter(CloseQuarter) = "svod.quarter.close.v1",
    /// An operator opens a closed quarter again; the next close makes the next edition.
    ReopenQuarter(ReopenQuarter) = "svod.quarter.reopen.v1",
    /// An operator adds a municipality to the register.
    RegisterMunicipality(RegisterMunicipality) = "svod.municipality.register.v1",
    /// An operator gives a municipality new names from a day on.
    RenameMunicipality(RenameMunicipality) = "svod.municipality.rename.v1",
    /// An operator ends a municipality from a day on.
    RetireMunicipality(RetireMunicipality) = "svod.municipality.retire.v1",
}

/// Data of `svod.activity.submit.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Submit {
    /// Chosen by the sender; names the submission for ever.
    pub submission_id: SubmissionId,
    /// Who files.
    pub municipality: MunicipalityCode,
    /// For which quarter.
    pub quarter: Quarter,
    /// What was done.
    pub activity: Activity,
}

/// Data of `svod.activity.correct.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Correct {
    /// Which submission.
    pub submission_id: SubmissionId,
    /// The version that is corrected.
    pub version: Version,
    /// The whole activity as it shall be.
    pub activity: Activity,
    /// A word to the reviewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2_000))]
    pub note: Option<String>,
}

/// Data of `svod.activity.withdraw.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// Which submission.
    pub submission_id: SubmissionId,
    /// The present version.
    pub version: Version,
    /// Why.
    #[schemars(length(min = 1, max = 2_000), regex(pattern = r"\S"))]
    pub reason: String,
}

/// Data of `svod.activity.none.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclareNothing {
    /// Who states it.
    pub municipality: MunicipalityCode,
    /// For which quarter.
    pub quarter: Quarter,
}

/// One remark of a reviewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    /// The field it speaks of, such as `dates`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub field: Option<String>,
    /// What is to be changed.
    #[schemars(length(min = 1, max = 2_000), regex(pattern = r"\S"))]
    pub text: String,
}

/// Data of `svod.review.return.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Return {
    /// Which submission.
    pub submission_id: SubmissionId,
    /// The present version.
    pub version: Version,
    /// At least one.
    #[schemars(length(min = 1, max = 50))]
    pub remarks: Vec<Remark>,
}

/// Data of `svod.review.approve.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// Which submission.
    pub submission_id: SubmissionId,
    /// The version that was read and is approved.
    pub version: Version,
}

/// Data of `svod.review.revoke.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// Which submission.
    pub submission_id: SubmissionId,
    /// The approved version.
    pub version: Version,
    /// Why.
    #[schemars(length(min = 1, max = 2_000), regex(pattern = r"\S"))]
    pub reason: String,
}

/// Data of `svod.quarter.open.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenQuarter {
    /// Which quarter.
    pub quarter: Quarter,
    /// Filing deadline, RFC 3339; by the working-day rule if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub submit_by: Option<Timestamp>,
    /// Closing time, RFC 3339; by the working-day rule if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub close_at: Option<Timestamp>,
    /// Why by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2_000))]
    pub reason: Option<String>,
}

/// Data of `svod.quarter.move.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveQuarter {
    /// Which quarter.
    pub quarter: Quarter,
    /// New filing deadline, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub submit_by: Option<Timestamp>,
    /// New closing time, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub close_at: Option<Timestamp>,
    /// Why.
    #[schemars(length(min = 1, max = 2_000), regex(pattern = r"\S"))]
    pub reason: String,
}

/// Data of `svod.quarter.close.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseQuarter {
    /// Which quarter.
    pub quarter: Quarter,
    /// Why before its time.
    #[schemars(length(min = 1, max = 2_000), regex(pattern = r"\S"))]
    pub reason: String,
}

/// Data of `svod.quarter.reopen.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenQuarter {
    /// Which quarter.
    pub quarter: Quarter,
    /// When it closes again, RFC 3339.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub close_at: Timestamp,
    /// Why.
    #[schemars(length(min = 1, max = 2_000), regex(pattern = r"\S"))]
    pub reason: String,
}

/// Data of `svod.municipality.register.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterMunicipality {
    /// Its code.
    pub municipality: MunicipalityCode,
    /// Its place in the register, and so in the report.
    #[schemars(range(min = 1, max = 100_000))]
    pub order: u32,
    /// Short name, such as «Вяземский район».
    #[schemars(length(min = 1, max = 300), regex(pattern = r"\S"))]
    pub short_name: String,
    /// The words of its section row.
    #[schemars(length(min = 1, max = 500), regex(pattern = r"\S"))]
    pub report_heading: String,
    /// First day.
    #[schemars(with = "String", extend("format" = "date", "pattern" = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub from: Date,
}

/// Data of `svod.municipality.rename.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameMunicipality {
    /// Which one.
    pub municipality: MunicipalityCode,
    /// Short name from that day on.
    #[schemars(length(min = 1, max = 300), regex(pattern = r"\S"))]
    pub short_name: String,
    /// The words of its section row from that day on.
    #[schemars(length(min = 1, max = 500), regex(pattern = r"\S"))]
    pub report_heading: String,
    /// First day of the new names.
    #[schemars(with = "String", extend("format" = "date", "pattern" = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub from: Date,
}

/// Data of `svod.municipality.retire.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetireMunicipality {
    /// Which one.
    pub municipality: MunicipalityCode,
    /// First day on which it is no more.
    #[schemars(with = "String", extend("format" = "date", "pattern" = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub from: Date,
    /// Who reports in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<MunicipalityCode>,
}

/// What is asked for when a person is to be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestErasure {
    /// The fact to record.
    pub requested: crate::event::ErasureRequested,
}

/// What is approved. What will be destroyed is counted by whoever records the approval, at its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApproveErasure {
    /// Which erasure.
    pub erasure_id: Uuid,
    /// RFC 6962 root over the digests of what is disclosed of the person; 64 hexadecimal digits.
    pub digests_root: String,
    /// How many those are.
    pub count: u32,
}

impl ApproveErasure {
    /// The approval of an erasure, with nothing counted yet.
    #[must_use]
    pub fn new(erasure_id: Uuid) -> Self {
        Self { erasure_id, digests_root: String::new(), count: 0 }
    }
}

/// What svod records once nothing names the person any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompleteErasure {
    /// The fact to record.
    pub completed: crate::event::ErasureCompleted,
}

/// What svod records once a report's file lies in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordReport {
    /// The fact to record.
    pub built: crate::event::ReportBuilt,
    /// Whom the document names: it is recorded only if none of them has been erased.
    pub names: Vec<Uuid>,
}
