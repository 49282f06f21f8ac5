//! The one table of exchanges, queues and bindings. What svod declares, what `deployments/rabbitmq/definitions.json`
//! holds and what the AsyncAPI document says are all made from it.

use std::borrow::Cow;

use lapin::types::{AMQPValue, FieldTable};
use serde_json::Value;

/// Commands come in here.
pub const COMMANDS: &str = "svod.commands";
/// Takes commands that no binding of [`COMMANDS`] matches.
pub const UNROUTED: &str = "svod.unrouted";
/// Domain events go out here.
pub const EVENTS: &str = "svod.events";
/// Receipts go out here.
pub const RECEIPTS: &str = "svod.receipts";
/// What cannot be handled goes through here to [`DEAD`] and [`QUARANTINE`].
pub const DEAD_LETTERS: &str = "svod.dlx";
/// The queue of commands.
pub const INTAKE: &str = "svod.intake";
/// What could not be handled, kept for operators.
pub const DEAD: &str = "svod.dead";
/// What could not be handled, on its way into the ledger's quarantine.
pub const QUARANTINE: &str = "svod.quarantine";

/// How often a command is tried before it is dead-lettered. RabbitMQ 3.10 counts every return to the queue alike, the
/// loss of a connection too, so the number leaves room for bad luck; 4.x has the same default.
pub const DELIVERY_LIMIT: i64 = 20;
/// Bytes of commands that may wait; beyond it publishers are nacked and try again. An hour of a country at full speed.
const INTAKE_BYTES_MAX: i64 = 2 << 30;
/// Bytes that may wait for the quarantine; beyond it they stay in the intake queue.
const QUARANTINE_BYTES_MAX: i64 = 1 << 30;
/// Messages kept for operators; the oldest leave first. The ledger's quarantine has them all.
const DEAD_MESSAGES_MAX: i64 = 100_000;
/// Receipts kept for one sender who does not read them; the oldest leave first. The ledger has them all.
const RECEIPTS_MAX: i64 = 100_000;
/// Receipts are kept for a sender for 90 days: a quarter.
const RECEIPTS_TTL_MS: i64 = 90 * 24 * 60 * 60 * 1_000;
/// Longest name of a sender that gets a queue: with the prefix it must fit into a short string of 255 bytes.
const SENDER_BYTES_MAX: usize = 200;

/// How an exchange routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Routing {
    /// By patterns of the routing key.
    Topic,
    /// To every queue that is bound.
    Fanout,
}

impl Routing {
    /// The broker's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Fanout => "fanout",
        }
    }
}

/// The value of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A word.
    Text(&'static str),
    /// A number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

impl Argument {
    fn to_amqp(self) -> AMQPValue {
        match self {
            Self::Text(text) => AMQPValue::LongString(text.into()),
            Self::Number(number) => AMQPValue::LongLongInt(number),
            Self::Flag(flag) => AMQPValue::Boolean(flag),
        }
    }

    fn to_json(self) -> Value {
        match self {
            Self::Text(text) => text.into(),
            Self::Number(number) => number.into(),
            Self::Flag(flag) => flag.into(),
        }
    }
}

/// Arguments of an exchange or a queue, by name.
pub type Arguments = &'static [(&'static str, Argument)];

/// As the client library takes them.
pub(crate) fn field_table(arguments: Arguments) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in arguments {
        table.insert((*name).into(), value.to_amqp());
    }
    table
}

/// As the broker's definitions hold them.
pub(crate) fn json_object(arguments: Arguments) -> Value {
    arguments.iter().map(|(name, value)| ((*name).to_owned(), value.to_json())).collect()
}

/// A durable exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Its name.
    pub name: &'static str,
    /// How it routes.
    pub routing: Routing,
    /// Its arguments.
    pub arguments: Arguments,
    /// What it is for.
    pub purpose: &'static str,
}

/// A durable quorum queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its arguments.
    pub arguments: Arguments,
    /// What it is for.
    pub purpose: &'static str,
}

/// A binding of a queue to an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// From which exchange.
    pub exchange: &'static str,
    /// To which queue.
    pub queue: Cow<'static, str>,
    /// Pattern of the routing key.
    pub key: Cow<'static, str>,
}

/// Every exchange, in the order of declaring.
pub const EXCHANGES: &[Exchange] = &[
    Exchange {
        name: DEAD_LETTERS,
        routing: Routing::Fanout,
        arguments: &[],
        purpose: "Commands that could not be read or handled.",
    },
    Exchange {
        name: UNROUTED,
        routing: Routing::Fanout,
        arguments: &[],
        purpose: "Commands that no queue was bound for.",
    },
    Exchange {
        name: COMMANDS,
        routing: Routing::Topic,
        arguments: &[("alternate-exchange", Argument::Text(UNROUTED))],
        purpose: "Commands, under <area>.<verb>.<sender>.",
    },
    Exchange {
        name: RECEIPTS,
        routing: Routing::Topic,
        arguments: &[],
        purpose: "The answer to every command, under receipt.<sender>.",
    },
    Exchange {
        name: EVENTS,
        routing: Routing::Topic,
        arguments: &[],
        purpose: "What has happened, in order, under event.<name>.<municipality or ->.",
    },
];

