//! Two engines on one store are two processes: they race, and the order of the log decides.

use std::collections::BTreeSet;
use std::sync::Arc;

use svod_domain::command::{CloseQuarter, MoveQuarter, OpenQuarter};
use svod_domain::{Actor, Command, Edition, ReasonCode, Refusal};
use svod_engine::{Engine, Outcome, edition_inputs};

use crate::ground::{
    DESNOGORSK, Ground, Message, Running, SMOLENSK, VYAZMA, answer, approve, close, code, correct, hand_back,
    kinds_after, log, nothing, operator, ordered, quarter, recorded, reopen, said, start, submit, time,
    withdraw,
};
use crate::history::check_history;
use crate::store::Faults;

/// Two processes whose steps interleave as the seed says.
async fn two(seed: u64) -> (Ground, Running, Running) {
    let ground = Ground::new().await;
    let process =
        |seed| start(Arc::new(Faults::default().yielding(seed).before(&ground.store)), &ground.clock);
    let (one, two) = (process(seed * 2 + 1), process(seed * 7 + 3));
    (ground, one, two)
}

/// Sends messages one after another, as one sender does.
async fn send(engine: Engine, messages: Vec<Message>) -> Vec<(String, Outcome, Arc<[u8]>)> {
    let mut answers = vec![];
    for message in messages {
        let answered = answer(&engine, &message).await;
        answers.push((message.id, answered.outcome, answered.receipt));
    }
    answers
}

/// The life of some submissions of one municipality, as messages; whatever the state, each gets its answer.
fn life(prefix: &str, code: &str, numbers: std::ops::Range<u32>) -> Vec<Message> {
    let mut messages = vec![nothing(&format!("{prefix}-nil"), code)];
    for n in numbers {
        let id = |what: &str| format!("{prefix}-{what}-{n}");
        messages.push(submit(&id("submit"), code, n));
        messages.push(hand_back(&id("return"), n, 1));
        messages.push(correct(&id("correct"), code, n, 1));
        messages.push(approve(&id("approve"), n, 2));
        if n % 3 == 0 {
            messages.push(submit(&id("more"), code, n + 1_000));
            messages.push(withdraw(&id("withdraw"), code, n + 1_000, 1));
        }
    }
    messages
}

#[tokio::test]
async fn two_processes_that_take_turns_keep_one_history() {
    for seed in 1..40 {
        let (ground, one, two) = two(seed).await;
        let mut tasks = tokio::task::JoinSet::new();
        for (engine, prefix, code, from) in [
            (&one, "a", SMOLENSK, 0),
            (&two, "b", DESNOGORSK, 100),
            (&one, "c", VYAZMA, 200),
            // The same municipality through another process: the same ids of submissions, other messages.
            (&two, "d", VYAZMA, 200),
            // And the very same messages through the other process.
            (&two, "a", SMOLENSK, 0),
        ] {
            tasks.spawn(send(engine.engine.clone(), life(prefix, code, from..from + 6)));
        }
        tasks.spawn(send(
            one.engine.clone(),
            vec![close("close-1"), reopen("reopen", "2020-08-01T00:00:00Z")],
        ));
        tasks.spawn(send(two.engine.clone(), vec![close("close-2")]));
        let answers: BTreeSet<_> = tasks.join_all().await.into_iter().flatten().map(flat).collect();
        let ids: BTreeSet<_> = answers.iter().map(|(id, ..)| id.clone()).collect();
        assert_eq!(ids.len(), answers.len(), "a message has two answers (seed {seed})");
        check_history(&ground.store).await;
        check_receipts(&ground, &answers).await;
    }
}

fn flat((id, outcome, receipt): (String, Outcome, Arc<[u8]>)) -> (String, bool, Arc<[u8]>) {
    (id, outcome == Outcome::Recorded, receipt)
}

/// Every message that was recorded stands in the log where its receipt says, and no other does.
async fn check_receipts(ground: &Ground, answers: &BTreeSet<(String, bool, Arc<[u8]>)>) {
    let entries = log(&ground.store).await;
    let mut told = BTreeSet::new();
    for (id, _, receipt) in answers.iter().filter(|(_, recorded, _)| *recorded) {
        let said = svod_engine::receipt::read_receipt(receipt).unwrap().data;
        let entry = &entries[usize::try_from(said.position.unwrap()).unwrap() - 1];
        assert_eq!(&entry.message.as_ref().unwrap().id, id);
        told.insert(id.clone());
    }
    // Orders have a name as well, and no receipt.
    let messages =
        entries.iter().filter_map(|entry| entry.message.as_ref()).filter(|name| name.source == "/test");
    let happened: BTreeSet<String> = messages.map(|name| name.id.clone()).collect();
    assert_eq!(told, happened);
}

