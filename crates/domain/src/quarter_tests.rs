//! The rules of a quarter as tables: given, when, then.

use jiff::SignedDuration;
use jiff::civil::date;
use uuid::Uuid;

use super::tests_support::{municipality, quarter};
use super::*;
use crate::event::ActivityApproved;
use crate::submission::Filed;
use crate::{Command, SubmissionId, Version};

const MICROSECOND: SignedDuration = SignedDuration::from_micros(1);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// By the rule: the 5th working day after the quarter, 18:00 in Moscow.
fn submit_by() -> Timestamp {
    at("2020-07-08T15:00:00Z")
}

/// By the rule: the 10th working day after the quarter, 18:00 in Moscow.
fn close_at() -> Timestamp {
    at("2020-07-15T15:00:00Z")
}

fn rules() -> Rules {
    Rules { terms: TermRule::default(), calendar: Calendar::built_in() }
}

// Given: what has happened.

fn opened() -> Event {
    QuarterOpened {
        quarter: quarter(),
        submit_by: submit_by(),
        close_at: close_at(),
        derivation: None,
        by_schedule: false,
        reason: Some("по письму".into()),
    }
    .into()
}

fn moved(submit_by: Timestamp, close_at: Timestamp) -> Event {
    QuarterMoved { quarter: quarter(), submit_by, close_at, reason: "праздники".into() }.into()
}

fn closed(edition: Edition, closed_at: Timestamp) -> Event {
    QuarterClosed {
        quarter: quarter(),
        edition,
        closed_at,
        by_schedule: true,
        reason: None,
        included_count: 0,
        left_out_count: 0,
        included: vec![],
        left_out: vec![],
        attested: None,
    }
    .into()
}

fn closed_early(edition: Edition, closed_at: Timestamp) -> Event {
    let Event::QuarterClosed(event) = closed(edition, closed_at) else { unreachable!("it is one") };
    QuarterClosed { by_schedule: false, reason: Some("всё согласовано".into()), ..event }.into()
}

fn reopened(edition: Edition, close_at: Timestamp) -> Event {
    QuarterReopened { quarter: quarter(), edition, close_at, reason: "опечатка".into() }.into()
}

fn given(events: &[Event]) -> QuarterState {
    events.iter().fold(QuarterState::Unopened, |state, event| {
        state.evolve(event).expect("the given history is possible")
    })
}

// When: who orders what.

fn actor(role: Role) -> Actor {
    Actor { name: "somebody".into(), roles: vec![role] }
}

fn operator() -> Actor {
    actor(Role::Operator)
}

fn open_on(submit_by: Option<Timestamp>, close_at: Option<Timestamp>) -> Command {
    let reason = Some("по письму".into());
    Command::OpenQuarter(OpenQuarter { quarter: quarter(), submit_by, close_at, reason })
}

fn move_to(submit_by: Option<Timestamp>, close_at: Option<Timestamp>) -> Command {
    let reason = "праздники".into();
    Command::MoveQuarter(MoveQuarter { quarter: quarter(), submit_by, close_at, reason })
}

fn close() -> Command {
    Command::CloseQuarter(CloseQuarter { quarter: quarter(), reason: "всё согласовано".into() })
}

fn reopen(close_at: Timestamp) -> Command {
    let reason = "опечатка".into();
    Command::ReopenQuarter(ReopenQuarter { quarter: quarter(), close_at, reason })
}

fn decide(
    state: &QuarterState,
    actor: &Actor,
    now: Timestamp,
    command: &Command,
    filed: &[Submission],
) -> Result<Decision, Refusal> {
    match command {
        Command::OpenQuarter(command) => state.begin(&rules(), actor, now, command),
        Command::MoveQuarter(command) => state.shift(actor, now, command),
        Command::CloseQuarter(command) => state.close(actor, now, command, filed.iter()),
        Command::ReopenQuarter(command) => state.reopen(actor, now, command),
        other => panic!("no order about a quarter: {other:?}"),
    }
}

