//! HTTP connections: taken one by one within limits, each with a time for its head, and all of them ended in order at a stop.
//! It knows nothing of what is asked and answered.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// How long requests that are being worked on may take to end after a stop.
const STOP_MAX: Duration = Duration::from_secs(10);

/// How long taking connections pauses when the process is out of files: trying at once would only burn a core.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How much whoever connects may ask for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most connections at once; more wait in the backlog of the socket.
    pub connections_max: usize,
    /// Longest time until the head of a request is there, and so the longest idle time of a connection.
    pub head_max: Duration,
    /// Largest head, in bytes.
    pub head_bytes_max: usize,
}

/// Answers requests until `stop`; then ends what is under way, for ten seconds at most. `name` is what the log calls it.
///
/// Fails only if the socket does not tell its address, so that it is none that can be listened on.
pub async fn serve<S, B>(
    name: &'static str,
    listener: TcpListener,
    limits: Limits,
    service: S,
    stop: CancellationToken,
) -> io::Result<()>
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let address = listener.local_addr()?;
    let connections = Arc::new(Semaphore::new(limits.connections_max));
    let graceful = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head_max).max_buf_size(limits.head_bytes_max);
    tracing::info!(%address, "{name} listens");
    while let Some((stream, permit)) = next(&listener, &connections, &stop).await {
        // A receipt is small: waiting for more to send only makes it late. A socket that refuses still works.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(cause = %error, "a connection keeps its delay");
        }
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service.clone()));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(cause = %error, "a connection ended early");
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(STOP_MAX, graceful.shutdown()).await.is_err() {
        tracing::warn!(limit_ms = STOP_MAX.as_millis(), "requests were cut off at the stop");
    }
    tracing::info!(%address, "{name} stopped");
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
