//! The small world that the laws are tried on: its states, its actors, what they order, and its log.

use std::collections::BTreeMap;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use svod_domain::calendar::{Calendar, TermRule};
use svod_domain::command::{
    Approve, CloseQuarter, Correct, DeclareNothing, MoveQuarter, OpenQuarter, RecordReport,
    RegisterMunicipality, Remark, RenameMunicipality, ReopenQuarter, RetireMunicipality, Return, Revoke,
    Submit, Withdraw,
};
use svod_domain::event::ReportBuilt;
use svod_domain::municipality::Municipality;
use svod_domain::nil_return::NilReturn;
use svod_domain::quarter::{QuarterState, Rules};
use svod_domain::refusal::State;
use svod_domain::report::Reports;
use svod_domain::submission::{Filed, Submission};
use svod_domain::{
    Activity, Actor, Command, DateRange, Decision, Edition, Event, MunicipalityCode, Participant, Quarter,
    Refusal, Role, SubmissionId, Version,
};

/// An event of the log and who made it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recorded {
    pub(crate) event: Event,
    pub(crate) actor: Actor,
}

/// Everything that is kept of the past.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct States {
    submissions: BTreeMap<SubmissionId, Submission>,
    quarters: BTreeMap<Quarter, QuarterState>,
    nil_returns: BTreeMap<(MunicipalityCode, Quarter), NilReturn>,
    municipalities: BTreeMap<MunicipalityCode, Municipality>,
    reports: BTreeMap<Quarter, Reports>,
}

/// The states, the log that they come from, and the time.
pub(crate) struct World {
    states: States,
    log: Vec<Recorded>,
    now: Timestamp,
    rules: Rules,
    actors: [Actor; 8],
}

/// Somebody orders something after a while.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Index into [`actors`]; `None`: whoever the order is for.
    who: Option<usize>,
    order: Order,
    wait: SignedDuration,
}

/// An order by the small numbers of the world; the moments in it are counted from now.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    Submit(u8, u8, u8),
    Correct(u8, Named),
    Withdraw(u8, Named),
    DeclareNothing(u8, u8),
    Return(u8, Named),
    Approve(u8, Named),
    Revoke(u8, Named),
    Open(u8, Option<i64>, Option<i64>),
    Move(u8, Option<i64>, Option<i64>),
    Close(u8),
    Reopen(u8, i64),
    Register(u8),
    Rename(u8, u8, i8),
    Retire(u8, i8),
    Report(u8, u32),
}

/// The version that an order names.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Named {
    Present,
    Exactly(u32),
}

// The inhabitants.

/// Two that report, and one that the register does not know.
fn municipality(number: u8) -> MunicipalityCode {
    ["66605000", "66701000", "66999000"][usize::from(number)].parse().expect("a real one")
}

/// Those of the world.
pub(crate) fn quarters() -> [Quarter; 2] {
    [quarter(0), quarter(1)]
}

fn quarter(number: u8) -> Quarter {
    ["2020-Q2", "2020-Q3"][usize::from(number)].parse().expect("a real one")
}

fn submission(number: u8) -> SubmissionId {
    SubmissionId(uuid::Uuid::from_u128(u128::from(number)))
}

/// Everyone who acts. The last two report and review.
fn actors() -> [Actor; 8] {
    let actor = |name: &str, roles: &[Role]| Actor { name: name.into(), roles: roles.to_vec() };
    let (first, second) = (Role::Municipality(municipality(0)), Role::Municipality(municipality(1)));
    [
        actor("m-1", &[first]),
        actor("m-2", &[second]),
        actor("r-1", &[Role::Reviewer]),
        actor("o-1", &[Role::Operator]),
        Actor::service(),
        actor("a-1", &[Role::Auditor]),
        actor("mr-1", &[first, Role::Reviewer]),
        actor("mr-2", &[first, second, Role::Reviewer]),
    ]
}

// What they order.

