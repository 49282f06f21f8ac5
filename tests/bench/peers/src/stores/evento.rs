//! evento on PostgreSQL and on SQLite that waits for the disk. A new aggregate is created without a look at what is not
//! there, as its documents do; events are bitcode, not JSON. A subscription waits until an event is a second old: that
//! is its own margin, and it is left as it is.

use std::sync::Arc;

use anyhow::{Result, ensure};
use evento::cursor::Args;
use evento::metadata::Event;
use evento::migrator::{Migrate as _, Plan};
use evento::subscription::{Context, RoutingKey, SubscriptionBuilder};
use evento::{
    Aggregate as _, AggregateEvent as _, Event as Stored, EventFilter, Executor, TenantFilter, WriteError,
};
use sqlx_of_evento as sqlx;
use sqlx_of_evento::PgPool;
use sqlx_of_evento::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use ulid::Ulid;

use crate::peer::{Measure, Outcome, Peer, Seen};
use crate::rows::{self, EVENTS_OF_STREAM, Fold, activity, metadata, stream};

/// Events of one page of a replay.
const PAGE: u16 = 1_000;

/// What is stored: `rows::Activity` in the words of this peer.
#[evento::aggregate(name = "bench/Record")]
pub enum Record {
    /// An activity was filed.
    Filed {
        /// See `rows::Activity`, also the others.
        number: u64,
        /// The name.
        title: String,
        /// The place.
        place: String,
        /// The dates.
        dates: Vec<String>,
        /// The content.
        content: String,
        /// The participants.
        participants: Vec<String>,
    },
}

impl From<rows::Activity> for Filed {
    fn from(activity: rows::Activity) -> Self {
        let rows::Activity { number, title, place, dates, content, participants } = activity;
        Self { number, title, place, dates, content, participants }
    }
}

impl From<Filed> for rows::Activity {
    fn from(filed: Filed) -> Self {
        let Filed { number, title, place, dates, content, participants } = filed;
        Self { number, title, place, dates, content, participants }
    }
}

/// The subscription's handler.
#[evento::subscription]
async fn seen<E: Executor>(context: &Context<'_, E>, event: Event<Filed>) -> anyhow::Result<()> {
    let seen: Arc<Seen> = context.extract();
    seen.call(event.data.number);
    Ok(())
}

/// The peer on one of its databases.
pub struct Evento<B>(B);

/// On PostgreSQL.
pub type EventoPostgres = Evento<evento::Postgres>;

/// On SQLite.
pub type EventoSqlite = Evento<evento::Sqlite>;

/// A database of the peer.
pub trait Backend: Executor + Clone {
    /// The peer's name with it.
    const NAME: &'static str;

    /// Opens it fresh and installs the schema.
    fn open(target: &str) -> impl Future<Output = Result<Self>> + Send;
}

impl Backend for evento::Postgres {
    const NAME: &'static str = "evento-postgres";

    async fn open(target: &str) -> Result<Self> {
        let pool = PgPool::connect(target).await?;
        let mut connection = pool.acquire().await?;
        evento::sql_migrator::new::<sqlx::Postgres>()?.run(&mut *connection, &Plan::apply_all()).await?;
        drop(connection);
        Ok(pool.into())
    }
}

impl Backend for evento::Sqlite {
    const NAME: &'static str = "evento-sqlite";

    async fn open(target: &str) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(target)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let pool = SqlitePoolOptions::new().connect_with(options).await?;
        let mut connection = pool.acquire().await?;
        evento::sql_migrator::new::<sqlx::Sqlite>()?.run(&mut *connection, &Plan::apply_all()).await?;
        drop(connection);
        Ok(pool.into())
    }
}

impl<B: Backend> Evento<B> {
    async fn file(&self, first: u64, events: u64) -> Result<Outcome> {
        let mut command = evento::create();
        for (name, value) in metadata() {
            command.metadata(name, &value);
        }
        for number in first..first + events {
            command.event(&Filed::from(activity(number)));
        }
        match command.commit(&self.0).await {
            Ok(_) => Ok(Outcome::Stored),
            Err(WriteError::InvalidOriginalVersion) => Ok(Outcome::Conflict),
            Err(error) => Err(error.into()),
        }
    }
}

impl<B: Backend> Peer for Evento<B> {
    const NAME: &'static str = B::NAME;
    const PACKAGES: &'static [&'static str] = &["evento"];
    const MEASURES: &'static [Measure] = &Measure::ALL;
    const BATCH: u64 = 1_000;
    const FILL: (u64, usize) = (1_000, 1);

    async fn open(target: &str) -> Result<Self> {
        Ok(Self(B::open(target).await?))
    }

    async fn one(&self, number: u64) -> Result<Outcome> {
        self.file(number, 1).await
    }

    async fn batch(&self, first: u64) -> Result<()> {
        let outcome = self.file(first, Self::BATCH).await?;
        ensure!(outcome == Outcome::Stored, "a conflict on a record that nobody else knows");
        Ok(())
    }

    async fn fill(&self, first: u64, events: u64) -> Result<()> {
        let stored = |number: u64| -> Result<Stored> {
            Ok(Stored {
                id: Ulid::generate(),
                aggregate_id: stream(number / EVENTS_OF_STREAM).to_string(),
                aggregate_type: Record::aggregate_type().to_owned(),
                version: u16::try_from(number % EVENTS_OF_STREAM)? + 1,
                name: Filed::event_name().to_owned(),
                data: bitcode::encode(&Filed::from(activity(number))),
                ..Stored::default()
            })
        };
        Ok(self.0.write((first..first + events).map(stored).collect::<Result<_>>()?).await?)
    }

    async fn replay(&self, _: u64) -> Result<Fold> {
        let mut fold = Fold::default();
        let mut after = None;
        let filters: Arc<[EventFilter]> = [EventFilter::by_type::<Record>()].into();
        loop {
            let args = Args::forward(PAGE, after);
            let filters = Some(Arc::clone(&filters));
            let page = self.0.read(filters, Some(RoutingKey::All), TenantFilter::All, args, None).await?;
            for edge in page.edges {
                let RecordEvent::Filed(filed) = RecordEvent::try_from(&edge.node)?;
                fold.add(&filed.into());
            }
            after = page.page_info.end_cursor;
            if !page.page_info.has_next_page || after.is_none() {
                return Ok(fold);
            }
        }
    }

    async fn listen(&self, calls: Arc<Seen>) -> Result<()> {
        let running = SubscriptionBuilder::new("bench").data(calls).handler(seen()).start(&self.0).await?;
        tokio::spawn(async move { running.stopped().await });
        Ok(())
    }
}
