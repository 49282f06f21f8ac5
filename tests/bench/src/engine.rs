//! Group commit through the engine: senders that each wait for their receipt before they send the next message. The
//! full path: parse, schema, rules, append, receipt.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use svod_engine::{Engine, Outcome};
use tokio::task::JoinSet;

use crate::bench::Bench;
use crate::ledger::{Kind, Ledger, incoming, municipality};
use crate::machine::Whose;
use crate::messages::{MUNICIPALITY, QUARTER, SubmitTemplate};
use crate::results::quantile;

/// Senders at once.
pub const SENDERS: [usize; 5] = [1, 8, 64, 256, 1_024];

/// The name of a figure: `rate`, or `p50` and `p99` in milliseconds, or `cpu` in microseconds of a message.
pub fn name(kind: Kind, senders: usize, what: &str) -> String {
    format!("engine/{}/{senders}/{what}", kind.as_str())
}

/// Measures every number of senders once on each database.
pub async fn measure(bench: &mut Bench) -> Result<()> {
    for senders in SENDERS {
        for kind in Kind::ALL {
            let ledger = Ledger::fresh(kind).await?;
            let desk = ledger.desk().await?;
            desk.open_quarter(QUARTER).await?;
            send(&desk.engine, senders, Duration::from_millis(200)).await?;
            let cell = bench.cell();
            let (sent, used) = bench.measured(None, send(&desk.engine, senders, cell)).await?;
            desk.close().await?;
            let Sent { rate, waits_ms, count } = sent;
            bench.note(name(kind, senders, "rate"), rate, &used);
            bench.note(name(kind, senders, "p50"), quantile(&waits_ms, 0.5), &used);
            bench.note(name(kind, senders, "p99"), quantile(&waits_ms, 0.99), &used);
            let cpu = used.cpu(Whose::Client) * 1e6 / count;
            bench.note(name(kind, senders, "cpu"), cpu, &used);
            let cpu = used.cpu(Whose::Postgres) * 1e6 / count;
            bench.note(name(kind, senders, "cpu-postgres"), cpu, &used);
        }
    }
    Ok(())
}

struct Sent {
    rate: f64,
    /// Sorted.
    waits_ms: Vec<f64>,
    count: f64,
}

async fn send(engine: &Engine, senders: usize, how_long: Duration) -> Result<Sent> {
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    for _ in 0..senders {
        tasks.spawn(sender(engine.clone(), began + how_long));
    }
    let mut waits_ms = vec![];
    while let Some(waits) = tasks.join_next().await {
        waits_ms.extend(waits??);
    }
    let seconds = began.elapsed().as_secs_f64();
    waits_ms.sort_by(f64::total_cmp);
    let count = f64::from(u32::try_from(waits_ms.len())?);
    Ok(Sent { rate: count / seconds, waits_ms, count })
}

async fn sender(engine: Engine, until: Instant) -> Result<Vec<f64>> {
    let actor = municipality(MUNICIPALITY)?;
    let template = SubmitTemplate::short(MUNICIPALITY, QUARTER);
    let mut waits_ms = vec![];
    while Instant::now() < until {
        let (_, body) = template.next();
        let began = Instant::now();
        let answered = engine.answer(incoming(body, &actor)).await?;
        waits_ms.push(began.elapsed().as_secs_f64() * 1e3);
        ensure!(answered.outcome == Outcome::Recorded, "{}", String::from_utf8_lossy(&answered.receipt));
    }
    Ok(waits_ms)
}
