//! `svod audit prove` and `svod audit check`: what is proved in files, checked without the database.

use std::path::PathBuf;

use crate::ground::{Ended, Ledger};

/// A record with four events: filed, returned, corrected, approved.
const RECORD: &str = "0197a2c4-5e10-7b31-8f4d-2020e2000003";

/// A quarter that was closed; the verifier key lies in `vkey`.
fn closed() -> Ledger {
    let ledger = Ledger::new();
    ledger.svod(&["demo", "--out", "shown"]).with(0);
    let key = audit(&ledger, &["key"]).with(0).stdout;
    std::fs::write(ledger.path().join("vkey"), key).unwrap();
    ledger
}

fn audit(ledger: &Ledger, arguments: &[&str]) -> Ended {
    ledger.svod(&[&["--data-dir", "shown", "audit"], arguments].concat())
}

/// The check, where no ledger is.
fn check(ledger: &Ledger, arguments: &[&str]) -> Ended {
    let nowhere = ["--data-dir", "nowhere", "audit", "check", "--key", "vkey"];
    ledger.svod(&[&nowhere, arguments].concat())
}

/// Changes a file, and puts it back when dropped.
struct Changed(PathBuf, Vec<u8>);

impl Changed {
    fn new(ledger: &Ledger, file: &str, change: impl FnOnce(String) -> String) -> Self {
        let path = ledger.path().join(file);
        let before = std::fs::read(&path).unwrap();
        std::fs::write(&path, change(String::from_utf8(before.clone()).unwrap())).unwrap();
        Self(path, before)
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        std::fs::write(&self.0, &self.1).unwrap();
    }
}

#[test]
fn an_entry_is_proved_by_two_files_and_the_key() {
    let ledger = closed();
    let made = audit(&ledger, &["prove", "90", "--out", "90.tlog-proof", "--json"]).with(0).json();
    std::fs::rename(ledger.path().join("shown"), ledger.path().join("gone")).unwrap();
    let told = check(&ledger, &["90.tlog-proof", "--json"]).with(0).json();
    assert_eq!((&told["sound"], &told["entry"]), (&true.into(), &90.into()));
    assert_eq!((&told["position"], &told["root"]), (&made["position"], &made["root"]));
    assert!(!ledger.path().join("nowhere").exists(), "a check makes no ledger");
    std::fs::rename(ledger.path().join("90.entry.json"), ledger.path().join("e")).unwrap();
    check(&ledger, &["90.tlog-proof", "--entry", "e"]).with(0);
    check(&ledger, &["90.tlog-proof"]).with(3);
    check(&ledger, &["91.tlog-proof"]).with(3);
}

#[test]
fn a_proof_of_anything_else_proves_nothing() {
    let ledger = closed();
    audit(&ledger, &["prove", "90", "--out", "90.tlog-proof"]).with(0);
    audit(&ledger, &["prove", "91", "--out", "91.tlog-proof"]).with(0);
    let other = std::fs::read_to_string(ledger.path().join("91.tlog-proof")).unwrap();
    let lines = |text: String, change: fn(&mut Vec<String>)| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        change(&mut lines);
        lines.join("\n") + "\n"
    };
    let changes: [(&str, &dyn Fn(String) -> String); 8] = [
        ("90.entry.json", &|entry| entry.replace("\"position\":90", "\"position\":91")),
        ("90.entry.json", &|entry| entry + " "),
        ("90.tlog-proof", &|_| other.clone()),
        ("90.tlog-proof", &|proof| lines(proof, |lines| drop(lines.remove(2)))),
        ("90.tlog-proof", &|proof| lines(proof, |lines| lines.insert(2, lines[2].clone()))),
        ("90.tlog-proof", &|proof| lines(proof, |lines| lines.swap(2, 3))),
        ("90.tlog-proof", &|proof| proof.replace("index 89", "index 90")),
        ("90.tlog-proof", &|proof| proof.replace("\n97\n", "\n98\n")),
    ];
    for (number, (file, change)) in changes.into_iter().enumerate() {
        let _changed = Changed::new(&ledger, file, change);
        let told = check(&ledger, &["90.tlog-proof", "--json"]).with(1).json();
        assert_eq!(told["sound"], false, "{number}");
    }
    check(&ledger, &["90.tlog-proof"]).with(0);
    let strange = Ledger::new();
    strange.open("2020-Q2");
    let key = strange.svod(&["audit", "key"]).with(0).stdout;
    std::fs::write(ledger.path().join("vkey"), key).unwrap();
    check(&ledger, &["90.tlog-proof"]).with(1);
}

