//! The OpenAPI document says what the API does.

use serde_json::Value;

use crate::ground::{Ground, SMOLENSK, submit, uuid};

async fn document(ground: &Ground) -> Value {
    let answer = ground.get_unknown("/api/v1/openapi.json").await;
    assert_eq!(answer.header("content-type"), "application/json");
    answer.json()
}

/// Every operation as method, path and description.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut operations = vec![];
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            operations.push((method.clone(), path.clone(), operation.clone()));
        }
    }
    operations
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("$ref").and_then(Value::as_str));
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_contract_is_in_the_document_and_nothing_else() {
    let ground = Ground::start().await;
    let operations = operations(&document(&ground).await);
    let mut named: Vec<String> =
        operations.iter().map(|(method, path, _)| format!("{} {path}", method.to_uppercase())).collect();
    named.sort();
    assert_eq!(
        named,
        [
            "GET /api/v1/log",
            "GET /api/v1/log/checkpoint",
            "GET /api/v1/municipalities",
            "GET /api/v1/openapi.json",
            "GET /api/v1/quarters",
            "GET /api/v1/quarters/{quarter}",
            "GET /api/v1/quarters/{quarter}/board",
            "GET /api/v1/quarters/{quarter}/report",
            "GET /api/v1/quarters/{quarter}/submissions",
            "GET /api/v1/receipts",
            "GET /api/v1/submissions/{id}",
            "GET /api/v1/submissions/{id}/history",
            "GET /healthz",
            "GET /metrics",
            "GET /readyz",
            "POST /api/v1/import",
            "POST /api/v1/messages",
            "POST /api/v1/verify",
        ]
    );
}

#[tokio::test]
async fn every_address_of_the_document_answers() {
    let ground = Ground::with_open_quarter().await;
    ground.submit("smolensk", SMOLENSK, 1).await;
    for (method, path, _) in operations(&document(&ground).await) {
        let path = path.replace("{quarter}", "2020-Q2").replace("{id}", &uuid(1));
        let query = if path.ends_with("/receipts") { "?source=urn:test&id=submit-1" } else { "" };
        let status = if method == "get" {
            ground.get("auditor", &format!("{path}{query}")).await.status
        } else {
            ground.send("smolensk", &submit("submit-1", SMOLENSK, 1)).await.status
        };
        assert_eq!(status, 200, "{method} {path}");
    }
}

#[tokio::test]
async fn every_page_of_the_api_takes_a_moment() {
    let ground = Ground::start().await;
    for (method, path, operation) in operations(&document(&ground).await) {
        let private = operation["security"] != Value::Array(vec![]);
        let takes =
            operation["parameters"].as_array().unwrap().iter().any(|parameter| parameter["name"] == "as_of");
        assert_eq!(takes, private && method == "get", "{path}");
    }
}

#[tokio::test]
async fn the_document_holds_together() {
    let ground = Ground::start().await;
    let document = document(&ground).await;
    assert_eq!(document["openapi"], "3.1.0");
    let mut targets = vec![];
    references(&document, &mut targets);
    assert!(targets.len() > 20);
    for target in targets {
        let pointer = target.strip_prefix('#').unwrap_or_else(|| panic!("{target} leads outside"));
        assert!(document.pointer(pointer).is_some(), "{target} leads nowhere");
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        jsonschema::meta::validate(schema).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let mut names: Vec<String> =
        operations(&document).iter().map(|(_, _, operation)| operation["operationId"].to_string()).collect();
    names.sort();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "operations have names of their own");
    for code in ["stale-version", "quarter-closed", "unauthenticated"] {
        assert!(document["info"]["description"].as_str().unwrap().contains(&format!("`{code}`")), "{code}");
    }
}

/// The schema of an answer, with everything it refers to.
fn answer_schema(document: &Value, path: &str, method: &str, media_type: &str) -> Value {
    let schema = &document["paths"][path][method]["responses"]["200"]["content"][media_type]["schema"];
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    schema
}

#[tokio::test]
async fn answers_are_as_the_document_describes_them() {
    let ground = Ground::with_open_quarter().await;
    ground.submit("smolensk", SMOLENSK, 1).await;
    ground.approve(1).await;
    ground.close("c-1").await;
    let document = document(&ground).await;
    for (template, path) in [
        ("/api/v1/quarters", "/api/v1/quarters"),
        ("/api/v1/quarters/{quarter}", "/api/v1/quarters/2020-Q2"),
        ("/api/v1/quarters/{quarter}/board", "/api/v1/quarters/2020-Q2/board"),
        ("/api/v1/quarters/{quarter}/submissions", "/api/v1/quarters/2020-Q2/submissions"),
        ("/api/v1/submissions/{id}", &format!("/api/v1/submissions/{}", uuid(1))),
        ("/api/v1/submissions/{id}/history", &format!("/api/v1/submissions/{}/history", uuid(1))),
        ("/api/v1/log/checkpoint", "/api/v1/log/checkpoint"),
        ("/readyz", "/readyz"),
    ] {
        let schema = answer_schema(&document, template, "get", "application/json");
        let answer = ground.get("auditor", path).await.json();
        jsonschema::validate(&schema, &answer).unwrap_or_else(|error| panic!("{path}: {error}\n{answer}"));
    }
    let line = answer_schema(&document, "/api/v1/log", "get", "application/x-ndjson");
    for answer in ground.get("auditor", "/api/v1/log").await.text().lines() {
        jsonschema::validate(&line, &serde_json::from_str(answer).unwrap()).unwrap();
    }
    let receipt = answer_schema(&document, "/api/v1/messages", "post", "application/cloudevents+json");
    let message = submit("m-2", SMOLENSK, 2);
    jsonschema::validate(&receipt, &ground.send("smolensk", &message).await.json()).unwrap();
    let takes = &document["paths"]["/api/v1/messages"]["post"]["requestBody"]["content"]["application/json"]
        ["schema"];
    let mut takes = takes.clone();
    takes["components"] = document["components"].clone();
    jsonschema::validate(&takes, &message).unwrap();
    assert!(!jsonschema::is_valid(
        &takes,
        &crate::ground::message("m", "svod.activity.none.v1", Value::Null)
    ));
}
