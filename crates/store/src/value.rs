//! Arguments and rows of a statement, the same for both databases.

use std::ops::Range;

use jiff::Timestamp;
use rusqlite::types::Value as Cell;
use serde_json::json;
use sqlx::postgres::{PgArguments, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};
use sqlx::{Decode, Row as _, Type};
use svod_log::{Hash, READ_MAX, StoreError};

use crate::failure::damaged;

/// One argument of a statement.
#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    Number(i64),
    MaybeNumber(Option<i64>),
    Text(&'a str),
    Bytes(&'a [u8]),
    MaybeBytes(Option<&'a [u8]>),
    /// A list: one parameter in both databases (see [`crate::sql`]).
    List(Column<'a>),
}

/// Values of one kind; several of the same length are the columns of rows.
#[derive(Clone, Debug)]
pub(crate) enum Column<'a> {
    Numbers(Vec<i64>),
    Texts(Vec<&'a str>),
    Hashes(Vec<&'a Hash>),
    Blobs(Vec<&'a [u8]>),
}

impl Column<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Texts(texts) => texts.len(),
            Self::Hashes(hashes) => hashes.len(),
            Self::Blobs(blobs) => blobs.len(),
        }
    }

    /// As a JSON array; hashes and blobs in hexadecimal digits.
    pub(crate) fn to_json(&self) -> String {
        match self {
            Self::Numbers(numbers) => json!(numbers),
            Self::Texts(texts) => json!(texts),
            Self::Hashes(hashes) => hashes.iter().map(ToString::to_string).collect(),
            Self::Blobs(blobs) => blobs.iter().map(hex::encode).collect(),
        }
        .to_string()
    }
}

/// A number of ours as the databases keep it. Positions and versions beyond 2^63 do not occur: the log would have to
/// grow by a billion entries a second for three centuries.
pub(crate) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A limit that a caller asked for.
pub(crate) fn at_most(limit: u32) -> Value<'static> {
    Value::Number(i64::from(limit.min(READ_MAX)))
}

/// The names that begin with `prefix` and sort after `after`, as bounds: from the first, up to but without the second.
/// No name holds U+0000 or U+10FFFF, the least and the greatest character.
pub(crate) fn names_under(prefix: &str, after: Option<&str>) -> (String, String) {
    let from = match after {
        Some(after) if after >= prefix => format!("{after}\u{1}"),
        Some(_) | None => prefix.to_owned(),
    };
    (from, format!("{prefix}\u{10ffff}"))
}

/// A moment as the databases keep it.
pub(crate) fn microseconds(moment: Timestamp) -> i64 {
    moment.as_microsecond()
}

pub(crate) fn bind_postgres<'q>(
    mut query: Query<'q, Postgres, PgArguments>,
    values: &'q [Value<'q>],
) -> Query<'q, Postgres, PgArguments> {
    for value in values {
        query = match value {
            Value::Number(number) => query.bind(*number),
            Value::MaybeNumber(number) => query.bind(*number),
            Value::Text(text) => query.bind(*text),
            Value::Bytes(bytes) => query.bind(*bytes),
            Value::MaybeBytes(bytes) => query.bind(*bytes),
            Value::List(Column::Numbers(numbers)) => query.bind(numbers),
            Value::List(Column::Texts(texts)) => query.bind(texts),
            Value::List(Column::Hashes(hashes)) => {
                query.bind(hashes.iter().map(|hash| &hash.0[..]).collect::<Vec<_>>())
            }
            Value::List(Column::Blobs(blobs)) => query.bind(blobs),
        }
    }
    query
}

pub(crate) fn bind_sqlite<'q>(
    mut query: Query<'q, Sqlite, SqliteArguments>,
    values: &'q [Value<'q>],
) -> Query<'q, Sqlite, SqliteArguments> {
    for value in values {
        query = match value {
            Value::Number(number) => query.bind(*number),
            Value::MaybeNumber(number) => query.bind(*number),
            Value::Text(text) => query.bind(*text),
            Value::Bytes(bytes) => query.bind(*bytes),
            Value::MaybeBytes(bytes) => query.bind(*bytes),
            Value::List(list) => query.bind(list.to_json()),
        }
    }
    query
}