#[test]
fn a_record_is_proved_to_have_these_events_and_no_others() {
    let ledger = closed();
    let made = audit(&ledger, &["prove", RECORD, "--out", "record", "--json"]).with(0).json();
    let told = check(&ledger, &["record", "--json"]).with(0).json();
    assert_eq!((&told["events"], &told["later"]), (&4.into(), &0.into()));
    assert_eq!(told["complete_until"], made["complete_until"]);
    assert!(told["complete_until"].as_u64().is_some(), "{told}");
    // One that was taken away is missed, whichever it is.
    for version in ["0001", "0002", "0003", "0004"] {
        let path = ledger.path().join(format!("record/{version}.tlog-proof"));
        let proof = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let told = check(&ledger, &["record", "--json"]).with(1).json();
        assert_eq!(told["defence"], "proof", "{version}: {told}");
        std::fs::write(&path, proof).unwrap();
    }
    // Where there is nothing at all, nothing can be told.
    std::fs::create_dir(ledger.path().join("empty")).unwrap();
    check(&ledger, &["empty"]).with(3);
    // What comes after the close is told apart; here, the close itself and the stream of the quarter.
    audit(&ledger, &["prove", "quarter-2020-Q2", "--out", "quarter"]).with(0);
    let quarter = check(&ledger, &["quarter", "--json"]).with(0).json();
    assert_eq!(quarter["later"], 1, "{quarter}");
}

#[test]
fn what_a_close_did_not_attest_makes_no_record_complete() {
    let ledger = closed();
    audit(&ledger, &["prove", RECORD, "--out", "record"]).with(0);
    let other = "0197a2c4-5e10-7b31-8f4d-2020e2000001";
    audit(&ledger, &["prove", other, "--out", "other"]).with(0);
    let read = |file: &str| std::fs::read_to_string(ledger.path().join(file)).unwrap();
    let (stream_of_other, event) = (read("other/stream.json"), read("record/0004.entry.json"));
    let changes: [(&str, &dyn Fn(String) -> String); 6] = [
        ("record/stream.json", &|_| stream_of_other.clone()),
        ("record/stream.json", &|text| text.replace("\"version\": 4", "\"version\": 3")),
        ("record/stream.json", &|text| text.replace("stream-proof/1", "stream-proof/2")),
        ("record/stream.json", &|_| "{}".to_owned()),
        ("record/close.entry.json", &|_| event.clone()),
        ("record/close.entry.json", &|entry| entry.replace("\"streams\":", "\"streams\":1")),
    ];
    for (number, (file, change)) in changes.into_iter().enumerate() {
        let _changed = Changed::new(&ledger, file, change);
        assert_eq!(check(&ledger, &["record"]).status, 1, "{number}");
    }
    check(&ledger, &["record"]).with(0);
}

#[test]
fn what_is_not_there_is_not_proved() {
    let ledger = closed();
    for what in ["0", "100000", "submission-0197a2c4-5e10-7b31-8f4d-2020e2000099", "no stream"] {
        audit(&ledger, &["prove", what, "--out", "x"]).with(2);
        assert!(!ledger.path().join("x").exists(), "{what}");
    }
    audit(&ledger, &["prove", "90", "--out", "shown"]).with(2);
}
