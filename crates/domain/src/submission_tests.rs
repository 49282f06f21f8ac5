//! The rules of a submission as tables: given, when, then.

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::*;
use crate::activity::samples::activity;
use crate::command::Remark;
use crate::event::{QuarterClosed, QuarterReopened};
use crate::municipality::{Naming, Unit};
use crate::quarter::tests_support::{active, municipality, open, quarter};
use crate::{Activity, Command, DateRange, Edition, ReasonCode, SchemaFault, Warning};

const ID: SubmissionId = SubmissionId(Uuid::from_u128(1));
const V1: Version = Version(1);
const V2: Version = Version(2);
const V3: Version = Version(3);

// Given: what has happened.

fn submitted() -> Event {
    ActivitySubmitted {
        submission_id: ID,
        municipality: municipality(),
        quarter: quarter(),
        version: V1,
        activity: activity(),
        late: false,
        warnings: vec![],
    }
    .into()
}

fn corrected(version: Version, was: Waiting) -> Event {
    ActivityCorrected {
        submission_id: ID,
        municipality: municipality(),
        quarter: quarter(),
        version,
        was,
        activity: longer(),
        note: Some("дополнено".into()),
        warnings: vec![],
    }
    .into()
}

fn returned(version: Version) -> Event {
    ActivityReturned {
        submission_id: ID,
        municipality: municipality(),
        quarter: quarter(),
        version,
        remarks: remarks(),
    }
    .into()
}

fn approved(version: Version) -> Event {
    ActivityApproved { submission_id: ID, municipality: municipality(), quarter: quarter(), version }.into()
}

fn revoked(version: Version) -> Event {
    ApprovalRevoked {
        submission_id: ID,
        municipality: municipality(),
        quarter: quarter(),
        version,
        reason: "рано".into(),
    }
    .into()
}

fn withdrawn(version: Version, was: Waiting) -> Event {
    ActivityWithdrawn {
        submission_id: ID,
        municipality: municipality(),
        quarter: quarter(),
        version,
        was,
        reason: "дважды".into(),
    }
    .into()
}

fn longer() -> Activity {
    Activity { agreements: Some("Подписан протокол".into()), ..activity() }
}

fn remarks() -> Vec<Remark> {
    vec![
        Remark { field: Some("dates".into()), text: "Уточните день".into() },
        Remark { field: None, text: "Кто принимал?".into() },
    ]
}

/// The submission after the events; every version is of the clerk `m-1`.
fn given(events: &[Event]) -> Submission {
    events.iter().fold(Submission::Absent, |state, event| {
        state.evolve(event, "m-1").expect("the given history is possible")
    })
}

fn closed() -> QuarterState {
    let event = QuarterClosed {
        quarter: quarter(),
        edition: Edition::FIRST,
        closed_at: closed_at(),
        by_schedule: true,
        reason: None,
        included_count: 0,
        left_out_count: 0,
        included: vec![],
        left_out: vec![],
        attested: None,
    };
    open().evolve(&event.into()).unwrap()
}

fn reopened() -> QuarterState {
    let event = QuarterReopened {
        quarter: quarter(),
        edition: Edition(2),
        close_at: "2020-09-01T15:00:00Z".parse().unwrap(),
        reason: "опечатка".into(),
    };
    closed().evolve(&event.into()).unwrap()
}

fn closed_at() -> Timestamp {
    "2020-07-15T15:00:00Z".parse().unwrap()
}

fn submit_by() -> Timestamp {
    "2020-07-08T15:00:00Z".parse().unwrap()
}

fn before_deadline() -> Timestamp {
    "2020-07-03T09:00:00Z".parse().unwrap()
}

// When: who orders what.

fn neighbour() -> MunicipalityCode {
    "66701000".parse().unwrap()
}

fn actor(name: &str, role: Role) -> Actor {
    Actor { name: name.into(), roles: vec![role] }
}

fn clerk() -> Actor {
    actor("m-1", Role::Municipality(municipality()))
}

