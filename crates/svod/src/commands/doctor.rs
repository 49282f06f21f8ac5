//! `svod doctor`: looks at everything that svod rests on, and says what is wrong and what cures it. Records nothing.

mod ledger;
mod surroundings;
mod vault;
mod witnesses;

use clap::Args;
use serde::Serialize;
use svod_log::StoreError;
use svod_store::{SchemaState, schema_state};

use crate::app::now;
use crate::config::{Config, masked};
use crate::exit::Failure;
use crate::ledger::is_new;
use crate::{cure, print};

/// Look at everything that svod rests on, and say what is wrong and what cures it
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod doctor
  svod doctor --json | jq '.[] | select(.level != \"good\")'

Exit status: 0 nothing is wrong, 1 something is, 3 something could not be looked at.")]
pub(crate) struct Doctor {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    /// As it should be.
    Good,
    /// Works, but should be looked at.
    Odd,
    /// Does not work.
    Bad,
    /// Could not be looked at.
    Unknown,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    level: Level,
    subject: String,
    seen: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cure: Option<String>,
}

impl Finding {
    pub(super) fn good(subject: &str, seen: impl Into<String>) -> Self {
        Self { level: Level::Good, subject: subject.to_owned(), seen: seen.into(), cure: None }
    }

    pub(super) fn odd(subject: &str, seen: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { level: Level::Odd, cure: Some(cure.into()), ..Self::good(subject, seen) }
    }

    pub(super) fn bad(subject: &str, seen: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { level: Level::Bad, cure: Some(cure.into()), ..Self::good(subject, seen) }
    }

    /// What cures the failure, if that is known; otherwise `cure`.
    pub(super) fn unknown(subject: &str, error: &anyhow::Error, cure: impl Into<String>) -> Self {
        let cure = cure::of(error).unwrap_or_else(|| cure.into());
        Self { level: Level::Unknown, cure: Some(cure), ..Self::good(subject, format!("{error:#}")) }
    }
}

impl Doctor {
    /// Looks, and tells.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let mut findings = surroundings::configuration(config);
        findings.extend(surroundings::folders(config));
        findings.extend(database(config).await);
        findings.extend(surroundings::broker(config, &senders(config).await).await);
        findings.push(surroundings::http(config).await);
        if self.json {
            print::json(&findings)?;
        } else {
            for finding in &findings {
                print::line(line_of(finding))?;
            }
        }
        let any = |level| findings.iter().any(|finding| finding.level == level);
        match (any(Level::Bad), any(Level::Unknown)) {
            (true, _) => Err(Failure::FoundWrong),
            (false, true) => Err(Failure::CouldNotTell),
            (false, false) => Ok(()),
        }
    }
}

fn line_of(finding: &Finding) -> String {
    let level = match finding.level {
        Level::Good => "good",
        Level::Odd => "odd ",
        Level::Bad => "BAD ",
        Level::Unknown => "?   ",
    };
    let cure = finding.cure.as_ref().map(|cure| format!("\n        cure: {cure}")).unwrap_or_default();
    format!("{level}  {}: {}{cure}", finding.subject, finding.seen)
}

/// What is said where the ledger's file is not there, or only its vault is not.
async fn missing(config: &Config) -> anyhow::Result<Finding> {
    let store = match crate::ledger::open(config).await {
        Ok(store) => store,
        Err(error) if is_not_there(&error) => return Ok(made_on_first_use(config)),
        Err(error) => return Err(error),
    };
    if is_new(store.as_ref()).await? {
        return Ok(made_on_first_use(config));
    }
    let lost: anyhow::Error = StoreError::NotThere { what: "vault", place: masked(&config.vault_url) }.into();
    Ok(Finding::bad("vault", lost.to_string(), cure::of(&lost).unwrap_or_default()))
}

fn is_not_there(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(StoreError::NotThere { .. }))
}

fn made_on_first_use(config: &Config) -> Finding {
    Finding::good("database", format!("{} is made on first use", masked(&config.database_url)))
}

/// Whoever may send through the broker; nobody if they cannot be read, which is told of the database.
async fn senders(config: &Config) -> Vec<String> {
    let Ok(store) = crate::ledger::open(config).await else { return vec![] };
    let principals = store.principals().await.unwrap_or_default();
    let may_speak = principals.into_iter().filter(|principal| principal.revoked_at.is_none());
    may_speak.map(|principal| principal.name).collect()
}

/// The database, and what is in it if it can be opened.
async fn database(config: &Config) -> Vec<Finding> {
    const SUBJECT: &str = "database";
    let url = masked(&config.database_url);
    let is_file = config.database_file().is_some();
    let state = match schema_state(&config.database_url, &config.vault_url).await {
        Ok(state) => state,
        Err(error) => {
            return vec![Finding::unknown(SUBJECT, &error.into(), "correct SVOD_DATABASE_URL")];
        }
    };
    let cure = "run `svod migrate` as the owner of the database";
    match state {
        SchemaState::Missing if is_file => {
            let cure = "see the folder and the keys";
            let found = missing(config).await;
            return vec![found.unwrap_or_else(|error| Finding::unknown(SUBJECT, &error, cure))];
        }
        SchemaState::TooOld { .. } if is_file => {
            return vec![Finding::good(SUBJECT, format!("{url}: {state}; migrated when it is opened"))];
        }
        SchemaState::Missing | SchemaState::TooOld { .. } => {
            return vec![Finding::bad(SUBJECT, format!("{url}: {state}"), cure)];
        }
        SchemaState::TooNew { .. } => {
            let cure = "run the svod that migrated it, or a later one";
            return vec![Finding::bad(SUBJECT, format!("{url}: {state}"), cure)];
        }
        SchemaState::Current => {}
    }
    let mut findings = vec![Finding::good(SUBJECT, format!("{url}: {state}"))];
    match crate::ledger::open(config).await {
        Ok(store) => {
            findings.extend(ledger::examine(store.as_ref(), now()).await);
            findings.extend(vault::examine(&store, config).await);
            findings.extend(witnesses::examine(store.as_ref(), config).await);
        }
        Err(error) => findings.push(Finding::unknown("ledger", &error, "see the finding on the database")),
    }
    findings
}
