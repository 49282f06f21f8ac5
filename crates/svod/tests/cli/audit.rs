//! `svod audit`: what an auditor is told of a sound ledger and of one that somebody changed.

use std::process::Command;

use crate::ground::Ledger;

pub(crate) const DATABASE: &str = "svod-data/svod.db";

/// Changes the database behind the program's back, as its administrator can.
pub(crate) fn tamper(ledger: &Ledger, statement: &str) {
    let mut python = Command::new("python3");
    let script =
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.executescript(sys.argv[2]); db.commit()";
    let status =
        python.args(["-c", script]).arg(ledger.folder.path().join(DATABASE)).arg(statement).status().unwrap();
    assert!(status.success(), "{statement}");
}

/// An edit of the payload that leaves the length alone.
const EDIT: &str = "DROP TRIGGER entries_are_not_updated;
    UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), '2020-Q2', '2020-Q3') AS BLOB) WHERE stream = 'quarter-2020-Q2';";

#[test]
fn a_sound_log_is_called_sound_and_its_position_and_root_are_named() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    let verdict = ledger.svod(&["audit", "verify", "--json"]).with(0).json();
    assert_eq!((&verdict["sound"], &verdict["codes_checked"]), (&true.into(), &true.into()));
    let key = ledger.svod(&["audit", "key"]).with(0).stdout;
    std::fs::rename(ledger.folder.path().join("svod-data/ledger.keys"), ledger.folder.path().join("k"))
        .unwrap();
    let without = ledger.svod(&["audit", "verify", "--key", key.trim(), "--json"]).with(0).json();
    std::fs::write(ledger.path().join("ledger.vkey"), &key).unwrap();
    assert_eq!(ledger.svod(&["audit", "verify", "--key", "ledger.vkey", "--json"]).with(0).json(), without);
    assert_eq!((&without["sound"], &without["codes_checked"]), (&true.into(), &false.into()));
    assert_eq!((&without["position"], &without["root"]), (&verdict["position"], &verdict["root"]));
}

#[test]
fn without_any_key_nothing_can_be_told() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    std::fs::remove_file(ledger.folder.path().join("svod-data/ledger.keys")).unwrap();
    let verdict = ledger.svod(&["audit", "verify", "--json"]).with(3).json();
    assert_eq!(verdict["sound"], false);
    // And nothing more is appended, because nobody could vouch for it.
    ledger.svod(&["quarter", "open", "2020-Q3"]).with(3);
}

#[test]
fn an_edit_by_the_administrator_of_the_database_is_named_with_its_position() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    // So that there are views to be compared.
    ledger.svod(&["quarter", "list"]).with(0);
    tamper(&ledger, EDIT);
    let verdict = ledger.svod(&["audit", "verify", "--json"]).with(1).json();
    assert_eq!((&verdict["sound"], &verdict["defence"]), (&false.into(), &"leaf".into()));
    assert!(verdict["position"].as_u64().is_some_and(|position| position > 0), "{verdict}");
    // Whoever has to read an entry and cannot is told the same place.
    tamper(&ledger, "UPDATE entries SET bytes = x'00' WHERE stream = 'quarter-2020-Q2'");
    for how in ["--rules", "--views"] {
        let told = ledger.svod(&["audit", "verify", how, "--json"]).with(1).json();
        assert_eq!((&told["defence"], &told["position"]), (&"form".into(), &verdict["position"]), "{told}");
    }
}

#[test]
fn a_checkpoint_in_the_row_of_another_is_named_and_does_not_hold_the_verification_up() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    tamper(&ledger, "INSERT INTO checkpoints (size, note) SELECT 100000, checkpoint FROM log_head");
    let verdict = ledger.svod(&["audit", "verify", "--json"]).with(1).json();
    assert_eq!(verdict["defence"], "checkpoint");
}

#[test]
fn a_checkpoint_that_was_kept_shows_that_a_backup_was_put_back() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    let database = ledger.folder.path().join(DATABASE);
    tamper(&ledger, "PRAGMA wal_checkpoint(TRUNCATE)");
    std::fs::copy(&database, ledger.folder.path().join("backup.db")).unwrap();
    ledger.open("2020-Q3");
    let note = ledger.svod(&["audit", "checkpoint"]).with(0).stdout;
    std::fs::write(ledger.folder.path().join("kept.txt"), &note).unwrap();
    ledger.svod(&["audit", "verify", "--checkpoint", "kept.txt"]).with(0);
    // What carries no checkpoint says nothing of the log.
    std::fs::write(ledger.path().join("no.txt"), format!("a line too many\n{note}")).unwrap();
    ledger.svod(&["audit", "verify", "--checkpoint", "no.txt"]).with(2);

    tamper(&ledger, "PRAGMA wal_checkpoint(TRUNCATE)");
    std::fs::copy(ledger.folder.path().join("backup.db"), &database).unwrap();
    ledger.svod(&["audit", "verify"]).with(0);
    let verdict = ledger.svod(&["audit", "verify", "--checkpoint", "kept.txt", "--json"]).with(1).json();
    assert_eq!(verdict["defence"], "checkpoint");
}
