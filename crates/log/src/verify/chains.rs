//! Whether every entry follows on the one before it in its stream. Up to a limit it is remembered where each stream ends; when
//! there are more streams, what is to be compared goes into a file that the caller gives, sorted into parts of the streams, and
//! is compared at the end, one part after the other. So memory stays flat however many streams there are, and every entry is
//! still compared with the one before it.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::outline::Outline;
use crate::{Hash, Position, Version};

/// Streams that are remembered before the file is used: some megabytes.
#[cfg(feature = "store")]
pub(crate) const REMEMBERED_MAX: usize = 1 << 16;

/// Parts of the streams in the file: so many that those of one part fit into some megabytes even of hundreds of millions.
const PARTS: usize = 256;

/// Bytes of a block, which all belong to one part: together the parts that are being filled take two megabytes.
const BLOCK_BYTES: usize = STEP_BYTES * 204;

/// Bytes of a step in the file: the stream, what it follows on, what stands then, and where with what it is.
const STEP_BYTES: usize = 40;

/// What stands for the name of a stream.
pub(crate) type StreamPrint = [u64; 2];

/// What stands for the newest entry of a stream: its version and its leaf.
pub(crate) type TipPrint = u64;

/// Makes short what is remembered of every stream, with a key that is drawn anew for each verification. Whoever forged a log did
/// not know it, so that what he wrote passes for something else once in 2^64; and of a million streams two are taken for one
/// once in 10^26.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prints([RandomState; 2]);

impl Prints {
    pub(crate) fn stream(&self, stream: &str) -> StreamPrint {
        [0, 1].map(|key: usize| self.0[key].hash_one(stream))
    }

    /// Of the entry of this version with this leaf.
    pub(crate) fn tip(&self, version: Version, leaf: Hash) -> TipPrint {
        self.0[0].hash_one((version.0, leaf.0))
    }

    /// What an entry says that it follows on; none if what it says cannot be.
    pub(crate) fn follows(&self, entry: &Outline<'_>) -> Option<Follows> {
        match (entry.prev, entry.version.0.checked_sub(1)) {
            (None, Some(0)) => Some(Follows::Nothing),
            (Some(prev), Some(version)) => Some(Follows::On(self.tip(Version(version), prev))),
            _neither_first_nor_later => None,
        }
    }
}

/// What an entry follows on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follows {
    /// It is the first of its stream.
    Nothing,
    /// This entry.
    On(TipPrint),
    /// It is not looked at: it stands before those that are gone over.
    Whatever,
}

/// An entry of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) stream: StreamPrint,
    pub(crate) follows: Follows,
    pub(crate) tip: TipPrint,
    pub(crate) position: Position,
}

impl Step {
    /// Takes it in; whether it follows on what stood there.
    fn is_next(self, tips: &mut HashMap<StreamPrint, TipPrint>) -> bool {
        let before = tips.insert(self.stream, self.tip);
        match self.follows {
            Follows::Nothing => before.is_none(),
            Follows::On(tip) => before == Some(tip),
            Follows::Whatever => true,
        }
    }

    fn to_bytes(self) -> [u8; STEP_BYTES] {
        let (kind, on) = match self.follows {
            Follows::Nothing => (0, 0),
            Follows::On(tip) => (1, tip),
            Follows::Whatever => (2, 0),
        };
        let mut bytes = [0; STEP_BYTES];
        let numbers = [self.stream[0], self.stream[1], on, self.tip, self.position.0 << 2 | kind];
        for (field, number) in bytes.chunks_exact_mut(8).zip(numbers) {
            field.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        let mut numbers = [0; STEP_BYTES / 8];
        for (number, field) in numbers.iter_mut().zip(bytes.chunks_exact(8)) {
            *number = u64::from_le_bytes(field.try_into().expect("chunks of eight"));
        }
        let [one, two, on, tip, place] = numbers;
        let follows = match place & 3 {
            0 => Follows::Nothing,
            1 => Follows::On(on),
            _whatever => Follows::Whatever,
        };
        Self { stream: [one, two], follows, tip, position: Position(place >> 2) }
    }
}

/// A file that a verification may fill and read back.
#[cfg_attr(not(feature = "store"), expect(unreachable_pub, reason = "only whoever reads a store gives one"))]
pub trait Scratch: Read + Write + Seek + Send {}

impl<T: Read + Write + Seek + Send> Scratch for T {}

/// Where the streams of a log end, so far.
#[derive(Default)]
pub(crate) struct Chains {
    tips: HashMap<StreamPrint, TipPrint>,
    /// The file, until it is used, and how many streams are remembered before.
    scratch: Option<(Box<dyn Scratch>, usize)>,
    aside: Option<Aside>,
}

impl std::fmt::Debug for Chains {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chains").field("tips", &self.tips.len()).finish_non_exhaustive()
    }
}

