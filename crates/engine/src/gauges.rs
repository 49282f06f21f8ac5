//! What operators watch and no single act tells: how far readers of the log are behind, the oldest record that nobody
//! has reviewed, the seconds to the next close.

use std::time::Duration;

use jiff::Timestamp;
use svod_domain::Quarter;
use svod_log::Position;
use tokio_util::sync::CancellationToken;

use crate::sequencer::position_as_f64;
use crate::views::{ALL, QuarterPhase, SubmissionState};
use crate::{Engine, EngineError, Reader, chain};

/// How often the gauges are set: a scrape is rarely more frequent, and a pass reads the open quarters.
const EVERY: Duration = Duration::from_secs(10);

/// Sets the gauges until it is stopped. `subscriptions` are the names of those whose progress is watched.
pub async fn watch(
    engine: Engine,
    subscriptions: &'static [&'static str],
    stop: CancellationToken,
) -> Result<(), EngineError> {
    while !stop.is_cancelled() {
        if let Err(error) = set(&engine, subscriptions).await {
            if !error.is_transient() {
                return Err(error);
            }
            tracing::debug!(error = %chain(&error), "gauges wait for the store");
        }
        tokio::select! { () = tokio::time::sleep(EVERY) => {}, () = stop.cancelled() => {} }
    }
    Ok(())
}

async fn set(engine: &Engine, subscriptions: &[&'static str]) -> Result<(), EngineError> {
    let store = engine.store();
    let head = store.head().await?.position;
    metrics::gauge!("svod_log_position").set(position_as_f64(head));
    let behind = |position: Position| position_as_f64(Position(head.0.saturating_sub(position.0)));
    for subscription in subscriptions {
        let lag = behind(store.progress(subscription).await?);
        metrics::gauge!("svod_subscription_lag", "subscription" => *subscription).set(lag);
    }
    let live = store.live_views().await?;
    for projection in ALL {
        let Some(live) = live.get(projection.name) else { continue };
        let lag = behind(live.position);
        metrics::gauge!("svod_subscription_lag", "subscription" => projection.name).set(lag);
    }
    let reader = engine.reader(None).await?;
    let (mut oldest, mut next) = (None::<Timestamp>, None::<Timestamp>);
    for card in reader.quarters().await? {
        if card.state == QuarterPhase::Open {
            next = earlier(next, Some(card.close_at));
            oldest = earlier(oldest, oldest_unreviewed(&reader, card.quarter).await?);
        }
    }
    let now = engine.now();
    let age = oldest.map_or(0.0, |since| now.duration_since(since).as_secs_f64());
    metrics::gauge!("svod_oldest_unreviewed_seconds").set(age);
    if let Some(next) = next {
        metrics::gauge!("svod_next_close_seconds").set(next.duration_since(now).as_secs_f64());
    }
    Ok(())
}

/// Since when the oldest record of a quarter waits for review.
async fn oldest_unreviewed(reader: &Reader, quarter: Quarter) -> Result<Option<Timestamp>, EngineError> {
    let standings = reader.standings(quarter).await?.into_values();
    let waiting = standings.filter(|standing| standing.state == SubmissionState::Submitted);
    Ok(waiting.map(|standing| standing.changed_at).min())
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    [one, other].into_iter().flatten().min()
}