/// A moment at which every order of the table makes sense.
fn june() -> Timestamp {
    at("2020-06-20T09:00:00Z")
}

#[track_caller]
fn check(
    history: &[Event],
    (actor, now, command): (Actor, Timestamp, Command),
    then: Result<Event, Refusal>,
) {
    let decided = decide(&given(history), &actor, now, &command, &[]);
    assert_eq!(decided, then.map(Decision::of));
}

// Who may.

#[test]
fn operators_run_quarters_and_svod_itself_only_opens_and_closes_them() {
    let open = vec![opened()];
    let shut = vec![opened(), closed(Edition::FIRST, close_at())];
    let later = close_at() + SignedDuration::from_hours(1);
    let orders = [
        (vec![], june(), open_on(None, None), true),
        (open.clone(), june(), move_to(Some(june()), None), false),
        (open, later, close(), true),
        (shut, later, reopen(at("2020-09-01T15:00:00Z")), false),
    ];
    let needs = Permission::Operator;
    for (history, now, command, by_svod) in orders {
        let decided = |actor: &Actor| decide(&given(&history), actor, now, &command, &[]).err();
        assert_eq!(decided(&operator()), None, "{command:?}");
        for role in [Role::Municipality(municipality()), Role::Reviewer, Role::Auditor] {
            assert_eq!(decided(&actor(role)), Some(Refusal::NotPermitted { needs }), "{role}: {command:?}");
        }
        let refused = (!by_svod).then_some(Refusal::NotPermitted { needs });
        assert_eq!(decided(&Actor::service()), refused, "svod: {command:?}");
    }
}

#[test]
fn a_right_that_is_missing_is_told_before_anything_of_the_quarter() {
    for command in [close(), move_to(None, None), reopen(june())] {
        let refused = decide(&QuarterState::Unopened, &actor(Role::Auditor), june(), &command, &[]);
        assert_eq!(refused, Err(Refusal::NotPermitted { needs: Permission::Operator }), "{command:?}");
    }
}

// In which state.

#[test]
fn a_quarter_that_was_never_opened_is_unknown_to_those_who_run_it() {
    for command in [move_to(None, Some(close_at())), close(), reopen(close_at())] {
        check(&[], (operator(), june(), command), Err(Refusal::UnknownQuarter { quarter: quarter() }));
    }
}

#[test]
fn a_quarter_that_was_never_opened_is_not_open_to_those_who_file() {
    let refused = QuarterState::Unopened.open(quarter());
    assert_eq!(refused, Err(Refusal::QuarterNotOpen { quarter: quarter() }));
}

#[test]
fn a_closed_quarter_is_only_reopened() {
    let history = [opened(), closed(Edition::FIRST, close_at())];
    let refused = Refusal::QuarterClosed { quarter: quarter(), closed_at: close_at() };
    assert_eq!(given(&history).open(quarter()), Err(refused.clone()));
    for command in [move_to(None, Some(at("2020-09-01T15:00:00Z"))), close()] {
        check(&history, (operator(), close_at(), command), Err(refused.clone()));
    }
    check(&history, (Actor::service(), close_at(), close()), Err(refused));
}

#[test]
fn a_quarter_is_opened_once() {
    let exists = Refusal::AlreadyExists { what: Existing::Quarter(quarter()) };
    let shut = [opened(), closed(Edition::FIRST, close_at())];
    for history in [&shut[..1], &shut] {
        for actor in [operator(), Actor::service()] {
            check(history, (actor, june(), open_on(None, None)), Err(exists.clone()));
        }
    }
}

#[test]
fn an_open_quarter_is_not_reopened() {
    let refused = Refusal::WrongState { state: State::QuarterOpen, present: None };
    check(&[opened()], (operator(), june(), reopen(close_at())), Err(refused.clone()));
    let again =
        [opened(), closed(Edition::FIRST, close_at()), reopened(Edition(2), at("2020-09-01T15:00:00Z"))];
    check(&again, (operator(), june(), reopen(close_at())), Err(refused));
}

// Opening.

