//! The proof that a record has these events and no others: what lies in a folder, and what it has to say. The form is that of
//! docs/AUDIT.md.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use svod_domain::event::{Attestation, QuarterClosed};
use svod_log::note::VerifierKey;
use svod_log::outline::Outline;
use svod_log::proof::check_inclusion;
use svod_log::tlog_proof::{TlogProof, read_hash};
use svod_log::tree::leaf_hash;
use svod_log::{Checkpoint, Hash, Position, StreamId, StreamTip, Version};

/// The format of the file about the stream.
const FORMAT: &str = "svod-stream-proof/1";

/// The file about the stream.
pub(super) const STREAM_FILE: &str = "stream.json";

/// The close that attests the stream, as a name of files.
pub(super) const CLOSE: &str = "close";

/// Most events of one record that are proved: far more than any has.
pub(super) const EVENTS_MAX: u64 = 9_999;

/// Where a stream stood in the tree over all streams that a close attested.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StreamProof {
    format: String,
    stream: String,
    /// The version it ended with.
    version: u64,
    /// Leaf of the entry that it ended with.
    leaf: String,
    /// Its place among all streams, from 0.
    index: u64,
    /// The hashes from its sibling upwards, in base64.
    hashes: Vec<String>,
}

/// What a sound folder proves.
#[derive(Debug)]
pub(super) struct Proved {
    pub(super) stream: String,
    /// How many events there are, and how many of them came after what the close attests.
    pub(super) events: u64,
    pub(super) later: u64,
    /// Up to where there are no others, if a close attests it.
    pub(super) complete_until: Option<Position>,
    pub(super) checkpoint: Checkpoint,
}

/// Why a folder proves nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unproved {
    /// A file that should be there cannot be read.
    #[error("{} cannot be read", path.display())]
    Unread {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// What a file says is not so.
    #[error("{file}: {what}")]
    Wrong { file: String, what: String },
}

impl StreamProof {
    pub(super) fn new(tip: &StreamTip, index: u64, hashes: &[Hash]) -> Self {
        Self {
            format: FORMAT.to_owned(),
            stream: tip.stream.as_str().to_owned(),
            version: tip.version.0,
            leaf: tip.leaf.to_string(),
            index,
            hashes: hashes.iter().map(|hash| STANDARD.encode(hash.0)).collect(),
        }
    }

    /// Where it says that the stream ended, if the tree over all streams says so.
    fn check(&self, attested: &Attestation) -> Option<StreamTip> {
        let hashes: Vec<Hash> = self.hashes.iter().map(|text| read_hash(text)).collect::<Option<_>>()?;
        let (stream, leaf) = (StreamId::try_new(&self.stream).ok()?, Hash::from_hex(&self.leaf)?);
        let tip = StreamTip { stream, version: Version(self.version), leaf };
        let root = Hash::from_hex(&attested.streams_root)?;
        let holds = check_inclusion(tip.leaf_hash(), self.index, attested.streams, &hashes, root).is_ok();
        (holds && self.format == FORMAT).then_some(tip)
    }
}

/// Name of the files about the event of this version, without their endings.
pub(super) fn event_name(version: u64) -> String {
    format!("{version:04}")
}

/// Where the bytes of the entry of a proof lie.
pub(super) fn entry_beside(proof: &Path) -> PathBuf {
    proof.with_extension("entry.json")
}

/// An entry that a checkpoint of the log is proved to speak of.
pub(super) struct ProvedEntry {
    pub(super) bytes: Vec<u8>,
    pub(super) position: Position,
    pub(super) checkpoint: Checkpoint,
}

/// Checks a proof and the entry beside it.
pub(super) fn check_entry(proof: &Path, entry: &Path, key: &VerifierKey) -> Result<ProvedEntry, Unproved> {
    let unread = |path: &Path| {
        let path = path.to_owned();
        move |source| Unproved::Unread { path, source }
    };
    let text = std::fs::read(proof).map_err(unread(proof))?;
    let bytes = std::fs::read(entry).map_err(unread(entry))?;
    let wrong = |what: String| Unproved::Wrong { file: proof.display().to_string(), what };
    let text = String::from_utf8(text).map_err(|_| wrong("it is no proof".to_owned()))?;
    let read = TlogProof::parse(&text).map_err(|error| wrong(error.to_string()))?;
    let (position, checkpoint) = read.check(&bytes, key).map_err(|error| wrong(error.to_string()))?;
    let outline = Outline::read(&bytes).map_err(|error| wrong(error.to_string()))?;
    if outline.position != position {
        return Err(wrong(format!("the entry says that its position is {}", outline.position)));
    }
    Ok(ProvedEntry { bytes, position, checkpoint })
}

