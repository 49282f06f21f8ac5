//! `svod audit`: whether the log is what it was. Reads only, and believes nothing that lies in the database.

mod checkpoint;
mod cosigned;
mod verify;
mod witness;

use std::path::PathBuf;

use clap::{Args, Subcommand};

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
  svod audit verify --checkpoint receipt-2020-17.json --checkpoint kept-in-may.txt
  svod audit verify --key 'ledger.svod/4f0c…+1d2e3f40+AQ…' --json")]
    Verify {
        /// A checkpoint, or a receipt that carries one, which the log must agree with
        #[arg(long, value_name = "FILE")]
        checkpoint: Vec<PathBuf>,
        /// The log's verifier key, where its secret keys are not; `svod audit key` prints it
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        /// The verifier key of a witness; without it those of the configuration
        #[arg(long, value_name = "KEY")]
        witness: Vec<String>,
        /// So many of these witnesses must have cosigned the newest checkpoint
        #[arg(long, value_name = "N")]
        quorum: Option<usize>,
        /// Keys and quorum in a file, as c2sp.org/tlog-policy writes them
        #[arg(long, value_name = "FILE", conflicts_with_all = ["key", "witness", "quorum"])]
        policy: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the newest signed checkpoint of the log; keep it where nobody of the ledger can reach it
    ///
    /// If witnesses cosign the log, it is the newest that one of them cosigned.
    #[command(after_help = "Example:
  svod audit checkpoint > \"checkpoint-$(date +%F).txt\"")]
    Checkpoint {
        /// The very newest, whether it is cosigned or not
        #[arg(long)]
        head: bool,
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
    Witness(witness::Witness),
}

impl Audit {
    /// Whether it runs until it is stopped, and tells what it does.
    pub(crate) fn is_service(&self) -> bool {
        matches!(&self.verb, Verb::Witness(witness) if witness.is_service())
    }

    /// Carries the verb out.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        match &self.verb {
            Verb::Verify { checkpoint, key, witness, quorum, policy, json } => {
                let wanted = match policy {
                    Some(path) => cosigned::Wanted::in_file(path)?,
                    None => cosigned::Wanted::read(config, key.as_deref(), witness, *quorum)?,
                };
                verify::verify(config, checkpoint, &wanted, *json).await
            }
            Verb::Checkpoint { head, json } => checkpoint::checkpoint(config, *head, *json).await,
            Verb::Witness(witness) => witness.run().await,
            Verb::Key { json } => checkpoint::key(config, *json),
        }
    }
}
