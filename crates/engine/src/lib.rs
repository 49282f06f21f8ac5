//! Runs the rules over the log: commands in, batched; views out; subscriptions; timers. Roles meet only through the
//! log and the store, so each can run alone, in several copies.

mod decide;
mod engine;
mod error;
mod happened;
pub mod inputs;
pub mod message;
pub mod receipt;
mod sequencer;
mod wording;
mod world;

pub use engine::{Answered, Engine, EngineOptions, Incoming, Ordered, Outcome, Sender};
pub use error::EngineError;
pub use happened::Happened;
pub use inputs::{ReportInputs, ReportRecord, ReportSection, ReportStatus};
pub use message::MESSAGE_BYTES_MAX;
pub use receipt::{RECEIPT_TYPE, ReceiptData, receipt_schema};
pub use sequencer::Sequencer;
pub use wording::{Clock, Wording};
