//! Views: what people read. Each is a pure fold of events into documents; any of them can be deleted and comes back.

mod board;
mod cards;
mod municipalities;
mod quarters;
mod submission;
mod submissions;

pub use board::{Board, BoardRow, BoardState, Counts};
pub use cards::{Act, ActorCard};
pub use municipalities::{MunicipalityCard, NamingCard};
pub use quarters::{EditionCard, FileCard, QuarterCard, QuarterPhase};
pub use submission::{SubmissionHistory, VersionCard};
pub use submissions::{SubmissionCard, SubmissionState};

pub(crate) use board::{BoardCell, BoardCells, cell_key};
pub(crate) use municipalities::Municipalities;
pub(crate) use quarters::Quarters;
pub(crate) use submission::Histories;
pub(crate) use submissions::{Standing, Standings, Submissions, submission_key};

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{EngineError, Happened};

/// A view: which documents an event touches, and what becomes of each.
pub(crate) trait Projection {
    /// One document.
    type View: Serialize + DeserializeOwned + Send;
    /// Its name, for ever.
    const NAME: &'static str;
    /// Raised when the documents change their shape or meaning: the new ones are built beside the old.
    const VERSION: u16;

    /// The keys of the documents that the event touches.
    fn keys(happened: &Happened) -> Vec<String>;
    /// The document after the event. `None`: there is none.
    fn evolve(view: Option<Self::View>, happened: &Happened) -> Option<Self::View>;
}

/// A projection whose type is forgotten, so that a list can hold all of them.
#[derive(Clone, Copy)]
pub(crate) struct AnyProjection {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its version.
    pub(crate) version: u16,
    /// See [`Projection::keys`].
    pub(crate) keys: fn(&Happened) -> Vec<String>,
    /// Folds events into an encoded document.
    pub(crate) fold: Fold,
    /// Documents in the making, none yet.
    pub(crate) make: fn() -> Box<dyn Making>,
}

/// Folds events, in order, into a document.
pub(crate) type Fold = fn(Option<&[u8]>, &[&Happened]) -> Result<Option<Vec<u8>>, EngineError>;

impl AnyProjection {
    const fn of<P: Projection + 'static>() -> Self {
        let make = || -> Box<dyn Making> { Box::new(Documents::<P>::default()) };
        Self { name: P::NAME, version: P::VERSION, keys: P::keys, fold: fold::<P>, make }
    }
}

fn fold<P: Projection>(
    document: Option<&[u8]>,
    events: &[&Happened],
) -> Result<Option<Vec<u8>>, EngineError> {
    let unreadable = |source| EngineError::Document { view: P::NAME.to_owned(), source };
    let mut view: Option<P::View> = document.map(serde_json::from_slice).transpose().map_err(unreadable)?;
    for happened in events {
        view = P::evolve(view, happened);
    }
    view.map(|view| serde_json::to_vec(&view)).transpose().map_err(unreadable)
}

/// The documents of a view, decoded: what many events touch is encoded once, at the end.
pub(crate) struct Documents<P: Projection>(HashMap<String, P::View>);

impl<P: Projection> Default for Documents<P> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<P: Projection> Documents<P> {
    /// Folds an event in.
    pub(crate) fn follow(&mut self, happened: &Happened) {
        for key in P::keys(happened) {
            if let Some(document) = P::evolve(self.0.remove(&key), happened) {
                self.0.insert(key, document);
            }
        }
    }

    /// One document.
    pub(crate) fn get(&self, key: &str) -> Option<&P::View> {
        self.0.get(key)
    }

    /// Takes a document away.
    pub(crate) fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Their keys, in no order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// All of them, by key.
    pub(crate) fn sorted(&self) -> Vec<(&String, &P::View)> {
        let mut sorted: Vec<_> = self.0.iter().collect();
        sorted.sort_unstable_by_key(|(key, _)| *key);
        sorted
    }
}

/// [`Documents`] whose type is forgotten.
pub(crate) trait Making: Send {
    /// Folds an event in.
    fn follow(&mut self, happened: &Happened);
    /// The documents as the view holds them.
    fn encode(&self) -> Result<BTreeMap<String, Vec<u8>>, EngineError>;
}

impl<P: Projection> Making for Documents<P> {
    fn follow(&mut self, happened: &Happened) {
        Documents::follow(self, happened);
    }

    fn encode(&self) -> Result<BTreeMap<String, Vec<u8>>, EngineError> {
        let unreadable = |source| EngineError::Document { view: P::NAME.to_owned(), source };
        let encoded = |(key, view): (&String, &P::View)| Ok((key.clone(), serde_json::to_vec(view)?));
        self.0.iter().map(encoded).collect::<Result<_, _>>().map_err(unreadable)
    }
}

/// All views.
pub(crate) const ALL: &[AnyProjection] = &[
    AnyProjection::of::<Quarters>(),
    AnyProjection::of::<BoardCells>(),
    AnyProjection::of::<Standings>(),
    AnyProjection::of::<Municipalities>(),
];
