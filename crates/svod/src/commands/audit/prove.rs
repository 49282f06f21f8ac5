//! `svod audit prove`: that an entry is in the log, or that a record has these events and no others.

use std::cmp::Reverse;
use std::path::Path;

use anyhow::Context as _;
use serde_json::json;
use svod_domain::event::Attestation;
use svod_log::gathered::Gathered;
use svod_log::note::VerifierKey;
use svod_log::proof::prove_inclusion;
use svod_log::tlog_proof::TlogProof;
use svod_log::verify::{Defence, Tampered};
use svod_log::{Checkpoint, Position, READ_MAX, Recorded, Store, StoreError, StreamHead, StreamId, Version};

use uuid::Uuid;

use super::stream_proof::{
    CLOSE, EVENTS_MAX, STREAM_FILE, StreamProof, attestation, entry_beside, event_name,
};
use super::verify::Ended;
use crate::config::Config;
use crate::exit::Failure;
use crate::{keys, ledger, print, progress};

/// Carries `svod audit prove` out.
pub(super) async fn prove(config: &Config, what: &str, out: &Path, json: bool) -> Result<(), Failure> {
    if out.exists() {
        return Err(Failure::usage(anyhow::anyhow!("{} is there already", out.display())));
    }
    let key =
        keys::load(&config.keys_file).map_err(Failure::unavailable)?.map(|keys| keys.notary.verifier_key());
    let store = ledger::open(config).await.map_err(Failure::unavailable)?;
    let made = match what.parse() {
        Ok(position) => one(store.as_ref(), key.as_ref(), Position(position), out).await,
        Err(_) => record(store.as_ref(), key.as_ref(), &stream_of(what)?, out).await,
    };
    match made {
        Ok(made) => made.tell(out, json),
        Err(ended) => ended.tell(json),
    }
}

/// A submission by its id, or any stream by its name.
fn stream_of(what: &str) -> Result<StreamId, Failure> {
    let name = match what.parse::<Uuid>() {
        Ok(id) => format!("submission-{id}"),
        Err(_) => what.to_owned(),
    };
    let none = || format!("{what} is no position, no id of a submission and no stream");
    StreamId::try_new(&name).with_context(none).map_err(Failure::usage)
}

/// What was proved.
struct Made {
    what: String,
    checkpoint: Checkpoint,
    /// Up to where a close attests that there are no other events.
    complete_until: Option<u64>,
}

impl Made {
    fn tell(&self, out: &Path, json: bool) -> Result<(), Failure> {
        let Self { what, checkpoint: Checkpoint { size, root, .. }, complete_until } = self;
        let root = root.to_string();
        if json {
            return print::json(&json!({
                "proved": what, "path": out, "complete_until": complete_until, "position": size, "root": root,
            }));
        }
        let complete = complete_until
            .map_or_else(String::new, |until| format!(", with no others up to position {until}"));
        print::line(format!("proved: {what}{complete}; position {size}, root {root}: {}", out.display()))
    }
}

async fn one(
    store: &dyn Store,
    key: Option<&VerifierKey>,
    position: Position,
    out: &Path,
) -> Result<Made, Ended> {
    let before = Position(position.0.saturating_sub(1));
    let entry = store.read(before, 1).await?.pop().filter(|entry| entry.position == position);
    let none = || Failure::usage(anyhow::anyhow!("the log has no position {position}"));
    let entry = entry.ok_or_else(none)?;
    let (checkpoint, proofs) = proofs(store, key, &[position]).await?;
    for proof in &proofs {
        write(out, &entry, proof)?;
    }
    Ok(Made { what: format!("the entry at position {position}"), checkpoint, complete_until: None })
}

async fn record(
    store: &dyn Store,
    key: Option<&VerifierKey>,
    stream: &StreamId,
    out: &Path,
) -> Result<Made, Ended> {
    let events = events(store, stream).await?;
    if events.is_empty() {
        return Err(Failure::usage(anyhow::anyhow!("the log has no stream {stream}")).into());
    }
    let close = newest_close(store).await?;
    let closing = close.as_ref().map(|(entry, _)| entry.position);
    let positions: Vec<Position> = events.iter().map(|entry| entry.position).chain(closing).collect();
    let (checkpoint, proofs) = proofs(store, key, &positions).await?;
    let made = || format!("making the folder {}", out.display());
    std::fs::create_dir_all(out).with_context(made).map_err(Failure::unavailable)?;
    for (entry, proof) in events.iter().zip(&proofs) {
        let file = out.join(format!("{}.tlog-proof", event_name(entry.version.0)));
        write(&file, entry, proof)?;
    }
    let mut complete_until = None;
    if let (Some((close, attested)), Some(proof)) = (&close, proofs.get(events.len()))
        && let Some(proved) = attested_tip(store, stream, attested).await?
    {
        write(&out.join(format!("{CLOSE}.tlog-proof")), close, proof)?;
        let text = serde_json::to_vec_pretty(&proved).map_err(Failure::unavailable)?;
        write_file(&out.join(STREAM_FILE), &text)?;
        complete_until = Some(attested.position);
    }
    Ok(Made { what: format!("{} events of {stream}", events.len()), checkpoint, complete_until })
}

async fn events(store: &dyn Store, stream: &StreamId) -> Result<Vec<std::sync::Arc<Recorded>>, Ended> {
    let mut events: Vec<std::sync::Arc<Recorded>> = vec![];
    loop {
        let after = events.last().map_or(Version::NONE, |entry| entry.version);
        let page = store.read_stream(stream, after, READ_MAX).await?;
        if page.is_empty() || after.0 >= EVENTS_MAX {
            return Ok(events);
        }
        events.extend(page);
    }
}

