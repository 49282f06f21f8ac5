//! What all commands that read views share: their flags, and the labels of what they show.

use clap::Args;
use svod_domain::refusal::State;
use svod_engine::{AsOf, BoardState, Held, QuarterPhase, Reader, SubmissionState};
use svod_text::states::Standing;

use crate::app::App;
use crate::exit::Failure;

/// Flags of every command that reads a view.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// As it was at this moment: a position of the log, or an RFC 3339 time
    #[arg(long, value_name = "P|TIME")]
    pub(crate) as_of: Option<AsOf>,
}

/// Flags of the commands that show the register or the terms of quarters.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Holding {
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// What held at this moment, by what is known: a date (what held at its end), or an RFC 3339 time
    #[arg(long, value_name = "DATE|TIME")]
    pub(crate) held: Option<Held>,
}

impl Holding {
    /// Views as of the moment, of what held at the other.
    pub(crate) async fn reader(&self, app: &App) -> Result<Reader, Failure> {
        Ok(app.reader(self.reading.as_of).await?.held(self.held))
    }
}

/// The word of a quarter's phase.
pub(crate) fn quarter_state(phase: QuarterPhase) -> State {
    match phase {
        QuarterPhase::Open => State::QuarterOpen,
        QuarterPhase::Closed => State::QuarterClosed,
    }
}

/// The word of a submission's state.
pub(crate) fn submission_state(state: SubmissionState) -> State {
    match state {
        SubmissionState::Submitted => State::Submitted,
        SubmissionState::Returned => State::Returned,
        SubmissionState::Approved => State::Approved,
        SubmissionState::Withdrawn => State::Withdrawn,
    }
}

/// The word of a board's cell.
pub(crate) fn standing(state: BoardState) -> Standing {
    match state {
        BoardState::Missing => Standing::Silent,
        BoardState::Nil => Standing::NothingToReport,
        BoardState::Returned => Standing::Returned,
        BoardState::Submitted => Standing::Waiting,
        BoardState::Approved => Standing::Approved,
    }
}
