//! Message DB: the functions that are its whole interface, installed from its own files and called with sqlx. Clients
//! poll, so that it has no subscription to measure.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::types::Json;
use sqlx::{Executor as _, PgConnection, PgPool};
use uuid::Uuid;

use crate::peer::{Measure, Outcome, Peer};
use crate::rows::{Activity, EVENTS_OF_STREAM, Fold, activity, metadata, stream};

/// Where prepare.sh puts its files.
const FILES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../target/bench/npm/node_modules/@eventide/message-db/database"
);
/// In the order of its install.sh; without roles and rights, which are the whole server's.
const INSTALLED: [&str; 19] = [
    "schema/message-store",
    "extensions/pgcrypto",
    "tables/messages",
    "types/message",
    "functions/message-store-version",
    "functions/hash-64",
    "functions/acquire-lock",
    "functions/category",
    "functions/is-category",
    "functions/id",
    "functions/cardinal-id",
    "functions/stream-version",
    "functions/write-message",
    "functions/get-stream-messages",
    "functions/get-category-messages",
    "functions/get-last-stream-message",
    "indexes/messages-id",
    "indexes/messages-category",
    "indexes/messages-stream",
];
/// The size of a pool that nobody has said otherwise of.
const CONNECTIONS: u32 = 10;
/// Messages of one read: its own default.
const PAGE: i64 = 1_000;

const WRITE: &str = "SELECT write_message($1, $2, 'Filed', $3, $4, $5)";
const OF_STREAM: &str = "SELECT data FROM get_stream_messages($1)";
const OF_CATEGORY: &str = "SELECT global_position, data FROM get_category_messages('record', $1, $2)";

/// The peer.
pub struct MessageDb {
    pool: PgPool,
}

impl Peer for MessageDb {
    const NAME: &'static str = "message-db";
    const PACKAGES: &'static [&'static str] = &["@eventide/message-db"];
    const MEASURES: &'static [Measure] =
        &[Measure::One(1), Measure::One(8), Measure::One(256), Measure::Batched, Measure::Replay];
    const BATCH: u64 = 1_000;
    /// One at a time: writes to a category wait for each other.
    const FILL: (u64, usize) = (1_000, 1);

    async fn open(target: &str) -> Result<Self> {
        let options = target.parse::<PgConnectOptions>()?.options([("search_path", "message_store,public")]);
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect_with(options).await?;
        for name in INSTALLED {
            let path = Path::new(FILES).join(name).with_extension("sql");
            let sql = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            pool.execute(sql.as_str()).await.with_context(|| format!("cannot install {name}"))?;
        }
        Ok(Self { pool })
    }

    /// Reads the stream, decides, writes at the version that was read.
    async fn one(&self, number: u64) -> Result<Outcome> {
        let name = name(number);
        let mut connection = self.pool.acquire().await?;
        let filed: Vec<String> =
            sqlx::query_scalar(OF_STREAM).bind(&name).fetch_all(&mut *connection).await?;
        ensure!(filed.is_empty(), "the record was filed before");
        write(&mut connection, &name, number, -1).await?;
        Ok(Outcome::Stored)
    }

    /// So many calls in one transaction: it has no other way to store events together.
    async fn batch(&self, first: u64) -> Result<()> {
        let name = name(first);
        let mut transaction = self.pool.begin().await?;
        for (version, number) in (-1..).zip(first..first + Self::BATCH) {
            write(&mut transaction, &name, number, version).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn fill(&self, first: u64, events: u64) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        for number in first..first + events {
            let version = i64::try_from(number % EVENTS_OF_STREAM)? - 1;
            write(&mut transaction, &name(number / EVENTS_OF_STREAM), number, version).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn replay(&self, _: u64) -> Result<Fold> {
        let mut fold = Fold::default();
        let mut position = 1;
        loop {
            let page: Vec<(i64, String)> =
                sqlx::query_as(OF_CATEGORY).bind(position).bind(PAGE).fetch_all(&self.pool).await?;
            let Some((last, _)) = page.last() else { return Ok(fold) };
            position = last + 1;
            for (_, data) in &page {
                fold.add(&serde_json::from_str::<Activity>(data)?);
            }
        }
    }
}

fn name(record: u64) -> String {
    format!("record-{}", stream(record))
}

async fn write(connection: &mut PgConnection, name: &str, number: u64, version: i64) -> Result<()> {
    sqlx::query(WRITE)
        .bind(Uuid::now_v7().to_string())
        .bind(name)
        .bind(Json(activity(number)))
        .bind(Json(metadata()))
        .bind(version)
        .execute(connection)
        .await?;
    Ok(())
}
