//! The handle that edges hold: messages and orders in, answers out.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use svod_domain::guard::Guarded;
use svod_domain::quarter::Rules;
use svod_domain::{Actor, Command, ReasonCode, Refusal, Role, Warning};
use svod_log::{Hash, MessageKey, Position, Principal, Store};
use svod_seal::SealingKeys;
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::time::Instant;
use uuid::Uuid;

use crate::job::{Asker, Job, MessageRef, Receipted};
use crate::persons::Opener;
use crate::receipt::{ReceiptData, Verdict, read_receipt};
use crate::sequencer::Sequencer;
use crate::wording::{Clock, Wording};
use crate::{EngineError, message};

/// Most commands that are handed to the sequencer together: a batch of deliveries. With those that it has taken already
/// they never make a batch that the log would refuse.
const JOBS_MAX: usize = 256;

/// Most of such lists that wait for the sequencer. One that comes from a broker has many commands, but there is one of it at
/// a time; those that come over HTTP are mostly of one. Beyond it, senders wait.
const QUEUE_MAX: usize = 512;

/// How long a principal that was read is believed: a revoked one stays at most this long.
const PRINCIPALS_FRESH: Duration = Duration::from_secs(1);

/// What an engine is made of.
pub struct EngineOptions {
    /// The ledger.
    pub store: Arc<dyn Store>,
    /// The words of receipts.
    pub wording: Wording,
    /// The terms of quarters.
    pub rules: Rules,
    /// The clock.
    pub clock: Clock,
    /// CloudEvents `source` of what svod sends.
    pub source: String,
    /// Seals and opens what is told of persons; without them no person can be recorded or read.
    pub sealing: Option<SealingKeys>,
}

/// Decides and records; reads views. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) options: Arc<EngineOptions>,
    jobs: mpsc::Sender<Vec<Job>>,
    head: watch::Receiver<Position>,
    /// How far the slowest view has followed, if the projector runs in this process.
    pub(crate) projected: Arc<watch::Sender<Position>>,
    principals: Arc<Mutex<Principals>>,
}

/// A message that came in.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Its bytes: a CloudEvents event in JSON.
    pub body: Vec<u8>,
    /// Who sent it.
    pub sender: Sender,
}

/// A message that was read: all that can be told of it without the ledger, and without knowing who sent it.
#[derive(Debug)]
pub struct ReadMessage(message::Message);

impl ReadMessage {
    /// Reads a message's bytes. This is most of the work that its answer takes, and needs nothing but a processor: whoever
    /// has messages waiting may read the next ones while the last are being answered.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        Self(message::read(body))
    }
}

/// Who sent a message, as the edge could establish it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A principal of this ledger.
    Principal(Actor),
    /// The broker named nobody.
    Missing,
    /// The broker named one who is no principal.
    Unknown {
        /// The name.
        name: String,
    },
    /// The message bears a header that only a broker may set.
    ForbiddenHeader {
        /// The sender, if the broker named one.
        sender: Option<String>,
        /// The header.
        header: String,
    },
}

/// Recorded, or refused for a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It stands in the log.
    Recorded,
    /// It does not.
    Refused(ReasonCode),
}

/// The answer to a message.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Recorded, or refused for a reason.
    pub outcome: Outcome,
    /// The receipt: a CloudEvents event in JSON, the same bytes for ever.
    pub receipt: Arc<[u8]>,
    /// Whether it had been answered before.
    pub repeated: bool,
    /// The message's name. `None`: it cannot be told, so nothing was recorded in the ledger.
    pub message: Option<MessageKey>,
    /// The message could not be read at all: it belongs into quarantine.
    pub unreadable: bool,
}

/// Where an order was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// Positions of its first and its last event.
    pub positions: (Position, Position),
    /// What the one who gave it should know.
    pub warnings: Vec<Warning>,
}

impl Engine {
    /// An engine, and the task that must run beside it.
    #[must_use]
    pub fn new(options: EngineOptions) -> (Self, Sequencer) {
        let options = Arc::new(options);
        let (jobs, received) = mpsc::channel(QUEUE_MAX);
        let (head_sender, head) = watch::channel(Position::START);
        let sequencer = Sequencer::new(options.clone(), received, head_sender);
        let principals = Arc::default();
        let projected = Arc::new(watch::channel(Position::START).0);
        (Self { options, jobs, head, projected, principals }, sequencer)
    }

