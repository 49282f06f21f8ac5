//! `svod audit verify --since`: an auditor who looks only at what came since the last time.

use serde_json::{Value, json};

use crate::audit::{DATABASE, tamper};
use crate::ground::Ledger;

const KEPT: &str = "kept.json";

/// A ledger that was verified, and has gone on since. The answer is where it was then.
fn kept() -> (Ledger, u64) {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    let kept = ledger.svod(&["audit", "verify", "--keep", KEPT, "--json"]).with(0).json();
    ledger.open("2020-Q3");
    (ledger, kept["position"].as_u64().unwrap())
}

fn since(ledger: &Ledger, status: i32) -> Value {
    ledger.svod(&["audit", "verify", "--since", KEPT, "--json"]).with(status).json()
}

/// Edits the payload of the entries that this condition is true of, and leaves the guards as they were.
fn edit(ledger: &Ledger, condition: &str) {
    tamper(
        ledger,
        &format!(
            "DROP TRIGGER entries_are_not_updated;
            UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), 'svod', 'SVOD') AS BLOB) WHERE {condition};
            CREATE TRIGGER entries_are_not_updated BEFORE UPDATE ON entries\nBEGIN SELECT RAISE(ABORT, 'the log is append-only: UPDATE on entries is refused'); END;"
        ),
    );
}

#[test]
fn what_came_since_is_verified_and_kept_in_its_turn() {
    let (ledger, position) = kept();
    let whole = ledger.svod(&["audit", "verify", "--json"]).with(0).json();
    let verdict = since(&ledger, 0);
    assert_eq!((&verdict["sound"], &verdict["since"]), (&json!(true), &json!(position)));
    assert_eq!((&verdict["position"], &verdict["root"]), (&whole["position"], &whole["root"]));
    assert_eq!((&verdict["codes_checked"], &verdict["codes_checked_before"]), (&json!(true), &json!(true)));
    assert_eq!(whole["since"], Value::Null);
    let told = ledger.svod(&["audit", "verify", "--since", KEPT, "--keep", KEPT]).with(0).stdout;
    assert!(
        told.contains(&format!("sound since position {position}: position {}", whole["position"])),
        "{told}"
    );
    assert!(told.contains(&format!("entries 1 to {position} were not read again")), "{told}");
    assert_eq!(since(&ledger, 0)["since"], whole["position"]);
    // What was kept is a checkpoint, too, for a verification of everything.
    ledger.svod(&["audit", "verify", "--checkpoint", KEPT]).with(0);
}

#[test]
fn an_edit_of_what_came_since_is_named_and_one_of_what_came_before_needs_the_whole_verification() {
    let (ledger, position) = kept();
    edit(&ledger, "position = 1");
    since(&ledger, 0);
    ledger.svod(&["audit", "verify"]).with(1);
    edit(&ledger, &format!("position = {}", position + 1));
    let verdict = since(&ledger, 1);
    assert_eq!((&verdict["defence"], &verdict["position"]), (&json!("leaf"), &json!(position + 1)));
}

#[test]
fn a_backup_from_before_the_kept_point_is_seen() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    let (database, backup) = (ledger.folder.path().join(DATABASE), ledger.folder.path().join("backup.db"));
    tamper(&ledger, "PRAGMA wal_checkpoint(TRUNCATE)");
    std::fs::copy(&database, &backup).unwrap();
    ledger.open("2020-Q3");
    ledger.svod(&["audit", "verify", "--keep", KEPT]).with(0);
    tamper(&ledger, "PRAGMA wal_checkpoint(TRUNCATE)");
    std::fs::copy(&backup, &database).unwrap();
    // Somebody goes on from it until the log is as long as it was.
    ledger.open("2020-Q4");
    let verdict = since(&ledger, 1);
    assert_eq!((&verdict["sound"], verdict["position"].is_u64()), (&json!(false), true), "{verdict}");
}

#[test]
fn a_kept_file_that_was_forged_is_not_believed() {
    let (ledger, position) = kept();
    let path = ledger.folder.path().join(KEPT);
    let genuine: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let mut forged = genuine.clone();
    let frontier = genuine["frontier"].as_str().unwrap();
    // The last character but the padding is another one, so that one peak is.
    let last = frontier.trim_end_matches('=').len() - 2;
    let other = if &frontier[last..=last] == "A" { "B" } else { "A" };
    forged["frontier"] = format!("{}{other}{}", &frontier[..last], &frontier[last + 1..]).into();
    std::fs::write(&path, forged.to_string()).unwrap();
    let verdict = since(&ledger, 1);
    assert_eq!((&verdict["defence"], &verdict["position"]), (&json!("checkpoint"), &json!(position)));
    std::fs::write(&path, "not what was kept").unwrap();
    ledger.svod(&["audit", "verify", "--since", KEPT]).with(2);
    ledger.svod(&["audit", "verify", "--since", "nowhere"]).with(2);
}

#[test]
fn what_it_cannot_compare_is_refused() {
    let (ledger, _) = kept();
    ledger.svod(&["audit", "verify", "--keep", "later.json"]).with(0);
    let refused = ledger.svod(&["audit", "verify", "--since", "later.json", "--checkpoint", KEPT]).with(2);
    assert!(refused.stderr.contains("leave --since out"), "{}", refused.stderr);
    ledger.svod(&["audit", "verify", "--since", KEPT, "--checkpoint", "later.json"]).with(0);
    ledger.svod(&["audit", "verify", "--since", KEPT, "--integrity"]).with(2);
    std::fs::remove_file(ledger.folder.path().join("svod-data/ledger.keys")).unwrap();
    ledger.svod(&["audit", "verify", "--since", KEPT]).with(2);
}

#[test]
fn codes_that_were_not_checked_are_told_of_also_later() {
    let (ledger, _) = kept();
    let (keys, key) = (ledger.folder.path().join("svod-data/ledger.keys"), ledger.svod(&["audit", "key"]));
    let (key, aside) = (key.with(0).stdout, ledger.folder.path().join("aside"));
    std::fs::rename(&keys, &aside).unwrap();
    ledger.svod(&["audit", "verify", "--key", key.trim(), "--keep", KEPT]).with(0);
    std::fs::rename(&aside, &keys).unwrap();
    for _ in 0..2 {
        let verdict =
            ledger.svod(&["audit", "verify", "--since", KEPT, "--keep", KEPT, "--json"]).with(0).json();
        assert_eq!(verdict["codes_checked_before"], false, "{verdict}");
    }
}
