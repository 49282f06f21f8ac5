//! The log on both databases: how entries are read. How they are written stands in `append.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;
use svod_log::{
    Answer, Append, AuditHead, AuditLog, AuditRow, EventLog, Guards, Hash, Head, Look, MessageKey, Notary,
    Position, READ_MAX, Receipt, Recorded, RowRef, StoreError, StreamHead, StreamId, StreamTip, Version,
    made_of_rows,
};
use tokio::sync::Mutex;

use crate::append;
use crate::at_once::AtOnce;
use crate::database::Database;
use crate::failure::{damaged, failure_of_sqlite};
use crate::guards;
use crate::memory::Memory;
use crate::pages::{self, copied};
use crate::recent::Recent;
use crate::session::on_a_thread;
use crate::sql;
use crate::value::{Column, Row, Value, at_most, names_under, number};

const READING: &str = "reading the log";

/// A ledger on PostgreSQL or SQLite.
pub(crate) struct SqlStore {
    pub(crate) database: Database,
    /// Where persons are disclosed.
    pub(crate) vault: Database,
    /// Batches of this process are written one after the other. Holds what is remembered after the last one; nothing if
    /// it failed or was abandoned.
    pub(crate) writer: Mutex<Option<Memory>>,
    /// What this process appended last, for those who follow the log.
    pub(crate) recent: std::sync::Mutex<Recent>,
    /// Writes batches and views, on SQLite.
    pub(crate) at_once: Option<Arc<AtOnce>>,
    /// Vouches for what is appended. Who has none only reads.
    pub(crate) notary: Option<Notary>,
}

#[async_trait]
impl EventLog for SqlStore {
    async fn append(&self, batch: &[Append]) -> Result<Vec<Answer>, StoreError> {
        let notary = self.notary.as_ref().ok_or(StoreError::NoKeys)?;
        let mut memory = self.writer.lock().await;
        let (answers, committed) =
            append::append(&self.database, self.at_once.as_ref(), &mut memory, batch, notary).await?;
        self.recent().extend(committed);
        Ok(answers)
    }

    async fn read(&self, after: Position, limit: u32) -> Result<Vec<Arc<Recorded>>, StoreError> {
        let recent = self.recent().after(after, limit.min(READ_MAX));
        if !recent.is_empty() {
            return recent.iter().map(|entry| entry.recorded()).collect();
        }
        made_of_rows(self, after, limit, entry_of).await?.into_iter().collect()
    }

    async fn read_at(&self, positions: &[Position]) -> Result<Vec<Arc<Recorded>>, StoreError> {
        let positions = positions.iter().take(READ_MAX as usize).map(|position| number(position.0)).collect();
        let arguments = [Value::List(Column::Numbers(positions)), at_most(READ_MAX)];
        let rows = self.database.rows(READING, sql::READ_AT, &arguments).await?;
        rows.iter().map(recorded).collect()
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: u32,
    ) -> Result<Vec<Arc<Recorded>>, StoreError> {
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
        let head = |row: &Row| {
            let (version, position) = (Version(row.count(1)?), Position(row.count(2)?));
            Ok(StreamHead { stream: stream(row, 0)?, version, position })
        };
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
                found.insert(asked.message(row.bytes(0)?)?, receipt(&row, 1, 2)?);
            }
        }
        Ok(found)
    }
}

#[async_trait]
impl AuditLog for SqlStore {
    async fn show_rows(&self, after: Position, limit: u32, look: Look) -> Result<(), StoreError> {
        let limit = limit.min(READ_MAX);
        let (is_whole, mut shown) = self.page(after, limit, Shown { look, count: 0 }).await?;
        if is_whole {
            return Ok(());
        }
        // Whatever is wrong there is told by those who look at rows. From the beginning, because a position may stand there twice.
        let arguments = [Value::Number(number(after.0)), at_most(limit)];
        let rows = self.database.rows(READING, sql::AUDIT_ROWS, &arguments).await?;
        for row in rows.into_iter().skip(shown.count) {
            shown.take(audit_row(&row)?.shown());
        }
        Ok(())
    }

    async fn audit_tips(&self, streams: &[&str], until: Position) -> Result<Vec<AuditRow>, StoreError> {
        let streams = &streams[..streams.len().min(READ_MAX as usize)];
        let list = Value::List(Column::Texts(streams.to_vec()));
        let arguments = [list, Value::Number(number(until.0)), at_most(READ_MAX)];
        let rows = self.database.rows(READING, sql::AUDIT_TIPS, &arguments).await?;
        rows.iter().map(audit_row).collect()
    }

    async fn audit_head(&self) -> Result<AuditHead, StoreError> {
        let rows = self.database.rows(READING, sql::AUDIT_HEAD, &[]).await?;
        let row = rows.first().ok_or_else(no_head)?;
        Ok(AuditHead {
            position: Position(row.count(0)?),
            frontier: row.bytes(1)?.to_vec(),
            root: row.bytes(2)?.to_vec(),
            mac: row.bytes(3)?.to_vec(),
            checkpoint: row.text(4)?,
        })
    }

    async fn checkpoints(&self, after: u64, limit: u32) -> Result<Vec<String>, StoreError> {
        let arguments = [Value::Number(number(after)), at_most(limit)];
        let rows = self.database.rows(READING, sql::CHECKPOINTS, &arguments).await?;
        rows.iter().map(|row| row.text(0)).collect()
    }

