//! The one task that decides and records: commands from all connections and queues reach it, and whatever arrived
//! while the last batch was being made durable is the next batch. No timer waits.

use std::sync::Arc;

use jiff::Timestamp;
use svod_domain::event::Attestation;
use svod_domain::guard::Guarded;
use svod_domain::{Actor, Command, Decision, Event, Refusal, SubmissionId, Warning};
use svod_log::{
    ActorName, Answer, Append, Assumption, ENTRY_BYTES_MAX, Hash, MessageKey, NewEvent, NewReceipt, Position,
    ReceiptBody, StoreError, StreamId, Version,
};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::decide::{Decided, decide, hold, is_taken_id, spoken_of};
use crate::error::chain;
use crate::first::{next_first, prepare};
use crate::happened::{PERSONS, new_event};
use crate::message::Subject;
use crate::persons::{Sealer, named};
use crate::receipt::ReceiptData;
use crate::size::{longer_than_an_entry, unfit_refusal};
use crate::world::World;
use crate::{EngineError, EngineOptions, Ordered, Outcome};

/// A batch of so many commands takes no more: the knee of the measured curve; a larger one only adds waiting.
const BATCH_FULL: usize = 500;

/// How often a decision that was overtaken by another process is made again.
const ATTEMPTS_MAX: usize = 20;

/// A command on its way to the log.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) actor: Actor,
    /// The order, or why the message is refused before any rule is asked.
    pub(crate) command: Result<Guarded, Refusal>,
    pub(crate) asker: Asker,
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

/// The task. It must run wherever messages are answered.
pub struct Sequencer {
    options: Arc<EngineOptions>,
    jobs: mpsc::Receiver<Vec<Job>>,
    head: watch::Sender<Position>,
    world: Option<World>,
    sealer: Sealer,
    last_at: Timestamp,
}

/// One job of a batch, decided.
struct Draft {
    job: Job,
    /// What an order is told: its warnings, or why it is refused.
    told: Result<Vec<Warning>, Refusal>,
}

/// The answer of the rules, with its events as the log takes them.
struct Asked {
    decided: Decided,
    new_events: Vec<NewEvent>,
}

impl Asked {
    /// No rule was asked.
    fn refused(refusal: Refusal) -> Self {
        let decided = Decided { answer: Err(refusal), assumes: vec![], role: String::new() };
        Self { decided, new_events: vec![] }
    }
}

impl Sequencer {
    pub(crate) fn new(
        options: Arc<EngineOptions>,
        jobs: mpsc::Receiver<Vec<Job>>,
        head: watch::Sender<Position>,
    ) -> Self {
        let sealer = Sealer::new(options.sealing.clone());
        Self { options, jobs, head, world: None, sealer, last_at: Timestamp::MIN }
    }

