//! What a rule answers when it does not refuse.

use crate::{Event, Warning};

/// Events to record, and what the sender should be told with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// In order.
    pub events: Vec<Event>,
    /// For the receipt.
    pub warnings: Vec<Warning>,
}

impl Decision {
    /// One event and nothing to warn of.
    #[must_use]
    pub fn of(event: Event) -> Self {
        Self { events: vec![event], warnings: vec![] }
    }
}
