//! `svod audit`: whether the log is what it was. Reads only, and believes nothing that lies in the database.

mod checkpoint;
mod diff;
mod history;
mod moment;
mod reproduce;
mod state;
mod verify;
mod whatif;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use svod_domain::{Edition, Quarter};

use crate::config::Config;
use crate::exit::Failure;

/// Entries of one read.
const PAGE: u32 = 2_000;

/// The log for an auditor: is it what it was
#[derive(Args, Debug)]
pub(crate) struct Audit {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Check every entry, the head, and every checkpoint that somebody kept
    ///
    /// Ends with 0 if all is sound, with 1 if something was changed (it names the first bad position and what saw it), and
    /// with 3 if it cannot tell, because neither the keys of the ledger nor its verifier key are here.
    #[command(after_help = "Examples:
  svod audit verify
  svod audit verify --rules
  svod audit verify --checkpoint receipt-2020-17.json --checkpoint kept-in-may.txt
  svod audit verify --key 'ledger.svod/4f0c…+1d2e3f40+AQ…' --json")]
    Verify {
        /// A checkpoint, or a receipt that carries one, which the log must agree with
        #[arg(long, value_name = "FILE")]
        checkpoint: Vec<PathBuf>,
        /// The log's verifier key, where its secret keys are not; `svod audit key` prints it
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        #[command(flatten)]
        how: verify::How,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    History(history::History),
    State(state::State),
    Diff(diff::Diff),
    Whatif(whatif::Whatif),
    /// Make a published document again, from the log alone, and compare
    ///
    /// Every document of the edition is made again and compared with what the log recorded of it, with the file that the
    /// ledger keeps, and with the file in your hand. Ends with 0 if they are the same bytes, with 1 and the first cell that
    /// differs if not, and with 3 if it cannot tell. Where a person was erased since, the document's masked twin is made.
    #[command(after_help = "Examples:
  svod audit reproduce 2020-Q2
  svod audit reproduce 2020-Q2 --edition 1 report-from-the-archive.docx")]
    Reproduce {
        /// Such as 2020-Q2
        quarter: Quarter,
        /// A file to compare with
        file: Option<PathBuf>,
        /// Which edition, from 1; the newest if absent
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        edition: Option<u32>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the newest signed checkpoint of the log; keep it where nobody of the ledger can reach it
    #[command(after_help = "Example:
  svod audit checkpoint > \"checkpoint-$(date +%F).txt\"")]
    Checkpoint {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the key that checkpoints are checked with; publish it
    #[command(after_help = "Example:
  svod audit key > ledger.vkey")]
    Key {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

impl Audit {
    /// Carries the verb out.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        match &self.verb {
            Verb::Verify { checkpoint, key, how, json } => {
                verify::verify(config, checkpoint, key.as_deref(), *how, *json).await
            }
            Verb::History(history) => history.run(config).await,
            Verb::State(state) => state.run(config).await,
            Verb::Diff(diff) => diff.run(config).await,
            Verb::Whatif(whatif) => whatif.run(config).await,
            Verb::Reproduce { quarter, edition, file, json } => {
                reproduce::reproduce(config, *quarter, edition.map(Edition), file.as_deref(), *json).await
            }
            Verb::Checkpoint { json } => checkpoint::checkpoint(config, *json).await,
            Verb::Key { json } => checkpoint::key(config, *json),
        }
    }
}
