//! Named readers of the log with progress: the publisher, the report worker. At least once, in order, one at a time.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use svod_log::{Position, Recorded};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::error::chain;
use crate::{Engine, EngineError};

/// Most events handed over at once.
const BATCH_MAX: u32 = 256;

/// How long a copy holds the right to run without renewing it: a killed one is replaced after at most this.
const LEASE_TERM: Duration = Duration::from_secs(5);

/// How often the right is renewed: several times in a term, so that one slow answer does not lose it.
const LEASE_RENEWAL: Duration = Duration::from_millis(1_500);

/// How long a reader sleeps when nobody wakes it: what other processes record is seen after at most this.
const POLL_EVERY: Duration = Duration::from_millis(250);

/// How often progress is kept: each time is a durable write, which would take its turn from the commands. A killed copy's
/// successor is handed so much again.
const SAVE_EVERY: Duration = Duration::from_millis(250);

/// First and longest pause after a failure.
const RETRY_AFTER: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// Why a subscriber could not handle what it was given; it is given the same again.
#[derive(Debug)]
pub struct SubscriberError(Box<dyn Error + Send + Sync>);

impl<E: Error + Send + Sync + 'static> From<E> for SubscriberError {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

/// A reader of the log.
#[async_trait]
pub trait Subscriber: Send {
    /// Its name, for ever: its progress is kept under it.
    fn name(&self) -> &'static str;
    /// The right to run was taken, and no other copy has it: what another left behind can be put in order.
    async fn begin(&mut self) -> Result<(), SubscriberError> {
        Ok(())
    }
    /// Handles events, in order. Progress moves when it succeeds; the same events may come again.
    async fn handle(&mut self, entries: &[Arc<Recorded>]) -> Result<(), SubscriberError>;
}

/// Runs a subscriber until it is stopped.
pub async fn follow(
    engine: Engine,
    mut subscriber: impl Subscriber,
    stop: CancellationToken,
) -> Result<(), EngineError> {
    let name = subscriber.name();
    let mut following = Following { lease: Lease::new(&engine, name), engine: &engine, name, reached: None };
    let mut wakeup = Wakeup::new(&engine);
    let mut pause = RETRY_AFTER.0;
    while !stop.is_cancelled() {
        let handed_over = tokio::select! {
            handed_over = following.step(&mut subscriber) => handed_over,
            () = stop.cancelled() => break,
        };
        match handed_over {
            Ok(true) => pause = RETRY_AFTER.0,
            Ok(false) => wakeup.wait(&stop).await,
            Err(error) => {
                tracing::warn!(subscription = name, error = %chain(error.0.as_ref()), "subscription waits");
                tokio::select! { () = tokio::time::sleep(pause) => {}, () = stop.cancelled() => {} }
                pause = (pause * 2).min(RETRY_AFTER.1);
            }
        }
    }
    if let Err(error) = following.save().await {
        tracing::debug!(subscription = name, error = %chain(&error), "some events will be handed over again");
    }
    following.lease.release().await;
    Ok(())
}

/// A subscription at work.
struct Following<'a> {
    engine: &'a Engine,
    name: &'static str,
    lease: Lease,
    /// `None`: only the store knows.
    reached: Option<Reached>,
}

/// How far a subscription is.
struct Reached {
    /// The last event that was handled.
    handled: Position,
    /// The progress in the store, and since when it stands there.
    saved: Position,
    saved_at: Instant,
}

impl Following<'_> {
    /// Hands over one batch. `false`: nothing is new, or another copy has the right.
    async fn step(&mut self, subscriber: &mut impl Subscriber) -> Result<bool, SubscriberError> {
        if !self.lease.hold().await? {
            self.reached = None;
            return Ok(false);
        }
        let store = self.engine.store();
        let reached = if let Some(reached) = &mut self.reached {
            reached
        } else {
            subscriber.begin().await?;
            let saved = store.progress(self.name).await?;
            self.reached.insert(Reached { handled: saved, saved, saved_at: Instant::now() })
        };
        let entries = store.read(reached.handled, BATCH_MAX).await?;
        if let Some(last) = entries.last() {
            subscriber.handle(&entries).await?;
            svod_crash::point("subscription/handled");
            reached.handled = last.position;
        }
        if reached.saved_at.elapsed() >= SAVE_EVERY {
            self.save().await?;
        }
        Ok(!entries.is_empty())
    }

    /// Keeps in the store how far it is. If another copy moved that meanwhile, both have handled the events: at least once
    /// is the promise.
    async fn save(&mut self) -> Result<(), EngineError> {
        let Some(reached) = &mut self.reached else { return Ok(()) };
        if reached.saved < reached.handled
            && !self.engine.store().move_progress(self.name, reached.saved, reached.handled).await?
        {
            self.reached = None;
            return Ok(());
        }
        if reached.saved < reached.handled {
            svod_crash::point("subscription/progress-kept");
        }
        (reached.saved, reached.saved_at) = (reached.handled, Instant::now());
        Ok(())
    }
}

/// The right to run something alone, renewed while it is held. It only avoids wasted work.
pub(crate) struct Lease {
    engine: Engine,
    name: String,
    holder: String,
    held_since: Option<Instant>,
}

impl Lease {
    pub(crate) fn new(engine: &Engine, name: &str) -> Self {
        let holder = Uuid::new_v4().to_string();
        Self { engine: engine.clone(), name: format!("subscription:{name}"), holder, held_since: None }
    }

    /// Takes or renews the right. `false`: another copy has it.
    pub(crate) async fn hold(&mut self) -> Result<bool, EngineError> {
        if self.held_since.is_some_and(|since| since.elapsed() < LEASE_RENEWAL) {
            return Ok(true);
        }
        let now = self.engine.now();
        let taken = self.engine.store().take_lease(&self.name, &self.holder, now, LEASE_TERM).await?;
        self.held_since = taken.then(Instant::now);
        Ok(taken)
    }

    /// Gives the right back, so that another copy need not wait for its end.
    pub(crate) async fn release(&self) {
        if let Err(error) = self.engine.store().release_lease(&self.name, &self.holder).await {
            tracing::debug!(lease = self.name, error = %chain(&error), "lease runs out by itself");
        }
    }
}

/// Wakes a reader when this process records something, and now and then.
pub(crate) struct Wakeup {
    head: watch::Receiver<Position>,
}

impl Wakeup {
    pub(crate) fn new(engine: &Engine) -> Self {
        Self { head: engine.head_changes() }
    }

    pub(crate) async fn wait(&mut self, stop: &CancellationToken) {
        let changed = async {
            if self.head.changed().await.is_err() {
                // The sequencer has ended; the poll remains.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = changed => {}
            () = tokio::time::sleep(POLL_EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}
