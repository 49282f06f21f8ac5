//! A moment of the log as an auditor names it: a position, a time, or the last close of a quarter.

use std::str::FromStr;

use serde::Serialize;
use svod_domain::{Event, Quarter};
use svod_log::note::VerifierKey;
use svod_log::tree::{Frontier, leaf_hash};
use svod_log::{Checkpoint, Hash, Position, READ_MAX, Store};

use crate::ahead::events_of;
use crate::happened::quarter_stream;
use crate::past::position_at;
use crate::reader::AsOf;
use crate::EngineError;

/// A moment that is to be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// A position or a time.
    AsOf(AsOf),
    /// Just behind the last close of this quarter.
    Close(Quarter),
}

/// Neither a position nor a time nor a quarter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is neither a position of the log nor an RFC 3339 time nor a quarter such as 2020-Q2")]
pub struct InvalidWhen {
    /// What was given.
    pub given: String,
}

impl FromStr for When {
    type Err = InvalidWhen;

    fn from_str(text: &str) -> Result<Self, InvalidWhen> {
        let quarter = text.parse().map(Self::Close);
        quarter
            .or_else(|_| text.parse().map(Self::AsOf))
            .map_err(|_| InvalidWhen { given: text.to_owned() })
    }
}

/// The quarter was never closed, so it names no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{quarter} was never closed, so it names no moment")]
pub struct NoClose {
    /// Which one.
    pub quarter: Quarter,
}

impl When {
    /// Where it is in the log: the last position that belongs to it, at most where the log ends now.
    pub async fn position(self, store: &dyn Store) -> Result<Result<Position, NoClose>, EngineError> {
        let quarter = match self {
            Self::AsOf(as_of) => return position_at(store, as_of).await.map(Ok),
            Self::Close(quarter) => quarter,
        };
        let happened = events_of(store, &quarter_stream(quarter), Position(u64::MAX)).await?;
        let close = happened.iter().rfind(|one| matches!(one.event, Event::QuarterClosed(_)));
        Ok(close.map(|close| close.recorded.position).ok_or(NoClose { quarter }))
    }
}

/// What an answer was computed at: so much of the log, and the root that says of which log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// The last position.
    pub position: Position,
    /// RFC 6962 root over the leaves up to it.
    pub root: Hash,
}

/// The root of the log at a position: from a checkpoint that the ledger keeps of just this size, if `key` signed it, and
/// otherwise from the bytes of the entries.
pub async fn root_at(
    store: &dyn Store,
    position: Position,
    key: Option<&VerifierKey>,
) -> Result<Moment, EngineError> {
    if let Some(key) = key
        && position > Position::START
    {
        let kept = store.checkpoints(position.0 - 1, 1).await?;
        let newest = store.audit_head().await?.checkpoint;
        let signed = kept.iter().chain([&newest]).filter_map(|note| Checkpoint::open(note, key).ok());
        let of_this_size = signed.filter(|checkpoint| checkpoint.size == position.0).map(|found| found.root);
        if let Some(root) = of_this_size.last() {
            return Ok(Moment { position, root });
        }
    }
    let mut tree = Frontier::default();
    while tree.size() < position.0 {
        let left = u32::try_from(position.0 - tree.size()).unwrap_or(READ_MAX).min(READ_MAX);
        let rows = store.audit_rows(Position(tree.size()), left).await?;
        if rows.is_empty() {
            break;
        }
        rows.iter().for_each(|row| tree.append(leaf_hash(&row.bytes)));
    }
    Ok(Moment { position: Position(tree.size()), root: tree.root() })
}
