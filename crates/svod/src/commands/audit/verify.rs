//! `svod audit verify`: every entry, the head, and every checkpoint that somebody kept.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};
use svod_engine::audit::{Ruled, verify_rules, verify_vault, verify_views};
use svod_log::verify::{Defence, Sound, Tampered, Verifier};
use svod_log::{AuditHead, Position, Store, StoreError};
use svod_seal::SealingKeys;

use super::PAGE;
use super::cosigned::{self, CosignedBy, Wanted};
use super::prove::newest_close;
use crate::app::open_store;
use crate::config::Config;
use crate::exit::Failure;
use crate::{keys, print, progress};

/// Largest file that is read as a checkpoint or a receipt, in bytes.
const NOTE_FILE_BYTES_MAX: u64 = 1 << 20;

/// How thoroughly.
#[derive(Args, Clone, Copy, Debug)]
#[group(multiple = false)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line, and only one may be given"
)]
pub(super) struct How {
    /// Check places, hashes, tree, head and checkpoints, and not what the entries say
    #[arg(long)]
    integrity: bool,
    /// Check everything but the rules; so is meant if nothing else is said
    #[arg(long)]
    full: bool,
    /// Ask the rules in force again for everything that was recorded; takes no keys and no checkpoints
    #[arg(long, conflicts_with_all = ["checkpoint", "key"])]
    rules: bool,
    /// Compare every document of the views with what the log yields; takes no keys and no checkpoints
    #[arg(long, conflicts_with_all = ["checkpoint", "key"])]
    views: bool,
}

/// Why a verification ended before it could call the log sound.
pub(super) enum Ended {
    /// Something was changed.
    Tampered(Tampered),
    /// The store could not be read.
    Failed(Failure),
}

impl From<Tampered> for Ended {
    fn from(tampered: Tampered) -> Self {
        Self::Tampered(tampered)
    }
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Failed(Failure::unavailable(error))
    }
}

/// Carries `svod audit verify` out.
pub(super) async fn verify(
    config: &Config,
    kept: &[PathBuf],
    wanted: &Wanted,
    how: How,
    json: bool,
) -> Result<(), Failure> {
    if how.rules {
        return by_the_rules(config, json).await;
    }
    if how.views {
        return views(config, json).await;
    }
    let (notary, sealing) = match keys::load(&config.keys_file).map_err(Failure::unavailable)? {
        Some(keys) => (Some(keys.notary), Some(keys.sealing)),
        None => (None, None),
    };
    let key = wanted.key(notary.as_ref())?;
    let somebody_vouches = notary.is_some() || key.is_some();
    let notes = kept.iter().map(|path| note_in(path)).collect::<Result<Vec<_>, _>>()?;
    if !somebody_vouches && !notes.is_empty() {
        return Err(Failure::usage(anyhow::anyhow!(
            "a checkpoint is checked with --key, or with the ledger's keys"
        )));
    }
    let store = open_store(config).await.map_err(Failure::unavailable)?;
    let mut verifier = Verifier::new(notary, key);
    if how.integrity {
        verifier = verifier.integrity_only();
    }
    let found = look(store.as_ref(), verifier, &notes, wanted, somebody_vouches).await;
    let found = match found {
        Ok((sound, cosigned)) => {
            let sealing = sealing.as_ref().filter(|_| !how.integrity);
            let around = around(store.as_ref(), sealing, sound.position).await;
            around.map(|around| Told { sound, cosigned, somebody_vouches, around })
        }
        Err(ended) => Err(ended),
    };
    match found {
        Ok(told) => tell_sound(&told, wanted, how, json),
        Err(Ended::Tampered(tampered)) => tell_tampered(&tampered, json),
        Err(Ended::Failed(failure)) => Err(failure),
    }
}

/// What stands around the log.
struct Around {
    /// How many disclosures were found sound; `None`: the keys that open them are not here, or nobody asked.
    disclosures: Option<u64>,
    /// Where the schema of the database was attested as another than it is now.
    schema_changed_since: Option<Position>,
}

