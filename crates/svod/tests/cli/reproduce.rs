//! `svod audit reproduce`: a published document is what the log yields, or the cell where it is not is named.

use std::process::Command;

use crate::ground::{Ended, Ledger};

const DOCUMENT: &str = "shown/report-2020-Q2-edition-1.docx";

/// A quarter that was closed, with its document.
fn closed() -> Ledger {
    let ledger = Ledger::new();
    ledger.svod(&["demo", "--out", "shown"]).with(0);
    ledger
}

fn reproduce(ledger: &Ledger, arguments: &[&str]) -> Ended {
    ledger.svod(&[&["--data-dir", "shown", "audit", "reproduce"], arguments].concat())
}

/// Runs a script of Python over files of the ledger.
fn python(ledger: &Ledger, script: &str, arguments: &[&str]) {
    let mut python = Command::new("python3");
    let status = python.args(["-c", script]).args(arguments).current_dir(ledger.path()).status().unwrap();
    assert!(status.success(), "{script}");
}

/// A copy of the document, with a text in its parts changed; packed anew in any case.
fn changed(ledger: &Ledger, from: &str, to: &str) {
    let script = "import sys, zipfile
copy = zipfile.ZipFile('copy.docx', 'w', zipfile.ZIP_DEFLATED)
for part in (document := zipfile.ZipFile(sys.argv[1])).infolist():
    copy.writestr(part.filename, document.read(part).replace(sys.argv[2].encode(), sys.argv[3].encode()))
copy.close()";
    python(ledger, script, &[DOCUMENT, from, to]);
}

#[test]
fn a_published_document_is_made_again_byte_for_byte() {
    let ledger = closed();
    let found = reproduce(&ledger, &["2020-Q2", DOCUMENT, "--json"]).with(0).json();
    assert_eq!(found["sound"], true);
    assert_eq!(found["documents"][0]["made_again"], "document");
    assert!(found["position"].as_u64().is_some() && found["root"].as_str().is_some(), "{found}");
    let told = reproduce(&ledger, &["2020-Q2", "--edition", "1"]).with(0).stdout;
    assert!(told.starts_with("reproduced: docx of edition 1 of 2020-Q2"), "{told}");
    assert!(told.contains("root "), "{told}");
}

#[test]
fn the_first_cell_of_a_file_that_differs_is_named() {
    let ledger = closed();
    changed(&ledger, "Велиж", "Белиж");
    changed(&ledger, "Вязьм", "Вяземск");
    let found = reproduce(&ledger, &["2020-Q2", "copy.docx", "--json"]).with(1).json();
    let wrong = &found["documents"][0]["wrong"];
    assert_eq!((wrong.as_array().unwrap().len(), &wrong[0]["what"]), (1, &"copy.docx".into()));
    let cell = wrong[0]["cell"].as_str().unwrap();
    assert!(cell.starts_with("row ") && cell.contains("Вяземск"), "{cell}");
}

#[test]
fn a_file_that_was_only_packed_or_saved_again_is_told_from_one_that_says_something_else() {
    let ledger = closed();
    changed(&ledger, "no such text", "");
    let told = reproduce(&ledger, &["2020-Q2", "copy.docx"]).with(0).stdout;
    assert!(told.contains("the same document, packed by another compressor"), "{told}");
    changed(&ledger, "<dc:language>ru-RU</dc:language>", "");
    let told = reproduce(&ledger, &["2020-Q2", "copy.docx"]).with(1).stdout;
    assert!(told.contains("every cell says the same"), "{told}");
    std::fs::write(ledger.path().join("copy.docx"), "no document").unwrap();
    let told = reproduce(&ledger, &["2020-Q2", "copy.docx"]).with(1).stdout;
    assert!(told.contains("the file is no Word document"), "{told}");
}

#[test]
fn a_file_that_was_swapped_in_the_ledger_is_seen() {
    let ledger = closed();
    changed(&ledger, "Вязьм", "Вяземск");
    let swap = "import sqlite3
db = sqlite3.connect('shown/svod.db')
db.execute('UPDATE files SET bytes = ?', (open('copy.docx', 'rb').read(),))
db.commit()";
    python(&ledger, swap, &[]);
    let told = reproduce(&ledger, &["2020-Q2"]).with(1).stdout;
    assert!(told.contains("kept: what the ledger keeps under this hash has another one"), "{told}");
    python(
        &ledger,
        "import sqlite3; db = sqlite3.connect('shown/svod.db'); db.execute('DELETE FROM files'); db.commit()",
        &[],
    );
    let told = reproduce(&ledger, &["2020-Q2"]).with(1).stdout;
    assert!(told.contains("kept: the ledger keeps no such file"), "{told}");
}

#[test]
fn what_was_never_published_cannot_be_told() {
    let ledger = closed();
    reproduce(&ledger, &["2020-Q2", "--edition", "2"]).with(3);
    reproduce(&ledger, &["2020-Q1"]).with(3);
    reproduce(&ledger, &["2020-Q2", "absent.docx"]).with(2);
}
