//! `svod summary`: a year in sums, for the yearly report of the region to the ministry.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;
use svod_domain::Quarter;
use svod_engine::AsOf;
use svod_log::Hash;
use svod_report::{YearSummary, year_workbook};
use svod_text::terminal::BUILDING;

use super::report::write_whole;
use crate::app::App;
use crate::config::Config;
use crate::exit::Failure;
use crate::{print, progress};

/// Write the sums of a year: by municipality, by country, and the activities behind them
///
/// It is made of the newest edition of each quarter of the year. A quarter that is not closed is not in it, and said so.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod summary 2020 --out 2020.xlsx
  svod summary 2020 --format json --out -")]
pub(crate) struct Summary {
    /// Such as 2020
    year: i16,
    /// xlsx or json; if absent what the ending of --out says, or xlsx
    #[arg(long)]
    format: Option<SummaryFormat>,
    /// As it was at this moment: a position of the log, or an RFC 3339 time
    #[arg(long, value_name = "P|TIME")]
    as_of: Option<AsOf>,
    /// Where to write it; - is the standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A format that a summary can be asked for in.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SummaryFormat {
    /// Excel.
    Xlsx,
    /// Data.
    Json,
}

impl Summary {
    /// Writes it.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let app = App::open(config).await.map_err(Failure::unavailable)?;
        let spinner = progress::spinner(BUILDING);
        let summary = self.summary(&app, config).await;
        spinner.finish_and_clear();
        app.close().await;
        let summary = summary?;
        let bytes = match self.format() {
            SummaryFormat::Xlsx => year_workbook(&summary).map_err(Failure::unavailable)?,
            SummaryFormat::Json => serde_json::to_vec(&summary).map_err(Failure::unavailable)?,
        };
        if self.out == Path::new("-") {
            return print::bytes(&bytes);
        }
        write_whole(&self.out, &bytes).map_err(Failure::unavailable)?;
        self.tell(&summary, &bytes)
    }

    fn format(&self) -> SummaryFormat {
        let told = || SummaryFormat::from_str(self.out.extension()?.to_str()?, true).ok();
        self.format.or_else(told).unwrap_or(SummaryFormat::Xlsx)
    }

    fn tell(&self, summary: &YearSummary, bytes: &[u8]) -> Result<(), Failure> {
        let sha256 = Hash::of(bytes).to_string();
        if self.json {
            return print::json(&json!({
                "year": self.year, "path": self.out, "sha256": sha256, "size_bytes": bytes.len(),
                "activities": summary.total, "editions": summary.editions, "missing": summary.missing,
            }));
        }
        print::line(svod_text::yearly::written(self.year, summary.total))?;
        if !summary.missing.is_empty() {
            print::line(svod_text::yearly::missing(&summary.missing))?;
        }
        print::line(format!("{}: SHA-256 {sha256}", self.out.display()))
    }

    async fn summary(&self, app: &App, config: &Config) -> Result<YearSummary, Failure> {
        let reader = app.reader(self.as_of).await?;
        let mut quarters = vec![];
        for number in 1..=4 {
            let no_year = || Failure::usage(anyhow::anyhow!("{} is no year that a form can have", self.year));
            let quarter = Quarter::find(self.year, number).ok_or_else(no_year)?;
            let card = reader.quarter(quarter).await.map_err(Failure::unavailable)?;
            let newest = card.and_then(|card| card.editions.last().map(|edition| edition.edition));
            let inputs = match newest {
                Some(edition) => app.engine.edition(quarter, edition).await.map_err(Failure::unavailable)?,
                None => None,
            };
            quarters.push((quarter, inputs));
        }
        Ok(YearSummary::new(self.year, &quarters, &config.report))
    }
}
