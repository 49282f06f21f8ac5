//! Erasing persons: who is meant, what names them, and what was destroyed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use svod_domain::event::{ErasureCompleted, ErasureRequested, PersonErased, ReportBuilt};
use svod_domain::{Event, MunicipalityCode, Participant, Quarter};
use svod_log::tree::Frontier;
use svod_log::{Hash, PersonRow, Position, READ_MAX, Store, StoreError, StoredFile, StreamId, Version};
use uuid::Uuid;

use crate::happened::{ERASURES, PERSONS, person_stream};
use crate::inputs::edition_inputs;
use crate::{Engine, EngineError, FileCard, Happened};

/// What the streams of reports begin with.
const REPORTS: &str = "report-";

/// A person whom the vault knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundPerson {
    /// The id in the log.
    pub id: Uuid,
    /// The name, as it is disclosed.
    pub name: String,
    /// The digests of all that is disclosed, in their order.
    pub digests: Vec<Hash>,
}

impl FoundPerson {
    /// RFC 6962 root over the digests, in hexadecimal.
    #[must_use]
    pub fn digests_root(&self) -> String {
        let mut tree = Frontier::default();
        for digest in &self.digests {
            tree.append(svod_log::tree::leaf_hash(&digest.0));
        }
        tree.root().to_string()
    }
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
    /// The person of this name in the records of a municipality. `None`: the vault knows nobody of that name there.
    pub async fn person_named(
        &self,
        municipality: MunicipalityCode,
        name: &str,
    ) -> Result<Option<FoundPerson>, EngineError> {
        let keys = self.sealing().ok_or(StoreError::NoKeys)?;
        self.found(keys.blind_index(&municipality.to_string(), name)).await
    }

    /// The person with this id. `None`: the vault does not know it (any more).
    pub async fn person(&self, id: Uuid) -> Result<Option<FoundPerson>, EngineError> {
        let text = id.to_string();
        let mut after = String::new();
        loop {
            let page = self.store().person_page(&after, READ_MAX).await?;
            let Some(PersonRow { person, .. }) = page.last() else { return Ok(None) };
            if let Some(row) = page.iter().find(|row| row.person == text) {
                return self.found(row.blind_index).await;
            }
            after.clone_from(person);
        }
    }

    async fn found(&self, blind_index: Hash) -> Result<Option<FoundPerson>, EngineError> {
        let keys = self.sealing().ok_or(StoreError::NoKeys)?;
        let Some((row, disclosures)) = self.store().persons(&[blind_index]).await?.pop() else {
            return Ok(None);
        };
        let key = keys.unwrap(&row)?;
        let mut found = FoundPerson { id: key.person(), name: String::new(), digests: vec![] };
        for disclosure in &disclosures {
            let opened = key.open(disclosure)?;
            if opened.claim() == "name" {
                opened.value().clone_into(&mut found.name);
            }
            found.digests.push(disclosure.digest);
        }
        found.digests.sort_unstable();
        Ok(Some(found))
    }

    /// All erasures that were ever asked for, by id.
    pub async fn erasures(&self) -> Result<Vec<ErasureCard>, EngineError> {
        let mut cards = vec![];
        for stream in self.streams_under(ERASURES).await? {
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
        for stream in self.streams_under(PERSONS).await? {
            if let Some(person) = stream.as_str().strip_prefix(PERSONS) {
                destroyed += self.store().destroy_person(person).await?;
            }
        }
        Ok(destroyed)
    }

    /// How many persons the vault holds who were erased.
    pub async fn erased_living(&self) -> Result<usize, EngineError> {
        let streams = self.streams_under(PERSONS).await?;
        let erased: BTreeSet<&str> =
            streams.iter().filter_map(|stream| stream.as_str().strip_prefix(PERSONS)).collect();
        Ok(living(self.store().as_ref(), |person| erased.contains(person)).await?.len())
    }

    /// The documents that name a person, in the order of their quarters.
    pub async fn documents_naming(&self, person: Uuid) -> Result<Vec<ReportBuilt>, EngineError> {
        let mut naming = vec![];
        for stream in self.streams_under(REPORTS).await? {
            let Some(Ok(quarter)) = stream.as_str().strip_prefix(REPORTS).map(str::parse::<Quarter>) else {
                continue;
            };
            // Documents of one edition are made of the same records.
            let mut named = BTreeMap::new();
            for built in self.built(quarter).await? {
                let is_named = if let Some(is_named) = named.get(&built.edition) {
                    *is_named
                } else {
                    let inputs = edition_inputs(self.store().as_ref(), quarter, built.edition).await?;
                    inputs.is_some_and(|inputs| inputs.sealed_persons().any(|sealed| sealed == person))
                };
                named.insert(built.edition, is_named);
                if is_named {
                    naming.push(built);
                }
            }
        }
        Ok(naming)
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

    async fn streams_under(&self, prefix: &str) -> Result<Vec<StreamId>, EngineError> {
        let mut streams: Vec<StreamId> = vec![];
        loop {
            let after = streams.last().map(|stream| stream.as_str().to_owned());
            let page = self.store().streams(prefix, after.as_deref(), READ_MAX).await?;
            if page.is_empty() {
                return Ok(streams);
            }
            streams.extend(page.into_iter().map(|head| head.stream));
        }
    }
}

/// Whom a participant names, if it is sealed.
pub(crate) fn sealed_person(participant: &Participant) -> Option<Uuid> {
    match participant {
        Participant::Sealed { person, .. } => Some(*person),
        Participant::Person { .. } | Participant::Group { .. } => None,
    }
}

/// Those of the erased whom the vault holds.
pub(crate) async fn living(
    store: &dyn Store,
    is_erased: impl Fn(&str) -> bool,
) -> Result<Vec<String>, EngineError> {
    let (mut living, mut after) = (vec![], String::new());
    loop {
        let page = store.person_page(&after, READ_MAX).await?;
        let Some(last) = page.last() else { return Ok(living) };
        after.clone_from(&last.person);
        living.extend(page.into_iter().map(|row| row.person).filter(|person| is_erased(person)));
    }
}
