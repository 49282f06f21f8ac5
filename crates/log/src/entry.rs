//! The exact bytes kept of one event, format `svod-entry/1`. The format is frozen: `tests/golden` holds a log that is read
//! for ever.
//!
//! An entry is one canonical JSON object. Readers ignore fields that they do not know.

use std::borrow::Cow;
use std::io::Write as _;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::append::{ActorName, MessageKey, NewEvent};
pub use crate::outline::{ENTRY_BYTES_MAX, FORMAT};
use crate::{Hash, Position, StreamId, Version, canonical, tree, utf8};

/// As long as most entries are, so that few are moved while they are written.
const ENTRY_BYTES_USUAL: usize = 2_048;

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
    /// Holds a key outside ASCII, or one with quotes, backslashes or control characters.
    #[error("the entry would hold a key outside plain ASCII")]
    KeyNotAscii,
    /// Nests arrays and objects deeper than [`canonical::DEPTH_MAX`].
    #[error("the entry would nest deeper than {} levels", canonical::DEPTH_MAX)]
    TooDeep,
}

/// Bytes that are not an entry of this format.
#[derive(Debug, thiserror::Error)]
pub enum NotAnEntry {
    /// Not JSON, or a field is missing or of another type.
    #[error("the bytes are not an entry")]
    Malformed(#[source] serde_json::Error),
    /// An entry of a format that this program does not know.
    #[error("the entry has the unknown format {format:?}")]
    UnknownFormat {
        /// What its field `v` says.
        format: String,
    },
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
    /// From when on it holds: the moment it was recorded, unless the entry says otherwise.
    pub valid_at: Timestamp,
    /// The message or the order that asked for it, if one did.
    pub message: Option<MessageKey>,
    /// The entry that made a program ask for it.
    pub cause: Option<Position>,
    /// The payload.
    pub data: Box<RawValue>,
    /// Leaf of the stream's previous entry; `None` for its first.
    pub prev: Option<Hash>,
    /// SHA-256(0x00 ‖ bytes), RFC 6962 §2.1.
    pub leaf: Hash,
    /// The exact bytes.
    pub bytes: Arc<[u8]>,
}

/// What an entry says beside the event itself.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Place in the log.
    pub position: Position,
    /// Place in the stream.
    pub version: Version,
    /// Leaf of the stream's previous entry; `None` for its first.
    pub prev: Option<Hash>,
    /// When it is recorded; kept to the microsecond.
    pub recorded_at: Timestamp,
    /// Who caused it.
    pub actor: &'a ActorName,
    /// The message or the order that asked for it, if one did.
    pub message: Option<&'a MessageKey>,
    /// The entry that made a program ask for it.
    pub cause: Option<Position>,
}

/// The bytes of an event at its place. The fields are written in the order of their names, which is the canonical one.
pub fn encode(event: &NewEvent, place: &Place<'_>) -> Result<Vec<u8>, UnfitEntry> {
    let mut out = Vec::with_capacity(ENTRY_BYTES_USUAL);
    out.extend_from_slice(b"{\"actor\":{\"name\":");
    canonical::write_string(&mut out, &place.actor.name);
    out.extend_from_slice(b",\"role\":");
    canonical::write_string(&mut out, &place.actor.role);
    out.push(b'}');
    if let Some(cause) = place.cause {
        add(&mut out, format_args!(",\"cause\":{cause}"));
    }
    out.extend_from_slice(b",\"data\":");
    canonical::write_value(&mut out, &event.data, 1)?;
    if let Some(message) = place.message {
        out.extend_from_slice(b",\"message\":{\"id\":");
        canonical::write_string(&mut out, &message.id);
        out.extend_from_slice(b",\"source\":");
        canonical::write_string(&mut out, &message.source);
        out.push(b'}');
    }
    add(&mut out, format_args!(",\"position\":{},\"prev\":", place.position));
    match place.prev {
        Some(leaf) => add(&mut out, format_args!("\"{leaf}\"")),
        None => out.extend_from_slice(b"null"),
    }
    let moment = written(place.recorded_at);
    add(&mut out, format_args!(",\"recorded_at\":\"{moment}\",\"schema\":{}", event.schema));
    add(&mut out, format_args!(",\"stream\":\"{}\",\"type\":", event.stream));
    canonical::write_string(&mut out, &event.kind);
    add(&mut out, format_args!(",\"v\":\"{FORMAT}\""));
    if let Some(valid_at) = event.valid_at.map(written).filter(|valid_at| *valid_at != moment) {
        add(&mut out, format_args!(",\"valid_at\":\"{valid_at}\""));
    }
    add(&mut out, format_args!(",\"version\":{}}}", place.version));
    if out.len() > ENTRY_BYTES_MAX {
        return Err(UnfitEntry::TooLong { bytes: out.len() });
    }
    Ok(out)
}

