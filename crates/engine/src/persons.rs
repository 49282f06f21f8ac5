//! Persons of activities: sealed before anything is recorded, opened for whoever may read. An entry names a person by an id
//! and by digests; the vault has the rest.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use svod_domain::guard::Guarded;
use svod_domain::{Activity, Actor, Command, Event, MunicipalityCode, Participant, Refusal};
use svod_log::{DisclosureRow, Hash, PersonRow, READ_MAX, Store, StoreError, StreamId};
use svod_seal::{Disclosure, PersonKey, SealingKeys, digest_text, read_digest};
use uuid::Uuid;

use crate::EngineError;
use crate::happened::{PERSONS, person_stream};
use crate::world::World;

/// Most persons whose keys are remembered: those of a region, many times over. Beyond it all are read again.
const KNOWN_MAX: usize = 20_000;

/// The claims that are sealed.
const NAME: &str = "name";
const POSITION: &str = "position";

/// Whom somebody wants sealed: a name, as one municipality uses it.
pub(crate) type Named = (MunicipalityCode, String);

/// Seals the persons of events.
pub(crate) struct Sealer {
    keys: Option<SealingKeys>,
    /// By blind index.
    known: HashMap<Hash, Known>,
    unkept: Sealed,
}

/// What was sealed and is not kept yet.
#[derive(Default)]
pub(crate) struct Sealed {
    persons: Vec<PersonRow>,
    disclosures: Vec<DisclosureRow>,
}

/// A person, and what was disclosed: the same words are told once, so that a correction does not look like another person.
struct Known {
    key: PersonKey,
    digests: HashMap<(String, String), Hash>,
}

impl Sealer {
    pub(crate) fn new(keys: Option<SealingKeys>) -> Self {
        Self { keys, known: HashMap::new(), unkept: Sealed::default() }
    }

    /// Whether so many are remembered that they should be forgotten before more are met.
    pub(crate) fn is_full(&self) -> bool {
        self.known.len() > KNOWN_MAX
    }

    /// Makes sure that every one of these who is in the vault is known here.
    pub(crate) async fn meet(&mut self, store: &dyn Store, named: &[Named]) -> Result<(), EngineError> {
        if named.is_empty() {
            return Ok(());
        }
        let keys = self.keys.clone().ok_or(StoreError::NoKeys)?;
        let indexes: BTreeSet<Hash> = named
            .iter()
            .map(|(municipality, name)| keys.blind_index(&municipality.to_string(), name))
            .filter(|index| !self.known.contains_key(index))
            .collect();
        if indexes.is_empty() {
            return Ok(());
        }
        let indexes: Vec<Hash> = indexes.into_iter().collect();
        for (row, disclosures) in store.persons(&indexes).await? {
            let key = keys.unwrap(&row)?;
            let mut digests = HashMap::new();
            for disclosure in disclosures {
                let opened = key.open(&disclosure)?;
                digests.insert((opened.claim().to_owned(), opened.value().to_owned()), disclosure.digest);
            }
            self.known.insert(row.blind_index, Known { key, digests });
        }
        Ok(())
    }

    /// Seals the persons of an event. Returns their streams, which must be empty: who was erased is not named again.
    pub(crate) fn seal(&mut self, event: &mut Event) -> Result<Vec<StreamId>, EngineError> {
        let (municipality, activity) = match event {
            Event::ActivitySubmitted(event) => (event.municipality, &mut event.activity),
            Event::ActivityCorrected(event) => (event.municipality, &mut event.activity),
            _without_an_activity => return Ok(vec![]),
        };
        let (mut streams, mut used) = (vec![], BTreeSet::new());
        for participant in &mut activity.participants {
            if let Participant::Person { name, position } = participant {
                let (person, digests) = self.seal_person(municipality, name, position, &mut used)?;
                streams.push(person_stream(person));
                *participant = Participant::Sealed { digests, person };
            }
        }
        Ok(streams)
    }

    fn seal_person(
        &mut self,
        municipality: MunicipalityCode,
        name: &str,
        position: &str,
        used: &mut BTreeSet<Hash>,
    ) -> Result<(Uuid, Vec<String>), EngineError> {
        let keys = self.keys.as_ref().ok_or(StoreError::NoKeys)?;
        let index = keys.blind_index(&municipality.to_string(), name);
        let known = match self.known.entry(index) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(unknown) => {
                let (row, key) = keys.new_person(index)?;
                self.unkept.persons.push(row);
                unknown.insert(Known { key, digests: HashMap::new() })
            }
        };
        let mut digests = vec![];
        for (claim, value) in [(NAME, name), (POSITION, position)] {
            let told = (claim.to_owned(), value.to_owned());
            // No digest stands twice in one entry (RFC 9901 §4.2.4.1, §7.1); who is named twice is told anew.
            let told_before = known.digests.get(&told).copied().filter(|digest| !used.contains(digest));
            let digest = if let Some(digest) = told_before {
                digest
            } else {
                let disclosure = Disclosure::new(claim, value).map_err(|_| svod_seal::BadKey::Made)?;
                self.unkept.disclosures.push(known.key.seal(&disclosure)?);
                known.digests.insert(told, disclosure.digest());
                disclosure.digest()
            };
            used.insert(digest);
            digests.push(digest_text(digest));
        }
        // Their order tells nothing (RFC 9901 §4.2.4.1).
        digests.sort_unstable();
        Ok((known.key.person(), digests))
    }

    /// Hands out what was sealed since this was last asked for: to be kept before any entry names it.
    pub(crate) fn take_sealed(&mut self) -> Sealed {
        std::mem::take(&mut self.unkept)
    }

    /// Forgets everybody: what is known here may not be what is kept.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
        self.unkept = Sealed::default();
    }

    /// The stream of a person was not empty: the person was erased. Completes the destruction, which may have been
    /// interrupted, so that the name can be filed anew, as that of another.
    pub(crate) async fn erased(&mut self, store: &dyn Store, stream: &StreamId) -> Result<(), EngineError> {
        if let Some(person) = stream.as_str().strip_prefix(PERSONS) {
            self.forget();
            store.destroy_person(person).await?;
        }
        Ok(())
    }
}

