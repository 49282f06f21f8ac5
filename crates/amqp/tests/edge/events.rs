//! Domain events out.

use serde_json::json;
use svod_log::{EventLog as _, Position};

use crate::broker::Broker;
use crate::ground::{MUNICIPALITY, Svod, ledger, submit};

#[tokio::test]
async fn every_event_of_the_log_goes_out_once_and_in_order_with_its_place() {
    let broker = Broker::fresh().await;
    let svod = Svod::start(&broker).await;
    let sender = broker.client(MUNICIPALITY).await;
    let mut events =
        broker.client("svod-test").await.overhear("svod.events", "event.activity-submitted.*").await;
    for number in 0..50 {
        sender.command(&submit(number)).await;
    }
    let mut position = 0;
    for number in 0..50_u32 {
        let delivery = events.next().await;
        let event: serde_json::Value = serde_json::from_slice(&delivery.data).unwrap();
        assert_eq!(delivery.routing_key.as_str(), "event.activity-submitted.66701000");
        assert_eq!(event["type"], "svod.event.activity-submitted.v1");
        assert_eq!(event["data"]["submission_id"], submit(number)["data"]["submission_id"]);
        assert_eq!(event["subject"], "66701000");
        let next = event["position"].as_u64().unwrap();
        assert!(next > position, "{event}");
        position = next;
        let entry = &svod.store.read(Position(next - 1), 1).await.unwrap()[0];
        assert_eq!(event["stream"], json!(entry.stream.as_str()));
        assert_eq!(
            delivery.properties.message_id().as_ref().unwrap().as_str(),
            event["id"].as_str().unwrap()
        );
    }
}

#[tokio::test]
async fn what_happened_while_svod_was_down_goes_out_when_it_comes_back() {
    let broker = Broker::fresh().await;
    let first = Svod::on(ledger().await, broker.urls(), None).await;
    let store = first.store.clone();
    let mut events = broker.client("svod-test").await.overhear("svod.events", "#").await;
    first.stop().await;
    // The ledger was made before anybody listened; a subscription that lost its progress begins at the beginning.
    let name = svod_amqp::EVENTS_SUBSCRIPTION;
    let at = svod_log::ViewStore::progress(&*store, name).await.unwrap();
    assert!(svod_log::ViewStore::move_progress(&*store, name, at, Position::START).await.unwrap());
    let _second = Svod::on(store, broker.urls(), None).await;
    let types = [events.json().await["type"].clone(), events.json().await["type"].clone()];
    assert_eq!(types, ["svod.event.municipality-registered.v1", "svod.event.quarter-opened.v1"]);
}
