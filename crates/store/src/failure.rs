//! What an error of the driver means to the program.

use svod_log::{Denial, StoreError};

/// SQLSTATEs of PostgreSQL for tables, columns and functions that are not there.
const MISSING: [&str; 3] = ["42P01", "42703", "42883"];

/// What PostgreSQL refuses, by its SQLSTATE.
const DENIALS: [(&str, Denial); 4] = [
    ("28P01", Denial::Login),
    ("28000", Denial::Login),
    ("3D000", Denial::Database),
    // Also what is answered to whoever may not connect to the database.
    ("42501", Denial::Rights),
];

/// A failure of the driver while `doing` something.
pub(crate) fn failure(doing: &'static str, error: sqlx::Error) -> StoreError {
    if let sqlx::Error::Database(database) = &error {
        let code = database.code().unwrap_or_default();
        let message = database.message();
        if MISSING.contains(&code.as_ref()) || message.starts_with("no such table") {
            return StoreError::Schema { what: message.to_owned() };
        }
        if let Some((_, denial)) = DENIALS.iter().find(|(denied, _)| *denied == code) {
            return StoreError::Denied { denial: *denial, doing, source: message.into() };
        }
        // The head says that these rows cannot stand there: the constraint is the last guard, not a way to ask.
        if database.is_unique_violation() || database.is_check_violation() {
            return damaged(message, doing.to_owned());
        }
    }
    unavailable(doing, error)
}

/// Whether PostgreSQL takes nobody in just now: it is started or stopped, or has as many as it takes (SQLSTATEs `cannot_connect_now` and
/// `too_many_connections`).
pub(crate) fn is_not_ready(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| ["57P03", "53300"].contains(&code.as_ref()))
        }
        _of_another_kind => false,
    }
}

/// Whether SQLite says that another one has the file (`SQLITE_BUSY`, whatever the extended code says of it).
pub(crate) fn is_locked(error: &sqlx::Error) -> bool {
    const BUSY: i32 = 5;
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.and_then(|code| code.parse::<i32>().ok()).is_some_and(|code| code & 0xff == BUSY)
}

/// What a failure of SQLite itself means, without the driver between.
pub(crate) fn failure_of_sqlite(doing: &'static str, error: rusqlite::Error) -> StoreError {
    match &error {
        rusqlite::Error::SqliteFailure(code, message) => {
            let message = message.as_deref().unwrap_or_default();
            if message.starts_with("no such table") {
                return StoreError::Schema { what: message.to_owned() };
            }
            if code.code == rusqlite::ErrorCode::ConstraintViolation {
                return damaged(message, doing.to_owned());
            }
        }
        _of_another_kind => {}
    }
    unavailable(doing, error)
}

/// A failure that is worth trying again.
pub(crate) fn unavailable(
    doing: &'static str,
    source: impl std::error::Error + Send + Sync + 'static,
) -> StoreError {
    StoreError::Unavailable { doing, source: Box::new(source) }
}

/// A broken invariant of what was read.
pub(crate) fn damaged(what: &str, place: String) -> StoreError {
    StoreError::Damaged { what: what.to_owned(), place }
}
