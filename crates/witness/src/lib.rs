//! Witnesses of a log (c2sp.org/tlog-witness), from both sides: [`serve`] is a witness, which cosigns the growth of logs
//! and nothing else; [`offer`] shows the checkpoints of a ledger to its witnesses and keeps what comes back.
//!
//! One file for each thing: what is said (`request`), what is judged (`judge`, pure), what is remembered (`book`), who
//! listens (`server`, `connections`), who asks (`client`), and what the ledger does with the answers (`offering`,
//! `standing`).

mod book;
mod client;
mod connections;
mod identity;
mod judge;
mod offering;
mod request;
mod server;
mod standing;

pub use book::{Book, BookError, LogStatus, statuses};
pub use client::{Answer, ClientError, Witness, WitnessClient};
pub use connections::{ServeError, WitnessServer, serve};
pub use identity::{IdentityError, identity, known_identity};
pub use judge::{Logs, Refusal};
pub use offering::{Correspondence, Offering, offer};
pub use request::{AddCheckpoint, Malformed, PROOF_LINES_MAX, REQUEST_BYTES_MAX};
pub use standing::{Standing, standings, watch};

/// The seconds since 1970.
pub type Seconds = std::sync::Arc<dyn Fn() -> u64 + Send + Sync>;
