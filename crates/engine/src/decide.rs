//! From an order to a decision: which states it rests on, which rule answers, what the store must check again.

use jiff::Timestamp;
use svod_domain::command::{
    ApproveErasure, CloseQuarter, CompleteErasure, DeclareNothing, MoveQuarter, OpenQuarter, ReopenQuarter,
    RequestErasure, Submit,
};
use svod_domain::event::ErasureCompleted;
use svod_domain::quarter::Rules;
use svod_domain::submission::Submission;
use svod_domain::{Actor, Command, Decision, MunicipalityCode, Quarter, Refusal, Role, SubmissionId};
use svod_log::{Assumption, Position, Store, Version};
use uuid::Uuid;

use crate::EngineError;
use crate::happened::{
    erasure_stream, municipality_stream, nil_stream, person_stream, quarter_stream, report_stream,
    submission_stream,
};
use crate::world::{Desk, HeldErasure, Versioned, World};

/// A rule's answer and everything it rests on.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) answer: Result<Decision, Refusal>,
    pub(crate) assumes: Vec<Assumption>,
    /// The role that the actor acts in.
    pub(crate) role: String,
}

/// Brings the states that the order speaks of into the world.
pub(crate) async fn hold(world: &mut World, store: &dyn Store, command: &Command) -> Result<(), EngineError> {
    match command {
        Command::Submit(Submit { quarter, .. }) | Command::DeclareNothing(DeclareNothing { quarter, .. }) => {
            world.hold_units(store).await?;
            world.hold_desk(store, *quarter).await
        }
        Command::RegisterMunicipality(_)
        | Command::RenameMunicipality(_)
        | Command::RetireMunicipality(_) => world.hold_units(store).await,
        Command::OpenQuarter(OpenQuarter { quarter, .. })
        | Command::MoveQuarter(MoveQuarter { quarter, .. })
        | Command::CloseQuarter(CloseQuarter { quarter, .. })
        | Command::ReopenQuarter(ReopenQuarter { quarter, .. }) => world.hold_desk(store, *quarter).await,
        Command::RecordReport(command) => world.hold_desk(store, command.built.quarter).await,
        Command::RequestErasure(RequestErasure { requested }) => {
            world.hold_erasure(store, requested.erasure_id, Some(requested.person)).await
        }
        Command::ApproveErasure(ApproveErasure { erasure_id: id, .. })
        | Command::CompleteErasure(CompleteErasure { completed: ErasureCompleted { erasure_id: id, .. } }) => {
            world.hold_erasure(store, *id, None).await
        }
        Command::Correct(_)
        | Command::Withdraw(_)
        | Command::Return(_)
        | Command::Approve(_)
        | Command::Revoke(_) => match spoken_of(command) {
            Some(id) => world.hold_submission(store, id).await,
            None => Ok(()),
        },
    }
}

/// Whether the world holds all that [`hold`] would bring into it. What this cannot tell without reading is not held.
pub(crate) fn is_held(world: &World, command: &Command) -> bool {
    match command {
        Command::Submit(Submit { quarter, .. }) | Command::DeclareNothing(DeclareNothing { quarter, .. }) => {
            world.holds_units() && world.desk(*quarter).is_some()
        }
        Command::RegisterMunicipality(_)
        | Command::RenameMunicipality(_)
        | Command::RetireMunicipality(_) => world.holds_units(),
        Command::OpenQuarter(OpenQuarter { quarter, .. })
        | Command::MoveQuarter(MoveQuarter { quarter, .. })
        | Command::CloseQuarter(CloseQuarter { quarter, .. })
        | Command::ReopenQuarter(ReopenQuarter { quarter, .. }) => world.desk(*quarter).is_some(),
        Command::RecordReport(command) => world.desk(command.built.quarter).is_some(),
        Command::RequestErasure(_) | Command::ApproveErasure(_) | Command::CompleteErasure(_) => false,
        Command::Correct(_)
        | Command::Withdraw(_)
        | Command::Return(_)
        | Command::Approve(_)
        | Command::Revoke(_) => spoken_of(command).is_some_and(|id| world.submission(id).is_some()),
    }
}

/// The submission that an order speaks of.
pub(crate) fn spoken_of(command: &Command) -> Option<SubmissionId> {
    match command {
        Command::Submit(command) => Some(command.submission_id),
        Command::Correct(command) => Some(command.submission_id),
        Command::Withdraw(command) => Some(command.submission_id),
        Command::Return(command) => Some(command.submission_id),
        Command::Approve(command) => Some(command.submission_id),
        Command::Revoke(command) => Some(command.submission_id),
        Command::DeclareNothing(_)
        | Command::OpenQuarter(_)
        | Command::MoveQuarter(_)
        | Command::CloseQuarter(_)
        | Command::ReopenQuarter(_)
        | Command::RegisterMunicipality(_)
        | Command::RenameMunicipality(_)
        | Command::RetireMunicipality(_)
        | Command::RecordReport(_)
        | Command::RequestErasure(_)
        | Command::ApproveErasure(_)
        | Command::CompleteErasure(_) => None,
    }
}

