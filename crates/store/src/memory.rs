//! What this process remembers of the log between batches, so that the usual batch reads little before it writes.
//!
//! Memory is only a guess: it holds for one revision of the head, and the head is moved only from the revision that
//! was remembered.

use std::collections::{BTreeMap, HashMap};
use std::mem;

use jiff::Timestamp;
use svod_log::StreamId;
use svod_log::staging::{Needs, Tip};
use svod_log::tree::Frontier;

/// Most streams that are remembered, twice: about 30 MB.
const STREAMS_MAX: usize = 50_000;

/// After a wrong guess: long enough for a wave of repeated messages to cost next to nothing, short enough to be forgotten soon.
const CAREFUL_BATCHES: u32 = 16;

/// The log at one revision. The default one remembers nothing: revision 0 with an empty tree is how every log begins.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) revision: i64,
    pub(crate) frontier: Frontier,
    /// When the newest entry was recorded.
    pub(crate) newest: Timestamp,
    /// Whether the head is known at all, or nothing was read yet.
    pub(crate) is_known: bool,
    /// So many batches are read for before a guess is made again.
    careful: u32,
    /// Used lately.
    young: HashMap<StreamId, Ending>,
    /// Not used since `young` was last empty. The next time that `young` is full, these are forgotten.
    old: HashMap<StreamId, Ending>,
}

/// Where a stream ends. That it holds nothing is worth remembering, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Nothing,
    At(Tip),
}

impl Memory {
    /// A batch begins.
    pub(crate) fn begin_batch(&mut self) {
        self.careful = self.careful.saturating_sub(1);
    }

    /// Whether the batch is written on guesses. Whoever has guessed wrong lately does not: where messages come twice, more
    /// of them will.
    pub(crate) fn dares(&self) -> bool {
        self.is_known && self.careful == 0
    }

    /// A batch was not written, because of a guess or because another process was faster.
    pub(crate) fn guessed_wrong(&mut self) {
        self.careful = CAREFUL_BATCHES + 1;
    }

    /// Forgets the log, and keeps only how careful to be.
    pub(crate) fn forget(&mut self) {
        *self = Self { careful: self.careful, ..Self::default() };
    }

    /// The tips that a batch needs as far as they are remembered, and the streams that are not.
    pub(crate) fn tips<'a>(&mut self, needs: &Needs<'a>) -> (BTreeMap<StreamId, Tip>, Vec<&'a StreamId>) {
        let mut tips = BTreeMap::new();
        let mut missing = Vec::new();
        for &stream in &needs.streams {
            match self.recall(stream) {
                Some(Ending::At(tip)) => {
                    tips.insert(stream.clone(), tip);
                }
                Some(Ending::Nothing) => {}
                None => missing.push(stream),
            }
        }
        (tips, missing)
    }

    /// Keeps in mind where a stream ends; `None` if it holds nothing.
    pub(crate) fn remember(&mut self, stream: StreamId, tip: Option<Tip>) {
        self.keep(stream, tip.map_or(Ending::Nothing, Ending::At));
    }

    fn recall(&mut self, stream: &StreamId) -> Option<Ending> {
        if let Some(ending) = self.young.get(stream) {
            return Some(*ending);
        }
        let ending = self.old.remove(stream)?;
        self.keep(stream.clone(), ending);
        Some(ending)
    }

    fn keep(&mut self, stream: StreamId, ending: Ending) {
        if self.young.len() >= STREAMS_MAX {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(stream, ending);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(number: usize) -> StreamId {
        StreamId::try_new(format!("stream-{number}")).unwrap()
    }

    #[test]
    fn after_a_wrong_guess_some_batches_are_read_for_and_then_guesses_are_made_again() {
        let mut memory = Memory { is_known: true, ..Memory::default() };
        assert!(memory.dares());
        memory.guessed_wrong();
        let mut careful = 0;
        loop {
            memory.begin_batch();
            if memory.dares() {
                break;
            }
            careful += 1;
            // What is forgotten of the log does not make anybody bolder.
            memory.forget();
            assert!(!memory.dares());
            memory.is_known = true;
        }
        assert_eq!(careful, CAREFUL_BATCHES);
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
