//! The other end: sends messages as a broker user and waits for their receipts. `svod send --amqp` is this.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use lapin::options::BasicConsumeOptions;
use lapin::types::{FieldTable, ShortString};
use lapin::{Channel, Consumer};
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};

use crate::connection::{Backoff, BrokerUrls, Link, LinkError, order};
use crate::health::chain;
use crate::publisher::{ConfirmChannel, Outgoing, PublishError};
use crate::topology::{COMMANDS, command_key};

/// The broker's pseudo-queue of a channel: receipts come back on it while the channel lives.
const REPLY_TO: &str = "amq.rabbitmq.reply-to";
/// Messages on their way at once: their receipts fit into one batch of the service.
const UNANSWERED_MAX: usize = 100;
/// Receipts lost with a connection are asked for again after so long, by sending the messages again.
const RECEIPT_TIMEOUT: Duration = Duration::from_secs(10);

/// How to send.
#[derive(Clone, Debug)]
pub struct SendOptions {
    /// The nodes of the broker. The sender is the user of the first.
    pub urls: BrokerUrls,
    /// How long to go on when no receipt comes.
    pub patience: Duration,
}

/// What happens while messages are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A message is with the broker.
    Published {
        /// Its place among the messages, from 0.
        index: usize,
    },
    /// A message has its receipt.
    Answered {
        /// Its place among the messages, from 0.
        index: usize,
        /// The receipt: a `CloudEvents` event in JSON.
        receipt: Vec<u8>,
    },
    /// Something is wrong, and is tried again.
    Waiting {
        /// What is wrong, on one line.
        error: String,
    },
}

/// Why messages have no receipts.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The broker refuses the name, the password or the virtual host, or that this user sends there.
    #[error("the broker does not let {user} send")]
    Refused {
        /// Who.
        user: String,
        /// The broker's answer.
        #[source]
        source: LinkError,
    },
    /// Nothing at the broker takes commands.
    #[error("no queue of the broker takes commands: is this svod's virtual host?")]
    NoIntake,
    /// No receipt came for as long as was to be waited. What is with the broker is answered when the service is back;
    /// sending it again is harmless.
    #[error("{missing} of {sent} messages have no receipt")]
    Unanswered {
        /// How many.
        missing: usize,
        /// Of how many.
        sent: usize,
    },
    /// The broker cannot be used.
    #[error("the broker cannot be used")]
    Broker(#[source] PublishError),
}

/// Sends every message and returns their receipts, in the same order. A message is sent again when its receipt may
/// have been lost: it is the same message, so it gets the same receipt.
pub async fn send(
    options: &SendOptions,
    messages: &[Vec<u8>],
    mut progress: impl FnMut(Progress),
) -> Result<Vec<Vec<u8>>, SendError> {
    let mut answered: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
    let mut backoff = Backoff::default();
    let mut node = 0;
    let mut last_receipt = Instant::now();
    while answered.len() < messages.len() {
        let before = answered.len();
        let error = match Sending::open(&options.urls, node).await {
            Ok(sending) => match sending.run(messages, &mut answered, &mut progress).await {
                Ok(()) => break,
                Err(error) => error,
            },
            Err(error) => Failure::Publish(error.into()),
        };
        let error = match error {
            Failure::NoIntake => return Err(SendError::NoIntake),
            Failure::Publish(PublishError::Link(source)) if is_refusal(&source) => {
                return Err(SendError::Refused { user: options.urls.user().to_owned(), source });
            }
            Failure::Publish(error) => error,
            Failure::Silence => PublishError::Deadline,
        };
        if answered.len() > before {
            last_receipt = Instant::now();
            backoff.reset();
        }
        if last_receipt.elapsed() > options.patience {
            return Err(match error {
                PublishError::Deadline => {
                    SendError::Unanswered { missing: messages.len() - answered.len(), sent: messages.len() }
                }
                error => SendError::Broker(error),
            });
        }
        progress(Progress::Waiting { error: chain(&error) });
        node += 1;
        backoff.pause().await;
    }
    Ok(answered.into_values().collect())
}

fn is_refusal(error: &LinkError) -> bool {
    const ACCESS_REFUSED: u16 = 403;
    matches!(error, LinkError::Refused { .. }) || error.code() == Some(ACCESS_REFUSED)
}

enum Failure {
    Publish(PublishError),
    NoIntake,
    Silence,
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        Self::Publish(error)
    }
}

