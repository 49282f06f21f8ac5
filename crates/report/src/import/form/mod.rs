//! The grid as the form: its heading, its sections, its rows, and what they state for the quarter.

mod activity;
mod heading;
mod raw;
mod sections;
#[cfg(test)]
mod tests;
mod understand;
mod walk;

use super::{Block, Fact, Grid, GridCell, GridRow, Notice, Place, Severity, Table};
pub use understand::{Finding, Question, Says, Stated, Understood, understand};
