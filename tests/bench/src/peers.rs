//! The stores of others, each through its own public interface, as its documentation advises: what they write and read in a second.
//! They run as programs of their own (`tests/bench/peers`), so that nothing of theirs is built into what is measured here.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value};
use tokio::process::Command;

use crate::bench::Bench;
use crate::ledger::{Database, Kind, program, root, scratch};
use crate::report::{cell, count};
use crate::service::PATIENCE;
use crate::{append, engine, limits};

/// Events that are read back: more, and some of them would not come to their end within a minute.
const EVENTS: usize = 20_000;
/// Where the interpreters are told that have what the peers in other languages need.
const PYTHON: &str = "SVOD_BENCH_PEERS_PYTHON";
const NODE: &str = "SVOD_BENCH_PEERS_NODE";
/// What is measured of each that has it, and what is said of it.
const MEASURES: [(&str, &str); 6] = [
    ("one-1", "1 task"),
    ("one-8", "8 tasks"),
    ("one-256", "256 tasks"),
    ("batched", "batched"),
    ("replay", "replay, typed"),
    ("catch-up", "projection catch-up"),
];

/// One of them.
pub struct Peer {
    name: String,
    version: String,
    program: PathBuf,
    arguments: Vec<String>,
    measures: Vec<String>,
}

fn name(peer: &str, measure: &str, figure: &str) -> String {
    format!("peers/{peer}/{measure}/{figure}")
}

/// Measures everything that each has, once.
pub async fn measure(bench: &mut Bench) -> Result<()> {
    if bench.round == 1 {
        bench.peers = list().await?;
    }
    let peers = std::mem::take(&mut bench.peers);
    let measures = MEASURES.iter().map(|(measure, _)| *measure).chain(["visible"]);
    for measure in measures {
        for peer in &peers {
            if !peer.measures.iter().any(|known| known == measure) {
                continue;
            }
            // One that breaks off is told and left out; the others are still measured.
            match bench.measured(None, ask(bench, peer, measure)).await {
                Ok((figures, used)) => {
                    for (figure, value) in figures {
                        if let Some(value) = value.as_f64() {
                            bench.note(name(&peer.name, measure, &figure), value, &used);
                        }
                    }
                }
                Err(error) => eprintln!("bench: {} {measure}: {error:#}", peer.name),
            }
        }
    }
    bench.peers = peers;
    Ok(())
}

async fn ask(bench: &Bench, peer: &Peer, measure: &str) -> Result<Map<String, Value>> {
    let (database, folder) = (Database::fresh()?, tempfile::tempdir_in(scratch()?)?);
    let seconds = bench.cell().as_secs().max(1);
    let output = Command::new(&peer.program)
        .args(&peer.arguments)
        .arg(measure)
        .current_dir(folder.path())
        .env("SVOD_BENCH_PEER_URL", &database.url)
        .env("SVOD_BENCH_PEER_FILE", folder.path().join("peer.db"))
        .env("SVOD_BENCH_SECONDS", seconds.to_string())
        .env("SVOD_BENCH_EVENTS", EVENTS.to_string())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PATIENCE, output).await.context("it did not come to its end")??;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).context("what it measured is not JSON")
}

/// Who there is.
async fn list() -> Result<Vec<Peer>> {
    let folder = root().join("tests/bench/peers");
    let script = |variable: &str, file: &str| {
        let interpreter = std::env::var_os(variable)?;
        Some((PathBuf::from(interpreter), vec![folder.join(file).display().to_string()]))
    };
    let programs = [
        Some((program("svod-bench-peers")?, vec![])),
        script(PYTHON, "eventsourcing_bench.py"),
        script(NODE, "emmett.mjs"),
    ];
    let mut peers = vec![];
    for (program, arguments) in programs.into_iter().flatten() {
        let output = Command::new(&program).args(&arguments).arg("list").output().await;
        let output = output.with_context(|| format!("starting {}", program.display()))?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let listed: Vec<Value> = serde_json::from_slice(&output.stdout)?;
        let is_script = !arguments.is_empty();
        for one in listed {
            let said = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
            let measures = one["measures"].as_array().into_iter().flatten();
            let mut arguments = arguments.clone();
            if !is_script {
                arguments.push(said("peer"));
            }
            peers.push(Peer {
                name: said("peer"),
                version: said("version"),
                program: program.clone(),
                arguments,
                measures: measures.filter_map(|one| Some(one.as_str()?.to_owned())).collect(),
            });
        }
    }
    Ok(peers)
}

/// The table of all of them, svod and the limits among them.
pub fn report(out: &mut String, bench: &Bench) -> Result<()> {
    writeln!(
        out,
        "\n## Stores of others: events a second\n\nEach through its public interface, on rows of the same size, on the same PostgreSQL unless it \
         says otherwise: commands of one event, each acknowledged before its task sends the next; the largest batch that it offers; {} \
         events read back and folded; its own subscription over the same events with a handler that does nothing. None of them keeps \
         receipts or proofs. svod decides by its rules, checks two streams, keeps a receipt, hashes, signs; what it rebuilds are all its \
         views.\n",
        count(EVENTS)
    )?;
    let titles: Vec<&str> = MEASURES.iter().map(|(_, title)| *title).collect();
    writeln!(out, "| | version | {} | committed → handler, ms, p50 | p99 |", titles.join(" | "))?;
    writeln!(out, "|---|---|{}---|---|", "---|".repeat(titles.len()))?;
    let said = |name: &str| cell(bench.results.summary(name), 0);
    for kind in Kind::ALL {
        let commands = |senders| said(&engine::name(kind, senders, "rate"));
        let visible = |what: &str| cell(bench.results.summary(&crate::visible::name(kind, what)), 2);
        let long = crate::goals::longest(bench);
        writeln!(
            out,
            "| **svod**, {} | | {} | {} | {} | {} | {} | {} | {} | {} |",
            kind.as_str(),
            commands(1),
            commands(8),
            commands(256),
            said(&append::name(kind, 1_000)),
            said(&crate::audit::name(kind, long, "integrity")),
            said(&crate::memory::name(kind, long, "rebuild-rate")),
            visible("p50"),
            visible("p99")
        )?;
    }
    let limit = |kind, what: &str| said(&limits::name(kind, what));
    for kind in Kind::ALL {
        writeln!(
            out,
            "| limit: plain rows, {} | | {} | {} | – | {} | {} | {} | – | – |",
            kind.as_str(),
            limit(kind, "single-1"),
            limit(kind, "single-8"),
            limit(kind, "batch-1"),
            limit(kind, "read-1"),
            limit(kind, "upsert-500")
        )?;
    }
    for peer in &bench.peers {
        write!(out, "| {} | {} |", peer.name, peer.version)?;
        for (measure, _) in MEASURES {
            write!(out, " {} |", said(&name(&peer.name, measure, "rate")))?;
        }
        for figure in ["p50", "p99"] {
            write!(out, " {} |", cell(bench.results.summary(&name(&peer.name, "visible", figure)), 2))?;
        }
        out.push('\n');
    }
    Ok(())
}
