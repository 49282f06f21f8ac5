//! What would be without an entry, or with one more: the rules are asked again, in memory, on what would have been.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use svod_domain::Event;
use svod_domain::quarter::Rules;
use svod_log::tree::Frontier;
use svod_log::{ActorName, Hash, Position, Recorded, Store, Version};

use super::changes::{Change, FieldChange, between, differences};
use super::moment::Moment;
use super::replay::{Answer, Appends, Replay};
use super::state::Books;
use crate::ahead::events;
use crate::happened::{SCHEMA, stream};
use crate::{EngineError, Happened};

/// What is supposed.
#[derive(Debug, Default)]
pub struct Supposition {
    /// Entries that had not been recorded.
    pub without: BTreeSet<Position>,
    /// Events that had.
    pub inserted: Vec<Inserted>,
}

/// An event that is supposed to have been recorded.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inserted {
    /// Its name, such as `activity-approved`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its data.
    pub data: Box<RawValue>,
    /// Who would have caused it.
    pub actor: ActorName,
    /// When.
    pub recorded_at: Timestamp,
    /// The entry that it would have stood behind.
    pub after: Position,
}

/// An entry that would have been another, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Otherwise {
    /// Its place in the log; of an event that is supposed, the one that it stands behind.
    pub position: Position,
    /// Its name.
    #[serde(rename = "type")]
    pub kind: String,
    /// What would have become of it: `left-out`, `inserted`, `refused`, `decided-otherwise`.
    pub outcome: &'static str,
    /// The reason code of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// What would have been decided otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
}

/// What would be.
#[derive(Clone, Debug)]
pub struct Counterfactual {
    /// The log as it is.
    pub moment: Moment,
    /// Entries that would have been others.
    pub otherwise: Vec<Otherwise>,
    /// What would be different at the end, from what is to what would be.
    pub changes: Vec<Change>,
}

/// Replays the log up to a position under a supposition. Writes nothing anywhere.
pub async fn whatif(
    store: &Arc<dyn Store>,
    rules: &Rules,
    supposition: Supposition,
    until: Position,
    progress: impl Fn(Position),
) -> Result<Counterfactual, EngineError> {
    let mut supposing = Supposing::new(rules, supposition);
    let mut tree = Frontier::default();
    let until = until.min(store.head().await?.position);
    let mut pages = events(store, Position::START, until);
    while let Some(page) = pages.next().await? {
        for one in page {
            tree.append(one.recorded.leaf);
            supposing.entry(one)?;
        }
        progress(Position(tree.size()));
    }
    let moment = Moment { position: Position(tree.size()), root: tree.root() };
    supposing.end(moment)
}

struct Supposing<'a> {
    replay: Replay<'a>,
    appends: Appends,
    without: BTreeSet<Position>,
    /// In the order of their places, the next one last.
    inserted: Vec<Inserted>,
    is: Books,
    would_be: Books,
    otherwise: Vec<Otherwise>,
}

impl<'a> Supposing<'a> {
    fn new(rules: &'a Rules, supposition: Supposition) -> Self {
        let mut inserted = supposition.inserted;
        inserted.sort_by_key(|one| one.after);
        inserted.reverse();
        Self {
            replay: Replay::new(rules),
            appends: Appends::default(),
            without: supposition.without,
            inserted,
            is: Books::default(),
            would_be: Books::default(),
            otherwise: vec![],
        }
    }

    fn entry(&mut self, happened: Happened) -> Result<(), EngineError> {
        self.is.follow(&happened);
        for append in self.appends.push(happened) {
            self.append(&append)?;
        }
        Ok(())
    }

    fn append(&mut self, append: &[Happened]) -> Result<(), EngineError> {
        let Some(first) = append.first() else { return Ok(()) };
        self.insert_before(first.recorded.position)?;
        if append.iter().any(|one| self.without.contains(&one.recorded.position)) {
            // The parts of one decision stand and fall together.
            self.tell_all(append, "left-out", None);
            return Ok(());
        }
        self.decide(append)
    }