fn reviewer() -> Actor {
    actor("r-1", Role::Reviewer)
}

fn submit() -> Command {
    Command::Submit(Submit {
        submission_id: ID,
        municipality: municipality(),
        quarter: quarter(),
        activity: activity(),
    })
}

fn submit_activity(activity: Activity) -> Command {
    Command::Submit(Submit { submission_id: ID, municipality: municipality(), quarter: quarter(), activity })
}

fn correct(version: Version) -> Command {
    Command::Correct(Correct {
        submission_id: ID,
        version,
        activity: longer(),
        note: Some("дополнено".into()),
    })
}

fn withdraw(version: Version) -> Command {
    Command::Withdraw(Withdraw { submission_id: ID, version, reason: "дважды".into() })
}

fn hand_back(version: Version) -> Command {
    Command::Return(Return { submission_id: ID, version, remarks: remarks() })
}

fn approve(version: Version) -> Command {
    Command::Approve(Approve { submission_id: ID, version })
}

fn revoke(version: Version) -> Command {
    Command::Revoke(Revoke { submission_id: ID, version, reason: "рано".into() })
}

/// An order that speaks of a version.
type AboutVersion = fn(Version) -> Command;

/// Every one of them.
const ABOUT_A_VERSION: [AboutVersion; 5] = [correct, withdraw, hand_back, approve, revoke];

/// Who the order is for.
fn rightful(command: &Command) -> Actor {
    match command {
        Command::Submit(_) | Command::Correct(_) | Command::Withdraw(_) => clerk(),
        _review => reviewer(),
    }
}

fn decide(
    state: &Submission,
    quarter: &QuarterState,
    actor: &Actor,
    now: Timestamp,
    command: &Command,
) -> Result<Decision, Refusal> {
    match command {
        Command::Submit(command) => state.submit(quarter, &active(), actor, now, command),
        Command::Correct(command) => state.correct(quarter, actor, command),
        Command::Withdraw(command) => state.withdraw(quarter, actor, command),
        Command::Return(command) => state.hand_back(quarter, actor, command),
        Command::Approve(command) => state.approve(quarter, actor, command),
        Command::Revoke(command) => state.revoke(quarter, actor, command),
        other => panic!("no order about a submission: {other:?}"),
    }
}

/// In an open quarter, before the deadline.
#[track_caller]
fn check(history: &[Event], (actor, command): (Actor, Command), then: Result<Event, Refusal>) {
    let decided = decide(&given(history), &open(), &actor, before_deadline(), &command);
    assert_eq!(decided, then.map(Decision::of));
}

// Then: the rules.

#[test]
fn a_municipality_files_an_activity() {
    check(&[], (clerk(), submit()), Ok(submitted()));
}

#[test]
fn a_correction_makes_the_next_version() {
    check(&[submitted()], (clerk(), correct(V1)), Ok(corrected(V2, Waiting::Submitted)));
    check(
        &[submitted(), corrected(V2, Waiting::Submitted)],
        (clerk(), correct(V2)),
        Ok(corrected(V3, Waiting::Submitted)),
    );
}

#[test]
fn a_correction_answers_a_return() {
    check(&[submitted(), returned(V1)], (clerk(), correct(V1)), Ok(corrected(V2, Waiting::Returned)));
}

#[test]
fn a_corrected_submission_waits_for_review_again() {
    let history = [submitted(), returned(V1), corrected(V2, Waiting::Returned)];
    check(&history, (reviewer(), approve(V2)), Ok(approved(V2)));
    check(&history, (reviewer(), hand_back(V2)), Ok(returned(V2)));
}

#[test]
fn a_submission_is_withdrawn_before_its_approval() {
    check(&[submitted()], (clerk(), withdraw(V1)), Ok(withdrawn(V1, Waiting::Submitted)));
    check(&[submitted(), returned(V1)], (clerk(), withdraw(V1)), Ok(withdrawn(V1, Waiting::Returned)));
}

