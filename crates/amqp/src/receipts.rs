//! Receipts out: to the exchange of receipts, and to the sender's own place if it asked for that. And the queues that
//! they are kept in: every principal has one before it can miss anything.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use lapin::types::ShortString;
use serde::Deserialize;
use svod_domain::ReasonCode;
use svod_engine::receipt::ReceiptData;
use svod_engine::{Engine, EngineError, RECEIPT_TYPE};
use svod_log::{Hash, MessageKey};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

use crate::connection::LinkError;
use crate::declare::{Declarer, Standing};
use crate::delivery::ReplyRoute;
use crate::health::chain;
use crate::publisher::Outgoing;
use crate::topology::{RECEIPTS, receipts_of};

/// The broker's own exchange, which leads to the queue that the key names.
const TO_QUEUE: &str = "";
/// Most queues of senders that svod makes: a region has tens of principals, and a quorum queue costs memory.
const SENDERS_MAX: usize = 10_000;
/// How soon a new principal has its queue.
const SENDERS_INTERVAL: Duration = Duration::from_secs(1);
/// How soon it is noticed that an operator has made a queue which was missing: each look costs the broker a channel.
const MISSING_INTERVAL: Duration = Duration::from_secs(30);
/// Largest body that is searched for its id and source when a message is given up.
const SEARCHED_BYTES_MAX: usize = 1 << 20;

/// A receipt on its way: one message, or two if the sender waits for it on its own connection.
pub(crate) fn outgoing(
    receipt: &Arc<[u8]>,
    route: &ReplyRoute,
    message: Option<&MessageKey>,
) -> Vec<Outgoing> {
    let id = receipt_id(receipt);
    let correlation_id = route
        .correlation_id
        .clone()
        .or_else(|| message.and_then(|message| ShortString::try_new(message.id.as_str()).ok()));
    let direct = route.direct.as_ref().map(|place| (TO_QUEUE, place.as_str()));
    let ways = std::iter::once((RECEIPTS, route.key.as_str())).chain(direct);
    let addressed = ways.filter_map(|(exchange, key)| {
        let mut message = Outgoing::to(exchange, key, &id, RECEIPT_TYPE, Arc::clone(receipt))?;
        if let Some(correlation_id) = &correlation_id {
            message.properties = message.properties.with_correlation_id(correlation_id.clone());
        }
        Some(message)
    });
    addressed.collect()
}

fn receipt_id(receipt: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Named {
        id: String,
    }
    // Only the engine makes receipts, and each has its id.
    serde_json::from_slice(receipt).map_or_else(|_| String::new(), |named: Named| named.id)
}

/// A receipt, and the message that it answers.
pub(crate) type Named = (Arc<[u8]>, MessageKey);

/// The receipt of a message that was given up, if its id and source can be told.
pub(crate) fn given_up(engine: &Engine, body: &[u8], sender: &str) -> Result<Option<Named>, EngineError> {
    let Some(message) = message_key(body) else { return Ok(None) };
    let words = svod_text::reason(ReasonCode::Quarantined);
    let data = ReceiptData::refused_for(
        Some(&message),
        engine.now(),
        ReasonCode::Quarantined,
        words.detail,
        words.action,
    );
    let receipt = data.cloud_event(engine.source(), Some(sender), Hash::of(body))?;
    Ok(Some((receipt.into_bytes().into(), message)))
}

/// The name of a message whose handling broke: it may be no event at all.
fn message_key(body: &[u8]) -> Option<MessageKey> {
    #[derive(Deserialize)]
    struct Named {
        source: String,
        id: String,
    }
    if body.len() > SEARCHED_BYTES_MAX {
        return None;
    }
    let named: Named = serde_json::from_slice(body).ok()?;
    let is_name = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
    (is_name(&named.source) && is_name(&named.id))
        .then_some(MessageKey { source: named.source, id: named.id })
}

/// The queues of receipts that this session knows of. A user who may not declare has them from the definitions.
#[derive(Debug)]
pub(crate) struct ReceiptQueues<'a> {
    state: Mutex<Known<'a>>,
}

#[derive(Debug)]
struct Known<'a> {
    declarer: Declarer<'a>,
    senders: BTreeSet<String>,
    /// Those of them who have none, and svod may not make it.
    missing: BTreeSet<String>,
    looked_at: Instant,
}

impl<'a> ReceiptQueues<'a> {
    /// None is known yet.
    pub(crate) fn new(declarer: Declarer<'a>) -> Self {
        let (senders, missing) = (BTreeSet::new(), BTreeSet::new());
        Self { state: Mutex::new(Known { declarer, senders, missing, looked_at: Instant::now() }) }
    }