    /// Works until it is stopped; what has arrived by then is still answered.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let first = tokio::select! {
                jobs = self.jobs.recv() => jobs,
                () = stop.cancelled() => {
                    self.jobs.close();
                    self.jobs.recv().await
                }
            };
            let Some(mut batch) = first else { return };
            while batch.len() < BATCH_FULL
                && let Ok(more) = self.jobs.try_recv()
            {
                batch.extend(more);
            }
            while let Some(next) = next_first(&batch) {
                let rest = batch.split_off(next);
                self.work(std::mem::replace(&mut batch, rest)).await;
            }
            self.work(batch).await;
        }
    }

    /// Answers a batch, whatever happens.
    async fn work(&mut self, mut batch: Vec<Job>) {
        metrics::histogram!("svod_batch_commands")
            .record(f64::from(u32::try_from(batch.len()).unwrap_or(u32::MAX)));
        // Once a batch and not once an attempt: what a conflict brought in must still be there when it is retried.
        if let Some(world) = &mut self.world {
            world.begin_batch();
        }
        for _ in 0..ATTEMPTS_MAX {
            match self.attempt(&mut batch).await {
                Ok(()) if batch.is_empty() => return,
                Ok(()) => {}
                Err(error) => return fail(batch, &error),
            }
        }
        fail(batch, &EngineError::Contended { attempts: ATTEMPTS_MAX });
    }

    /// Decides and records once. Jobs that were overtaken stay in the batch; on an error, all that were not answered.
    ///
    /// On every way out but the last one no world is left behind: the next attempt begins from the log.
    async fn attempt(&mut self, batch: &mut Vec<Job>) -> Result<(), EngineError> {
        let store = self.options.store.clone();
        let mut world = match self.world.take() {
            Some(world) => world,
            None => World::at(store.head().await?.position),
        };
        for job in batch.iter() {
            if let Ok(order) = &job.command {
                hold(&mut world, store.as_ref(), order.command()).await?;
            }
        }
        self.sealer
            .meet(store.as_ref(), &named(&world, batch.iter().map(|job| (&job.actor, &job.command))))
            .await?;
        let attested = prepare(&self.options, &world, self.moment(), batch.first_mut()).await?;
        let Some((drafts, appends)) = self.draft(&mut world, batch, attested) else { return Ok(()) };
        svod_crash::point("sequencer/decided");
        // The vault comes first: what it holds and no entry names does no harm, the contrary would.
        if !self.sealer.keep(store.as_ref()).await? {
            batch.extend(drafts.into_iter().map(|draft| draft.job));
            return Ok(());
        }
        svod_crash::point("sequencer/sealed");
        let answers = match store.append(&appends).await {
            Ok(answers) => answers,
            Err(error) => {
                // Whether it was recorded is unknown; the log will tell the next batch.
                batch.extend(drafts.into_iter().map(|draft| draft.job));
                return Err(error.into());
            }
        };
        let as_planned = self.publish(&world, &appends, &answers);
        let broken: Vec<StreamId> = answers.iter().filter_map(broken_stream).cloned().collect();
        let mut taken_ids = vec![];
        for ((draft, append), answer) in drafts.into_iter().zip(&appends).zip(answers) {
            taken_ids.extend(taken_id(&answer, &draft.job));
            batch.extend(reply(draft, append, answer));
        }
        if let Some(head) = as_planned {
            world.keep(head);
        } else {
            world.undo();
            world.catch_up(store.as_ref()).await?;
            for id in taken_ids {
                world.hold_submission(store.as_ref(), id).await?;
            }
        }
        self.moved(world.head());
        self.world = Some(world);
        // Only now: what was recorded is answered, whatever becomes of the vault.
        for stream in &broken {
            self.sealer.erased(store.as_ref(), stream).await?;
        }
        Ok(())
    }

    /// The moment of a decision: never before the last one.
    fn moment(&self) -> Timestamp {
        to_the_microsecond((self.options.clock)()).max(self.last_at)
    }

    /// Asks the rules, in order; each sees what those before it decided. A refusal is sent to the store as well: it
    /// rests on assumptions like any decision, and another process may have broken them.
    ///
    /// `None`: a job broke. It is told so, the others stay in the batch, and the world is not to be trusted.
    fn draft(
        &mut self,
        world: &mut World,
        batch: &mut Vec<Job>,
        mut attested: Option<Attestation>,
    ) -> Option<(Vec<Draft>, Vec<Append>)> {
        let now = self.moment();
        self.last_at = now;
        let mut head = world.head();
        let (mut drafts, mut appends) = (vec![], vec![]);
        let mut jobs = std::mem::take(batch).into_iter();
        while let Some(mut job) = jobs.next() {
            let asked = self.ask(world, &mut job, now, head, attested.take());
            match asked.and_then(|asked| self.write(&job, asked, now)) {
                Ok((told, append)) => {
                    head.0 += append.events.len() as u64;
                    drafts.push(Draft { job, told });
                    appends.push(append);
                }
                Err(error) => {
                    fail(vec![job], &error);
                    batch.extend(drafts.into_iter().map(|draft| draft.job).chain(jobs));
                    return None;
                }
            }
        }
        Some((drafts, appends))
    }

    fn ask(
        &mut self,
        world: &mut World,
        job: &mut Job,
        now: Timestamp,
        head: Position,
        attested: Option<Attestation>,
    ) -> Result<Asked, EngineError> {
        let order = match &mut job.command {
            Ok(order) => order,
            Err(refusal) => return Ok(Asked::refused(refusal.clone())),
        };
        self.read_dates(world, order.command_mut());
        let mut decided = decide(world, &self.options.rules, &job.actor, now, head, order.command());
        decided.answer = decided.answer.map(|decision| decision.noticed(order.warnings()));
        let mut new_events = vec![];
        if let Ok(decision) = &mut decided.answer {
            if let Some(Event::QuarterClosed(closed)) = decision.events.last_mut() {
                closed.attested = attested;
            }
            for event in &mut decision.events {
                let persons = self.sealer.seal(event)?;
                decided
                    .assumes
                    .extend(persons.into_iter().map(|stream| Assumption::Stream(stream, Version::NONE)));
            }
            new_events = decision
                .events
                .iter()
                .map(|event| new_event(event, &self.options.rules.terms))
                .collect::<Result<Vec<_>, _>>()?;
            if let Some(bytes) = new_events.iter().find_map(longer_than_an_entry) {
                decided.answer = Err(Refusal::TooLarge { bytes, bytes_max: ENTRY_BYTES_MAX });
                return Ok(Asked { decided, new_events: vec![] });
            }
            for event in &decision.events {
                world.apply(event, &job.actor.name).ok_or_else(|| EngineError::ImpossibleHistory {
                    position: head.next(),
                    what: format!("a rule decided {}, which its own state cannot follow", event.kind()),
                })?;
            }
        }
        Ok(Asked { decided, new_events })
    }

    /// Reads the text of the dates into days, where it can surely be read.
    fn read_dates(&self, world: &World, command: &mut Command) {
        let id = spoken_of(command);
        let (activity, quarter) = match command {
            Command::Submit(submit) => (&mut submit.activity, Some(submit.quarter)),
            Command::Correct(correct) => {
                let found = id.and_then(|id| world.submission(id));
                let quarter = found.and_then(|(found, _)| Some(found.state.filed()?.0.quarter));
                (&mut correct.activity, quarter)
            }
            _without_an_activity => return,
        };
        if let (true, Some(text), Some(quarter)) = (activity.dates.is_empty(), &activity.dates_text, quarter)
        {
            activity.dates = (self.options.wording.read_dates)(text, quarter).unwrap_or_default();
        }
    }

    /// The append of a decision, with its receipt, and what an order is told.
    fn write(
        &self,
        job: &Job,
        asked: Asked,
        now: Timestamp,
    ) -> Result<(Result<Vec<Warning>, Refusal>, Append), EngineError> {
        let Asked { decided: Decided { answer, assumes, role }, new_events: events } = asked;
        let (receipt, order, cause) = match &job.asker {
            Asker::Message { message, .. } => {
                (Some(self.receipt(message, &job.command, &answer, now)?), None, None)
            }
            Asker::Order { name, cause, .. } => (None, Some(name.clone()), *cause),
        };
        let told = answer.map(|decision| decision.warnings);
        let append = Append {
            events,
            assumes,
            receipt,
            order,
            cause,
            actor: ActorName { name: job.actor.name.clone(), role },
            recorded_at: now,
        };
        Ok((told, append))
    }

    fn receipt(
        &self,
        message: &MessageRef,
        command: &Result<Guarded, Refusal>,
        answer: &Result<Decision, Refusal>,
        now: Timestamp,
    ) -> Result<NewReceipt, EngineError> {
        let wording = &self.options.wording;
        let mut data = match answer {
            Ok(decision) => ReceiptData::recorded(&message.key, now, &decision.warnings, wording),
            Err(refusal) => ReceiptData::refused(Some(&message.key), now, refusal, wording),
        };
        match command {
            Ok(order) => data.speak_of(order.command(), answer.as_ref().ok()),
            Err(_unreadable_as_an_order) => {
                (data.submission_id, data.quarter) = (message.subject.submission, message.subject.quarter);
            }
        }
        let body: ReceiptBody = data.body(&self.options.source, message.sender.as_deref(), message.digest)?;
        Ok(NewReceipt { message: message.kept_as.clone(), digest: message.digest, body })
    }

    /// Tells subscriptions and readers how far the log goes now. The answer is the new head of the world, if every
    /// event stands where it was planned and nothing of another process stands between them.
    fn publish(&self, world: &World, appends: &[Append], answers: &[Answer]) -> Option<Position> {
        let recorded = |answer: &Answer| match answer {
            Answer::Appended { positions, .. } => *positions,
            Answer::Conflict { .. } | Answer::AnsweredBefore(_) | Answer::Unfit(_) => None,
        };
        let end = answers.iter().filter_map(recorded).map(|(_, last)| last).max().unwrap_or(world.head());
        self.moved(end);
        let planned: u64 = appends.iter().map(|append| append.events.len() as u64).sum();
        let all_in = appends
            .iter()
            .zip(answers)
            .all(|(append, answer)| append.events.is_empty() || recorded(answer).is_some());
        let overtaken = answers.iter().any(|answer| matches!(answer, Answer::Conflict { .. }));
        (all_in && !overtaken && end.0 == world.head().0 + planned).then_some(end)
    }

    fn moved(&self, head: Position) {
        self.head.send_if_modified(|known| {
            let moved = *known < head;
            *known = (*known).max(head);
            moved
        });
        metrics::gauge!("svod_log_position").set(position_as_f64(*self.head.borrow()));
    }
}

