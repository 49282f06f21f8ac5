//! What can be read of a message, and the reason when it cannot.

use serde_json::{Value, json};
use svod_domain::refusal::{FAULTS_MAX, JsonFault};
use svod_domain::{ReasonCode, Refusal, SchemaFault};

use super::{MESSAGE_BYTES_MAX, read};

fn valid() -> Value {
    json!({
        "specversion": "1.0", "id": "1", "source": "/m", "type": "svod.activity.submit.v1",
        "data": {
            "submission_id": "0192f0c1-2222-7000-8000-000000000001", "municipality": "66605000",
            "quarter": "2020-Q2",
            "activity": {
                "title": "Встреча", "dates": [{"from": "2020-06-05", "to": "2020-06-05"}],
                "content": "Обсудили обмен", "participants": [{"group": "сотрудники"}],
            },
        },
    })
}

#[track_caller]
fn refused(body: &[u8]) -> Refusal {
    read(body).command.expect_err("the message was taken")
}

/// The valid message with the value at `pointer` replaced.
fn with(pointer: &str, value: Value) -> Vec<u8> {
    let mut message = valid();
    *message.pointer_mut(pointer).unwrap() = value;
    message.to_string().into_bytes()
}

#[track_caller]
fn check_schema(pointer: &str, value: Value, at: &str) {
    match refused(&with(pointer, value)) {
        Refusal::Schema { pointer, .. } => assert_eq!(pointer, at),
        other => panic!("refused as {other:?}"),
    }
}

#[test]
fn every_fault_of_a_message_is_told_and_not_too_many() {
    let mut message = valid();
    let activity = message.pointer_mut("/data/activity").unwrap().as_object_mut().unwrap();
    activity.insert("title".to_owned(), json!(" "));
    activity.insert("colour".to_owned(), json!("red"));
    activity.remove("content");
    message["data"]["municipality"] = json!("1");
    let Refusal::Schema { pointer, others, .. } = refused(message.to_string().as_bytes()) else {
        panic!("read")
    };
    let mut pointers: Vec<String> = others.into_iter().map(|(pointer, _)| pointer).chain([pointer]).collect();
    pointers.sort_unstable();
    let all = ["activity/colour", "activity/content", "activity/title", "municipality"];
    assert_eq!(pointers, all.map(|field| format!("/data/{field}")));

    for number in 0..100 {
        message["data"]["activity"][format!("field-{number}")] = json!(1);
    }
    let Refusal::Schema { others, .. } = refused(message.to_string().as_bytes()) else { panic!("read") };
    assert_eq!(others.len() + 1, FAULTS_MAX);
}

#[test]
fn a_valid_message_is_read() {
    let message = read(valid().to_string().as_bytes());
    assert!(message.command.is_ok(), "{:?}", message.command);
    assert_eq!(message.key.unwrap().id, "1");
}

