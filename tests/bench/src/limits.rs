//! What the databases can do with plain rows: no rules, no receipts, no proofs, and where several connections write, no order. What
//! a ledger does beside is measured against this.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures_util::TryStreamExt as _;
use rusqlite::params;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tokio::task::JoinSet;

use crate::bench::Bench;
use crate::copy::{self, Copied};
use crate::ledger::{Database, Kind};
use crate::pairs;
use crate::rows::{Folded, KIND, Row};

/// Rows of a batch.
pub const BATCH: u64 = 1_000;
/// Rows of a transaction that copies in.
const COPIED: u64 = 10_000;
/// Events that a view takes in one transaction: while it follows, and while it is behind.
pub const FOLDED: [u64; 2] = [500, 5_000];
/// Connections that write single rows.
pub const WRITERS: u64 = 8;

const TABLE: &str = "CREATE TABLE events (
    position BIGINT PRIMARY KEY, stream UUID NOT NULL, version INT NOT NULL, kind TEXT NOT NULL, payload BYTEA NOT NULL,
    metadata BYTEA NOT NULL, recorded_at TIMESTAMPTZ NOT NULL, UNIQUE (stream, version)
)";
const INSERT: &str = "INSERT INTO events SELECT position, stream, version, kind, payload, metadata,
    TIMESTAMPTZ '2000-01-01 00:00Z' + at * INTERVAL '1 microsecond'
    FROM unnest($1::BIGINT[], $2::UUID[], $3::INT[], $4::TEXT[], $5::BYTEA[], $6::BYTEA[], $7::BIGINT[])
    AS row (position, stream, version, kind, payload, metadata, at)";
const ONE: &str = "INSERT INTO events VALUES ($1, $2, $3, $4, $5, $6,
    TIMESTAMPTZ '2000-01-01 00:00Z' + $7 * INTERVAL '1 microsecond')";
const VIEW: &str = "CREATE TABLE board (municipality TEXT, quarter TEXT, events BIGINT NOT NULL, letters BIGINT NOT NULL,
    PRIMARY KEY (municipality, quarter)); CREATE TABLE progress (position BIGINT NOT NULL); INSERT INTO progress VALUES (0)";
const UPSERT: &str =
    "INSERT INTO board SELECT * FROM unnest($1::TEXT[], $2::TEXT[], $3::BIGINT[], $4::BIGINT[])
    ON CONFLICT (municipality, quarter) DO UPDATE
    SET events = board.events + excluded.events, letters = board.letters + excluded.letters";

/// The name of a figure: rows a second.
pub fn name(kind: Kind, what: &str) -> String {
    format!("limits/{}/{what}", kind.as_str())
}

/// Measures every limit once.
pub async fn measure(bench: &mut Bench) -> Result<()> {
    for (what, connections, rows) in
        [("single-1", 1, 1), ("single-8", WRITERS, 1), ("batch-1", 1, BATCH), ("batch-2", 2, BATCH)]
    {
        let database = table().await?;
        insert(&database.url, connections, rows, Duration::from_millis(200), 1).await?;
        let work = insert(&database.url, connections, rows, bench.cell(), 1 << 40);
        let (rate, used) = bench.measured(None, work).await?;
        bench.note(name(Kind::Postgres, what), rate, &used);
    }
    let events = bench.plan.rows;
    let database = table().await?;
    let (rate, used) = bench.measured(None, copy_in(&database.url, events)).await?;
    bench.note(name(Kind::Postgres, "copy-in"), rate, &used);
    let mut admin = PgConnection::connect(&database.url).await?;
    for statement in ["VACUUM (ANALYZE) events", "CHECKPOINT"] {
        admin.execute(statement).await?;
    }
    for (what, ranges) in [("read-1", 1), ("read-2", 2)] {
        let (rate, used) = bench.measured(None, copy_out(&database.url, events, ranges)).await?;
        bench.note(name(Kind::Postgres, what), rate, &used);
    }
    for folded in FOLDED {
        let work = fold_into_table(&database.url, events.min(200 * folded), folded);
        let (rate, used) = bench.measured(None, work).await?;
        bench.note(name(Kind::Postgres, &format!("upsert-{folded}")), rate, &used);
    }
    for (what, rows) in [("single-1", 1), ("batch-1", BATCH)] {
        let folder = tempfile::tempdir_in(crate::ledger::scratch()?)?;
        let (path, cell) = (folder.path().join("plain.db"), bench.cell());
        let work = blocking(move || sqlite_insert(&path, rows, cell));
        let (rate, used) = bench.measured(None, work).await?;
        bench.note(name(Kind::Sqlite, what), rate, &used);
    }
    pairs::measure(bench).await?;
    let folder = tempfile::tempdir_in(crate::ledger::scratch()?)?;
    let path = folder.path().join("plain.db");
    let filled = path.clone();
    blocking(move || sqlite_fill(&filled, events)).await?;
    let (rate, used) = bench.measured(None, blocking(move || sqlite_read(&path, events))).await?;
    bench.note(name(Kind::Sqlite, "read-1"), rate, &used);
    Ok(())
}

