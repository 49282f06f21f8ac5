//! What is signed, and what says the same beside it: the key, the newest checkpoint, those that were kept, the manifest.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use svod_log::Checkpoint;
use svod_log::note::{NOTE_BYTES_MAX, Note, VerifierKey};
use svod_log::verify::{Defence, Entries};

use crate::folder::{Folder, unreadable};
use crate::verdict::{CannotTell, Ended, Fault};

/// The format of exports.
const FORMAT: &str = "svod-export/1";

/// Most bytes that are read of a manifest, and of a file that somebody brings.
const BYTES_MAX: u64 = 1 << 20;

/// The key that is written here, or in the file of this name.
pub fn key_in(given: &str) -> Result<VerifierKey, CannotTell> {
    let path = Path::new(given);
    let text = if path.is_file() { text_in(path)? } else { Some(given.to_owned()) };
    let key = text.and_then(|text| text.parse().ok());
    key.ok_or_else(|| CannotTell::NoKey { given: given.to_owned() })
}

/// The checkpoint in a file: the note itself, or a receipt that carries it.
pub fn note_in(path: &Path) -> Result<String, CannotTell> {
    let file = path.display().to_string();
    let Some(text) = text_in(path)? else { return Err(CannotTell::NoCheckpoint { file }) };
    let carried = match serde_json::from_str::<Value>(&text) {
        Ok(receipt) => receipt.pointer("/data/checkpoint").and_then(Value::as_str).map(str::to_owned),
        Err(_) => Some(text),
    };
    let is_checkpoint =
        |note: &String| Note::parse(note).is_ok_and(|note| Checkpoint::parse(&note.text).is_some());
    carried.filter(is_checkpoint).ok_or(CannotTell::NoCheckpoint { file })
}

/// What a file that somebody brings says, if it is text.
fn text_in(path: &Path) -> Result<Option<String>, CannotTell> {
    let mut bytes = vec![];
    File::open(path)
        .and_then(|opened| opened.take(BYTES_MAX).read_to_end(&mut bytes))
        .map_err(unreadable(&path.display().to_string()))?;
    Ok(String::from_utf8(bytes).ok())
}

/// The newest checkpoint, which says how large the log is. It and those that were kept are expected from now on.
pub(crate) fn open_all(
    folder: &Folder,
    key: &VerifierKey,
    brought: &[(String, String)],
    entries: &mut Entries,
) -> Result<Checkpoint, Ended> {
    let head = open("checkpoint", &text_of(folder, "checkpoint")?, key)?;
    entries.expect(head.size, head.root);
    let mut kept: Vec<u64> = folder.names("checkpoints")?.iter().filter_map(|name| size_of(name)).collect();
    kept.sort_unstable();
    for size in kept {
        let name = format!("checkpoints/{size}");
        let checkpoint = open(&name, &text_of(folder, &name)?, key)?;
        if checkpoint.size != size {
            let what = format!("the checkpoint is one of a log of {} entries", checkpoint.size);
            return Err(Fault::in_file(&name, Defence::Checkpoint, what).into());
        }
        entries.expect(size, checkpoint.root);
    }
    for (name, note) in brought {
        let checkpoint = open(name, note, key)?;
        entries.expect(checkpoint.size, checkpoint.root);
    }
    Ok(head)
}

/// The size that the name of a kept checkpoint says.
pub(crate) fn size_of(name: &str) -> Option<u64> {
    name.parse().ok().filter(|size: &u64| size.to_string() == name)
}

/// A checkpoint that the log's key signed.
pub(crate) fn open(file: &str, note: &str, key: &VerifierKey) -> Result<Checkpoint, Fault> {
    Checkpoint::open(note, key).map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        Fault::in_file(file, Defence::Checkpoint, format!("{error}{cause}"))
    })
}

/// The text of a note. What is not UTF-8 is no note, as is what is too long.
fn text_of(folder: &Folder, name: &str) -> Result<String, Ended> {
    let bytes = folder.read(name, NOTE_BYTES_MAX as u64 + 1)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The manifest and the key in the export say what the checkpoint and the given key say.
pub(crate) fn check_manifest(folder: &Folder, head: &Checkpoint, key: &VerifierKey) -> Result<(), Ended> {
    let wrong = |file, what: &str| Err(Fault::in_file(file, Defence::Manifest, what).into());
    let manifest = folder.read("manifest.json", BYTES_MAX)?;
    let manifest = serde_json::from_slice(&manifest).unwrap_or(Value::Null);
    if manifest["format"] != FORMAT {
        return wrong("manifest.json", "the export is not one of the format svod-export/1");
    }
    let root = STANDARD.encode(head.root.0);
    if manifest["origin"] != head.origin || manifest["size"] != head.size || manifest["root"] != root {
        return wrong("manifest.json", "the manifest says another origin, size or root than the checkpoint");
    }
    if manifest["redacted"] == true && folder.has("disclosures.jsonl") {
        return wrong("manifest.json", "the manifest says that nothing is disclosed");
    }
    let vkey = folder.read("vkey", BYTES_MAX)?;
    if std::str::from_utf8(&vkey).ok().and_then(|text| text.parse().ok()).as_ref() != Some(key) {
        return wrong("vkey", "the key in the export is another than the one given");
    }
    Ok(())
}
