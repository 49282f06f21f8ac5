//! What an audit costs: how fast the released program verifies a log beside hashing the same bytes in memory, what came since
//! a kept verification, past states, and what the defences add to an append.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use svod_domain::SubmissionId;
use svod_engine::audit::{Scope, state};
use svod_log::tree::{Frontier, leaf_hash};
use svod_log::{AuditRow, Hash, Notary, Position, Store};
use tokio::process::Command;

use crate::bench::Bench;
use crate::ledger::{Kind, Ledger, Logs, program};
use crate::machine::memory_peak_mib;
use crate::memory::open_quarter;
use crate::results::quantile;

/// Submissions filed and approved behind the kept point: a thousand entries.
const SINCE: usize = 500;
/// Entries that are hashed in memory: enough to fill no cache, little enough to be held.
const HASHED_MAX: usize = 100_000;
/// Rows of one read.
const PAGE: u32 = 2_000;
/// Records whose past is asked for.
const RECORDS: usize = 200;
/// Entries between two signatures of a busy ledger.
const BATCH: u64 = 256;
/// What is measured in microseconds is repeated so often, and the fastest counts: nobody else can make it faster.
const REPEATED: usize = 9;

/// The name of a figure.
pub fn name(kind: Kind, events: usize, what: &str) -> String {
    format!("audit/{}/{events}/{what}", kind.as_str())
}

/// The name of a figure of no database.
pub fn cost(what: &str) -> String {
    format!("audit/cost/{what}")
}

/// Measures each log once on each database.
pub async fn measure(bench: &mut Bench, logs: &mut Logs) -> Result<()> {
    for events in bench.plan.logs.clone() {
        for kind in Kind::ALL {
            if logs.get(kind, events).is_none() {
                logs.keep(kind, events, filled(kind, events).await?);
            }
            let Some(ledger) = logs.get(kind, events) else { continue };
            measure_log(bench, kind, events, ledger).await?;
        }
    }
    Ok(())
}

async fn measure_log(bench: &mut Bench, kind: Kind, events: usize, ledger: &Ledger) -> Result<()> {
    let store = ledger.store().await?;
    let entries = store.head().await?.position;
    // A log that was filled in an earlier round is not in memory any more; what is compared with it later will be.
    limits(store.as_ref(), entries).await?;
    let ((scan, tree, rows), used) = bench.measured(None, limits(store.as_ref(), entries)).await?;
    bench.note(name(kind, events, "scan"), scan, &used);
    bench.note(name(kind, events, "tree"), tree, &used);
    bench.note(name(kind, events, "scan-and-tree"), 1.0 / (1.0 / scan + 1.0 / tree), &used);
    costs(bench, &rows)?;
    #[expect(clippy::cast_precision_loss, reason = "millions")]
    let count = entries.0 as f64;
    for (what, arguments) in [("integrity", &["--integrity"][..]), ("full", &["--keep", "kept.json"])] {
        let ((seconds, peak), used) = bench.measured(None, verified(ledger, arguments)).await?;
        bench.note(name(kind, events, what), count / seconds, &used);
        bench.note(name(kind, events, &format!("{what}-peak")), peak, &used);
    }
    past(bench, kind, events, &store).await?;
    let desk = ledger.reopened().await?;
    let quarter = open_quarter(bench.round);
    desk.open_quarter(&quarter).await?;
    desk.fill_quarter(&quarter, SINCE).await?;
    desk.close().await?;
    let nothing = async { Ok(verified(ledger, &["--help"]).await?.0) };
    let (start, used) = bench.measured(None, nothing).await?;
    bench.note(name(kind, events, "start"), start * 1e3, &used);
    let since = async { Ok(verified(ledger, &["--since", "kept.json"]).await?.0) };
    let (since, used) = bench.measured(None, since).await?;
    bench.note(name(kind, events, "since"), since * 1e3, &used);
    Ok(())
}

async fn filled(kind: Kind, events: usize) -> Result<Ledger> {
    let ledger = Ledger::fresh(kind).await?;
    let desk = ledger.desk().await?;
    desk.fill_closed(events).await?;
    desk.close().await?;
    Ok(ledger)
}

/// Entries a second: read through the store and dropped; and hashed in memory on one thread, leaves and tree.
async fn limits(store: &dyn Store, entries: Position) -> Result<(f64, f64, Vec<AuditRow>)> {
    let (mut after, mut kept) = (Position::START, vec![]);
    let mut scanning = Duration::ZERO;
    while after < entries {
        let began = Instant::now();
        let rows = store.audit_rows(after, PAGE).await?;
        scanning += began.elapsed();
        after = rows.last().context("the log has a gap")?.position;
        if kept.len() < HASHED_MAX {
            kept.extend(rows);
        }
    }
    let began = Instant::now();
    let mut tree = Frontier::default();
    kept.iter().for_each(|row| tree.append(leaf_hash(&row.bytes)));
    let hashing = began.elapsed();
    std::hint::black_box(tree.root());
    #[expect(clippy::cast_precision_loss, reason = "millions")]
    let rates = (entries.0 as f64 / scanning.as_secs_f64(), kept.len() as f64 / hashing.as_secs_f64());
    Ok((rates.0, rates.1, kept))
}

