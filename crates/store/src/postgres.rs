//! Connections to PostgreSQL: their limits and settings.

use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use svod_log::StoreError;

use crate::failure::failure;
use crate::open::ACQUIRE_TIMEOUT;

/// A connection that has rested for longer is asked whether it still lives before it is used.
const REST_TRUSTED: Duration = Duration::from_secs(1);

/// Settings of every session. The isolation is named, because a database may be configured to another one, under which
/// a lost compare-and-set would be an error instead of an answer.
///
/// Plans are made once: planning one anew for each short batch took the server longer than carrying it out. Every statement here finds
/// its rows by an index, and a plan that was made while a table was empty must do so, too, when it is not any more.
const SETTINGS: [(&str, &str); 8] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("default_transaction_isolation", "read committed"),
    ("lock_timeout", "5s"),
    ("statement_timeout", "15s"),
    ("idle_in_transaction_session_timeout", "15s"),
];

/// A pool on the database at `url`; connects when it is first used.
pub(crate) fn pool(url: &str, connections_max: u32) -> Result<PgPool, StoreError> {
    let options: PgConnectOptions =
        url.parse().map_err(|error| failure("reading the address of PostgreSQL", error))?;
    let options = options.application_name("svod").options(SETTINGS);
    let pool = PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(async move {
                if state.idle_for > REST_TRUSTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        });
    Ok(pool.connect_lazy_with(options))
}