impl Order {
    /// Whether it is an order of those who file or review.
    pub(crate) fn is_about_submissions(&self) -> bool {
        self.submission().is_some() || matches!(self, Self::Submit(..) | Self::DeclareNothing(..))
    }

    /// The submission whose version it names.
    pub(crate) fn submission(&self) -> Option<SubmissionId> {
        match self {
            Self::Correct(id, _)
            | Self::Withdraw(id, _)
            | Self::Return(id, _)
            | Self::Approve(id, _)
            | Self::Revoke(id, _) => Some(submission(*id)),
            Self::Submit(..)
            | Self::DeclareNothing(..)
            | Self::Open(..)
            | Self::Move(..)
            | Self::Close(_)
            | Self::Reopen(..)
            | Self::Register(_)
            | Self::Rename(..)
            | Self::Retire(..)
            | Self::Report(..) => None,
        }
    }

    /// Index of one who may.
    fn rightful(&self) -> usize {
        match self {
            Self::Submit(_, municipality, _) | Self::DeclareNothing(municipality, _) => {
                usize::from(*municipality % 2)
            }
            Self::Correct(..) | Self::Withdraw(..) => 7,
            Self::Return(..) | Self::Approve(..) | Self::Revoke(..) => 2,
            Self::Report(..) => 4,
            Self::Open(..)
            | Self::Move(..)
            | Self::Close(_)
            | Self::Reopen(..)
            | Self::Register(_)
            | Self::Rename(..)
            | Self::Retire(..) => 3,
        }
    }
}

/// Hours from now: a quarter's terms lie weeks apart, and the past is as near as the future.
fn hours() -> impl Strategy<Value = i64> {
    -48..2_000_i64
}

fn named() -> impl Strategy<Value = Named> {
    prop_oneof![6 => Just(Named::Present), 1 => (1..4_u32).prop_map(Named::Exactly)]
}

/// A term that is mostly left to the rule.
fn term() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![2 => Just(None), 1 => hours().prop_map(Some)]
}

/// Any order; those that make histories long come more often than those that end them.
pub(crate) fn order() -> impl Strategy<Value = Order> {
    let (id, quarter) = (|| 0..3_u8, || prop_oneof![2 => Just(0_u8), 1 => Just(1_u8)]);
    let registered = || prop_oneof![15 => 0..2_u8, 1 => Just(2_u8)];
    prop_oneof![
        20 => (id(), registered(), quarter()).prop_map(|(id, of, q)| Order::Submit(id, of, q)),
        20 => (id(), named()).prop_map(|(id, version)| Order::Correct(id, version)),
        4 => (id(), named()).prop_map(|(id, version)| Order::Withdraw(id, version)),
        6 => (registered(), quarter()).prop_map(|(of, q)| Order::DeclareNothing(of, q)),
        16 => (id(), named()).prop_map(|(id, version)| Order::Return(id, version)),
        24 => (id(), named()).prop_map(|(id, version)| Order::Approve(id, version)),
        24 => (id(), named()).prop_map(|(id, version)| Order::Revoke(id, version)),
        8 => (quarter(), term(), term()).prop_map(|(q, submit_by, close_at)| Order::Open(q, submit_by, close_at)),
        8 => (quarter(), term(), term()).prop_map(|(q, submit_by, close_at)| Order::Move(q, submit_by, close_at)),
        4 => quarter().prop_map(Order::Close),
        16 => (quarter(), hours()).prop_map(|(q, close_at)| Order::Reopen(q, close_at)),
        1 => (0..3_u8).prop_map(Order::Register),
        3 => (0..3_u8, 0..2_u8, 1..3_i8).prop_map(|(of, name, day)| Order::Rename(of, name, day)),
        1 => (registered(), 1..13_i8).prop_map(|(of, month)| Order::Retire(of, month)),
        3 => (quarter(), 1..3_u32).prop_map(|(q, edition)| Order::Report(q, edition)),
    ]
}

