//! Promises of views: documents and progress are one, and only who stands where the progress stands moves it.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::{Home, SAMPLE};
use crate::{LiveView, Position, READ_MAX, Store, StoreError, ViewCommit};

fn commit(view: &str, from: u64, to: u64, changes: &[(&str, Option<&str>)]) -> ViewCommit {
    let changes =
        changes.iter().map(|(key, body)| ((*key).to_owned(), body.map(|body| body.as_bytes().to_vec())));
    ViewCommit { view: view.into(), from: Position(from), to: Position(to), changes: changes.collect() }
}

async fn keys_under(
    store: &dyn Store,
    prefix: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    let found = store.documents_under("board@1", prefix, after, limit).await?;
    Ok(found.into_iter().map(|(key, _)| key).collect())
}

promises! { $ view_promises of view:
    /// Documents are read as they were committed, and the progress with them.
    async fn documents_and_progress_are_committed_together(home) {
        let (store, other) = (home.open().await, home.open().await);
        assert_eq!(store.progress("board@1").await?, Position::START);
        let sample = format!("{SAMPLE}\0");
        let changes = [("a", Some(sample.as_str())), ("b", Some("")), ("c", None)];
        assert!(store.commit_view(commit("board@1", 0, 7, &changes)).await?);
        for store in [store, other] {
            assert_eq!(store.progress("board@1").await?, Position(7));
            assert_eq!(store.document("board@1", "a").await?, Some(sample.as_bytes().to_vec()));
            assert_eq!(store.document("board@1", "b").await?, Some(Vec::new()));
            assert_eq!(store.document("board@1", "c").await?, None);
            assert_eq!(store.document("board@2", "a").await?, None);
        }
    }

    /// Later commits replace and delete.
    async fn documents_are_replaced_and_deleted(home) {
        let store = home.open().await;
        store.commit_view(commit("board@1", 0, 1, &[("a", Some("1")), ("b", Some("1")), ("c", Some("1"))])).await?;
        store.commit_view(commit("board@1", 1, 2, &[("a", Some("2")), ("b", None)])).await?;
        let asked = ["a", "b", "c", "never"].map(String::from);
        let found = store.documents("board@1", &asked).await?;
        let expected = [("a", "2"), ("c", "1")].map(|(key, body)| (key.to_owned(), body.as_bytes().to_vec()));
        assert_eq!(found, BTreeMap::from(expected));
        assert!(store.documents("board@1", &[]).await?.is_empty());
        assert!(store.documents("nobody@1", &asked).await?.is_empty());
    }

    /// A commit from another place than the progress is refused, and nothing of it is kept.
    async fn a_commit_from_elsewhere_changes_nothing(home) {
        let store = home.open().await;
        for from in [1, 7] {
            assert!(!store.commit_view(commit("board@1", from, 9, &[("a", Some("lost"))])).await?);
        }
        assert!(store.commit_view(commit("board@1", 0, 5, &[("a", Some("kept"))])).await?);
        for from in [0, 4, 6] {
            assert!(!store.commit_view(commit("board@1", from, 9, &[("a", Some("lost")), ("b", Some("lost"))])).await?);
        }
        assert_eq!(store.progress("board@1").await?, Position(5));
        assert_eq!(store.document("board@1", "a").await?, Some(b"kept".to_vec()));
        assert_eq!(store.document("board@1", "b").await?, None);
    }

    /// Views that are committed together do not share their luck: one that stands elsewhere holds up no other.
    async fn views_committed_together_each_answer_for_themselves(home) {
        let store = home.open().await;
        store.commit_view(commit("b@1", 0, 3, &[("k", Some("kept"))])).await?;
        let round = [
            commit("a@1", 0, 5, &[("k", Some("a")), ("gone", None)]),
            commit("b@1", 0, 5, &[("k", Some("lost"))]),
            commit("c@1", 0, 5, &[]),
        ];
        assert_eq!(store.commit_views(&round).await?, [true, false, true]);
        for (view, progress, body) in [("a@1", 5, Some("a")), ("b@1", 3, Some("kept")), ("c@1", 5, None)] {
            assert_eq!(store.progress(view).await?, Position(progress), "{view}");
            assert_eq!(store.document(view, "k").await?.as_deref(), body.map(str::as_bytes), "{view}");
        }
        assert_eq!(store.commit_views(&round).await?, [false; 3]);
        assert!(store.commit_views(&[]).await?.is_empty());
    }

    /// Of several workers that project the same entries, one commits.
    async fn one_of_many_workers_commits(home) {
        let stores = [home.open().await, home.open().await];
        for step in 0..5 {
            let mut workers = JoinSet::new();
            for number in 0..6 {
                let store = Arc::clone(&stores[number % 2]);
                let change = commit("board@1", step, step + 1, &[("winner", Some(&number.to_string()))]);
                workers.spawn(async move { store.commit_view(change).await });
            }
            let mut committed = 0;
            while let Some(outcome) = workers.join_next().await {
                committed += usize::from(outcome.expect("no worker panics")?);
            }
            assert_eq!(committed, 1, "at step {step}");
        }
    }

    /// Documents are listed by the bytes of their keys, from any place.
    async fn documents_are_listed_by_key(home) {
        let store = home.open().await;
        let keys = ["b/2", "a", "b/10", "b/1", "B/1", "b", "b/1/x", "b/λ", "b/ω", "bb", "c", "ψ"];
        let changes: Vec<_> = keys.iter().map(|key| (*key, Some(*key))).collect();
        store.commit_view(commit("board@1", 0, 1, &changes)).await?;
        store.commit_view(commit("board@2", 0, 1, &[("b/other", Some("x"))])).await?;
        let under = async |prefix, after, limit| keys_under(&*store, prefix, after, limit).await;
        assert_eq!(under("b/", None, 99).await?, ["b/1", "b/1/x", "b/10", "b/2", "b/λ", "b/ω"]);
        assert_eq!(under("b/", Some("b/1"), 2).await?, ["b/1/x", "b/10"]);
        assert_eq!(under("b/", Some("b/λ"), 9).await?, ["b/ω"]);
        assert_eq!(under("b/", Some("a"), 1).await?, ["b/1"]);
        assert!(under("b/", Some("c"), 9).await?.is_empty());
        assert_eq!(under("", None, 3).await?, ["B/1", "a", "b"]);
        assert_eq!(under("", Some("bb"), 9).await?, ["c", "ψ"]);
        assert_eq!(store.documents_under("board@1", "ψ", None, 9).await?, [("ψ".into(), "ψ".as_bytes().to_vec())]);
    }

    /// A large commit and a large question are whole.
    async fn many_documents_are_committed_and_found(home) {
        let store = home.open().await;
        let keys: Vec<_> = (0..READ_MAX + 10).map(|number| format!("key/{number:06}")).collect();
        let changes: Vec<_> = keys.iter().map(|key| (key.as_str(), Some(key.as_str()))).collect();
        assert!(store.commit_view(commit("board@1", 0, 1, &changes)).await?);
        let found = store.documents("board@1", &keys).await?;
        assert_eq!(found.len(), keys.len());
        assert!(found.iter().all(|(key, body)| key.as_bytes() == body));
        assert_eq!(store.documents_under("board@1", "key/", None, u32::MAX).await?.len(), READ_MAX as usize);
    }

    /// A subscription's progress is moved by who knows where it stands.
    async fn progress_is_moved_from_where_it_stands(home) {
        let (store, other) = (home.open().await, home.open().await);
        assert!(!store.move_progress("publisher", Position(3), Position(4)).await?);
        assert!(store.move_progress("publisher", Position::START, Position(4)).await?);
        assert!(!other.move_progress("publisher", Position::START, Position(9)).await?);
        assert!(other.move_progress("publisher", Position(4), Position(9)).await?);
        assert_eq!(store.progress("publisher").await?, Position(9));
        assert_eq!(store.progress("notifier").await?, Position::START);
    }

    /// Readers are shown the set of documents that was promoted last.
    async fn readers_are_shown_what_was_promoted_last(home) {
        let store = home.open().await;
        assert_eq!(store.live_view("board").await?, None);
        store.promote_view("board", "board@1").await?;
        store.promote_view("people", "people@1").await?;
        store.promote_view("board", "board@2").await?;
        assert_eq!(store.live_view("board").await?, Some("board@2".into()));
        assert_eq!(store.live_view("people").await?, Some("people@1".into()));
        assert!(store.commit_view(commit("people@1", 0, 5, &[("a", Some("x"))])).await?);
        let live = |view: &str, position| LiveView { view: view.to_owned(), position: Position(position) };
        let all = [("board".to_owned(), live("board@2", 0)), ("people".to_owned(), live("people@1", 5))];
        assert_eq!(store.live_views().await?, all.into());
    }

    /// A set of documents that is dropped is gone with its progress, and can be built again; others stay.
    async fn a_dropped_view_begins_anew(home) {
        let store = home.open().await;
        for view in ["board@1", "board@2"] {
            store.commit_view(commit(view, 0, 5, &[("a", Some("x"))])).await?;
        }
        store.drop_view("board@1").await?;
        store.drop_view("never@1").await?;
        assert_eq!(store.document("board@1", "a").await?, None);
        assert_eq!(store.progress("board@1").await?, Position::START);
        assert_eq!(store.document("board@2", "a").await?, Some(b"x".to_vec()));
        assert!(store.commit_view(commit("board@1", 0, 1, &[("a", Some("y"))])).await?);
    }

    /// All sets of documents are known by name, subscriptions are not among them.
    async fn sets_of_documents_are_known_by_name(home) {
        let store = home.open().await;
        store.move_progress("publisher", Position::START, Position(1)).await?;
        store.commit_view(commit("people@1", 0, 1, &[])).await?;
        store.commit_view(commit("board@2", 0, 1, &[("a", Some("x"))])).await?;
        store.commit_view(commit("board@1", 0, 1, &[("a", Some("x"))])).await?;
        store.drop_view("board@2").await?;
        assert_eq!(store.view_ids().await?, ["board@1", "people@1"]);
    }
}