/// One connection with its place for replies.
struct Sending {
    user: String,
    publisher: ConfirmChannel,
    replies: Consumer,
    _link: Link,
}

impl Sending {
    async fn open(urls: &BrokerUrls, node: usize) -> Result<Self, LinkError> {
        let link = Link::open(urls, node, "send").await?;
        let channel = link.channel().await?;
        let replies = consume_replies(&channel).await?;
        // A reply comes to the channel that asked for it.
        let publisher = ConfirmChannel::on(channel, &link).await?;
        Ok(Self { user: urls.user().to_owned(), publisher, replies, _link: link })
    }

    /// Sends what has no receipt, a few at a time.
    async fn run(
        mut self,
        messages: &[Vec<u8>],
        answered: &mut BTreeMap<usize, Vec<u8>>,
        progress: &mut impl FnMut(Progress),
    ) -> Result<(), Failure> {
        let open: Vec<usize> = (0..messages.len()).filter(|index| !answered.contains_key(index)).collect();
        for indexes in open.chunks(UNANSWERED_MAX) {
            let window: Vec<Outgoing> =
                indexes.iter().map(|index| self.outgoing(*index, &messages[*index])).collect();
            self.publish(&window).await?;
            for index in indexes {
                progress(Progress::Published { index: *index });
            }
            self.await_receipts(indexes, answered, progress).await?;
        }
        Ok(())
    }

    /// Until the broker has them all, in their order.
    async fn publish(&mut self, window: &[Outgoing]) -> Result<(), Failure> {
        let returned = self.publisher.publish_all(window).await?;
        if returned > 0 { Err(Failure::NoIntake) } else { Ok(()) }
    }

    fn outgoing(&self, index: usize, body: &[u8]) -> Outgoing {
        let named: Named = serde_json::from_slice(body).unwrap_or_default();
        let key = command_key(&named.kind, &self.user);
        let body: Arc<[u8]> = body.into();
        // An id that does not fit a property stays in the body, which is where it counts.
        let message = Outgoing::to(COMMANDS, &key, &named.id, &named.kind, Arc::clone(&body))
            .or_else(|| Outgoing::to(COMMANDS, &command_key("", &self.user), "", "", body));
        let mut message = message.expect("a broker's user name is far shorter than 255 bytes");
        message.mandatory = true;
        message.properties = message
            .properties
            .with_user_id(ShortString::from(self.user.as_str()))
            .with_reply_to(REPLY_TO.into())
            .with_correlation_id(index.to_string().into());
        message
    }

    async fn await_receipts(
        &mut self,
        indexes: &[usize],
        answered: &mut BTreeMap<usize, Vec<u8>>,
        progress: &mut impl FnMut(Progress),
    ) -> Result<(), Failure> {
        let mut missing = indexes.iter().filter(|index| !answered.contains_key(index)).count();
        while missing > 0 {
            let next = timeout_at(Instant::now() + RECEIPT_TIMEOUT, self.replies.next()).await;
            let delivery = match next {
                Err(_silent) => return Err(Failure::Silence),
                Ok(None) => return Err(lost(LinkError::Silent { doing: "waiting for receipts" })),
                Ok(Some(Err(source))) => {
                    let doing = "waiting for receipts";
                    return Err(lost(LinkError::Broken { doing, source: Box::new(source) }));
                }
                Ok(Some(Ok(delivery))) => delivery,
            };
            let index = delivery.properties.correlation_id().as_ref().and_then(|id| id.as_str().parse().ok());
            let Some(index) = index else { continue };
            if indexes.contains(&index) && !answered.contains_key(&index) {
                missing -= 1;
                progress(Progress::Answered { index, receipt: delivery.data.clone() });
                answered.insert(index, delivery.data);
            }
        }
        Ok(())
    }
}

fn lost(error: LinkError) -> Failure {
    Failure::Publish(error.into())
}

/// What of a message the properties repeat.
#[derive(Default, Deserialize)]
struct Named {
    #[serde(default)]
    id: String,
    #[serde(default, rename = "type")]
    kind: String,
}

async fn consume_replies(channel: &Channel) -> Result<Consumer, LinkError> {
    let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
    let consumer = channel.basic_consume(REPLY_TO.into(), "".into(), options, FieldTable::default());
    order("asking for replies", consumer).await
}
