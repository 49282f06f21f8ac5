//! What an entry says of its place in the log, read from its bytes alone: all that whoever checks a log needs of it, and
//! with no library that he would have to trust.

use crate::canonical::{self, NotCanonical};
use crate::{Hash, Position, StreamId, Version, utf8};

/// Largest entry, in bytes: C2SP entry bundles carry a 16-bit length.
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// The value of the field `v` of every entry of this format.
pub const FORMAT: &str = "svod-entry/1";

/// What comes before the digests of sealed claims (RFC 9901 §4.2.4.1).
const SEALED: &str = "\"_sd\":[";

/// Days of the months of a leap year.
const DAYS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// The place of an entry. Borrowed from its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outline<'a> {
    /// Place in the log.
    pub position: Position,
    /// Name of its stream.
    pub stream: &'a str,
    /// Place in the stream.
    pub version: Version,
    /// Leaf of the stream's previous entry; `None` for its first.
    pub prev: Option<Hash>,
    /// When it was recorded, in the one form that the format has: the order of such texts is that of the moments.
    pub recorded_at: &'a str,
    text: &'a str,
}

/// Bytes that are no entry of this format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnOutline {
    /// More bytes than an entry may have.
    #[error("the entry has {bytes} bytes, more than {ENTRY_BYTES_MAX}")]
    TooLong {
        /// How many it has.
        bytes: usize,
    },
    /// Not an object in canonical form.
    #[error("the bytes are not in the canonical form: {0}")]
    Form(NotCanonical),
    /// An entry of a format that this program does not know.
    #[error("the entry has the unknown format {format}")]
    UnknownFormat {
        /// What its field `v` says, as it is written.
        format: String,
    },
    /// A field that is missing or says what it cannot.
    #[error("the field {name} is missing or says what it cannot")]
    Field {
        /// Its name.
        name: &'static str,
    },
}

impl<'a> Outline<'a> {
    /// Reads an entry, and checks that its bytes are in the canonical form. Fields that the format does not know are left
    /// to later entries.
    pub fn read(bytes: &'a [u8]) -> Result<Self, NotAnOutline> {
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(NotAnOutline::TooLong { bytes: bytes.len() });
        }
        let text = utf8::text(bytes).map_err(|at| NotAnOutline::Form(NotCanonical { at }))?;
        let mut fields = Fields::default();
        canonical::members(text, |name, value| fields.set(name, value)).map_err(NotAnOutline::Form)?;
        let moment = |value| plain(value).filter(|text| is_moment(text));
        let format = fields.field(Member::V, Some)?;
        if plain(format) != Some(FORMAT) {
            return Err(NotAnOutline::UnknownFormat { format: format.to_owned() });
        }
        fields.field(Member::Actor, |value| has_strings(value, ["name", "role"]))?;
        fields.field(Member::Data, Some)?;
        fields.maybe(Member::Message, |value| has_strings(value, ["id", "source"]))?;
        let position = fields.field(Member::Position, |value| value.parse().ok().map(Position))?;
        let earlier = |cause: &u64| (1..position.0).contains(cause);
        fields.maybe(Member::Cause, |value| value.parse().ok().filter(earlier))?;
        fields.maybe(Member::ValidAt, moment)?;
        fields.field(Member::Schema, |value| value.parse::<u16>().ok())?;
        fields.field(Member::Type, string)?;
        let is_stream = |name: &&str| StreamId::is_name(name);
        let prev = |value| if value == "null" { Some(None) } else { leaf(value).map(Some) };
        Ok(Self {
            position,
            stream: fields.field(Member::Stream, |value| plain(value).filter(is_stream))?,
            version: fields.field(Member::Version, |value| value.parse().ok().map(Version))?,
            prev: fields.field(Member::Prev, prev)?,
            recorded_at: fields.field(Member::RecordedAt, moment)?,
            text,
        })
    }

    /// The digests of what is sealed anywhere in the entry: the strings in its arrays `_sd`, as they are written.
    ///
    /// The bytes are canonical, so a quotation mark inside of a string has a backslash before it, and what looks like a
    /// key is one.
    pub fn sealed(&self) -> impl Iterator<Item = &'a str> {
        let arrays = self.text.split(SEALED).skip(1).filter_map(|rest| rest.split(']').next());
        arrays.flat_map(|array| array.split(',').filter_map(plain))
    }
}

