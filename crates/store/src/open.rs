//! Opens a store: the one place where the scheme of an address is looked at.

use std::sync::Arc;
use std::time::Duration;

use svod_log::{Notary, Store, StoreError};
use tokio::sync::Mutex;

use crate::database::Database;
use crate::failure::unavailable;
use crate::log::SqlStore;
use crate::migrations::{self, SchemaState};
use crate::{postgres, sqlite};

/// Longest wait for a connection, and in SQLite for the writer of another process.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// How to open a store.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Most connections to PostgreSQL, or readers of the SQLite file, of this process.
    pub connections_max: u32,
    /// Who vouches for what is appended; without one the store is only read ([`StoreError::NoKeys`]).
    pub notary: Option<Notary>,
    /// Where the vault lies; otherwise where [`default_vault_url`] says.
    pub vault_url: Option<String>,
}

impl Default for OpenOptions {
    /// Enough for one process on a machine of a few cores; fewer than a fresh PostgreSQL grants to ten such processes.
    fn default() -> Self {
        Self { connections_max: 8, notary: None, vault_url: None }
    }
}

/// An address that names no store.
#[derive(Debug, thiserror::Error)]
#[error("the address of a store begins with sqlite:// or postgres://, not with {scheme:?}")]
struct UnknownScheme {
    /// What stands before `://`; the rest may hold a password and is not shown.
    scheme: String,
}

/// Opens the store at `url`: `sqlite://PATH` or `postgres://…`.
///
/// A SQLite file is made and migrated when it is opened. PostgreSQL must have been migrated by its owner
/// ([`crate::migrate`]); another schema is [`StoreError::Schema`].
pub async fn open(url: &str, options: OpenOptions) -> Result<Arc<dyn Store>, StoreError> {
    let database = database(url, options.connections_max)?;
    let vault_url = options.vault_url.unwrap_or_else(|| default_vault_url(url));
    let vault = vault(&vault_url, options.connections_max)?;
    for (schema, database) in [(migrations::LEDGER, &database), (migrations::VAULT, &vault)] {
        if matches!(database, Database::Sqlite { .. }) {
            schema.apply(database).await?;
        }
        let state = schema.state(database).await?;
        if state != SchemaState::Current {
            return Err(StoreError::Schema { what: state.to_string() });
        }
    }
    Ok(Arc::new(SqlStore {
        database,
        vault,
        writer: Mutex::default(),
        recent: std::sync::Mutex::default(),
        notary: options.notary,
    }))
}

/// Where the vault of the ledger at `url` lies unless it is said otherwise: in a SQLite file beside the ledger's, or in the
/// same database of PostgreSQL.
#[must_use]
pub fn default_vault_url(url: &str) -> String {
    match url.strip_prefix("sqlite://") {
        Some(path) => format!("sqlite://{}-vault.db", path.strip_suffix(".db").unwrap_or(path)),
        None => url.to_owned(),
    }
}

/// The vault at `url`, not yet connected to.
pub(crate) fn vault(url: &str, connections_max: u32) -> Result<Database, StoreError> {
    match url.strip_prefix("sqlite://") {
        Some(path) => Ok(Database::Sqlite {
            writer: sqlite::vault_writer(path),
            readers: sqlite::readers(path, connections_max),
        }),
        None => database(url, connections_max),
    }
}

/// The database at `url`, not yet connected to.
pub(crate) fn database(url: &str, connections_max: u32) -> Result<Database, StoreError> {
    let (scheme, rest) = url.split_once("://").unwrap_or((url, ""));
    match scheme {
        "sqlite" => Ok(Database::Sqlite {
            writer: sqlite::writer(rest),
            readers: sqlite::readers(rest, connections_max),
        }),
        "postgres" | "postgresql" => Ok(Database::Postgres(postgres::pool(url, connections_max)?)),
        _ => {
            let unknown = UnknownScheme { scheme: scheme.chars().take(20).collect() };
            Err(unavailable("reading the address of the store", unknown))
        }
    }
}
