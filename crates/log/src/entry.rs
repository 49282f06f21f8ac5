//! The exact bytes kept of one event, format `svod-entry/1` (still open until the auditor's issue freezes it).

use std::sync::Arc;

use jiff::Timestamp;

use crate::append::{ActorName, MessageKey};
use crate::{Hash, Position, StreamId, Version};

/// Largest entry, in bytes: C2SP entry bundles carry a 16-bit length.
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// Why an event cannot be written as an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnfitEntry {
    /// Longer than the format allows.
    #[error("the entry would have {bytes} bytes, more than {ENTRY_BYTES_MAX}")]
    TooLong {
        /// How long it would be.
        bytes: usize,
    },
    /// Holds a number that is not an integer within ±(2^53−1).
    #[error("the entry would hold a number that is not an exact integer")]
    InexactNumber,
    /// Holds a key outside ASCII.
    #[error("the entry would hold a key outside ASCII")]
    KeyNotAscii,
}

/// One event as it stands in the log.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Place in the log.
    pub position: Position,
    /// Its stream.
    pub stream: StreamId,
    /// Place in the stream.
    pub version: Version,
    /// Type, such as `activity-submitted`.
    pub kind: String,
    /// Version of the shape of `data`.
    pub schema: u16,
    /// When it was recorded, to the microsecond.
    pub recorded_at: Timestamp,
    /// Who caused it.
    pub actor: ActorName,
    /// The message that asked for it, if one did.
    pub message: Option<MessageKey>,
    /// The payload.
    pub data: Box<serde_json::value::RawValue>,
    /// SHA-256(0x00 ‖ bytes), RFC 6962 §2.1.
    pub leaf: Hash,
    /// The exact bytes.
    pub bytes: Arc<[u8]>,
}
