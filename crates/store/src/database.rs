//! A database that is open: where sessions come from.

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;
use svod_log::StoreError;

use crate::failure::failure;
use crate::session::Session;
use crate::sql::Sql;
use crate::value::{Row, Value};

/// The pools of one database. A clone is another handle of the same ones.
#[derive(Clone)]
pub(crate) enum Database {
    Postgres(PgPool),
    /// SQLite has one writer; its readers are not disturbed by it.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
}

impl Database {
    /// A connection for reading.
    pub(crate) async fn reader(&self, doing: &'static str) -> Result<Session, StoreError> {
        let session = match self {
            Self::Postgres(pool) => pool.acquire().await.map(Session::from),
            Self::Sqlite { readers, .. } => readers.acquire().await.map(Session::from),
        };
        session.map_err(|error| failure(doing, error))
    }

    /// A connection for writing.
    pub(crate) async fn writer(&self, doing: &'static str) -> Result<Session, StoreError> {
        let session = match self {
            Self::Postgres(pool) => pool.acquire().await.map(Session::from),
            Self::Sqlite { writer, .. } => writer.acquire().await.map(Session::from),
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
        self.writer(doing).await?.execute(doing, sql, values).await
    }
}
