//! A guard of the log that somebody took away in the database is missed.

use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};
use svod_log::promises::{Home, hold};
use svod_log::{Guards, Hash, Store, StoreError};

use crate::homes::{PostgresHome, SqliteHome, postgres, sqlite};

/// What is done to a database, and what is missed then.
const IN_SQLITE: [(&str, &str); 4] = [
    ("DROP TRIGGER entries_are_not_deleted", "the trigger entries_are_not_deleted"),
    (
        "DROP TRIGGER log_head_only_advances;
        CREATE TRIGGER log_head_only_advances BEFORE UPDATE ON log_head WHEN FALSE
        BEGIN SELECT RAISE(ABORT, 'the log is append-only: UPDATE on log_head is refused'); END",
        "the trigger log_head_only_advances",
    ),
    ("DROP TRIGGER receipts_are_not_replaced", "the trigger receipts_are_not_replaced"),
    ("DROP TRIGGER checkpoints_are_not_updated", "the trigger checkpoints_are_not_updated"),
];

const IN_POSTGRES: [(&str, &str); 9] = [
    ("DROP TRIGGER entries_stay ON entries", "the trigger entries_stay"),
    ("ALTER TABLE receipts DISABLE TRIGGER receipts_stay", "the trigger receipts_stay"),
    ("ALTER TABLE checkpoints ENABLE TRIGGER checkpoints_stay", "the trigger checkpoints_stay"),
    (
        "DROP TRIGGER log_head_only_advances ON log_head;
        CREATE TRIGGER log_head_only_advances BEFORE UPDATE ON log_head FOR EACH ROW WHEN (FALSE)
        EXECUTE FUNCTION refuse_change();
        ALTER TABLE log_head ENABLE ALWAYS TRIGGER log_head_only_advances",
        "the trigger log_head_only_advances",
    ),
    (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "the function refuse_change",
    ),
    ("GRANT DELETE ON entries TO PUBLIC", "everybody may DELETE entries"),
    ("GRANT TRUNCATE ON log_head TO pg_monitor", "pg_monitor may TRUNCATE log_head"),
    ("GRANT UPDATE ON cosigned TO pg_monitor", "pg_monitor may UPDATE cosigned"),
    ("GRANT UPDATE (bytes) ON entries TO pg_monitor", "pg_monitor may UPDATE entries (bytes)"),
];

/// Nothing is missing in a new ledger, and looking twice says the same.
async fn whole(store: &dyn Store) -> Result<Option<Hash>, StoreError> {
    let guards = store.guards().await?;
    assert_eq!(guards.missing, Vec::<String>::new());
    assert!(guards.fingerprint.is_some());
    assert_eq!(store.guards().await?, guards);
    Ok(guards.fingerprint)
}

#[track_caller]
fn is_missed(done: &str, guards: &Guards, missed: &str, before: Option<Hash>) {
    assert_eq!(
        guards.missing.iter().filter(|said| said.starts_with(missed)).count(),
        1,
        "{done}: {guards:?}"
    );
    assert_ne!(guards.fingerprint, before, "{done}");
}

async fn missed_in_sqlite(home: &SqliteHome) -> Result<(), StoreError> {
    let store = home.open().await;
    let mut before = whole(&*store).await?;
    let mut intruder = SqliteConnection::connect(&home.url()).await.unwrap();
    for (count, (done, missed)) in (1..).zip(IN_SQLITE) {
        intruder.execute(sqlx::raw_sql(done)).await.unwrap();
        let guards = store.guards().await?;
        is_missed(done, &guards, missed, before);
        assert_eq!(guards.missing.len(), count, "{guards:?}");
        before = guards.fingerprint;
    }
    Ok(())
}

async fn missed_in_postgres(home: &PostgresHome) -> Result<(), StoreError> {
    let store = home.open().await;
    let mut before = whole(&*store).await?;
    let mut intruder = PgConnection::connect(&home.url).await.unwrap();
    for (count, (done, missed)) in (1..).zip(IN_POSTGRES) {
        intruder.execute(sqlx::raw_sql(done)).await.unwrap();
        let guards = store.guards().await?;
        is_missed(done, &guards, missed, before);
        assert_eq!(guards.missing.len(), count, "{guards:?}");
        before = guards.fingerprint;
    }
    Ok(())
}

#[tokio::test]
async fn a_guard_that_was_taken_away_is_missed_in_sqlite() {
    hold(sqlite().await, |home| Box::pin(missed_in_sqlite(home))).await;
}

#[tokio::test]
async fn a_guard_that_was_taken_away_is_missed_in_postgres() {
    hold(postgres().await, |home| Box::pin(missed_in_postgres(home))).await;
}
