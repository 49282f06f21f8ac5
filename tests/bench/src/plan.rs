//! How much is measured, from the command line.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// What is measured, and how long.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How it was asked for, for the report.
    pub name: &'static str,
    /// How often everything is measured, one thing after another.
    pub rounds: u32,
    /// How long one thing is measured where it can go on for ever.
    pub cell: Duration,
    /// How long is waited for a quiet moment before each thing.
    pub patience: Duration,
    /// Messages through the broker.
    pub messages: usize,
    /// Rows of the limits, where they are read.
    pub rows: u64,
    /// Events of the logs that the service is started on.
    pub logs: Vec<usize>,
    /// Events of one log more, on which the service is started in the first round only.
    pub longest: Option<usize>,
    /// Ledgers side by side.
    pub ledgers: Vec<usize>,
    /// Records of a country's last hour.
    pub country: usize,
    /// Records of the quarters that are closed.
    pub quarters: Vec<usize>,
    /// Records of the documents that are measured beside others'.
    pub records: usize,
    /// Records of one document more, which shows that memory does not grow. `None`: it is not made.
    pub records_long: Option<usize>,
    /// Which parts; empty: all.
    pub only: Vec<String>,
    /// Where the report goes.
    pub out: PathBuf,
}

const USAGE: &str = "svod-bench [--quick] [--longest EVENTS] [--rounds N] [--patience SECONDS] [--only PART[,PART]] --out FILE
parts: limits, peers, append, engine, visible, intake, scale, memory, close, audit, documents";

impl Plan {
    /// Reads the command line.
    pub fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut plan = Self::full();
        let mut rounds = None;
        let mut patience = None;
        let (mut only, mut out, mut longest) = (vec![], None, None);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value\n{USAGE}"));
            match argument.as_str() {
                "--quick" => plan = Self::quick(),
                "--longest" => longest = Some(value()?.parse()?),
                "--rounds" => rounds = Some(value()?.parse()?),
                "--patience" => patience = Some(Duration::from_secs(value()?.parse()?)),
                "--only" => only = value()?.split(',').map(str::to_owned).collect(),
                "--out" => out = Some(PathBuf::from(value()?)),
                _unknown => bail!("what is {argument}?\n{USAGE}"),
            }
        }
        plan.rounds = rounds.unwrap_or(plan.rounds);
        plan.patience = patience.unwrap_or(plan.patience);
        plan.longest = longest;
        plan.only = only;
        plan.out = out.with_context(|| format!("where shall the report go?\n{USAGE}"))?;
        Ok(plan)
    }

    fn full() -> Self {
        Self {
            name: "full",
            rounds: 3,
            cell: Duration::from_secs(2),
            patience: Duration::from_secs(20),
            messages: 20_000,
            rows: 1_000_000,
            logs: vec![1_000, 100_000, 1_000_000],
            longest: None,
            ledgers: vec![1, 2, 4],
            country: 20_000,
            quarters: vec![10, 270, 10_000],
            records: 10_000,
            records_long: Some(1_000_000),
            only: vec![],
            out: PathBuf::new(),
        }
    }

    fn quick() -> Self {
        Self {
            name: "quick",
            rounds: 2,
            cell: Duration::from_secs(1),
            patience: Duration::from_secs(2),
            messages: 5_000,
            rows: 100_000,
            logs: vec![1_000, 10_000],
            longest: None,
            ledgers: vec![1, 2],
            country: 8_000,
            quarters: vec![10, 1_000],
            records: 1_000,
            records_long: None,
            only: vec![],
            out: PathBuf::new(),
        }
    }

    /// Whether it is a look and no measurement.
    pub fn is_short(&self) -> bool {
        self.records_long.is_none()
    }

    /// Whether a part is asked for.
    pub fn takes(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == part)
    }
}
