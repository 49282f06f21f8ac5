//! The submissions of a past state. Only where each stands is kept; what was filed is read again when the state is written, as the log
//! writes it, which is canonical already. So a state of millions is neither held in memory nor written anew.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use svod_domain::{MunicipalityCode, Quarter, SubmissionId, Version};
use svod_log::{Glance, Hash, Position, Store};

use crate::ahead::glances;
use crate::views::{SubmissionState, cell_key};
use crate::{EngineError, Happened};

/// Events that bring the whole of an activity.
const WITH_ACTIVITY: [&str; 2] = ["activity-submitted", "activity-corrected"];

/// An entry, read as far as a state needs it.
pub(super) enum Read {
    /// What was filed or corrected.
    Filed(Place, Box<Filed>),
    /// What was done to what was filed.
    Done(Place, Done),
    /// Everything else.
    Other(Box<Happened>),
}

/// Where and when.
#[derive(Clone, Copy)]
pub(super) struct Place {
    position: Position,
    at: Timestamp,
    leaf: Hash,
}

/// A version of a submission: what both events that bring one say of it.
pub(super) struct Filed {
    submission_id: SubmissionId,
    municipality: MunicipalityCode,
    quarter: Quarter,
    version: Version,
    /// Only the first version says it.
    late: Option<bool>,
}

/// What became of a submission.
pub(super) struct Done {
    submission: SubmissionId,
    quarter: Option<Quarter>,
    state: SubmissionState,
}

impl Filed {
    /// Reads it without building the activity, which is most of it.
    fn read(entry: &Glance<'_>) -> Result<Self, EngineError> {
        Ok(Self {
            submission_id: must(entry, "submission_id")?,
            municipality: must(entry, "municipality")?,
            quarter: must(entry, "quarter")?,
            version: must(entry, "version")?,
            late: may(entry, "late")?,
        })
    }

    /// The cell of the board that the first version of a submission fills.
    pub(super) fn cell(&self) -> Option<String> {
        self.late.map(|_first| cell_key(self.quarter, self.municipality))
    }
}

impl Read {
    pub(super) fn glance(entry: &Glance<'_>) -> Result<Self, EngineError> {
        let place = Place { position: entry.position, at: entry.recorded_at, leaf: entry.leaf };
        if WITH_ACTIVITY.contains(&entry.kind) {
            return Ok(Self::Filed(place, Box::new(Filed::read(entry)?)));
        }
        let event = Happened::event(entry.position, entry.kind, entry.data)?;
        match (event.submission(), SubmissionState::after(&event)) {
            (Some(submission), Some(state)) => {
                Ok(Self::Done(place, Done { submission, quarter: event.quarter(), state }))
            }
            _of_another_kind => Ok(Self::Other(Box::new(Happened { event, recorded: entry.recorded()? }))),
        }
    }

    pub(super) fn leaf(&self) -> Hash {
        match self {
            Self::Filed(place, _) | Self::Done(place, _) => place.leaf,
            Self::Other(happened) => happened.recorded.leaf,
        }
    }

    pub(super) fn position(&self) -> Position {
        match self {
            Self::Filed(place, _) | Self::Done(place, _) => place.position,
            Self::Other(happened) => happened.recorded.position,
        }
    }

    pub(super) fn quarter(&self) -> Option<Quarter> {
        match self {
            Self::Filed(_, filed) => Some(filed.quarter),
            Self::Done(_, done) => done.quarter,
            Self::Other(happened) => happened.event.quarter(),
        }
    }
}

/// A member of the payload, if it is there.
fn may<T: DeserializeOwned>(entry: &Glance<'_>, name: &str) -> Result<Option<T>, EngineError> {
    let found = entry.members.iter().find(|(key, _)| *key == name);
    let read = found.map(|(_, value)| serde_json::from_str(value)).transpose();
    read.map_err(|error| impossible(entry, &error))
}

/// One that must be there.
fn must<T: DeserializeOwned>(entry: &Glance<'_>, name: &'static str) -> Result<T, EngineError> {
    may(entry, name)?.ok_or_else(|| impossible(entry, &format_args!("the member {name} is missing")))
}

fn impossible(entry: &Glance<'_>, error: &dyn Display) -> EngineError {
    let what = format!("{} cannot be read: {error}", entry.kind);
    EngineError::ImpossibleHistory { position: entry.position, what }
}