/// The vault, and what guards the log in its database.
async fn around(store: &dyn Store, sealing: Option<&SealingKeys>, head: Position) -> Result<Around, Ended> {
    let guards = store.guards().await?;
    if let Some(what) = guards.missing.into_iter().next() {
        return Err(Tampered { position: head, defence: Defence::Drift, what }.into());
    }
    let disclosures = match sealing {
        None => None,
        Some(keys) => {
            let bar = progress::bar("looking into the vault", head.0);
            let found = verify_vault(store, keys, |position| bar.set_position(position.0)).await;
            bar.finish_and_clear();
            Some(found.map_err(Failure::unavailable).map_err(Ended::Failed)??)
        }
    };
    let close = newest_close(store).await?;
    let changed = close.filter(|(_, attested)| {
        attested.drift.is_some() && attested.drift != guards.fingerprint.map(|hash| hash.to_string())
    });
    let schema_changed_since = changed.map(|(entry, _)| entry.position);
    Ok(Around { disclosures, schema_changed_since })
}

/// Compares the views with the log.
async fn views(config: &Config, json: bool) -> Result<(), Failure> {
    let store = open_store(config).await.map_err(Failure::unavailable)?;
    let head = store.head().await.map_err(Failure::unavailable)?;
    let bar = progress::bar("comparing the views", head.position.0);
    let compared = verify_views(store.as_ref(), |position| bar.set_position(position.0)).await;
    bar.finish_and_clear();
    let (position, root) = (head.position, head.root.to_string());
    match compared.map_err(Failure::unavailable)? {
        None => {
            print::line(
                "cannot tell: the views moved on while they were compared; try again when less is being recorded",
            )?;
            Err(Failure::CouldNotTell)
        }
        Some(Err(tampered)) => tell_tampered(&tampered, json),
        Some(Ok(documents)) if json => {
            print::json(&json!({"sound": true, "position": position, "root": root, "documents": documents}))
        }
        Some(Ok(documents)) => print::line(format!(
            "sound: {documents} documents of the views; position {position}, root {root}"
        )),
    }
}

/// Asks the rules again. Nobody has to vouch for that: a log that was forged by the rules is what the other ways are for.
async fn by_the_rules(config: &Config, json: bool) -> Result<(), Failure> {
    let store = open_store(config).await.map_err(Failure::unavailable)?;
    let head = store.head().await.map_err(Failure::unavailable)?;
    let bar = progress::bar("asking the rules", head.position.0);
    let ruled = verify_rules(&store, &config.rules, |position| bar.set_position(position.0)).await;
    bar.finish_and_clear();
    let Ruled { position, root, decisions, other_rules } = match ruled.map_err(Failure::unavailable)? {
        Ok(ruled) => ruled,
        Err(tampered) => return tell_tampered(&tampered, json),
    };
    if json {
        return print::json(&json!({
            "sound": true, "position": position, "root": root.to_string(), "decisions": decisions,
            "other_rules": other_rules,
        }));
    }
    if other_rules > 0 {
        print::line(format!(
            "{other_rules} openings and closes name another calendar or other rules than those in force: what follows from \
             these was taken as it stands"
        ))?;
    }
    print::line(format!("sound by the rules: {decisions} decisions; position {position}, root {root}"))
}

/// Goes over the log as it stands now; what is appended meanwhile is left for the next time.
async fn look(
    store: &dyn Store,
    mut verifier: Verifier,
    notes: &[String],
    wanted: &Wanted,
    with_checkpoints: bool,
) -> Result<(Sound, CosignedBy), Ended> {
    for note in notes {
        verifier.expect(note)?;
    }
    // Before the head, so that none of them is of a larger log than the head's.
    if with_checkpoints {
        expect_kept(store, &mut verifier).await?;
        cosigned::expect_kept(store, &mut verifier).await?;
    }
    let cosigned = wanted.look_at(store, notes).await?;
    let head = store.audit_head().await?;
    let bar = progress::bar("verifying", head.position.0);
    let found = rows(store, verifier, &head, |position| bar.set_position(position.0)).await;
    bar.finish_and_clear();
    Ok((found?, cosigned))
}

