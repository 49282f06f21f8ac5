//! What an import would do, as data: each record of a file beside what is filed already, and what in the file wants a look.
//! Who understands files fills it in; whoever files it sends its messages as any sender would.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use svod_domain::{MunicipalityCode, Quarter, SubmissionId, Version};

/// The preview of an import.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ImportPlan {
    /// For which quarter.
    pub quarter: Quarter,
    /// Whether it can be filed: a file is filed whole or not at all, so no finding may be a fault.
    pub can_be_filed: bool,
    /// The records of the file in its order, then what is filed and not in the file.
    pub entries: Vec<ImportEntry>,
    /// What wants a look, in the order of the file.
    pub findings: Vec<ImportFinding>,
}

/// One record, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ImportEntry {
    /// Where in the file, in Russian; absent if it is filed and not in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Whose.
    pub municipality: MunicipalityCode,
    /// What it was; absent for a statement that there was nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What becomes of it.
    pub action: ImportAction,
    /// The same in Russian.
    pub detail: String,
    /// The submission that it is or will be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission_id: Option<SubmissionId>,
    /// The present version of that submission, if it is filed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// The fields that differ from what is filed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<&'static str>,
    /// The message that does it: a message of the contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Value>,
}

/// What becomes of a record of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportAction {
    /// It is new and will be filed.
    Submit,
    /// It differs from what is filed, which will be corrected.
    Correct,
    /// It states that there was nothing, and that will be filed.
    Declare,
    /// It is filed already, word for word.
    Unchanged,
    /// It was filed and has been corrected otherwise since; the correction stands.
    Superseded,
    /// It differs from what is approved, which stays until the approval is revoked.
    Approved,
    /// It was filed and taken back; it stays so.
    Withdrawn,
    /// It is filed and not in the file; it stays.
    Absent,
}

/// What in a file wants a look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ImportFinding {
    /// Where, in Russian: «таблица 1, строка 3, графа 4».
    pub place: String,
    /// How much it weighs.
    pub severity: ImportSeverity,
    /// Its name for programs.
    pub code: String,
    /// What it is and what can be done, in Russian.
    pub detail: String,
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportSeverity {
    /// Good to know.
    Note,
    /// What was read may not be what was meant.
    Warning,
    /// Something that a person sees was not read.
    Loss,
    /// Nothing of the file can be filed before it is put right.
    Fault,
}

impl ImportPlan {
    /// The messages that file it, in the order of the file.
    pub fn messages(&self) -> impl Iterator<Item = &Value> {
        self.entries.iter().filter_map(|entry| entry.message.as_ref())
    }

    /// How many entries become this.
    #[must_use]
    pub fn count(&self, action: ImportAction) -> usize {
        self.entries.iter().filter(|entry| entry.action == action).count()
    }
}
