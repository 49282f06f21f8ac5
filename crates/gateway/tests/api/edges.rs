//! Around every request: methods, headers, health, tokens that end, stopping.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use serde_json::json;
use svod_gateway::Readiness;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::ground::{Answer, EVENT, Ground, SMOLENSK, submit, token};

/// As many requests as the gateway works on at once.
const REQUESTS_MAX: usize = 256;

#[tokio::test]
async fn a_method_that_an_address_does_not_take_is_a_problem() {
    let ground = Ground::start().await;
    for (method, path, allowed) in [
        (reqwest::Method::GET, "/api/v1/messages", "POST"),
        (reqwest::Method::DELETE, "/api/v1/quarters", "GET,HEAD"),
    ] {
        let answer = Answer::of(ground.request(method, path).send().await.unwrap()).await;
        answer.is_problem(405, "bad-request");
        assert_eq!(answer.header("allow"), allowed);
    }
}

#[tokio::test]
async fn nothing_private_is_read_without_a_valid_token() {
    let ground = Ground::with_open_quarter().await;
    for path in [
        "/api/v1/receipts?source=a&id=b",
        "/api/v1/quarters",
        "/api/v1/quarters/2020-Q2",
        "/api/v1/quarters/2020-Q2/board",
        "/api/v1/quarters/2020-Q2/submissions",
        "/api/v1/quarters/2020-Q2/report",
        "/api/v1/submissions/00000000-0000-0000-0000-000000000001",
        "/api/v1/submissions/00000000-0000-0000-0000-000000000001/history",
        "/api/v1/log",
        "/api/v1/log/checkpoint",
    ] {
        ground.get_unknown(path).await.is_problem(401, "unauthenticated");
        ground.get("nobody", path).await.is_problem(401, "unauthenticated");
    }
    for path in ["/healthz", "/readyz", "/metrics", "/api/v1/openapi.json"] {
        assert_eq!(ground.get_unknown(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_principal_without_roles_sees_nothing_of_anyone() {
    let ground = Ground::with_open_quarter().await;
    let board = ground.get("roleless", "/api/v1/quarters/2020-Q2/board").await;
    assert_eq!((board.status, &board.json()["rows"]), (200, &json!([])));
    let log = ground.get("roleless", "/api/v1/log").await;
    assert_eq!(log.text().lines().count(), 1, "only that the quarter was opened");
}

#[tokio::test]
async fn every_answer_has_the_headers_of_an_api() {
    let ground = Ground::with_open_quarter().await;
    for path in ["/api/v1/quarters", "/api/v1/log", "/api/v1/nothing", "/healthz"] {
        let answer = ground.get("auditor", path).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
    }
    let report = ground.get("auditor", "/api/v1/quarters/2020-Q2/report").await;
    assert_eq!(report.header("cache-control"), "private, no-cache");
}

#[tokio::test]
async fn readiness_lists_its_checks_and_fails_with_one_of_them() {
    let ground = Ground::start().await;
    let ready = ground.get_unknown("/readyz").await;
    let checks = json!([{ "name": "store", "ready": true }, { "name": "broker", "ready": true }]);
    assert_eq!((ready.status, ready.json()), (200, json!({ "ready": true, "checks": checks })));
    *ground.broker.lock().unwrap() = Readiness::NotReady { because: "not connected".into() };
    let unready = ground.get_unknown("/readyz").await;
    let broker = json!({ "name": "broker", "ready": false, "because": "not connected" });
    assert_eq!((unready.status, &unready.json()["checks"][1]), (503, &broker));
    assert_eq!(ground.get_unknown("/healthz").await.status, 200);
}

#[tokio::test]
async fn metrics_are_those_of_the_program() {
    let ground = Ground::start().await;
    let metrics = ground.get_unknown("/metrics").await;
    assert_eq!(metrics.text(), "svod_up 1\n");
    assert!(metrics.header("content-type").starts_with("text/plain; version=0.0.4"));
}

#[tokio::test]
async fn a_head_request_has_the_headers_and_no_body() {
    let ground = Ground::with_open_quarter().await;
    let request = ground.request(reqwest::Method::HEAD, "/api/v1/quarters").bearer_auth(token("auditor"));
    let answer = Answer::of(request.send().await.unwrap()).await;
    assert_eq!((answer.status, answer.body.len()), (200, 0));
}

#[tokio::test]
async fn bytes_that_are_no_http_end_only_their_own_connection() {
    let ground = Ground::start().await;
    let address = ground.address().to_owned();
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(b"\x16\x03\x01 hello\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    assert!(answer.await.unwrap().starts_with("HTTP/1.1 400"));
    assert_eq!(ground.get_unknown("/healthz").await.status, 200);
}

#[tokio::test]
async fn a_stopped_gateway_takes_no_more_connections() {
    let ground = Ground::start().await;
    assert_eq!(ground.get_unknown("/healthz").await.status, 200);
    ground.stop_gateway();
    let closed = async {
        while tokio::net::TcpStream::connect(ground.address()).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), closed).await.expect("it still listens");
}

/// A request whose handler waits for this body, which is still to be sent.
async fn waiting_for_body(ground: &Ground, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(ground.address()).await.unwrap();
    let (length, token) = (body.len(), token("smolensk"));
    let head = format!(
        "POST /api/v1/messages HTTP/1.1\r\nhost: svod\r\nauthorization: Bearer {token}\r\ncontent-type: {EVENT}\r\n\
         content-length: {length}\r\nconnection: close\r\nexpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

#[tokio::test]
async fn a_request_under_way_at_the_stop_is_answered() {
    let ground = Ground::with_open_quarter().await;
    let body = submit("m-1", SMOLENSK, 1).to_string();
    let mut stream = waiting_for_body(&ground, &body).await;
    ground.stop_gateway();
    while TcpStream::connect(ground.address()).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("\"recorded\""), "{answer}");
}

#[tokio::test]
async fn more_requests_than_can_be_worked_on_are_told_to_come_back() {
    let ground = Ground::with_open_quarter().await;
    let mut waiting = vec![];
    for _ in 0..REQUESTS_MAX {
        waiting.push(waiting_for_body(&ground, "{}").await);
    }
    let refused = ground.get("auditor", "/api/v1/quarters").await;
    refused.is_problem(503, "unavailable");
    assert_eq!(refused.header("retry-after"), "5");
    assert_eq!(ground.get_unknown("/healthz").await.status, 200, "busy is not dead");
    let mut one = waiting.pop().unwrap();
    one.write_all(b"{}").await.unwrap();
    let mut answer = String::new();
    one.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(ground.get("auditor", "/api/v1/quarters").await.status, 200);
}
