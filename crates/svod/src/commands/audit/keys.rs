//! `svod audit keys`: the keys that wrap the keys of persons are replaced from time to time.

use std::collections::BTreeMap;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use svod_log::{PersonRow, READ_MAX, VaultStore};
use svod_seal::{SealingKeys, Unsealed};
use tokio_util::sync::CancellationToken;

use crate::app::now;
use crate::commands::run::signals;
use crate::config::Config;
use crate::exit::Failure;
use crate::keys::change::{Changing, Numbers, numbers};
use crate::{keys, ledger, print, progress};

/// Persons of one transaction: the ledger on SQLite waits for no longer than it takes, and Ctrl-C is heeded between two.
const BATCH: u32 = 500;

/// What is told where the vault knows keys that the file does not.
const OLDER_FILE: &str = "the key file is older than the vault: put its newest copy back, then run it again";

/// Persons who are named when their keys do not open: enough to look at, and the line can be read.
const SHUT_NAMED_MAX: usize = 20;

/// A process that is wrapping a new person read the key file less than this before it is done. So long after a key came into use
/// nobody wraps with an earlier one any more.
const SETTLED: SignedDuration = SignedDuration::from_mins(1);

/// The keys that wrap the keys of persons
#[derive(Args, Debug)]
pub(super) struct Keys {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// List them: which is in use, and how many persons each wraps
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a key to the key file, and wrap every person's key with it
    ///
    /// May be stopped with Ctrl-C and run again: what is unfinished is finished before another key is added. Services go on
    /// running: they read the key file again. On several machines: `--prepare` on one, copy the file to the others, then run it
    /// again without, and copy the file once more.
    #[command(after_help = "Examples:
  svod audit keys rotate
  svod audit keys rotate --prepare
  svod audit keys rotate --finish && svod audit keys retire 1")]
    Rotate {
        /// Only add the key; the next `rotate` begins to use it
        #[arg(long, conflicts_with = "finish")]
        prepare: bool,
        /// Only wrap who is not wrapped by the key in use; add none
        #[arg(long)]
        finish: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Take a key out of the key file; nobody may be wrapped by it any more
    ///
    /// A copy of the vault from before the rotation cannot be opened without it.
    #[command(after_help = "Example:
  svod audit keys retire 1")]
    Retire {
        /// Which
        number: u32,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

impl Keys {
    /// Carries the verb out.
    pub(super) async fn run(&self, config: &Config) -> Result<(), Failure> {
        match self.verb {
            Verb::List { json } => list(config, json).await,
            Verb::Rotate { prepare: true, json, .. } => prepare(config, json),
            Verb::Rotate { prepare: false, finish, json } => rotate(config, finish, json).await,
            Verb::Retire { number, json } => retire(config, number, json).await,
        }
    }
}

async fn list(config: &Config, json: bool) -> Result<(), Failure> {
    let keys = numbers(&config.keys_file).map_err(Failure::unavailable)?;
    let store = ledger::open(config).await.map_err(Failure::unavailable)?;
    let mut wrapped = wrapped(store.as_ref()).await.map_err(Failure::unavailable)?;
    for number in &keys.all {
        wrapped.entry(*number).or_default();
    }
    if json {
        let rows: Vec<_> = wrapped
            .iter()
            .map(|(number, persons)| json!({"number": number, "state": state(&keys, *number), "persons": persons}))
            .collect();
        return print::json(&rows);
    }
    let rows: Vec<[String; 3]> = wrapped
        .iter()
        .map(|(number, persons)| [number.to_string(), state(&keys, *number).to_owned(), persons.to_string()])
        .collect();
    print::table(["KEY", "STATE", "PERSONS"], &rows)
}

fn state(keys: &Numbers, number: u32) -> &'static str {
    if !keys.all.contains(&number) {
        "missing"
    } else if number == keys.in_use {
        "in use"
    } else if keys.prepared() == Some(number) {
        "prepared"
    } else {
        "earlier"
    }
}

fn prepare(config: &Config, json: bool) -> Result<(), Failure> {
    let file = Changing::begin(&config.keys_file).map_err(Failure::unavailable)?;
    let keys = file.numbers().map_err(Failure::unavailable)?;
    let prepared = match keys.prepared() {
        Some(number) => number,
        None => file.add(true).map_err(Failure::unavailable)?,
    };
    if json {
        return print::json(&json!({"in_use": keys.in_use, "prepared": prepared}));
    }
    let (path, in_use) = (config.keys_file.display(), keys.in_use);
    print::line(format!(
        "key {prepared} is in {path} and waits; key {in_use} stays in use. Copy the file to every machine, then `svod audit keys \
         rotate`"
    ))
}

async fn rotate(config: &Config, finish: bool, json: bool) -> Result<(), Failure> {
    let store = ledger::open(config).await.map_err(Failure::unavailable)?;
    let added =
        if finish { false } else { begin(config, store.as_ref()).await.map_err(Failure::unavailable)? };
    let sealing = keys::load(&config.keys_file).and_then(|keys| keys.context("the key file is gone"));
    let sealing = sealing.map_err(Failure::unavailable)?.sealing;
    let stop = CancellationToken::new();
    let listening = tokio::spawn(signals(stop.clone()));
    let rewrapped = rewrap(store.as_ref(), &sealing, &stop).await;
    listening.abort();
    let Rewrapped { count: rewrapped, shut } = rewrapped.map_err(Failure::unavailable)?;
    let left = others(&wrapped(store.as_ref()).await.map_err(Failure::unavailable)?, sealing.current());
    if stop.is_cancelled() && left > 0 {
        let stopped = anyhow::anyhow!("stopped: {left} persons are not rewrapped; run it again to go on");
        return Err(Failure::unavailable(stopped));
    }
    let in_use = sealing.current();
    if json {
        print::json(
            &json!({"in_use": in_use, "added": added, "rewrapped": rewrapped, "left": left, "unopened": shut.count,
                "unopened_persons": shut.persons}),
        )?;
        return shut.end();
    }
    let new = if added { "new " } else { "" };
    print::line(format!(
        "{new}key {in_use} is in use, and the keys of {rewrapped} persons were wrapped with it"
    ))?;
    if shut.count > 0 {
        let persons = shut.persons.join(", ");
        print::line(format!(
            "{} persons were passed over, because their keys were altered: {persons}. Put them back from a backup of the vault, then run it again; `svod audit verify` says what was changed",
            shut.count
        ))?;
    }
    let left = left.saturating_sub(shut.count);
    if left > 0 {
        let told = "were wrapped by earlier keys meanwhile: run `svod audit keys rotate --finish`";
        print::line(format!("{left} persons {told}"))?;
    }
    shut.end()
}

/// What a rotation did.
#[derive(Default)]
struct Rewrapped {
    count: u64,
    shut: Shut,
}

/// Whose keys do not open: one altered row must not keep everybody else under a key that has to go.
#[derive(Default)]
struct Shut {
    count: u64,
    /// The first of them.
    persons: Vec<String>,
}

impl Shut {
    fn take(&mut self, person: &str) {
        self.count += 1;
        if self.persons.len() < SHUT_NAMED_MAX {
            self.persons.push(person.to_owned());
        }
    }

    fn end(&self) -> Result<(), Failure> {
        if self.count == 0 { Ok(()) } else { Err(Failure::FoundWrong) }
    }
}

/// Makes sure that a new key is in use, or that one is whose rotation is unfinished. Whether a key was added.
async fn begin(config: &Config, vault: &dyn VaultStore) -> anyhow::Result<bool> {
    // Held while the vault is looked at: of two that rotate at once, the second finishes what the first has begun.
    let file = Changing::begin(&config.keys_file)?;
    let keys = file.numbers()?;
    if keys.prepared().is_some() {
        file.use_greatest()?;
        return Ok(false);
    }
    // Whoever does not open now will not open under another key either, and waits for no rotation.
    let sealing = keys::load(&config.keys_file)?.context("the key file is gone")?.sealing;
    if openable(vault, &sealing).await? {
        return Ok(false);
    }
    file.add(false)?;
    Ok(true)
}

/// Whether anybody can be wrapped who is not wrapped by the key in use. Fails if somebody is wrapped by a key that the file does
/// not have: the file is older than the vault, and a key added to it would get a number that is taken.
async fn openable(vault: &dyn VaultStore, keys: &SealingKeys) -> anyhow::Result<bool> {
    let mut after = String::new();
    loop {
        let page = vault.person_page(&after, READ_MAX).await?;
        let Some(last) = page.last() else { return Ok(false) };
        after.clone_from(&last.person);
        for row in page.iter().filter(|row| row.key_number != keys.current()) {
            match keys.unwrap(row) {
                Ok(_key) => return Ok(true),
                Err(Unsealed::Altered { .. }) => {}
                Err(missing @ Unsealed::NoSuchKey { .. }) => return Err(missing).context(OLDER_FILE),
            }
        }
    }
}

/// How many persons each key wraps.
async fn wrapped(vault: &dyn VaultStore) -> anyhow::Result<BTreeMap<u32, u64>> {
    let (mut wrapped, mut after) = (BTreeMap::new(), String::new());
    loop {
        let page = vault.person_page(&after, READ_MAX).await?;
        let Some(last) = page.last() else { return Ok(wrapped) };
        after.clone_from(&last.person);
        for row in &page {
            *wrapped.entry(row.key_number).or_default() += 1;
        }
    }
}

fn others(wrapped: &BTreeMap<u32, u64>, in_use: u32) -> u64 {
    wrapped.iter().filter(|(number, _)| **number != in_use).map(|(_, persons)| persons).sum()
}

/// Wraps everybody's key with the one in use, until it is told to stop. Who was rewrapped or erased by somebody else meanwhile
/// is passed over, and so is whoever does not open.
async fn rewrap(
    vault: &dyn VaultStore,
    keys: &SealingKeys,
    stop: &CancellationToken,
) -> anyhow::Result<Rewrapped> {
    let bar = progress::spinner("wrapping");
    let (mut rewrapped, mut after) = (Rewrapped::default(), String::new());
    while !stop.is_cancelled() {
        let page = vault.person_page(&after, BATCH).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.person);
        let mut by_key: BTreeMap<u32, Vec<PersonRow>> = BTreeMap::new();
        for row in page.iter().filter(|row| row.key_number != keys.current()) {
            match keys.rewrap(row) {
                Ok(rewrapped) => by_key.entry(row.key_number).or_default().push(rewrapped),
                Err(Unsealed::Altered { .. }) => rewrapped.shut.take(&row.person),
                Err(missing @ Unsealed::NoSuchKey { .. }) => return Err(missing).context(OLDER_FILE),
            }
        }
        for (from, rows) in by_key {
            rewrapped.count += vault.rewrap(from, &rows).await?;
        }
        bar.set_message(format!("{} keys wrapped", rewrapped.count));
    }
    bar.finish_and_clear();
    Ok(rewrapped)
}

async fn retire(config: &Config, number: u32, json: bool) -> Result<(), Failure> {
    let store = ledger::open(config).await.map_err(Failure::unavailable)?;
    let file = Changing::begin(&config.keys_file).map_err(Failure::unavailable)?;
    let keys = file.numbers().map_err(Failure::unavailable)?;
    let wrapped = wrapped(store.as_ref()).await.map_err(Failure::unavailable)?;
    let persons = wrapped.get(&number).copied().unwrap_or_default();
    may_retire(&keys, number, persons, now())?;
    file.take_out(number).map_err(Failure::unavailable)?;
    if json {
        return print::json(&json!({"retired": number, "in_use": keys.in_use}));
    }
    print::line(format!(
        "key {number} is out of {}; copy the file to every machine, and destroy the copies of the one before",
        config.keys_file.display()
    ))
}

fn may_retire(keys: &Numbers, number: u32, persons: u64, now: Timestamp) -> Result<(), Failure> {
    let no = |code: &str, detail: String, action: &str| {
        Err(Failure::Refused { code: code.to_owned(), detail, action: action.to_owned() })
    };
    if !keys.all.contains(&number) {
        return no("no-such-key", format!("the key file has no key {number}"), "svod audit keys list");
    }
    if number == keys.in_use || keys.prepared() == Some(number) {
        return no("key-in-use", format!("key {number} is in use, or about to be"), "svod audit keys rotate");
    }
    if persons > 0 {
        let detail =
            format!("{persons} persons are still wrapped by key {number}: without it nobody can read them");
        return no("key-in-use", detail, "svod audit keys rotate --finish");
    }
    let since = Timestamp::try_from(keys.since).unwrap_or(now);
    if now.duration_since(since) < SETTLED {
        let detail =
            format!("the key file was changed at {since}: somebody may still be wrapping with key {number}");
        return no("key-in-use", detail, "try again in a minute");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use svod_log::{Hash, MemoryStore};
    use svod_seal::WrappingKeys;

    use super::*;

    fn keys(numbers: &[u32]) -> SealingKeys {
        let by_number = numbers.iter().map(|number| (*number, [u8::try_from(*number).unwrap(); 32]));
        SealingKeys::try_new(&[9; 32], &by_number.collect()).unwrap()
    }

    async fn vault(persons: usize) -> MemoryStore {
        let (store, keys) = (MemoryStore::new(), keys(&[1]));
        let person = |number: usize| keys.new_person(Hash::of(&number.to_be_bytes())).unwrap().0;
        let rows: Vec<PersonRow> = (0..persons).map(person).collect();
        assert!(store.keep_persons(&rows, &[]).await.unwrap());
        store
    }

    #[tokio::test]
    async fn everybody_is_rewrapped_once_also_by_two_at_once() {
        let (store, stop) = (vault(1_201).await, CancellationToken::new());
        let (both, again) = (keys(&[1, 2]), keys(&[1, 2]));
        let (one, two) = tokio::join!(rewrap(&store, &both, &stop), rewrap(&store, &again, &stop));
        assert_eq!(one.unwrap().count + two.unwrap().count, 1_201);
        assert_eq!(wrapped(&store).await.unwrap(), [(2, 1_201)].into());
        for row in store.person_page("", READ_MAX).await.unwrap() {
            keys(&[2]).unwrap(&row).unwrap();
        }
    }

    #[tokio::test]
    async fn what_was_stopped_goes_on_when_it_is_run_again() {
        let (store, stop, both) = (vault(1_201).await, CancellationToken::new(), keys(&[1, 2]));
        let first = store.person_page("", BATCH).await.unwrap();
        let first: Vec<PersonRow> = first.iter().map(|row| both.rewrap(row).unwrap()).collect();
        store.rewrap(1, &first).await.unwrap();
        stop.cancel();
        assert_eq!(rewrap(&store, &both, &stop).await.unwrap().count, 0, "it was told to stop");
        assert_eq!(rewrap(&store, &both, &CancellationToken::new()).await.unwrap().count, 701);
    }

    #[tokio::test]
    async fn an_altered_person_is_named_and_everybody_else_is_rewrapped() {
        let (store, both) = (MemoryStore::new(), keys(&[1, 2]));
        let person = |number: usize| keys(&[1]).new_person(Hash::of(&number.to_be_bytes())).unwrap().0;
        let mut rows: Vec<PersonRow> = (0..9).map(person).collect();
        rows[4].wrapped_key[20] ^= 1;
        assert!(store.keep_persons(&rows, &[]).await.unwrap());
        assert!(openable(&store, &both).await.unwrap());
        let rewrapped = rewrap(&store, &both, &CancellationToken::new()).await.unwrap();
        assert_eq!((rewrapped.count, rewrapped.shut.count), (8, 1));
        assert_eq!(rewrapped.shut.persons, [rows[4].person.clone()]);
        assert_eq!(wrapped(&store).await.unwrap(), [(1, 1), (2, 8)].into());
        assert!(!openable(&store, &both).await.unwrap(), "the next rotation waits for nobody");
    }

    #[tokio::test]
    async fn a_key_file_that_is_older_than_the_vault_adds_no_key_and_wraps_nobody() {
        let store = vault(3).await;
        rewrap(&store, &keys(&[1, 2]), &CancellationToken::new()).await.unwrap();
        let older = keys(&[1]);
        assert!(openable(&store, &older).await.is_err());
        assert!(rewrap(&store, &older, &CancellationToken::new()).await.is_err());
        assert_eq!(wrapped(&store).await.unwrap(), [(2, 3)].into());
    }

    #[tokio::test]
    async fn who_is_overtaken_by_another_rotation_does_not_wrap_with_an_earlier_key() {
        let (store, stop) = (vault(3).await, CancellationToken::new());
        rewrap(&store, &keys(&[1, 2, 3]), &stop).await.unwrap();
        let newest = [(1, [1; 32]), (2, [2; 32]), (3, [3; 32])].into();
        let newest = WrappingKeys::try_new(&newest, None).unwrap();
        let late = keys(&[1, 2]).reread(Arc::new(move || Some(newest.clone())));
        rewrap(&store, &late, &stop).await.unwrap();
        assert_eq!(wrapped(&store).await.unwrap(), [(3, 3)].into());
    }

    #[test]
    fn a_key_is_retired_when_nobody_needs_it_any_more() {
        let now: Timestamp = "2021-06-01T09:00:00Z".parse().unwrap();
        let moment = |at: Timestamp| std::time::UNIX_EPOCH + at.as_duration().unsigned_abs();
        let since = |seconds: i64| moment(now - SignedDuration::from_secs(seconds));
        let file = |seconds| Numbers { all: [1, 2, 3].into(), in_use: 2, since: since(seconds) };
        for (number, persons, seconds, fits) in [
            (1, 0, 60, true),
            (1, 1, 60, false),
            (1, 0, 59, false),
            (2, 0, 60, false),
            (3, 0, 60, false),
            (4, 0, 60, false),
        ] {
            let may = may_retire(&file(seconds), number, persons, now).is_ok();
            assert_eq!(may, fits, "key {number}, {persons} persons, {seconds} s");
        }
    }
}
