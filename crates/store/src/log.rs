//! The log on both databases: how entries are read. How they are written stands in `append.rs`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use svod_log::{
    Answer, Append, EventLog, Hash, Head, MessageKey, Position, READ_MAX, Receipt, Recorded, StoreError,
    StreamHead, StreamId, Version,
};
use tokio::sync::Mutex;

use crate::append;
use crate::database::Database;
use crate::failure::damaged;
use crate::memory::Memory;
use crate::sql;
use crate::value::{Column, Row, Value, at_most, names_under, number};

const READING: &str = "reading the log";

/// A ledger on PostgreSQL or SQLite.
pub(crate) struct SqlStore {
    pub(crate) database: Database,
    /// Batches of this process are written one after the other. Holds what is remembered after the last one; nothing if
    /// it failed or was abandoned.
    pub(crate) writer: Mutex<Option<Memory>>,
}

#[async_trait]
impl EventLog for SqlStore {
    async fn append(&self, batch: &[Append]) -> Result<Vec<Answer>, StoreError> {
        let mut memory = self.writer.lock().await;
        append::append(&self.database, &mut memory, batch).await
    }

    async fn read(&self, after: Position, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        let arguments = [Value::Number(number(after.0)), at_most(limit)];
        let rows = self.database.rows(READING, sql::READ, &arguments).await?;
        rows.iter().map(recorded).collect()
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        let arguments = [Value::Text(stream.as_str()), Value::Number(number(after.0)), at_most(limit)];
        let rows = self.database.rows(READING, sql::READ_STREAM, &arguments).await?;
        rows.iter().map(recorded).collect()
    }

    async fn streams(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<StreamHead>, StoreError> {
        let (from, to) = names_under(prefix, after);
        let arguments = [Value::Text(&from), Value::Text(&to), at_most(limit)];
        let rows = self.database.rows("listing streams", sql::STREAMS, &arguments).await?;
        let head = |row: &Row| Ok(StreamHead { stream: stream(row, 0)?, version: Version(row.count(1)?) });
        rows.iter().map(head).collect()
    }

    async fn head(&self) -> Result<Head, StoreError> {
        let rows = self.database.rows("reading the head of the log", sql::HEAD, &[]).await?;
        let row = rows.first().ok_or_else(no_head)?;
        Ok(Head { position: Position(row.count(0)?), root: row.hash(1)? })
    }

    async fn receipt(&self, message: &MessageKey) -> Result<Option<Receipt>, StoreError> {
        let mut found = self.receipts(std::slice::from_ref(message)).await?;
        Ok(found.remove(message))
    }

    async fn receipts(&self, messages: &[MessageKey]) -> Result<BTreeMap<MessageKey, Receipt>, StoreError> {
        let mut found = BTreeMap::new();
        for some in messages.chunks(READ_MAX as usize) {
            let asked = Asked::of(some);
            let arguments = [asked.keys(), at_most(READ_MAX)];
            for row in self.database.rows("reading receipts", sql::RECEIPTS, &arguments).await? {
                found.insert(asked.message(row.hash(0)?)?, receipt(&row, 1, 2)?);
            }
        }
        Ok(found)
    }
}

/// Messages by the keys of their receipts.
pub(crate) struct Asked<'a>(BTreeMap<Hash, &'a MessageKey>);

impl<'a> Asked<'a> {
    pub(crate) fn of(messages: impl IntoIterator<Item = &'a MessageKey>) -> Self {
        Self(messages.into_iter().map(|message| (receipt_key(message), message)).collect())
    }

    pub(crate) fn keys(&self) -> Value<'_> {
        Value::List(Column::Hashes(self.0.keys().collect()))
    }

    pub(crate) fn message(&self, key: Hash) -> Result<MessageKey, StoreError> {
        let message = self.0.get(&key).copied().cloned();
        message.ok_or_else(|| damaged("a receipt that nobody asked for", format!("receipt {key}")))
    }
}

/// What a receipt is found by: the length keeps two names apart that differ only in where one ends.
pub(crate) fn receipt_key(message: &MessageKey) -> Hash {
    let mut bytes = (message.source.len() as u64).to_be_bytes().to_vec();
    bytes.extend_from_slice(message.source.as_bytes());
    bytes.extend_from_slice(message.id.as_bytes());
    Hash::of(&bytes)
}

pub(crate) fn receipt(row: &Row, digest: usize, body: usize) -> Result<Receipt, StoreError> {
    Ok(Receipt { digest: row.hash(digest)?, body: row.bytes(body)?.into() })
}

pub(crate) fn stream(row: &Row, index: usize) -> Result<StreamId, StoreError> {
    StreamId::try_new(row.text(index)?).map_err(|error| damaged("the name of a stream", error.to_string()))
}

pub(crate) fn no_head() -> StoreError {
    damaged("the log has no head", "log_head".to_owned())
}

/// An entry, if the bytes say what the columns beside them say.
fn recorded(row: &Row) -> Result<Recorded, StoreError> {
    let place = || format!("position {}", row.number(0).unwrap_or_default());
    let recorded = Recorded::decode(&row.bytes(4)?.into());
    let recorded = recorded.map_err(|error| damaged(&error.to_string(), place()))?;
    let is_its_row = recorded.position.0 == row.count(0)?
        && recorded.stream.as_str() == row.text(1)?
        && recorded.version.0 == row.count(2)?
        && recorded.leaf == row.hash(3)?;
    if is_its_row { Ok(recorded) } else { Err(damaged("an entry that is not the one of its row", place())) }
}
