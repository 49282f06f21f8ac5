//! What an import would do: each statement of a file beside what is filed. A record keeps its submission, found by an id that
//! follows from its words, so importing twice changes nothing; what is filed and not in the file is left alone.

use std::collections::{BTreeMap, BTreeSet};

use svod_domain::{Activity, Participant, Quarter, SubmissionId};
use svod_engine::{
    ImportAction, ImportEntry, ImportFinding, ImportPlan, ImportSeverity, SubmissionCard, SubmissionState,
};
use svod_text::reading::{self, Doubt, Outcome, Place, Severity};
use uuid::Uuid;

use super::filed::{Filed, Printed, carried, differences, likeness, printed};
use super::message::{Message, submission_id};
use super::{Finding, Says, Stated};

/// How many of title, dates and content have to be the same for a record to be one that is filed, if its id is another.
const ALIKE_MIN: usize = 2;

/// What an import would do; its messages have no names yet.
pub(crate) struct Draft {
    quarter: Quarter,
    /// Each with its message, if there is something to send.
    pub(crate) entries: Vec<(ImportEntry, Option<Message>)>,
    findings: Vec<ImportFinding>,
}

/// Compares what a file states with what is filed.
pub(crate) fn draft(stated: &[Stated], findings: &[Finding], quarter: Quarter, filed: &Filed) -> Draft {
    let findings = findings.iter().map(told).collect();
    let mut draft = Draft { quarter, entries: vec![], findings };
    let ids = ids(stated, quarter);
    let cards = matched(stated, &ids, quarter, filed);
    for ((stated, id), card) in stated.iter().zip(ids).zip(&cards) {
        match (&stated.says, card) {
            (Says::Activity(activity), Some(card)) => draft.add_filed(stated, activity, card, filed),
            (Says::Activity(activity), None) => draft.add_new(stated, activity, id, filed),
            (Says::Nothing, _) => draft.add_nothing(stated, filed),
        }
    }
    let in_file: BTreeSet<SubmissionId> = cards.iter().flatten().map(|card| card.submission_id).collect();
    let absent = filed.live().filter(|card| !in_file.contains(&card.submission_id));
    draft.entries.extend(absent.map(|card| (absent_entry(card), None)));
    draft
}

impl Draft {
    fn add_new(&mut self, stated: &Stated, activity: &Activity, id: SubmissionId, filed: &Filed) {
        let new = printed(activity, self.quarter);
        let is_alike = |card: &SubmissionCard| {
            card.municipality == stated.municipality && printed(&card.activity, self.quarter)[0] == new[0]
        };
        if filed.live().any(is_alike) {
            self.doubt(&stated.place, &Doubt::Alike);
        }
        let message = Message::submit(id, stated.municipality, self.quarter, activity);
        let mut entry = entry(stated, ImportAction::Submit);
        entry.submission_id = Some(id);
        self.add(stated, entry, Some(message));
    }

    fn add_filed(&mut self, stated: &Stated, activity: &Activity, card: &SubmissionCard, filed: &Filed) {
        let changed = differences(&card.activity, activity, self.quarter);
        let was_once = || filed.was_once(card.submission_id, activity, self.quarter);
        let is_erased = card.activity.participants.iter().any(Participant::is_erased);
        let action = match card.state {
            SubmissionState::Withdrawn => ImportAction::Withdrawn,
            _ if changed.is_empty() => ImportAction::Unchanged,
            _ if was_once() || is_erased => ImportAction::Superseded,
            SubmissionState::Approved => ImportAction::Approved,
            SubmissionState::Submitted | SubmissionState::Returned => ImportAction::Correct,
        };
        let message = (action == ImportAction::Correct).then(|| {
            let activity = carried(&card.activity, activity, &changed);
            Message::correct(card.submission_id, card.version, &activity)
        });
        let mut entry = entry(stated, action);
        if action == ImportAction::Superseded && is_erased {
            reading::outcome(Outcome::ErasedSince).clone_into(&mut entry.detail);
        }
        entry.submission_id = Some(card.submission_id);
        (entry.version, entry.changed) = (Some(card.version), changed);
        self.add(stated, entry, message);
    }

    fn add_nothing(&mut self, stated: &Stated, filed: &Filed) {
        if filed.live().any(|card| card.municipality == stated.municipality) {
            self.doubt(&stated.place, &Doubt::NothingWithRecords);
            return;
        }
        let is_declared = filed.has_declared(stated.municipality);
        let action = if is_declared { ImportAction::Unchanged } else { ImportAction::Declare };
        let message = (!is_declared).then(|| Message::none(stated.municipality, self.quarter));
        self.add(stated, entry(stated, action), message);
    }

    /// A message that the contract would refuse is told of before anything is filed.
    fn add(&mut self, stated: &Stated, entry: ImportEntry, message: Option<Message>) {
        if let Some(Err(refusal)) = message.as_ref().map(Message::check) {
            let words = svod_text::refusal(&refusal);
            let detail = format!("{} {}", words.detail, words.action);
            self.doubt(&stated.place, &Doubt::Refused { reason: refusal.reason(), detail });
        }
        self.entries.push((entry, message));
    }

    fn doubt(&mut self, place: &Place, doubt: &Doubt) {
        self.findings.push(told(&Finding::Doubt(place.clone(), doubt.clone())));
    }

