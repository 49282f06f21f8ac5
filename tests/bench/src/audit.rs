//! What an audit costs: how fast the released program verifies a log beside hashing the same bytes in memory, what came since
//! a kept verification, past states, and what the defences add to an append.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use svod_domain::SubmissionId;
use svod_engine::audit::{Scope, VaultCheck, state, verify_entries};
use svod_log::tree::{Frontier, leaf_hash};
use svod_log::verify::{Kept, Verifier};
use svod_log::{AuditRow, Hash, Notary, Position, Store};
use tokio::process::Command;

use crate::bench::Bench;
use crate::ledger::{Kind, Ledger, Logs, program, sealing};
use crate::machine::{memory_peak_mib, processor_seconds};
use crate::memory::open_quarter;
use crate::results::{self, quantile};

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
/// What takes microseconds is repeated so often, and the fastest counts: nobody else can make it faster. Of what takes milliseconds
/// the middle counts.
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
        let (Verified { seconds, processor, peak }, used) =
            bench.measured(None, verified(ledger, arguments)).await?;
        bench.note(name(kind, events, what), count / seconds, &used);
        bench.note(name(kind, events, &format!("{what}-processor")), processor * 1e6 / count, &used);
        bench.note(name(kind, events, &format!("{what}-peak")), peak, &used);
    }
    past(bench, kind, events, &store).await?;
    let desk = ledger.reopened().await?;
    let quarter = open_quarter(bench.round);
    desk.open_quarter(&quarter).await?;
    desk.fill_quarter(&quarter, SINCE).await?;
    desk.close().await?;
    for (what, arguments) in [("start", &["--help"][..]), ("since-program", &["--since", "kept.json"])] {
        let (seconds, used) = bench.measured(None, middle(ledger, arguments)).await?;
        bench.note(name(kind, events, what), seconds * 1e3, &used);
    }
    let (seconds, used) = bench.measured(None, since(ledger)).await?;
    bench.note(name(kind, events, "since"), seconds * 1e3, &used);
    Ok(())
}

/// The middle of several times that it takes to verify what came since, in seconds: in this process, on a store that is open, with the
/// codes and the vault.
async fn since(ledger: &Ledger) -> Result<f64> {
    let store = ledger.store().await?;
    let text = std::fs::read_to_string(ledger.folder.path().join("kept.json"))?;
    let mut seconds = vec![];
    for _ in 0..REPEATED {
        let began = Instant::now();
        let verifier = Verifier::new(Some(Ledger::notary()?), None).since(&Kept::parse(&text)?)?;
        let vault = VaultCheck::new(store.as_ref(), sealing()?).since(verifier.begins());
        let head = store.audit_head().await?;
        let (sound, _) = verify_entries(store.as_ref(), (verifier, Some(vault)), &head, |_| ()).await?;
        seconds.push(began.elapsed().as_secs_f64());
        ensure!(sound.position == head.position, "the head moved");
    }
    Ok(results::middle(seconds))
}

/// The middle of several times that a short verification takes, in seconds.
async fn middle(ledger: &Ledger, arguments: &[&str]) -> Result<f64> {
    let mut seconds = vec![];
    for _ in 0..REPEATED {
        seconds.push(verified(ledger, arguments).await?.seconds);
    }
    Ok(results::middle(seconds))
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

/// What a verification took, the start of the program included.
struct Verified {
    seconds: f64,
    /// Seconds of processors, of all its threads.
    processor: f64,
    /// Peak of its memory, in MiB.
    peak: f64,
}

/// Runs `svod audit verify`.
async fn verified(ledger: &Ledger, arguments: &[&str]) -> Result<Verified> {
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
    let (mut processor, mut peak) = (0.0, 0.0);
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            () = tokio::time::sleep(Duration::from_millis(20)) => {
                peak = memory_peak_mib(pid).unwrap_or(peak);
                processor = processor_seconds(pid).unwrap_or(processor);
            }
        }
    };
    ensure!(status.success(), "svod audit verify {arguments:?} ended with {status}");
    Ok(Verified { seconds: began.elapsed().as_secs_f64(), processor, peak })
}
