//! What a report is made of: the approved activities of a quarter, in the order of printing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use svod_domain::event::{Included, QuarterClosed, ReportBuilt};
use svod_domain::{Activity, Edition, Event, MunicipalityCode, Participant, Quarter, SubmissionId, Version};
use svod_log::{Position, READ_MAX, Store};
use uuid::Uuid;

use crate::ahead::events_of;
use crate::erasure::{erased_persons, not_erased, sealed_person};
use crate::happened::{MUNICIPALITIES, QUARTERS, quarter_stream, report_stream};
use crate::input_document::InputDocument;
use crate::past::streams;
use crate::persons::{Opener, mask};
use crate::views::{Municipalities, MunicipalityCard, Projection as _};
use crate::{Engine, EngineError, Happened, ReportRevision};

/// Everything that a report says, in final order. A pure function of the log up to `position`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportInputs {
    /// The quarter.
    pub quarter: Quarter,
    /// What is printed: an edition, or a preview of what a close now would print.
    pub status: ReportStatus,
    /// The position of the log that it was taken at; an edition's is that of its close.
    pub position: Position,
    /// One for each municipality that has something, in the order of the register.
    pub sections: Vec<ReportSection>,
    /// What the close of an edition says of the log. `None`: a preview, or a close of before it said so.
    #[serde(default)]
    pub attested: Option<AttestedRoot>,
    /// What it replaces. `None`: a first edition, or a preview.
    #[serde(default)]
    pub revision: Option<ReportRevision>,
}

/// The log just before a close, as the close attests it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttestedRoot {
    /// The last entry before the close.
    pub position: Position,
    /// RFC 6962 root over all entries up to there, 64 hexadecimal digits.
    pub root: String,
}

impl ReportInputs {
    /// The part of it that concerns some municipalities, for one who may see only that; also of what it replaces. A part is
    /// never marked as the edition: it would be taken for it. Why there is another edition it does not say: the reason is of
    /// the whole quarter, and may speak of others.
    #[must_use]
    pub fn extract(mut self, concerns: impl Fn(MunicipalityCode) -> bool) -> Self {
        if let ReportStatus::Edition { edition, closed_at } = self.status {
            self.status = ReportStatus::Extract { edition, closed_at };
        }
        self.sections.retain(|section| concerns(section.municipality));
        if let Some(revision) = &mut self.revision {
            revision.sections.retain(|section| concerns(section.municipality));
            revision.reasons.clear();
        }
        self
    }

    /// What it prints, record by record.
    pub(crate) fn activities(&mut self) -> Vec<&mut Activity> {
        let records = self.sections.iter_mut().flat_map(|section| &mut section.records);
        records.map(|record| &mut record.activity).collect()
    }

    /// Who takes part, record by record.
    fn participants(&mut self) -> impl Iterator<Item = &mut Participant> {
        self.activities().into_iter().flat_map(|activity| activity.participants.iter_mut())
    }

    /// Whether somebody in it cannot be named any more, or not without the keys of the ledger.
    #[must_use]
    pub fn names_erased(&self) -> bool {
        let records = self.sections.iter().flat_map(|section| &section.records);
        let mut participants = records.flat_map(|record| &record.activity.participants);
        participants
            .any(|participant| participant.is_erased() || matches!(participant, Participant::Sealed { .. }))
    }

    /// The persons in it who are sealed.
    pub(crate) fn sealed_persons(&self) -> impl Iterator<Item = Uuid> {
        let records = self.sections.iter().flat_map(|section| &section.records);
        records.flat_map(|record| &record.activity.participants).filter_map(sealed_person)
    }

    /// The same with nobody in it: every person as if erased. This can be made for ever.
    #[must_use]
    pub fn masked(mut self) -> Self {
        mask(&mut self.activities());
        self
    }
}

impl Engine {
    /// The inputs of a closed edition ([`edition_inputs`]) with the names that the vault still has.
    pub async fn edition(
        &self,
        quarter: Quarter,
        edition: Edition,
    ) -> Result<Option<ReportInputs>, EngineError> {
        Ok(self.edition_naming(quarter, edition).await?.map(|(inputs, _)| inputs))
    }

