//! `svod audit diff`: what changed between two moments.

use anyhow::anyhow;
use clap::Args;
use serde_json::json;
use svod_engine::audit::{Change, Kind, Subject, What, When, diff};

use super::moment;
use crate::config::Config;
use crate::exit::Failure;
use crate::{ledger, print, progress};

/// Show what changed between two moments: records, quarters, the register; which fields, from what to what
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod audit diff 2020-Q1 2020-Q2
  svod audit diff 2020-07-08T15:00:00Z 2020-07-15T15:00:00Z --json
  svod audit diff 4700 4711 --stream municipality-66605000")]
pub(super) struct Diff {
    /// From behind this moment: a position, an RFC 3339 time, or the last close of a quarter
    #[arg(value_name = "FROM")]
    from: When,
    /// To this one
    #[arg(value_name = "TO")]
    to: When,
    /// Only what the entries of this stream changed: its name, the id of a submission, or a quarter
    #[arg(long, value_name = "STREAM")]
    stream: Option<Subject>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Diff {
    /// Carries the verb out.
    pub(super) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let stream = match &self.stream {
            Some(Subject::Stream(stream)) => Some(stream),
            Some(Subject::Position(_)) => return Err(Failure::usage(anyhow!("--stream takes a stream"))),
            None => None,
        };
        let store = ledger::open(config).await.map_err(Failure::unavailable)?;
        let from = moment::position(store.as_ref(), Some(self.from)).await?;
        let to = moment::position(store.as_ref(), Some(self.to)).await?;
        if from > to {
            return Err(Failure::usage(anyhow!(
                "position {from} comes after {to}: name the earlier one first"
            )));
        }
        let bar = progress::bar("comparing", to.0);
        let found = diff(&store, from, to, stream, |position| bar.set_position(position.0)).await;
        bar.finish_and_clear();
        let found = found.map_err(Failure::unavailable)?;
        let (before, after) =
            (moment::root(config, &store, from).await?, moment::root(config, &store, to).await?);
        if self.json {
            return print::json(&json!({
                "changes": found.changes, "from": moment::json(before), "to": moment::json(after),
            }));
        }
        tell_changes(&found.changes)?;
        moment::tell(&format!("{} records differ; from", found.changes.len()), before)?;
        moment::tell("to", after)
    }
}

/// Tells changes, a record with its fields after the other.
pub(super) fn tell_changes(changes: &[Change]) -> Result<(), Failure> {
    for change in changes {
        let what = match change.what {
            What::Municipality => "municipality",
            What::Quarter => "quarter",
            What::NilReturn => "nil return",
            What::Submission => "submission",
        };
        let kind = match change.kind {
            Kind::Added => "added",
            Kind::Removed => "removed",
            Kind::Changed => "changed",
        };
        print::line(format!("{what} {}: {kind}", change.key))?;
        for field in &change.fields {
            let (from, to) = (moment::value(field.from.as_ref()), moment::value(field.to.as_ref()));
            print::line(match change.kind {
                Kind::Added => format!("  {}: {to}", field.field),
                Kind::Removed => format!("  {}: {from}", field.field),
                Kind::Changed => format!("  {}: {from} -> {to}", field.field),
            })?;
        }
    }
    Ok(())
}
