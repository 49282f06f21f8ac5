//! `svod audit history`, `state`, `diff`, `whatif` and `verify --rules`, and what held: as an auditor gets them.

use serde_json::{Value, json};

use crate::ground::{CODE, Ledger, SENDER, approval, lines, submission, submission_id};

const QUARTER: &str = "2020-Q2";

/// A ledger with two submissions, of which one is approved, and a closed quarter; the position of the first filing.
fn closed() -> (Ledger, u64) {
    let ledger = Ledger::new();
    ledger.principal(SENDER, &format!("municipality:{CODE}"));
    ledger.principal("reviewer", "reviewer");
    ledger.open(QUARTER);
    let filed = lines(&[submission(1), submission(2)]);
    let receipts = ledger.svod_with(&["send", "-", "--as", SENDER, "--json"], &filed).with(0).stdout;
    let first = receipts.split("\"position\":").nth(1).unwrap();
    let position = first.trim_start().split(|letter: char| !letter.is_ascii_digit()).next().unwrap();
    ledger.svod_with(&["send", "-", "--as", "reviewer"], &lines(&[approval(1)])).with(0);
    ledger.svod(&["quarter", "close", QUARTER, "--reason", "x"]).with(0);
    (ledger, position.parse().unwrap())
}

fn json_of(ledger: &Ledger, arguments: &[&str]) -> Value {
    ledger.svod(&[&["audit"], arguments].concat()).with(0).json()
}

#[test]
fn every_entry_of_a_record_is_told_with_the_root_that_it_was_told_at() {
    let (ledger, position) = closed();
    let told = json_of(&ledger, &["history", &submission_id(1), "--json"]);
    let sound = json_of(&ledger, &["verify", "--json"]);
    assert_eq!((&told["position"], &told["root"]), (&sound["position"], &sound["root"]));
    let entries = told["entries"].as_array().unwrap();
    let kinds: Vec<_> = entries.iter().map(|entry| (&entry["type"], &entry["actor"]["name"])).collect();
    assert_eq!(
        kinds,
        [(&json!("activity-submitted"), &json!(SENDER)), (&json!("activity-approved"), &json!("reviewer"))]
    );
    assert_eq!(entries[0]["position"], position);
    let words = ledger.svod(&["audit", "history", QUARTER]).with(0).stdout;
    assert!(words.contains("quarter-closed") && words.contains(sound["root"].as_str().unwrap()), "{words}");
    assert!(!ledger.svod(&["audit", "history", &submission_id(1)]).with(0).stdout.contains("Иванов"));
}

#[test]
fn a_state_is_the_same_bytes_each_time_and_names_its_position_and_root() {
    let (ledger, position) = closed();
    let now = ledger.svod(&["audit", "state"]).with(0);
    assert_eq!(now.stdout, ledger.svod(&["audit", "state", "--as-of", QUARTER]).with(0).stdout);
    assert_eq!(now.json()["root"], json_of(&ledger, &["verify", "--json"])["root"]);
    let then = json_of(&ledger, &["state", "--as-of", &position.to_string(), "--quarter", QUARTER]);
    assert_eq!(
        (&then["position"], then["state"]["submissions"].as_object().unwrap().len()),
        (&json!(position), 1)
    );
    let one = json_of(&ledger, &["state", "--submission", &submission_id(1)]);
    assert_eq!(one["state"]["submission"][submission_id(1)]["submission"]["state"], "approved");
    ledger.svod(&["audit", "state", "--submission", &submission_id(9)]).with(1);
    ledger.svod(&["audit", "state", "--as-of", "2019-Q1"]).with(2);
    ledger.svod(&["audit", "state", "--as-of", "someday"]).with(2);
}