#[track_caller]
fn check_opening(
    command: &Command,
    (actor, now): (&Actor, Timestamp),
    (submit_by, close_at): (&str, &str),
    warnings: &[Warning],
) -> QuarterOpened {
    let decision = decide(&QuarterState::Unopened, actor, now, command, &[]).unwrap();
    let [Event::QuarterOpened(event)] = &decision.events[..] else { panic!("{decision:?}") };
    assert_eq!((event.submit_by, event.close_at), (at(submit_by), at(close_at)));
    assert_eq!(decision.warnings, warnings);
    event.clone()
}

#[test]
fn a_quarter_opens_by_the_rule_of_working_days_and_shows_its_working() {
    let now = at("2020-03-31T21:00:00Z");
    let terms = ("2020-07-08T15:00:00Z", "2020-07-15T15:00:00Z");
    let event = check_opening(&open_on(None, None), (&Actor::service(), now), terms, &[]);
    let derivation = event.derivation.unwrap();
    assert_eq!(derivation.counted_after, date(2020, 6, 30));
    assert_eq!((derivation.submit_day, derivation.close_day), (date(2020, 7, 8), date(2020, 7, 15)));
    assert_eq!(derivation.weekdays_off, [date(2020, 7, 1)]);
}

#[test]
fn the_log_tells_who_opened_it_and_why() {
    let terms = ("2020-07-08T15:00:00Z", "2020-07-15T15:00:00Z");
    let by_itself = check_opening(&open_on(None, None), (&Actor::service(), june()), terms, &[]);
    let by_hand = check_opening(&open_on(None, None), (&operator(), june()), terms, &[]);
    assert!(by_itself.by_schedule);
    assert!(!by_hand.by_schedule);
    assert_eq!(by_hand.reason.as_deref(), Some("по письму"));
}

#[test]
fn terms_that_are_given_are_taken_as_given() {
    let terms = ("2020-06-25T06:00:00Z", "2020-06-26T06:00:00Z");
    let command = open_on(Some(at(terms.0)), Some(at(terms.1)));
    let event = check_opening(&command, (&operator(), june()), terms, &[]);
    assert_eq!(event.derivation, None, "nothing was counted");
}

#[test]
fn a_term_that_is_not_given_follows_from_the_rule() {
    let only_deadline = open_on(Some(at("2020-07-02T06:00:00Z")), None);
    let terms = ("2020-07-02T06:00:00Z", "2020-07-15T15:00:00Z");
    assert!(check_opening(&only_deadline, (&operator(), june()), terms, &[]).derivation.is_some());
    let only_close = open_on(None, Some(at("2020-08-01T06:00:00Z")));
    let terms = ("2020-07-08T15:00:00Z", "2020-08-01T06:00:00Z");
    assert!(check_opening(&only_close, (&operator(), june()), terms, &[]).derivation.is_some());
}

#[test]
fn a_closing_time_given_before_the_deadline_of_the_rule_moves_the_deadline_with_it() {
    let terms = ("2020-07-03T06:00:00Z", "2020-07-03T06:00:00Z");
    check_opening(&open_on(None, Some(at(terms.1))), (&operator(), june()), terms, &[]);
}

#[test]
fn a_quarter_opened_after_its_terms_gets_them_counted_from_the_opening_with_a_warning() {
    // The close by the rule is 15 July; the 5th and 10th working day after 15 July are the 22nd and the 29th.
    let terms = ("2020-07-22T15:00:00Z", "2020-07-29T15:00:00Z");
    let now = (&operator(), close_at());
    let event = check_opening(&open_on(None, None), now, terms, &[Warning::TermsFromOpening]);
    assert_eq!(event.derivation.unwrap().counted_after, date(2020, 7, 15));
    let in_time = ("2020-07-08T15:00:00Z", "2020-07-15T15:00:00Z");
    check_opening(&open_on(None, None), (&operator(), close_at() - MICROSECOND), in_time, &[]);
}

