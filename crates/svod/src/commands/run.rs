//! `svod run`: the service, in one role, several or all.

use std::io;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use svod_amqp::{AmqpOptions, BrokerUrls, Health};
use svod_engine::{Engine, chain};
use svod_gateway::{GatewayOptions, Readiness, RenderRefused, RenderedReport};
use svod_report::{Format, WorkerOptions};
use svod_witness::Offering;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::audit::verify_file::verify_file;
use super::import;
use crate::app::App;
use crate::config::Config;
use crate::exit::Failure;
use crate::{ledger, witnesses};

/// Run the service
///
/// Without --role everything runs in one process: an office needs no more. Roles meet only through the ledger and the
/// broker, so each can run alone, in several copies.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod run                                        everything, on the embedded ledger, HTTP on 127.0.0.1:8080
  svod run --role intake --role projector         two roles of a larger installation
  SVOD_DATABASE_URL=postgres://svod@db/svod SVOD_AMQP_URL=amqp://svod:…@mq/svod svod run --migrate")]
pub(crate) struct Run {
    /// Which parts run here; may be given several times
    #[arg(long = "role", value_enum, default_value = "all")]
    roles: Vec<Role>,
    /// Bring the database to this program's schema first (SQLite does so by itself)
    #[arg(long)]
    migrate: bool,
    /// Run although the vault has lost names that the log speaks of; no document is made of records that name them
    #[arg(long)]
    despite_lost_names: bool,
}

/// A part of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Every part
    All,
    /// The broker edge: messages in, receipts and events out
    Intake,
    /// Keeps the views up to date
    Projector,
    /// Opens and closes quarters
    Scheduler,
    /// Builds the documents
    ReportWorker,
    /// HTTP
    Gateway,
    /// Offers the checkpoints of the log to its witnesses
    Witness,
}

/// What the parts share.
struct Parts {
    engine: Engine,
    config: Config,
    stop: CancellationToken,
    metrics: PrometheusHandle,
    broker: Option<Health>,
    running: JoinSet<anyhow::Result<()>>,
}

impl Run {
    /// Runs until a signal or a failure ends it.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        if self.migrate {
            svod_store::migrate(&config.database_url, &config.vault_url)
                .await
                .map_err(Failure::unavailable)?;
            ledger::make_keys(config).await.map_err(Failure::unavailable)?;
        }
        let metrics = install_metrics().map_err(Failure::unavailable)?;
        let app = self.open(config).await.map_err(Failure::unavailable)?;
        let stop = CancellationToken::new();
        let mut parts = Parts {
            engine: app.engine.clone(),
            config: config.clone(),
            stop: stop.clone(),
            metrics,
            broker: None,
            running: JoinSet::new(),
        };
        self.start(&mut parts).await?;
        parts.running.spawn(signals(stop.clone()));
        let ended = parts.end().await;
        app.close().await;
        // Whoever copies the file of a service that is stopped has everything.
        if let Err(error) = svod_store::settle(&config.database_url, &config.vault_url).await {
            tracing::warn!(error = chain(&error), "what was committed last still lies beside the file");
        }
        ended.map_err(Failure::unavailable)
    }

    /// Opens the ledger. Who appends must have its keys, and is not started to find that out with the first message.
    async fn open(&self, config: &Config) -> anyhow::Result<App> {
        let appending = [Role::Intake, Role::Scheduler, Role::ReportWorker, Role::Gateway];
        if appending.into_iter().any(|role| self.takes(role)) {
            let app = App::open_to_append(config).await?;
            if !self.despite_lost_names {
                app.refuse_lost().await?;
            }
            return Ok(app);
        }
        App::over(ledger::open_or_make(config).await?, config)
    }

    fn takes(&self, role: Role) -> bool {
        self.roles.contains(&role) || self.roles.contains(&Role::All)
    }

    async fn start(&self, parts: &mut Parts) -> Result<(), Failure> {
        if self.takes(Role::Intake) || self.takes(Role::Gateway) || self.takes(Role::ReportWorker) {
            // Before anybody is answered: a vault that was put back from a backup may know who was erased.
            let destroyed = parts.engine.destroy_erased().await;
            destroyed.context("destroying who was erased").map_err(Failure::unavailable)?;
        }
        if self.takes(Role::ReportWorker) {
            // What hinders it hinders nobody else. The worker that has the right to run completes the erasures.
            let folder = parts.config.data_dir.join("reports");
            if let Err(error) = svod_report::mask_erased(&parts.engine, Some(&folder)).await {
                tracing::error!(error = chain(&error), "copies of documents may still name who was erased");
            }
        }
        if self.takes(Role::Intake) {
            parts.start_intake(self.roles.contains(&Role::Intake))?;
        }
        if self.takes(Role::Projector) {
            let (engine, stop) = (parts.engine.clone(), parts.stop.clone());
            parts
                .running
                .spawn(async { svod_engine::project(engine, stop).await.context("the projector failed") });
        }
        if self.takes(Role::Scheduler) {
            let (engine, stop) = (parts.engine.clone(), parts.stop.clone());
            parts
                .running
                .spawn(async { svod_engine::schedule(engine, stop).await.context("the scheduler failed") });
        }
        if self.takes(Role::ReportWorker) {
            let (engine, stop) = (parts.engine.clone(), parts.stop.clone());
            let options = WorkerOptions {
                settings: parts.config.report.clone(),
                folder: Some(parts.config.data_dir.join("reports")),
            };
            parts.running.spawn(async {
                svod_report::work(engine, options, stop).await.context("the report worker failed")
            });
        }
        if self.takes(Role::Gateway) {
            parts.start_gateway().await?;
            let (engine, stop) = (parts.engine.clone(), parts.stop.clone());
            let watched = if parts.config.amqp_url.is_some() { WITH_BROKER } else { WITHOUT_BROKER };
            parts.running.spawn(async move {
                svod_engine::gauges::watch(engine, watched, stop).await.context("the gauges failed")
            });
            parts.watch_witnesses();
        }
        if self.takes(Role::Witness) {
            parts.start_witness(self.roles.contains(&Role::Witness))?;
        }
        Ok(())
    }
}

