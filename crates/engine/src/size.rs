//! Whether what was decided fits into an entry of the log.

use serde_json::Value;
use svod_domain::Refusal;
use svod_log::{Append, ENTRY_BYTES_MAX, NewEvent, UnfitEntry};

/// The sizes of entries are checked before they are sent to the store, with room for the envelope.
pub(crate) fn longer_than_an_entry(event: &NewEvent) -> Option<usize> {
    /// What an entry has beside its data: names of at most 120 bytes, hashes, a message's source and id.
    const ENVELOPE_BYTES_MAX: usize = 4_096;
    const DATA_BYTES_MAX: usize = ENTRY_BYTES_MAX - ENVELOPE_BYTES_MAX;
    if at_most_bytes(&event.data) <= DATA_BYTES_MAX {
        return None;
    }
    let bytes = event.data.to_string().len();
    (bytes > DATA_BYTES_MAX).then_some(bytes)
}

/// No JSON of the value is longer. Told without writing it, because nearly all are far below the limit.
fn at_most_bytes(value: &Value) -> usize {
    /// A number or a literal.
    const SCALAR: usize = 24;
    /// A control character becomes `\u0000`.
    const ESCAPED: usize = 6;
    /// Quotes, colon, comma, brackets.
    const MARKS: usize = 4;
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => SCALAR,
        Value::String(text) => ESCAPED * text.len() + MARKS,
        Value::Array(items) => items.iter().map(at_most_bytes).sum::<usize>() + MARKS + items.len(),
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| ESCAPED * key.len() + MARKS + at_most_bytes(value);
            members.iter().map(member).sum::<usize>() + MARKS
        }
    }
}

/// The refusal of what turned out too large only when its entry was written.
pub(crate) fn unfit_refusal(unfit: &UnfitEntry, append: &Append) -> Refusal {
    let bytes = match unfit {
        UnfitEntry::TooLong { bytes } => *bytes,
        UnfitEntry::InexactNumber | UnfitEntry::KeyNotAscii | UnfitEntry::TooDeep => {
            append.events.iter().map(|event| event.data.to_string().len()).sum()
        }
    };
    Refusal::TooLarge { bytes, bytes_max: ENTRY_BYTES_MAX }
}