/// The members of an entry that are read, in the order of their names. Others are left to later formats.
#[derive(Clone, Copy)]
enum Member {
    Actor,
    Cause,
    Data,
    Message,
    Position,
    Prev,
    RecordedAt,
    Schema,
    Stream,
    Type,
    V,
    ValidAt,
    Version,
}

/// What each [`Member`] is called.
const NAMES: [&str; 13] = [
    "actor",
    "cause",
    "data",
    "message",
    "position",
    "prev",
    "recorded_at",
    "schema",
    "stream",
    "type",
    "v",
    "valid_at",
    "version",
];

/// The members of an entry, as they are written, in the order of [`NAMES`]. An array, because a log has millions of them.
#[derive(Default)]
struct Fields<'a> {
    values: [Option<&'a str>; NAMES.len()],
    /// The first of the names that may still come: those of a canonical object come in their order.
    next: usize,
}

impl<'a> Fields<'a> {
    fn set(&mut self, name: &str, value: &'a str) {
        while NAMES.get(self.next).is_some_and(|known| *known < name) {
            self.next += 1;
        }
        if NAMES.get(self.next) == Some(&name) {
            self.values[self.next] = Some(value);
            self.next += 1;
        }
    }

    fn field<T>(&self, member: Member, read: impl FnOnce(&'a str) -> Option<T>) -> Result<T, NotAnOutline> {
        let place = member as usize;
        self.values[place].and_then(read).ok_or(NotAnOutline::Field { name: NAMES[place] })
    }

    /// The same of a field that may be missing.
    fn maybe<T>(
        &self,
        member: Member,
        read: impl FnOnce(&'a str) -> Option<T>,
    ) -> Result<Option<T>, NotAnOutline> {
        self.values[member as usize].map(|_there| self.field(member, read)).transpose()
    }
}

/// What stands between quotation marks.
fn string(value: &str) -> Option<&str> {
    value.strip_prefix('"')?.strip_suffix('"')
}

/// A string that needed no escape.
pub(crate) fn plain(value: &str) -> Option<&str> {
    string(value).filter(|text| !text.contains('\\'))
}

fn has_strings(object: &str, names: [&str; 2]) -> Option<()> {
    let mut are_strings = [false; 2];
    let show = |key: &str, value: &str| {
        for (name, is_string) in names.iter().zip(&mut are_strings) {
            *is_string |= key == *name && string(value).is_some();
        }
    };
    canonical::members(object, show).ok()?;
    (are_strings == [true; 2]).then_some(())
}

/// A leaf in the one way that it may be written.
fn leaf(value: &str) -> Option<Hash> {
    Hash::from_written(string(value)?)
}

/// Whether it is a moment in the form `2020-07-01T09:30:00.000042Z` that there is in the calendar.
fn is_moment(text: &str) -> bool {
    let shape = b"0000-00-00T00:00:00.000000Z";
    let fits =
        |(byte, wanted): (u8, &u8)| if *wanted == b'0' { byte.is_ascii_digit() } else { byte == *wanted };
    if text.len() != shape.len() || !text.bytes().zip(shape).all(fits) {
        return false;
    }
    let number = |from: usize, to: usize| text[from..to].parse::<u16>().unwrap_or(u16::MAX);
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match DAYS.get(usize::from(month).wrapping_sub(1)) {
        Some(29) if !leap => 28,
        Some(days) => u16::from(*days),
        None => return false,
    };
    year > 0 && (1..=days).contains(&day) && number(11, 13) < 24 && number(14, 16) < 60 && number(17, 19) < 60
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = concat!(
        r#"{"actor":{"name":"\"И\"","role":"r"},"data":{"a":[{"_sd":["one","two"]},{"_sd":[]}],"#,
        r#""b":"\"_sd\":[\"no\"]","c":{"_sd":["three"]}},"position":12,"#,
        r#""prev":"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d","#,
        r#""recorded_at":"2020-02-29T09:30:00.000042Z","schema":1,"stream":"activity-7","#,
        r#""type":"activity-submitted","v":"svod-entry/1","version":3}"#
    );

    #[test]
    fn an_entry_says_where_it_stands() {
        let read = Outline::read(ENTRY.as_bytes()).unwrap();
        assert_eq!((read.position, read.stream, read.version), (Position(12), "activity-7", Version(3)));
        assert_eq!(read.prev, Some(crate::tree::leaf_hash(b"")));
        assert_eq!(read.recorded_at, "2020-02-29T09:30:00.000042Z");
    }

    #[test]
    fn a_cause_stands_before_and_a_fact_may_hold_from_another_moment_on() {
        let caused = ENTRY.replacen(r#","data""#, r#","cause":11,"data""#, 1);
        let valid = r#","valid_at":"2020-02-01T00:00:00.000000Z","version""#;
        let whole = caused.replacen(r#","version""#, valid, 1);
        assert_eq!(Outline::read(whole.as_bytes()).map(|read| read.position), Ok(Position(12)));
    }

    #[test]
    fn only_arrays_of_that_name_hold_digests() {
        let read = Outline::read(ENTRY.as_bytes()).unwrap();
        assert_eq!(read.sealed().collect::<Vec<_>>(), ["one", "two", "three"]);
    }

    #[test]
    fn a_field_that_says_what_it_cannot_is_named() {
        for (field, from, to) in [
            ("actor", r#","role":"r""#, ""),
            ("position", r#""position":12"#, r#""position":-1"#),
            ("prev", "6e340b", "6E340b"),
            ("prev", "6e340b", ""),
            ("recorded_at", "2020-02-29", "2021-02-29"),
            ("recorded_at", "2020-02-29", "2020-13-29"),
            ("recorded_at", "2020-02-29", "0000-02-29"),
            ("recorded_at", "T09", "T24"),
            ("recorded_at", ".000042Z", "Z"),
            ("recorded_at", ".000042Z", ".000042+"),
            ("schema", r#""schema":1"#, r#""schema":65536"#),
            ("stream", "activity-7", "activity_7"),
            ("type", r#""activity-submitted""#, "7"),
            ("version", r#""version":3"#, r#""version":"3""#),
            ("message", r#""position""#, r#""message":null,"position""#),
            ("v", r#","v":"svod-entry/1""#, ""),
            ("cause", r#","data""#, r#","cause":12,"data""#),
            ("cause", r#","data""#, r#","cause":0,"data""#),
            ("valid_at", r#","version""#, r#","valid_at":"2020-02-30T00:00:00.000000Z","version""#),
        ] {
            let changed = ENTRY.replacen(from, to, 1);
            assert_eq!(
                Outline::read(changed.as_bytes()),
                Err(NotAnOutline::Field { name: field }),
                "{changed}"
            );
        }
    }

    #[test]
    fn an_entry_of_another_format_is_named() {
        let changed = ENTRY.replace("svod-entry/1", "svod-entry/2");
        let format = r#""svod-entry/2""#.to_owned();
        assert_eq!(Outline::read(changed.as_bytes()), Err(NotAnOutline::UnknownFormat { format }));
    }

    #[test]
    fn what_is_no_canonical_object_is_no_entry() {
        for text in ["", "[]", "{} ", "\u{feff}{}", r#"{"b":1,"a":1}"#, r#"{"a":1,"a":1}"#] {
            assert!(matches!(Outline::read(text.as_bytes()), Err(NotAnOutline::Form(_))), "{text:?}");
        }
    }
}
