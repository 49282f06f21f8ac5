//! One submission with its whole history, folded from its stream when it is asked for. Key: its id.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use svod_domain::{Activity, Event, Version};

use super::Projection;
use super::cards::{Act, ActorCard};
use super::submissions::SubmissionCard;
use crate::Happened;

/// A submission, every version of it, every act upon it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubmissionHistory {
    /// As it stands.
    pub submission: SubmissionCard,
    /// Every version, oldest first.
    pub versions: Vec<VersionCard>,
    /// Every act, oldest first.
    pub acts: Vec<Act>,
}

/// One version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VersionCard {
    /// Which one.
    pub version: Version,
    /// What it says.
    pub activity: Activity,
    /// When it came.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// Whose it is.
    pub actor: ActorCard,
    /// Where it stands in the log.
    pub position: u64,
    /// A word to the reviewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Codes of what both sides were warned of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// The projection.
pub(crate) struct Histories;

impl Projection for Histories {
    type View = SubmissionHistory;
    const NAME: &'static str = "submission";
    const VERSION: u16 = 1;

    fn keys(happened: &Happened) -> Vec<String> {
        happened.event.submission().iter().map(ToString::to_string).collect()
    }

    fn evolve(view: Option<SubmissionHistory>, happened: &Happened) -> Option<SubmissionHistory> {
        let (card, mut versions, mut acts) = match view {
            Some(view) => (Some(view.submission), view.versions, view.acts),
            None => (None, vec![], vec![]),
        };
        let submission = SubmissionCard::evolve(card, happened)?;
        let act = Act::of(happened);
        let written = match &happened.event {
            Event::ActivitySubmitted(event) => Some((&event.activity, &event.warnings)),
            Event::ActivityCorrected(event) => Some((&event.activity, &event.warnings)),
            _no_version => None,
        };
        if let Some((activity, warnings)) = written {
            versions.push(VersionCard {
                version: submission.version,
                activity: activity.clone(),
                at: act.at,
                actor: act.actor.clone(),
                position: act.position,
                note: act.note.clone(),
                warnings: warnings.iter().map(|warning| warning.code().to_owned()).collect(),
            });
        }
        acts.push(act);
        Some(SubmissionHistory { submission, versions, acts })
    }
}