#[test]
fn a_quarter_opened_after_its_terms_with_only_a_closing_time_is_not_late_from_the_start() {
    let now = (&operator(), at("2020-07-20T09:00:00Z"));
    let terms = ("2020-07-20T12:00:00Z", "2020-07-20T12:00:00Z");
    let command = open_on(None, Some(at("2020-07-20T12:00:00Z")));
    check_opening(&command, now, terms, &[Warning::TermsFromOpening]);
}

#[test]
fn the_day_of_opening_is_the_day_in_the_zone_of_the_rule() {
    // 22:30 UTC on 15 July is 16 July in Moscow.
    let now = at("2020-07-15T22:30:00Z");
    let terms = ("2020-07-23T15:00:00Z", "2020-07-30T15:00:00Z");
    check_opening(&open_on(None, None), (&operator(), now), terms, &[Warning::TermsFromOpening]);
}

#[test]
fn a_quarter_of_a_year_without_a_decree_opens_with_a_warning() {
    let quarter: Quarter = "2034-Q4".parse().unwrap();
    let given = at("2035-02-01T06:00:00Z");
    let open = |submit_by, close_at| OpenQuarter { quarter, submit_by, close_at, reason: None };
    let warned = |command: &OpenQuarter| {
        QuarterState::Unopened.begin(&rules(), &operator(), june(), command).unwrap().warnings
    };
    let provisional = vec![Warning::CalendarProvisional { year: 2035 }];
    assert_eq!(warned(&open(None, None)), provisional);
    assert_eq!(warned(&open(None, Some(given))), provisional);
    assert_eq!(warned(&open(Some(given), Some(given))), vec![], "nothing was counted");
}

#[test]
fn a_quarter_opened_late_in_a_year_without_a_decree_has_both_warnings() {
    let command = Command::OpenQuarter(OpenQuarter {
        quarter: "2033-Q4".parse().unwrap(),
        submit_by: None,
        close_at: None,
        reason: None,
    });
    let now = at("2034-06-01T06:00:00Z");
    let decision = decide(&QuarterState::Unopened, &operator(), now, &command, &[]).unwrap();
    let both = [Warning::TermsFromOpening, Warning::CalendarProvisional { year: 2034 }];
    assert_eq!(decision.warnings, both);
}

// Terms.

/// Opening and moving know the same limits.
#[track_caller]
fn check_terms_of_both(now: Timestamp, submit_by: Timestamp, close_at: Timestamp, then: Option<&Refusal>) {
    let (submit_by, close_at) = (Some(submit_by), Some(close_at));
    let opening = decide(&QuarterState::Unopened, &operator(), now, &open_on(submit_by, close_at), &[]);
    let moving = decide(&given(&[opened()]), &operator(), now, &move_to(submit_by, close_at), &[]);
    assert_eq!(opening.err().as_ref(), then, "opening");
    assert_eq!(moving.err().as_ref(), then, "moving");
}

#[test]
fn a_quarter_never_closes_in_the_past() {
    let now = june();
    let refused = |close_at| Refusal::CloseInPast { close_at, now };
    check_terms_of_both(now, now - MICROSECOND, now - MICROSECOND, Some(&refused(now - MICROSECOND)));
    check_terms_of_both(now, now, now, Some(&refused(now)));
    check_terms_of_both(now, now, now + MICROSECOND, None);
    let history = [opened(), closed(Edition::FIRST, june())];
    check(&history, (operator(), now, reopen(now)), Err(refused(now)));
    check(
        &history,
        (operator(), now, reopen(now + MICROSECOND)),
        Ok(reopened(Edition(2), now + MICROSECOND)),
    );
}

#[test]
fn the_deadline_never_lies_behind_the_close() {
    let close_at = at("2020-07-03T06:00:00Z");
    let submit_by = close_at + MICROSECOND;
    let refused = Refusal::DeadlineAfterClose { submit_by, close_at };
    check_terms_of_both(june(), submit_by, close_at, Some(&refused));
    check_terms_of_both(june(), close_at, close_at, None);
}

#[test]
fn a_deadline_that_has_passed_may_be_given() {
    let past = at("2020-06-01T06:00:00Z");
    check_terms_of_both(june(), past, close_at(), None);
}

