//! `svod audit`: whether the log is what it was. Reads only, and believes nothing that lies in the database.

mod check;
mod checkpoint;
mod cosigned;
mod diff;
mod export;
mod history;
mod keys;
mod moment;
mod prove;
mod reproduce;
mod since;
mod state;
mod stream_proof;
mod verify;
pub(super) mod verify_file;
mod whatif;
mod witness;

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
  svod audit verify --keep /media/auditor/kept.json
  svod audit verify --since /media/auditor/kept.json --keep /media/auditor/kept.json
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
        /// How old the newest cosignature may be: a log that its witnesses have not heard of for longer is frozen
        #[arg(long, value_name = "MINUTES")]
        silence: Option<u32>,
        #[command(flatten)]
        how: verify::How,
        #[command(flatten)]
        keeping: since::Keeping,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Write the log into a folder that can be checked without svod, by whoever has its verifier key
    ///
    /// The folder has the form of docs/AUDIT.md: entries and hash tiles (c2sp.org/tlog-tiles), signed checkpoints, what is
    /// disclosed of persons, and the documents. Everything is checked on the way; a log that is not sound is not exported:
    /// then the status is 1, and the first bad position is named. The folder appears whole or not at all.
    #[command(after_help = "Examples:
  svod audit export --out export-2020-Q2
  svod audit export --out for-the-public --redact
  svod-audit export-2020-Q2 --key ledger.vkey")]
    Export {
        /// The folder to make
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Disclose nobody: no names, no positions, and of the documents only masked ones
        #[arg(long)]
        redact: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Prove that an entry is in the log, or that these are all the events of a record
    ///
    /// Of a position: the entry's bytes and a proof (c2sp.org/tlog-proof) beside them. Of a submission or a stream: a folder with
    /// every event of it, a proof for each, and the proof that the newest close attested that there are no others up to then.
    /// Whoever has the verifier key checks it with `svod audit check`, without the database.
    #[command(after_help = "Examples:
  svod audit prove 17 --out 17.tlog-proof
  svod audit prove 0193a5c0-0000-7000-8000-000000000001 --out the-record
  svod audit prove quarter-2020-Q2 --out the-quarter")]
    Prove {
        /// A position, the id of a submission, or the name of a stream
        what: String,
        /// The file (of a position) or the folder to make
        #[arg(long, value_name = "PATH")]
        out: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Check what `svod audit prove` made, without the database
    ///
    /// Ends with 0 if it proves what it says, with 1 if not, and with 3 if there is nothing to check.
    #[command(after_help = "Examples:
  svod audit check 17.tlog-proof --key ledger.vkey
  svod audit check the-record --key ledger.vkey")]
    Check {
        /// The proof, or the folder of a record
        path: PathBuf,
        /// The log's verifier key, or a file with it
        #[arg(long, value_name = "KEY")]
        key: String,
        /// The entry, if it does not lie beside the proof
        #[arg(long, value_name = "FILE")]
        entry: Option<PathBuf>,
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
    VerifyFile(verify_file::VerifyFile),
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
    Keys(keys::Keys),
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
            Verb::Verify { checkpoint, key, witness, quorum, policy, silence, how, keeping, json } => {
                let wanted = match policy {
                    Some(path) => cosigned::Wanted::in_file(path)?,
                    None => cosigned::Wanted::read(config, key.as_deref(), witness, *quorum)?,
                };
                let wanted = wanted.heard_within(*silence);
                verify::verify(config, checkpoint, &wanted, (*how, keeping), *json).await
            }
            Verb::History(history) => history.run(config).await,
            Verb::State(state) => state.run(config).await,
            Verb::Diff(diff) => diff.run(config).await,
            Verb::Whatif(whatif) => whatif.run(config).await,
            Verb::Reproduce { quarter, edition, file, json } => {
                reproduce::reproduce(config, *quarter, edition.map(Edition), file.as_deref(), *json).await
            }
            Verb::VerifyFile(verify_file) => verify_file.run(config).await,
            Verb::Export { out, redact, json } => export::export(config, out, *redact, *json).await,
            Verb::Prove { what, out, json } => prove::prove(config, what, out, *json).await,
            Verb::Check { path, key, entry, json } => check::check(path, key, entry.as_deref(), *json),
            Verb::Checkpoint { head, json } => checkpoint::checkpoint(config, *head, *json).await,
            Verb::Keys(keys) => keys.run(config).await,
            Verb::Witness(witness) => witness.run().await,
            Verb::Key { json } => checkpoint::key(config, *json),
        }
    }
}
