//! Quarters open and close by themselves: once, whatever runs, sleeps or restarts. Time is paused: sleeping costs
//! nothing, and the clock stands where it is set.

use std::sync::Arc;

use serde_json::json;
use svod_domain::event::QuarterClosed;
use svod_domain::{Event, Quarter};
use svod_engine::{Engine, Happened, edition_inputs, schedule};
use svod_log::{MemoryStore, Store};
use tokio_util::sync::CancellationToken;

use crate::ground::{
    Ground, Message, Running, SMOLENSK, TestClock, approve, close, kinds_after, log, operator, quarter,
    recorded, reopen, seconds, start, submit, time,
};
use crate::history::check_history;
use crate::store::{Faults, Outage};

/// A scheduler, until it is dropped.
struct Scheduler(CancellationToken);

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

fn scheduler(engine: &Engine) -> Scheduler {
    let stop = CancellationToken::new();
    let running = schedule(engine.clone(), stop.clone());
    tokio::spawn(async move { running.await.unwrap() });
    Scheduler(stop)
}

/// An empty ledger at a moment.
fn empty(moment: &str) -> (MemoryStore, TestClock, Running) {
    let (store, clock) = (MemoryStore::new(), TestClock::at(moment));
    let engine = start(Arc::new(store.clone()), &clock);
    (store, clock, engine)
}

/// Everything of this kind that has happened.
async fn facts(store: &dyn Store) -> Vec<Event> {
    log(store).await.into_iter().map(|entry| Happened::decode(entry).unwrap().event).collect()
}

async fn opened(store: &dyn Store) -> Vec<Quarter> {
    let opened = |event: Event| match event {
        Event::QuarterOpened(event) => Some(event.quarter),
        _other => None,
    };
    facts(store).await.into_iter().filter_map(opened).collect()
}

async fn closed(store: &dyn Store) -> Vec<QuarterClosed> {
    let closed = |event: Event| match event {
        Event::QuarterClosed(event) => Some(event),
        _other => None,
    };
    facts(store).await.into_iter().filter_map(closed).collect()
}

fn moved(id: &str, close_at: &str) -> Message {
    let data = json!({"quarter": "2020-Q2", "submit_by": "2020-06-10T00:00:00Z", "close_at": close_at,
        "reason": "раньше"});
    Message { id: id.into(), kind: "svod.quarter.move.v1", data, actor: operator() }
}

#[tokio::test(start_paused = true)]
async fn an_empty_ledger_gets_the_present_quarter_with_the_terms_of_the_rule() {
    let (store, _clock, engine) = empty("2020-06-01T09:00:00Z");
    let _scheduler = scheduler(&engine);
    seconds(5).await;
    let events = facts(&store).await;
    let [Event::QuarterOpened(event)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(event.quarter, quarter("2020-Q2"));
    assert!(event.by_schedule);
    // The 5th and the 10th working day of July 2020, 18:00 in Moscow; 1 July was a day off (the vote).
    assert_eq!(event.submit_by, time("2020-07-08T15:00:00Z"));
    assert_eq!(event.close_at, time("2020-07-15T15:00:00Z"));
}

#[tokio::test(start_paused = true)]
async fn the_day_on_which_a_quarter_opens_is_that_of_moscow() {
    let (store, clock, engine) = empty("2020-06-30T20:59:59Z");
    let _scheduler = scheduler(&engine);
    seconds(3).await;
    assert_eq!(opened(&store).await, [quarter("2020-Q2")]);
    clock.set("2020-06-30T21:00:00Z");
    seconds(3).await;
    assert_eq!(opened(&store).await, [quarter("2020-Q2"), quarter("2020-Q3")]);
}

#[tokio::test(start_paused = true)]
async fn a_quarter_closes_at_its_time_and_not_before() {
    let ground = Ground::new().await;
    let _scheduler = scheduler(&ground.engine);
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1), approve("2", 1, 1)]).await;
    ground.clock.set("2020-06-30T20:00:00Z");
    seconds(5).await;
    assert_eq!(kinds_after(&ground.store, 6).await, [""; 0]);
    ground.clock.set("2020-07-15T15:00:00Z");
    seconds(5).await;
    let closes = closed(&ground.store).await;
    assert_eq!(closes.len(), 1);
    assert!(closes[0].by_schedule);
    assert_eq!(closes[0].closed_at, time("2020-07-15T15:00:00Z"));
    assert_eq!((closes[0].included_count, closes[0].reason.as_ref()), (1, None));
    check_history(&ground.store).await;
}

