//! Verdicts reach the right messages.

use std::sync::Arc;

use lapin::options::QueueDeclareOptions;
use lapin::types::{AMQPValue, FieldTable};
use svod_amqp::{ConfirmChannel, Link, Outgoing, PublishError, Verdict, WINDOW_MAX};

use crate::broker::Broker;

async fn queue(broker: &Broker, name: &str, arguments: &[(&str, AMQPValue)]) {
    let speaker = broker.client("svod-test").await;
    let mut table = FieldTable::default();
    for (name, value) in arguments {
        table.insert((*name).into(), value.clone());
    }
    let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    speaker.channel.queue_declare(name.into(), options, table).await.unwrap();
}

fn message(number: usize, key: &str) -> Outgoing {
    let body: Arc<[u8]> = number.to_string().into_bytes().into();
    let mut message = Outgoing::to("", key, &number.to_string(), "test", body).unwrap();
    message.mandatory = true;
    message
}

async fn open(broker: &Broker) -> (Link, ConfirmChannel) {
    let link = Link::open(&broker.urls(), 0, "test").await.unwrap();
    let channel = ConfirmChannel::open(&link).await.unwrap();
    (link, channel)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_queue_wants_is_returned_and_nothing_else_is() {
    let broker = Broker::fresh().await;
    queue(&broker, "wanted", &[]).await;
    let (_link, mut channel) = open(&broker).await;
    for round in 0..50 {
        let window: Vec<Outgoing> = (0..WINDOW_MAX)
            .map(|number| {
                message(round * WINDOW_MAX + number, if number % 7 == 0 { "nowhere" } else { "wanted" })
            })
            .collect();
        let verdicts = channel.publish(&window).await.unwrap();
        for (number, verdict) in verdicts.into_iter().enumerate() {
            let right = if number % 7 == 0 { Verdict::Returned } else { Verdict::Confirmed };
            assert_eq!(verdict, right, "message {number} of round {round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nack_reaches_the_message_that_was_not_taken() {
    let broker = Broker::fresh().await;
    queue(&broker, "wanted", &[]).await;
    let full = [
        ("x-max-length", AMQPValue::LongLongInt(0)),
        ("x-overflow", AMQPValue::LongString("reject-publish".into())),
    ];
    queue(&broker, "full", &full).await;
    let (_link, mut channel) = open(&broker).await;
    for _round in 0..20 {
        let key = |number: usize| if number.is_multiple_of(3) { "full" } else { "wanted" };
        let window: Vec<Outgoing> = (0..WINDOW_MAX).map(|number| message(number, key(number))).collect();
        let verdicts = channel.publish(&window).await.unwrap();
        for (number, verdict) in verdicts.into_iter().enumerate() {
            let right = if number % 3 == 0 { Verdict::Nacked } else { Verdict::Confirmed };
            assert_eq!(verdict, right, "message {number}");
        }
    }
}

#[tokio::test]
async fn a_channel_that_is_only_nacked_is_given_up() {
    let broker = Broker::fresh().await;
    let full = [
        ("x-max-length", AMQPValue::LongLongInt(0)),
        ("x-overflow", AMQPValue::LongString("reject-publish".into())),
    ];
    queue(&broker, "full", &full).await;
    let (_link, mut channel) = open(&broker).await;
    let few: Vec<Outgoing> = (0..49).map(|number| message(number, "full")).collect();
    assert_eq!(channel.publish(&few).await.unwrap(), [Verdict::Nacked; 49]);
    let one_more = channel.publish(&[message(50, "full")]).await;
    assert!(matches!(one_more, Err(PublishError::Refusing { nacks: 50 })), "{one_more:?}");
    let again = channel.publish_all(&[message(51, "full")]).await;
    assert!(matches!(again, Err(PublishError::Refusing { .. })), "{again:?}");
}

#[tokio::test]
async fn a_closed_channel_is_an_error_and_not_a_verdict() {
    let broker = Broker::fresh().await;
    let (_link, mut channel) = open(&broker).await;
    let body: Arc<[u8]> = b"{}".to_vec().into();
    let nowhere = Outgoing::to("no.such.exchange", "k", "1", "test", body).unwrap();
    assert!(matches!(channel.publish(&[nowhere]).await, Err(PublishError::Link(_))));
}
