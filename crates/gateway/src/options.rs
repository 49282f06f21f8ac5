//! What the program gives to the gateway: a bound socket, and functions of parts that the gateway may not know.

use std::error::Error;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Serialize;
use svod_domain::{Edition, MunicipalityCode, Quarter, Refusal};
use svod_engine::{EngineError, ImportPlan, ReportInputs};
use svod_log::{Hash, Head};
use svod_text::Words;
use tokio::net::TcpListener;

/// Makes a document of `inputs` in a format such as `docx`. It may take its time: it is called where blocking is
/// allowed.
pub type RenderReport =
    Arc<dyn Fn(&ReportInputs, &str) -> Result<RenderedReport, RenderRefused> + Send + Sync>;

/// Says what an import of a file would do now. It reads the ledger, and the file on a thread of its own.
pub type ImportFile =
    Arc<dyn Fn(ImportRequest) -> BoxFuture<'static, Result<ImportPlan, ImportRefused>> + Send + Sync>;

/// Says whether a file is a document of the ledger. It reads the ledger, and the file on a thread of its own.
pub type VerifyFile =
    Arc<dyn Fn(Vec<u8>) -> BoxFuture<'static, Result<Verified, Box<dyn Error + Send + Sync>>> + Send + Sync>;

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
    /// Compares files with the ledger.
    pub verify: VerifyFile,
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

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Verified {
    /// What it is.
    pub verdict: FileVerdict,
    /// The document of the ledger that it is, or that it comes nearest to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<VerifiedDocument>,
    /// How many cells say something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differences: Option<usize>,
    /// The first of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<VerifiedCell>,
    /// Why its cells cannot be read: a stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The same in Russian words, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Where the log ended when it was looked at.
    pub position: u64,
    /// Its root there, hexadecimal.
    pub root: String,
}

impl Verified {
    /// A verdict on a file, and as yet nothing more, at a place of the log.
    #[must_use]
    pub fn new(verdict: FileVerdict, bytes: &[u8], head: &Head) -> Self {
        Self {
            verdict,
            document: None,
            differences: None,
            cells: vec![],
            code: None,
            detail: None,
            sha256: Hash::of(bytes).to_string(),
            position: head.position.0,
            root: head.root.to_string(),
        }
    }
}

/// What a file is to a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FileVerdict {
    /// The very file, byte for byte.
    Authentic,
    /// Another file whose every cell says the same.
    SameContent,
    /// Cells say something else.
    Differs,
    /// It is like no document of the ledger.
    Unknown,
    /// It is none of the ledger's files, and its cells cannot be read.
    Unreadable,
}

/// A document of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct VerifiedDocument {
    /// Of which quarter.
    pub quarter: Quarter,
    /// Which edition.
    pub edition: Edition,
    /// Where the close stands in the log.
    pub closed_at_position: u64,
    /// Such as `docx`.
    pub format: String,
    /// Whether it is the masked twin, in which nobody is named.
    pub masked: bool,
    /// Whether the log records the very file; else it is made of what the log yields.
    pub recorded: bool,
}

/// A cell that says something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct VerifiedCell {
    /// Row of the table in the file, from 1, the heading counted.
    pub row: usize,
    /// Column, from 1.
    pub column: usize,
    /// What the file says there; null: it has no such cell.
    pub file: Option<String>,
    /// What the log yields there; null: nothing.
    pub log: Option<String>,
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
