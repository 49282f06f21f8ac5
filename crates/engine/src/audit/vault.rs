//! Whether the vault holds what the log says of persons: everything that it names, as it was told, and nobody who was erased.
//! Compared with a log that somebody checks on the way, so nothing is believed of it before that has ended well.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use futures_util::future;
use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::Value;
use svod_domain::Event;
use svod_log::verify::{Defence, Tampered};
use svod_log::{Hash, Position, READ_MAX, Recorded, RowRef, SealedDisclosure, Store, Version};
use svod_seal::{SealingKeys, Unsealed, read_digest};
use uuid::Uuid;

use crate::EngineError;
use crate::happened::{ERASURES, Happened, PERSONS, person_stream};

/// Disclosures that are looked up together.
const LOOKED_UP_MAX: usize = READ_MAX as usize;

/// They are looked up in parts, side by side: a server has several processors, too.
const PARTS: usize = 3;

/// Fewer are one part.
const PART_MIN: usize = 250;

/// Most digests that are remembered as looked at, in a few MiB: a person whom every quarter names is looked up once, mostly.
const REMEMBERED_MAX: usize = 1 << 16;

/// What an entry has in its canonical bytes that names persons.
const SEALED: &str = "\"_sd\":[";

/// Finds it; made once, because every entry of a log is searched.
static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(SEALED));

/// A comparison under way. Memory grows with the number of persons who were erased.
pub struct VaultCheck<'a> {
    store: &'a dyn Store,
    keys: SealingKeys,
    /// Entries up to here were compared another time.
    since: Position,
    /// What entries name and nobody has looked up yet.
    named: Vec<Named>,
    remembered: HashMap<Hash, Uuid>,
    /// Of whom something is gone, and the first position that names it.
    gone: BTreeMap<Uuid, Position>,
    /// Who was erased, by which erasure, and where that stands.
    erased: BTreeMap<Uuid, (Uuid, Position)>,
    /// Whose erasure is complete, and by which erasure.
    completed: BTreeMap<Uuid, Position>,
    first: Option<Tampered>,
    disclosures: u64,
}

/// A digest as an entry names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Named {
    position: Position,
    person: Uuid,
    digest: Hash,
}

impl<'a> VaultCheck<'a> {
    /// Begins.
    #[must_use]
    pub fn new(store: &'a dyn Store, keys: SealingKeys) -> Self {
        Self {
            store,
            keys,
            since: Position::START,
            named: vec![],
            remembered: HashMap::new(),
            gone: BTreeMap::new(),
            erased: BTreeMap::new(),
            completed: BTreeMap::new(),
            first: None,
            disclosures: 0,
        }
    }

    /// Leaves out what entries up to `since` say; who was erased there is looked up when a later entry names the person.
    #[must_use]
    pub fn since(self, since: Position) -> Self {
        Self { since, ..self }
    }

    /// Takes the next entry of the log in.
    pub async fn entry(&mut self, row: RowRef<'_>) -> Result<(), EngineError> {
        self.take(Names::of(row)?).await
    }

    /// Takes the next entry of the log in, of which it was read beside the others whom it names.
    pub async fn take(&mut self, names: Names) -> Result<(), EngineError> {
        match names.0 {
            Read::Of(these) => self.named.extend(these),
            Read::Erasure(position, bytes) => return self.erasure(position, &bytes),
        }
        if self.named.len() >= LOOKED_UP_MAX {
            self.look_up().await?;
        }
        Ok(())
    }

    fn erasure(&mut self, position: Position, bytes: &Arc<[u8]>) -> Result<(), EngineError> {
        let recorded = Recorded::decode(bytes).map_err(|error| impossible(position, &error))?;
        match Happened::decode(recorded.into())?.event {
            Event::PersonErased(event) => {
                self.erased.insert(event.person, (event.erasure_id, position));
            }
            Event::ErasureCompleted(event) => {
                self.completed.insert(event.erasure_id, position);
            }
            _of_another_kind => {}
        }
        Ok(())
    }

