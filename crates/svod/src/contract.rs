//! The contract with the outside as documents, all of them made from the code: a JSON Schema for every message, the
//! AsyncAPI and OpenAPI documents, the list of reason codes. `docs/contract` keeps a copy, and a test compares.

mod reasons;
mod samples;

use serde_json::{Map, Value, json};
use svod_domain::{Command, Event};
use svod_engine::{RECEIPT_TYPE, receipt_schema};

/// One document: where it stands in the folder, and its text.
pub(crate) struct Document {
    /// With `/` between folders.
    pub(crate) path: String,
    /// Ends with a line break.
    pub(crate) text: String,
}

/// All documents of the contract.
pub(crate) fn documents() -> Vec<Document> {
    let mut documents: Vec<Document> = Command::schemas()
        .into_iter()
        .map(|(kind, purpose, schema)| {
            document(&format!("schemas/commands/{kind}.json"), command(kind, purpose, schema.to_value()))
        })
        .collect();
    documents.extend(Event::schemas().into_iter().map(|(name, meaning, schema)| {
        let kind = format!("svod.event.{name}.v1");
        document(&format!("schemas/events/{kind}.json"), event(name, &kind, meaning, schema.to_value()))
    }));
    documents.push(document(&format!("schemas/{RECEIPT_TYPE}.json"), receipt()));
    documents.push(document("asyncapi.json", svod_amqp::asyncapi()));
    documents.push(document("openapi.json", svod_gateway::openapi_document()));
    documents.push(Document { path: "reasons.md".to_owned(), text: reasons::text() });
    documents
}

fn document(path: &str, value: Value) -> Document {
    let text = serde_json::to_string_pretty(&sorted(value)).expect("JSON can always be written");
    Document { path: path.to_owned(), text: text + "\n" }
}

/// The order of keys must not hang on how the libraries were built.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<(String, Value)> = object.into_iter().collect();
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(entries.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        plain => plain,
    }
}

/// An order as it comes in.
fn command(kind: &str, purpose: &str, data: Value) -> Value {
    let example = samples::command(kind);
    let attributes = json!({
        "id": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": NAME,
                "description": "With `source`, names the message for ever; sent again, it gets the same receipt." },
        "source": { "type": "string", "format": "uri-reference", "minLength": 1, "maxLength": 500, "pattern": NAME },
        "time": { "type": "string", "format": "date-time" },
        "subject": { "type": "string" },
        "datacontenttype": { "type": "string", "pattern": "json" },
    });
    envelope(kind, purpose, attributes, &[], data, example.as_slice())
}

/// No control characters.
const NAME: &str = r"^[^\u0000-\u001f\u007f-\u009f]+$";

/// An event as it is published.
fn event(name: &str, kind: &str, meaning: &str, data: Value) -> Value {
    let attributes = json!({
        "id": { "type": "string", "format": "uuid", "description": "The event's own: the same whenever it is sent." },
        "source": { "type": "string", "minLength": 1 },
        "time": { "type": "string", "format": "date-time", "description": "When it was recorded." },
        "subject": { "type": "string", "description": "The municipality, or else the quarter." },
        "datacontenttype": { "const": "application/json" },
        "position": { "type": "integer", "minimum": 1, "description": "Its place in the log, without gaps." },
        "stream": { "type": "string", "description": "Such as `quarter-2020-Q2`." },
    });
    let required = ["time", "datacontenttype", "position", "stream"];
    envelope(kind, meaning, attributes, &required, data, samples::event(name, kind).as_slice())
}

/// The answer to a message.
fn receipt() -> Value {
    let attributes = json!({
        "id": { "type": "string", "format": "uuid" },
        "source": { "type": "string", "minLength": 1 },
        "time": { "type": "string", "format": "date-time" },
        "subject": { "type": "string", "description": "The sender of the message." },
        "datacontenttype": { "const": "application/json" },
    });
    let purpose = "The answer to one message, for ever the same, byte for byte.";
    envelope(
        RECEIPT_TYPE,
        purpose,
        attributes,
        &["time", "datacontenttype"],
        receipt_schema(),
        &samples::receipts(),
    )
}

/// A CloudEvents 1.0 envelope around data. Extension attributes are allowed, as CloudEvents has it.
fn envelope(
    kind: &str,
    purpose: &str,
    attributes: Value,
    also_required: &[&str],
    mut data: Value,
    examples: &[Value],
) -> Value {
    let definitions = data.as_object_mut().and_then(|data| {
        data.remove("$schema");
        data.remove("$defs")
    });
    let mut properties = Map::from_iter([
        ("specversion".to_owned(), json!({ "const": "1.0" })),
        ("type".to_owned(), json!({ "const": kind })),
        ("data".to_owned(), data),
    ]);
    if let Value::Object(attributes) = attributes {
        properties.extend(attributes);
    }
    let required: Vec<&str> =
        ["specversion", "id", "source", "type", "data"].iter().chain(also_required).copied().collect();
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:svod:schema:{kind}"),
        "title": kind,
        "description": purpose,
        "type": "object",
        "properties": properties,
        "required": required,
        "examples": examples,
    });
    if let Some(definitions) = definitions {
        schema["$defs"] = definitions;
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_has_a_document_with_an_example() {
        let documents = documents();
        let schemas: Vec<Value> = documents
            .iter()
            .filter(|document| document.path.starts_with("schemas/"))
            .map(|document| serde_json::from_str(&document.text).unwrap())
            .collect();
        assert_eq!(schemas.len(), Command::TYPES.len() + Event::KINDS.len() + 1);
        for schema in schemas {
            assert!(!schema["examples"].as_array().unwrap().is_empty(), "{} has no example", schema["title"]);
        }
    }
}
