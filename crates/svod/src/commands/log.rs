//! `svod log`: the events of the log, one JSON object a line, as `GET /api/v1/log` has them.

use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use serde_json::value::RawValue;
use svod_log::{ActorName, Position, Recorded, Store, StreamId, Version};

use crate::app::open_store;
use crate::config::Config;
use crate::exit::Failure;
use crate::print;

/// Entries of one read.
const PAGE: u32 = 200;
/// How often a follower looks for new entries.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Print the events of the log, one JSON object a line
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod log --after 100 --limit 20
  svod log --follow | jq -c '[.position, .type]'")]
pub(crate) struct Log {
    /// Begin behind this position
    #[arg(long, value_name = "P", default_value_t = 0)]
    after: u64,
    /// Print at most so many
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Go on with what is recorded from now on, until Ctrl-C
    #[arg(long)]
    follow: bool,
}

/// One line.
#[derive(Serialize)]
struct Line<'a> {
    position: Position,
    stream: &'a StreamId,
    version: Version,
    #[serde(rename = "type")]
    kind: &'a str,
    recorded_at: String,
    actor: &'a ActorName,
    data: &'a RawValue,
}

impl Log {
    /// Prints the lines.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let store = open_store(config).await.map_err(Failure::unavailable)?;
        let (mut after, mut left) = (Position(self.after), self.limit.unwrap_or(u64::MAX));
        loop {
            let printed = page(store.as_ref(), &mut after, left).await?;
            left -= printed;
            if left == 0 || (printed == 0 && !self.follow) {
                return Ok(());
            }
            if printed == 0 {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
}

async fn page(store: &dyn Store, after: &mut Position, left: u64) -> Result<u64, Failure> {
    let limit = u32::try_from(left).unwrap_or(PAGE).min(PAGE);
    let entries = store.read(*after, limit).await.map_err(Failure::unavailable)?;
    let mut lines = vec![];
    for entry in &entries {
        write_line(&mut lines, entry).map_err(Failure::unavailable)?;
        *after = entry.position;
    }
    print::bytes(&lines)?;
    Ok(entries.len() as u64)
}

fn write_line(lines: &mut Vec<u8>, entry: &Recorded) -> anyhow::Result<()> {
    let line = Line {
        position: entry.position,
        stream: &entry.stream,
        version: entry.version,
        kind: &entry.kind,
        recorded_at: entry.recorded_at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
        actor: &entry.actor,
        data: &entry.data,
    };
    serde_json::to_writer(&mut *lines, &line).context("writing a line of the log")?;
    lines.push(b'\n');
    Ok(())
}
