//! Connections: taken one by one, each with a time limit for its head, and all of them ended in order at a stop.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use svod_engine::Engine;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::api::{self, Api};
use crate::options::GatewayOptions;

/// Most connections at once; more wait in the backlog of the socket. Each costs some ten kilobytes.
const CONNECTIONS_MAX: usize = 1_024;

/// Longest time until the head of a request is there, and so the longest idle time of a connection: slower ones are
/// broken or mean harm.
const HEAD_MAX: Duration = Duration::from_secs(15);

/// Largest head, in bytes: a token, a few parameters, and what proxies add.
const HEAD_BYTES_MAX: usize = 32_768;

/// How long requests that are being worked on may take to end after a stop.
const STOP_MAX: Duration = Duration::from_secs(10);

/// How long taking connections pauses when the process is out of files: trying at once would only burn a core.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

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
    let address = options.listener.local_addr().map_err(GatewayError::Listen)?;
    let api = Api::new(engine, options.render, options.readiness, options.metrics);
    let router = api::router(&api);
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    tracing::info!(%address, "the gateway listens");
    while let Some((stream, permit)) = next(&options.listener, &connections, &stop).await {
        answer(stream, permit, router.clone(), &graceful);
    }
    drop(options.listener);
    if tokio::time::timeout(STOP_MAX, graceful.shutdown()).await.is_err() {
        tracing::warn!(limit_ms = STOP_MAX.as_millis(), "requests were cut off at the stop");
    }
    tracing::info!(%address, "the gateway stopped");
    Ok(())
}

/// The next connection; `None` at the stop.
async fn next(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let accept = async {
        let permit = Arc::clone(connections).acquire_owned().await.expect("the semaphore is never closed");
        loop {
            match listener.accept().await {
                Ok((stream, _peer)) => return (stream, permit),
                Err(error) => {
                    tracing::warn!(cause = %error, "a connection could not be taken");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        accepted = accept => Some(accepted),
    }
}

fn answer(stream: TcpStream, permit: OwnedSemaphorePermit, router: Router, graceful: &GracefulShutdown) {
    // A receipt is small: waiting for more to send only makes it late. A socket that refuses still works.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(cause = %error, "a connection keeps its delay");
    }
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(cause = %error, "a connection ended early");
        }
        drop(permit);
    });
}
