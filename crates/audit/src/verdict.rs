//! What the verification of an export ends with.

use std::fmt;
use std::io;

use serde_json::{Value, json};
use svod_log::verify::{self, Defence, Tampered};
use svod_log::{Hash, Position};

/// What was found sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    /// How far the log goes.
    pub position: Position,
    /// The root that was computed from the entries.
    pub root: Hash,
    /// How many checkpoints agree with it, the newest counted.
    pub checkpoints: u64,
    /// How many sealed claims are disclosed.
    pub disclosures: usize,
    /// How many documents lie beside the log.
    pub documents: u64,
}

/// The first thing that is wrong, in the order of docs/AUDIT.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The first position that cannot be believed, if the fault is one of the log.
    pub position: Option<Position>,
    /// The file in which it was found, by its path in the export.
    pub file: Option<String>,
    /// What saw it.
    pub defence: Defence,
    /// What is wrong.
    pub what: String,
}

/// Why nothing can be said about an export.
#[derive(Debug, thiserror::Error)]
pub enum CannotTell {
    /// The folder has nothing that an export has.
    #[error("{folder} is not an export")]
    NotAnExport {
        /// Its path.
        folder: String,
    },
    /// What should be the key is neither one nor a file that holds one.
    #[error("{given} is no verifier key and no file that holds one")]
    NoKey {
        /// What was given.
        given: String,
    },
    /// What somebody brought is neither a checkpoint nor a receipt that carries one.
    #[error("{file} is neither a checkpoint nor a receipt that carries one")]
    NoCheckpoint {
        /// Its path.
        file: String,
    },
    /// A file could not be read.
    #[error("{file} cannot be read")]
    Unreadable {
        /// Its path.
        file: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// Why a verification ended before it could call the export sound.
#[derive(Debug)]
pub enum Ended {
    /// Something was changed.
    Tampered(Fault),
    /// It cannot be told.
    CannotTell(CannotTell),
}

impl Fault {
    /// A fault of a file, and not of an entry.
    pub(crate) fn in_file(file: &str, defence: Defence, what: impl Into<String>) -> Self {
        Self { position: None, file: Some(file.to_owned()), defence, what: what.into() }
    }

    /// A fault of an entry that a file shows.
    pub(crate) fn at(position: Position, file: &str, defence: Defence, what: impl Into<String>) -> Self {
        Self { position: Some(position), file: Some(file.to_owned()), defence, what: what.into() }
    }
}

impl From<Tampered> for Ended {
    fn from(tampered: Tampered) -> Self {
        let Tampered { position, defence, what } = tampered;
        Self::Tampered(Fault { position: Some(position), file: None, defence, what })
    }
}

impl From<verify::Ended> for Ended {
    fn from(ended: verify::Ended) -> Self {
        match ended {
            verify::Ended::Tampered(tampered) => tampered.into(),
            verify::Ended::Scratch(source) => {
                CannotTell::Unreadable { file: "what was put aside".to_owned(), source }.into()
            }
        }
    }
}

impl From<Fault> for Ended {
    fn from(fault: Fault) -> Self {
        Self::Tampered(fault)
    }
}

impl From<CannotTell> for Ended {
    fn from(why: CannotTell) -> Self {
        Self::CannotTell(why)
    }
}

impl Sound {
    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "sound": true, "position": self.position.0, "root": self.root.to_string(),
            "checkpoints": self.checkpoints, "disclosures": self.disclosures, "documents": self.documents,
        })
    }
}

impl Ended {
    /// As JSON; `sound` is null where it cannot be told.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Tampered(Fault { position, file, defence, what }) => json!({
                "sound": false, "position": position.map(|position| position.0), "file": file,
                "defence": defence.as_str(), "what": what,
            }),
            Self::CannotTell(why) => json!({"sound": null, "what": chain(why)}),
        }
    }
}

impl fmt::Display for Sound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { position, root, checkpoints, disclosures, documents } = self;
        write!(
            f,
            "sound: position {position}, root {root}, {checkpoints} checkpoints agree, {disclosures} disclosures, \
             {documents} documents"
        )
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tampered(Fault { position, file, defence, what }) => {
                f.write_str("tampered: ")?;
                if let Some(position) = position {
                    write!(f, "position {position}: ")?;
                }
                if let Some(file) = file {
                    write!(f, "{file}: ")?;
                }
                write!(f, "{what} (seen by: {})", defence.as_str())
            }
            Self::CannotTell(why) => write!(f, "cannot tell: {}", chain(why)),
        }
    }
}

fn chain(why: &CannotTell) -> String {
    match std::error::Error::source(why) {
        Some(cause) => format!("{why}: {cause}"),
        None => why.to_string(),
    }
}
