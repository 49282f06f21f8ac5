//! From jobs to appends: asks the rules, seals the persons, words the receipts. Reads nothing.

use std::sync::Arc;

use jiff::Timestamp;
use svod_domain::event::Attestation;
use svod_domain::guard::Guarded;
use svod_domain::{Command, Decision, Event, Refusal, Warning};
use svod_log::{
    ActorName, Append, Assumption, ENTRY_BYTES_MAX, NewEvent, NewReceipt, Position, ReceiptBody, Version,
};

use crate::decide::{Decided, decide, spoken_of};
use crate::happened::new_event;
use crate::job::{Asker, Draft, Job, MessageRef, fail};
use crate::persons::Sealer;
use crate::receipt::ReceiptData;
use crate::size::longer_than_an_entry;
use crate::world::World;
use crate::{EngineError, EngineOptions};

/// Decides jobs.
pub(crate) struct Drafter {
    options: Arc<EngineOptions>,
    pub(crate) sealer: Sealer,
    last_at: Timestamp,
}

/// What was decided, in order, and is not recorded yet.
#[derive(Default)]
pub(crate) struct Drafts {
    pub(crate) drafts: Vec<Draft>,
    /// One for each of them.
    pub(crate) appends: Vec<Append>,
}

impl Drafts {
    /// How many events will be recorded, if all goes as planned.
    pub(crate) fn events(&self) -> u64 {
        self.appends.iter().map(|append| append.events.len() as u64).sum()
    }

    pub(crate) fn len(&self) -> usize {
        self.drafts.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.drafts.is_empty()
    }

    /// The jobs, to be decided again.
    pub(crate) fn into_jobs(self) -> impl Iterator<Item = Job> {
        self.drafts.into_iter().map(|draft| draft.job)
    }
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

impl Drafter {
    pub(crate) fn new(options: Arc<EngineOptions>) -> Self {
        let sealer = Sealer::new(options.sealing.clone());
        Self { options, sealer, last_at: Timestamp::MIN }
    }

    /// The moment of a decision: never before the last one.
    pub(crate) fn moment(&self) -> Timestamp {
        to_the_microsecond((self.options.clock)()).max(self.last_at)
    }

    /// Asks the rules, in order; each sees what those before it decided. A refusal is sent to the store as well: it
    /// rests on assumptions like any decision, and another process may have broken them. `head` is where the log ends
    /// when everything decided before is recorded.
    ///
    /// Fails if a job broke: it was told so, the world is not to be trusted, and the jobs after it are given back.
    pub(crate) fn draft(
        &mut self,
        world: &mut World,
        mut head: Position,
        jobs: Vec<Job>,
        mut attested: Option<Attestation>,
        drafts: &mut Drafts,
    ) -> Result<(), Vec<Job>> {
        let now = self.moment();
        self.last_at = now;
        let mut jobs = jobs.into_iter();
        while let Some(mut job) = jobs.next() {
            let asked = self.ask(world, &mut job, now, head, attested.take());
            match asked.and_then(|asked| self.append_of(&job, asked, now)) {
                Ok((told, append)) => {
                    head.0 += append.events.len() as u64;
                    drafts.drafts.push(Draft { job, told });
                    drafts.appends.push(append);
                }
                Err(error) => {
                    fail(vec![job], &error);
                    return Err(jobs.collect());
                }
            }
        }
        Ok(())
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
    fn append_of(
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
}

/// What the log keeps of a moment; a receipt must not tell more.
fn to_the_microsecond(moment: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(moment.as_microsecond()).unwrap_or(moment)
}
