//! A clerk has only a Word file: it is handed in, corrected, approved, closed, and the document says the same.

use serde_json::{Value, json};

use crate::broker::python;
use crate::quarter::tokens;
use crate::records::{QUARTER, event, open, review, seconds_ahead};
use crate::service::{Ledger, Service, eventually};

const SECTION: &str = "Муниципальное образование «Рославльский район» Смоленской области";

/// What the clerk writes: typed hyphens, straight quotes, a line break in the middle of a phrase.
fn written(content: &str) -> Value {
    json!([
        [SECTION],
        [
            "1. ",
            "Встреча с делегацией\nМогилевского района",
            "г. Рославль",
            "30 мая-2 июня",
            content,
            "Глава района П.С. Ковалев, предприниматели района"
        ],
        [
            "2.",
            "Онлайн-урок \"Города-побратимы\"",
            "-",
            "23 июня",
            "Школьники рассказали о музеях",
            "учащиеся гимназии"
        ],
    ])
}

/// What the document says of it; spaces are plain here.
fn printed(content: &str) -> Vec<Vec<String>> {
    let rows: [&[&str]; 3] = [
        &[SECTION],
        &[
            "1.",
            "Встреча с делегацией Могилевского района",
            "г. Рославль",
            "30 мая – 2 июня",
            content,
            "Глава района П.С. Ковалев, предприниматели района",
        ],
        &[
            "2.",
            "Онлайн-урок «Города-побратимы»",
            "",
            "23 июня",
            "Школьники рассказали о музеях",
            "учащиеся гимназии",
        ],
    ];
    rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
}

fn import(service: &Service, token: &str, more: &str, file: &[u8]) -> Value {
    let path = format!("/api/v1/import?quarter={QUARTER}&file_name=report.docx{more}");
    let (status, answer) = service.post_bytes(token, &path, file.to_vec());
    assert_eq!(status, 200, "{answer}");
    answer
}

fn actions(answer: &Value) -> Vec<&str> {
    let entries = answer["plan"]["entries"].as_array().unwrap();
    entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect()
}

#[test]
fn a_word_file_of_a_clerk_becomes_the_document_and_handing_it_in_twice_changes_nothing() {
    let ledger = Ledger::embedded();
    let tokens = tokens(&ledger);
    let (clerk, auditor) = (tokens("m-66636000"), tokens("a-1"));
    let service = Service::start(&ledger);
    assert_eq!(service.post(&tokens("o-1"), open(&seconds_ahead(600)).to_string()).0, 200);
    let word = |content: &str| {
        let path = ledger.folder.path().join("report.docx");
        python("write_docx.py", &[path.to_str().unwrap()], &written(content).to_string());
        std::fs::read(path).unwrap()
    };
    let log_length = || service.whole_log(&auditor).len();

    let file = word("Стороны обсудили обмен опытом");
    let before = log_length();
    let shown = import(&service, &clerk, "", &file);
    assert_eq!((actions(&shown), &shown["filed"]), (vec!["submit", "submit"], &json!(false)));
    assert_eq!(log_length(), before, "what is only shown leaves no trace");

    let filed = import(&service, &clerk, "&dry_run=false", &file);
    let outcomes: Vec<&Value> =
        filed["receipts"].as_array().unwrap().iter().map(|receipt| &receipt["data"]["outcome"]).collect();
    assert_eq!(outcomes, ["recorded", "recorded"]);
    let once = log_length();
    let again = import(&service, &clerk, "&dry_run=false", &file);
    assert_eq!((actions(&again), &again["receipts"]), (vec!["unchanged", "unchanged"], &json!([])));
    assert_eq!(log_length(), once, "the same file changes nothing");

    let corrected =
        import(&service, &clerk, "&dry_run=false", &word("Стороны обсудили обмен опытом и кадрами"));
    assert_eq!(actions(&corrected), ["correct", "unchanged"]);
    for (entry, version) in corrected["plan"]["entries"].as_array().unwrap().iter().zip([2, 1]) {
        let id = entry["submission_id"].as_str().unwrap();
        let data = json!({ "submission_id": id, "version": version });
        let (status, receipt) =
            service.post(&tokens("r-1"), review(&format!("approve-{id}"), "approve", &data).to_string());
        assert_eq!(status, 200, "{receipt}");
    }
    let close = json!({ "quarter": QUARTER, "reason": "все сведения согласованы" });
    service.post(&tokens("o-1"), event("close", "/operator", "svod.quarter.close.v1", &close).to_string());

    let path = ledger.report(QUARTER, 1);
    eventually("the document is written", || path.exists().then_some(()));
    let read = python("read_docx.py", &[path.to_str().unwrap()], "").remove(0);
    let rows: Vec<Vec<String>> = serde_json::from_value(read["rows"].clone()).unwrap();
    let plain = |row: &Vec<String>| row.iter().map(|cell| cell.replace('\u{a0}', " ")).collect::<Vec<_>>();
    assert_eq!(
        rows[1..].iter().map(plain).collect::<Vec<_>>(),
        printed("Стороны обсудили обмен опытом и кадрами")
    );
}
