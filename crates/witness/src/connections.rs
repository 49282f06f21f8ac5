//! Connections to a witness: each with a time limit, all of them ended in order at a stop.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::Seconds;
use crate::book::Book;
use crate::server::Desk;

/// Most connections at once; more wait in the backlog of the socket. A witness has a client for each of its logs.
const CONNECTIONS_MAX: usize = 256;

/// Longest time until the head of a request is there, and so the longest idle time of a connection: longer than the pause
/// between two checkpoints, so that a log keeps its connection.
const HEAD_MAX: Duration = Duration::from_secs(30);

/// Largest head, in bytes.
const HEAD_BYTES_MAX: usize = 16_384;

/// How long requests that are being worked on may take to end after a stop.
const STOP_MAX: Duration = Duration::from_secs(10);

/// How long taking connections pauses when the process is out of files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why a witness could not go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The socket does not tell its address.
    #[error("the socket cannot be listened on")]
    Listen(#[source] io::Error),
}

/// Everything that [`serve`] needs.
pub struct WitnessServer {
    /// Where it listens; bound by the program, so that a taken address is found at once.
    pub listener: TcpListener,
    /// What it remembers.
    pub book: Book,
    /// What time it is.
    pub clock: Seconds,
}

/// Answers requests until `stop`; then ends what is under way, for ten seconds at most.
pub async fn serve(server: WitnessServer, stop: CancellationToken) -> Result<(), ServeError> {
    let WitnessServer { listener, book, clock } = server;
    let address = listener.local_addr().map_err(ServeError::Listen)?;
    let desk = Arc::new(Desk::new(Arc::new(book), clock));
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    tracing::info!(%address, "the witness listens");
    while let Some((stream, permit)) = next(&listener, &connections, &stop).await {
        answer(stream, permit, Arc::clone(&desk), &graceful);
    }
    drop(listener);
    if tokio::time::timeout(STOP_MAX, graceful.shutdown()).await.is_err() {
        tracing::warn!(limit_ms = STOP_MAX.as_millis(), "requests were cut off at the stop");
    }
    tracing::info!(%address, "the witness stopped");
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

fn answer(stream: TcpStream, permit: OwnedSemaphorePermit, desk: Arc<Desk>, graceful: &GracefulShutdown) {
    let service = service_fn(move |request| {
        let desk = Arc::clone(&desk);
        async move { desk.answer(request).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(cause = %error, "a connection ended early");
        }
        drop(permit);
    });
}