#[test]
fn a_return_keeps_every_remark() {
    check(&[submitted()], (reviewer(), hand_back(V1)), Ok(returned(V1)));
}

#[test]
fn a_reviewer_approves_the_present_version() {
    check(&[submitted()], (reviewer(), approve(V1)), Ok(approved(V1)));
}

#[test]
fn a_revoked_approval_makes_it_submitted_again() {
    check(&[submitted(), approved(V1)], (reviewer(), revoke(V1)), Ok(revoked(V1)));
    let history = [submitted(), approved(V1), revoked(V1)];
    check(&history, (clerk(), correct(V1)), Ok(corrected(V2, Waiting::Submitted)));
    check(&history, (reviewer(), approve(V1)), Ok(approved(V1)));
}

#[test]
fn a_correction_after_the_approval_is_refused_until_it_is_revoked() {
    let refused = Refusal::WrongState { state: State::Approved, present: Some(V1) };
    check(&[submitted(), approved(V1)], (clerk(), correct(V1)), Err(refused));
    let history = [submitted(), approved(V1), revoked(V1)];
    check(&history, (clerk(), correct(V1)), Ok(corrected(V2, Waiting::Submitted)));
}

#[test]
fn no_order_passes_in_a_state_that_is_not_its_own() {
    use State::{Approved, Returned, Submitted, Withdrawn};
    let (r, a, w) = (returned(V1), approved(V1), withdrawn(V1, Waiting::Submitted));
    let histories = [
        (Submitted, vec![submitted()]),
        (Returned, vec![submitted(), r]),
        (Approved, vec![submitted(), a]),
        (Withdrawn, vec![submitted(), w]),
    ];
    let taken: [(AboutVersion, &[State]); 5] = [
        (correct, &[Submitted, Returned]),
        (withdraw, &[Submitted, Returned]),
        (hand_back, &[Submitted]),
        (approve, &[Submitted]),
        (revoke, &[Approved]),
    ];
    for (command, states) in taken {
        for (state, history) in &histories {
            let command = command(V1);
            let decided = decide(&given(history), &open(), &rightful(&command), before_deadline(), &command);
            if states.contains(state) {
                assert!(decided.is_ok(), "{command:?} in {state:?}: {decided:?}");
            } else {
                let wrong = Refusal::WrongState { state: *state, present: Some(V1) };
                assert_eq!(decided, Err(wrong), "{command:?} in {state:?}");
            }
        }
    }
}

#[test]
fn a_submission_that_is_there_is_never_filed_again() {
    let exists = Refusal::AlreadyExists { what: Existing::Submission(ID) };
    for history in [
        vec![submitted()],
        vec![submitted(), returned(V1)],
        vec![submitted(), approved(V1)],
        vec![submitted(), withdrawn(V1, Waiting::Submitted)],
    ] {
        check(&history, (clerk(), submit()), Err(exists.clone()));
    }
}

#[test]
fn an_order_about_no_submission_is_refused() {
    for command in ABOUT_A_VERSION {
        let refused = Refusal::UnknownSubmission { submission: ID };
        check(&[], (rightful(&command(V1)), command(V1)), Err(refused));
    }
}

#[test]
fn an_order_about_another_version_than_the_present_one_is_refused_and_names_the_present_one() {
    let waiting = vec![submitted(), corrected(V2, Waiting::Submitted)];
    let approved = vec![submitted(), corrected(V2, Waiting::Submitted), approved(V2)];
    for history in [waiting, approved] {
        for command in ABOUT_A_VERSION {
            for named in [V1, V3] {
                let stale = Refusal::StaleVersion { named, present: V2 };
                assert_eq!(stale.present_version(), Some(V2));
                check(&history, (rightful(&command(named)), command(named)), Err(stale));
            }
        }
    }
}

