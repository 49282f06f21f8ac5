//! Who may say what: the sender is who the broker says it is.

use lapin::types::{AMQPValue, FieldTable};
use serde_json::Value;
use svod_log::EventLog as _;

use crate::broker::{Broker, Listener};
use crate::ground::{MUNICIPALITY, REVIEWER, Svod, ledger, submit};

/// The code of the next receipt; what was refused must not be in the log.
async fn refused(svod: &Svod, receipts: &mut Listener) -> Value {
    let before = svod.store.head().await.unwrap().position;
    let receipt = receipts.json().await;
    assert_eq!(receipt["data"]["outcome"], "refused", "{receipt}");
    assert_eq!(svod.store.head().await.unwrap().position, before);
    receipt["data"]["code"].clone()
}

#[tokio::test]
async fn a_message_without_a_validated_sender_is_refused() {
    let broker = Broker::fresh().await;
    let svod = Svod::start(&broker).await;
    let sender = broker.client(MUNICIPALITY).await;
    let mut receipts = broker.client("svod-test").await.overhear("svod.receipts", "receipt.#").await;
    let body = submit(1).to_string();
    sender.say("activity.submit.m-66701000", body.as_bytes(), lapin::BasicProperties::default()).await;
    assert_eq!(refused(&svod, &mut receipts).await, "no-sender");
}

#[tokio::test]
async fn in_development_a_message_without_a_sender_is_the_named_principals() {
    let broker = Broker::fresh().await;
    let _svod = Svod::on(ledger().await, broker.urls(), Some(MUNICIPALITY)).await;
    let sender = broker.client(MUNICIPALITY).await;
    let mut receipts = broker.client(MUNICIPALITY).await.listen("svod.receipts.m-66701000").await;
    let body = submit(1).to_string();
    sender.say("activity.submit.anybody", body.as_bytes(), lapin::BasicProperties::default()).await;
    assert_eq!(receipts.json().await["data"]["outcome"], "recorded");
}

#[tokio::test]
async fn a_broker_user_who_is_no_principal_is_refused_and_told() {
    let broker = Broker::fresh().await;
    let svod = Svod::start(&broker).await;
    let stranger = broker.client("stranger").await;
    stranger.command(&submit(1)).await;
    let mut receipts = broker.client("stranger").await.listen("svod.receipts.stranger").await;
    assert_eq!(refused(&svod, &mut receipts).await, "unknown-sender");
}

#[tokio::test]
async fn a_forged_sender_does_not_come_through_the_broker() {
    let broker = Broker::fresh().await;
    let _svod = Svod::start(&broker).await;
    let sender = broker.client(REVIEWER).await;
    let forged = sender.properties().with_user_id(MUNICIPALITY.into());
    let body = submit(1).to_string();
    let sent = sender.publish("svod.commands", "activity.submit.m-66701000", body.as_bytes(), forged).await;
    assert!(sent.is_err(), "{sent:?}");
}

#[tokio::test]
async fn a_key_that_names_another_sender_is_refused() {
    let broker = Broker::fresh().await;
    let svod = Svod::start(&broker).await;
    let sender = broker.client(MUNICIPALITY).await;
    let mut receipts = broker.client(MUNICIPALITY).await.listen("svod.receipts.m-66701000").await;
    let mut others = broker.client(REVIEWER).await.listen("svod.receipts.r-office").await;
    sender.say("activity.submit.r-office", submit(1).to_string().as_bytes(), sender.properties()).await;
    assert_eq!(refused(&svod, &mut receipts).await, "forbidden-header");
    others.expect_silence().await;
}

#[tokio::test]
async fn headers_that_only_a_broker_may_set_are_refused() {
    let broker = Broker::fresh().await;
    let svod = Svod::start(&broker).await;
    let sender = broker.client(MUNICIPALITY).await;
    let mut receipts = broker.client(MUNICIPALITY).await.listen("svod.receipts.m-66701000").await;
    let copies = AMQPValue::FieldArray(vec![AMQPValue::LongString("activity.submit.r-office".into())].into());
    let cases = [
        ("CC", copies),
        ("x-death", AMQPValue::FieldArray(vec![].into())),
        ("X-Received-From", AMQPValue::LongString("here".into())),
    ];
    for (number, (header, value)) in (1..).zip(cases) {
        let mut headers = FieldTable::default();
        headers.insert(header.into(), value);
        let properties = sender.properties().with_headers(headers);
        sender.say("activity.submit.m-66701000", submit(number).to_string().as_bytes(), properties).await;
        assert_eq!(refused(&svod, &mut receipts).await, "forbidden-header", "{header}");
    }
}

#[tokio::test]
async fn a_count_of_deliveries_that_a_sender_made_up_means_nothing() {
    let broker = Broker::fresh().await;
    let _svod = Svod::start(&broker).await;
    let sender = broker.client(MUNICIPALITY).await;
    let mut receipts = broker.client(MUNICIPALITY).await.listen("svod.receipts.m-66701000").await;
    let mut headers = FieldTable::default();
    headers.insert("x-delivery-count".into(), AMQPValue::LongLongInt(1_000));
    let properties = sender.properties().with_headers(headers);
    sender.say("activity.submit.m-66701000", submit(1).to_string().as_bytes(), properties).await;
    assert_eq!(receipts.json().await["data"]["outcome"], "recorded");
}
