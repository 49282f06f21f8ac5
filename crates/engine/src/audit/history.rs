//! Everything that happened to a record: its entries as they stand in the log, persons as digests.

use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use svod_domain::{Quarter, SubmissionId};
use svod_log::{Hash, MessageKey, Position, Recorded, Store, StreamId, Version};
use uuid::Uuid;

use crate::EngineError;
use crate::ahead::events_of;
use crate::happened::{quarter_stream, submission_stream};
use crate::views::ActorCard;

/// Whose entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// All of a stream.
    Stream(StreamId),
    /// The one at this position.
    Position(Position),
}

impl FromStr for Subject {
    type Err = svod_log::InvalidStreamId;

    /// A position, the id of a submission, a quarter, or the name of a stream.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(position) = text.parse() {
            return Ok(Self::Position(Position(position)));
        }
        if let Ok(id) = text.parse::<Uuid>() {
            return Ok(Self::Stream(submission_stream(SubmissionId(id))));
        }
        if let Ok(quarter) = text.parse::<Quarter>() {
            return Ok(Self::Stream(quarter_stream(quarter)));
        }
        StreamId::try_new(text).map(Self::Stream)
    }
}

/// An entry, for people and programs.
#[derive(Clone, Debug, Serialize)]
pub struct EntryCard {
    /// Place in the log.
    pub position: Position,
    /// Its stream.
    pub stream: StreamId,
    /// Place in the stream.
    pub version: Version,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// From when on it holds.
    pub valid_at: Timestamp,
    /// Who caused it, and in which role.
    pub actor: ActorCard,
    /// The message or the order that asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageKey>,
    /// The entry that made a program ask for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Position>,
    /// What it did.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it did, in full.
    pub data: Box<RawValue>,
    /// Its leaf in the tree.
    pub leaf: Hash,
}

impl EntryCard {
    fn of(recorded: &Recorded) -> Self {
        let Recorded { position, stream, version, recorded_at, valid_at, actor, .. } = recorded.clone();
        Self {
            position,
            stream,
            version,
            recorded_at,
            valid_at,
            actor: ActorCard { name: actor.name, role: actor.role },
            message: recorded.message.clone(),
            cause: recorded.cause,
            kind: recorded.kind.clone(),
            data: recorded.data.clone(),
            leaf: recorded.leaf,
        }
    }
}

/// The entries of these, each once, in the order of the log, up to a position.
pub async fn entries(
    store: &dyn Store,
    subjects: &[Subject],
    until: Position,
) -> Result<Vec<EntryCard>, EngineError> {
    let mut found: Vec<Arc<Recorded>> = vec![];
    for subject in subjects {
        match subject {
            Subject::Stream(stream) => {
                let happened = events_of(store, stream, until).await?;
                found.extend(happened.into_iter().map(|one| one.recorded));
            }
            Subject::Position(position) if (Position(1)..=until).contains(position) => {
                found.extend(store.read(Position(position.0 - 1), 1).await?);
            }
            Subject::Position(_behind_the_end) => {}
        }
    }
    found.sort_unstable_by_key(|recorded| recorded.position);
    found.dedup_by_key(|recorded| recorded.position);
    Ok(found.iter().map(|recorded| EntryCard::of(recorded)).collect())
}
