//! The report worker: when a quarter has closed, builds the document of the edition, keeps it, records it.
//!
//! Every step may be repeated: the same inputs give the same bytes, a file is kept by its hash, an edition is recorded
//! once. So a crash anywhere changes nothing in the result. A document is recorded only while nobody whom it names is
//! erased; what was kept and not recorded, and copies of what is no more, are cleared away when the worker begins.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use svod_domain::command::RecordReport;
use svod_domain::event::{ContentHashes, QuarterClosed, ReportBuilt};
use svod_domain::{Actor, Command, Edition, Event, Quarter, ReasonCode};
use svod_engine::{Engine, EngineError, Happened, ReportInputs, Subscriber, SubscriberError, follow};
use svod_log::{Hash, Position, Recorded, StoredFile};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::content::content_hashes;
use crate::erase::{CannotComplete, complete_erasures};
use crate::tidy::{tidy, tidy_copy};
use crate::{
    CannotLoad, NotADocument, RenderError, Rendered, Renderer, ReportSettings, Template, load_template,
    render_with,
};

/// The name that the worker's progress is kept under, for ever.
pub const SUBSCRIPTION: &str = "report-worker";

/// What writes the document that a close makes: the original, of which every other format is a copy.
const ORIGINAL: Renderer = Renderer::Docx3;

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
    /// The template of the settings cannot be had.
    #[error("the template for the report of {quarter} cannot be had")]
    Template {
        /// Of which quarter.
        quarter: Quarter,
        /// Why.
        #[source]
        source: CannotLoad,
    },
    /// What the renderer wrote cannot be read.
    #[error("the report of {quarter} cannot be read again")]
    Unread {
        /// Of which quarter.
        quarter: Quarter,
        /// Why.
        #[source]
        source: NotADocument,
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
    /// The ledger failed.
    #[error("the ledger failed while documents that are missing were looked for")]
    Closes(#[source] EngineError),
    /// Persons were erased, and that could not be completed.
    #[error("erasures could not be completed")]
    Erasure(#[source] Box<CannotComplete>),
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

/// What an erasure is called there.
const ERASED: &str = "person-erased";

/// A document, and what is recorded of its masked twin and of the parts of both.
struct Made {
    rendered: Rendered,
    masked_sha256: Hash,
    content: ContentHashes,
}

struct Worker {
    engine: Engine,
    options: WorkerOptions,
}

#[async_trait]
impl Subscriber for Worker {
    fn name(&self) -> &'static str {
        SUBSCRIPTION
    }

    async fn begin(&mut self) -> Result<(), SubscriberError> {
        self.put_in_order().await?;
        tidy(&self.engine, self.options.folder.as_deref()).await?;
        self.build_missing().await?;
        Ok(())
    }

    async fn handle(&mut self, entries: &[Arc<Recorded>]) -> Result<(), SubscriberError> {
        // Only closes are decoded: submissions are a thousand times as many, and long.
        for entry in entries.iter().filter(|entry| entry.kind == CLOSED) {
            if let Event::QuarterClosed(closed) = Happened::decode(entry.clone())?.event {
                self.build_unless_lost(&closed, entry.position).await?;
            }
        }
        if entries.iter().any(|entry| entry.kind == ERASED) {
            self.put_in_order().await?;
        }
        Ok(())
    }
}

impl Worker {
    /// Whoever was erased is in no document, here and in the ledger.
    async fn put_in_order(&self) -> Result<(), WorkError> {
        let completed = complete_erasures(&self.engine, self.options.folder.as_deref()).await;
        let completed = completed.map_err(|error| WorkError::Erasure(Box::new(error)))?;
        if completed > 0 {
            tracing::info!(completed, "erasures completed");
        }
        Ok(())
    }

    /// Builds the documents that were passed over: who was lost then may have been put back.
    async fn build_missing(&self) -> Result<(), WorkError> {
        for (closed, position) in
            self.engine.closes_without(ORIGINAL.format().as_str()).await.map_err(WorkError::Closes)?
        {
            self.build_unless_lost(&closed, position).await?;
        }
        Ok(())
    }

    /// Builds a document. One that names lost persons is passed over, loudly: those of other quarters do not wait for it.
    async fn build_unless_lost(&self, closed: &QuarterClosed, closed_at: Position) -> Result<(), WorkError> {
        let QuarterClosed { quarter, edition, .. } = closed;
        match self.build(closed, closed_at).await {
            Err(WorkError::Ledger { source: EngineError::Lost { persons }, .. }) => {
                tracing::error!(
                    %quarter, %edition, persons,
                    "no document is made: names of it are lost; put the vault back and start the report worker again"
                );
                Ok(())
            }
            done => done,
        }
    }

    async fn build(&self, closed: &QuarterClosed, closed_at: Position) -> Result<(), WorkError> {
        let (quarter, edition) = (closed.quarter, closed.edition);
        let ledger = |source| WorkError::Ledger { quarter, source };
        let failed = |source| WorkError::Render { quarter, source };
        let store = self.engine.store();
        // Kept and recorded before; and whoever was erased since must not come back with the document.
        let recorded = self.engine.built(quarter).await.map_err(ledger)?;
        let is_this =
            |built: &&ReportBuilt| built.edition == edition && built.format == ORIGINAL.format().as_str();
        if let Some(built) = recorded.iter().find(is_this) {
            // The copy may not have been written.
            return self.copy(built).await;
        }
        let inputs = self.engine.edition_naming(quarter, edition).await.map_err(ledger)?;
        let (inputs, names) = inputs.ok_or(WorkError::NoInputs { quarter, edition })?;
        let position = inputs.position;
        let template = load_template(&self.engine, &self.options.settings).await;
        let template = template.map_err(|source| WorkError::Template { quarter, source })?;
        let Made { rendered, masked_sha256, content } = self.make(inputs, template).await?;
        let file = StoredFile {
            sha256: Hash::of(&rendered.bytes),
            media_type: rendered.media_type.to_owned(),
            bytes: rendered.bytes.into(),
        };
        svod_crash::point("report/rendered");
        store.keep_file(&file).await.map_err(|error| ledger(error.into()))?;
        svod_crash::point("report/kept");
        let built = ReportBuilt {
            quarter,
            edition,
            format: ORIGINAL.format().as_str().to_owned(),
            sha256: file.sha256.to_string(),
            masked_sha256: masked_sha256.to_string(),
            size_bytes: file.bytes.len() as u64,
            built_at_position: position.0,
            renderer: ORIGINAL.as_str().to_owned(),
            settings: serde_json::to_value(&self.options.settings)
                .map_err(RenderError::from)
                .map_err(failed)?,
            content: Some(Box::new(content)),
        };
        self.record(&built, names, closed_at).await?;
        svod_crash::point("report/recorded");
        // Another worker that came by may have cleared it away before it was recorded.
        store.keep_file(&file).await.map_err(|error| ledger(error.into()))?;
        self.copy(&built).await?;
        // Who was erased since it was recorded is met by whoever completes that; but the copy may have come after him.
        self.put_in_order().await
    }

    /// Brings the copy of a document into agreement with what the ledger keeps.
    async fn copy(&self, built: &ReportBuilt) -> Result<(), WorkError> {
        let Some(folder) = &self.options.folder else { return Ok(()) };
        tidy_copy(&self.engine, folder, built).await
    }

    /// Rendering a long report, and looking into it, takes longer than a task may hold its thread.
    async fn make(&self, inputs: ReportInputs, template: Option<Arc<Template>>) -> Result<Made, WorkError> {
        let (settings, quarter) = (self.options.settings.clone(), inputs.quarter);
        let work = move || {
            let render = |inputs: &ReportInputs| {
                let rendered = render_with(ORIGINAL, inputs, &settings, template.as_ref());
                rendered.map_err(|source| WorkError::Render { quarter, source })
            };
            let rendered = render(&inputs)?;
            let masked = render(&inputs.masked())?;
            let content = content_hashes(&rendered.bytes, &masked.bytes);
            let content = content.map_err(|source| WorkError::Unread { quarter, source })?;
            Ok(Made { rendered, masked_sha256: Hash::of(&masked.bytes), content })
        };
        tokio::task::spawn_blocking(work).await?
    }

    async fn record(
        &self,
        built: &ReportBuilt,
        names: BTreeSet<Uuid>,
        cause: Position,
    ) -> Result<(), WorkError> {
        let ReportBuilt { quarter, edition, sha256, .. } = built;
        let ledger = |source| WorkError::Ledger { quarter: *quarter, source };
        let names = names.into_iter().collect();
        let command = Command::RecordReport(RecordReport { built: built.clone(), names });
        match self.engine.order_because(Some(cause), Actor::service(), command).await {
            Ok(Ok(_)) => {
                tracing::info!(%quarter, %edition, sha256, "report built");
                Ok(())
            }
            // Another worker was faster. The next round finds what it recorded.
            Ok(Err(refusal)) => Err(WorkError::Refused { quarter: *quarter, reason: refusal.reason() }),
            Err(EngineError::ErasedMeanwhile) => {
                // The same subscription comes back, with a document that does not have the name.
                if let Some(sha256) = Hash::from_hex(sha256) {
                    self.engine.store().drop_file(sha256).await.map_err(|error| ledger(error.into()))?;
                }
                Err(ledger(EngineError::ErasedMeanwhile))
            }
            Err(source) => Err(ledger(source)),
        }
    }
}

/// A reader of the folder sees the whole file or none.
pub(crate) async fn write_whole(folder: &Path, path: &Path, bytes: Vec<u8>) -> Result<(), WorkError> {
    let wrong = |source| WorkError::Folder { path: path.to_owned(), source };
    tokio::fs::create_dir_all(folder).await.map_err(wrong)?;
    // A name of its own: another process may be writing the same file.
    let part = path.with_extension(format!("{}.part", Uuid::now_v7().simple()));
    tokio::fs::write(&part, bytes).await.map_err(wrong)?;
    tokio::fs::rename(&part, path).await.map_err(wrong)
}

/// Takes a file out of the folder; it may be gone before.
pub(crate) async fn remove(path: &Path) -> Result<(), WorkError> {
    match tokio::fs::remove_file(path).await {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(WorkError::Folder { path: path.to_owned(), source })
        }
        _gone => Ok(()),
    }
}
