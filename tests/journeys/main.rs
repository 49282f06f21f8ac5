//! Journeys through the running program: a real broker, a real database, clients that nobody here wrote.
#![expect(clippy::unwrap_used, reason = "a journey that meets what it did not expect has failed")]

mod attacks;
mod auditor;
mod bad_input;
mod broker;
mod crash;
mod erasure;
mod importing;
mod in_hand;
mod interrupted;
mod keys;
mod kills;
mod outages;
mod quarter;
mod records;
mod service;
mod strangers;