/// The newest close that attests the ledger. Looked for where streams of quarters end, the newest first, so that mostly one is
/// read.
pub(super) async fn newest_close(
    store: &dyn Store,
) -> Result<Option<(std::sync::Arc<Recorded>, Attestation)>, Ended> {
    let mut heads = vec![];
    loop {
        let after = heads.last().map(|head: &StreamHead| head.stream.as_str());
        let page = store.streams("quarter-", after, READ_MAX).await?;
        if page.is_empty() {
            break;
        }
        heads.extend(page);
    }
    heads.sort_unstable_by_key(|head| Reverse(head.position));
    let mut newest = None::<(std::sync::Arc<Recorded>, Attestation)>;
    for head in heads {
        if newest.as_ref().is_some_and(|(close, _)| close.position > head.position) {
            break;
        }
        let close = events(store, &head.stream).await?.into_iter().rev().find_map(|entry| {
            let attested = attestation(&entry.bytes)?;
            Some((entry, attested))
        });
        newest = newest.into_iter().chain(close).max_by_key(|(close, _)| close.position);
    }
    Ok(newest)
}

/// Proofs of entries in the tree of the newest checkpoint, from one way through the leaves of the log. Where the keys of the
/// ledger are, the checkpoint must be signed by them.
async fn proofs(
    store: &dyn Store,
    key: Option<&VerifierKey>,
    positions: &[Position],
) -> Result<(Checkpoint, Vec<TlogProof>), Ended> {
    let newest = store.audit_head().await?.checkpoint;
    let unsigned = |what: &str| Tampered {
        position: positions.iter().copied().max().unwrap_or_default(),
        defence: Defence::Checkpoint,
        what: what.to_owned(),
    };
    let checkpoint = match key {
        Some(key) => Checkpoint::open(&newest, key).map_err(|error| unsigned(&error.to_string()))?,
        None => newest
            .split_once("\n\n")
            .and_then(|(text, _)| Checkpoint::parse(&format!("{text}\n")))
            .ok_or_else(|| unsigned("the newest checkpoint is none"))?,
    };
    let size = checkpoint.size;
    let mut gathered: Vec<Gathered> =
        positions.iter().map(|position| Gathered::for_inclusion(position.0 - 1, size)).collect();
    let bar = progress::bar("proving", size);
    let mut after = Position::START;
    while after.0 < size {
        let limit = u32::try_from(size - after.0).unwrap_or(READ_MAX).min(READ_MAX);
        let leaves = store.leaves(after, limit).await?;
        if leaves.is_empty() {
            break;
        }
        after.0 += leaves.len() as u64;
        for leaf in leaves {
            for gathered in &mut gathered {
                gathered.take(leaf);
            }
        }
        bar.set_position(after.0);
    }
    bar.finish_and_clear();
    let mut proofs = vec![];
    for (position, gathered) in positions.iter().zip(&gathered) {
        let tampered = || {
            let what = "the leaves do not lead to the root of the newest checkpoint".to_owned();
            Tampered { position: *position, defence: Defence::Checkpoint, what }
        };
        if gathered.tree().root() != checkpoint.root {
            return Err(tampered().into());
        }
        let index = position.0 - 1;
        let hashes = prove_inclusion(gathered, index, size).map_err(|_| tampered())?;
        proofs.push(TlogProof { index, hashes, checkpoint: newest.clone() });
    }
    Ok((checkpoint, proofs))
}

/// The proof of where the stream ended in the tree over all streams that a close attests. `None`: the stream is younger.
async fn attested_tip(
    store: &dyn Store,
    stream: &StreamId,
    attested: &Attestation,
) -> Result<Option<StreamProof>, Ended> {
    let until = Position(attested.position);
    let Some((tip, index)) = place(store, stream, until).await? else { return Ok(None) };
    let mut gathered = Gathered::for_inclusion(index, attested.streams);
    each_tip(store, until, |tip| gathered.take(tip.leaf_hash())).await?;
    let tampered = || {
        let what = "the streams are not those that the close attested".to_owned();
        Tampered { position: until, defence: Defence::Streams, what }
    };
    if gathered.tree().root().to_string() != attested.streams_root {
        return Err(tampered().into());
    }
    let hashes = prove_inclusion(&gathered, index, attested.streams).map_err(|_| tampered())?;
    Ok(Some(StreamProof::new(&tip, index, &hashes)))
}

/// Where a stream ended then, and its place among all.
async fn place(
    store: &dyn Store,
    stream: &StreamId,
    until: Position,
) -> Result<Option<(svod_log::StreamTip, u64)>, StoreError> {
    let (mut found, mut index) = (None, 0);
    each_tip(store, until, |tip| {
        if tip.stream == *stream {
            found = Some((tip.clone(), index));
        }
        index += 1;
    })
    .await?;
    Ok(found)
}

async fn each_tip(
    store: &dyn Store,
    until: Position,
    mut look: impl FnMut(&svod_log::StreamTip),
) -> Result<(), StoreError> {
    let mut after: Option<String> = None;
    loop {
        let tips = store.stream_tips(until, after.as_deref(), READ_MAX).await?;
        let Some(last) = tips.last() else { return Ok(()) };
        after = Some(last.stream.as_str().to_owned());
        tips.iter().for_each(&mut look);
    }
}

fn write(file: &Path, entry: &Recorded, proof: &TlogProof) -> Result<(), Failure> {
    write_file(&entry_beside(file), &entry.bytes)?;
    write_file(file, proof.to_string().as_bytes())
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes)
        .with_context(|| format!("writing {}", path.display()))
        .map_err(Failure::unavailable)
}