impl Sealed {
    /// Keeps it in the vault. `false`: another process knew better; all are to be met again.
    pub(crate) async fn keep(mut self, store: &dyn Store) -> Result<bool, StoreError> {
        if self.persons.is_empty() && self.disclosures.is_empty() {
            return Ok(true);
        }
        // Always in one order: two processes that keep the same persons must wait for one another, not both.
        self.persons.sort_unstable_by_key(|row| row.blind_index);
        self.disclosures.sort_unstable_by_key(|row| row.digest);
        store.keep_persons(&self.persons, &self.disclosures).await
    }
}

/// Opens the persons of activities.
#[derive(Clone)]
pub(crate) struct Opener {
    store: Arc<dyn Store>,
    keys: Option<SealingKeys>,
}

impl Opener {
    pub(crate) fn new(store: Arc<dyn Store>, keys: Option<SealingKeys>) -> Self {
        Self { store, keys }
    }

    /// Puts names and positions in the place of digests. Who was erased appears as [`Participant::erased`].
    pub(crate) async fn open(&self, activities: &mut [&mut Activity]) -> Result<(), EngineError> {
        let mut sealed: Vec<&mut Participant> = activities
            .iter_mut()
            .flat_map(|activity| activity.participants.iter_mut())
            .filter(|participant| matches!(participant, Participant::Sealed { .. }))
            .collect();
        // So many at a time, so that a long report does not ask for everybody at once.
        for some in sealed.chunks_mut(READ_MAX as usize / 2) {
            let digests: Vec<Hash> = some.iter().flat_map(|participant| digests_of(participant)).collect();
            let found = self.store.disclosures(&digests).await?;
            let mut told: HashMap<Hash, Disclosure> = HashMap::new();
            for (digest, row) in &found {
                let keys = self.keys.as_ref().ok_or(StoreError::NoKeys)?;
                told.insert(*digest, keys.open(row)?);
            }
            for participant in some {
                let digests = digests_of(participant);
                let claim = |claim: &str| {
                    let mut disclosures = digests.iter().filter_map(|digest| told.get(digest));
                    Some(disclosures.find(|disclosure| disclosure.claim() == claim)?.value().to_owned())
                };
                **participant = match (claim(NAME), claim(POSITION)) {
                    (Some(name), Some(position)) => Participant::Person { name, position },
                    _gone => Participant::erased(),
                };
            }
        }
        Ok(())
    }
}

fn digests_of(participant: &Participant) -> Vec<Hash> {
    match participant {
        Participant::Sealed { digests, .. } => digests.iter().filter_map(|text| read_digest(text)).collect(),
        Participant::Person { .. } | Participant::Group { .. } => vec![],
    }
}

/// The persons whom the commands name, as far as they can be told before anything is decided.
pub(crate) fn named<'a>(
    world: &World,
    batch: impl Iterator<Item = (&'a Actor, &'a Result<Guarded, Refusal>)>,
) -> Vec<Named> {
    let mut named = vec![];
    for (actor, command) in batch {
        let (activity, municipalities) = match command.as_ref().map(Guarded::command) {
            Ok(Command::Submit(submit)) => (&submit.activity, vec![submit.municipality]),
            Ok(Command::Correct(correct)) => {
                let filed =
                    world.submission(correct.submission_id).and_then(|(found, _)| found.state.filed());
                // Filed earlier in this very batch: by one of the units that the sender speaks for.
                let municipalities = filed
                    .map_or_else(|| actor.municipalities().collect(), |(filed, _)| vec![filed.municipality]);
                (&correct.activity, municipalities)
            }
            _without_an_activity => continue,
        };
        for participant in &activity.participants {
            if let Participant::Person { name, .. } = participant {
                named.extend(municipalities.iter().map(|municipality| (*municipality, name.clone())));
            }
        }
    }
    named
}

/// Shows nobody: every person as if erased. What a document says then can still be made when all of them are.
pub(crate) fn mask(activities: &mut [&mut Activity]) {
    for participant in activities.iter_mut().flat_map(|activity| activity.participants.iter_mut()) {
        if !matches!(participant, Participant::Group { .. }) {
            *participant = Participant::erased();
        }
    }
}
