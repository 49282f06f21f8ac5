//! Dead letters in: what could not be handled is kept in the ledger's quarantine, and its sender is told.

use std::time::Duration;

use async_trait::async_trait;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicRejectOptions};
use svod_domain::ReasonCode;
use svod_engine::{Engine, EngineError};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::connection::{Link, order};
use crate::delivery::{Death, death, quarantined, reply_route, user};
use crate::health::{Health, chain};
use crate::hold::{Hold, ledger_answers};
use crate::publisher::ConfirmChannel;
use crate::receipts::{given_up, outgoing};
use crate::session::{Links, Part, SessionError, consume, next, prepare, settled};
use crate::topology::QUARANTINE;

/// One at a time: there are few, and one that ends the connection then costs no other a delivery.
const PREFETCH: u16 = 1;
/// Before a message that the quarantine itself cannot take is tried again.
const BROKEN_PAUSE: Duration = Duration::from_secs(1);
/// The cause of what no queue was bound for.
const UNROUTED: &str = "unrouted";

/// The handler of dead letters.
pub(crate) struct Keeper {
    pub(crate) engine: Engine,
    pub(crate) declare: bool,
    pub(crate) health: Health,
}

#[async_trait]
impl Part for Keeper {
    fn name(&self) -> &'static str {
        "quarantine"
    }

    async fn session(&self, links: &Links, stop: &CancellationToken) -> Result<(), SessionError> {
        prepare(&links.consume, self.declare).await?;
        let mut publisher = ConfirmChannel::open(&links.publish).await?;
        if stop.run_until_cancelled(ledger_answers(&self.engine, &self.health)).await.is_none() {
            return Ok(());
        }
        let channel = links.consume.channel().await?;
        let mut consumer = consume(&channel, QUARANTINE, PREFETCH).await?;
        self.health.connected(self.name());
        while let Some(delivery) = stop.run_until_cancelled(next(&mut consumer)).await {
            let handling = self.handle(delivery?, &links.consume, &mut publisher);
            let Some(handled) = stop.run_until_cancelled(handling).await else { break };
            handled?;
        }
        Ok(())
    }
}

impl Keeper {
    async fn handle(
        &self,
        delivery: Delivery,
        link: &Link,
        publisher: &mut ConfirmChannel,
    ) -> Result<(), SessionError> {
        if self.keep(&delivery, link).await? {
            self.tell(&delivery, publisher).await?;
            let acked = delivery.ack(BasicAckOptions::default());
            return settled(order("acknowledging a dead letter", acked).await?);
        }
        sleep(BROKEN_PAUSE).await;
        let rejected = delivery.reject(BasicRejectOptions { requeue: true });
        settled(order("rejecting a dead letter", rejected).await?)
    }

    /// Puts it into the quarantine, however long the ledger is away. `false`: the ledger answers, but will not have it.
    async fn keep(&self, delivery: &Delivery, link: &Link) -> Result<bool, SessionError> {
        let cause = match death(delivery) {
            Death::Rejected | Death::GaveUp => ReasonCode::Quarantined.as_str(),
            Death::Unrouted => UNROUTED,
        };
        let row = quarantined(delivery, cause, self.engine.now());
        let mut hold = Hold::new(&self.health, link);
        loop {
            match self.engine.store().quarantine(&row).await.map_err(EngineError::from) {
                Ok(number) => {
                    hold.over();
                    metrics::counter!("svod_amqp_quarantined_total").increment(1);
                    warn!(number, sender = row.sender, cause, "a message lies in quarantine");
                    return Ok(true);
                }
                Err(error) if error.is_own_fault() => hold.wait(error).await?,
                Err(error) => {
                    error!(error = chain(&error), "a message could not be put into quarantine");
                    return Ok(false);
                }
            }
        }
    }

    /// Sends the receipt that intake could not send.
    async fn tell(&self, delivery: &Delivery, publisher: &mut ConfirmChannel) -> Result<(), SessionError> {
        let (Some(sender), Death::GaveUp | Death::Unrouted) = (user(delivery), death(delivery)) else {
            return Ok(());
        };
        match given_up(&self.engine, &delivery.data, &sender) {
            Ok(None) => {}
            Ok(Some((receipt, message))) => {
                let route = reply_route(delivery, Some(&sender));
                publisher.publish_all(&outgoing(&receipt, &route, Some(&message))).await?;
            }
            Err(error) => error!(error = chain(&error), "the receipt of a dead letter cannot be written"),
        }
        Ok(())
    }
}
