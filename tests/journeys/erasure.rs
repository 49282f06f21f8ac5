//! A person is erased: two operators, papers, and the name is nowhere any more, while every proof holds.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::auditor::{closed, stands_below};
use crate::broker::python;
use crate::records::{QUARTER, event};
use crate::service::Ledger;

/// Who is erased, and another who is not.
pub(crate) const NAME: &str = "П.С. Ковалев";
const OTHER: &str = "Н.А. Лисова";

/// A record of the next quarter.
const LATER: &str = "0193a5c0-0000-7000-8000-00000000aaaa";

/// Everything that the database holds, as text: what is kept as bytes, in hexadecimal.
fn dumped(ledger: &Ledger) -> String {
    let Some(url) = ledger.postgres_url() else { return String::new() };
    let output = Command::new("pg_dump").args(["--data-only", url]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The ways in which a name may stand somewhere.
fn spellings(name: &str) -> Vec<String> {
    let escaped = name.encode_utf16().map(|unit| match u8::try_from(unit) {
        Ok(ascii) => char::from(ascii).to_string(),
        Err(_) => format!("\\u{unit:04x}"),
    });
    vec![name.to_owned(), escaped.collect(), hex(name.as_bytes())]
}

/// Where a name still stands.
pub(crate) fn found(ledger: &Ledger, name: &str) -> Vec<String> {
    let dump = dumped(ledger);
    let below = |spelling: &String| stands_below(ledger.folder.path(), spelling.as_bytes());
    spellings(name)
        .into_iter()
        .filter(|spelling| dump.contains(spelling.as_str()) || below(spelling))
        .collect()
}

/// Both are named once more, in a record of the next quarter.
fn name_both_again(ledger: &Ledger) {
    let far = "2099-01-01T00:00:00Z";
    ledger.svod(&["quarter", "open", "2020-Q3", "--submit-by", far, "--close-at", far]);
    let data = json!({"submission_id": LATER, "municipality": "66636000", "quarter": "2020-Q3", "activity": {
    "title": "Встреча", "place": "г. Рославль", "dates": [{"from": "2020-08-05", "to": "2020-08-05"}],
    "content": "Обсуждены планы", "participants": [
        {"name": NAME, "position": "Глава района"}, {"name": OTHER, "position": "переводчик"},
    ]}});
    let message = event("later", "/offices/66636000", "svod.activity.submit.v1", &data).to_string();
    let file = ledger.folder.path().join("later.json");
    std::fs::write(&file, message).unwrap();
    ledger.svod(&["send", "later.json", "--as", "m-66636000"]);
    std::fs::remove_file(file).unwrap();
}

fn rows(document: &Path) -> String {
    python("read_docx.py", &[document.to_str().unwrap()], "").remove(0)["rows"].to_string()
}

/// Asks that the person be erased; the id of the erasure.
pub(crate) fn requested(ledger: &Ledger) -> String {
    let request =
        ["erase", "request", "--name", NAME, "--municipality", "66636000", "--basis", "отзыв согласия"];
    let asked = ledger.svod_ends(0, &[&request[..], &["--token-file", "o-1.token", "--json"]].concat());
    assert_eq!((&asked["disclosures"], &asked["documents"]), (&json!(2), &json!(1)), "{asked}");
    asked["erasure"].as_str().unwrap().to_owned()
}

fn erased(ledger: &Ledger) -> Value {
    // The name as it would be recorded, without the character that hides it here.
    let hidden = NAME.replace("вал", "в\u{1}ал");
    let request = ["erase", "request", "--name", NAME, "--municipality", "66636000", "--basis", &hidden];
    ledger.svod_fails(
        2,
        &[&request[..], &["--token-file", "o-1.token"]].concat(),
        "does not name the person",
    );
    let id = requested(ledger);
    ledger.svod_fails(1, &["erase", "approve", &id, "--token-file", "o-1.token"], "own-erasure");
    ledger.svod_fails(1, &["erase", "approve", &id, "--token-file", "r-1.token"], "not-permitted");
    ledger.svod_fails(1, &["erase", "approve", &id, "--token", "svod_of_nobody"], "unauthenticated");
    ledger.svod_fails(2, &["erase", "approve", &id], "your token is needed");
    let papers = ledger.svod_ends(0, &["erase", "approve", &id, "--token-file", "o-2.token", "--json"]);
    for paper in ["act", "extract"] {
        assert!(papers[paper].as_str().unwrap().contains(NAME), "{papers}");
    }
    // Once is once: afterwards the papers can be had, but no name.
    let again = ledger.svod_ends(0, &["erase", "approve", &id, "--token-file", "o-2.token", "--json"]);
    assert!(!again.to_string().contains(NAME) && again["position"] == papers["position"], "{again}");
    papers
}

fn erases_a_person(ledger: &Ledger) {
    closed(ledger);
    ledger.principal("o-2", &["operator"]);
    name_both_again(ledger);
    let document = ledger.report(QUARTER, 1);
    assert!(rows(&document).contains("Ковалев"));
    let before = std::fs::read(&document).unwrap();
    let vault = ledger.folder.path().join("svod-vault.db");
    let backup = vault.exists().then(|| {
        ledger.vault_sql("PRAGMA wal_checkpoint(TRUNCATE)");
        std::fs::read(&vault).unwrap()
    });

    let papers = erased(ledger);
    assert_eq!(papers["documents"], 1);
    assert_eq!(found(ledger, NAME), [""; 0], "the name still stands somewhere");
    assert!(!found(ledger, "Обсуждены планы").is_empty(), "what is not sealed is found");
    // The document that named the person is packed, so its own bytes are looked for: a piece that the twin does not have.
    let twin = std::fs::read(&document).unwrap();
    let of_twin = |piece: &[u8]| twin.windows(piece.len()).any(|window| window == piece);
    let piece = before.chunks_exact(64).find(|piece| !of_twin(piece)).unwrap();
    assert!(!stands_below(ledger.folder.path(), piece) && !dumped(ledger).contains(&hex(piece)));
    assert!(!rows(&document).contains("Ковалев"), "the document still names the person");

    // Every proof holds, and the twin is what was recorded of it.
    ledger.svod_ends(0, &["audit", "verify", "--json"]);
    let again = ledger.svod_ends(0, &["audit", "reproduce", QUARTER, "--json"]);
    assert_eq!(again["documents"][0]["made_again"], "masked-twin", "{again}");
    // Whoever has the document from before has the very one that was recorded.
    let original = ledger.folder.path().join("original.docx");
    std::fs::write(&original, &before).unwrap();
    let again = ledger.svod_ends(0, &["audit", "reproduce", QUARTER, "original.docx", "--json"]);
    assert_eq!(again["documents"][0]["before_erasure"], json!(["original.docx"]), "{again}");
    std::fs::remove_file(original).unwrap();
    let written = ledger.svod_ends(0, &["report", QUARTER, "--out", "downloaded.docx", "--json"]);
    let downloaded = std::fs::read(ledger.folder.path().join("downloaded.docx")).unwrap();
    assert_eq!(downloaded, std::fs::read(&document).unwrap());
    assert_ne!(downloaded, before, "{written}");
    let exported = ledger.svod_ends(0, &["audit", "export", "--out", "after", "--json"]);
    assert_eq!(exported["sound"], true);
    // Others are still named where records are read.
    let card = ledger.svod(&["submission", "show", LATER]);
    assert!(card.contains(OTHER) && !card.contains(NAME), "{card}");
    let request = ["erase", "request", "--name", NAME, "--municipality", "66636000", "--basis", "ещё раз"];
    ledger.svod_fails(1, &[&request[..], &["--token-file", "o-1.token"]].concat(), "not-found");

    // A backup of the vault is put back: who was erased is gone again before anybody is answered.
    if let Some(backup) = backup {
        ledger.vault_sql("PRAGMA wal_checkpoint(TRUNCATE)");
        std::fs::write(&vault, backup).unwrap();
        let again = ledger.svod_ends(1, &["audit", "verify", "--json"]);
        assert_eq!(
            (&again["defence"], &again["position"]),
            (&json!("vault"), &papers["position"]),
            "{again}"
        );
        // Whoever reads opens the vault first, and that is enough.
        ledger.svod(&["submission", "show", LATER]);
        ledger.svod_fails(1, &[&request[..], &["--token-file", "o-1.token"]].concat(), "not-found");
        ledger.svod_ends(0, &["audit", "verify", "--json"]);
    }
}

#[test]
fn a_person_is_erased_from_an_embedded_ledger() {
    erases_a_person(&Ledger::embedded());
}

#[test]
fn a_person_is_erased_from_postgresql() {
    erases_a_person(&Ledger::postgres());
}
