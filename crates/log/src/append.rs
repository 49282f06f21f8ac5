//! What must be atomic is one value: [`Append`].

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Position, StreamId, Version};

/// Who caused an append, as the log remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorName {
    /// The principal's name (also its broker user's).
    pub name: String,
    /// The role it acted in, such as `municipality:66701000` or `reviewer`.
    pub role: String,
}

/// Identifies a message for ever: CloudEvents `source` and `id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageKey {
    /// CloudEvents `source`.
    pub source: String,
    /// CloudEvents `id`.
    pub id: String,
}

/// One fact about to be recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// The stream it becomes the newest event of.
    pub stream: StreamId,
    /// Its type, kebab-case, such as `activity-submitted`.
    pub kind: String,
    /// The version of the shape of `data`, from 1.
    pub schema: u16,
    /// The payload. No floats: an append with one is refused as [`Answer::Unfit`].
    pub data: serde_json::Value,
    /// From when on it holds, if that is not the moment it is recorded.
    pub valid_at: Option<Timestamp>,
}

/// What a decision rests on; checked again by the store at the moment of recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assumption {
    /// The stream is still at this version.
    Stream(StreamId, Version),
    /// Nothing at all was recorded after this position (appends earlier in the same batch included).
    Head(Position),
}

/// The answer to a message, before its place in the log is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReceipt {
    /// The message it answers.
    pub message: MessageKey,
    /// Digest of the message's content and sender: the same key with another digest is a reused id.
    pub digest: crate::Hash,
    /// The bytes of the answer.
    pub body: ReceiptBody,
}

/// The bytes of an answer, with gaps for what only the store knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptBody(pub Vec<Piece>);

/// A part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Bytes(Vec<u8>),
    /// The decimal position of the append's first event; where it has none, that of the last event before it.
    Position,
    /// The checkpoint of the log with the append and all that was recorded together with it, as a JSON string.
    Checkpoint,
}

impl ReceiptBody {
    /// Complete as it stands.
    #[must_use]
    pub fn whole(bytes: Vec<u8>) -> Self {
        Self(vec![Piece::Bytes(bytes)])
    }

    /// The final bytes, for an append whose first event stands at `first`, recorded under this checkpoint, which is a JSON string
    /// already.
    pub(crate) fn fill(&self, first: Position, checkpoint: &[u8]) -> Vec<u8> {
        let first = first.to_string();
        let pieces: Vec<&[u8]> = self
            .0
            .iter()
            .map(|piece| match piece {
                Piece::Bytes(piece) => piece.as_slice(),
                Piece::Position => first.as_bytes(),
                Piece::Checkpoint => checkpoint,
            })
            .collect();
        pieces.concat()
    }
}

/// One unit of work: the events of one decision, everything that the decision assumed, and the answer to the message.
/// Recorded whole or not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Append {
    /// In order; empty for a refusal, which records only its receipt.
    pub events: Vec<NewEvent>,
    /// Everything the decision read.
    pub assumes: Vec<Assumption>,
    /// The answer to the message; `None` for work that no message asked for.
    pub receipt: Option<NewReceipt>,
    /// The name of the order, where no message asked for it and no receipt answers.
    pub order: Option<MessageKey>,
    /// The entry that made a program ask for it.
    pub cause: Option<Position>,
    /// Who caused it.
    pub actor: ActorName,
    /// When, by the clock of the program.
    pub recorded_at: Timestamp,
}

impl Append {
    /// The name of what asked for it: a message or an order.
    #[must_use]
    pub fn command(&self) -> Option<&MessageKey> {
        self.receipt.as_ref().map(|receipt| &receipt.message).or(self.order.as_ref())
    }
}

/// An answer that is kept for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Digest of the message that it answered.
    pub digest: crate::Hash,
    /// Its bytes, the same for ever.
    pub body: Arc<[u8]>,
}

/// What became of one [`Append`] of a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Recorded. `first` and `last` are the positions of its events (`None` when it had none); `receipt` is the
    /// final body.
    Appended {
        /// Positions of the first and the last event.
        positions: Option<(Position, Position)>,
        /// The final bytes of the receipt, if one was asked for.
        receipt: Option<Arc<[u8]>>,
    },
    /// An assumption no longer holds; nothing of it was kept. Decide again.
    Conflict {
        /// The assumption that failed.
        assumption: Assumption,
    },
    /// The message has been answered before; nothing of it was kept.
    AnsweredBefore(Receipt),
    /// An entry would break a limit of the format (65,535 bytes, a float); nothing of it was kept.
    Unfit(crate::entry::UnfitEntry),
}