#[test]
fn each_term_moves_alone_or_both_move() {
    let (early, late) = (at("2020-07-03T06:00:00Z"), at("2020-08-03T06:00:00Z"));
    let cases = [
        (move_to(Some(early), None), moved(early, close_at())),
        (move_to(None, Some(late)), moved(submit_by(), late)),
        (move_to(Some(early), Some(late)), moved(early, late)),
    ];
    for (command, event) in cases {
        check(&[opened()], (operator(), june(), command), Ok(event));
    }
}

#[test]
fn terms_that_move_nowhere_are_refused() {
    for command in [move_to(None, None), move_to(Some(submit_by()), None), move_to(None, Some(close_at()))] {
        check(&[opened()], (operator(), june(), command), Err(Refusal::NothingToChange));
    }
}

#[test]
fn the_quarter_closes_at_the_time_it_was_moved_to() {
    let later = at("2020-08-03T06:00:00Z");
    let history = [opened(), moved(submit_by(), later)];
    let refused = Refusal::WrongState { state: State::QuarterOpen, present: None };
    check(&history, (Actor::service(), close_at(), close()), Err(refused));
    check(&history, (Actor::service(), later, close()), Ok(closed(Edition::FIRST, later)));
}

// Closing.

#[test]
fn svod_closes_no_quarter_before_its_time() {
    let refused = Refusal::WrongState { state: State::QuarterOpen, present: None };
    let command = || (Actor::service(), close_at() - MICROSECOND, close());
    check(&[opened()], command(), Err(refused));
}

#[test]
fn a_quarter_that_closes_by_itself_closed_at_its_closing_time_however_late_svod_woke() {
    for woke in [close_at(), close_at() + MICROSECOND, at("2020-12-31T00:00:00Z")] {
        check(&[opened()], (Actor::service(), woke, close()), Ok(closed(Edition::FIRST, close_at())));
    }
}

#[test]
fn an_operator_closes_before_the_time_with_a_reason() {
    check(&[opened()], (operator(), june(), close()), Ok(closed_early(Edition::FIRST, june())));
}

#[test]
fn each_close_after_a_reopening_makes_the_next_edition() {
    let terms = [at("2020-09-01T15:00:00Z"), at("2020-10-01T15:00:00Z")];
    let mut history = vec![opened(), closed(Edition(1), close_at())];
    check(&history, (operator(), close_at(), reopen(terms[0])), Ok(reopened(Edition(2), terms[0])));
    history.push(reopened(Edition(2), terms[0]));
    check(&history, (Actor::service(), terms[0], close()), Ok(closed(Edition(2), terms[0])));
    history.push(closed(Edition(2), terms[0]));
    check(&history, (operator(), terms[0], reopen(terms[1])), Ok(reopened(Edition(3), terms[1])));
    history.push(reopened(Edition(3), terms[1]));
    check(&history, (operator(), terms[0], close()), Ok(closed_early(Edition(3), terms[0])));
}

#[test]
fn a_reopened_quarter_keeps_its_filing_deadline() {
    let again = at("2020-09-01T15:00:00Z");
    let state = given(&[opened(), closed(Edition(1), close_at()), reopened(Edition(2), again)]);
    let terms = OpenTerms { submit_by: submit_by(), close_at: again, edition: Edition(2) };
    assert_eq!(state, QuarterState::Open(terms));
}

#[test]
fn a_quarter_closed_early_and_reopened_for_less_than_its_deadline_has_no_deadline_behind_its_close() {
    let again = june() + SignedDuration::from_hours(24);
    let state = given(&[opened(), closed(Edition(1), june()), reopened(Edition(2), again)]);
    assert_eq!(state.open(quarter()).unwrap().submit_by, again);
}

// What is in the report.

fn filed(number: u32, version: u32) -> Filed {
    Filed {
        id: SubmissionId(Uuid::from_u128(u128::from(number) << 96)),
        municipality: municipality(),
        quarter: quarter(),
        version: Version(version),
        author: "m-1".into(),
    }
}

