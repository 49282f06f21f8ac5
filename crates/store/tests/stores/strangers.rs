//! A stranger who leaves a transaction open, in the same database or in another one of the server: who writes and who follows
//! the log does not wait for him.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use svod_domain::calendar::{Calendar, TermRule};
use svod_domain::quarter::Rules;
use svod_engine::{Engine, EngineOptions, Subscriber, SubscriberError, Wording, follow};
use svod_log::promises::{Home, hold};
use svod_log::{
    ActorName, Answer, Append, NewEvent, Position, Recorded, Store, StoreError, StreamId, ViewCommit,
};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::homes::{PostgresHome, SqliteHome, postgres, sqlite};

/// More than any machine takes for all of it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Hands on what it is told.
struct Listener(mpsc::UnboundedSender<Arc<Recorded>>);

#[async_trait]
impl Subscriber for Listener {
    fn name(&self) -> &'static str {
        "listener"
    }

    async fn handle(&mut self, entries: &[Arc<Recorded>]) -> Result<(), SubscriberError> {
        // Who listens no more is not told.
        let _gone = entries.iter().try_for_each(|entry| self.0.send(Arc::clone(entry)));
        Ok(())
    }
}

fn engine(store: Arc<dyn Store>) -> Engine {
    // Nobody gives it a command, so nobody has to decide.
    Engine::new(EngineOptions {
        store,
        wording: Wording {
            refusal: |refusal| (refusal.reason().as_str().to_owned(), String::new()),
            warning: |warning| warning.code().to_owned(),
            read_dates: |_, _| None,
        },
        rules: Rules { terms: TermRule::default(), calendar: Calendar::built_in() },
        clock: Arc::new(|| Timestamp::UNIX_EPOCH),
        source: "/svod/test".to_owned(),
        sealing: None,
    })
    .0
}

/// One event for a stream of two, by the number of its place in the log.
fn append(number: u64) -> Append {
    let stream = StreamId::try_new(["a", "b"][usize::from(number.is_multiple_of(2))]).unwrap();
    let event =
        NewEvent { stream, kind: "noted".into(), schema: 1, data: serde_json::json!({}), valid_at: None };
    let actor = ActorName { name: "o-1".into(), role: "operator".into() };
    let recorded_at = Timestamp::UNIX_EPOCH;
    Append {
        events: vec![event],
        assumes: vec![],
        receipt: None,
        order: None,
        cause: None,
        actor,
        recorded_at,
    }
}

/// Two processes write in turn, a third one follows: each entry is told in order and soon, and views are committed.
async fn everybody_is_served(home: &dyn Home) -> Result<(), StoreError> {
    const ENTRIES: u64 = 20;
    let (writers, store) = ([home.open().await, home.open().await], home.open().await);
    let (told, mut tells) = mpsc::unbounded_channel();
    let stop = CancellationToken::new();
    let following = tokio::spawn(follow(engine(Arc::clone(&store)), Listener(told), stop.clone()));
    let mut waits = vec![];
    for (number, writer) in (1..=ENTRIES).zip(writers.iter().cycle()) {
        let answers = writer.append(&[append(number)]).await?;
        assert!(matches!(answers[..], [Answer::Appended { .. }]), "{answers:?}");
        let began = Instant::now();
        let entry = tells.recv().await.unwrap();
        waits.push(began.elapsed());
        assert_eq!(entry.position, Position(number));
    }
    let view =
        ViewCommit { view: "x@1".into(), from: Position(0), to: Position(ENTRIES), changes: [].into() };
    assert!(store.commit_view(view).await?);
    // Who follows what others write looks every quarter of a second. A margin of time would be a second and more.
    waits.sort_unstable();
    assert!(waits[waits.len() / 2] < Duration::from_millis(600), "{waits:?}");
    stop.cancel();
    following.await.unwrap().unwrap();
    assert!(tells.recv().await.is_none(), "something was told twice");
    Ok(())
}

async fn beside_strangers_on_postgres(home: &PostgresHome) -> Result<(), StoreError> {
    let (server, _) = home.url.rsplit_once('/').unwrap();
    let mut strangers = vec![];
    for url in [home.url.clone(), format!("{server}/postgres")] {
        let mut stranger = PgConnection::connect(&url).await.unwrap();
        sqlx::raw_sql("BEGIN; SELECT pg_current_xact_id()").execute(&mut stranger).await.unwrap();
        strangers.push(stranger);
    }
    timeout(PATIENCE, everybody_is_served(home)).await.unwrap()
}

async fn beside_a_stranger_on_sqlite(home: &SqliteHome) -> Result<(), StoreError> {
    home.open().await;
    // One who reads: who writes to the file has its only turn, whoever he is.
    let mut stranger = SqliteConnection::connect(&home.url()).await.unwrap();
    sqlx::raw_sql("BEGIN; SELECT count(*) FROM entries").execute(&mut stranger).await.unwrap();
    timeout(PATIENCE, everybody_is_served(home)).await.unwrap()
}

#[tokio::test]
async fn nobody_waits_for_a_strangers_open_transaction_on_postgres() {
    hold(postgres().await, |home| Box::pin(beside_strangers_on_postgres(home))).await;
}

#[tokio::test]
async fn nobody_waits_for_a_strangers_open_transaction_on_sqlite() {
    hold(sqlite().await, |home| Box::pin(beside_a_stranger_on_sqlite(home))).await;
}
