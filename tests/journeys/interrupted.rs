//! An erasure is killed between its steps: the next start completes it, and the name is nowhere.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::auditor::closed;
use crate::erasure::{NAME, found, requested};
use crate::records::QUARTER;
use crate::service::{Ledger, Service, eventually};

/// Whoever deletes from the vault waits for ever.
const HOLD: &str = "
CREATE VIEW forever AS WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) SELECT n FROM numbers;
CREATE TRIGGER held BEFORE DELETE ON disclosures BEGIN SELECT count(*) FROM forever; END;";
const LET_GO: &str = "DROP TRIGGER held; DROP VIEW forever;";

/// Holds the vault of a server, so that whoever deletes from it waits.
struct Holder(Child);

impl Holder {
    fn of(url: &str) -> Self {
        let mut command = Command::new("psql");
        command.args([url, "-qAt"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let statements = b"BEGIN; LOCK TABLE persons IN EXCLUSIVE MODE; SELECT 'held';\n";
        child.stdin.as_mut().unwrap().write_all(statements).unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "held");
        Self(child)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ended_before = self.0.kill();
        let _status = self.0.wait();
    }
}

/// Whether the approval is recorded. Asked of the database: opening an embedded ledger takes the lock that a deletion holds.
fn is_approved(ledger: &Ledger) -> bool {
    const COUNT: &str = "SELECT count(*) FROM entries WHERE stream LIKE 'person-%'";
    if ledger.postgres_url().is_some() {
        return ledger.sql(COUNT) == "1";
    }
    let script =
        "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])";
    let mut python = Command::new("python3");
    let output = python.args(["-c", script]).arg(ledger.folder.path().join("svod.db")).arg(COUNT).output();
    output.unwrap().stdout.trim_ascii() == b"1"
}

fn persons(ledger: &Ledger) -> u64 {
    let keys = ledger.svod_ends(0, &["audit", "keys", "list", "--json"]);
    keys.as_array().unwrap().iter().map(|key| key["persons"].as_u64().unwrap()).sum()
}

fn the_erasure(ledger: &Ledger) -> Value {
    ledger.svod_ends(0, &["erase", "list", "--json"])[0].take()
}

/// The program that approves.
fn approving(ledger: &Ledger, id: &str) -> Command {
    let mut command = ledger.command();
    command
        .args(["erase", "approve", id, "--token-file", "o-2.token"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Approves, and kills the program at once when the approval is recorded. It must not come any further.
fn approved_and_killed(ledger: &Ledger, id: &str) {
    let mut approving = approving(ledger, id).spawn().unwrap();
    eventually("the erasure is approved", || is_approved(ledger).then_some(()));
    approving.kill().unwrap();
    assert_eq!(approving.wait().unwrap().code(), None, "it was killed");
    is_unfinished(ledger);
}

fn is_unfinished(ledger: &Ledger) {
    let erasure = the_erasure(ledger);
    assert_eq!((&erasure["approved_by"], &erasure["completed"]), (&json!("o-2"), &json!(false)), "{erasure}");
    // A log with an unfinished erasure is sound, and the doctor says what to do.
    ledger.svod_ends(0, &["audit", "verify", "--json"]);
    let findings = ledger.svod_ends(1, &["doctor", "--json"]);
    let finding = findings.as_array().unwrap().iter().find(|finding| finding["subject"] == "erasures");
    assert_eq!(finding.unwrap()["level"], "bad", "{findings}");
}

fn is_complete_after_the_next_start(ledger: &Ledger) {
    let service = Service::start(ledger);
    eventually("the erasure is complete", || (the_erasure(ledger)["completed"] == true).then_some(()));
    service.kill();
    assert_eq!(found(ledger, NAME), [""; 0], "the name still stands somewhere");
    ledger.svod_ends(0, &["audit", "verify", "--json"]);
    let again = ledger.svod_ends(0, &["audit", "reproduce", QUARTER, "--json"]);
    assert_eq!(again["documents"][0]["made_again"], "masked-twin", "{again}");
}

/// After the approval is recorded, before anything is destroyed.
fn killed_before_anything_is_destroyed(ledger: &Ledger) {
    closed(ledger);
    ledger.principal("o-2", &["operator"]);
    let (id, before) = (requested(ledger), persons(ledger));
    let holder = ledger.postgres_url().map(Holder::of);
    if holder.is_none() {
        ledger.vault_sql(HOLD);
    }
    approved_and_killed(ledger, &id);
    if holder.is_none() {
        ledger.vault_sql(LET_GO);
    }
    drop(holder);
    assert_eq!(persons(ledger), before);
    is_complete_after_the_next_start(ledger);
}

/// After the person's key is destroyed, while the document gives way to its masked twin.
fn killed_while_the_document_gives_way(ledger: &Ledger) {
    closed(ledger);
    ledger.principal("o-2", &["operator"]);
    let (id, before) = (requested(ledger), persons(ledger));
    let ended = approving(ledger, &id).env("SVOD_CRASH_AT", "erasure/twin-kept").status().unwrap();
    assert_eq!(ended.code(), None, "it was killed");
    assert_eq!(persons(ledger), before - 1);
    is_unfinished(ledger);
    is_complete_after_the_next_start(ledger);
}

#[test]
fn an_erasure_killed_before_anything_is_destroyed_is_completed_on_an_embedded_ledger() {
    killed_before_anything_is_destroyed(&Ledger::embedded());
}

#[test]
fn an_erasure_killed_before_anything_is_destroyed_is_completed_on_postgresql() {
    killed_before_anything_is_destroyed(&Ledger::postgres());
}

#[test]
fn an_erasure_killed_while_the_document_gives_way_is_completed_on_an_embedded_ledger() {
    killed_while_the_document_gives_way(&Ledger::embedded());
}

#[test]
fn an_erasure_killed_while_the_document_gives_way_is_completed_on_postgresql() {
    killed_while_the_document_gives_way(&Ledger::postgres());
}