    fn insert_before(&mut self, position: Position) -> Result<(), EngineError> {
        while self.inserted.last().is_some_and(|one| one.after < position) {
            if let Some(inserted) = self.inserted.pop() {
                let happened = supposed(inserted)?;
                self.tell(&happened, "inserted", None, vec![]);
                self.decide(&[happened])?;
            }
        }
        Ok(())
    }

    fn decide(&mut self, append: &[Happened]) -> Result<(), EngineError> {
        let Some(last) = append.last() else { return Ok(()) };
        let before = Position(append[0].recorded.position.0.saturating_sub(1));
        match self.replay.ask(append, before) {
            Answer::Same { .. } => append.iter().try_for_each(|one| self.apply(one)),
            Answer::Refused(refusal) => {
                let code = refusal.reason().as_str();
                self.tell_all(append, "refused", Some(code));
                Ok(())
            }
            Answer::Unaskable(_no_order_leads_there) => {
                self.tell_all(append, "refused", None);
                Ok(())
            }
            Answer::Otherwise(events) => {
                // A selection of fewer rows may need fewer parts.
                self.tell_all(append.get(events.len()..).unwrap_or_default(), "decided-otherwise", None);
                for (index, event) in events.into_iter().enumerate() {
                    let place = append.get(index).unwrap_or(last);
                    let one = instead(place, event);
                    if place.event != one.event {
                        let fields = differences(&data(&place.event)?, &data(&one.event)?);
                        self.tell(place, "decided-otherwise", None, fields);
                    }
                    self.apply(&one)?;
                }
                Ok(())
            }
        }
    }

    fn apply(&mut self, one: &Happened) -> Result<(), EngineError> {
        let position = one.recorded.position;
        let applied = self.replay.apply(&one.event, &one.recorded.actor.name);
        applied.ok_or_else(|| EngineError::ImpossibleHistory {
            position,
            what: format!("{} does not follow from what would have been before", one.recorded.kind),
        })?;
        self.replay.keep(position);
        self.would_be.follow(one);
        Ok(())
    }

    fn tell_all(&mut self, append: &[Happened], outcome: &'static str, code: Option<&'static str>) {
        for one in append {
            self.tell(one, outcome, code, vec![]);
        }
    }

    fn tell(
        &mut self,
        one: &Happened,
        outcome: &'static str,
        code: Option<&'static str>,
        fields: Vec<FieldChange>,
    ) {
        let (position, kind) = (one.recorded.position, one.recorded.kind.clone());
        self.otherwise.push(Otherwise { position, kind, outcome, code, fields });
    }

    fn end(mut self, moment: Moment) -> Result<Counterfactual, EngineError> {
        if let Some(append) = self.appends.end() {
            self.append(&append)?;
        }
        self.insert_before(moment.position.next())?;
        let changes = between(&self.is, &self.would_be)?;
        Ok(Counterfactual { moment, otherwise: self.otherwise, changes })
    }
}

fn data(event: &Event) -> Result<serde_json::Value, EngineError> {
    event.data().map_err(|source| EngineError::Encode { what: "an event", source })
}

/// Another event at the place of one that was recorded.
fn instead(place: &Happened, event: Event) -> Happened {
    let kind = event.kind().to_owned();
    let recorded = Recorded { kind, stream: stream(&event), ..Recorded::clone(&place.recorded) };
    Happened { event, recorded: Arc::new(recorded) }
}

/// An event that is supposed, with the place that it stands behind.
fn supposed(inserted: Inserted) -> Result<Happened, EngineError> {
    let Inserted { kind, data, actor, recorded_at, after } = inserted;
    let impossible = |what: String| EngineError::ImpossibleHistory { position: after, what };
    let event = match Event::read(&kind, data.get()) {
        Some(Ok(event)) => event,
        Some(Err(error)) => return Err(impossible(format!("the supposed {kind} cannot be read: {error}"))),
        None => return Err(impossible(format!("no event is called {kind}"))),
    };
    let recorded = Recorded {
        position: after,
        stream: stream(&event),
        version: Version::NONE,
        kind,
        schema: SCHEMA,
        recorded_at,
        valid_at: recorded_at,
        actor,
        message: None,
        cause: None,
        data,
        prev: None,
        leaf: Hash([0; 32]),
        bytes: Arc::from([]),
    };
    Ok(Happened { event, recorded: Arc::new(recorded) })
}