    /// The ledger.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.options.store
    }

    pub(crate) fn sealing(&self) -> Option<&SealingKeys> {
        self.options.sealing.as_ref()
    }

    pub(crate) fn opener(&self) -> Opener {
        Opener::new(self.options.store.clone(), self.options.sealing.clone())
    }

    /// The moment, by the program's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.options.clock)()
    }

    /// CloudEvents `source` of what svod sends.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.options.source
    }

    /// The terms of quarters.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.options.rules
    }

    /// The last position known to be recorded by this process; a change wakes subscriptions.
    #[must_use]
    pub fn head_changes(&self) -> watch::Receiver<Position> {
        self.head.clone()
    }

    /// Answers one message: exactly one receipt, for ever.
    pub async fn answer(&self, incoming: Incoming) -> Result<Answered, EngineError> {
        let mut answered = self.answer_all(vec![incoming]).await?;
        Ok(answered.remove(0))
    }

    /// Answers several messages in order; they share commits.
    pub async fn answer_all(&self, incoming: Vec<Incoming>) -> Result<Vec<Answered>, EngineError> {
        let read = |one: Incoming| (ReadMessage::read(&one.body), one.sender);
        self.answer_read(incoming.into_iter().map(read).collect()).await
    }

    /// Answers several messages that were read, in order, each with its sender; they share commits.
    pub async fn answer_read(
        &self,
        messages: Vec<(ReadMessage, Sender)>,
    ) -> Result<Vec<Answered>, EngineError> {
        let mut pending = Vec::with_capacity(messages.len());
        let mut jobs = Vec::with_capacity(messages.len().min(JOBS_MAX));
        for (message, sender) in messages {
            let (one, job) = self.prepare(message, sender)?;
            pending.push(one);
            jobs.extend(job);
            if jobs.len() == JOBS_MAX {
                self.hand_over(std::mem::take(&mut jobs)).await?;
            }
        }
        self.hand_over(jobs).await?;
        let mut answered = Vec::with_capacity(pending.len());
        for one in pending {
            answered.push(self.finish(one).await?);
        }
        Ok(answered)
    }

    /// Gives an order that no message carries: svod's own, or the operator's at the command line.
    pub async fn order(
        &self,
        actor: Actor,
        command: Command,
    ) -> Result<Result<Ordered, Refusal>, EngineError> {
        self.order_because(None, actor, command).await
    }

    /// Gives an order that answers to an entry of the log, which becomes the cause of what is recorded.
    pub async fn order_because(
        &self,
        cause: Option<Position>,
        actor: Actor,
        command: Command,
    ) -> Result<Result<Ordered, Refusal>, EngineError> {
        let (reply, done) = oneshot::channel();
        let name = MessageKey { source: self.options.source.clone(), id: Uuid::now_v7().to_string() };
        let asker = Asker::Order { name, cause, reply };
        let job = Job::new(actor, Guarded::try_new(command), asker);
        self.hand_over(vec![job]).await?;
        done.await.map_err(|_| EngineError::Stopping)?
    }

    /// The receipt of a message, if `reader` may see it: who sent the message, and every role but municipalities.
    pub async fn receipt(
        &self,
        message: &MessageKey,
        reader: &Actor,
    ) -> Result<Option<Arc<[u8]>>, EngineError> {
        let Some(found) = self.options.store.receipt(message).await? else { return Ok(None) };
        let office = reader.roles.iter().any(|role| !matches!(role, Role::Municipality(_)));
        let sent_it = || {
            let subject = read_receipt(&found.body).ok().and_then(|receipt| receipt.subject);
            subject.as_deref() == Some(reader.name.as_str())
        };
        Ok((office || sent_it()).then_some(found.body))
    }

    /// Who bears this name.
    pub async fn principal(&self, name: &str) -> Result<Option<Actor>, EngineError> {
        self.principals.lock().await.fresh(self).await.map(|known| known.by_name.get(name).cloned())
    }

    /// Who bears this token.
    pub async fn authenticate(&self, token: &str) -> Result<Option<Actor>, EngineError> {
        let hash = Hash::of(token.as_bytes());
        self.principals.lock().await.fresh(self).await.map(|known| known.by_token.get(&hash).cloned())
    }

    /// Everybody who may speak to the ledger now.
    pub async fn principals(&self) -> Result<Vec<Actor>, EngineError> {
        self.principals.lock().await.fresh(self).await.map(|known| known.by_name.values().cloned().collect())
    }

    /// The job that a message is, or its answer if it cannot be recorded.
    fn prepare(
        &self,
        ReadMessage(read): ReadMessage,
        sender: Sender,
    ) -> Result<(Pending, Option<Job>), EngineError> {
        let verified = matches!(sender, Sender::Principal(_) | Sender::ForbiddenHeader { .. });
        let (actor, sender, forbidden) = established(sender);
        let message::Message { key, digest, subject, command } = read;
        let unreadable = command.as_ref().err().is_some_and(is_unreadable);
        let digest = digest_of(digest, sender.as_deref());
        let command = match (forbidden, command) {
            (Some(refusal), Ok(_)) => Err(refusal),
            (_, command) => command,
        };
        let Some(key) = key else {
            let refusal = command.err().unwrap_or(Refusal::NotCloudEvents { attribute: "id".into() });
            return Ok((Pending::Done(self.refuse_unnamed(sender.as_deref(), digest, &refusal)?), None));
        };
        let kept_as = if verified { key.clone() } else { unverified(&key) };
        let message = MessageRef { key, kept_as, digest, sender, subject };
        let (reply, done) = oneshot::channel();
        let job = Job::new(actor, command, Asker::Message { message: message.clone(), reply });
        Ok((Pending::Waiting { message, unreadable, done }, Some(job)))
    }

    /// Hands jobs to the sequencer; those that come together are decided one after another, and none of them after one failed.
    async fn hand_over(&self, jobs: Vec<Job>) -> Result<(), EngineError> {
        if jobs.is_empty() {
            return Ok(());
        }
        self.jobs.send(jobs).await.map_err(|_| EngineError::Stopping)
    }

    async fn finish(&self, pending: Pending) -> Result<Answered, EngineError> {
        let answered = match pending {
            Pending::Done(answered) => answered,
            Pending::Waiting { message, unreadable, done } => {
                let Receipted { receipt, digest, outcome } =
                    done.await.map_err(|_| EngineError::Stopping)??;
                if digest == message.digest {
                    let repeated = outcome.is_none();
                    let outcome = outcome.map_or_else(|| outcome_of(&receipt), Ok)?;
                    Answered { outcome, receipt, repeated, message: Some(message.key), unreadable }
                } else {
                    self.refuse_reused(message).await?
                }
            }
        };
        count(answered.outcome, answered.repeated);
        Ok(answered)
    }

    /// Refuses a message whose name belongs to another. This answer is kept too: the same message sent again gets it.
    async fn refuse_reused(&self, message: MessageRef) -> Result<Answered, EngineError> {
        let message = MessageRef { kept_as: reused(&message), ..message };
        let sender = nobody(message.sender.as_deref().unwrap_or_default());
        let (reply, done) = oneshot::channel();
        let asker = Asker::Message { message: message.clone(), reply };
        self.hand_over(vec![Job::new(sender, Err(Refusal::IdReused), asker)]).await?;
        let Receipted { receipt, outcome, .. } = done.await.map_err(|_| EngineError::Stopping)??;
        let repeated = outcome.is_none();
        let outcome = Outcome::Refused(ReasonCode::IdReused);
        Ok(Answered { outcome, receipt, repeated, message: Some(message.key), unreadable: false })
    }

    /// Refuses a message without a name: there is nothing that its answer could be kept under.
    fn refuse_unnamed(
        &self,
        sender: Option<&str>,
        digest: Hash,
        refusal: &Refusal,
    ) -> Result<Answered, EngineError> {
        let data = ReceiptData::refused(None, self.now(), refusal, &self.options.wording);
        Ok(Answered {
            outcome: Outcome::Refused(refusal.reason()),
            receipt: data.cloud_event(self.source(), sender, digest)?.into_bytes().into(),
            repeated: false,
            message: None,
            unreadable: is_unreadable(refusal),
        })
    }
}

