//! A log as it lies in a store: the columns, the codes and the head beside the bytes.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::chains::{Prints, REMEMBERED_MAX};
use super::{Defence, Ended, Entries, Kept, Link, Scratch, Tampered};
use crate::checkpoint::{BadCheckpoint, Checkpoint};
use crate::contract::{AuditHead, RowRef};
use crate::entry::written;
use crate::note::VerifierKey;
use crate::outline::Outline;
use crate::tree::leaf_hash;
use crate::{Hash, Notary, Position};

/// How far the clocks of a ledger and of its witness may be apart. A clock that is kept is never so wrong; an entry that was on
/// its way while the one before it was being cosigned is seconds older than the cosignature.
pub const CLOCKS_APART_MAX: SignedDuration = SignedDuration::from_mins(5);

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

/// What can be checked of a row without those around it, in any order and beside others.
#[derive(Clone, Debug)]
pub struct RowCheck {
    notary: Option<Notary>,
    integrity_only: bool,
    prints: Prints,
}

/// A row that is sound by itself.
#[derive(Clone, Copy, Debug)]
pub struct CheckedRow {
    position: Position,
    leaf: Hash,
    /// Absent where entries are not read.
    link: Option<Link>,
}

impl RowCheck {
    /// Checks the row that should stand at this position.
    pub fn row(&self, position: Position, row: RowRef<'_>) -> Result<CheckedRow, Tampered> {
        let wrong = |defence, what: String| Err(Tampered { position, defence, what });
        if row.position != position {
            return wrong(Defence::Positions, format!("the next row has the position {}", row.position));
        }
        let leaf = leaf_hash(row.bytes);
        if row.leaf != &leaf.0[..] {
            return wrong(Defence::Leaf, "the bytes have another hash than the leaf says".into());
        }
        if self.integrity_only {
            return Ok(CheckedRow { position, leaf, link: None });
        }
        if self.notary.as_ref().is_some_and(|notary| !notary.is_mac(position, leaf, row.mac)) {
            return wrong(Defence::Mac, "the code is not one that the ledger's programs made".into());
        }
        let entry = Outline::read(row.bytes).map_err(|error| Tampered {
            position,
            defence: Defence::Form,
            what: error.to_string(),
        })?;
        if (entry.position, entry.version, entry.stream) != (position, row.version, row.stream) {
            return wrong(Defence::Columns, "the columns say another place than the bytes".into());
        }
        Ok(CheckedRow { position, leaf, link: Some(Link::of(&entry, &self.prints)) })
    }
}

/// Opens checkpoints: each by itself, in any order.
#[derive(Clone, Debug)]
pub struct Opener {
    key: Option<VerifierKey>,
}

/// A checkpoint that the log signed.
#[derive(Debug)]
pub struct Opened(Checkpoint);

impl Opener {
    /// Opens one, whose signature must be the log's.
    pub fn open(&self, note: &str) -> Result<Opened, Tampered> {
        let wrong = |what: &dyn fmt::Display| {
            let size = crate::note::Note::parse(note).ok().and_then(|note| Checkpoint::parse(&note.text));
            let position = Position(size.map_or(0, |checkpoint| checkpoint.size));
            Tampered { position, defence: Defence::Checkpoint, what: what.to_string() }
        };
        let key = self.key.as_ref().ok_or_else(|| wrong(&"without a key no checkpoint can be checked"))?;
        Checkpoint::open(note, key).map(Opened).map_err(|error| match error {
            BadCheckpoint::Signature(cause) => {
                wrong(&format_args!("the checkpoint is not signed by the log: {cause}"))
            }
            other => wrong(&other),
        })
    }
}

/// A verification under way.
#[derive(Debug)]
pub struct Verifier {
    check: RowCheck,
    key: Option<VerifierKey>,
    entries: Entries,
    times: Times,
    /// Entries up to here were verified another time.
    since: Position,
}

/// What witnesses said of when, by the size of the log then; as entries write moments.
#[derive(Debug, Default)]
struct Times {
    /// The entry behind this size cannot be older.
    not_before: BTreeMap<u64, String>,
    /// The entry at this size cannot be newer.
    not_after: BTreeMap<u64, String>,
}

impl Times {
    /// The latest time at which the log was still of this size, and the earliest at which it was already.
    fn add(&mut self, size: u64, at: Timestamp) {
        let earliest = written(at.saturating_sub(CLOCKS_APART_MAX).unwrap_or(Timestamp::MIN));
        let latest = written(at.saturating_add(CLOCKS_APART_MAX).unwrap_or(Timestamp::MAX));
        let known = self.not_before.entry(size).or_insert_with(|| earliest.clone());
        if *known < earliest {
            *known = earliest;
        }
        let known = self.not_after.entry(size).or_insert_with(|| latest.clone());
        if *known > latest {
            *known = latest;
        }
    }

