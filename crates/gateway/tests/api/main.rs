//! The API from outside: a real engine on a store in memory, a real socket, a real client.

mod edges;
mod ground;
mod messages;
mod openapi;
mod reading;
mod report;