#[tokio::test(start_paused = true)]
async fn one_that_slept_through_the_moment_closes_as_of_it() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1), approve("2", 1, 1)]).await;
    ground.clock.set("2020-08-20T03:00:00Z");
    let _scheduler = scheduler(&ground.engine);
    seconds(5).await;
    let closes = closed(&ground.store).await;
    assert_eq!(closes.len(), 1);
    assert_eq!(closes[0].closed_at, time("2020-07-15T15:00:00Z"));
    let last = log(&ground.store).await.pop().unwrap();
    assert_eq!(last.recorded_at, time("2020-08-20T03:00:00Z"), "the log tells when it was really done");
}

#[tokio::test(start_paused = true)]
async fn two_schedulers_close_once() {
    for seed in 1..20 {
        let ground = Ground::new().await;
        let process =
            |seed| start(Arc::new(Faults::default().yielding(seed).before(&ground.store)), &ground.clock);
        let (one, two) = (process(seed), process(seed * 31));
        let _schedulers = (scheduler(&one), scheduler(&two));
        recorded(&one, &[submit("1", SMOLENSK, 1), approve("2", 1, 1)]).await;
        seconds(2).await;
        ground.clock.set("2020-07-15T15:00:00Z");
        seconds(5).await;
        assert_eq!(closed(&ground.store).await.len(), 1);
        assert_eq!(opened(&ground.store).await, [quarter("2020-Q2"), quarter("2020-Q3")]);
        let inputs = edition_inputs(&ground.store, quarter("2020-Q2"), svod_domain::Edition::FIRST).await;
        assert_eq!(inputs.unwrap().unwrap().sections.len(), 1);
        check_history(&ground.store).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_scheduler_alone_sees_a_term_that_another_process_moved() {
    let ground = Ground::new().await;
    let (alone, other) = (ground.copy(), ground.copy());
    let _scheduler = scheduler(&alone);
    // The sequencer of the scheduler's process remembers the old term.
    recorded(&alone, &[submit("1", SMOLENSK, 1)]).await;
    seconds(2).await;
    recorded(&other, &[moved("2", "2020-06-20T00:00:00Z")]).await;
    ground.clock.set("2020-06-20T00:00:00Z");
    seconds(5).await;
    assert_eq!(closed(&ground.store).await[0].closed_at, time("2020-06-20T00:00:00Z"));
}

#[tokio::test(start_paused = true)]
async fn a_term_that_was_moved_away_is_not_kept() {
    let ground = Ground::new().await;
    let _scheduler = scheduler(&ground.engine);
    seconds(2).await;
    recorded(&ground.engine, &[moved("1", "2020-07-20T00:00:00Z")]).await;
    ground.clock.set("2020-07-19T23:59:59Z");
    seconds(5).await;
    assert_eq!(closed(&ground.store).await, []);
    ground.clock.set("2020-07-20T00:00:00Z");
    seconds(5).await;
    assert_eq!(closed(&ground.store).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_reopened_quarter_closes_again_by_itself_as_the_next_edition() {
    let ground = Ground::new().await;
    let _scheduler = scheduler(&ground.engine);
    recorded(&ground.engine, &[close("1"), reopen("2", "2020-06-10T00:00:00Z")]).await;
    seconds(2).await;
    ground.clock.set("2020-06-10T00:00:00Z");
    seconds(5).await;
    let editions: Vec<(u32, bool)> =
        closed(&ground.store).await.iter().map(|close| (close.edition.0, close.by_schedule)).collect();
    assert_eq!(editions, [(1, false), (2, true)]);
    check_history(&ground.store).await;
}

#[tokio::test(start_paused = true)]
async fn quarters_that_passed_while_the_service_slept_are_opened_and_not_closed_at_once() {
    let (store, clock, engine) = empty("2020-06-01T09:00:00Z");
    {
        let _scheduler = scheduler(&engine);
        seconds(2).await;
    }
    clock.set("2021-02-01T09:00:00Z");
    let _scheduler = scheduler(&engine);
    seconds(5).await;
    let quarters = ["2020-Q2", "2020-Q3", "2020-Q4", "2021-Q1"].map(quarter);
    assert_eq!(opened(&store).await, quarters);
    let closed: Vec<Quarter> = closed(&store).await.iter().map(|close| close.quarter).collect();
    assert_eq!(closed, [quarter("2020-Q2")], "the others get terms from the day of opening");
    check_history(&store).await;
}

#[tokio::test(start_paused = true)]
async fn a_sleep_of_many_years_is_made_up_for() {
    let (store, clock, engine) = empty("1990-02-01T09:00:00Z");
    {
        let _scheduler = scheduler(&engine);
        seconds(2).await;
    }
    clock.set("2020-06-01T09:00:00Z");
    let _scheduler = scheduler(&engine);
    seconds(20).await;
    // 30 years of four quarters, and both halves of the first and the last year.
    assert_eq!(opened(&store).await.len(), 30 * 4 + 2);
}

#[tokio::test(start_paused = true)]
async fn a_quarter_that_an_operator_opened_is_not_opened_again_and_closes_by_itself() {
    let ground = Ground::new().await;
    let _scheduler = scheduler(&ground.engine);
    seconds(3).await;
    assert_eq!(opened(&ground.store).await, [quarter("2020-Q2")]);
}

#[tokio::test(start_paused = true)]
async fn an_outage_delays_a_close_and_does_not_double_it() {
    let ground = Ground::new().await;
    let store = Arc::new(Faults::default().before(&ground.store));
    let engine = start(store.clone(), &ground.clock);
    let _scheduler = scheduler(&engine);
    seconds(2).await;
    for outage in [Outage::Read, Outage::BeforeAppend, Outage::AfterAppend] {
        store.fail_next(outage);
    }
    ground.clock.set("2020-07-15T15:00:00Z");
    seconds(30).await;
    assert_eq!(closed(&ground.store).await.len(), 1);
    assert_eq!(opened(&ground.store).await, [quarter("2020-Q2"), quarter("2020-Q3")]);
    check_history(&ground.store).await;
}

#[tokio::test(start_paused = true)]
async fn filings_that_race_with_the_close_are_in_or_refused() {
    for seed in 1..20 {
        let ground = Ground::new().await;
        let process =
            |seed| start(Arc::new(Faults::default().yielding(seed).before(&ground.store)), &ground.clock);
        let (one, two) = (process(seed * 3), process(seed * 5));
        let _scheduler = scheduler(&one);
        seconds(2).await;
        ground.clock.set("2020-07-15T15:00:00Z");
        let late: Vec<Message> = (0..30)
            .flat_map(|n| [submit(&format!("s{n}"), SMOLENSK, n), approve(&format!("a{n}"), n, 1)])
            .collect();
        for message in &late {
            let code = crate::ground::code(&two, message).await;
            let refused = ["quarter-closed", "unknown-submission"];
            assert!(code.as_deref().is_none_or(|code| refused.contains(&code)), "{code:?}");
            tokio::time::sleep(std::time::Duration::from_millis(37)).await;
        }
        assert_eq!(closed(&ground.store).await.len(), 1);
        check_history(&ground.store).await;
    }
}