    /// The same, and whom it names.
    pub async fn edition_naming(
        &self,
        quarter: Quarter,
        edition: Edition,
    ) -> Result<Option<(ReportInputs, BTreeSet<Uuid>)>, EngineError> {
        let Some(mut inputs) = edition_inputs(self.store().as_ref(), quarter, edition).await? else {
            return Ok(None);
        };
        let named = open_naming(&mut inputs, &self.opener(), self.store().as_ref()).await?;
        Ok(Some((inputs, named)))
    }

    /// The closes of which no document of that format is recorded, with their places in the log.
    pub async fn closes_without(&self, format: &str) -> Result<Vec<(QuarterClosed, Position)>, EngineError> {
        let mut without = vec![];
        for stream in streams(self.store().as_ref(), QUARTERS).await? {
            let Some(Ok(quarter)) = stream.as_str().strip_prefix(QUARTERS).map(str::parse) else { continue };
            let built = self.built(quarter).await?;
            let is_built = |closed: &QuarterClosed| {
                built.iter().any(|built| built.edition == closed.edition && built.format == format)
            };
            for happened in events_of(self.store().as_ref(), &stream, Position(u64::MAX)).await? {
                if let Event::QuarterClosed(closed) = happened.event
                    && !is_built(&closed)
                {
                    without.push((closed, happened.recorded.position));
                }
            }
        }
        Ok(without)
    }

    /// The documents that were recorded of a quarter, in the order of their making.
    pub async fn built(&self, quarter: Quarter) -> Result<Vec<ReportBuilt>, EngineError> {
        Ok(self.built_at(quarter).await?.into_iter().map(|(_, built)| built).collect())
    }

    /// The same, each with the place in the log where it is recorded.
    pub(crate) async fn built_at(
        &self,
        quarter: Quarter,
    ) -> Result<Vec<(Position, ReportBuilt)>, EngineError> {
        let stream = report_stream(quarter);
        let (mut built, mut after) = (vec![], svod_log::Version::NONE);
        loop {
            let page = self.store().read_stream(&stream, after, READ_MAX).await?;
            let Some(last) = page.last() else { return Ok(built) };
            after = last.version;
            for recorded in page {
                let position = recorded.position;
                if let Event::ReportBuilt(document) = Happened::decode(recorded)?.event {
                    built.push((position, document));
                }
            }
        }
    }
}

/// Opens the names of a report, and tells whom it names then. Who was erased is not named, whatever the vault still has; who is
/// in the vault no more and was not erased is lost, and nothing is said in the place of the name.
pub(crate) async fn open_naming(
    inputs: &mut ReportInputs,
    opener: &Opener,
    store: &dyn Store,
) -> Result<BTreeSet<Uuid>, EngineError> {
    let erased = erased_persons(store).await?;
    for participant in inputs.participants() {
        if sealed_person(participant).is_some_and(|person| erased.contains_key(&person)) {
            *participant = Participant::erased();
        }
    }
    let sealed: Vec<Option<Uuid>> =
        inputs.participants().map(|participant| sealed_person(participant)).collect();
    opener.open(&mut inputs.activities()).await?;
    let (mut named, mut gone) = (BTreeSet::new(), BTreeSet::new());
    for (participant, person) in inputs.participants().zip(sealed) {
        let into = if participant.is_erased() { &mut gone } else { &mut named };
        into.extend(person);
    }
    let lost = not_erased(store, gone).await?;
    if lost.is_empty() { Ok(named) } else { Err(EngineError::Lost { persons: lost.len() }) }
}

/// Edition, a part of one, or preview.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ReportStatus {
    /// Fixed by a close.
    Edition {
        /// Which one.
        edition: Edition,
        /// The moment of the close: the only date that the document's properties bear.
        closed_at: Timestamp,
    },
    /// A part of an edition, for one who may see only that.
    Extract {
        /// Of which edition.
        edition: Edition,
        /// The moment of its close.
        closed_at: Timestamp,
    },
    /// The quarter is open: approved so far.
    Preview,
}

