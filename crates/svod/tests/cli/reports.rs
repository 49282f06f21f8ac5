//! The document of an edition, and the preview before it.

use std::process::Command;

use crate::ground::{Ledger, SENDER, Service, approval, lines, submission};

fn sha256(path: &std::path::Path) -> String {
    let output = Command::new("sha256sum").arg(path).output().unwrap();
    String::from_utf8(output.stdout).unwrap()[..64].to_owned()
}

/// A quarter with one approved record and one that waits.
fn filed() -> Ledger {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    ledger.principal(SENDER, "municipality:66605000");
    ledger.principal("r-1", "reviewer");
    ledger.svod_with(&["send", "-", "--as", SENDER], &lines(&[submission(1), submission(2)])).with(0);
    ledger.svod_with(&["send", "-", "--as", "r-1"], &lines(&[approval(1)])).with(0);
    ledger
}

#[test]
fn before_the_close_a_report_is_a_preview() {
    let ledger = filed();
    let written = ledger.svod(&["report", "2020-Q2", "--out", "p.docx", "--json"]).with(0).json();
    assert_eq!(written["preview"], true);
    assert_eq!(written["sha256"], sha256(&ledger.path().join("p.docx")));
    let json = ledger.svod(&["report", "2020-Q2", "--format", "json", "--out", "-"]).with(0);
    assert!(json.stdout.contains("Встреча 1") && !json.stdout.contains("Встреча 2"));
    ledger.svod(&["report", "2020-Q2", "--edition", "1", "--out", "x.docx"]).with(1);
    ledger.svod(&["report", "2020-Q3", "--out", "x.docx"]).with(1);
    ledger.svod(&["report", "2020-Q2", "--format", "doc", "--out", "x.doc"]).with(2);
    ledger.svod(&["report", "2020-Q2", "--out", "absent/x.docx"]).with(3);
    assert!(!ledger.path().join("x.docx").exists());
}

#[test]
fn the_ending_of_the_file_says_the_format_where_nothing_else_does() {
    let ledger = filed();
    for (arguments, begins) in [
        (&["report", "2020-Q2", "--out", "x.PDF"][..], &b"%PDF-"[..]),
        (&["report", "2020-Q2", "--out", "x.html"], b"<!DOCTYPE html"),
        (&["report", "2020-Q2", "--out", "x.xlsx", "--format", "json"], b"{"),
        (&["report", "2020-Q2", "--out", "x"], b"PK"),
        (&["summary", "2020", "--out", "y.json"], b"{"),
        (&["summary", "2020", "--out", "y"], b"PK"),
    ] {
        ledger.svod(arguments).with(0);
        let written = std::fs::read(ledger.path().join(arguments[3])).unwrap();
        assert!(written.starts_with(begins), "{arguments:?}");
    }
}

#[test]
fn both_kinds_of_pdf_are_made() {
    let ledger = filed();
    for format in ["pdf", "pdf-a1b"] {
        ledger.svod(&["report", "2020-Q2", "--format", format, "--out", "x.pdf"]).with(0);
        assert!(std::fs::read(ledger.path().join("x.pdf")).unwrap().starts_with(b"%PDF-"));
    }
}

#[test]
fn after_the_close_the_file_is_the_one_that_was_kept() {
    let ledger = filed();
    let service = Service::start(&ledger);
    ledger.svod(&["quarter", "close", "2020-Q2", "--reason", "x"]).with(0);
    let kept = ledger.path().join("svod-data/reports/report-2020-Q2-edition-1.docx");
    let begun = std::time::Instant::now();
    let file = loop {
        let card = ledger.svod(&["quarter", "show", "2020-Q2", "--json"]).with(0).json();
        if let Some(file) = card["editions"][0]["files"].get(0) {
            break file.clone();
        }
        assert!(begun.elapsed().as_secs() < 60, "the report is not built");
    };
    drop(service);
    let written = ledger.svod(&["report", "2020-Q2", "--out", "e.docx", "--json"]).with(0).json();
    assert_eq!((&written["edition"], &written["sha256"]), (&1.into(), &file["sha256"]));
    assert_eq!(std::fs::read(kept).unwrap(), std::fs::read(ledger.path().join("e.docx")).unwrap());
    let position = file["position"].as_u64().unwrap() - 1;
    let rebuilt = ["report", "2020-Q2", "--as-of", &position.to_string(), "--out", "again.docx", "--json"];
    assert_eq!(ledger.svod(&rebuilt).with(0).json()["sha256"], file["sha256"], "made anew, the same bytes");
}
