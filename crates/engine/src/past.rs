//! A past moment: what the log held of a question then, read from the streams that the question speaks of, and folded as
//! the views are. Nothing else is read, so one record of a long log is found at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use svod_domain::Quarter;
use svod_log::{MemoryStore, Position, Store, StreamId, Version, ViewCommit, ViewStore as _};
use tokio::sync::Mutex;

use crate::ahead::{events, events_of};
use crate::happened::{MUNICIPALITIES, QUARTERS, quarter_stream, report_stream};
use crate::reader::AsOf;
use crate::views::{ALL, Making};
use crate::{EngineError, Happened};

/// Most names of streams that one read lists.
const NAMES_MAX: u32 = 1_000;

/// The last position of a moment: at most where the log ends now.
pub(crate) async fn position_at(store: &dyn Store, as_of: AsOf) -> Result<Position, EngineError> {
    let head = store.head().await?.position;
    let moment = match as_of {
        AsOf::Position(position) => return Ok(position.min(head)),
        AsOf::Time(moment) => moment,
    };
    // No entry is older than the one before it, so halves can be left out.
    let (mut known, mut later) = (0, head.0 + 1);
    while later - known > 1 {
        let middle = known + (later - known) / 2;
        let entry = store.read(Position(middle - 1), 1).await?;
        match entry.first() {
            Some(entry) if entry.recorded_at <= moment => known = middle,
            _recorded_later => later = middle,
        }
    }
    Ok(Position(known))
}

/// What a question speaks of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// The cards of all quarters.
    Quarters,
    /// The register.
    Register,
    /// Everything that was filed for one quarter.
    Quarter(Quarter),
}

impl Part {
    /// The part that a view's documents under this key or prefix belong to. `None`: there can be none.
    fn of(view: &str, key: &str) -> Option<Self> {
        match view {
            "quarters" => Some(Self::Quarters),
            "municipalities" => Some(Self::Register),
            _under_a_quarter => key.split('/').next()?.parse().ok().map(Self::Quarter),
        }
    }

    /// The views whose documents it holds.
    fn views(self) -> &'static [&'static str] {
        match self {
            Self::Quarters => &["quarters"],
            Self::Register => &["municipalities"],
            Self::Quarter(_) => &["board", "submissions"],
        }
    }
}

/// Documents of a past moment, filled as they are asked for.
pub(crate) struct Past {
    store: Arc<dyn Store>,
    position: Position,
    documents: MemoryStore,
    filled: Mutex<BTreeSet<Part>>,
}

impl Past {
    pub(crate) fn new(store: Arc<dyn Store>, position: Position) -> Self {
        Self { store, position, documents: MemoryStore::new(), filled: Mutex::default() }
    }

    /// What was filled so far.
    pub(crate) fn documents(&self) -> &MemoryStore {
        &self.documents
    }

    /// Makes sure that the view's documents under this key or prefix are there.
    pub(crate) async fn fill(&self, view: &str, key: &str) -> Result<(), EngineError> {
        let Some(part) = Part::of(view, key) else { return Ok(()) };
        let mut filled = self.filled.lock().await;
        if filled.contains(&part) {
            return Ok(());
        }
        let made = self.made(part).await?;
        let mut commits = vec![];
        for (name, making) in made {
            let (from, to) = (Position::START, Position::START);
            commits.push(ViewCommit { view: name.to_owned(), from, to, changes: changes(making.as_ref())? });
        }
        self.documents.commit_views(&commits).await?;
        filled.insert(part);
        Ok(())
    }

    async fn made(&self, part: Part) -> Result<Vec<(&'static str, Box<dyn Making>)>, EngineError> {
        let projections = ALL.iter().filter(|projection| part.views().contains(&projection.name));
        let mut made: Vec<_> = projections.map(|projection| (projection.name, (projection.make)())).collect();
        let mut follow =
            |happened: &Happened| made.iter_mut().for_each(|(_, making)| making.follow(happened));
        let (store, until) = (self.store.as_ref(), self.position);
        match part {
            Part::Register => {
                for stream in streams(store, MUNICIPALITIES).await? {
                    events_of(store, &stream, until).await?.iter().for_each(&mut follow);
                }
            }
            Part::Quarters => {
                for stream in streams(store, QUARTERS).await? {
                    let Ok(quarter) = stream.as_str()[QUARTERS.len()..].parse() else { continue };
                    of_quarter(store, quarter, until).await?.iter().for_each(&mut follow);
                }
            }
            Part::Quarter(quarter) => {
                let opening = store.read_stream(&quarter_stream(quarter), Version::NONE, 1).await?;
                let Some(opening) = opening.first() else { return Ok(made) };
                let mut pages = events(&self.store, Position(opening.position.0 - 1), until);
                while let Some(page) = pages.next().await? {
                    let of_the_quarter = |happened: &&Happened| happened.event.quarter() == Some(quarter);
                    page.iter().filter(of_the_quarter).for_each(&mut follow);
                }
            }
        }
        Ok(made)
    }
}

fn changes(making: &dyn Making) -> Result<std::collections::BTreeMap<String, Option<Vec<u8>>>, EngineError> {
    Ok(making.encode()?.into_iter().map(|(key, document)| (key, Some(document))).collect())
}

/// What happened to a quarter itself and to its documents, in the order of the log.
pub(crate) async fn of_quarter(
    store: &dyn Store,
    quarter: Quarter,
    until: Position,
) -> Result<Vec<Happened>, EngineError> {
    let mut happened = events_of(store, &quarter_stream(quarter), until).await?;
    happened.extend(events_of(store, &report_stream(quarter), until).await?);
    happened.sort_unstable_by_key(|one| one.recorded.position);
    Ok(happened)
}

/// The streams whose names begin so, by name.
pub(crate) async fn streams(store: &dyn Store, prefix: &str) -> Result<Vec<StreamId>, EngineError> {
    let mut names: Vec<StreamId> = vec![];
    loop {
        let after = names.last().map(|last| last.as_str().to_owned());
        let page = store.streams(prefix, after.as_deref(), NAMES_MAX).await?;
        if page.is_empty() {
            return Ok(names);
        }
        names.extend(page.into_iter().map(|head| head.stream));
    }
}
