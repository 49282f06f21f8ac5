//! What every measure is given: the plan, the results so far, the round, the machine.

use std::time::Duration;

use anyhow::Result;

use crate::machine::{Meter, Roots, Use, quiet_moment};
use crate::peers::Peer;
use crate::plan::Plan;
use crate::results::Results;

/// A run of measurements.
pub struct Bench {
    /// How much.
    pub plan: Plan,
    /// What was measured.
    pub results: Results,
    /// The round, from 1.
    pub round: u32,
    /// The processes whose work is ours.
    pub roots: Roots,
    /// The stores of others that there are.
    pub peers: Vec<Peer>,
}

impl Bench {
    /// Does something in a quiet moment, if one comes, and says what the machine did meanwhile.
    pub async fn measured<T>(
        &self,
        service: Option<u32>,
        work: impl Future<Output = Result<T>>,
    ) -> Result<(T, Use)> {
        let roots = self.roots.with(service);
        quiet_moment(&roots, self.plan.patience).await;
        let meter = Meter::start(&roots);
        let done = work.await?;
        Ok((done, meter.stop()))
    }

    /// Keeps a figure of this round.
    pub fn note(&mut self, name: impl Into<String>, value: f64, used: &Use) {
        self.results.note(name, self.round, value, used.strangers);
    }

    /// How long one thing is measured.
    pub fn cell(&self) -> Duration {
        self.plan.cell
    }
}
