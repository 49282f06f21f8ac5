//! Small exports, made by code of their own: what judges them has no part in it.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use svod_audit::{Ended, Fault, Sound, verify};
use svod_log::Hash;
use svod_log::note::{NoteSigner, VerifierKey};
use svod_log::verify::Defence;

/// The log's name.
pub(crate) const ORIGIN: &str = "svod.example/test";

/// An entry before it is written.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) position: u64,
    pub(crate) stream: String,
    pub(crate) version: u64,
    pub(crate) prev: Option<String>,
    pub(crate) recorded_at: String,
    pub(crate) actor: String,
    pub(crate) data: String,
}

impl Draft {
    /// In the canonical form.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let Self { position, stream, version, prev, recorded_at, actor, data } = self;
        let prev = prev.as_ref().map_or("null".into(), |leaf| format!("\"{leaf}\""));
        format!(
            "{{\"actor\":{{\"name\":\"{actor}\",\"role\":\"municipality\"}},\"data\":{data},\"position\":{position},\
             \"prev\":{prev},\"recorded_at\":\"{recorded_at}\",\"schema\":1,\"stream\":\"{stream}\",\
             \"type\":\"activity-submitted\",\"v\":\"svod-entry/1\",\"version\":{version}}}"
        )
        .into_bytes()
    }
}

pub(crate) fn leaf(bytes: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update([0]).chain_update(bytes).finalize().into()
}

/// RFC 6962 §2.1 word for word.
pub(crate) fn root(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            Sha256::new()
                .chain_update([1])
                .chain_update(root(left))
                .chain_update(root(right))
                .finalize()
                .into()
        }
    }
}

/// An honest log: seven streams, a second between entries, each fifth with a sealed name.
pub(crate) fn drafts(count: u64) -> Vec<Draft> {
    let draft = |position: u64| Draft {
        position,
        stream: format!("activity-{}", position % 7),
        version: (position - 1) / 7 + 1,
        prev: None,
        recorded_at: format!(
            "2026-05-01T{:02}:{:02}:{:02}.000000Z",
            position / 3600,
            position / 60 % 60,
            position % 60
        ),
        actor: format!("municipality-{position}"),
        data: if position.is_multiple_of(5) {
            format!(
                "{{\"person\":{{\"_sd\":[\"{}\",\"{}\"]}}}}",
                digest(&disclosure(0)),
                digest(&disclosure(position))
            )
        } else {
            format!("{{\"title\":\"Meeting \\\"{position}\\\"\"}}")
        },
    };
    (1..=count).map(draft).collect()
}

/// The bytes of entries, each of which names the leaf of the one before it in its stream.
pub(crate) fn linked(drafts: &[Draft]) -> Vec<Vec<u8>> {
    let mut tips = std::collections::HashMap::new();
    let mut entries = vec![];
    for draft in drafts {
        let prev = tips.get(&draft.stream).cloned();
        let bytes = Draft { prev, ..draft.clone() }.bytes();
        tips.insert(draft.stream.clone(), Hash(leaf(&bytes)).to_string());
        entries.push(bytes);
    }
    entries
}

/// What is disclosed of the person of an entry.
pub(crate) fn disclosure(number: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("[\"salt of {number}\", \"name\", \"Ann\"]"))
}

pub(crate) fn digest(disclosure: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(disclosure))
}

pub(crate) fn line(digest: &str, disclosure: &str) -> String {
    format!("{{\"digest\":\"{digest}\",\"disclosure\":\"{disclosure}\"}}\n")
}

/// A folder with an export.
pub(crate) struct Exported {
    folder: tempfile::TempDir,
    signer: NoteSigner,
}

impl Exported {
    /// An honest export with kept checkpoints at 3 and 256, as far as the log reaches.
    pub(crate) fn honest(count: u64) -> Self {
        Self::of(&linked(&drafts(count)))
    }