#[tokio::test]
async fn a_nil_return_and_a_filing_that_race_never_both_stand() {
    let mut outcomes = BTreeSet::new();
    for seed in 1..60 {
        let (ground, one, two) = two(seed).await;
        // Both know the quarter already, so that both decide on what they remember; the one that declares nothing is up
        // to date, or it would always be the later one.
        recorded(&two, &[submit("y", SMOLENSK, 91)]).await;
        recorded(&one, &[submit("x", SMOLENSK, 90)]).await;
        let (nil, filing) = (nothing("nil", VYAZMA), submit("filing", VYAZMA, 1));
        let (nil, filing) = tokio::join!(answer(&one, &nil), answer(&two, &filing));
        assert_eq!(filing.outcome, Outcome::Recorded, "a filing takes a nil return back");
        let first = kinds_after(&ground.store, 6).await;
        match nil.outcome {
            Outcome::Recorded => assert_eq!(first, ["nothing-declared", "activity-submitted"]),
            Outcome::Refused(reason) => {
                assert_eq!(reason, ReasonCode::HasSubmissions);
                assert_eq!(first, ["activity-submitted"]);
            }
        }
        outcomes.insert(nil.outcome == Outcome::Recorded);
        check_history(&ground.store).await;
    }
    assert_eq!(outcomes.len(), 2, "both orders were seen, or the race was none");
}

#[tokio::test]
async fn two_closes_that_race_close_once_and_the_other_is_told_so() {
    for seed in 1..40 {
        let (ground, one, two) = two(seed).await;
        recorded(&one, &[submit("1", SMOLENSK, 1), submit("2", VYAZMA, 2)]).await;
        let by_hand =
            [close("close-1"), close("close-2"), approve("approve-1", 1, 1), approve("approve-2", 2, 1)];
        let answers = tokio::join!(
            answer(&one, &by_hand[0]),
            answer(&two, &by_hand[1]),
            answer(&one, &by_hand[2]),
            answer(&two, &by_hand[3]),
        );
        let closed = [answers.0.outcome, answers.1.outcome];
        assert!(closed.contains(&Outcome::Recorded), "{closed:?}");
        assert!(closed.contains(&Outcome::Refused(ReasonCode::QuarterClosed)), "{closed:?}");
        for approved in [answers.2.outcome, answers.3.outcome] {
            let late = Outcome::Refused(ReasonCode::QuarterClosed);
            assert!([Outcome::Recorded, late].contains(&approved), "{approved:?}");
        }
        check_history(&ground.store).await;
    }
}

#[tokio::test]
async fn an_approval_that_races_with_a_close_is_in_the_report_or_refused() {
    let mut outcomes = BTreeSet::new();
    for seed in 1..60 {
        let (ground, one, two) = two(seed).await;
        recorded(&two, &[submit("1", VYAZMA, 1)]).await;
        // The one that closes is up to date, or it would always be the later one.
        recorded(&one, &[submit("2", SMOLENSK, 2)]).await;
        let (close, approve) = (close("close"), approve("approve", 1, 1));
        let (closed, approved) = tokio::join!(answer(&one, &close), answer(&two, &approve));
        assert_eq!(closed.outcome, Outcome::Recorded);
        let inputs = edition_inputs(&ground.store, quarter("2020-Q2"), Edition::FIRST).await;
        let printed = inputs.unwrap().unwrap().sections.len();
        match approved.outcome {
            Outcome::Recorded => assert_eq!(printed, 1),
            Outcome::Refused(reason) => assert_eq!((reason, printed), (ReasonCode::QuarterClosed, 0)),
        }
        outcomes.insert(printed);
        check_history(&ground.store).await;
    }
    assert_eq!(outcomes.len(), 2, "both orders were seen, or the race was none");
}

