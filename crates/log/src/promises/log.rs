//! Promises of the log: what is read, in which order, and that nobody else was there in between.

use std::sync::Arc;

use serde_json::json;
use tokio::task::JoinSet;

use super::{
    Home, SAMPLE, append, append_at, appended, event, everything, gapless, kinds, message, moment, receipt,
    record, sound, stream,
};
use crate::tree::Frontier;
use crate::{
    ActorName, Answer, Append, Assumption, CHECKPOINT_EVERY, ENTRY_BYTES_MAX, Head, NewEvent, Position,
    READ_MAX, StoreError, StreamHead, UnfitEntry, Version, tree,
};

promises! { $ log_promises of log:
    /// An empty log ends before its first position, with the root of an empty tree.
    async fn an_empty_log_ends_at_the_start(home) {
        let store = home.open().await;
        let root = crate::Hash::of(b"");
        assert_eq!(store.head().await?, Head { position: Position::START, root });
        assert!(store.read(Position::START, 10).await?.is_empty());
        assert!(store.read_stream(&stream("activity-1"), Version::NONE, 10).await?.is_empty());
        assert!(store.streams("", None, 10).await?.is_empty());
        assert_eq!(store.receipt(&message("1")).await?, None);
    }

    /// However the clocks of two processes differ, no entry is older than the one before it.
    async fn no_entry_is_older_than_the_one_before(home) {
        let (fast, slow) = (home.open().await, home.open().await);
        let at = |seconds: i64| Append { recorded_at: moment(seconds), ..append("a", &["one", "two"]) };
        for (store, seconds) in [(&fast, 60), (&slow, 5), (&fast, 61), (&slow, 6), (&slow, 90), (&fast, 62)] {
            record(&**store, at(seconds)).await?;
        }
        let moments: Vec<_> = sound(&*fast).await?.iter().map(|entry| entry.recorded_at).collect();
        let expected = [60, 60, 61, 61, 90, 90].map(moment);
        assert_eq!(moments, expected.iter().flat_map(|at| [*at, *at]).collect::<Vec<_>>());
    }

    /// Where the streams ended at any position can be told later, page by page.
    async fn where_streams_ended_is_told_for_any_position(home) {
        let store = home.open().await;
        for name in ["b", "a", "c-1", "a", "b", "c"] {
            record(&*store, append(name, &["one"])).await?;
        }
        let entries = sound(&*store).await?;
        let told = async |until: u64, after: Option<&str>, limit: u32| -> Result<Vec<(String, u64)>, StoreError> {
            let tips = store.stream_tips(Position(until), after, limit).await?;
            for tip in &tips {
                let newest = entries.iter().rfind(|entry| entry.position.0 <= until && entry.stream == tip.stream);
                assert_eq!(newest.map(|entry| (entry.version, entry.leaf)), Some((tip.version, tip.leaf)));
            }
            Ok(tips.into_iter().map(|tip| (tip.stream.as_str().to_owned(), tip.version.0)).collect())
        };
        let named = |tips: &[(&str, u64)]| -> Vec<_> {
            tips.iter().map(|(name, version)| ((*name).to_owned(), *version)).collect()
        };
        assert_eq!(told(6, None, 10).await?, named(&[("a", 2), ("b", 2), ("c", 1), ("c-1", 1)]));
        assert_eq!(told(3, None, 10).await?, named(&[("a", 1), ("b", 1), ("c-1", 1)]));
        assert_eq!(told(6, None, 2).await?, named(&[("a", 2), ("b", 2)]));
        assert_eq!(told(6, Some("b"), 10).await?, named(&[("c", 1), ("c-1", 1)]));
        assert_eq!(told(0, None, 10).await?, named(&[]));
    }

    /// What is read is what was appended, to the byte and the microsecond.
    async fn what_was_appended_is_read_as_it_was(home) {
        let store = home.open().await;
        let data = serde_json::from_str(SAMPLE).expect("the sample is JSON");
        let actor = ActorName { name: format!("{SAMPLE}\0"), role: "reviewer".into() };
        let valid_at = Some("2020-06-30T21:00:00Z".parse().expect("a moment"));
        let one = NewEvent { stream: stream("activity-7"), kind: "activity-submitted".into(), schema: 3, data, valid_at };
        let recorded_at = "2020-07-01T09:40:00.123456Z".parse().expect("a moment");
        let receipt = Some(receipt("m-1", "accepted"));
        let append =
            Append { events: vec![one], receipt, actor: actor.clone(), recorded_at, ..append("unused", &[]) };
        record(&*store, append).await?;
        let entries = sound(&*store).await?;
        let [entry] = entries.as_slice() else { panic!("{entries:?}") };
        assert_eq!((entry.position, entry.version, entry.schema), (Position(1), Version(1), 3));
        assert_eq!((entry.stream.as_str(), entry.kind.as_str()), ("activity-7", "activity-submitted"));
        assert_eq!((entry.recorded_at, &entry.actor), (recorded_at, &actor));
        assert_eq!((entry.message.as_ref(), entry.cause), (Some(&message("m-1")), None));
        assert_eq!(Some(entry.valid_at), valid_at);
        assert_eq!(entry.data.get(), SAMPLE);
        assert_eq!(entry.leaf, tree::leaf_hash(&entry.bytes));
    }

    /// A decision made on an old state is refused, and nothing of it is kept.
    async fn a_stale_decision_is_refused_whole(home) {
        let store = home.open().await;
        record(&*store, append_at("activity-1", 0, &["first"])).await?;
        let mut stale = append_at("activity-1", 0, &["x", "y"]);
        stale.events.push(event("activity-2", "z"));
        stale.receipt = Some(receipt("m-1", "accepted"));
        let assumption = Assumption::Stream(stream("activity-1"), Version::NONE);
        assert_eq!(store.append(&[stale]).await?, [Answer::Conflict { assumption }]);
        assert_eq!(kinds(&sound(&*store).await?), ["first"]);
        assert_eq!(store.receipt(&message("m-1")).await?, None);
    }

    /// A decision may assume something of streams that it does not write to, and of several.
    async fn every_stream_that_was_read_is_checked(home) {
        let store = home.open().await;
        record(&*store, append("quarter-2020-Q2", &["opened"])).await?;
        let assumes = vec![
            Assumption::Stream(stream("activity-1"), Version::NONE),
            Assumption::Stream(stream("quarter-2020-Q2"), Version(1)),
        ];
        let submission = Append { assumes: assumes.clone(), ..append("activity-1", &["submitted"]) };
        record(&*store, append("quarter-2020-Q2", &["closed"])).await?;
        let answers = store.append(&[submission]).await?;
        assert_eq!(answers, [Answer::Conflict { assumption: assumes[1].clone() }]);
        assert_eq!(kinds(&sound(&*store).await?), ["opened", "closed"]);
    }

    /// Who assumes the head is refused after anything at all was recorded.
    async fn an_assumption_about_the_head_holds_only_at_the_head(home) {
        let store = home.open().await;
        record(&*store, append("activity-1", &["first"])).await?;
        let at = |position| Append {
            assumes: vec![Assumption::Head(Position(position))],
            ..append("quarter-2020-Q2", &["closed"])
        };
        for wrong in [0, 2] {
            let assumption = Assumption::Head(Position(wrong));
            assert_eq!(store.append(&[at(wrong)]).await?, [Answer::Conflict { assumption }]);
        }
        let assumption = Assumption::Head(Position(1));
        assert_eq!(store.append(&[at(1), at(1)]).await?, [appended(2, 2), Answer::Conflict { assumption }]);
        assert_eq!(kinds(&sound(&*store).await?), ["first", "closed"]);
    }

    /// Readers meet positions 1, 2, 3… without gaps while many write at once and some of them are refused.
    async fn readers_meet_no_gaps_while_eight_write(home) {
        let store = home.open().await;
        let mut writers = JoinSet::new();
        for writer in 0..8 {
            let store = Arc::clone(&store);
            writers.spawn(async move {
                let own = format!("activity-{writer}");
                for number in 0..20 {
                    let contended = append_at("quarter-2020-Q2", number, &["contended"]);
                    store.append(&[append(&own, &["own", "own"]), contended]).await?;
                }
                Ok::<_, StoreError>(())
            });
        }
        while let Some(written) = writers.join_next().await {
            written.expect("no writer panics")?;
            gapless(&*store).await?;
        }
        let entries = sound(&*store).await?;
        assert_eq!(entries.iter().filter(|entry| entry.kind == "own").count(), 8 * 20 * 2);
        assert_eq!(entries.iter().filter(|entry| entry.kind == "contended").count(), 20);
    }

    /// Two processes write to one log in turns, each remembering what it saw last, and neither notices the other.
    async fn two_processes_write_one_log(home) {
        let stores = [home.open().await, home.open().await];
        let mut writers = JoinSet::new();
        for (number, store) in stores.iter().enumerate() {
            let store = Arc::clone(store);
            writers.spawn(async move {
                for _ in 0..40 {
                    record(&*store, append(&format!("activity-{number}"), &["own"])).await?;
                    record(&*store, append("shared", &["shared"])).await?;
                }
                Ok::<_, StoreError>(())
            });
        }
        while let Some(written) = writers.join_next().await {
            written.expect("no writer panics")?;
        }
        assert_eq!(sound(&*stores[0]).await?.len(), 160);
        assert_eq!(sound(&*stores[1]).await?.len(), 160);
    }

    /// What one process remembers of a stream does not make it refuse a decision made on what another has written.
    async fn an_old_memory_refuses_nothing(home) {
        let (one, other) = (home.open().await, home.open().await);
        for version in 0..6 {
            let store = if version % 2 == 0 { &one } else { &other };
            record(&**store, append_at("activity-1", version, &["turn"])).await?;
        }
        // The other way round: an old memory does not let a stale decision pass, nor does it answer for a new one.
        let nothing = Append { assumes: append_at("activity-1", 5, &[]).assumes, ..append("activity-1", &[]) };
        let assumption = Assumption::Stream(stream("activity-1"), Version(5));
        let conflict = [Answer::Conflict { assumption }];
        assert_eq!(one.append(&[append_at("activity-1", 5, &["stale"])]).await?, conflict);
        assert_eq!(one.append(&[nothing]).await?, conflict);
        assert_eq!(sound(&*other).await?.len(), 6);
    }

    /// Of all who decide on the same version, one wins, in however many processes they are.
    async fn one_of_many_rivals_wins(home) {
        let stores = [home.open().await, home.open().await, home.open().await];
        let mut rivals = JoinSet::new();
        for number in 0..24 {
            let store = Arc::clone(&stores[number % stores.len()]);
            rivals.spawn(async move { store.append(&[append_at("activity-1", 0, &["won"])]).await });
        }
        let mut won = 0;
        while let Some(answers) = rivals.join_next().await {
            match answers.expect("no rival panics")?.as_slice() {
                [Answer::Appended { .. }] => won += 1,
                [Answer::Conflict { .. }] => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(won, 1);
        assert_eq!(kinds(&sound(&*stores[0]).await?), ["won"]);
    }

    /// A log that is opened again goes on where it ended.
    async fn a_log_that_is_opened_again_goes_on(home) {
        record(&*home.open().await, append("activity-1", &["first", "second"])).await?;
        let again = home.open().await;
        assert_eq!(again.append(&[append_at("activity-1", 2, &["third"])]).await?, [appended(3, 3)]);
        assert_eq!(kinds(&sound(&*again).await?), ["first", "second", "third"]);
    }

    /// The root that is kept with the head is that of the entries, after every batch.
    async fn the_kept_root_is_that_of_the_entries(home) {
        let store = home.open().await;
        for size in 0..12 {
            let batch: Vec<_> = (0..size).map(|number| append(&format!("s-{number}"), &["a", "b"])).collect();
            store.append(&batch).await?;
            sound(&*store).await?;
        }
    }

    /// Reads are in order, begin behind the given place and end at the limit.
    async fn reads_are_ordered_and_limited(home) {
        let store = home.open().await;
        record(&*store, append("a", &["a1", "a2", "a3"])).await?;
        record(&*store, append("b", &["b1"])).await?;
        record(&*store, append("a", &["a4"])).await?;
        assert_eq!(kinds(&store.read(Position(1), 3).await?), ["a2", "a3", "b1"]);
        assert_eq!(kinds(&store.read(Position(4), 3).await?), ["a4"]);
        assert!(store.read(Position(5), 3).await?.is_empty());
        assert!(store.read(Position(u64::MAX), 3).await?.is_empty());
        assert!(store.read(Position::START, 0).await?.is_empty());
        assert_eq!(kinds(&store.read_stream(&stream("a"), Version::NONE, 2).await?), ["a1", "a2"]);
        assert_eq!(kinds(&store.read_stream(&stream("a"), Version(2), 9).await?), ["a3", "a4"]);
        assert!(store.read_stream(&stream("a"), Version(4), 9).await?.is_empty());
        assert!(store.read_stream(&stream("c"), Version::NONE, 9).await?.is_empty());
    }

    /// Entries are read at any places, each once, in the order of the log; where there is none, none is told.
    async fn entries_are_read_at_their_places(home) {
        let store = home.open().await;
        record(&*store, append("a", &["a1", "a2", "a3"])).await?;
        record(&*store, append("b", &["b1"])).await?;
        for (asked, found) in [
            (vec![], vec![]),
            (vec![4, 2], vec!["a2", "b1"]),
            (vec![3, 3, 1], vec!["a1", "a3"]),
            (vec![0, 5, u64::MAX, 4], vec!["b1"]),
        ] {
            let asked: Vec<Position> = asked.into_iter().map(Position).collect();
            assert_eq!(kinds(&store.read_at(&asked).await?), found, "{asked:?}");
        }
    }

    /// An auditor sees what lies there: every entry with its code, the head, and a checkpoint for each run of entries.
    async fn an_auditor_reads_what_lies_there(home) {
        let store = home.open().await;
        assert_eq!(store.audit_head().await?.checkpoint, "");
        let every = usize::try_from(CHECKPOINT_EVERY).expect("a few hundred");
        record(&*store, append("a", &vec!["e"; every - 1])).await?;
        assert!(store.checkpoints(0, 9).await?.is_empty());
        record(&*store, append("b", &["e", "e"])).await?;
        let middle = store.audit_head().await?.checkpoint;
        record(&*store, append("c", &vec!["e"; 2 * every])).await?;
        let (rows, read) = (store.audit_rows(Position(2), 3).await?, store.read(Position(2), 3).await?);
        for (row, entry) in rows.iter().zip(&read) {
            assert_eq!((row.position, row.version), (entry.position, entry.version));
            assert_eq!((row.stream.as_str(), &row.bytes[..]), (entry.stream.as_str(), &entry.bytes[..]));
            assert_eq!((&row.leaf[..], row.mac.len()), (&entry.leaf.0[..], 32));
        }
        assert_eq!((rows.len(), read.len()), (3, 3));
        let (audited, head) = (store.audit_head().await?, store.head().await?);
        assert_eq!((audited.position, &audited.root[..]), (head.position, &head.root.0[..]));
        let tree = Frontier::from_bytes(&audited.frontier).expect("the head keeps a frontier");
        assert_eq!((tree.size(), tree.root(), audited.mac.len()), (head.position.0, head.root, 32));
        assert_eq!(store.checkpoints(0, 9).await?, [middle, audited.checkpoint.clone()]);
        assert_eq!(store.checkpoints(CHECKPOINT_EVERY + 1, 9).await?, [audited.checkpoint]);
        assert_eq!(store.checkpoints(0, 1).await?.len(), 1);
    }

    /// An auditor finds the newest entry of a stream up to any position; of a stream that had not begun there is none.
    async fn an_auditor_finds_where_streams_stood(home) {
        let store = home.open().await;
        for name in ["a", "b", "a", "c", "a", "b"] {
            record(&*store, append(name, &["e"])).await?;
        }
        for (until, asked, found) in [
            (6, vec!["a", "b", "c", "d"], vec![4, 5, 6]),
            (4, vec!["b", "a", "a-"], vec![2, 3]),
            (3, vec!["c"], vec![]),
            (0, vec!["a"], vec![]),
            (9, vec![], vec![]),
        ] {
            let rows = store.audit_tips(&asked, Position(until)).await?;
            assert_eq!(rows.iter().map(|row| row.position.0).collect::<Vec<_>>(), found, "{asked:?} up to {until}");
            for row in rows {
                assert_eq!(store.audit_rows(Position(row.position.0 - 1), 1).await?, [row]);
            }
        }
    }

    /// No read returns more than the most that a reader must be ready for.
    async fn no_read_returns_more_than_the_most(home) {
        let store = home.open().await;
        let kinds = vec!["e"; READ_MAX as usize + 1];
        record(&*store, append("a", &kinds)).await?;
        assert_eq!(store.read(Position::START, u32::MAX).await?.len(), READ_MAX as usize);
        assert_eq!(store.read_stream(&stream("a"), Version::NONE, u32::MAX).await?.len(), READ_MAX as usize);
        assert_eq!(everything(&*store).await?.len(), READ_MAX as usize + 1);
    }

    /// Streams are listed by the bytes of their names, from any place, with their newest version and its position.
    async fn streams_are_listed_by_name(home) {
        let store = home.open().await;
        for name in ["b-2", "a", "b-10", "b-1", "B-1", "c", "b", "b-1-x"] {
            record(&*store, append(name, &["one", "two"])).await?;
        }
        record(&*store, append("b-10", &["three"])).await?;
        let list = async |prefix, after, limit| {
            let found = store.streams(prefix, after, limit).await?;
            Ok::<Vec<_>, StoreError>(found.iter().map(|head| head.stream.to_string()).collect())
        };
        assert_eq!(list("", None, 99).await?, ["B-1", "a", "b", "b-1", "b-1-x", "b-10", "b-2", "c"]);
        assert_eq!(list("b-", None, 99).await?, ["b-1", "b-1-x", "b-10", "b-2"]);
        assert_eq!(list("b-", Some("b-1"), 2).await?, ["b-1-x", "b-10"]);
        assert_eq!(list("b-", Some("a"), 1).await?, ["b-1"]);
        assert!(list("b-", Some("c"), 9).await?.is_empty());
        let head = StreamHead { stream: stream("b-10"), version: Version(3), position: Position(17) };
        assert_eq!(store.streams("b-10", None, 9).await?, [head]);
    }

    /// An event that does not fit into an entry is refused and leaves no trace, and its neighbours are recorded.
    async fn an_unfit_event_leaves_no_trace(home) {
        let store = home.open().await;
        let with = |data| {
            let mut append = append("activity-1", &["before", "unfit"]);
            append.events[1].data = data;
            append.receipt = Some(receipt("m-1", "accepted"));
            append
        };
        let batch = [
            append("activity-1", &["first"]),
            with(json!(0.5)),
            with(json!({"κλειδί": 1})),
            with(json!("x".repeat(ENTRY_BYTES_MAX))),
            append_at("activity-1", 1, &["second"]),
        ];
        let answers = store.append(&batch).await?;
        assert_eq!(answers[0], appended(1, 1));
        assert_eq!(answers[1], Answer::Unfit(UnfitEntry::InexactNumber));
        assert_eq!(answers[2], Answer::Unfit(UnfitEntry::KeyNotAscii));
        assert!(matches!(answers[3], Answer::Unfit(UnfitEntry::TooLong { .. })), "{:?}", answers[3]);
        assert_eq!(answers[4], appended(2, 2));
        assert_eq!(kinds(&sound(&*store).await?), ["first", "second"]);
        assert_eq!(store.receipt(&message("m-1")).await?, None);
    }

    /// The longest entry is kept and read like every other.
    async fn the_longest_entry_is_kept(home) {
        let store = home.open().await;
        let mut long = append("a", &["long"]);
        long.recorded_at = moment(1);
        long.events[0].data = json!("");
        record(&*store, long.clone()).await?;
        let empty = everything(&*store).await?[0].bytes.len();
        // The second entry of the stream names the leaf of the first: 64 digits and two quotes in place of `null`.
        long.events[0].data = json!("x".repeat(ENTRY_BYTES_MAX - empty - 62));
        record(&*store, long).await?;
        assert_eq!(sound(&*store).await?[1].bytes.len(), ENTRY_BYTES_MAX);
    }
}
