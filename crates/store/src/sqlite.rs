//! The connection to SQLite through the driver, which writes. What is written at once has its own ([`crate::at_once`]), as has what
//! reads ([`crate::readers`]).

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::open::ACQUIRE_TIMEOUT;

/// Settings of each of them to the file at `path`. FULL, because an answer that was given must survive a power cut.
fn options(path: &str) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(ACQUIRE_TIMEOUT)
}

fn pool_options() -> SqlitePoolOptions {
    // There is no network that could break the connection while it rests.
    SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
}

/// A batch of a thousand entries changes some megabytes of pages: they stay in memory until the commit.
pub(crate) const CACHE_KIB: &str = "-16384";
/// They are moved from the write-ahead log to the file a few batches later.
pub(crate) const LOG_PAGES: &str = "4000";

/// The connection that writes; makes the file if there is none.
pub(crate) fn writer(path: &str) -> SqlitePool {
    let options = options(path).pragma("cache_size", CACHE_KIB).pragma("wal_autocheckpoint", LOG_PAGES);
    pool_options().connect_lazy_with(options.create_if_missing(true))
}

/// The connection that writes to a vault: what is deleted there is overwritten, in the file and in its pages.
pub(crate) fn vault_writer(path: &str) -> SqlitePool {
    let options = options(path).pragma("secure_delete", "ON").create_if_missing(true);
    pool_options().connect_lazy_with(options)
}
