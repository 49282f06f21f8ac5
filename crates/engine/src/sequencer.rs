//! The one task that decides and records: commands from all connections and queues reach it. While a batch is being made
//! durable, whatever arrives is decided on top of it and is the next batch. No timer waits.
//!
//! If a batch is not recorded as planned, everything that was decided on top of it is decided again, from the log. If it fails,
//! everything that came after it fails with it: whoever sent it sends it again, in its order.

use std::panic;
use std::sync::Arc;

use svod_domain::SubmissionId;
use svod_domain::event::Attestation;
use svod_log::{Answer, Append, Position, Store, StreamId};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::decide::{hold, is_held};
use crate::drafter::{Drafter, Drafts};
use crate::first::{is_first, next_first, prepare};
use crate::job::{Draft, Job, broken_stream, fail, once_more, reply, taken_id};
use crate::persons::{Sealed, named};
use crate::world::World;
use crate::{EngineError, EngineOptions};

/// A batch of so many commands takes no more: the knee of the measured curve; a larger one only adds waiting.
const BATCH_FULL: usize = 500;

/// The task. It must run wherever messages are answered.
pub struct Sequencer {
    options: Arc<EngineOptions>,
    jobs: mpsc::Receiver<Vec<Job>>,
    head: watch::Sender<Position>,
    /// The log up to what is being written, with what was decided since. `None`: to be read anew.
    world: Option<World>,
    drafter: Drafter,
    writing: Option<Writing>,
    /// Decided on top of what is being written: the next batch.
    drafted: Drafts,
    /// Cannot be decided before what is being written is recorded, and what came after that.
    waiting: Vec<Job>,
}

/// A batch on its way to the store.
struct Writing {
    drafts: Vec<Draft>,
    /// Where the log ends when all goes as planned.
    planned: Position,
    /// How many changes of the world are its.
    provisional: usize,
    task: AbortOnDropHandle<(Vec<Append>, Result<Written, EngineError>)>,
}

/// What became of a batch.
enum Written {
    /// One answer for each of its appends.
    Answered(Vec<Answer>),
    /// Nothing: another process had kept the same persons under other keys.
    OtherKeys,
}

impl Sequencer {
    pub(crate) fn new(
        options: Arc<EngineOptions>,
        jobs: mpsc::Receiver<Vec<Job>>,
        head: watch::Sender<Position>,
    ) -> Self {
        Self {
            drafter: Drafter::new(options.clone()),
            options,
            jobs,
            head,
            world: None,
            writing: None,
            drafted: Drafts::default(),
            waiting: vec![],
        }
    }

    /// Works until it is stopped; what has arrived by then is still answered.
    pub async fn run(mut self, stop: CancellationToken) {
        let (mut stops, mut ended) = (false, false);
        loop {
            self.begin_writing().await;
            if ended && self.writing.is_none() {
                return;
            }
            let takes = !ended && self.waiting.len() + self.drafted.len() < BATCH_FULL;
            tokio::select! {
                biased;
                () = stop.cancelled(), if !stops => {
                    stops = true;
                    self.jobs.close();
                }
                (appends, written) = outcome(&mut self.writing) => self.settle(appends, written).await,
                jobs = self.jobs.recv(), if takes => match jobs {
                    Some(jobs) => self.take(jobs).await,
                    None => ended = true,
                },
            }
        }
    }

    /// Writes the next batch, if none is being written and there is one.
    async fn begin_writing(&mut self) {
        while self.writing.is_none() {
            if !self.drafted.is_empty() {
                self.write();
            } else if self.waiting.is_empty() {
                return;
            } else {
                self.decide_waiting().await;
            }
        }
    }

    /// Takes jobs in, and what else has arrived: they are decided now if nothing must be read for them, and otherwise
    /// when nothing is being written.
    async fn take(&mut self, mut batch: Vec<Job>) {
        while self.waiting.len() + self.drafted.len() + batch.len() < BATCH_FULL
            && let Ok(more) = self.jobs.try_recv()
        {
            batch.extend(more);
        }
        let needs_nothing = |world: &World, job: &Job| match &job.command {
            Ok(order) => !is_first(job) && is_held(world, order.command()),
            Err(_refused_already) => true,
        };
        let is_ready = self.waiting.is_empty() && !self.drafter.sealer.is_full();
        let ready = |world: &&World| is_ready && batch.iter().all(|job| needs_nothing(world, job));
        let Some(world) = self.world.as_ref().filter(ready) else {
            self.waiting.extend(batch);
            return;
        };
        match meet(&mut self.drafter, self.options.store.as_ref(), world, &batch).await {
            Ok(()) => self.draft(batch, None),
            Err(error) => fail(batch, &error),
        }
    }

