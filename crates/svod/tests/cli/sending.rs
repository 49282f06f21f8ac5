//! `svod send`: receipts, and how it ends.

use serde_json::{Value, json};

use crate::ground::{Ledger, SENDER, Service, lines, submission};

fn office() -> Ledger {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    ledger.principal(SENDER, "municipality:66605000");
    ledger
}

/// The messages of a document: who sends each, in its order.
fn messages_of(document: &str) -> Vec<(&str, &str)> {
    let parts = document.split("sent by `").skip(1);
    let messages = parts.map(|part| {
        let (sender, rest) = part.split_once('`').unwrap();
        (sender, rest.split_once("```json\n").unwrap().1.split_once("```").unwrap().0)
    });
    messages.collect()
}

#[test]
fn the_messages_of_the_documents_are_recorded() {
    let ledger = Ledger::new();
    ledger.open("2026-Q4");
    ledger.principal("m-66701000", "municipality:66701000");
    ledger.principal("r-office", "reviewer");
    let messages = messages_of(include_str!("../../../../docs/MESSAGES.md"));
    assert_eq!(messages.len(), 4);
    for (sender, message) in messages {
        let receipt = ledger.svod_with(&["send", "-", "--as", sender, "--json"], message).with(0).json();
        assert_eq!(receipt["data"]["outcome"], "recorded", "{message}: {receipt}");
        assert_eq!(receipt["data"]["warnings"], Value::Null, "{message}: {receipt}");
    }
    let id = "0193a5c0-0000-7000-8000-000000000001";
    let card = ledger.svod(&["submission", "show", id, "--json"]).with(0).json();
    assert_eq!(card["state"], "approved");
}

#[test]
fn the_same_file_sent_again_gets_the_same_receipts() {
    let ledger = office();
    let messages = lines(&(1..=700).map(submission).collect::<Vec<_>>());
    std::fs::write(ledger.path().join("messages.ndjson"), messages).unwrap();
    let arguments = ["send", "messages.ndjson", "--as", SENDER, "--json"];
    let first = ledger.svod(&arguments).with(0).stdout;
    assert_eq!(ledger.svod(&arguments).with(0).stdout, first);
    let ids: Vec<Value> = first
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["data"]["message_id"].clone())
        .collect();
    let sent: Vec<Value> = (1..=700).map(|number| submission(number)["id"].clone()).collect();
    assert_eq!(ids, sent, "in the order of the messages");
}

#[test]
fn a_refused_message_ends_with_one_and_its_words() {
    let ledger = office();
    let mut wrong = submission(2);
    wrong["data"]["activity"].as_object_mut().unwrap().remove("title");
    let array = json!([submission(1), wrong, 7]).to_string();
    let ended = ledger.svod_with(&["send", "-", "--as", SENDER], &array).with(1);
    assert!(ended.stdout.contains("Записано: svod.activity.submit.v1-1, версия 1"), "{}", ended.stdout);
    let record = submission(1)["data"]["submission_id"].as_str().unwrap().to_owned();
    assert!(ended.stdout.contains(&format!(", запись {record}")), "{}", ended.stdout);
    assert!(ended.stdout.contains("[schema]") && ended.stdout.contains("[not-cloudevents]"));
    assert!(ended.stdout.contains("Записано 1, отказано 2."));
}

/// What `svod send` says of one message with this content, sent so.
fn said(ledger: &Ledger, arguments: &[&str], number: u32, content: &str, status: i32) -> String {
    let mut message = submission(number);
    message["data"]["activity"]["content"] = json!(content);
    ledger.svod_with(&[&["send", "-"], arguments].concat(), &message.to_string()).with(status).stdout
}

#[test]
fn what_is_taken_out_of_a_text_and_what_cannot_be_printed_is_said_in_the_same_words_at_every_door() {
    let ledger = office();
    let token = ledger.principal("m-other", "municipality:66605000");
    let service = Service::start(&ledger);
    let doors = [&["--as", SENDER][..], &["--http", service.url.as_str(), "--token", token.as_str()][..]];
    for (number, door) in [1, 11].into_iter().zip(doors) {
        let recorded = said(&ledger, door, number, "Обсудили\u{b}обмен\u{7}", 0);
        let warning = "В поле «Содержание мероприятия» (графа 5) убрано: 1 управляющий знак; заменено пробелом или новой \
                       строкой: 1 управляющий знак; первый стоит на месте 9.";
        assert!(recorded.contains(warning), "{recorded}");
        let refused = said(&ledger, door, number + 1, "Обмен \u{f0b7}", 1);
        let words = "Поле «Содержание мероприятия» (графа 5), знак 7: U+F0B7 — это знак особого шрифта";
        assert!(refused.contains("[unprintable-text]") && refused.contains(words), "{refused}");
        assert!(refused.contains("Замените названный знак похожим или словом"), "{refused}");
    }
}

#[test]
fn over_http_receipts_are_those_of_the_engine() {
    let ledger = office();
    let token = ledger.principal("m-other", "municipality:66605000");
    let service = Service::start(&ledger);
    let messages = lines(&(1..=450).map(submission).collect::<Vec<_>>());
    let sent =
        ledger.svod_with(&["send", "-", "--http", &service.url, "--token", &token, "--json"], &messages);
    let sent = sent.with(0).stdout;
    assert_eq!(sent.lines().count(), 450);
    let direct = ledger.svod_with(&["send", "-", "--as", "m-other", "--json"], &messages).with(0).stdout;
    assert_eq!(sent, direct, "byte for byte");
}

#[test]
fn what_cannot_be_reached_ends_with_three_and_a_bad_file_with_two() {
    let ledger = office();
    let message = lines(&[submission(1)]);
    let http = ["send", "-", "--http", "http://127.0.0.1:1", "--token", "x"];
    ledger.svod_with(&http, &message).with(3);
    ledger.svod_with(&["send", "-", "--amqp", "amqp://u:p@127.0.0.1:1/v"], &message).with(3);
    ledger.svod_with(&["send", "-"], &message).with(2);
    ledger.svod_with(&["send", "-", "--http", "http://127.0.0.1:1"], &message).with(2);
    ledger.svod(&["send", "absent.json", "--as", SENDER]).with(2);
    ledger.svod_with(&["send", "-", "--as", SENDER], "hello").with(2);
    ledger.svod_with(&["send", "-", "--as", "nobody"], &message).with(1);
}

#[test]
fn a_reader_that_leaves_early_ends_the_program_quietly() {
    let ledger = office();
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "\"$SVOD\" log | head -n 1; \"$SVOD\" municipality list --json | head -n 1"]);
    command.env("SVOD", env!("CARGO_BIN_EXE_svod")).current_dir(ledger.path());
    let ended = crate::ground::ended(&mut command).with(0);
    assert_eq!(ended.stderr, "");
}
