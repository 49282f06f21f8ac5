//! The keys that wrap persons are replaced under a service that runs, and the vault is changed behind everybody's back.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::auditor::closed;
use crate::records::{IDS, event};
use crate::service::{Ledger, Service};

/// Whom nobody named before.
const NEWCOMER: &str = "В.В. Новосёлов";

fn keys(ledger: &Ledger) -> Vec<(u64, String, u64)> {
    let listed = ledger.svod_ends(0, &["audit", "keys", "list", "--json"]);
    let row = |row: &Value| {
        let state = row["state"].as_str().unwrap().to_owned();
        (row["number"].as_u64().unwrap(), state, row["persons"].as_u64().unwrap())
    };
    listed.as_array().unwrap().iter().map(row).collect()
}

fn key(number: u64, state: &str, persons: u64) -> (u64, String, u64) {
    (number, state.to_owned(), persons)
}

/// A record with the newcomer, sent to a service that runs.
fn filed(service: &Service, token: &str, number: u32) {
    let participants = json!([{"name": NEWCOMER, "position": "врач"}]);
    let data = json!({"submission_id": format!("0193a5c0-0000-7000-8000-00000000bb{number:02}"),
        "municipality": "66636000", "quarter": "2020-Q3", "activity": {
        "title": "Встреча", "place": "г. Рославль", "dates": [{"from": "2020-08-05", "to": "2020-08-05"}],
        "content": "Обсуждены планы", "participants": participants}});
    let message = event(&format!("later-{number}"), "/offices/66636000", "svod.activity.submit.v1", &data);
    let (status, receipt) = service.post(token, message.to_string());
    assert_eq!(status, 200, "{receipt}");
}

fn rotates_under_a_service(ledger: &Ledger) {
    closed(ledger);
    let token = ledger.principal("m-new", &["municipality:66636000"]);
    let reader = ledger.principal("r-new", &["reviewer"]);
    let far = "2099-01-01T00:00:00Z";
    ledger.svod(&["quarter", "open", "2020-Q3", "--submit-by", far, "--close-at", far]);
    let service = Service::start(ledger);
    let before = keys(ledger)[0].2;
    assert!(before > 0);
    assert_eq!(keys(ledger), [key(1, "in use", before)]);

    ledger.svod_ends(0, &["audit", "keys", "rotate", "--prepare", "--json"]);
    assert_eq!(keys(ledger), [key(1, "in use", before), key(2, "prepared", 0)]);
    let rotated = ledger.svod_ends(0, &["audit", "keys", "rotate", "--json"]);
    assert_eq!(
        (&rotated["in_use"], &rotated["rewrapped"], &rotated["left"]),
        (&json!(2), &json!(before), &json!(0))
    );
    // The service was started before: it reads whom it knew, and wraps whom it meets with the new key.
    filed(&service, &token, 1);
    assert_eq!(keys(ledger), [key(1, "earlier", 0), key(2, "in use", before + 1)]);
    let card = service.json(&reader, &format!("/api/v1/submissions/{}", IDS[0])).to_string();
    assert!(card.contains("Ковалев"), "{card}");

    ledger.svod_fails(1, &["audit", "keys", "retire", "2"], "in use");
    ledger.svod_fails(1, &["audit", "keys", "retire", "1"], "try again in a minute");
    let file = ledger.folder.path().join("data/ledger.keys");
    let file = std::fs::File::options().append(true).open(file).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(1_600_000_000)).unwrap();
    ledger.svod_ends(0, &["audit", "keys", "retire", "1", "--json"]);
    ledger.svod_fails(1, &["audit", "keys", "retire", "1"], "no key 1");
    assert_eq!(keys(ledger), [key(2, "in use", before + 1)]);
    filed(&service, &token, 2);
    drop(service);

    // One more rotation adds one more key; what is finished is not finished again.
    let finished = ledger.svod_ends(0, &["audit", "keys", "rotate", "--finish", "--json"]);
    assert_eq!((&finished["in_use"], &finished["rewrapped"]), (&json!(2), &json!(0)));
    let rotated = ledger.svod_ends(0, &["audit", "keys", "rotate", "--json"]);
    assert_eq!((&rotated["in_use"], &rotated["added"]), (&json!(3), &json!(true)));
    let sound = ledger.svod_ends(0, &["audit", "verify", "--json"]);
    assert!(sound["disclosures_checked"].as_u64().unwrap() >= 4, "{sound}");
    is_told(ledger);
}

/// Somebody who may write into the vault takes a name away.
fn is_told(ledger: &Ledger) {
    let statement =
        "DELETE FROM disclosures WHERE digest IN (SELECT digest FROM disclosures ORDER BY digest LIMIT 1)";
    match ledger.postgres_url() {
        Some(_) => drop(ledger.sql(statement)),
        None => ledger.vault_sql(statement),
    }
    let told = ledger.svod_ends(1, &["audit", "verify", "--json"]);
    assert_eq!((&told["sound"], &told["defence"]), (&json!(false), &json!("vault")), "{told}");
    assert!(told["position"].as_u64().is_some_and(|position| position > 1), "{told}");
}

#[test]
fn keys_are_rotated_under_a_service_on_an_embedded_ledger() {
    rotates_under_a_service(&Ledger::embedded());
}

#[test]
fn keys_are_rotated_under_a_service_on_postgresql() {
    rotates_under_a_service(&Ledger::postgres());
}
