//! The submissions of a past state. What was filed stays as the log writes it, which is canonical already: a state of
//! millions is neither built from it nor written anew, only put in order.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use svod_domain::{MunicipalityCode, Quarter, SubmissionId, Version};
use svod_log::{Hash, Position, Recorded};

use crate::views::{SubmissionState, cell_key};
use crate::{EngineError, Happened};

/// Events that bring the whole of an activity.
const WITH_ACTIVITY: [&str; 2] = ["activity-submitted", "activity-corrected"];

/// An entry, read as far as a state needs it.
pub(super) enum Read {
    /// What was filed or corrected.
    Filed(Place, Box<Filed>),
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
#[derive(Deserialize)]
pub(super) struct Filed {
    submission_id: SubmissionId,
    municipality: MunicipalityCode,
    quarter: Quarter,
    version: Version,
    /// Only the first version says it.
    late: Option<bool>,
    activity: Box<RawValue>,
}

impl Filed {
    /// The cell of the board that the first version of a submission fills.
    pub(super) fn cell(&self) -> Option<String> {
        self.late.map(|_first| cell_key(self.quarter, self.municipality))
    }
}

impl Read {
    pub(super) fn decode(recorded: Arc<Recorded>) -> Result<Self, EngineError> {
        if !WITH_ACTIVITY.contains(&recorded.kind.as_str()) {
            return Ok(Self::Other(Box::new(Happened::decode(recorded)?)));
        }
        let place = Place { position: recorded.position, at: recorded.recorded_at, leaf: recorded.leaf };
        let filed = serde_json::from_str(recorded.data.get()).map_err(|error| {
            let what = format!("{} cannot be read: {error}", recorded.kind);
            EngineError::ImpossibleHistory { position: recorded.position, what }
        })?;
        Ok(Self::Filed(place, filed))
    }

    pub(super) fn leaf(&self) -> Hash {
        match self {
            Self::Filed(place, _) => place.leaf,
            Self::Other(happened) => happened.recorded.leaf,
        }
    }

    pub(super) fn position(&self) -> Position {
        match self {
            Self::Filed(place, _) => place.position,
            Self::Other(happened) => happened.recorded.position,
        }
    }

    pub(super) fn quarter(&self) -> Option<Quarter> {
        match self {
            Self::Filed(_, filed) => Some(filed.quarter),
            Self::Other(happened) => happened.event.quarter(),
        }
    }
}

/// A submission as it stood, its members in canonical order: the same as [`crate::views::SubmissionCard`].
#[derive(Serialize)]
pub(super) struct Record {
    activity: Box<RawValue>,
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

/// All of them.
#[derive(Default)]
pub(super) struct Records(HashMap<SubmissionId, Record>);

impl Records {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a version in.
    pub(super) fn file(&mut self, place: Place, filed: Filed) {
        let Filed { submission_id, municipality, quarter, version, late, activity } = filed;
        let (at, position, state) = (place.at, place.position.0, SubmissionState::Submitted);
        if let Some(late) = late {
            let record = Record {
                activity,
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
            (record.activity, record.version, record.state) = (activity, version, state);
            (record.changed_at, record.position) = (at, position);
        }
    }

    /// What was done to a version.
    pub(super) fn follow(&mut self, happened: &Happened) {
        let Some(state) = SubmissionState::after(&happened.event) else { return };
        let record = happened.event.submission().and_then(|id| self.0.get_mut(&id));
        if let Some(record) = record {
            record.state = state;
            (record.changed_at, record.position) =
                (happened.recorded.recorded_at, happened.recorded.position.0);
        }
    }

    /// All of them, in the order of their keys, which are those of the view of submissions.
    pub(super) fn sorted(&self) -> Vec<(String, &Record)> {
        let key =
            |record: &Record| format!("{}/{}/{}", record.quarter, record.municipality, record.submission_id);
        let mut sorted: Vec<_> = self.0.values().map(|record| (key(record), record)).collect();
        sorted.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        sorted
    }
}
