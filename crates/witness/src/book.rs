//! What a witness remembers, for ever: the last checkpoint of each log that it cosigned. One file a log, written whole and
//! brought to the disk **before** the cosignature leaves, so that neither a power cut nor a kill makes it forget.
//!
//! The file of a log is the cosigned note itself, which is also what the witness shows to whoever asks.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use svod_log::cosignature::{Cosigner, CosignerKey};
use svod_log::note::{Note, SignatureLine};
use svod_log::{Checkpoint, Hash};

use crate::judge::{Logs, Refusal, Signed};

/// Folder of the files of logs.
const LOGS: &str = "logs";
/// Folder of what a log signed and cannot explain.
const EVIDENCE: &str = "evidence";
/// File with the names of the logs that the witness was last told of, one a line.
const ORIGINS: &str = "origins";
/// Held while a witness runs: two on one folder would not know of each other's cosignatures.
const LOCK: &str = "lock";

/// Most pieces of evidence that are kept: the first ones prove as much as all of them.
const EVIDENCE_MAX: usize = 100;

/// How long the same checkpoint gets the same cosignature, in seconds: who repeats what everybody can read does not make
/// the disk work.
const REPEATED_SECONDS: u64 = 5;

/// Why a witness cannot remember, and so does not cosign.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// A file or folder cannot be used.
    #[error("using {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process works on the folder.
    #[error("another witness works on {}", path.display())]
    Taken {
        /// Which.
        path: PathBuf,
    },
    /// The file of a log was not written by this witness. To go on would be to forget.
    #[error("{} is not what this witness wrote", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
    },
}

/// The last of a log.
#[derive(Clone, Debug)]
struct Last {
    checkpoint: Checkpoint,
    note: Note,
    line: SignatureLine,
    cosigned_at: u64,
}

/// What a witness last heard of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogStatus {
    /// The log.
    pub origin: String,
    /// How many entries it had; 0 if nothing was cosigned yet.
    pub size: u64,
    /// Its root, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// When that was cosigned, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosigned_at: Option<u64>,
}

/// The memory of a witness that runs.
#[derive(Debug)]
pub struct Book {
    folder: PathBuf,
    cosigner: Cosigner,
    logs: Logs,
    /// One for each known log. Whoever holds the lock has the only turn to cosign for it.
    lasts: BTreeMap<String, Mutex<Option<Last>>>,
    _lock: File,
}

impl Book {
    /// Opens the memory in a folder. One that is damaged is not opened.
    pub fn open(folder: &Path, cosigner: Cosigner, logs: Logs) -> Result<Self, BookError> {
        for path in [folder.to_owned(), folder.join(LOGS), folder.join(EVIDENCE)] {
            std::fs::create_dir_all(&path).map_err(|source| BookError::File { path, source })?;
        }
        let lock = lock(&folder.join(LOCK))?;
        let mut lasts = BTreeMap::new();
        for origin in logs.origins() {
            let last = read(&file_of(folder, origin), origin, &cosigner.verifier_key())?;
            lasts.insert(origin.to_owned(), Mutex::new(last));
        }
        let book = Self { folder: folder.to_owned(), cosigner, logs, lasts, _lock: lock };
        let origins: String = book.logs.origins().flat_map(|origin| [origin, "\n"]).collect();
        book.write(&folder.join(ORIGINS), &origins)?;
        Ok(book)
    }

    /// The key that this witness is known by.
    #[must_use]
    pub fn key(&self) -> CosignerKey {
        self.cosigner.verifier_key()
    }

    /// Judges a request and remembers what it cosigns before it answers. Blocks on the disk.
    pub(crate) fn add(&self, body: &str, now: u64) -> Result<SignatureLine, AddError> {
        let signed = self.logs.admit(body)?;
        let origin = &signed.checkpoint.origin;
        let last = self.lasts.get(origin).ok_or(Refusal::UnknownOrigin)?;
        // Whoever panicked with the lock left what was remembered as it was.
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.as_ref().map(|last| &last.checkpoint);
        if signed.is_split(known) {
            tracing::error!(origin, size = signed.checkpoint.size, "the log signed two roots for one size");
            self.keep_evidence(&signed)?;
        }
        signed.follow(known)?;
        if let Some(last) = last.as_ref()
            && last.checkpoint == signed.checkpoint
            && last.note.text == signed.note.text
            && now.saturating_sub(last.cosigned_at) < REPEATED_SECONDS
        {
            return Ok(last.line.clone());
        }
        // A clock that was set back must not make a later statement look like an earlier one.
        let cosigned_at = last.as_ref().map_or(now, |last| last.cosigned_at.max(now));
        let line = self.cosigner.cosign(&signed.note.text, cosigned_at);
        let mut note = signed.note;
        note.signatures.push(line.clone());
        self.write(&file_of(&self.folder, origin), &note.to_string())?;
        *last = Some(Last { checkpoint: signed.checkpoint, note, line: line.clone(), cosigned_at });
        Ok(line)
    }

