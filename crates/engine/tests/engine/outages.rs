//! The database goes away in the middle: nothing is doubled, nothing is lost, the first answer stands.

use std::sync::Arc;

use svod_domain::{Actor, Refusal};
use svod_engine::{EngineError, Outcome};

use crate::ground::{
    Ground, Message, SMOLENSK, VYAZMA, answer, approve, close, code, log, nothing, open, operator, ordered,
    recorded, start, submit,
};
use crate::history::check_history;
use crate::store::{Faults, Outage};

#[tokio::test]
async fn a_message_whose_append_failed_is_recorded_when_it_is_sent_again() {
    let ground = Ground::new().await;
    let store = Arc::new(Faults::default().before(&ground.store));
    let engine = start(store.clone(), &ground.clock);
    store.fail_next(Outage::BeforeAppend);
    let message = submit("1", SMOLENSK, 1);
    let failed = engine.answer(message.incoming()).await;
    assert!(failed.as_ref().is_err_and(EngineError::is_transient), "{failed:?}");
    assert_eq!(log(&ground.store).await.len(), 4);
    let answered = answer(&engine, &message).await;
    assert_eq!((answered.outcome, answered.repeated), (Outcome::Recorded, false));
    recorded(&engine, &[approve("2", 1, 1)]).await;
    check_history(&ground.store).await;
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_gets_the_original_one() {
    let ground = Ground::new().await;
    let store = Arc::new(Faults::default().before(&ground.store));
    let engine = start(store.clone(), &ground.clock);
    store.fail_next(Outage::AfterAppend);
    let message = submit("1", SMOLENSK, 1);
    engine.answer(message.incoming()).await.unwrap_err();
    ground.clock.set("2020-06-03T00:00:00Z");
    let again = answer(&engine, &message).await;
    assert_eq!((again.outcome, again.repeated), (Outcome::Recorded, true));
    assert_eq!(crate::ground::said(&again).received_at, crate::ground::time("2020-06-01T09:00:00Z"));
    assert_eq!(log(&ground.store).await.len(), 5);
    // What was recorded without anybody knowing is known to the next decision.
    recorded(&engine, &[approve("2", 1, 1)]).await;
    check_history(&ground.store).await;
}

#[tokio::test]
async fn a_batch_that_failed_after_it_was_recorded_is_answered_whole_when_it_is_sent_again() {
    let ground = Ground::new().await;
    let store = Arc::new(Faults::default().before(&ground.store));
    let engine = start(store.clone(), &ground.clock);
    let messages: Vec<Message> = vec![
        submit("1", SMOLENSK, 1),
        nothing("2", VYAZMA),
        submit("3", VYAZMA, 3),
        approve("4", 1, 1),
        approve("5", 99, 1),
        close("6"),
        submit("7", SMOLENSK, 7),
    ];
    let incoming = || messages.iter().map(Message::incoming).collect();
    store.fail_next(Outage::AfterAppend);
    engine.answer_all(incoming()).await.unwrap_err();
    let entries = log(&ground.store).await.len();
    let answered = engine.answer_all(incoming()).await.unwrap();
    // The close begins a batch of its own. It and what came after it failed with the one before, unrecorded.
    let repeated: Vec<bool> = answered.iter().map(|one| one.repeated).collect();
    assert_eq!(repeated, [true, true, true, true, true, false, false]);
    assert_eq!(log(&ground.store).await.len(), entries + 1);
    let codes: Vec<_> = answered.iter().map(|one| crate::ground::said(one).code).collect();
    let expected = [None, None, None, None, Some("unknown-submission"), None, Some("quarter-closed")];
    assert_eq!(codes, expected.map(|code| code.map(str::to_owned)));
    check_history(&ground.store).await;
}

#[tokio::test]
async fn a_failure_while_states_are_read_is_a_failure_and_not_a_refusal() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1)]).await;
    let store = Arc::new(Faults::default().before(&ground.store));
    let engine = start(store.clone(), &ground.clock);
    for _ in 0..3 {
        store.fail_next(Outage::Read);
        engine.answer(approve("2", 1, 1).incoming()).await.unwrap_err();
    }
    assert_eq!(code(&engine, &approve("2", 1, 1)).await, None);
}

#[tokio::test]
async fn a_failure_while_catching_up_does_not_take_answers_away_that_were_recorded() {
    let ground = Ground::new().await;
    let store = Arc::new(Faults::default().before(&ground.store));
    let engine = start(store.clone(), &ground.clock);
    recorded(&engine, &[submit("1", SMOLENSK, 1)]).await;
    // Another process moves the log on, so that this one has to catch up behind its own append.
    recorded(&ground.engine, &[submit("2", VYAZMA, 2)]).await;
    store.fail_next(Outage::Read);
    let answered = answer(&engine, &submit("3", SMOLENSK, 3)).await;
    assert_eq!(answered.outcome, Outcome::Recorded);
    store.fail_next(Outage::Read);
    engine.answer(approve("4", 2, 1).incoming()).await.unwrap_err();
    recorded(&engine, &[approve("4", 2, 1)]).await;
    check_history(&ground.store).await;
}

#[tokio::test]
async fn an_order_given_again_after_a_lost_answer_is_refused_and_not_doubled() {
    let ground = Ground::new().await;
    let store = Arc::new(Faults::default().before(&ground.store));
    let engine = start(store.clone(), &ground.clock);
    let third = || open("2020-Q3", "2020-10-07T15:00:00Z", "2020-10-14T15:00:00Z");
    store.fail_next(Outage::AfterAppend);
    engine.order(Actor::service(), third()).await.unwrap_err();
    let again = engine.order(Actor::service(), third()).await.unwrap();
    assert!(matches!(again, Err(Refusal::AlreadyExists { .. })), "{again:?}");
    assert_eq!(log(&ground.store).await.len(), 5);
}

#[tokio::test]
async fn an_order_whose_append_failed_is_taken_when_it_is_given_again() {
    let ground = Ground::new().await;
    let store = Arc::new(Faults::default().before(&ground.store));
    let engine = start(store.clone(), &ground.clock);
    let third = || open("2020-Q3", "2020-10-07T15:00:00Z", "2020-10-14T15:00:00Z");
    store.fail_next(Outage::BeforeAppend);
    engine.order(operator(), third()).await.unwrap_err();
    ordered(&engine, operator(), third()).await;
    check_history(&ground.store).await;
}
