//! An honest ledger with a closed quarter, and everything that people outside of it kept.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use svod_log::cosignature::Cosigner;
use svod_log::note::Note;
use svod_log::{Checkpoint, Notary};

use super::tables::Tables;
use crate::quarter::{messages, send_by_http, tokens};
use crate::records::{IDS, QUARTER, event, seconds_ahead, submissions};
use crate::service::{Ledger, Service, eventually};

/// A record of a quarter that stays open, filed by [`FILED_BY`] and approved by nobody.
pub(super) const OPEN_RECORD: &str = "0193a5c0-0000-7000-8000-00000000bbbb";
pub(super) const FILED_BY: &str = "m-66701000";

/// How long before the building of the ledger the witness says that it cosigned, in seconds: more than the shortest silence that
/// can be asked about, and less than clocks may differ.
const COSIGNED_AGO: u64 = 120;

/// Where things stand in the log, in the order in which they do.
pub(super) struct Marks {
    /// The first submission, which names a person.
    pub(super) early: u64,
    /// What the auditor kept a checkpoint of.
    pub(super) kept: u64,
    /// Between that and what the witness knows.
    pub(super) middle: u64,
    /// What the witness cosigned last.
    pub(super) witnessed: u64,
    /// Between that and what the receipt of the close knows; the log once ended here.
    pub(super) later: u64,
    pub(super) close: u64,
    pub(super) end: u64,
}

/// The ledger, and what is kept of it.
pub(super) struct Honest {
    pub(super) ledger: Ledger,
    /// The whole of it, as it was put away between what the auditor kept and what the witness knows.
    pub(super) backup: Ledger,
    /// Holds `kept.txt`, `cosigned.txt`, `receipt.json`.
    outside: tempfile::TempDir,
    pub(super) key: String,
    pub(super) marks: Marks,
}

/// A witness under another hand.
pub(super) fn witness() -> Cosigner {
    Cosigner::try_new("witness.example/w1", &[5; 32]).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the ledger under test runs by the clock of the machine")]
fn now() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_second()).unwrap()
}

/// A value of the file with the ledger's keys.
fn secret(ledger: &Ledger, name: &str) -> String {
    let file = std::fs::read_to_string(ledger.folder.path().join("data/ledger.keys")).unwrap();
    let line = file.lines().find_map(|line| line.strip_prefix(&format!("{name} = \""))).unwrap();
    line.trim_end_matches('"').to_owned()
}

fn seed(ledger: &Ledger, name: &str) -> [u8; 32] {
    hex::decode(secret(ledger, name)).unwrap().try_into().unwrap()
}

/// The number of entries that a checkpoint speaks of.
fn size(note: &str) -> u64 {
    Checkpoint::parse(&Note::parse(note).unwrap().text).unwrap().size
}

impl Honest {
    /// Lets a quarter happen.
    pub(super) fn new(ledger: Ledger) -> Self {
        let outside = tempfile::tempdir().unwrap();
        let keep = |name: &str, text: &str| std::fs::write(outside.path().join(name), text).unwrap();
        let (tokens, messages) = (tokens(&ledger), messages(&seconds_ahead(600)));
        ledger.principal("o-2", &["operator"]);
        let service = Service::start(&ledger);
        send_by_http(&service, &tokens, &messages[..7]);
        keep("kept.txt", &newest(&ledger));
        send_by_http(&service, &tokens, &messages[7..9]);
        service.kill();
        let backup = ledger.copy();
        let service = Service::start(&ledger);
        send_by_http(&service, &tokens, &messages[9..]);
        keep("cosigned.txt", &cosigned(&newest(&ledger), now() - COSIGNED_AGO));
        file_in_an_open_quarter(&service, &tokens);
        keep("receipt.json", &close(&service, &tokens));
        is_not_fooled(&service, &tokens, &messages[1]);
        service.kill();
        let read = |name: &str| std::fs::read_to_string(outside.path().join(name)).unwrap();
        let (kept, witnessed) = (size(&read("kept.txt")), size(&read("cosigned.txt")));
        let tables = Tables::read(&ledger);
        let marks = Marks {
            early: tables.first("activity-submitted", 0),
            kept,
            middle: kept + 1,
            witnessed,
            later: witnessed + 1,
            close: tables.first("quarter-closed", witnessed),
            end: tables.end(),
        };
        let receipt: Value = serde_json::from_str(&read("receipt.json")).unwrap();
        let received = size(receipt["data"]["checkpoint"].as_str().unwrap());
        assert!(
            marks.early < kept && kept + 2 < witnessed && witnessed + 2 < received && received < marks.end
        );
        let key = ledger.svod(&["audit", "key"]).trim().to_owned();
        Self { ledger, backup, outside, key, marks }
    }