/// A section row and the activities under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportSection {
    /// Whose.
    pub municipality: MunicipalityCode,
    /// The name that the unit bore in the quarter.
    pub heading: String,
    /// By first day, then by the order in which they were recorded.
    pub records: Vec<ReportRecord>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRecord {
    /// Which submission.
    pub submission_id: SubmissionId,
    /// The approved version.
    pub version: Version,
    /// As filed.
    pub activity: Activity,
    /// Whether it was filed after the deadline.
    #[serde(default)]
    pub late: bool,
}

/// Puts approved documents into the order of printing: sections by the register, records by first day (those without
/// one last), then by the order in which they were recorded.
pub(crate) fn assemble(
    quarter: Quarter,
    status: ReportStatus,
    position: Position,
    documents: Vec<InputDocument>,
    units: &[MunicipalityCard],
) -> ReportInputs {
    let place = |code: MunicipalityCode| units.iter().find(|unit| unit.municipality == code);
    let mut approved: Vec<InputDocument> =
        documents.into_iter().filter(|document| document.approved).collect();
    approved.sort_by_cached_key(|document| {
        let order = place(document.municipality).map_or(u32::MAX, |unit| unit.order);
        let first_day = document.activity.first_day().unwrap_or(Date::MAX);
        (order, document.municipality, first_day, document.filed)
    });
    let mut sections: Vec<ReportSection> = vec![];
    for document in approved {
        let municipality = document.municipality;
        if sections.last().is_none_or(|section| section.municipality != municipality) {
            let naming = place(municipality).and_then(|unit| unit.naming(quarter));
            let heading =
                naming.map_or_else(|| municipality.to_string(), |naming| naming.report_heading.clone());
            sections.push(ReportSection { municipality, heading, records: vec![] });
        }
        if let Some(section) = sections.last_mut() {
            let InputDocument { submission_id, version, activity, late, .. } = document;
            section.records.push(ReportRecord { submission_id, version, activity, late });
        }
    }
    ReportInputs { quarter, status, position, sections, attested: None, revision: None }
}

/// The inputs of a closed edition, from the log alone: everything up to its close. `None`: there is no such edition.
///
/// What the close wrote down as its selection must be what the log yields; if it is not, the log has been tampered
/// with, and no document is made. So it is with the edition that it replaces.
pub async fn edition_inputs(
    store: &dyn Store,
    quarter: Quarter,
    edition: Edition,
) -> Result<Option<ReportInputs>, EngineError> {
    let Some(mut close) = find_close(store, quarter, edition).await? else { return Ok(None) };
    let reasons = std::mem::take(&mut close.reasons);
    let revision = match edition.previous() {
        Some(replaces) => Some(revision(store, quarter, replaces, reasons, close.position).await?),
        None => None,
    };
    let status = ReportStatus::Edition { edition, closed_at: close.closed_at };
    let inputs = assembled(store, quarter, status, &close).await?;
    Ok(Some(ReportInputs { attested: close.attested, revision, ..inputs }))
}

/// What a close at that position replaces.
async fn revision(
    store: &dyn Store,
    quarter: Quarter,
    replaces: Edition,
    reasons: Vec<String>,
    position: Position,
) -> Result<ReportRevision, EngineError> {
    let close = find_close(store, quarter, replaces).await?;
    let close = close.ok_or_else(|| EngineError::ImpossibleHistory {
        position,
        what: format!("{quarter} has no edition {replaces} that could be replaced"),
    })?;
    let status = ReportStatus::Edition { edition: replaces, closed_at: close.closed_at };
    let earlier = assembled(store, quarter, status, &close).await?;
    let sections = earlier.sections.into_iter().map(Into::into).collect();
    Ok(ReportRevision { replaces, closed_at: close.closed_at, reasons, sections })
}

