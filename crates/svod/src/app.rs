//! Where the parts meet: the ledger is opened, the engine made, the words and the clock given to it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use svod_domain::{Actor, Command, Role, register};
use svod_engine::{
    AsOf, Engine, EngineError, EngineOptions, MUNICIPALITIES, Ordered, Reader, Wording, view_statuses,
};
use svod_log::{Position, Recorded, Store, StoreError};
use svod_text::terminal::CATCHING_UP;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::{self, Config};
use crate::exit::Failure;
use crate::{keys, ledger, progress};

/// Entries of one read of the beginning of the log: mostly the first tells enough.
const REGISTER_PAGE: u32 = 50;

/// How often a reader looks whether the views have caught up.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Among how many of the newest entries lost names are looked for at a start: a vault that is too old misses the newest, and
/// another's misses all. The doctor looks at more.
const LOST_AMONG: u64 = 5_000;

/// How long views may stand still behind the log before a reader gives up: longer than the lease of a projector that
/// was killed.
const STANDSTILL_MAX: Duration = Duration::from_secs(30);

/// An engine with its sequencer running beside it.
pub(crate) struct App {
    /// The handle.
    pub(crate) engine: Engine,
    sequencer: JoinSet<()>,
    stop: CancellationToken,
}

impl App {
    /// Over the ledger of the configuration as it is; where there is none, none is made.
    pub(crate) async fn open(config: &Config) -> anyhow::Result<Self> {
        let app = Self::over(ledger::open(config).await?, config)?;
        app.destroy_again().await?;
        Ok(app)
    }

    /// Over the ledger of the configuration, to append to it; an empty one gets its register.
    pub(crate) async fn open_to_append(config: &Config) -> anyhow::Result<Self> {
        let app = Self::over(ledger::open_to_append(config).await?, config)?;
        app.destroy_again().await?;
        app.load_register(&config.register).await?;
        Ok(app)
    }

    /// A vault that was put back from a backup knows who was erased since: it is destroyed again before anybody is answered.
    /// Whoever may not read the vault is not answered from it.
    async fn destroy_again(&self) -> anyhow::Result<()> {
        let living = match self.engine.erased_living().await {
            Ok(living) => living,
            Err(EngineError::Store(StoreError::Denied { .. } | StoreError::NotThere { .. })) => return Ok(()),
            Err(error) => {
                return Err(error).context("looking whether the vault holds persons who were erased");
            }
        };
        if living > 0 {
            let destroyed = self.engine.destroy_erased().await;
            destroyed
                .context("the vault holds persons who were erased, and they cannot be destroyed again")?;
            tracing::warn!(
                persons = living,
                "persons who were erased were in the vault, and are destroyed again"
            );
        }
        Ok(())
    }

    /// Fails if the newest entries name persons of whom the vault knows nothing though nobody erased them: what would be
    /// made of them would say that they were erased.
    pub(crate) async fn refuse_lost(&self) -> anyhow::Result<()> {
        let lost = self.engine.lost(LOST_AMONG).await?;
        if lost.persons > 0 {
            return Err(EngineError::Lost { persons: lost.persons }.into());
        }
        Ok(())
    }

    /// An engine over a ledger that is open.
    pub(crate) fn over(store: Arc<dyn Store>, config: &Config) -> anyhow::Result<Self> {
        let keys = keys::load(&config.keys_file)?;
        let (engine, sequencer) = Engine::new(EngineOptions {
            store,
            wording: wording(),
            rules: config.rules.clone(),
            clock: Arc::new(now),
            source: config.source.clone(),
            sealing: keys.map(|keys| keys.sealing),
        });
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(sequencer.run(stop.clone()));
        Ok(Self { engine, sequencer: tasks, stop })
    }

    /// Gives a ledger its register of municipalities, if it is empty or whoever gave it one was killed meanwhile.
    async fn load_register(&self, entries: &[register::Entry]) -> anyhow::Result<()> {
        let commands = register::commands(entries);
        if self.has_register(commands.len()).await? {
            return Ok(());
        }
        for command in commands {
            // Another copy may be doing the same at this moment; what it did already is refused here.
            let _refused_or_recorded = self.engine.order(Actor::service(), command).await?;
        }
        tracing::info!(units = entries.len(), "register loaded");
        Ok(())
    }

