//! Commands in: deliveries are taken, answered by the engine, their receipts published and confirmed, and only then
//! acknowledged. While one batch is being settled the next one is answered.

use std::mem;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{FutureExt as _, StreamExt as _};
use lapin::Consumer;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicCancelOptions, BasicRejectOptions};
use svod_engine::{Answered, Engine, EngineError, Outcome, ReadMessage, Sender};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use crate::connection::{Link, order};
use crate::delivery::{Claim, claim, quarantined, reply_route, user};
use crate::health::{Health, chain};
use crate::hold::{Hold, ledger_answers};
use crate::publisher::{ConfirmChannel, Outgoing};
use crate::receipts::{ReceiptQueues, outgoing};
use crate::session::{Links, Part, SessionError, consume, delivered, next, prepare, settled};
use crate::topology::INTAKE;

/// Most deliveries in one batch, which is one commit and one acknowledgement.
const BATCH_MAX: usize = 256;
/// Most bytes of bodies in one batch.
const BATCH_BYTES_MAX: usize = 4 << 20;
/// Deliveries on their way: three batches, so that one can be read and one answered while another is settled.
const PREFETCH: u16 = 768;
/// Batches that wait to be settled.
const SETTLING_MAX: usize = 1;
/// So many deliveries are taken one at a time when a session begins. A message that ends the session (or the process)
/// costs everything prefetched one of its deliveries; alone, it costs only itself. The whole prefetch is passed in
/// fewer sessions than the delivery limit.
const CAREFUL_DELIVERIES: usize = 64;
/// A queue that has been quiet for so long has no backlog, so nothing is left to be careful of. Nothing waits for it.
const QUIET: Duration = Duration::from_secs(1);
/// Before a message that broke its handler is tried again: twenty tries take a second.
const BROKEN_PAUSE: Duration = Duration::from_millis(50);

/// The handler of commands.
pub(crate) struct Intake {
    pub(crate) engine: Engine,
    pub(crate) default_sender: Option<String>,
    pub(crate) declare: bool,
    pub(crate) health: Health,
}

#[async_trait]
impl Part for Intake {
    fn name(&self) -> &'static str {
        "intake"
    }

    async fn session(&self, links: &Links, stop: &CancellationToken) -> Result<(), SessionError> {
        let queues = ReceiptQueues::new(prepare(&links.consume, self.declare).await?);
        let publisher = ConfirmChannel::open(&links.publish).await?;
        if stop.run_until_cancelled(ledger_answers(&self.engine, &self.health)).await.is_none() {
            return Ok(());
        }
        queues.ensure_all(&self.engine).await?;
        let (hand_over, settling) = mpsc::channel(SETTLING_MAX);
        let taking = Taking { intake: self, link: &links.consume, stop, queues: &queues, hand_over };
        let following = async { queues.follow(&self.engine, stop).await.map_err(SessionError::from) };
        tokio::try_join!(taking.run(), settle(publisher, settling), following)?;
        Ok(())
    }
}

impl Intake {
    /// The answer of each delivery; `None` where the handling broke.
    async fn answers(
        &self,
        batch: &[Delivery],
        read: Read,
        link: &Link,
    ) -> Result<Vec<Option<Answered>>, SessionError> {
        match self.answer_held(batch, read, link).await? {
            Ok(answers) => return Ok(answers.into_iter().map(Some).collect()),
            Err(error) if batch.len() == 1 => {
                broke(&batch[0], &error);
                return Ok(vec![None]);
            }
            Err(error) => debug!(error = chain(&error), "a batch broke; its messages are tried one by one"),
        }
        let mut answers = Vec::with_capacity(batch.len());
        for delivery in batch {
            match self.answer_held(std::slice::from_ref(delivery), None, link).await? {
                Ok(answered) => answers.extend(answered.into_iter().map(Some)),
                Err(error) => {
                    broke(delivery, &error);
                    answers.push(None);
                }
            }
        }
        Ok(answers)
    }

