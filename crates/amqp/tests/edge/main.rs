//! The broker edge on a real RabbitMQ, with a ledger in memory behind a real engine. Needs `SVOD_TEST_AMQP_URL` and
//! `SVOD_TEST_RABBITMQ_API` (tests/servers/with-servers.sh); every test has a virtual host of its own.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing where something must be has failed")]

mod broker;
mod client;
mod events;
mod ground;
mod intake;
mod outages;
mod publisher;
mod quarantine;
mod senders;
mod store;
mod topology;
