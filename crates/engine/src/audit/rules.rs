//! Whether the rules in force decide again what was recorded: an event that no honest server could have emitted is found
//! even where every hash is right.
//!
//! Memory grows with the number of streams and of messages, as that of every verification does, and with the states of
//! submissions, which are small: no text of an activity is among them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::FutureExt as _;
use serde_json::Value;
use svod_domain::event::{Attestation, QuarterClosed};
use svod_domain::quarter::Rules;
use svod_domain::{Edition, Event, Quarter};
use svod_log::tree::Frontier;
use svod_log::verify::{Defence, Tampered};
use svod_log::{
    Hash, Position, Recorded, RowRef, Store, StreamId, StreamTip, Version, canonical, made_of_rows,
};

use super::changes::{FieldChange, differences};
use super::replay::{Answer, Appends, Replay};
use crate::ahead::Pages;
use crate::attest::{rules_hash, state_root};
use crate::happened::{SCHEMA, stream, valid_at};
use crate::{EngineError, Happened};

/// Most differences that are told of one event.
const TOLD_MAX: usize = 3;

/// What was found to follow from the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ruled {
    /// How far the log goes.
    pub position: Position,
    /// The root that was computed from the entries.
    pub root: Hash,
    /// How many appends were decided again.
    pub decisions: u64,
    /// How many openings and closes name another calendar or other rules than those in force: their terms were taken as given.
    pub other_rules: u64,
}

/// Decides the whole log again, as it stands now.
pub async fn verify_rules(
    store: &Arc<dyn Store>,
    rules: &Rules,
    progress: impl Fn(Position),
) -> Result<Result<Ruled, Tampered>, EngineError> {
    let head = store.head().await?;
    let mut verification = Verification::new(rules);
    let mut pages = rows(store, rules, head.position);
    while let Some(page) = pages.next().await? {
        for row in page {
            let taken = row.and_then(|entry| verification.entry(entry));
            if let Err(tampered) = taken {
                return Ok(Err(tampered));
            }
        }
        progress(Position(verification.tree.size()));
    }
    let found = match verification.end() {
        Ok(found) => found,
        Err(tampered) => return Ok(Err(tampered)),
    };
    if (found.position, found.root) == (head.position, head.root) {
        return Ok(Ok(found));
    }
    let what = "the head is not that of the entries".to_owned();
    Ok(Err(Tampered { position: found.position.next(), defence: Defence::Head, what }))
}

/// An entry, and what is wrong with it by itself.
struct Entry {
    happened: Happened,
    fault: Option<&'static str>,
}

type Read = Result<Entry, Tampered>;

fn rows(store: &Arc<dyn Store>, rules: &Rules, until: Position) -> Pages<Vec<Read>> {
    let (store, rules) = (store.clone(), Arc::new(rules.clone()));
    let read = move |after: Position, count: u32| {
        let (store, rules) = (store.clone(), rules.clone());
        async move {
            let mut position = after;
            let read = move |row: RowRef<'_>| {
                position = position.next();
                read(row, position, &rules)
            };
            Ok(made_of_rows(store.as_ref(), after, count, read).await?)
        }
        .boxed()
    };
    Pages::new(Position::START, until, Box::new(read))
}

/// What can be told of an entry without those before it.
fn read(row: RowRef<'_>, position: Position, rules: &Rules) -> Read {
    let wrong = |defence, what: String| Err(Tampered { position, defence, what });
    if row.position != position {
        return wrong(Defence::Positions, format!("the next row has the position {}", row.position));
    }
    let bytes: Arc<[u8]> = row.bytes.into();
    let recorded = match Recorded::decode(&bytes) {
        Ok(recorded) => Arc::new(recorded),
        Err(error) => return wrong(Defence::Form, error.to_string()),
    };
    if recorded.position != position {
        return wrong(Defence::Columns, "the columns say another place than the bytes".into());
    }
    let happened = match Event::read(&recorded.kind, recorded.data.get()) {
        Some(Ok(event)) => Happened { event, recorded },
        Some(Err(error)) => return wrong(Defence::Rules, format!("no rule decides this: {error}")),
        None => return wrong(Defence::Rules, format!("no rule decides an event called {}", recorded.kind)),
    };
    let fault = fault_of(&happened, rules);
    Ok(Entry { happened, fault })
}