    /// Whatever the entries are, everything else fits them.
    pub(crate) fn of(entries: &[Vec<u8>]) -> Self {
        let signer = NoteSigner::try_new(ORIGIN, &[7; 32]).unwrap();
        let exported = Self { folder: tempfile::tempdir().unwrap(), signer };
        let leaves: Vec<_> = entries.iter().map(|entry| leaf(entry)).collect();
        exported.write("checkpoint", exported.checkpoint(&leaves));
        exported.write("vkey", format!("{}\n", exported.key()));
        for kept in [3, 256].into_iter().filter(|kept| *kept < leaves.len()) {
            exported.write(&format!("checkpoints/{kept}"), exported.checkpoint(&leaves[..kept]));
        }
        let (size, root) = (leaves.len(), STANDARD.encode(root(&leaves)));
        let manifest = format!(
            "{{\"format\":\"svod-export/1\",\"origin\":\"{ORIGIN}\",\"redacted\":false,\"root\":\"{root}\",\"size\":{size}}}\n"
        );
        exported.write("manifest.json", manifest);
        exported.write_tiles(entries, leaves);
        exported
    }

    fn write_tiles(&self, entries: &[Vec<u8>], mut hashes: Vec<[u8; 32]>) {
        for (number, bundle) in entries.chunks(256).enumerate() {
            let pack =
                |entry: &Vec<u8>| [&u16::try_from(entry.len()).unwrap().to_be_bytes()[..], entry].concat();
            self.write(
                &tile("entries", number, bundle.len()),
                bundle.iter().flat_map(pack).collect::<Vec<_>>(),
            );
        }
        for level in 0.. {
            for (number, hashes) in hashes.chunks(256).enumerate() {
                self.write(&tile(&level.to_string(), number, hashes.len()), hashes.concat());
            }
            hashes = hashes.chunks_exact(256).map(root).collect();
            if hashes.is_empty() {
                break;
            }
        }
    }

    /// Signed by the log, whether it is true or not.
    pub(crate) fn checkpoint(&self, leaves: &[[u8; 32]]) -> String {
        self.signer
            .sign(&format!("{ORIGIN}\n{}\n{}\n", leaves.len(), STANDARD.encode(root(leaves))))
            .to_string()
    }

    pub(crate) fn key(&self) -> VerifierKey {
        self.signer.verifier_key()
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.file(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::create_dir_all(self.file(name).parent().unwrap()).unwrap();
        fs::write(self.file(name), content).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.file(name)).unwrap();
    }

    /// Turns a bit round.
    pub(crate) fn flip(&self, name: &str, at: usize) {
        let mut content = self.read(name);
        content[at] ^= 1;
        self.write(name, content);
    }

    /// The answer, with checkpoints that somebody brings.
    pub(crate) fn judged(&self, brought: &[&str]) -> Result<Sound, Ended> {
        let brought: Vec<_> = brought.iter().map(|note| ("brought".to_owned(), (*note).to_owned())).collect();
        verify(self.path(), &self.key(), &brought)
    }

    /// It must be refused, and this must be the first bad position or file, and what saw it.
    #[track_caller]
    pub(crate) fn is_refused(&self, position: Option<u64>, file: Option<&str>, defence: Defence) {
        self.is_refused_with(&[], position, file, defence);
    }

    #[track_caller]
    pub(crate) fn is_refused_with(
        &self,
        brought: &[&str],
        position: Option<u64>,
        file: Option<&str>,
        defence: Defence,
    ) {
        match self.judged(brought) {
            Err(Ended::Tampered(fault)) => {
                let Fault { position: at, file: seen_in, defence: seen_by, what } = fault;
                let found = (at.map(|position| position.0), seen_in.as_deref(), seen_by);
                assert_eq!(found, (position, file, defence), "{what}");
            }
            other => panic!("not refused: {other:?}"),
        }
    }
}

/// Path of a tile of a small log.
pub(crate) fn tile(level: &str, number: usize, width: usize) -> String {
    let partial = if width == 256 { String::new() } else { format!(".p/{width}") };
    format!("tile/{level}/{number:03}{partial}")
}
