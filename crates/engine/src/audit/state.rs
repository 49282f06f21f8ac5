//! How one record or the whole system stood at a moment, as canonical JSON: the same bytes on every store.

use std::collections::{BTreeMap, btree_map};
use std::sync::Arc;

use serde::ser::Error as _;
use serde::{Deserialize, Serialize};
use svod_domain::{Event, Quarter, SubmissionId};
use svod_log::tree::Frontier;
use svod_log::{Hash, Position, Store, canonical};

use super::records::{self, Read, Record, Records};
use crate::ahead::{events_of, glances};
use crate::happened::{quarter_stream, submission_stream};
use crate::views::{Documents, Histories, Municipalities, Projection, Quarters, Submissions, cell_key};
use crate::{EngineError, Happened};

/// Of what the state is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The register, every quarter, every nil return, every submission.
    Whole,
    /// A quarter with its nil returns and submissions.
    Quarter(Quarter),
    /// A submission with its history.
    Submission(SubmissionId),
}

/// A nil return that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NilCard {
    /// Whether it came after the filing deadline.
    late: bool,
    /// Where it stands in the log.
    position: u64,
}

/// Nil returns that stand, one document each. Key: as that of a cell of the board.
pub(crate) struct NilReturns;

impl Projection for NilReturns {
    type View = NilCard;
    const NAME: &'static str = "nil-returns";
    const VERSION: u16 = 1;

    fn keys(happened: &Happened) -> Vec<String> {
        match &happened.event {
            Event::NothingDeclared(event) => vec![cell_key(event.quarter, event.municipality)],
            Event::ActivitySubmitted(event) => vec![cell_key(event.quarter, event.municipality)],
            _other => vec![],
        }
    }

    fn evolve(_: Option<NilCard>, happened: &Happened) -> Option<NilCard> {
        match &happened.event {
            Event::NothingDeclared(event) => {
                Some(NilCard { late: event.late, position: happened.recorded.position.0 })
            }
            _taken_back_by_a_submission => None,
        }
    }
}

/// Everything that is known, record by record.
#[derive(Default)]
pub(crate) struct Books {
    pub(crate) municipalities: Documents<Municipalities>,
    pub(crate) quarters: Documents<Quarters>,
    pub(crate) nil_returns: Documents<NilReturns>,
    pub(crate) submissions: Documents<Submissions>,
}

impl Books {
    pub(crate) fn follow(&mut self, happened: &Happened) {
        self.municipalities.follow(happened);
        self.quarters.follow(happened);
        self.nil_returns.follow(happened);
        self.submissions.follow(happened);
    }
}

/// What a state is of.
enum Held {
    /// Everything, or a quarter.
    Books {
        municipalities: Documents<Municipalities>,
        quarters: Documents<Quarters>,
        nil_returns: Documents<NilReturns>,
        records: Records,
    },
    /// A submission.
    History(Documents<Histories>),
}

/// A state, and where it was taken.
pub struct State {
    position: Position,
    root: Option<Hash>,
    held: Held,
}

impl State {
    /// The position.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// The root at the position, where the whole log was read on the way.
    #[must_use]
    pub fn root(&self) -> Option<Hash> {
        self.root
    }

    /// Whether there is anything at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match &self.held {
            Held::Books { municipalities, quarters, records, .. } => {
                municipalities.is_empty() && quarters.is_empty() && records.is_empty()
            }
            Held::History(history) => history.is_empty(),
        }
    }

    /// It as one object in canonical JSON (RFC 8785), piece by piece.
    pub fn written(self, store: Arc<dyn Store>, root: Hash) -> Result<Written, EngineError> {
        let mut opening =
            format!("{{\"position\":{},\"root\":\"{root}\",\"state\":{{", self.position).into_bytes();
        let (quarters, closing) = match self.held {
            Held::Books { municipalities, quarters, nil_returns, records } => {
                section(&mut opening, "municipalities", &municipalities)?;
                opening.push(b',');
                section(&mut opening, "nil_returns", &nil_returns)?;
                opening.push(b',');
                section(&mut opening, "quarters", &quarters)?;
                opening.extend_from_slice(b",\"submissions\":{");
                (records.by_quarter(), "}}}\n")
            }
            Held::History(history) => {
                section(&mut opening, "submission", &history)?;
                (BTreeMap::new(), "}}\n")
            }
        };
        let quarters = quarters.into_values();
        Ok(Written { store, opening: Some(opening), quarters, between: "", closing: Some(closing) })
    }
}