/// What `work` answers, on a thread that may block.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await?
}

async fn table() -> Result<Database> {
    let database = Database::fresh()?;
    PgConnection::connect(&database.url).await?.execute(TABLE).await?;
    Ok(database)
}

/// Rows a second: each connection writes batches of so many in transactions of their own.
async fn insert(url: &str, connections: u64, rows: u64, how_long: Duration, first: u64) -> Result<f64> {
    let mut tasks = JoinSet::new();
    let until = Instant::now() + how_long;
    for writer in 0..connections {
        let mut connection = PgConnection::connect(url).await?;
        // Each has positions of its own: nothing is agreed upon.
        let mut next = first + (writer << 36);
        tasks.spawn(async move {
            let (mut written, mut spent) = (0, Duration::ZERO);
            while Instant::now() < until {
                let batch = Row::many(next, rows);
                next += rows;
                let began = Instant::now();
                write(&mut connection, &batch).await?;
                spent += began.elapsed();
                written += rows;
            }
            anyhow::Ok((written, spent))
        });
    }
    let mut rate = 0.0;
    while let Some(done) = tasks.join_next().await {
        let (written, spent) = done??;
        rate += float(written) / spent.as_secs_f64();
    }
    Ok(rate)
}

async fn write(connection: &mut PgConnection, batch: &[Row]) -> Result<()> {
    if let [row] = batch {
        let query = sqlx::query(ONE).bind(row.position).bind(row.stream).bind(row.version).bind(KIND);
        query.bind(&row.payload).bind(&row.metadata).bind(row.at).execute(connection).await?;
        return Ok(());
    }
    let query = sqlx::query(INSERT)
        .bind(batch.iter().map(|row| row.position).collect::<Vec<_>>())
        .bind(batch.iter().map(|row| row.stream).collect::<Vec<_>>())
        .bind(batch.iter().map(|row| row.version).collect::<Vec<_>>())
        .bind(vec![KIND; batch.len()])
        .bind(batch.iter().map(|row| row.payload.as_slice()).collect::<Vec<_>>())
        .bind(batch.iter().map(|row| row.metadata.as_slice()).collect::<Vec<_>>())
        .bind(batch.iter().map(|row| row.at).collect::<Vec<_>>());
    query.execute(connection).await?;
    Ok(())
}

/// Rows a second, copied in in binary form; making them is not counted.
async fn copy_in(url: &str, events: u64) -> Result<f64> {
    let mut connection = PgConnection::connect(url).await?;
    let mut spent = Duration::ZERO;
    let mut from = 1;
    while from <= events {
        let count = COPIED.min(events + 1 - from);
        let bytes = copy::encode(&Row::many(from, count));
        from += count;
        let began = Instant::now();
        let mut copying = connection.copy_in_raw("COPY events FROM STDIN (FORMAT binary)").await?;
        copying.send(bytes).await?;
        ensure!(copying.finish().await? == count, "not everything was copied in");
        spent += began.elapsed();
    }
    Ok(float(events) / spent.as_secs_f64())
}

/// Rows a second, copied out in order in so many ranges at once, read and folded.
async fn copy_out(url: &str, events: u64, ranges: u64) -> Result<f64> {
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    for range in 0..ranges {
        let (url, from, to) = (url.to_owned(), events * range / ranges, events * (range + 1) / ranges);
        tasks.spawn(async move {
            let mut connection = PgConnection::connect(&url).await?;
            let mut folded = Folded::default();
            let count = copied(&mut connection, from, to, &mut folded).await?;
            ensure!(count == to - from, "{count} of {} were copied out", to - from);
            anyhow::Ok(folded)
        });
    }
    while let Some(done) = tasks.join_next().await {
        ensure!(!done??.0.is_empty(), "nothing was folded");
    }
    Ok(float(events) / began.elapsed().as_secs_f64())
}

