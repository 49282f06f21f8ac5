//! Journeys through the running program: a real broker, a real database, clients that nobody here wrote.

mod bad_input;
mod broker;
mod kills;
mod outages;
mod quarter;
mod records;
mod service;
