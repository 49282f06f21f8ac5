//! What has been written is read for ever: `formats/` holds one event of each kind and one order of each type as
//! version 1 of svod writes them, every field given. A change that breaks one of these breaks ledgers and clients.
//! Samples are added, never changed: a field that came later stands in a further sample, `KIND.v1.2.json` and so on.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use svod_domain::{Command, Event};

fn formats() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("formats")
}

fn sample(folder: &Path, name: &str) -> String {
    let path = folder.join(format!("{name}.json"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The samples of a folder, without `.json`.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("the folder of samples is there");
    let names = entries.map(|entry| entry.expect("the folder can be read").file_name());
    names.filter_map(|name| name.to_str()?.strip_suffix(".json").map(str::to_owned)).collect()
}

/// The samples of one kind of event: the first, and those with what came later.
fn samples_of(kind: &str) -> Vec<String> {
    let first = format!("{kind}.v1");
    let is_of = |name: &String| {
        name.strip_prefix(&first).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    names(&formats()).into_iter().filter(is_of).map(|name| sample(&formats(), &name)).collect()
}

/// The data of an order as JSON.
fn written(command: &Command) -> Value {
    let value = match command {
        Command::Submit(data) => serde_json::to_value(data),
        Command::Correct(data) => serde_json::to_value(data),
        Command::Withdraw(data) => serde_json::to_value(data),
        Command::DeclareNothing(data) => serde_json::to_value(data),
        Command::Return(data) => serde_json::to_value(data),
        Command::Approve(data) => serde_json::to_value(data),
        Command::Revoke(data) => serde_json::to_value(data),
        Command::OpenQuarter(data) => serde_json::to_value(data),
        Command::MoveQuarter(data) => serde_json::to_value(data),
        Command::CloseQuarter(data) => serde_json::to_value(data),
        Command::ReopenQuarter(data) => serde_json::to_value(data),
        Command::RegisterMunicipality(data) => serde_json::to_value(data),
        Command::RenameMunicipality(data) => serde_json::to_value(data),
        Command::RetireMunicipality(data) => serde_json::to_value(data),
        Command::RecordReport(_)
        | Command::RequestErasure(_)
        | Command::ApproveErasure(_)
        | Command::CompleteErasure(_) => panic!("no message carries it"),
    };
    value.expect("data of an order are JSON")
}

/// The fields that a schema knows at the top.
fn fields(schema: &schemars::Schema) -> BTreeSet<String> {
    schema.get("properties").map(keys).expect("the schema is of an object")
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().expect("it is an object").keys().cloned().collect()
}

#[test]
fn every_event_has_its_sample_and_no_sample_is_of_an_event_that_is_gone() {
    let kinds: BTreeSet<String> = Event::KINDS.iter().map(|kind| (*kind).to_owned()).collect();
    let sampled = names(&formats());
    assert_eq!(
        sampled
            .iter()
            .filter_map(|name| name.strip_suffix(".v1").map(str::to_owned))
            .collect::<BTreeSet<_>>(),
        kinds
    );
    assert_eq!(Event::KINDS.iter().map(|kind| samples_of(kind).len()).sum::<usize>(), sampled.len());
}

#[test]
fn every_event_of_version_1_is_read_and_written_as_it_was() {
    for kind in Event::KINDS {
        for text in samples_of(kind) {
            let event = Event::read(kind, &text).unwrap().unwrap_or_else(|error| panic!("{kind}: {error}"));
            assert_eq!(event.kind(), *kind);
            assert_eq!(event.data().unwrap(), serde_json::from_str::<Value>(&text).unwrap(), "{kind}");
        }
    }
}

#[test]
fn the_samples_of_an_event_give_every_field() {
    for (kind, _, schema) in Event::schemas() {
        let given =
            samples_of(kind).iter().flat_map(|text| keys(&serde_json::from_str(text).unwrap())).collect();
        assert_eq!(fields(&schema), given, "{kind}");
    }
}

#[test]
fn an_event_with_a_field_of_a_later_version_is_still_read() {
    for kind in Event::KINDS {
        let mut data: Value = serde_json::from_str(&sample(&formats(), &format!("{kind}.v1"))).unwrap();
        data["of_a_later_version"] = Value::from(1);
        assert!(Event::read(kind, &data.to_string()).unwrap().is_ok(), "{kind}");
    }
}

#[test]
fn an_event_that_nobody_knows_is_not_read() {
    assert!(Event::read("activity-forgotten", "{}").is_none());
}

#[test]
fn every_order_has_its_sample_and_no_sample_is_of_an_order_that_is_gone() {
    let types: BTreeSet<String> = Command::TYPES.iter().map(|kind| (*kind).to_owned()).collect();
    assert_eq!(names(&formats().join("commands")), types);
}

#[test]
fn every_order_of_version_1_is_read_and_written_as_it_was() {
    for kind in Command::TYPES {
        let data: Value = serde_json::from_str(&sample(&formats().join("commands"), kind)).unwrap();
        let command =
            Command::read(kind, data.clone()).unwrap().unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(written(&command), data, "{kind}");
    }
}

#[test]
fn every_sample_of_an_order_gives_every_field() {
    for (kind, _, schema) in Command::schemas() {
        let given: Value = serde_json::from_str(&sample(&formats().join("commands"), kind)).unwrap();
        assert_eq!(keys(&given), fields(&schema), "{kind}");
    }
}

#[test]
fn an_order_with_a_field_that_the_contract_does_not_know_is_not_read() {
    for kind in Command::TYPES {
        let mut data: Value = serde_json::from_str(&sample(&formats().join("commands"), kind)).unwrap();
        data["not_of_the_contract"] = Value::from(1);
        assert!(Command::read(kind, data).unwrap().is_err(), "{kind}");
    }
}
