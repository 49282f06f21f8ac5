//! Runs the rules over the log: commands in, batched; views out; subscriptions; timers. Roles meet only through the
//! log and the store, so each can run alone, in several copies.

mod ahead;
mod attest;
pub mod audit;
mod decide;
mod drafter;
mod engine;
mod erasure;
mod error;
mod first;
pub mod gauges;
mod happened;
mod held;
mod import;
mod in_clear;
mod input_document;
pub mod inputs;
mod job;
mod lost;
pub mod message;
mod past;
mod persons;
pub mod projector;
pub mod reader;
pub mod receipt;
mod revision;
mod scheduler;
mod sequencer;
mod size;
mod subscription;
pub mod views;
mod wording;
mod world;

pub use attest::{rules_hash, streams_root};
pub use engine::{Answered, Engine, EngineOptions, Incoming, Ordered, Outcome, ReadMessage, Sender};
pub use erasure::{ErasureCard, FoundPerson};
pub use error::{EngineError, chain};
pub use happened::{Happened, MUNICIPALITIES};
pub use held::{Held, InvalidHeld};
pub use import::{ImportAction, ImportEntry, ImportFinding, ImportPlan, ImportSeverity};
pub use in_clear::InClear;
pub use inputs::{AttestedRoot, ReportInputs, ReportRecord, ReportSection, ReportStatus, edition_inputs};
pub use lost::Lost;
pub use message::MESSAGE_BYTES_MAX;
pub use projector::{UnknownView, ViewStatus, project, rebuild, view_statuses};
pub use reader::{AsOf, Page, Reader, SubmissionFilter};
pub use receipt::{RECEIPT_TYPE, ReceiptData, receipt_schema};
pub use revision::{EarlierRecord, EarlierSection, ReportRevision};
pub use scheduler::schedule;
pub use sequencer::Sequencer;
pub use subscription::{Subscriber, SubscriberError, follow};
pub use views::{
    Act, ActorCard, Board, BoardRow, BoardState, Counts, EditionCard, FileCard, MunicipalityCard,
    QuarterCard, QuarterPhase, SubmissionCard, SubmissionHistory, SubmissionState, VersionCard,
};
pub use wording::{Clock, Wording};
