//! An entry read in passing: what a fold of millions needs of each, and nothing that would have to be copied out of its row.

use std::sync::Arc;

use jiff::Timestamp;

use crate::contract::{RowRef, StoreError};
use crate::entry::{FORMAT, Recorded};
use crate::outline::plain;
use crate::{Hash, Position, Version, canonical, tree, utf8};

/// An entry read as far as a fold of millions needs it. Borrowed from its row.
#[derive(Clone, Debug)]
pub struct Glance<'a> {
    /// Place in the log.
    pub position: Position,
    /// Type, such as `activity-submitted`.
    pub kind: &'a str,
    /// When it was recorded, to the microsecond.
    pub recorded_at: Timestamp,
    /// The payload, as it is written.
    pub data: &'a str,
    /// The members of the payload, in order: keys, and values as they are written.
    pub members: Vec<(&'a str, &'a str)>,
    /// SHA-256(0x00 ‖ bytes), RFC 6962 §2.1.
    pub leaf: Hash,
    /// Its row.
    pub row: RowRef<'a>,
}

/// The fields of an entry that are glanced at, and those that its row repeats, as they are written.
#[derive(Default)]
struct Glanced<'a> {
    data: Option<&'a str>,
    position: Option<&'a str>,
    recorded_at: Option<&'a str>,
    stream: Option<&'a str>,
    kind: Option<&'a str>,
    v: Option<&'a str>,
    version: Option<&'a str>,
    members: Vec<(&'a str, &'a str)>,
}

impl<'a> Glanced<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut fields = Self::default();
        let show = |is_in_data: bool, key: &'a str, value: &'a str| {
            if is_in_data {
                fields.members.push((key, value));
                return;
            }
            let field = match key {
                "data" => &mut fields.data,
                "position" => &mut fields.position,
                "recorded_at" => &mut fields.recorded_at,
                "stream" => &mut fields.stream,
                "type" => &mut fields.kind,
                "v" => &mut fields.v,
                "version" => &mut fields.version,
                _another => return,
            };
            *field = Some(value);
        };
        canonical::members_within(utf8::text(bytes).ok()?, "data", show).ok()?;
        Some(fields)
    }

    /// The entry of this row, but for what the row says of it.
    fn entry(&mut self, row: RowRef<'a>) -> Option<Glance<'a>> {
        if plain(self.v?) != Some(FORMAT) {
            return None;
        }
        Some(Glance {
            position: Position(self.position?.parse().ok()?),
            kind: plain(self.kind?)?,
            recorded_at: plain(self.recorded_at?)?.parse().ok()?,
            data: self.data?,
            members: std::mem::take(&mut self.members),
            leaf: tree::leaf_hash(row.bytes),
            row,
        })
    }
}

impl<'a> Glance<'a> {
    /// Reads the entry of a row. [`StoreError::Damaged`] if it is none, or not the one that the columns say.
    pub fn at(row: RowRef<'a>) -> Result<Self, StoreError> {
        let damaged =
            |what: String| StoreError::Damaged { what, place: format!("position {}", row.position) };
        let fields = Glanced::read(row.bytes);
        let Some((fields, entry)) =
            fields.and_then(|mut fields| fields.entry(row).map(|entry| (fields, entry)))
        else {
            let read = Recorded::decode(&row.bytes.into());
            let what =
                read.err().map_or_else(|| "the bytes are not an entry".to_owned(), |error| error.to_string());
            return Err(damaged(what));
        };
        let version = fields.version.and_then(|version| version.parse().ok()).map(Version);
        let said = (entry.position, version, fields.stream.and_then(plain), &entry.leaf.0[..]);
        if said != (row.position, Some(row.version), Some(row.stream), row.leaf) {
            return Err(damaged(OTHER_ROW.to_owned()));
        }
        Ok(entry)
    }

    /// The whole of it.
    pub fn recorded(&self) -> Result<Arc<Recorded>, StoreError> {
        Recorded::decode(&self.row.bytes.into()).map(Arc::new).map_err(|error| StoreError::Damaged {
            what: error.to_string(),
            place: format!("position {}", self.position),
        })
    }
}

/// What is told of an entry that lies in another row than it says.
pub const OTHER_ROW: &str = "an entry that is not the one of its row";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AuditRow;

    const ENTRY: &str = concat!(
        r#"{"actor":{"name":"Ирбит","role":"r"},"data":{"a":[1,"é"]},"position":12,"prev":null,"#,
        r#""recorded_at":"2020-07-01T09:30:00.000042Z","schema":1,"stream":"submission-7","#,
        r#""type":"activity-approved","v":"svod-entry/1","version":1}"#
    );

    fn row(bytes: &str) -> AuditRow {
        let bytes: Vec<u8> = bytes.as_bytes().to_vec();
        AuditRow {
            position: Position(12),
            stream: "submission-7".to_owned(),
            version: Version(1),
            leaf: tree::leaf_hash(&bytes).0.to_vec().into(),
            mac: vec![].into(),
            bytes: bytes.into(),
        }
    }

    #[test]
    fn it_says_of_an_entry_what_the_whole_reading_says() {
        let row = row(ENTRY);
        let glance = Glance::at(row.shown()).unwrap();
        let whole = glance.recorded().unwrap();
        assert_eq!((glance.position, glance.kind), (whole.position, whole.kind.as_str()));
        assert_eq!((glance.recorded_at, glance.leaf), (whole.recorded_at, whole.leaf));
        assert_eq!(glance.data, whole.data.get());
        assert_eq!(glance.members, [("a", r#"[1,"é"]"#)]);
    }

    #[test]
    fn what_its_row_does_not_say_is_damage_with_its_place() {
        let honest = row(ENTRY);
        let other = |change: &dyn Fn(&mut AuditRow)| {
            let mut row = honest.clone();
            change(&mut row);
            row
        };
        for (row, told) in [
            (other(&|row| row.version = Version(2)), OTHER_ROW),
            (other(&|row| row.stream = "submission-8".to_owned()), OTHER_ROW),
            (other(&|row| row.leaf = vec![7; 32].into()), OTHER_ROW),
            (other(&|row| row.bytes = b"{}".to_vec().into()), "the bytes are not an entry"),
            (other(&|row| row.bytes = b"\xff".to_vec().into()), "the bytes are not an entry"),
            (
                self::row(&ENTRY.replace("svod-entry/1", "svod-entry/2")),
                "the entry has the unknown format \"svod-entry/2\"",
            ),
        ] {
            let refused = Glance::at(row.shown()).unwrap_err().to_string();
            assert_eq!(refused, format!("the store is damaged: {told} at position 12"));
        }
    }
}
