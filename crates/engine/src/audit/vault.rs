//! Whether the vault discloses what the log commits to: nothing was destroyed without an erasure, nothing was exchanged, and nobody
//! who was erased has come back.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use svod_log::verify::{Defence, Tampered};
use svod_log::{Hash, Position, READ_MAX, Store, Version};
use svod_seal::{SealingKeys, Unsealed, read_digest};

use crate::EngineError;
use crate::happened::PERSONS;

/// What stands in the bytes of an entry that names a sealed person.
const SEALED: &[u8] = b"\"_sd\":[";

/// Digests of one look-up: names and positions of a page of entries.
const DIGESTS_MAX: usize = READ_MAX as usize;

/// Looks for every digest of the log in the vault. How many disclosures were found sound. Memory: the persons who were erased.
pub async fn verify_vault(
    store: &dyn Store,
    keys: &SealingKeys,
    progress: impl Fn(Position),
) -> Result<Result<u64, Tampered>, EngineError> {
    let erased = erased(store).await?;
    if let Some(tampered) = come_back(store, &erased).await? {
        return Ok(Err(tampered));
    }
    let end = store.head().await?.position;
    let (mut after, mut sound) = (Position::START, 0);
    while after < end {
        let page = store.read(after, READ_MAX).await?;
        let Some(last) = page.last().map(|recorded| recorded.position) else { break };
        let sealed = page.iter().filter(|entry| entry.bytes.windows(SEALED.len()).any(|part| part == SEALED));
        let mut named = vec![];
        for entry in sealed {
            let data: Value = serde_json::from_str(entry.data.get())
                .map_err(|source| EngineError::Document { view: "the log".to_owned(), source })?;
            digests_in(&data, &mut |person, digest| named.push((entry.position, person.to_owned(), digest)));
        }
        for some in named.chunks(DIGESTS_MAX) {
            match check(store, keys, some, &erased).await? {
                Ok(count) => sound += count,
                Err(tampered) => return Ok(Err(tampered)),
            }
        }
        after = last;
        progress(after);
    }
    Ok(Ok(sound))
}

/// The persons who were erased, and where the log says so.
async fn erased(store: &dyn Store) -> Result<BTreeMap<String, Position>, EngineError> {
    let mut erased = BTreeMap::new();
    let mut after: Option<String> = None;
    loop {
        let page = store.streams(PERSONS, after.as_deref(), READ_MAX).await?;
        let Some(last) = page.last() else { return Ok(erased) };
        after = Some(last.stream.as_str().to_owned());
        for head in &page {
            let first = store.read_stream(&head.stream, Version::NONE, 1).await?;
            if let (Some(entry), Some(person)) = (first.first(), head.stream.as_str().strip_prefix(PERSONS)) {
                erased.insert(person.to_owned(), entry.position);
            }
        }
    }
}

/// The first erasure whose person the vault knows.
async fn come_back(
    store: &dyn Store,
    erased: &BTreeMap<String, Position>,
) -> Result<Option<Tampered>, EngineError> {
    let mut back: BTreeSet<Position> = BTreeSet::new();
    let mut after = String::new();
    loop {
        let page = store.person_page(&after, READ_MAX).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.person);
        back.extend(page.iter().filter_map(|row| erased.get(&row.person)));
    }
    let what = "a person who was erased lives in the vault again";
    Ok(back.first().map(|position| tampered(*position, what)))
}

fn tampered(position: Position, what: &str) -> Tampered {
    Tampered { position, defence: Defence::Vault, what: what.to_owned() }
}

/// Each digest is disclosed by what it is the digest of, or its person was erased.
async fn check(
    store: &dyn Store,
    keys: &SealingKeys,
    named: &[(Position, String, Hash)],
    erased: &BTreeMap<String, Position>,
) -> Result<Result<u64, Tampered>, EngineError> {
    let digests: Vec<Hash> = named.iter().map(|(.., digest)| *digest).collect();
    let found = store.disclosures(&digests).await?;
    let mut sound = 0;
    for (position, person, digest) in named {
        let Some(row) = found.get(digest) else {
            if erased.contains_key(person) {
                continue;
            }
            return Ok(Err(tampered(
                *position,
                "what was disclosed of a person is gone, and no erasure says so",
            )));
        };
        if row.disclosure.person != *person {
            return Ok(Err(tampered(*position, "the vault discloses another person under the digest")));
        }
        match keys.open(row) {
            Ok(disclosure) if disclosure.digest() == *digest => sound += 1,
            Ok(_) => {
                return Ok(Err(tampered(*position, "the vault discloses another text under the digest")));
            }
            Err(Unsealed::Altered { .. }) => {
                return Ok(Err(tampered(*position, "what the vault discloses was altered")));
            }
            // The key file is an older one, or another ledger's: nothing can be told.
            Err(unknown @ Unsealed::NoSuchKey { .. }) => return Err(unknown.into()),
        }
    }
    Ok(Ok(sound))
}

/// Every digest of a value, with the person that it belongs to.
fn digests_in(value: &Value, look: &mut impl FnMut(&str, Hash)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| digests_in(item, look)),
        Value::Object(members) => {
            if let (Some(Value::Array(digests)), Some(Value::String(person))) =
                (members.get("_sd"), members.get("person"))
            {
                let read = digests.iter().filter_map(|digest| digest.as_str().and_then(read_digest));
                read.for_each(|digest| look(person, digest));
            }
            members.values().for_each(|member| digests_in(member, look));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
