//! The documents of the contract: the committed copy is what the code makes, and every schema says what the engine does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::{Value, json};
use svod_domain::Command;
use svod_engine::message::{check_data, read_envelope};

use crate::ground::Ledger;

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/contract")
}

/// Every file below a folder, by its path there.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                files.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

fn schemas(folder: &str) -> Vec<(Value, Validator)> {
    let files = files(&committed().join("schemas").join(folder));
    let compile = |text: &String| {
        let schema: Value = serde_json::from_str(text).unwrap();
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        (schema, validator)
    };
    files.values().map(compile).collect()
}

/// The reason of the engine's refusal.
fn refused(message: &Value) -> Option<&'static str> {
    let envelope = match read_envelope(message.clone()) {
        Ok(envelope) => envelope,
        Err(refusal) => return Some(refusal.reason().as_str()),
    };
    check_data(&envelope.kind, &envelope.data).err().map(|refusal| refusal.reason().as_str())
}

#[test]
fn the_committed_documents_are_what_the_code_makes() {
    let ledger = Ledger::new();
    ledger.svod(&["docs", "--out", "contract"]).with(0);
    let (made, kept) = (files(&ledger.path().join("contract")), files(&committed()));
    let names = |files: &BTreeMap<PathBuf, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&made), names(&kept), "run `make docs`");
    for (name, text) in made {
        assert!(kept[&name] == text, "docs/contract/{} is stale: run `make docs`", name.display());
    }
}

#[test]
fn every_example_fits_its_schema() {
    let all: Vec<_> = ["", "commands", "events"].into_iter().flat_map(schemas).collect();
    assert!(all.len() > 30);
    for (schema, validator) in all {
        for example in schema["examples"].as_array().unwrap() {
            let faults: Vec<String> = validator.iter_errors(example).map(|error| error.to_string()).collect();
            assert!(faults.is_empty(), "{}: {faults:?}", schema["title"]);
        }
    }
}

#[test]
fn every_example_of_an_order_is_taken() {
    let schemas = schemas("commands");
    assert_eq!(schemas.len(), Command::TYPES.len());
    for (schema, _) in schemas {
        assert_eq!(refused(&schema["examples"][0]), None, "{}", schema["title"]);
    }
}

#[test]
fn schema_and_engine_refuse_the_same_messages() {
    for (schema, validator) in schemas("commands") {
        let good = &schema["examples"][0];
        let with = |pointer: &str, key: &str, value: Option<Value>| {
            let mut message = good.clone();
            let object = message.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
            match value {
                Some(value) => object.insert(key.to_owned(), value),
                None => object.remove(key),
            };
            message
        };
        let mut bad = vec![
            (with("", "specversion", Some(json!("0.3"))), "not-cloudevents"),
            (with("", "id", None), "not-cloudevents"),
            (with("", "id", Some(json!("a\u{1}"))), "not-cloudevents"),
            (with("", "data", Some(json!([]))), "not-cloudevents"),
            (with("", "type", Some(json!("svod.activity.submit.v9"))), "unknown-type"),
            (with("/data", "colour", Some(json!("red"))), "schema"),
        ];
        for field in schema["properties"]["data"]["required"].as_array().unwrap() {
            let field = field.as_str().unwrap();
            bad.push((with("/data", field, None), "schema"));
            bad.push((with("/data", field, Some(json!([[]]))), "schema"));
        }
        for (message, code) in bad {
            assert!(!validator.is_valid(&message), "{}: {message}", schema["title"]);
            assert_eq!(refused(&message), Some(code), "{}: {message}", schema["title"]);
        }
    }
}
