//! Asks the rules again: for each append of the log, in order, on the states folded from what stood before it.

use svod_domain::guard::may_have_said;
use svod_domain::quarter::Rules;
use svod_domain::{Actor, Event, Refusal};
use svod_log::Position;

use super::command::{candidates, noticed, role};
use crate::Happened;
use crate::decide::decide;
use crate::world::World;

/// Entries, cut into appends: a close may need several events, everything else is one.
#[derive(Default)]
pub(crate) struct Appends {
    pending: Vec<Happened>,
}

impl Appends {
    /// Takes the next entry; the appends that ended with it or before it.
    pub(crate) fn push(&mut self, happened: Happened) -> Vec<Vec<Happened>> {
        let mut ended = vec![];
        if self.pending.last().is_some_and(|last| !goes_on(last, &happened)) {
            ended.extend(self.end());
        }
        let more = matches!(happened.event, Event::QuarterSelected(_));
        self.pending.push(happened);
        if !more {
            ended.extend(self.end());
        }
        ended
    }

    /// The log ends here.
    pub(crate) fn end(&mut self) -> Option<Vec<Happened>> {
        let ended = std::mem::take(&mut self.pending);
        (!ended.is_empty()).then_some(ended)
    }
}

/// Whether a part of a selection is followed by another part of the same append.
fn goes_on(part: &Happened, next: &Happened) -> bool {
    let (before, after) = (&part.recorded, &next.recorded);
    matches!(next.event, Event::QuarterSelected(_) | Event::QuarterClosed(_))
        && part.event.quarter() == next.event.quarter()
        && (&before.message, before.recorded_at, &before.actor)
            == (&after.message, after.recorded_at, &after.actor)
}

/// What the rules say to an append.
#[derive(Debug)]
pub(crate) enum Answer {
    /// They decide what was recorded. `other_rules`: terms that follow from another calendar, which was not counted again.
    Same { other_rules: bool },
    /// They decide something else.
    Otherwise(Vec<Event>),
    /// They refuse.
    Refused(Refusal),
    /// There is nothing that they could have been asked.
    Unaskable(&'static str),
}

/// The states so far, and the rules.
pub(crate) struct Replay<'a> {
    pub(crate) world: World,
    pub(crate) rules: &'a Rules,
}

impl<'a> Replay<'a> {
    pub(crate) fn new(rules: &'a Rules) -> Self {
        Self { world: World::whole(), rules }
    }

    /// Asks the rules for what was recorded at `before` and behind it.
    pub(crate) fn ask(&self, append: &[Happened], before: Position) -> Answer {
        let Some(last) = append.last() else { return Answer::Unaskable("an append without events") };
        let recorded = &last.recorded;
        let Some(role) = role(&recorded.actor.role) else {
            return Answer::Unaskable("the actor has a role that there is not");
        };
        let actor = Actor { name: recorded.actor.name.clone(), roles: vec![role] };
        if actor.roles == Actor::service().roles && actor.name != Actor::service().name {
            return Answer::Unaskable("svod itself acts under another name");
        }
        let noticed = noticed(&last.event);
        let mut worst = Answer::Unaskable("no order leads to this event");
        for candidate in candidates(&last.event, self.rules) {
            if !noticed.is_empty() && !may_have_said(&candidate.command, &noticed) {
                return Answer::Unaskable("it warns of a text that it does not have");
            }
            let now = recorded.recorded_at;
            let decided = decide(&self.world, self.rules, &actor, now, before, &candidate.command);
            let other_rules = candidate.derivation.is_some();
            match decided.answer {
                Ok(decision) => {
                    let mut events = decision.noticed(&noticed).events;
                    let told = events.last_mut();
                    match (told, &last.event) {
                        // What the ledger was is told by the log and not by a rule.
                        (Some(Event::QuarterClosed(closed)), Event::QuarterClosed(was)) => {
                            closed.attested.clone_from(&was.attested);
                        }
                        (Some(Event::QuarterOpened(opened)), _) if other_rules => {
                            opened.derivation = candidate.derivation;
                        }
                        _nothing_to_carry_over => {}
                    }
                    let same = events.iter().eq(append.iter().map(|one| &one.event));
                    if same && decided.role == recorded.actor.role {
                        return Answer::Same { other_rules };
                    }
                    worst = Answer::Otherwise(events);
                }
                Err(refusal) if matches!(worst, Answer::Unaskable(_)) => worst = Answer::Refused(refusal),
                Err(_another_candidate_said_more) => {}
            }
        }
        worst
    }

    /// Folds an event in. `None`: it cannot have happened.
    pub(crate) fn apply(&mut self, event: &Event, actor: &str) -> Option<()> {
        if let Some(quarter) = event.quarter() {
            self.world.begin_desk(quarter);
        }
        if let Some(erasure) = event.erasure() {
            self.world.begin_erasure(erasure);
        }
        self.world.apply(event, actor)
    }

    /// Nothing is taken back any more.
    pub(crate) fn keep(&mut self, head: Position) {
        self.world.keep(self.world.provisional(), head);
    }
}
