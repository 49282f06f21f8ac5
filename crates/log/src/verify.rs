//! Goes over a log as it lies in a store and believes nothing: every entry by its bytes, its place, its stream and its code,
//! then the head and every checkpoint that somebody kept. Pure; a store gives the rows, in order.
//!
//! What each defence sees is in docs/AUDIT.md. Memory grows with the number of streams, because an entry names
//! the leaf of its stream's previous one.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use crate::checkpoint::{BadCheckpoint, Checkpoint, Notary};
use crate::contract::{AuditHead, AuditRow};
use crate::entry::Recorded;
use crate::note::VerifierKey;
use crate::tree::{Frontier, leaf_hash};
use crate::{Hash, Position, Version, canonical};

/// What saw that something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defence {
    /// Positions have no gaps and do not repeat.
    Positions,
    /// The bytes are one canonical entry.
    Form,
    /// The columns of a row say what its bytes say.
    Columns,
    /// The leaf is the hash of the bytes.
    Leaf,
    /// Versions of a stream have no gaps, and each entry names the leaf of the one before.
    Streams,
    /// No entry was recorded earlier than the one before it.
    Clock,
    /// The code that only the ledger's own programs can make.
    Mac,
    /// Frontier, root and code of the head.
    Head,
    /// A signed checkpoint.
    Checkpoint,
}

impl Defence {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Positions => "positions",
            Self::Form => "form",
            Self::Columns => "columns",
            Self::Leaf => "leaf",
            Self::Streams => "streams",
            Self::Clock => "clock",
            Self::Mac => "mac",
            Self::Head => "head",
            Self::Checkpoint => "checkpoint",
        }
    }
}

/// The first thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("position {position}: {what} (seen by: {})", defence.as_str())]
pub struct Tampered {
    /// The first position that cannot be believed.
    pub position: Position,
    /// What saw it.
    pub defence: Defence,
    /// What is wrong.
    pub what: String,
}

/// What was found sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    /// How far the log goes.
    pub position: Position,
    /// The root that was computed from the entries.
    pub root: Hash,
    /// How many checkpoints agree with it.
    pub checkpoints: u64,
    /// Whether the codes were checked; without the keys they cannot be.
    pub macs: bool,
}

/// A verification under way.
#[derive(Debug)]
pub struct Verifier {
    notary: Option<Notary>,
    key: Option<VerifierKey>,
    /// Roots that the log must have had, by its size then.
    expected: BTreeMap<u64, Vec<Hash>>,
    tree: Frontier,
    /// Where each stream ends, by the beginning of the hash of its name.
    tips: HashMap<[u8; 16], (Version, Hash)>,
    newest: jiff::Timestamp,
    checkpoints: u64,
}

impl Verifier {
    /// Begins. With `notary` every code is checked, too; `key` is the one that the checkpoints must be signed with, which a
    /// notary brings along.
    #[must_use]
    pub fn new(notary: Option<Notary>, key: Option<VerifierKey>) -> Self {
        let key = key.or_else(|| notary.as_ref().map(Notary::verifier_key));
        Self {
            notary,
            key,
            expected: BTreeMap::new(),
            tree: Frontier::default(),
            tips: HashMap::new(),
            newest: jiff::Timestamp::MIN,
            checkpoints: 0,
        }
    }

    /// The log must have had the head of this checkpoint, which somebody kept or the store keeps. All are given before the
    /// first row. The answer is the size of the log that it speaks of.
    pub fn expect(&mut self, note: &str) -> Result<u64, Tampered> {
        let checkpoint = self.open(note)?;
        self.expected.entry(checkpoint.size).or_default().push(checkpoint.root);
        Ok(checkpoint.size)
    }

    fn open(&self, note: &str) -> Result<Checkpoint, Tampered> {
        let wrong = |what: &dyn fmt::Display| {
            let size = crate::note::Note::parse(note).ok().and_then(|note| Checkpoint::parse(&note.text));
            let position = Position(size.map_or(0, |checkpoint| checkpoint.size));
            Tampered { position, defence: Defence::Checkpoint, what: what.to_string() }
        };
        let key = self.key.as_ref().ok_or_else(|| wrong(&"without a key no checkpoint can be checked"))?;
        Checkpoint::open(note, key).map_err(|error| match error {
            BadCheckpoint::Signature(cause) => {
                wrong(&format_args!("the checkpoint is not signed by the log: {cause}"))
            }
            other => wrong(&other),
        })
    }