/// Answers a job, or gives it back to be decided again.
fn reply(draft: Draft, append: &Append, answer: Answer) -> Option<Job> {
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

/// Gives a job back that was overtaken. A document that names somebody who was erased meanwhile is not the document any more:
/// whoever made it must make another.
fn again(job: Job, assumption: &Assumption) -> Option<Job> {
    let is_of_a_person =
        matches!(assumption, Assumption::Stream(stream, _) if stream.as_str().starts_with(PERSONS));
    let is_report = |order: &Guarded| matches!(order.command(), Command::RecordReport(_));
    match job {
        Job { command: Ok(order), asker: Asker::Order { reply, .. }, .. }
            if is_of_a_person && is_report(&order) =>
        {
            let _gone = reply.send(Err(EngineError::ErasedMeanwhile));
            None
        }
        job => Some(job),
    }
}

/// The stream that was not as an append assumed.
fn broken_stream(answer: &Answer) -> Option<&StreamId> {
    match answer {
        Answer::Conflict { assumption: Assumption::Stream(stream, _) } => Some(stream),
        _without_a_conflict_of_streams => None,
    }
}

/// A submission that seemed new and is not, in a quarter that nobody held.
fn taken_id(answer: &Answer, job: &Job) -> Option<SubmissionId> {
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

/// What the log keeps of a moment; a receipt must not tell more.
fn to_the_microsecond(moment: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(moment.as_microsecond()).unwrap_or(moment)
}

fn fail(batch: Vec<Job>, error: &EngineError) {
    if !matches!(error, EngineError::Stopping) {
        tracing::error!(error = %chain(error), commands = batch.len(), "a batch could not be recorded");
    }
    for job in batch {
        let error = error.again();
        match job.asker {
            Asker::Message { reply, .. } => drop(reply.send(Err(error))),
            Asker::Order { reply, .. } => drop(reply.send(Err(error))),
        }
    }
}

/// For gauges, which are floats: exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "a log of 2^53 entries is not in sight")]
pub(crate) fn position_as_f64(position: Position) -> f64 {
    position.0 as f64
}
