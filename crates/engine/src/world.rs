//! What decisions are made on: states folded from the log, each with the version it stands at.
//!
//! Only quarters that are asked for are held, so memory follows the open quarters and not the length of the log. A
//! decision is applied here at once, before it is recorded, so that the next one sees it, of the same batch or of the
//! one that is decided while that is written; what the store then does not record is undone and read from the log instead.

use std::collections::HashMap;

use svod_domain::erasure::Erasure;
use svod_domain::municipality::Municipality;
use svod_domain::nil_return::NilReturn;
use svod_domain::quarter::QuarterState;
use svod_domain::report::Reports;
use svod_domain::submission::Submission;
use svod_domain::{Event, MunicipalityCode, Quarter, SubmissionId};
use svod_log::{Position, READ_MAX, Recorded, Store, Version};
use uuid::Uuid;

use crate::happened::{MUNICIPALITIES, erasure_stream, person_stream, quarter_stream, submission_stream};
use crate::{EngineError, Happened};

/// Most quarters held at once: the open ones are one or two, the rest is curiosity about old ones.
const DESKS_MAX: usize = 16;

/// A state and the version of the stream that it stands at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Versioned<T> {
    pub(crate) state: T,
    pub(crate) version: Version,
}

/// Everything about one quarter that decisions need.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    pub(crate) quarter: Versioned<QuarterState>,
    pub(crate) reports: Versioned<Reports>,
    submissions: HashMap<SubmissionId, Versioned<Submission>>,
    /// Ids in the order of filing.
    filed: Vec<SubmissionId>,
    nil: HashMap<MunicipalityCode, Versioned<NilReturn>>,
    /// When it was last read for or changed, in batches that something was read for.
    used: u64,
}

impl Desk {
    /// Every submission, in the order of filing.
    pub(crate) fn submissions(&self) -> impl Iterator<Item = &Submission> {
        self.filed.iter().filter_map(|id| Some(&self.submissions.get(id)?.state))
    }

    /// What a municipality has, as far as a nil return cares.
    pub(crate) fn nil(&self, municipality: MunicipalityCode) -> Versioned<NilReturn> {
        self.nil.get(&municipality).cloned().unwrap_or_default()
    }

    /// The municipalities whose word it is that they have nothing.
    pub(crate) fn declared(&self) -> impl Iterator<Item = MunicipalityCode> {
        self.nil.iter().filter(|(_, nil)| nil.state.declared).map(|(code, _)| *code)
    }

    fn take_back(&mut self, change: DeskUndo) {
        match change {
            DeskUndo::Quarter(before) => self.quarter = before,
            DeskUndo::Reports(before) => self.reports = before,
            DeskUndo::Nil(code, before) => restore(&mut self.nil, code, before),
            DeskUndo::Submission(id, before) => {
                if before.is_none() {
                    self.filed.retain(|filed| *filed != id);
                }
                restore(&mut self.submissions, id, before);
            }
        }
    }
}

/// A state as it was before a provisional change.
enum Undo {
    Unit(MunicipalityCode, Option<Versioned<Municipality>>),
    Erasure(Uuid, Option<HeldErasure>),
    Desk(Quarter, DeskUndo),
}

/// A state of one quarter as it was before a provisional change.
enum DeskUndo {
    Quarter(Versioned<QuarterState>),
    Reports(Versioned<Reports>),
    Nil(MunicipalityCode, Option<Versioned<NilReturn>>),
    Submission(SubmissionId, Option<Versioned<Submission>>),
}

/// The states, up to `head`.
#[derive(Default)]
pub(crate) struct World {
    head: Position,
    units: Option<HashMap<MunicipalityCode, Versioned<Municipality>>>,
    desks: HashMap<Quarter, Desk>,
    places: HashMap<SubmissionId, Quarter>,
    /// Only those that the last batch asked for that something was read for: there are few, and they are over soon.
    erasures: HashMap<Uuid, HeldErasure>,
    undo: Vec<Undo>,
    batch: u64,
}

/// An erasure, and whether its person was erased.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeldErasure {
    pub(crate) erasure: Versioned<Erasure>,
    /// Whom it is about, as far as that is known.
    pub(crate) about: Option<Uuid>,
    /// Version of the person's stream.
    pub(crate) person: Version,
}

impl World {
    /// Knows nothing yet, of a log that ends at `head`.
    pub(crate) fn at(head: Position) -> Self {
        Self { head, ..Self::default() }
    }

    /// Holds everything, of a log that has not begun: every event is given to it, in order.
    pub(crate) fn whole() -> Self {
        Self { units: Some(HashMap::new()), ..Self::default() }
    }

