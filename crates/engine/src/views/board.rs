//! The board: municipality × quarter. Key of a cell: `2020-Q2/66701000`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use svod_domain::event::Waiting;
use svod_domain::{Event, MunicipalityCode, Quarter};

use super::Projection;
use super::cards::Act;
use super::quarters::QuarterCard;
use crate::Happened;

/// How many submissions stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Waiting for review.
    pub submitted: u32,
    /// Waiting for a correction.
    pub returned: u32,
    /// Approved.
    pub approved: u32,
    /// Taken back.
    pub withdrawn: u32,
    /// Filed after the deadline, whatever became of them.
    pub late: u32,
}

/// What a municipality's cell says at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoardState {
    /// Nothing came: neither submissions nor a nil return.
    Missing,
    /// It stated that there is nothing.
    Nil,
    /// Something was returned and not corrected yet.
    Returned,
    /// Something waits for review.
    Submitted,
    /// Everything that lives is approved.
    Approved,
}

/// A cell of the board, as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BoardCell {
    /// How many submissions stand where.
    pub(crate) counts: Counts,
    /// Whether there is a nil return.
    pub(crate) nil: bool,
    /// What happened last.
    pub(crate) last_act: Option<Act>,
}

/// The board of a quarter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Board {
    /// The quarter.
    pub quarter: QuarterCard,
    /// Every municipality that reports in the quarter, in the order of the register.
    pub rows: Vec<BoardRow>,
}

/// A municipality on the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BoardRow {
    /// Which one.
    pub municipality: MunicipalityCode,
    /// Its short name in the quarter.
    pub short_name: String,
    /// At a glance.
    pub state: BoardState,
    /// How many submissions stand where.
    pub counts: Counts,
    /// What happened last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_act: Option<Act>,
}

impl BoardCell {
    /// The cell at a glance. What needs an act first wins.
    pub(crate) fn state(&self) -> BoardState {
        match self.counts {
            Counts { returned: 1.., .. } => BoardState::Returned,
            Counts { submitted: 1.., .. } => BoardState::Submitted,
            Counts { approved: 1.., .. } => BoardState::Approved,
            _nothing_lives if self.nil => BoardState::Nil,
            _nothing_lives => BoardState::Missing,
        }
    }

    fn leave(&mut self, was: Waiting) {
        let count = match was {
            Waiting::Submitted => &mut self.counts.submitted,
            Waiting::Returned => &mut self.counts.returned,
        };
        *count = count.saturating_sub(1);
    }
}

/// Where the cell of a municipality and quarter is.
pub(crate) fn cell_key(quarter: Quarter, municipality: MunicipalityCode) -> String {
    format!("{quarter}/{municipality}")
}

/// The projection.
pub(crate) struct BoardCells;

impl Projection for BoardCells {
    type View = BoardCell;
    const NAME: &'static str = "board";
    const VERSION: u16 = 1;

    fn keys(happened: &Happened) -> Vec<String> {
        match (happened.event.quarter(), happened.event.municipality()) {
            (Some(quarter), Some(municipality)) => vec![cell_key(quarter, municipality)],
            _of_no_cell => vec![],
        }
    }

    fn evolve(view: Option<BoardCell>, happened: &Happened) -> Option<BoardCell> {
        let mut cell = view.unwrap_or_default();
        match &happened.event {
            Event::ActivitySubmitted(event) => {
                cell.nil = false;
                cell.counts.submitted += 1;
                cell.counts.late += u32::from(event.late);
            }
            Event::ActivityCorrected(event) => {
                cell.leave(event.was);
                cell.counts.submitted += 1;
            }
            Event::ActivityReturned(_) => {
                cell.leave(Waiting::Submitted);
                cell.counts.returned += 1;
            }
            Event::ActivityApproved(_) => {
                cell.leave(Waiting::Submitted);
                cell.counts.approved += 1;
            }
            Event::ApprovalRevoked(_) => {
                cell.counts.approved = cell.counts.approved.saturating_sub(1);
                cell.counts.submitted += 1;
            }
            Event::ActivityWithdrawn(event) => {
                cell.leave(event.was);
                cell.counts.withdrawn += 1;
            }
            Event::NothingDeclared(_) => cell.nil = true,
            _of_no_cell => {}
        }
        cell.last_act = Some(Act::of(happened));
        Some(cell)
    }
}
