//! Timers are facts about the log: which quarters are due at this moment, by the log? Two schedulers race harmlessly,
//! and one that slept does on waking what it would have done.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use svod_domain::command::{CloseQuarter, OpenQuarter};
use svod_domain::quarter::QuarterState;
use svod_domain::{Actor, Command, Event, Quarter};
use svod_log::{READ_MAX, StreamHead, Version};
use tokio_util::sync::CancellationToken;

use crate::error::chain;
use crate::happened::QUARTERS;
use crate::{Engine, EngineError, Happened};

/// How long the scheduler sleeps at most: an operator may move a term at any moment.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Most quarters that it opens in one go after a long sleep: ten years.
const MISSED_MAX: usize = 40;

/// What the log says of a quarter.
struct Known {
    version: Version,
    state: QuarterState,
    by_schedule: bool,
}

/// Opens and closes quarters until it is stopped.
pub async fn schedule(engine: Engine, stop: CancellationToken) -> Result<(), EngineError> {
    let mut known = BTreeMap::new();
    while !stop.is_cancelled() {
        let sleep = match look(&engine, &mut known).await {
            Ok(next) => next.map_or(LOOK_EVERY, |next| until(next, engine.now())),
            Err(error) if error.is_transient() => {
                tracing::warn!(error = %chain(&error), "the scheduler waits for the store");
                LOOK_EVERY
            }
            Err(error) => return Err(error),
        };
        tokio::select! { () = tokio::time::sleep(sleep) => {}, () = stop.cancelled() => {} }
    }
    Ok(())
}

/// Does what is due, and says when the next close is.
async fn look(
    engine: &Engine,
    known: &mut BTreeMap<Quarter, Known>,
) -> Result<Option<Timestamp>, EngineError> {
    read_quarters(engine, known).await?;
    let now = engine.now();
    for quarter in due_to_open(engine, known, now) {
        let command = OpenQuarter { quarter, submit_by: None, close_at: None, reason: None };
        give(engine, Command::OpenQuarter(command), quarter).await?;
    }
    read_quarters(engine, known).await?;
    let mut next: Option<Timestamp> = None;
    for (quarter, known) in known.iter() {
        let QuarterState::Open(open) = &known.state else { continue };
        if open.close_at <= now {
            let command = CloseQuarter { quarter: *quarter, reason: String::new() };
            give(engine, Command::CloseQuarter(command), *quarter).await?;
        } else {
            next = Some(next.map_or(open.close_at, |next| next.min(open.close_at)));
        }
    }
    Ok(next)
}

/// The present quarter, unless it was opened; and those that passed while the service slept: after the newest one
/// that it opened itself.
fn due_to_open(engine: &Engine, known: &BTreeMap<Quarter, Known>, now: Timestamp) -> Vec<Quarter> {
    let present = Quarter::of(engine.rules().terms.day_of(now));
    let newest = known.iter().filter(|(_, known)| known.by_schedule).map(|(quarter, _)| *quarter).max();
    let first = newest.map_or(present, |newest| newest.next().min(present));
    std::iter::successors(Some(first), |quarter| Some(quarter.next()))
        .take_while(|quarter| *quarter <= present)
        .filter(|quarter| !known.contains_key(quarter))
        .take(MISSED_MAX)
        .collect()
}

/// Gives an order; that another copy was faster is no fault.
async fn give(engine: &Engine, command: Command, quarter: Quarter) -> Result<(), EngineError> {
    let opens = matches!(command, Command::OpenQuarter(_));
    svod_crash::point("scheduler/due");
    let ordered = engine.order(Actor::service(), command).await?;
    svod_crash::point("scheduler/ordered");
    match ordered {
        Ok(ordered) => {
            let position = ordered.positions.1.0;
            let did = if opens { "quarter opened by its date" } else { "quarter closed by its time" };
            tracing::info!(quarter = %quarter, position, "{did}");
        }
        Err(refusal) => {
            tracing::debug!(quarter = %quarter, reason = refusal.reason().as_str(), "quarter was not due any more");
        }
    }
    Ok(())
}

/// Brings what is known up to the log; only streams that have moved are read.
async fn read_quarters(engine: &Engine, known: &mut BTreeMap<Quarter, Known>) -> Result<(), EngineError> {
    let mut after: Option<String> = None;
    loop {
        let page = engine.store().streams(QUARTERS, after.as_deref(), READ_MAX).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.stream.as_str().to_owned());
        for head in &page {
            let Ok(quarter) = head.stream.as_str()[QUARTERS.len()..].parse::<Quarter>() else { continue };
            if known.get(&quarter).is_none_or(|known| known.version != head.version) {
                known.insert(quarter, read_quarter(engine, head).await?);
            }
        }
    }
}

async fn read_quarter(engine: &Engine, head: &StreamHead) -> Result<Known, EngineError> {
    let mut known = Known { version: Version::NONE, state: QuarterState::Unopened, by_schedule: false };
    loop {
        let page = engine.store().read_stream(&head.stream, known.version, READ_MAX).await?;
        if page.is_empty() {
            return Ok(known);
        }
        for recorded in page {
            known.version = recorded.version;
            let happened = Happened::decode(recorded)?;
            if let Event::QuarterOpened(opened) = &happened.event {
                known.by_schedule = opened.by_schedule;
            }
            known.state =
                known.state.evolve(&happened.event).ok_or_else(|| EngineError::ImpossibleHistory {
                    position: happened.recorded.position,
                    what: format!("{} of a quarter", happened.recorded.kind),
                })?;
        }
    }
}

fn until(next: Timestamp, now: Timestamp) -> Duration {
    let left = next.duration_since(now).max(SignedDuration::ZERO);
    Duration::try_from(left).unwrap_or(LOOK_EVERY).min(LOOK_EVERY)
}
