//! SQLite: a batch that is written at once, on a thread that blocks. Through the driver every statement of it would cross over to the
//! thread that has the database and back, which takes longer than the statements themselves.
//!
//! Whoever writes has the turn of this process already (the driver's only writing connection); other processes are kept out by
//! the transaction.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, params};
use svod_log::StreamId;
use svod_log::staging::Staged;

use crate::log::receipt_key;
use crate::open::ACQUIRE_TIMEOUT;
use crate::sql::at_once as sql;
use crate::sqlite::{CACHE_KIB, LOG_PAGES};
use crate::value::number;

/// Connects to one file, to write batches.
pub(crate) struct AtOnce {
    path: PathBuf,
    rested: Mutex<Option<Connection>>,
}

/// What is to be written, and on what it rests.
pub(crate) struct Batch {
    /// The head that it was staged on.
    pub(crate) revision: i64,
    /// Its tree.
    pub(crate) frontier: Vec<u8>,
    pub(crate) staged: Staged,
    /// Streams that were guessed to hold nothing.
    pub(crate) guessed: Vec<StreamId>,
}

impl AtOnce {
    /// To the file at this path; connects when it is first used.
    pub(crate) fn of(path: PathBuf) -> Arc<Self> {
        Arc::new(Self { path, rested: Mutex::default() })
    }

    /// Writes a batch; blocks. `false`: the head stands elsewhere, or something was guessed wrong, and nothing was written.
    pub(crate) fn write(&self, batch: &Batch) -> rusqlite::Result<bool> {
        // Whoever panicked with the lock took the connection with him.
        let mut rested = self.rested.lock().unwrap_or_else(PoisonError::into_inner);
        let mut connection = match rested.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let is_written = holds(&transaction, batch)? && keep(&transaction, batch)?;
        if is_written {
            transaction.commit()?;
        } else {
            transaction.rollback()?;
        }
        *rested = Some(connection);
        Ok(is_written)
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(ACQUIRE_TIMEOUT)?;
        // As durable as whatever else writes to the file.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "cache_size", CACHE_KIB)?;
        connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
        Ok(connection)
    }
}

/// Whether the log is as the batch takes it to be.
fn holds(transaction: &Transaction<'_>, batch: &Batch) -> rusqlite::Result<bool> {
    let mut stands = transaction.prepare_cached(sql::STANDS)?;
    if !stands.exists(params![batch.revision, batch.frontier])? {
        return Ok(false);
    }
    let mut begun = transaction.prepare_cached(sql::BEGUN)?;
    for stream in &batch.guessed {
        if begun.exists([stream.as_str()])? {
            return Ok(false);
        }
    }
    let mut answered = transaction.prepare_cached(sql::ANSWERED)?;
    for (message, _) in &batch.staged.receipts {
        if answered.exists([receipt_key(message)])? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn keep(transaction: &Transaction<'_>, batch: &Batch) -> rusqlite::Result<bool> {
    let staged = &batch.staged;
    let mut insert = transaction.prepare_cached(sql::ENTRY)?;
    for entry in &staged.entries {
        let (position, version) = (number(entry.position.0), number(entry.version.0));
        let (stream, leaf, mac) = (entry.stream.as_str(), &entry.leaf.0[..], &entry.mac.0[..]);
        insert.execute(params![position, stream, version, leaf, mac, &entry.bytes[..]])?;
    }
    let size = number(staged.frontier.size());
    if staged.keeps_checkpoint() {
        let mut insert = transaction.prepare_cached(sql::CHECKPOINT)?;
        insert.execute(params![size, staged.checkpoint])?;
    }
    let mut insert = transaction.prepare_cached(sql::RECEIPT)?;
    for (message, receipt) in &staged.receipts {
        let (source, id) = (message.source.as_bytes(), message.id.as_bytes());
        insert.execute(params![
            receipt_key(message),
            source,
            id,
            &receipt.digest.0[..],
            &receipt.body[..]
        ])?;
    }
    let mut moving = transaction.prepare_cached(sql::HEAD)?;
    let (frontier, root) = (staged.frontier.to_bytes(), staged.frontier.root());
    let (root, mac) = (&root.0[..], &staged.head_mac.0[..]);
    let before = (batch.revision, &batch.frontier);
    let moved = moving.execute(params![size, frontier, root, mac, staged.checkpoint, before.0, before.1])?;
    Ok(moved == 1)
}
