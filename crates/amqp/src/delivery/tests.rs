//! What is read of a delivery, and what is not believed.

use lapin::BasicProperties;
use lapin::types::FieldTable;

use super::*;

fn delivery(key: &str, properties: BasicProperties) -> Delivery {
    let mut delivery = Delivery::mock(1, "svod.commands".into(), key.into(), false, b"{}".to_vec());
    delivery.properties = properties;
    delivery
}

fn of(user: &str) -> BasicProperties {
    BasicProperties::default().with_user_id(user.into())
}

fn with(name: &str, value: AMQPValue) -> FieldTable {
    let mut table = FieldTable::default();
    table.insert(name.into(), value);
    table
}

fn dead(queue: &str, reason: &str) -> FieldTable {
    let mut entry = with("queue", AMQPValue::LongString(queue.into()));
    entry.insert("reason".into(), AMQPValue::LongString(reason.into()));
    with("x-death", AMQPValue::FieldArray(vec![AMQPValue::FieldTable(entry)].into()))
}

#[test]
fn the_sender_is_the_validated_user_and_the_key_must_not_contradict_it() {
    let cases = [
        ("activity.submit.m-1", Some("m-1"), Claim::User("m-1".into())),
        ("activity.submit.m.1", Some("m.1"), Claim::User("m.1".into())),
        ("other", Some("m-1"), Claim::User("m-1".into())),
        ("activity.submit.m-2", Some("m-1"), forbidden("m-1", "routing key")),
        ("activity.submit.m-1", None, Claim::Nobody),
        ("activity.submit.m-1", Some(""), Claim::Nobody),
    ];
    for (key, user, wanted) in cases {
        let properties = user.map_or_else(BasicProperties::default, of);
        assert_eq!(claim(&delivery(key, properties)), wanted, "{key} {user:?}");
    }
}

fn forbidden(user: &str, header: &str) -> Claim {
    Claim::Forbidden { user: Some(user.into()), header: header.into() }
}

#[test]
fn headers_of_the_broker_are_refused_from_a_sender_and_its_counts_are_ignored() {
    let yes = AMQPValue::Boolean(true);
    for header in ["CC", "cc", "BCC", "x-death", "X-Delay", "x-match"] {
        let properties = of("m-1").with_headers(with(header, yes.clone()));
        assert_eq!(claim(&delivery("a.b.m-1", properties)), forbidden("m-1", header));
    }
    for header in ["x-delivery-count", "traceparent", "ccc"] {
        let properties = of("m-1").with_headers(with(header, yes.clone()));
        assert_eq!(claim(&delivery("a.b.m-1", properties)), Claim::User("m-1".into()), "{header}");
    }
}

#[test]
fn only_a_direct_reply_to_is_followed() {
    let direct = "amq.rabbitmq.reply-to.g2dkABByYWJiaXQ";
    for (reply_to, followed) in [
        (direct, true),
        ("amq.rabbitmq.reply-to", false),
        ("svod.receipts.m-2", false),
        ("svod.intake", false),
    ] {
        let delivery = delivery("a.b.m-1", of("m-1").with_reply_to(reply_to.into()));
        let route = reply_route(&delivery, Some("m-1"));
        assert_eq!((route.key.as_str(), route.direct.is_some()), ("receipt.m-1", followed), "{reply_to}");
    }
    assert_eq!(reply_route(&delivery("a.b.c", BasicProperties::default()), None).key, "receipt.-");
}

#[test]
fn a_receipt_is_matched_by_the_correlation_id_or_else_the_message_id() {
    let both = of("m-1").with_message_id("m".into()).with_correlation_id("c".into());
    assert_eq!(reply_route(&delivery("a.b.c", both), None).correlation_id, Some("c".into()));
    let one = of("m-1").with_message_id("m".into());
    assert_eq!(reply_route(&delivery("a.b.c", one), None).correlation_id, Some("m".into()));
}

#[test]
fn the_latest_death_tells_why_a_message_is_dead() {
    let cases = [
        (dead("svod.intake", "rejected"), Death::Rejected),
        (dead("svod.intake", "delivery_limit"), Death::GaveUp),
        (dead("elsewhere", "rejected"), Death::Unrouted),
        (FieldTable::default(), Death::Unrouted),
        (with("x-death", AMQPValue::Boolean(true)), Death::Unrouted),
    ];
    for (headers, wanted) in cases {
        assert_eq!(death(&delivery("a.b.c", of("m-1").with_headers(headers))), wanted);
    }
}

#[test]
fn a_message_has_the_same_row_before_and_after_dead_lettering() {
    let at = Timestamp::UNIX_EPOCH;
    let own = with("traceparent", AMQPValue::LongString("00-1".into()));
    let before = of("m-1").with_expiration("60000".into()).with_priority(3).with_headers(own.clone());
    let mut headers = dead("svod.intake", "rejected");
    headers.insert("x-first-death-queue".into(), AMQPValue::LongString("svod.intake".into()));
    headers.insert("x-delivery-count".into(), AMQPValue::LongLongInt(2));
    headers.insert("traceparent".into(), AMQPValue::LongString("00-1".into()));
    let after = of("m-1").with_headers(headers);
    let one = quarantined(&delivery("a.b.m-1", before), "not-json", at);
    let two = quarantined(&delivery("a.b.m-1", after), "quarantined", at);
    assert_eq!((&one.headers, &one.sender, &one.body), (&two.headers, &two.sender, &two.body));
    assert_eq!(one.headers, r#"{"headers":{"traceparent":"00-1"},"routing_key":"a.b.m-1","user_id":"m-1"}"#);
}
