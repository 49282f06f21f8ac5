//! `svod municipality`: the register.

use clap::{Args, Subcommand};
use svod_engine::MunicipalityCard;
use svod_text::terminal::REGISTER;

use super::reading::Holding;
use crate::app::App;
use crate::config::Config;
use crate::exit::Failure;
use crate::print;

/// The register of municipalities
#[derive(Args, Debug)]
pub(crate) struct Municipality {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// List the register in its order
    #[command(after_help = "Examples:
  svod municipality list
  svod municipality list --held 2025-01-01
  svod municipality list --json | jq -r '.[].municipality'")]
    List(Holding),
}

impl Municipality {
    /// Carries the verb out.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let Verb::List(holding) = &self.verb;
        let app = App::open(config).await.map_err(Failure::unavailable)?;
        let cards = match holding.reader(&app).await {
            Ok(reader) => reader.municipalities().await.map_err(Failure::unavailable),
            Err(failure) => Err(failure),
        };
        app.close().await;
        let cards = cards?;
        if holding.reading.json { print::json(&cards) } else { show(&cards) }
    }
}

fn show(cards: &[MunicipalityCard]) -> Result<(), Failure> {
    let rows: Vec<[String; 5]> = cards
        .iter()
        .map(|card| {
            [
                card.order.to_string(),
                card.municipality.to_string(),
                card.names.last().map(|naming| naming.short_name.clone()).unwrap_or_default(),
                card.from.to_string(),
                card.until.map(|until| until.to_string()).unwrap_or_default(),
            ]
        })
        .collect();
    print::table(REGISTER, &rows)
}