impl Chains {
    /// The file that is used if there are more streams than `remembered_max`. Without one all are remembered.
    #[cfg(any(test, feature = "store"))]
    pub(crate) fn with_scratch(&mut self, scratch: Box<dyn Scratch>, remembered_max: usize) {
        self.scratch = Some((scratch, remembered_max));
    }

    /// Takes the next entry in. `false`: it is seen at once that it does not follow; what is put aside is seen at the end.
    pub(crate) fn step(&mut self, step: Step) -> bool {
        if let Some(aside) = &mut self.aside {
            aside.put(step);
            return true;
        }
        let follows = step.is_next(&mut self.tips);
        let are_many = |(_, max): &mut (_, usize)| self.tips.len() > *max;
        if let Some((scratch, _)) = self.scratch.take_if(are_many) {
            let mut aside = Aside::new(scratch);
            for (stream, tip) in std::mem::take(&mut self.tips) {
                aside.put(Step { stream, follows: Follows::Whatever, tip, position: Position::START });
            }
            self.aside = Some(aside);
        }
        follows
    }

    /// The first of the entries that were put aside and do not follow. What was put aside is gone then.
    pub(crate) fn end(&mut self) -> io::Result<Option<Position>> {
        self.aside.take().map_or(Ok(None), Aside::first_amiss)
    }
}

/// What is compared at the end.
struct Aside {
    file: Box<dyn Scratch>,
    /// Of each block in the file, whose it is.
    blocks: Vec<u8>,
    /// What will be the next block of each part.
    filling: Vec<Vec<u8>>,
    /// A file that could not be written is not written again; what would stand in it is kept here.
    is_full: bool,
}

impl Aside {
    fn new(file: Box<dyn Scratch>) -> Self {
        Self { file, blocks: vec![], filling: vec![vec![]; PARTS], is_full: false }
    }

    fn put(&mut self, step: Step) {
        // The prints are drawn evenly, so the parts are of a size.
        let part = step.stream[0].to_le_bytes()[0];
        let filling = &mut self.filling[usize::from(part)];
        filling.extend_from_slice(&step.to_bytes());
        if filling.len() < BLOCK_BYTES || self.is_full {
            return;
        }
        match self.file.write_all(filling) {
            Ok(()) => {
                filling.clear();
                self.blocks.push(part);
            }
            // What was written of it is behind the last block and is never read.
            Err(_no_room_is_no_fault_of_the_log) => self.is_full = true,
        }
    }

