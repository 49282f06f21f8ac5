//! `svod audit verify`: every entry, the head, and every checkpoint that somebody kept.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use futures_util::future;
use serde_json::{Value, json};
use svod_domain::event::Attestation;
use svod_engine::EngineError;
use svod_engine::audit::{Ruled, Unsound, VaultCheck, verify_entries, verify_rules, verify_views};
use svod_log::note::Note;
use svod_log::verify::{Defence, Kept, Opened, Opener, Sound, Tampered, Verifier};
use svod_log::{AuditHead, Checkpoint, Guards, Position, Store, StoreError};
use svod_store::OpenOptions;

use super::PAGE;
use super::cosigned::{CosignedBy, Wanted};
use super::prove::newest_close;
use super::since::{self, Keeping};
use crate::config::Config;
use crate::exit::Failure;
use crate::{handed, keys, ledger, print, progress};

/// Largest file that is read as a checkpoint or a receipt, in bytes.
const NOTE_FILE_BYTES_MAX: u64 = 1 << 20;

/// Checkpoints that are opened one after the other: each takes some fifty microseconds.
const NOTES: usize = 100;

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

impl From<Unsound> for Ended {
    fn from(unsound: Unsound) -> Self {
        match unsound {
            Unsound::Tampered(tampered) => Self::Tampered(tampered),
            // An event that no rule could have emitted was not emitted by one.
            Unsound::Failed(EngineError::ImpossibleHistory { position, what }) => {
                Self::Tampered(Tampered { position, defence: Defence::Rules, what })
            }
            // As they are, so that their cure is known.
            Unsound::Failed(EngineError::Store(error)) => Self::Failed(Failure::unavailable(error)),
            Unsound::Failed(error) => Self::Failed(Failure::unavailable(error)),
            error @ Unsound::Scratch(_) => Self::Failed(Failure::unavailable(error)),
        }
    }
}

impl From<svod_log::verify::Ended> for Ended {
    fn from(ended: svod_log::verify::Ended) -> Self {
        Unsound::from(ended).into()
    }
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<EngineError> for Ended {
    fn from(error: EngineError) -> Self {
        Unsound::from(error).into()
    }
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Unsound::from(error).into()
    }
}

impl Ended {
    /// Tells it, and gives the status.
    pub(super) fn tell(self, json: bool) -> Result<(), Failure> {
        match self {
            Self::Tampered(tampered) => tell_tampered(&tampered, json),
            Self::Failed(failure) => Err(failure),
        }
    }
}

/// Gives it an unnamed file for what it puts aside. Where none can be made it needs more memory, and that is all.
pub(super) fn with_scratch(verifier: Verifier) -> Verifier {
    match tempfile::tempfile() {
        Ok(file) => verifier.with_scratch(file),
        Err(error) => {
            tracing::warn!(%error, "no temporary file can be made; memory is used instead");
            verifier
        }
    }
}

/// Carries `svod audit verify` out.
pub(super) async fn verify(
    config: &Config,
    kept: &[PathBuf],
    wanted: &Wanted,
    (how, keeping): (How, &Keeping),
    json: bool,
) -> Result<(), Failure> {
    if how.rules {
        return by_the_rules(config, json).await;
    }
    if how.views {
        return views(config, json).await;
    }
    let keys = keys::load(&config.keys_file).map_err(Failure::unavailable)?;
    let (notary, sealing) = keys.map(|keys| (keys.notary, keys.sealing)).unzip();
    let key = wanted.key(notary.as_ref())?;
    let somebody_vouches = notary.is_some() || key.is_some();
    let notes = kept.iter().map(|path| note_in(path)).collect::<Result<Vec<_>, _>>()?;
    if !somebody_vouches && !notes.is_empty() {
        return Err(Failure::usage(anyhow::anyhow!(
            "a checkpoint is checked with --key, or with the ledger's keys"
        )));
    }
    if !somebody_vouches && keeping.is_asked_for() {
        return Err(Failure::usage(anyhow::anyhow!(
            "--since and --keep speak of signed checkpoints: give --key, or have the ledger's keys here"
        )));
    }
    let since = keeping.kept()?;
    let store = ledger::open(config).await.map_err(Failure::unavailable)?;
    let mut verifier = with_scratch(Verifier::new(notary, key));
    let mut vault = sealing.map(|sealing| VaultCheck::new(store.as_ref(), sealing));
    if how.integrity {
        (verifier, vault) = (verifier.integrity_only(), None);
    }
    let looked = async {
        if let Some(since) = &since {
            verifier = verifier.since(since)?;
            vault = vault.map(|vault| vault.since(verifier.begins()));
        }
        let looking = look(store.as_ref(), (verifier, vault), &notes, wanted, somebody_vouches);
        // Beside each other: a short verification is mostly waiting for answers. What is wrong with the log is told first.
        let (found, guards) = future::join(looking, Standing::look(store.as_ref())).await;
        let found = found?;
        let around = guards?.around(found.sound.position)?;
        Ok::<_, Ended>(Told { found, somebody_vouches, around, since })
    };
    match looked.await {
        Ok(told) => {
            tell_sound(&told, wanted, how, json)?;
            keeping.keep(&told.found.head, &told.found.sound, told.since.as_ref())
        }
        Err(ended) => ended.tell(json),
    }
}

