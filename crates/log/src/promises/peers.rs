//! Promises that other event stores were found to break: entries lost to a reader who follows, decisions that conflict though
//! they speak of different things, a margin of time before what was recorded is read, counters that are too narrow.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use super::{Home, append, append_at, appended, event, moment, record, sound, stream};
use crate::{Append, Assumption, NewEvent, Position, StoreError, Version};

/// More than any machine takes for what is waited for here.
const PATIENCE: Duration = Duration::from_mins(1);

promises! { $ peer_promises of peers:
    /// Who goes on from where he was meets every entry once and in order, while two other processes write.
    async fn a_reader_who_follows_meets_every_entry_once(home) {
        const ENTRIES: u64 = 8 * 20 * 2;
        let (stores, reader) = ([home.open().await, home.open().await], home.open().await);
        let mut writers = JoinSet::new();
        for number in 0..8 {
            let store = Arc::clone(&stores[number % 2]);
            writers.spawn(async move {
                for _ in 0..20 {
                    record(&*store, append(&format!("activity-{number}"), &["a", "b"])).await?;
                }
                Ok::<_, StoreError>(())
            });
        }
        let following = async {
            let mut met = 0;
            while met < ENTRIES {
                for entry in reader.read(Position(met), 7).await? {
                    met += 1;
                    assert_eq!(entry.position, Position(met));
                }
                tokio::task::yield_now().await;
            }
            Ok::<_, StoreError>(())
        };
        tokio::time::timeout(PATIENCE, following).await.expect("no entry is lost")?;
        while let Some(written) = writers.join_next().await {
            written.expect("no writer panics")?;
        }
        assert_eq!(sound(&*reader).await?.len() as u64, ENTRIES);
    }

    /// Decisions about different streams never conflict, however many are made at once in two processes.
    async fn decisions_about_different_streams_never_conflict(home) {
        let stores = [home.open().await, home.open().await];
        let mut writers = JoinSet::new();
        for number in 0..8 {
            let store = Arc::clone(&stores[number % 2]);
            writers.spawn(async move {
                for version in 0..10 {
                    let mut one = append_at(&format!("activity-{number}"), version, &["own"]);
                    one.assumes.push(Assumption::Stream(stream(&format!("person-{number}")), Version::NONE));
                    record(&*store, one).await?;
                }
                Ok::<_, StoreError>(())
            });
        }
        while let Some(written) = writers.join_next().await {
            written.expect("nobody is refused")?;
        }
        assert_eq!(sound(&*stores[0]).await?.len(), 80);
    }

    /// What was answered is read by another process at once, whatever the clock said.
    async fn what_was_recorded_is_read_at_once_whatever_the_clock_said(home) {
        let (store, other) = (home.open().await, home.open().await);
        let ahead = "2999-01-01T00:00:00Z".parse().expect("a moment");
        for (after, recorded_at) in [(0, moment(0)), (1, ahead), (2, moment(1))] {
            record(&*store, Append { recorded_at, ..append("a", &["one"]) }).await?;
            assert_eq!(other.read(Position(after), 9).await?.len(), 1);
        }
    }

    /// A stream goes on behind the greatest number that two bytes hold.
    async fn a_stream_goes_on_behind_65535(home) {
        let store = home.open().await;
        let one = NewEvent { data: json!({}), ..event("a", "e") };
        for count in [5_041; 13].into_iter().chain([2]) {
            record(&*store, Append { events: vec![one.clone(); count], ..append("a", &[]) }).await?;
        }
        let store = home.open().await;
        for version in [65_535, 65_536] {
            let next = appended(version + 1, version + 1);
            assert_eq!(store.append(&[append_at("a", version, &["next"])]).await?, [next]);
        }
        let read = store.read_stream(&stream("a"), Version(65_534), 9).await?;
        let versions: Vec<_> = read.iter().map(|entry| entry.version.0).collect();
        assert_eq!(versions, [65_535, 65_536, 65_537]);
    }
}
