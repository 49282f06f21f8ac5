//! `svod audit state`: how one record or everything stood at a moment, as canonical JSON.

use clap::Args;
use svod_domain::{Quarter, Refusal, SubmissionId};
use svod_engine::audit::{Scope, When, state};
use uuid::Uuid;

use super::moment;
use crate::config::Config;
use crate::exit::Failure;
use crate::{ledger, print, progress};

/// Print how a record or the whole ledger stood at a moment, as canonical JSON: the same bytes on every store
///
/// Persons are shown as the log holds them: by digests.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod audit state --as-of 2020-Q2 | sha256sum
  svod audit state --as-of 2020-07-08T15:00:00Z --quarter 2020-Q2
  svod audit state --as-of 4711 --submission 018f3c5e-7a10-7c42-9d6b-5e2f1a0b9c01")]
pub(super) struct State {
    /// The moment: a position, an RFC 3339 time, or the last close of a quarter; now if absent
    #[arg(long, value_name = "P|TIME|QUARTER")]
    as_of: Option<When>,
    /// Only this submission, with its history
    #[arg(long, value_name = "ID", conflicts_with = "quarter")]
    submission: Option<Uuid>,
    /// Only this quarter, with what was filed for it
    #[arg(long, value_name = "QUARTER")]
    quarter: Option<Quarter>,
}

impl State {
    /// Carries the verb out.
    pub(super) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let store = ledger::open(config).await.map_err(Failure::unavailable)?;
        let position = moment::position(store.as_ref(), self.as_of).await?;
        let scope = match (self.submission, self.quarter) {
            (Some(id), _) => Scope::Submission(SubmissionId(id)),
            (None, Some(quarter)) => Scope::Quarter(quarter),
            (None, None) => Scope::Whole,
        };
        let bar = progress::bar("folding", position.0);
        let found = state(&store, scope, position, |position| bar.set_position(position.0)).await;
        bar.finish_and_clear();
        let found = found.map_err(Failure::unavailable)?;
        match scope {
            Scope::Submission(submission) if found.is_empty() => {
                return Err(Failure::refused(&Refusal::UnknownSubmission { submission }));
            }
            Scope::Quarter(quarter) if found.is_empty() => {
                return Err(Failure::refused(&Refusal::UnknownQuarter { quarter }));
            }
            _found_or_everything => {}
        }
        let root = match found.root() {
            Some(root) => root,
            None => moment::root(config, &store, position).await?.root,
        };
        let mut written = found.written(store, root).map_err(Failure::unavailable)?;
        while let Some(piece) = written.next().await.map_err(Failure::unavailable)? {
            print::bytes(&piece)?;
        }
        Ok(())
    }
}
