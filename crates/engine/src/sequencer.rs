//! The one task that decides and records: commands from all connections and queues reach it, and whatever arrived
//! while the last batch was being made durable is the next batch. No timer waits.

use std::sync::Arc;

use jiff::Timestamp;
use svod_domain::{Actor, Command, Decision, Refusal, Warning};
use svod_log::{
    ActorName, Answer, Append, ENTRY_BYTES_MAX, Hash, MessageKey, NewReceipt, Position, ReceiptBody,
    StoreError, UnfitEntry,
};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::decide::{Decided, decide, hold, is_taken_id, spoken_of};
use crate::happened::new_event;
use crate::receipt::ReceiptData;
use crate::world::World;
use crate::{EngineError, EngineOptions, Ordered};

/// Most commands in one batch: the knee of the measured curve; a larger one only adds waiting.
const BATCH_MAX: usize = 500;

/// How often a decision that was overtaken by another process is made again.
const ATTEMPTS_MAX: usize = 20;

/// A command on its way to the log.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) actor: Actor,
    /// The order, or why the message is refused before any rule is asked.
    pub(crate) command: Result<Command, Refusal>,
    /// The message to answer; `None` for an order of svod itself.
    pub(crate) message: Option<MessageRef>,
    pub(crate) reply: oneshot::Sender<Result<Done, EngineError>>,
}

/// A message by its name and content.
#[derive(Clone, Debug)]
pub(crate) struct MessageRef {
    pub(crate) key: MessageKey,
    /// Of the content and the sender.
    pub(crate) digest: Hash,
    pub(crate) sender: Option<String>,
}

/// What became of a job.
#[derive(Debug)]
pub(crate) enum Done {
    /// A message has its answer.
    Answered {
        /// The receipt's bytes.
        receipt: Arc<[u8]>,
        /// Digest of the message that the receipt was made for.
        digest: Hash,
        /// Whether it had been answered before.
        repeated: bool,
    },
    /// An order of svod itself was recorded or refused.
    Ordered(Result<Ordered, Refusal>),
}

/// The task. It must run wherever messages are answered.
pub struct Sequencer {
    options: Arc<EngineOptions>,
    jobs: mpsc::Receiver<Job>,
    head: watch::Sender<Position>,
    world: Option<World>,
    last_at: Timestamp,
}

/// One job of a batch, decided.
struct Draft {
    job: Job,
    append: Append,
    warnings: Vec<Warning>,
}

impl Sequencer {
    pub(crate) fn new(
        options: Arc<EngineOptions>,
        jobs: mpsc::Receiver<Job>,
        head: watch::Sender<Position>,
    ) -> Self {
        Self { options, jobs, head, world: None, last_at: Timestamp::MIN }
    }