    /// What is wrong with the time of the entry at this position. They are in the order of their times, so one entry behind
    /// each size speaks for all.
    fn fault(&self, position: Position, recorded_at: &str) -> Option<String> {
        let before =
            self.not_before.get(&(position.0 - 1)).filter(|earliest| recorded_at < earliest.as_str());
        if let Some(earliest) = before {
            return Some(format!(
                "the entry says that it was recorded at {recorded_at}, but a witness cosigned the log without it later than {earliest}"
            ));
        }
        let latest = self.not_after.get(&position.0).filter(|latest| recorded_at > latest.as_str())?;
        Some(format!(
            "the entry says that it was recorded at {recorded_at}, but a witness cosigned the log with it earlier than {latest}"
        ))
    }
}

impl Verifier {
    /// Begins. With `notary` every code is checked, too; `key` is the one that the checkpoints must be signed with, which a
    /// notary brings along.
    #[must_use]
    pub fn new(notary: Option<Notary>, key: Option<VerifierKey>) -> Self {
        let key = key.or_else(|| notary.as_ref().map(Notary::verifier_key));
        let entries = Entries::default();
        let check = RowCheck { notary, integrity_only: false, prints: entries.prints() };
        Self { check, key, entries, times: Times::default(), since: Position::START }
    }

    /// Leaves out what each entry says: only positions, leaves, tree, head and checkpoints are checked.
    #[must_use]
    pub fn integrity_only(self) -> Self {
        Self { check: RowCheck { integrity_only: true, ..self.check }, ..self }
    }

    /// Gives it a file, which is filled and read back if the streams are many. Without one memory grows with their number.
    #[must_use]
    pub fn with_scratch(mut self, scratch: impl Scratch + 'static) -> Self {
        self.entries.with_scratch(Box::new(scratch), REMEMBERED_MAX);
        self
    }

    /// The same, used from more than so many streams on.
    #[cfg(feature = "promises")]
    #[must_use]
    pub fn with_scratch_beyond(mut self, remembered_max: usize, scratch: impl Scratch + 'static) -> Self {
        self.entries.with_scratch(Box::new(scratch), remembered_max);
        self
    }

    /// What is wrong with the rows so far and would be told at the end. To be asked where something else ends the verification, so that
    /// what is told is always what is wrong first.
    pub fn amiss(&mut self) -> Option<Tampered> {
        self.entries.amiss()
    }

    /// Goes on from where an earlier verification ended, instead of from the beginning: only what came since is checked, and
    /// that it grew out of what was kept. To be called before anything else is given.
    pub fn since(self, kept: &Kept) -> Result<Self, Tampered> {
        let checkpoint = self.open(&kept.checkpoint)?;
        let since = Position(checkpoint.size);
        if (kept.frontier.size(), kept.frontier.root()) != (checkpoint.size, checkpoint.root) {
            let what = "the frontier that was kept is not that of the checkpoint beside it".to_owned();
            return Err(Tampered { position: since, defence: Defence::Checkpoint, what });
        }
        Ok(Self { entries: Entries { tree: kept.frontier.clone(), ..self.entries }, since, ..self })
    }

    /// The point that was kept; the start of the log if nothing was.
    #[must_use]
    pub fn begins(&self) -> Position {
        self.since
    }

    /// Takes in a row from before the point that was kept, because something that came since stands right behind it, in the
    /// log or in its stream. It is checked by itself.
    pub fn before(&mut self, row: RowRef<'_>) -> Result<(), Tampered> {
        let position = row.position;
        if position == Position::START || position > self.since {
            let what = format!("the row before has the position {position}");
            return Err(Tampered { position: self.since, defence: Defence::Positions, what });
        }
        let checked = self.check.row(position, row)?;
        self.before_checked(&checked);
        Ok(())
    }

    /// The same of one that was checked where it was read, and stands before the point that was kept.
    pub fn before_checked(&mut self, row: &CheckedRow) {
        if let Some(link) = &row.link {
            self.entries.before(link, row.leaf);
        }
    }

    /// What can be checked of its rows beside it; [`Verifier::take`] takes them in.
    #[must_use]
    pub fn check(&self) -> RowCheck {
        self.check.clone()
    }

