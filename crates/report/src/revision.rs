//! What an edition says below the table: which one it replaces, why, and what changed against it. As data, and in the same
//! words for every format.

use std::collections::BTreeMap;

use jiff::Timestamp;
use svod_domain::{Edition, MunicipalityCode, SubmissionId, Version};
use svod_engine::{EarlierRecord, EarlierSection, ReportInputs, ReportRevision, ReportStatus};
use svod_text::revision as words;
use svod_text::typography::typeset;

/// How an edition differs from the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Which edition it is.
    pub edition: Edition,
    /// Which one it replaces.
    pub replaces: Edition,
    /// When that one was closed.
    pub closed_at: Timestamp,
    /// Whether only a part of both is told of; then all numbers are those of the parts.
    pub is_extract: bool,
    /// Why there is another: the words of the operator, as printed.
    pub reasons: Vec<String>,
    /// What only this edition has.
    pub added: Vec<Numbered>,
    /// What this edition has in another version.
    pub corrected: Vec<Numbered>,
    /// What only the earlier edition had, in its order.
    pub left_out: Vec<LeftOut>,
    /// Sections whose heading is another now.
    pub renamed: Vec<Renamed>,
}

/// A record of this edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// Its running number.
    pub number: u32,
    /// The submission that it is printed from.
    pub submission_id: SubmissionId,
}

/// A record that only the earlier edition had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its running number there.
    pub number: u32,
    /// The submission that it was printed from.
    pub submission_id: SubmissionId,
    /// Whose it was.
    pub municipality: MunicipalityCode,
    /// The heading that it stood under, as printed.
    pub heading: String,
    /// What it was, as printed.
    pub title: String,
}

/// A section that had another heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// Whose.
    pub municipality: MunicipalityCode,
    /// The heading in the earlier edition, as printed.
    pub before: String,
    /// The heading now, as printed.
    pub after: String,
}

impl Revision {
    /// What the inputs say of it. `None`: they replace nothing.
    pub(crate) fn of(inputs: &ReportInputs) -> Option<Self> {
        let (edition, is_extract) = match inputs.status {
            ReportStatus::Edition { edition, .. } => (edition, false),
            ReportStatus::Extract { edition, .. } => (edition, true),
            ReportStatus::Preview => return None,
        };
        let revision = inputs.revision.as_ref()?;
        let earlier = records_of(revision).map(|(.., record)| (record.submission_id, record.version));
        let mut gone: BTreeMap<SubmissionId, Version> = earlier.collect();
        let (mut added, mut corrected) = (vec![], vec![]);
        let records = inputs.sections.iter().flat_map(|section| &section.records);
        for (number, record) in (1..).zip(records) {
            let numbered = Numbered { number, submission_id: record.submission_id };
            match gone.remove(&record.submission_id) {
                None => added.push(numbered),
                Some(version) if version != record.version => corrected.push(numbered),
                Some(_the_same) => {}
            }
        }
        let left_out = records_of(revision).filter(|(.., record)| gone.contains_key(&record.submission_id));
        Some(Self {
            edition,
            replaces: revision.replaces,
            closed_at: revision.closed_at,
            is_extract,
            reasons: revision.reasons.iter().map(|reason| typeset(reason)).collect(),
            added,
            corrected,
            left_out: left_out.map(LeftOut::of).collect(),
            renamed: renamed(inputs, revision),
        })
    }

    /// The heading of the part.
    #[must_use]
    pub fn heading(&self) -> String {
        words::heading(self.edition)
    }

    /// Its paragraphs, each as it is printed.
    #[must_use]
    pub fn paragraphs(&self) -> Vec<String> {
        let mut told = vec![words::replaces(self.edition, self.replaces, self.closed_at)];
        told.extend(self.reasons.iter().map(|reason| words::because(reason)));
        let numbers = |records: &[Numbered]| records.iter().map(|record| record.number).collect::<Vec<_>>();
        if !self.added.is_empty() {
            told.push(words::added(&numbers(&self.added)));
        }
        if !self.corrected.is_empty() {
            told.push(words::corrected(&numbers(&self.corrected)));
        }
        let of_section = self
            .left_out
            .chunk_by(|one, next| (one.municipality, &one.heading) == (next.municipality, &next.heading));
        told.extend(of_section.map(|records| self.told_of(records)));
        if self.added.is_empty() && self.corrected.is_empty() && self.left_out.is_empty() {
            let unchanged = if self.is_extract { words::EXTRACT_UNCHANGED } else { words::UNCHANGED };
            told.push(unchanged.to_owned());
        }
        told.extend(self.renamed.iter().map(|section| words::renamed(&section.before, &section.after)));
        told
    }

    /// What is said of the records of a section that are left out.
    fn told_of(&self, records: &[LeftOut]) -> String {
        let of = if self.is_extract { words::of_extract } else { words::of_edition };
        let numbers: Vec<u32> = records.iter().map(|record| record.number).collect();
        let titles: Vec<&str> = records.iter().map(|record| record.title.as_str()).collect();
        let heading = records.first().map_or("", |record| record.heading.as_str());
        words::left_out(&numbers, &of(self.replaces), heading, &titles)
    }
}

/// A record of the edition that is replaced: its number there, its section, itself.
type Earlier<'a> = (u32, &'a EarlierSection, &'a EarlierRecord);

fn records_of(revision: &ReportRevision) -> impl Iterator<Item = Earlier<'_>> {
    let sections = revision.sections.iter();
    let records = sections.flat_map(|section| section.records.iter().map(move |record| (section, record)));
    (1..).zip(records).map(|(number, (section, record))| (number, section, record))
}

impl LeftOut {
    fn of((number, section, record): Earlier<'_>) -> Self {
        Self {
            number,
            submission_id: record.submission_id,
            municipality: section.municipality,
            heading: typeset(&section.heading),
            title: typeset(&record.title),
        }
    }
}

fn renamed(inputs: &ReportInputs, revision: &ReportRevision) -> Vec<Renamed> {
    let mut renamed = vec![];
    for section in inputs.sections.iter().filter(|section| !section.records.is_empty()) {
        let earlier = revision.sections.iter().find(|earlier| earlier.municipality == section.municipality);
        let Some(earlier) = earlier.filter(|earlier| earlier.heading != section.heading) else { continue };
        renamed.push(Renamed {
            municipality: section.municipality,
            before: typeset(&earlier.heading),
            after: typeset(&section.heading),
        });
    }
    renamed
}
