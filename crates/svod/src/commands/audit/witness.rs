//! `svod audit witness`: cosigns the growth of logs, on a machine that nobody of these logs can reach into.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;
use svod_log::note::VerifierKey;
use svod_witness::{
    Book, BookError, IdentityError, LogStatus, Logs, WitnessServer, identity, known_identity,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::commands::run::{not_bound, signals};
use crate::exit::Failure;
use crate::print;
use crate::witnesses::{clock, moment, seconds};

/// Where it listens, unless something says otherwise.
const LISTEN: &str = "127.0.0.1:8090";

/// Run a witness: it cosigns that a log only grows, and refuses everything else, for ever
///
/// Runs on another machine than the log, under another hand. It needs nothing of the ledger but the verifier keys of its
/// logs, and speaks c2sp.org/tlog-witness. First it prints its own verifier key, which the ledger and auditors are given.
#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  svod audit witness --listen 0.0.0.0:8090 --data /var/lib/svod-witness --log \"$(cat ledger.vkey)\"
  svod audit witness status --data /var/lib/svod-witness --silence 30"
)]
pub(crate) struct Witness {
    /// Where it listens
    #[arg(long, value_name = "ADDRESS", default_value = LISTEN)]
    listen: String,
    /// Its folder: the key, and the last checkpoint of each log; losing it is forgetting
    #[arg(long, value_name = "DIR", default_value = "svod-witness")]
    data: PathBuf,
    /// A log's verifier key (`svod audit key` prints it); may be given several times
    #[arg(long = "log", value_name = "KEY")]
    logs: Vec<String>,
    /// What it is called, for ever, such as control.example/svod [default: a name made by chance]
    #[arg(long)]
    name: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    verb: Option<WitnessVerb>,
}

#[derive(Subcommand, Debug)]
enum WitnessVerb {
    /// What it last heard of each log, whether it runs or not
    ///
    /// With --silence it ends with 1 if it has not heard of a log for so long.
    Status {
        /// The folder of the witness
        #[arg(long, value_name = "DIR", default_value = "svod-witness")]
        data: PathBuf,
        /// How long a log may be silent; one that is well is heard of every five minutes, whether it grows or not
        #[arg(long, value_name = "MINUTES")]
        silence: Option<u32>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

impl Witness {
    /// Whether it runs until it is stopped.
    pub(crate) fn is_service(&self) -> bool {
        self.verb.is_none()
    }

    /// Carries it out.
    pub(super) async fn run(&self) -> Result<(), Failure> {
        match &self.verb {
            None => self.serve().await,
            Some(WitnessVerb::Status { data, silence, json }) => status(data, *silence, *json),
        }
    }

    async fn serve(&self) -> Result<(), Failure> {
        let keys = self.logs.iter().map(|key| key.parse::<VerifierKey>()).collect::<Result<Vec<_>, _>>();
        let keys = keys.context("reading --log").map_err(Failure::usage)?;
        if keys.is_empty() {
            return Err(Failure::usage(anyhow::anyhow!("a witness needs a log to watch: give --log KEY")));
        }
        let cosigner = identity(&self.data, self.name.as_deref()).map_err(of_identity)?;
        let listener =
            TcpListener::bind(&self.listen).await.map_err(|error| not_bound(&self.listen, error))?;
        let key = cosigner.verifier_key();
        let book = Book::open(&self.data, cosigner, Logs::from_iter(keys)).map_err(of_book)?;
        if self.json {
            let address = listener.local_addr().map_err(Failure::unavailable)?;
            print::json(&json!({
                "key": key.to_string(), "name": key.name(), "listen": address.to_string(),
            }))?;
        } else {
            print::line(key.to_string())?;
        }
        let stop = CancellationToken::new();
        let listening = tokio::spawn(signals(stop.clone()));
        let served =
            svod_witness::serve(WitnessServer { listener, book, clock: clock() }, stop.clone()).await;
        stop.cancel();
        let signalled = listening.await.context("listening for signals").flatten();
        served.map_err(Failure::unavailable)?;
        signalled.map_err(Failure::unavailable)
    }
}

fn status(data: &std::path::Path, silence: Option<u32>, json: bool) -> Result<(), Failure> {
    let cosigner = known_identity(data).map_err(Failure::unavailable)?;
    let missing = || format!("there is no witness in {}", data.display());
    let key = cosigner.with_context(missing).map_err(Failure::unavailable)?.verifier_key();
    let statuses = svod_witness::statuses(data, &key).map_err(Failure::unavailable)?;
    let now = seconds();
    if json {
        print::json(&json!({"key": key.to_string(), "logs": statuses}))?;
    } else {
        let row = |status: &LogStatus| {
            let heard =
                status.cosigned_at.map(|at| (moment(at), format!("{} s ago", now.saturating_sub(at))));
            let (at, ago) = heard.unwrap_or_else(|| ("nothing yet".to_owned(), "never".to_owned()));
            [status.origin.clone(), status.size.to_string(), at, ago]
        };
        let rows: Vec<[String; 4]> = statuses.iter().map(row).collect();
        print::table(["LOG", "POSITION", "COSIGNED", "HEARD OF"], &rows)?;
    }
    let Some(silence) = silence else { return Ok(()) };
    let limit = u64::from(silence) * 60;
    let is_silent = |status: &LogStatus| now.saturating_sub(status.cosigned_at.unwrap_or_default()) > limit;
    if statuses.iter().any(is_silent) { Err(Failure::FoundWrong) } else { Ok(()) }
}

fn of_identity(error: IdentityError) -> Failure {
    match error {
        IdentityError::Name { .. } | IdentityError::Unfit { .. } => Failure::usage(error),
        IdentityError::File { .. } | IdentityError::Malformed { .. } | IdentityError::Chance(_) => {
            Failure::unavailable(error)
        }
    }
}

/// A memory that is damaged stops the witness: the same start would fail the same way.
fn of_book(error: BookError) -> Failure {
    match error {
        BookError::Damaged { .. } => Failure::usage(error),
        BookError::File { .. } | BookError::Taken { .. } => Failure::unavailable(error),
    }
}