    /// The cosigned checkpoint of the log whose name has this hash, in lowercase hexadecimal.
    pub(crate) fn note(&self, origin_hash: &str) -> Option<String> {
        let (_, last) = self.lasts.iter().find(|(origin, _)| hash_of(origin) == origin_hash)?;
        let last = last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().map(|last| last.note.to_string())
    }

    /// What was heard of each log.
    #[must_use]
    pub fn statuses(&self) -> Vec<LogStatus> {
        let status = |(origin, last): (&String, &Mutex<Option<Last>>)| {
            status(origin, last.lock().unwrap_or_else(PoisonError::into_inner).as_ref())
        };
        self.lasts.iter().map(status).collect()
    }

    /// Two signed roots for one size prove that the log shows different histories to different people.
    fn keep_evidence(&self, signed: &Signed) -> Result<(), BookError> {
        let Checkpoint { origin, size, root } = &signed.checkpoint;
        let folder = self.folder.join(EVIDENCE);
        let path = folder.join(format!("{}-{size}-{}", &hash_of(origin)[..16], &root.to_string()[..16]));
        let kept = std::fs::read_dir(&folder).map_err(|source| BookError::File { path: folder, source })?;
        if path.exists() || kept.count() >= EVIDENCE_MAX {
            return Ok(());
        }
        self.write(&path, &signed.note.to_string())
    }

    /// Replaces a file by a whole new one, and returns when both the bytes and the name are on the disk.
    fn write(&self, path: &Path, text: &str) -> Result<(), BookError> {
        let failed = |source| BookError::File { path: path.to_owned(), source };
        let draft = path.with_extension("new");
        let mut file = File::create(&draft).map_err(failed)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        std::fs::rename(&draft, path).map_err(failed)?;
        let folder = path.parent().unwrap_or(&self.folder);
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }
}

/// Why nothing was cosigned.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AddError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Failed(#[from] BookError),
}

/// What a witness remembers of the logs that it was last told of, whether it runs or not, by their names.
pub fn statuses(folder: &Path, key: &CosignerKey) -> Result<Vec<LogStatus>, BookError> {
    let path = folder.join(ORIGINS);
    let origins = std::fs::read_to_string(&path).map_err(|source| BookError::File { path, source })?;
    let of = |origin: &str| Ok(status(origin, read(&file_of(folder, origin), origin, key)?.as_ref()));
    origins.lines().map(of).collect()
}

fn status(origin: &str, last: Option<&Last>) -> LogStatus {
    LogStatus {
        origin: origin.to_owned(),
        size: last.map_or(0, |last| last.checkpoint.size),
        root: last.map(|last| last.checkpoint.root.to_string()),
        cosigned_at: last.map(|last| last.cosigned_at),
    }
}

fn lock(path: &Path) -> Result<File, BookError> {
    let failed = |source| BookError::File { path: path.to_owned(), source };
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(BookError::Taken { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn hash_of(origin: &str) -> String {
    Hash::of(origin.as_bytes()).to_string()
}

fn file_of(folder: &Path, origin: &str) -> PathBuf {
    folder.join(LOGS).join(hash_of(origin))
}

/// The last of a log. Only a file that was never written means that nothing was cosigned.
fn read(path: &Path, origin: &str, key: &CosignerKey) -> Result<Option<Last>, BookError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(BookError::File { path: path.to_owned(), source }),
    };
    let last = parse(&text, key).filter(|last| last.checkpoint.origin == origin);
    last.map(Some).ok_or_else(|| BookError::Damaged { path: path.to_owned() })
}

fn parse(text: &str, key: &CosignerKey) -> Option<Last> {
    let note = Note::parse(text).ok()?;
    let cosigned_at = key.cosigned_at(&note).ok()?;
    let line = key.line_in(&note.signatures)?.clone();
    Some(Last { checkpoint: Checkpoint::parse(&note.text)?, note, line, cosigned_at })
}
