//! Goes over a log and believes nothing: every entry by its bytes, its place and its stream, and every checkpoint that
//! somebody kept. Pure, but for a file that it may be given; somebody gives the entries, in order: a store gives rows to the `Verifier`, which also looks at what
//! lies beside the bytes; an export gives bundles to svod-audit.
//!
//! What each defence sees is in docs/AUDIT.md. An entry names the leaf of its stream's previous one: where each stream ends is
//! remembered, or put aside into a file, so that memory does not grow with the number of streams.

mod chains;
#[cfg(feature = "store")]
mod kept;
#[cfg(feature = "store")]
mod rows;

use std::collections::BTreeMap;
use std::io;

#[cfg(feature = "store")]
pub use kept::{Kept, NotKept};
#[cfg(feature = "store")]
pub use rows::{CLOCKS_APART_MAX, CheckedRow, Opened, Opener, RowCheck, Sound, Verifier};

#[cfg(feature = "store")]
pub use chains::Scratch;
use chains::{Chains, Follows, Prints, Step, StreamPrint};

use crate::outline::Outline;
use crate::tree::Frontier;
use crate::{Hash, Position, Version};

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
    /// When a witness cosigned a checkpoint.
    Witness,
    /// The manifest and the key of an export say what its checkpoint says.
    Manifest,
    /// The bundles of an export hold as many entries as the checkpoint says, and nothing else.
    Bundles,
    /// The hash tiles of an export are those of its entries.
    Tiles,
    /// What is disclosed is what the entries commit to.
    Disclosures,
    /// A document is the one that its name says.
    Documents,
    /// An export has the files that it needs, and no others.
    Files,
    /// The rules, asked again, decide what was recorded.
    Rules,
    /// The views are what the log yields.
    Views,
    /// The vault discloses what the log commits to, and nobody who was erased.
    Vault,
    /// What guards the log in the database is there.
    Drift,
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
            Self::Witness => "witness",
            Self::Manifest => "manifest",
            Self::Bundles => "bundles",
            Self::Tiles => "tiles",
            Self::Disclosures => "disclosures",
            Self::Documents => "documents",
            Self::Files => "files",
            Self::Rules => "rules",
            Self::Views => "views",
            Self::Vault => "vault",
            Self::Drift => "drift",
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

/// Why a verification ended without its answer.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// Something is wrong.
    #[error(transparent)]
    Tampered(#[from] Tampered),
    /// What had been put aside could not be read back.
    #[error("reading back what a verification has put aside")]
    Scratch(#[source] io::Error),
}

/// How long the one form of a moment is, `2020-07-01T09:30:00.000042Z`.
const MOMENT_BYTES: usize = 27;

/// What it takes to see whether an entry follows on others. It borrows nothing, so that entries can be read in any order and
/// be followed in theirs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    stream: StreamPrint,
    version: Version,
    /// Absent if what the entry says cannot be.
    follows: Option<Follows>,
    recorded_at: [u8; MOMENT_BYTES],
}

impl Link {
    /// Of an entry.
    pub(crate) fn of(entry: &Outline<'_>, prints: &Prints) -> Self {
        let moment = entry.recorded_at.as_bytes().try_into();
        let recorded_at = moment.expect("an outline has read the moment in its one form");
        Self {
            stream: prints.stream(entry.stream),
            version: entry.version,
            follows: prints.follows(entry),
            recorded_at,
        }
    }

    /// When it was recorded, as the entry writes it.
    #[cfg(feature = "store")]
    pub(crate) fn recorded_at(&self) -> &str {
        std::str::from_utf8(&self.recorded_at).expect("an outline has read the moment in its one form")
    }
}

/// The entries of a log so far, in order, by nothing but their bytes.
#[derive(Debug, Default)]
pub struct Entries {
    /// Roots that the log must have had, by its size then.
    expected: BTreeMap<u64, Vec<Hash>>,
    tree: Frontier,
    prints: Prints,
    chains: Chains,
    /// When the last entry was recorded.
    newest: [u8; MOMENT_BYTES],
    agreed: u64,
}

impl Entries {
    /// The log must have had this root at this size. All are given before the first entry.
    pub fn expect(&mut self, size: u64, root: Hash) {
        self.expected.entry(size).or_default().push(root);
    }

    /// The tree over the entries so far.
    #[must_use]
    pub fn tree(&self) -> &Frontier {
        &self.tree
    }

