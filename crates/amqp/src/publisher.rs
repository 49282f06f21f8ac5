//! Publishing with confirms. A verdict is given for a whole window, because the client library gives single ones to
//! the wrong message: it hands a return to whichever confirm completes next, and it mixes up confirms when several
//! tasks publish on one channel. So there is one owner (`&mut self`), and returns are matched by what they return.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{MaybeDone, join_all, maybe_done};
use futures_util::poll;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Confirmation};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use crate::connection::{Link, LinkError, LinkState, order};

/// Most messages without a verdict: a whole batch of receipts or of events. More only lengthens the wait for the last one.
pub const WINDOW_MAX: usize = 256;
/// How long a well broker may take over the verdicts of a window; a frozen queue leader shows by its silence.
const CONFIRM_DEADLINE: Duration = Duration::from_secs(4);
/// So many nacks in a row mean that this channel knows only a leader that is gone (RabbitMQ 3.10): a new one is needed.
const NACKS_MAX: usize = 50;
/// Nacks that are fewer are tried again on the same channel, so often.
const ROUNDS_MAX: usize = 20;
/// Between the rounds: elections of a queue's leader take a third of a second.
const ROUND_PAUSE: Duration = Duration::from_millis(50);
/// Persistent, in the protocol's number.
const PERSISTENT: u8 = 2;
/// The form of every body.
pub(crate) const CONTENT_TYPE: &str = "application/cloudevents+json";

/// A message on its way out.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// To which exchange.
    pub exchange: ShortString,
    /// Under which key.
    pub key: ShortString,
    /// Whether the broker shall return it if no queue takes it.
    pub mandatory: bool,
    /// Its properties; [`Outgoing::to`] makes the usual ones.
    pub properties: BasicProperties,
    /// Its bytes.
    pub body: Arc<[u8]>,
}

impl Outgoing {
    /// A persistent event. `None`: a name is longer than the protocol allows (255 bytes).
    #[must_use]
    pub fn to(exchange: &str, key: &str, message_id: &str, kind: &str, body: Arc<[u8]>) -> Option<Self> {
        let short = |text: &str| ShortString::try_new(text).ok();
        let properties = BasicProperties::default()
            .with_content_type(CONTENT_TYPE.into())
            .with_delivery_mode(PERSISTENT)
            .with_message_id(short(message_id)?)
            .with_type(short(kind)?);
        Some(Self { exchange: short(exchange)?, key: short(key)?, mandatory: false, properties, body })
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every queue that it was routed to has it.
    Confirmed,
    /// The broker could not take it; it may be sent again.
    Nacked,
    /// No queue wanted it (only if it was `mandatory`).
    Returned,
}

/// Why a window has no verdict: the channel must be given up, and everything in it be sent again.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The broker was silent for too long.
    #[error("the broker did not confirm in time")]
    Deadline,
    /// It refuses everything.
    #[error("the broker nacked {nacks} messages in a row")]
    Refusing {
        /// How many.
        nacks: usize,
    },
    /// The connection is gone, or the broker closed the channel.
    #[error(transparent)]
    Link(#[from] LinkError),
}

/// A channel in confirm mode; there is no other way to publish.
#[derive(Debug)]
pub struct ConfirmChannel {
    channel: Channel,
    state: watch::Receiver<LinkState>,
    nacks: usize,
}

type Sending<'a> =
    Pin<Box<MaybeDone<Pin<Box<dyn Future<Output = lapin::Result<Confirmation>> + Send + 'a>>>>>;

impl ConfirmChannel {
    /// Opens one on the connection.
    pub async fn open(link: &Link) -> Result<Self, LinkError> {
        Self::on(link.channel().await?, link).await
    }

    /// Makes this channel a confirming one.
    pub(crate) async fn on(channel: Channel, link: &Link) -> Result<Self, LinkError> {
        order("asking for confirms", channel.confirm_select(ConfirmSelectOptions::default())).await?;
        Ok(Self { channel, state: link.state(), nacks: 0 })
    }

    /// Publishes until everything is confirmed, in order; messages behind a nacked one are sent again with it.
    /// Returns how many were returned as unroutable.
    pub async fn publish_all(&mut self, messages: &[Outgoing]) -> Result<usize, PublishError> {
        let mut rest = messages;
        let mut returned = 0;
        let mut rounds = 0;
        while !rest.is_empty() {
            let window = &rest[..rest.len().min(WINDOW_MAX)];
            let verdicts = self.publish(window).await?;
            let done =
                verdicts.iter().position(|verdict| *verdict == Verdict::Nacked).unwrap_or(window.len());
            returned += verdicts[..done].iter().filter(|verdict| **verdict == Verdict::Returned).count();
            rest = &rest[done..];
            rounds = if done == window.len() { 0 } else { rounds + 1 };
            if rounds == ROUNDS_MAX {
                return Err(PublishError::Refusing { nacks: rounds });
            }
            if rounds > 0 {
                sleep(ROUND_PAUSE).await;
            }
        }
        Ok(returned)
    }

