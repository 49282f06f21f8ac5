//! SQLite only: a page of the log as one value. Every row of an answer goes from the thread that has the database to the one
//! that asked, value by value; for rows as many and as small as those of the log that costs several times what reading them
//! does.
//!
//! A row in it: `position version`, the lengths of the other four columns, a line feed, and these columns without anything
//! between them. A database that was altered may hold what does not fit into that; its page is then read row by row, so that
//! whatever is wrong with it is told by those who look at rows.

use std::ops::Range;

use svod_log::{AuditRow, Position, Version};

/// Rows of a value: enough that what a statement costs is little beside them; as long as they can be, they are 32 MiB.
pub(crate) const PACKED_MAX: u32 = 500;

/// A row, borrowed from the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PackedRow<'a> {
    pub(crate) position: Position,
    pub(crate) version: Version,
    pub(crate) stream: &'a str,
    pub(crate) leaf: &'a [u8],
    pub(crate) mac: &'a [u8],
    pub(crate) bytes: &'a [u8],
}

/// The row as auditors get it.
pub(crate) fn audit_row(row: PackedRow<'_>) -> AuditRow {
    AuditRow {
        position: row.position,
        stream: row.stream.to_owned(),
        version: row.version,
        leaf: row.leaf.to_vec(),
        mac: row.mac.to_vec(),
        bytes: row.bytes.to_vec(),
    }
}

/// The rows of a value, in ascending order of their positions; `None` if it is not of that form.
pub(crate) fn unpack(packed: &[u8]) -> Option<Vec<PackedRow<'_>>> {
    let mut rows: Vec<PackedRow<'_>> = vec![];
    let mut rest = packed;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let mut numbers = std::str::from_utf8(&rest[..end]).ok()?.split(' ').map(str::parse::<u64>);
        let mut number = || numbers.next()?.ok();
        let (position, version) = (Position(number()?), Version(number()?));
        let mut at = end + 1;
        let mut column = || {
            let from = at;
            at = from.checked_add(usize::try_from(number()?).ok()?)?;
            rest.get(Range { start: from, end: at })
        };
        let (stream, leaf, mac, bytes) = (column()?, column()?, column()?, column()?);
        let stream = std::str::from_utf8(stream).ok()?;
        if rows.last().is_some_and(|last| last.position >= position) {
            return None;
        }
        rest = &rest[at..];
        rows.push(PackedRow { position, version, stream, leaf, mac, bytes });
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_out_as_they_went_in_whatever_their_bytes_are() {
        let packed = b"7 1 1 2 0 3\nab\n 1\n8 20 2 0 1 0\n\xd1\x8fm";
        let rows = unpack(packed).unwrap();
        let first = PackedRow {
            position: Position(7),
            version: Version(1),
            stream: "a",
            leaf: b"b\n",
            mac: b"",
            bytes: b" 1\n",
        };
        let second = PackedRow {
            position: Position(8),
            version: Version(20),
            stream: "я",
            leaf: b"",
            mac: b"m",
            bytes: b"",
        };
        assert_eq!(rows, [first, second]);
        assert_eq!(unpack(b""), Some(vec![]));
    }

    #[test]
    fn what_does_not_fit_is_no_page() {
        for packed in [
            &b"7 1 1 0 0 0"[..],
            b"7 1 1 0 0 0\n",
            b"7 1 1 0 0\na",
            b"-7 1 1 0 0 0\na",
            b"7 1 1 0 0 18446744073709551615\na",
            b"7 1 1 0 0 0\n\xff",
            b"7 1 1 0 0 0\na7 2 1 0 0 0\na",
            b"8 1 1 0 0 0\na7 2 1 0 0 0\na",
        ] {
            assert_eq!(unpack(packed), None, "{}", String::from_utf8_lossy(packed));
        }
    }
}
