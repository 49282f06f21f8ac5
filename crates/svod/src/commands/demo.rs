//! `svod demo`: the whole job on a throw-away embedded ledger, from the opening of a quarter to its document, then where
//! to look. Everything in it is invented.

mod script;
mod steps;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use svod_engine::{Engine, FileCard, QuarterCard};
use svod_report::WorkerOptions;
use svod_text::demo;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::script::QUARTER;
use super::board;
use crate::app::App;
use crate::config::{Config, LEDGER_FILE};
use crate::exit::Failure;
use crate::{keys, print};

/// How long the service of the demonstration may take to close the quarter and to build the document.
const PATIENCE: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Show the whole job on a throw-away ledger, without servers, then say where to look
///
/// A quarter is opened, municipalities file, a reviewer returns, refuses and approves, the quarter closes by itself, and
/// its document lies in DIR. Takes a few seconds. A demonstration that is there already is replaced.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  svod demo --out demo")]
pub(crate) struct Demo {
    /// Where the ledger and the document go; without it a new folder among the temporary ones
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// The roles that run in this process, as `svod run` would run them.
struct Service {
    stop: CancellationToken,
    running: JoinSet<anyhow::Result<()>>,
}

impl Demo {
    /// Shows everything.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let begun = Instant::now();
        let folder = self
            .out
            .clone()
            .unwrap_or_else(|| std::env::temp_dir().join(format!("svod-demo-{}", std::process::id())));
        let ledger = folder.join(LEDGER_FILE);
        let database_url = format!("sqlite://{}", ledger.display());
        let keys_file = folder.join(keys::FILE);
        let vault_url = svod_store::default_vault_url(&database_url);
        let vault = Path::new(vault_url.trim_start_matches("sqlite://"));
        clear(&folder, &[&ledger, vault]).map_err(Failure::unavailable)?;
        let config =
            Config { database_url, vault_url, data_dir: folder.clone(), keys_file, ..config.clone() };
        print::line(demo::BEGINS)?;
        let app = App::open_to_append(&config).await.map_err(Failure::unavailable)?;
        let done = play(&app, &config, &ledger).await;
        app.close().await;
        // The folder is there to be looked at, copied and sent: what is shown lies in its files.
        svod_store::settle(&config.database_url, &config.vault_url).await.map_err(Failure::unavailable)?;
        done?;
        print::line(demo::took(begun.elapsed().as_secs_f64()))?;
        say_where_to_look(&folder)
    }
}

async fn play(app: &App, config: &Config, ledger: &Path) -> Result<(), Failure> {
    print::line(demo::ledger_made(&ledger.display().to_string(), config.register.len()))?;
    let mut service = Service::start(&app.engine, config);
    let shown = async {
        steps::file_and_review(app).await?;
        let card = service.watch(wait_for_document(app)).await?;
        show_result(app, config, &card).await
    };
    let shown = shown.await;
    service.stop().await;
    shown
}

impl Service {
    fn start(engine: &Engine, config: &Config) -> Self {
        let stop = CancellationToken::new();
        let mut running = JoinSet::new();
        let (projector, scheduler, worker) = (engine.clone(), engine.clone(), engine.clone());
        let options =
            WorkerOptions { settings: config.report.clone(), folder: Some(config.data_dir.clone()) };
        let (first, second, third) = (stop.clone(), stop.clone(), stop.clone());
        running.spawn(async { svod_engine::project(projector, first).await.context("the projector failed") });
        running
            .spawn(async { svod_engine::schedule(scheduler, second).await.context("the scheduler failed") });
        running.spawn(async {
            svod_report::work(worker, options, third).await.context("the report worker failed")
        });
        Self { stop, running }
    }

    /// Waits for the work, unless a role fails before.
    async fn watch<T>(&mut self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::select! {
            done = work => done,
            Some(ended) = self.running.join_next() => {
                let ended = ended.context("a role panicked").flatten();
                Err(Failure::unavailable(ended.err().unwrap_or_else(|| anyhow::anyhow!("a role ended"))))
            }
        }
    }

    async fn stop(mut self) {
        self.stop.cancel();
        while self.running.join_next().await.is_some() {}
    }
}

/// Nobody does anything now: the scheduler closes the quarter, the report worker builds its document.
async fn wait_for_document(app: &App) -> Result<QuarterCard, Failure> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let reader = app.engine.reader(None).await.map_err(Failure::unavailable)?;
        let card = reader.quarter(QUARTER.parse().map_err(Failure::usage)?).await;
        if let Some(card) = card.map_err(Failure::unavailable)?
            && card.editions.first().is_some_and(|edition| !edition.files.is_empty())
        {
            return Ok(card);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Err(Failure::unavailable(anyhow::anyhow!("the document was not built in time")))
}

async fn show_result(app: &App, config: &Config, card: &QuarterCard) -> Result<(), Failure> {
    let edition =
        card.editions.first().context("the quarter has an edition").map_err(Failure::unavailable)?;
    let file = edition.files.first().context("the edition has a file").map_err(Failure::unavailable)?;
    print::line(demo::closed_by_itself(edition.closed_at))?;
    print::line("")?;
    let reader = app.reader(None).await?;
    board::show(&board::load(&reader, card.quarter).await?)?;
    print::line("")?;
    let path = document_path(config, card, file);
    print::line(demo::document(&path.display().to_string(), file.size_bytes, &file.sha256))
}

/// Where the report worker has put its copy.
fn document_path(config: &Config, card: &QuarterCard, file: &FileCard) -> PathBuf {
    let edition = card.editions.first().map_or(card.edition, |edition| edition.edition);
    config.data_dir.join(format!("report-{}-edition-{edition}.{}", card.quarter, file.format))
}

fn say_where_to_look(folder: &Path) -> Result<(), Failure> {
    // As it was called, so that the lines can be copied, also where svod is not installed.
    let program = std::env::args().next().unwrap_or_else(|| "svod".to_owned());
    let svod = format!("{program} --data-dir {}", folder.display());
    print::line(format!("\n{}", demo::WHERE_TO_LOOK))?;
    for (arguments, what) in [
        (format!("board {QUARTER}"), demo::LOOK_AT_BOARD),
        (format!("submission history {}", script::RETURNED_ID), demo::LOOK_AT_HISTORY),
        (format!("quarter show {QUARTER}"), demo::LOOK_AT_QUARTER),
        ("log".to_owned(), demo::LOOK_AT_LOG),
        (format!("audit reproduce {QUARTER}"), demo::LOOK_AT_DOCUMENT),
    ] {
        print::line(format!("  {svod} {arguments}    # {what}"))?;
    }
    Ok(())
}

/// Makes the folder, and takes the databases of an earlier demonstration out of it: nothing else is touched.
fn clear(folder: &Path, databases: &[&Path]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    let files = databases
        .iter()
        .flat_map(|file| ["", "-wal", "-shm"].map(|ending| format!("{}{ending}", file.display())));
    for path in files.map(PathBuf::from) {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("removing {}", path.display()));
            }
            _gone => {}
        }
    }
    Ok(())
}
