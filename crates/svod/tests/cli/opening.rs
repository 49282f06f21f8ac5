//! Who only looks makes nothing; who appends has the ledger's own keys, or is not started.

use std::time::Duration;

use crate::audit::tamper;
use crate::ground::{Ended, Ledger, submission_id};

const KEYS: &str = "svod-data/ledger.keys";

/// The service: it ends by itself, because it cannot start.
#[track_caller]
fn refused_to_run(ledger: &Ledger, word: &str) {
    let mut child = ledger.command();
    child.arg("run").stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped());
    let mut child = child.spawn().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let mut stderr = child.stderr.take().unwrap();
    std::thread::spawn(move || {
        let mut text = String::new();
        let _read = std::io::Read::read_to_string(&mut stderr, &mut text);
        let _told = sender.send(text);
    });
    let told = receiver.recv_timeout(Duration::from_secs(20));
    let _ended = child.kill();
    let status = child.wait().unwrap();
    let told = told.expect("the service went on without the keys of its ledger");
    assert_eq!(status.code(), Some(3), "{told}");
    assert!(told.contains(word) && told.contains("from its backup"), "{told}");
}

#[track_caller]
fn doctor_says(ledger: &Ledger, subject: &str, word: &str) {
    let findings = ledger.svod(&["doctor", "--json"]).with(1).json();
    let fits = |finding: &serde_json::Value| {
        finding["subject"] == subject
            && finding["level"] == "bad"
            && finding["seen"].as_str().unwrap().contains(word)
            && finding["cure"].as_str().unwrap().contains("backup")
    };
    assert!(findings.as_array().unwrap().iter().any(fits), "{subject}, {word}: {findings:#}");
}

#[test]
fn who_looks_at_no_ledger_is_told_so_and_makes_none() {
    let ledger = Ledger::new();
    let id = submission_id(1);
    for arguments in [
        "board 2020-Q2",
        "log",
        "quarter list",
        "quarter show 2020-Q2",
        "municipality list",
        "views list",
        "views rebuild",
        "principal list",
        "quarantine list",
        "erase list",
        "report 2020-Q2 --out report.docx",
        &format!("submission show {id}"),
        &format!("submission history {id}"),
        "audit verify",
        "audit verify --rules",
        "audit verify --views",
        "audit history 2020-Q2",
        "audit state --as-of 1",
        "audit diff 1 2",
        "audit whatif --without 1",
        "audit reproduce 2020-Q2",
        "audit export --out export",
        "audit prove 1 --out proof",
        "audit checkpoint",
    ] {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let ended: Ended = ledger.svod(&words).with(3);
        assert!(ended.stderr.contains("there is no ledger at"), "svod {arguments}: {}", ended.stderr);
        assert!(ended.stdout.is_empty(), "svod {arguments}: {}", ended.stdout);
        let made: Vec<_> = std::fs::read_dir(ledger.path()).unwrap().collect();
        assert!(made.is_empty(), "svod {arguments}: {made:?}");
    }
}

#[test]
fn an_empty_ledger_with_its_keys_is_sound() {
    let ledger = Ledger::new();
    ledger.svod(&["migrate"]).with(0);
    let verdict = ledger.svod(&["audit", "verify", "--json"]).with(0).json();
    assert_eq!((&verdict["sound"], &verdict["position"]), (&true.into(), &0.into()));
}

#[test]
fn a_service_without_the_keys_of_its_ledger_is_not_started() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    std::fs::remove_file(ledger.path().join(KEYS)).unwrap();
    refused_to_run(&ledger, "is not there");
    doctor_says(&ledger, "keys", "is not there");
    let order = ledger.svod(&["quarter", "open", "2020-Q3"]).with(3);
    assert!(order.stderr.contains("from its backup"), "{}", order.stderr);
    // Looking at it needs none.
    ledger.svod(&["quarter", "list"]).with(0);
}

#[test]
fn a_service_with_the_keys_of_another_ledger_is_not_started() {
    let (ledger, other) = (Ledger::new(), Ledger::new());
    ledger.open("2020-Q2");
    other.svod(&["migrate"]).with(0);
    std::fs::copy(other.path().join(KEYS), ledger.path().join(KEYS)).unwrap();
    refused_to_run(&ledger, "the keys of another ledger");
    doctor_says(&ledger, "keys", "the keys of another ledger");
}

#[test]
fn a_service_whose_code_the_head_does_not_bear_is_not_started() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    tamper(&ledger, "DROP TRIGGER log_head_only_advances; UPDATE log_head SET mac = zeroblob(32)");
    refused_to_run(&ledger, "does not bear the code");
    doctor_says(&ledger, "keys", "does not bear the code");
}

#[test]
fn a_vault_that_was_lost_is_not_made_anew_in_silence() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    tamper(&ledger, "PRAGMA wal_checkpoint(TRUNCATE)");
    let vault = ledger.path().join("svod-data/svod-vault.db");
    std::fs::remove_file(&vault).unwrap();
    refused_to_run(&ledger, "there is no vault at");
    doctor_says(&ledger, "vault", "there is no vault at");
    // Whoever was given the log alone can check it, and makes no vault beside it.
    let key = ledger.svod(&["audit", "key"]).with(0).stdout;
    let without_keys = ["--keys-file", "none", "audit", "verify", "--key", key.trim()];
    ledger.svod(&without_keys).with(0);
    assert!(!vault.exists());
    // To go on without it is a decision.
    ledger.svod(&["migrate"]).with(0);
    ledger.svod(&["quarter", "open", "2098-Q3"]).with(0);
}

#[test]
fn a_vault_that_does_not_know_whom_the_log_names_is_not_taken_for_one_of_the_erased() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    ledger.principal("m-66701000", "municipality:66701000");
    let data = serde_json::json!({"submission_id": submission_id(1), "municipality": "66701000", "quarter": "2020-Q2",
        "activity": {"title": "Встреча", "dates": [{"from": "2020-05-05", "to": "2020-05-05"}], "content": "Планы",
        "participants": [{"name": "П.С. Ковалев", "position": "Глава района"}]}});
    let message = serde_json::json!({"specversion": "1.0", "id": "1", "source": "/offices/66701000",
        "type": "svod.activity.submit.v1", "datacontenttype": "application/json", "data": data});
    ledger.svod_with(&["send", "-", "--as", "m-66701000"], &message.to_string()).with(0);
    tamper(&ledger, "PRAGMA wal_checkpoint(TRUNCATE)");
    std::fs::remove_file(ledger.path().join("svod-data/svod-vault.db")).unwrap();
    ledger.svod(&["migrate"]).with(0);

    refused_to_run(&ledger, "they are lost");
    doctor_says(&ledger, "vault", "are lost");
    let close = ["quarter", "close", "2020-Q2", "--reason", "срок"];
    let refused = ledger.svod(&close).with(3);
    assert!(refused.stderr.contains("they are lost"), "{}", refused.stderr);
    ledger.svod(&["audit", "verify"]).with(1);
    // To go on is a decision.
    ledger.svod(&[&close[..], &["--despite-lost-names"]].concat()).with(0);
}

#[cfg(unix)]
#[test]
fn what_the_program_writes_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    ledger.svod(&["audit", "export", "--out", "export"]).with(0);
    let mut folders = vec![ledger.path().join("svod-data"), ledger.path().join("export")];
    while let Some(folder) = folders.pop() {
        assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(path.metadata().unwrap().permissions().mode() & 0o077, 0, "{}", path.display());
            }
        }
    }
}