/// Asks the rule. `head` is where the log would end if everything decided before were recorded.
pub(crate) fn decide(
    world: &World,
    rules: &Rules,
    actor: &Actor,
    now: Timestamp,
    head: Position,
    command: &Command,
) -> Decided {
    match command {
        Command::Submit(_)
        | Command::Correct(_)
        | Command::Withdraw(_)
        | Command::Return(_)
        | Command::Approve(_)
        | Command::Revoke(_) => on_submission(world, actor, now, command),
        Command::DeclareNothing(declare) => on_nil(world, actor, now, head, declare),
        Command::OpenQuarter(_)
        | Command::MoveQuarter(_)
        | Command::CloseQuarter(_)
        | Command::ReopenQuarter(_) => on_quarter(world, rules, actor, now, head, command),
        Command::RegisterMunicipality(command) => {
            on_unit(world, actor, command.municipality, |unit| unit.register(actor, command))
        }
        Command::RenameMunicipality(command) => {
            on_unit(world, actor, command.municipality, |unit| unit.rename(actor, command))
        }
        Command::RetireMunicipality(command) => {
            on_unit(world, actor, command.municipality, |unit| unit.retire(actor, command))
        }
        Command::RequestErasure(_) | Command::ApproveErasure(_) | Command::CompleteErasure(_) => {
            on_erasure(world, actor, head, command)
        }
        Command::RecordReport(command) => {
            let quarter = command.built.quarter;
            let empty = Desk::default();
            let reports = &world.desk(quarter).unwrap_or(&empty).reports;
            let nobody_erased =
                command.names.iter().map(|person| Assumption::Stream(person_stream(*person), Version::NONE));
            let mut assumes = vec![Assumption::Stream(report_stream(quarter), reports.version)];
            assumes.extend(nobody_erased);
            Decided { answer: reports.state.record(actor, command), assumes, role: Role::Service.to_string() }
        }
    }
}

fn on_submission(world: &World, actor: &Actor, now: Timestamp, command: &Command) -> Decided {
    let empty = Desk::default();
    let absent = Versioned::<Submission>::default();
    let id = spoken_of(command).expect("only orders about submissions come here");
    let found = world.submission(id);
    let submission = found.map_or(&absent, |(submission, _)| submission);
    let mut assumes = vec![Assumption::Stream(submission_stream(id), submission.version)];
    let (quarter, desk) = match (command, found) {
        (Command::Submit(submit), _) => {
            let unit = world.unit(submit.municipality);
            assumes.push(Assumption::Stream(municipality_stream(submit.municipality), unit.version));
            (Some(submit.quarter), world.desk(submit.quarter).unwrap_or(&empty))
        }
        (_, Some((submission, desk))) => (submission.state.filed().map(|(filed, _)| filed.quarter), desk),
        (_, None) => (None, &empty),
    };
    if let Some(quarter) = quarter {
        assumes.push(Assumption::Stream(quarter_stream(quarter), desk.quarter.version));
    }
    let (state, quarter) = (&submission.state, &desk.quarter.state);
    let answer = match command {
        Command::Submit(submit) => {
            let unit = world.unit(submit.municipality).state;
            state.submit(quarter, &unit, actor, now, submit)
        }
        Command::Correct(command) => state.correct(quarter, actor, command),
        Command::Withdraw(command) => state.withdraw(quarter, actor, command),
        Command::Return(command) => state.hand_back(quarter, actor, command),
        Command::Approve(command) => state.approve(quarter, actor, command),
        Command::Revoke(command) => state.revoke(quarter, actor, command),
        _not_about_submissions => unreachable!("only orders about submissions come here"),
    };
    let role = match command {
        Command::Return(_) | Command::Approve(_) | Command::Revoke(_) => Role::Reviewer.to_string(),
        _by_the_municipality => role_of_municipality(&answer, actor),
    };
    Decided { answer, assumes, role }
}

/// A municipality's own role; it has one for each unit it speaks for.
fn role_of_municipality(answer: &Result<Decision, Refusal>, actor: &Actor) -> String {
    let of_the_event = answer.as_ref().ok().and_then(|decision| decision.events.first()?.municipality());
    let code = of_the_event.or_else(|| actor.municipalities().next());
    code.map_or_else(String::new, |code| Role::Municipality(code).to_string())
}