    /// Holds a quarter of which nothing has happened yet. Only for a world that holds everything.
    pub(crate) fn begin_desk(&mut self, quarter: Quarter) {
        self.desks.entry(quarter).or_default();
    }

    /// Holds an erasure of which nothing has happened yet. Only for a world that holds everything.
    pub(crate) fn begin_erasure(&mut self, id: Uuid) {
        self.erasures.entry(id).or_default();
    }

    /// The position up to which the states are folded, provisional changes not counted.
    pub(crate) fn head(&self) -> Position {
        self.head
    }

    /// Whether the register is held.
    pub(crate) fn holds_units(&self) -> bool {
        self.units.is_some()
    }

    /// A municipality of the register.
    pub(crate) fn unit(&self, code: MunicipalityCode) -> Versioned<Municipality> {
        self.units.as_ref().and_then(|units| units.get(&code)).cloned().unwrap_or_default()
    }

    /// A quarter that has been asked for.
    pub(crate) fn desk(&self, quarter: Quarter) -> Option<&Desk> {
        self.desks.get(&quarter)
    }

    /// A submission and its quarter's desk, as far as the held quarters know it.
    pub(crate) fn submission(&self, id: SubmissionId) -> Option<(&Versioned<Submission>, &Desk)> {
        let desk = self.desks.get(self.places.get(&id)?)?;
        Some((desk.submissions.get(&id)?, desk))
    }

    /// Begins a batch that something is read for: lets quarters go that nobody asked for lately. Nothing may be provisional.
    pub(crate) fn begin_batch(&mut self) {
        self.batch += 1;
        self.erasures.clear();
        while self.desks.len() > DESKS_MAX {
            let oldest = self.desks.iter().min_by_key(|(_, desk)| desk.used).map(|(quarter, _)| *quarter);
            let Some(oldest) = oldest else { return };
            self.desks.remove(&oldest);
            self.places.retain(|_, quarter| *quarter != oldest);
        }
    }

    /// An erasure that was asked for.
    pub(crate) fn erasure(&self, id: Uuid) -> HeldErasure {
        self.erasures.get(&id).cloned().unwrap_or_default()
    }

    /// Holds an erasure: its short stream, and whether its person's holds anything. `about`: whom it will be about, if it is
    /// being asked for.
    pub(crate) async fn hold_erasure(
        &mut self,
        store: &dyn Store,
        id: Uuid,
        about: Option<Uuid>,
    ) -> Result<(), EngineError> {
        if self.erasures.contains_key(&id) {
            return Ok(());
        }
        self.catch_up(store).await?;
        let mut held = HeldErasure::default();
        let mut person = None;
        for recorded in store.read_stream(&erasure_stream(id), Version::NONE, READ_MAX).await? {
            if recorded.position > self.head {
                break;
            }
            let happened = Happened::decode(recorded)?;
            let actor = &happened.recorded.actor.name;
            let state = held.erasure.state.evolve(&happened.event, actor);
            held.erasure.state = state.ok_or_else(|| impossible(&happened.recorded))?;
            held.erasure.version = happened.recorded.version;
            person = person.or(held.erasure.state.person());
        }
        held.about = person.or(about);
        if let Some(person) = held.about {
            let erased = store.read_stream(&person_stream(person), Version::NONE, READ_MAX).await?;
            let erased = erased.iter().take_while(|recorded| recorded.position <= self.head);
            held.person = erased.last().map_or(Version::NONE, |recorded| recorded.version);
        }
        self.erasures.insert(id, held);
        Ok(())
    }

    /// Holds the register.
    pub(crate) async fn hold_units(&mut self, store: &dyn Store) -> Result<(), EngineError> {
        if self.units.is_some() {
            return Ok(());
        }
        self.catch_up(store).await?;
        let head = self.head;
        let mut units = HashMap::new();
        let mut after: Option<String> = None;
        loop {
            let page = store.streams(MUNICIPALITIES, after.as_deref(), READ_MAX).await?;
            for found in &page {
                for recorded in store.read_stream(&found.stream, Version::NONE, READ_MAX).await? {
                    if recorded.position <= head {
                        evolve_unit(&mut units, &Happened::decode(recorded)?)?;
                    }
                }
            }
            match page.last() {
                Some(last) => after = Some(last.stream.as_str().to_owned()),
                None => break,
            }
        }
        self.units = Some(units);
        Ok(())
    }