/// What a close fixed, in the order of printing.
async fn assembled(
    store: &dyn Store,
    quarter: Quarter,
    status: ReportStatus,
    close: &Close,
) -> Result<ReportInputs, EngineError> {
    let units = units_at(store, close.position).await?;
    let documents = documents_at(store, quarter, close).await?;
    let approved = documents.iter().filter(|document| document.approved);
    let mut yielded: Vec<_> = approved.map(|document| (document.submission_id, document.version)).collect();
    yielded.sort_unstable();
    if yielded != close.selected {
        return Err(EngineError::ImpossibleHistory {
            position: close.position,
            what: format!("the selection of {quarter} is not what the log yields"),
        });
    }
    Ok(assemble(quarter, status, close.position, documents, &units))
}

/// A close, as the quarter's stream tells it.
struct Close {
    opened: Position,
    position: Position,
    closed_at: Timestamp,
    attested: Option<AttestedRoot>,
    /// Why the quarter was opened again since the close before.
    reasons: Vec<String>,
    /// Sorted.
    selected: Vec<(SubmissionId, Version)>,
}

async fn find_close(
    store: &dyn Store,
    quarter: Quarter,
    edition: Edition,
) -> Result<Option<Close>, EngineError> {
    let stream = quarter_stream(quarter);
    let mut close = Close {
        opened: Position::START,
        position: Position::START,
        closed_at: Timestamp::UNIX_EPOCH,
        attested: None,
        reasons: vec![],
        selected: vec![],
    };
    let mut after = svod_log::Version::NONE;
    loop {
        let page = store.read_stream(&stream, after, READ_MAX).await?;
        let Some(last) = page.last() else { return Ok(None) };
        after = last.version;
        for recorded in page {
            let position = recorded.position;
            match Happened::decode(recorded)?.event {
                Event::QuarterOpened(_) => close.opened = position,
                Event::QuarterReopened(reopened) => close.reasons.push(reopened.reason),
                Event::QuarterSelected(part) if part.edition == edition => close.select(part.included),
                Event::QuarterClosed(closed) if closed.edition == edition => {
                    close.select(closed.included);
                    close.selected.sort_unstable();
                    let attested = closed.attested.map(|attested| AttestedRoot {
                        position: Position(attested.position),
                        root: attested.root,
                    });
                    return Ok(Some(Close { position, closed_at: closed.closed_at, attested, ..close }));
                }
                Event::QuarterClosed(_) => close.reasons.clear(),
                _other => {}
            }
        }
    }
}

impl Close {
    fn select(&mut self, included: Vec<Included>) {
        self.selected.extend(included.into_iter().map(|one| (one.submission_id, one.version)));
    }
}

/// The register as it was at a position.
async fn units_at(store: &dyn Store, position: Position) -> Result<Vec<MunicipalityCard>, EngineError> {
    let mut units = vec![];
    let mut after: Option<String> = None;
    loop {
        let page = store.streams(MUNICIPALITIES, after.as_deref(), READ_MAX).await?;
        let Some(last) = page.last() else { return Ok(units) };
        after = Some(last.stream.as_str().to_owned());
        for head in page {
            let mut unit = None;
            for recorded in store.read_stream(&head.stream, svod_log::Version::NONE, READ_MAX).await? {
                if recorded.position <= position {
                    unit = Municipalities::evolve(unit, &Happened::decode(recorded)?);
                }
            }
            units.extend(unit);
        }
    }
}

/// The quarter's submissions as they were at its close.
async fn documents_at(
    store: &dyn Store,
    quarter: Quarter,
    close: &Close,
) -> Result<Vec<InputDocument>, EngineError> {
    let mut documents: BTreeMap<SubmissionId, InputDocument> = BTreeMap::new();
    let mut after = close.opened;
    while after < close.position {
        let page = store.read(after, READ_MAX).await?;
        let Some(last) = page.last().map(|recorded| recorded.position) else { break };
        for recorded in page.into_iter().filter(|recorded| recorded.position <= close.position) {
            let happened = Happened::decode(recorded)?;
            let (Some(id), true) = (happened.event.submission(), happened.event.quarter() == Some(quarter))
            else {
                continue;
            };
            if let Some(document) = InputDocument::after(documents.remove(&id), &happened) {
                documents.insert(id, document);
            }
        }
        after = last;
    }
    Ok(documents.into_values().collect())
}
