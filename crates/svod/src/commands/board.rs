//! `svod board`: who has reported in a quarter, and who has not.

use clap::Args;
use svod_domain::{Quarter, Refusal};
use svod_engine::{Board as View, BoardState, Reader};
use svod_text::terminal::{self, BOARD};
use svod_text::{dates, states};

use super::reading::{Holding, quarter_state, standing};
use crate::app::App;
use crate::config::Config;
use crate::exit::Failure;
use crate::print;

/// Who has reported in a quarter, and who has not
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod board 2020-Q2
  svod board 2020-Q2 --as-of 2020-07-08T15:00:00Z
  svod board 2020-Q2 --held 2020-07-15
  svod board 2020-Q2 --json | jq '.rows[] | select(.state == \"missing\") | .short_name'")]
pub(crate) struct Board {
    /// Such as 2020-Q2
    quarter: Quarter,
    #[command(flatten)]
    holding: Holding,
}

impl Board {
    /// Prints the board.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let app = App::open(config).await.map_err(Failure::unavailable)?;
        let board = match self.holding.reader(&app).await {
            Ok(reader) => load(&reader, self.quarter).await,
            Err(failure) => Err(failure),
        };
        app.close().await;
        let board = board?;
        if self.holding.reading.json { print::json(&board) } else { show(&board) }
    }
}

/// The board of a quarter that was opened.
pub(crate) async fn load(reader: &Reader, quarter: Quarter) -> Result<View, Failure> {
    let board = reader.board(quarter).await.map_err(Failure::unavailable)?;
    board.ok_or_else(|| Failure::refused(&Refusal::UnknownQuarter { quarter }))
}

/// Prints it for people.
pub(crate) fn show(board: &View) -> Result<(), Failure> {
    let card = &board.quarter;
    print::line(terminal::quarter_stands(card.quarter, quarter_state(card.state)))?;
    print::line(terminal::submit_by(card.submit_by, None))?;
    print::line(terminal::close_at(card.closing(), None))?;
    print::line("")?;
    let rows: Vec<[String; 9]> = board
        .rows
        .iter()
        .map(|row| {
            let counts = row.counts;
            [
                row.municipality.to_string(),
                row.short_name.clone(),
                states::standing(standing(row.state)).to_owned(),
                count(counts.submitted),
                count(counts.returned),
                count(counts.approved),
                count(counts.withdrawn),
                count(counts.late),
                row.last_act
                    .as_ref()
                    .map(|act| format!("{}, {}", dates::moment(act.at), states::act(&act.kind)))
                    .unwrap_or_default(),
            ]
        })
        .collect();
    print::table(BOARD, &rows)?;
    let silent: Vec<&str> = board
        .rows
        .iter()
        .filter(|row| row.state == BoardState::Missing)
        .map(|row| row.short_name.as_str())
        .collect();
    print::line("")?;
    print::line(terminal::reported(board.rows.len() - silent.len(), board.rows.len()))?;
    if silent.is_empty() { Ok(()) } else { print::line(terminal::not_reported(&silent)) }
}

/// Nothing is shown for none, so that what is there stands out.
fn count(count: u32) -> String {
    if count == 0 { String::new() } else { count.to_string() }
}
