//! The AsyncAPI 3.0 document: the same messages, schemas and table that the code runs on, for those who write clients.

use serde_json::{Map, Value, json};
use svod_domain::{Command, Event};
use svod_engine::{RECEIPT_TYPE, receipt_schema};

use crate::events::event_type;
use crate::publisher::CONTENT_TYPE;
use crate::topology::{COMMANDS, EVENTS, EXCHANGES, RECEIPTS, receipts_of};

/// Version of AsyncAPI's bindings for AMQP 0-9-1.
const BINDING: &str = "0.3.0";
/// The dialect of the schemas.
const SCHEMA_FORMAT: &str = "application/schema+json;version=draft-2020-12";
/// A message of every kind, in the words of real ones.
const EXAMPLES: &str = include_str!("../data/examples.json");
/// The shape that events are written in now.
const EVENT_SCHEMA: u16 = 1;
/// A sender, where the document needs one.
const SAMPLE_SENDER: &str = "m-66701000";

/// The document.
#[must_use]
pub fn asyncapi() -> Value {
    let mut document =
        Document { examples: serde_json::from_str(EXAMPLES).unwrap_or_default(), ..Document::default() };
    let mut commands = Vec::new();
    for (kind, purpose, schema) in Command::schemas() {
        commands.push(document.message(
            &Described { kind, example: ("commands", kind), purpose },
            schema.to_value(),
            &[],
        ));
    }
    let purpose = "The answer to one message, the same bytes for ever.";
    let kind = Described { kind: RECEIPT_TYPE, example: ("receipts", "recorded"), purpose };
    let receipts = vec![document.message(&kind, receipt_schema(), &[])];
    let mut events = Vec::new();
    for (name, purpose, schema) in Event::schemas() {
        let kind = event_type(name, EVENT_SCHEMA);
        let kind = Described { kind: &kind, example: ("events", name), purpose };
        events.push(document.message(&kind, schema.to_value(), &["position", "stream"]));
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "svod",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Quarterly reports of municipalities: commands in, a receipt for each, events out.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            "commands": exchange_channel(COMMANDS, "{area}.{verb}.{sender}", &commands),
            "receipts": exchange_channel(RECEIPTS, "receipt.{sender}", &receipts),
            "events": exchange_channel(EVENTS, "event.{name}.{municipality}", &events),
            "ownReceipts": own_queue_channel(&receipts),
        },
        "operations": operations(),
        "components": {"messages": document.messages, "schemas": document.schemas},
    })
}

/// The parts that are gathered while messages are described.
#[derive(Default)]
struct Document {
    examples: Value,
    messages: Map<String, Value>,
    schemas: Map<String, Value>,
}

struct Described<'a> {
    kind: &'a str,
    example: (&'a str, &'a str),
    purpose: &'a str,
}

impl Document {
    /// Describes a message of this type with these data, and returns its name in the document.
    fn message(&mut self, kind: &Described<'_>, data: Value, extensions: &[&str]) -> String {
        let name = camel(kind.kind);
        let data = self.schema(&format!("{name}Data"), data);
        let envelope = format!("{name}Envelope");
        self.schemas.insert(envelope.clone(), envelope_schema(kind.kind, &data, extensions));
        let mut message = json!({
            "name": kind.kind,
            "title": kind.purpose,
            "contentType": CONTENT_TYPE,
            "correlationId": {"location": "$message.header#/correlation_id"},
            "payload": {"schemaFormat": SCHEMA_FORMAT, "schema": reference("schemas", &envelope)},
            "bindings": {"amqp": {"messageType": kind.kind, "bindingVersion": BINDING}},
        });
        let examples = self.examples_of(kind, extensions);
        if !examples.is_empty() {
            message["examples"] = examples.into();
        }
        self.messages.insert(name.clone(), message);
        name
    }

