//! One connection in use, with a limit on every answer, and the writer's turn.

use std::ops::Range;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use sqlx::AssertSqlSafe;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::Sqlite;
use svod_log::StoreError;

use crate::failure::{failure, unavailable};
use crate::postgres::Taken;
use crate::sql::{self, Insertion, Keeping, Sql};
use crate::value::{Column, Row, Value, bind_postgres, bind_rows, bind_sqlite};

/// Longest wait for the answer to one statement. The databases give up earlier by their own limits; this one is for
/// a server that is silent.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// Most rows that one statement inserts into SQLite: what a statement costs is little beside them.
const INSERTED_MAX: usize = 256;

/// A connection that was taken. It goes back only if nothing is left open on it: one that failed, was abandoned in
/// the middle of an answer or in the middle of a transaction is closed, and another is made.
pub(crate) struct Session {
    connection: Connection,
    in_turn: bool,
    in_answer: bool,
}

/// Which database a session speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Postgres,
    Sqlite,
}

enum Connection {
    Postgres(Taken),
    Sqlite(PoolConnection<Sqlite>),
}

impl From<Taken> for Session {
    fn from(connection: Taken) -> Self {
        Self { connection: Connection::Postgres(connection), in_turn: false, in_answer: false }
    }
}

impl From<PoolConnection<Sqlite>> for Session {
    fn from(connection: PoolConnection<Sqlite>) -> Self {
        Self { connection: Connection::Sqlite(connection), in_turn: false, in_answer: false }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.in_turn && !self.in_answer {
            return;
        }
        match &mut self.connection {
            Connection::Postgres(connection) => connection.close(),
            Connection::Sqlite(connection) => connection.close_on_drop(),
        }
    }
}

