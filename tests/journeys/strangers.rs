//! Verifiers that nobody here wrote, those that want nothing but Python: they read the export of a ledger and refuse what was
//! changed in it. `make test-audit` asks the others, too.

use std::ffi::OsStr;
use std::process::Command;

use crate::service::built;

/// Runs a script of tests/audit, which has to end well.
#[track_caller]
fn run(script: &str, arguments: &[&OsStr]) {
    let mut command = Command::new(format!("{}/audit/{script}", env!("CARGO_MANIFEST_DIR")));
    let output = command.args(arguments).output().unwrap();
    let [told, said] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(output.status.success(), "{script}: {}\n{told}{said}", output.status);
}

#[test]
fn strangers_accept_the_export_of_a_ledger_and_refuse_mutations_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger");
    run("ledger.sh", &[built("svod").as_os_str(), ledger.as_os_str()]);
    run("check.sh", &["--light".as_ref(), ledger.join("export").as_os_str()]);
}
