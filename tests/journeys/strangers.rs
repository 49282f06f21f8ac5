//! Verifiers that nobody here wrote, those that want nothing but Python: they read the export of a ledger and refuse what was
//! changed in it. `make test-audit` asks the others, too.

use std::process::Command;

use crate::service::built;

/// Runs a script of tests/audit; what it printed, if it ended well.
fn run(script: &str, arguments: &[&std::path::Path]) -> Result<String, String> {
    let mut command = Command::new(format!("{}/audit/{script}", env!("CARGO_MANIFEST_DIR")));
    if script == "check.sh" {
        command.arg("--light");
    }
    let output = command.args(arguments).output().unwrap();
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(told) } else { Err(told) }
}

#[test]
fn strangers_accept_the_export_of_a_ledger_and_refuse_mutations_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger");
    run("ledger.sh", &[&built("svod"), &ledger]).unwrap_or_else(|told| panic!("{told}"));
    run("check.sh", &[&ledger.join("export")]).unwrap_or_else(|told| panic!("{told}"));
}