#[test]
fn a_wrong_state_names_the_present_version() {
    let refused = decide(
        &given(&[submitted(), corrected(V2, Waiting::Submitted)]),
        &open(),
        &reviewer(),
        before_deadline(),
        &revoke(V2),
    );
    assert_eq!(refused.unwrap_err().present_version(), Some(V2));
}

/// `needs`: what each of these would need: a neighbour municipality, then a reviewer, an auditor, an operator, svod.
#[track_caller]
fn check_needs(history: &[Event], command: &Command, needs: [Option<Permission>; 6]) {
    let actors = [
        clerk(),
        actor("m-2", Role::Municipality(neighbour())),
        reviewer(),
        actor("a-1", Role::Auditor),
        actor("o-1", Role::Operator),
        Actor::service(),
    ];
    for (actor, needs) in actors.into_iter().zip(needs) {
        let decided = decide(&given(history), &open(), &actor, before_deadline(), command);
        let refused = decided.err();
        assert_eq!(refused, needs.map(|needs| Refusal::NotPermitted { needs }), "{actor:?}: {command:?}");
    }
}

#[test]
fn each_role_does_only_what_is_its_own() {
    let own = Some(Permission::Municipality(municipality()));
    let any = Some(Permission::AnyMunicipality);
    let review = Some(Permission::Reviewer);
    //                                                      clerk, neighbour, reviewer, auditor, operator, svod
    check_needs(&[], &submit(), [None, own, own, own, own, own]);
    check_needs(&[submitted()], &correct(V1), [None, own, any, any, any, any]);
    check_needs(&[submitted()], &withdraw(V1), [None, own, any, any, any, any]);
    check_needs(&[submitted()], &hand_back(V1), [review, review, None, review, review, review]);
    check_needs(&[submitted()], &approve(V1), [review, review, None, review, review, review]);
    let history = [submitted(), approved(V1)];
    check_needs(&history, &revoke(V1), [review, review, None, review, review, review]);
}

#[test]
fn who_has_two_roles_may_do_what_either_may() {
    let both = Actor { name: "x".into(), roles: vec![Role::Municipality(municipality()), Role::Reviewer] };
    check(&[submitted()], (both.clone(), correct(V1)), Ok(corrected(V2, Waiting::Submitted)));
    check(&[submitted()], (both, approve(V1)), Ok(approved(V1)));
}

#[test]
fn a_right_that_is_missing_is_told_before_anything_of_the_submission() {
    let needs = Permission::Reviewer;
    check(&[], (clerk(), approve(V1)), Err(Refusal::NotPermitted { needs }));
    let needs = Permission::AnyMunicipality;
    check(&[], (reviewer(), correct(V1)), Err(Refusal::NotPermitted { needs }));
    let stranger = actor("m-2", Role::Municipality(neighbour()));
    let needs = Permission::Municipality(municipality());
    check(&[submitted()], (stranger, correct(V3)), Err(Refusal::NotPermitted { needs }));
}

/// Versions filed by these, one after another, waiting for review.
fn filed_by(authors: &[&str]) -> Submission {
    let corrections = (2..).map(|version| corrected(Version(version), Waiting::Submitted));
    let events = std::iter::once(submitted()).chain(corrections);
    authors.iter().zip(events).fold(Submission::Absent, |state, (author, event)| {
        state.evolve(&event, author).expect("the given history is possible")
    })
}

#[track_caller]
fn check_approval(state: &Submission, version: Version, by: &str, then: Result<Event, Refusal>) {
    let both = Actor { name: by.into(), roles: vec![Role::Municipality(municipality()), Role::Reviewer] };
    let decided = decide(state, &open(), &both, before_deadline(), &approve(version));
    assert_eq!(decided, then.map(Decision::of));
}

#[test]
fn who_filed_a_version_never_approves_it() {
    check_approval(&filed_by(&["x"]), V1, "x", Err(Refusal::OwnSubmission));
    check_approval(&filed_by(&["x"]), V1, "y", Ok(approved(V1)));
}

