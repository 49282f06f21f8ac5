//! Arguments and rows of a statement, the same for both databases.

use jiff::Timestamp;
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
    /// Rows, column by column: one parameter for each column in PostgreSQL, two in SQLite (see [`crate::sql`]).
    Table(Vec<Column<'a>>),
}

/// One column of a [`Value::Table`]; all of a table are equally long.
#[derive(Clone, Debug)]
pub(crate) enum Column<'a> {
    Numbers(Vec<i64>),
    Texts(Vec<&'a str>),
    Blobs(Vec<&'a [u8]>),
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
            Value::Table(columns) => columns.iter().fold(query, |query, column| match column {
                Column::Numbers(numbers) => query.bind(numbers),
                Column::Texts(texts) => query.bind(texts),
                Column::Blobs(blobs) => query.bind(blobs),
            }),
        };
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
            Value::Table(columns) => {
                let (rows, bytes) = pack(columns);
                query.bind(rows).bind(bytes)
            }
        };
    }
    query
}

/// The rows as a JSON array, with offset (from 1) and length in place of bytes, and all the bytes.
fn pack(columns: &[Column<'_>]) -> (String, Vec<u8>) {
    let length = columns.first().map_or(0, |column| match column {
        Column::Numbers(numbers) => numbers.len(),
        Column::Texts(texts) => texts.len(),
        Column::Blobs(blobs) => blobs.len(),
    });
    let mut rows = Vec::with_capacity(length);
    let mut bytes = Vec::new();
    for index in 0..length {
        let mut row = Vec::new();
        for column in columns {
            match column {
                Column::Numbers(numbers) => row.push(json!(numbers[index])),
                Column::Texts(texts) => row.push(json!(texts[index])),
                Column::Blobs(blobs) => {
                    row.extend([json!(bytes.len() + 1), json!(blobs[index].len())]);
                    bytes.extend_from_slice(blobs[index]);
                }
            }
        }
        rows.push(serde_json::Value::Array(row));
    }
    (serde_json::Value::Array(rows).to_string(), bytes)
}

/// One row of an answer.
pub(crate) enum Row {
    Postgres(PgRow),
    Sqlite(SqliteRow),
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
        T: Type<Postgres> + Decode<'r, Postgres> + Type<Sqlite> + Decode<'r, Sqlite>,
    {
        let cell = match self {
            Self::Postgres(row) => row.try_get(index),
            Self::Sqlite(row) => row.try_get(index),
        };
        cell.map_err(|error| damaged("a value of another type", error.to_string()))
    }
}

fn moment(microseconds: i64) -> Result<Timestamp, StoreError> {
    let moment = Timestamp::from_microsecond(microseconds);
    moment.map_err(|_| damaged("a moment outside of time", format!("value {microseconds}")))
}
