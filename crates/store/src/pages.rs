//! A page of the log, read as cheaply as each database gives it. The log is read from its beginning by whoever audits it and
//! whoever rebuilds a view, and as rows of the driver that costs several times what the database itself needs: every value goes
//! through the driver's own message, on SQLite from the thread that has the database to the one that asked.
//!
//! PostgreSQL copies the page out in its binary form ([`copied`]). SQLite is asked on a thread of its own, where the columns are
//! borrowed ([`page`]). A database that was altered may hold what does not fit into that: a page that is not of the expected
//! form is then read row by row, so that whatever is wrong with it is told by those who look at rows.

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use svod_log::{Position, RowRef, Version};

use crate::sql;
use crate::value::number;

/// What a binary copy begins with.
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// Columns of a row of the page.
const COLUMNS: i16 = 6;

/// The rows of a binary copy (PostgreSQL's documentation of COPY, «Binary Format»), in ascending order of their positions; `None`
/// if it is not a whole page of ours.
pub(crate) fn copied(page: &[u8]) -> Option<Vec<RowRef<'_>>> {
    let mut copy = Copy { rest: page.strip_prefix(SIGNATURE)? };
    let (_flags, extension) = (copy.number()?, copy.number()?);
    copy.take(usize::try_from(extension).ok()?)?;
    let mut rows: Vec<RowRef<'_>> = vec![];
    loop {
        match copy.short()? {
            COLUMNS => {}
            -1 => return copy.rest.is_empty().then_some(rows),
            _others => return None,
        }
        let row = RowRef {
            position: Position(copy.count()?),
            stream: std::str::from_utf8(copy.column()?).ok()?,
            version: Version(copy.count()?),
            leaf: copy.column()?,
            mac: copy.column()?,
            bytes: copy.column()?,
        };
        if rows.last().is_some_and(|last| last.position >= row.position) {
            return None;
        }
        rows.push(row);
    }
}

/// What is left of a binary copy.
struct Copy<'a> {
    rest: &'a [u8],
}

impl<'a> Copy<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn short(&mut self) -> Option<i16> {
        self.take(2)?.try_into().ok().map(i16::from_be_bytes)
    }

    fn number(&mut self) -> Option<i32> {
        self.take(4)?.try_into().ok().map(i32::from_be_bytes)
    }

    /// A column: its length, then its bytes. Nothing has the length -1.
    fn column(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        self.take(length)
    }

    /// A column that counts.
    fn count(&mut self) -> Option<u64> {
        let number = self.column()?.try_into().ok().map(i64::from_be_bytes)?;
        u64::try_from(number).ok()
    }
}

/// SQLite only: shows the rows of a page. `false` where a column is of another type than it should be: then those before it have been
/// shown.
pub(crate) fn page(
    connection: &Connection,
    after: Position,
    limit: u32,
    look: &mut dyn FnMut(RowRef<'_>),
) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(sql::AUDIT_ROWS.sqlite)?;
    let mut rows = statement.query((number(after.0), limit))?;
    while let Some(row) = rows.next()? {
        let [position, stream, version, leaf, mac, bytes] = [
            row.get_ref(0)?,
            row.get_ref(1)?,
            row.get_ref(2)?,
            row.get_ref(3)?,
            row.get_ref(4)?,
            row.get_ref(5)?,
        ];
        let (
            Some(position),
            ValueRef::Text(stream),
            Some(version),
            ValueRef::Blob(leaf),
            ValueRef::Blob(mac),
            ValueRef::Blob(bytes),
        ) = (count(position), stream, count(version), leaf, mac, bytes)
        else {
            return Ok(false);
        };
        let Ok(stream) = std::str::from_utf8(stream) else { return Ok(false) };
        let (position, version) = (Position(position), Version(version));
        look(RowRef { position, version, stream, leaf, mac, bytes });
    }
    Ok(true)
}

fn count(value: ValueRef<'_>) -> Option<u64> {
    let ValueRef::Integer(number) = value else { return None };
    u64::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A binary copy of these rows, as PostgreSQL writes it.
    fn copy(rows: &[[&[u8]; 6]]) -> Vec<u8> {
        let mut copy = [SIGNATURE, &[0; 8]].concat();
        for row in rows {
            copy.extend(COLUMNS.to_be_bytes());
            for column in row {
                copy.extend(i32::try_from(column.len()).unwrap().to_be_bytes());
                copy.extend(*column);
            }
        }
        copy.extend((-1_i16).to_be_bytes());
        copy
    }

    #[test]
    fn rows_come_out_as_they_were_copied_whatever_their_bytes_are() {
        let (seven, eight, one) = (7_i64.to_be_bytes(), 8_i64.to_be_bytes(), 1_i64.to_be_bytes());
        let page = copy(&[
            [&seven, b"a", &one, b"b\n", b"", b" 1\n"],
            [&eight, "я".as_bytes(), &eight, b"", b"m", b"\xff\xff"],
        ]);
        let first = RowRef {
            position: Position(7),
            version: Version(1),
            stream: "a",
            leaf: b"b\n",
            mac: b"",
            bytes: b" 1\n",
        };
        let second = RowRef {
            position: Position(8),
            version: Version(8),
            stream: "я",
            leaf: b"",
            mac: b"m",
            bytes: b"\xff\xff",
        };
        assert_eq!(copied(&page), Some(vec![first, second]));
        assert_eq!(copied(&copy(&[])), Some(vec![]));
    }

    #[test]
    fn what_is_no_whole_page_is_none() {
        let (seven, less, one) = (7_i64.to_be_bytes(), (-7_i64).to_be_bytes(), 1_i64.to_be_bytes());
        let row: [&[u8]; 6] = [&seven, b"a", &one, b"", b"", b""];
        let whole = copy(&[row]);
        for end in 0..whole.len() {
            assert_eq!(copied(&whole[..end]), None, "the first {end} bytes");
        }
        let with = |place: usize, column: &'static [u8]| {
            let mut row = row;
            row[place] = column;
            copy(&[row])
        };
        let null = [&whole[..21], &(-1_i32).to_be_bytes(), &whole[33..]].concat();
        for (what, page) in [
            ("a negative position", copy(&[[&less, b"a", &one, b"", b"", b""]])),
            ("a number of four bytes", with(2, &[0, 0, 0, 1])),
            ("a name that is no text", with(1, b"\xff")),
            ("positions that do not ascend", copy(&[row, row])),
            ("nothing where a number is", null),
            ("something behind the end", [&whole[..], b"x"].concat()),
        ] {
            assert_eq!(copied(&page), None, "{what}");
        }
    }
}