#[test]
fn who_corrected_a_version_never_approves_it() {
    check_approval(&filed_by(&["x", "y"]), V2, "y", Err(Refusal::OwnSubmission));
    check_approval(&filed_by(&["x", "y"]), V2, "x", Ok(approved(V2)));
}

#[test]
fn a_return_or_a_revocation_does_not_change_whose_the_version_is() {
    let revoked_by_other = [approved(V1), revoked(V1)]
        .iter()
        .fold(filed_by(&["x"]), |state, event| state.evolve(event, "y").unwrap());
    check_approval(&revoked_by_other, V1, "x", Err(Refusal::OwnSubmission));
    check_approval(&revoked_by_other, V1, "y", Ok(approved(V1)));
}

#[test]
fn who_filed_may_return_his_own() {
    let both = Actor { name: "m-1".into(), roles: vec![Role::Municipality(municipality()), Role::Reviewer] };
    check(&[submitted()], (both, hand_back(V1)), Ok(returned(V1)));
}

#[track_caller]
fn check_late(quarter: &QuarterState, now: Timestamp, late: bool) {
    let decided = decide(&Submission::Absent, quarter, &clerk(), now, &submit()).unwrap();
    let [Event::ActivitySubmitted(event)] = &decided.events[..] else { panic!("{decided:?}") };
    assert_eq!(event.late, late, "{now}");
}

#[test]
fn what_comes_at_the_deadline_is_in_time_and_a_microsecond_later_it_is_late() {
    check_late(&open(), submit_by() - SignedDuration::from_micros(1), false);
    check_late(&open(), submit_by(), false);
    check_late(&open(), submit_by() + SignedDuration::from_micros(1), true);
}

#[test]
fn what_is_late_is_taken_as_long_as_the_log_has_no_close() {
    check_late(&open(), closed_at() - SignedDuration::from_micros(1), true);
    check_late(&open(), closed_at(), true);
    check_late(&reopened(), closed_at() + SignedDuration::from_hours(24), true);
}

#[test]
fn after_the_close_every_order_is_refused_with_quarter_closed() {
    let refused = Refusal::QuarterClosed { quarter: quarter(), closed_at: closed_at() };
    let histories = [
        vec![submitted()],
        vec![submitted(), returned(V1)],
        vec![submitted(), approved(V1)],
        vec![submitted(), withdrawn(V1, Waiting::Submitted)],
    ];
    for history in &histories {
        // A stale version (V2) as well: the close is the first thing to know.
        for command in ABOUT_A_VERSION.iter().flat_map(|command| [command(V1), command(V2)]) {
            let decided = decide(&given(history), &closed(), &rightful(&command), closed_at(), &command);
            assert_eq!(decided, Err(refused.clone()), "{command:?} after {history:?}");
        }
        let decided = decide(&given(history), &closed(), &clerk(), closed_at(), &submit());
        assert_eq!(decided, Err(refused.clone()), "after {history:?}");
    }
    let new = decide(&Submission::Absent, &closed(), &clerk(), closed_at(), &submit());
    assert_eq!(new, Err(refused));
}

#[test]
fn after_a_reopening_every_order_is_taken_again() {
    let waiting = [submitted()];
    let approved = [submitted(), approved(V1)];
    let orders: [(&[Event], Command); 6] = [
        (&[], submit()),
        (&waiting, correct(V1)),
        (&waiting, withdraw(V1)),
        (&waiting, hand_back(V1)),
        (&waiting, approve(V1)),
        (&approved, revoke(V1)),
    ];
    for (history, command) in orders {
        let decided = decide(&given(history), &reopened(), &rightful(&command), closed_at(), &command);
        assert!(decided.is_ok(), "{command:?}: {decided:?}");
    }
}

#[test]
fn nothing_is_filed_before_the_quarter_opens() {
    let refused = Refusal::QuarterNotOpen { quarter: quarter() };
    let decided =
        decide(&Submission::Absent, &QuarterState::Unopened, &clerk(), before_deadline(), &submit());
    assert_eq!(decided, Err(refused));
}

