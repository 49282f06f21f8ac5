//! What all commands that read views share: their flags, and the labels of what they show.

use clap::Args;
use svod_domain::refusal::State;
use svod_engine::{AsOf, BoardState, QuarterPhase, SubmissionState};
use svod_text::states::Standing;

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
