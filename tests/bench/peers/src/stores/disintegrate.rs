//! disintegrate on PostgreSQL: a decision on the events of one record's id, without snapshots.
//!
//! Version 4.0.1 as it is does not install on PostgreSQL 15: one of its functions has a hexadecimal number, which the
//! server knows since 16. Here its own installer runs with the check of function bodies off, and that one function is
//! then replaced by the same with the number in decimal.
//!
//! The listener fetches without bound, as it does unless told otherwise: everything that is there is one transaction.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use disintegrate::serde::json::Json;
use disintegrate::{
    Decision, DecisionError, Event, EventListener, EventStore as _, NoSnapshot, PersistedEvent, StateMutate,
    StateQuery, StreamItem, StreamQuery, query,
};
use disintegrate_postgres::{
    Error as StoreError, PgDecisionMaker, PgEventId, PgEventListener, PgEventListenerConfig, PgEventStore,
    decision_maker,
};
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Executor as _, PgPool};
use uuid::Uuid;

use crate::peer::{Measure, Outcome, Peer, Seen};
use crate::rows::{Activity, EVENTS_OF_STREAM, Fold, activity, stream};

/// What another server than 16 and later does not understand, in words that every one does.
const BEGIN_EPOCH: &str = "CREATE OR REPLACE FUNCTION event_store_begin_epoch()
RETURNS void AS $$
DECLARE
    id BIGINT;
    db_id INT;
BEGIN
    SELECT last_value INTO id FROM seq_event_event_id;
    SELECT oid INTO db_id FROM pg_database WHERE datname = current_database();

    PERFORM pg_try_advisory_xact_lock_shared(db_id, 0);
    PERFORM pg_try_advisory_xact_lock_shared(1, (id & 4294967295)::bit(32)::integer);
    PERFORM pg_try_advisory_xact_lock_shared(2, (id >> 32)::bit(32)::integer);
END;
$$ LANGUAGE plpgsql";
/// How often a listener looks by itself, beside what it is told at once.
const POLL: Duration = Duration::from_secs(1);

/// The peer.
pub struct Disintegrate {
    store: PgEventStore<RecordEvent, Json<RecordEvent>>,
    decisions: PgDecisionMaker<RecordEvent, Json<RecordEvent>, NoSnapshot>,
}

#[derive(Clone, Debug, PartialEq, Eq, Event, Serialize, Deserialize)]
enum RecordEvent {
    Filed {
        #[id]
        record_id: Uuid,
        activity: Activity,
    },
}

#[derive(Clone, Debug, Default, StateQuery, Serialize, Deserialize)]
#[state_query(RecordEvent)]
struct Record {
    #[id]
    record_id: Uuid,
    filed: u64,
}

impl StateMutate for Record {
    fn mutate(&mut self, event: RecordEvent) {
        let RecordEvent::Filed { .. } = event;
        self.filed += 1;
    }
}

/// Files so many activities.
struct File {
    record_id: Uuid,
    first: u64,
    events: u64,
}

#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("the record was filed before")]
    Filed,
}

impl Decision for File {
    type Event = RecordEvent;
    type StateQuery = Record;
    type Error = Refusal;

    fn state_query(&self) -> Record {
        Record { record_id: self.record_id, filed: 0 }
    }

    fn process(&self, record: &Record) -> Result<Vec<RecordEvent>, Refusal> {
        if record.filed > 0 {
            return Err(Refusal::Filed);
        }
        Ok((self.first..self.first + self.events).map(|number| filed(self.record_id, number)).collect())
    }
}

fn filed(record_id: Uuid, number: u64) -> RecordEvent {
    RecordEvent::Filed { record_id, activity: activity(number) }
}

/// The subscription's handler.
struct Listener {
    query: StreamQuery<PgEventId, RecordEvent>,
    seen: Arc<Seen>,
}

#[async_trait]
impl EventListener<PgEventId, RecordEvent> for Listener {
    type Error = StoreError;

    fn id(&self) -> &'static str {
        "bench"
    }

    fn query(&self) -> &StreamQuery<PgEventId, RecordEvent> {
        &self.query
    }

    async fn handle(&self, event: PersistedEvent<PgEventId, RecordEvent>) -> Result<(), StoreError> {
        let RecordEvent::Filed { activity, .. } = event.into_inner();
        self.seen.call(activity.number);
        Ok(())
    }
}

impl Disintegrate {
    async fn file(&self, first: u64, events: u64) -> Result<Outcome> {
        match self.decisions.make(File { record_id: stream(first), first, events }).await {
            Ok(_) => Ok(Outcome::Stored),
            Err(DecisionError::StateStore(error)) if error.downcast_ref().is_some_and(is_conflict) => {
                Ok(Outcome::Conflict)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Its own word for a conflict, or the server's where it passes that on.
fn is_conflict(error: &StoreError) -> bool {
    match error {
        StoreError::Concurrency => true,
        StoreError::Database(sqlx::Error::Database(error)) => error.code().as_deref() == Some("40001"),
        _ => false,
    }
}

impl Peer for Disintegrate {
    const NAME: &'static str = "disintegrate";
    const PACKAGES: &'static [&'static str] = &["disintegrate", "disintegrate-postgres"];
    const MEASURES: &'static [Measure] = &Measure::ALL;
    const BATCH: u64 = 1_000;
    const FILL: (u64, usize) = (1_000, 1);

    async fn open(target: &str) -> Result<Self> {
        let lenient = target.parse::<PgConnectOptions>()?.options([("check_function_bodies", "off")]);
        let installer = PgPoolOptions::new().max_connections(1).connect_with(lenient).await?;
        PgEventStore::try_new(installer.clone(), Json::<RecordEvent>::default()).await?;
        installer.execute(BEGIN_EPOCH).await?;
        installer.close().await;
        let store = PgEventStore::new_uninitialized(PgPool::connect(target).await?, Json::default());
        Ok(Self { decisions: decision_maker(store.clone(), NoSnapshot), store })
    }

    async fn one(&self, number: u64) -> Result<Outcome> {
        self.file(number, 1).await
    }

    async fn batch(&self, first: u64) -> Result<()> {
        while self.file(first, Self::BATCH).await? == Outcome::Conflict {}
        Ok(())
    }

    async fn fill(&self, first: u64, events: u64) -> Result<()> {
        let event = |number: u64| filed(stream(number / EVENTS_OF_STREAM), number);
        self.store.append_without_validation((first..first + events).map(event).collect()).await?;
        Ok(())
    }

    async fn replay(&self, _: u64) -> Result<Fold> {
        let everything = query!(RecordEvent);
        let mut fold = Fold::default();
        let mut items = self.store.stream::<RecordEvent>(&everything);
        while let Some(item) = items.try_next().await? {
            if let StreamItem::Event(event) = item {
                let RecordEvent::Filed { activity, .. } = &*event;
                fold.add(activity);
            }
        }
        Ok(fold)
    }

    async fn listen(&self, seen: Arc<Seen>) -> Result<()> {
        let listener = Listener { query: query!(RecordEvent), seen };
        let listeners = PgEventListener::builder(self.store.clone())
            .register_listener(listener, PgEventListenerConfig::poller(POLL).with_notifier());
        tokio::spawn(async move { listeners.start().await.context("the listener ended") });
        Ok(())
    }
}