    /// Holds a quarter: reads the log from its opening on.
    pub(crate) async fn hold_desk(&mut self, store: &dyn Store, quarter: Quarter) -> Result<(), EngineError> {
        let batch = self.batch;
        if let Some(desk) = self.desks.get_mut(&quarter) {
            desk.used = batch;
            return Ok(());
        }
        self.catch_up(store).await?;
        self.desks.insert(quarter, Desk { used: batch, ..Desk::default() });
        let filled = self.fill_desk(store, quarter).await;
        if filled.is_err() {
            // Half a desk would lie; the next one who asks reads it anew.
            self.desks.remove(&quarter);
            self.places.retain(|_, place| *place != quarter);
        }
        self.undo.retain(|undo| undo.quarter() != Some(quarter));
        filled
    }

    async fn fill_desk(&mut self, store: &dyn Store, quarter: Quarter) -> Result<(), EngineError> {
        let opening = store.read_stream(&quarter_stream(quarter), Version::NONE, 1).await?;
        let Some(opening) = opening.first() else { return Ok(()) };
        let mut after = Position(opening.position.0 - 1);
        let end = self.head;
        while after < end {
            let page = store.read(after, READ_MAX).await?;
            let Some(last) = page.last().map(|recorded| recorded.position) else { break };
            for recorded in page.into_iter().filter(|recorded| recorded.position <= end) {
                if recorded.stream.as_str().starts_with(MUNICIPALITIES) {
                    continue;
                }
                let happened = Happened::decode(recorded)?;
                if happened.event.quarter() == Some(quarter) {
                    self.apply_recorded(&happened)?;
                }
            }
            after = last;
        }
        Ok(())
    }

    /// Finds the quarter of a submission that no held quarter knows, and holds it.
    pub(crate) async fn hold_submission(
        &mut self,
        store: &dyn Store,
        id: SubmissionId,
    ) -> Result<(), EngineError> {
        if let Some(quarter) = self.places.get(&id).copied() {
            return self.hold_desk(store, quarter).await;
        }
        let first = store.read_stream(&submission_stream(id), Version::NONE, 1).await?;
        let Some(recorded) = first.into_iter().next() else { return Ok(()) };
        match Happened::decode(recorded)?.event.quarter() {
            Some(quarter) => {
                self.catch_up(store).await?;
                self.hold_desk(store, quarter).await
            }
            None => Ok(()),
        }
    }

    /// Folds in what others have recorded. Must not be called with provisional changes pending.
    pub(crate) async fn catch_up(&mut self, store: &dyn Store) -> Result<(), EngineError> {
        if !self.undo.is_empty() {
            // A batch is being decided: the states stay where they were at its beginning.
            return Ok(());
        }
        loop {
            let page = store.read(self.head, READ_MAX).await?;
            let Some(last) = page.last().map(|recorded| recorded.position) else { return Ok(()) };
            for recorded in page {
                self.apply_recorded(&Happened::decode(recorded)?)?;
            }
            self.undo.clear();
            self.head = last;
        }
    }

    /// How many changes are provisional.
    pub(crate) fn provisional(&self) -> usize {
        self.undo.len()
    }

    /// Keeps the first of the provisional changes: they were recorded, up to `head`.
    pub(crate) fn keep(&mut self, changes: usize, head: Position) {
        self.undo.drain(..changes.min(self.undo.len()));
        self.head = head;
    }

    /// Takes the provisional changes back.
    pub(crate) fn undo(&mut self) {
        while let Some(undo) = self.undo.pop() {
            match undo {
                Undo::Unit(code, before) => {
                    if let Some(units) = &mut self.units {
                        restore(units, code, before);
                    }
                }
                Undo::Erasure(id, before) => restore(&mut self.erasures, id, before),
                Undo::Desk(quarter, change) => {
                    // Without its desk there is nothing to take back, and an empty one would lie.
                    let Some(desk) = self.desks.get_mut(&quarter) else { continue };
                    if let DeskUndo::Submission(id, None) = &change {
                        self.places.remove(id);
                    }
                    desk.take_back(change);
                }
            }
        }
    }

    fn apply_recorded(&mut self, happened: &Happened) -> Result<(), EngineError> {
        self.apply(&happened.event, &happened.recorded.actor.name)
            .ok_or_else(|| impossible(&happened.recorded))
    }

