//! What a delivery says beside its body, read without the database: who sent it, where its receipt goes, what of it is
//! kept in the quarantine.

use jiff::Timestamp;
use lapin::message::Delivery;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use serde_json::{Map, Value, json};
use svod_log::Quarantined;

use crate::topology::{INTAKE, receipt_key};

/// Headers that quorum queues write over whatever the sender put there, on every delivery after the first. svod reads
/// nothing from them, so a sender's own is harmless, and ignoring it on every delivery keeps the answers alike.
const COUNTS_OF_BROKER: &[&str] = &["x-delivery-count", "x-acquired-count"];
/// Headers that dead lettering adds.
const DEATHS: &[&str] = &["x-death", "x-first-death-", "x-last-death-"];
/// How the broker names the sender's own place on its connection, once it has put its token in.
const DIRECT_REPLY: &str = "amq.rabbitmq.reply-to.";
/// In place of a sender who cannot be told.
const NOBODY: &str = "-";
/// What the refusal calls a routing key that names another sender.
const ROUTING_KEY: &str = "routing key";

/// Who sent a message, as far as the broker says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The validated user.
    User(String),
    /// The broker names nobody.
    Nobody,
    /// Something that only a broker may set is set, or the key names another sender.
    Forbidden {
        /// The validated user, if there is one.
        user: Option<String>,
        /// What is not allowed.
        header: String,
    },
}

/// Who sent it. The validated `user_id` is the only witness; the routing key must not contradict it.
pub(crate) fn claim(delivery: &Delivery) -> Claim {
    let user = user(delivery);
    if let Some(header) = forbidden_header(delivery) {
        return Claim::Forbidden { user, header };
    }
    match user {
        Some(user) if named_by_key(delivery.routing_key.as_str()).is_some_and(|named| named != user) => {
            Claim::Forbidden { user: Some(user), header: ROUTING_KEY.to_owned() }
        }
        Some(user) => Claim::User(user),
        None => Claim::Nobody,
    }
}

/// The validated user. The broker checks the property when it is there, but does not ask for it.
pub(crate) fn user(delivery: &Delivery) -> Option<String> {
    text(delivery.properties.user_id().as_ref()).filter(|user| !user.is_empty())
}

fn text(property: Option<&ShortString>) -> Option<String> {
    property.map(|text| text.as_str().to_owned())
}

fn headers(delivery: &Delivery) -> impl Iterator<Item = (&str, &AMQPValue)> {
    let table = delivery.properties.headers().as_ref();
    table.into_iter().flat_map(FieldTable::inner).map(|(name, value)| (name.as_str(), value))
}

/// `BCC` is here for completeness: the broker takes it out before it delivers.
fn forbidden_header(delivery: &Delivery) -> Option<String> {
    let forbidden = |name: &str| {
        let lower = name.to_ascii_lowercase();
        let of_broker = COUNTS_OF_BROKER.contains(&lower.as_str());
        (lower == "cc" || lower == "bcc" || lower.starts_with("x-")) && !of_broker
    };
    headers(delivery).map(|(name, _)| name).find(|name| forbidden(name)).map(str::to_owned)
}

/// The sender's part of `<area>.<verb>.<sender>`. A key of another form names nobody.
fn named_by_key(key: &str) -> Option<&str> {
    let mut parts = key.splitn(3, '.');
    let _area = parts.next()?;
    let _verb = parts.next()?;
    parts.next()
}

/// Where the receipt of a message goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReplyRoute {
    /// Routing key on the exchange of receipts.
    pub(crate) key: String,
    /// The sender's own place on its connection, if it asked for the receipt there.
    pub(crate) direct: Option<ShortString>,
    /// What the receipt is matched by.
    pub(crate) correlation_id: Option<ShortString>,
}

/// The receipt's way back to `sender`. A `reply_to` that names the sender's own durable queue asks for what happens
/// anyway; one that names anything else is ignored.
pub(crate) fn reply_route(delivery: &Delivery, sender: Option<&str>) -> ReplyRoute {
    let properties = &delivery.properties;
    let direct =
        properties.reply_to().as_ref().filter(|reply_to| reply_to.as_str().starts_with(DIRECT_REPLY));
    let correlation_id = properties.correlation_id().as_ref().or(properties.message_id().as_ref());
    ReplyRoute {
        key: receipt_key(sender.unwrap_or(NOBODY)),
        direct: direct.cloned(),
        correlation_id: correlation_id.cloned(),
    }
}

