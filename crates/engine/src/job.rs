//! A command on its way to the log, and how whoever gave it is answered.

use std::sync::Arc;

use svod_domain::guard::Guarded;
use svod_domain::{Actor, Command, Refusal, SubmissionId, Warning};
use svod_log::{Answer, Append, Assumption, Hash, MessageKey, Position, StoreError, StreamId};
use tokio::sync::oneshot;

use crate::decide::{is_taken_id, spoken_of};
use crate::error::chain;
use crate::happened::PERSONS;
use crate::message::Subject;
use crate::size::unfit_refusal;
use crate::{EngineError, Ordered, Outcome};

/// How often a decision that was overtaken by another process is made again.
const ATTEMPTS_MAX: usize = 20;

/// A command on its way to the log.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) actor: Actor,
    /// The order, or why the message is refused before any rule is asked.
    pub(crate) command: Result<Guarded, Refusal>,
    pub(crate) asker: Asker,
    /// How often its decision was overtaken.
    pub(crate) overtaken: usize,
}

impl Job {
    /// On its way for the first time.
    pub(crate) fn new(actor: Actor, command: Result<Guarded, Refusal>, asker: Asker) -> Self {
        Self { actor, command, asker, overtaken: 0 }
    }

    /// Tells that it failed; whether it was recorded is unknown.
    fn fail(self, error: EngineError) {
        match self.asker {
            Asker::Message { reply, .. } => drop(reply.send(Err(error))),
            Asker::Order { reply, .. } => drop(reply.send(Err(error))),
        }
    }
}

/// Who waits for the answer.
#[derive(Debug)]
pub(crate) enum Asker {
    /// A message: it gets a receipt.
    Message { message: MessageRef, reply: oneshot::Sender<Result<Receipted, EngineError>> },
    /// An order that no message carries.
    Order {
        /// Its name in the log.
        name: MessageKey,
        /// The entry that it answers to.
        cause: Option<Position>,
        reply: oneshot::Sender<Result<Result<Ordered, Refusal>, EngineError>>,
    },
}

/// A message by its name and content.
#[derive(Clone, Debug)]
pub(crate) struct MessageRef {
    pub(crate) key: MessageKey,
    /// The name that its answer is kept under.
    pub(crate) kept_as: MessageKey,
    /// Of the content and the sender.
    pub(crate) digest: Hash,
    pub(crate) sender: Option<String>,
    /// What it seems to speak of.
    pub(crate) subject: Subject,
}

/// The answer to a message, as it is kept.
#[derive(Debug)]
pub(crate) struct Receipted {
    /// The receipt's bytes.
    pub(crate) receipt: Arc<[u8]>,
    /// Digest of the message that the receipt was made for.
    pub(crate) digest: Hash,
    /// What it says; `None`: the message had been answered before, and only the receipt knows.
    pub(crate) outcome: Option<Outcome>,
}

/// A job, decided.
pub(crate) struct Draft {
    pub(crate) job: Job,
    /// What an order is told: its warnings, or why it is refused.
    pub(crate) told: Result<Vec<Warning>, Refusal>,
}

/// Answers a job, or gives it back to be decided again.
pub(crate) fn reply(draft: Draft, append: &Append, answer: Answer) -> Option<Job> {
    let Draft { mut job, told } = draft;
    let (positions, receipt) = match answer {
        Answer::Appended { positions, receipt } => (positions, receipt.map(|receipt| (receipt, None))),
        Answer::AnsweredBefore(receipt) => (None, Some((receipt.body, Some(receipt.digest)))),
        Answer::Conflict { assumption } => return again(job, &assumption),
        Answer::Unfit(unfit) => {
            job.command = Err(unfit_refusal(&unfit, append));
            return Some(job);
        }
    };
    match job.asker {
        Asker::Message { message, reply } => {
            let outcome = told.err().map_or(Outcome::Recorded, |refusal| Outcome::Refused(refusal.reason()));
            let answered = receipt.map(|(receipt, earlier)| Receipted {
                receipt,
                digest: earlier.unwrap_or(message.digest),
                outcome: earlier.is_none().then_some(outcome),
            });
            let _gone = reply.send(answered.ok_or_else(|| without_receipt(&message.key)));
        }
        Asker::Order { reply, .. } => {
            // A rule that decides nothing at all has changed nothing.
            let ordered = told.and_then(|warnings| {
                let positions = positions.ok_or(Refusal::NothingToChange)?;
                Ok(Ordered { positions, warnings })
            });
            let _gone = reply.send(Ok(ordered));
        }
    }
    None
}

/// Gives a job back that was overtaken, unless that happened too often. A document that names somebody who was erased
/// meanwhile is not the document any more: whoever made it must make another.
fn again(job: Job, assumption: &Assumption) -> Option<Job> {
    let is_of_a_person =
        matches!(assumption, Assumption::Stream(stream, _) if stream.as_str().starts_with(PERSONS));
    let is_report = |order: &Guarded| matches!(order.command(), Command::RecordReport(_));
    if is_of_a_person && job.command.as_ref().is_ok_and(is_report) && matches!(job.asker, Asker::Order { .. })
    {
        job.fail(EngineError::ErasedMeanwhile);
        return None;
    }
    once_more(job)
}

/// Counts that a job was overtaken; `None`: too often, and it was told so.
pub(crate) fn once_more(mut job: Job) -> Option<Job> {
    job.overtaken += 1;
    if job.overtaken < ATTEMPTS_MAX {
        return Some(job);
    }
    fail(vec![job], &EngineError::Contended { attempts: ATTEMPTS_MAX });
    None
}

/// The stream that was not as an append assumed.
pub(crate) fn broken_stream(answer: &Answer) -> Option<&StreamId> {
    match answer {
        Answer::Conflict { assumption: Assumption::Stream(stream, _) } => Some(stream),
        _without_a_conflict_of_streams => None,
    }
}

/// A submission that seemed new and is not, in a quarter that nobody held.
pub(crate) fn taken_id(answer: &Answer, job: &Job) -> Option<SubmissionId> {
    match (answer, &job.command) {
        (Answer::Conflict { assumption }, Ok(order)) if is_taken_id(assumption, order.command()) => {
            spoken_of(order.command())
        }
        _no_taken_id => None,
    }
}

fn without_receipt(message: &MessageKey) -> EngineError {
    let what = "a message was recorded without its receipt".to_owned();
    StoreError::Damaged { what, place: format!("message {} of {}", message.id, message.source) }.into()
}

/// Tells every job that it failed, and the log of the program once.
pub(crate) fn fail(batch: Vec<Job>, error: &EngineError) {
    if !matches!(error, EngineError::Stopping) {
        tracing::error!(error = %chain(error), commands = batch.len(), "a batch could not be recorded");
    }
    for job in batch {
        job.fail(error.again());
    }
}
