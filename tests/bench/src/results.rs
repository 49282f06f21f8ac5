//! Samples, their medians and spreads, and ratios of what was measured in the same round.

use std::collections::BTreeMap;

/// More of the machine than this in the hands of strangers, and a sample is only used where there is no better one.
pub const STRANGERS_MAX: f64 = 0.15;

/// One measured figure.
#[derive(Clone, Copy, Debug)]
struct Sample {
    round: u32,
    value: f64,
    strangers: f64,
}

/// Everything that was measured, by name.
#[derive(Debug, Default)]
pub struct Results {
    series: BTreeMap<String, Vec<Sample>>,
}

/// What is said of a series.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    /// The middle one.
    pub median: f64,
    /// The least.
    pub low: f64,
    /// The greatest.
    pub high: f64,
    /// Strangers used too much of the machine in too many of the samples.
    pub noisy: bool,
}

/// The middle one of several figures; not a number of none.
pub fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    quantile(&values, 0.5)
}

impl Results {
    /// Keeps a sample.
    pub fn note(&mut self, name: impl Into<String>, round: u32, value: f64, strangers: f64) {
        self.series.entry(name.into()).or_default().push(Sample { round, value, strangers });
    }

    /// What is said of a series; of the quiet samples alone, if there are enough.
    pub fn summary(&self, name: &str) -> Option<Summary> {
        summary(self.series.get(name)?)
    }

    /// One series divided by another, round by round.
    pub fn ratio(&self, upper: &str, lower: &str) -> Option<Summary> {
        let (upper, lower) = (self.series.get(upper)?, self.series.get(lower)?);
        let pairs = upper.iter().filter_map(|over| {
            let under = lower.iter().find(|under| under.round == over.round)?;
            let strangers = over.strangers.max(under.strangers);
            Some(Sample { round: over.round, value: over.value / under.value, strangers })
        });
        summary(&pairs.collect::<Vec<_>>())
    }

    /// How many samples there are, and how many were disturbed.
    pub fn disturbed(&self) -> (usize, usize) {
        let all: Vec<&Sample> = self.series.values().flatten().collect();
        let disturbed = all.iter().filter(|sample| sample.strangers > STRANGERS_MAX).count();
        (all.len(), disturbed)
    }
}

fn summary(samples: &[Sample]) -> Option<Summary> {
    let quiet: Vec<Sample> =
        samples.iter().filter(|sample| sample.strangers <= STRANGERS_MAX).copied().collect();
    let noisy = quiet.len() * 2 < samples.len();
    let used = if noisy { samples } else { &quiet };
    let mut values: Vec<f64> = used.iter().map(|sample| sample.value).collect();
    values.sort_by(f64::total_cmp);
    let (low, high) = (*values.first()?, *values.last()?);
    let middle = values.len() / 2;
    let median = if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    };
    Some(Summary { median, low, high, noisy })
}

/// The value below which this part of the (sorted) values lies.
pub fn quantile(sorted: &[f64], part: f64) -> f64 {
    if sorted.is_empty() {
        return f64::NAN;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let index = ((sorted.len() as f64 - 1.0) * part).round() as usize;
    sorted[index]
}