/// Checks a folder: every event is in the log, they follow on each other from the first, and a close attested that the stream
/// ended where they say.
pub(super) fn check_folder(folder: &Path, key: &VerifierKey) -> Result<Proved, Unproved> {
    let events = Events::read(folder, key)?;
    let close = folder.join(format!("{CLOSE}.tlog-proof"));
    let complete = if close.exists() { Some(events.attested(folder, &close, key)?) } else { None };
    let count = events.tips.len() as u64;
    let (covered, until) = complete.map_or((0, None), |(covered, until)| (covered, Some(until)));
    Ok(Proved {
        stream: events.stream,
        events: count,
        later: count - covered,
        complete_until: until,
        checkpoint: events.checkpoint,
    })
}

/// The events of a folder, in order.
struct Events {
    stream: String,
    /// Position and leaf of each version, from the first.
    tips: Vec<(Position, Hash)>,
    checkpoint: Checkpoint,
}

impl Events {
    fn read(folder: &Path, key: &VerifierKey) -> Result<Self, Unproved> {
        let (mut stream, mut tips, mut newest) = (String::new(), vec![], None);
        for version in 1..=EVENTS_MAX {
            let proof = folder.join(format!("{}.tlog-proof", event_name(version)));
            if !proof.exists() {
                break;
            }
            let ProvedEntry { bytes, position, checkpoint } =
                check_entry(&proof, &entry_beside(&proof), key)?;
            let wrong =
                |what: &str| Unproved::Wrong { file: proof.display().to_string(), what: what.to_owned() };
            let outline = Outline::read(&bytes).map_err(|error| wrong(&error.to_string()))?;
            if version == 1 {
                outline.stream.clone_into(&mut stream);
            }
            let follows = outline.stream == stream
                && outline.version == Version(version)
                && outline.prev == tips.last().map(|(_, leaf)| *leaf);
            if !follows {
                return Err(wrong("the entry does not follow on the one before it in its stream"));
            }
            tips.push((position, leaf_hash(&bytes)));
            newest = Some(checkpoint);
        }
        let next = event_name(tips.len() as u64 + 1);
        if let Some(later) = proof_behind(folder, &next)? {
            let what = format!("the event {next} before it is missing");
            return Err(Unproved::Wrong { file: later.display().to_string(), what });
        }
        let missing = || {
            let path = folder.join(format!("{next}.tlog-proof"));
            Unproved::Unread { path, source: std::io::ErrorKind::NotFound.into() }
        };
        Ok(Self { stream, tips, checkpoint: newest.ok_or_else(missing)? })
    }

    /// How many of the events a close attests to be all of them, and up to which position.
    fn attested(&self, folder: &Path, close: &Path, key: &VerifierKey) -> Result<(u64, Position), Unproved> {
        let proved = check_entry(close, &entry_beside(close), key)?;
        let path = folder.join(STREAM_FILE);
        let file = std::fs::read(&path).map_err(|source| Unproved::Unread { path: path.clone(), source })?;
        let wrong = |what: &str| Unproved::Wrong { file: path.display().to_string(), what: what.to_owned() };
        let attested = attestation(&proved.bytes).ok_or_else(|| wrong("the close attests nothing"))?;
        if attested.position >= proved.position.0 {
            return Err(wrong("the close attests what comes after it"));
        }
        let stream: StreamProof =
            serde_json::from_slice(&file).map_err(|_| wrong("it is no proof of a stream"))?;
        let tip = stream.check(&attested).ok_or_else(|| wrong("the close did not attest this"))?;
        let until = Position(attested.position);
        let covered: Vec<_> = self.tips.iter().take_while(|(position, _)| *position <= until).collect();
        let ends = covered.last().is_some_and(|(_, leaf)| *leaf == tip.leaf);
        if tip.stream.as_str() != self.stream || tip.version.0 != covered.len() as u64 || !ends {
            return Err(wrong("the stream ended elsewhere: events are missing, or there are too many"));
        }
        Ok((tip.version.0, until))
    }
}

/// A proof in the folder whose name sorts behind this one: of a later event, or of the close where there is none at all.
fn proof_behind(folder: &Path, name: &str) -> Result<Option<PathBuf>, Unproved> {
    let unread = |source| Unproved::Unread { path: folder.to_owned(), source };
    let mut behind = None;
    for entry in std::fs::read_dir(folder).map_err(unread)? {
        let path = entry.map_err(unread)?.path();
        let is_proof = path.extension().is_some_and(|ending| ending == "tlog-proof");
        let stem = path.file_stem().and_then(std::ffi::OsStr::to_str);
        let is_behind = stem.is_some_and(|stem| stem > name && (stem != CLOSE || name == event_name(1)));
        if is_proof && is_behind && behind.as_ref().is_none_or(|first| path < *first) {
            behind = Some(path);
        }
    }
    Ok(behind)
}

/// What a close says of the whole ledger.
pub(super) fn attestation(entry: &[u8]) -> Option<Attestation> {
    #[derive(Deserialize)]
    struct Close {
        #[serde(rename = "type")]
        kind: String,
        data: serde_json::Value,
    }
    let close: Close = serde_json::from_slice(entry).ok()?;
    if close.kind != "quarter-closed" {
        return None;
    }
    serde_json::from_value::<QuarterClosed>(close.data).ok()?.attested
}
