//! Measures event stores that others wrote on rows like svod's, each through its public API as its own documents advise;
//! `svod-bench` starts it. `svod-bench-peers list` says what there is; `svod-bench-peers PEER MEASURE` measures one thing
//! on the fresh database of SVOD_BENCH_PEER_URL or the fresh file of SVOD_BENCH_PEER_FILE, for SVOD_BENCH_SECONDS or over
//! SVOD_BENCH_EVENTS events, and prints one line of JSON.
//!
//! Every peer that was asked for runs on PostgreSQL 15, disintegrate with one function rewritten (`stores/disintegrate`).
//! What a peer does not have, it is not measured for: cqrs-es, eventsourced and Message DB have no subscription that sees
//! every event (`stores/` says why), and eventsourced stores one event at a time. The peers in Python and JavaScript are
//! eventsourcing_bench.py and emmett.mjs, with the same measures and the same rows.

#![expect(
    clippy::disallowed_methods,
    reason = "a program that measures is told what and where by the environment"
)]

mod cells;
mod peer;
mod rows;
mod stores;
mod versions;

use std::env;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::peer::{Measure, Peer};
use crate::stores::{CqrsEs, Disintegrate, EventoPostgres, EventoSqlite, Eventsourced, MessageDb};
use crate::versions::version;

/// The database of the peers that need a server.
const URL: &str = "SVOD_BENCH_PEER_URL";
/// The file of those that need none.
const FILE: &str = "SVOD_BENCH_PEER_FILE";

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = match arguments[..] {
        ["list"] => list()?,
        [peer, measure] => measured(peer, measure.parse()?).await?,
        _ => bail!("usage: svod-bench-peers list | PEER MEASURE"),
    };
    println!("{answer}");
    Ok(())
}

fn list() -> Result<Value> {
    Ok(Value::Array(vec![
        card::<CqrsEs>()?,
        card::<Disintegrate>()?,
        card::<EventoPostgres>()?,
        card::<EventoSqlite>()?,
        card::<Eventsourced>()?,
        card::<MessageDb>()?,
    ]))
}

fn card<P: Peer>() -> Result<Value> {
    let measures: Vec<String> = P::MEASURES.iter().map(|measure| measure.name()).collect();
    Ok(json!({"peer": P::NAME, "version": version(P::PACKAGES)?, "measures": measures}))
}

async fn measured(peer: &str, measure: Measure) -> Result<Value> {
    let at = |name: &str| env::var(name).with_context(|| format!("{name} is not set"));
    match peer {
        CqrsEs::NAME => cells::measure::<CqrsEs>(measure, &at(URL)?).await,
        Disintegrate::NAME => cells::measure::<Disintegrate>(measure, &at(URL)?).await,
        EventoPostgres::NAME => cells::measure::<EventoPostgres>(measure, &at(URL)?).await,
        EventoSqlite::NAME => cells::measure::<EventoSqlite>(measure, &at(FILE)?).await,
        Eventsourced::NAME => cells::measure::<Eventsourced>(measure, &at(URL)?).await,
        MessageDb::NAME => cells::measure::<MessageDb>(measure, &at(URL)?).await,
        _ => bail!("there is no peer {peer}"),
    }
}
