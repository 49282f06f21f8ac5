//! `svod send` and the doctor.

use std::time::Duration;

use svod_amqp::{Level, Progress, SendError, SendOptions, doctor, send};

use crate::broker::{Broker, PATIENCE};
use crate::ground::{MUNICIPALITY, Svod, submit};

async fn options(broker: &Broker, patience: Duration) -> SendOptions {
    broker.user(MUNICIPALITY, "^$").await;
    SendOptions { urls: broker.url(MUNICIPALITY).parse().unwrap(), patience }
}

#[tokio::test]
async fn every_message_that_is_sent_comes_back_with_its_receipt_in_order() {
    let broker = Broker::fresh().await;
    let _svod = Svod::start(&broker).await;
    let mut messages: Vec<Vec<u8>> = (0..250).map(|number| submit(number).to_string().into_bytes()).collect();
    messages.push(b"no json".to_vec());
    let mut answered = 0;
    let options = options(&broker, PATIENCE).await;
    let receipts = send(&options, &messages, |progress| {
        answered += usize::from(matches!(progress, Progress::Answered { .. }));
    });
    let receipts = receipts.await.unwrap();
    assert_eq!(answered, 251);
    for (number, receipt) in receipts[..250].iter().enumerate() {
        let receipt: serde_json::Value = serde_json::from_slice(receipt).unwrap();
        assert_eq!(receipt["data"]["message_id"], format!("id-{number}"));
    }
    let last: serde_json::Value = serde_json::from_slice(&receipts[250]).unwrap();
    assert_eq!(last["data"]["code"], "not-json");
}

#[tokio::test]
async fn a_wrong_password_and_a_strange_broker_are_told_apart_from_silence() {
    let broker = Broker::fresh().await;
    let message = [submit(1).to_string().into_bytes()];
    let wrong = options(&broker, PATIENCE).await;
    let urls = broker.url(MUNICIPALITY).replace(":test@", ":wrong@").parse().unwrap();
    let refused = send(&SendOptions { urls, ..wrong.clone() }, &message, |_| {}).await;
    assert!(matches!(refused, Err(SendError::Refused { .. })), "{refused:?}");

    Svod::start(&broker).await.stop().await;
    let unanswered = send(&SendOptions { patience: Duration::from_secs(1), ..wrong }, &message, |_| {}).await;
    assert!(matches!(unanswered, Err(SendError::Unanswered { missing: 1, sent: 1 })), "{unanswered:?}");
}

#[tokio::test]
async fn the_doctor_sees_what_is_missing_and_what_is_well() {
    let broker = Broker::fresh().await;
    let before = doctor(&broker.urls(), &[]).await;
    let missing = |finding: &&svod_amqp::Finding| finding.subject == "queue svod.intake";
    assert_eq!(before.iter().find(missing).unwrap().level, Level::Odd, "{before:?}");
    Svod::start(&broker).await.stop().await;
    let after = doctor(&broker.urls(), &[]).await;
    assert!(after.iter().all(|finding| finding.level == Level::Good), "{after:?}");
    let nobody = doctor(&"amqp://nobody:nothing@127.0.0.1:1".parse().unwrap(), &[]).await;
    assert_eq!((nobody.len(), nobody[0].level), (1, Level::Bad));
}