    /// Answers a batch, however long the ledger is away. What breaks for another reason, or panics, is a fault of one
    /// of the messages.
    async fn answer_held(
        &self,
        batch: &[Delivery],
        mut read: Read,
        link: &Link,
    ) -> Result<Result<Vec<Answered>, Broken>, SessionError> {
        let mut hold = Hold::new(&self.health, link);
        loop {
            match AssertUnwindSafe(self.answer(batch, read.take())).catch_unwind().await {
                Ok(Ok(answers)) => {
                    hold.over();
                    return Ok(Ok(answers));
                }
                Ok(Err(error)) if error.is_own_fault() => hold.wait(error).await?,
                Ok(Err(error)) => return Ok(Err(Broken::Failed(error))),
                Err(_panic) => return Ok(Err(Broken::Panicked)),
            }
        }
    }

    /// Senders are looked up now and not when a message was read: a principal may have been revoked meanwhile.
    async fn answer(&self, batch: &[Delivery], read: Read) -> Result<Vec<Answered>, EngineError> {
        let read = read.unwrap_or_else(|| read_bodies(batch));
        let mut messages = Vec::with_capacity(batch.len());
        for (delivery, message) in batch.iter().zip(read) {
            messages.push((message, self.sender(claim(delivery)).await?));
        }
        self.engine.answer_read(messages).await
    }

    async fn sender(&self, claim: Claim) -> Result<Sender, EngineError> {
        let name = match claim {
            Claim::Forbidden { user, header } => return Ok(Sender::ForbiddenHeader { sender: user, header }),
            Claim::User(name) => name,
            Claim::Nobody => match &self.default_sender {
                Some(name) => name.clone(),
                None => return Ok(Sender::Missing),
            },
        };
        Ok(self.engine.principal(&name).await?.map_or(Sender::Unknown { name }, Sender::Principal))
    }

    /// Keeps what nobody can read in the ledger's quarantine.
    async fn keep(&self, delivery: &Delivery, cause: &str, link: &Link) -> Result<(), SessionError> {
        let row = quarantined(delivery, cause, self.engine.now());
        let mut hold = Hold::new(&self.health, link);
        loop {
            match self.engine.store().quarantine(&row).await.map_err(EngineError::from) {
                Ok(_number) => {
                    hold.over();
                    return Ok(());
                }
                Err(error) if error.is_own_fault() => hold.wait(error).await?,
                Err(error) => {
                    // The dead letter keeps it as well, so going on loses nothing.
                    error!(error = chain(&error), "a message could not be put into quarantine");
                    return Ok(());
                }
            }
        }
    }
}

/// The messages of a batch, if all of them could be read ahead.
type Read = Option<Vec<ReadMessage>>;

fn read_bodies(batch: &[Delivery]) -> Vec<ReadMessage> {
    batch.iter().map(|delivery| ReadMessage::read(&delivery.data)).collect()
}

/// Deliveries that are answered together, and what they say as far as it was read ahead.
#[derive(Default)]
struct Batch {
    deliveries: Vec<Delivery>,
    read: Vec<ReadMessage>,
    bytes: usize,
}

impl Batch {
    /// Adds deliveries and reads them, while the batch before is being answered. What panics will panic again when its turn
    /// comes, and is handled then.
    ///
    /// It does not wait for anything: the batch before is not driven on meanwhile, and may hold what would be waited for.
    fn read_ahead(&mut self, taken: Vec<Delivery>) {
        if let Ok(read) = std::panic::catch_unwind(AssertUnwindSafe(|| read_bodies(&taken))) {
            self.read.extend(read);
        }
        self.bytes += taken.iter().map(|delivery| delivery.data.len()).sum::<usize>();
        self.deliveries.extend(taken);
    }

    fn has_room(&self) -> bool {
        self.deliveries.len() < BATCH_MAX && self.bytes < BATCH_BYTES_MAX
    }
}

