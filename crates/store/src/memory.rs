//! What this process remembers of the log between batches, so that the usual batch reads little before it writes.
//!
//! Memory is only a guess: it holds for one revision of the head, and the head is moved only from the revision that
//! was remembered.

use std::collections::{BTreeMap, HashMap};
use std::mem;

use svod_log::StreamId;
use svod_log::staging::{Needs, Tip};
use svod_log::tree::Frontier;

/// Most streams that are remembered, twice: about 30 MB.
const STREAMS_MAX: usize = 50_000;

/// The log at one revision. The default one remembers nothing: revision 0 with an empty tree is how every log begins.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) revision: i64,
    pub(crate) frontier: Frontier,
    /// Where streams end, `None` for those that hold nothing: used lately.
    young: HashMap<StreamId, Option<Tip>>,
    /// The same, not used since `young` was last empty. The next time that `young` is full, these are forgotten.
    old: HashMap<StreamId, Option<Tip>>,
}

impl Memory {
    /// The tips that a batch needs as far as they are remembered, and the streams that are not.
    pub(crate) fn tips<'a>(&mut self, needs: &'a Needs) -> (BTreeMap<StreamId, Tip>, Vec<&'a StreamId>) {
        let mut tips = BTreeMap::new();
        let mut missing = Vec::new();
        for stream in &needs.streams {
            match self.recall(stream) {
                Some(Some(tip)) => {
                    tips.insert(stream.clone(), tip);
                }
                Some(None) => {}
                None => missing.push(stream),
            }
        }
        (tips, missing)
    }

    fn recall(&mut self, stream: &StreamId) -> Option<Option<Tip>> {
        if let Some(tip) = self.young.get(stream) {
            return Some(*tip);
        }
        let tip = self.old.remove(stream)?;
        self.remember(stream.clone(), tip);
        Some(tip)
    }

    pub(crate) fn remember(&mut self, stream: StreamId, tip: Option<Tip>) {
        if self.young.len() >= STREAMS_MAX {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(stream, tip);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(number: usize) -> StreamId {
        StreamId::try_new(format!("stream-{number}")).unwrap()
    }

    #[test]
    fn what_is_used_is_remembered_and_the_rest_is_forgotten() {
        let mut memory = Memory::default();
        for number in 0..3 * STREAMS_MAX {
            memory.remember(stream(number), None);
            assert!(memory.recall(&stream(0)).is_some(), "forgotten at {number}");
        }
        assert_eq!(memory.recall(&stream(1)), None);
        assert!(memory.young.len() + memory.old.len() <= 2 * STREAMS_MAX);
    }
}
