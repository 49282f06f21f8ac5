//! cqrs-es on PostgreSQL: an aggregate of its own for each command, without snapshots. Subscriptions it has none: its
//! queries are called in the process that gave the command, and only there.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, ensure};
use async_trait::async_trait;
use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::QueryReplay;
use cqrs_es::{Aggregate, AggregateError, DomainEvent, EventEnvelope, Query};
use postgres_es::{PostgresCqrs, PostgresEventRepository, postgres_cqrs};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::peer::{Measure, Outcome, Peer};
use crate::rows::{Activity, EVENTS_OF_STREAM, Fold, activity, metadata, stream};

/// The table as its documents say; it installs none itself.
const SCHEMA: &str = "CREATE TABLE events (
    aggregate_type text NOT NULL,
    aggregate_id text NOT NULL,
    sequence bigint CHECK (sequence >= 0) NOT NULL,
    event_type text NOT NULL,
    event_version text NOT NULL,
    payload json NOT NULL,
    metadata json NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
)";
/// The size of the pool that it makes by itself.
const CONNECTIONS: u32 = 10;

/// The peer.
pub struct CqrsEs {
    pool: PgPool,
    cqrs: PostgresCqrs<Record>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Record {
    filed: u64,
}

/// Files so many activities.
struct File {
    first: u64,
    events: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum RecordEvent {
    Filed(Activity),
}

#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("the record was filed before")]
    Filed,
}

impl DomainEvent for RecordEvent {
    fn event_type(&self) -> String {
        "Filed".into()
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}

impl Aggregate for Record {
    const TYPE: &'static str = "record";
    type Command = File;
    type Event = RecordEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: File, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        if self.filed > 0 {
            return Err(Refusal::Filed);
        }
        for number in command.first..command.first + command.events {
            sink.write(RecordEvent::Filed(activity(number)), self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: RecordEvent) {
        let RecordEvent::Filed(_) = event;
        self.filed += 1;
    }
}

/// Folds what is replayed.
struct Reader(Arc<Mutex<Fold>>);

#[async_trait]
impl Query<Record> for Reader {
    async fn dispatch(&self, _: &str, events: &[EventEnvelope<Record>]) {
        let mut fold = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            let RecordEvent::Filed(activity) = &event.payload;
            fold.add(activity);
        }
    }
}

impl CqrsEs {
    async fn file(&self, first: u64, events: u64) -> Result<Outcome> {
        let id = stream(first).to_string();
        match self.cqrs.execute_with_metadata(&id, File { first, events }, metadata()).await {
            Ok(()) => Ok(Outcome::Stored),
            Err(AggregateError::AggregateConflict) => Ok(Outcome::Conflict),
            Err(error) => Err(error.into()),
        }
    }

    async fn file_alone(&self, first: u64, events: u64) -> Result<()> {
        ensure!(
            self.file(first, events).await? == Outcome::Stored,
            "a conflict on a record that nobody else knows"
        );
        Ok(())
    }
}

impl Peer for CqrsEs {
    const NAME: &'static str = "cqrs-es";
    const PACKAGES: &'static [&'static str] = &["cqrs-es", "postgres-es"];
    const MEASURES: &'static [Measure] =
        &[Measure::One(1), Measure::One(8), Measure::One(256), Measure::Batched, Measure::Replay];
    const BATCH: u64 = 1_000;
    const FILL: (u64, usize) = (EVENTS_OF_STREAM, 8);

    async fn open(target: &str) -> Result<Self> {
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(target).await?;
        sqlx::query(SCHEMA).execute(&pool).await?;
        Ok(Self { cqrs: postgres_cqrs(pool.clone(), Vec::new(), ()), pool })
    }

    async fn one(&self, number: u64) -> Result<Outcome> {
        self.file(number, 1).await
    }

    async fn batch(&self, first: u64) -> Result<()> {
        self.file_alone(first, Self::BATCH).await
    }

    async fn fill(&self, first: u64, events: u64) -> Result<()> {
        self.file_alone(first, events).await
    }

    async fn replay(&self, _: u64) -> Result<Fold> {
        let fold = Arc::new(Mutex::new(Fold::default()));
        let repository = PostgresEventRepository::new(self.pool.clone());
        QueryReplay::<_, _, Record>::new(repository, Reader(Arc::clone(&fold))).replay_all().await?;
        let mut fold = fold.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(std::mem::take(&mut fold))
    }
}