fn fault_of(Happened { event, recorded }: &Happened, rules: &Rules) -> Option<&'static str> {
    let written = event.data().ok().and_then(|data| canonical::to_bytes(&data).ok());
    let holds_from = valid_at(event, &rules.terms).unwrap_or(recorded.recorded_at);
    if recorded.schema != SCHEMA || written.as_deref() != Some(recorded.data.get().as_bytes()) {
        return Some("the data are not written as svod writes them");
    }
    if recorded.stream != stream(event) {
        return Some("the event stands in the stream of something else");
    }
    (recorded.valid_at != holds_from).then_some("the event does not hold from the moment that it says")
}

/// The log so far, decided again.
struct Verification<'a> {
    replay: Replay<'a>,
    rules_hash: String,
    appends: Appends,
    tree: Frontier,
    /// The log before the append that is being read.
    before: (Frontier, HashMap<StreamId, (Version, Hash)>),
    answered: HashSet<[u8; 16]>,
    closes: HashMap<(Quarter, Edition), Position>,
    decisions: u64,
    other_rules: u64,
}

impl<'a> Verification<'a> {
    fn new(rules: &'a Rules) -> Self {
        Self {
            replay: Replay::new(rules),
            rules_hash: rules_hash(rules).to_string(),
            appends: Appends::default(),
            tree: Frontier::default(),
            before: (Frontier::default(), HashMap::new()),
            answered: HashSet::new(),
            closes: HashMap::new(),
            decisions: 0,
            other_rules: 0,
        }
    }

    fn entry(&mut self, entry: Entry) -> Result<(), Tampered> {
        let position = entry.happened.recorded.position;
        self.tree.append(entry.happened.recorded.leaf);
        // An append that ends before a faulty entry comes first in the log, and so does its fault.
        let ended = self.appends.push(entry.happened);
        if let Some(what) = entry.fault {
            let earlier =
                ended.into_iter().filter(|append| append.iter().all(|one| one.recorded.position < position));
            for append in earlier {
                self.append(&append)?;
            }
            return Err(ruled_out(position, what.to_owned()));
        }
        ended.iter().try_for_each(|append| self.append(append))
    }

    fn append(&mut self, append: &[Happened]) -> Result<(), Tampered> {
        let Some(first) = append.first() else { return Ok(()) };
        let position = first.recorded.position;
        if let Some(message) = &first.recorded.message {
            let name = Hash::of(format!("{}\n{}", message.source, message.id).as_bytes());
            let mut key = [0; 16];
            key.copy_from_slice(&name.0[..16]);
            if !self.answered.insert(key) {
                return Err(ruled_out(position, "the message was answered before".into()));
            }
        }
        match self.replay.ask(append, Position(position.0 - 1)) {
            Answer::Same { other_rules } => self.other_rules += u64::from(other_rules),
            Answer::Refused(refusal) => {
                let what = format!("the rules refuse it: {}", refusal.reason().as_str());
                return Err(ruled_out(position, what));
            }
            Answer::Otherwise(events) => return Err(otherwise(append, &events)),
            Answer::Unaskable(what) => return Err(ruled_out(position, what.to_owned())),
        }
        for one in append {
            self.beside_the_rules(one)?;
            let actor = &one.recorded.actor.name;
            self.replay.apply(&one.event, actor).ok_or_else(|| {
                ruled_out(one.recorded.position, "it does not follow from what was before".into())
            })?;
        }
        for one in append {
            let Recorded { stream, version, leaf, .. } = &*one.recorded;
            self.before.0.append(*leaf);
            self.before.1.insert(stream.clone(), (*version, *leaf));
            self.replay.keep(one.recorded.position);
        }
        self.decisions += 1;
        Ok(())
    }