/// The checkpoints that the store keeps. Each is of a larger log than the one before, or the reading would never end.
pub(super) async fn expect_kept(store: &dyn Store, verifier: &mut Verifier) -> Result<(), Ended> {
    let mut after = 0;
    loop {
        let notes = store.checkpoints(after, PAGE).await?;
        if notes.is_empty() {
            return Ok(());
        }
        for note in notes {
            let size = verifier.expect(&note)?;
            if size <= after {
                let what = "a kept checkpoint is not the one of its row".to_owned();
                let (position, defence) = (Position(size), Defence::Checkpoint);
                return Err(Tampered { position, defence, what }.into());
            }
            after = size;
        }
    }
}

async fn rows(
    store: &dyn Store,
    mut verifier: Verifier,
    head: &AuditHead,
    progress: impl Fn(Position),
) -> Result<Sound, Ended> {
    let mut after = Position::START;
    while after < head.position {
        let left = u32::try_from(head.position.0 - after.0).unwrap_or(PAGE);
        let rows = store.audit_rows(after, left.min(PAGE)).await?;
        let Some(last) = rows.last().map(|row| row.position) else { break };
        for row in &rows {
            verifier.row(row)?;
        }
        after = last;
        progress(after);
    }
    Ok(verifier.end(head)?)
}

/// What a verification found.
struct Told {
    sound: Sound,
    cosigned: CosignedBy,
    somebody_vouches: bool,
    around: Around,
}

fn tell_sound(told: &Told, wanted: &Wanted, how: How, json: bool) -> Result<(), Failure> {
    let Told { sound, cosigned, somebody_vouches, around } = told;
    let somebody_vouches = *somebody_vouches;
    let is_believed = somebody_vouches && wanted.is_met(cosigned);
    if json {
        print::json(&json!({
            "sound": is_believed, "cosigned": cosigned, "position": sound.position, "root": sound.root.to_string(),
            "checkpoints": sound.checkpoints, "codes_checked": sound.macs, "disclosures": around.disclosures,
            "schema_changed_since": around.schema_changed_since,
        }))?;
    } else {
        let codes = match (sound.macs, how.integrity) {
            (true, _) => "codes checked",
            (false, true) => "entries not read: integrity only",
            (false, false) => "codes not checked: the keys are not here",
        };
        let (position, root, checkpoints) = (sound.position, sound.root, sound.checkpoints);
        let verdict = if is_believed {
            "sound"
        } else if somebody_vouches {
            "cannot tell: too few witnesses cosigned the newest checkpoint"
        } else {
            "cannot tell: the entries agree with each other"
        };
        print::line(format!(
            "{verdict}: position {position}, root {root}, {checkpoints} checkpoints agree, {codes}"
        ))?;
        if let Some(disclosures) = around.disclosures {
            print::line(format!("{disclosures} disclosures of the vault are what the log commits to"))?;
        }
        if let Some(position) = around.schema_changed_since {
            print::line(format!(
                "the schema of the database or the rights to it changed since the close at {position}"
            ))?;
        }
        for line in cosigned.lines() {
            print::line(line)?;
        }
    }
    if is_believed { Ok(()) } else { Err(Failure::CouldNotTell) }
}

pub(super) fn tell_tampered(tampered: &Tampered, json: bool) -> Result<(), Failure> {
    if json {
        let Tampered { position, defence, what } = tampered;
        print::json(
            &json!({"sound": false, "position": position, "defence": defence.as_str(), "what": what}),
        )?;
    } else {
        print::line(format!("tampered: {tampered}"))?;
    }
    Err(Failure::FoundWrong)
}

/// The checkpoint in a file: the note itself, or a receipt that carries it.
fn note_in(path: &Path) -> Result<String, Failure> {
    let doing = || format!("reading the checkpoint in {}", path.display());
    let length = std::fs::metadata(path).with_context(doing).map_err(Failure::usage)?.len();
    if length > NOTE_FILE_BYTES_MAX {
        return Err(Failure::usage(anyhow::anyhow!("the file is too large").context(doing())));
    }
    let text = std::fs::read_to_string(path).with_context(doing).map_err(Failure::usage)?;
    let Ok(receipt) = serde_json::from_str::<Value>(&text) else { return Ok(text) };
    let carried = receipt.pointer("/data/checkpoint").and_then(Value::as_str).map(str::to_owned);
    carried.with_context(|| format!("{}: the receipt carries no checkpoint", doing())).map_err(Failure::usage)
}