impl Parts {
    fn start_intake(&mut self, must: bool) -> Result<(), Failure> {
        let Some(urls) = &self.config.amqp_url else {
            if must {
                let error = anyhow::anyhow!("the role intake needs a broker: set SVOD_AMQP_URL");
                return Err(Failure::usage(error));
            }
            tracing::info!("no broker is configured: messages come over HTTP and `svod send`");
            return Ok(());
        };
        let urls: BrokerUrls = urls.parse().map_err(Failure::usage)?;
        let health = Health::new();
        let options = AmqpOptions {
            urls,
            default_sender: self.config.amqp.default_sender.clone(),
            declare: self.config.amqp.declare,
            health: health.clone(),
        };
        self.broker = Some(health);
        let (engine, stop) = (self.engine.clone(), self.stop.clone());
        self.running.spawn(async {
            Box::pin(svod_amqp::run(engine, options, stop)).await.context("the broker edge failed")
        });
        Ok(())
    }

    fn start_witness(&mut self, must: bool) -> Result<(), Failure> {
        if self.config.witnesses.is_empty() {
            if must {
                let error = anyhow::anyhow!("the role witness needs witnesses: set SVOD_WITNESSES");
                return Err(Failure::usage(error));
            }
            return Ok(());
        }
        let offering = Offering {
            store: Arc::clone(self.engine.store()),
            witnesses: self.config.witnesses.clone(),
            clock: witnesses::clock(),
            landmarks: LANDMARKS,
        };
        let stop = self.stop.clone();
        self.running.spawn(async {
            svod_witness::offer(offering, stop).await.context("the witnesses cannot be asked")
        });
        Ok(())
    }

    /// Tells with the metrics how old the cosignatures are, whichever process asks for them.
    fn watch_witnesses(&mut self) {
        let (store, witnesses) = (Arc::clone(self.engine.store()), self.config.witnesses.clone());
        let (alarm, stop) = (self.config.witness_alarm_seconds, self.stop.clone());
        if !witnesses.is_empty() {
            self.running.spawn(async move {
                svod_witness::watch(store, witnesses, witnesses::clock(), alarm, stop).await;
                Ok(())
            });
        }
    }

