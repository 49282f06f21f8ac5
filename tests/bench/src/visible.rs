//! How soon the board shows what was recorded, while five hundred commands a second come in; and whether a stranger who leaves a
//! writing transaction open, in the same database or in another one of the server, makes it later.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};
use svod_engine::{Engine, Outcome, project};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::bench::Bench;
use crate::ledger::{Database, Kind, Ledger, incoming, municipality};
use crate::messages::{MUNICIPALITY, QUARTER, SubmitTemplate};
use crate::results::quantile;

/// Commands a second.
const PACE: u32 = 500;
/// How many of them somebody waits for at the board.
const LOOKED_AT: u32 = 10;

/// The name of a figure, in milliseconds: `p50`, `p99`; with a stranger, `p50-stranger`, `p99-stranger`.
pub fn name(kind: Kind, what: &str) -> String {
    format!("visible/{}/{what}", kind.as_str())
}

/// Measures each once.
pub async fn measure(bench: &mut Bench) -> Result<()> {
    for kind in Kind::ALL {
        let ledger = Ledger::fresh(kind).await?;
        let desk = ledger.desk().await?;
        desk.open_quarter(QUARTER).await?;
        let stop = CancellationToken::new();
        let projector = tokio::spawn(project(desk.engine.clone(), stop.clone()));
        let cell = bench.cell() * 2;
        paced(&desk.engine, Duration::from_millis(500)).await?;
        let (waits_ms, used) = bench.measured(None, paced(&desk.engine, cell)).await?;
        bench.note(name(kind, "p50"), quantile(&waits_ms, 0.5), &used);
        bench.note(name(kind, "p99"), quantile(&waits_ms, 0.99), &used);
        if kind == Kind::Postgres {
            let elsewhere = Database::fresh()?;
            let _strangers = (open(&ledger.url).await?, open(&elsewhere.url).await?);
            let (waits_ms, used) = bench.measured(None, paced(&desk.engine, cell)).await?;
            bench.note(name(kind, "p50-stranger"), quantile(&waits_ms, 0.5), &used);
            bench.note(name(kind, "p99-stranger"), quantile(&waits_ms, 0.99), &used);
        }
        stop.cancel();
        projector.await??;
        desk.close().await?;
    }
    Ok(())
}

/// A connection that has written and does not end its transaction.
async fn open(url: &str) -> Result<PgConnection> {
    let mut connection = PgConnection::connect(url).await?;
    connection.execute("CREATE TABLE stranger (x INT); BEGIN; INSERT INTO stranger VALUES (1)").await?;
    Ok(connection)
}

/// Milliseconds from the receipt until the board shows the command. Sorted.
async fn paced(engine: &Engine, how_long: Duration) -> Result<Vec<f64>> {
    let template = SubmitTemplate::short(MUNICIPALITY, QUARTER);
    let commands = PACE * u32::try_from(how_long.as_millis())? / 1_000;
    let (began, mut tasks) = (Instant::now(), JoinSet::new());
    for index in 0..commands {
        tokio::time::sleep_until((began + Duration::from_secs(1) * index / PACE).into()).await;
        tasks.spawn(command(engine.clone(), template.next().1, index % LOOKED_AT == 0));
    }
    let mut waits_ms = vec![];
    while let Some(done) = tasks.join_next().await {
        waits_ms.extend(done??);
    }
    waits_ms.sort_by(f64::total_cmp);
    Ok(waits_ms)
}

async fn command(engine: Engine, body: Vec<u8>, is_looked_at: bool) -> Result<Option<f64>> {
    let answered = engine.answer(incoming(body, &municipality(MUNICIPALITY)?)).await?;
    ensure!(answered.outcome == Outcome::Recorded, "{}", String::from_utf8_lossy(&answered.receipt));
    if !is_looked_at {
        return Ok(None);
    }
    let receipt: serde_json::Value = serde_json::from_slice(&answered.receipt)?;
    let position = receipt["data"]["position"].as_u64().context("a receipt without its position")?;
    let began = Instant::now();
    let reader = engine.reader(None).await?;
    let board = reader.board(QUARTER.parse()?).await?.context("no board")?;
    let waited = began.elapsed().as_secs_f64() * 1e3;
    let seen = board.rows.iter().filter_map(|row| Some(row.last_act.as_ref()?.position)).max();
    ensure!(seen >= Some(position), "the board is at {seen:?} and does not show {position}");
    Ok(Some(waited))
}