/// Why a message came to the quarantine queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    /// Intake could not read it, has kept it, and has sent its receipt.
    Rejected,
    /// Its handling broke until the limit of deliveries.
    GaveUp,
    /// No queue was bound for it.
    Unrouted,
}

/// The latest entry of the broker's own `x-death`. Nobody but the broker publishes to the exchange of dead letters, and
/// it puts its newest entry first whatever a sender wrote there.
pub(crate) fn death(delivery: &Delivery) -> Death {
    let deaths = headers(delivery).find(|(name, _)| *name == "x-death");
    let Some((_, AMQPValue::FieldArray(deaths))) = deaths else { return Death::Unrouted };
    let Some(AMQPValue::FieldTable(latest)) = deaths.as_slice().first() else { return Death::Unrouted };
    let says = |key: &str, wanted: &str| match latest.inner().get(key) {
        Some(AMQPValue::LongString(text)) => text.as_bytes() == wanted.as_bytes(),
        _other => false,
    };
    match (says("queue", INTAKE), says("reason", "rejected")) {
        (true, true) => Death::Rejected,
        (true, false) => Death::GaveUp,
        (false, _) => Death::Unrouted,
    }
}

/// The row of the quarantine. A message has the same row whether it comes from intake or by dead lettering, so that it
/// is kept once: what dead lettering adds (`x-death`) and takes (`expiration`) is left out.
pub(crate) fn quarantined(delivery: &Delivery, cause: &str, at: Timestamp) -> Quarantined {
    Quarantined {
        number: 0,
        at,
        cause: cause.to_owned(),
        sender: user(delivery),
        headers: described(delivery).to_string(),
        body: delivery.data.clone(),
        resent_at: None,
    }
}

fn described(delivery: &Delivery) -> Value {
    let properties = &delivery.properties;
    let mut out = Map::new();
    out.insert("routing_key".to_owned(), delivery.routing_key.as_str().into());
    let texts = [
        ("app_id", properties.app_id()),
        ("content_encoding", properties.content_encoding()),
        ("content_type", properties.content_type()),
        ("correlation_id", properties.correlation_id()),
        ("message_id", properties.message_id()),
        ("reply_to", properties.reply_to()),
        ("type", properties.kind()),
        ("user_id", properties.user_id()),
    ];
    for (name, property) in texts {
        if let Some(text) = property {
            out.insert(name.to_owned(), text.as_str().into());
        }
    }
    if let Some(timestamp) = properties.timestamp() {
        out.insert("timestamp".to_owned(), (*timestamp).into());
    }
    let kept =
        |name: &str| !COUNTS_OF_BROKER.contains(&name) && !DEATHS.iter().any(|death| name.starts_with(death));
    let own: Map<String, Value> = headers(delivery)
        .filter(|(name, _)| kept(name))
        .map(|(name, value)| (name.to_owned(), plain(value)))
        .collect();
    if !own.is_empty() {
        out.insert("headers".to_owned(), own.into());
    }
    Value::Object(out)
}

/// A header's value for people.
fn plain(value: &AMQPValue) -> Value {
    match value {
        AMQPValue::Boolean(flag) => (*flag).into(),
        AMQPValue::ShortShortInt(number) => (*number).into(),
        AMQPValue::ShortShortUInt(number) => (*number).into(),
        AMQPValue::ShortInt(number) => (*number).into(),
        AMQPValue::ShortUInt(number) => (*number).into(),
        AMQPValue::LongInt(number) => (*number).into(),
        AMQPValue::LongUInt(number) => (*number).into(),
        AMQPValue::LongLongInt(number) => (*number).into(),
        AMQPValue::Float(number) => number.to_string().into(),
        AMQPValue::Double(number) => number.to_string().into(),
        AMQPValue::DecimalValue(number) => json!({"scale": number.scale, "value": number.value}),
        AMQPValue::ShortString(text) => text.as_str().into(),
        AMQPValue::LongString(text) => String::from_utf8_lossy(text.as_bytes()).into(),
        AMQPValue::FieldArray(items) => items.as_slice().iter().map(plain).collect(),
        AMQPValue::Timestamp(seconds) => (*seconds).into(),
        AMQPValue::FieldTable(table) => {
            table.inner().iter().map(|(name, value)| (name.as_str().to_owned(), plain(value))).collect()
        }
        AMQPValue::ByteArray(bytes) => hex::encode(bytes.as_slice()).into(),
        AMQPValue::Void => Value::Null,
    }
}

#[cfg(test)]
mod tests;
