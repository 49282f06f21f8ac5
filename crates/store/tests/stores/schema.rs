//! How a database comes to its schema, and what happens when it has another one.

use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};
use svod_log::promises::{Home as _, hold};
use svod_log::{Position, Store, StoreError};
use svod_store::{IfMissing, OpenOptions, SchemaState, default_vault_url, migrate, open, schema_state};

use crate::append_only::record;
use crate::homes::{PostgresHome, SqliteHome, empty_postgres, sqlite};

const NEWER: &str = "INSERT INTO migrations (number, name, sha256)
    SELECT number + 1, '9999_of_tomorrow', sha256 FROM migrations ORDER BY number DESC LIMIT 1";
const OLDER: &str = "DELETE FROM migrations WHERE number > 1";
const EDITED: &str =
    "UPDATE migrations SET sha256 = (SELECT sha256 FROM migrations WHERE number = 2) WHERE number = 1";

/// Why the database at `url` is not opened.
async fn refusal(url: &str) -> StoreError {
    open(url, OpenOptions::default()).await.map(|_: std::sync::Arc<dyn Store>| ()).unwrap_err()
}

async fn state(url: &str) -> Result<SchemaState, StoreError> {
    schema_state(url, &default_vault_url(url)).await
}

async fn made(url: &str) -> Result<(), StoreError> {
    migrate(url, &default_vault_url(url)).await
}

async fn states_of_postgres(home: &PostgresHome) -> Result<(), StoreError> {
    let url = &home.url;
    assert_eq!(state(url).await?, SchemaState::Missing);
    assert!(matches!(refusal(url).await, StoreError::Schema { .. }));
    // Several programs may be started at once, and again.
    let (one, other) = tokio::join!(made(url), made(url));
    one.and(other)?;
    made(url).await?;
    assert_eq!(state(url).await?, SchemaState::Current);
    open(url, OpenOptions::default()).await?;

    let mut owner = PgConnection::connect(url).await.unwrap();
    owner.execute(NEWER).await.unwrap();
    assert_eq!(state(url).await?, SchemaState::TooNew { applied: 5, needed: 4 });
    assert!(matches!(refusal(url).await, StoreError::Schema { .. }));
    owner.execute(EDITED).await.unwrap();
    assert!(matches!(state(url).await, Err(StoreError::Damaged { place, .. }) if place == "0001_log"));
    Ok(())
}

#[tokio::test]
async fn postgres_is_opened_only_with_the_schema_that_is_needed() {
    hold(empty_postgres().await, |home| Box::pin(states_of_postgres(home))).await;
}

async fn an_older_postgres(home: &PostgresHome) -> Result<(), StoreError> {
    made(&home.url).await?;
    PgConnection::connect(&home.url).await.unwrap().execute(OLDER).await.unwrap();
    assert_eq!(state(&home.url).await?, SchemaState::TooOld { applied: 1, needed: 4 });
    let refusal = refusal(&home.url).await;
    assert!(refusal.to_string().contains("too old: at migration 1, needed 4"), "{refusal}");
    Ok(())
}

#[tokio::test]
async fn an_old_schema_is_named_with_its_migration() {
    hold(empty_postgres().await, |home| Box::pin(an_older_postgres(home))).await;
}

async fn with_an_empty_password(home: &PostgresHome) -> Result<(), StoreError> {
    let url = home.url.replacen('@', ":@", 1);
    made(&url).await?;
    assert_eq!(state(&home.url).await?, SchemaState::Current);
    open(&url, OpenOptions::default()).await.map(drop)
}

#[tokio::test]
async fn an_empty_password_does_not_swallow_the_name_of_the_database() {
    hold(empty_postgres().await, |home| Box::pin(with_an_empty_password(home))).await;
}

async fn states_of_sqlite(home: &SqliteHome) -> Result<(), StoreError> {
    let url = &home.url();
    assert_eq!(state(url).await?, SchemaState::Missing);
    assert_eq!(state(url).await?, SchemaState::Missing, "to ask makes no file");
    open(url, OpenOptions::default()).await?;
    assert_eq!(state(url).await?, SchemaState::Current);
    SqliteConnection::connect(url).await.unwrap().execute(NEWER).await.unwrap();
    assert_eq!(state(url).await?, SchemaState::TooNew { applied: 5, needed: 4 });
    assert!(matches!(refusal(url).await, StoreError::Schema { .. }));
    Ok(())
}

#[tokio::test]
async fn a_sqlite_file_is_made_and_migrated_when_it_is_opened() {
    hold(sqlite().await, |home| Box::pin(states_of_sqlite(home))).await;
}

#[tokio::test]
async fn a_sqlite_file_that_several_make_at_once_is_opened_by_all_of_them() {
    // They come in one another's way at moments that no test can choose: often enough in a dozen of files.
    for _file in 0..12 {
        let home = sqlite().await;
        let url = &home.url();
        let open = || open(url, OpenOptions::default());
        let (one, other, third) = tokio::join!(open(), open(), open());
        one.and(other).and(third).map(drop).unwrap();
        assert_eq!(state(url).await.unwrap(), SchemaState::Current);
    }
}

#[tokio::test]
async fn who_only_looks_makes_no_file() {
    let home = sqlite().await;
    let url = &home.url();
    let looking = || OpenOptions { if_missing: IfMissing::Fail, ..OpenOptions::default() };
    let refused = open(url, looking()).await.map(drop).unwrap_err();
    assert!(matches!(refused, StoreError::NotThere { what: "ledger", .. }), "{refused:?}");
    assert_eq!(state(url).await.unwrap(), SchemaState::Missing);
    assert!(!std::path::Path::new(url.trim_start_matches("sqlite://")).exists());
    made(url).await.unwrap();
    open(url, looking()).await.unwrap();
}

#[tokio::test]
async fn a_vault_that_was_lost_is_not_made_anew() {
    let home = sqlite().await;
    record(home.open().await.as_ref()).await.unwrap();
    std::fs::remove_file(home.vault_file()).unwrap();
    for _again in 0..2 {
        let refused = refusal(&home.url()).await;
        assert!(matches!(refused, StoreError::NotThere { what: "vault", .. }), "{refused:?}");
        assert!(!home.vault_file().exists());
    }
}

#[tokio::test]
async fn a_sqlite_file_of_the_needed_schema_is_opened_while_somebody_writes_to_it() {
    let home = sqlite().await;
    let url = &home.url();
    made(url).await.unwrap();
    let mut writer = SqliteConnection::connect(url).await.unwrap();
    writer.execute("BEGIN IMMEDIATE").await.unwrap();
    let store = open(url, OpenOptions::default()).await.unwrap();
    assert_eq!(store.head().await.unwrap().position, Position::START);
}

#[tokio::test]
async fn an_unknown_address_is_refused_without_showing_it() {
    let refusal = refusal("mysql://svod:secret@host/svod").await;
    let source = std::error::Error::source(&refusal).unwrap().to_string();
    assert_eq!(source, "the address of a store begins with sqlite:// or postgres://, not with \"mysql\"");
}