/// Microseconds that each defence adds to an appended event, on one thread.
fn costs(bench: &mut Bench, rows: &[AuditRow]) -> Result<()> {
    let notary = Notary::try_new("bench.svod/costs", &[1; 32], &[2; 32])?;
    let leaves: Vec<Hash> = rows.iter().map(|row| leaf_hash(&row.bytes)).collect();
    let each = |work: &mut dyn FnMut()| {
        let once = |()| {
            let began = Instant::now();
            work();
            began.elapsed()
        };
        #[expect(clippy::cast_precision_loss, reason = "a hundred thousand")]
        let events = rows.len() as f64;
        let fastest = std::iter::repeat_n((), REPEATED).map(once).min().unwrap_or_default();
        fastest.as_secs_f64() * 1e6 / events
    };
    let leaf = each(&mut || {
        for row in rows {
            std::hint::black_box(leaf_hash(&row.bytes));
        }
    });
    let node = each(&mut || drop(std::hint::black_box(leaves.iter().copied().collect::<Frontier>())));
    let mac = each(&mut || {
        for (row, leaf) in rows.iter().zip(&leaves) {
            std::hint::black_box(notary.mac(row.position, *leaf));
        }
    });
    let tree: Frontier = leaves.iter().copied().collect();
    let head = each(&mut || {
        for _ in 0..rows.len() as u64 / BATCH {
            std::hint::black_box((notary.checkpoint(&tree), notary.head_mac(&tree)));
        }
    });
    for (what, micros) in
        [("leaf", leaf), ("node", node), ("mac", mac), ("head", head), ("all", leaf + node + mac + head)]
    {
        bench.results.note(cost(what), bench.round, micros, 0.0);
    }
    Ok(())
}

/// How the whole system and single records stood at several positions.
async fn past(bench: &mut Bench, kind: Kind, events: usize, store: &std::sync::Arc<dyn Store>) -> Result<()> {
    let head = store.head().await?.position;
    let whole = async {
        let began = Instant::now();
        let found = state(store, Scope::Whole, head, |_| ()).await?;
        let folded = began.elapsed();
        let root = found.root().context("the whole log was read")?;
        let mut written = found.written(std::sync::Arc::clone(store), root)?;
        while let Some(piece) = written.next().await? {
            std::hint::black_box(piece);
        }
        Ok((folded.as_secs_f64(), began.elapsed().as_secs_f64()))
    };
    let ((folded, written), used) = bench.measured(None, whole).await?;
    bench.note(name(kind, events, "whole"), folded, &used);
    bench.note(name(kind, events, "whole-written"), written, &used);
    let streams = store.streams("submission-", None, u32::try_from(RECORDS)?).await?;
    let records = async {
        let mut ms = vec![];
        for stream in &streams {
            let id = stream.stream.as_str().trim_start_matches("submission-").parse()?;
            let began = Instant::now();
            let found = state(store, Scope::Submission(SubmissionId(id)), head, |_| ()).await?;
            ms.push(began.elapsed().as_secs_f64() * 1e3);
            ensure!(!found.is_empty(), "a record is not there");
        }
        ms.sort_by(f64::total_cmp);
        Ok(quantile(&ms, 0.99))
    };
    let (p99, used) = bench.measured(None, records).await?;
    bench.note(name(kind, events, "record"), p99, &used);
    Ok(())
}

/// Runs `svod audit verify`, its start included: seconds, and its peak of memory in MiB.
async fn verified(ledger: &Ledger, arguments: &[&str]) -> Result<(f64, f64)> {
    let svod = program("svod")?;
    let began = Instant::now();
    let mut child = Command::new(&svod)
        .args(["audit", "verify"])
        .args(arguments)
        .current_dir(ledger.folder.path())
        .env("SVOD_DATABASE_URL", &ledger.url)
        .env("SVOD_DATA_DIR", ledger.folder.path().join("data"))
        .env("SVOD_KEYS_FILE", ledger.folder.path().join("data/ledger.keys"))
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("starting {}", svod.display()))?;
    let pid = child.id().context("the program has ended at once")?;
    let mut peak = 0.0;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            () = tokio::time::sleep(Duration::from_millis(20)) => peak = memory_peak_mib(pid).unwrap_or(peak),
        }
    };
    ensure!(status.success(), "svod audit verify {arguments:?} ended with {status}");
    Ok((began.elapsed().as_secs_f64(), peak))
}
