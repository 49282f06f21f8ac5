//! The gateway behind a socket: what its connections may ask for.

use std::io;
use std::time::Duration;

use hyper_util::service::TowerToHyperService;
use svod_engine::Engine;
use svod_http::Limits;
use tokio_util::sync::CancellationToken;

use crate::api::{self, Api};
use crate::options::GatewayOptions;

const LIMITS: Limits = Limits {
    // Each costs some ten kilobytes.
    connections_max: 1_024,
    // Slower ones are broken or mean harm.
    head_max: Duration::from_secs(15),
    // A token, a few parameters, and what proxies add.
    head_bytes_max: 32_768,
};

/// Why the gateway could not go on.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The socket it was given does not tell its address, so it is none that can be listened on.
    #[error("the socket cannot be listened on")]
    Listen(#[source] io::Error),
}

/// Answers requests until `stop`; then ends what is under way, for ten seconds at most.
pub async fn serve(
    engine: Engine,
    options: GatewayOptions,
    stop: CancellationToken,
) -> Result<(), GatewayError> {
    let GatewayOptions { listener, render, import, verify, readiness, metrics } = options;
    let api = Api::new(engine, render, import, verify, readiness, metrics);
    let service = TowerToHyperService::new(api::router(&api));
    svod_http::serve("the gateway", listener, LIMITS, service, stop).await.map_err(GatewayError::Listen)
}