    /// Where something is kept that the ledger does not reach.
    pub(super) fn outside(&self, name: &str) -> PathBuf {
        self.outside.path().join(name)
    }

    /// The ledger's own keys: what its programs vouch with, or whoever stole both.
    pub(super) fn keys(&self) -> Notary {
        let (signing, codes) = (seed(&self.ledger, "signing_seed"), seed(&self.ledger, "mac_key"));
        Notary::try_new(&secret(&self.ledger, "origin"), &signing, &codes).unwrap()
    }

    /// Who stole the key that signs, but not the one of the codes.
    pub(super) fn thief(&self) -> Notary {
        let signing = seed(&self.ledger, "signing_seed");
        Notary::try_new(&secret(&self.ledger, "origin"), &signing, &[66; 32]).unwrap()
    }

    /// Who has no key at all.
    pub(super) fn stranger(&self) -> Notary {
        Notary::try_new(&secret(&self.ledger, "origin"), &[66; 32], &[66; 32]).unwrap()
    }

    /// The whole log as the witness cosigned it once more, when it had stood still for an hour.
    pub(super) fn cosigned_an_hour_later(&self, path: &Path) {
        std::fs::write(path, cosigned(&newest(&self.ledger), now() + 3_600)).unwrap();
    }
}

fn newest(ledger: &Ledger) -> String {
    ledger.svod(&["audit", "checkpoint", "--head"])
}

fn cosigned(note: &str, at: u64) -> String {
    let mut note = Note::parse(note).unwrap();
    note.signatures.push(witness().cosign(&note.text, at));
    note.to_string()
}

fn file_in_an_open_quarter(service: &Service, tokens: &dyn Fn(&str) -> String) {
    let far = "2099-01-01T00:00:00Z";
    let terms = json!({"quarter": "2020-Q3", "submit_by": far, "close_at": far, "reason": "journey"});
    let (_, mut record) = submissions().swap_remove(1);
    record["id"] = json!("open-record");
    record["data"]["submission_id"] = json!(OPEN_RECORD);
    record["data"]["quarter"] = json!("2020-Q3");
    let open = event("open-q3", "/operator", "svod.quarter.open.v1", &terms);
    send_by_http(service, tokens, &[("o-1".to_owned(), open), (FILED_BY.to_owned(), record)]);
}

/// Closes the quarter; the receipt, when the report is built and shown.
fn close(service: &Service, tokens: &dyn Fn(&str) -> String) -> String {
    let close = json!({"quarter": QUARTER, "reason": "досрочно"});
    let message = event("close", "/operator", "svod.quarter.close.v1", &close);
    let (status, receipt) = service.post(&tokens("o-1"), message.to_string());
    assert_eq!(status, 200, "{receipt}");
    eventually("the report is recorded", || {
        let card = service.json(&tokens("a-1"), &format!("/api/v1/quarters/{QUARTER}"));
        card["editions"][0]["files"][0].is_object().then_some(())
    });
    receipt.to_string()
}

/// 28, at the door: a message that comes again is answered as it was, and one that only bears its name, or another's name, is
/// refused; nothing of it is recorded.
fn is_not_fooled(service: &Service, tokens: &dyn Fn(&str) -> String, (sender, message): &(String, Value)) {
    let entries = || service.whole_log(&tokens("a-1")).len();
    let before = entries();
    let (status, receipt) = service.post(&tokens(sender), message.to_string());
    assert_eq!((status, &receipt["data"]["outcome"]), (200, &json!("recorded")), "{receipt}");
    let mut forged = message.clone();
    forged["data"]["activity"]["title"] = json!("Другое");
    for (sender, message) in [(sender.as_str(), &forged), ("m-66710000", message)] {
        let (_, refused) = service.post(&tokens(sender), message.to_string());
        assert_ne!(refused["data"]["outcome"], "recorded", "{refused}");
    }
    let approval = json!({"submission_id": IDS[0], "version": 1});
    let approval = event("forged", "/department", "svod.review.approve.v1", &approval);
    let (_, refused) = service.post(&tokens(sender), approval.to_string());
    assert_ne!(refused["data"]["outcome"], "recorded", "{refused}");
    assert_eq!(entries(), before, "nothing was recorded");
}