impl Session {
    pub(crate) fn dialect(&self) -> Dialect {
        match &self.connection {
            Connection::Postgres(_) => Dialect::Postgres,
            Connection::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Rows of an answer.
    pub(crate) async fn rows(
        &mut self,
        doing: &'static str,
        sql: Sql,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let answer = async {
            match &mut self.connection {
                Connection::Postgres(connection) => {
                    let query = bind_postgres(sqlx::query(sql.postgres), values);
                    let rows = query.fetch_all(connection.connection()).await?;
                    Ok(rows.into_iter().map(Row::Postgres).collect())
                }
                Connection::Sqlite(connection) => {
                    let query = bind_sqlite(sqlx::query(sql.sqlite), values);
                    let rows = query.fetch_all(&mut **connection).await?;
                    Ok(rows.into_iter().map(Row::Sqlite).collect())
                }
            }
        };
        self.in_answer = true;
        let rows = within(doing, answer).await?;
        self.in_answer = false;
        Ok(rows)
    }

    /// PostgreSQL only: everything that a statement copies out.
    pub(crate) async fn copy(&mut self, doing: &'static str, statement: &str) -> Result<Vec<u8>, StoreError> {
        let answer = async {
            let Connection::Postgres(connection) = &mut self.connection else {
                unreachable!("SQLite copies nothing out");
            };
            let mut pieces = connection.connection().copy_out_raw(statement).await?;
            let mut copied = vec![];
            while let Some(piece) = pieces.try_next().await? {
                copied.extend_from_slice(&piece);
            }
            Ok(copied)
        };
        self.in_answer = true;
        let copied = within(doing, answer).await?;
        self.in_answer = false;
        Ok(copied)
    }

    /// SQLite only: moves the write-ahead log into the file and empties it, so that what was overwritten there does not stand
    /// here. Whoever reads is waited for, as long as for any lock; who reads longer has the old pages kept, which is told,
    /// and it can be tried again.
    pub(crate) async fn empty_wal(&mut self, doing: &'static str) -> Result<(), StoreError> {
        let answer = self.rows(doing, sql::EMPTY_WAL, &[]).await?;
        let busy = answer.first().map(|row| row.count(0)).transpose()?;
        if busy == Some(0) {
            return Ok(());
        }
        let source =
            "somebody reads an older state of the database, which keeps it in the write-ahead log".into();
        Err(StoreError::Unavailable { doing, source })
    }

    /// Executes a statement; how many rows it changed.
    pub(crate) async fn execute(
        &mut self,
        doing: &'static str,
        sql: Sql,
        values: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        let answer = async {
            match &mut self.connection {
                Connection::Postgres(connection) => {
                    let query = bind_postgres(sqlx::query(sql.postgres), values);
                    Ok(query.execute(connection.connection()).await?.rows_affected())
                }
                Connection::Sqlite(connection) => {
                    let query = bind_sqlite(sqlx::query(sql.sqlite), values);
                    Ok(query.execute(&mut **connection).await?.rows_affected())
                }
            }
        };
        self.in_answer = true;
        let changed = within(doing, answer).await?;
        self.in_answer = false;
        Ok(changed)
    }

    /// Inserts the rows that the columns make; how many there are new.
    pub(crate) async fn keep(
        &mut self,
        doing: &'static str,
        keeping: Keeping,
        columns: &[Column<'_>],
    ) -> Result<u64, StoreError> {
        if columns.first().is_none_or(|column| column.len() == 0) {
            return Ok(0);
        }
        match self.dialect() {
            Dialect::Postgres => {
                let lists: Vec<Value<'_>> = columns.iter().cloned().map(Value::List).collect();
                let sql = Sql { postgres: keeping.postgres, sqlite: "" };
                self.execute(doing, sql, &lists).await
            }
            Dialect::Sqlite => self.insert(doing, keeping.sqlite, columns).await,
        }
    }

    /// SQLite only: inserts the rows that the columns make, many in a statement; how many there are new.
    pub(crate) async fn insert(
        &mut self,
        doing: &'static str,
        insertion: Insertion,
        columns: &[Column<'_>],
    ) -> Result<u64, StoreError> {
        let answer = async {
            let Connection::Sqlite(connection) = &mut self.connection else {
                unreachable!("PostgreSQL takes columns as they are");
            };
            let mut inserted = 0;
            for rows in parts(columns.first().map_or(0, Column::len)) {
                // Made of constants and question marks.
                let statement = AssertSqlSafe(insertion.statement(columns.len(), rows.len()));
                let query = bind_rows(sqlx::query(statement), columns, rows);
                inserted += query.execute(&mut **connection).await?.rows_affected();
            }
            Ok(inserted)
        };
        self.in_answer = true;
        let inserted = within(doing, answer).await?;
        self.in_answer = false;
        Ok(inserted)
    }

    /// Executes a script of several statements without arguments.
    pub(crate) async fn script(&mut self, doing: &'static str, sql: Sql) -> Result<(), StoreError> {
        let answer = async {
            match &mut self.connection {
                Connection::Postgres(connection) => {
                    sqlx::raw_sql(sql.postgres).execute(connection.connection()).await.map(drop)
                }
                Connection::Sqlite(connection) => {
                    sqlx::raw_sql(sql.sqlite).execute(&mut **connection).await.map(drop)
                }
            }
        };
        self.in_answer = true;
        within(doing, answer).await?;
        self.in_answer = false;
        Ok(())
    }

    /// Begins a transaction, as `sql` says.
    pub(crate) async fn begin(&mut self, doing: &'static str, sql: Sql) -> Result<(), StoreError> {
        self.in_turn = true;
        self.script(doing, sql).await
    }

    /// Makes the transaction durable.
    pub(crate) async fn commit(&mut self, doing: &'static str) -> Result<(), StoreError> {
        self.script(doing, sql::COMMIT).await?;
        self.in_turn = false;
        Ok(())
    }

    /// Gives the transaction up.
    pub(crate) async fn roll_back(&mut self, doing: &'static str) -> Result<(), StoreError> {
        self.script(doing, sql::ROLL_BACK).await?;
        self.in_turn = false;
        Ok(())
    }
}

/// Rows `0..count` in parts of 256, 128, 64 and so on: few lengths, so that every statement is soon a prepared one.
fn parts(count: usize) -> impl Iterator<Item = Range<usize>> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let left = (count - next).min(INSERTED_MAX);
        let size = 1 << left.checked_ilog2()?;
        next += size;
        Some(next - size..next)
    })
}

async fn within<T>(
    doing: &'static str,
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(ANSWER_TIMEOUT, answer).await {
        Ok(answer) => answer.map_err(|error| failure(doing, error)),
        Err(elapsed) => Err(unavailable(doing, elapsed)),
    }
}

/// Does `work` on a thread that may block, and waits for it no longer than for any answer.
pub(crate) async fn on_a_thread<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::time::timeout(ANSWER_TIMEOUT, tokio::task::spawn_blocking(work)).await;
    done.map_err(|elapsed| unavailable(doing, elapsed))?.map_err(|error| unavailable(doing, error))
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn rows_are_inserted_in_parts_of_few_lengths() {
        let lengths = |count| parts(count).map(|rows| rows.len()).collect::<Vec<_>>();
        assert_eq!(lengths(0), Vec::<usize>::new());
        assert_eq!(lengths(1), [1]);
        assert_eq!(lengths(7), [4, 2, 1]);
        assert_eq!(lengths(600), [256, 256, 64, 16, 8]);
        assert_eq!(parts(3).collect::<Vec<_>>(), [0..2, 2..3]);
    }
}
