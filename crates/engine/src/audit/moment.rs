//! A moment of the log as an auditor names it: a position, a time, or the last close of a quarter.

use std::str::FromStr;
use std::sync::Arc;

use futures_util::FutureExt as _;
use serde::Serialize;
use svod_domain::{Event, Quarter};
use svod_log::note::VerifierKey;
use svod_log::tree::{Frontier, leaf_hash};
use svod_log::{Checkpoint, Hash, Position, Store, made_of_rows};

use crate::EngineError;
use crate::ahead::{Pages, events_of};
use crate::happened::quarter_stream;
use crate::past::position_at;
use crate::reader::AsOf;

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
        quarter.or_else(|_| text.parse().map(Self::AsOf)).map_err(|_| InvalidWhen { given: text.to_owned() })
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

/// The root of the log at a position, at most at its end: from a checkpoint that the ledger keeps of just this size, if
/// `key` signed it, and otherwise from the bytes of the entries.
pub async fn root_at(
    store: &Arc<dyn Store>,
    position: Position,
    key: Option<&VerifierKey>,
    progress: impl Fn(Position),
) -> Result<Moment, EngineError> {
    let position = position.min(store.head().await?.position);
    if let Some(key) = key
        && position > Position::START
        && let Some(root) = signed_root(store.as_ref(), position, key).await?
    {
        return Ok(Moment { position, root });
    }
    let rows = store.clone();
    let read = move |after: Position, count: u32| {
        let rows = rows.clone();
        async move { Ok(made_of_rows(rows.as_ref(), after, count, |row| leaf_hash(row.bytes)).await?) }
            .boxed()
    };
    let mut tree = Frontier::default();
    let mut pages = Pages::new(Position::START, position, Box::new(read));
    while let Some(page) = pages.next().await? {
        for leaf in page {
            tree.append(leaf);
        }
        progress(Position(tree.size()));
    }
    Ok(Moment { position: Position(tree.size()), root: tree.root() })
}

async fn signed_root(
    store: &dyn Store,
    position: Position,
    key: &VerifierKey,
) -> Result<Option<Hash>, EngineError> {
    let kept = store.checkpoints(position.0 - 1, 1).await?;
    let newest = store.audit_head().await?.checkpoint;
    let signed = kept.iter().chain([&newest]).filter_map(|note| Checkpoint::open(note, key).ok());
    let mut of_this_size = signed.filter(|checkpoint| checkpoint.size == position.0);
    Ok(of_this_size.next().map(|checkpoint| checkpoint.root))
}
