//! What the program gives to the gateway: a bound socket, and functions of parts that the gateway may not know.

use std::error::Error;
use std::sync::Arc;

use svod_engine::ReportInputs;
use tokio::net::TcpListener;

/// Makes a document of `inputs` in a format such as `docx`. It may take its time: it is called where blocking is
/// allowed.
pub type RenderReport =
    Arc<dyn Fn(&ReportInputs, &str) -> Result<RenderedReport, RenderRefused> + Send + Sync>;

/// The metrics of the process in the text form of Prometheus.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// Whether a part of the program can do its work now. It answers at once, from what it knows.
pub type ReadinessCheck = Arc<dyn Fn() -> Readiness + Send + Sync>;

/// Everything that [`crate::serve`] needs beside the engine.
pub struct GatewayOptions {
    /// Where it listens; bound by the program, so that a taken address is found at once.
    pub listener: TcpListener,
    /// Makes documents.
    pub render: RenderReport,
    /// Named checks of `/readyz`, such as `broker`; the store is always checked.
    pub readiness: Vec<(String, ReadinessCheck)>,
    /// The text of `/metrics`.
    pub metrics: RenderMetrics,
}

/// A document. Its name is given by the gateway, which knows whether it is an edition, a preview or an extract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedReport {
    /// The file.
    pub bytes: Vec<u8>,
    /// Such as `application/pdf`.
    pub media_type: String,
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum RenderRefused {
    /// The format belongs to the contract, but nothing makes it yet.
    #[error("no renderer makes {format} files")]
    NoRenderer {
        /// Such as `odt`.
        format: String,
    },
    /// The renderer broke.
    #[error("the document cannot be made")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

/// The answer of a [`ReadinessCheck`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It can.
    Ready,
    /// It cannot.
    NotReady {
        /// For operators, in English; shown without a token, so it names no secret.
        because: String,
    },
}