/// Every queue but those of single senders.
pub const QUEUES: &[Queue] = &[
    Queue {
        name: Cow::Borrowed(INTAKE),
        arguments: &[
            ("x-queue-type", Argument::Text("quorum")),
            ("x-single-active-consumer", Argument::Flag(true)),
            ("x-delivery-limit", Argument::Number(DELIVERY_LIMIT)),
            ("x-dead-letter-exchange", Argument::Text(DEAD_LETTERS)),
            ("x-dead-letter-strategy", Argument::Text("at-least-once")),
            ("x-overflow", Argument::Text("reject-publish")),
            ("x-max-length-bytes", Argument::Number(INTAKE_BYTES_MAX)),
        ],
        purpose: "Commands that wait for their answer.",
    },
    Queue {
        name: Cow::Borrowed(DEAD),
        arguments: &[
            ("x-queue-type", Argument::Text("quorum")),
            ("x-max-length", Argument::Number(DEAD_MESSAGES_MAX)),
            ("x-overflow", Argument::Text("drop-head")),
        ],
        purpose: "What could not be handled, for operators. svod never consumes it.",
    },
    // What breaks even the client library (a property that is not UTF-8) can never reach the ledger: after the limit
    // it leaves this queue, and its copy in `svod.dead` is what the operators have of it.
    Queue {
        name: Cow::Borrowed(QUARANTINE),
        arguments: &[
            ("x-queue-type", Argument::Text("quorum")),
            ("x-delivery-limit", Argument::Number(DELIVERY_LIMIT)),
            ("x-max-length-bytes", Argument::Number(QUARANTINE_BYTES_MAX)),
            ("x-overflow", Argument::Text("reject-publish")),
        ],
        purpose: "What could not be handled, on its way into the quarantine of the ledger.",
    },
];

/// Every binding but those of single senders.
pub const BINDINGS: &[Binding] = &[
    bound(COMMANDS, INTAKE, "#"),
    bound(DEAD_LETTERS, DEAD, ""),
    bound(DEAD_LETTERS, QUARANTINE, ""),
    bound(UNROUTED, DEAD, ""),
    bound(UNROUTED, QUARANTINE, ""),
];

const fn bound(exchange: &'static str, queue: &'static str, key: &'static str) -> Binding {
    Binding { exchange, queue: Cow::Borrowed(queue), key: Cow::Borrowed(key) }
}

const RECEIPT_ARGUMENTS: Arguments = &[
    ("x-queue-type", Argument::Text("quorum")),
    ("x-max-length", Argument::Number(RECEIPTS_MAX)),
    ("x-message-ttl", Argument::Number(RECEIPTS_TTL_MS)),
];

/// The queue of one sender's receipts and its binding. `None`: the name holds something that would mean more than
/// itself in a pattern (`#`, `*`), or is too long; broker users are named by operators, who do not do that.
#[must_use]
pub fn receipts_of(sender: &str) -> Option<(Queue, Binding)> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte);
    if sender.is_empty() || sender.len() > SENDER_BYTES_MAX || !sender.bytes().all(plain) {
        return None;
    }
    let name: Cow<'static, str> = format!("{RECEIPTS}.{sender}").into();
    let binding = Binding { exchange: RECEIPTS, queue: name.clone(), key: receipt_key(sender).into() };
    Some((Queue { name, arguments: RECEIPT_ARGUMENTS, purpose: "Receipts of one sender." }, binding))
}

/// The routing key of a sender's receipts.
#[must_use]
pub fn receipt_key(sender: &str) -> String {
    format!("receipt.{sender}")
}

/// The routing key of a command: `svod.activity.submit.v1` of `m-66701000` goes under `activity.submit.m-66701000`.
/// What names no type of the contract goes under `message.unknown`, where svod's answer says what is wrong.
#[must_use]
pub fn command_key(kind: &str, sender: &str) -> String {
    let parts: Vec<&str> = kind.split('.').collect();
    let word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match parts[..] {
        ["svod", area, verb, _version] if word(area) && word(verb) => format!("{area}.{verb}.{sender}"),
        _ => format!("message.unknown.{sender}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_goes_under_its_area_verb_and_sender() {
        assert_eq!(command_key("svod.activity.submit.v1", "m-66701000"), "activity.submit.m-66701000");
        for odd in ["", "svod.activity.v1", "svod.Activity.submit.v1", "other.activity.submit.v1"] {
            assert_eq!(command_key(odd, "m-1"), "message.unknown.m-1", "{odd}");
        }
    }

    #[test]
    fn a_name_that_is_a_pattern_gets_no_queue() {
        for name in ["#", "m.*", "", "a b", "я"] {
            assert!(receipts_of(name).is_none(), "{name}");
        }
        assert!(receipts_of(&"m".repeat(SENDER_BYTES_MAX + 1)).is_none());
    }

    #[test]
    fn a_sender_s_queue_gets_its_receipts_and_nobody_else_s() {
        let (queue, binding) = receipts_of("m-66701000").unwrap();
        assert_eq!(queue.name, "svod.receipts.m-66701000");
        assert_eq!(binding.key, "receipt.m-66701000");
    }

    #[test]
    fn every_binding_joins_things_of_the_table() {
        for binding in BINDINGS {
            assert!(EXCHANGES.iter().any(|exchange| exchange.name == binding.exchange), "{binding:?}");
            assert!(QUEUES.iter().any(|queue| queue.name == binding.queue), "{binding:?}");
        }
    }
}