    async fn look_up(&mut self) -> Result<(), EngineError> {
        let mut named = std::mem::take(&mut self.named);
        named.retain(|named| self.remembered.get(&named.digest) != Some(&named.person));
        if self.remembered.len() > REMEMBERED_MAX {
            self.remembered.clear();
        }
        let store = self.store;
        let looked_up = |some: &[Named]| {
            let digests: Vec<Hash> = some.iter().map(|named| named.digest).collect();
            async move { store.disclosures(&digests).await }
        };
        let parts = named.chunks(named.len().div_ceil(PARTS).max(PART_MIN));
        let found = future::try_join_all(parts.clone().map(looked_up)).await?;
        for (some, found) in parts.zip(found) {
            for named in some {
                let Some(row) = found.get(&named.digest) else {
                    self.gone.entry(named.person).or_insert(named.position);
                    continue;
                };
                if self.is_as_told(row, named.person)? {
                    self.disclosures +=
                        u64::from(self.remembered.insert(named.digest, named.person).is_none());
                } else {
                    let what =
                        "under a digest that the entry names, the vault holds what does not belong there";
                    self.found(named.position, what);
                }
            }
        }
        Ok(())
    }

    /// Whether it opens with the person's key, and is what the digest says.
    fn is_as_told(&self, row: &SealedDisclosure, person: Uuid) -> Result<bool, EngineError> {
        match self.keys.open(row) {
            Ok(_told) => Ok(row.disclosure.person == person.to_string()),
            Err(Unsealed::Altered { .. }) => Ok(false),
            // That says nothing of the vault: other keys may open it.
            Err(error @ Unsealed::NoSuchKey { .. }) => Err(error.into()),
        }
    }

    fn found(&mut self, position: Position, what: &str) {
        if self.first.as_ref().is_none_or(|first| position < first.position) {
            self.first = Some(Tampered { position, defence: Defence::Vault, what: what.to_owned() });
        }
    }

    /// Ends behind the last entry, which stands at `end`. The answer is how many disclosures were looked at, one that many
    /// entries name perhaps more than once.
    pub async fn end(mut self, end: Position) -> Result<Result<u64, Tampered>, EngineError> {
        self.look_up().await?;
        for (person, position) in std::mem::take(&mut self.gone) {
            if !self.erased.contains_key(&person) && !self.was_erased_elsewhere(person, end).await? {
                self.found(
                    position,
                    "what was told of a person is gone from the vault, and nobody erased the person",
                );
            }
        }
        self.living().await?;
        Ok(self.first.map_or(Ok(self.disclosures), Err))
    }

    /// Whether somebody was erased by an entry that is not looked at: before it was begun, or while the log up to `end` was gone
    /// over. The latter is for the next time.
    async fn was_erased_elsewhere(&self, person: Uuid, end: Position) -> Result<bool, EngineError> {
        let entries = self.store.read_stream(&person_stream(person), Version::NONE, 1).await?;
        Ok(entries.iter().any(|entry| entry.position <= self.since || entry.position > end))
    }

    /// Finds who was erased and is in the vault. An erasure that is not complete may still be at its work.
    async fn living(&mut self) -> Result<(), EngineError> {
        let complete = |(erasure, position): &(Uuid, Position)| {
            self.completed.contains_key(erasure).then_some(*position)
        };
        let erased: BTreeMap<String, Position> = self
            .erased
            .iter()
            .filter_map(|(person, erasure)| Some((person.to_string(), complete(erasure)?)))
            .collect();
        let persons: Vec<&str> = erased.keys().map(String::as_str).collect();
        for row in self.store.person_rows(&persons).await? {
            if let Some(position) = erased.get(&row.person) {
                self.found(*position, "the vault holds a person who was erased");
            }
        }
        Ok(())
    }
}

/// Whom an entry names.
pub struct Names(Read);

enum Read {
    /// These.
    Of(Vec<Named>),
    /// Somebody who is erased; the bytes of the entry say who.
    Erasure(Position, Arc<[u8]>),
}

