//! `svod migrate`: brings the database to the schema that this program needs.

use clap::Args;
use svod_store::{SchemaState, schema_state};

use crate::config::{Config, masked};
use crate::exit::Failure;
use crate::{ledger, print};

/// Bring the database to the schema that this program needs
///
/// On PostgreSQL as the owner of the database; afterwards run deployments/postgres/grants.sql. SQLite does it by itself
/// when it is opened. A new ledger is given its file of keys, which every process that appends needs. Running it twice does
/// no harm.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod migrate
  SVOD_DATABASE_URL=postgres://svod_owner@db/svod svod migrate")]
pub(crate) struct Migrate {}

impl Migrate {
    /// Applies what is missing.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let (url, vault_url) = (&config.database_url, &config.vault_url);
        ledger::make_folder(config).map_err(Failure::unavailable)?;
        let before = schema_state(url, vault_url).await.map_err(Failure::unavailable)?;
        if before == SchemaState::Current {
            ledger::make_keys(config).await.map_err(Failure::unavailable)?;
            return print::line(format!("{}: {before}", masked(url)));
        }
        svod_store::migrate(url, vault_url).await.map_err(Failure::unavailable)?;
        ledger::make_keys(config).await.map_err(Failure::unavailable)?;
        let after = schema_state(url, vault_url).await.map_err(Failure::unavailable)?;
        print::line(format!("{}: {before}; now {after}", masked(url)))
    }
}
