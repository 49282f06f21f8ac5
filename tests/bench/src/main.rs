//! Measures svod beside the limits of the disk, the databases and the broker that it runs on, all in one run, and writes
//! down what it saw. A figure is never a test: nothing here fails because something was slow.

#![expect(
    clippy::disallowed_methods,
    reason = "a program that measures asks the clock and is told its servers by the environment"
)]

mod append;
mod audit;
mod audit_report;
mod bench;
mod broker;
mod close;
mod copy;
mod documents;
mod documents_child;
mod documents_files;
mod documents_peers;
mod documents_report;
mod documents_rows;
mod documents_workbook;
mod engine;
mod goals;
mod growth;
mod intake;
mod ledger;
mod limits;
mod machine;
mod memory;
mod messages;
mod naive;
mod pairs;
mod peers;
mod plan;
mod report;
mod results;
mod rows;
mod scale;
mod service;
mod tables;
mod visible;

use std::time::Instant;

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use crate::bench::Bench;
use crate::ledger::Logs;
use crate::machine::{Roots, description, load, sync_seconds};
use crate::plan::Plan;
use crate::report::Circumstances;
use crate::results::Results;

/// What is measured in a round, in this order.
const PARTS: [&str; 11] = [
    "limits",
    "peers",
    "append",
    "engine",
    "visible",
    "intake",
    "scale",
    "memory",
    "close",
    "audit",
    "documents",
];

/// The one of the program, because the log is also measured in this process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((documents_child::HIDDEN, rest)) =
        arguments.split_first().map(|(first, rest)| (first.as_str(), rest))
    {
        return documents_child::run(rest);
    }
    let plan = Plan::read(arguments.into_iter())?;
    let mut bench =
        Bench { plan, results: Results::default(), round: 0, roots: Roots::of_this_run(), peers: vec![] };
    let began = Instant::now();
    let mut circumstances = Circumstances {
        at: Timestamp::now(),
        machine: description().await,
        load_before: load(),
        load_after: String::new(),
        minutes: 0.0,
    };
    let mut logs = [Logs::default(), Logs::default()];
    for round in 1..=bench.plan.rounds {
        bench.round = round;
        measure(&mut bench, &mut logs).await?;
        // Written after every round, so that a run that is cut short has its report, too.
        circumstances.load_after = load();
        circumstances.minutes = began.elapsed().as_secs_f64() / 60.0;
        let text = report::text(&bench, &circumstances)?;
        std::fs::write(&bench.plan.out, text)
            .with_context(|| format!("writing {}", bench.plan.out.display()))?;
    }
    Ok(())
}

/// One round: everything once, one thing after another.
async fn measure(bench: &mut Bench, [served, audited]: &mut [Logs; 2]) -> Result<()> {
    let folder = ledger::scratch()?;
    let (sync, used) = bench.measured(None, async { sync_seconds(&folder) }).await?;
    bench.note("sync", sync * 1e3, &used);
    for part in PARTS {
        if !bench.plan.takes(part) {
            continue;
        }
        let began = Instant::now();
        match part {
            "limits" => limits::measure(bench).await?,
            "peers" => peers::measure(bench).await?,
            "visible" => visible::measure(bench).await?,
            "scale" => scale::measure(bench).await?,
            "append" => append::measure(bench).await?,
            "engine" => engine::measure(bench).await?,
            "intake" => intake::measure(bench).await?,
            "memory" => memory::measure(bench, served).await?,
            "close" => close::measure(bench).await?,
            "documents" => documents::measure(bench).await?,
            _ => audit::measure(bench, audited).await?,
        }
        let (round, rounds) = (bench.round, bench.plan.rounds);
        eprintln!(
            "bench: round {round} of {rounds}: {part}, {:.0} s, load {}",
            began.elapsed().as_secs_f64(),
            load()
        );
    }
    Ok(())
}
