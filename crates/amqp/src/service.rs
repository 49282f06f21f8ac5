//! The broker edge as a role of the program: intake, quarantine and events, kept up until the program stops.

use svod_engine::{Engine, EngineError, follow};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::connection::{BrokerUrls, LinkError};
use crate::events::EventPublisher;
use crate::health::Health;
use crate::intake::Intake;
use crate::quarantine::Keeper;
use crate::session::Supervisor;

/// How the broker edge runs.
#[derive(Clone, Debug)]
pub struct AmqpOptions {
    /// The nodes of the broker.
    pub urls: BrokerUrls,
    /// Whose messages are that the broker names nobody for. For development only.
    pub default_sender: Option<String>,
    /// Whether to declare the topology. A user who may not is noticed, and runs on the definitions either way.
    pub declare: bool,
    /// Where to say how things are.
    pub health: Health,
}

/// What waiting does not cure.
#[derive(Debug, thiserror::Error)]
pub enum AmqpError {
    /// The broker refuses the name, the password or the virtual host, and has never accepted them.
    #[error("the broker cannot be used as it is configured")]
    Refused(#[source] LinkError),
    /// The subscription that publishes events ended.
    #[error("the publishing of events ended")]
    Events(#[source] EngineError),
}

/// Runs until `stop`. The loss of the broker never ends it.
pub async fn run(engine: Engine, options: AmqpOptions, stop: CancellationToken) -> Result<(), AmqpError> {
    let AmqpOptions { urls, default_sender, declare, health } = options;
    if let Some(name) = &default_sender {
        warn!(
            name,
            "messages without a validated sender are taken as this principal's: for development only"
        );
    }
    let intake = Intake { engine: engine.clone(), default_sender, declare, health: health.clone() };
    let keeper = Keeper { engine: engine.clone(), declare, health: health.clone() };
    let publisher = EventPublisher::new(&engine, urls.clone(), declare, health.clone());
    let supervisor = Supervisor { urls: &urls, health: &health, stop: &stop };
    tokio::try_join!(
        async { supervisor.keep_up(&intake).await.map_err(AmqpError::Refused) },
        async { supervisor.keep_up(&keeper).await.map_err(AmqpError::Refused) },
        async { follow(engine, publisher, stop.clone()).await.map_err(AmqpError::Events) },
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_can_be_run_as_a_task() {
        fn check<F: Future + Send>(_run: fn(Engine, AmqpOptions, CancellationToken) -> F) {}
        check(run);
    }
}