    /// How many of the expected roots the log turned out to have.
    #[must_use]
    pub fn agreed(&self) -> u64 {
        self.agreed
    }

    /// Where the next entry stands.
    #[must_use]
    pub fn next(&self) -> Position {
        Position(self.tree.size()).next()
    }

    /// Compares with what is expected of a log of this size, before it grows or ends.
    pub fn meet(&mut self) -> Result<(), Tampered> {
        let position = Position(self.tree.size());
        let Some(roots) = self.expected.remove(&position.0) else { return Ok(()) };
        if roots.iter().all(|root| *root == self.tree.root()) {
            self.agreed += roots.len() as u64;
            return Ok(());
        }
        let what = "a signed checkpoint of a log of this size has another root".into();
        Err(Tampered { position, defence: Defence::Checkpoint, what })
    }

    /// What the next entry says of its place, if its bytes are in the one form that they may have.
    pub fn read<'a>(&self, bytes: &'a [u8]) -> Result<Outline<'a>, Tampered> {
        let position = self.next();
        let wrong = |what| Tampered { position, defence: Defence::Form, what };
        Outline::read(bytes).map_err(|error| wrong(error.to_string()))
    }

    /// Takes the next entry in, if it follows on the one before it in its stream, and in time.
    pub fn follow(&mut self, entry: &Outline<'_>, leaf: Hash) -> Result<(), Tampered> {
        self.link(&Link::of(entry, &self.prints), leaf)
    }

    pub(crate) fn link(&mut self, entry: &Link, leaf: Hash) -> Result<(), Tampered> {
        let position = self.next();
        let follows = entry.follows.is_some_and(|follows| {
            let tip = self.prints.tip(entry.version, leaf);
            self.chains.step(Step { stream: entry.stream, follows, tip, position })
        });
        if !follows {
            return Err(follows_on_nothing(position));
        }
        if entry.recorded_at < self.newest {
            let what = "the entry was recorded before the one that stands before it".into();
            return Err(Tampered { position, defence: Defence::Clock, what });
        }
        self.newest = entry.recorded_at;
        self.tree.append(leaf);
        Ok(())
    }

    /// An entry from before those that are gone over, which one of these follows on.
    #[cfg(feature = "store")]
    pub(crate) fn before(&mut self, entry: &Link, leaf: Hash) {
        let tip = self.prints.tip(entry.version, leaf);
        let (stream, follows) = (entry.stream, Follows::Whatever);
        self.chains.step(Step { stream, follows, tip, position: Position::START });
        self.newest = self.newest.max(entry.recorded_at);
    }

    /// What makes the links of these entries.
    #[cfg(feature = "store")]
    pub(crate) fn prints(&self) -> Prints {
        self.prints.clone()
    }

    /// Takes the next leaf in, whatever the entry says.
    #[cfg(feature = "store")]
    pub(crate) fn grow(&mut self, leaf: Hash) {
        self.tree.append(leaf);
    }

    /// Gives it a file, which is used if the streams are many. Without one all of them are remembered.
    #[cfg(feature = "store")]
    pub(crate) fn with_scratch(&mut self, scratch: Box<dyn Scratch>, remembered_max: usize) {
        self.chains.with_scratch(scratch, remembered_max);
    }

    /// What is wrong first, if this is: an entry that was put aside came before it, or is the same one, whose stream is looked at first.
    #[cfg(feature = "store")]
    pub(crate) fn first(&mut self, tampered: Tampered) -> Tampered {
        self.amiss().unwrap_or(tampered)
    }

    /// The first of the entries so far that was put aside and does not follow. Where it cannot be read back, what else is known is told.
    #[cfg(feature = "store")]
    pub(crate) fn amiss(&mut self) -> Option<Tampered> {
        self.chains.end().ok().flatten().map(follows_on_nothing)
    }

    /// The log ends here: nothing may be expected of a longer one.
    pub fn end(&mut self) -> Result<(), Ended> {
        if let Some(position) = self.chains.end().map_err(Ended::Scratch)? {
            return Err(follows_on_nothing(position).into());
        }
        self.meet()?;
        let Some(size) = self.expected.keys().next() else { return Ok(()) };
        let what = format!("the log ends here, but a signed checkpoint says that it had {size} entries");
        Err(Tampered { position: self.next(), defence: Defence::Checkpoint, what }.into())
    }
}

fn follows_on_nothing(position: Position) -> Tampered {
    let what = "the entry does not follow on the one before it in its stream".into();
    Tampered { position, defence: Defence::Streams, what }
}
