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

    /// The same, and what was noticed before the rule was asked: first in the receipt, and in the event if it keeps what both
    /// sides were warned of.
    #[must_use]
    pub fn noticed(mut self, before: &[Warning]) -> Self {
        self.warnings.splice(0..0, before.iter().cloned());
        if let Some(kept) = self.events.last_mut().and_then(kept) {
            kept.splice(0..0, before.iter().cloned());
        }
        self
    }
}

/// The warnings that an event keeps.
fn kept(event: &mut Event) -> Option<&mut Vec<Warning>> {
    match event {
        Event::ActivitySubmitted(event) => Some(&mut event.warnings),
        Event::ActivityCorrected(event) => Some(&mut event.warnings),
        _without_warnings => None,
    }
}
