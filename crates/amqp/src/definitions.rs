//! Definitions for the broker, made from the table: what `deployments/rabbitmq/definitions.json` holds, and how a live
//! broker is compared with it.

use std::collections::BTreeMap;

use base64::Engine as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::topology::{BINDINGS, Binding, COMMANDS, EXCHANGES, QUEUES, Queue, json_object, receipts_of};

/// The virtual host of the committed definitions.
pub const VHOST: &str = "svod";
/// The user that svod itself logs in as.
pub const SERVICE: &str = "svod-service";
/// A municipality and a reviewer, as patterns to make the others by.
const SAMPLES: &[&str] = &["m-66701000", "r-office"];
/// Nobody can log in with an empty hash: passwords are set on the broker, or senders come with certificates.
const NO_PASSWORD: &str = "";
/// Matches nothing: names are never empty.
const NOTHING: &str = "^$";

/// The committed definitions: the whole topology, svod's own user without the right to declare, and two senders.
#[must_use]
pub fn definitions() -> Value {
    definitions_of(VHOST, SAMPLES)
}

/// Definitions for a virtual host and its senders.
#[must_use]
pub fn definitions_of(vhost: &str, senders: &[&str]) -> Value {
    let own: Vec<(Queue, Binding)> = senders.iter().filter_map(|sender| receipts_of(sender)).collect();
    let queues = QUEUES.iter().chain(own.iter().map(|(queue, _)| queue));
    let bindings = BINDINGS.iter().chain(own.iter().map(|(_, binding)| binding));
    let users = std::iter::once(&SERVICE).chain(senders);
    let exchanges = EXCHANGES.iter().map(|exchange| {
        json!({
            "name": exchange.name, "vhost": vhost, "type": exchange.routing.as_str(), "durable": true,
            "auto_delete": false, "internal": false, "arguments": json_object(exchange.arguments),
        })
    });
    let permissions = std::iter::once(service_permission(vhost))
        .chain(senders.iter().map(|sender| sender_permission(vhost, sender)));
    json!({
        "vhosts": [{"name": vhost}],
        "users": users.map(|user| user_of(user)).collect::<Value>(),
        "permissions": permissions.collect::<Value>(),
        "topic_permissions": senders.iter().map(|sender| topic_permission(vhost, sender)).collect::<Value>(),
        "exchanges": exchanges.collect::<Value>(),
        "queues": queues.map(|queue| queue_of(vhost, queue)).collect::<Value>(),
        "bindings": bindings.map(|binding| binding_of(vhost, binding)).collect::<Value>(),
        "policies": [],
        "parameters": [],
    })
}

/// What the broker needs for one more sender, whose user is there already: a definition of the user would take its password
/// away. `None`: the name cannot be a queue's.
#[must_use]
pub fn sender_definitions(vhost: &str, sender: &str) -> Option<Value> {
    let (queue, binding) = receipts_of(sender)?;
    Some(json!({
        "permissions": [sender_permission(vhost, sender)],
        "topic_permissions": [topic_permission(vhost, sender)],
        "queues": [queue_of(vhost, &queue)],
        "bindings": [binding_of(vhost, &binding)],
    }))
}

/// The file, as it is committed.
#[must_use]
pub fn definitions_text() -> String {
    let text =
        serde_json::to_string_pretty(&definitions()).expect("a value of strings can always be written");
    text + "\n"
}

fn user_of(name: &str) -> Value {
    json!({
        "name": name, "password_hash": NO_PASSWORD,
        "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": "", "limits": {},
    })
}

/// svod takes commands and dead letters, and sends receipts and events; `amq.default` leads to senders who wait for
/// their receipt on their own connection. It declares nothing: the definitions do.
fn service_permission(vhost: &str) -> Value {
    json!({
        "user": SERVICE, "vhost": vhost, "configure": NOTHING,
        "write": r"^(svod\.receipts|svod\.events|amq\.default)$",
        "read": r"^(svod\.intake|svod\.quarantine)$",
    })
}

fn sender_permission(vhost: &str, sender: &str) -> Value {
    let read = format!(r"^svod\.receipts\.{}$", sender.replace('.', r"\."));
    json!({"user": sender, "vhost": vhost, "configure": NOTHING, "write": r"^svod\.commands$", "read": read})
}