    /// Decides the first of what waits, with all that has to be read for it. Nothing may be on its way.
    ///
    /// When this fails no world is left behind: the next attempt begins from the log.
    async fn decide_waiting(&mut self) {
        let mut batch = std::mem::take(&mut self.waiting);
        let end = next_first(&batch).unwrap_or(batch.len()).min(BATCH_FULL);
        self.waiting = batch.split_off(end);
        match self.read_for(&mut batch).await {
            Ok((world, attested)) => {
                self.world = Some(world);
                self.draft(batch, attested);
            }
            Err(error) => self.fail_all(batch, &error),
        }
    }

    async fn read_for(&mut self, batch: &mut [Job]) -> Result<(World, Option<Attestation>), EngineError> {
        let store = self.options.store.clone();
        let mut world = match self.world.take() {
            Some(world) => world,
            None => World::at(store.head().await?.position),
        };
        // What a conflict brought in must still be there when what met it is decided again.
        if batch.iter().all(|job| job.overtaken == 0) {
            world.begin_batch();
        }
        if self.drafter.sealer.is_full() {
            self.drafter.sealer.forget();
        }
        for job in batch.iter() {
            if let Ok(order) = &job.command {
                hold(&mut world, store.as_ref(), order.command()).await?;
            }
        }
        meet(&mut self.drafter, store.as_ref(), &world, batch).await?;
        let attested = prepare(&self.options, &world, self.drafter.moment(), batch.first_mut()).await?;
        Ok((world, attested))
    }

    /// Decides jobs on top of all that was decided before.
    fn draft(&mut self, batch: Vec<Job>, attested: Option<Attestation>) {
        let Some(world) = &mut self.world else {
            self.waiting.splice(..0, batch);
            return;
        };
        let recorded = self.writing.as_ref().map_or(world.head(), |writing| writing.planned);
        let head = Position(recorded.0 + self.drafted.events());
        if let Err(rest) = self.drafter.draft(world, head, batch, attested, &mut self.drafted) {
            self.waiting.splice(..0, rest);
            self.begin_anew(vec![]);
        }
    }

    /// Sends what was decided to the store, on another thread: the next batch is decided meanwhile on this one.
    fn write(&mut self) {
        let drafted = std::mem::take(&mut self.drafted);
        let Some(world) = &self.world else {
            self.waiting.splice(..0, drafted.into_jobs());
            return;
        };
        metrics::histogram!("svod_batch_commands")
            .record(f64::from(u32::try_from(drafted.len()).unwrap_or(u32::MAX)));
        let (planned, provisional) = (Position(world.head().0 + drafted.events()), world.provisional());
        let Drafts { drafts, appends } = drafted;
        let (store, sealed) = (self.options.store.clone(), self.drafter.sealer.take_sealed());
        let task = tokio::spawn(async move {
            let written = append(store.as_ref(), sealed, &appends).await;
            (appends, written)
        });
        self.writing = Some(Writing { drafts, planned, provisional, task: AbortOnDropHandle::new(task) });
    }

    /// Answers a batch, whatever became of it.
    async fn settle(&mut self, appends: Vec<Append>, written: Result<Written, EngineError>) {
        let Some(Writing { drafts, planned, provisional, .. }) = self.writing.take() else { return };
        match written {
            Ok(Written::Answered(answers)) => {
                self.moved(end_of(&answers));
                match &mut self.world {
                    Some(world) if is_as_planned(&appends, &answers, planned) => {
                        world.keep(provisional, planned);
                        // What waits to be written is on its way before what was written is answered.
                        if !self.drafted.is_empty() {
                            self.write();
                        }
                        for (draft, append, answer) in zipped(drafts, &appends, answers) {
                            let again = reply(draft, append, answer);
                            debug_assert!(again.is_none(), "what is to be decided again was not as planned");
                        }
                    }
                    _overtaken_or_given_up => self.answer_overtaken(drafts, &appends, answers).await,
                }
            }
            Ok(Written::OtherKeys) => {
                let again = drafts.into_iter().filter_map(|draft| once_more(draft.job)).collect();
                self.begin_anew(again);
            }
            Err(error) => {
                // Whether it was recorded is unknown, in the log as in the vault; they will tell the next batch.
                self.fail_all(drafts.into_iter().map(|draft| draft.job).collect(), &error);
            }
        }
    }

    /// Answers a batch with which something else was recorded than was planned, that others came before, or on top of which a job
    /// broke.
    async fn answer_overtaken(&mut self, drafts: Vec<Draft>, appends: &[Append], answers: Vec<Answer>) {
        let broken: Vec<StreamId> = answers.iter().filter_map(broken_stream).cloned().collect();
        let (mut again, mut taken_ids) = (vec![], vec![]);
        for (draft, append, answer) in zipped(drafts, appends, answers) {
            taken_ids.extend(taken_id(&answer, &draft.job));
            again.extend(reply(draft, append, answer));
        }
        // Only now: what was recorded is answered, whatever becomes of the rest.
        match self.catch_up(&taken_ids, &broken).await {
            Ok(world) => {
                self.begin_anew(again);
                self.world = world;
            }
            Err(error) => self.fail_all(again, &error),
        }
    }

