//! Domain events out: a subscription that publishes every entry of the log, in order, at least once.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use svod_domain::{MunicipalityCode, Quarter};
use svod_engine::{Engine, Subscriber, SubscriberError};
use svod_log::Recorded;
use uuid::Uuid;

use crate::connection::{BrokerUrls, Link, LinkError};
use crate::declare::Declarer;
use crate::health::{Health, chain};
use crate::publisher::{ConfirmChannel, Outgoing, PublishError};
use crate::topology::EVENTS;

/// The name that the progress of publishing is kept under, for ever.
pub const EVENTS_SUBSCRIPTION: &str = "events";
/// Its name in the health of the edge.
const PART: &str = EVENTS_SUBSCRIPTION;
/// Namespace of the ids of events (RFC 9562 name-based UUIDs): the leaf of an entry names it for ever.
const EVENT_IDS: Uuid = Uuid::from_u128(0x0c2f_5a54_8d1e_5e37_b0a9_41d6_93c7_2be5);

/// An entry cannot go out.
#[derive(Debug, thiserror::Error)]
enum EventError {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error("events cannot be published")]
    Publish(#[from] PublishError),
    #[error("the event at position {position} cannot be written as a message")]
    Encode {
        position: svod_log::Position,
        #[source]
        source: serde_json::Error,
    },
    #[error("a name in the event at position {position} is longer than the protocol allows")]
    TooLong { position: svod_log::Position },
}

/// The publisher. It keeps its connection between batches.
pub(crate) struct EventPublisher {
    source: String,
    urls: BrokerUrls,
    declare: bool,
    health: Health,
    node: usize,
    open: Option<(Link, ConfirmChannel)>,
}

impl EventPublisher {
    /// Not connected yet: the first event connects it.
    pub(crate) fn new(engine: &Engine, urls: BrokerUrls, declare: bool, health: Health) -> Self {
        Self { source: engine.source().to_owned(), urls, declare, health, node: 0, open: None }
    }

    async fn publish(&mut self, entries: &[Arc<Recorded>]) -> Result<(), EventError> {
        let messages = entries.iter().map(|entry| message(&self.source, entry));
        let messages = messages.collect::<Result<Vec<Outgoing>, EventError>>()?;
        let (_, channel) = if let Some(open) = &mut self.open {
            open
        } else {
            let link = Link::open(&self.urls, self.node, PART).await?;
            Declarer::new(&link, self.declare).table().await?;
            let channel = ConfirmChannel::open(&link).await?;
            self.health.connected(PART);
            self.open.insert((link, channel))
        };
        channel.publish_all(&messages).await?;
        metrics::counter!("svod_amqp_events_total").increment(messages.len() as u64);
        Ok(())
    }
}

#[async_trait]
impl Subscriber for EventPublisher {
    fn name(&self) -> &'static str {
        EVENTS_SUBSCRIPTION
    }

    async fn handle(&mut self, entries: &[Arc<Recorded>]) -> Result<(), SubscriberError> {
        match self.publish(entries).await {
            Ok(()) => Ok(()),
            Err(error) => {
                self.open = None;
                self.node += 1;
                self.health.lost(PART, &chain(&error));
                metrics::counter!("svod_amqp_reconnects_total", "part" => PART).increment(1);
                Err(error.into())
            }
        }
    }
}

/// An entry as a `CloudEvents` event.
#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: Uuid,
    source: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    time: jiff::Timestamp,
    datacontenttype: &'static str,
    position: u64,
    stream: &'a str,
    data: &'a RawValue,
}

/// Whom an event concerns. Every event names them alike, so the rest of it, which is long, need not be read.
#[derive(Default, Deserialize)]
struct Concerns {
    #[serde(default)]
    municipality: Option<MunicipalityCode>,
    #[serde(default)]
    quarter: Option<Quarter>,
}

/// The message of an entry. Its id is made of the entry's leaf, so it is the same whenever it is sent.
fn message(source: &str, entry: &Recorded) -> Result<Outgoing, EventError> {
    let position = entry.position;
    // An entry that this program cannot read is one of a newer program; it goes out all the same.
    let concerns = serde_json::from_str(entry.data.get()).unwrap_or_default();
    let Concerns { municipality, quarter } = concerns;
    let municipality = municipality.map(|code| code.to_string());
    let quarter = quarter.map(|quarter| quarter.to_string());
    let kind = event_type(&entry.kind, entry.schema);
    let id = Uuid::new_v5(&EVENT_IDS, &entry.leaf.0);
    let key = format!("event.{}.{}", entry.kind, municipality.as_deref().unwrap_or("-"));
    let body = serde_json::to_vec(&CloudEvent {
        specversion: "1.0",
        id,
        source,
        kind: &kind,
        subject: municipality.or(quarter),
        time: entry.recorded_at,
        datacontenttype: "application/json",
        position: position.0,
        stream: entry.stream.as_str(),
        data: &entry.data,
    });
    let body: Arc<[u8]> = body.map_err(|source| EventError::Encode { position, source })?.into();
    Outgoing::to(EVENTS, &key, &id.to_string(), &kind, body).ok_or(EventError::TooLong { position })
}

/// The CloudEvents type of an event of the log, by its name there and the version of its shape.
pub(crate) fn event_type(kind: &str, schema: u16) -> String {
    format!("svod.event.{kind}.v{schema}")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use svod_log::entry::{Place, encode};
    use svod_log::{ActorName, NewEvent, Position, StreamId, Version};

    use super::*;

    fn entry(kind: &str, data: Value) -> Recorded {
        let stream = StreamId::try_new("quarter-2020-Q2").unwrap();
        let event = NewEvent { stream, kind: kind.into(), schema: 1, data, valid_at: None };
        let actor = ActorName { name: "svod".into(), role: "service".into() };
        let place = Place {
            position: Position(7),
            version: Version(2),
            prev: None,
            recorded_at: "2020-07-21T15:00:00Z".parse().unwrap(),
            actor: &actor,
            message: None,
            cause: None,
        };
        Recorded::decode(&encode(&event, &place).unwrap().into()).unwrap()
    }

    #[test]
    fn an_event_is_sent_with_its_place_and_always_with_the_same_id() {
        let entry = entry(
            "nothing-declared",
            json!({"municipality": "66701000", "quarter": "2020-Q2", "late": false}),
        );
        let one = message("svod", &entry).unwrap();
        assert_eq!(one.key.as_str(), "event.nothing-declared.66701000");
        let body: Value = serde_json::from_slice(&one.body).unwrap();
        assert_eq!(body["type"], "svod.event.nothing-declared.v1");
        assert_eq!((&body["position"], &body["stream"]), (&json!(7), &json!("quarter-2020-Q2")));
        assert_eq!(body["subject"], "66701000");
        assert_eq!(body["data"]["quarter"], "2020-Q2");
        assert_eq!(message("svod", &entry).unwrap(), one);
    }

    #[test]
    fn an_event_of_a_newer_program_goes_out_all_the_same() {
        let one = message("svod", &entry("moon-landed", json!({"crater": 1}))).unwrap();
        assert_eq!(one.key.as_str(), "event.moon-landed.-");
    }
}
