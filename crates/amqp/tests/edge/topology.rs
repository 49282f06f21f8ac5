//! The table, the definitions and the broker say the same.

use reqwest::Method;
use serde_json::{Value, json};
use svod_amqp::definitions::{
    VHOST, definitions_of, definitions_text, differences, password_hash, sender_definitions,
};
use svod_amqp::{Declarer, Level, Link, Standing};

use crate::broker::Broker;
use crate::ground::{MUNICIPALITY, REVIEWER, Svod, ledger, submit};

async fn export(broker: &Broker) -> Value {
    broker.call(Method::GET, &format!("definitions/{}", broker.vhost), Value::Null).await
}

/// The committed file, for this virtual host and with passwords: users belong to the whole broker, which every test
/// shares.
fn committed(broker: &Broker) -> Value {
    let text = definitions_text().replace(&format!("\"{VHOST}\""), &format!("\"{}\"", broker.vhost));
    let mut definitions: Value = serde_json::from_str(&text).unwrap();
    for user in definitions["users"].as_array_mut().unwrap() {
        user["password_hash"] = password_hash("test", [1, 2, 3, 4]).into();
    }
    definitions
}

#[tokio::test]
async fn what_svod_declares_is_what_the_definitions_say() {
    let broker = Broker::fresh().await;
    let svod = Svod::start(&broker).await;
    let lines =
        differences(&export(&broker).await, &definitions_of(&broker.vhost, &[MUNICIPALITY, REVIEWER]));
    assert_eq!(lines, [""; 0]);
    drop(svod);
}

#[tokio::test]
async fn svod_declares_its_topology_over_the_imported_definitions_and_changes_nothing() {
    let broker = Broker::fresh().await;
    let wanted = committed(&broker);
    broker.call(Method::POST, "definitions", wanted.clone()).await;
    assert_eq!(differences(&export(&broker).await, &wanted), [""; 0]);
    let link = Link::open(&broker.urls(), 0, "test").await.unwrap();
    let found = Declarer::new(&link, true).table().await.unwrap();
    assert!(found.iter().all(|found| found.standing == Standing::AsWanted), "{found:?}");
    assert_eq!(differences(&export(&broker).await, &wanted), [""; 0]);
}

#[tokio::test]
async fn a_service_user_without_the_right_to_declare_runs_on_the_definitions() {
    let broker = Broker::fresh().await;
    let wanted = committed(&broker);
    broker.call(Method::POST, "definitions", wanted.clone()).await;
    let _svod = Svod::on(ledger().await, broker.url("svod-service").parse().unwrap(), None).await;
    let options = svod_amqp::SendOptions {
        urls: broker.url(MUNICIPALITY).parse().unwrap(),
        patience: crate::broker::PATIENCE,
    };
    let receipts = svod_amqp::send(&options, &[submit(1).to_string().into_bytes()], |_| {}).await.unwrap();
    let receipt: Value = serde_json::from_slice(&receipts[0]).unwrap();
    assert_eq!(receipt["data"]["outcome"], "recorded");
    assert_eq!(differences(&export(&broker).await, &wanted), [""; 0]);

    let sender = crate::broker::Speaker::connect(&broker.url(MUNICIPALITY), MUNICIPALITY).await;
    let foreign =
        sender.publish("svod.commands", "activity.submit.r-office", b"{}", sender.properties()).await;
    assert!(foreign.is_err(), "topic permissions hold a sender to its own keys: {foreign:?}");
}

#[tokio::test]
async fn a_sender_without_a_queue_of_receipts_is_found_and_the_definitions_cure_it() {
    const NEWCOMER: &str = "m-66605000";
    let broker = Broker::fresh().await;
    broker.call(Method::POST, "definitions", committed(&broker)).await;
    let urls = broker.url("svod-service").parse().unwrap();
    let senders = [MUNICIPALITY.to_owned(), NEWCOMER.to_owned()];
    let missing = || async {
        let found = svod_amqp::doctor(&urls, &senders).await;
        found.into_iter().filter(|found| found.level == Level::Bad).map(|found| found.to_string()).collect()
    };
    let found: Vec<String> = missing().await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("queue svod.receipts.m-66605000: missing"), "{found:?}");

    broker.user(NEWCOMER, "^$").await;
    let cure = sender_definitions(&broker.vhost, NEWCOMER).unwrap();
    broker.call(Method::POST, "definitions", cure).await;
    assert_eq!(missing().await, [""; 0]);
    // The user may log in as before, and what it says is answered.
    let _svod = Svod::on(ledger().await, broker.url("svod-service").parse().unwrap(), None).await;
    let sender = broker.client(NEWCOMER).await;
    let mut receipts = broker.client(NEWCOMER).await.listen("svod.receipts.m-66605000").await;
    let key = format!("activity.submit.{NEWCOMER}");
    sender.say(&key, submit(1).to_string().as_bytes(), sender.properties()).await;
    assert_eq!(receipts.json().await["data"]["outcome"], "refused");
}

#[tokio::test]
async fn a_queue_with_other_arguments_is_noticed_and_used() {
    let broker = Broker::fresh().await;
    let path = format!("queues/{}/svod.dead", broker.vhost);
    broker.call(Method::PUT, &path, json!({"durable": true, "arguments": {"x-queue-type": "quorum"}})).await;
    let link = Link::open(&broker.urls(), 0, "test").await.unwrap();
    let found = Declarer::new(&link, true).table().await.unwrap();
    let dead = found.iter().find(|found| found.what == "queue svod.dead").unwrap();
    assert_eq!(dead.standing, Standing::Different);
    let _svod = Svod::start(&broker).await;
}