    fn first_amiss(mut self) -> io::Result<Option<Position>> {
        let mut first: Option<Position> = None;
        let (mut tips, mut block) = (HashMap::new(), vec![0; BLOCK_BYTES]);
        for part in 0..=u8::MAX {
            tips.clear();
            let mut compare = |bytes: &[u8]| {
                for step in bytes.chunks_exact(STEP_BYTES).map(Step::from_bytes) {
                    if !step.is_next(&mut tips) && first.is_none_or(|first| step.position < first) {
                        first = Some(step.position);
                    }
                }
            };
            for number in (0_u64..).zip(&self.blocks).filter(|(_, of)| **of == part).map(|(number, _)| number)
            {
                self.file.seek(SeekFrom::Start(number * BLOCK_BYTES as u64))?;
                self.file.read_exact(&mut block)?;
                compare(&block);
            }
            compare(&std::mem::take(&mut self.filling[usize::from(part)]));
        }
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    /// Entries of many streams, in turn: of each first one, then another that follows on it.
    fn steps(streams: u64) -> Vec<Step> {
        let step = |version: u64, number: u64| Step {
            // Drawn evenly, as prints are, and another for each.
            stream: [number.wrapping_mul(0x9E37_79B9_7F4A_7C15), number],
            follows: if version == 0 { Follows::Nothing } else { Follows::On(number) },
            tip: number + version,
            position: Position(version * streams + number + 1),
        };
        (0..2).flat_map(|version| (0..streams).map(move |number| step(version, number))).collect()
    }

    /// Where it is first seen that one does not follow, with a file that takes so many bytes.
    fn first_amiss(steps: &[Step], room: Option<usize>) -> Option<Position> {
        let mut chains = Chains::default();
        if let Some(room) = room {
            chains.with_scratch(Box::new(Limited { file: Cursor::default(), room }), 100);
        }
        let at_once = steps.iter().find(|step| !chains.step(**step)).map(|step| step.position);
        at_once.into_iter().chain(chains.end().unwrap()).min()
    }

    /// A file on a disk that becomes full.
    struct Limited {
        file: Cursor<Vec<u8>>,
        room: usize,
    }

    impl Write for Limited {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.file.get_ref().len() + bytes.len() > self.room {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.file.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Read for Limited {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.file.read(into)
        }
    }

    impl Seek for Limited {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.file.seek(to)
        }
    }

    /// No file, one with room, one that becomes full, one that takes nothing.
    const ROOMS: [Option<usize>; 4] = [None, Some(usize::MAX), Some(100 * BLOCK_BYTES), Some(0)];

    /// So many that each part fills a block and begins the next.
    const MANY: u64 = 30_000;

    #[test]
    fn streams_that_go_on_as_they_should_are_in_order_whether_remembered_or_put_aside() {
        let steps = steps(MANY);
        for room in ROOMS {
            assert_eq!(first_amiss(&steps, room), None, "{room:?}");
        }
    }

    #[test]
    fn memory_does_not_grow_with_the_streams_while_the_file_has_room() {
        let mut chains = Chains::default();
        chains.with_scratch(Box::new(Cursor::new(vec![])), 100);
        for step in steps(2 * MANY) {
            assert!(chains.step(step));
        }
        let aside = chains.aside.as_ref().unwrap();
        let held = aside.filling.iter().map(Vec::len).sum::<usize>() + aside.blocks.len();
        assert!(chains.tips.capacity() == 0 && held < PARTS * BLOCK_BYTES + 10_000, "{held}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(6))]

        /// Whichever entry is another than it should be, left out or there twice: the same is seen first, with a file and without.
        #[test]
        fn what_does_not_follow_is_seen_at_the_same_place_wherever_it_was_put(
            amiss in prop::collection::vec((0..usize::try_from(2 * MANY).unwrap(), 0..4_u8), 1..4),
        ) {
            let mut steps = steps(MANY);
            for (at, how) in amiss {
                let step = &mut steps[at];
                match how {
                    0 => step.follows = Follows::Nothing,
                    1 => step.follows = Follows::On(u64::MAX),
                    2 => step.tip ^= 1,
                    _to_another_stream => step.stream[1] ^= 1 << 40,
                }
            }
            let expected = first_amiss(&steps, None);
            for room in ROOMS {
                prop_assert_eq!(first_amiss(&steps, room), expected, "{:?}", room);
            }
        }

        #[test]
        fn a_step_reads_back_as_it_was_written(stream: [u64; 2], on: u64, tip: u64, at in 0..u64::MAX >> 2) {
            for follows in [Follows::Nothing, Follows::On(on), Follows::Whatever] {
                let step = Step { stream, follows, tip, position: Position(at) };
                prop_assert_eq!(Step::from_bytes(&step.to_bytes()), step);
            }
        }
    }
}
