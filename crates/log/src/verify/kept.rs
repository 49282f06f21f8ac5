//! What an auditor keeps of a verification, so that the next one need only look at what came since.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::Sound;
use crate::contract::AuditHead;
use crate::tree::{Frontier, NotAFrontier};

/// The value of the field `format`.
const FORMAT: &str = "svod-kept/1";

/// A verification that found a log sound: the signed checkpoint that it ended at, and the frontier of the tree there, which is
/// all that the tree needs to grow on. It is believed because it was kept where nobody of the ledger can write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The checkpoint, a signed note.
    pub checkpoint: String,
    /// The frontier of its tree.
    pub frontier: Frontier,
    /// Whether all codes up to there were checked.
    pub codes_checked: bool,
}

/// A text that is no kept verification.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// Not JSON, or a field is missing, of another type or unknown.
    #[error("it is not what a verification keeps")]
    Malformed(#[source] serde_json::Error),
    /// Another format.
    #[error("it has the unknown format {format:?}")]
    UnknownFormat {
        /// What it says.
        format: String,
    },
    /// The frontier is not in base64.
    #[error("its frontier is not in base64")]
    Base64(#[source] base64::DecodeError),
    /// The frontier is none.
    #[error("its frontier is none")]
    Frontier(#[source] NotAFrontier),
}

/// The fields as they are written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: String,
    checkpoint: String,
    frontier: String,
    codes_checked: bool,
}

impl Kept {
    /// What to keep of a verification that ended at this head, which must be signed. `codes_checked`: all codes before those
    /// that it looked at itself had been checked, too.
    pub fn of(head: &AuditHead, sound: &Sound, codes_checked: bool) -> Result<Self, NotAFrontier> {
        let frontier = Frontier::from_bytes(&head.frontier)?;
        let codes_checked = codes_checked && sound.macs;
        Ok(Self { checkpoint: head.checkpoint.clone(), frontier, codes_checked })
    }

    /// How many entries had been verified.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Reads what [`Kept::to_json`] wrote. Whether it is to be believed is seen when a verification goes on from it.
    pub fn parse(text: &str) -> Result<Self, NotKept> {
        let written: Written = serde_json::from_str(text).map_err(NotKept::Malformed)?;
        if written.format != FORMAT {
            return Err(NotKept::UnknownFormat { format: written.format });
        }
        let bytes = STANDARD.decode(&written.frontier).map_err(NotKept::Base64)?;
        let frontier = Frontier::from_bytes(&bytes).map_err(NotKept::Frontier)?;
        Ok(Self { checkpoint: written.checkpoint, frontier, codes_checked: written.codes_checked })
    }

    /// As one JSON object, for a file.
    #[must_use]
    pub fn to_json(&self) -> String {
        let written = Written {
            format: FORMAT.to_owned(),
            checkpoint: self.checkpoint.clone(),
            frontier: STANDARD.encode(self.frontier.to_bytes()),
            codes_checked: self.codes_checked,
        };
        let mut text = serde_json::to_string_pretty(&written).expect("texts and a truth value are JSON");
        text.push('\n');
        text
    }
}
