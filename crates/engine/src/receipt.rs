//! Receipts: the answer to one message, the same bytes for ever.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use svod_domain::{Command, Decision, Event, Quarter, ReasonCode, Refusal, SubmissionId, Version, Warning};
use svod_log::{Hash, MessageKey, Piece, ReceiptBody};
use uuid::Uuid;

use crate::EngineError;
use crate::decide::spoken_of;
use crate::wording::Wording;

/// The CloudEvents type of receipts.
pub const RECEIPT_TYPE: &str = "svod.receipt.v1";

/// Namespace of the ids of receipts (RFC 9562 name-based UUIDs): one message has one receipt id, for ever.
const RECEIPT_IDS: Uuid = Uuid::from_u128(0x5f0d_7e0c_3a54_5b1e_9d2c_6a70_1f4b_8c21);

/// Whether a message was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It stands in the log.
    Recorded,
    /// Only the refusal is kept.
    Refused,
}

/// A warning in a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReceiptWarning {
    /// Stable code, such as `dates-outside-quarter`.
    pub code: String,
    /// Russian: what both sides should know.
    pub detail: String,
    /// JSON Pointer into the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
}

/// Data of `svod.receipt.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReceiptData {
    /// The message's `id`; absent if it could not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The message's `source`; absent if it could not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_source: Option<String>,
    /// Whether it was recorded.
    pub outcome: Verdict,
    /// When svod took the message, RFC 3339.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub received_at: Timestamp,
    /// The submission that it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission_id: Option<SubmissionId>,
    /// The quarter that it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarter: Option<Quarter>,
    /// The version that the submission has now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// Whether it came after the filing deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<bool>,
    /// What both sides should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<ReceiptWarning>,
    /// The reason code of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Russian: what is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Russian: what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// JSON Pointer into the message: where the fault is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The version that the submission really has, when the message spoke of another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present_version: Option<Version>,
    /// Where its first event stands in the log. Behind the others, because only the store knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// The signed head of the log (c2sp.org/tlog-checkpoint) with this message and all that was recorded with it. Keep it:
    /// a log that is changed later no longer agrees with it. Absent if the answer was not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
}

/// The schema of the data of a receipt.
#[must_use]
pub fn receipt_schema() -> serde_json::Value {
    schemars::schema_for!(ReceiptData).to_value()
}

impl ReceiptData {
    /// A receipt that says nothing yet.
    fn blank(message: Option<&MessageKey>, outcome: Verdict, received_at: Timestamp) -> Self {
        Self {
            message_id: message.map(|key| key.id.clone()),
            message_source: message.map(|key| key.source.clone()),
            outcome,
            received_at,
            submission_id: None,
            quarter: None,
            version: None,
            late: None,
            warnings: vec![],
            code: None,
            detail: None,
            action: None,
            pointer: None,
            present_version: None,
            position: None,
            checkpoint: None,
        }
    }

    /// Of a message that is in the log; the store writes the position in.
    pub(crate) fn recorded(
        message: &MessageKey,
        at: Timestamp,
        warnings: &[Warning],
        wording: &Wording,
    ) -> Self {
        let warning = |warning: &Warning| ReceiptWarning {
            code: warning.code().to_owned(),
            detail: (wording.warning)(warning),
            pointer: warning.pointer(),
        };
        let warnings = warnings.iter().map(warning).collect();
        Self { warnings, ..Self::blank(Some(message), Verdict::Recorded, at) }
    }

    /// Of a message that was refused.
    pub(crate) fn refused(
        message: Option<&MessageKey>,
        at: Timestamp,
        refusal: &Refusal,
        wording: &Wording,
    ) -> Self {
        let (detail, action) = (wording.refusal)(refusal);
        Self {
            pointer: refusal.pointer(),
            present_version: refusal.present_version(),
            ..Self::refused_for(message, at, refusal.reason(), detail, action)
        }
    }

    /// Of a message that was refused for a reason that no rule raised, in words of the caller's.
    #[must_use]
    pub fn refused_for(
        message: Option<&MessageKey>,
        at: Timestamp,
        reason: ReasonCode,
        detail: String,
        action: String,
    ) -> Self {
        Self {
            code: Some(reason.as_str().to_owned()),
            detail: Some(detail),
            action: Some(action),
            ..Self::blank(message, Verdict::Refused, at)
        }
    }