/// The rows that the columns make, row by row.
pub(crate) fn bind_rows<'q>(
    mut query: Query<'q, Sqlite, SqliteArguments>,
    columns: &'q [Column<'q>],
    rows: Range<usize>,
) -> Query<'q, Sqlite, SqliteArguments> {
    for row in rows {
        for column in columns {
            query = match column {
                Column::Numbers(numbers) => query.bind(numbers[row]),
                Column::Texts(texts) => query.bind(texts[row]),
                Column::Hashes(hashes) => query.bind(&hashes[row].0[..]),
                Column::Blobs(blobs) => query.bind(blobs[row]),
            };
        }
    }
    query
}

/// One row of an answer.
pub(crate) enum Row {
    Postgres(PgRow),
    /// Of whoever writes.
    Sqlite(SqliteRow),
    /// Of whoever reads.
    Read(Vec<Cell>),
}

impl Row {
    pub(crate) fn number(&self, index: usize) -> Result<i64, StoreError> {
        self.cell(index)
    }

    pub(crate) fn maybe_number(&self, index: usize) -> Result<Option<i64>, StoreError> {
        self.cell(index)
    }

    /// A number that is never negative.
    pub(crate) fn count(&self, index: usize) -> Result<u64, StoreError> {
        let number = self.number(index)?;
        u64::try_from(number)
            .map_err(|_| damaged("a negative number", format!("column {index}, value {number}")))
    }

    pub(crate) fn moment(&self, index: usize) -> Result<Timestamp, StoreError> {
        moment(self.number(index)?)
    }

    pub(crate) fn maybe_moment(&self, index: usize) -> Result<Option<Timestamp>, StoreError> {
        self.maybe_number(index)?.map(moment).transpose()
    }

    pub(crate) fn text(&self, index: usize) -> Result<String, StoreError> {
        self.cell(index)
    }

    pub(crate) fn bytes(&self, index: usize) -> Result<&[u8], StoreError> {
        self.cell(index)
    }

    pub(crate) fn maybe_bytes(&self, index: usize) -> Result<Option<&[u8]>, StoreError> {
        self.cell(index)
    }

    pub(crate) fn hash(&self, index: usize) -> Result<Hash, StoreError> {
        let bytes = self.bytes(index)?;
        let hash = bytes.try_into().map(Hash);
        hash.map_err(|_| {
            damaged("a hash that is not 32 bytes", format!("column {index}, {} bytes", bytes.len()))
        })
    }

    fn cell<'r, T>(&'r self, index: usize) -> Result<T, StoreError>
    where
        T: Type<Postgres> + Decode<'r, Postgres> + Type<Sqlite> + Decode<'r, Sqlite> + Held<'r>,
    {
        let cell = match self {
            Self::Postgres(row) => row.try_get(index),
            Self::Sqlite(row) => row.try_get(index),
            Self::Read(cells) => {
                let held = cells.get(index).and_then(T::held);
                return held.ok_or_else(|| damaged("a value of another type", format!("column {index}")));
            }
        };
        cell.map_err(|error| damaged("a value of another type", error.to_string()))
    }
}

/// What a cell may hold.
trait Held<'r>: Sized {
    /// It, if it is of this type.
    fn held(cell: &'r Cell) -> Option<Self>;
}

impl Held<'_> for i64 {
    fn held(cell: &Cell) -> Option<Self> {
        if let Cell::Integer(number) = cell { Some(*number) } else { None }
    }
}

impl Held<'_> for String {
    fn held(cell: &Cell) -> Option<Self> {
        if let Cell::Text(text) = cell { Some(text.clone()) } else { None }
    }
}

impl<'r> Held<'r> for &'r [u8] {
    /// A text has bytes, too.
    fn held(cell: &'r Cell) -> Option<Self> {
        match cell {
            Cell::Blob(bytes) => Some(bytes),
            Cell::Text(text) => Some(text.as_bytes()),
            Cell::Null | Cell::Integer(_) | Cell::Real(_) => None,
        }
    }
}

impl<'r, T: Held<'r>> Held<'r> for Option<T> {
    fn held(cell: &'r Cell) -> Option<Self> {
        if let Cell::Null = cell { Some(None) } else { T::held(cell).map(Some) }
    }
}

fn moment(microseconds: i64) -> Result<Timestamp, StoreError> {
    let moment = Timestamp::from_microsecond(microseconds);
    moment.map_err(|_| damaged("a moment outside of time", format!("value {microseconds}")))
}
