//! What a witness cosigns: the growth of a log that it was told of, and nothing else. Pure.

use std::collections::BTreeMap;

use svod_log::note::{NotSigned, Note, VerifierKey};
use svod_log::proof::check_consistency;
use svod_log::{Checkpoint, Hash};

use crate::request::{AddCheckpoint, Malformed};

/// Why a witness does not cosign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read, or contradicts itself.
    #[error("{0}")]
    Malformed(#[from] Malformed),
    /// Nobody told the witness of this log.
    #[error("this log is not known here")]
    UnknownOrigin,
    /// None of the log's keys signed it, or one of the signatures is false.
    #[error("the checkpoint is not signed by the log")]
    NotSigned,
    /// The witness has cosigned another size last.
    #[error("the last cosigned checkpoint is one of {size} entries")]
    Moved {
        /// That size; 0 if it cosigned none.
        size: u64,
    },
    /// The log did not only grow.
    #[error("{0}")]
    Inconsistent(&'static str),
}

/// The logs that a witness was told of, by their names, which are those of their keys. A log may have several keys.
#[derive(Clone, Debug, Default)]
pub struct Logs(BTreeMap<String, Vec<VerifierKey>>);

impl FromIterator<VerifierKey> for Logs {
    fn from_iter<I: IntoIterator<Item = VerifierKey>>(keys: I) -> Self {
        let mut logs = Self::default();
        for key in keys {
            logs.0.entry(key.name().to_owned()).or_default().push(key);
        }
        logs
    }
}

/// A checkpoint that its log signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    pub(crate) checkpoint: Checkpoint,
    /// The note with the signatures of the log's known keys only.
    pub(crate) note: Note,
    old: u64,
    proof: Vec<Hash>,
}

impl Logs {
    /// Their names.
    pub(crate) fn origins(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Reads a request, as far as that needs no memory of what came before.
    pub(crate) fn admit(&self, body: &str) -> Result<Signed, Refusal> {
        let AddCheckpoint { old, proof, note } = body.parse()?;
        let mut note = Note::parse(&note).map_err(|_| Malformed("the checkpoint is no signed note"))?;
        let checkpoint = Checkpoint::parse(&note.text).ok_or(Malformed("the note is no checkpoint"))?;
        let keys = self.0.get(&checkpoint.origin).ok_or(Refusal::UnknownOrigin)?;
        let mut is_signed = false;
        for key in keys {
            match note.verify(key) {
                Ok(()) => is_signed = true,
                Err(NotSigned::Unknown { .. }) => {}
                Err(NotSigned::False { .. }) => return Err(Refusal::NotSigned),
            }
        }
        if !is_signed {
            return Err(Refusal::NotSigned);
        }
        if old > checkpoint.size {
            return Err(Malformed("the old size is larger than the checkpoint's").into());
        }
        note.signatures.retain(|line| keys.iter().any(|key| key.is_of(line)));
        Ok(Signed { checkpoint, note, old, proof })
    }
}

impl Signed {
    /// Whether it follows on the checkpoint that was cosigned last.
    pub(crate) fn follow(&self, last: Option<&Checkpoint>) -> Result<(), Refusal> {
        let known = last.map_or(0, |last| last.size);
        if self.old != known {
            return Err(Refusal::Moved { size: known });
        }
        let empty = Hash::of(b"");
        let (size, root) = (self.checkpoint.size, self.checkpoint.root);
        let then = (known, last.map_or(empty, |last| last.root));
        if known == size && then.1 != root {
            return Err(Refusal::Inconsistent("a log of this size has another root"));
        }
        check_consistency(then, (size, root), &self.proof)
            .map_err(|_| Refusal::Inconsistent("the proof does not show that the log only grew"))
    }

    /// Whether the log contradicts itself, whatever was sent along: two roots for one size, both signed.
    pub(crate) fn is_split(&self, last: Option<&Checkpoint>) -> bool {
        last.is_some_and(|last| last.size == self.checkpoint.size && last.root != self.checkpoint.root)
    }
}