fn section<P: Projection>(
    out: &mut Vec<u8>,
    name: &str,
    documents: &Documents<P>,
) -> Result<(), EngineError> {
    let encode = |source| EngineError::Encode { what: "a state", source };
    out.extend_from_slice(format!("\"{name}\":{{").as_bytes());
    for (index, (key, document)) in documents.sorted().into_iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        out.extend_from_slice(format!("{comma}\"{key}\":").as_bytes());
        let value = serde_json::to_value(document).map_err(encode)?;
        out.extend(canonical::to_bytes(&value).map_err(|unfit| encode(serde_json::Error::custom(unfit)))?);
    }
    out.push(b'}');
    Ok(())
}

/// A state that is being written. In memory are its pieces one after the other: the submissions of one quarter at most.
pub struct Written {
    store: Arc<dyn Store>,
    /// Everything that stands before the submissions.
    opening: Option<Vec<u8>>,
    quarters: btree_map::IntoValues<Quarter, Vec<Record>>,
    /// What stands between the submissions of two quarters; nothing before the first.
    between: &'static str,
    closing: Option<&'static str>,
}

impl Written {
    /// The next piece; `None` behind the last.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, EngineError> {
        if let Some(opening) = self.opening.take() {
            return Ok(Some(opening));
        }
        let Some(records) = self.quarters.next() else {
            return Ok(self.closing.take().map(Vec::from));
        };
        let mut piece = Vec::from(std::mem::replace(&mut self.between, ","));
        piece.extend(records::written(&self.store, records).await?);
        Ok(Some(piece))
    }
}

/// The state at a position. Of one submission only its stream is read, of a quarter only what came since it opened.
pub async fn state(
    store: &Arc<dyn Store>,
    scope: Scope,
    position: Position,
    progress: impl Fn(Position),
) -> Result<State, EngineError> {
    let position = position.min(store.head().await?.position);
    let (after, quarter) = match scope {
        Scope::Submission(id) => {
            let mut history = Documents::default();
            for one in &events_of(store.as_ref(), &submission_stream(id), position).await? {
                history.follow(one);
            }
            return Ok(State { position, root: None, held: Held::History(history) });
        }
        Scope::Whole => (Position::START, None),
        Scope::Quarter(quarter) => {
            let opening = store.read_stream(&quarter_stream(quarter), svod_log::Version::NONE, 1).await?;
            (opening.first().map_or(position, |opening| Position(opening.position.0 - 1)), Some(quarter))
        }
    };
    let (mut municipalities, mut quarters) =
        (Documents::<Municipalities>::default(), Documents::<Quarters>::default());
    let (mut nil_returns, mut records) = (Documents::<NilReturns>::default(), Records::default());
    let mut tree = Frontier::default();
    let mut pages = glances(store, after, position, Read::glance);
    while let Some(page) = pages.next().await? {
        progress(page.last().map_or(position, Read::position));
        for one in page {
            tree.append(one.leaf());
            if quarter.is_some() && one.quarter() != quarter {
                continue;
            }
            match one {
                Read::Filed(place, filed) => {
                    // Whoever files takes back that there is nothing to report.
                    if let Some(cell) = (!nil_returns.is_empty()).then(|| filed.cell()).flatten() {
                        nil_returns.remove(&cell);
                    }
                    records.file(place, &filed);
                }
                Read::Done(place, done) => records.follow(place, &done),
                Read::Other(happened) => {
                    municipalities.follow(&happened);
                    quarters.follow(&happened);
                    nil_returns.follow(&happened);
                }
            }
        }
    }
    let root = (after == Position::START && tree.size() == position.0).then(|| tree.root());
    Ok(State { position, root, held: Held::Books { municipalities, quarters, nil_returns, records } })
}
