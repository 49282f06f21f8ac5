//! Commands in, receipts out.

use serde_json::json;
use svod_engine::RECEIPT_TYPE;
use svod_log::EventLog as _;

use crate::broker::Broker;
use crate::ground::{MUNICIPALITY, REVIEWER, Svod, add_principal, approve, submit};

#[tokio::test]
async fn a_message_gets_its_receipt_in_the_senders_queue() {
    let broker = Broker::fresh().await;
    let svod = Svod::start(&broker).await;
    let sender = broker.client(MUNICIPALITY).await;
    let mut receipts = broker.client(MUNICIPALITY).await.listen("svod.receipts.m-66701000").await;
    let properties = sender.properties().with_correlation_id("mine".into()).with_message_id("id-1".into());
    sender.say("activity.submit.m-66701000", submit(1).to_string().as_bytes(), properties).await;
    let delivery = receipts.next().await;
    let receipt: serde_json::Value = serde_json::from_slice(&delivery.data).unwrap();
    assert_eq!(receipt["type"], RECEIPT_TYPE);
    assert_eq!(receipt["data"]["outcome"], "recorded", "{receipt}");
    assert_eq!(receipt["data"]["message_id"], "id-1");
    let properties = &delivery.properties;
    assert_eq!(properties.correlation_id().as_ref().unwrap().as_str(), "mine");
    assert_eq!(properties.content_type().as_ref().unwrap().as_str(), "application/cloudevents+json");
    assert_eq!(properties.message_id().as_ref().unwrap().as_str(), receipt["id"].as_str().unwrap());
    assert_eq!(*properties.delivery_mode(), Some(2));
    assert_eq!(svod.store.head().await.unwrap().position.0, receipt["data"]["position"].as_u64().unwrap());
    assert_eq!(broker.ready("svod.intake").await, 0);
}

#[tokio::test]
async fn the_same_message_sent_again_gets_the_same_bytes() {
    let broker = Broker::fresh().await;
    let _svod = Svod::start(&broker).await;
    let sender = broker.client(MUNICIPALITY).await;
    let mut receipts = broker.client(MUNICIPALITY).await.listen("svod.receipts.m-66701000").await;
    sender.command(&submit(1)).await;
    let first = receipts.next().await.data;
    sender.command(&submit(1)).await;
    assert_eq!(receipts.next().await.data, first);
}

#[tokio::test]
async fn a_thousand_messages_get_a_thousand_receipts_in_order() {
    let broker = Broker::fresh().await;
    let _svod = Svod::start(&broker).await;
    let sender = broker.client(MUNICIPALITY).await;
    let mut receipts = broker.client(MUNICIPALITY).await.listen("svod.receipts.m-66701000").await;
    for number in 0..1_000 {
        let body = submit(number).to_string();
        let options = lapin::options::BasicPublishOptions::default();
        let key = "activity.submit.m-66701000".into();
        let sent = sender.channel.basic_publish(
            "svod.commands".into(),
            key,
            options,
            body.as_bytes(),
            sender.properties(),
        );
        drop(sent.await.unwrap());
    }
    for number in 0..1_000 {
        assert_eq!(receipts.json().await["data"]["message_id"], format!("id-{number}"));
    }
    assert_eq!(broker.ready("svod.intake").await, 0);
}

#[tokio::test]
async fn a_receipt_goes_back_on_the_senders_own_connection_if_it_asks_for_that() {
    let broker = Broker::fresh().await;
    let _svod = Svod::start(&broker).await;
    let urls = broker.client(MUNICIPALITY).await;
    let options = svod_amqp::SendOptions {
        urls: broker.url(&urls.name).parse().unwrap(),
        patience: crate::broker::PATIENCE,
    };
    let messages = [submit(1).to_string().into_bytes()];
    let receipts = svod_amqp::send(&options, &messages, |_| {}).await.unwrap();
    let durable = broker.client(MUNICIPALITY).await.listen("svod.receipts.m-66701000").await.next().await;
    assert_eq!(durable.data, receipts[0]);
}

#[tokio::test]
async fn a_reply_to_of_somebody_else_is_ignored() {
    let broker = Broker::fresh().await;
    let _svod = Svod::start(&broker).await;
    let sender = broker.client(MUNICIPALITY).await;
    let mut others = broker.client(REVIEWER).await.listen("svod.receipts.r-office").await;
    let mut own = broker.client(MUNICIPALITY).await.listen("svod.receipts.m-66701000").await;
    for (number, place) in (1..).zip(["svod.receipts.r-office", "svod.intake", "svod.receipts.m-66701000"]) {
        let properties = sender.properties().with_reply_to(place.into());
        sender.say("activity.submit.m-66701000", submit(number).to_string().as_bytes(), properties).await;
        assert_eq!(own.json().await["data"]["outcome"], "recorded");
    }
    own.expect_silence().await;
    others.expect_silence().await;
}

#[tokio::test]
async fn a_new_principal_has_a_queue_before_it_says_anything() {
    let broker = Broker::fresh().await;
    let svod = Svod::start(&broker).await;
    add_principal(&svod.store, "r-new", "reviewer").await;
    let mut receipts = broker.client("r-new").await.listen("svod.receipts.r-new").await;
    let reviewer = broker.client("r-new").await;
    reviewer.say("review.approve.r-new", approve(7).to_string().as_bytes(), reviewer.properties()).await;
    assert_eq!(receipts.json().await["data"]["code"], "unknown-submission");
}

#[tokio::test]
async fn what_waited_while_svod_was_down_is_answered_when_it_comes_back() {
    let broker = Broker::fresh().await;
    let svod = Svod::start(&broker).await;
    let store = svod.store.clone();
    svod.stop().await;
    let sender = broker.client(MUNICIPALITY).await;
    for number in 0..200 {
        sender.command(&submit(number)).await;
    }
    let _svod = Svod::on(store, broker.urls(), None).await;
    let mut receipts = broker.client(MUNICIPALITY).await.listen("svod.receipts.m-66701000").await;
    for number in 0..200 {
        let receipt = receipts.json().await;
        assert_eq!(receipt["data"]["message_id"], json!(format!("id-{number}")));
    }
}