#[track_caller]
fn check_municipality(register: &Municipality, then: Option<&Refusal>) {
    let Command::Submit(command) = submit() else { unreachable!("it is one") };
    let decided = Submission::Absent.submit(&open(), register, &clerk(), before_deadline(), &command);
    assert_eq!(decided.err().as_ref(), then);
}

#[test]
fn only_a_municipality_that_reports_in_the_quarter_files() {
    let unit = |from| {
        let naming = Naming { from, short_name: "Район".into(), report_heading: "Район".into() };
        Unit { code: municipality(), order: 1, from, names: vec![naming] }
    };
    let retired =
        |from| Municipality::Retired { unit: unit(date(2006, 1, 1)), from, successor: Some(neighbour()) };
    let not_active = |successor| Refusal::MunicipalityNotActive {
        municipality: municipality(),
        quarter: quarter(),
        successor,
    };
    let unknown = Refusal::UnknownMunicipality { municipality: municipality() };
    check_municipality(&Municipality::Absent, Some(&unknown));
    check_municipality(&Municipality::Active(unit(date(2020, 6, 30))), None);
    check_municipality(&Municipality::Active(unit(date(2020, 7, 1))), Some(&not_active(None)));
    check_municipality(&retired(date(2020, 4, 1)), Some(&not_active(Some(neighbour()))));
    check_municipality(&retired(date(2020, 4, 2)), None);
}

#[track_caller]
fn check_activity(activity: Activity, then: Result<&[Warning], ReasonCode>) {
    let told = |decision: Decision| {
        match &decision.events[..] {
            [
                Event::ActivitySubmitted(ActivitySubmitted { warnings, .. })
                | Event::ActivityCorrected(ActivityCorrected { warnings, .. }),
            ] => {
                assert_eq!(warnings, &decision.warnings, "the log tells what the receipt tells");
            }
            other => panic!("{other:?}"),
        }
        decision.warnings
    };
    let reason = |refusal: Refusal| refusal.reason();
    let correction =
        Command::Correct(Correct { submission_id: ID, version: V1, activity: activity.clone(), note: None });
    for (history, command) in [(vec![], submit_activity(activity)), (vec![submitted()], correction)] {
        let decided = decide(&given(&history), &open(), &clerk(), before_deadline(), &command);
        let told = decided.map(told).map_err(reason);
        assert_eq!(told.as_deref().map_err(|reason| *reason), then, "{command:?}");
    }
}

#[test]
fn days_outside_the_quarter_are_taken_with_a_warning() {
    let outside = |index| [Warning::DatesOutsideQuarter { index: Some(index), quarter: quarter() }];
    let on = |ranges: &[DateRange]| Activity { dates: ranges.to_vec(), ..activity() };
    let days = |from, to| DateRange { from, to };
    check_activity(on(&[days(date(2020, 4, 1), date(2020, 6, 30))]), Ok(&[]));
    check_activity(on(&[DateRange::day(date(2020, 3, 31))]), Ok(&outside(0)));
    check_activity(on(&[days(date(2020, 3, 31), date(2020, 4, 1))]), Ok(&outside(0)));
    check_activity(on(&[days(date(2020, 6, 30), date(2020, 7, 1))]), Ok(&outside(0)));
    let second = [DateRange::day(date(2020, 5, 1)), DateRange::day(date(2020, 7, 1))];
    check_activity(on(&second), Ok(&outside(1)));
}

#[test]
fn a_text_of_dates_that_is_not_read_is_taken_with_a_warning() {
    let unread = Activity { dates: vec![], dates_text: Some("на Пасху".into()), ..activity() };
    check_activity(unread, Ok(&[Warning::DatesUnreadable]));
}