    /// Whether the register is whole. It takes one order for each unit, and nothing else is recorded before the last: so it
    /// is not whole while the log holds less than that many entries, all of them the service's own, all of them of units.
    async fn has_register(&self, orders: usize) -> anyhow::Result<bool> {
        let (mut after, mut seen) = (Position::START, 0);
        while seen < orders {
            let page = self.engine.store().read(after, REGISTER_PAGE).await?;
            let Some(last) = page.last() else { return Ok(false) };
            let service = Role::Service.to_string();
            let is_loaded = |entry: &Recorded| {
                entry.stream.as_str().starts_with(MUNICIPALITIES) && entry.actor.role == service
            };
            if !page.iter().all(|entry| is_loaded(entry)) {
                return Ok(true);
            }
            after = last.position;
            seen += page.len();
        }
        Ok(true)
    }

    /// Gives an order as the operator who sits at the terminal.
    pub(crate) async fn order(&self, command: Command) -> Result<Ordered, Failure> {
        let actor = Actor { name: format!("cli:{}", config::login()), roles: vec![Role::Operator] };
        let ordered = self.engine.order(actor, command).await.map_err(Failure::unavailable)?;
        ordered.map_err(|refusal| Failure::refused(&refusal))
    }

    /// Views as of a moment. Those of now are brought up to the end of the log first, because no service may be
    /// running; where one is, this does no harm.
    pub(crate) async fn reader(&self, as_of: Option<AsOf>) -> Result<Reader, Failure> {
        if as_of.is_none() {
            self.catch_up().await.map_err(Failure::unavailable)?;
        }
        self.engine.reader(as_of).await.map_err(Failure::unavailable)
    }

    async fn catch_up(&self) -> anyhow::Result<()> {
        let head = self.engine.store().head().await?.position;
        if self.views_position().await? >= head {
            return Ok(());
        }
        let stop = CancellationToken::new();
        let mut projector = JoinSet::new();
        projector.spawn(svod_engine::project(self.engine.clone(), stop.clone()));
        let spinner = progress::spinner(CATCHING_UP);
        let waited = tokio::select! {
            waited = self.wait_for_views(head) => waited,
            Some(ended) = projector.join_next() => ended?.context("the views cannot be built"),
        };
        spinner.finish_and_clear();
        stop.cancel();
        while projector.join_next().await.is_some() {}
        waited
    }

    async fn wait_for_views(&self, head: Position) -> anyhow::Result<()> {
        let (mut seen, mut since) = (Position::START, Instant::now());
        loop {
            let position = self.views_position().await?;
            if position >= head {
                return Ok(());
            }
            if position > seen {
                (seen, since) = (position, Instant::now());
            }
            anyhow::ensure!(
                since.elapsed() < STANDSTILL_MAX,
                "the views stand still at position {position} of {head}: may this login write them?"
            );
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// How far the slowest view has followed.
    async fn views_position(&self) -> Result<Position, EngineError> {
        let statuses = view_statuses(self.engine.store().as_ref()).await?;
        Ok(Position(statuses.iter().map(|status| status.position).min().unwrap_or_default()))
    }

    /// Lets the sequencer answer what it has, then ends it.
    pub(crate) async fn close(mut self) {
        self.stop.cancel();
        while self.sequencer.join_next().await.is_some() {}
    }
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

#[cfg(test)]
mod tests {
    use svod_domain::command::RetireMunicipality;
    use svod_log::MemoryStore;

    use super::*;
    use crate::config::ConfigFlags;

    #[tokio::test]
    async fn a_register_that_was_only_begun_is_completed_and_one_that_is_whole_is_left_alone() {
        let config = Config::load(&ConfigFlags::default()).unwrap();
        let app = App::over(Arc::new(MemoryStore::new()), &config).unwrap();
        let commands = register::commands(&config.register);
        let head = async || app.engine.store().head().await.unwrap().position.0;
        // Whoever loaded it was killed.
        for command in commands.iter().take(3) {
            app.engine.order(Actor::service(), command.clone()).await.unwrap().unwrap();
        }
        app.load_register(&config.register).await.unwrap();
        assert_eq!(head().await, commands.len() as u64);

        let retired = RetireMunicipality {
            municipality: config.register[0].municipality,
            from: "2020-01-01".parse().unwrap(),
            successor: None,
        };
        app.order(Command::RetireMunicipality(retired)).await.unwrap();
        app.load_register(&config.register).await.unwrap();
        assert_eq!(head().await, commands.len() as u64 + 1);
        app.close().await;
    }
}