    /// Publishes at most [`WINDOW_MAX`] messages and says what became of each, in their order.
    pub async fn publish(&mut self, window: &[Outgoing]) -> Result<Vec<Verdict>, PublishError> {
        assert!(window.len() <= WINDOW_MAX, "a window holds at most {WINDOW_MAX} messages");
        self.unblocked().await?;
        let began = Instant::now();
        let channel = &self.channel;
        let mut sending: Vec<Sending<'_>> = Vec::with_capacity(window.len());
        for message in window {
            let mut one: Sending<'_> = Box::pin(maybe_done(Box::pin(send(channel, message))));
            // The first poll gives the message its number and its place in the stream of frames.
            let _not_yet = poll!(one.as_mut());
            sending.push(one);
        }
        self.settled(join_all(sending.iter_mut().map(Pin::as_mut))).await?;
        let mut confirmations = Vec::with_capacity(window.len());
        for one in &mut sending {
            let output = one.as_mut().take_output().expect("every future of the window has ended");
            confirmations.push(output.map_err(broken)?);
        }
        drop(sending);
        metrics::counter!("svod_amqp_published_total").increment(window.len() as u64);
        metrics::histogram!("svod_amqp_confirm_seconds").record(began.elapsed().as_secs_f64());
        let verdicts = pair(window, confirmations);
        self.count(&verdicts)?;
        Ok(verdicts)
    }

    /// Waits while the broker takes nothing.
    async fn unblocked(&mut self) -> Result<(), PublishError> {
        let mut state = self.state.clone();
        let settled = state.wait_for(|state| *state != LinkState::Blocked).await;
        match settled.map(|state| *state) {
            Ok(LinkState::Open) => Ok(()),
            Ok(LinkState::Blocked | LinkState::Lost) | Err(_) => {
                Err(LinkError::Silent { doing: "publishing" }.into())
            }
        }
    }

    /// Waits for the whole window, but not longer than the deadline, unless the broker has said why it is silent:
    /// what is sent again while it is blocked would all arrive in the end.
    async fn settled(&self, window: impl Future) -> Result<(), PublishError> {
        let mut window = std::pin::pin!(window);
        loop {
            if timeout_at(Instant::now() + CONFIRM_DEADLINE, window.as_mut()).await.is_ok() {
                return Ok(());
            }
            if *self.state.borrow() != LinkState::Blocked {
                metrics::counter!("svod_amqp_confirm_deadlines_total").increment(1);
                return Err(PublishError::Deadline);
            }
        }
    }

    fn count(&mut self, verdicts: &[Verdict]) -> Result<(), PublishError> {
        for verdict in verdicts {
            self.nacks = if *verdict == Verdict::Nacked { self.nacks + 1 } else { 0 };
            if self.nacks >= NACKS_MAX {
                return Err(PublishError::Refusing { nacks: self.nacks });
            }
        }
        let nacks = verdicts.iter().filter(|verdict| **verdict == Verdict::Nacked).count();
        metrics::counter!("svod_amqp_nacks_total").increment(nacks as u64);
        Ok(())
    }
}

fn send<'a>(
    channel: &'a Channel,
    message: &'a Outgoing,
) -> Pin<Box<dyn Future<Output = lapin::Result<Confirmation>> + Send + 'a>> {
    let options = BasicPublishOptions { mandatory: message.mandatory, immediate: false };
    let Outgoing { exchange, key, properties, body, .. } = message;
    Box::pin(async move {
        let sent =
            channel.basic_publish(exchange.clone(), key.clone(), options, body, properties.clone()).await?;
        sent.await
    })
}

fn broken(source: lapin::Error) -> PublishError {
    LinkError::Broken { doing: "publishing", source: Box::new(source) }.into()
}

/// What is returned is told by exchange, key and message id.
type Address<'a> = (&'a str, &'a str, Option<&'a str>);

/// Acks and nacks belong to the message of their place; a return belongs to the message that it returns.
fn pair(window: &[Outgoing], confirmations: Vec<Confirmation>) -> Vec<Verdict> {
    let mut verdicts = Vec::with_capacity(window.len());
    let mut returned = Vec::new();
    for confirmation in confirmations {
        verdicts.push(if confirmation.is_ack() { Verdict::Confirmed } else { Verdict::Nacked });
        returned.extend(confirmation.take_message());
    }
    let mut places: BTreeMap<Address<'_>, Vec<usize>> = BTreeMap::new();
    for (place, message) in window.iter().enumerate().filter(|(_, message)| message.mandatory) {
        let address = address(&message.exchange, &message.key, &message.properties);
        places.entry(address).or_default().push(place);
    }
    for message in &returned {
        let address = address(&message.exchange, &message.routing_key, &message.properties);
        if let Some(place) = places.get_mut(&address).and_then(Vec::pop) {
            verdicts[place] = Verdict::Returned;
        }
    }
    verdicts
}

fn address<'a>(
    exchange: &'a ShortString,
    key: &'a ShortString,
    properties: &'a BasicProperties,
) -> Address<'a> {
    (exchange.as_str(), key.as_str(), properties.message_id().as_ref().map(ShortString::as_str))
}