    /// What the engine sees to, because a rule knows neither places nor hashes.
    fn beside_the_rules(&mut self, one: &Happened) -> Result<(), Tampered> {
        let position = one.recorded.position;
        let wrong = |what: &str| Err(ruled_out(position, what.to_owned()));
        match &one.event {
            Event::QuarterClosed(closed) => {
                self.closes.insert((closed.quarter, closed.edition), position);
                let Some(attested) = &closed.attested else {
                    return wrong("the close does not say what the ledger was before it");
                };
                if attested.rules != self.rules_hash {
                    self.other_rules += 1;
                }
                match self.attestation_fault(closed, attested) {
                    Some(what) => wrong(what),
                    None => Ok(()),
                }
            }
            Event::ReportBuilt(built) => {
                let close = self.closes.get(&(built.quarter, built.edition));
                if close.map(|close| close.0) == Some(built.built_at_position) {
                    Ok(())
                } else {
                    wrong("the document was not built at the close of its edition")
                }
            }
            _only_what_the_rules_say => Ok(()),
        }
    }

    fn attestation_fault(&self, closed: &QuarterClosed, attested: &Attestation) -> Option<&'static str> {
        let (tree, tips) = &self.before;
        if (attested.position, &attested.root) != (tree.size(), &tree.root().to_string()) {
            return Some("the close says another position or root than the log had before it");
        }
        let mut streams: Vec<StreamTip> = tips
            .iter()
            .map(|(stream, (version, leaf))| StreamTip {
                stream: stream.clone(),
                version: *version,
                leaf: *leaf,
            })
            .collect();
        streams.sort_unstable_by(|one, other| one.stream.cmp(&other.stream));
        let root: Frontier = streams.iter().map(StreamTip::leaf_hash).collect();
        if (attested.streams, &attested.streams_root) != (root.size(), &root.root().to_string()) {
            return Some("the close says of the streams what they were not before it");
        }
        let desk = self.replay.world.desk(closed.quarter)?;
        let state = state_root(closed.quarter, desk).to_string();
        (attested.state_root != state).then_some("the close says of its records what they were not before it")
    }

    fn end(mut self) -> Result<Ruled, Tampered> {
        if let Some(append) = self.appends.end() {
            self.append(&append)?;
        }
        let (position, root) = (Position(self.tree.size()), self.tree.root());
        Ok(Ruled { position, root, decisions: self.decisions, other_rules: self.other_rules })
    }
}

fn ruled_out(position: Position, what: String) -> Tampered {
    Tampered { position, defence: Defence::Rules, what }
}

/// Tells the first event that the rules decide otherwise, and in what.
fn otherwise(append: &[Happened], decided: &[Event]) -> Tampered {
    let differs = |(one, event): &(&Happened, &Event)| one.event != **event;
    let Some((one, event)) = append.iter().zip(decided).find(differs) else {
        let last = append.last().map_or(Position::START, |last| last.recorded.position);
        let roles = append.len() == decided.len();
        let what = if roles {
            "the actor has another role than the rules ask for"
        } else {
            "the rules decide more events or fewer"
        };
        return ruled_out(last, what.into());
    };
    let value = |event: &Event| event.data().unwrap_or(Value::Null);
    let fields = differences(&value(&one.event), &value(event));
    let told = fields.iter().take(TOLD_MAX).map(|FieldChange { field, from, to }| {
        let say = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), Value::to_string);
        format!("{field} is {} and should be {}", say(from), say(to))
    });
    let told = told.collect::<Vec<_>>().join("; ");
    ruled_out(one.recorded.position, format!("the rules decide otherwise: {told}"))
}