    async fn stream_tips(
        &self,
        until: Position,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<StreamTip>, StoreError> {
        let after = Value::Text(after.unwrap_or_default());
        let arguments = [after, Value::Number(number(until.0)), at_most(limit)];
        let rows = self.database.rows("reading where streams end", sql::STREAM_TIPS, &arguments).await?;
        let tip = |row: &Row| {
            let (stream, version) = (stream(row, 0)?, Version(row.count(1)?));
            Ok(StreamTip { stream, version, leaf: row.hash(2)? })
        };
        rows.iter().map(tip).collect()
    }

    async fn guards(&self) -> Result<Guards, StoreError> {
        guards::look(&self.database).await
    }
}

impl SqlStore {
    /// Shows a page of the log in the cheapest way, on a thread of its own; `false` where the rest has to be read row by row.
    async fn page(&self, after: Position, limit: u32, mut shown: Shown) -> Result<(bool, Shown), StoreError> {
        let Database::Sqlite { readers, .. } = &self.database else {
            let mut session = self.database.session(READING).await?;
            let page = session.copy(READING, &sql::copy_page(number(after.0), limit)).await?;
            drop(session);
            let show = move || {
                let rows = copied(&page);
                let is_whole = rows.is_some();
                rows.into_iter().flatten().for_each(|row| shown.take(row));
                (is_whole, shown)
            };
            return on_a_thread(READING, show).await;
        };
        let show = move |connection: &Connection| {
            let page = pages::page(connection, after, limit, &mut |row| shown.take(row));
            // The reading row by row meets the same, and tells it as all readings do.
            let is_whole = page.unwrap_or_else(|error| {
                tracing::debug!(%error, "a page of the log could not be read at once");
                false
            });
            Ok((is_whole, shown))
        };
        readers.read(READING, show).await?.map_err(|error| failure_of_sqlite(READING, error))
    }

    fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        // Whoever panicked with the lock left at worst a shorter run behind.
        self.recent.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Messages by the keys of their receipts.
pub(crate) struct Asked<'a>(BTreeMap<Vec<u8>, &'a MessageKey>);

impl<'a> Asked<'a> {
    pub(crate) fn of(messages: impl IntoIterator<Item = &'a MessageKey>) -> Self {
        Self(messages.into_iter().map(|message| (receipt_key(message), message)).collect())
    }

    pub(crate) fn keys(&self) -> Value<'_> {
        Value::List(Column::Blobs(self.0.keys().map(Vec::as_slice).collect()))
    }

    pub(crate) fn message(&self, key: &[u8]) -> Result<MessageKey, StoreError> {
        let message = self.0.get(key).copied().cloned();
        message.ok_or_else(|| {
            damaged("a receipt that nobody asked for", format!("receipt {}", hex::encode(key)))
        })
    }
}

/// How much of the hash of a source stands before the id: no other source can be found that has it.
const SOURCE_BYTES: usize = 16;

/// How much of an id stands in a key. A longer one is cut to half of it and told apart by its hash; since an id that is not
/// cut is shorter than that, no two names share a key.
const ID_BYTES: usize = 64;

/// What a receipt is found by. The id follows as it came, so that the receipts of a sender who counts stand together.
pub(crate) fn receipt_key(message: &MessageKey) -> Vec<u8> {
    let (source, id) = (Hash::of(message.source.as_bytes()), message.id.as_bytes());
    let source = &source.0[..SOURCE_BYTES];
    if id.len() < ID_BYTES {
        return [source, id].concat();
    }
    [source, &id[..ID_BYTES / 2], &Hash::of(id).0].concat()
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

/// A row as it is, columns in the order of the statements for auditors.
fn audit_row(row: &Row) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        position: Position(row.count(0)?),
        stream: row.text(1)?,
        version: Version(row.count(2)?),
        leaf: row.bytes(3)?.to_vec().into(),
        mac: row.bytes(4)?.to_vec().into(),
        bytes: row.bytes(5)?.to_vec().into(),
    })
}

/// An entry by its row.
fn recorded(row: &Row) -> Result<Arc<Recorded>, StoreError> {
    let stream = row.text(1)?;
    entry_of(RowRef {
        position: Position(row.count(0)?),
        version: Version(row.count(2)?),
        stream: &stream,
        leaf: row.bytes(3)?,
        mac: &[],
        bytes: row.bytes(4)?,
    })
}

/// Who is shown rows, and how far that went.
struct Shown {
    look: Look,
    count: usize,
}

impl Shown {
    fn take(&mut self, row: RowRef<'_>) {
        self.count += 1;
        (self.look)(row);
    }
}

/// An entry, if the bytes say what the columns beside them say.
fn entry_of(row: RowRef<'_>) -> Result<Arc<Recorded>, StoreError> {
    let recorded = decoded(&row.bytes.into(), row.position)?;
    let said = (recorded.position, recorded.version, recorded.stream.as_str(), &recorded.leaf.0[..]);
    if said == (row.position, row.version, row.stream, row.leaf) {
        Ok(recorded)
    } else {
        Err(damaged(svod_log::OTHER_ROW, format!("position {}", row.position)))
    }
}

/// The entry that these bytes at this position are.
pub(crate) fn decoded(bytes: &Arc<[u8]>, position: Position) -> Result<Arc<Recorded>, StoreError> {
    Recorded::decode(bytes)
        .map(Arc::new)
        .map_err(|error| damaged(&error.to_string(), format!("position {position}")))
}
