//! A witness behind a socket: what its connections may ask for.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use svod_http::Limits;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::Seconds;
use crate::book::Book;
use crate::server::Desk;

const LIMITS: Limits = Limits {
    // A witness has a client for each of its logs.
    connections_max: 256,
    // Longer than the pause between two checkpoints, so that a log keeps its connection.
    head_max: Duration::from_secs(30),
    // No client of a witness sends more than a few lines.
    head_bytes_max: 16_384,
};

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
    let desk = Arc::new(Desk::new(Arc::new(book), clock));
    let service = service_fn(move |request| {
        let desk = Arc::clone(&desk);
        async move { desk.answer(request).await }
    });
    svod_http::serve("the witness", listener, LIMITS, service, stop).await.map_err(ServeError::Listen)
}
