//! What must be refused, each with its own reason, Russian words and advice, over both doors; and nothing but the
//! refusal is recorded.

use serde_json::{Value, json};

use crate::broker::{Broker, addressed, exchange, python};
use crate::records::{IDS, event, open, seconds_ahead, submissions};
use crate::service::{Ledger, Service, eventually};

/// A message that is fine but for what the case changes.
fn fine(id: &str) -> Value {
    let (_, mut message) = submissions().swap_remove(1);
    message["id"] = json!(id);
    message
}

/// Cases that both doors must refuse: name, body, reason code.
fn cases() -> Vec<(&'static str, String, &'static str)> {
    let with = |id: &str, pointer: &str, value: Value| {
        let mut message = fine(id);
        *message.pointer_mut(pointer).unwrap() = value;
        message.to_string()
    };
    let twice = fine("twice").to_string().replacen("\"specversion\"", "\"id\":\"twice\",\"specversion\"", 1);
    let submission = json!({"submission_id": IDS[0], "version": 7, "reason": "не нужно"});
    vec![
        ("not json", "{\"specversion\": ".into(), "not-json"),
        ("a key twice", twice, "not-json"),
        ("a depth bomb", format!("{}{}", "[".repeat(30_000), "]".repeat(30_000)), "not-json"),
        ("no cloud event", "{\"hello\": \"world\"}".into(), "not-cloudevents"),
        ("an old specversion", with("old", "/specversion", json!("0.3")), "not-cloudevents"),
        ("an unknown type", with("type", "/type", json!("svod.activity.submit.v9")), "unknown-type"),
        ("no title", with("title", "/data/activity/title", json!("")), "schema"),
        ("dates that are none", with("dates", "/data/activity/dates", json!([{"from": "вчера"}])), "schema"),
        (
            "a sign of a special font",
            with("sign", "/data/activity/content", json!("\u{f0b7} Обмен")),
            "unprintable-text",
        ),
        ("another's municipality", with("foreign", "/data/municipality", json!("66605000")), "not-permitted"),
        (
            "a quarter that is not open",
            with("quarter", "/data/quarter", json!("2019-Q1")),
            "quarter-not-open",
        ),
        (
            "an unknown submission",
            event("withdraw", "/offices/66701000", "svod.activity.withdraw.v1", &submission).to_string(),
            "unknown-submission",
        ),
    ]
}

#[track_caller]
fn check_refusal(name: &str, receipt: &Value, code: &str) {
    let data = &receipt["data"];
    assert_eq!((&data["outcome"], &data["code"]), (&json!("refused"), &json!(code)), "{name}: {receipt}");
    for words in ["detail", "action"] {
        let russian = data[words].as_str().unwrap_or_default().chars().any(|c| ('а'..='я').contains(&c));
        assert!(russian, "{name}: no Russian {words} in {receipt}");
    }
}

fn opened(ledger: &Ledger) -> (Service, String, String) {
    let operator = ledger.principal("o-1", &["operator"]);
    let office = ledger.principal("m-66701000", &["municipality:66701000"]);
    let service = Service::start(ledger);
    assert_eq!(service.post(&operator, open(&seconds_ahead(3_600)).to_string()).0, 200);
    (service, operator, office)
}

#[test]
fn bad_messages_over_http_are_refused_each_with_its_reason() {
    let ledger = Ledger::embedded();
    let (service, operator, office) = opened(&ledger);
    let before = service.whole_log(&operator).len();
    for (name, body, code) in cases() {
        let (status, answer) = service.post(&office, body);
        let answer = if answer["data"].is_object() { answer } else { json!({"data": answer}) };
        assert_eq!(answer["data"]["code"], code, "{name}: {status} {answer}");
    }
    let (status, problem) = service.post(&office, vec![b' '; 1 << 20]);
    assert_eq!((status, &problem["code"]), (413, &json!("too-large")));
    assert_eq!(service.whole_log(&operator).len(), before, "only refusals, and none of them in the log");
}

#[test]
fn bad_messages_over_rabbitmq_are_refused_each_with_its_reason() {
    let broker = Broker::new();
    let ledger = Ledger::postgres().with_broker(&broker.url());
    let (service, operator, _) = opened(&ledger);
    let url = broker.user("m-66701000");
    let before = service.whole_log(&operator).len();
    let mut unreadable = 0;
    for (name, body, code) in cases() {
        let properties = json!({"message_id": format!("m-{name}"), "correlation_id": name});
        let message =
            json!({"routing_key": "activity.submit.m-66701000", "body": body, "properties": properties});
        let receipts = exchange(&url, &[message]);
        check_refusal(name, &receipts[0], code);
        unreadable += u64::from(["not-json", "not-cloudevents"].contains(&code));
    }
    assert_eq!(service.whole_log(&operator).len(), before, "only refusals, and none of them in the log");
    eventually("what cannot be read lies in svod.dead", || {
        (broker.queue_length("svod.dead") == Some(unreadable)).then_some(())
    });
    let quarantined: Value = serde_json::from_str(&ledger.svod(&["quarantine", "list", "--json"])).unwrap();
    assert_eq!(quarantined.as_array().unwrap().len() as u64, unreadable);
}

#[test]
fn a_reused_id_a_stale_version_and_a_forged_sender_are_refused() {
    let broker = Broker::new();
    let ledger = Ledger::postgres().with_broker(&broker.url());
    let (_service, ..) = opened(&ledger);
    ledger.principal("r-1", &["reviewer"]);
    eventually("a new principal has a queue of receipts", || broker.queue_length("svod.receipts.r-1"));
    let (office, reviewer) = (broker.user("m-66701000"), broker.user("r-1"));
    let first = exchange(&office, &[addressed(&fine("one"), "m-66701000")]).remove(0);
    assert_eq!(first["data"]["outcome"], "recorded");

    let again = exchange(&office, &[addressed(&fine("one"), "m-66701000")]).remove(0);
    assert_eq!(again, first, "the same message has the same receipt");

    let mut other = fine("one");
    other["data"]["activity"]["title"] = json!("Другое");
    let reused = exchange(&office, &[addressed(&other, "m-66701000")]).remove(0);
    check_refusal("id reused", &reused, "id-reused");

    let stale = json!({"submission_id": IDS[1], "version": 2});
    let stale = event("approve", "/department", "svod.review.approve.v1", &stale);
    let stale = exchange(&reviewer, &[addressed(&stale, "r-1")]).remove(0);
    check_refusal("stale version", &stale, "stale-version");
    assert_eq!(stale["data"]["present_version"], 1);

    let nobody = json!({"routing_key": "activity.submit.m-66701000", "body": fine("nobody"),
                        "properties": {"user_id": null}});
    python("amqp.py", &["--url", &office], &nobody.to_string());
    eventually("the message without a sender is answered", || {
        let answers = ledger.sql("SELECT count(*) FROM receipts WHERE convert_from(id, 'UTF8') = 'nobody'");
        (answers == "1").then_some(())
    });
}
