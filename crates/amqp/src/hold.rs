//! Holding deliveries while the ledger is away. They are never given back for it: RabbitMQ 3.10 counts every return
//! towards the delivery limit, so an outage and a reconnecting service would dead-letter good messages.

use std::time::Duration;

use svod_engine::{Engine, EngineError};
use tokio::time::Instant;
use tracing::warn;

use crate::connection::{Backoff, Link, LinkError};
use crate::health::{Health, chain};
use crate::session::SessionError;

/// Deliveries are held for so long. The broker closes the channel after 30 minutes, and counts the deliveries; the
/// session ends before it, and begins again when the ledger answers: one count an outage.
const HOLD_MAX: Duration = Duration::from_mins(25);

/// One wait for the ledger.
pub(crate) struct Hold<'a> {
    health: &'a Health,
    link: &'a Link,
    began: Instant,
    backoff: Backoff,
}

impl<'a> Hold<'a> {
    /// Nothing has gone wrong yet.
    pub(crate) fn new(health: &'a Health, link: &'a Link) -> Self {
        Self { health, link, began: Instant::now(), backoff: Backoff::default() }
    }

    /// Waits before the next try. Fails when the deliveries are not ours any more, or soon will not be.
    pub(crate) async fn wait(&mut self, error: EngineError) -> Result<(), SessionError> {
        let line = chain(&error);
        warn!(error = line, "the ledger does not answer; deliveries are held");
        self.health.hold(&line);
        metrics::counter!("svod_amqp_held_total").increment(1);
        if !self.link.is_alive() {
            return Err(LinkError::Silent { doing: "holding deliveries" }.into());
        }
        if self.began.elapsed() > HOLD_MAX {
            return Err(SessionError::Away(error));
        }
        self.backoff.pause().await;
        Ok(())
    }

    /// The ledger answers.
    pub(crate) fn over(&self) {
        self.health.release();
    }
}

/// Waits until the ledger answers, so that no delivery is taken only to be held.
pub(crate) async fn ledger_answers(engine: &Engine, health: &Health) {
    let mut backoff = Backoff::default();
    while let Err(error) = engine.store().head().await {
        let line = chain(&error);
        warn!(error = line, "the ledger does not answer; nothing is taken");
        health.hold(&line);
        backoff.pause().await;
    }
    health.release();
}