/// Adds what stands as it is printed: numbers, hashes, moments, names of streams.
fn add(out: &mut Vec<u8>, written: std::fmt::Arguments<'_>) {
    out.write_fmt(written).expect("memory takes whatever is written");
}

/// A moment in the one form that the format has.
pub(crate) fn written(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// The fields of an entry, as they are read.
#[derive(Deserialize)]
struct Fields<'a> {
    actor: ActorName,
    cause: Option<Position>,
    #[serde(borrow)]
    data: &'a RawValue,
    message: Option<MessageKey>,
    position: Position,
    prev: Option<Hash>,
    recorded_at: Timestamp,
    schema: u16,
    stream: StreamId,
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow)]
    v: Cow<'a, str>,
    valid_at: Option<Timestamp>,
    version: Version,
}

/// Only the format of an entry: asked first, because another format may have other fields.
#[derive(Deserialize)]
struct Format<'a> {
    #[serde(borrow)]
    v: Cow<'a, str>,
}

impl Recorded {
    /// Reads an entry. That the form is canonical is not checked here: [`canonical::check`] does.
    pub fn decode(bytes: &Arc<[u8]>) -> Result<Self, NotAnEntry> {
        // Of what is known to be text, no string has to be looked at again. What is none is told as JSON tells it.
        let fields = match utf8::text(bytes) {
            Ok(text) => serde_json::from_str(text),
            Err(_no_text) => serde_json::from_slice::<Fields<'_>>(bytes),
        };
        let fields = match fields {
            Ok(fields) if fields.v == FORMAT => fields,
            Ok(fields) => return Err(NotAnEntry::UnknownFormat { format: fields.v.into_owned() }),
            Err(error) => return Err(explain(bytes, error)),
        };
        Ok(Self {
            position: fields.position,
            version: fields.version,
            schema: fields.schema,
            recorded_at: fields.recorded_at,
            valid_at: fields.valid_at.unwrap_or(fields.recorded_at),
            data: fields.data.to_owned(),
            prev: fields.prev,
            leaf: tree::leaf_hash(bytes),
            stream: fields.stream,
            kind: fields.kind,
            actor: fields.actor,
            message: fields.message,
            cause: fields.cause,
            bytes: Arc::clone(bytes),
        })
    }
}

