//! How the ledger stands with its witnesses, read from the store: for metrics, and for whoever asks what is wrong.

use std::sync::Arc;
use std::time::Duration;

use svod_log::note::Note;
use svod_log::{Checkpoint, Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::Seconds;
use crate::client::Witness;

/// How often the gauges are set.
const EVERY: Duration = Duration::from_secs(10);

/// How the ledger stands with one witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The witness's name.
    pub witness: String,
    /// Its address.
    pub url: String,
    /// How many entries the log had when the witness last cosigned, and when that was, in seconds since 1970.
    pub cosigned: Option<(u64, u64)>,
    /// How many entries it has now.
    pub size: u64,
}

impl Standing {
    /// How old the newest cosignature is, in seconds.
    #[must_use]
    pub fn age(&self, now: u64) -> Option<u64> {
        self.cosigned.map(|(_, at)| now.saturating_sub(at))
    }

    /// Entries that the witness has not vouched for.
    #[must_use]
    pub fn behind(&self) -> u64 {
        self.size.saturating_sub(self.cosigned.map_or(0, |(size, _)| size))
    }

    /// Whether the log grew and the newest cosignature is older than `limit` seconds, or there is none at all.
    #[must_use]
    pub fn is_frozen(&self, now: u64, limit: u64) -> bool {
        self.behind() > 0 && self.age(now).is_none_or(|age| age > limit)
    }
}

/// How the ledger stands with each of its witnesses. Only what a witness signed counts.
pub async fn standings(store: &dyn Store, witnesses: &[Witness]) -> Result<Vec<Standing>, StoreError> {
    let heads = store.cosigned_heads().await?;
    let size = store.head().await?.position.0;
    let standing = |witness: &Witness| {
        let key = witness.key.to_string();
        let cosigned = heads.iter().find(|head| head.cosigned.witness == key).and_then(|head| {
            let note = Note::parse(&head.cosigned.note).ok()?;
            Some((Checkpoint::parse(&note.text)?.size, witness.key.cosigned_at(&note).ok()?))
        });
        Standing { witness: witness.key.name().to_owned(), url: witness.url.clone(), cosigned, size }
    };
    Ok(witnesses.iter().map(standing).collect())
}

/// Sets the gauges until it is stopped. `alarm` is how old a cosignature may be, in seconds, while the log grows.
pub async fn watch(
    store: Arc<dyn Store>,
    witnesses: Vec<Witness>,
    clock: Seconds,
    alarm: u64,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        match standings(store.as_ref(), &witnesses).await {
            Ok(standings) => standings.iter().for_each(|standing| set(standing, clock(), alarm)),
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "gauges wait for the store");
            }
        }
        tokio::select! { () = tokio::time::sleep(EVERY) => {}, () = stop.cancelled() => {} }
    }
}

fn set(standing: &Standing, now: u64, alarm: u64) {
    let witness = || standing.witness.clone();
    metrics::gauge!("svod_witness_behind", "witness" => witness()).set(as_f64(standing.behind()));
    if let Some(age) = standing.age(now) {
        metrics::gauge!("svod_witness_cosigned_age_seconds", "witness" => witness()).set(as_f64(age));
    }
    let frozen = if standing.is_frozen(now, alarm) { 1.0 } else { 0.0 };
    metrics::gauge!("svod_witness_frozen", "witness" => witness()).set(frozen);
}

/// Exact up to 2^53, which no count here reaches.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
fn as_f64(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_frozen_when_it_grew_and_nobody_cosigned_for_too_long() {
        let standing = |size, cosigned| Standing { witness: "w".into(), url: String::new(), cosigned, size };
        for (size, cosigned, frozen) in [
            (9, Some((9, 0)), false),
            (9, Some((8, 100)), false),
            (9, Some((8, 99)), true),
            (9, None, true),
            (0, None, false),
            // A log that was put back is behind nobody, and the witness itself says so.
            (7, Some((8, 0)), false),
        ] {
            assert_eq!(standing(size, cosigned).is_frozen(1000, 900), frozen, "{size} {cosigned:?}");
        }
    }
}