    /// Takes back all that is provisional and reads what was recorded instead.
    async fn catch_up(
        &mut self,
        taken_ids: &[SubmissionId],
        broken: &[StreamId],
    ) -> Result<Option<World>, EngineError> {
        let store = self.options.store.clone();
        let mut world = self.world.take();
        if let Some(world) = &mut world {
            world.undo();
            world.catch_up(store.as_ref()).await?;
            for id in taken_ids {
                world.hold_submission(store.as_ref(), *id).await?;
            }
            self.moved(world.head());
        }
        for stream in broken {
            self.drafter.sealer.erased(store.as_ref(), stream).await?;
        }
        Ok(world)
    }

    /// Forgets what was decided and is not recorded, and what was sealed for it: these jobs are decided again, then those
    /// that were decided after them.
    fn begin_anew(&mut self, jobs: Vec<Job>) {
        self.world = None;
        self.drafter.sealer.forget();
        let undone = std::mem::take(&mut self.drafted).into_jobs();
        self.waiting.splice(..0, jobs.into_iter().chain(undone));
    }

    /// Fails these jobs and all that came after them: none of these may be recorded while one before it is sent again.
    fn fail_all(&mut self, jobs: Vec<Job>, error: &EngineError) {
        self.begin_anew(jobs);
        fail(std::mem::take(&mut self.waiting), error);
    }

    /// Tells subscriptions and readers how far the log goes now.
    fn moved(&self, head: Position) {
        self.head.send_if_modified(|known| {
            let moved = *known < head;
            *known = (*known).max(head);
            moved
        });
        metrics::gauge!("svod_log_position").set(position_as_f64(*self.head.borrow()));
    }
}

/// Makes sure that the persons whom jobs name are known.
async fn meet(
    drafter: &mut Drafter,
    store: &dyn Store,
    world: &World,
    batch: &[Job],
) -> Result<(), EngineError> {
    let named = named(world, batch.iter().map(|job| (&job.actor, &job.command)));
    drafter.sealer.meet(store, &named).await
}

/// What became of the batch that is being written; never, if none is.
async fn outcome(writing: &mut Option<Writing>) -> (Vec<Append>, Result<Written, EngineError>) {
    let Some(writing) = writing else { return std::future::pending().await };
    match (&mut writing.task).await.map_err(JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panic)) => panic::resume_unwind(panic),
        Err(Err(_the_program_ends)) => (vec![], Err(EngineError::Stopping)),
    }
}

/// Records a batch, and before it in the vault whom it names: what is there and no entry names does no harm, the contrary
/// would.
async fn append(store: &dyn Store, sealed: Sealed, appends: &[Append]) -> Result<Written, EngineError> {
    svod_crash::point("sequencer/decided");
    if !sealed.keep(store).await? {
        return Ok(Written::OtherKeys);
    }
    svod_crash::point("sequencer/sealed");
    Ok(Written::Answered(store.append(appends).await?))
}

fn zipped(
    drafts: Vec<Draft>,
    appends: &[Append],
    answers: Vec<Answer>,
) -> impl Iterator<Item = (Draft, &Append, Answer)> {
    drafts.into_iter().zip(appends).zip(answers).map(|((draft, append), answer)| (draft, append, answer))
}

fn recorded(answer: &Answer) -> Option<(Position, Position)> {
    match answer {
        Answer::Appended { positions, .. } => *positions,
        Answer::Conflict { .. } | Answer::AnsweredBefore(_) | Answer::Unfit(_) => None,
    }
}

/// The last position that was recorded.
fn end_of(answers: &[Answer]) -> Position {
    answers.iter().filter_map(recorded).map(|(_, last)| last).max().unwrap_or(Position::START)
}

/// Whether every event stands where it was planned and nothing of another process stands between them.
fn is_as_planned(appends: &[Append], answers: &[Answer], planned: Position) -> bool {
    let is_in = |(append, answer): (&Append, &Answer)| append.events.is_empty() || recorded(answer).is_some();
    let is_overtaken = |answer: &Answer| matches!(answer, Answer::Conflict { .. });
    let end = appends.iter().zip(answers).rev().find(|(append, _)| !append.events.is_empty());
    let end = end.and_then(|(_, answer)| recorded(answer)).is_none_or(|(_, last)| last == planned);
    end && appends.iter().zip(answers).all(is_in) && !answers.iter().any(is_overtaken)
}

/// For gauges, which are floats: exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "a log of 2^53 entries is not in sight")]
pub(crate) fn position_as_f64(position: Position) -> f64 {
    position.0 as f64
}
