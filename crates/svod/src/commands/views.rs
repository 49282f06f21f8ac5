//! `svod views`: the documents that people read; any of them can be built anew from the log.

use std::sync::Arc;

use clap::{Args, Subcommand};
use svod_engine::{rebuild, view_statuses};
use svod_log::Store;

use crate::config::Config;
use crate::exit::Failure;
use crate::{ledger, print, progress};

/// The views: list them, build them anew
#[derive(Args, Debug)]
pub(crate) struct Views {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// List the views and how far each has followed the log
    #[command(after_help = "Example:
  svod views list --json")]
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Build a view, or all of them, anew beside the old one; readers see the old one until it is done
    #[command(after_help = "Examples:
  svod views rebuild
  svod views rebuild board")]
    Rebuild {
        /// Which view; all if absent
        name: Option<String>,
    },
}

impl Views {
    /// Carries the verb out.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let store = ledger::open(config).await.map_err(Failure::unavailable)?;
        match &self.verb {
            Verb::List { json } => list(store.as_ref(), *json).await,
            Verb::Rebuild { name } => build_anew(&store, name.as_deref()).await,
        }
    }
}

async fn list(store: &dyn Store, json: bool) -> Result<(), Failure> {
    let statuses = view_statuses(store).await.map_err(Failure::unavailable)?;
    if json {
        return print::json(&statuses);
    }
    let head = store.head().await.map_err(Failure::unavailable)?.position;
    let rows: Vec<[String; 5]> = statuses
        .into_iter()
        .map(|status| {
            let building = status.building.map(|(set, position)| format!("{set} at {position}"));
            [
                status.name.to_owned(),
                status.version.to_string(),
                status.position.to_string(),
                head.0.saturating_sub(status.position).to_string(),
                building.unwrap_or_default(),
            ]
        })
        .collect();
    print::table(["VIEW", "VERSION", "POSITION", "BEHIND", "BUILDING"], &rows)
}

async fn build_anew(store: &Arc<dyn Store>, name: Option<&str>) -> Result<(), Failure> {
    let bar = progress::bar("rebuilding", 0);
    bar.set_message(format!("rebuilding {}", name.unwrap_or("all views")));
    let rebuilt = rebuild(store, name, |position, head| {
        bar.set_length(head.0);
        bar.set_position(position.0);
    });
    let rebuilt = rebuilt.await;
    bar.finish_and_clear();
    for name in rebuilt.map_err(Failure::unavailable)?.map_err(Failure::usage)? {
        print::line(format!("{name}: rebuilt"))?;
    }
    Ok(())
}