    /// Works until it is stopped; what has arrived by then is still answered.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let first = tokio::select! {
                job = self.jobs.recv() => job,
                () = stop.cancelled() => {
                    self.jobs.close();
                    self.jobs.recv().await
                }
            };
            let Some(first) = first else { return };
            let mut batch = vec![first];
            while batch.len() < BATCH_MAX
                && let Ok(job) = self.jobs.try_recv()
            {
                batch.push(job);
            }
            self.work(batch).await;
        }
    }

    /// Answers a batch, whatever happens.
    async fn work(&mut self, mut batch: Vec<Job>) {
        metrics::histogram!("svod_batch_commands")
            .record(f64::from(u32::try_from(batch.len()).unwrap_or(u32::MAX)));
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
    async fn attempt(&mut self, batch: &mut Vec<Job>) -> Result<(), EngineError> {
        let store = self.options.store.clone();
        let mut world = match self.world.take() {
            Some(world) => world,
            None => World::at(store.head().await?.position),
        };
        world.begin_batch();
        let held = async {
            for job in batch.iter() {
                if let Ok(command) = &job.command {
                    hold(&mut world, store.as_ref(), command).await?;
                }
            }
            Ok::<(), EngineError>(())
        };
        // A failure here leaves no world behind: the next batch begins from the log.
        held.await?;
        let mut drafts = self.draft(&mut world, batch)?;
        if drafts.is_empty() {
            self.world = Some(world);
            return Ok(());
        }
        let appends: Vec<Append> = drafts.iter_mut().map(|draft| draft.append.clone()).collect();
        let answers = match store.append(&appends).await {
            Ok(answers) => answers,
            Err(error) => {
                // Whether it was recorded is unknown; the log will tell the next batch.
                batch.extend(drafts.into_iter().map(|draft| draft.job));
                return Err(error.into());
            }
        };
        self.settle(&mut world, batch, drafts, answers).await?;
        self.world = Some(world);
        Ok(())
    }

    /// Asks the rules, in order; each sees what those before it decided. Orders that are refused leave no trace and
    /// are answered at once.
    fn draft(&mut self, world: &mut World, batch: &mut Vec<Job>) -> Result<Vec<Draft>, EngineError> {
        let now = (self.options.clock)().max(self.last_at);
        self.last_at = now;
        let mut head = world.head();
        let mut drafts = vec![];
        for job in std::mem::take(batch) {
            let decided = self.ask(world, &job, now, head);
            if let (Err(refusal), None) = (&decided.answer, &job.message) {
                let _gone = job.reply.send(Ok(Done::Ordered(Err(refusal.clone()))));
                continue;
            }
            let draft = self.write(job, decided, now)?;
            head.0 += draft.append.events.len() as u64;
            drafts.push(draft);
        }
        Ok(drafts)
    }

    fn ask(&self, world: &mut World, job: &Job, now: Timestamp, head: Position) -> Decided {
        let command = match &job.command {
            Ok(command) => command,
            Err(refusal) => {
                return Decided { answer: Err(refusal.clone()), assumes: vec![], role: String::new() };
            }
        };
        let command = self.with_dates(world, command);
        let mut decided = decide(world, &self.options.rules, &job.actor, now, head, &command);
        if let Ok(decision) = &decided.answer {
            let too_long = decision.events.iter().find_map(longer_than_an_entry);
            if let Some(bytes) = too_long {
                decided.answer = Err(Refusal::TooLarge { bytes, bytes_max: ENTRY_BYTES_MAX });
                return decided;
            }
            for event in &decision.events {
                world
                    .apply(event, &job.actor.name)
                    .expect("a rule decided an event that its own state cannot follow: the laws forbid it");
            }
        }
        decided
    }

    /// Reads the text of the dates into days, where it can surely be read.
    fn with_dates(&self, world: &World, command: &Command) -> Command {
        let mut command = command.clone();
        let id = spoken_of(&command);
        let (activity, quarter) = match &mut command {
            Command::Submit(submit) => (&mut submit.activity, Some(submit.quarter)),
            Command::Correct(correct) => {
                let found = id.and_then(|id| world.submission(id));
                let quarter = found.and_then(|(found, _)| Some(found.state.filed()?.0.quarter));
                (&mut correct.activity, quarter)
            }
            _without_an_activity => return command,
        };
        if let (true, Some(text), Some(quarter)) = (activity.dates.is_empty(), &activity.dates_text, quarter)
        {
            activity.dates = (self.options.wording.read_dates)(text, quarter).unwrap_or_default();
        }
        command
    }

    /// The append of a decision, with its receipt.
    fn write(&self, job: Job, decided: Decided, now: Timestamp) -> Result<Draft, EngineError> {
        let Decided { answer, assumes, role } = decided;
        let receipt = match &job.message {
            Some(message) => Some(self.receipt(message, &job.command, &answer, now)?),
            None => None,
        };
        let Decision { events, warnings } = answer.unwrap_or_default();
        let append = Append {
            events: events.iter().map(new_event).collect::<Result<_, _>>()?,
            assumes,
            receipt,
            actor: ActorName { name: job.actor.name.clone(), role },
            recorded_at: now,
        };
        Ok(Draft { job, append, warnings })
    }

    fn receipt(
        &self,
        message: &MessageRef,
        command: &Result<Command, Refusal>,
        answer: &Result<Decision, Refusal>,
        now: Timestamp,
    ) -> Result<NewReceipt, EngineError> {
        let wording = &self.options.wording;
        let mut data = match answer {
            Ok(decision) => ReceiptData::recorded(&message.key, now, &decision.warnings, wording),
            Err(refusal) => ReceiptData::refused(Some(&message.key), now, refusal, wording),
        };
        if let Ok(command) = command {
            data.speak_of(command, answer.as_ref().ok());
        }
        let body: ReceiptBody = data.body(&self.options.source, message.sender.as_deref(), message.digest)?;
        Ok(NewReceipt { message: message.key.clone(), digest: message.digest, body })
    }

    /// Answers each job by what became of its append, and brings the world to where the log is.
    async fn settle(
        &mut self,
        world: &mut World,
        batch: &mut Vec<Job>,
        drafts: Vec<Draft>,
        answers: Vec<Answer>,
    ) -> Result<(), EngineError> {
        let recorded = |answer: &Answer| match answer {
            Answer::Appended { positions, .. } => *positions,
            Answer::Conflict { .. } | Answer::AnsweredBefore(_) | Answer::Unfit(_) => None,
        };
        let last = answers.iter().filter_map(recorded).map(|(_, last)| last).max();
        let planned: u64 = drafts.iter().map(|draft| draft.append.events.len() as u64).sum();
        let all_in = drafts
            .iter()
            .zip(&answers)
            .all(|(draft, answer)| draft.append.events.is_empty() || recorded(answer).is_some());
        let overtaken = answers.iter().any(|answer| matches!(answer, Answer::Conflict { .. }));
        let end = last.unwrap_or(world.head());
        if all_in && !overtaken && end.0 == world.head().0 + planned {
            world.keep(end);
        } else {
            world.undo();
            world.catch_up(self.options.store.as_ref()).await?;
        }
        for (draft, answer) in drafts.into_iter().zip(answers) {
            if let Some(job) = self.reply(world, draft, answer).await? {
                batch.push(job);
            }
        }
        let head = world.head();
        metrics::gauge!("svod_log_position").set(position_as_f64(head));
        self.head.send_if_modified(|known| {
            let moved = *known < head;
            *known = (*known).max(head);
            moved
        });
        Ok(())
    }

    /// Answers a job, or gives it back to be decided again.
    async fn reply(
        &self,
        world: &mut World,
        draft: Draft,
        answer: Answer,
    ) -> Result<Option<Job>, EngineError> {
        let Draft { mut job, append, warnings } = draft;
        let done = match answer {
            Answer::Appended { positions, receipt } => match (job.message.as_ref(), receipt, positions) {
                (Some(message), Some(receipt), _) => {
                    Done::Answered { receipt, digest: message.digest, repeated: false }
                }
                (_, _, Some(positions)) => Done::Ordered(Ok(Ordered { positions, warnings })),
                _nothing_recorded => Done::Ordered(Err(Refusal::NothingToChange)),
            },
            Answer::AnsweredBefore(receipt) => {
                Done::Answered { receipt: receipt.body, digest: receipt.digest, repeated: true }
            }
            Answer::Conflict { assumption } => {
                if let Ok(command) = &job.command
                    && is_taken_id(&assumption, command)
                    && let Some(id) = spoken_of(command)
                {
                    world.hold_submission(self.options.store.as_ref(), id).await?;
                }
                return Ok(Some(job));
            }
            Answer::Unfit(unfit) => {
                job.command = Err(unfit_refusal(&unfit, &append));
                return Ok(Some(job));
            }
        };
        let _gone = job.reply.send(Ok(done));
        Ok(None)
    }
}

