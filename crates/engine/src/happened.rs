//! Events and their streams: what goes into the log, and what is read back.

use std::sync::Arc;

use jiff::Timestamp;
use svod_domain::calendar::TermRule;
use svod_domain::{Event, MunicipalityCode, Quarter, SubmissionId};
use svod_log::{NewEvent, Position, Recorded, StreamId};
use uuid::Uuid;

use crate::EngineError;

/// The shape that events are written in now.
pub(crate) const SCHEMA: u16 = 1;

/// An event of the log, decoded.
#[derive(Clone, Debug)]
pub struct Happened {
    /// The fact.
    pub event: Event,
    /// Its place, time and actor.
    pub recorded: Arc<Recorded>,
}

impl Happened {
    /// Decodes an entry.
    pub fn decode(recorded: Arc<Recorded>) -> Result<Self, EngineError> {
        let event = Self::event(recorded.position, &recorded.kind, recorded.data.get())?;
        Ok(Self { event, recorded })
    }

    /// The event of this name and payload at this position.
    pub(crate) fn event(position: Position, kind: &str, data: &str) -> Result<Event, EngineError> {
        let impossible = |what: String| EngineError::ImpossibleHistory { position, what };
        match Event::read(kind, data) {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(impossible(format!("{kind} cannot be read: {error}"))),
            None => Err(impossible(format!("no event is called {kind}"))),
        }
    }
}

/// The event as the log takes it.
pub(crate) fn new_event(event: &Event, terms: &TermRule) -> Result<NewEvent, EngineError> {
    let data = event.data().map_err(|source| EngineError::Encode { what: "an event", source })?;
    let (kind, valid_at) = (event.kind().to_owned(), valid_at(event, terms));
    Ok(NewEvent { stream: stream(event), kind, schema: SCHEMA, data, valid_at })
}

/// From when on a fact holds that is recorded at another moment: a close from its time, what the register says from the
/// beginning of its first day.
pub(crate) fn valid_at(event: &Event, terms: &TermRule) -> Option<Timestamp> {
    match event {
        Event::QuarterClosed(closed) => Some(closed.closed_at),
        Event::MunicipalityRegistered(registered) => terms.start_of(registered.from),
        Event::MunicipalityRenamed(renamed) => terms.start_of(renamed.from),
        Event::MunicipalityRetired(retired) => terms.start_of(retired.from),
        _from_the_moment_it_is_recorded => None,
    }
}

/// The stream that an event belongs to.
pub(crate) fn stream(event: &Event) -> StreamId {
    match event {
        Event::ActivitySubmitted(_)
        | Event::ActivityCorrected(_)
        | Event::ActivityReturned(_)
        | Event::ActivityApproved(_)
        | Event::ApprovalRevoked(_)
        | Event::ActivityWithdrawn(_) => {
            submission_stream(event.submission().expect("these events name their submission"))
        }
        Event::NothingDeclared(event) => nil_stream(event.quarter, event.municipality),
        Event::QuarterOpened(event) => quarter_stream(event.quarter),
        Event::QuarterMoved(event) => quarter_stream(event.quarter),
        Event::QuarterSelected(event) => quarter_stream(event.quarter),
        Event::QuarterClosed(event) => quarter_stream(event.quarter),
        Event::QuarterReopened(event) => quarter_stream(event.quarter),
        Event::ReportBuilt(event) => report_stream(event.quarter),
        Event::MunicipalityRegistered(event) => municipality_stream(event.municipality),
        Event::MunicipalityRenamed(event) => municipality_stream(event.municipality),
        Event::ErasureRequested(event) => erasure_stream(event.erasure_id),
        Event::ErasureCompleted(event) => erasure_stream(event.erasure_id),
        Event::PersonErased(event) => person_stream(event.person),
        Event::MunicipalityRetired(event) => municipality_stream(event.municipality),
    }
}

/// Begins the names of all streams of quarters.
pub(crate) const QUARTERS: &str = "quarter-";
/// Begins the names of all streams of municipalities.
pub const MUNICIPALITIES: &str = "municipality-";

/// Begins the names of all streams of persons: empty, until the person is erased.
pub(crate) const PERSONS: &str = "person-";

/// What the streams of erasures begin with.
pub(crate) const ERASURES: &str = "erasure-";

pub(crate) fn erasure_stream(erasure: Uuid) -> StreamId {
    named(format!("{ERASURES}{erasure}"))
}

pub(crate) fn person_stream(person: Uuid) -> StreamId {
    named(format!("{PERSONS}{person}"))
}

fn named(name: String) -> StreamId {
    StreamId::try_new(name).expect("names of streams are made of codes, quarters and UUIDs")
}

pub(crate) fn submission_stream(id: SubmissionId) -> StreamId {
    named(format!("submission-{id}"))
}

pub(crate) fn quarter_stream(quarter: Quarter) -> StreamId {
    named(format!("{QUARTERS}{quarter}"))
}

pub(crate) fn nil_stream(quarter: Quarter, municipality: MunicipalityCode) -> StreamId {
    named(format!("nil-{quarter}-{municipality}"))
}

pub(crate) fn report_stream(quarter: Quarter) -> StreamId {
    named(format!("report-{quarter}"))
}

pub(crate) fn municipality_stream(municipality: MunicipalityCode) -> StreamId {
    named(format!("{MUNICIPALITIES}{municipality}"))
}
