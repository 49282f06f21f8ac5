//! Turns a batch of appends into what a store has to write: the one place where versions are checked, positions are
//! given, messages are recognised and answers are made. Pure; every store uses it, so every store decides alike.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::append::{Answer, Append, Assumption, MessageKey, NewReceipt, Receipt};
use crate::contract::BATCH_APPENDS_MAX;
use crate::entry::{self, Place, UnfitEntry};
use crate::tree::{self, Frontier};
use crate::{Hash, Position, StreamId, Version};

/// Where a stream ends: the version and the leaf of its newest entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Its newest version.
    pub version: Version,
    /// Leaf of its newest entry.
    pub leaf: Hash,
}

/// What a batch needs to know of the log before it can be staged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs<'a> {
    /// Streams that it writes to or assumes something about.
    pub streams: BTreeSet<&'a StreamId>,
    /// Messages that it answers.
    pub messages: BTreeSet<&'a MessageKey>,
}

impl<'a> Needs<'a> {
    /// Of a batch.
    #[must_use]
    pub fn of(batch: &'a [Append]) -> Self {
        let mut needs = Self::default();
        for append in batch {
            needs.streams.extend(append.events.iter().map(|event| &event.stream));
            needs.messages.extend(append.receipt.iter().map(|receipt| &receipt.message));
            for assumption in &append.assumes {
                if let Assumption::Stream(stream, _) = assumption {
                    needs.streams.insert(stream);
                }
            }
        }
        needs
    }
}

/// The log as a batch finds it. Must cover the [`Needs`] of the batch: a stream that is not here holds nothing, a
/// message that is not here has not been answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base {
    /// The tree; its size is the position of the head.
    pub frontier: Frontier,
    /// Where the streams end.
    pub tips: BTreeMap<StreamId, Tip>,
    /// The messages that have been answered.
    pub receipts: BTreeMap<MessageKey, Receipt>,
}

/// An entry to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedEntry {
    /// Place in the log.
    pub position: Position,
    /// Its stream.
    pub stream: StreamId,
    /// Place in the stream.
    pub version: Version,
    /// Hash of the bytes.
    pub leaf: Hash,
    /// The exact bytes.
    pub bytes: Arc<[u8]>,
}

/// Everything that a store writes for a batch, and what it then answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Staged {
    /// In the order of their positions.
    pub entries: Vec<StagedEntry>,
    /// In the order of the batch.
    pub receipts: Vec<(MessageKey, Receipt)>,
    /// The tree with the new entries.
    pub frontier: Frontier,
    /// Where the streams written to end now.
    pub tips: BTreeMap<StreamId, Tip>,
    /// One for each append of the batch.
    pub answers: Vec<Answer>,
}

impl Staged {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.receipts.is_empty()
    }

    /// Whether an assumption failed. Against a base that may be old this means nothing yet.
    #[must_use]
    pub fn has_conflict(&self) -> bool {
        self.answers.iter().any(|answer| matches!(answer, Answer::Conflict { .. }))
    }
}

/// Stages a batch on the log as it stands. An append that is refused leaves no trace in what follows it.
///
/// # Panics
/// If the batch holds more than [`BATCH_APPENDS_MAX`] appends, which is a fault of the caller.
#[must_use]
pub fn stage(base: Base, batch: &[Append]) -> Staged {
    assert!(batch.len() <= BATCH_APPENDS_MAX, "a batch of {} appends is too large", batch.len());
    let mut staging = Staging { base, entries: Vec::new(), receipts: Vec::new(), tips: BTreeMap::new() };
    let answers = batch.iter().map(|append| staging.answer(append)).collect();
    Staged {
        entries: staging.entries,
        receipts: staging.receipts,
        frontier: staging.base.frontier,
        tips: staging.tips,
        answers,
    }
}

struct Staging {
    /// The frontier and the receipts move on with the batch; the tips stay as they were found.
    base: Base,
    entries: Vec<StagedEntry>,
    receipts: Vec<(MessageKey, Receipt)>,
    /// Tips of the streams that the batch has written to so far.
    tips: BTreeMap<StreamId, Tip>,
}

impl Staging {
    fn answer(&mut self, append: &Append) -> Answer {
        if let Some(receipt) = self.earlier_answer(append) {
            return Answer::AnsweredBefore(receipt);
        }
        if let Some(broken) = append.assumes.iter().find(|assumption| !self.holds(assumption)) {
            return Answer::Conflict { assumption: broken.clone() };
        }
        match self.write(append) {
            Ok(entries) => self.keep(append, entries),
            Err(unfit) => Answer::Unfit(unfit),
        }
    }

    fn earlier_answer(&self, append: &Append) -> Option<Receipt> {
        let receipt = append.receipt.as_ref()?;
        self.base.receipts.get(&receipt.message).cloned()
    }

    fn holds(&self, assumption: &Assumption) -> bool {
        match assumption {
            Assumption::Stream(stream, version) => {
                self.tip(stream).map_or(Version::NONE, |tip| tip.version) == *version
            }
            Assumption::Head(position) => self.head() == *position,
        }
    }

    fn tip(&self, stream: &StreamId) -> Option<Tip> {
        self.tips.get(stream).or_else(|| self.base.tips.get(stream)).copied()
    }

    fn head(&self) -> Position {
        Position(self.base.frontier.size())
    }

    /// The entries of an append; nothing is kept yet, because any of them may turn out unfit.
    fn write(&self, append: &Append) -> Result<Vec<StagedEntry>, UnfitEntry> {
        let mut entries: Vec<StagedEntry> = Vec::with_capacity(append.events.len());
        let mut own_tips: BTreeMap<&StreamId, Tip> = BTreeMap::new();
        let mut position = self.head();
        for event in &append.events {
            position = position.next();
            let tip = own_tips.get(&event.stream).copied().or_else(|| self.tip(&event.stream));
            let version = tip.map_or(Version::NONE, |tip| tip.version).next();
            let place = Place {
                position,
                version,
                prev: tip.map(|tip| tip.leaf),
                recorded_at: append.recorded_at,
                actor: &append.actor,
                message: append.receipt.as_ref().map(|receipt| &receipt.message),
            };
            let bytes = entry::encode(event, &place)?;
            let leaf = tree::leaf_hash(&bytes);
            own_tips.insert(&event.stream, Tip { version, leaf });
            let stream = event.stream.clone();
            entries.push(StagedEntry { position, stream, version, leaf, bytes: bytes.into() });
        }
        Ok(entries)
    }

    fn keep(&mut self, append: &Append, entries: Vec<StagedEntry>) -> Answer {
        let positions = match entries.as_slice() {
            [first, .., last] => Some((first.position, last.position)),
            [only] => Some((only.position, only.position)),
            [] => None,
        };
        // An answer around a position that has no event of its own tells where the log stood.
        let first = positions.map_or(self.head(), |(first, _)| first);
        for entry in &entries {
            self.base.frontier.append(entry.leaf);
            self.tips.insert(entry.stream.clone(), Tip { version: entry.version, leaf: entry.leaf });
        }
        self.entries.extend(entries);
        let receipt = append.receipt.as_ref().map(|receipt| self.keep_receipt(receipt, first));
        Answer::Appended { positions, receipt }
    }

    fn keep_receipt(&mut self, new: &NewReceipt, first: Position) -> Arc<[u8]> {
        let body: Arc<[u8]> = new.body.clone().fill(first).into();
        let receipt = Receipt { digest: new.digest, body: Arc::clone(&body) };
        self.base.receipts.insert(new.message.clone(), receipt.clone());
        self.receipts.push((new.message.clone(), receipt));
        body
    }
}