/// What becomes of a delivery once its receipt is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Answered.
    Ack,
    /// Unreadable: to the dead letters.
    Reject,
    /// Its handling broke: once more, until the broker's limit.
    Requeue,
}

struct Settling {
    delivery: Delivery,
    fate: Fate,
    receipts: Vec<Outgoing>,
}

/// The taking end of a session.
struct Taking<'a> {
    intake: &'a Intake,
    link: &'a Link,
    stop: &'a CancellationToken,
    queues: &'a ReceiptQueues<'a>,
    hand_over: mpsc::Sender<Vec<Settling>>,
}

impl Taking<'_> {
    /// Takes one delivery at a time until nothing is to be feared, then many. Ends the settling end with itself.
    async fn run(self) -> Result<(), SessionError> {
        let channel = self.link.channel().await?;
        let mut consumer = consume(&channel, INTAKE, 1).await?;
        self.intake.health.connected(self.intake.name());
        let mut taken = 0;
        while taken < CAREFUL_DELIVERIES {
            match self.stop.run_until_cancelled(timeout(QUIET, take(&mut consumer, &Batch::default()))).await
            {
                None => return Ok(()),
                Some(Err(_quiet)) => break,
                Some(Ok(batch)) => taken += self.handle(batch?).await?,
            }
        }
        let cancelled = channel.basic_cancel(consumer.tag(), BasicCancelOptions::default());
        order("ending a consumer", cancelled).await?;
        // What was delivered before the cancellation is ours all the same.
        while let Some(Some(Ok(delivery))) = consumer.next().now_or_never() {
            self.handle(vec![delivery]).await?;
        }
        let mut consumer = consume(&channel, INTAKE, PREFETCH).await?;
        let mut ahead = Batch::default();
        while !self.stop.is_cancelled() {
            if ahead.deliveries.is_empty() {
                let taking = self.stop.run_until_cancelled(take(&mut consumer, &ahead));
                let Some(taken) = taking.await else { break };
                ahead.read_ahead(taken?);
            }
            let mut handling = pin!(self.handle_read(mem::take(&mut ahead)));
            loop {
                tokio::select! {
                    handled = &mut handling => {
                        handled?;
                        break;
                    }
                    // A delivery is taken when it comes and not before, so none is lost if the other ends first.
                    taken = take(&mut consumer, &ahead), if ahead.has_room() => {
                        ahead.read_ahead(taken?);
                    }
                }
            }
        }
        Ok(())
    }

    /// Answers a batch and hands it on. Returns its size.
    async fn handle(&self, batch: Vec<Delivery>) -> Result<usize, SessionError> {
        self.handle_read(Batch { deliveries: batch, ..Batch::default() }).await
    }

    /// The same with a batch that may have been read already.
    async fn handle_read(&self, batch: Batch) -> Result<usize, SessionError> {
        let Batch { deliveries: batch, read, .. } = batch;
        let size = batch.len();
        let began = Instant::now();
        let read = (read.len() == size).then_some(read);
        let answering = self.intake.answers(&batch, read, self.link);
        let Some(answers) = self.stop.run_until_cancelled(answering).await else { return Ok(0) };
        svod_crash::point("intake/answered");
        let mut settling = Vec::with_capacity(size);
        for (delivery, answer) in batch.into_iter().zip(answers?) {
            settling.push(self.settling(delivery, answer).await?);
        }
        metrics::histogram!("svod_amqp_batch_messages").record(count(size));
        metrics::counter!("svod_amqp_consumed_total").increment(size as u64);
        let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        debug!(messages = size, duration_ms, "answered");
        // The receiver is gone only when settling failed, and then its error ends the session.
        let _gone = self.hand_over.send(settling).await;
        Ok(size)
    }

    /// The receipt to send, and what to do with the delivery then.
    async fn settling(&self, delivery: Delivery, answer: Option<Answered>) -> Result<Settling, SessionError> {
        let Some(answered) = answer else {
            sleep(BROKEN_PAUSE).await;
            return Ok(Settling { delivery, fate: Fate::Requeue, receipts: vec![] });
        };
        let sender = user(&delivery).or_else(|| self.intake.default_sender.clone());
        if let Some(sender) = &sender {
            self.queues.ensure(sender).await?;
        }
        if answered.unreadable {
            let cause = cause(&answered);
            warn!(sender, cause, bytes = delivery.data.len(), "an unreadable message goes into quarantine");
            self.intake.keep(&delivery, cause, self.link).await?;
        }
        let route = reply_route(&delivery, sender.as_deref());
        let receipts = outgoing(&answered.receipt, &route, answered.message.as_ref());
        let fate = if answered.unreadable { Fate::Reject } else { Fate::Ack };
        Ok(Settling { delivery, fate, receipts })
    }
}

