//! While a batch is written the next one is decided on top of it. Whatever becomes of the first, the second is answered as the
//! log has it.

use std::sync::Arc;

use svod_domain::ReasonCode::{self, QuarterClosed, UnknownSubmission};
use svod_engine::{Answered, Engine, EngineError, Outcome};
use tokio::task::JoinHandle;

use crate::ground::{
    Ground, Message, Running, SMOLENSK, VYAZMA, approve, close, correct, hand_back, log, nothing, recorded,
    seconds, start, submit,
};
use crate::history::check_history;
use crate::store::{Faults, Meddling, Outage};

/// A process whose appends are held up, which has read everything that decisions about the quarter need.
async fn held_up(ground: &Ground) -> (Arc<Meddling>, Running) {
    let store = Arc::new(Faults::default().holding_appends_up().before(&ground.store));
    let engine = start(store.clone(), &ground.clock);
    store.let_append(1);
    recorded(&engine, &[submit("0", SMOLENSK, 0)]).await;
    (store, engine)
}

/// Sends messages, and waits until the process has done with them what it can.
async fn send(engine: &Engine, messages: &[Message]) -> JoinHandle<Result<Vec<Answered>, EngineError>> {
    let (engine, incoming) = (engine.clone(), messages.iter().map(Message::incoming).collect());
    let answers = tokio::spawn(async move { engine.answer_all(incoming).await });
    // The clock of these tests goes on when nobody has anything to do.
    seconds(1).await;
    answers
}

async fn outcomes(answers: JoinHandle<Result<Vec<Answered>, EngineError>>) -> Vec<Outcome> {
    answers.await.unwrap().unwrap().iter().map(|one| one.outcome).collect()
}

fn refused(reason: ReasonCode) -> Vec<Outcome> {
    vec![Outcome::Refused(reason)]
}

#[tokio::test(start_paused = true)]
async fn what_comes_while_a_batch_is_written_sees_it_and_is_recorded_together() {
    let ground = Ground::new().await;
    let (store, engine) = held_up(&ground).await;
    let first = send(&engine, &[submit("1", SMOLENSK, 1)]).await;
    let second = send(&engine, &[hand_back("2", 1, 1)]).await;
    let third =
        send(&engine, &[correct("3", SMOLENSK, 1, 1), approve("4", 1, 2), nothing("5", SMOLENSK)]).await;
    let before = log(&ground.store).await.len();
    store.let_append(2);
    assert_eq!(outcomes(first).await, [Outcome::Recorded]);
    assert_eq!(outcomes(second).await, [Outcome::Recorded]);
    let third = outcomes(third).await;
    assert_eq!(third[..2], [Outcome::Recorded; 2]);
    assert_eq!(third[2], Outcome::Refused(ReasonCode::HasSubmissions));
    assert_eq!(log(&ground.store).await.len(), before + 4);
    check_history(&ground.store).await;
}

#[tokio::test(start_paused = true)]
async fn what_came_after_a_batch_that_failed_fails_too_and_keeps_its_order_when_it_is_sent_again() {
    for outage in [Outage::BeforeAppend, Outage::AfterAppend] {
        let ground = Ground::new().await;
        let (store, engine) = held_up(&ground).await;
        store.fail_next(outage);
        let messages = [submit("1", SMOLENSK, 1), hand_back("2", 1, 1), correct("3", SMOLENSK, 1, 1)];
        // Decided and being written; decided on top of it; waiting, for it names what nobody has read.
        let mut sent = vec![];
        for message in &messages[..2] {
            sent.push(send(&engine, std::slice::from_ref(message)).await);
        }
        sent.push(send(&engine, &[approve("unknown", 99, 1), messages[2].clone()]).await);
        store.let_append(1);
        for answers in sent {
            let failed = answers.await.unwrap();
            assert!(failed.as_ref().is_err_and(EngineError::is_transient), "{failed:?}");
        }
        store.let_append(9);
        assert_eq!(outcomes(send(&engine, &messages).await).await, [Outcome::Recorded; 3], "{outage:?}");
        check_history(&ground.store).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_comes_while_something_waits_is_decided_after_it_and_recorded_with_it() {
    let ground = Ground::new().await;
    let (store, engine) = held_up(&ground).await;
    let first = send(&engine, &[submit("1", SMOLENSK, 1)]).await;
    let unknown = send(&engine, &[approve("2", 99, 1)]).await;
    let third = send(&engine, &[approve("3", 1, 1)]).await;
    store.let_append(2);
    assert_eq!(outcomes(first).await, [Outcome::Recorded]);
    assert_eq!(outcomes(unknown).await, refused(UnknownSubmission));
    assert_eq!(outcomes(third).await, [Outcome::Recorded]);
    check_history(&ground.store).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_decided_on_top_of_a_batch_that_another_process_overtook_is_decided_again() {
    let ground = Ground::new().await;
    let (store, engine) = held_up(&ground).await;
    let first = send(&engine, &[submit("1", SMOLENSK, 1)]).await;
    let second = send(&engine, &[approve("2", 1, 1)]).await;
    let third = send(&engine, &[approve("3", 0, 1)]).await;
    recorded(&ground.engine, &[submit("other", VYAZMA, 9), close("close")]).await;
    // Overtaken, both decided again in one, and once more what the next one is.
    store.let_append(3);
    assert_eq!(outcomes(first).await, refused(QuarterClosed));
    assert_eq!(outcomes(second).await, refused(UnknownSubmission));
    assert_eq!(outcomes(third).await, refused(QuarterClosed));
    check_history(&ground.store).await;
}

#[tokio::test(start_paused = true)]
async fn a_close_waits_for_what_came_before_it_and_keeps_out_what_came_after() {
    let ground = Ground::new().await;
    let (store, engine) = held_up(&ground).await;
    let first = send(&engine, &[approve("1", 0, 1)]).await;
    let closing = send(&engine, &[close("2")]).await;
    let late = send(&engine, &[submit("3", SMOLENSK, 3)]).await;
    store.let_append(3);
    assert_eq!(outcomes(first).await, [Outcome::Recorded]);
    assert_eq!(outcomes(closing).await, [Outcome::Recorded]);
    assert_eq!(outcomes(late).await, refused(QuarterClosed));
    check_history(&ground.store).await;
}

#[tokio::test(start_paused = true)]
async fn a_process_that_stops_answers_what_is_written_and_what_was_decided_on_top_of_it() {
    let ground = Ground::new().await;
    let (store, engine) = held_up(&ground).await;
    let first = send(&engine, &[submit("1", SMOLENSK, 1)]).await;
    let second = send(&engine, &[approve("2", 1, 1)]).await;
    engine.stop.cancel();
    seconds(1).await;
    store.let_append(2);
    assert_eq!(outcomes(first).await, [Outcome::Recorded]);
    assert_eq!(outcomes(second).await, [Outcome::Recorded]);
    check_history(&ground.store).await;
}