async fn copied(connection: &mut PgConnection, from: u64, to: u64, folded: &mut Folded) -> Result<u64> {
    let statement = format!(
        "COPY (SELECT position, payload, metadata FROM events WHERE position > {from} AND position <= {to} ORDER BY position) \
         TO STDOUT (FORMAT binary)"
    );
    let mut pieces = connection.copy_out_raw(&statement).await?;
    let mut copied = Copied::default();
    while let Some(piece) = pieces.try_next().await? {
        copied.take(&piece, |fields| folded.take(fields.get(1).copied().flatten().context("no payload")?))?;
    }
    Ok(copied.rows)
}

/// Events a second into a view: so many are read and folded, then changed rows and progress are committed together.
async fn fold_into_table(url: &str, events: u64, at_once: u64) -> Result<f64> {
    let mut connection = PgConnection::connect(url).await?;
    connection.execute("DROP TABLE IF EXISTS board, progress").await?;
    connection.execute(VIEW).await?;
    let began = Instant::now();
    let mut from = 0;
    while from < events {
        let mut folded = Folded::default();
        let to = (from + at_once).min(events);
        copied(&mut connection, from, to, &mut folded).await?;
        let mut transaction = connection.begin().await?;
        let (keys, sums): (Vec<_>, Vec<_>) = folded.0.into_iter().unzip();
        let (municipalities, quarters): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
        let (counts, letters): (Vec<_>, Vec<_>) = sums.into_iter().unzip();
        let query = sqlx::query(UPSERT).bind(municipalities).bind(quarters).bind(counts).bind(letters);
        query.execute(&mut *transaction).await?;
        let moved = format!("UPDATE progress SET position = {to} WHERE position = {from}");
        ensure!(
            transaction.execute(AssertSqlSafe(moved)).await?.rows_affected() == 1,
            "progress was not there"
        );
        transaction.commit().await?;
        from = to;
    }
    Ok(float(events) / began.elapsed().as_secs_f64())
}

fn sqlite(path: &std::path::Path) -> Result<rusqlite::Connection> {
    let connection = rusqlite::Connection::open(path)?;
    // As durable as a ledger is.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS events (
            position INTEGER PRIMARY KEY, stream BLOB NOT NULL, version INTEGER NOT NULL, kind TEXT NOT NULL,
            payload BLOB NOT NULL, metadata BLOB NOT NULL, recorded_at INTEGER NOT NULL, UNIQUE (stream, version)
        )",
    )?;
    Ok(connection)
}

fn sqlite_write(connection: &mut rusqlite::Connection, batch: &[Row]) -> Result<()> {
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare_cached("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)")?;
        for row in batch {
            let stream = &row.stream.as_bytes()[..];
            insert.execute(params![
                row.position,
                stream,
                row.version,
                KIND,
                row.payload,
                row.metadata,
                row.at
            ])?;
        }
    }
    Ok(transaction.commit()?)
}

fn sqlite_insert(path: &std::path::Path, rows: u64, how_long: Duration) -> Result<f64> {
    let mut connection = sqlite(path)?;
    let (mut written, mut spent) = (0, Duration::ZERO);
    while spent < how_long {
        let batch = Row::many(written + 1, rows);
        let began = Instant::now();
        sqlite_write(&mut connection, &batch)?;
        spent += began.elapsed();
        written += rows;
    }
    Ok(float(written) / spent.as_secs_f64())
}

fn sqlite_fill(path: &std::path::Path, events: u64) -> Result<()> {
    let mut connection = sqlite(path)?;
    let mut from = 1;
    while from <= events {
        let count = COPIED.min(events + 1 - from);
        sqlite_write(&mut connection, &Row::many(from, count))?;
        from += count;
    }
    Ok(())
}

fn sqlite_read(path: &std::path::Path, events: u64) -> Result<f64> {
    let connection = sqlite(path)?;
    let (began, mut folded, mut count) = (Instant::now(), Folded::default(), 0);
    let mut statement =
        connection.prepare("SELECT position, payload, metadata FROM events ORDER BY position")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        folded.take(row.get_ref(1)?.as_blob()?)?;
        count += 1;
    }
    ensure!(count == events, "{count} of {events} were read");
    Ok(float(events) / began.elapsed().as_secs_f64())
}

/// For a rate.
pub fn float(number: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "some millions")]
    let number = number as f64;
    number
}