/// What stands around the log.
struct Around {
    /// Where the schema of the database was attested as another than it is now.
    schema_changed_since: Option<Position>,
}

/// What stands in the database around the log, as it was found.
struct Standing {
    guards: Guards,
    /// What the newest close attests, and where it stands.
    attested: Option<(Position, Attestation)>,
}

impl Standing {
    async fn look(store: &dyn Store) -> Result<Self, Ended> {
        let guards = store.guards().await?;
        let attested = newest_close(store).await?.map(|(entry, attested)| (entry.position, attested));
        Ok(Self { guards, attested })
    }

    /// What to say of it, beside a log that was found sound up to here.
    fn around(self, head: Position) -> Result<Around, Ended> {
        let Self { guards, attested } = self;
        if let Some(what) = guards.missing.into_iter().next() {
            return Err(Tampered { position: head, defence: Defence::Drift, what }.into());
        }
        let drifted = attested.filter(|(_, attested)| {
            attested.drift.is_some() && attested.drift != guards.fingerprint.map(|hash| hash.to_string())
        });
        Ok(Around { schema_changed_since: drifted.map(|(position, _)| position) })
    }
}

/// Compares the views with the log. They are built once more in a file beside, which goes again.
async fn views(config: &Config, json: bool) -> Result<(), Failure> {
    let store = ledger::open(config).await.map_err(Failure::unavailable)?;
    let head = store.head().await.map_err(Failure::unavailable)?;
    let bar = progress::bar("comparing the views", head.position.0);
    let beside = tempfile::tempdir().context("making a folder in which the views are built once more");
    let beside = beside.map_err(Failure::unavailable)?;
    let url = format!("sqlite://{}", beside.path().join("views.db").display());
    let scratch = svod_store::open(&url, OpenOptions::default()).await.map_err(Failure::unavailable)?;
    let compared =
        verify_views(store.as_ref(), scratch.as_ref(), |position| bar.set_position(position.0)).await;
    bar.finish_and_clear();
    let (position, root) = (head.position, head.root.to_string());
    match compared {
        Err(error) => Ended::from(error).tell(json),
        Ok(None) => {
            let why = "the views moved on while they were compared, or are those of another version of svod; try again when less is \
                       being recorded";
            if json {
                print::json(&json!({"sound": null, "position": position, "root": root, "what": why}))?;
            } else {
                print::line(format!("cannot tell: {why}"))?;
            }
            Err(Failure::CouldNotTell)
        }
        Ok(Some(Err(tampered))) => tell_tampered(&tampered, json),
        Ok(Some(Ok(documents))) if json => {
            print::json(&json!({"sound": true, "position": position, "root": root, "documents": documents}))
        }
        Ok(Some(Ok(documents))) => print::line(format!(
            "sound: {documents} documents of the views; position {position}, root {root}"
        )),
    }
}

