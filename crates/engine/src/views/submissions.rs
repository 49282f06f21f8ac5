//! Submissions of a quarter, one document each, which tells where it stands and where in the log is what was filed. Key:
//! `2020-Q2/66701000/<id>`, so that a quarter or a municipality is a range.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use svod_domain::{Activity, Event, MunicipalityCode, Quarter, SubmissionId, Version};

use super::Projection;
use crate::Happened;

/// Where a submission stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubmissionState {
    /// It waits for review.
    Submitted,
    /// It waits for a correction.
    Returned,
    /// Its present version is approved.
    Approved,
    /// The municipality took it back.
    Withdrawn,
}

impl SubmissionState {
    /// The state that an event leads to, if it is one of a submission.
    pub(crate) fn after(event: &Event) -> Option<Self> {
        match event {
            Event::ActivitySubmitted(_) | Event::ActivityCorrected(_) | Event::ApprovalRevoked(_) => {
                Some(Self::Submitted)
            }
            Event::ActivityReturned(_) => Some(Self::Returned),
            Event::ActivityApproved(_) => Some(Self::Approved),
            Event::ActivityWithdrawn(_) => Some(Self::Withdrawn),
            _other => None,
        }
    }
}

impl std::str::FromStr for SubmissionState {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "submitted" => Ok(Self::Submitted),
            "returned" => Ok(Self::Returned),
            "approved" => Ok(Self::Approved),
            "withdrawn" => Ok(Self::Withdrawn),
            _ => Err(()),
        }
    }
}

/// A submission as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubmissionCard {
    /// Its id.
    pub submission_id: SubmissionId,
    /// Whose.
    pub municipality: MunicipalityCode,
    /// For which quarter.
    pub quarter: Quarter,
    /// Where it stands.
    pub state: SubmissionState,
    /// The present version.
    pub version: Version,
    /// Whether it came after the filing deadline.
    pub late: bool,
    /// The present version's activity.
    pub activity: Activity,
    /// When it was filed.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub filed_at: Timestamp,
    /// When something was done to it last.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub changed_at: Timestamp,
    /// Where the last of its events stands in the log.
    pub position: u64,
}

impl SubmissionCard {
    /// The card after an event.
    pub(crate) fn evolve(card: Option<Self>, happened: &Happened) -> Option<Self> {
        let at = happened.recorded.recorded_at;
        let position = happened.recorded.position.0;
        let mut card = match (&happened.event, card) {
            (Event::ActivitySubmitted(event), _) => Self {
                submission_id: event.submission_id,
                municipality: event.municipality,
                quarter: event.quarter,
                state: SubmissionState::Submitted,
                version: event.version,
                late: event.late,
                activity: event.activity.clone(),
                filed_at: at,
                changed_at: at,
                position,
            },
            (_, Some(card)) => card,
            (_, None) => return None,
        };
        if let Event::ActivityCorrected(event) = &happened.event {
            card.version = event.version;
            card.activity = event.activity.clone();
        }
        card.state = SubmissionState::after(&happened.event).unwrap_or(card.state);
        (card.changed_at, card.position) = (at, position);
        Some(card)
    }
}

/// Submissions with what was filed: folded where it is asked for, kept nowhere.
pub(crate) struct Submissions;

impl Projection for Submissions {
    type View = SubmissionCard;
    const NAME: &'static str = "submission-cards";
    const VERSION: u16 = 1;

    fn keys(happened: &Happened) -> Vec<String> {
        submission_key(&happened.event).into_iter().collect()
    }

    fn evolve(view: Option<SubmissionCard>, happened: &Happened) -> Option<SubmissionCard> {
        SubmissionCard::evolve(view, happened)
    }
}

/// Where a submission stands, as it is kept. What was filed stands in the log and nowhere else: a view that repeated it would be
/// several times as large as the log, and so would be the time to build it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    pub(crate) state: SubmissionState,
    pub(crate) version: Version,
    pub(crate) late: bool,
    /// Where its filing stands in the log: the order of recording.
    pub(crate) filed: u64,
    pub(crate) filed_at: Timestamp,
    /// Where the present version stands in the log.
    pub(crate) written: u64,
    pub(crate) changed_at: Timestamp,
    pub(crate) position: u64,
}

impl Standing {
    /// The card of the submission of this key, which filed this. `None`: it is no key.
    pub(crate) fn card(self, key: &str, activity: Activity) -> Option<SubmissionCard> {
        let Self { state, version, late, filed_at, changed_at, position, .. } = self;
        let (quarter, municipality, submission_id) = parts(key)?;
        Some(SubmissionCard {
            submission_id,
            municipality,
            quarter,
            state,
            version,
            late,
            activity,
            filed_at,
            changed_at,
            position,
        })
    }
}

/// The projection.
pub(crate) struct Standings;

impl Projection for Standings {
    type View = Standing;
    const NAME: &'static str = "submissions";
    const VERSION: u16 = 2;

    fn keys(happened: &Happened) -> Vec<String> {
        submission_key(&happened.event).into_iter().collect()
    }

    fn evolve(view: Option<Standing>, happened: &Happened) -> Option<Standing> {
        let (at, position) = (happened.recorded.recorded_at, happened.recorded.position.0);
        let mut standing = match (&happened.event, view) {
            (Event::ActivitySubmitted(event), _) => Standing {
                state: SubmissionState::Submitted,
                version: event.version,
                late: event.late,
                filed: position,
                filed_at: at,
                written: position,
                changed_at: at,
                position,
            },
            (_, Some(standing)) => standing,
            (_, None) => return None,
        };
        if let Event::ActivityCorrected(event) = &happened.event {
            (standing.version, standing.written) = (event.version, position);
        }
        standing.state = SubmissionState::after(&happened.event).unwrap_or(standing.state);
        (standing.changed_at, standing.position) = (at, position);
        Some(standing)
    }
}

/// The key of the submission that an event speaks of.
pub(crate) fn submission_key(event: &Event) -> Option<String> {
    let (quarter, municipality, id) = (event.quarter()?, event.municipality()?, event.submission()?);
    Some(format!("{quarter}/{municipality}/{id}"))
}

/// What a key names.
fn parts(key: &str) -> Option<(Quarter, MunicipalityCode, SubmissionId)> {
    let mut parts = key.splitn(3, '/');
    let quarter = parts.next()?.parse().ok()?;
    let municipality = parts.next()?.parse().ok()?;
    Some((quarter, municipality, SubmissionId(parts.next()?.parse().ok()?)))
}