    /// The plan, once its messages have names.
    pub(crate) fn finished(self) -> ImportPlan {
        let can_be_filed = self.findings.iter().all(|finding| finding.severity < ImportSeverity::Fault);
        let entries = self.entries.into_iter().map(|(entry, _)| entry).collect();
        ImportPlan { quarter: self.quarter, can_be_filed, entries, findings: self.findings }
    }
}

/// The id of each statement, were it new. Records that differ in persons only are told apart by their order.
fn ids(stated: &[Stated], quarter: Quarter) -> Vec<SubmissionId> {
    let mut repeats: BTreeMap<SubmissionId, u32> = BTreeMap::new();
    let id = |stated: &Stated| match &stated.says {
        Says::Activity(activity) => {
            let first = submission_id(stated.municipality, quarter, activity, 0);
            let repeat = repeats.entry(first).or_default();
            *repeat += 1;
            submission_id(stated.municipality, quarter, activity, *repeat - 1)
        }
        // It is no submission.
        Says::Nothing => SubmissionId(Uuid::nil()),
    };
    stated.iter().map(id).collect()
}

/// The submission that each statement is in the ledger: by its id, else by all that is printed, else by most of what tells
/// activities apart, if no other could be meant.
fn matched<'a>(
    stated: &[Stated],
    ids: &[SubmissionId],
    quarter: Quarter,
    filed: &'a Filed,
) -> Vec<Option<&'a SubmissionCard>> {
    let mut found: Vec<Option<&SubmissionCard>> = ids.iter().map(|id| filed.find(*id)).collect();
    let mut taken: BTreeSet<SubmissionId> = found.iter().flatten().map(|card| card.submission_id).collect();
    let cards: Vec<(&SubmissionCard, Printed)> =
        filed.live().map(|card| (card, printed(&card.activity, quarter))).collect();
    for least in [usize::MAX, ALIKE_MIN] {
        let open: Vec<(usize, &Stated, Printed)> = stated
            .iter()
            .enumerate()
            .filter(|(at, _)| found[*at].is_none())
            .filter_map(|(at, one)| Some((at, one, printed(activity_of(one)?, quarter))))
            .collect();
        let free: Vec<&(&SubmissionCard, Printed)> =
            cards.iter().filter(|(card, _)| !taken.contains(&card.submission_id)).collect();
        let fits = |one: &Stated, said: &Printed, (card, print): &(&SubmissionCard, Printed)| {
            let is_same = if least == usize::MAX { said == print } else { likeness(print, said) >= least };
            is_same && card.municipality == one.municipality
        };
        for (at, one, said) in &open {
            let candidates: Vec<_> = free.iter().filter(|card| fits(one, said, card)).collect();
            let [candidate] = candidates[..] else { continue };
            let rivals = open.iter().filter(|(_, other, said)| fits(other, said, candidate)).count();
            if rivals == 1 && taken.insert(candidate.0.submission_id) {
                found[*at] = Some(candidate.0);
            }
        }
    }
    found
}

fn activity_of(stated: &Stated) -> Option<&Activity> {
    match &stated.says {
        Says::Activity(activity) => Some(activity),
        Says::Nothing => None,
    }
}

fn entry(stated: &Stated, action: ImportAction) -> ImportEntry {
    ImportEntry {
        place: Some(reading::place(&stated.place)),
        municipality: stated.municipality,
        title: activity_of(stated).map(|activity| activity.title.clone()),
        action,
        detail: reading::outcome(outcome(action)).to_owned(),
        submission_id: None,
        version: None,
        changed: vec![],
        message: None,
    }
}

fn absent_entry(card: &SubmissionCard) -> ImportEntry {
    let action = ImportAction::Absent;
    ImportEntry {
        place: None,
        municipality: card.municipality,
        title: Some(card.activity.title.clone()),
        action,
        detail: reading::outcome(outcome(action)).to_owned(),
        submission_id: Some(card.submission_id),
        version: Some(card.version),
        changed: vec![],
        message: None,
    }
}

fn outcome(action: ImportAction) -> Outcome {
    match action {
        ImportAction::Submit => Outcome::New,
        ImportAction::Correct => Outcome::Corrects,
        ImportAction::Declare => Outcome::Declares,
        ImportAction::Unchanged => Outcome::Same,
        ImportAction::Superseded => Outcome::CorrectedSince,
        ImportAction::Approved => Outcome::ApprovedOtherwise,
        ImportAction::Withdrawn => Outcome::TakenBack,
        ImportAction::Absent => Outcome::NotInFile,
    }
}

fn told(finding: &Finding) -> ImportFinding {
    let (place, code, detail) = match finding {
        Finding::Notice(notice) => (&notice.place, notice.kind.code(), reading::notice(&notice.kind)),
        Finding::Doubt(place, doubt) => (place, doubt.code(), reading::doubt(doubt)),
    };
    let severity = match finding.severity() {
        Severity::Note => ImportSeverity::Note,
        Severity::Warning => ImportSeverity::Warning,
        Severity::Loss => ImportSeverity::Loss,
        Severity::Fault => ImportSeverity::Fault,
    };
    ImportFinding { place: reading::place(place), severity, code: code.to_owned(), detail }
}

#[cfg(test)]
mod tests;
