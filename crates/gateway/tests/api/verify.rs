//! A file from anywhere: those who see everything are told whether it is a document of the ledger.

use serde_json::json;

use crate::ground::{Answer, Ground, token};

async fn post(ground: &Ground, who: &str, body: &[u8]) -> Answer {
    let request = ground.request(reqwest::Method::POST, "/api/v1/verify").bearer_auth(token(who));
    Answer::of(request.body(body.to_vec()).send().await.unwrap()).await
}

#[tokio::test]
async fn a_file_is_told_from_a_strangers() {
    let ground = Ground::with_open_quarter().await;
    for who in ["reviewer", "operator", "auditor"] {
        for (body, verdict) in [("ours", "authentic"), ("theirs", "unknown")] {
            let told = post(&ground, who, body.as_bytes()).await;
            assert_eq!((told.status, &told.json()["verdict"]), (200, &json!(verdict)), "{who}");
        }
    }
}

#[tokio::test]
async fn a_municipality_is_not_shown_what_others_filed_and_a_failure_is_no_verdict() {
    let ground = Ground::with_open_quarter().await;
    post(&ground, "smolensk", b"ours").await.is_problem(403, "not-permitted");
    assert_eq!(post(&ground, "auditor", b"").await.status, 500);
    let large = vec![b' '; 20 * 1024 * 1024 + 1];
    post(&ground, "auditor", &large).await.is_problem(413, "too-large");
}
