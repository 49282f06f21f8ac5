//! Whether memory and start-up stay flat while the log grows: the service is started on logs of different lengths and
//! given a thousand commands. Most of a log are quarters that have closed, as in life; the commands go to an open one.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use svod_engine::view_statuses;
use svod_log::Store;
use tokio::task::JoinSet;

use crate::bench::Bench;
use crate::ledger::{Kind, Ledger, Logs, program};
use crate::machine::{Use, memory_now_mib, memory_peak_mib, quiet_moment};
use crate::messages::{MUNICIPALITY, SENDER, SubmitTemplate};
use crate::service::{PATIENCE, Service};

/// Commands after each start.
const COMMANDS: usize = 1_000;
/// How often a board and a history are looked at.
const LOOKS: usize = 20;
/// Senders of them at once.
const SENDERS: usize = 8;

/// The name of a figure.
pub fn name(kind: Kind, events: usize, what: &str) -> String {
    format!("memory/{}/{events}/{what}", kind.as_str())
}

/// Starts the service once on each log.
pub async fn measure(bench: &mut Bench, logs: &mut Logs) -> Result<()> {
    let mut lengths = bench.plan.logs.clone();
    // The longest takes too long for every round.
    lengths.extend(bench.plan.longest.filter(|_| bench.round == 1));
    for events in lengths {
        for kind in Kind::ALL {
            if logs.get(kind, events).is_none() {
                logs.keep(kind, events, fill(bench, kind, events).await?);
            }
            let Some(ledger) = logs.get(kind, events) else { continue };
            start(bench, kind, events, ledger).await?;
            rebuild(bench, kind, events, ledger).await?;
            if bench.plan.longest == Some(events) {
                logs.forget(kind, events);
            }
        }
    }
    Ok(())
}

/// A ledger with that many events, whose views and reports are built. The service that builds them is measured, too:
/// its whole work is to read the log from its beginning.
async fn fill(bench: &mut Bench, kind: Kind, events: usize) -> Result<Ledger> {
    let ledger = Ledger::fresh(kind).await?;
    let desk = ledger.desk().await?;
    desk.fill_closed(events).await?;
    for round in 1..=bench.plan.rounds {
        desk.open_quarter(&open_quarter(round)).await?;
    }
    desk.close().await?;
    let store = ledger.store().await?;
    quiet_moment(&bench.roots, bench.plan.patience).await;
    let began = Instant::now();
    let service = Service::start(&ledger, None).await?;
    caught_up(store.as_ref()).await?;
    let seconds = began.elapsed().as_secs_f64();
    let peak = memory_peak_mib(service.pid)?;
    service.stop().await?;
    let (round, quiet) = (bench.round, 0.0);
    bench.results.note(name(kind, events, "rebuild-seconds"), round, seconds, quiet);
    bench.results.note(name(kind, events, "rebuild-peak"), round, peak, quiet);
    Ok(ledger)
}

/// Waits until every view and the report worker have seen the whole log.
pub async fn caught_up(store: &dyn Store) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let head = store.head().await?.position;
        let views = view_statuses(store).await?;
        let reports = store.progress("report-worker").await?;
        if reports >= head && views.iter().all(|view| view.live.is_some() && view.position >= head.0) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("the views did not catch up within {PATIENCE:?}")
}

async fn start(bench: &mut Bench, kind: Kind, events: usize, ledger: &Ledger) -> Result<()> {
    let quarter = open_quarter(bench.round);
    let work = async {
        let service = Service::start(ledger, None).await?;
        let peak_ready = memory_peak_mib(service.pid)?;
        let template = SubmitTemplate::new(MUNICIPALITY, &quarter);
        let began = Instant::now();
        service.send(SENDER, template.next().1).await?;
        let first = began.elapsed().as_secs_f64();
        let (service, rate) = command(service, &template).await?;
        let (id, body) = template.next();
        service.send(SENDER, body).await?;
        let board = service.get_ms(SENDER, &format!("/api/v1/quarters/{quarter}/board"), LOOKS).await?;
        let history = service.get_ms(SENDER, &format!("/api/v1/submissions/{id}/history"), LOOKS).await?;
        let (peak, now) = (memory_peak_mib(service.pid)?, memory_now_mib(service.pid)?);
        let ready = service.ready_after;
        service.stop().await?;
        Ok([
            ("ready", ready * 1e3),
            ("first", first * 1e3),
            ("rate", rate),
            ("board", board),
            ("history", history),
            ("peak-ready", peak_ready),
            ("peak", peak),
            ("now", now),
        ])
    };
    let (figures, used) = bench.measured(None, work).await?;
    for (what, value) in figures {
        bench.note(name(kind, events, what), value, &used);
    }
    Ok(())
}

/// `svod views rebuild`: all views anew from the log, and the board alone, by the program.
async fn rebuild(bench: &mut Bench, kind: Kind, events: usize, ledger: &Ledger) -> Result<()> {
    for (what, view) in [("rebuild", None), ("rebuild-board", Some("board"))] {
        let (seconds, used) = rebuilt(bench, ledger, view).await?;
        #[expect(clippy::cast_precision_loss, reason = "some millions")]
        let rate = events as f64 / seconds;
        bench.note(name(kind, events, what), seconds, &used);
        bench.note(name(kind, events, &format!("{what}-rate")), rate, &used);
    }
    Ok(())
}

async fn rebuilt(bench: &Bench, ledger: &Ledger, view: Option<&str>) -> Result<(f64, Use)> {
    let mut command = tokio::process::Command::new(program("svod")?);
    command
        .args(["views", "rebuild"])
        .args(view)
        .current_dir(ledger.folder.path())
        .env("SVOD_DATABASE_URL", &ledger.url)
        .env("SVOD_DATA_DIR", ledger.folder.path().join("data"));
    let work = async {
        let began = Instant::now();
        let output = command.output().await?;
        ensure!(output.status.success(), "svod views rebuild: {}", String::from_utf8_lossy(&output.stderr));
        Ok(began.elapsed().as_secs_f64())
    };
    bench.measured(None, work).await
}

/// Gives the service its commands over HTTP; how many a second it took.
async fn command(service: Service, template: &SubmitTemplate) -> Result<(Service, f64)> {
    let service = std::sync::Arc::new(service);
    let began = Instant::now();
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        let (service, bodies) = (service.clone(), template.many(COMMANDS / SENDERS));
        senders.spawn(async move {
            for body in bodies {
                service.send(SENDER, body).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(sent) = senders.join_next().await {
        sent??;
    }
    #[expect(clippy::cast_precision_loss, reason = "a thousand")]
    let rate = COMMANDS as f64 / began.elapsed().as_secs_f64();
    Ok((std::sync::Arc::into_inner(service).context("a sender still holds the service")?, rate))
}

/// The quarter that is open in a round.
pub fn open_quarter(round: u32) -> String {
    format!("{}-Q{}", 2021 + (round - 1) / 4, (round - 1) % 4 + 1)
}