    /// Gives the sender a queue, unless it has one.
    pub(crate) async fn ensure(&self, sender: &str) -> Result<(), LinkError> {
        let mut state = self.state.lock().await;
        if state.senders.contains(sender) || state.senders.len() == SENDERS_MAX {
            return Ok(());
        }
        if !give_queue(&mut state.declarer, sender).await? {
            error!(
                sender,
                "the queue of receipts is missing, and this user may not make it: until it is there the broker drops the \
                 receipts of this sender, and only the ledger has them; load what `svod principal definitions {sender}` prints"
            );
            state.missing.insert(sender.to_owned());
        }
        state.senders.insert(sender.to_owned());
        metrics::gauge!(MISSING_METRIC).set(count(state.missing.len()));
        Ok(())
    }

    /// Looks again for the queues that were missing.
    async fn look_again(&self) -> Result<(), LinkError> {
        let mut state = self.state.lock().await;
        if state.missing.is_empty() || state.looked_at.elapsed() < MISSING_INTERVAL {
            return Ok(());
        }
        for sender in state.missing.clone() {
            if give_queue(&mut state.declarer, &sender).await? {
                info!(sender, "the queue of receipts is there now");
                state.missing.remove(&sender);
            }
        }
        state.looked_at = Instant::now();
        metrics::gauge!(MISSING_METRIC).set(count(state.missing.len()));
        Ok(())
    }

    /// Gives every principal of now its queue.
    pub(crate) async fn ensure_all(&self, engine: &Engine) -> Result<(), LinkError> {
        match engine.principals().await {
            Ok(principals) => {
                for principal in principals {
                    self.ensure(&principal.name).await?;
                }
            }
            // Whoever takes messages says it loudly; here it only means that nobody new is known.
            Err(error) => debug!(error = chain(&error), "principals cannot be read"),
        }
        Ok(())
    }

    /// Gives every new principal its queue, until `stop`.
    pub(crate) async fn follow(&self, engine: &Engine, stop: &CancellationToken) -> Result<(), LinkError> {
        while stop.run_until_cancelled(sleep(SENDERS_INTERVAL)).await.is_some() {
            self.ensure_all(engine).await?;
            self.look_again().await?;
        }
        Ok(())
    }
}

/// Tells how many senders have no queue of receipts.
const MISSING_METRIC: &str = "svod_amqp_receipt_queues_missing";

/// For a gauge; there are at most [`SENDERS_MAX`].
fn count(senders: usize) -> f64 {
    u32::try_from(senders).unwrap_or(u32::MAX).into()
}

/// Makes the queue, or looks for it. `false`: it is not there.
async fn give_queue(declarer: &mut Declarer<'_>, sender: &str) -> Result<bool, LinkError> {
    let Some((queue, binding)) = receipts_of(sender) else {
        warn!(sender, "the name cannot be a queue's; its receipts are kept in the ledger only");
        return Ok(true);
    };
    match declarer.receipts(&queue, &binding).await? {
        Standing::AsWanted | Standing::Present => debug!(sender, "queue of receipts"),
        Standing::Different => warn!(sender, "the queue of receipts has other arguments"),
        Standing::Missing => return Ok(false),
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_broken_message_is_told_wherever_it_can_be() {
        let key = message_key(br#"{"id":"1","source":"/m","type":7}"#).unwrap();
        assert_eq!((key.id.as_str(), key.source.as_str()), ("1", "/m"));
        for body in [&b"{"[..], b"[]", br#"{"id":"1"}"#, br#"{"id":"","source":"/m"}"#] {
            assert!(message_key(body).is_none());
        }
    }

    #[test]
    fn a_receipt_goes_to_the_exchange_and_to_the_place_that_was_asked_for() {
        let receipt: Arc<[u8]> = br#"{"id":"r-1"}"#.to_vec().into();
        let direct = Some(ShortString::from("amq.rabbitmq.reply-to.x"));
        let route = ReplyRoute { key: "receipt.m-1".into(), direct, correlation_id: None };
        let key = MessageKey { source: "/m".into(), id: "7".into() };
        let sent = outgoing(&receipt, &route, Some(&key));
        let ways: Vec<_> = sent.iter().map(|one| (one.exchange.as_str(), one.key.as_str())).collect();
        assert_eq!(ways, [("svod.receipts", "receipt.m-1"), ("", "amq.rabbitmq.reply-to.x")]);
        for one in &sent {
            assert_eq!(one.properties.message_id().as_ref().unwrap().as_str(), "r-1");
            assert_eq!(one.properties.correlation_id().as_ref().unwrap().as_str(), "7");
        }
    }
}