/// A history in the making.
pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = prop_oneof![3 => Just(None), 1 => (0..8_usize).prop_map(Some)];
    let wait = prop_oneof![9 => 0..7_200_i64, 1 => 0..1_000_000_i64].prop_map(SignedDuration::from_secs);
    let step = (who, order(), wait).prop_map(|(who, order, wait)| Step { who, order, wait });
    proptest::collection::vec(step, 1..80)
}

fn activity(day: i8) -> Activity {
    Activity {
        title: "Встреча".into(),
        place: None,
        dates: vec![DateRange::day(date(2020, 6, day))],
        dates_text: None,
        content: "Беседа".into(),
        agreements: None,
        participants: vec![Participant::Group { group: "гости".into() }],
        countries: vec![],
    }
}

impl World {
    /// With nothing in it, not even a register.
    pub(crate) fn empty() -> Self {
        let rules = Rules { terms: TermRule::default(), calendar: Calendar::built_in() };
        let now = "2020-06-20T09:00:00Z".parse().expect("a real moment");
        Self { states: States::default(), log: vec![], now, rules, actors: actors() }
    }

    /// With two municipalities and the first quarter open.
    pub(crate) fn new() -> Self {
        let mut world = Self::empty();
        for order in [Order::Register(0), Order::Register(1), Order::Open(0, None, None)] {
            let refused = world.take(&Step { who: None, order, wait: SignedDuration::ZERO });
            assert_eq!(refused, None, "the world is empty");
        }
        world
    }

    /// Decides, and records what was decided; or says why not.
    pub(crate) fn take(&mut self, step: &Step) -> Option<Refusal> {
        self.now += step.wait;
        let who = step.who.unwrap_or_else(|| step.order.rightful());
        let decision = match self.decide(who, &step.order) {
            Ok(decision) => decision,
            Err(refusal) => return Some(refusal),
        };
        for event in decision.events {
            let recorded = Recorded { event, actor: self.actors[who].clone() };
            assert!(self.apply(&recorded).is_some(), "decided, and yet impossible: {recorded:?}");
            self.log.push(recorded);
        }
        None
    }

    /// The states after an event. `None`: one of them says that it cannot have happened.
    pub(crate) fn apply(&mut self, Recorded { event, actor }: &Recorded) -> Option<()> {
        let states = &mut self.states;
        let place = event.municipality().zip(event.quarter());
        if let Some(id) = event.submission() {
            let state = states.submissions.entry(id).or_default();
            *state = std::mem::take(state).evolve(event, &actor.name)?;
        }
        if let Some(place) = place {
            let state = states.nil_returns.entry(place).or_default();
            *state = state.evolve(event)?;
        } else if let Event::ReportBuilt(built) = event {
            let state = states.reports.entry(built.quarter).or_default();
            *state = std::mem::take(state).evolve(event)?;
        } else if let Some(quarter) = event.quarter() {
            let state = states.quarters.entry(quarter).or_default();
            *state = std::mem::take(state).evolve(event)?;
        } else if let Some(municipality) = event.municipality() {
            let state = states.municipalities.entry(municipality).or_default();
            *state = std::mem::take(state).evolve(event)?;
        }
        Some(())
    }

    /// The stream that an event lies in.
    pub(crate) fn stream(event: &Event) -> String {
        match (event.submission(), event.quarter(), event.municipality()) {
            (Some(id), _, _) => format!("submission-{id}"),
            (None, Some(quarter), Some(municipality)) => format!("nil-return-{municipality}-{quarter}"),
            (None, Some(quarter), None) if matches!(event, Event::ReportBuilt(_)) => {
                format!("report-{quarter}")
            }
            (None, Some(quarter), None) => format!("quarter-{quarter}"),
            (None, None, municipality) => format!("municipality-{municipality:?}"),
        }
    }

