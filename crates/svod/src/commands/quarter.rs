//! `svod quarter`: opens, moves, closes and reopens quarters on the ledger itself, as the operator at the terminal.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use svod_domain::calendar::TermRule;
use svod_domain::command::{CloseQuarter, MoveQuarter, OpenQuarter, ReopenQuarter};
use svod_domain::{Command, Quarter as Name, Refusal};
use svod_engine::QuarterCard;
use svod_text::terminal::{self, QUARTERS};
use svod_text::{dates, states};

use super::reading::{Holding, Reading, quarter_state};
use crate::app::App;
use crate::config::Config;
use crate::exit::Failure;
use crate::print;

/// Quarters: list, show, open, move, close, reopen
#[derive(Args, Debug)]
pub(crate) struct Quarter {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    List(List),
    Show(Show),
    Open(Open),
    Move(Move),
    Close(Close),
    Reopen(Reopen),
}

/// List all quarters
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod quarter list
  svod quarter list --as-of 2020-07-01T00:00:00Z --json")]
struct List {
    #[command(flatten)]
    holding: Holding,
}

/// Show a quarter: its terms and how they follow, its editions
#[derive(Args, Debug)]
#[command(after_help = "Example:
  svod quarter show 2020-Q2
  svod quarter show 2020-Q2 --held 2020-07-10")]
struct Show {
    /// Such as 2020-Q2
    quarter: Name,
    #[command(flatten)]
    holding: Holding,
}

/// Open a quarter; terms that are not given follow from the rule of working days
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod quarter open 2020-Q2
  svod quarter open 2020-Q2 --submit-by 2020-07-08T18:00:00+03:00 --close-at 2020-07-15T18:00:00+03:00")]
