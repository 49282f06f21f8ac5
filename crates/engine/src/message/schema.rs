//! Data against the JSON Schema of their type: the same schemas that are published in `docs/contract`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;
use svod_domain::{Command, Refusal, SchemaFault};

static VALIDATORS: LazyLock<BTreeMap<&'static str, Validator>> = LazyLock::new(|| {
    let compile = |schema: &Value| {
        jsonschema::options()
            .should_validate_formats(true)
            .build(schema)
            .expect("the contract's own schemas are checked by a test")
    };
    Command::schemas().iter().map(|(kind, _, schema)| (*kind, compile(schema.as_value()))).collect()
});

/// The schema of the data of a type.
#[must_use]
pub fn schema_of(kind: &str) -> Option<Value> {
    Command::schemas().into_iter().find(|(name, ..)| *name == kind).map(|(_, _, schema)| schema.to_value())
}

/// Checks data of a known type. The faults in the order of the document are the answer.
pub fn check(kind: &str, data: &Value) -> Result<(), Refusal> {
    let Some(validator) = VALIDATORS.get(kind) else {
        return Err(Refusal::UnknownType { kind: kind.to_owned() });
    };
    // Nearly all data are good, and whether they are is told much faster than what is wrong with them.
    if validator.is_valid(data) {
        return Ok(());
    }
    Refusal::of_faults(validator.iter_errors(data).flat_map(|error| faults(&error))).map_or(Ok(()), Err)
}

/// What an error of the validator says, each with its place in the message.
fn faults(error: &ValidationError<'_>) -> Vec<(String, SchemaFault)> {
    let path = error.instance_path().as_str();
    let beneath = |field: &str| format!("/data{path}/{}", field.replace('~', "~0").replace('/', "~1"));
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let unknown = |field: &String| (beneath(field), SchemaFault::Unknown { field: field.clone() });
            unexpected.iter().map(unknown).collect()
        }
        _of_one_place => {
            let (field, fault) = fault(error);
            vec![(field.map_or_else(|| format!("/data{path}"), |field| beneath(&field)), fault)]
        }
    }
}

/// The fault, and the field below the place if it speaks of one.
fn fault(error: &ValidationError<'_>) -> (Option<String>, SchemaFault) {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let here = |fault| (None, fault);
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            (Some(text(property)), SchemaFault::Missing { field: text(property) })
        }
        ValidationErrorKind::Type { kind } => here(SchemaFault::NotOfType { wanted: wanted(kind) }),
        ValidationErrorKind::MinLength { limit } | ValidationErrorKind::MinItems { limit } => {
            here(SchemaFault::TooShort { min: *limit })
        }
        ValidationErrorKind::MaxLength { limit } | ValidationErrorKind::MaxItems { limit } => {
            here(SchemaFault::TooLong { max: *limit })
        }
        ValidationErrorKind::Minimum { limit } | ValidationErrorKind::ExclusiveMinimum { limit } => {
            here(SchemaFault::TooSmall { min: limit.to_string() })
        }
        ValidationErrorKind::Pattern { pattern } => here(SchemaFault::WrongForm { wanted: pattern.clone() }),
        ValidationErrorKind::Format { format } => here(SchemaFault::WrongForm { wanted: format.clone() }),
        ValidationErrorKind::AnyOf { .. } | ValidationErrorKind::OneOfNotValid { .. } => {
            here(SchemaFault::NoAlternative)
        }
        other => here(SchemaFault::Other {
            // Without the value: what was refused is kept for ever, and it may name a person.
            detail: format!("{}: {}", other.keyword(), error.masked()),
        }),
    }
}

fn wanted(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(kind) => kind.to_string(),
        TypeKind::Multiple(kinds) => {
            let names: Vec<String> = kinds.iter().map(|kind| kind.to_string()).collect();
            names.join(" | ")
        }
    }
}