    /// What the rules say to an order now.
    pub(crate) fn decide(&self, who: usize, order: &Order) -> Result<Decision, Refusal> {
        let actor = &self.actors[who];
        let quarter = self.quarter_of(order).map(|quarter| self.quarter(quarter)).unwrap_or_default();
        let command = self.command(order);
        let states = &self.states;
        let submission = |id| states.submissions.get(id).cloned().unwrap_or_default();
        let municipality = |code| states.municipalities.get(code).cloned().unwrap_or_default();
        match &command {
            Command::Submit(command) => submission(&command.submission_id).submit(
                &quarter,
                &municipality(&command.municipality),
                actor,
                self.now,
                command,
            ),
            Command::Correct(command) => submission(&command.submission_id).correct(&quarter, actor, command),
            Command::Withdraw(command) => {
                submission(&command.submission_id).withdraw(&quarter, actor, command)
            }
            Command::Return(command) => {
                submission(&command.submission_id).hand_back(&quarter, actor, command)
            }
            Command::Approve(command) => submission(&command.submission_id).approve(&quarter, actor, command),
            Command::Revoke(command) => submission(&command.submission_id).revoke(&quarter, actor, command),
            Command::DeclareNothing(command) => {
                let place = (command.municipality, command.quarter);
                let state = states.nil_returns.get(&place).copied().unwrap_or_default();
                state.declare(&quarter, &municipality(&command.municipality), actor, self.now, command)
            }
            Command::OpenQuarter(command) => quarter.begin(&self.rules, actor, self.now, command),
            Command::MoveQuarter(command) => quarter.shift(actor, self.now, command),
            Command::CloseQuarter(command) => {
                let of_quarter = |submission: &&Submission| {
                    submission.filed().is_some_and(|(filed, _)| filed.quarter == command.quarter)
                };
                quarter.close(actor, self.now, command, states.submissions.values().filter(of_quarter))
            }
            Command::ReopenQuarter(command) => quarter.reopen(actor, self.now, command),
            Command::RegisterMunicipality(command) => {
                municipality(&command.municipality).register(actor, command)
            }
            Command::RenameMunicipality(command) => {
                municipality(&command.municipality).rename(actor, command)
            }
            Command::RetireMunicipality(command) => {
                municipality(&command.municipality).retire(actor, command)
            }
            Command::RecordReport(command) => {
                let state = states.reports.get(&command.built.quarter).cloned().unwrap_or_default();
                state.record(actor, command)
            }
            Command::RequestErasure(_) | Command::ApproveErasure(_) | Command::CompleteErasure(_) => {
                unreachable!("no order of this world is about an erasure: its table stands beside its rule")
            }
        }
    }