/// Why a message could not be handled, though the ledger answers.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the handler failed")]
    Failed(#[source] EngineError),
    #[error("the handler panicked")]
    Panicked,
}

fn broke(delivery: &Delivery, error: &Broken) {
    metrics::counter!("svod_amqp_broken_total").increment(1);
    error!(sender = user(delivery), error = chain(error), "the handling of a message broke");
}

fn cause(answered: &Answered) -> &'static str {
    match answered.outcome {
        Outcome::Refused(reason) => reason.as_str(),
        Outcome::Recorded => "recorded",
    }
}

/// A count as the metrics take it.
#[expect(clippy::cast_precision_loss, reason = "batches have at most 256 messages")]
fn count(size: usize) -> f64 {
    size as f64
}

/// Waits for a delivery, and takes with it what is there already, as far as the batch has room. No timer waits for more.
async fn take(consumer: &mut Consumer, into: &Batch) -> Result<Vec<Delivery>, SessionError> {
    let first = next(consumer).await?;
    let mut bytes = into.bytes + first.data.len();
    let mut batch = vec![first];
    while into.deliveries.len() + batch.len() < BATCH_MAX && bytes < BATCH_BYTES_MAX {
        let Some(next) = consumer.next().now_or_never() else { break };
        let delivery = delivered(next)?;
        bytes += delivery.data.len();
        batch.push(delivery);
    }
    Ok(batch)
}

/// Publishes the receipts of each batch, then settles its deliveries. It owns the publishing channel.
async fn settle(
    mut publisher: ConfirmChannel,
    mut batches: mpsc::Receiver<Vec<Settling>>,
) -> Result<(), SessionError> {
    while let Some(mut batch) = batches.recv().await {
        let mut receipts = Vec::with_capacity(batch.len());
        for one in &mut batch {
            receipts.append(&mut one.receipts);
        }
        publisher.publish_all(&receipts).await?;
        metrics::counter!("svod_amqp_receipts_total").increment(receipts.len() as u64);
        svod_crash::point("intake/receipts-confirmed");
        acknowledge(&batch).await?;
        svod_crash::point("intake/acknowledged");
    }
    Ok(())
}

/// Rejects what is to be rejected, then acknowledges all the rest at once: batches come in the order of delivery, so
/// nothing below the last one is still open.
async fn acknowledge(batch: &[Settling]) -> Result<(), SessionError> {
    for one in batch {
        let requeue = match one.fate {
            Fate::Ack => continue,
            Fate::Reject => false,
            Fate::Requeue => true,
        };
        let rejected = one.delivery.reject(BasicRejectOptions { requeue });
        settled(order("rejecting a delivery", rejected).await?)?;
    }
    if let Some(last) = batch.iter().rev().find(|one| one.fate == Fate::Ack) {
        let acked = last.delivery.ack(BasicAckOptions { multiple: true });
        settled(order("acknowledging deliveries", acked).await?)?;
    }
    Ok(())
}
