//! Erasing persons: who is meant, what names them, and what was destroyed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use svod_domain::event::{ErasureCompleted, ErasureRequested, PersonErased, ReportBuilt};
use svod_domain::{Edition, Event, MunicipalityCode, Participant, Quarter};
use svod_log::tree::Frontier;
use svod_log::{Hash, PersonRow, Position, READ_MAX, Store, StoreError, StoredFile, StreamId, Version};
use uuid::Uuid;

use crate::happened::{ERASURES, PERSONS, person_stream};
use crate::inputs::edition_inputs;
use crate::past::streams;
use crate::{Engine, EngineError, FileCard, Happened, ReportInputs};

/// What the streams of reports begin with.
const REPORTS: &str = "report-";

/// A person whom the vault knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundPerson {
    /// The id in the log.
    pub id: Uuid,
    /// The name, as it is disclosed.
    pub name: String,
    /// How many disclosures the vault has.
    pub digests: usize,
}

/// An erasure, as the log knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureCard {
    /// What was asked for.
    pub request: ErasureRequested,
    /// By whom, and when.
    pub requested: (String, Timestamp),
    /// What was approved, where it stands in the log, and when.
    pub erased: Option<(PersonErased, Position, Timestamp)>,
    /// What was done, and when.
    pub completed: Option<(ErasureCompleted, Timestamp)>,
}

impl Engine {
    /// The person of this name in the records of a municipality. `None`: the vault knows nobody of that name there, or only
    /// one who was erased and whose destruction was interrupted.
    pub async fn person_named(
        &self,
        municipality: MunicipalityCode,
        name: &str,
    ) -> Result<Option<FoundPerson>, EngineError> {
        let keys = self.sealing().ok_or(StoreError::NoKeys)?;
        let index = keys.blind_index(&municipality.to_string(), name);
        let Some((row, disclosures)) = self.store().persons(&[index]).await?.pop() else { return Ok(None) };
        let key = keys.unwrap(&row)?;
        if self.is_erased(key.person()).await? {
            return Ok(None);
        }
        let told = disclosures.iter().map(|disclosure| key.open(disclosure));
        let opened = told.collect::<Result<Vec<_>, _>>()?;
        let name = opened.iter().find(|told| told.claim() == "name").map(|told| told.value().to_owned());
        let digests = disclosures.len();
        Ok(Some(FoundPerson { id: key.person(), name: name.unwrap_or_default(), digests }))
    }

    /// The name of a person. `None`: the vault does not know the person (any more).
    pub async fn person_name(&self, id: Uuid) -> Result<Option<String>, EngineError> {
        let keys = self.sealing().ok_or(StoreError::NoKeys)?;
        let Some((row, _)) = disclosed_of(self.store().as_ref(), id).await? else { return Ok(None) };
        let key = keys.unwrap(&row)?;
        for (_, disclosures) in self.store().persons(&[row.blind_index]).await? {
            for disclosure in &disclosures {
                let told = key.open(disclosure)?;
                if told.claim() == "name" {
                    return Ok(Some(told.value().to_owned()));
                }
            }
        }
        Ok(None)
    }

    /// Whether the log says that a person was erased, whatever the vault holds.
    pub async fn is_erased(&self, person: Uuid) -> Result<bool, EngineError> {
        Ok(not_erased(self.store().as_ref(), [person]).await?.is_empty())
    }

    /// Everybody whom the log says to be erased, and where it says so.
    pub async fn erased_persons(&self) -> Result<BTreeMap<Uuid, Position>, EngineError> {
        erased_persons(self.store().as_ref()).await
    }

    /// All erasures that were ever asked for, by id.
    pub async fn erasures(&self) -> Result<Vec<ErasureCard>, EngineError> {
        let mut cards = vec![];
        for stream in streams(self.store().as_ref(), ERASURES).await? {
            cards.extend(self.erasure_card(&stream).await?);
        }
        Ok(cards)
    }

    async fn erasure_card(&self, stream: &StreamId) -> Result<Option<ErasureCard>, EngineError> {
        let mut card: Option<ErasureCard> = None;
        for recorded in self.store().read_stream(stream, Version::NONE, READ_MAX).await? {
            let (actor, at) = (recorded.actor.name.clone(), recorded.recorded_at);
            match Happened::decode(recorded)?.event {
                Event::ErasureRequested(request) => {
                    card =
                        Some(ErasureCard { request, requested: (actor, at), erased: None, completed: None });
                }
                Event::ErasureCompleted(completed) => {
                    if let Some(card) = &mut card {
                        card.completed = Some((completed, at));
                    }
                }
                _of_another_kind => {}
            }
        }
        let Some(mut card) = card else { return Ok(None) };
        let person = person_stream(card.request.person);
        if let Some(recorded) = self.store().read_stream(&person, Version::NONE, 1).await?.pop() {
            let (position, at) = (recorded.position, recorded.recorded_at);
            if let Event::PersonErased(erased) = Happened::decode(recorded)?.event
                && erased.erasure_id == card.request.erasure_id
            {
                card.erased = Some((erased, position, at));
            }
        }
        Ok(Some(card))
    }

