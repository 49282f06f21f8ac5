//! The document of a quarter.

use serde_json::json;
use svod_domain::command::RecordReport;
use svod_domain::event::ReportBuilt;
use svod_domain::{Actor, Command, Edition};
use svod_log::{FileStore as _, Hash, StoredFile};

use crate::ground::{Answer, DESNOGORSK, Ground, SMOLENSK, message, token};

const REPORT: &str = "/api/v1/quarters/2020-Q2/report";

/// Two cities with one approved submission each.
async fn approved() -> Ground {
    let ground = Ground::with_open_quarter().await;
    ground.submit("smolensk", SMOLENSK, 1).await;
    ground.submit("desnogorsk", DESNOGORSK, 2).await;
    ground.approve(1).await;
    ground.approve(2).await;
    ground
}

#[tokio::test]
async fn before_the_close_a_preview_is_given_and_says_so() {
    let ground = approved().await;
    let answer = ground.get("reviewer", &format!("{REPORT}?format=pdf")).await;
    assert_eq!((answer.status, answer.header("x-svod-preview")), (200, "true"));
    assert_eq!(answer.text(), format!("pdf preview {SMOLENSK}:1 {DESNOGORSK}:1"));
    assert_eq!(answer.header("content-type"), "application/pdf");
    assert!(answer.header("content-disposition").contains("filename=\"report-2020-Q2-preview.pdf\""));
    ground.get("reviewer", &format!("{REPORT}?edition=1")).await.is_problem(404, "not-found");
}

#[tokio::test]
async fn after_the_close_each_edition_is_given_as_it_was() {
    let ground = approved().await;
    ground.close("c-1").await;
    let first = ground.get("auditor", REPORT).await;
    assert_eq!((first.status, first.header("x-svod-preview")), (200, ""));
    assert_eq!(first.text(), format!("docx edition 1 {SMOLENSK}:1 {DESNOGORSK}:1"));
    assert!(first.header("content-disposition").contains("filename=\"report-2020-Q2-1.docx\""));
    let reopen = json!({ "quarter": "2020-Q2", "close_at": "2020-08-01T00:00:00Z", "reason": "дополнение" });
    assert_eq!(ground.send("operator", &message("r-1", "svod.quarter.reopen.v1", reopen)).await.status, 200);
    assert_eq!(ground.get("auditor", REPORT).await.header("x-svod-preview"), "true");
    ground.submit("smolensk", SMOLENSK, 3).await;
    ground.approve(3).await;
    ground.close("c-2").await;
    let newest = ground.get("auditor", REPORT).await;
    assert_eq!(newest.text(), format!("docx edition 2 {SMOLENSK}:2 {DESNOGORSK}:1"));
    let again = ground.get("auditor", &format!("{REPORT}?edition=1&format=docx")).await;
    assert_eq!(again.body, first.body);
    ground.get("auditor", &format!("{REPORT}?edition=3")).await.is_problem(404, "not-found");
}

#[tokio::test]
async fn the_tag_is_the_hash_of_the_file_and_answers_instead_of_it() {
    let ground = approved().await;
    ground.close("c-1").await;
    let first = ground.get("auditor", REPORT).await;
    let tag = first.header("etag").to_owned();
    assert_eq!(tag, format!("\"{}\"", Hash::of(&first.body)));
    for (known, status) in [(tag.as_str(), 304), ("*", 304), ("\"other\"", 200)] {
        let request = ground.request(reqwest::Method::GET, REPORT).bearer_auth(token("auditor"));
        let answer = Answer::of(request.header("if-none-match", known).send().await.unwrap()).await;
        assert_eq!((answer.status, answer.header("etag")), (status, tag.as_str()), "{known}");
        assert_eq!(answer.body.is_empty(), status == 304);
    }
}

#[tokio::test]
async fn the_file_that_was_kept_at_the_close_is_the_one_that_is_given() {
    let ground = approved().await;
    ground.close("c-1").await;
    let bytes: &[u8] = b"the document of the report worker";
    let sha256 = Hash::of(bytes);
    let file = StoredFile { sha256, media_type: "application/kept".into(), bytes: bytes.into() };
    ground.store.keep_file(&file).await.unwrap();
    let built = ReportBuilt {
        quarter: "2020-Q2".parse().unwrap(),
        edition: Edition::FIRST,
        format: "docx".into(),
        sha256: sha256.to_string(),
        masked_sha256: String::new(),
        size_bytes: bytes.len() as u64,
        built_at_position: 1,
        renderer: "docx/1".into(),
        settings: serde_json::json!({}),
        content: None,
    };
    let record = Command::RecordReport(RecordReport { built, names: vec![] });
    ground.engine.order(Actor::service(), record).await.unwrap().unwrap();
    let kept = ground.get("auditor", REPORT).await;
    assert_eq!((kept.body.as_slice(), kept.header("content-type")), (bytes, "application/kept"));
    assert_eq!(kept.header("etag"), format!("\"{sha256}\""));
    let made = ground.get("auditor", &format!("{REPORT}?format=pdf")).await;
    assert_eq!(made.text(), format!("pdf edition 1 {SMOLENSK}:1 {DESNOGORSK}:1"));
}

#[tokio::test]
async fn a_municipality_is_given_an_extract_that_cannot_be_taken_for_the_edition() {
    let ground = approved().await;
    let open = ground.get("smolensk", REPORT).await;
    assert_eq!((open.header("x-svod-extract"), open.header("x-svod-preview")), ("true", "true"));
    ground.close("c-1").await;
    let closed = ground.get("smolensk", &format!("{REPORT}?edition=1")).await;
    assert_eq!(closed.text(), format!("docx extract of edition 1 {SMOLENSK}:1"));
    assert_eq!((closed.header("x-svod-extract"), closed.header("x-svod-preview")), ("true", ""));
    assert!(closed.header("content-disposition").contains("filename=\"report-2020-Q2-extract.docx\""));
}

#[tokio::test]
async fn a_format_that_cannot_be_had_is_a_problem_that_says_so() {
    let ground = approved().await;
    let problem =
        ground.get("auditor", &format!("{REPORT}?format=odt")).await.is_problem(501, "format-not-made");
    assert!(problem["fault"].as_str().unwrap().contains("odt"));
    let problem = ground.get("auditor", &format!("{REPORT}?format=rtf")).await.is_problem(400, "bad-request");
    assert!(problem["fault"].as_str().unwrap().contains("docx"), "it names the formats there are");
}

#[tokio::test]
async fn a_renderer_that_breaks_tells_nobody_why() {
    let ground = approved().await;
    for format in ["xlsx", "html"] {
        let answer = ground.get("auditor", &format!("{REPORT}?format={format}")).await;
        answer.is_problem(500, "unavailable");
        assert!(!answer.text().contains("renderer"), "{}", answer.text());
    }
    assert_eq!(ground.get("auditor", REPORT).await.status, 200, "the service goes on");
}
