//! Messages in, receipts out.

use serde_json::{Value, json};

use crate::ground::{BATCH, DESNOGORSK, EVENT, Ground, SMOLENSK, message, submit, token, uuid};

#[tokio::test]
async fn a_message_is_answered_with_its_receipt() {
    let ground = Ground::with_open_quarter().await;
    let answer = ground.send("smolensk", &submit("m-1", SMOLENSK, 1)).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, EVENT));
    let receipt = answer.json();
    assert_eq!(receipt["type"], "svod.receipt.v1");
    assert_eq!(receipt["data"]["outcome"], "recorded");
    assert_eq!(receipt["data"]["message_id"], "m-1");
    assert_eq!(receipt["data"]["submission_id"], uuid(1));
    assert_eq!(receipt["data"]["version"], 1);
}

#[tokio::test]
async fn the_same_message_gets_the_same_receipt_byte_for_byte() {
    let ground = Ground::with_open_quarter().await;
    let message = submit("m-1", SMOLENSK, 1);
    let first = ground.send("smolensk", &message).await;
    ground.set_clock("2020-06-20T09:00:00Z");
    let second = ground.send("smolensk", &message).await;
    let as_json = ground.post("smolensk", "application/json", message.to_string().into_bytes()).await;
    assert_eq!((second.status, &second.body), (200, &first.body));
    assert_eq!((as_json.status, &as_json.body), (200, &first.body));
    let fetched = ground.get("smolensk", "/api/v1/receipts?source=urn:test&id=m-1").await;
    assert_eq!((fetched.status, fetched.header("content-type")), (200, EVENT));
    assert_eq!(fetched.body, first.body);
}

#[tokio::test]
async fn a_refusal_has_the_status_of_its_kind_and_is_a_receipt() {
    let ground = Ground::with_open_quarter().await;
    ground.submit("smolensk", SMOLENSK, 1).await;
    let approve = |id: &str, version: u32| {
        message(id, "svod.review.approve.v1", json!({ "submission_id": uuid(1), "version": version }))
    };
    let mut without_title = submit("e-5", SMOLENSK, 5);
    without_title["data"]["activity"].as_object_mut().unwrap().remove("title");
    let mut unopened = submit("e-6", SMOLENSK, 6);
    unopened["data"]["quarter"] = json!("2021-Q1");
    let mut changed = submit("submit-1", SMOLENSK, 1);
    changed["data"]["activity"]["title"] = json!("Другое");
    let huge = submit("e-9", SMOLENSK, 9).to_string() + &" ".repeat(70_000);
    let cases: Vec<(&str, Vec<u8>, u16, &str)> = vec![
        ("desnogorsk", submit("e-1", SMOLENSK, 2).to_string().into(), 403, "not-permitted"),
        ("smolensk", approve("e-2", 1).to_string().into(), 403, "not-permitted"),
        ("reviewer", approve("e-3", 7).to_string().into(), 409, "stale-version"),
        ("smolensk", changed.to_string().into(), 409, "id-reused"),
        ("smolensk", submit("e-4", SMOLENSK, 1).to_string().into(), 409, "already-exists"),
        ("smolensk", without_title.to_string().into(), 422, "schema"),
        ("smolensk", unopened.to_string().into(), 409, "quarter-not-open"),
        ("smolensk", message("e-7", "svod.no.such.v1", json!({})).to_string().into(), 422, "unknown-type"),
        ("smolensk", b"{\"specversion\":".to_vec(), 400, "not-json"),
        ("smolensk", b"{\"a\":1}".to_vec(), 400, "not-cloudevents"),
        ("smolensk", huge.into(), 413, "too-large"),
    ];
    for (who, body, status, code) in cases {
        let answer = ground.post(who, EVENT, body).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, EVENT),
            "{code}: {}",
            answer.text()
        );
        let data = &answer.json()["data"];
        assert_eq!((&data["outcome"], &data["code"]), (&json!("refused"), &json!(code)));
        assert!(data["detail"].is_string() && data["action"].is_string(), "{data}");
    }
}

#[tokio::test]
async fn a_closed_quarter_refuses_with_409() {
    let ground = Ground::with_open_quarter().await;
    ground.close("c-1").await;
    let answer = ground.send("smolensk", &submit("m-1", SMOLENSK, 1)).await;
    assert_eq!((answer.status, &answer.json()["data"]["code"]), (409, &json!("quarter-closed")));
}

#[tokio::test]
async fn a_batch_is_answered_in_its_order() {
    let ground = Ground::with_open_quarter().await;
    let mut batch: Vec<Value> =
        (0..40).map(|number| submit(&format!("b-{number}"), SMOLENSK, 100 + number)).collect();
    batch.insert(7, submit("foreign", DESNOGORSK, 7));
    batch.insert(9, json!("no event"));
    let answer = ground.post("smolensk", BATCH, Value::from(batch.clone()).to_string().into_bytes()).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, BATCH));
    let receipts = answer.json();
    let receipts = receipts.as_array().unwrap();
    assert_eq!(receipts.len(), batch.len());
    for (message, receipt) in batch.iter().zip(receipts) {
        assert_eq!(message["id"], receipt["data"]["message_id"]);
    }
    assert_eq!(receipts[7]["data"]["code"], "not-permitted");
    assert_eq!(receipts[9]["data"]["code"], "not-cloudevents");
    let recorded = receipts.iter().filter(|receipt| receipt["data"]["outcome"] == "recorded").count();
    assert_eq!(recorded, 40);
    let again = ground.post("smolensk", BATCH, Value::from(batch).to_string().into_bytes()).await;
    let (first, again) = (answer.json(), again.json());
    assert_eq!(first[0], again[0]);
    assert_eq!(first[41], again[41]);
}