    fn examples_of(&self, kind: &Described<'_>, extensions: &[&str]) -> Vec<Value> {
        let (group, name) = kind.example;
        let Some(data) = self.examples[group].get(name) else { return vec![] };
        let mut payload = json!({
            "specversion": "1.0",
            "id": "5f3a1c9e",
            "source": if group == "commands" { "/municipality/66701000" } else { "svod" },
            "type": kind.kind,
            "time": "2020-07-06T09:12:44.120517Z",
            "datacontenttype": "application/json",
            "data": data,
        });
        if !extensions.is_empty() {
            payload["position"] = json!(1_204);
            payload["stream"] = json!("submission-0192f0c1-5c1e-7a52-9d4c-3f6b8a1e2d01");
        }
        vec![json!({"name": name, "payload": payload})]
    }

    /// Keeps a schema, with what it refers to beside it: a reference in the document begins at the document's root.
    fn schema(&mut self, name: &str, mut schema: Value) -> String {
        if let Some(fields) = schema.as_object_mut() {
            fields.remove("$schema");
            let parts = fields.remove("$defs");
            for (part, schema) in parts.into_iter().filter_map(|parts| parts.as_object().cloned()).flatten() {
                self.schemas.insert(part, rooted(schema));
            }
        }
        self.schemas.insert(name.to_owned(), rooted(schema));
        name.to_owned()
    }
}

/// The same schema with references to the document's components.
fn rooted(schema: Value) -> Value {
    match schema {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| match (name.as_str(), value.as_str()) {
                ("$ref", Some(target)) => (name, target.replace("#/$defs/", "#/components/schemas/").into()),
                _other => (name, rooted(value)),
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(rooted).collect(),
        plain => plain,
    }
}

fn envelope_schema(kind: &str, data: &str, extensions: &[&str]) -> Value {
    let mut schema = json!({
        "type": "object",
        "description": "A CloudEvents 1.0 event in structured mode. id and source identify the message for ever.",
        "required": ["specversion", "id", "source", "type", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "minLength": 1, "maxLength": 255},
            "source": {"type": "string", "minLength": 1, "maxLength": 500, "format": "uri-reference"},
            "type": {"const": kind},
            "subject": {"type": "string"},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "data": reference("schemas", data),
        },
    });
    for extension in extensions {
        let of = if *extension == "position" {
            json!({"type": "integer", "minimum": 1})
        } else {
            json!({"type": "string"})
        };
        schema["properties"][*extension] = of;
        if let Some(required) = schema["required"].as_array_mut() {
            required.push((*extension).into());
        }
    }
    schema
}

fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

fn messages_of(names: &[String]) -> Value {
    names.iter().map(|name| (name.clone(), reference("messages", name))).collect()
}

fn exchange_channel(exchange: &str, address: &str, messages: &[String]) -> Value {
    let described = EXCHANGES.iter().find(|described| described.name == exchange);
    let (purpose, routing) = described.map_or(("", ""), |found| (found.purpose, found.routing.as_str()));
    let words = address.split('.');
    let names = words.filter_map(|word| word.strip_prefix('{').and_then(|word| word.strip_suffix('}')));
    let parameters = names.map(|name| {
        let description = match name {
            "sender" => "The broker user's name, which is the principal's.",
            "municipality" => "OKTMO code, or - for an event of no municipality.",
            "area" => "Second word of the type.",
            "verb" => "Third word of the type.",
            _name => "The event's name in the log.",
        };
        (name.to_owned(), json!({"description": description}))
    });
    json!({
        "address": address,
        "description": purpose,
        "parameters": parameters.collect::<Value>(),
        "messages": messages_of(messages),
        "bindings": {"amqp": {
            "is": "routingKey",
            "exchange": {"name": exchange, "type": routing, "durable": true, "autoDelete": false, "vhost": "/"},
            "bindingVersion": BINDING,
        }},
    })
}

