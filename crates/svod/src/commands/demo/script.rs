//! The messages of the demonstration. Invented: no person, meeting or document of them exists.

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::value::RawValue;

const MESSAGES: &str = include_str!("../../../demo/messages.json");

/// The quarter that it is played in.
pub(super) const QUARTER: &str = "2020-Q2";
/// The submission that is returned and corrected.
pub(super) const RETURNED_ID: &str = "0197a2c4-5e10-7b31-8f4d-2020e2000003";

/// Everything that is sent, in the order of playing.
#[derive(Deserialize)]
pub(super) struct Script {
    /// Records of municipalities.
    pub(super) filed: Vec<Sent>,
    /// A nil return.
    pub(super) nothing: Sent,
    /// A reviewer's remarks on one of the records.
    pub(super) returned: Sent,
    /// The municipality's answer.
    pub(super) corrected: Sent,
    /// An approval of the version before it; to be refused.
    pub(super) stale: Sent,
    /// Approvals of all records.
    pub(super) approved: Vec<Sent>,
}

/// A message and its sender.
#[derive(Deserialize)]
pub(super) struct Sent {
    /// The principal.
    pub(super) sender: String,
    /// As it is sent.
    pub(super) message: Box<RawValue>,
}

/// What the telling needs of a message.
#[derive(Deserialize)]
pub(super) struct Told {
    /// Its data.
    pub(super) data: ToldData,
}

/// What the telling needs of the data.
#[derive(Deserialize)]
pub(super) struct ToldData {
    /// Of which municipality.
    #[serde(default)]
    pub(super) municipality: String,
    /// What was done.
    pub(super) activity: Option<ToldActivity>,
    /// What is to be changed.
    #[serde(default)]
    pub(super) remarks: Vec<svod_domain::command::Remark>,
}

/// What the telling needs of an activity.
#[derive(Deserialize)]
pub(super) struct ToldActivity {
    /// Its title.
    pub(super) title: String,
}

impl Script {
    /// Reads it.
    pub(super) fn load() -> anyhow::Result<Self> {
        serde_json::from_str(MESSAGES).context("reading the messages of the demonstration")
    }
}

impl Sent {
    /// What of it is told.
    pub(super) fn told(&self) -> anyhow::Result<ToldData> {
        let told: Told = serde_json::from_str(self.message.get()).context("reading a message")?;
        Ok(told.data)
    }
}