    /// Adds what the order speaks of, and what was decided about it.
    pub(crate) fn speak_of(&mut self, command: &Command, decision: Option<&Decision>) {
        let event = decision.and_then(|decision| decision.events.last());
        self.submission_id = spoken_of(command);
        self.quarter = event.and_then(Event::quarter).or(match command {
            Command::Submit(command) => Some(command.quarter),
            Command::DeclareNothing(command) => Some(command.quarter),
            Command::OpenQuarter(command) => Some(command.quarter),
            Command::MoveQuarter(command) => Some(command.quarter),
            Command::CloseQuarter(command) => Some(command.quarter),
            Command::ReopenQuarter(command) => Some(command.quarter),
            _of_no_named_quarter => None,
        });
        self.version = match event {
            Some(Event::ActivitySubmitted(event)) => Some(event.version),
            Some(Event::ActivityCorrected(event)) => Some(event.version),
            Some(Event::ActivityReturned(event)) => Some(event.version),
            Some(Event::ActivityApproved(event)) => Some(event.version),
            Some(Event::ApprovalRevoked(event)) => Some(event.version),
            Some(Event::ActivityWithdrawn(event)) => Some(event.version),
            _of_no_submission => None,
        };
        self.late = match event {
            Some(Event::ActivitySubmitted(event)) => Some(event.late),
            Some(Event::NothingDeclared(event)) => Some(event.late),
            _without_a_term => None,
        };
    }

    /// The receipt as a CloudEvents event, with gaps for the checkpoint and, if it was recorded, the position.
    pub fn body(&self, source: &str, sender: Option<&str>, digest: Hash) -> Result<ReceiptBody, EngineError> {
        let text = self.cloud_event(source, sender, digest)?;
        let open = text.strip_suffix("}}").expect("data is the last attribute and an object");
        let piece = |text: String| Piece::Bytes(text.into_bytes());
        let mut pieces = match self.outcome {
            Verdict::Refused => vec![piece(format!("{open},\"checkpoint\":"))],
            Verdict::Recorded => {
                let position = piece(format!("{open},\"position\":"));
                vec![position, Piece::Position, piece(",\"checkpoint\":".to_owned())]
            }
        };
        pieces.extend([Piece::Checkpoint, piece("}}".to_owned())]);
        Ok(ReceiptBody(pieces))
    }

    /// The receipt as a CloudEvents event in JSON; its subject is the sender. `digest` names a message whose id cannot be
    /// told.
    pub fn cloud_event(
        &self,
        source: &str,
        sender: Option<&str>,
        digest: Hash,
    ) -> Result<String, EngineError> {
        #[derive(Serialize)]
        struct Event<'a> {
            specversion: &'static str,
            id: Uuid,
            source: &'a str,
            #[serde(rename = "type")]
            kind: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            subject: Option<&'a str>,
            time: Timestamp,
            datacontenttype: &'static str,
            data: &'a ReceiptData,
        }
        let reused = self.code.as_deref() == Some(ReasonCode::IdReused.as_str());
        let name = match (&self.message_source, &self.message_id) {
            // The name of the message belongs to the receipt of the one that came first.
            (Some(source), Some(id)) if reused => format!("{source}\n{id}\n{digest}"),
            (Some(source), Some(id)) => format!("{source}\n{id}"),
            _untold => digest.to_string(),
        };
        let event = Event {
            specversion: "1.0",
            id: Uuid::new_v5(&RECEIPT_IDS, name.as_bytes()),
            source,
            kind: RECEIPT_TYPE,
            subject: sender,
            time: self.received_at,
            datacontenttype: "application/json",
            data: self,
        };
        serde_json::to_string(&event).map_err(|source| EngineError::Encode { what: "a receipt", source })
    }
}

/// A receipt read back.
#[derive(Clone, Debug, Deserialize)]
pub struct ReadReceipt {
    /// The sender of the message it answers.
    #[serde(default)]
    pub subject: Option<String>,
    /// What it says.
    pub data: ReceiptData,
}

/// Reads a receipt back.
pub fn read_receipt(body: &[u8]) -> Result<ReadReceipt, serde_json::Error> {
    serde_json::from_slice(body)
}
