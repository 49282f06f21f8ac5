//! `svod audit history`: every entry of a record, as it stands in the log.

use clap::Args;
use serde_json::{Value, json};
use svod_engine::audit::{EntryCard, Subject, When, entries};

use super::moment;
use crate::config::Config;
use crate::exit::Failure;
use crate::{ledger, print};

/// What of an event's data is told on its line: whatever is short and says what was done. The rest is in --json.
const TOLD: [&str; 16] = [
    "version",
    "was",
    "late",
    "title",
    "reason",
    "note",
    "submit_by",
    "close_at",
    "closed_at",
    "by_schedule",
    "edition",
    "included_count",
    "left_out_count",
    "format",
    "short_name",
    "from",
];

/// Show every entry of a submission, a quarter or a stream, or one entry: place, moment, who, message, what it did, leaf
///
/// Persons are shown as the log holds them: by digests.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod audit history 018f3c5e-7a10-7c42-9d6b-5e2f1a0b9c01
  svod audit history 2020-Q2 municipality-66605000 --json
  svod audit history 4711")]
pub(super) struct History {
    /// The id of a submission, a quarter, the name of a stream, or a position
    #[arg(required = true, value_name = "ID|QUARTER|STREAM|POSITION")]
    subjects: Vec<Subject>,
    /// Only what had been recorded by this moment: a position, an RFC 3339 time, or the last close of a quarter
    #[arg(long, value_name = "P|TIME|QUARTER")]
    as_of: Option<When>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl History {
    /// Carries the verb out.
    pub(super) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let store = ledger::open(config).await.map_err(Failure::unavailable)?;
        let position = moment::position(store.as_ref(), self.as_of).await?;
        let found = entries(store.as_ref(), &self.subjects, position).await.map_err(Failure::unavailable)?;
        let at = moment::root(config, &store, position).await?;
        if self.json {
            let mut answer = moment::json(at);
            answer["entries"] = json!(found);
            return print::json(&answer);
        }
        for entry in &found {
            print::line(line_of(entry))?;
        }
        moment::tell(&format!("{} entries; computed at", found.len()), at)
    }
}

fn line_of(entry: &EntryCard) -> String {
    let EntryCard { position, stream, version, recorded_at, actor, kind, leaf, .. } = entry;
    let message =
        entry.message.as_ref().map(|message| format!(", message {} of {}", message.id, message.source));
    let cause = entry.cause.map(|cause| format!(", because of position {cause}"));
    let asked = message.into_iter().chain(cause).collect::<String>();
    let did = did(entry.data.get());
    format!(
        "{position}: {kind}{did}\n  {stream} version {version}, {recorded_at}, by {} as {}{asked}\n  leaf {leaf}",
        actor.name, actor.role
    )
}

/// What the event did, in a few of its own fields.
fn did(data: &str) -> String {
    let data: Value = serde_json::from_str(data).unwrap_or_default();
    let activity = &data["activity"];
    let told =
        TOLD.into_iter().filter_map(|name| Some((name, data.get(name).or_else(|| activity.get(name))?)));
    let told = told.filter(|(_, value)| !value.is_array() && !value.is_object());
    let mut told: Vec<String> = told.map(|(name, value)| format!("{name} {value}")).collect();
    let remarks = data["remarks"].as_array().into_iter().flatten();
    told.extend(remarks.map(|remark| format!("remark {}", remark["text"])));
    if told.is_empty() { String::new() } else { format!(": {}", told.join(", ")) }
}
