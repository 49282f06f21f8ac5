//! A database that is open: where sessions come from.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqlitePool;
use svod_log::StoreError;
use tokio::time::Instant;

use crate::failure::{failure, is_locked};
use crate::open::ACQUIRE_TIMEOUT;
use crate::postgres::Connections;
use crate::readers::Readers;
use crate::session::Session;
use crate::sql::Sql;
use crate::value::{Row, Value};

/// How long to wait before a file that is being made is connected to again: a few times what making it takes.
const MADE_PAUSE: Duration = Duration::from_millis(10);

/// The connections to one database. A clone is another handle of the same ones.
#[derive(Clone)]
pub(crate) enum Database {
    Postgres(Arc<Connections>),
    /// SQLite has one writer; its readers are not disturbed by it.
    Sqlite {
        writer: SqlitePool,
        readers: Arc<Readers>,
    },
}

impl Database {
    /// Where to read, several times.
    pub(crate) async fn reader(&self, doing: &'static str) -> Result<Reader, StoreError> {
        match self {
            Self::Postgres(_) => self.session(doing).await.map(Reader::Session),
            Self::Sqlite { readers, .. } => Ok(Reader::Sqlite(Arc::clone(readers))),
        }
    }

    /// A connection through the driver, which may write.
    pub(crate) async fn session(&self, doing: &'static str) -> Result<Session, StoreError> {
        let session = match self {
            Self::Postgres(connections) => connections.take().await.map(Session::from),
            Self::Sqlite { writer, .. } => connected(writer).await.map(Session::from),
        };
        session.map_err(|error| failure(doing, error))
    }

    /// Rows of one reading statement.
    pub(crate) async fn rows(
        &self,
        doing: &'static str,
        sql: Sql,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        self.reader(doing).await?.rows(doing, sql, values).await
    }

    /// Executes one writing statement, which is a transaction of its own; how many rows it changed.
    pub(crate) async fn execute(
        &self,
        doing: &'static str,
        sql: Sql,
        values: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        self.session(doing).await?.execute(doing, sql, values).await
    }
}

/// Reads several times in a row.
pub(crate) enum Reader {
    Session(Session),
    Sqlite(Arc<Readers>),
}

impl Reader {
    /// Rows of one reading statement.
    pub(crate) async fn rows(
        &mut self,
        doing: &'static str,
        sql: Sql,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Session(session) => session.rows(doing, sql, values).await,
            Self::Sqlite(readers) => readers.rows(doing, sql, values).await,
        }
    }
}

/// A connection to a SQLite file. Whoever connects to a new one gives it a write-ahead log, and another one who connects at that
/// moment is told that it is locked: there SQLite does not wait, however long it was told to
/// (<https://www.sqlite.org/c3ref/busy_handler.html>), so it is waited here.
async fn connected(pool: &SqlitePool) -> sqlx::Result<PoolConnection<Sqlite>> {
    let until = Instant::now() + ACQUIRE_TIMEOUT;
    loop {
        match pool.acquire().await {
            Err(error) if is_locked(&error) && Instant::now() < until => tokio::time::sleep(MADE_PAUSE).await,
            done => return done,
        }
    }
}
