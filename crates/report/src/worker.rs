//! The report worker: when a quarter has closed, builds the document of the edition, keeps it, records it.
//!
//! Every step may be repeated: the same inputs give the same bytes, a file is kept by its hash, an edition is recorded
//! once. So a crash anywhere changes nothing in the result.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use svod_domain::command::RecordReport;
use svod_domain::event::{QuarterClosed, ReportBuilt};
use svod_domain::{Actor, Command, Edition, Event, Quarter, ReasonCode};
use svod_engine::{Engine, EngineError, Happened, ReportInputs, Subscriber, SubscriberError, follow};
use svod_log::{Hash, Position, Recorded, StoredFile};
use tokio_util::sync::CancellationToken;

use crate::{Format, RenderError, Rendered, ReportSettings, render};

/// The name that the worker's progress is kept under, for ever.
pub const SUBSCRIPTION: &str = "report-worker";

/// How the worker builds.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// The region's words.
    pub settings: ReportSettings,
    /// A folder that gets a copy of each document, beside the one in the store.
    pub folder: Option<PathBuf>,
}

/// Why a document could not be built.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The ledger failed.
    #[error("the ledger failed while the report of {quarter} was built")]
    Ledger {
        /// Of which quarter.
        quarter: Quarter,
        /// The engine's error.
        #[source]
        source: EngineError,
    },
    /// The log has a close but not what it closed.
    #[error("the log does not yield edition {edition} of {quarter}")]
    NoInputs {
        /// Of which quarter.
        quarter: Quarter,
        /// Which edition.
        edition: Edition,
    },
    /// The renderer failed.
    #[error("the report of {quarter} could not be rendered")]
    Render {
        /// Of which quarter.
        quarter: Quarter,
        /// The renderer's error.
        #[source]
        source: RenderError,
    },
    /// The renderer panicked or was stopped.
    #[error("the renderer ended early")]
    RendererEnded(#[from] tokio::task::JoinError),
    /// The folder could not be written to.
    #[error("the report could not be written to {}", path.display())]
    Folder {
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// The ledger refused to record the document.
    #[error("the report of {quarter} was not recorded: {}", reason.as_str())]
    Refused {
        /// Of which quarter.
        quarter: Quarter,
        /// Why.
        reason: ReasonCode,
    },
}

/// Builds documents until it is stopped.
pub async fn work(
    engine: Engine,
    options: WorkerOptions,
    stop: CancellationToken,
) -> Result<(), EngineError> {
    let worker = Worker { engine: engine.clone(), options };
    follow(engine, worker, stop).await
}

/// What a close is called in the log.
const CLOSED: &str = "quarter-closed";

struct Worker {
    engine: Engine,
    options: WorkerOptions,
}

#[async_trait]
impl Subscriber for Worker {
    fn name(&self) -> &'static str {
        SUBSCRIPTION
    }

    async fn handle(&mut self, entries: &[Arc<Recorded>]) -> Result<(), SubscriberError> {
        // Only closes are decoded: submissions are a thousand times as many, and long.
        for entry in entries.iter().filter(|entry| entry.kind == CLOSED) {
            if let Event::QuarterClosed(closed) = Happened::decode(entry.clone())?.event {
                self.build(&closed, entry.position).await?;
            }
        }
        Ok(())
    }
}

impl Worker {
    async fn build(&self, closed: &QuarterClosed, closed_at: Position) -> Result<(), WorkError> {
        let (quarter, edition) = (closed.quarter, closed.edition);
        let ledger = |source| WorkError::Ledger { quarter, source };
        let failed = |source| WorkError::Render { quarter, source };
        let store = self.engine.store();
        // Kept and recorded before; and whoever was erased since must not come back with the document.
        let recorded = self.engine.built(quarter).await.map_err(ledger)?;
        if recorded.iter().any(|built| built.edition == edition && built.format == Format::Docx.as_str()) {
            return Ok(());
        }
        let inputs = self.engine.edition(quarter, edition).await.map_err(ledger)?;
        let inputs = inputs.ok_or(WorkError::NoInputs { quarter, edition })?;
        let position = inputs.position;
        let masked = self.render(inputs.clone().masked()).await?;
        let rendered = self.render(inputs).await?;
        let file = StoredFile {
            sha256: Hash::of(&rendered.bytes),
            media_type: rendered.media_type.to_owned(),
            bytes: rendered.bytes.into(),
        };
        svod_crash::point("report/rendered");
        store.keep_file(&file).await.map_err(|error| ledger(error.into()))?;
        svod_crash::point("report/kept");
        if let Some(folder) = &self.options.folder {
            let path = folder.join(&rendered.file_name);
            write_whole(folder, &path, file.bytes.to_vec()).await?;
        }
        svod_crash::point("report/copied");
        let built = ReportBuilt {
            quarter,
            edition,
            format: Format::Docx.as_str().to_owned(),
            sha256: file.sha256.to_string(),
            masked_sha256: Hash::of(&masked.bytes).to_string(),
            size_bytes: file.bytes.len() as u64,
            built_at_position: position.0,
            renderer: Format::Docx.renderer().unwrap_or_default().to_owned(),
            settings: serde_json::to_value(&self.options.settings)
                .map_err(RenderError::from)
                .map_err(failed)?,
        };
        self.record(built, closed_at).await
    }

    /// Rendering a long report takes longer than a task may hold its thread.
    async fn render(&self, inputs: ReportInputs) -> Result<Rendered, WorkError> {
        let settings = self.options.settings.clone();
        let quarter = inputs.quarter;
        let rendered = tokio::task::spawn_blocking(move || render(&inputs, &settings, Format::Docx)).await?;
        rendered.map_err(|source| WorkError::Render { quarter, source })
    }

    async fn record(&self, built: ReportBuilt, cause: Position) -> Result<(), WorkError> {
        let quarter = built.quarter;
        let (edition, sha256) = (built.edition, built.sha256.clone());
        let command = Command::RecordReport(RecordReport { built });
        let ordered = self.engine.order_because(Some(cause), Actor::service(), command).await;
        svod_crash::point("report/recorded");
        match ordered.map_err(|source| WorkError::Ledger { quarter, source })? {
            Ok(_) => {
                tracing::info!(%quarter, %edition, sha256, "report built");
                Ok(())
            }
            // Built before; a crash came between the record and the worker's progress.
            Err(refusal) if refusal.reason() == ReasonCode::AlreadyExists => Ok(()),
            Err(refusal) => Err(WorkError::Refused { quarter, reason: refusal.reason() }),
        }
    }
}

/// A reader of the folder sees the whole file or none.
pub(crate) async fn write_whole(folder: &Path, path: &Path, bytes: Vec<u8>) -> Result<(), WorkError> {
    let wrong = |source| WorkError::Folder { path: path.to_owned(), source };
    tokio::fs::create_dir_all(folder).await.map_err(wrong)?;
    let part = path.with_extension("part");
    tokio::fs::write(&part, bytes).await.map_err(wrong)?;
    tokio::fs::rename(&part, path).await.map_err(wrong)
}