    /// Folds an event in, provisionally. `None`: it cannot have happened.
    pub(crate) fn apply(&mut self, event: &Event, actor: &str) -> Option<()> {
        if let Some(id) = event.erasure() {
            return self.apply_to_erasure(id, event, actor);
        }
        let Some(quarter) = event.quarter() else {
            return self.apply_to_unit(event);
        };
        let Some(desk) = self.desks.get_mut(&quarter) else { return Some(()) };
        desk.used = self.batch;
        if let Some(id) = event.submission() {
            let before = desk.submissions.get(&id).cloned();
            let state = before.clone().unwrap_or_default();
            let after = Versioned { state: state.state.evolve(event, actor)?, version: state.version.next() };
            desk.submissions.insert(id, after);
            if before.is_none() {
                desk.filed.push(id);
                self.places.insert(id, quarter);
            }
            self.undo.push(Undo::Desk(quarter, DeskUndo::Submission(id, before)));
            return self.apply_to_nil(quarter, event);
        }
        match event {
            Event::NothingDeclared(_) => self.apply_to_nil(quarter, event),
            Event::ReportBuilt(_) => {
                let before = desk.reports.clone();
                desk.reports =
                    Versioned { state: before.state.clone().evolve(event)?, version: before.version.next() };
                self.undo.push(Undo::Desk(quarter, DeskUndo::Reports(before)));
                Some(())
            }
            _of_the_quarter_itself => {
                let before = desk.quarter.clone();
                desk.quarter =
                    Versioned { state: before.state.clone().evolve(event)?, version: before.version.next() };
                self.undo.push(Undo::Desk(quarter, DeskUndo::Quarter(before)));
                Some(())
            }
        }
    }

    fn apply_to_nil(&mut self, quarter: Quarter, event: &Event) -> Option<()> {
        let municipality = event.municipality()?;
        let desk = self.desks.get_mut(&quarter)?;
        let before = desk.nil.get(&municipality).cloned();
        let nil = before.clone().unwrap_or_default();
        // Only declarations stand in the stream of the nil return; submissions have their own.
        let declared = matches!(event, Event::NothingDeclared(_));
        let version = if declared { nil.version.next() } else { nil.version };
        desk.nil.insert(municipality, Versioned { state: nil.state.evolve(event)?, version });
        self.undo.push(Undo::Desk(quarter, DeskUndo::Nil(municipality, before)));
        Some(())
    }

    fn apply_to_erasure(&mut self, id: Uuid, event: &Event, actor: &str) -> Option<()> {
        if let Event::PersonErased(erased) = event {
            self.person_erased(erased.person);
            return Some(());
        }
        let Some(before) = self.erasures.get(&id).cloned() else { return Some(()) };
        let mut after = before.clone();
        let state = after.erasure.state.evolve(event, actor)?;
        after.erasure = Versioned { state, version: after.erasure.version.next() };
        after.about = after.erasure.state.person().or(after.about);
        self.erasures.insert(id, after);
        self.undo.push(Undo::Erasure(id, Some(before)));
        Some(())
    }

    /// A person is erased for every erasure that was asked for, whichever it was by.
    fn person_erased(&mut self, person: Uuid) {
        for (id, held) in &mut self.erasures {
            if held.about == Some(person) {
                self.undo.push(Undo::Erasure(*id, Some(held.clone())));
                held.person = held.person.next();
            }
        }
    }

    fn apply_to_unit(&mut self, event: &Event) -> Option<()> {
        let code = event.municipality()?;
        let Some(units) = &mut self.units else { return Some(()) };
        let before = units.get(&code).cloned();
        let unit = before.clone().unwrap_or_default();
        units.insert(code, Versioned { state: unit.state.evolve(event)?, version: unit.version.next() });
        self.undo.push(Undo::Unit(code, before));
        Some(())
    }
}

impl Undo {
    fn quarter(&self) -> Option<Quarter> {
        match self {
            Self::Unit(..) | Self::Erasure(..) => None,
            Self::Desk(quarter, _) => Some(*quarter),
        }
    }
}

fn evolve_unit(
    units: &mut HashMap<MunicipalityCode, Versioned<Municipality>>,
    happened: &Happened,
) -> Result<(), EngineError> {
    let code = happened.event.municipality().ok_or_else(|| impossible(&happened.recorded))?;
    let unit = units.remove(&code).unwrap_or_default();
    let state = unit.state.evolve(&happened.event).ok_or_else(|| impossible(&happened.recorded))?;
    units.insert(code, Versioned { state, version: unit.version.next() });
    Ok(())
}

fn restore<K: std::hash::Hash + Eq, T>(map: &mut HashMap<K, T>, key: K, before: Option<T>) {
    match before {
        Some(before) => map.insert(key, before),
        None => map.remove(&key),
    };
}

/// No rule could have emitted this.
fn impossible(recorded: &Recorded) -> EngineError {
    EngineError::ImpossibleHistory {
        position: recorded.position,
        what: format!("{} does not follow from what was before", recorded.kind),
    }
}