/// Holds a sender to keys that end in its own name. RabbitMQ 3.10 does not apply it to `CC` and `BCC` headers; svod
/// refuses messages with them, and trusts only the validated `user_id`.
fn topic_permission(vhost: &str, sender: &str) -> Value {
    json!({
        "user": sender, "vhost": vhost, "exchange": COMMANDS,
        "write": r"^[a-z]+\.[a-z]+\.{username}$", "read": NOTHING,
    })
}

fn queue_of(vhost: &str, queue: &Queue) -> Value {
    json!({
        "name": queue.name, "vhost": vhost, "durable": true, "auto_delete": false,
        "arguments": json_object(queue.arguments),
    })
}

fn binding_of(vhost: &str, binding: &Binding) -> Value {
    json!({
        "source": binding.exchange, "vhost": vhost, "destination": binding.queue, "destination_type": "queue",
        "routing_key": binding.key, "arguments": {},
    })
}

/// The hash that definitions hold in place of a password: Base64 of salt and SHA-256 of salt and password. The salt
/// must be from chance.
#[must_use]
pub fn password_hash(password: &str, salt: [u8; 4]) -> String {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(password);
    let salted = [&salt[..], &hash.finalize()].concat();
    base64::engine::general_purpose::STANDARD.encode(salted)
}

/// Where a live broker's export (`GET /api/definitions` or `/api/definitions/VHOST`) differs from the wanted
/// definitions, one line each. Things that are not svod's are not looked at.
#[must_use]
pub fn differences(live: &Value, wanted: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for kind in ["exchanges", "queues", "bindings"] {
        let (live, wanted) = (things(live, kind), things(wanted, kind));
        for (name, thing) in &wanted {
            match live.get(name) {
                None => lines.push(format!("{kind}: {name} is missing")),
                Some(other) if other != thing => {
                    lines.push(format!("{kind}: {name} is {other}, wanted is {thing}"));
                }
                Some(_same) => {}
            }
        }
        for name in live.keys().filter(|name| !wanted.contains_key(*name)) {
            lines.push(format!("{kind}: {name} is not in the definitions"));
        }
    }
    lines
}

/// svod's own things by name, without the virtual host, which an export of one leaves out.
fn things(definitions: &Value, kind: &str) -> BTreeMap<String, Value> {
    let text = |thing: &Value, field: &str| thing[field].as_str().unwrap_or_default().to_owned();
    let named = |thing: &Value| {
        let ends = [text(thing, "source"), text(thing, "routing_key"), text(thing, "destination")];
        let name = if kind == "bindings" { ends.join(" ") } else { text(thing, "name") };
        let mut thing = thing.clone();
        thing.as_object_mut().map(|fields| fields.remove("vhost"));
        (name, thing)
    };
    let all = definitions[kind].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().map(named).filter(|(name, _)| name.starts_with("svod.")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_definitions_are_those_of_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deployments/rabbitmq/definitions.json");
        if std::env::var_os("SVOD_WRITE_FILES").is_some() {
            std::fs::write(path, definitions_text()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap();
        assert!(
            committed == definitions_text(),
            "deployments/rabbitmq/definitions.json is stale: run this test with SVOD_WRITE_FILES=1"
        );
    }

    #[test]
    fn nobody_can_log_in_by_the_committed_definitions_alone() {
        for user in definitions()["users"].as_array().unwrap() {
            assert_eq!(user["password_hash"], "", "{user}");
        }
    }

    #[test]
    fn a_password_is_hashed_as_the_broker_does_it() {
        // From RabbitMQ's documentation on passwords: salt 908D C60A, password «test12».
        let hash = password_hash("test12", [0x90, 0x8D, 0xC6, 0x0A]);
        assert_eq!(hash, "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR");
    }

    #[test]
    fn a_difference_is_seen_and_what_is_not_ours_is_not() {
        let wanted = definitions();
        assert!(differences(&wanted, &wanted).is_empty());
        let mut live = wanted.clone();
        live["queues"][0]["arguments"]["x-delivery-limit"] = json!(3);
        live["bindings"].as_array_mut().unwrap().remove(0);
        live["exchanges"].as_array_mut().unwrap().push(json!({"name": "theirs"}));
        live["queues"].as_array_mut().unwrap().push(json!({"name": "svod.old"}));
        let lines = differences(&live, &wanted);
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[0].starts_with("queues: svod.intake is "), "{lines:?}");
    }
}
