//! The databases themselves refuse to change what was recorded, whoever asks.

use jiff::Timestamp;
use serde_json::json;
use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};
use svod_log::promises::{Home, hold};
use svod_log::{
    ActorName, Append, Hash, MessageKey, NewEvent, NewReceipt, Position, ReceiptBody, Store, StoreError,
    StreamId,
};

use crate::homes::{PostgresHome, SqliteHome, postgres, sqlite};

/// What must fail in both databases.
const FORBIDDEN: [&str; 8] = [
    "UPDATE entries SET bytes = bytes",
    "UPDATE entries SET version = version + 1 WHERE position = 1",
    "DELETE FROM entries WHERE position = 1",
    "UPDATE receipts SET body = body",
    "DELETE FROM receipts",
    "DELETE FROM log_head",
    "UPDATE log_head SET position = 0, revision = revision + 1",
    "UPDATE log_head SET revision = revision",
];

const FORBIDDEN_IN_POSTGRES: [&str; 4] = [
    "TRUNCATE entries",
    "TRUNCATE receipts",
    "TRUNCATE log_head",
    "SET session_replication_role = replica; DELETE FROM entries",
];

const FORBIDDEN_IN_SQLITE: [&str; 3] = [
    "REPLACE INTO entries (position, stream, version, leaf, mac, bytes)
    SELECT position, stream, version, leaf, mac, x'00' FROM entries",
    "REPLACE INTO receipts (message_key, source, id, digest, body)
    SELECT message_key, source, id, digest, x'00' FROM receipts",
    "INSERT OR REPLACE INTO log_head (id, revision, position, frontier, root)
    SELECT 1, 0, 0, frontier, root FROM log_head",
];

/// Records one entry.
pub(crate) async fn record(store: &dyn Store) -> Result<(), StoreError> {
    record_of(store, 1).await
}

async fn record_of(store: &dyn Store, number: u64) -> Result<(), StoreError> {
    let stream = StreamId::try_new(format!("activity-{number}")).unwrap();
    let message = MessageKey { source: "/irbit".into(), id: format!("m-{number}") };
    let append = Append {
        events: vec![NewEvent {
            stream,
            kind: "submitted".into(),
            schema: 1,
            data: json!({}),
            valid_at: None,
        }],
        assumes: Vec::new(),
        receipt: Some(NewReceipt { message, digest: Hash::of(b""), body: ReceiptBody::whole(b"ok".into()) }),
        order: None,
        cause: None,
        actor: ActorName { name: "irbit".into(), role: "operator".into() },
        recorded_at: Timestamp::UNIX_EPOCH,
    };
    store.append(&[append]).await.map(drop)
}

#[track_caller]
fn is_refused<T>(statement: &str, outcome: Result<T, sqlx::Error>) {
    let refusal = outcome.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(refusal.contains("the log is append-only"), "{statement}: {refusal:?}");
}

async fn nothing_changed(store: &dyn Store) -> Result<(), StoreError> {
    let entries = store.read(Position::START, 10).await?;
    assert_eq!(entries.len(), 1);
    assert_eq!(store.head().await?.root, entries[0].leaf);
    Ok(())
}

async fn refuse_in_sqlite(home: &SqliteHome) -> Result<(), StoreError> {
    let store = home.open().await;
    record(&*store).await?;
    let mut stranger = SqliteConnection::connect(&home.url()).await.unwrap();
    for statement in FORBIDDEN.into_iter().chain(FORBIDDEN_IN_SQLITE) {
        is_refused(statement, stranger.execute(statement).await);
    }
    nothing_changed(&*store).await
}

async fn refuse_in_postgres(home: &PostgresHome) -> Result<(), StoreError> {
    let store = home.open().await;
    record(&*store).await?;
    for statement in FORBIDDEN.into_iter().chain(FORBIDDEN_IN_POSTGRES) {
        let mut stranger = PgConnection::connect(&home.url).await.unwrap();
        is_refused(statement, sqlx::raw_sql(statement).execute(&mut stranger).await);
    }
    nothing_changed(&*store).await
}

#[tokio::test]
async fn sqlite_refuses_to_change_the_log() {
    hold(sqlite().await, |home| Box::pin(refuse_in_sqlite(home))).await;
}

#[tokio::test]
async fn postgres_refuses_to_change_the_log() {
    hold(postgres().await, |home| Box::pin(refuse_in_postgres(home))).await;
}

async fn find_damage_in_sqlite(home: &SqliteHome) -> Result<(), StoreError> {
    let store = home.open().await;
    record(&*store).await?;
    let mut intruder = SqliteConnection::connect(&home.url()).await.unwrap();
    intruder.execute("DROP TRIGGER entries_are_not_updated").await.unwrap();
    intruder.execute("UPDATE entries SET bytes = replace(bytes, 'irbit', 'tavda')").await.unwrap_err();
    let change =
        "UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), 'operator', 'Operator') AS BLOB)";
    intruder.execute(change).await.unwrap();
    // The process that wrote it still remembers what it wrote; who opens the ledger now reads what is there.
    let found = home.open().await.read(Position::START, 10).await;
    assert!(matches!(&found, Err(StoreError::Damaged { place, .. }) if place == "position 1"), "{found:?}");
    Ok(())
}

#[tokio::test]
async fn an_entry_that_was_changed_all_the_same_is_not_read() {
    hold(sqlite().await, |home| Box::pin(find_damage_in_sqlite(home))).await;
}

/// The second of three rows has a column of another type, which is read row by row from there on.
async fn show_what_is_there(home: &SqliteHome) -> Result<(), StoreError> {
    let store = home.open().await;
    for number in 1..=3 {
        record_of(&*store, number).await?;
    }
    let honest = store.audit_rows(Position::START, 10).await?;
    let mut intruder = SqliteConnection::connect(&home.url()).await.unwrap();
    for statement in [
        "DROP VIEW log_for_people",
        "CREATE TABLE others AS SELECT * FROM entries",
        "DROP TABLE entries",
        "ALTER TABLE others RENAME TO entries",
        "UPDATE entries SET bytes = CAST(bytes AS TEXT), mac = CAST(mac AS TEXT) WHERE position = 2",
    ] {
        intruder.execute(statement).await.unwrap();
    }
    let store = home.open().await;
    assert_eq!(store.audit_rows(Position::START, 10).await?, honest);
    assert_eq!(store.audit_rows(Position::START, 2).await?, honest[..2]);
    Ok(())
}

#[tokio::test]
async fn each_row_of_a_table_that_was_made_anew_is_shown_once_as_it_is() {
    hold(sqlite().await, |home| Box::pin(show_what_is_there(home))).await;
}

async fn show_people(home: &PostgresHome) -> Result<(), StoreError> {
    record(&*home.open().await).await?;
    let mut person = PgConnection::connect(&home.url).await.unwrap();
    let actor = "SELECT entry -> 'actor' ->> 'name' FROM log_for_people ORDER BY position LIMIT 1";
    let actor: String = sqlx::query_scalar(actor).fetch_one(&mut person).await.unwrap();
    assert_eq!(actor, "irbit");
    Ok(())
}

#[tokio::test]
async fn a_person_can_read_the_log_in_postgres() {
    hold(postgres().await, |home| Box::pin(show_people(home))).await;
}
