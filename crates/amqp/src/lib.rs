//! The broker edge: topology, intake, receipts, events. The only crate that knows RabbitMQ and its client library.
//!
//! The order that everything hangs on: the answer is committed, its receipt is published and confirmed, the delivery
//! is acknowledged. A crash anywhere repeats a step that has no second effect.

mod asyncapi;
mod client;
mod connection;
mod declare;
pub mod definitions;
mod delivery;
mod doctor;
mod events;
mod guard;
mod health;
mod hold;
mod intake;
mod publisher;
mod quarantine;
mod receipts;
mod service;
mod session;
pub mod topology;

pub use asyncapi::asyncapi;
pub use client::{Progress, SendError, SendOptions, send};
pub use connection::{BrokerUrls, InvalidUrls, Link, LinkError, LinkState};
pub use declare::{Declarer, Found, Standing};
pub use doctor::{Finding, Level, doctor};
pub use events::EVENTS_SUBSCRIPTION;
pub use health::{Health, HealthStatus};
pub use publisher::{ConfirmChannel, Outgoing, PublishError, Verdict, WINDOW_MAX};
pub use service::{AmqpError, AmqpOptions, run};
