//! `svod log`: the events of the log, one JSON object a line, as `GET /api/v1/log` has them.

use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use svod_engine::AsOf;
use svod_gateway::write_log_line;
use svod_log::{Position, Store};

use crate::app::App;
use crate::config::Config;
use crate::exit::Failure;
use crate::{ledger, print};

/// Entries of one read.
const PAGE: u32 = 200;
/// How often a follower looks for new entries.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Print the events of the log, one JSON object a line
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod log --after 100 --limit 20
  svod log --as-of 2020-07-08T15:00:00Z
  svod log --follow | jq -c '[.position, .type]'")]
pub(crate) struct Log {
    /// Begin behind this position
    #[arg(long, value_name = "P", default_value_t = 0)]
    after: u64,
    /// Print at most so many
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Go on with what is recorded from now on, until Ctrl-C
    #[arg(long, conflicts_with = "as_of")]
    follow: bool,
    /// Stop where the log ended at this moment: a position of the log, or an RFC 3339 time
    #[arg(long, value_name = "P|TIME")]
    as_of: Option<AsOf>,
    /// Print JSON; the log is always printed so
    #[arg(long)]
    json: bool,
}

impl Log {
    /// Prints the lines.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let store = ledger::open(config).await.map_err(Failure::unavailable)?;
        let mut after = Position(self.after);
        let mut left = self.limit.unwrap_or(u64::MAX);
        if let Some(moment) = self.as_of {
            let app = App::over(store.clone(), config).map_err(Failure::unavailable)?;
            let until = until(app, moment).await?;
            left = left.min(until.0.saturating_sub(self.after));
        }
        // The positions of the log have no gaps, so a number of entries ends it as well as a position.
        while left > 0 {
            let printed = page(store.as_ref(), &mut after, left).await?;
            left -= printed;
            if printed == 0 && !self.follow {
                break;
            }
            if printed == 0 {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        Ok(())
    }
}

/// The last position of that moment.
async fn until(app: App, moment: AsOf) -> Result<Position, Failure> {
    let position = match moment {
        AsOf::Position(position) => Ok(position),
        AsOf::Time(_) => app.reader(Some(moment)).await.map(|reader| reader.position()),
    };
    app.close().await;
    position
}

async fn page(store: &dyn Store, after: &mut Position, left: u64) -> Result<u64, Failure> {
    let limit = u32::try_from(left).unwrap_or(PAGE).min(PAGE);
    let entries = store.read(*after, limit).await.map_err(Failure::unavailable)?;
    let mut lines = vec![];
    for entry in &entries {
        let written = write_log_line(&mut lines, entry).context("writing a line of the log");
        written.map_err(Failure::unavailable)?;
        *after = entry.position;
    }
    print::bytes(&lines)?;
    Ok(entries.len() as u64)
}
