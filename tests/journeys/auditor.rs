//! The auditor, who trusts nobody: takes the log away and checks it where no ledger is.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::quarter::{messages, send_by_http, tokens};
use crate::records::{IDS, QUARTER, event, seconds_ahead};
use crate::service::{Ledger, Service, built, eventually};

/// A quarter that was closed, with its document, and the verifier key in `vkey`.
pub(crate) fn closed(ledger: &Ledger) {
    let tokens = tokens(ledger);
    let service = Service::start(ledger);
    send_by_http(&service, &tokens, &messages(&seconds_ahead(600)));
    let close = json!({"quarter": QUARTER, "reason": "досрочно"});
    let (status, receipt) = service
        .post(&tokens("o-1"), event("close", "/operator", "svod.quarter.close.v1", &close).to_string());
    assert_eq!(status, 200, "{receipt}");
    eventually("the report is recorded", || {
        let card = service.json(&tokens("a-1"), &format!("/api/v1/quarters/{QUARTER}"));
        card["editions"][0]["files"][0].is_object().then_some(())
    });
    std::fs::write(ledger.folder.path().join("vkey"), ledger.svod(&["audit", "key"])).unwrap();
}

/// What the auditor's own program says of an export; its status.
pub(crate) fn judged(ledger: &Ledger, export: &str) -> (i32, Value) {
    let mut program = Command::new(built("svod-audit"));
    let output = program.current_dir(ledger.folder.path()).args([export, "--key", "vkey", "--json"]).output();
    let output = output.unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code().unwrap(), serde_json::from_str(&printed).unwrap_or_else(|_| panic!("{printed}")))
}

/// Whether these bytes stand in a file below the folder.
pub(crate) fn stands_below(folder: &Path, text: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            return stands_below(&path, text);
        }
        let bytes = std::fs::read(&path).unwrap();
        bytes.windows(text.len()).any(|window| window == text)
    })
}

/// The export of a ledger is sound, whole and consistent; what is changed in the database does not get out.
fn takes_the_log_away(ledger: &Ledger, edit: &str) {
    closed(ledger);
    ledger.svod_ends(0, &["audit", "verify", "--rules", "--json"]);
    let exported = ledger.svod_ends(0, &["audit", "export", "--out", "export", "--json"]);
    let (status, verdict) = judged(ledger, "export");
    assert_eq!(status, 0, "{verdict}");
    assert_eq!((&verdict["position"], &verdict["root"]), (&exported["position"], &exported["root"]));
    assert_eq!((&verdict["documents"], &exported["documents"]), (&json!(1), &json!(1)));
    assert!(verdict["disclosures"].as_u64().is_some_and(|count| count > 0), "{verdict}");

    let name = "Ковалев";
    let redacted = ledger.svod_ends(0, &["audit", "export", "--out", "redacted", "--redact", "--json"]);
    assert_eq!(judged(ledger, "redacted").0, 0);
    assert_eq!((&redacted["disclosures"], &redacted["documents"]), (&json!(0), &json!(1)));
    let folder = ledger.folder.path();
    assert!(!stands_below(&folder.join("redacted"), name.as_bytes()), "a name stands in a redacted export");

    let again = ledger.svod_ends(0, &["audit", "reproduce", QUARTER, "--json"]);
    assert_eq!(again["documents"][0]["made_again"], "document", "{again}");
    let record = ledger.svod_ends(0, &["audit", "prove", IDS[2], "--out", "record", "--json"]);
    let checked = ledger.svod_ends(0, &["audit", "check", "record", "--key", "vkey", "--json"]);
    assert_eq!(checked["complete_until"], record["complete_until"]);

    ledger.sql(edit);
    let refused = ledger.svod_ends(1, &["audit", "export", "--out", "edited", "--json"]);
    assert_eq!((&refused["sound"], &refused["defence"]), (&json!(false), &json!("leaf")), "{refused}");
    assert!(!folder.join("edited").exists() && !folder.join("edited.part").exists());
}

#[test]
fn the_auditor_takes_the_log_away_from_an_embedded_ledger() {
    takes_the_log_away(
        &Ledger::embedded(),
        "DROP TRIGGER entries_are_not_updated;
        UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), '2020-Q2', '2020-Q3') AS BLOB)
        WHERE stream = 'quarter-2020-Q2'",
    );
}

#[test]
fn the_auditor_takes_the_log_away_from_postgresql() {
    takes_the_log_away(
        &Ledger::postgres(),
        "ALTER TABLE entries DISABLE TRIGGER entries_stay;
        UPDATE entries SET bytes = convert_to(replace(convert_from(bytes, 'UTF8'), '2020-Q2', '2020-Q3'), 'UTF8')
        WHERE stream = 'quarter-2020-Q2'",
    );
}
