//! The words that receipts need, given by the program: the engine itself knows no Russian.

use std::sync::Arc;

use jiff::Timestamp;
use svod_domain::{DateRange, Quarter, Refusal, Warning};

/// Functions of `svod-text`.
#[derive(Clone, Copy, Debug)]
pub struct Wording {
    /// What is wrong, and what to do.
    pub refusal: fn(&Refusal) -> (String, String),
    /// What both sides should know.
    pub warning: fn(&Warning) -> String,
    /// Days, where a text of dates can be read surely.
    pub read_dates: fn(&str, Quarter) -> Option<Vec<DateRange>>,
}

/// The program's clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
