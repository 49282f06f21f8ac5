//! The ledger on PostgreSQL and on SQLite: the only crate with SQL.
//!
//! One set of statements ([`sql`]) and one set of functions serve both databases. What differs stands in six places:
//! the pairs of statements in `sql.rs`, how a transaction begins (there too), the settings of a
//! connection and how it rests (`postgres.rs`, `sqlite.rs`, `readers.rs`), how a batch is written in the hope that everything is as it is remembered
//! (`append.rs`, on SQLite `at_once.rs`), how views are committed (`views.rs`), and how a page of the log is read at once
//! (`pages.rs`).

mod append;
mod at_once;
mod database;
mod failure;
mod files;
mod guards;
mod leases;
mod log;
mod memory;
mod migrations;
mod open;
mod pages;
mod postgres;
mod principals;
mod quarantine;
mod readers;
mod recent;
mod session;
mod sql;
mod sqlite;
mod value;
mod vault;
mod views;
mod witnessed;

pub use migrations::{SchemaState, migrate, schema_state};
pub use open::{IfMissing, OpenOptions, default_vault_url, open, settle};
