//! The measuring loops, the same for every peer.

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use sqlx::Connection as _;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::peer::{Measure, Outcome, Peer, Seen};

/// Before each rate.
const WARM_UP: Duration = Duration::from_millis(200);
/// After filling: what is read is an old log, not one that somebody has just written.
const SETTLE: Duration = Duration::from_millis(1_500);
/// A catch-up that has not ended by then is reported as far as it came.
const CATCH_UP_MAX: Duration = Duration::from_secs(60);
/// How long an event may be on its way to a handler before it counts as missed.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two events of the visible measure: 50 a second.
const PACE: Duration = Duration::from_millis(20);
const EVENTS_A_SECOND: u64 = 50;
/// Between two looks at what a subscription has done.
const LOOK: Duration = Duration::from_millis(2);

/// Measures one thing and answers its figures.
pub async fn measure<P: Peer>(measure: Measure, target: &str) -> Result<Value> {
    ensure!(P::MEASURES.contains(&measure), "{} has no measure {}", P::NAME, measure.name());
    let peer = Arc::new(P::open(target).await.context("the schema cannot be installed")?);
    match measure {
        Measure::One(tasks) => one(&peer, tasks, setting("SVOD_BENCH_SECONDS")?).await,
        Measure::Batched => batched(&*peer, setting("SVOD_BENCH_SECONDS")?).await,
        Measure::Replay => replay(&peer, target, setting("SVOD_BENCH_EVENTS")?).await,
        Measure::CatchUp => catch_up(&peer, target, setting("SVOD_BENCH_EVENTS")?).await,
        Measure::Visible => visible(&*peer, setting("SVOD_BENCH_SECONDS")?).await,
    }
}

fn setting(name: &str) -> Result<u64> {
    let value = env::var(name).with_context(|| format!("{name} is not set"))?;
    value.parse().with_context(|| format!("{name} is no number"))
}

async fn one<P: Peer>(peer: &Arc<P>, tasks: usize, seconds: u64) -> Result<Value> {
    let next = Arc::new(AtomicU64::new(0));
    busy(peer, &next, tasks, WARM_UP).await?;
    let start = Instant::now();
    let (mut took, conflicts) = busy(peer, &next, tasks, Duration::from_secs(seconds)).await?;
    let rate = per_second(took.len() as u64, start.elapsed());
    took.sort_unstable();
    Ok(
        json!({"rate": rate, "p50": quantile(&took, 0.5), "p99": quantile(&took, 0.99), "conflicts": conflicts}),
    )
}

/// So many tasks give commands until the time is up. A command that meets a conflict is given again, and how long it
/// took counts from the first time.
async fn busy<P: Peer>(
    peer: &Arc<P>,
    next: &Arc<AtomicU64>,
    tasks: usize,
    time: Duration,
) -> Result<(Vec<Duration>, u64)> {
    let end = Instant::now() + time;
    let mut set = JoinSet::new();
    for _ in 0..tasks {
        let (peer, next) = (Arc::clone(peer), Arc::clone(next));
        set.spawn(async move {
            let (mut took, mut conflicts) = (Vec::new(), 0);
            while Instant::now() < end {
                let start = Instant::now();
                conflicts += stored(&*peer, next.fetch_add(1, Ordering::Relaxed)).await?;
                took.push(start.elapsed());
            }
            anyhow::Ok((took, conflicts))
        });
    }
    let (mut took, mut conflicts) = (Vec::new(), 0);
    while let Some(done) = set.join_next().await {
        let done = done??;
        took.extend(done.0);
        conflicts += done.1;
    }
    Ok((took, conflicts))
}

/// Gives a command until it is stored, and answers how many conflicts it met.
async fn stored<P: Peer>(peer: &P, number: u64) -> Result<u64> {
    let mut conflicts = 0;
    while peer.one(number).await? == Outcome::Conflict {
        conflicts += 1;
    }
    Ok(conflicts)
}