#[tokio::test]
async fn what_another_process_recorded_is_seen_before_a_refusal_is_given() {
    let ground = Ground::new().await;
    let (one, two) = (ground.copy(), ground.copy());
    recorded(&one, &[submit("1", SMOLENSK, 1)]).await;
    recorded(&two, &[approve("2", 1, 1)]).await;
    // The first process still remembers the submission as waiting.
    assert_eq!(code(&one, &correct("3", SMOLENSK, 1, 1)).await.as_deref(), Some("wrong-state"));
    assert_eq!(code(&one, &approve("4", 1, 1)).await.as_deref(), Some("wrong-state"));
    recorded(&two, &[close("5")]).await;
    assert_eq!(code(&one, &submit("6", SMOLENSK, 6)).await.as_deref(), Some("quarter-closed"));
    recorded(&one, &[reopen("7", "2020-08-01T00:00:00Z")]).await;
    recorded(&two, &[submit("8", SMOLENSK, 8)]).await;
    check_history(&ground.store).await;
}

#[tokio::test]
async fn an_order_is_not_refused_for_what_was_true_before_another_process_changed_it() {
    let ground = Ground::new().await;
    let (one, two) = (ground.copy(), ground.copy());
    let by_time = || CloseQuarter { quarter: quarter("2020-Q2"), reason: String::new() };
    let early = one.order(Actor::service(), Command::CloseQuarter(by_time())).await.unwrap();
    assert!(matches!(early, Err(Refusal::WrongState { .. })), "{early:?}");
    let sooner = MoveQuarter {
        quarter: quarter("2020-Q2"),
        submit_by: Some(time("2020-06-10T00:00:00Z")),
        close_at: Some(time("2020-06-20T00:00:00Z")),
        reason: "раньше".into(),
    };
    ordered(&two, operator(), Command::MoveQuarter(sooner)).await;
    ground.clock.set("2020-06-20T00:00:00Z");
    ordered(&one, Actor::service(), Command::CloseQuarter(by_time())).await;
    check_history(&ground.store).await;
}

#[tokio::test]
async fn a_quarter_that_two_processes_open_is_opened_once() {
    for seed in 1..20 {
        let (ground, one, two) = two(seed).await;
        let open = || {
            let quarter = quarter("2020-Q3");
            Command::OpenQuarter(OpenQuarter { quarter, submit_by: None, close_at: None, reason: None })
        };
        let orders = tokio::join!(one.order(Actor::service(), open()), two.order(Actor::service(), open()));
        let orders = [orders.0.unwrap(), orders.1.unwrap()];
        assert_eq!(orders.iter().filter(|order| order.is_ok()).count(), 1, "{orders:?}");
        assert_eq!(kinds_after(&ground.store, 4).await, ["quarter-opened"]);
    }
}

#[tokio::test]
async fn one_message_sent_to_two_processes_at_once_is_recorded_once() {
    for seed in 1..40 {
        let (ground, one, two) = two(seed).await;
        let message = submit("1", SMOLENSK, 1);
        let (first, second) = tokio::join!(answer(&one, &message), answer(&two, &message));
        assert_eq!(first.receipt, second.receipt);
        assert_ne!(first.repeated, second.repeated);
        assert_eq!(log(&ground.store).await.len(), 5);
    }
}

#[tokio::test]
async fn an_id_of_a_submission_taken_in_another_quarter_exists_already() {
    let ground = Ground::new().await;
    let third = crate::ground::open("2020-Q3", "2020-10-07T15:00:00Z", "2020-10-14T15:00:00Z");
    ordered(&ground.engine, operator(), third).await;
    let elsewhere = |id: &str, number| {
        let mut message = submit(id, VYAZMA, number);
        message.data["quarter"] = serde_json::json!("2020-Q3");
        message
    };
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1)]).await;
    assert_eq!(code(&ground.engine, &elsewhere("2", 1)).await.as_deref(), Some("already-exists"));
    // A process that has never held the second quarter finds out as well.
    let other = ground.copy();
    assert_eq!(code(&other, &elsewhere("3", 1)).await.as_deref(), Some("already-exists"));
    let both = vec![elsewhere("4", 7).incoming(), submit("5", SMOLENSK, 7).incoming()];
    let both = ground.copy().answer_all(both).await.unwrap();
    assert_eq!(both[0].outcome, Outcome::Recorded);
    assert_eq!(said(&both[1]).code.as_deref(), Some("already-exists"));
    check_history(&ground.store).await;
}
