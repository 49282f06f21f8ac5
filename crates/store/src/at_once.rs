//! SQLite: what is written at once, on a thread that blocks: batches, and documents of views. Through the driver every
//! statement of it would cross over to the thread that has the database and back, which takes longer than the statements
//! themselves.
//!
//! Whoever writes has the turn of this process already (the driver's only writing connection); other processes are kept out by
//! the transaction.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, params};
use svod_log::staging::Staged;
use svod_log::{StreamId, ViewCommit};

use crate::log::receipt_key;
use crate::open::ACQUIRE_TIMEOUT;
use crate::sql::at_once as sql;
use crate::sqlite::{CACHE_KIB, LOG_PAGES};
use crate::value::number;

/// Connects to one file, to write batches and views.
pub(crate) struct AtOnce {
    batches: Writer,
    views: Writer,
}

/// When a commit is durable (<https://www.sqlite.org/pragma.html#pragma_synchronous>).
#[derive(Clone, Copy)]
enum Synchronous {
    /// Before it is answered.
    Full,
    /// With the next one that is made durable, by whomever.
    Normal,
}

/// A connection that rests between its transactions.
struct Writer {
    path: PathBuf,
    synchronous: Synchronous,
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
        let writer = |path, synchronous| Writer { path, synchronous, rested: Mutex::default() };
        Arc::new(Self {
            batches: writer(path.clone(), Synchronous::Full),
            views: writer(path, Synchronous::Normal),
        })
    }

    /// Writes a batch; blocks. `false`: the head stands elsewhere, or something was guessed wrong, and nothing was written.
    pub(crate) fn write(&self, batch: &Batch) -> rusqlite::Result<bool> {
        self.batches.transaction(|transaction| {
            let is_written = holds(transaction, batch)? && keep(transaction, batch)?;
            Ok((is_written, is_written))
        })
    }

    /// Commits views; blocks. `false` for one whose progress was not where the commit begins.
    pub(crate) fn commit_views(&self, commits: &[ViewCommit]) -> rusqlite::Result<Vec<bool>> {
        self.views.transaction(|transaction| {
            let mut moving = transaction.prepare_cached(sql::MOVE_VIEW)?;
            let mut moved = Vec::with_capacity(commits.len());
            for ViewCommit { view, from, to, changes } in commits {
                let is_moved = moving.execute(params![view, number(from.0), number(to.0)])? == 1;
                if is_moved {
                    change(transaction, view, changes)?;
                }
                moved.push(is_moved);
            }
            Ok((moved.contains(&true), moved))
        })
    }
}

impl Writer {
    /// What `work` answers, committed if it says so.
    fn transaction<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<(bool, T)>,
    ) -> rusqlite::Result<T> {
        // Whoever panicked with the lock took the connection with him.
        let mut rested = self.rested.lock().unwrap_or_else(PoisonError::into_inner);
        let mut connection = match rested.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (commits, done) = work(&transaction)?;
        if commits {
            transaction.commit()?;
        } else {
            transaction.rollback()?;
        }
        *rested = Some(connection);
        Ok(done)
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(ACQUIRE_TIMEOUT)?;
        let synchronous = match self.synchronous {
            Synchronous::Full => "FULL",
            Synchronous::Normal => "NORMAL",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
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

fn change(
    transaction: &Transaction<'_>,
    view: &str,
    changes: &BTreeMap<String, Option<Vec<u8>>>,
) -> rusqlite::Result<()> {
    let mut keeping = transaction.prepare_cached(sql::DOCUMENT)?;
    let mut deleting = transaction.prepare_cached(sql::DELETE_DOCUMENT)?;
    for (key, document) in changes {
        match document {
            Some(document) => keeping.execute(params![view, key, document])?,
            None => deleting.execute([view, key.as_str()])?,
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_on_the_disk_when_it_is_answered_and_views_follow() {
        const FULL: i64 = 2;
        const NORMAL: i64 = 1;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("svod.db");
        Connection::open(&path).unwrap();
        let at_once = AtOnce::of(path);
        for (writer, expected) in [(&at_once.batches, FULL), (&at_once.views, NORMAL)] {
            let connection = writer.connect().unwrap();
            let synchronous = connection.pragma_query_value(None, "synchronous", |row| row.get(0));
            assert_eq!(synchronous, Ok(expected));
        }
    }
}
