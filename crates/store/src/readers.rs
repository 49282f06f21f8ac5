//! SQLite: connections that read. Each answer is read whole on a thread that may block: through the driver every row of it would
//! cross over from the thread that has the database, which takes longer than reading it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::types::{Value as Cell, ValueRef};
use rusqlite::{Connection, OpenFlags};
use svod_log::StoreError;
use tokio::sync::Semaphore;

use crate::failure::{failure_of_sqlite, unavailable};
use crate::open::ACQUIRE_TIMEOUT;
use crate::session::on_a_thread;
use crate::sql::Sql;
use crate::value::{Row, Value};

/// Most statements that a connection keeps prepared: about as many as read.
const PREPARED_MAX: usize = 64;

/// Connects to one file.
pub(crate) struct Readers {
    path: PathBuf,
    rested: Mutex<Vec<Connection>>,
    /// One for each connection that there may be.
    turns: Arc<Semaphore>,
}

impl Readers {
    /// Of the file at this path, which is connected to when it is first read.
    pub(crate) fn of(path: &str, connections_max: u32) -> Arc<Self> {
        let turns = Arc::new(Semaphore::new(connections_max as usize));
        Arc::new(Self { path: path.into(), rested: Mutex::default(), turns })
    }

    /// Where the file is, or will be.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What `read` answers, on a thread that may block.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        doing: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<rusqlite::Result<T>, StoreError> {
        let turn = tokio::time::timeout(ACQUIRE_TIMEOUT, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn
            .map_err(|elapsed| unavailable(doing, elapsed))?
            .map_err(|closed| unavailable(doing, closed))?;
        let readers = Arc::clone(self);
        let answer = move || {
            let _turn = turn;
            let rested = readers.rested().pop();
            let connection = match rested {
                Some(connection) => connection,
                None => readers.connect()?,
            };
            let answer = read(&connection);
            // One that failed is closed.
            if answer.is_ok() {
                readers.rested().push(connection);
            }
            answer
        };
        on_a_thread(doing, answer).await
    }

    /// Rows of one reading statement.
    pub(crate) async fn rows(
        self: &Arc<Self>,
        doing: &'static str,
        sql: Sql,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let values: Vec<Cell> = values.iter().map(cell).collect();
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql.sqlite)?;
            let columns = statement.column_count();
            for (value, number) in values.iter().zip(1..) {
                // `$2` is a name to SQLite, whose own numbers go by where each name stands first.
                if let Some(index) = statement.parameter_index(&format!("${number}"))? {
                    statement.raw_bind_parameter(index, value)?;
                }
            }
            let mut rows = statement.raw_query();
            let mut answer = vec![];
            while let Some(row) = rows.next()? {
                let cells = (0..columns).map(|column| row.get_ref(column).map(held));
                answer.push(Row::Read(cells.collect::<rusqlite::Result<_>>()?));
            }
            Ok(answer)
        };
        self.read(doing, read).await?.map_err(|error| failure_of_sqlite(doing, error))
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        // Writing is what a reader of a write-ahead log must be able to do, too; that it never does is the pragma's.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(ACQUIRE_TIMEOUT)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.set_prepared_statement_cache_capacity(PREPARED_MAX);
        Ok(connection)
    }

    fn rested(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // Whoever panicked with the lock left whole connections behind.
        self.rested.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A cell, copied. A text that is none, as only a stranger can have left it there, is still bytes.
fn held(cell: ValueRef<'_>) -> Cell {
    match cell {
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Cell::Text(text.to_owned()),
            Err(_is_no_text) => Cell::Blob(bytes.to_vec()),
        },
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Blob(bytes) => Cell::Blob(bytes.to_vec()),
    }
}

/// An argument as SQLite takes it; it outlives whoever asked.
fn cell(value: &Value<'_>) -> Cell {
    match value {
        Value::Number(number) => Cell::Integer(*number),
        Value::MaybeNumber(number) => number.map_or(Cell::Null, Cell::Integer),
        Value::Text(text) => Cell::Text((*text).to_owned()),
        Value::Bytes(bytes) => Cell::Blob(bytes.to_vec()),
        Value::MaybeBytes(bytes) => bytes.map_or(Cell::Null, |bytes| Cell::Blob(bytes.to_vec())),
        Value::List(list) => Cell::Text(list.to_json()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const DOING: &str = "trying";
    const SWAPPED: Sql = Sql { postgres: "", sqlite: "SELECT $2, $1" };
    const WRITE: Sql = Sql { postgres: "", sqlite: "INSERT INTO kept (number) VALUES (1)" };

    /// A file with one table, and so many readers of it.
    fn readers(connections_max: u32) -> (tempfile::TempDir, Arc<Readers>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE kept (number INTEGER)").unwrap();
        (folder, Readers::of(path.to_str().unwrap(), connections_max))
    }

    #[tokio::test]
    async fn arguments_are_told_apart_by_their_numbers_and_not_by_where_they_stand() {
        let (_folder, readers) = readers(1);
        let rows = readers.rows(DOING, SWAPPED, &[Value::Number(1), Value::Number(2)]).await.unwrap();
        assert_eq!((rows[0].number(0).unwrap(), rows[0].number(1).unwrap()), (2, 1));
    }

    #[tokio::test]
    async fn a_reader_cannot_write_and_one_that_failed_is_closed() {
        let (_folder, readers) = readers(1);
        let Err(failure) = readers.rows(DOING, WRITE, &[]).await else { panic!("a reader has written") };
        assert!(matches!(failure, StoreError::Unavailable { .. }), "{failure:?}");
        assert_eq!(readers.rested().len(), 0);
        readers.rows(DOING, SWAPPED, &[]).await.unwrap();
        assert_eq!(readers.rested().len(), 1);
    }

    #[tokio::test]
    async fn a_reader_makes_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none.db");
        assert!(Readers::of(path.to_str().unwrap(), 1).rows(DOING, SWAPPED, &[]).await.is_err());
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn whoever_stops_waiting_for_an_answer_keeps_no_turn() {
        let (_folder, readers) = readers(1);
        let ((begun, begins), (end, ends)) = (mpsc::channel(), mpsc::channel());
        let reading = tokio::spawn({
            let readers = Arc::clone(&readers);
            async move {
                let read = move |_: &Connection| {
                    begun.send(()).unwrap();
                    ends.recv().unwrap();
                    Ok(())
                };
                readers.read(DOING, read).await
            }
        });
        tokio::task::spawn_blocking(move || begins.recv().unwrap()).await.unwrap();
        reading.abort();
        assert!(reading.await.unwrap_err().is_cancelled());
        assert_eq!(readers.turns.available_permits(), 0, "it is still read");
        end.send(()).unwrap();
        readers.rows(DOING, SWAPPED, &[]).await.unwrap();
    }
}