    async fn start_gateway(&mut self) -> Result<(), Failure> {
        let address = &self.config.http_listen;
        let listener = TcpListener::bind(address).await.map_err(|error| not_bound(address, error))?;
        let settings = self.config.report.clone();
        let template = svod_report::load_template(&self.engine, &settings).await;
        let template = template.context("loading the template of [report]").map_err(Failure::unavailable)?;
        let metrics = self.metrics.clone();
        let options = GatewayOptions {
            listener,
            render: Arc::new(move |inputs, format| {
                let no_renderer = || RenderRefused::NoRenderer { format: format.to_owned() };
                let format: Format = format.parse().map_err(|_| no_renderer())?;
                match svod_report::render_newest(format, inputs, &settings, template.as_ref()) {
                    Ok(file) => {
                        Ok(RenderedReport { bytes: file.bytes, media_type: file.media_type.to_owned() })
                    }
                    Err(error) => Err(RenderRefused::Failed(error.into())),
                }
            }),
            import: import::import_file(self.engine.clone()),
            verify: verify_file(self.engine.clone(), self.config.report.clone()),
            readiness: self
                .broker
                .clone()
                .into_iter()
                .map(|health| ("broker".to_owned(), readiness(health)))
                .collect(),
            metrics: Arc::new(move || metrics.render()),
        };
        let (engine, stop) = (self.engine.clone(), self.stop.clone());
        self.running
            .spawn(async { svod_gateway::serve(engine, options, stop).await.context("the gateway failed") });
        Ok(())
    }

    /// Waits for the first part that ends, stops the others, and lets them finish what they hold.
    async fn end(mut self) -> anyhow::Result<()> {
        let mut first = Ok(());
        while let Some(ended) = self.running.join_next().await {
            self.stop.cancel();
            first = first.and(ended.context("a part panicked").flatten());
        }
        first
    }
}

/// What is no address is bad configuration; one that is taken may be free in a moment.
pub(super) fn not_bound(address: &str, error: io::Error) -> Failure {
    let malformed = error.kind() == io::ErrorKind::InvalidInput;
    let cure = if error.kind() == io::ErrorKind::AddrInUse {
        "; another program has it, perhaps another ledger's svod: give this one an address of its own (--http-listen, --listen of a witness)"
    } else {
        ""
    };
    let error = anyhow::Error::new(error).context(format!("listening on {address}{cure}"));
    if malformed { Failure::usage(error) } else { Failure::unavailable(error) }
}

fn readiness(health: Health) -> Arc<dyn Fn() -> Readiness + Send + Sync> {
    Arc::new(move || {
        let status = health.status();
        if status.is_ready() {
            return Readiness::Ready;
        }
        let because = status.last_error.unwrap_or_else(|| "not connected yet".to_owned());
        Readiness::NotReady { because }
    })
}

/// After these a cosigned checkpoint is kept for ever: it stands for the quarter that was reported.
const LANDMARKS: &[&str] = &["quarter-closed", "report-built"];

/// The subscriptions whose progress operators watch.
const WITH_BROKER: &[&str] = &[svod_amqp::EVENTS_SUBSCRIPTION, svod_report::SUBSCRIPTION];
/// Without a broker nobody publishes, and nobody is behind.
const WITHOUT_BROKER: &[&str] = &[svod_report::SUBSCRIPTION];

/// Bounds of the histogram of batch sizes.
const BATCHES: &[f64] = &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0];

fn install_metrics() -> anyhow::Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full("svod_batch_commands".to_owned()), BATCHES)
        .context("naming the bounds of a histogram")?;
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|_| anyhow::anyhow!("metrics were installed before"))?;
    Ok(handle)
}

/// Ends when the service is told to stop; a second signal ends the process at once.
pub(crate) async fn signals(stop: CancellationToken) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for Ctrl-C")?;
    tokio::select! {
        _ = terminate.recv() => tracing::info!("stopping: SIGTERM"),
        _ = interrupt.recv() => tracing::info!("stopping: Ctrl-C; once more to end at once"),
        () = stop.cancelled() => {}
    }
    stop.cancel();
    Ok(())
}
