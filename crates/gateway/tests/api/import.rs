//! Files: shown before they are filed, filed whole or not at all, each by those whose it is.

use serde_json::{Value, json};

use crate::ground::{Answer, DESNOGORSK, Ground, SMOLENSK, submit, token};

/// The file of a municipality, as the test's reader understands it.
fn file(municipality: &str) -> Vec<u8> {
    let message = submit("import-1", municipality, 77);
    json!({ "municipality": municipality, "message": message }).to_string().into_bytes()
}

async fn post(ground: &Ground, who: &str, more: &str, body: Vec<u8>) -> Answer {
    let path = format!("/api/v1/import?quarter=2020-Q2{more}");
    let request = ground.request(reqwest::Method::POST, &path).bearer_auth(token(who)).body(body);
    Answer::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_file_is_shown_unless_it_is_to_be_filed() {
    let ground = Ground::with_open_quarter().await;
    let shown = post(&ground, "smolensk", "&file_name=a.docx", file(SMOLENSK)).await;
    let answer = shown.json();
    assert_eq!((shown.status, &answer["filed"], &answer["receipts"]), (200, &json!(false), &json!([])));
    assert_eq!(answer["plan"]["entries"][0]["place"], "a.docx");
    let filed = post(&ground, "smolensk", "&dry_run=false", file(SMOLENSK)).await;
    let answer = filed.json();
    assert_eq!((filed.status, &answer["filed"]), (200, &json!(true)));
    assert_eq!(answer["receipts"][0]["data"]["outcome"], "recorded");
    let again = post(&ground, "smolensk", "&dry_run=false", file(SMOLENSK)).await.json();
    assert_eq!(again["receipts"], answer["receipts"], "the same message gets the same receipt");
}

#[tokio::test]
async fn a_municipality_hands_in_its_own_and_who_files_must_be_one() {
    let ground = Ground::with_open_quarter().await;
    let other = post(&ground, "smolensk", "&dry_run=false", file(DESNOGORSK)).await;
    assert_eq!((other.status, &other.json()["filed"]), (422, &json!(false)));
    assert_eq!(post(&ground, "reviewer", "", file(DESNOGORSK)).await.json()["plan"]["can_be_filed"], true);
    for who in ["reviewer", "operator", "auditor", "roleless"] {
        post(&ground, who, "&dry_run=false", file(DESNOGORSK)).await.is_problem(403, "not-permitted");
    }
}

#[tokio::test]
async fn what_is_no_file_and_what_is_too_large_is_refused_with_a_reason() {
    let ground = Ground::with_open_quarter().await;
    let problem = post(&ground, "smolensk", "", b"nothing".to_vec()).await.is_problem(422, "file-unreadable");
    assert_ne!(problem["action"], Value::Null);
    let large = vec![b' '; 20 * 1024 * 1024 + 1];
    post(&ground, "smolensk", "", large).await.is_problem(413, "too-large");
    post(&ground, "smolensk", "&quarte=2020-Q2", file(SMOLENSK)).await.is_problem(400, "bad-request");
    post(&ground, "smolensk", "&municipality=1", file(SMOLENSK)).await.is_problem(400, "bad-request");
}
