//! The rules: what may happen and what has happened. Pure: no clock, no randomness, no I/O, and no knowledge that
//! any of it is recorded.
//!
//! One file is one consistency boundary (`submission`, `quarter`, `nil_return`, `municipality`, `report`,
//! `erasure`): its state, its `decide`, its `evolve`, its tables of tests. `command` and `event` are what comes in and what has
//! happened; `guard` looks at the texts of what comes in before any rule is asked; `refusal` and `reason` are every foreseen
//! «no».

pub mod activity;
pub mod actor;
pub mod calendar;
pub mod command;
pub mod decision;
pub mod erasure;
pub mod event;
pub mod guard;
pub mod ids;
pub mod municipality;
pub mod nil_return;
pub mod period;
pub mod quarter;
pub mod reason;
pub mod refusal;
pub mod register;
pub mod report;
pub mod submission;
pub mod warning;

pub use activity::{Activity, DateRange, ERASED, Participant};
pub use actor::{Actor, Role};
pub use command::Command;
pub use decision::Decision;
pub use event::Event;
pub use ids::{Edition, MunicipalityCode, SubmissionId, Version};
pub use period::Quarter;
pub use reason::ReasonCode;
pub use refusal::{Refusal, SchemaFault};
pub use warning::Warning;