    fn command(&self, order: &Order) -> Command {
        let version = |id: &u8, named: &Named| match named {
            Named::Present => self.submission(submission(*id)).map_or(Version(1), |filed| filed.version),
            Named::Exactly(version) => Version(*version),
        };
        let moment = |hours: &i64| self.now + SignedDuration::from_hours(*hours);
        let reason = || "так надо".to_owned();
        match order {
            Order::Submit(id, of, q) => Command::Submit(Submit {
                submission_id: submission(*id),
                municipality: municipality(*of),
                quarter: quarter(*q),
                activity: activity(5),
            }),
            Order::Correct(id, named) => Command::Correct(Correct {
                submission_id: submission(*id),
                version: version(id, named),
                activity: activity(6),
                note: None,
            }),
            Order::Withdraw(id, named) => Command::Withdraw(Withdraw {
                submission_id: submission(*id),
                version: version(id, named),
                reason: reason(),
            }),
            Order::DeclareNothing(of, q) => Command::DeclareNothing(DeclareNothing {
                municipality: municipality(*of),
                quarter: quarter(*q),
            }),
            Order::Return(id, named) => Command::Return(Return {
                submission_id: submission(*id),
                version: version(id, named),
                remarks: vec![Remark { field: None, text: reason() }],
            }),
            Order::Approve(id, named) => {
                Command::Approve(Approve { submission_id: submission(*id), version: version(id, named) })
            }
            Order::Revoke(id, named) => Command::Revoke(Revoke {
                submission_id: submission(*id),
                version: version(id, named),
                reason: reason(),
            }),
            Order::Open(q, submit_by, close_at) => Command::OpenQuarter(OpenQuarter {
                quarter: quarter(*q),
                submit_by: submit_by.as_ref().map(moment),
                close_at: close_at.as_ref().map(moment),
                reason: None,
            }),
            Order::Move(q, submit_by, close_at) => Command::MoveQuarter(MoveQuarter {
                quarter: quarter(*q),
                submit_by: submit_by.as_ref().map(moment),
                close_at: close_at.as_ref().map(moment),
                reason: reason(),
            }),
            Order::Close(q) => Command::CloseQuarter(CloseQuarter { quarter: quarter(*q), reason: reason() }),
            Order::Reopen(q, close_at) => Command::ReopenQuarter(ReopenQuarter {
                quarter: quarter(*q),
                close_at: moment(close_at),
                reason: reason(),
            }),
            Order::Register(of) => Command::RegisterMunicipality(RegisterMunicipality {
                municipality: municipality(*of),
                order: u32::from(*of) + 1,
                short_name: "Район".into(),
                report_heading: "Район".into(),
                from: date(2006, 1, 1),
            }),
            Order::Rename(of, name, day) => Command::RenameMunicipality(RenameMunicipality {
                municipality: municipality(*of),
                short_name: ["Округ", "Город"][usize::from(*name)].into(),
                report_heading: "Округ".into(),
                from: date(2020, *day, 1),
            }),
            Order::Retire(of, month) => Command::RetireMunicipality(RetireMunicipality {
                municipality: municipality(*of),
                from: date(2020, *month, 1),
                successor: None,
            }),
            Order::Report(q, edition) => Command::RecordReport(RecordReport {
                built: ReportBuilt {
                    quarter: quarter(*q),
                    edition: Edition(*edition),
                    format: "docx".into(),
                    sha256: "00".into(),
                    masked_sha256: String::new(),
                    size_bytes: 1,
                    built_at_position: 1,
                    renderer: "docx/1".into(),
                    settings: serde_json::json!({}),
                    content: None,
                },
                names: vec![],
            }),
        }
    }

    // What the laws ask.

    /// What has happened, in order.
    pub(crate) fn log(&self) -> &[Recorded] {
        &self.log
    }

    /// Where everything stands.
    pub(crate) fn states(&self) -> &States {
        &self.states
    }

    /// Where a quarter stands.
    pub(crate) fn quarter(&self, quarter: Quarter) -> QuarterState {
        self.states.quarters.get(&quarter).cloned().unwrap_or_default()
    }

    /// The quarter that an order is about, if there is one.
    pub(crate) fn quarter_of(&self, order: &Order) -> Option<Quarter> {
        match order {
            Order::Submit(_, _, q)
            | Order::DeclareNothing(_, q)
            | Order::Open(q, _, _)
            | Order::Move(q, _, _)
            | Order::Close(q)
            | Order::Reopen(q, _)
            | Order::Report(q, _) => Some(quarter(*q)),
            Order::Correct(..)
            | Order::Withdraw(..)
            | Order::Return(..)
            | Order::Approve(..)
            | Order::Revoke(..) => self.submission(order.submission()?).map(|filed| filed.quarter),
            Order::Register(_) | Order::Rename(..) | Order::Retire(..) => None,
        }
    }

    /// What is filed under an id.
    pub(crate) fn submission(&self, id: SubmissionId) -> Option<&Filed> {
        self.states.submissions.get(&id)?.filed().map(|(filed, _)| filed)
    }

    /// Everything that is filed, and its state.
    pub(crate) fn submissions(&self) -> impl Iterator<Item = (&Filed, State)> {
        self.states.submissions.values().filter_map(Submission::filed)
    }

    /// What each municipality has for each quarter.
    pub(crate) fn nil_returns(&self) -> impl Iterator<Item = ((MunicipalityCode, Quarter), NilReturn)> + '_ {
        self.states.nil_returns.iter().map(|(place, state)| (*place, *state))
    }
}
