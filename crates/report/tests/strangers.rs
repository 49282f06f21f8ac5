//! Readers that nobody here wrote, those that want nothing but Python: every letter of every record is where it belongs, and a
//! word that is missing is missed. `make test-documents` asks the others, too, and over more reports.

use std::process::Command;

#[path = "generated/hostile.rs"]
mod hostile;
#[path = "generated/sequence.rs"]
mod sequence;
#[path = "generated/written.rs"]
mod written;

use hostile::{expected, report};
use sequence::sequence;
use written::write;

const REPORTS: usize = 25;

/// Other reports than `make test-documents` looks at.
const SEED: u64 = 2;

#[test]
fn strangers_find_every_word_of_hostile_reports() {
    let folder = tempfile::tempdir().unwrap();
    let sample = serde_json::from_str(include_str!("samples/inputs.json")).unwrap();
    for (number, inputs) in sequence(report(sample), REPORTS, SEED).enumerate() {
        write(&folder.path().join("each"), &format!("{number:04}"), &inputs, &expected(&inputs));
    }
    let script = format!("{}/../../tests/documents/check.sh", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(script).arg("--light").arg(folder.path()).output().unwrap();
    let [told, said] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(output.status.success(), "{}\n{told}{said}", output.status);
}
