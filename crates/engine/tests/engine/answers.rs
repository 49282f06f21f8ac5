//! Exactly one answer to a message, for ever.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use svod_domain::ReasonCode;
use svod_engine::receipt::read_receipt;
use svod_engine::{Incoming, Outcome, Sender};
use svod_log::{EventLog as _, MessageKey};

use crate::ground::{
    DESNOGORSK, Ground, Message, SMOLENSK, VYAZMA, answer, approve, close, code, log, municipality, nothing,
    receipt, recorded, reviewer, said, submit,
};
use crate::history::check_history;

fn key(id: &str) -> MessageKey {
    MessageKey { source: "/test".into(), id: id.into() }
}

#[tokio::test]
async fn a_message_sent_again_gets_the_same_bytes() {
    let ground = Ground::new().await;
    let message = submit("1", SMOLENSK, 1);
    let first = answer(&ground.engine, &message).await;
    ground.clock.set("2020-06-02T00:00:00Z");
    let again = answer(&ground.engine, &message).await;
    assert_eq!((first.outcome, first.repeated), (Outcome::Recorded, false));
    assert_eq!((again.outcome, again.repeated), (Outcome::Recorded, true));
    assert_eq!(first.receipt, again.receipt);
    assert_eq!(first.message, Some(key("1")));
}

#[tokio::test]
async fn a_message_written_with_other_white_space_is_the_same_message() {
    let ground = Ground::new().await;
    let message = submit("1", SMOLENSK, 1);
    let first = answer(&ground.engine, &message).await;
    let spaced = String::from_utf8(message.body()).unwrap().replace(",\"", " ,\n \"");
    let again = Incoming { body: spaced.into_bytes(), ..message.incoming() };
    assert_eq!(ground.engine.answer(again).await.unwrap().receipt, first.receipt);
}

#[tokio::test]
async fn a_refusal_is_answered_the_same_after_its_reason_has_gone() {
    let ground = Ground::new().await;
    let early = approve("early", 1, 1);
    let first = answer(&ground.engine, &early).await;
    assert_eq!(first.outcome, Outcome::Refused(ReasonCode::UnknownSubmission));
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1)]).await;
    let again = answer(&ground.engine, &early).await;
    assert_eq!((&again.receipt, again.outcome, again.repeated), (&first.receipt, first.outcome, true));
    assert_eq!(code(&ground.engine, &approve("later", 1, 1)).await, None, "the same order is taken now");
}

#[tokio::test]
async fn a_recorded_answer_stays_after_the_quarter_has_closed() {
    let ground = Ground::new().await;
    let message = submit("1", SMOLENSK, 1);
    let first = answer(&ground.engine, &message).await;
    recorded(&ground.engine, &[close("close")]).await;
    assert_eq!(answer(&ground.engine, &message).await.receipt, first.receipt);
}

#[tokio::test]
async fn an_id_used_again_for_other_content_is_refused_and_the_first_answer_stays() {
    let ground = Ground::new().await;
    let first = answer(&ground.engine, &submit("1", SMOLENSK, 1)).await;
    let other = answer(&ground.engine, &submit("1", SMOLENSK, 2)).await;
    assert_eq!(other.outcome, Outcome::Refused(ReasonCode::IdReused));
    let kept = ground.store.receipt(&key("1")).await.unwrap().unwrap();
    assert_eq!(kept.body, first.receipt);
    assert_eq!(said(&other).message_id.as_deref(), Some("1"));
}

#[tokio::test]
async fn the_receipt_of_a_reused_id_has_an_id_of_its_own() {
    let ground = Ground::new().await;
    let id = |receipt: &[u8]| serde_json::from_slice::<serde_json::Value>(receipt).unwrap()["id"].clone();
    let first = answer(&ground.engine, &submit("1", SMOLENSK, 1)).await;
    let other = answer(&ground.engine, &submit("1", SMOLENSK, 2)).await;
    assert_ne!(id(&first.receipt), id(&other.receipt), "a client that drops repeated events would miss it");
}

