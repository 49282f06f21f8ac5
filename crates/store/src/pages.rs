//! A page of the log, read as cheaply as each database gives it. The log is read from its beginning by whoever audits it and
//! whoever rebuilds a view, and as rows of the driver that costs several times what the database itself needs: every value goes
//! through the driver's own message, on SQLite from the thread that has the database to the one that asked.
//!
//! PostgreSQL copies the page out in its binary form ([`copied`]). SQLite is asked on a thread of its own, where the columns are
//! borrowed ([`Scan`]). A database that was altered may hold what does not fit into that: a page that is not of the expected
//! form is then read row by row, so that whatever is wrong with it is told by those who look at rows.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use svod_log::{AuditRow, Position, READ_MAX, Version};

use crate::open::ACQUIRE_TIMEOUT;
use crate::sql;
use crate::value::number;

/// A row of the log, borrowed from the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageRow<'a> {
    pub(crate) position: Position,
    pub(crate) version: Version,
    pub(crate) stream: &'a str,
    pub(crate) leaf: &'a [u8],
    pub(crate) mac: &'a [u8],
    pub(crate) bytes: &'a [u8],
}

/// Makes something of the rows of a page, which are borrowed one after the other.
pub(crate) trait Make: Default + Send + 'static {
    /// What is made of a row.
    type Made: Send + 'static;

    /// Takes the next row.
    fn take(&mut self, row: PageRow<'_>);

    /// What was made of all.
    fn made(self) -> Vec<Self::Made>;
}

/// How much of a page's bytes stands in one piece of memory: some dozens of rows, and no more than an allocator keeps at hand.
const PIECE_BYTES: usize = 64 * 1024;

/// The rows as auditors get them. Their bytes share pieces of memory, because asking for memory three times a row costs more
/// than reading it.
#[derive(Default)]
pub(crate) struct AuditRows {
    piece: BytesMut,
    rows: Vec<AuditRow>,
}

impl AuditRows {
    fn put(&mut self, column: &[u8]) -> Bytes {
        self.piece.extend_from_slice(column);
        self.piece.split().freeze()
    }
}

impl Make for AuditRows {
    type Made = AuditRow;

    fn take(&mut self, row: PageRow<'_>) {
        let PageRow { position, version, stream, .. } = row;
        let length = row.leaf.len() + row.mac.len() + row.bytes.len();
        if self.piece.capacity() < length {
            self.piece = BytesMut::with_capacity(length.max(PIECE_BYTES));
        }
        let [leaf, mac, bytes] = [row.leaf, row.mac, row.bytes].map(|column| self.put(column));
        self.rows.push(AuditRow { position, stream: stream.to_owned(), version, leaf, mac, bytes });
    }

    fn made(self) -> Vec<AuditRow> {
        self.rows
    }
}

/// What a binary copy begins with.
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// Columns of a row of the page.
const COLUMNS: i16 = 6;

/// The rows of a binary copy (PostgreSQL's documentation of COPY, «Binary Format»), in ascending order of their positions; `None`
/// if it is not a whole page of ours.
pub(crate) fn copied(page: &[u8]) -> Option<Vec<PageRow<'_>>> {
    let mut copy = Copy { rest: page.strip_prefix(SIGNATURE)? };
    let (_flags, extension) = (copy.number()?, copy.number()?);
    copy.take(usize::try_from(extension).ok()?)?;
    let mut rows: Vec<PageRow<'_>> = vec![];
    loop {
        match copy.short()? {
            COLUMNS => {}
            -1 => return copy.rest.is_empty().then_some(rows),
            _others => return None,
        }
        let row = PageRow {
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

/// SQLite only: connections that read nothing but pages of the log.
pub(crate) struct Scan {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Scan {
    /// Of the file at this path; connects when it is first used.
    pub(crate) fn of(path: PathBuf) -> Arc<Self> {
        Arc::new(Self { path, idle: Mutex::default() })
    }

    /// What `M` makes of the rows of a page; blocks. `None` where a column is of another type than
    /// it should be.
    pub(crate) fn page<M: Make>(
        &self,
        after: Position,
        limit: u32,
    ) -> rusqlite::Result<Option<Vec<M::Made>>> {
        let rested = self.idle().pop();
        let connection = match rested {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let page = page::<M>(&connection, after, limit);
        if page.is_ok() {
            self.idle().push(connection);
        }
        page
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        // Writing is what a reader of a write-ahead log must be able to do, too; that it never does is the pragma's.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(ACQUIRE_TIMEOUT)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // Whoever panicked with the lock left whole connections behind.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn page<M: Make>(
    connection: &Connection,
    after: Position,
    limit: u32,
) -> rusqlite::Result<Option<Vec<M::Made>>> {
    let mut statement = connection.prepare_cached(sql::AUDIT_ROWS.sqlite)?;
    let limit = limit.min(READ_MAX);
    let mut rows = statement.query((number(after.0), limit))?;
    let mut page = M::default();
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
            return Ok(None);
        };
        let Ok(stream) = std::str::from_utf8(stream) else { return Ok(None) };
        let (position, version) = (Position(position), Version(version));
        page.take(PageRow { position, version, stream, leaf, mac, bytes });
    }
    Ok(Some(page.made()))
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
        let first = PageRow {
            position: Position(7),
            version: Version(1),
            stream: "a",
            leaf: b"b\n",
            mac: b"",
            bytes: b" 1\n",
        };
        let second = PageRow {
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