    /// The log must have had the head of this checkpoint, which somebody kept or the store keeps. All are given before the
    /// first row. The answer is the size of the log that it speaks of; one of a smaller log than that which was kept can only
    /// be compared by a verification of everything.
    pub fn expect(&mut self, note: &str) -> Result<u64, Tampered> {
        let opened = self.opener().open(note);
        self.expect_opened(opened)
    }

    /// The same of one that [`Verifier::opener`] has opened beside it.
    pub fn expect_opened(&mut self, opened: Result<Opened, Tampered>) -> Result<u64, Tampered> {
        let Opened(checkpoint) = opened?;
        if checkpoint.size >= self.since.0 {
            self.entries.expect(checkpoint.size, checkpoint.root);
        }
        Ok(checkpoint.size)
    }

    /// A witness that is believed cosigned the log of this size at this moment: what stands behind it was recorded later, what
    /// stands before it not later, as far as two clocks can be compared ([`CLOCKS_APART_MAX`]). All are given before the first
    /// row.
    pub fn witnessed(&mut self, size: u64, at: Timestamp) {
        self.times.add(size, at);
    }

    /// What opens checkpoints, which takes longer than comparing them.
    #[must_use]
    pub fn opener(&self) -> Opener {
        Opener { key: self.key.clone() }
    }

    fn open(&self, note: &str) -> Result<Checkpoint, Tampered> {
        self.opener().open(note).map(|Opened(checkpoint)| checkpoint)
    }

    /// Checks the next row.
    pub fn row(&mut self, row: RowRef<'_>) -> Result<(), Tampered> {
        let checked = self.check.row(self.entries.next(), row);
        self.take(checked)
    }

    /// Takes the next row in, which [`Verifier::check`] has checked or found wrong.
    pub fn take(&mut self, checked: Result<CheckedRow, Tampered>) -> Result<(), Tampered> {
        if let Err(tampered) = self.entries.meet() {
            return Err(self.entries.first(tampered));
        }
        let position = self.entries.next();
        let taken = checked.and_then(|checked| {
            if checked.position == position {
                return self.follow(&checked);
            }
            let what = format!("the next row has the position {}", checked.position);
            Err(Tampered { position, defence: Defence::Positions, what })
        });
        taken.map_err(|tampered| self.entries.first(tampered))
    }

    fn follow(&mut self, checked: &CheckedRow) -> Result<(), Tampered> {
        let Some(link) = &checked.link else {
            self.entries.grow(checked.leaf);
            return Ok(());
        };
        let position = checked.position;
        if let Some(what) = self.times.fault(position, link.recorded_at()) {
            return Err(Tampered { position, defence: Defence::Witness, what });
        }
        self.entries.link(link, checked.leaf)
    }

    /// Ends behind the last row: the head must be that of these entries.
    pub fn end(mut self, head: &AuditHead) -> Result<Sound, Ended> {
        let checkpoints = match self.is_headed_by(head) {
            Ok(checkpoints) => checkpoints,
            Err(tampered) => return Err(self.entries.first(tampered).into()),
        };
        self.entries.end()?;
        let tree = self.entries.tree();
        Ok(Sound {
            position: Position(tree.size()),
            root: tree.root(),
            checkpoints: checkpoints + self.entries.agreed(),
            macs: self.check.notary.is_some() && !self.check.integrity_only,
        })
    }

    /// Whether the head is that of the entries; how many checkpoints it carries.
    fn is_headed_by(&mut self, head: &AuditHead) -> Result<u64, Tampered> {
        self.entries.meet()?;
        let tree = self.entries.tree();
        let (position, root) = (Position(tree.size()), tree.root());
        if head.position < self.since {
            let what = format!("the log ends here, but a verification that was kept saw {position} entries");
            return Err(Tampered { position: head.position.next(), defence: Defence::Checkpoint, what });
        }
        let wrong =
            |defence, what: &str| Err(Tampered { position: position.next(), defence, what: what.into() });
        if head.position != position || head.frontier != tree.to_bytes() || head.root != root.0 {
            return wrong(Defence::Head, "the head is not that of the entries");
        }
        let empty = position == Position::START && head.checkpoint.is_empty();
        if !empty && self.check.notary.as_ref().is_some_and(|notary| !notary.is_head_mac(tree, &head.mac)) {
            return wrong(Defence::Head, "the code of the head is not one that the ledger's programs made");
        }
        if empty || self.key.is_none() {
            return Ok(0);
        }
        let newest = self.open(&head.checkpoint)?;
        if (newest.size, newest.root) != (position.0, root) {
            return wrong(Defence::Checkpoint, "the newest checkpoint is that of another log");
        }
        Ok(1)
    }
}
