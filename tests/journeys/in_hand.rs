//! A file in hand, from wherever: is it a document of this ledger, and if not, where does it say something else.

use serde_json::{Value, json};

use crate::auditor::closed;
use crate::broker::python;
use crate::records::QUARTER;
use crate::service::Ledger;

/// What is said of a file.
fn judged(ledger: &Ledger, status: i32, file: &str) -> Value {
    ledger.svod_ends(status, &["audit", "verify-file", file, "--json"])
}

fn edited(ledger: &Ledger, file: &str, out: &str, edit: &[&str]) {
    let client = if file == "report.pdf" { "edit_pdf.py" } else { "edit_docx.py" };
    let folder = ledger.folder.path();
    let (file, out) = (folder.join(file), folder.join(out));
    let arguments = [&[file.to_str().unwrap(), out.to_str().unwrap()], edit].concat();
    python(client, &arguments, "");
}

#[test]
fn a_file_in_hand_is_told_from_one_that_was_saved_again_or_changed() {
    let ledger = Ledger::embedded();
    closed(&ledger);
    for format in ["docx", "xlsx", "odt", "pdf", "pdf-a1b"] {
        let file = format!("report.{format}");
        ledger.svod(&["report", QUARTER, "--format", format, "--out", &file]);
        let told = judged(&ledger, 0, &file);
        assert_eq!(told["verdict"], "authentic", "{told}");
        let document = &told["document"];
        let expected = json!([QUARTER, 1, format, format == "docx", false]);
        let said = ["quarter", "edition", "format", "recorded", "masked"].map(|name| document[name].clone());
        assert_eq!(json!(said), expected, "{told}");
    }

    edited(&ledger, "report.docx", "again.docx", &[]);
    let told = judged(&ledger, 0, "again.docx");
    assert_eq!(
        (&told["verdict"], &told["document"]["edition"]),
        (&json!("same-content"), &json!(1)),
        "{told}"
    );

    edited(&ledger, "report.docx", "changed.docx", &["3", "2", "Встреча, которой не было"]);
    let told = judged(&ledger, 1, "changed.docx");
    assert_eq!((&told["verdict"], &told["differences"]), (&json!("differs"), &json!(1)), "{told}");
    let cell = &told["cells"][0];
    assert_eq!((&cell["row"], &cell["column"]), (&json!(3), &json!(2)), "{told}");
    assert_eq!(cell["file"], "Встреча, которой не было");
    assert!(cell["log"].as_str().is_some_and(|text| !text.is_empty()), "{told}");

    edited(&ledger, "report.pdf", "again.pdf", &[]);
    let told = judged(&ledger, 0, "again.pdf");
    assert_eq!(
        (&told["verdict"], &told["document"]["format"]),
        (&json!("same-content"), &json!("pdf")),
        "{told}"
    );
    edited(&ledger, "report.pdf", "changed.pdf", &["12"]);
    let told = judged(&ledger, 1, "changed.pdf");
    assert_eq!(told["verdict"], "differs", "{told}");
    let cell = &told["cells"][0];
    assert!(cell["file"] != cell["log"] && cell["file"].is_string() && cell["log"].is_string(), "{told}");

    std::fs::write(ledger.folder.path().join("other.csv"), "№;Наименование\n1;Ярмарка\n").unwrap();
    assert_eq!(judged(&ledger, 3, "other.csv")["verdict"], "unreadable");
    std::fs::write(ledger.folder.path().join("cut.docx"), b"PK\x03\x04").unwrap();
    assert_eq!(judged(&ledger, 3, "cut.docx")["verdict"], "unreadable");
}
