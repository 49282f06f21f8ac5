//! What cannot be handled: dead letters, the quarantine of the ledger, and receipts all the same.

use lapin::types::{FieldTable, ShortString};
use serde_json::json;

use crate::broker::Broker;
use crate::ground::{MUNICIPALITY, REVIEWER, Svod, approve, submit};

#[tokio::test]
async fn what_cannot_be_read_lies_in_the_dead_letters_and_in_the_quarantine_once_and_its_sender_is_told() {
    let broker = Broker::fresh().await;
    let svod = Svod::start(&broker).await;
    let sender = broker.client(MUNICIPALITY).await;
    let mut receipts = broker.client(MUNICIPALITY).await.listen("svod.receipts.m-66701000").await;
    let properties = sender.properties().with_message_id("m-1".into()).with_expiration("3600000".into());
    sender.say("activity.submit.m-66701000", b"{not json", properties).await;

    let receipt = receipts.next().await;
    let body: serde_json::Value = serde_json::from_slice(&receipt.data).unwrap();
    assert_eq!(body["data"]["code"], "not-json");
    assert_eq!(receipt.properties.correlation_id().as_ref().map(ShortString::as_str), Some("m-1"));
    let dead = sender.take("svod.dead").await;
    assert_eq!(dead.data, b"{not json");
    assert_eq!(dead.properties.user_id().as_ref().unwrap().as_str(), MUNICIPALITY);

    // A second one behind it: when its row is there, the dead letter of the first has been handled too.
    sender.say("activity.submit.m-66701000", b"[]", sender.properties()).await;
    assert_eq!(receipts.json().await["data"]["code"], "not-cloudevents");
    sender.take("svod.dead").await;
    let rows = svod.quarantined(2).await;
    tokio::time::timeout(crate::broker::PATIENCE, async {
        while broker.ready("svod.quarantine").await > 0 {}
    })
    .await
    .unwrap();
    let rows_now = svod.quarantined(2).await;
    assert_eq!(rows_now.len(), 2, "{rows_now:?}");
    let first = &rows[0];
    assert_eq!((first.cause.as_str(), first.sender.as_deref()), ("not-json", Some(MUNICIPALITY)));
    assert_eq!(first.body, b"{not json");
    let headers: serde_json::Value = serde_json::from_str(&first.headers).unwrap();
    assert_eq!(headers["routing_key"], "activity.submit.m-66701000");
    assert_eq!(headers["message_id"], "m-1");
    receipts.expect_silence().await;
}

#[tokio::test]
async fn what_breaks_its_handler_again_and_again_is_given_up_and_others_are_not() {
    let broker = Broker::fresh().await;
    let svod = Svod::start(&broker).await;
    let reviewer = broker.client(REVIEWER).await;
    let sender = broker.client(MUNICIPALITY).await;
    let mut told = broker.client(REVIEWER).await.listen("svod.receipts.r-office").await;
    let mut receipts = broker.client(MUNICIPALITY).await.listen("svod.receipts.m-66701000").await;
    // Of a submission that none of the others files: once one is filed, its state is held and not read again.
    let poison = approve(99);
    svod.store.damage(&format!("submission-{}", poison["data"]["submission_id"].as_str().unwrap()));

    sender.command(&submit(1)).await;
    reviewer.say("review.approve.r-office", poison.to_string().as_bytes(), reviewer.properties()).await;
    for number in 2..20 {
        sender.command(&submit(number)).await;
    }
    for number in 1..20 {
        let receipt = receipts.json().await;
        assert_eq!(receipt["data"]["outcome"], "recorded", "{receipt}");
        assert_eq!(receipt["data"]["message_id"], format!("id-{number}"));
    }
    let receipt = told.json().await;
    assert_eq!(receipt["data"]["code"], "quarantined");
    assert_eq!(
        (&receipt["data"]["message_id"], &receipt["data"]["message_source"]),
        (&json!("approve-99"), &json!("/test"))
    );
    assert_eq!(sender.take("svod.dead").await.data, poison.to_string().as_bytes());
    let rows = svod.quarantined(1).await;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].cause.as_str(), rows[0].sender.as_deref()), ("quarantined", Some(REVIEWER)));
    told.expect_silence().await;
}

#[tokio::test]
async fn a_command_that_no_queue_is_bound_for_is_not_lost_in_silence() {
    let broker = Broker::fresh().await;
    let svod = Svod::start(&broker).await;
    let sender = broker.client(MUNICIPALITY).await;
    let mut receipts = broker.client(MUNICIPALITY).await.listen("svod.receipts.m-66701000").await;
    let table = FieldTable::default();
    sender
        .channel
        .queue_unbind("svod.intake".into(), "svod.commands".into(), "#".into(), table)
        .await
        .unwrap();
    sender.command(&submit(1)).await;
    assert_eq!(receipts.json().await["data"]["code"], "quarantined");
    assert_eq!(svod.quarantined(1).await[0].cause, "unrouted");
    sender.take("svod.dead").await;
}