    /// Checks the next row.
    pub fn row(&mut self, row: &AuditRow) -> Result<(), Tampered> {
        self.meet()?;
        let position = Position(self.tree.size()).next();
        let wrong = |defence, what: String| Err(Tampered { position, defence, what });
        if row.position != position {
            return wrong(Defence::Positions, format!("the next row has the position {}", row.position));
        }
        let leaf = leaf_hash(&row.bytes);
        if row.leaf != leaf.0 {
            return wrong(Defence::Leaf, "the bytes have another hash than the leaf says".into());
        }
        if self.notary.as_ref().is_some_and(|notary| !notary.is_mac(position, leaf, &row.mac)) {
            return wrong(Defence::Mac, "the code is not one that the ledger's programs made".into());
        }
        if let Err(error) = canonical::check(&row.bytes) {
            return wrong(Defence::Form, format!("the bytes are not in the canonical form: {error}"));
        }
        let entry = match Recorded::decode(&row.bytes.as_slice().into()) {
            Ok(entry) => entry,
            Err(error) => return wrong(Defence::Form, error.to_string()),
        };
        if (entry.position, entry.version, entry.stream.as_str())
            != (position, row.version, row.stream.as_str())
        {
            return wrong(Defence::Columns, "the columns say another place than the bytes".into());
        }
        self.follow(&entry)?;
        self.tree.append(leaf);
        Ok(())
    }

    /// The entry follows on the one before it in its stream, and in time.
    fn follow(&mut self, entry: &Recorded) -> Result<(), Tampered> {
        let wrong =
            |defence, what: &str| Err(Tampered { position: entry.position, defence, what: what.into() });
        let name = Hash::of(entry.stream.as_str().as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&name.0[..16]);
        let before = self.tips.insert(key, (entry.version, entry.leaf));
        let (version, leaf) = before.map_or((Version::NONE, None), |(version, leaf)| (version, Some(leaf)));
        if (entry.version, entry.prev) != (version.next(), leaf) {
            return wrong(Defence::Streams, "the entry does not follow on the one before it in its stream");
        }
        if entry.recorded_at < self.newest {
            return wrong(Defence::Clock, "the entry was recorded before the one that stands before it");
        }
        self.newest = entry.recorded_at;
        Ok(())
    }

    /// Compares with the checkpoints of a log of this size, before it grows or ends.
    fn meet(&mut self) -> Result<(), Tampered> {
        let position = Position(self.tree.size());
        let Some(roots) = self.expected.remove(&position.0) else { return Ok(()) };
        self.checkpoints += roots.len() as u64;
        if roots.iter().all(|root| *root == self.tree.root()) {
            return Ok(());
        }
        let what = "a signed checkpoint of a log of this size has another root".into();
        Err(Tampered { position, defence: Defence::Checkpoint, what })
    }

    /// Ends behind the last row: the head must be that of these entries.
    pub fn end(mut self, head: &AuditHead) -> Result<Sound, Tampered> {
        self.meet()?;
        let position = Position(self.tree.size());
        let root = self.tree.root();
        let wrong =
            |defence, what: &str| Err(Tampered { position: position.next(), defence, what: what.into() });
        if head.position != position || head.frontier != self.tree.to_bytes() || head.root != root.0 {
            return wrong(Defence::Head, "the head is not that of the entries");
        }
        let empty = position == Position::START && head.checkpoint.is_empty();
        if !empty && self.notary.as_ref().is_some_and(|notary| !notary.is_head_mac(&self.tree, &head.mac)) {
            return wrong(Defence::Head, "the code of the head is not one that the ledger's programs made");
        }
        if !empty && self.key.is_some() {
            let newest = self.open(&head.checkpoint)?;
            if (newest.size, newest.root) != (position.0, root) {
                return wrong(Defence::Checkpoint, "the newest checkpoint is that of another log");
            }
            self.checkpoints += 1;
        }
        if let Some(size) = self.expected.keys().next() {
            let what = format!("the log ends here, but a signed checkpoint says that it had {size} entries");
            return Err(Tampered { position: position.next(), defence: Defence::Checkpoint, what });
        }
        Ok(Sound { position, root, checkpoints: self.checkpoints, macs: self.notary.is_some() })
    }
}
