//! The peers, one a file.

mod cqrs_es;
mod disintegrate;
mod evento;
mod eventsourced;
mod message_db;

pub use cqrs_es::CqrsEs;
pub use disintegrate::Disintegrate;
pub use evento::{EventoPostgres, EventoSqlite};
pub use eventsourced::Eventsourced;
pub use message_db::MessageDb;
