//! The entries that this process appended last, as they were committed. Everybody who follows the log asks for them within
//! milliseconds: publisher, projector and report worker read them here and leave the database to the writer.
//!
//! What is here is a run of the log without gaps. It may end before the log does, when another process appended since;
//! then a reader gets a shorter answer, asks on, and is answered by the database.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use svod_log::staging::StagedEntry;
use svod_log::{Position, Recorded, StoreError};

use crate::log::decoded;

/// Most entries: some seconds at full speed, which is as far as a follower that keeps up is ever behind.
const ENTRIES_MAX: usize = 4_096;

/// Most bytes of entries, so that long ones do not take a multiple of the usual memory.
const BYTES_MAX: usize = 8 << 20;

/// A committed entry. It is decoded for the first who asks, and the others share that.
#[derive(Debug)]
pub(crate) struct RecentEntry {
    position: Position,
    bytes: Arc<[u8]>,
    recorded: OnceLock<Arc<Recorded>>,
}

impl RecentEntry {
    /// The entry, decoded.
    pub(crate) fn recorded(&self) -> Result<Arc<Recorded>, StoreError> {
        if let Some(recorded) = self.recorded.get() {
            return Ok(Arc::clone(recorded));
        }
        let recorded = decoded(&self.bytes, self.position)?;
        Ok(Arc::clone(self.recorded.get_or_init(|| recorded)))
    }
}

/// A run of committed entries, the newest last.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    entries: VecDeque<Arc<RecentEntry>>,
    bytes: usize,
}

impl Recent {
    /// Adds what was committed. What does not follow on what is here, begins a new run.
    pub(crate) fn extend(&mut self, committed: Vec<StagedEntry>) {
        let Some(first) = committed.first() else { return };
        if self.entries.back().is_none_or(|last| last.position.next() != first.position) {
            self.entries.clear();
            self.bytes = 0;
        }
        self.bytes += committed.iter().map(|entry| entry.bytes.len()).sum::<usize>();
        let entry = |StagedEntry { position, bytes, .. }| {
            Arc::new(RecentEntry { position, bytes, recorded: OnceLock::new() })
        };
        self.entries.extend(committed.into_iter().map(entry));
        while self.entries.len() > ENTRIES_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.entries.pop_front() else { return };
            self.bytes -= oldest.bytes.len();
        }
    }

    /// The entries behind `after`, at most `limit`; none if the next one is not here.
    pub(crate) fn after(&self, after: Position, limit: u32) -> Vec<Arc<RecentEntry>> {
        let Some(first) = self.entries.front().map(|entry| entry.position) else { return vec![] };
        let Some(skipped) = after.0.saturating_add(1).checked_sub(first.0) else { return vec![] };
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        self.entries.iter().skip(skipped).take(limit as usize).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use svod_log::{Hash, StreamId, Version};

    use super::*;

    fn entries(positions: std::ops::RangeInclusive<u64>, bytes: usize) -> Vec<StagedEntry> {
        let entry = |position| StagedEntry {
            position: Position(position),
            stream: StreamId::try_new("s").unwrap(),
            version: Version(position),
            leaf: Hash::of(b""),
            mac: svod_log::Mac([0; 32]),
            bytes: vec![0; bytes].into(),
        };
        positions.map(entry).collect()
    }

    fn read(recent: &Recent, after: u64, limit: u32) -> Vec<u64> {
        recent.after(Position(after), limit).iter().map(|entry| entry.position.0).collect()
    }

    #[test]
    fn only_a_reader_who_follows_on_is_answered() {
        let mut recent = Recent::default();
        assert!(read(&recent, 0, 9).is_empty());
        recent.extend(entries(11..=12, 1));
        recent.extend(vec![]);
        recent.extend(entries(13..=14, 1));
        for (after, limit, expected) in [
            (9, 9, vec![]),
            (10, 9, vec![11, 12, 13, 14]),
            (12, 1, vec![13]),
            (14, 9, vec![]),
            (20, 9, vec![]),
        ] {
            assert_eq!(read(&recent, after, limit), expected, "after {after}, at most {limit}");
        }
    }

    #[test]
    fn what_another_process_wrote_between_breaks_the_run() {
        let mut recent = Recent::default();
        recent.extend(entries(1..=2, 1));
        recent.extend(entries(4..=5, 1));
        assert!(read(&recent, 0, 9).is_empty());
        assert_eq!(read(&recent, 3, 9), [4, 5]);
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many_or_too_long_ones() {
        let mut recent = Recent::default();
        recent.extend(entries(1..=ENTRIES_MAX as u64 + 3, 1));
        assert!(read(&recent, 2, 1).is_empty());
        assert_eq!(read(&recent, 3, 1), [4]);
        let mut recent = Recent::default();
        recent.extend(entries(1..=9, BYTES_MAX / 4));
        assert_eq!(read(&recent, 5, 9), [6, 7, 8, 9]);
        assert!(read(&recent, 4, 9).is_empty());
    }
}
