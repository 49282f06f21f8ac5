//! Messages that could not be handled: looked at, and sent again.

use serde_json::json;
use svod_log::Quarantined;

use crate::ground::{Ledger, SENDER, submission};

/// Puts a message of this sender into quarantine.
fn quarantine(ledger: &Ledger, sender: Option<&str>, body: &str) {
    let url = format!("sqlite://{}", ledger.path().join("svod-data/svod.db").display());
    let message = Quarantined {
        number: 0,
        at: "2020-07-06T09:30:00Z".parse().unwrap(),
        cause: "quarantined".to_owned(),
        sender: sender.map(str::to_owned),
        headers: json!({"routing_key": "activity.submit.m-66605000"}).to_string(),
        body: body.as_bytes().to_vec(),
        resent_at: None,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = svod_store::open(&url, svod_store::OpenOptions::default()).await.unwrap();
        store.quarantine(&message).await.unwrap();
    });
}

#[test]
fn a_message_is_sent_again_as_its_senders_once_the_cause_is_cured() {
    let ledger = Ledger::new();
    ledger.principal(SENDER, "municipality:66605000");
    ledger.open("2020-Q2");
    quarantine(&ledger, Some(SENDER), &submission(1).to_string());
    let listed = ledger.svod(&["quarantine", "list", "--json"]).with(0).json();
    assert_eq!((&listed[0]["number"], &listed[0]["sender"]), (&1.into(), &SENDER.into()));
    assert!(listed[0]["resent_at"].is_null());

    let receipt = ledger.svod(&["quarantine", "resend", "1", "--json"]).with(0).json();
    assert_eq!(receipt["data"]["outcome"], "recorded");
    assert_eq!(receipt["subject"], SENDER);
    let shown = ledger.svod(&["quarantine", "show", "1", "--json"]).with(0).json();
    assert!(shown["resent_at"].is_string());
    assert_eq!(shown["body"], submission(1).to_string());
    assert_eq!(shown["headers"]["routing_key"], "activity.submit.m-66605000");
}

#[test]
fn a_message_that_is_still_wrong_is_refused_and_an_unknown_number_too() {
    let ledger = Ledger::new();
    ledger.svod(&["migrate"]).with(0);
    quarantine(&ledger, None, &submission(1).to_string());
    let refused = ledger.svod(&["quarantine", "resend", "1"]).with(1);
    assert!(refused.stdout.contains("[no-sender]"), "{}", refused.stdout);
    for number in ["0", "2"] {
        assert!(ledger.svod(&["quarantine", "show", number]).with(1).stderr.contains("[not-found]"));
    }
}
