//! Pieces that several views share.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use svod_domain::command::Remark;
use svod_domain::{Event, Version};

use crate::Happened;

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActorCard {
    /// The principal's name.
    pub name: String,
    /// The role it acted in.
    pub role: String,
}

/// One act in a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Act {
    /// The event's name, such as `activity-returned`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The version of the submission it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// When it was recorded.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// Who did it.
    pub actor: ActorCard,
    /// Where it stands in the log.
    pub position: u64,
    /// `id` of the message that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Remarks of a return.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
    /// The reason given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// A word to the reviewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Act {
    /// What happened, without its content.
    pub(crate) fn of(happened: &Happened) -> Self {
        let recorded = &happened.recorded;
        let mut act = Self {
            kind: recorded.kind.clone(),
            version: None,
            at: recorded.recorded_at,
            actor: ActorCard { name: recorded.actor.name.clone(), role: recorded.actor.role.clone() },
            position: recorded.position.0,
            message_id: recorded.message.as_ref().map(|key| key.id.clone()),
            remarks: vec![],
            reason: None,
            note: None,
        };
        match &happened.event {
            Event::ActivitySubmitted(event) => act.version = Some(event.version),
            Event::ActivityCorrected(event) => {
                act.version = Some(event.version);
                act.note.clone_from(&event.note);
            }
            Event::ActivityReturned(event) => {
                act.version = Some(event.version);
                act.remarks.clone_from(&event.remarks);
            }
            Event::ActivityApproved(event) => act.version = Some(event.version),
            Event::ApprovalRevoked(event) => {
                act.version = Some(event.version);
                act.reason = Some(event.reason.clone());
            }
            Event::ActivityWithdrawn(event) => {
                act.version = Some(event.version);
                act.reason = Some(event.reason.clone());
            }
            Event::QuarterOpened(event) => act.reason.clone_from(&event.reason),
            Event::QuarterMoved(event) => act.reason = Some(event.reason.clone()),
            Event::QuarterClosed(event) => act.reason.clone_from(&event.reason),
            Event::QuarterReopened(event) => act.reason = Some(event.reason.clone()),
            Event::NothingDeclared(_)
            | Event::QuarterSelected(_)
            | Event::ReportBuilt(_)
            | Event::MunicipalityRegistered(_)
            | Event::MunicipalityRenamed(_)
            | Event::MunicipalityRetired(_)
            | Event::ErasureRequested(_)
            | Event::PersonErased(_)
            | Event::ErasureCompleted(_) => {}
        }
        act
    }
}
