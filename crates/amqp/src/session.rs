//! Sessions: what runs on one pair of connections, and how it is begun again when they break.

use async_trait::async_trait;
use futures_util::StreamExt as _;
use lapin::message::Delivery;
use lapin::options::{BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Consumer};
use svod_engine::EngineError;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::connection::{Backoff, BrokerUrls, Link, LinkError, order};
use crate::declare::{Declarer, Found, Standing};
use crate::health::{Health, chain};
use crate::publisher::PublishError;

/// Why a session on the broker ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    /// The connection.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// Publishing.
    #[error("publishing failed")]
    Publish(#[from] PublishError),
    /// The broker ended the consumer (its queue is gone, its node stopped).
    #[error("the broker ended a consumer")]
    Ended,
    /// Something is missing, and svod may not make it.
    #[error("{what} is missing on the broker, and this user may not declare it: import deployments/rabbitmq")]
    Missing {
        /// What.
        what: String,
    },
    /// The ledger was away for so long that the deliveries had to be given back.
    #[error("the ledger was away for too long")]
    Away(#[source] EngineError),
}

/// The connections of one part. An alarm of the broker blocks those that publish, so consuming has its own.
pub(crate) struct Links {
    pub(crate) consume: Link,
    pub(crate) publish: Link,
}

/// A part of the edge that lives on the broker.
#[async_trait]
pub(crate) trait Part: Sync {
    /// Its name in the health of the edge and in the logs.
    fn name(&self) -> &'static str;
    /// Works until the connections break (an error) or `stop` (not one).
    async fn session(&self, links: &Links, stop: &CancellationToken) -> Result<(), SessionError>;
}

/// What every part needs to find the broker and to say how it is.
#[derive(Clone, Copy)]
pub(crate) struct Supervisor<'a> {
    pub(crate) urls: &'a BrokerUrls,
    pub(crate) health: &'a Health,
    pub(crate) stop: &'a CancellationToken,
}

impl Supervisor<'_> {
    /// Connects, runs a session, and begins again on the next node when it ends, until `stop`. Fails only if the
    /// broker refuses us and has never accepted us.
    pub(crate) async fn keep_up(&self, part: &dyn Part) -> Result<(), LinkError> {
        let name = part.name();
        self.health.expect(name);
        let mut backoff = Backoff::default();
        let mut has_met = false;
        for node in 0.. {
            let connecting = Links::open(self.urls, node, name);
            let Some(links) = self.stop.run_until_cancelled(connecting).await else { return Ok(()) };
            let failure = match links {
                Err(error @ LinkError::Refused { .. }) if !has_met => {
                    error!(part = name, error = chain(&error), "the broker refuses us");
                    self.health.lost(name, &chain(&error));
                    return Err(error);
                }
                Err(error) => chain(&error),
                Ok(links) => {
                    has_met = true;
                    let ended = part.session(&links, self.stop).await;
                    tokio::join!(links.consume.close(), links.publish.close());
                    let Err(error) = ended else { break };
                    // What is missing is looked for less and less often; all else was a connection that worked.
                    if !matches!(error, SessionError::Missing { .. }) {
                        backoff.reset();
                    }
                    chain(&error)
                }
            };
            warn!(part = name, error = failure, "the broker is lost; connecting again");
            self.health.lost(name, &failure);
            metrics::counter!("svod_amqp_reconnects_total", "part" => name).increment(1);
            if self.stop.run_until_cancelled(backoff.pause()).await.is_none() {
                break;
            }
        }
        info!(part = name, "left the broker");
        Ok(())
    }
}

impl Links {
    async fn open(urls: &BrokerUrls, node: usize, part: &str) -> Result<Self, LinkError> {
        let consume = Link::open(urls, node, &format!("{part} in")).await?;
        let publish = Link::open(urls, node, &format!("{part} out")).await?;
        Ok(Self { consume, publish })
    }
}

/// Sees to it that the topology is there, and returns what can declare more.
pub(crate) async fn prepare(link: &Link, declare: bool) -> Result<Declarer<'_>, SessionError> {
    let mut declarer = Declarer::new(link, declare);
    let found = declarer.table().await?;
    match found.into_iter().find(|found| found.standing == Standing::Missing) {
        Some(Found { what, .. }) => Err(SessionError::Missing { what }),
        None => Ok(declarer),
    }
}

/// Begins to consume a queue with manual acknowledgement.
pub(crate) async fn consume(
    channel: &Channel,
    queue: &'static str,
    prefetch: u16,
) -> Result<Consumer, LinkError> {
    order("limiting deliveries", channel.basic_qos(prefetch, BasicQosOptions::default())).await?;
    let options = BasicConsumeOptions::default();
    let consumer = channel.basic_consume(queue.into(), "".into(), options, FieldTable::default());
    let consumer = order("consuming a queue", consumer).await?;
    info!(queue, prefetch, "consuming");
    Ok(consumer)
}

/// Waits for the next delivery. Every end of the stream is an end of the session: the client library says it in
/// several ways.
pub(crate) async fn next(consumer: &mut Consumer) -> Result<Delivery, SessionError> {
    delivered(consumer.next().await)
}

pub(crate) fn delivered(next: Option<lapin::Result<Delivery>>) -> Result<Delivery, SessionError> {
    match next {
        Some(Ok(delivery)) => Ok(delivery),
        Some(Err(source)) => {
            Err(LinkError::Broken { doing: "taking deliveries", source: Box::new(source) }.into())
        }
        None => Err(SessionError::Ended),
    }
}

/// The client library answers `false`, not an error, when the channel is gone.
pub(crate) fn settled(in_time: bool) -> Result<(), SessionError> {
    if in_time { Ok(()) } else { Err(LinkError::Silent { doing: "settling deliveries" }.into()) }
}
