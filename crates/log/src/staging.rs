//! Turns a batch of appends into what a store has to write: the one place where versions are checked, positions are
//! given, messages are recognised and answers are made. Pure; every store uses it, so every store decides alike.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use crate::append::{Answer, Append, Assumption, MessageKey, NewReceipt, Receipt};
use crate::contract::{BATCH_APPENDS_MAX, CHECKPOINT_EVERY};
use crate::entry::{self, Place, UnfitEntry};
use crate::tree::{self, Frontier};
use crate::{Hash, Position, StreamId, Version, canonical};
use crate::{Mac, Notary};

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
    /// Those of them that are assumed to hold nothing wherever they are named first.
    pub empty: BTreeSet<&'a StreamId>,
    /// Messages that it answers.
    pub messages: BTreeSet<&'a MessageKey>,
}

impl<'a> Needs<'a> {
    /// Of a batch.
    #[must_use]
    pub fn of(batch: &'a [Append]) -> Self {
        let mut needs = Self::default();
        for append in batch {
            needs.messages.extend(append.receipt.iter().map(|receipt| &receipt.message));
            for assumption in &append.assumes {
                if let Assumption::Stream(stream, version) = assumption
                    && needs.streams.insert(stream)
                    && *version == Version::NONE
                {
                    needs.empty.insert(stream);
                }
            }
            needs.streams.extend(append.events.iter().map(|event| &event.stream));
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
    /// When the newest entry was recorded.
    pub newest: Timestamp,
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
    /// The notary's code of the entry at its place.
    pub mac: Mac,
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
    /// When the newest of them was recorded.
    pub newest: Timestamp,
    /// The notary's code of this tree.
    pub head_mac: Mac,
    /// This tree's checkpoint, signed.
    pub checkpoint: String,
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

    /// Whether its checkpoint is one of those that are kept: it is the first in its run of [`CHECKPOINT_EVERY`] entries.
    #[must_use]
    pub fn keeps_checkpoint(&self) -> bool {
        let runs = |size: u64| size / CHECKPOINT_EVERY;
        runs(self.frontier.size()) > runs(self.frontier.size() - self.entries.len() as u64)
    }

    /// Whether an append was not taken. Against a base that may be old this means nothing yet: what it asks for may have been
    /// answered long ago.
    #[must_use]
    pub fn has_untaken(&self) -> bool {
        self.answers.iter().any(|answer| matches!(answer, Answer::Conflict { .. } | Answer::Unfit(_)))
    }
}

/// Stages a batch on the log as it stands. An append that is refused leaves no trace in what follows it. `notary` vouches
/// for the entries and for the head, which every receipt of the batch carries.
///
/// # Panics
/// If the batch holds more than [`BATCH_APPENDS_MAX`] appends, which is a fault of the caller.
#[must_use]
pub fn stage(base: Base, batch: &[Append], notary: &Notary) -> Staged {
    assert!(batch.len() <= BATCH_APPENDS_MAX, "a batch of {} appends is too large", batch.len());
    let mut staging = Staging {
        base,
        notary,
        entries: vec![],
        asked: vec![],
        answered: HashMap::new(),
        tips: BTreeMap::new(),
    };
    let drafts: Vec<Draft> = batch.iter().map(|append| staging.draft(append)).collect();
    let checkpoint = notary.checkpoint(&staging.base.frontier);
    let mut quoted = vec![];
    canonical::write_string(&mut quoted, &checkpoint);
    let receipts: Vec<(MessageKey, Receipt)> =
        staging.asked.iter().map(|(receipt, first)| made(receipt, *first, &quoted)).collect();
    let answers = drafts.into_iter().map(|draft| draft.answer(&receipts)).collect();
    Staged {
        entries: staging.entries,
        receipts,
        head_mac: notary.head_mac(&staging.base.frontier),
        frontier: staging.base.frontier,
        newest: staging.base.newest,
        checkpoint,
        tips: staging.tips,
        answers,
    }
}

fn made(receipt: &NewReceipt, first: Position, checkpoint: &[u8]) -> (MessageKey, Receipt) {
    let body = receipt.body.fill(first, checkpoint).into();
    (receipt.message.clone(), Receipt { digest: receipt.digest, body })
}

struct Staging<'a> {
    /// The frontier moves on with the batch; tips and receipts stay as they were found.
    base: Base,
    notary: &'a Notary,
    entries: Vec<StagedEntry>,
    /// The answers that the batch gives, and where the first event of each stands.
    asked: Vec<(&'a NewReceipt, Position)>,
    /// Where in `asked` the answer to a message stands.
    answered: HashMap<&'a MessageKey, usize>,
    /// Tips of the streams that the batch has written to so far.
    tips: BTreeMap<StreamId, Tip>,
}

/// An answer before the receipts of the batch are made: they carry its checkpoint, which is known last.
enum Draft {
    /// Complete.
    Final(Answer),
    /// Recorded, with the receipt at this place of the batch's.
    Appended { positions: Option<(Position, Position)>, receipt: Option<usize> },
    /// Answered earlier in the batch.
    AnsweredBefore { receipt: usize },
}

impl Draft {
    fn answer(self, receipts: &[(MessageKey, Receipt)]) -> Answer {
        match self {
            Self::Final(answer) => answer,
            Self::Appended { positions, receipt } => {
                let receipt = receipt.map(|place| Arc::clone(&receipts[place].1.body));
                Answer::Appended { positions, receipt }
            }
            Self::AnsweredBefore { receipt } => Answer::AnsweredBefore(receipts[receipt].1.clone()),
        }
    }
}

impl<'a> Staging<'a> {
    fn draft(&mut self, append: &'a Append) -> Draft {
        if let Some(message) = append.receipt.as_ref().map(|receipt| &receipt.message) {
            if let Some(receipt) = self.base.receipts.get(message) {
                return Draft::Final(Answer::AnsweredBefore(receipt.clone()));
            }
            if let Some(receipt) = self.answered.get(message) {
                return Draft::AnsweredBefore { receipt: *receipt };
            }
        }
        if let Some(broken) = append.assumes.iter().find(|assumption| !self.holds(assumption)) {
            return Draft::Final(Answer::Conflict { assumption: broken.clone() });
        }
        match self.write(append) {
            Ok(entries) => self.keep(append, entries),
            Err(unfit) => Draft::Final(Answer::Unfit(unfit)),
        }
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
                // The clocks of two processes differ, and the slower one may be the later in the log.
                recorded_at: append.recorded_at.max(self.base.newest),
                actor: &append.actor,
                message: append.command(),
                cause: append.cause,
            };
            let bytes = entry::encode(event, &place)?;
            let leaf = tree::leaf_hash(&bytes);
            own_tips.insert(&event.stream, Tip { version, leaf });
            let (stream, mac) = (event.stream.clone(), self.notary.mac(position, leaf));
            entries.push(StagedEntry { position, stream, version, leaf, mac, bytes: bytes.into() });
        }
        Ok(entries)
    }

    fn keep(&mut self, append: &'a Append, entries: Vec<StagedEntry>) -> Draft {
        let positions = match entries.as_slice() {
            [first, .., last] => Some((first.position, last.position)),
            [only] => Some((only.position, only.position)),
            [] => None,
        };
        // An answer around a position that has no event of its own tells where the log stood.
        let first = positions.map_or(self.head(), |(first, _)| first);
        if !entries.is_empty() {
            self.base.newest = self.base.newest.max(append.recorded_at);
        }
        for entry in &entries {
            self.base.frontier.append(entry.leaf);
            self.tips.insert(entry.stream.clone(), Tip { version: entry.version, leaf: entry.leaf });
        }
        self.entries.extend(entries);
        let receipt = append.receipt.as_ref().map(|receipt| {
            self.answered.insert(&receipt.message, self.asked.len());
            self.asked.push((receipt, first));
            self.asked.len() - 1
        });
        Draft::Appended { positions, receipt }
    }
}
