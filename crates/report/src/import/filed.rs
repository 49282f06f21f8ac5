//! What is filed already, and how a record of a file is compared with it: by what would be printed, since a file says no
//! more.

use std::collections::{BTreeMap, BTreeSet};

use svod_domain::guard::composed;
use svod_domain::{Activity, MunicipalityCode, Participant, Quarter, SubmissionId, Version};
use svod_engine::{BoardState, EngineError, Reader, SubmissionCard, SubmissionFilter, SubmissionState};
use svod_text::typography::typeset;

use crate::model;

/// Submissions of one page of the view.
const PAGE: u32 = 500;

/// The fields that a file can say, as the contract names them.
const FIELDS: [&str; 5] = ["title", "place", "dates", "content", "participants"];

/// An activity as the document prints it, by [`FIELDS`].
pub(crate) type Printed = [String; 5];

/// What is filed for the quarter by those of whom a file speaks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filed {
    cards: Vec<SubmissionCard>,
    /// Versions before the present one.
    pub(super) earlier: BTreeMap<SubmissionId, Vec<Activity>>,
    pub(super) declared: BTreeSet<MunicipalityCode>,
}

impl Filed {
    /// Reads what these municipalities filed.
    pub(crate) async fn read(
        reader: &Reader,
        quarter: Quarter,
        municipalities: &BTreeSet<MunicipalityCode>,
    ) -> Result<Self, EngineError> {
        let mut filed = Self::default();
        for municipality in municipalities {
            let filter = SubmissionFilter { state: None, municipality: Some(*municipality) };
            let mut after: Option<String> = None;
            loop {
                let page = reader.submissions(quarter, &filter, after.as_deref(), PAGE).await?;
                filed.cards.extend(page.items);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        let corrected = filed.cards.iter().filter(|card| card.version > Version::FIRST);
        for id in corrected.map(|card| card.submission_id).collect::<Vec<_>>() {
            let Some(history) = reader.history(id).await? else { continue };
            let mut versions: Vec<Activity> =
                history.versions.into_iter().map(|version| version.activity).collect();
            versions.pop();
            filed.earlier.insert(id, versions);
        }
        let board = reader.board(quarter).await?;
        let rows = board.into_iter().flat_map(|board| board.rows);
        let nil = rows.filter(|row| row.state == BoardState::Nil).map(|row| row.municipality);
        filed.declared = nil.filter(|municipality| municipalities.contains(municipality)).collect();
        Ok(filed)
    }

    /// These and nothing else.
    #[cfg(test)]
    pub(super) fn of(cards: Vec<SubmissionCard>) -> Self {
        Self { cards, ..Self::default() }
    }

    /// Those that are not taken back.
    pub(crate) fn live(&self) -> impl Iterator<Item = &SubmissionCard> {
        self.cards.iter().filter(|card| card.state != SubmissionState::Withdrawn)
    }

    /// One of them, taken back or not.
    pub(crate) fn find(&self, id: SubmissionId) -> Option<&SubmissionCard> {
        self.cards.iter().find(|card| card.submission_id == id)
    }

    /// Whether the municipality states that there was nothing.
    pub(crate) fn has_declared(&self, municipality: MunicipalityCode) -> bool {
        self.declared.contains(&municipality)
    }

    /// Whether an earlier version of the submission printed the same.
    pub(crate) fn was_once(&self, id: SubmissionId, activity: &Activity, quarter: Quarter) -> bool {
        let earlier = self.earlier.get(&id).map(Vec::as_slice).unwrap_or_default();
        earlier.iter().any(|earlier| differences(earlier, activity, quarter).is_empty())
    }
}

/// An activity as the document prints it.
pub(crate) fn printed(activity: &Activity, quarter: Quarter) -> Printed {
    [
        typeset(&activity.title),
        activity.place.as_deref().map(typeset).unwrap_or_default(),
        model::dates(activity, quarter),
        model::content(activity).join("\n"),
        model::participants(&activity.participants),
    ]
    // What was filed before texts were composed at intake looks the same.
    .map(|text| composed(&text).into_owned())
}

/// The fields in which a record of a file differs from what is filed. A name that was destroyed differs from none.
pub(crate) fn differences(filed: &Activity, stated: &Activity, quarter: Quarter) -> Vec<&'static str> {
    let (one, other) = (printed(filed, quarter), printed(stated, quarter));
    let is_gone =
        |field: &str| field == "participants" && filed.participants.iter().any(Participant::is_erased);
    let fields = FIELDS.into_iter().zip(one.iter().zip(&other));
    fields.filter(|(field, (one, other))| one != other && !is_gone(field)).map(|(field, _)| field).collect()
}

/// How many of title, dates and content print the same.
pub(crate) fn likeness(filed: &Printed, stated: &Printed) -> usize {
    [0, 2, 3].into_iter().filter(|field| filed[*field] == stated[*field]).count()
}

/// The correction of what is filed: fields that print the same stay as they were filed, so that what a file cannot say
/// (countries, agreements apart from the content, who is a person) is not lost.
pub(crate) fn carried(filed: &Activity, stated: &Activity, changed: &[&'static str]) -> Activity {
    let is_new = |field| changed.contains(&field);
    let mut activity = filed.clone();
    if is_new("title") {
        activity.title.clone_from(&stated.title);
    }
    if is_new("place") {
        activity.place.clone_from(&stated.place);
    }
    if is_new("dates") {
        activity.dates.clone_from(&stated.dates);
        activity.dates_text.clone_from(&stated.dates_text);
    }
    if is_new("content") {
        activity.content.clone_from(&stated.content);
        activity.agreements.clone_from(&stated.agreements);
    }
    if is_new("participants") {
        activity.participants.clone_from(&stated.participants);
    }
    activity
}