fn included(number: u32, version: u32) -> Included {
    Included { submission_id: filed(number, version).id, version: Version(version) }
}

fn left_out(number: u32, version: u32, because: LeftOutBecause) -> LeftOut {
    LeftOut { submission_id: filed(number, version).id, version: Version(version), because }
}

fn close_with(submissions: &[Submission]) -> (Vec<QuarterSelected>, QuarterClosed) {
    let decision = decide(&given(&[opened()]), &Actor::service(), close_at(), &close(), submissions).unwrap();
    let mut parts = vec![];
    for event in &decision.events {
        assert!(event.data().unwrap().to_string().len() < 60_000, "the event is too large for an entry");
        match event {
            Event::QuarterSelected(part) => parts.push(part.clone()),
            Event::QuarterClosed(closed) => {
                assert_eq!(decision.events.len(), parts.len() + 1, "the close is the last event");
                return (parts, closed.clone());
            }
            other => panic!("{other:?}"),
        }
    }
    panic!("no close")
}

#[test]
fn what_is_approved_is_in_the_report_and_the_rest_is_left_out_with_its_reason() {
    let submissions = [
        Submission::Approved(filed(1, 3)),
        Submission::Submitted(filed(2, 1)),
        Submission::Returned(filed(3, 2)),
        Submission::Withdrawn(filed(4, 1)),
        Submission::Absent,
        Submission::Approved(filed(5, 1)),
    ];
    let (parts, closed) = close_with(&submissions);
    assert_eq!(parts, []);
    assert_eq!(closed.included, [included(1, 3), included(5, 1)], "in the order of filing");
    let reasons = [
        left_out(2, 1, LeftOutBecause::NotReviewed),
        left_out(3, 2, LeftOutBecause::NotCorrected),
        left_out(4, 1, LeftOutBecause::Withdrawn),
    ];
    assert_eq!(closed.left_out, reasons);
    assert_eq!((closed.included_count, closed.left_out_count), (2, 3));
}

#[test]
fn a_quarter_with_nothing_filed_closes_with_an_empty_report() {
    let (parts, closed) = close_with(&[]);
    assert_eq!((parts.len(), closed.included_count, closed.left_out_count), (0, 0, 0));
}

/// So many approved and so many not reviewed; `parts`: the rows in and out of each part, the close last.
#[track_caller]
fn check_parts(approved: u32, waiting: u32, parts: &[(usize, usize)]) {
    let rows_in: Vec<Included> = (0..approved).map(|number| included(number, 1)).collect();
    let rows_out: Vec<LeftOut> = (approved..approved + waiting)
        .map(|number| left_out(number, u32::MAX, LeftOutBecause::NotCorrected))
        .collect();
    let mut submissions: Vec<Submission> =
        (0..approved).map(|number| Submission::Approved(filed(number, 1))).collect();
    submissions
        .extend((approved..approved + waiting).map(|number| Submission::Returned(filed(number, u32::MAX))));

    let (selected, closed) = close_with(&submissions);

    let mut sizes: Vec<_> = selected.iter().map(|part| (part.included.len(), part.left_out.len())).collect();
    sizes.push((closed.included.len(), closed.left_out.len()));
    assert_eq!(sizes, parts);
    assert_eq!((closed.included_count, closed.left_out_count), (approved, waiting));
    let numbers: Vec<u32> = selected.iter().map(|part| part.part).collect();
    assert_eq!(numbers, (1..=u32::try_from(selected.len()).unwrap()).collect::<Vec<_>>());
    let all_in = selected.iter().flat_map(|part| &part.included).chain(&closed.included);
    assert!(all_in.eq(&rows_in), "every approved version once, in the order of filing");
    let all_out = selected.iter().flat_map(|part| &part.left_out).chain(&closed.left_out);
    assert!(all_out.eq(&rows_out), "every other version once, in the order of filing");
}