/// A message that was handed over, or answered already.
enum Pending {
    Done(Answered),
    Waiting { message: MessageRef, unreadable: bool, done: oneshot::Receiver<Result<Receipted, EngineError>> },
}

/// The actor, the sender's name, and the refusal that the sender alone deserves.
fn established(sender: Sender) -> (Actor, Option<String>, Option<Refusal>) {
    match sender {
        Sender::Principal(actor) => {
            let name = Some(actor.name.clone());
            (actor, name, None)
        }
        Sender::Missing => (nobody(""), None, Some(Refusal::NoSender)),
        Sender::Unknown { name } => {
            (nobody(&name), Some(name.clone()), Some(Refusal::UnknownSender { name }))
        }
        Sender::ForbiddenHeader { sender, header } => {
            (nobody(sender.as_deref().unwrap_or_default()), sender, Some(Refusal::ForbiddenHeader { header }))
        }
    }
}

/// One without any right.
fn nobody(name: &str) -> Actor {
    Actor { name: name.to_owned(), roles: vec![] }
}

/// Where the answer to a message is kept whose sender is nobody's: apart, so that a stranger cannot take the name of a
/// message that its rightful sender has yet to send. No source that a message names has a control character.
fn unverified(key: &MessageKey) -> MessageKey {
    MessageKey { source: format!("\u{1}unverified\u{1}{}", key.source), id: key.id.clone() }
}

