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

/// Checks data of a known type. The first fault in the order of the document is the answer.
pub fn check(kind: &str, data: &Value) -> Result<(), Refusal> {
    let Some(validator) = VALIDATORS.get(kind) else {
        return Err(Refusal::UnknownType { kind: kind.to_owned() });
    };
    // Nearly all data are good, and whether they are is told much faster than what is wrong with them.
    if validator.is_valid(data) {
        return Ok(());
    }
    validator.iter_errors(data).next().map_or(Ok(()), |error| Err(refusal(&error)))
}

fn refusal(error: &ValidationError<'_>) -> Refusal {
    let path = error.instance_path().as_str();
    let (field, fault) = fault(error);
    let pointer = match field {
        Some(field) => format!("/data{path}/{}", field.replace('~', "~0").replace('/', "~1")),
        None => format!("/data{path}"),
    };
    Refusal::Schema { pointer, fault }
}

/// The fault, and the field below the place if it speaks of one.
fn fault(error: &ValidationError<'_>) -> (Option<String>, SchemaFault) {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let here = |fault| (None, fault);
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            (Some(text(property)), SchemaFault::Missing { field: text(property) })
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let field = unexpected.first().cloned().unwrap_or_default();
            (Some(field.clone()), SchemaFault::Unknown { field })
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
