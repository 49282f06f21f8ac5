//! The API from outside: a real engine on a store in memory, a real socket, a real client.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics where it stands")]

mod edges;
mod ground;
mod import;
mod messages;
mod openapi;
mod reading;
mod report;
mod verify;
