//! Fresh ledgers on both databases, and an engine in this process to fill them.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use svod_domain::calendar::{Calendar, TermRule};
use svod_domain::command::OpenQuarter;
use svod_domain::quarter::Rules;
use svod_domain::{Actor, Role, register};
use svod_engine::{Engine, EngineOptions, Incoming, Outcome, Sender, Wording};
use svod_log::{Hash, Notary, Principal, Store};
use svod_seal::SealingKeys;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::messages::{
    MUNICIPALITY, OPERATOR, REVIEWER, SENDER, SubmitTemplate, approval, close, municipalities,
};

/// Closed quarters that share a log's events.
const CLOSED: usize = 40;
/// The first of them.
const FIRST_YEAR: usize = 2010;

/// The name of every log of a run.
const ORIGIN: &str = "bench.svod/ledger";

/// The keys of every ledger of a run: the seed of the signing key, the key of the entries' codes, that of the codes of
/// persons, and the wrapping key.
const KEYS: [[u8; 32]; 4] = [[1; 32], [2; 32], [3; 32], [4; 32]];

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One file.
    Sqlite,
    /// The run's server.
    Postgres,
}

impl Kind {
    /// Both, in the order of the report.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A ledger of its own; it goes when this goes.
pub struct Ledger {
    /// Its address.
    pub url: String,
    /// A folder for what belongs to it.
    pub folder: tempfile::TempDir,
    _database: Option<Database>,
}

/// Ledgers that were filled in the first round and serve all of them.
#[derive(Default)]
pub struct Logs(HashMap<(&'static str, usize), Ledger>);

impl Logs {
    /// The ledger with that many events, if it was filled before.
    pub fn get(&self, kind: Kind, events: usize) -> Option<&Ledger> {
        self.0.get(&(kind.as_str(), events))
    }

    /// Keeps a ledger with that many events for later rounds.
    pub fn keep(&mut self, kind: Kind, events: usize, ledger: Ledger) {
        self.0.insert((kind.as_str(), events), ledger);
    }

    /// Lets a ledger go that serves one round only.
    pub fn forget(&mut self, kind: Kind, events: usize) {
        self.0.remove(&(kind.as_str(), events));
    }
}

/// An empty database of the run's server; it goes when this goes.
pub struct Database {
    /// Its address, as the server's superuser.
    pub url: String,
    name: String,
}

impl Database {
    /// A new one.
    pub fn fresh() -> Result<Self> {
        let admin = admin_url()?;
        let name = format!("bench_{}", Uuid::new_v4().simple());
        psql(&admin, &format!("CREATE DATABASE {name}"))?;
        // What the last thing measured left to be written belongs to it and not to the next.
        psql(&admin, "CHECKPOINT")?;
        let (server, _) = admin.rsplit_once('/').context("the address of PostgreSQL has no database")?;
        Ok(Self { url: format!("{server}/{name}"), name })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Ok(admin) = admin_url() {
            // The server goes with the run, and with it whatever could not be dropped.
            let _dropped = psql(&admin, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}

impl Ledger {
    /// An empty one.
    pub async fn fresh(kind: Kind) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("ledger-").tempdir_in(scratch()?)?;
        match kind {
            Kind::Sqlite => {
                let url = format!("sqlite://{}", folder.path().join("svod.db").display());
                Ok(Self { url, folder, _database: None })
            }
            Kind::Postgres => {
                let database = Database::fresh()?;
                let url = database.url.clone();
                svod_store::migrate(&url, &svod_store::default_vault_url(&url)).await?;
                Ok(Self { url, folder, _database: Some(database) })
            }
        }
    }

    /// The keys of every ledger of a run, also for the service, which reads them from its folder.
    fn options(&self) -> Result<svod_store::OpenOptions> {
        let keys = self.folder.path().join("data/ledger.keys");
        if !keys.exists() {
            std::fs::create_dir_all(self.folder.path().join("data"))?;
            let [seed, mac_key, index_key, wrapping_key] =
                KEYS.map(|[byte, ..]| format!("{byte:02x}").repeat(32));
            let text = format!(
                "origin = \"{ORIGIN}\"\nsigning_seed = \"{seed}\"\nmac_key = \"{mac_key}\"\n\
                 index_key = \"{index_key}\"\n[wrapping_keys]\n1 = \"{wrapping_key}\"\n"
            );
            std::fs::write(&keys, text)?;
        }
        Ok(svod_store::OpenOptions { notary: Some(Self::notary()?), ..Default::default() })
    }

    /// Who vouches for what is appended.
    pub fn notary() -> Result<Notary> {
        let [seed, mac_key, ..] = &KEYS;
        Ok(Notary::try_new(ORIGIN, seed, mac_key)?)
    }

    /// Opens it.
    pub async fn store(&self) -> Result<Arc<dyn Store>> {
        Ok(svod_store::open(&self.url, self.options()?).await?)
    }

    /// Opens it with an engine in this process.
    pub async fn reopened(&self) -> Result<Desk> {
        Desk::over(self.store().await?)
    }

    /// Opens it for the first time with an engine in this process, which gives it the register and the
    /// principals of the measurements.
    pub async fn desk(&self) -> Result<Desk> {
        let desk = self.reopened().await?;
        for command in register::commands(&register::built_in()) {
            desk.engine
                .order(Actor::service(), command)
                .await?
                .map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
        }
        for (name, role) in [
            (SENDER, format!("municipality:{MUNICIPALITY}")),
            (REVIEWER, "reviewer".to_owned()),
            (OPERATOR, "operator".to_owned()),
        ] {
            let principal = Principal {
                name: name.to_owned(),
                roles: vec![role],
                token_sha256: Hash::of(token(name).as_bytes()),
                added_at: Timestamp::now(),
                revoked_at: None,
            };
            ensure!(desk.engine.store().add_principal(&principal).await?, "{name} is there already");
        }
        Ok(desk)
    }
}

/// The bearer token of a principal of the measurements.
pub fn token(name: &str) -> String {
    format!("token-of-{name}")
}

/// An engine with its sequencer.
pub struct Desk {
    /// The handle.
    pub engine: Engine,
    stop: CancellationToken,
    sequencer: JoinHandle<()>,
}

/// What persons are sealed with.
pub fn sealing() -> Result<SealingKeys> {
    let [.., index_key, wrapping_key] = &KEYS;
    Ok(SealingKeys::try_new(index_key, &BTreeMap::from([(1, *wrapping_key)]))?)
}

impl Desk {
    fn over(store: Arc<dyn Store>) -> Result<Self> {
        let sealing = sealing()?;
        let (engine, sequencer) = Engine::new(EngineOptions {
            store,
            wording: Wording {
                refusal: |refusal| {
                    let words = svod_text::refusal(refusal);
                    (words.detail, words.action)
                },
                warning: svod_text::warning,
                read_dates: svod_text::read_dates,
            },
            rules: Rules { terms: TermRule::default(), calendar: Calendar::built_in() },
            clock: Arc::new(|| {
                let now = Timestamp::now();
                Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
            }),
            source: "svod".to_owned(),
            sealing: Some(sealing),
        });
        let stop = CancellationToken::new();
        let sequencer = tokio::spawn(sequencer.run(stop.clone()));
        Ok(Self { engine, stop, sequencer })
    }

    /// Opens a quarter until the end of the century.
    pub async fn open_quarter(&self, quarter: &str) -> Result<()> {
        let far: Timestamp = "2099-01-01T00:00:00Z".parse()?;
        let command = svod_domain::Command::OpenQuarter(OpenQuarter {
            quarter: quarter.parse()?,
            submit_by: Some(far),
            close_at: Some(far),
            reason: Some("measured".to_owned()),
        });
        let ordered = self.engine.order(actor(OPERATOR, Role::Operator), command).await?;
        ordered.map_err(|refusal| anyhow::anyhow!("{refusal:?}")).map(drop)
    }

    /// Files this many submissions for a quarter, municipality by municipality, and approves them.
    pub async fn fill_quarter(&self, quarter: &str, records: usize) -> Result<()> {
        let codes = municipalities();
        let templates: Vec<(Actor, SubmitTemplate)> = codes
            .iter()
            .map(|code| Ok((municipality(code)?, SubmitTemplate::new(code, quarter))))
            .collect::<Result<_>>()?;
        let reviewer = actor(REVIEWER, Role::Reviewer);
        for part in (0..records).collect::<Vec<_>>().chunks(500) {
            let (mut submits, mut approvals) = (vec![], vec![]);
            for index in part {
                let (actor, template) = &templates[index % templates.len()];
                let (id, body) = template.next();
                submits.push(incoming(body, actor));
                approvals.push(incoming(approval(id), &reviewer));
            }
            self.answer_all(submits).await?;
            self.answer_all(approvals).await?;
        }
        Ok(())
    }

    /// Closes a quarter.
    pub async fn close_quarter(&self, quarter: &str) -> Result<()> {
        self.answer_all(vec![incoming(close(quarter), &actor(OPERATOR, Role::Operator))]).await
    }

    /// Records so many events in closed quarters, which share them.
    pub async fn fill_closed(&self, events: usize) -> Result<()> {
        let records = (events / CLOSED / 2).max(1);
        for index in 0..CLOSED {
            let quarter = format!("{}-Q{}", FIRST_YEAR + index / 4, index % 4 + 1);
            self.open_quarter(&quarter).await?;
            self.fill_quarter(&quarter, records).await?;
            self.close_quarter(&quarter).await?;
        }
        Ok(())
    }

    async fn answer_all(&self, incoming: Vec<Incoming>) -> Result<()> {
        for answered in self.engine.answer_all(incoming).await? {
            let text = String::from_utf8_lossy(&answered.receipt);
            ensure!(answered.outcome == Outcome::Recorded, "refused: {text}");
        }
        Ok(())
    }

    /// Ends it.
    pub async fn close(self) -> Result<()> {
        self.stop.cancel();
        Ok(self.sequencer.await?)
    }
}

/// A message of a principal.
pub fn incoming(body: Vec<u8>, actor: &Actor) -> Incoming {
    Incoming { body, sender: Sender::Principal(actor.clone()) }
}

/// The user of a municipality.
pub fn municipality(code: &str) -> Result<Actor> {
    Ok(actor(&format!("m-{code}"), Role::Municipality(code.parse()?)))
}

fn actor(name: &str, role: Role) -> Actor {
    Actor { name: name.to_owned(), roles: vec![role] }
}

/// The root of the checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("tests/bench lies in the project")
}

/// A program that was built beside this one.
pub fn program(name: &str) -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}

/// Where everything that is measured lies: on the disk of the checkout, as the servers' data on that of TMPDIR.
pub fn scratch() -> Result<PathBuf> {
    let folder = root().join("target/bench");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn admin_url() -> Result<String> {
    std::env::var("SVOD_TEST_POSTGRES_URL")
        .context("run it through tests/bench/run.sh, which starts the servers")
}

fn psql(url: &str, statement: &str) -> Result<()> {
    let output = Command::new("psql").args([url, "-qAtc", statement]).output().context("running psql")?;
    ensure!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