/// Asks the rules again. Nobody has to vouch for that: a log that was forged by the rules is what the other ways are for.
async fn by_the_rules(config: &Config, json: bool) -> Result<(), Failure> {
    let store = ledger::open(config).await.map_err(Failure::unavailable)?;
    let head = store.head().await.map_err(Failure::unavailable)?;
    let bar = progress::bar("asking the rules", head.position.0);
    let ruled = verify_rules(&store, &config.rules, |position| bar.set_position(position.0)).await;
    bar.finish_and_clear();
    let Ruled { position, root, decisions, other_rules } = match ruled {
        Ok(Ok(ruled)) => ruled,
        Ok(Err(tampered)) => return tell_tampered(&tampered, json),
        Err(error) => return Ended::from(error).tell(json),
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

/// What was found sound: the log, how many disclosures, and who cosigned.
struct Found {
    head: AuditHead,
    sound: Sound,
    disclosures: Option<u64>,
    cosigned: CosignedBy,
}

/// Goes over the log as it stands now; what is appended meanwhile is left for the next time.
async fn look(
    store: &dyn Store,
    (mut verifier, vault): (Verifier, Option<VaultCheck<'_>>),
    notes: &[String],
    wanted: &Wanted,
    with_checkpoints: bool,
) -> Result<Found, Ended> {
    let begins = verifier.begins();
    for note in notes {
        let size = verifier.expect(note)?;
        if size < begins.0 {
            let error = anyhow::anyhow!(
                "a checkpoint of {size} entries cannot be compared by a verification that begins behind {begins}; leave --since out"
            );
            return Err(Ended::Failed(Failure::usage(error)));
        }
    }
    // Before the head, so that none of them is of a larger log than the head's.
    if with_checkpoints {
        expect_kept(store, &mut verifier).await?;
        wanted.expect_kept(store, &mut verifier).await?;
    }
    let cosigned = wanted.look_at(store, notes).await?;
    wanted.expect_times(notes, &mut verifier)?;
    let head = store.audit_head().await?;
    let bar = progress::bar("verifying", head.position.0);
    let found =
        verify_entries(store, (verifier, vault), &head, |position| bar.set_position(position.0)).await;
    bar.finish_and_clear();
    let (sound, disclosures) = found?;
    wanted.silent(&cosigned)?;
    Ok(Found { head, sound, disclosures, cosigned: cosigned.since(begins) })
}

/// The checkpoints that the store keeps. Each is of a larger log than the one before, or the reading would never end.
pub(super) async fn expect_kept(store: &dyn Store, verifier: &mut Verifier) -> Result<(), Ended> {
    let mut after = verifier.begins().0.saturating_sub(1);
    loop {
        let notes = store.checkpoints(after, PAGE).await?;
        if notes.is_empty() {
            return Ok(());
        }
        for opened in opened(verifier.opener(), notes).await? {
            let size = verifier.expect_opened(opened)?;
            if size <= after {
                let what = "a kept checkpoint is not the one of its row".to_owned();
                let (position, defence) = (Position(size), Defence::Checkpoint);
                return Err(Tampered { position, defence, what }.into());
            }
            after = size;
        }
    }
}

/// Checkpoints, opened side by side: signatures take longer than everything else about them.
async fn opened(opener: Opener, notes: Vec<String>) -> Result<Vec<Result<Opened, Tampered>>, Ended> {
    let parts: Vec<Vec<String>> = notes.chunks(NOTES).map(<[String]>::to_vec).collect();
    let parts = parts.into_iter().map(|notes| {
        let opener = opener.clone();
        tokio::task::spawn_blocking(move || notes.iter().map(|note| opener.open(note)).collect::<Vec<_>>())
    });
    let parts = future::try_join_all(parts).await;
    Ok(parts.map_err(|error| Ended::Failed(Failure::unavailable(error)))?.into_iter().flatten().collect())
}

/// What a verification found.
struct Told {
    found: Found,
    somebody_vouches: bool,
    around: Around,
    /// What it went on from.
    since: Option<Kept>,
}

fn tell_sound(told: &Told, wanted: &Wanted, how: How, json: bool) -> Result<(), Failure> {
    let Told { found: Found { sound, disclosures, cosigned, .. }, somebody_vouches, around, since } = told;
    let began = since.as_ref().map(Kept::size);
    let somebody_vouches = *somebody_vouches;
    let is_believed = somebody_vouches && wanted.is_met(cosigned);
    if json {
        print::json(&json!({
            "sound": is_believed, "cosigned": cosigned, "position": sound.position, "root": sound.root.to_string(),
            "checkpoints": sound.checkpoints, "codes_checked": sound.macs, "disclosures_checked": disclosures,
            "since": began, "codes_checked_before": since.as_ref().map(|kept| kept.codes_checked), "schema_changed_since": around.schema_changed_since,
        }))?;
    } else {
        let codes = match (sound.macs, how.integrity) {
            (true, _) => "codes and vault checked",
            (false, true) => "entries not read: integrity only",
            (false, false) => "codes not checked: the keys are not here",
        };
        let (position, root, checkpoints) = (sound.position, sound.root, sound.checkpoints);
        let verdict = if let Some(began) = began.filter(|_| is_believed) {
            &format!("sound since position {began}")
        } else if is_believed {
            "sound"
        } else if somebody_vouches {
            "cannot tell: too few witnesses cosigned the newest checkpoint"
        } else {
            "cannot tell: the entries agree with each other"
        };
        print::line(format!(
            "{verdict}: position {position}, root {root}, {checkpoints} checkpoints agree, {codes}"
        ))?;
        if let Some(position) = around.schema_changed_since {
            print::line(format!(
                "the schema of the database or the rights to it changed since the close at {position}"
            ))?;
        }
        for line in since.iter().flat_map(since::lines).chain(cosigned.lines()) {
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

/// The checkpoint in a file: the note itself, or a receipt or a kept verification that carries it.
fn note_in(path: &Path) -> Result<String, Failure> {
    let doing = format!("reading the checkpoint in {}", path.display());
    let text = handed::text_in(path, NOTE_FILE_BYTES_MAX, &doing)?;
    let carried = match serde_json::from_str::<Value>(&text) {
        Ok(receipt) => {
            let carried = receipt.pointer("/data/checkpoint").or_else(|| receipt.get("checkpoint"));
            carried.and_then(Value::as_str).map(str::to_owned)
        }
        // Whose it is, and whether it was signed, is told when it is compared.
        Err(_no_json) => {
            let is_checkpoint = Note::parse(&text).is_ok_and(|note| Checkpoint::parse(&note.text).is_some());
            is_checkpoint.then_some(text)
        }
    };
    carried.with_context(|| format!("{doing}: the file carries no checkpoint")).map_err(Failure::usage)
}
