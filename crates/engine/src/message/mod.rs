//! Messages in: bytes to JSON, JSON to a CloudEvents event, a CloudEvents event to an order, an order to one whose texts can be
//! recorded and printed. Each step refuses with its own reason.

mod envelope;
mod json;
mod schema;

pub use envelope::{Envelope, read_envelope};
pub use schema::{check as check_data, schema_of};

use svod_domain::guard::Guarded;
use svod_domain::{Command, Quarter, Refusal, SchemaFault, SubmissionId};
use svod_log::{Hash, MessageKey};

/// Largest message, in bytes. What is recorded of it must fit into one entry of the log (65,535 bytes), and
/// CloudEvents asks every consumer to take 64 KiB.
pub const MESSAGE_BYTES_MAX: usize = 65_536;

/// Deepest nesting of a message: the contract's deepest is 6; more is an attack on parsers.
pub const MESSAGE_DEPTH_MAX: usize = 32;

/// Largest body that is searched for the name of its message, in bytes: who sent too much is told of which message,
/// but nobody may fill the memory with such ones.
const NAMED_BYTES_MAX: usize = 1 << 20;

/// What could be read of a message.
#[derive(Debug)]
pub(crate) struct Message {
    /// Its id and source, if they can be told.
    pub(crate) key: Option<MessageKey>,
    /// Digest of its content.
    pub(crate) digest: Hash,
    /// What it seems to speak of, even where its data are otherwise wrong.
    pub(crate) subject: Subject,
    /// The order it carries, its texts guarded, or why it carries none.
    pub(crate) command: Result<Guarded, Refusal>,
}

/// The submission and the quarter that a message names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) submission: Option<SubmissionId>,
    pub(crate) quarter: Option<Quarter>,
}

impl Subject {
    fn of(message: &serde_json::Value) -> Self {
        let named = |name| message.get("data")?.get(name)?.as_str();
        Self {
            submission: named("submission_id").and_then(|id| id.parse().ok()).map(SubmissionId),
            quarter: named("quarter").and_then(|quarter| quarter.parse().ok()),
        }
    }
}

/// Reads a message as far as it can be read.
pub(crate) fn read(body: &[u8]) -> Message {
    let unreadable = |refusal| Message {
        key: None,
        digest: Hash::of(body),
        subject: Subject::default(),
        command: Err(refusal),
    };
    if body.len() > MESSAGE_BYTES_MAX {
        let refusal = Refusal::TooLarge { bytes: body.len(), bytes_max: MESSAGE_BYTES_MAX };
        return Message { key: name_of_oversized(body), ..unreadable(refusal) };
    }
    let value = match json::parse(body) {
        Ok(value) => value,
        Err(fault) => return unreadable(Refusal::NotJson { fault }),
    };
    // White space and the order of keys are not content, so that a re-serialised copy is the same message.
    let digest =
        svod_log::canonical::to_bytes(&value).map_or_else(|_| Hash::of(body), |bytes| Hash::of(&bytes));
    let key = envelope::key(&value);
    let subject = Subject::of(&value);
    let command = read_envelope(value).and_then(order).and_then(Guarded::try_new);
    Message { key, digest, subject, command }
}

/// The name of a message that is too large to be read as an order.
fn name_of_oversized(body: &[u8]) -> Option<MessageKey> {
    if body.len() > NAMED_BYTES_MAX {
        return None;
    }
    envelope::key(&json::parse(body).ok()?)
}

/// The order that an envelope carries.
fn order(envelope: Envelope) -> Result<Command, Refusal> {
    if !Command::TYPES.contains(&envelope.kind.as_str()) {
        return Err(Refusal::UnknownType { kind: envelope.kind });
    }
    schema::check(&envelope.kind, &envelope.data)?;
    let read = Command::read(&envelope.kind, envelope.data).expect("the type was just found in the list");
    // What the schema lets through and the type does not (1.0 for 1, a 30th of February) is the schema's reason too.
    read.map_err(|error| Refusal::Schema {
        pointer: "/data".to_owned(),
        fault: SchemaFault::Other { detail: error.to_string() },
        others: vec![],
    })
}

#[cfg(test)]
mod tests;