/// The queue that keeps a sender's receipts for it.
fn own_queue_channel(messages: &[String]) -> Value {
    let own = receipts_of(SAMPLE_SENDER).map(|(queue, _)| queue.name);
    json!({
        "address": format!("{RECEIPTS}.{{sender}}"),
        "description": "A sender's own durable queue of receipts.",
        "parameters": {"sender": {"description": "The broker user's name, which is the principal's."}},
        "messages": messages_of(messages),
        "bindings": {"amqp": {
            "is": "queue",
            "queue": {"name": own, "durable": true, "exclusive": false, "autoDelete": false, "vhost": "/"},
            "bindingVersion": BINDING,
        }},
    })
}

fn operations() -> Value {
    let channel = |name: &str| json!({"$ref": format!("#/channels/{name}")});
    let publishing = json!({"amqp": {"deliveryMode": 2, "bindingVersion": BINDING}});
    json!({
        "answer": {
            "action": "receive",
            "title": "svod takes a command and answers it with exactly one receipt",
            "description": "user_id must be the sender's. CC, BCC and x- headers are refused.",
            "channel": channel("commands"),
            "bindings": {"amqp": {"ack": true, "bindingVersion": BINDING}},
            "reply": {"channel": channel("receipts")},
        },
        "publishEvent": {
            "action": "send",
            "title": "svod tells what has happened, in order, at least once",
            "channel": channel("events"),
            "bindings": publishing,
        },
        "keepReceipt": {
            "action": "send",
            "title": "A receipt waits for its sender",
            "channel": channel("ownReceipts"),
            "bindings": publishing,
        },
    })
}

/// `svod.activity.submit.v1` as a name of the document: `ActivitySubmitV1`.
fn camel(kind: &str) -> String {
    let words = kind.strip_prefix("svod.").unwrap_or(kind).split(['.', '-']);
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    words.map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(document: &Value, name: &str, payload: &Value) -> Result<(), String> {
        let mut schema = document.clone();
        schema["$ref"] = format!("#/components/schemas/{name}Envelope").into();
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        validator.validate(payload).map_err(|error| format!("{name}: {error} at {}", error.instance_path()))
    }

    #[test]
    fn every_example_is_valid_and_every_command_has_one() {
        let document = asyncapi();
        let messages = document["components"]["messages"].as_object().unwrap();
        for (name, message) in messages {
            for example in message["examples"].as_array().into_iter().flatten() {
                check(&document, name, &example["payload"]).unwrap();
            }
        }
        let has_one = |kind: &&&str| messages[&camel(kind)]["examples"].is_array();
        assert_eq!(Command::TYPES.iter().filter(has_one).count(), Command::TYPES.len());
    }

    #[test]
    fn an_example_with_a_foreign_type_a_missing_field_or_a_wrong_one_is_not_valid() {
        let document = asyncapi();
        for (name, message) in document["components"]["messages"].as_object().unwrap() {
            let Some(example) = message["examples"].as_array().map(|examples| &examples[0]["payload"]) else {
                continue;
            };
            let mut wrong = [example.clone(), example.clone(), example.clone()];
            wrong[0]["type"] = json!("svod.other.v1");
            wrong[1].as_object_mut().unwrap().remove("data");
            wrong[2]["data"] = json!({});
            for payload in wrong {
                assert!(check(&document, name, &payload).is_err(), "{name}: {payload}");
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(fields) => {
                    if let Some(Value::String(target)) = fields.get("$ref") {
                        found.push(target.clone());
                    }
                    fields.values().for_each(|value| references(value, found));
                }
                Value::Array(items) => items.iter().for_each(|value| references(value, found)),
                _plain => {}
            }
        }
        let document = asyncapi();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 60);
        for target in found {
            assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
        }
    }

    #[test]
    fn two_schemas_of_one_name_are_one_schema() {
        let mut seen: Map<String, Value> = Map::new();
        let all =
            Command::schemas().into_iter().chain(Event::schemas()).map(|(_, _, schema)| schema.to_value());
        for schema in all.chain([receipt_schema()]) {
            for (name, part) in schema["$defs"].as_object().into_iter().flatten() {
                let earlier = seen.entry(name.clone()).or_insert_with(|| part.clone());
                assert_eq!(earlier, part, "{name}");
            }
        }
    }
}
