//! What a peer is asked to do, in the words of the measures; what it cannot do, its list of measures does not name.

use std::future::Future;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use anyhow::{Error, Result, bail};

use crate::rows::Fold;

/// One thing that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// One event a command, so many tasks at once.
    One(usize),
    /// One command after the other, each with many events.
    Batched,
    /// Everything is read, typed, and folded in memory.
    Replay,
    /// The peer's own subscription goes over everything with a handler that does nothing.
    CatchUp,
    /// From commit to the call of the handler.
    Visible,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::One(1),
        Self::One(8),
        Self::One(256),
        Self::Batched,
        Self::Replay,
        Self::CatchUp,
        Self::Visible,
    ];

    /// Its name on the command line.
    pub fn name(self) -> String {
        match self {
            Self::One(tasks) => format!("one-{tasks}"),
            Self::Batched => "batched".into(),
            Self::Replay => "replay".into(),
            Self::CatchUp => "catch-up".into(),
            Self::Visible => "visible".into(),
        }
    }
}

impl FromStr for Measure {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|measure| measure.name() == name);
        found.ok_or_else(|| Error::msg(format!("there is no measure {name}")))
    }
}

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its event is stored, durably.
    Stored,
    /// The peer said that somebody else was faster, and stored nothing.
    Conflict,
}

/// The calls of a subscription's handler.
#[derive(Debug, Default)]
pub struct Seen {
    calls: AtomicU64,
    first: Vec<OnceLock<Instant>>,
}

impl Seen {
    /// Counts only.
    pub fn counted() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// Notes also when each of so many events was seen first.
    pub fn timed(events: usize) -> Arc<Self> {
        Arc::new(Self { calls: AtomicU64::new(0), first: (0..events).map(|_| OnceLock::new()).collect() })
    }

    /// The handler was called.
    pub fn call(&self, number: u64) {
        let first = usize::try_from(number).ok().and_then(|number| self.first.get(number));
        if let Some(first) = first {
            first.get_or_init(Instant::now);
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// How often.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// When it was called with that event.
    pub fn at(&self, number: usize) -> Option<Instant> {
        self.first.get(number).and_then(OnceLock::get).copied()
    }
}

/// An event store with its schema installed. An event's number says which row it is (`rows::activity`).
pub trait Peer: Sized + Send + Sync + 'static {
    /// Its name on the command line.
    const NAME: &'static str;
    /// The packages whose versions are reported.
    const PACKAGES: &'static [&'static str];
    /// What it has.
    const MEASURES: &'static [Measure];
    /// Events of one command of the batched measure.
    const BATCH: u64 = 0;
    /// Events that `fill` stores in one go, and how many such calls at once are its fastest way.
    const FILL: (u64, usize);

    /// Opens a fresh database and installs the schema.
    fn open(target: &str) -> impl Future<Output = Result<Self>> + Send;

    /// A command with one event on a new stream.
    fn one(&self, number: u64) -> impl Future<Output = Result<Outcome>> + Send;

    /// A command with `BATCH` events on a new stream.
    fn batch(&self, _first: u64) -> impl Future<Output = Result<()>> + Send {
        async { bail!("{} has no batches", Self::NAME) }
    }

    /// Stores so many events from that one on, four a stream, the fastest way there is.
    fn fill(&self, first: u64, events: u64) -> impl Future<Output = Result<()>> + Send;

    /// Reads everything.
    fn replay(&self, events: u64) -> impl Future<Output = Result<Fold>> + Send;

    /// Starts the peer's subscription from the first event; it goes on until the program ends.
    fn listen(&self, _seen: Arc<Seen>) -> impl Future<Output = Result<()>> + Send {
        async { bail!("{} has no subscription", Self::NAME) }
    }
}
