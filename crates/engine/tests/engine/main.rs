//! The engine from outside: messages and orders in, receipts, log and views out, on the store in memory.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing where something must be has failed")]

mod answers;
mod attestation;
mod audit;
mod audit_rules;
mod copies;
mod desks;
mod erasures;
mod faults;
mod golden;
mod ground;
mod held;
mod history;
mod honest;
mod inputs;
mod next_batch;
mod outages;
mod persons;
mod principals;
mod receipts;
mod revisions;
mod schedule;
mod store;
mod subscriptions;
mod texts;
mod vault;
mod verify_entries;
mod verify_views;
mod views;
