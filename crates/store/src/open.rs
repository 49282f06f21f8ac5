//! Opens a store: the one place where the scheme of an address is looked at.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future;
use svod_log::{Notary, Store, StoreError};
use tokio::sync::Mutex;

use crate::at_once::AtOnce;
use crate::database::Database;
use crate::failure::unavailable;
use crate::log::{SqlStore, no_head};
use crate::migrations::{LEDGER, Schema, SchemaState, VAULT};
use crate::postgres::Connections;
use crate::readers::Readers;
use crate::{sql, sqlite};

/// Longest wait for a connection, and in SQLite for the writer of another process.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// What is done where there is no SQLite file yet. On PostgreSQL only [`crate::migrate`] makes anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfMissing {
    /// It is made: this is the first use.
    #[default]
    Make,
    /// It is an error: who looks at a ledger would not see that he looks at a new one.
    Fail,
}

/// How to open a store.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Most connections to PostgreSQL, or readers of the SQLite file, of this process.
    pub connections_max: u32,
    /// Who vouches for what is appended; without one the store is only read ([`StoreError::NoKeys`]).
    pub notary: Option<Notary>,
    /// Where the vault lies; otherwise where [`default_vault_url`] says.
    pub vault_url: Option<String>,
    /// What is done where there is nothing.
    pub if_missing: IfMissing,
}

impl Default for OpenOptions {
    /// Enough for one process on a machine of a few cores; fewer than a fresh PostgreSQL grants to ten such processes.
    fn default() -> Self {
        Self { connections_max: 8, notary: None, vault_url: None, if_missing: IfMissing::default() }
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
/// A SQLite file is made, unless the options say otherwise, and migrated when it is opened. PostgreSQL must have been migrated
/// by its owner ([`crate::migrate`]); another schema is [`StoreError::Schema`].
pub async fn open(url: &str, options: OpenOptions) -> Result<Arc<dyn Store>, StoreError> {
    let database = database(url, options.connections_max)?;
    let vault_url = options.vault_url.unwrap_or_else(|| default_vault_url(url));
    let vault = match &database {
        // Two of them on one server would take twice the connections that were granted.
        Database::Postgres(_) if vault_url == url => database.clone(),
        _of_its_own => vault(&vault_url, options.connections_max)?,
    };
    let makes = options.if_missing == IfMissing::Make;
    // Beside each other: a short look at a ledger is mostly waiting for what is done here.
    let (found, kept) = future::join(LEDGER.state(&database), VAULT.state(&vault)).await;
    let found = found?;
    if !makes && !is_there(found, &database) {
        return Err(not_there("ledger", &database));
    }
    bring_up(&LEDGER, &database, found).await?;
    let kept = kept?;
    if makes && !is_there(kept, &vault) && is_lost(&vault, &database).await? {
        return Err(not_there("vault", &vault));
    }
    // Who only reads may have been given a copy of the log alone.
    if makes || is_there(kept, &vault) {
        bring_up(&VAULT, &vault, kept).await?;
    }
    let at_once = match &database {
        Database::Sqlite { readers, .. } => Some(AtOnce::of(readers.path().to_owned())),
        Database::Postgres(_) => None,
    };
    Ok(Arc::new(SqlStore {
        database,
        at_once,
        vault,
        writer: Mutex::default(),
        recent: std::sync::Mutex::default(),
        notary: options.notary,
    }))
}

/// Whether there is anything of ours. A server is taken to have it: its schema is looked at anyway.
fn is_there(found: SchemaState, database: &Database) -> bool {
    found != SchemaState::Missing || matches!(database, Database::Postgres(_))
}

/// Whether entries were recorded, and the vault that was there then is not. Asked in this order: whoever appends has made the
/// vault before.
async fn is_lost(vault: &Database, database: &Database) -> Result<bool, StoreError> {
    let rows = database.rows("reading the head of the log", sql::HEAD, &[]).await?;
    let is_new = rows.first().ok_or_else(no_head)?.count(0)? == 0;
    Ok(!is_new && !is_there(VAULT.state(vault).await?, vault))
}

fn not_there(what: &'static str, database: &Database) -> StoreError {
    let place = match database {
        Database::Sqlite { readers, .. } => readers.path().display().to_string(),
        Database::Postgres(connections) => connections.host().to_owned(),
    };
    StoreError::NotThere { what, place }
}

/// Brings a SQLite file to the schema that is needed, and fails if a server has another. `found` is how it stood.
async fn bring_up(schema: &Schema, database: &Database, found: SchemaState) -> Result<(), StoreError> {
    let mut state = found;
    if state != SchemaState::Current && matches!(database, Database::Sqlite { .. }) {
        schema.apply(database).await?;
        state = schema.state(database).await?;
    }
    match state {
        SchemaState::Current => Ok(()),
        state => Err(StoreError::Schema { what: state.to_string() }),
    }
}

/// Moves what was committed into the SQLite files of ledger and vault, so that whoever copies the files alone has all of it.
pub async fn settle(url: &str, vault_url: &str) -> Result<(), StoreError> {
    const DOING: &str = "moving the write-ahead log into the file";
    for database in [database(url, 1)?, vault(vault_url, 1)?] {
        if matches!(database, Database::Sqlite { .. }) {
            database.session(DOING).await?.script(DOING, sql::EMPTY_WAL).await?;
        }
    }
    Ok(())
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
            readers: Readers::of(path, connections_max),
        }),
        None => database(url, connections_max),
    }
}

/// The database at `url`, not yet connected to.
pub(crate) fn database(url: &str, connections_max: u32) -> Result<Database, StoreError> {
    let (scheme, rest) = url.split_once("://").unwrap_or((url, ""));
    match scheme {
        "sqlite" => {
            Ok(Database::Sqlite { writer: sqlite::writer(rest), readers: Readers::of(rest, connections_max) })
        }
        "postgres" | "postgresql" => Ok(Database::Postgres(Connections::of(url, connections_max)?)),
        _ => {
            let unknown = UnknownScheme { scheme: scheme.chars().take(20).collect() };
            Err(unavailable("reading the address of the store", unknown))
        }
    }
}
