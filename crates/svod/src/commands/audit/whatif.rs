//! `svod audit whatif`: what would be without an entry, or with one more. Writes nothing anywhere.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use svod_engine::audit::{Inserted, Otherwise, Supposition, When, whatif};
use svod_log::Position;

use super::diff::tell_changes;
use super::moment;
use crate::config::Config;
use crate::exit::Failure;
use crate::{ledger, print, progress};

/// Most events of a file: somebody supposes a few, and all of them are in memory.
const INSERTED_MAX: usize = 10_000;

/// Show what would be without some entries, or with others: the rules are asked again, in memory
///
/// Nothing is written anywhere. An entry that the rules would have refused then is told with its reason code, and one that
/// they would have decided otherwise (a close selects other records) with what differs.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod audit whatif --without 4711
  svod audit whatif --without 4711 4712 --as-of 2020-Q2 --json
  svod audit whatif --insert supposed.jsonl

A line of the file:
  {\"type\":\"activity-approved\",\"data\":{…},\"actor\":{\"name\":\"r-1\",\"role\":\"reviewer\"},\"recorded_at\":\"2020-07-01T09:00:00Z\",\"after\":4711}")]
#[group(required = true, multiple = true, args = ["without", "insert"])]
pub(super) struct Whatif {
    /// Positions of entries that had not been recorded; the parts of one decision stand and fall together
    #[arg(long, value_name = "POSITION", num_args = 1..)]
    without: Vec<u64>,
    /// A file of events that had been, one in JSON on each line
    #[arg(long, value_name = "FILE")]
    insert: Option<PathBuf>,
    /// Up to this moment: a position, an RFC 3339 time, or the last close of a quarter
    #[arg(long, value_name = "P|TIME|QUARTER")]
    as_of: Option<When>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Whatif {
    /// Carries the verb out.
    pub(super) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let without = self.without.iter().copied().map(Position).collect();
        let inserted = self.insert.as_deref().map_or_else(|| Ok(vec![]), read).map_err(Failure::usage)?;
        let store = ledger::open(config).await.map_err(Failure::unavailable)?;
        let until = moment::position(store.as_ref(), self.as_of).await?;
        let beyond = |position: u64| position == 0 || position > until.0;
        if let Some(position) = self.without.iter().find(|position| beyond(**position)) {
            return Err(Failure::usage(anyhow::anyhow!("there is no position {position} up to {until}")));
        }
        let bar = progress::bar("supposing", until.0);
        let supposition = Supposition { without, inserted };
        let told = |position: Position| bar.set_position(position.0);
        let found = whatif(&store, &config.rules, supposition, until, told).await;
        bar.finish_and_clear();
        let found = found.map_err(Failure::unavailable)?;
        if self.json {
            let mut answer = moment::json(found.moment);
            (answer["otherwise"], answer["changes"]) = (json!(found.otherwise), json!(found.changes));
            return print::json(&answer);
        }
        found.otherwise.iter().try_for_each(|one| print::line(line_of(one)))?;
        tell_changes(&found.changes)?;
        moment::tell(&format!("{} records would differ; supposed at", found.changes.len()), found.moment)
    }
}

fn line_of(one: &Otherwise) -> String {
    let Otherwise { position, kind, outcome, code, fields } = one;
    let fate = match (*outcome, code) {
        ("refused", Some(code)) => format!("would have been refused: {code}"),
        ("refused", None) => "would have been refused: no order leads to it".to_owned(),
        ("decided-otherwise", _) => "would have been decided otherwise".to_owned(),
        ("inserted", _) => "supposed".to_owned(),
        (other, _) => other.to_owned(),
    };
    let fields = fields.iter().map(|field| {
        let (from, to) = (moment::value(field.from.as_ref()), moment::value(field.to.as_ref()));
        format!("\n  {}: {from} -> {to}", field.field)
    });
    format!("{position}: {kind} {fate}{}", fields.collect::<String>())
}

fn read(path: &Path) -> anyhow::Result<Vec<Inserted>> {
    let doing = || format!("reading the events in {}", path.display());
    let file = std::fs::File::open(path).with_context(doing)?;
    let mut inserted = vec![];
    for (number, line) in std::io::BufReader::new(file).lines().enumerate() {
        let line = line.with_context(doing)?;
        if line.trim().is_empty() {
            continue;
        }
        anyhow::ensure!(inserted.len() < INSERTED_MAX, "{}: more than {INSERTED_MAX} events", doing());
        inserted
            .push(serde_json::from_str(&line).with_context(|| format!("{}, line {}", doing(), number + 1))?);
    }
    Ok(inserted)
}
