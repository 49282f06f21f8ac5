//! Who may speak: names, tokens, revoking.

use crate::ground::{Ledger, SENDER, Service, lines, submission};

#[test]
fn a_token_is_printed_once_and_only_its_hash_is_kept() {
    let ledger = Ledger::new();
    let added = ledger.svod(&["principal", "add", "clerk", "--role", "auditor"]).with(0);
    let token = added.stdout.trim();
    assert!(token.starts_with("svod_") && token.len() == 69, "{token}");
    let listed = ledger.svod(&["principal", "list", "--json"]).with(0);
    assert!(!listed.stdout.contains(token));
    for file in std::fs::read_dir(ledger.path().join("svod-data")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
    }
}

#[test]
fn the_token_of_a_principal_opens_the_api_until_it_is_revoked() {
    let ledger = Ledger::new();
    let token = ledger.principal(SENDER, "municipality:66605000");
    ledger.open("2020-Q2");
    let service = Service::start(&ledger);
    let send = |number: u32| {
        let arguments = ["send", "-", "--http", &service.url, "--token", &token, "--json"];
        ledger.svod_with(&arguments, &lines(&[submission(number)]))
    };
    assert_eq!(send(1).with(0).json()["data"]["outcome"], "recorded");
    ledger.svod(&["principal", "revoke", SENDER]).with(0);
    // A service believes for a second what it has read of principals.
    let ended = (2..10_000).map(&send).find(|ended| ended.status != 0).unwrap().with(1);
    assert!(ended.stderr.contains("[unauthenticated]"), "{}", ended.stderr);
}

#[test]
fn a_taken_name_is_refused_and_a_bad_name_or_role_is_bad_usage() {
    let ledger = Ledger::new();
    ledger.principal("clerk", "reviewer");
    let taken = ledger.svod(&["principal", "add", "clerk", "--role", "reviewer"]).with(1);
    assert!(taken.stderr.contains("[already-exists]"), "{}", taken.stderr);
    ledger.svod(&["principal", "add", "Clerk", "--role", "reviewer"]).with(2);
    ledger.svod(&["principal", "add", "other", "--role", "service"]).with(2);
    ledger.svod(&["principal", "add", "other"]).with(2);
}

#[test]
fn the_list_tells_roles_and_the_end_of_rights() {
    let ledger = Ledger::new();
    ledger.principal("o-1", "operator");
    let revoked = ledger.svod(&["principal", "revoke", "o-1"]).with(0).stdout;
    assert_eq!(revoked, "Права учётной записи «o-1» прекращены.\n");
    ledger.svod(&["principal", "revoke", "o-1"]).with(1);
    ledger.principal("o-2", "operator");
    assert_eq!(ledger.svod(&["principal", "revoke", "o-2", "--json"]).with(0).json()["name"], "o-2");
    let listed = ledger.svod(&["principal", "list", "--json"]).with(0).json();
    assert_eq!(listed[0]["name"], "o-1");
    assert_eq!(listed[0]["roles"][0], "operator");
    assert!(listed[0]["revoked_at"].is_string());
}
