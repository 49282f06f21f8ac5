//! Every finding of `svod doctor`, provoked.

use std::net::TcpListener;

use serde_json::Value;

use crate::ground::{Ended, Ledger, SENDER, Service};

#[track_caller]
fn check(ended: &Ended, subject: &str, level: &str, word: &str) {
    let findings = ended.json();
    let fits = |finding: &Value| {
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        text("subject").contains(subject) && text("level") == level && text("seen").contains(word)
    };
    assert!(findings.as_array().unwrap().iter().any(fits), "{subject}, {level}, {word}: {findings:#}");
    for finding in findings.as_array().unwrap() {
        assert_eq!(finding["level"] == "good", finding["cure"].is_null(), "{finding}");
    }
}

#[test]
fn a_new_ledger_is_in_order_before_and_after_its_first_use() {
    let ledger = Ledger::new();
    check(&ledger.svod(&["doctor", "--json"]).with(0), "database", "good", "made on first use");
    assert!(!ledger.path().join("svod-data").exists(), "looking makes nothing");
    ledger.open("2020-Q2");
    let ended = ledger.svod(&["doctor", "--json"]).with(0);
    check(&ended, "log", "good", "root");
    check(&ended, "register", "good", "66524000");
    check(&ended, "principals", "odd", "reviewer");
    check(&ended, "broker", "good", "none");
}

#[test]
fn a_register_of_ones_own_with_unconfirmed_codes_is_found() {
    let ledger = Ledger::new();
    let own = include_str!("../../../domain/data/municipalities-smolensk.csv");
    std::fs::write(ledger.path().join("own.csv"), own).unwrap();
    let doctor = || ledger.svod(&["--register", "own.csv", "doctor", "--json"]).with(0);
    check(&doctor(), "register", "odd", "own.csv says `no` to `confirmed` for the codes 66524000");
    std::fs::write(ledger.path().join("own.csv"), own.replace(",no\n", ",yes\n")).unwrap();
    check(&doctor(), "register", "good", "every code confirmed");
}

#[test]
fn a_database_that_is_away_cannot_be_looked_at() {
    let ledger = Ledger::new();
    let away = ["--database-url", "postgres://x@127.0.0.1:1/x", "doctor", "--json"];
    check(&ledger.svod(&away).with(3), "database", "unknown", "");
}

#[test]
fn a_file_that_is_no_database_is_found() {
    let ledger = Ledger::new();
    std::fs::create_dir(ledger.path().join("svod-data")).unwrap();
    std::fs::write(ledger.path().join("svod-data/svod.db"), "no database at all, and long enough".repeat(40))
        .unwrap();
    let ended = ledger.svod(&["doctor", "--json"]);
    assert!([1, 3].contains(&ended.status), "{}", ended.stdout);
}

#[test]
fn a_broker_that_does_not_answer_is_found() {
    let ledger = Ledger::new();
    let away = ["--amqp-url", "amqp://u:p@127.0.0.1:1/v", "doctor", "--json"];
    let ended = ledger.svod(&away).with(1);
    check(&ended, "broker", "bad", "");
    assert!(!ended.stdout.contains(":p@"));
    check(&ledger.svod(&["--amqp-url", "http://x", "doctor", "--json"]).with(1), "broker", "bad", "");
}

#[test]
fn an_address_that_another_program_has_is_found() {
    let ledger = Ledger::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    check(
        &ledger.svod(&["--http-listen", &address, "doctor", "--json"]).with(1),
        "http",
        "bad",
        "another program",
    );
}

#[test]
fn a_principal_of_an_unknown_municipality_is_found() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    ledger.principal(SENDER, "municipality:99999999");
    check(&ledger.svod(&["doctor", "--json"]).with(0), "principals", "odd", "99999999");
}

#[test]
fn views_that_are_behind_are_found() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    ledger.principal(SENDER, "municipality:66605000");
    let message = crate::ground::lines(&[crate::ground::submission(1)]);
    ledger.svod_with(&["send", "-", "--as", SENDER], &message).with(0);
    check(&ledger.svod(&["doctor", "--json"]).with(0), "views", "odd", "behind");
    ledger.svod(&["board", "2020-Q2"]).with(0);
    check(&ledger.svod(&["doctor", "--json"]).with(0), "views", "good", "");
}

#[test]
fn a_folder_that_cannot_be_written_is_found() {
    let ledger = Ledger::new();
    std::fs::write(ledger.path().join("file"), "no folder").unwrap();
    let ended = ledger.svod(&["--data-dir", "file/data", "doctor", "--json"]);
    check(&ended, "folder", "bad", "cannot be written");
}

#[test]
fn a_sender_for_everybody_is_found() {
    let ledger = Ledger::new();
    std::fs::write(ledger.path().join("svod.toml"), "[amqp]\ndefault_sender = \"m-1\"\n").unwrap();
    check(&ledger.svod(&["doctor", "--json"]).with(0), "amqp.default_sender", "odd", "m-1");
}

#[test]
fn a_service_that_runs_is_recognised() {
    let ledger = Ledger::new();
    let service = Service::start(&ledger);
    let address = service.url.trim_start_matches("http://");
    check(
        &ledger.svod(&["--http-listen", address, "doctor", "--json"]).with(0),
        "http",
        "good",
        "svod answers",
    );
}