    /// Destroys again whatever the vault holds of persons who were erased: a backup may have been put back, or a destruction
    /// interrupted. How many disclosures there were.
    pub async fn destroy_erased(&self) -> Result<u64, EngineError> {
        let mut destroyed = 0;
        for stream in streams(self.store().as_ref(), PERSONS).await? {
            if let Some(person) = stream.as_str().strip_prefix(PERSONS) {
                destroyed += self.store().destroy_person(person).await?;
            }
        }
        Ok(destroyed)
    }

    /// How many persons the vault holds who were erased.
    pub async fn erased_living(&self) -> Result<usize, EngineError> {
        let streams = streams(self.store().as_ref(), PERSONS).await?;
        let erased: Vec<&str> =
            streams.iter().filter_map(|stream| stream.as_str().strip_prefix(PERSONS)).collect();
        Ok(self.store().person_rows(&erased).await?.len())
    }

    /// The documents that name somebody of these, in the order of their quarters: those that were recorded before the
    /// person was erased there. What was made later never had the name.
    pub async fn documents_naming(
        &self,
        persons: &BTreeMap<Uuid, Position>,
    ) -> Result<Vec<ReportBuilt>, EngineError> {
        let mut naming = vec![];
        if persons.is_empty() {
            return Ok(naming);
        }
        for quarter in self.reported_quarters().await? {
            // Documents of one edition are made of the same records.
            let mut last_erased: BTreeMap<Edition, Option<Position>> = BTreeMap::new();
            for (position, built) in self.built_at(quarter).await? {
                let erased = if let Some(erased) = last_erased.get(&built.edition) {
                    *erased
                } else {
                    let inputs = edition_inputs(self.store().as_ref(), quarter, built.edition).await?;
                    let sealed = inputs.iter().flat_map(ReportInputs::sealed_persons);
                    sealed.filter_map(|person| persons.get(&person).copied()).max()
                };
                last_erased.insert(built.edition, erased);
                if erased.is_some_and(|erased| erased > position) {
                    naming.push(built);
                }
            }
        }
        Ok(naming)
    }

    /// The documents of all quarters that were recorded.
    pub async fn all_built(&self) -> Result<Vec<ReportBuilt>, EngineError> {
        let mut all = vec![];
        for quarter in self.reported_quarters().await? {
            all.extend(self.built(quarter).await?);
        }
        Ok(all)
    }

    async fn reported_quarters(&self) -> Result<Vec<Quarter>, EngineError> {
        let streams = streams(self.store().as_ref(), REPORTS).await?;
        Ok(streams.iter().filter_map(|stream| stream.as_str().strip_prefix(REPORTS)?.parse().ok()).collect())
    }

    /// A document that is kept; its masked twin, if somebody whom it named was erased.
    pub async fn kept_document(&self, card: &FileCard) -> Result<Option<StoredFile>, EngineError> {
        for sha256 in [&card.sha256, &card.masked_sha256] {
            if let Some(sha256) = Hash::from_hex(sha256)
                && let Some(file) = self.store().file(sha256).await?
            {
                return Ok(Some(file));
            }
        }
        Ok(None)
    }
}

/// Everybody whom the log says to be erased, and where it says so.
pub(crate) async fn erased_persons(store: &dyn Store) -> Result<BTreeMap<Uuid, Position>, EngineError> {
    let mut erased = BTreeMap::new();
    for stream in streams(store, PERSONS).await? {
        let person = stream.as_str().strip_prefix(PERSONS).and_then(|id| id.parse().ok());
        let entry = store.read_stream(&stream, Version::NONE, 1).await?.pop();
        erased.extend(person.zip(entry.map(|entry| entry.position)));
    }
    Ok(erased)
}

/// Those of these persons of whom the log does not say that they were erased. They are asked for last: a name is destroyed
/// only after it was said.
pub(crate) async fn not_erased(
    store: &dyn Store,
    persons: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Uuid>, EngineError> {
    let mut others = vec![];
    for person in persons {
        if store.read_stream(&person_stream(person), Version::NONE, 1).await?.is_empty() {
            others.push(person);
        }
    }
    Ok(others)
}

/// The row of a person, and the digests of all that the vault discloses of it, in their order.
pub(crate) async fn disclosed_of(
    store: &dyn Store,
    person: Uuid,
) -> Result<Option<(PersonRow, Vec<Hash>)>, EngineError> {
    let Some(row) = store.person_rows(&[&person.to_string()]).await?.pop() else { return Ok(None) };
    let found = store.persons(&[row.blind_index]).await?.pop();
    let mut digests: Vec<Hash> =
        found.iter().flat_map(|(_, disclosures)| disclosures).map(|one| one.digest).collect();
    digests.sort_unstable();
    Ok(Some((row, digests)))
}

/// RFC 6962 root over digests, in hexadecimal.
pub(crate) fn digests_root(digests: &[Hash]) -> String {
    let mut tree = Frontier::default();
    for digest in digests {
        tree.append(svod_log::tree::leaf_hash(&digest.0));
    }
    tree.root().to_string()
}

/// Whom a participant names, if it is sealed.
pub(crate) fn sealed_person(participant: &Participant) -> Option<Uuid> {
    match participant {
        Participant::Sealed { person, .. } => Some(*person),
        Participant::Person { .. } | Participant::Group { .. } => None,
    }
}