#[tokio::test]
async fn a_batch_of_more_than_a_thousand_is_too_large_and_records_nothing() {
    let ground = Ground::with_open_quarter().await;
    let batch: Vec<Value> =
        (0..1_001).map(|number| submit(&format!("b-{number}"), SMOLENSK, number)).collect();
    let answer = ground.post("smolensk", BATCH, Value::from(batch).to_string().into_bytes()).await;
    answer.is_problem(413, "too-large");
    ground.get("smolensk", "/api/v1/receipts?source=urn:test&id=b-0").await.is_problem(404, "not-found");
}

#[tokio::test]
async fn an_empty_batch_has_an_empty_answer() {
    let ground = Ground::start().await;
    let answer = ground.post("smolensk", BATCH, b"[]".to_vec()).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "[]"));
}

#[tokio::test]
async fn what_is_no_batch_is_a_problem() {
    let ground = Ground::start().await;
    for body in ["", "{}", "[{]", "[1"] {
        ground.post("smolensk", BATCH, body.into()).await.is_problem(400, "not-json");
    }
}

#[tokio::test]
async fn a_body_that_nobody_would_read_is_a_problem_that_names_the_limit() {
    let ground = Ground::start().await;
    let problem = ground.post("smolensk", EVENT, vec![b' '; 3_000_000]).await.is_problem(413, "too-large");
    assert!(problem["detail"].as_str().unwrap().contains("65536"), "{problem}");
    ground.post("smolensk", BATCH, vec![b' '; 17 * 1024 * 1024]).await.is_problem(413, "too-large");
}

#[tokio::test]
async fn another_content_type_is_a_problem() {
    let ground = Ground::start().await;
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/cloudevents"] {
        ground.post("smolensk", media_type, b"{}".to_vec()).await.is_problem(415, "bad-request");
    }
}

#[tokio::test]
async fn a_receipt_is_shown_to_its_sender_and_to_the_office_only() {
    let ground = Ground::with_open_quarter().await;
    ground.submit("smolensk", SMOLENSK, 1).await;
    let path = "/api/v1/receipts?source=urn:test&id=submit-1";
    for (who, status) in
        [("smolensk", 200), ("desnogorsk", 404), ("reviewer", 200), ("auditor", 200), ("operator", 200)]
    {
        assert_eq!(ground.get(who, path).await.status, status, "{who}");
    }
}

#[tokio::test]
async fn a_receipt_is_not_there_before_it_was_given() {
    let ground = Ground::with_open_quarter().await;
    ground.set_clock("2020-06-11T09:00:00Z");
    let recorded = ground.submit("smolensk", SMOLENSK, 1).await;
    let refused = ground.send("smolensk", &submit("refused", DESNOGORSK, 2)).await;
    assert_eq!(refused.status, 403);
    ground.set_clock("2020-06-12T09:00:00Z");
    ground.submit("smolensk", SMOLENSK, 3).await;
    let position = recorded["data"]["position"].as_u64().unwrap();
    let (before, at, after) = (position - 1, position, position + 1);
    let cases = [
        ("submit-1", before.to_string(), 404),
        ("submit-1", at.to_string(), 200),
        ("submit-1", "2020-06-11T08:59:59Z".into(), 404),
        ("submit-1", "2020-06-11T12:00:00%2B03:00".into(), 200),
        ("submit-1", "2020-06-11T12:00:00+03:00".into(), 200),
        ("refused", before.to_string(), 404),
        ("refused", at.to_string(), 200),
        ("refused", after.to_string(), 200),
        ("refused", "2020-06-11T08:59:59Z".into(), 404),
    ];
    for (id, moment, status) in cases {
        let path = format!("/api/v1/receipts?source=urn:test&id={id}&as_of={moment}");
        assert_eq!(ground.get("smolensk", &path).await.status, status, "{id} as of {moment}");
    }
}

#[tokio::test]
async fn nobody_writes_without_a_token() {
    let ground = Ground::with_open_quarter().await;
    let body = submit("m-1", SMOLENSK, 1).to_string();
    for (scheme, token) in [("", ""), ("Bearer", "svod_wrong"), ("Basic", &token("smolensk")), ("Bearer", "")]
    {
        let request = ground.request(reqwest::Method::POST, "/api/v1/messages").header("content-type", EVENT);
        let request = if scheme.is_empty() {
            request
        } else {
            request.header("authorization", format!("{scheme} {token}"))
        };
        let answer = crate::ground::Answer::of(request.body(body.clone()).send().await.unwrap()).await;
        answer.is_problem(401, "unauthenticated");
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{scheme}");
    }
}

#[tokio::test]
async fn an_engine_that_cannot_answer_is_no_refusal() {
    let ground = Ground::with_open_quarter().await;
    ground.stop_engine();
    // The engine may still answer what comes before it has seen the stop.
    let message = submit("m-1", SMOLENSK, 1);
    let answer = loop {
        let answer = ground.send("smolensk", &message).await;
        if answer.status != 200 {
            break answer;
        }
    };
    let problem = answer.is_problem(503, "unavailable");
    assert_eq!((answer.header("retry-after"), &problem["fault"]), ("5", &Value::Null));
}