/// A submission as it stood; but for the activity and where that stands, its members are written in this order, the canonical
/// one: those of [`crate::views::SubmissionCard`].
#[derive(Serialize)]
pub(super) struct Record {
    /// The entry with the present version's activity.
    #[serde(skip)]
    filed: Position,
    changed_at: Timestamp,
    filed_at: Timestamp,
    late: bool,
    municipality: MunicipalityCode,
    position: u64,
    quarter: Quarter,
    state: SubmissionState,
    submission_id: SubmissionId,
    version: Version,
}

/// The whole of it, as it is written.
#[derive(Serialize)]
struct Card<'a> {
    activity: &'a RawValue,
    #[serde(flatten)]
    record: &'a Record,
}

/// Entries between two that are wanted which are rather read and dropped than passed over by another read.
const DROPPED_MAX: u64 = 100;

/// All of them.
#[derive(Default)]
pub(super) struct Records(HashMap<SubmissionId, Record>);

impl Records {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a version in.
    pub(super) fn file(&mut self, place: Place, filed: &Filed) {
        let Filed { submission_id, municipality, quarter, version, late } = *filed;
        let (at, position, state) = (place.at, place.position.0, SubmissionState::Submitted);
        if let Some(late) = late {
            let record = Record {
                filed: place.position,
                changed_at: at,
                filed_at: at,
                late,
                municipality,
                position,
                quarter,
                state,
                submission_id,
                version,
            };
            self.0.insert(submission_id, record);
        } else if let Some(record) = self.0.get_mut(&submission_id) {
            (record.filed, record.version, record.state) = (place.position, version, state);
            (record.changed_at, record.position) = (at, position);
        }
    }

    /// What was done to a version.
    pub(super) fn follow(&mut self, place: Place, done: &Done) {
        if let Some(record) = self.0.get_mut(&done.submission) {
            record.state = done.state;
            (record.changed_at, record.position) = (place.at, place.position.0);
        }
    }

    /// The same by quarter.
    pub(super) fn by_quarter(self) -> BTreeMap<Quarter, Vec<Record>> {
        let mut quarters = BTreeMap::<_, Vec<_>>::new();
        for record in self.0.into_values() {
            quarters.entry(record.quarter).or_default().push(record);
        }
        quarters
    }
}

/// Writes those of a quarter as members of an object, in the order of their keys, which are those of the view of submissions.
/// What was filed is read again.
pub(super) async fn written(store: &Arc<dyn Store>, records: Vec<Record>) -> Result<Vec<u8>, EngineError> {
    let key =
        |record: &Record| format!("{}/{}/{}", record.quarter, record.municipality, record.submission_id);
    let mut records: Vec<(String, Record)> =
        records.into_iter().map(|record| (key(&record), record)).collect();
    records.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    let filed = activities(store, records.iter().map(|(_, record)| record.filed).collect()).await?;
    let mut out = vec![];
    for (key, record) in &records {
        let Some(activity) = filed.get(&record.filed) else {
            let what = "what was filed is not there any more".to_owned();
            return Err(EngineError::ImpossibleHistory { position: record.filed, what });
        };
        if !out.is_empty() {
            out.push(b',');
        }
        out.extend_from_slice(format!("\"{key}\":").as_bytes());
        serde_json::to_writer(&mut out, &Card { activity, record })
            .map_err(|source| EngineError::Encode { what: "a state", source })?;
    }
    Ok(out)
}

/// What was filed at these positions: they lie together mostly, and so they are read.
async fn activities(
    store: &Arc<dyn Store>,
    mut wanted: Vec<Position>,
) -> Result<HashMap<Position, Box<RawValue>>, EngineError> {
    wanted.sort_unstable();
    let mut found = HashMap::with_capacity(wanted.len());
    for run in wanted.chunk_by(|one, next| next.0 - one.0 <= DROPPED_MAX) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let mut pages = glances(store, Position(first.0 - 1), *last, content);
        while let Some(page) = pages.next().await? {
            found.extend(page.into_iter().flatten());
        }
    }
    Ok(found)
}

fn content(entry: &Glance<'_>) -> Result<Option<(Position, Box<RawValue>)>, EngineError> {
    if !WITH_ACTIVITY.contains(&entry.kind) {
        return Ok(None);
    }
    let activity = must(entry, "activity")?;
    Ok(Some((entry.position, activity)))
}
