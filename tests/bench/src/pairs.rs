//! What a ledger keeps of an append, as bare rows: an entry and a receipt, with the columns and keys of a ledger and as long as its
//! rows are. Nothing is decided, encoded, hashed, or compared with what stands there; so what an append costs beyond this is svod's.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rusqlite::params;
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};
use svod_log::{Answer, AuditRow, Hash, Position};
use uuid::Uuid;

use crate::append::append;
use crate::bench::Bench;
use crate::ledger::{Database, Kind, Ledger};
use crate::limits::{BATCH, blocking, float, name};
use crate::messages::{short_activity, short_text};

/// The name of the figure.
pub const WHAT: &str = "pairs";

/// Both tables; the type of bytes is what the databases differ in.
fn tables(bytes: &str) -> String {
    format!(
        "CREATE TABLE entries (position BIGINT PRIMARY KEY, stream TEXT NOT NULL, version BIGINT NOT NULL, leaf {bytes} NOT NULL,
             mac {bytes} NOT NULL, bytes {bytes} NOT NULL, UNIQUE (stream, version));
         CREATE TABLE receipts (message_key {bytes} PRIMARY KEY, source {bytes} NOT NULL, id {bytes} NOT NULL,
             digest {bytes} NOT NULL, body {bytes} NOT NULL)"
    )
}

const INSERT: &str = "WITH kept AS (
        INSERT INTO entries (position, stream, version, leaf, mac, bytes)
        SELECT entry.position, entry.stream, entry.version, entry.leaf, entry.mac, entry.bytes
        FROM unnest($1::BIGINT[], $2::TEXT[], $3::BIGINT[], $4::BYTEA[], $5::BYTEA[], $6::BYTEA[])
            AS entry (position, stream, version, leaf, mac, bytes)
    )
    INSERT INTO receipts (message_key, source, id, digest, body)
    SELECT receipt.message_key, receipt.source, receipt.id, receipt.digest, receipt.body
    FROM unnest($7::BYTEA[], $8::BYTEA[], $9::BYTEA[], $10::BYTEA[], $11::BYTEA[])
        AS receipt (message_key, source, id, digest, body)";
const KEEP: &str =
    "INSERT INTO entries (position, stream, version, leaf, mac, bytes) VALUES (?, ?, 1, ?, ?, ?)";
const ANSWER: &str = "INSERT INTO receipts (message_key, source, id, digest, body) VALUES (?, ?, ?, ?, ?)";

/// Before it is measured.
const WARM_UP: Duration = Duration::from_millis(200);

/// Measures both databases once.
pub async fn measure(bench: &mut Bench) -> Result<()> {
    let model = Model::of_a_ledger().await?;
    let database = Database::fresh()?;
    let mut connection = PgConnection::connect(&database.url).await?;
    let tables_of_postgres = tables("BYTEA").replace("stream TEXT", "stream TEXT COLLATE \"C\"");
    connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(tables_of_postgres))).await?;
    let (_, warm) = insert(&mut connection, &model, 0, WARM_UP).await?;
    let work = async { Ok(insert(&mut connection, &model, warm, bench.cell()).await?.0) };
    let (rate, used) = bench.measured(None, work).await?;
    bench.note(name(Kind::Postgres, WHAT), rate, &used);
    let folder = tempfile::tempdir_in(crate::ledger::scratch()?)?;
    let (path, cell) = (folder.path().join("plain.db"), bench.cell());
    let (rate, used) = bench.measured(None, blocking(move || sqlite_insert(&path, &model, cell))).await?;
    bench.note(name(Kind::Sqlite, WHAT), rate, &used);
    Ok(())
}

/// An entry and its receipt, as a ledger has them.
struct Model {
    entry: AuditRow,
    source: Vec<u8>,
    receipt: Vec<u8>,
}

