//! What the program gives to the gateway: a bound socket, and functions of parts that the gateway may not know.

use std::error::Error;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use svod_domain::{MunicipalityCode, Quarter, Refusal};
use svod_engine::{EngineError, ImportPlan, ReportInputs};
use svod_text::Words;
use tokio::net::TcpListener;

/// Makes a document of `inputs` in a format such as `docx`. It may take its time: it is called where blocking is
/// allowed.
pub type RenderReport =
    Arc<dyn Fn(&ReportInputs, &str) -> Result<RenderedReport, RenderRefused> + Send + Sync>;

/// Says what an import of a file would do now. It reads the ledger, and the file on a thread of its own.
pub type ImportFile =
    Arc<dyn Fn(ImportRequest) -> BoxFuture<'static, Result<ImportPlan, ImportRefused>> + Send + Sync>;

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
    /// Understands files.
    pub import: ImportFile,
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

/// A file that a caller hands in.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its name, if the caller tells it.
    pub file_name: Option<String>,
    /// For which quarter.
    pub quarter: Quarter,
    /// Whose it is, if the caller says so.
    pub municipality: Option<MunicipalityCode>,
    /// Of whom the caller may file and see. `None`: of everybody.
    pub own: Option<Vec<MunicipalityCode>>,
}

/// Why nothing of a file is understood.
#[derive(Debug, thiserror::Error)]
pub enum ImportRefused {
    /// It cannot be read.
    #[error("the file cannot be read")]
    Unreadable(Words),
    /// A rule says no.
    #[error("the file is not taken: {}", _0.reason().as_str())]
    Refused(Refusal),
    /// The ledger failed.
    #[error("the ledger failed while a file was compared with it")]
    Ledger(#[source] EngineError),
    /// The reader broke.
    #[error("the file cannot be understood")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
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
