//! Where the parts meet: the ledger is opened, the engine made, the words and the clock given to it.

use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use svod_domain::{Actor, register};
use svod_engine::{Engine, EngineOptions, Wording};
use svod_log::Store;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::Config;

/// An engine with its sequencer running beside it.
pub(crate) struct App {
    /// The handle.
    pub(crate) engine: Engine,
    sequencer: JoinSet<()>,
    stop: CancellationToken,
}

impl App {
    /// Opens the ledger of the configuration.
    pub(crate) async fn open(config: &Config) -> anyhow::Result<Self> {
        Ok(Self::over(open_store(config).await?, config))
    }

    /// An engine over a ledger that is open.
    pub(crate) fn over(store: Arc<dyn Store>, config: &Config) -> Self {
        let (engine, sequencer) = Engine::new(EngineOptions {
            store,
            wording: wording(),
            rules: config.rules.clone(),
            clock: Arc::new(now),
            source: config.source.clone(),
        });
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(sequencer.run(stop.clone()));
        Self { engine, sequencer: tasks, stop }
    }

    /// Gives an empty ledger its register of municipalities.
    pub(crate) async fn load_register(&self, entries: &[register::Entry]) -> anyhow::Result<()> {
        if !self.engine.store().streams("municipality-", None, 1).await?.is_empty() {
            return Ok(());
        }
        for command in register::commands(entries) {
            // Another copy may be doing the same at this moment; what it did already is refused here.
            let _refused_or_recorded = self.engine.order(Actor::service(), command).await?;
        }
        tracing::info!(units = entries.len(), "register loaded into the empty ledger");
        Ok(())
    }

    /// Lets the sequencer answer what it has, then ends it.
    pub(crate) async fn close(mut self) {
        self.stop.cancel();
        while self.sequencer.join_next().await.is_some() {}
    }
}

/// Opens the ledger; the embedded one is made if it is not there.
pub(crate) async fn open_store(config: &Config) -> anyhow::Result<Arc<dyn Store>> {
    if let Some(path) = config.database_url.strip_prefix("sqlite://")
        && let Some(folder) = std::path::Path::new(path).parent()
    {
        std::fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    }
    let options = svod_store::OpenOptions::default();
    let opened = svod_store::open(&config.database_url, options).await;
    opened.with_context(|| format!("opening the ledger {}", crate::config::masked(&config.database_url)))
}

/// The words of receipts.
fn wording() -> Wording {
    Wording {
        refusal: |refusal| {
            let words = svod_text::refusal(refusal);
            (words.detail, words.action)
        },
        warning: svod_text::warning,
        read_dates: svod_text::read_dates,
    }
}

/// The program's clock, to the microsecond: that is what the log keeps.
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the time")]
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}