#[test]
fn a_selection_is_cut_into_parts_that_fit_into_an_entry() {
    check_parts(500, 0, &[(500, 0)]);
    check_parts(0, 500, &[(0, 500)]);
    check_parts(250, 250, &[(250, 250)]);
    check_parts(501, 0, &[(500, 0), (1, 0)]);
    check_parts(250, 251, &[(250, 0), (0, 251)]);
    check_parts(0, 1_201, &[(0, 500), (0, 500), (0, 201)]);
    check_parts(1_201, 0, &[(500, 0), (500, 0), (201, 0)]);
    check_parts(700, 501, &[(500, 0), (200, 0), (0, 500), (0, 1)]);
}

#[test]
fn the_longest_reason_and_the_longest_part_fit_into_an_entry_together() {
    let submissions: Vec<Submission> =
        (0..500).map(|number| Submission::Returned(filed(number, 9_999))).collect();
    // The schema takes 2,000 characters; 4 bytes is the most that one has in UTF-8.
    let command = Command::CloseQuarter(CloseQuarter { quarter: quarter(), reason: "𝄞".repeat(2_000) });
    let decision = decide(&given(&[opened()]), &operator(), june(), &command, &submissions).unwrap();
    assert_eq!(decision.events.len(), 1);
    assert!(decision.events[0].data().unwrap().to_string().len() < 60_000);
}

#[test]
fn parts_belong_to_the_edition_that_the_close_makes() {
    let again = at("2020-09-01T15:00:00Z");
    let state = given(&[opened(), closed(Edition(1), close_at()), reopened(Edition(2), again)]);
    let submissions: Vec<Submission> =
        (0..501).map(|number| Submission::Approved(filed(number, 1))).collect();
    let decision = decide(&state, &Actor::service(), again, &close(), &submissions).unwrap();
    let [Event::QuarterSelected(part), Event::QuarterClosed(closed)] = &decision.events[..] else {
        panic!("not two events")
    };
    assert_eq!((part.edition, closed.edition), (Edition(2), Edition(2)));
}

// Histories that cannot have been.

#[track_caller]
fn check_impossible(history: &[Event], then: &Event) {
    assert_eq!(given(history).evolve(then), None, "{then:?} after {history:?}");
}

fn selected(edition: Edition) -> Event {
    QuarterSelected { quarter: quarter(), edition, part: 1, included: vec![], left_out: vec![] }.into()
}

#[test]
fn an_event_in_a_state_that_is_not_its_own_cannot_have_happened() {
    let (first, second) = (Edition(1), Edition(2));
    let later = at("2020-09-01T15:00:00Z");
    let moved = moved(submit_by(), later);
    for event in [moved.clone(), selected(first), closed(first, close_at()), reopened(first, later)] {
        check_impossible(&[], &event);
    }
    for event in [opened(), reopened(first, later), reopened(second, later)] {
        check_impossible(&[opened()], &event);
    }
    for event in
        [opened(), moved, selected(first), selected(second), closed(first, later), closed(second, later)]
    {
        check_impossible(&[opened(), closed(first, close_at())], &event);
    }
}

#[test]
fn an_event_of_another_edition_cannot_have_happened() {
    check_impossible(&[opened()], &selected(Edition(2)));
    check_impossible(&[opened()], &closed(Edition(2), close_at()));
    for edition in [Edition(1), Edition(3)] {
        let reopened = reopened(edition, at("2020-09-01T15:00:00Z"));
        check_impossible(&[opened(), closed(Edition(1), close_at())], &reopened);
    }
}

#[test]
fn terms_cannot_have_been_moved_nowhere() {
    check_impossible(&[opened()], &moved(submit_by(), close_at()));
}

#[test]
fn what_happened_to_a_submission_has_not_happened_to_the_quarter() {
    let event = ActivityApproved {
        submission_id: filed(1, 1).id,
        municipality: municipality(),
        quarter: quarter(),
        version: Version::FIRST,
    };
    check_impossible(&[opened()], &event.into());
}

#[test]
fn a_part_of_the_selection_changes_no_term() {
    assert_eq!(given(&[opened(), selected(Edition(1))]), given(&[opened()]));
}
