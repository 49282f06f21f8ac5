//! How the broker edge is, for `/readyz` and for operators.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Shared by everything that runs on the broker. A clone is another handle of the same one.
#[derive(Clone, Debug, Default)]
pub struct Health {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    connected: BTreeMap<&'static str, bool>,
    held: bool,
    last_error: Option<String>,
}

/// How things stand at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthStatus {
    /// Every part that runs has its connections.
    pub connected: bool,
    /// Messages are held because the ledger does not answer.
    pub held: bool,
    /// What went wrong last, if it has not been put right since.
    pub last_error: Option<String>,
}

impl HealthStatus {
    /// Whether messages are being answered.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.connected && !self.held
    }
}

impl Health {
    /// Nothing is connected yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How things stand now.
    #[must_use]
    pub fn status(&self) -> HealthStatus {
        let state = self.state();
        let connected = !state.connected.is_empty() && state.connected.values().all(|connected| *connected);
        HealthStatus { connected, held: state.held, last_error: state.last_error.clone() }
    }

    /// A part is to run: without it, it is not whole.
    pub(crate) fn expect(&self, part: &'static str) {
        self.state().connected.insert(part, false);
    }

    /// A part has its connections.
    pub(crate) fn connected(&self, part: &'static str) {
        let mut state = self.state();
        state.connected.insert(part, true);
        if state.connected.values().all(|connected| *connected) && !state.held {
            state.last_error = None;
        }
    }

    /// A part has lost them, or never had them.
    pub(crate) fn lost(&self, part: &'static str, error: &str) {
        let mut state = self.state();
        state.connected.insert(part, false);
        state.last_error = Some(error.to_owned());
    }

    /// The ledger does not answer; messages wait.
    pub(crate) fn hold(&self, error: &str) {
        let mut state = self.state();
        state.held = true;
        state.last_error = Some(error.to_owned());
    }

    /// The ledger answers again.
    pub(crate) fn release(&self) {
        let mut state = self.state();
        if state.held {
            state.held = false;
            state.last_error = None;
        }
    }

    /// Nothing panics while it holds the lock with half a change made.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error with its causes, on one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        // The client library repeats its causes in its own words.
        if !line.ends_with(&words) {
            line.push_str(": ");
            line.push_str(&words);
        }
        cause = error.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_lost_part_makes_it_unready_until_it_is_back() {
        let health = Health::new();
        assert!(!health.status().is_ready());
        health.expect("quarantine");
        health.connected("intake");
        assert!(!health.status().is_ready());
        health.connected("quarantine");
        assert!(health.status().is_ready());
        health.lost("quarantine", "gone");
        assert_eq!(
            health.status(),
            HealthStatus { connected: false, held: false, last_error: Some("gone".into()) }
        );
        health.connected("quarantine");
        assert_eq!(health.status(), HealthStatus { connected: true, held: false, last_error: None });
    }

    #[test]
    fn a_ledger_that_does_not_answer_makes_it_unready() {
        let health = Health::new();
        health.connected("intake");
        health.hold("database away");
        assert!(!health.status().is_ready());
        health.release();
        assert!(health.status().is_ready());
    }
}