fn explain(bytes: &[u8], error: serde_json::Error) -> NotAnEntry {
    match serde_json::from_slice::<Format<'_>>(bytes) {
        Ok(Format { v }) if v != FORMAT => NotAnEntry::UnknownFormat { format: v.into_owned() },
        Ok(_) | Err(_) => NotAnEntry::Malformed(error),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A sample that is never edited: what was written once can be read for ever.
    const SAMPLE: &str = concat!(
        r#"{"actor":{"name":"Ирбит","role":"municipality:66701000"},"cause":9,"data":{"a":[1,"é"],"z":null},"#,
        r#""message":{"id":"m-1","source":"/irbit"},"position":12,"#,
        r#""prev":"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d","#,
        r#""recorded_at":"2020-07-01T09:30:00.000042Z","schema":1,"stream":"activity-7","#,
        r#""type":"activity-submitted","v":"svod-entry/1","valid_at":"2020-06-30T21:00:00.000000Z","version":3}"#
    );

    fn actor() -> ActorName {
        ActorName { name: "Ирбит".into(), role: "municipality:66701000".into() }
    }

    fn event(data: serde_json::Value) -> NewEvent {
        let stream = StreamId::try_new("activity-7").unwrap();
        let valid_at = Some("2020-06-30T21:00:00Z".parse().unwrap());
        NewEvent { stream, kind: "activity-submitted".into(), schema: 1, data, valid_at }
    }

    fn place<'a>(actor: &'a ActorName, message: Option<&'a MessageKey>) -> Place<'a> {
        Place {
            position: Position(12),
            version: Version(3),
            prev: Some(tree::leaf_hash(b"")),
            recorded_at: "2020-07-01T09:30:00.000042999Z".parse().unwrap(),
            actor,
            message,
            cause: Some(Position(9)),
        }
    }

    #[test]
    fn an_event_becomes_the_bytes_of_the_sample() {
        let message = MessageKey { source: "/irbit".into(), id: "m-1".into() };
        let bytes =
            encode(&event(json!({"z": null, "a": [1, "é"]})), &place(&actor(), Some(&message))).unwrap();
        assert_eq!(String::from_utf8(bytes.clone()).unwrap(), SAMPLE);
        assert_eq!(canonical::check(&bytes), Ok(()));
    }

    #[test]
    fn the_bytes_of_the_sample_are_read_as_written() {
        let read = Recorded::decode(&SAMPLE.as_bytes().into()).unwrap();
        assert_eq!(read.position, Position(12));
        assert_eq!(read.version, Version(3));
        assert_eq!(read.stream.as_str(), "activity-7");
        assert_eq!(read.kind, "activity-submitted");
        assert_eq!(read.schema, 1);
        assert_eq!(read.recorded_at, "2020-07-01T09:30:00.000042Z".parse().unwrap());
        assert_eq!(read.valid_at, "2020-06-30T21:00:00Z".parse().unwrap());
        assert_eq!(read.cause, Some(Position(9)));
        assert_eq!(read.actor, actor());
        assert_eq!(read.message, Some(MessageKey { source: "/irbit".into(), id: "m-1".into() }));
        assert_eq!(read.data.get(), r#"{"a":[1,"é"],"z":null}"#);
        assert_eq!(read.prev, Some(tree::leaf_hash(b"")));
        assert_eq!(read.leaf, tree::leaf_hash(SAMPLE.as_bytes()));
        assert_eq!(&*read.bytes, SAMPLE.as_bytes());
    }

    #[test]
    fn fields_of_later_entries_are_ignored() {
        let later = SAMPLE.replace(r#""data":{"#, r#""checked":{"by":3},"data":{"_sd":["x"],"#);
        assert_eq!(Recorded::decode(&later.into_bytes().into()).unwrap().position, Position(12));
    }

    #[test]
    fn what_holds_from_the_moment_it_is_recorded_says_that_moment_once() {
        let at = |valid_at: Option<&str>| {
            let valid_at = valid_at.map(|moment| moment.parse().unwrap());
            let event = NewEvent { valid_at, ..event(json!({})) };
            let bytes = encode(&event, &Place { cause: None, ..place(&actor(), None) }).unwrap();
            assert_eq!(canonical::check(&bytes), Ok(()));
            let read = Recorded::decode(&bytes.clone().into()).unwrap();
            assert_eq!((read.valid_at, read.cause), (read.recorded_at, None));
            bytes
        };
        assert_eq!(at(None), at(Some("2020-07-01T09:30:00.000042Z")));
    }

    #[test]
    fn an_entry_of_another_format_is_named() {
        let other = SAMPLE.replace("svod-entry/1", "svod-entry/2").replace("recorded_at", "at");
        let refusal = Recorded::decode(&other.into_bytes().into()).unwrap_err();
        assert_eq!(refusal.to_string(), "the entry has the unknown format \"svod-entry/2\"");
    }

    #[test]
    fn the_longest_entry_has_65535_bytes() {
        let empty = encode(&event(json!("")), &place(&actor(), None)).unwrap().len();
        let longest = "x".repeat(ENTRY_BYTES_MAX - empty);
        assert_eq!(encode(&event(json!(longest)), &place(&actor(), None)).unwrap().len(), 65_535);
        let longer = format!("{longest}x");
        let unfit = encode(&event(json!(longer)), &place(&actor(), None)).unwrap_err();
        assert_eq!(unfit, UnfitEntry::TooLong { bytes: 65_536 });
    }
}