/// Where the answer to a message is kept whose name belongs to another: by its content, which is all it has of its own.
fn reused(message: &MessageRef) -> MessageKey {
    let MessageKey { source, id } = &message.kept_as;
    let content = Hash::of(format!("{source}\n{id}\n{}", message.digest).as_bytes());
    MessageKey { source: "\u{1}reused".to_owned(), id: content.to_string() }
}

/// A message that nobody can make sense of, whoever sent it.
fn is_unreadable(refusal: &Refusal) -> bool {
    let reason = refusal.reason();
    let of_the_body = [ReasonCode::NotJson, ReasonCode::NotCloudEvents].contains(&reason);
    of_the_body
        || matches!(refusal, Refusal::TooLarge { bytes_max, .. } if *bytes_max == message::MESSAGE_BYTES_MAX)
}

/// The sender belongs to what a message is: another's copy of it is another message.
fn digest_of(content: Hash, sender: Option<&str>) -> Hash {
    Hash::of(&[&content.0[..], sender.unwrap_or_default().as_bytes()].concat())
}

fn outcome_of(receipt: &[u8]) -> Result<Outcome, EngineError> {
    let damaged = |what: &str| {
        let what = what.to_owned();
        EngineError::Store(svod_log::StoreError::Damaged { what, place: "a receipt".into() })
    };
    let data = read_receipt(receipt).map_err(|error| damaged(&error.to_string()))?.data;
    match data.outcome {
        Verdict::Recorded => Ok(Outcome::Recorded),
        Verdict::Refused => {
            let code = data.code.unwrap_or_default();
            let reason = ReasonCode::ALL.iter().find(|reason| reason.as_str() == code);
            reason
                .map(|reason| Outcome::Refused(*reason))
                .ok_or_else(|| damaged("a reason code nobody knows"))
        }
    }
}

fn count(outcome: Outcome, repeated: bool) {
    let (word, code) = match outcome {
        Outcome::Recorded => ("recorded", ""),
        Outcome::Refused(reason) => ("refused", reason.as_str()),
    };
    let word = if repeated { "repeated" } else { word };
    metrics::counter!("svod_messages_total", "outcome" => word, "code" => code).increment(1);
}

/// Principals as they were read last.
#[derive(Default)]
struct Principals {
    read_at: Option<Instant>,
    by_name: HashMap<String, Actor>,
    by_token: HashMap<Hash, Actor>,
}

impl Principals {
    async fn fresh(&mut self, engine: &Engine) -> Result<&Self, EngineError> {
        if self.read_at.is_some_and(|at| at.elapsed() < PRINCIPALS_FRESH) {
            return Ok(self);
        }
        let rows = engine.options.store.principals().await?;
        let known: Vec<(Hash, Actor)> =
            rows.into_iter().filter(|row| row.revoked_at.is_none()).map(actor_of).collect();
        self.by_token = known.iter().cloned().collect();
        self.by_name = known.into_iter().map(|(_, actor)| (actor.name.clone(), actor)).collect();
        self.read_at = Some(Instant::now());
        Ok(self)
    }
}

/// A role that cannot be read gives no right.
fn actor_of(principal: Principal) -> (Hash, Actor) {
    let roles = principal.roles.iter().filter_map(|role| role.parse().ok()).collect();
    (principal.token_sha256, Actor { name: principal.name, roles })
}