struct Open {
    /// Such as 2020-Q2
    quarter: Name,
    /// Filing deadline, RFC 3339
    #[arg(long, value_name = "TIME")]
    submit_by: Option<Timestamp>,
    /// Closing time, RFC 3339
    #[arg(long, value_name = "TIME")]
    close_at: Option<Timestamp>,
    /// Why by hand
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Move the terms of an open quarter
#[derive(Args, Debug)]
#[command(after_help = "Example:
  svod quarter move 2020-Q2 --close-at 2020-07-17T18:00:00+03:00 --reason 'no power for two days'")]
struct Move {
    /// Such as 2020-Q2
    quarter: Name,
    /// New filing deadline, RFC 3339
    #[arg(long, value_name = "TIME", required_unless_present = "close_at")]
    submit_by: Option<Timestamp>,
    /// New closing time, RFC 3339
    #[arg(long, value_name = "TIME")]
    close_at: Option<Timestamp>,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Close a quarter before its time
#[derive(Args, Debug)]
#[command(after_help = "Example:
  svod quarter close 2020-Q2 --reason 'everybody has reported'")]
struct Close {
    /// Such as 2020-Q2
    quarter: Name,
    /// Why before its time
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
    /// Close although the vault has lost names: no document is made of records that name them
    #[arg(long)]
    despite_lost_names: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Open a closed quarter again; its next close makes the next edition
#[derive(Args, Debug)]
#[command(after_help = "Example:
  svod quarter reopen 2020-Q2 --close-at 2020-09-01T18:00:00+03:00 --reason 'one record went missing'")]
struct Reopen {
    /// Such as 2020-Q2
    quarter: Name,
    /// When it closes again, RFC 3339
    #[arg(long, value_name = "TIME")]
    close_at: Timestamp,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Quarter {
    /// Carries the verb out.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        match &self.verb {
            Verb::List(list) => list.run(config).await,
            Verb::Show(show) => {
                let app = App::open(config).await.map_err(Failure::unavailable)?;
                let shown = show_quarter(&app, show.quarter, show.holding).await;
                app.close().await;
                shown
            }
            Verb::Open(open) => {
                let Open { quarter, submit_by, close_at, reason, json } = open;
                let (submit_by, close_at) = (*submit_by, *close_at);
                let data = OpenQuarter { quarter: *quarter, submit_by, close_at, reason: reason.clone() };
                order(config, *quarter, Command::OpenQuarter(data), *json).await
            }
            Verb::Move(Move { quarter, submit_by, close_at, reason, json }) => {
                let (submit_by, close_at) = (*submit_by, *close_at);
                let data = MoveQuarter { quarter: *quarter, submit_by, close_at, reason: reason.clone() };
                order(config, *quarter, Command::MoveQuarter(data), *json).await
            }
            Verb::Close(Close { quarter, reason, despite_lost_names, json }) => {
                if !despite_lost_names {
                    refuse_lost(config).await?;
                }
                let data = CloseQuarter { quarter: *quarter, reason: reason.clone() };
                order(config, *quarter, Command::CloseQuarter(data), *json).await
            }
            Verb::Reopen(Reopen { quarter, close_at, reason, json }) => {
                let (close_at, reason) = (*close_at, reason.clone());
                let data = ReopenQuarter { quarter: *quarter, close_at, reason };
                order(config, *quarter, Command::ReopenQuarter(data), *json).await
            }
        }
    }
}

impl List {
    async fn run(&self, config: &Config) -> Result<(), Failure> {
        let app = App::open(config).await.map_err(Failure::unavailable)?;
        let quarters = self.holding.reader(&app).await?.quarters().await;
        app.close().await;
        let quarters = quarters.map_err(Failure::unavailable)?;
        if self.holding.reading.json {
            return print::json(&quarters);
        }
        if quarters.is_empty() {
            return print::line(terminal::NO_QUARTERS);
        }
        let rows: Vec<[String; 5]> = quarters
            .iter()
            .map(|card| {
                [
                    card.quarter.to_string(),
                    states::state(quarter_state(card.state)).to_owned(),
                    dates::moment(card.submit_by),
                    dates::moment(card.closing()),
                    card.editions.len().to_string(),
                ]
            })
            .collect();
        print::table(QUARTERS, &rows)
    }
}

/// Fails where a close would make a document of names that are lost.
async fn refuse_lost(config: &Config) -> Result<(), Failure> {
    let app = App::open(config).await.map_err(Failure::unavailable)?;
    let refused = app.refuse_lost().await.map_err(Failure::unavailable);
    app.close().await;
    refused
}

/// Gives the order, says what to look at again, and shows the quarter as it stands then.
#[expect(clippy::print_stderr, reason = "warnings stand beside the output")]
async fn order(config: &Config, quarter: Name, command: Command, json: bool) -> Result<(), Failure> {
    let app = App::open_to_append(config).await.map_err(Failure::unavailable)?;
    let done = async {
        let ordered = app.order(command).await?;
        for warning in &ordered.warnings {
            eprintln!("{}", terminal::noticed(&svod_text::warning(warning)));
        }
        let reading = Reading { json, as_of: None };
        show_quarter(&app, quarter, Holding { reading, held: None }).await
    };
    let done = done.await;
    app.close().await;
    done
}

async fn show_quarter(app: &App, quarter: Name, holding: Holding) -> Result<(), Failure> {
    let reader = holding.reader(app).await?;
    let card = reader.quarter(quarter).await.map_err(Failure::unavailable)?;
    let card = card.ok_or_else(|| Failure::refused(&Refusal::UnknownQuarter { quarter }))?;
    if holding.reading.json {
        return print::json(&card);
    }
    for line in lines_of(&card, &app.engine.rules().terms) {
        print::line(line)?;
    }
    Ok(())
}

fn lines_of(card: &QuarterCard, rule: &TermRule) -> Vec<String> {
    // A term that was given or moved by hand does not follow from the calendar.
    let derivation = card.derivation.as_ref();
    let submit = derivation.filter(|derivation| derivation.submit_day == rule.day_of(card.submit_by));
    let is_planned = card.closing() == card.close_at;
    let close =
        derivation.filter(|derivation| is_planned && derivation.close_day == rule.day_of(card.close_at));
    let mut lines = vec![
        terminal::quarter_stands(card.quarter, quarter_state(card.state)),
        terminal::submit_by(card.submit_by, submit),
        terminal::close_at(card.closing(), close),
    ];
    for edition in &card.editions {
        let (included, left_out) = (edition.included_count, edition.left_out_count);
        let closed = terminal::edition_closed(
            edition.edition,
            edition.closed_at,
            edition.by_schedule,
            included,
            left_out,
        );
        lines.push(closed);
        lines.extend(edition.reason.iter().map(|reason| format!("  {reason}")));
        if edition.files.is_empty() {
            lines.push(format!("  {}", terminal::FILE_LATER));
        }
        for file in &edition.files {
            lines.push(format!("  {}", terminal::edition_file(&file.format, file.size_bytes, &file.sha256)));
        }
    }
    lines
}

/// The same limits as the message's schema has: nothing longer ever stands in the log.
fn reason(text: &str) -> Result<String, String> {
    const CHARS_MAX: usize = 2_000;
    if text.trim().is_empty() || text.chars().count() > CHARS_MAX {
        return Err(format!("a reason has 1 to {CHARS_MAX} characters and is not blank"));
    }
    Ok(text.to_owned())
}