#[test]
fn an_activity_that_the_schema_cannot_judge_is_judged_here() {
    let never = Activity { dates: vec![], dates_text: None, ..activity() };
    let backwards = DateRange { from: date(2020, 6, 5), to: date(2020, 6, 4) };
    let wrong = Activity { dates: vec![backwards], ..activity() };
    check_activity(never.clone(), Err(ReasonCode::Schema));
    check_activity(wrong, Err(ReasonCode::Schema));
    let pointer = "/data/activity/dates".into();
    let refused = Refusal::Schema { pointer, fault: SchemaFault::NoDates, others: vec![] };
    check(&[], (clerk(), submit_activity(never)), Err(refused));
}

// Histories that cannot have been.

#[track_caller]
fn check_impossible(history: &[Event], then: &Event) {
    assert_eq!(given(history).evolve(then, "m-1"), None, "{then:?} after {history:?}");
}

#[test]
fn an_event_in_a_state_that_is_not_its_own_cannot_have_happened() {
    use Waiting::{Returned, Submitted};
    let (s, r, a) = (submitted(), returned(V1), approved(V1));
    check_impossible(&[], &corrected(V2, Submitted));
    check_impossible(&[], &r);
    check_impossible(&[], &a);
    check_impossible(&[], &revoked(V1));
    check_impossible(&[], &withdrawn(V1, Submitted));
    check_impossible(std::slice::from_ref(&s), &s);
    check_impossible(std::slice::from_ref(&s), &revoked(V1));
    check_impossible(&[s.clone(), r.clone()], &r);
    check_impossible(&[s.clone(), r], &a);
    check_impossible(&[s.clone(), a.clone()], &a);
    check_impossible(&[s.clone(), a.clone()], &corrected(V2, Submitted));
    check_impossible(&[s.clone(), a], &withdrawn(V1, Submitted));
    check_impossible(&[s.clone(), withdrawn(V1, Submitted)], &corrected(V2, Submitted));
    check_impossible(&[s.clone(), withdrawn(V1, Submitted)], &s);
    check_impossible(&[s.clone(), withdrawn(V1, Submitted)], &withdrawn(V1, Submitted));
    check_impossible(&[s, withdrawn(V1, Submitted)], &withdrawn(V1, Returned));
}

#[test]
fn an_event_of_another_version_cannot_have_happened() {
    let waiting = [submitted(), corrected(V2, Waiting::Submitted)];
    for version in [V1, V3] {
        check_impossible(&waiting, &returned(version));
        check_impossible(&waiting, &approved(version));
        check_impossible(&waiting, &withdrawn(version, Waiting::Submitted));
    }
    for version in [V1, V2, Version(4)] {
        check_impossible(&waiting, &corrected(version, Waiting::Submitted));
    }
    check_impossible(&[submitted(), approved(V1)], &revoked(V2));
}

#[test]
fn an_event_that_names_another_state_than_it_left_cannot_have_happened() {
    check_impossible(&[submitted()], &corrected(V2, Waiting::Returned));
    check_impossible(&[submitted(), returned(V1)], &corrected(V2, Waiting::Submitted));
    check_impossible(&[submitted()], &withdrawn(V1, Waiting::Returned));
    check_impossible(&[submitted(), returned(V1)], &withdrawn(V1, Waiting::Submitted));
}

#[test]
fn a_first_version_that_is_not_the_first_cannot_have_happened() {
    let Event::ActivitySubmitted(event) = submitted() else { unreachable!("it is one") };
    check_impossible(&[], &ActivitySubmitted { version: V2, ..event }.into());
}

#[test]
fn an_event_of_another_submission_cannot_have_happened_to_this_one() {
    let id = SubmissionId(Uuid::from_u128(2));
    let Event::ActivityApproved(event) = approved(V1) else { unreachable!("it is one") };
    check_impossible(&[submitted()], &ActivityApproved { submission_id: id, ..event }.into());
    let Event::ActivityCorrected(event) = corrected(V2, Waiting::Submitted) else {
        unreachable!("it is one")
    };
    check_impossible(&[submitted()], &ActivityCorrected { submission_id: id, ..event }.into());
}
