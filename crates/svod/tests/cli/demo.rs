//! The first command of the README.

use crate::ground::Ledger;

#[test]
fn the_demonstration_ends_with_a_document_and_can_be_repeated() {
    let ledger = Ledger::new();
    std::fs::create_dir(ledger.path().join("shown")).unwrap();
    std::fs::write(ledger.path().join("shown/mine.txt"), "mine").unwrap();
    for _ in 0..2 {
        let shown = ledger.svod(&["demo", "--out", "shown"]).with(0).stdout;
        assert!(shown.contains("[stale-version]") && shown.contains("Отчитались: 6 из 27."), "{shown}");
        assert!(shown.contains("shown/report-2020-Q2-edition-1.docx"), "{shown}");
    }
    let document = std::fs::read(ledger.path().join("shown/report-2020-Q2-edition-1.docx")).unwrap();
    assert!(document.starts_with(b"PK"));
    // Without what SQLite may have left beside it.
    std::fs::copy(ledger.path().join("shown/svod.db"), ledger.path().join("copy.db")).unwrap();
    let copied = ["--database-url", "sqlite://copy.db", "--vault-url", "sqlite://shown/svod-vault.db", "log"];
    let copied = ledger.svod(&copied).with(0).stdout;
    assert!(copied.contains("report-built"), "{copied}");
    assert!(ledger.path().join("shown/mine.txt").exists(), "what lies beside is not touched");
    // The lines that it ends with can be copied.
    let shown = ledger.svod(&["demo", "--out", "shown"]).with(0).stdout;
    let lines = shown.lines().filter_map(|line| Some(line.split_once(" --data-dir ")?.1.split_once('#')?.0));
    let lines: Vec<Vec<&str>> = lines.map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines.len(), 5, "{shown}");
    for line in lines {
        ledger.svod(&[&["--data-dir"], line.as_slice()].concat()).with(0);
    }
    let card = ledger.svod(&["--data-dir", "shown", "quarter", "show", "2020-Q2", "--json"]).with(0).json();
    assert_eq!(card["editions"][0]["by_schedule"], true);
    assert_eq!(card["editions"][0]["included_count"], 6);
}
