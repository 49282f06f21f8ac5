//! eventsourced on PostgreSQL: an entity of its own for each command, spawned from the log, without snapshots. It has no
//! place for metadata and stores one event at a time. Its subscription by type is not measured: the cursor of it is the
//! number of an event within its own stream, so that it does not see the first event of a stream that is new.

use std::num::{NonZeroU64, NonZeroUsize};

use anyhow::{Context as _, Error, Result};
use eventsourced::binarize::serde_json::{SerdeJsonBinarize, from_bytes};
use eventsourced::event_log::EventLog as _;
use eventsourced::snapshot_store::noop::NoopSnapshotStore;
use eventsourced::{Command, CommandEffect, EventSourced, EventSourcedExt as _};
use eventsourced_postgres::{PostgresEventLog, PostgresEventLogConfig};
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use crate::peer::{Measure, Outcome, Peer};
use crate::rows::{Activity, EVENTS_OF_STREAM, Fold, activity, stream};

const FIRST: NonZeroU64 = NonZeroU64::MIN;

/// The peer.
pub struct Eventsourced {
    log: PostgresEventLog<Uuid>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Record {
    filed: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Filed(Activity);

/// Files one activity more on a record that has so many.
#[derive(Debug)]
struct File {
    number: u64,
    filed: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("the record has {0} activities")]
struct Refusal(u64);

impl EventSourced for Record {
    type Id = Uuid;
    type Event = Filed;
    const TYPE_NAME: &'static str = "record";

    fn handle_event(self, _: Filed) -> Self {
        Self { filed: self.filed + 1 }
    }
}

impl Command<Record> for File {
    type Reply = ();
    type Error = Refusal;

    fn handle_command(self, _: &Uuid, record: &Record) -> CommandEffect<Record, (), Refusal> {
        if record.filed != self.filed {
            return CommandEffect::reject(Refusal(record.filed));
        }
        CommandEffect::emit(Filed(activity(self.number)))
    }
}

impl Eventsourced {
    async fn file(&self, record: Uuid, first: u64, events: u64) -> Result<()> {
        let entity = Record::default()
            .entity()
            .spawn(
                record,
                None,
                NonZeroUsize::MIN,
                self.log.clone(),
                NoopSnapshotStore::new(),
                SerdeJsonBinarize,
            )
            .await?;
        for filed in 0..events {
            entity.handle_command(File { number: first + filed, filed }).await??;
        }
        Ok(())
    }
}

impl Peer for Eventsourced {
    const NAME: &'static str = "eventsourced";
    const PACKAGES: &'static [&'static str] = &["eventsourced", "eventsourced-postgres"];
    const MEASURES: &'static [Measure] =
        &[Measure::One(1), Measure::One(8), Measure::One(256), Measure::Replay];
    const FILL: (u64, usize) = (EVENTS_OF_STREAM, 8);

    async fn open(target: &str) -> Result<Self> {
        let url = Url::parse(target)?;
        // An empty password would swallow the name of the database.
        let password = url.password().filter(|password| !password.is_empty()).unwrap_or("none");
        let config = PostgresEventLogConfig {
            host: url.host_str().context("the URL names no host")?.into(),
            port: url.port().context("the URL names no port")?,
            user: url.username().into(),
            password: password.into(),
            dbname: url.path().trim_start_matches('/').into(),
            setup: true,
            ..PostgresEventLogConfig::default()
        };
        Ok(Self { log: PostgresEventLog::new(config).await? })
    }

    async fn one(&self, number: u64) -> Result<Outcome> {
        self.file(stream(number), number, 1).await?;
        Ok(Outcome::Stored)
    }

    async fn fill(&self, first: u64, events: u64) -> Result<()> {
        self.file(stream(first), first, events).await
    }

    async fn replay(&self, events: u64) -> Result<Fold> {
        // The stream goes on for ever, so what is there is taken.
        let stored = self.log.events_by_type(Record::TYPE_NAME, FIRST, from_bytes::<Filed>).await?;
        let stored = stored.take(usize::try_from(events)?).map_err(Error::from);
        let fold = stored.try_fold(Fold::default(), async |mut fold, (_, Filed(activity))| {
            fold.add(&activity);
            Ok(fold)
        });
        fold.await
    }
}