#[test]
fn what_changed_between_two_moments_is_told_by_record_and_field() {
    let (ledger, position) = closed();
    let (before, first) = ((position - 1).to_string(), position.to_string());
    let found = json_of(&ledger, &["diff", &before, &first, "--json"]);
    let changes = found["changes"].as_array().unwrap();
    assert_eq!(
        (changes.len(), &changes[0]["what"], &changes[0]["kind"]),
        (1, &json!("submission"), &json!("added"))
    );
    let found = json_of(&ledger, &["diff", &first, QUARTER, "--stream", &submission_id(1), "--json"]);
    let fields: Vec<_> =
        found["changes"][0]["fields"].as_array().unwrap().iter().map(|field| &field["field"]).collect();
    assert_eq!(fields, ["/changed_at", "/position", "/state"]);
    assert_eq!(json_of(&ledger, &["diff", QUARTER, QUARTER, "--json"])["changes"], json!([]));
    ledger.svod(&["audit", "diff", QUARTER, &before]).with(2);
}

#[test]
fn what_would_be_without_a_filing_is_told_and_nothing_is_written() {
    let (ledger, position) = closed();
    let before = json_of(&ledger, &["verify", "--json"]);
    let found = json_of(&ledger, &["whatif", "--without", &position.to_string(), "--json"]);
    let told = found["otherwise"].as_array().unwrap();
    let told: Vec<_> =
        told.iter().map(|one| (one["outcome"].as_str().unwrap(), one["code"].as_str())).collect();
    let refused = ("refused", Some("unknown-submission"));
    assert_eq!(told, [("left-out", None), refused, ("decided-otherwise", None)]);
    let words = ledger.svod(&["audit", "whatif", "--without", &position.to_string()]).with(0).stdout;
    assert!(words.contains("would have been refused: unknown-submission"), "{words}");
    let supposed = json!({"type": "activity-approved", "after": position + 2, "recorded_at": "2026-01-01T00:00:00Z",
        "actor": {"name": "reviewer", "role": "reviewer"},
        "data": {"submission_id": submission_id(2), "municipality": CODE, "quarter": QUARTER, "version": 1}});
    std::fs::write(ledger.path().join("supposed.jsonl"), supposed.to_string()).unwrap();
    let found = json_of(&ledger, &["whatif", "--insert", "supposed.jsonl", "--json"]);
    assert_eq!(found["otherwise"][1]["outcome"], "decided-otherwise", "{found}");
    assert_eq!(json_of(&ledger, &["verify", "--json"]), before);
    ledger.svod(&["audit", "whatif"]).with(2);
    ledger.svod(&["audit", "whatif", "--without", "999"]).with(2);
}

#[test]
fn a_log_can_be_verified_by_its_integrity_in_full_or_by_the_rules() {
    let (ledger, _) = closed();
    let full = json_of(&ledger, &["verify", "--full", "--json"]);
    assert_eq!(json_of(&ledger, &["verify", "--json"]), full);
    let integrity = json_of(&ledger, &["verify", "--integrity", "--json"]);
    let ruled = json_of(&ledger, &["verify", "--rules", "--json"]);
    for other in [&integrity, &ruled] {
        assert_eq!(
            (&other["sound"], &other["position"], &other["root"]),
            (&json!(true), &full["position"], &full["root"])
        );
    }
    assert_eq!((&integrity["codes_checked"], &ruled["decisions"]), (&json!(false), &full["position"]));
    ledger.svod(&["audit", "verify", "--rules", "--full"]).with(2);
}

#[test]
fn what_held_is_asked_of_the_register_and_of_quarters_only() {
    let (ledger, _) = closed();
    let count = |day: &str| {
        let cards = ledger.svod(&["municipality", "list", "--held", day, "--json"]).with(0).json();
        cards.as_array().unwrap().len()
    };
    assert_eq!((count("2020-06-30"), count("2025-03-31"), count("1999-01-01")), (27, 27, 0));
    let units = ledger.svod(&["municipality", "list", "--json"]).with(0).json();
    assert!(units.as_array().unwrap().len() > 27, "the register knows both");
    ledger.svod(&["quarter", "show", QUARTER, "--held", "2020-06-30"]).with(1);
    ledger.svod(&["board", QUARTER, "--held", "2098-01-01"]).with(0);
    ledger.svod(&["quarter", "list", "--held", "never"]).with(2);
    ledger.svod(&["submission", "show", &submission_id(1), "--held", "2020-06-30"]).with(2);
}