/// The sizes of entries are checked before they are sent to the store, with room for the envelope.
fn longer_than_an_entry(event: &svod_domain::Event) -> Option<usize> {
    /// What an entry has beside its data: names of at most 120 bytes, hashes, a message's source and id.
    const ENVELOPE_BYTES_MAX: usize = 4_096;
    let bytes = event.data().ok()?.to_string().len();
    (bytes + ENVELOPE_BYTES_MAX > ENTRY_BYTES_MAX).then_some(bytes)
}

fn unfit_refusal(unfit: &UnfitEntry, append: &Append) -> Refusal {
    let bytes = match unfit {
        UnfitEntry::TooLong { bytes } => *bytes,
        UnfitEntry::InexactNumber | UnfitEntry::KeyNotAscii | UnfitEntry::TooDeep => {
            append.events.iter().map(|event| event.data.to_string().len()).sum()
        }
    };
    Refusal::TooLarge { bytes, bytes_max: ENTRY_BYTES_MAX }
}

fn fail(batch: Vec<Job>, error: &EngineError) {
    if !matches!(error, EngineError::Stopping) {
        tracing::error!(error = %chain(error), commands = batch.len(), "a batch could not be recorded");
    }
    for job in batch {
        let _gone = job.reply.send(Err(again(error)));
    }
}

/// The same failure for another who waits; causes are kept as text.
fn again(error: &EngineError) -> EngineError {
    match error {
        EngineError::Store(StoreError::Unavailable { doing, source }) => {
            let source = source.to_string().into();
            StoreError::Unavailable { doing, source }.into()
        }
        EngineError::Store(StoreError::Damaged { what, place }) => {
            StoreError::Damaged { what: what.clone(), place: place.clone() }.into()
        }
        EngineError::Store(StoreError::Schema { what }) => StoreError::Schema { what: what.clone() }.into(),
        EngineError::Stopping => EngineError::Stopping,
        EngineError::Contended { attempts } => EngineError::Contended { attempts: *attempts },
        EngineError::ImpossibleHistory { position, what } => {
            EngineError::ImpossibleHistory { position: *position, what: what.clone() }
        }
        EngineError::Document { .. } | EngineError::Encode { .. } => {
            EngineError::ImpossibleHistory { position: Position::START, what: chain(error) }
        }
    }
}

/// An error and its causes, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    text
}

/// For gauges, which are floats: exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "a log of 2^53 entries is not in sight")]
pub(crate) fn position_as_f64(position: Position) -> f64 {
    position.0 as f64
}