#[test]
fn the_order_of_keys_and_white_space_are_not_content() {
    let one = read(br#"{"a":1,"b":[2]}"#);
    let two = read(b" {\"b\" : [ 2 ], \"a\":1}");
    assert_eq!(one.digest, two.digest);
    assert_ne!(one.digest, read(br#"{"a":1,"b":[3]}"#).digest);
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    let fault = Refusal::NotJson { fault: JsonFault::Syntax { line: 1, column: 2 } };
    assert_eq!(refused(b"{x"), fault);
    for body in [&b""[..], b"\xff\xfe", b"{} {}", b"{\"a\":NaN}", b"[1e999]", b"{\"a\":\"\\ud800\"}"] {
        assert_eq!(refused(body).reason(), ReasonCode::NotJson, "{body:?}");
    }
}

#[test]
fn a_repeated_key_and_a_depth_bomb_are_refused() {
    let twice = Refusal::NotJson { fault: JsonFault::RepeatedKey { key: "id".into() } };
    assert_eq!(refused(br#"{"id":"1","id":"2"}"#), twice);
    let bomb = [vec![b'['; 20_000], vec![b']'; 20_000]].concat();
    assert_eq!(refused(&bomb), Refusal::NotJson { fault: JsonFault::TooDeep { depth_max: 32 } });
}

#[test]
fn a_message_over_the_limit_is_refused_for_its_size_and_its_key_is_still_told() {
    let bytes_max = MESSAGE_BYTES_MAX;
    let big = vec![b' '; bytes_max + 1];
    assert_eq!(refused(&big), Refusal::TooLarge { bytes: bytes_max + 1, bytes_max });
    let padded = |bytes: usize| read(&[valid().to_string().into_bytes(), vec![b' '; bytes]].concat());
    assert_eq!(padded(bytes_max).command.unwrap_err().reason(), ReasonCode::TooLarge);
    assert_eq!(padded(bytes_max).key.unwrap().id, "1");
    assert!(padded(1 << 20).key.is_none(), "nobody searches a megabyte");
}

#[test]
fn each_attribute_of_the_envelope_is_required() {
    for attribute in ["specversion", "id", "source", "type", "data"] {
        let mut message = valid();
        message.as_object_mut().unwrap().remove(attribute);
        let refusal = refused(message.to_string().as_bytes());
        assert_eq!(refusal, Refusal::NotCloudEvents { attribute: attribute.into() });
    }
    assert_eq!(refused(b"[]"), Refusal::NotCloudEvents { attribute: String::new() });
    assert_eq!(refused(&with("/id", json!("a\u{0}b"))).reason(), ReasonCode::NotCloudEvents);
}

#[test]
fn an_unknown_type_is_refused_and_its_key_is_still_told() {
    let message = read(&with("/type", json!("svod.activity.submit.v2")));
    assert_eq!(message.command.unwrap_err().reason(), ReasonCode::UnknownType);
    assert!(message.key.is_some());
}

#[test]
fn a_wrong_value_in_any_field_is_refused_with_its_place() {
    check_schema("/data/submission_id", json!("no uuid"), "/data/submission_id");
    check_schema("/data/municipality", json!("6660500"), "/data/municipality");
    check_schema("/data/municipality", json!(66_605_000), "/data/municipality");
    check_schema("/data/quarter", json!("2020-Q5"), "/data/quarter");
    check_schema("/data/activity", json!([]), "/data/activity");
    check_schema("/data/activity/title", json!(" "), "/data/activity/title");
    check_schema("/data/activity/title", json!("я".repeat(1_001)), "/data/activity/title");
    check_schema("/data/activity/dates/0/from", json!("5 июня"), "/data/activity/dates/0/from");
    check_schema("/data/activity/dates/0/from", json!("2020-02-30"), "/data/activity/dates/0/from");
    check_schema("/data/activity/content", json!(null), "/data/activity/content");
    check_schema("/data/activity/participants", json!([]), "/data/activity/participants");
    check_schema(
        "/data/activity/participants/0",
        json!({"name": "И.И. Иванов"}),
        "/data/activity/participants/0",
    );
}

#[test]
fn what_is_absent_may_be_written_as_null() {
    let mut message = valid();
    let activity = message.pointer_mut("/data/activity").unwrap().as_object_mut().unwrap();
    for field in ["place", "dates_text", "agreements", "countries"] {
        activity.insert(field.into(), Value::Null);
    }
    let read = read(message.to_string().as_bytes());
    assert!(read.command.is_ok(), "{:?}", read.command);
    message["data"]["activity"]["dates"] = Value::Null;
    message["data"]["activity"]["dates_text"] = json!("5 июня");
    assert!(super::read(message.to_string().as_bytes()).command.is_ok());
}

#[test]
fn a_countrys_code_has_two_capital_letters_and_lists_have_an_end() {
    let with_countries = |countries: Value| {
        let mut message = valid();
        message["data"]["activity"]["countries"] = countries;
        message.to_string().into_bytes()
    };
    let wrong = refused(&with_countries(json!(["PL", "Polska"])));
    assert_eq!(wrong.pointer().as_deref(), Some("/data/activity/countries/1"));
    let many = refused(&with_countries(json!(vec!["PL"; 61])));
    assert_eq!(many.pointer().as_deref(), Some("/data/activity/countries"));
}

#[test]
fn a_message_with_wrong_data_still_tells_what_it_speaks_of() {
    let subject = read(&with("/data/activity/title", json!(""))).subject;
    assert_eq!(subject.quarter.unwrap().to_string(), "2020-Q2");
    assert_eq!(subject.submission.unwrap().to_string(), "0192f0c1-2222-7000-8000-000000000001");
}

#[test]
fn a_missing_and_an_unknown_field_are_named() {
    let mut message = valid();
    message.pointer_mut("/data/activity").unwrap().as_object_mut().unwrap().remove("title");
    let missing = refused(message.to_string().as_bytes());
    let fault = SchemaFault::Missing { field: "title".into() };
    assert_eq!(missing, Refusal::Schema { pointer: "/data/activity/title".into(), fault, others: vec![] });

    let mut message = valid();
    message.pointer_mut("/data").unwrap()["colour"] = json!("red");
    let unknown = refused(message.to_string().as_bytes());
    let fault = SchemaFault::Unknown { field: "colour".into() };
    assert_eq!(unknown, Refusal::Schema { pointer: "/data/colour".into(), fault, others: vec![] });
}