impl Names {
    /// Reads them. The entry is in canonical form, or it is nothing to go by.
    pub fn of(row: RowRef<'_>) -> Result<Self, EngineError> {
        if row.stream.starts_with(PERSONS) || row.stream.starts_with(ERASURES) {
            return Ok(Self(Read::Erasure(row.position, row.bytes.into())));
        }
        let mut named = vec![];
        if claims(row.bytes, row.position, &mut named).is_none() {
            named.clear();
            let entry =
                serde_json::from_slice(row.bytes).map_err(|error| impossible(row.position, &error))?;
            self::named(&entry, row.position, &mut named);
        }
        Ok(Self(Read::Of(named)))
    }
}

/// What svod writes of a person.
#[derive(Deserialize)]
struct Claim<'a> {
    #[serde(borrow, rename = "_sd")]
    digests: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    person: Option<Cow<'a, str>>,
}

/// The same as [`named`], read where it stands and not by building the whole entry. `None`: something stands there that svod does not
/// write. What looks like the key is one: inside of a string its quotation marks have a backslash before them.
fn claims(text: &[u8], position: Position, into: &mut Vec<Named>) -> Option<()> {
    for at in FINDER.find_iter(text) {
        let start = at.checked_sub(1).filter(|start| text[*start] == b'{')?;
        let mut objects = serde_json::Deserializer::from_slice(&text[start..]).into_iter::<Claim<'_>>();
        let claim = objects.next()?.ok()?;
        if let Some(person) = claim.person.and_then(|person| person.parse().ok()) {
            let digests = claim.digests.iter().filter_map(|digest| read_digest(digest));
            into.extend(digests.map(|digest| Named { position, person, digest }));
        }
    }
    Some(())
}

/// The digests that an entry names, anywhere in it, with the person whose they are.
fn named(value: &Value, position: Position, into: &mut Vec<Named>) {
    match value {
        Value::Object(members) => {
            let person = members.get("person").and_then(Value::as_str).and_then(|text| text.parse().ok());
            let digests = members.get("_sd").and_then(Value::as_array);
            if let (Some(person), Some(digests)) = (person, digests) {
                let digests = digests.iter().filter_map(Value::as_str).filter_map(read_digest);
                into.extend(digests.map(|digest| Named { position, person, digest }));
            }
            members.values().for_each(|value| named(value, position, into));
        }
        Value::Array(values) => values.iter().for_each(|value| named(value, position, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn impossible(position: Position, error: &dyn std::error::Error) -> EngineError {
    EngineError::ImpossibleHistory { position, what: crate::error::chain(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_named_is_read_where_it_stands_as_from_the_whole_entry() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let digest = |byte: char| byte.to_string().repeat(42) + "A";
        let (a, b, c) = (digest('a'), digest('b'), digest('c'));
        for (text, is_read_where_it_stands, count) in [
            (
                format!(
                    r#"{{"p":[{{"_sd":["{a}","{b}"],"person":"{one}"}},{{"_sd":["{c}"],"person":"{two}"}}]}}"#
                ),
                true,
                3,
            ),
            (
                format!(r#"{{"_sd":["{a}"],"person":"{one}","z":{{"_sd":["{b}"],"person":"{two}"}}}}"#),
                true,
                2,
            ),
            (format!(r#"{{"A":1,"_sd":["{a}"],"person":"{one}"}}"#), false, 1),
            (format!(r#"{{"_sd":["{a}",1],"person":"{one}"}}"#), false, 1),
            (format!(r#"{{"_sd":["{a}"],"person":1}}"#), false, 0),
            (format!(r#"{{"_sd":["{a}"]}}"#), true, 0),
            (format!(r#"{{"t":"{{\"_sd\":[\"{a}\"],\"person\":\"{one}\"}}"}}"#), true, 0),
            ("{}".to_owned(), true, 0),
        ] {
            let (mut whole, mut there) = (vec![], vec![]);
            named(&serde_json::from_str(&text).unwrap(), Position(7), &mut whole);
            let read = claims(text.as_bytes(), Position(7), &mut there);
            assert_eq!((read.is_some(), whole.len()), (is_read_where_it_stands, count), "{text}");
            if read.is_some() {
                assert_eq!(there, whole, "{text}");
            }
        }
    }
}
