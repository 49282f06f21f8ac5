//! Readers of the log with progress: every event at least once, in order, one copy at a time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use svod_engine::{Engine, Subscriber, SubscriberError, follow};
use svod_log::{Recorded, ViewStore as _};
use tokio_util::sync::CancellationToken;

use crate::ground::{Ground, SMOLENSK, recorded, seconds, start, submit};
use crate::store::{Faults, Outage};

/// Positions in the order in which they were handled, by all copies.
type Handled = Arc<Mutex<Vec<u64>>>;

struct Listener {
    handled: Handled,
    /// How often it fails before it succeeds.
    failures: u32,
}

#[async_trait]
impl Subscriber for Listener {
    fn name(&self) -> &'static str {
        "listener"
    }

    async fn handle(&mut self, entries: &[Arc<Recorded>]) -> Result<(), SubscriberError> {
        self.handled.lock().unwrap().extend(entries.iter().map(|entry| entry.position.0));
        if self.failures > 0 {
            self.failures -= 1;
            return Err(std::io::Error::other("the broker is away").into());
        }
        Ok(())
    }
}

fn listen(engine: &Engine, handled: &Handled, failures: u32) -> CancellationToken {
    let stop = CancellationToken::new();
    let following = follow(engine.clone(), Listener { handled: handled.clone(), failures }, stop.clone());
    tokio::spawn(async move { following.await.unwrap() });
    stop
}

fn taken(handled: &Handled) -> Vec<u64> {
    handled.lock().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn every_event_is_handled_once_and_in_order_while_nothing_fails() {
    let ground = Ground::new().await;
    let handled = Handled::default();
    let stop = listen(&ground.engine, &handled, 0);
    for number in 0..600 {
        recorded(&ground.engine, &[submit(&number.to_string(), SMOLENSK, number)]).await;
    }
    seconds(1).await;
    stop.cancel();
    assert_eq!(taken(&handled), (1..=604).collect::<Vec<_>>());
    assert_eq!(ground.store.progress("listener").await.unwrap().0, 604);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_handled_comes_again_before_anything_else() {
    let ground = Ground::new().await;
    let handled = Handled::default();
    let _stop = listen(&ground.engine, &handled, 2).drop_guard();
    seconds(10).await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1)]).await;
    seconds(1).await;
    assert_eq!(taken(&handled), [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 5]);
}

#[tokio::test(start_paused = true)]
async fn one_copy_works_at_a_time_and_the_next_goes_on_where_it_ended() {
    let ground = Ground::new().await;
    let (one, two) = (ground.copy(), ground.copy());
    let handled = Handled::default();
    let first = listen(&one, &handled, 0);
    seconds(1).await;
    let _second = listen(&two, &handled, 0).drop_guard();
    recorded(&one, &[submit("1", SMOLENSK, 1)]).await;
    seconds(1).await;
    first.cancel();
    seconds(1).await;
    recorded(&one, &[submit("2", SMOLENSK, 2)]).await;
    seconds(1).await;
    assert_eq!(taken(&handled), [1, 2, 3, 4, 5, 6]);
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_died_is_replaced_when_its_right_runs_out() {
    let ground = Ground::new().await;
    let handled = Handled::default();
    let dead = Faults::default().before(&ground.store);
    let now = crate::ground::time("2020-06-01T09:00:00Z");
    let term = Duration::from_secs(5);
    assert!(
        svod_log::LeaseStore::take_lease(&dead, "subscription:listener", "dead", now, term).await.unwrap()
    );
    let _stop = listen(&ground.engine, &handled, 0).drop_guard();
    seconds(2).await;
    assert_eq!(taken(&handled), [0; 0]);
    ground.clock.set("2020-06-01T09:00:06Z");
    seconds(1).await;
    assert_eq!(taken(&handled), [1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_the_store_is_waited_for() {
    let ground = Ground::new().await;
    let store = Arc::new(Faults::default().before(&ground.store));
    let engine = start(store.clone(), &ground.clock);
    for _ in 0..5 {
        store.fail_next(Outage::Read);
    }
    let handled = Handled::default();
    let _stop = listen(&engine, &handled, 0).drop_guard();
    seconds(60).await;
    assert_eq!(taken(&handled), [1, 2, 3, 4]);
}