async fn batched<P: Peer>(peer: &P, seconds: u64) -> Result<Value> {
    let mut first = 0;
    let (mut start, mut events) = (Instant::now(), 0);
    let mut warm = false;
    while !warm || start.elapsed() < Duration::from_secs(seconds) {
        peer.batch(first).await?;
        first += P::BATCH;
        events += P::BATCH;
        if !warm && start.elapsed() >= WARM_UP {
            (start, events, warm) = (Instant::now(), 0, true);
        }
    }
    Ok(json!({"rate": per_second(events, start.elapsed()), "batch": P::BATCH}))
}

async fn replay<P: Peer>(peer: &Arc<P>, target: &str, events: u64) -> Result<Value> {
    fill(peer, target, events).await?;
    let start = Instant::now();
    let fold = peer.replay(events).await?;
    let took = start.elapsed();
    fold.check(events)?;
    Ok(json!({"rate": per_second(events, took)}))
}

async fn catch_up<P: Peer>(peer: &Arc<P>, target: &str, events: u64) -> Result<Value> {
    fill(peer, target, events).await?;
    let seen = Seen::counted();
    let start = Instant::now();
    peer.listen(Arc::clone(&seen)).await?;
    while seen.calls() < events && start.elapsed() < CATCH_UP_MAX {
        sleep(LOOK).await;
    }
    let handled = seen.calls().min(events);
    Ok(json!({"rate": per_second(handled, start.elapsed()), "handled": handled}))
}

async fn visible<P: Peer>(peer: &P, seconds: u64) -> Result<Value> {
    let events = usize::try_from(seconds * EVENTS_A_SECOND)?;
    let seen = Seen::timed(events + 1);
    peer.listen(Arc::clone(&seen)).await?;
    stored(peer, 0).await?;
    let start = Instant::now();
    while seen.calls() < 1 && start.elapsed() < PATIENCE {
        sleep(LOOK).await;
    }
    let mut committed = Vec::with_capacity(events);
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 1..=events {
        pace.tick().await;
        stored(peer, number as u64).await?;
        committed.push(Instant::now());
    }
    let last = Instant::now();
    while (1..=events).any(|number| seen.at(number).is_none()) && last.elapsed() < PATIENCE {
        sleep(LOOK).await;
    }
    // A handler may be called before the command has its answer: then nobody waited.
    let after = |(index, committed): (usize, &Instant)| {
        seen.at(index + 1).map(|at| at.saturating_duration_since(*committed))
    };
    let mut took: Vec<Duration> = committed.iter().enumerate().filter_map(after).collect();
    ensure!(!took.is_empty(), "no event reached the handler");
    took.sort_unstable();
    let missed = events - took.len();
    Ok(json!({"p50": quantile(&took, 0.5), "p99": quantile(&took, 0.99), "missed": missed}))
}

/// Stores so many events and lets the database learn what it holds, as it would have in time.
async fn fill<P: Peer>(peer: &Arc<P>, target: &str, events: u64) -> Result<()> {
    let (chunk, tasks) = P::FILL;
    let next = Arc::new(AtomicU64::new(0));
    let mut set = JoinSet::new();
    for _ in 0..tasks {
        let (peer, next) = (Arc::clone(peer), Arc::clone(&next));
        set.spawn(async move {
            loop {
                let first = next.fetch_add(chunk, Ordering::Relaxed);
                if first >= events {
                    return anyhow::Ok(());
                }
                peer.fill(first, chunk.min(events - first)).await?;
            }
        });
    }
    while let Some(done) = set.join_next().await {
        done?.context("the events cannot be stored")?;
    }
    if target.starts_with("postgres") {
        let mut connection = sqlx::PgConnection::connect(target).await?;
        sqlx::query("ANALYZE").execute(&mut connection).await?;
        connection.close().await?;
    }
    sleep(SETTLE).await;
    Ok(())
}

fn per_second(events: u64, took: Duration) -> f64 {
    rounded(events as f64 / took.as_secs_f64())
}

/// In milliseconds; of what is sorted.
fn quantile(sorted: &[Duration], part: f64) -> f64 {
    let index = (sorted.len().saturating_sub(1) as f64 * part).round() as usize;
    rounded(sorted.get(index).copied().unwrap_or_default().as_secs_f64() * 1e3)
}

fn rounded(figure: f64) -> f64 {
    (figure * 1e3).round() / 1e3
}