impl Model {
    async fn of_a_ledger() -> Result<Self> {
        let ledger = Ledger::fresh(Kind::Sqlite).await?;
        let store = ledger.store().await?;
        let append = append(&short_activity(&short_text(0)))?;
        let source = append.receipt.as_ref().context("no receipt is asked for")?.message.source.clone();
        let answers = store.append(&[append]).await?;
        let Some(Answer::Appended { receipt: Some(receipt), .. }) = answers.first() else {
            anyhow::bail!("the append was refused");
        };
        let entry = store.audit_rows(Position::START, 1).await?.pop().context("nothing was appended")?;
        Ok(Self { entry, source: source.into_bytes(), receipt: receipt.to_vec() })
    }

    /// So many pairs behind a position.
    fn pairs(&self, after: u64, count: u64) -> Result<Vec<Pair>> {
        let key = Hash::of(&self.source).0[..16].to_vec();
        let pair = |position: u64| {
            let id = Uuid::now_v7().to_string();
            let stream = format!("submission-{id}");
            let key = [&key[..], id.as_bytes()].concat();
            Ok(Pair { position: i64::try_from(position)?, stream, key, id: id.into_bytes() })
        };
        (after + 1..=after + count).map(pair).collect()
    }
}

/// What tells one pair from the others.
struct Pair {
    position: i64,
    stream: String,
    key: Vec<u8>,
    id: Vec<u8>,
}

/// Pairs a second, in batches behind a position; and the last position.
async fn insert(
    connection: &mut PgConnection,
    model: &Model,
    after: u64,
    how_long: Duration,
) -> Result<(f64, u64)> {
    let (mut written, mut spent) = (after, Duration::ZERO);
    let same = |bytes: &[u8]| vec![bytes.to_vec(); usize::try_from(BATCH).unwrap_or_default()];
    let entry = &model.entry;
    let [leaf, mac, bytes] = [&entry.leaf, &entry.mac, &entry.bytes].map(|bytes| same(bytes));
    let [source, receipt] = [&model.source, &model.receipt].map(|bytes| same(bytes));
    while spent < how_long {
        let pairs = model.pairs(written, BATCH)?;
        written += BATCH;
        let began = Instant::now();
        sqlx::query(INSERT)
            .bind(pairs.iter().map(|pair| pair.position).collect::<Vec<_>>())
            .bind(pairs.iter().map(|pair| pair.stream.as_str()).collect::<Vec<_>>())
            .bind(vec![1_i64; pairs.len()])
            .bind(&leaf)
            .bind(&mac)
            .bind(&bytes)
            .bind(pairs.iter().map(|pair| pair.key.as_slice()).collect::<Vec<_>>())
            .bind(&source)
            .bind(pairs.iter().map(|pair| pair.id.as_slice()).collect::<Vec<_>>())
            .bind(&leaf)
            .bind(&receipt)
            .execute(&mut *connection)
            .await?;
        spent += began.elapsed();
    }
    Ok((float(written - after) / spent.as_secs_f64(), written))
}

fn sqlite_insert(path: &Path, model: &Model, how_long: Duration) -> Result<f64> {
    let mut connection = rusqlite::Connection::open(path)?;
    // As durable as a ledger is, and with as much room.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4000",
    )?;
    connection.execute_batch(&tables("BLOB"))?;
    let (mut written, mut spent) = (0, Duration::ZERO);
    let entry = &model.entry;
    while spent < how_long {
        let pairs = model.pairs(written, BATCH)?;
        written += BATCH;
        let began = Instant::now();
        let transaction = connection.transaction()?;
        {
            let mut keep = transaction.prepare_cached(KEEP)?;
            let mut answer = transaction.prepare_cached(ANSWER)?;
            for Pair { position, stream, key, id } in &pairs {
                keep.execute(params![position, stream, &*entry.leaf, &*entry.mac, &*entry.bytes])?;
                answer.execute(params![key, model.source, id, &*entry.leaf, model.receipt])?;
            }
        }
        transaction.commit()?;
        spent += began.elapsed();
    }
    Ok(float(written) / spent.as_secs_f64())
}
