//! Where the stores of the tests live: a SQLite file in a temporary folder, a PostgreSQL database of their own.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::migrate::MigrateDatabase as _;
use svod_log::Store;
use svod_log::promises::Home;
use svod_store::OpenOptions;
use tempfile::TempDir;

/// A SQLite file.
pub(crate) struct SqliteHome {
    folder: TempDir,
}

impl SqliteHome {
    pub(crate) fn url(&self) -> String {
        format!("sqlite://{}", self.folder.path().join("svod.db").display())
    }

    /// Where its vault lies.
    pub(crate) fn vault_file(&self) -> std::path::PathBuf {
        self.folder.path().join("svod-vault.db")
    }
}

/// Vouches for what the tests append.
pub(crate) fn notary() -> Option<svod_log::Notary> {
    svod_log::Notary::try_new("svod.example/tests", &[1; 32], &[2; 32]).ok()
}

/// A place for a SQLite file that does not exist yet.
pub(crate) async fn sqlite() -> SqliteHome {
    SqliteHome { folder: tempfile::tempdir().unwrap() }
}

#[async_trait]
impl Home for SqliteHome {
    async fn open(&self) -> Arc<dyn Store> {
        let options = OpenOptions { notary: notary(), ..OpenOptions::default() };
        svod_store::open(&self.url(), options).await.unwrap()
    }

    async fn raze(&self) {}
}

/// A database on the PostgreSQL server of the tests.
pub(crate) struct PostgresHome {
    pub(crate) url: String,
}

/// An empty database, not yet migrated.
pub(crate) async fn empty_postgres() -> PostgresHome {
    #[expect(clippy::disallowed_methods, reason = "the tests have no configuration but this")]
    let server = std::env::var("SVOD_TEST_POSTGRES_URL").expect(
        "SVOD_TEST_POSTGRES_URL is not set: run through `make test` or tests/servers/with-servers.sh",
    );
    let name = format!("svod_store_{}", uuid::Uuid::now_v7().simple());
    let options = server.split_once('?').map_or(String::new(), |(_, options)| format!("?{options}"));
    let (root, _) = server.split('?').next().unwrap().rsplit_once('/').expect("a URL with a database");
    let url = format!("{root}/{name}{options}");
    sqlx::Postgres::create_database(&url).await.unwrap();
    PostgresHome { url }
}

/// An empty, migrated database.
pub(crate) async fn postgres() -> PostgresHome {
    let home = empty_postgres().await;
    let vault_url = svod_store::default_vault_url(&home.url);
    svod_store::migrate(&home.url, &vault_url).await.unwrap();
    home
}

#[async_trait]
impl Home for PostgresHome {
    async fn open(&self) -> Arc<dyn Store> {
        svod_store::open(
            &self.url,
            OpenOptions { connections_max: 4, notary: notary(), ..OpenOptions::default() },
        )
        .await
        .unwrap()
    }

    async fn raze(&self) {
        sqlx::Postgres::force_drop_database(&self.url).await.unwrap();
    }
}
