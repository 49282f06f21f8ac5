//! What differs between two states of a record: which fields, from what to what.

use serde::Serialize;
use serde_json::Value;

use super::state::Books;
use crate::EngineError;
use crate::views::{Documents, Projection};

/// What kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A municipality of the register.
    Municipality,
    /// A quarter.
    Quarter,
    /// A nil return.
    NilReturn,
    /// A submission.
    Submission,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It was not there before.
    Added,
    /// It is not there any more.
    Removed,
    /// Fields of it differ.
    Changed,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// JSON Pointer into the record (RFC 6901).
    pub field: String,
    /// What it was; absent if it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// What it is; absent if it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

/// A record that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it is.
    pub what: What,
    /// Its key in the state.
    pub key: String,
    /// What became of it.
    pub kind: Kind,
    /// Of one that was added or removed, every field.
    pub fields: Vec<FieldChange>,
}

impl Change {
    /// The difference of two documents of one record, if there is one.
    pub(crate) fn between<T: Serialize + PartialEq>(
        what: What,
        key: &str,
        before: Option<&T>,
        after: Option<&T>,
    ) -> Result<Option<Self>, EngineError> {
        let kind = match (before, after) {
            (None, None) => return Ok(None),
            (Some(before), Some(after)) if before == after => return Ok(None),
            (None, Some(_)) => Kind::Added,
            (Some(_), None) => Kind::Removed,
            (Some(_), Some(_)) => Kind::Changed,
        };
        let value = |document: Option<&T>| {
            let value = document.map(serde_json::to_value).transpose();
            value.map_err(|source| EngineError::Encode { what: "a document", source })
        };
        let mut fields = vec![];
        compare("", value(before)?.as_ref(), value(after)?.as_ref(), &mut fields);
        Ok(Some(Self { what, key: key.to_owned(), kind, fields }))
    }
}

/// The fields that differ between two values.
pub(crate) fn differences(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut fields = vec![];
    compare("", Some(before), Some(after), &mut fields);
    fields
}

fn compare(pointer: &str, before: Option<&Value>, after: Option<&Value>, fields: &mut Vec<FieldChange>) {
    let empty = Value::Object(serde_json::Map::new());
    match (before, after) {
        _ if before == after => {}
        // A record that is not there has no fields.
        (None, after) if pointer.is_empty() => compare(pointer, Some(&empty), after, fields),
        (before, None) if pointer.is_empty() => compare(pointer, before, Some(&empty), fields),
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                compare(&format!("{pointer}/{name}"), before.get(name), after.get(name), fields);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            for index in 0..before.len().max(after.len()) {
                compare(&format!("{pointer}/{index}"), before.get(index), after.get(index), fields);
            }
        }
        (before, after) => {
            fields.push(FieldChange { field: pointer.to_owned(), from: before.cloned(), to: after.cloned() });
        }
    }
}

/// Everything that differs between two books.
pub(crate) fn between(before: &Books, after: &Books) -> Result<Vec<Change>, EngineError> {
    let mut changes = vec![];
    of_documents(What::Municipality, &before.municipalities, &after.municipalities, &mut changes)?;
    of_documents(What::Quarter, &before.quarters, &after.quarters, &mut changes)?;
    of_documents(What::NilReturn, &before.nil_returns, &after.nil_returns, &mut changes)?;
    of_documents(What::Submission, &before.submissions, &after.submissions, &mut changes)?;
    Ok(changes)
}

fn of_documents<P: Projection<View: PartialEq>>(
    what: What,
    before: &Documents<P>,
    after: &Documents<P>,
    changes: &mut Vec<Change>,
) -> Result<(), EngineError> {
    let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        changes.extend(Change::between(what, key, before.get(key), after.get(key))?);
    }
    Ok(())
}