#[tokio::test]
async fn a_message_with_a_reused_id_that_is_sent_again_gets_the_same_receipt() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1)]).await;
    let other = answer(&ground.engine, &submit("1", SMOLENSK, 2)).await;
    ground.clock.set("2020-06-02T09:00:00Z");
    let again = answer(&ground.engine, &submit("1", SMOLENSK, 2)).await;
    assert_eq!(again.receipt, other.receipt);
    assert_eq!((other.repeated, again.repeated), (false, true));
    let third = answer(&ground.engine, &submit("1", SMOLENSK, 3)).await;
    assert_ne!(third.receipt, other.receipt, "another content has another receipt");
}

#[tokio::test]
async fn another_senders_copy_of_a_message_is_a_reused_id() {
    let ground = Ground::new().await;
    let mine = submit("1", SMOLENSK, 1);
    recorded(&ground.engine, std::slice::from_ref(&mine)).await;
    let theirs = Message { actor: municipality(VYAZMA), ..mine };
    let answered = answer(&ground.engine, &theirs).await;
    assert_eq!(answered.outcome, Outcome::Refused(ReasonCode::IdReused));
    assert_eq!(read_receipt(&answered.receipt).unwrap().subject.as_deref(), Some("m-66605000"));
}

#[tokio::test]
async fn a_refused_message_cannot_be_replaced_by_other_content_either() {
    let ground = Ground::new().await;
    assert_eq!(code(&ground.engine, &approve("1", 9, 1)).await.as_deref(), Some("unknown-submission"));
    let other = answer(&ground.engine, &submit("1", SMOLENSK, 1)).await;
    assert_eq!(other.outcome, Outcome::Refused(ReasonCode::IdReused));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_senders_of_the_same_500_messages_get_the_same_500_answers() {
    let ground = Ground::new().await;
    let codes = [SMOLENSK, DESNOGORSK, VYAZMA];
    let messages: Vec<Message> =
        (0..500_u32).map(|n| submit(&format!("id-{n}"), codes[n as usize % 3], n)).collect();
    let messages = Arc::new(messages);
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..8_usize {
        let (engine, messages) = (ground.engine.engine.clone(), messages.clone());
        tasks.spawn(async move {
            let mut receipts = vec![];
            for n in 0..messages.len() {
                // Each task begins elsewhere, so that every message is first somewhere and repeated elsewhere.
                let message = &messages[(n + task * 61) % messages.len()];
                receipts.push((message.id.clone(), answer(&engine, message).await));
            }
            receipts
        });
    }
    let answers: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    let distinct: BTreeSet<_> = answers.iter().map(|(id, one)| (id.clone(), one.receipt.clone())).collect();
    assert_eq!(distinct.len(), 500);
    assert_eq!(answers.iter().filter(|(_, one)| !one.repeated).count(), 500);
    assert_eq!(log(&ground.store).await.len(), 4 + 500);
    check_history(&ground.store).await;
}

#[tokio::test]
async fn duplicates_in_one_batch_are_answered_alike_and_do_not_mislead_those_behind_them() {
    let ground = Ground::new().await;
    let one = submit("1", SMOLENSK, 1);
    // «2» carries an order that would be taken; but its id is used, so what follows must not rest on it.
    let reused = submit("1", VYAZMA, 2);
    let batch = [&one, &one, &reused, &approve("a", 2, 1), &nothing("n", VYAZMA), &approve("b", 1, 1)];
    let answered = ground.engine.answer_all(batch.iter().map(|one| one.incoming()).collect()).await.unwrap();
    let outcomes: Vec<Outcome> = answered.iter().map(|one| one.outcome).collect();
    assert_eq!(answered[0].receipt, answered[1].receipt);
    assert_eq!(
        outcomes,
        [
            Outcome::Recorded,
            Outcome::Recorded,
            Outcome::Refused(ReasonCode::IdReused),
            Outcome::Refused(ReasonCode::UnknownSubmission),
            Outcome::Recorded,
            Outcome::Recorded,
        ]
    );
    check_history(&ground.store).await;
}

#[tokio::test]
async fn answers_of_a_list_come_in_its_order() {
    let ground = Ground::new().await;
    let messages: Vec<Message> = (0..1_200).map(|n| submit(&format!("id-{n}"), SMOLENSK, n)).collect();
    let answered = ground.engine.answer_all(messages.iter().map(Message::incoming).collect()).await.unwrap();
    for (message, answered) in messages.iter().zip(&answered) {
        assert_eq!(said(answered).message_id.as_ref(), Some(&message.id));
    }
    check_history(&ground.store).await;
}

#[tokio::test]
async fn a_message_that_is_no_json_gets_a_receipt_without_a_name_and_nothing_is_recorded() {
    let ground = Ground::new().await;
    let sender = Sender::Principal(reviewer());
    let answered = ground.engine.answer(Incoming { body: b"{x".to_vec(), sender }).await.unwrap();
    assert_eq!(answered.outcome, Outcome::Refused(ReasonCode::NotJson));
    assert!(answered.unreadable);
    assert_eq!(answered.message, None);
    let receipt = said(&answered);
    assert_eq!((receipt.message_id, receipt.message_source, receipt.position), (None, None, None));
    assert_eq!(read_receipt(&answered.receipt).unwrap().subject.as_deref(), Some("r-1"));
    assert_eq!(log(&ground.store).await.len(), 4);
}

#[tokio::test]
async fn a_message_too_large_to_read_is_unreadable() {
    let ground = Ground::new().await;
    let sender = Sender::Principal(reviewer());
    let answered = ground.engine.answer(Incoming { body: vec![b' '; 70_000], sender }).await.unwrap();
    assert_eq!(answered.outcome, Outcome::Refused(ReasonCode::TooLarge));
    assert!(answered.unreadable);
}

#[tokio::test]
async fn a_message_too_large_to_read_is_told_by_its_name_and_remembered() {
    let ground = Ground::new().await;
    let body = [submit("1", SMOLENSK, 1).body(), vec![b' '; 70_000]].concat();
    let incoming = Incoming { body, sender: Sender::Principal(municipality(SMOLENSK)) };
    let answered = ground.engine.answer(incoming.clone()).await.unwrap();
    assert_eq!(answered.outcome, Outcome::Refused(ReasonCode::TooLarge));
    assert!(answered.unreadable);
    assert_eq!(said(&answered).message_id.as_deref(), Some("1"));
    assert_eq!(ground.engine.answer(incoming).await.unwrap().receipt, answered.receipt);
    assert_eq!(log(&ground.store).await.len(), 4);
}

#[tokio::test]
async fn a_message_whose_entry_would_be_too_large_is_refused_and_remembered() {
    let ground = Ground::new().await;
    let mut message = submit("1", SMOLENSK, 1);
    message.data["activity"]["content"] = json!("я".repeat(20_000));
    message.data["activity"]["agreements"] = json!("x".repeat(20_000));
    message.data["activity"]["participants"] =
        json!([{"group": "y".repeat(1_500)}, {"group": "z".repeat(1_800)}]);
    assert!(message.body().len() < svod_engine::MESSAGE_BYTES_MAX);
    let answered = answer(&ground.engine, &message).await;
    assert_eq!(answered.outcome, Outcome::Refused(ReasonCode::TooLarge));
    assert!(!answered.unreadable, "it can be read, and its sender is to shorten it");
    assert_eq!(answer(&ground.engine, &message).await.receipt, answered.receipt);
    assert_eq!(said(&answered).submission_id, Some(crate::ground::submission(1)));
}

#[tokio::test]
async fn a_message_with_a_name_and_a_broken_envelope_is_unreadable_and_its_answer_is_kept() {
    let ground = Ground::new().await;
    let incoming = Incoming {
        body: br#"{"specversion":"0.3","id":"1","source":"/test","type":"t","data":{}}"#.to_vec(),
        sender: Sender::Principal(reviewer()),
    };
    let answered = ground.engine.answer(incoming.clone()).await.unwrap();
    assert_eq!(answered.outcome, Outcome::Refused(ReasonCode::NotCloudEvents));
    assert!(answered.unreadable);
    assert_eq!(answered.message, Some(key("1")));
    assert_eq!(said(&answered).pointer.as_deref(), Some("/specversion"));
    let again = ground.engine.answer(incoming).await.unwrap();
    assert_eq!((&again.receipt, again.unreadable, again.repeated), (&answered.receipt, true, true));
}

#[tokio::test]
async fn each_fault_of_the_sender_has_its_reason_and_is_remembered() {
    let ground = Ground::new().await;
    let unknown = Sender::Unknown { name: "stranger".into() };
    let forbidden = Sender::ForbiddenHeader { sender: Some("r-1".into()), header: "CC".into() };
    for (id, sender, reason, subject) in [
        ("1", Sender::Missing, ReasonCode::NoSender, None),
        ("2", unknown, ReasonCode::UnknownSender, Some("stranger")),
        ("3", forbidden, ReasonCode::ForbiddenHeader, Some("r-1")),
    ] {
        let incoming = Incoming { body: submit(id, SMOLENSK, 1).body(), sender };
        let answered = ground.engine.answer(incoming.clone()).await.unwrap();
        assert_eq!(answered.outcome, Outcome::Refused(reason));
        assert!(!answered.unreadable);
        assert_eq!(read_receipt(&answered.receipt).unwrap().subject.as_deref(), subject);
        assert_eq!(ground.engine.answer(incoming).await.unwrap().receipt, answered.receipt);
    }
    assert_eq!(log(&ground.store).await.len(), 4, "nobody's message becomes an event");
}

#[tokio::test]
async fn a_stranger_cannot_take_the_name_of_a_message_that_its_sender_has_yet_to_send() {
    let ground = Ground::new().await;
    let message = submit("1", SMOLENSK, 1);
    for sender in [Sender::Missing, Sender::Unknown { name: "stranger".into() }] {
        let answered = ground.engine.answer(Incoming { body: message.body(), sender }).await.unwrap();
        assert!(matches!(answered.outcome, Outcome::Refused(_)));
    }
    assert_eq!(answer(&ground.engine, &message).await.outcome, Outcome::Recorded);
}

#[tokio::test]
async fn what_is_wrong_with_the_body_is_told_before_what_is_wrong_with_the_sender() {
    let ground = Ground::new().await;
    let mut message = submit("1", SMOLENSK, 1);
    message.data["quarter"] = json!("2020-Q9");
    let incoming = Incoming { body: message.body(), sender: Sender::Missing };
    let answered = ground.engine.answer(incoming).await.unwrap();
    assert_eq!(answered.outcome, Outcome::Refused(ReasonCode::Schema));
}

#[tokio::test]
async fn a_receipt_is_shown_to_its_sender_and_to_every_office_but_to_no_other_municipality() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1)]).await;
    let seen = async |actor| ground.engine.receipt(&key("1"), &actor).await.unwrap().is_some();
    assert!(seen(municipality(SMOLENSK)).await);
    assert!(seen(reviewer()).await);
    assert!(!seen(municipality(VYAZMA)).await);
    assert!(ground.engine.receipt(&key("9"), &reviewer()).await.unwrap().is_none());
}

#[tokio::test]
async fn what_arrived_before_the_stop_is_still_answered_and_what_comes_after_is_not() {
    let ground = Ground::new().await;
    let messages: Vec<Incoming> = (0..50).map(|n| submit(&n.to_string(), SMOLENSK, n).incoming()).collect();
    let engine = ground.engine.engine.clone();
    let answering = tokio::spawn(async move { engine.answer_all(messages).await });
    tokio::task::yield_now().await;
    ground.engine.stop.cancel();
    assert_eq!(answering.await.unwrap().unwrap().len(), 50);
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    let late = ground.engine.answer(submit("late", SMOLENSK, 99).incoming()).await;
    assert!(late.is_err_and(|error| error.is_transient()));
    assert_eq!(receipt(&ground.copy(), &submit("late", SMOLENSK, 99)).await.code, None);
}