fn on_nil(world: &World, actor: &Actor, now: Timestamp, head: Position, command: &DeclareNothing) -> Decided {
    let empty = Desk::default();
    let desk = world.desk(command.quarter).unwrap_or(&empty);
    let unit = world.unit(command.municipality);
    let nil = desk.nil(command.municipality);
    let answer = nil.state.declare(&desk.quarter.state, &unit.state, actor, now, command);
    let mut assumes = vec![
        Assumption::Stream(nil_stream(command.quarter, command.municipality), nil.version),
        Assumption::Stream(quarter_stream(command.quarter), desk.quarter.version),
        Assumption::Stream(municipality_stream(command.municipality), unit.version),
    ];
    if matches!(answer, Ok(_) | Err(Refusal::HasSubmissions { .. } | Refusal::AlreadyExists { .. })) {
        // Whether submissions live is told by many streams: nothing at all may have come in between.
        assumes.push(Assumption::Head(head));
    }
    Decided { role: role_of_municipality(&answer, actor), answer, assumes }
}

fn on_quarter(
    world: &World,
    rules: &Rules,
    actor: &Actor,
    now: Timestamp,
    head: Position,
    command: &Command,
) -> Decided {
    let empty = Desk::default();
    let desk = |quarter: Quarter| world.desk(quarter).unwrap_or(&empty);
    let assume = |quarter| vec![Assumption::Stream(quarter_stream(quarter), desk(quarter).quarter.version)];
    let (answer, assumes) = match command {
        Command::OpenQuarter(command) => {
            let answer = desk(command.quarter).quarter.state.begin(rules, actor, now, command);
            (answer, assume(command.quarter))
        }
        Command::MoveQuarter(command) => {
            (desk(command.quarter).quarter.state.shift(actor, now, command), assume(command.quarter))
        }
        Command::CloseQuarter(command) => {
            let desk = desk(command.quarter);
            let answer = desk.quarter.state.close(actor, now, command, desk.submissions());
            let mut assumes = assume(command.quarter);
            if answer.is_ok() {
                // The selection rests on every submission of the quarter; a refusal only on the quarter itself.
                assumes.push(Assumption::Head(head));
            }
            (answer, assumes)
        }
        Command::ReopenQuarter(command) => {
            (desk(command.quarter).quarter.state.reopen(actor, now, command), assume(command.quarter))
        }
        _not_about_quarters => unreachable!("only orders about quarters come here"),
    };
    Decided { answer, assumes, role: role_of_office(actor) }
}

fn on_unit(
    world: &World,
    actor: &Actor,
    code: MunicipalityCode,
    rule: impl FnOnce(&svod_domain::municipality::Municipality) -> Result<Decision, Refusal>,
) -> Decided {
    let unit = world.unit(code);
    Decided {
        answer: rule(&unit.state),
        assumes: vec![Assumption::Stream(municipality_stream(code), unit.version)],
        role: role_of_office(actor),
    }
}

/// The erasure that an order speaks of.
fn erasure_of(command: &Command) -> Option<Uuid> {
    match command {
        Command::RequestErasure(command) => Some(command.requested.erasure_id),
        Command::ApproveErasure(command) => Some(command.erasure_id),
        Command::CompleteErasure(command) => Some(command.completed.erasure_id),
        _about_something_else => None,
    }
}

fn on_erasure(world: &World, actor: &Actor, head: Position, command: &Command) -> Decided {
    let id = erasure_of(command).expect("only orders about erasures come here");
    let HeldErasure { erasure, about, person: version } = world.erasure(id);
    let erased = version != Version::NONE;
    let answer = match command {
        Command::RequestErasure(command) => erasure.state.request(erased, actor, command),
        Command::ApproveErasure(command) => erasure.state.approve(erased, actor, command),
        Command::CompleteErasure(command) => erasure.state.complete(erased, actor, command),
        _not_about_erasures => unreachable!("only orders about erasures come here"),
    };
    let mut assumes = vec![Assumption::Stream(erasure_stream(id), erasure.version)];
    if let Some(person) = about {
        assumes.push(Assumption::Stream(person_stream(person), version));
    }
    if answer.is_ok() && matches!(command, Command::ApproveErasure(_)) {
        // What is destroyed was counted in the vault; whatever was recorded since may have disclosed more.
        assumes.push(Assumption::Head(head));
    }
    Decided { answer, assumes, role: role_of_office(actor) }
}

fn role_of_office(actor: &Actor) -> String {
    let role = if actor.is(Role::Service) { Role::Service } else { Role::Operator };
    role.to_string()
}

/// The stream of a submission that a conflict speaks of was not as new as it seemed.
pub(crate) fn is_taken_id(assumption: &Assumption, command: &Command) -> bool {
    let Some(id) = spoken_of(command) else { return false };
    matches!(assumption, Assumption::Stream(stream, Version::NONE) if *stream == submission_stream(id))
}
