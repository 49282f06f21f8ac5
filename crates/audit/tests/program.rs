//! The program: what it prints, and the status that it ends with.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]
#![expect(dead_code, reason = "the exports are made for the other test, too")]

mod exported;

use std::process::Command;

use exported::{Exported, drafts, leaf, linked};
use serde_json::{Value, json};

/// Its status and what it printed.
#[track_caller]
fn run(arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_svod-audit")).args(arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn json_of(printed: &str) -> Value {
    serde_json::from_str(printed).unwrap()
}

#[test]
fn it_says_position_and_root_of_a_sound_export() {
    let export = Exported::honest(20);
    let folder = export.path().to_str().unwrap();
    let root = exported::root(&linked(&drafts(20)).iter().map(|entry| leaf(entry)).collect::<Vec<_>>());
    let root = svod_log::Hash(root).to_string();
    // The key itself, and the file that holds it.
    for key in [export.key().to_string(), export.file("vkey").to_str().unwrap().to_owned()] {
        let (status, printed) = run(&[folder, "--key", &key]);
        let words =
            format!("sound: position 20, root {root}, 2 checkpoints agree, 0 disclosures, 0 documents\n");
        assert_eq!((status, printed), (0, words));
    }
    let (status, printed) = run(&["--json", "--key", &export.key().to_string(), folder]);
    let told = json!({"sound": true, "position": 20, "root": root, "checkpoints": 2, "disclosures": 0, "documents": 0});
    assert_eq!((status, json_of(&printed)), (0, told));
}

#[test]
fn it_names_the_first_bad_position_and_what_saw_it() {
    let export = Exported::honest(20);
    export.flip("tile/entries/000.p/20", 40);
    let (folder, key) = (export.path().to_str().unwrap(), export.key().to_string());
    let (status, printed) = run(&[folder, "--key", &key]);
    let words = "tampered: position 1: tile/0/000.p/20: the entry has another hash than the tile says (seen by: leaf)\n";
    assert_eq!((status, printed.as_str()), (1, words));
    let (status, printed) = run(&[folder, "--key", &key, "--json"]);
    let told = json!({
        "sound": false, "position": 1, "file": "tile/0/000.p/20", "defence": "leaf",
        "what": "the entry has another hash than the tile says",
    });
    assert_eq!((status, json_of(&printed)), (1, told));
}

#[test]
fn a_receipt_is_as_good_as_the_checkpoint_in_it() {
    let export = Exported::honest(20);
    let elsewhere = tempfile::tempdir().unwrap();
    let receipt = elsewhere.path().join("receipt.json");
    let leaves: Vec<_> = linked(&drafts(25)).iter().map(|entry| leaf(entry)).collect();
    let judge = |size: usize| {
        let carried = json!({"data": {"checkpoint": export.checkpoint(&leaves[..size])}});
        std::fs::write(&receipt, carried.to_string()).unwrap();
        let (folder, key) = (export.path().to_str().unwrap(), export.key().to_string());
        run(&[folder, "--key", &key, "--checkpoint", receipt.to_str().unwrap()])
    };
    assert_eq!(judge(15).0, 0);
    let (status, printed) = judge(25);
    let words = "tampered: position 21: the log ends here, but a signed checkpoint says that it had 25 entries \
                 (seen by: checkpoint)\n";
    assert_eq!((status, printed.as_str()), (1, words));
}

#[test]
fn it_does_not_guess() {
    let (export, elsewhere) = (Exported::honest(20), tempfile::tempdir().unwrap());
    let (folder, key) = (export.path().to_str().unwrap(), export.key().to_string());
    let garbage = elsewhere.path().join("garbage");
    std::fs::write(&garbage, "700 entries\n").unwrap();
    for arguments in [
        vec![folder],
        vec![folder, "--key", "no key"],
        vec![elsewhere.path().to_str().unwrap(), "--key", &key],
        vec![folder, "--key", &key, "--checkpoint", garbage.to_str().unwrap()],
        vec![folder, "--key", &key, "--checkpoint", "/no/such/file"],
    ] {
        let (status, printed) = run(&arguments);
        assert_eq!(status, 3, "{printed}");
        assert!(printed.starts_with("cannot tell: "), "{printed}");
    }
}

#[test]
fn bad_usage_has_a_status_of_its_own() {
    for arguments in [vec![], vec!["--what"], vec!["a", "b"], vec!["a", "--key"]] {
        assert_eq!(run(&arguments), (2, String::new()));
    }
    assert_eq!(run(&["--help"]).0, 0);
}
