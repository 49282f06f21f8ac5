//! Whether the views are what the log yields: sound where they are, and the first document that they are not is named.

use std::collections::BTreeMap;

use svod_engine::audit::verify_views;
use svod_log::verify::{Defence, Tampered};
use svod_log::{MemoryStore, Position, ViewCommit, ViewStore as _};

use crate::ground::{DESNOGORSK, Ground, SMOLENSK, VYAZMA, approve, recorded, submit};
use crate::views::{caught_up, projector};

/// More records than are compared at a time.
const RECORDS: u32 = 230;

/// Views over many records, that stand where the log ends.
async fn built() -> Ground {
    let ground = Ground::new().await;
    for number in 0..RECORDS {
        let code = [SMOLENSK, DESNOGORSK, VYAZMA][number as usize % 3];
        recorded(&ground.engine, &[submit(&format!("s{number}"), code, number)]).await;
    }
    let projector = projector(&ground.engine);
    caught_up(&ground.store).await;
    drop(projector);
    ground
}

async fn verdict(store: &MemoryStore) -> Result<u64, Tampered> {
    verify_views(store, &MemoryStore::new(), |_| {}).await.unwrap().unwrap()
}

/// The set of the view that readers are shown, where it stands, and its documents.
async fn stands(store: &MemoryStore, view: &str) -> (String, Position, Vec<(String, Vec<u8>)>) {
    let set = store.live_view(view).await.unwrap().unwrap();
    let position = store.progress(&set).await.unwrap();
    let documents = store.documents_under(&set, "", None, 1_000).await.unwrap();
    (set, position, documents)
}

async fn change(store: &MemoryStore, view: &str, key: &str, document: Option<&[u8]>) {
    let (set, position, _) = stands(store, view).await;
    let changes = BTreeMap::from([(key.to_owned(), document.map(<[u8]>::to_vec))]);
    let commit = ViewCommit { view: set, from: position, to: position, changes };
    assert!(store.commit_view(commit).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn views_that_the_log_yields_are_sound_and_counted() {
    let ground = built().await;
    let mut documents = 0;
    for view in ["quarters", "board", "submissions", "municipalities"] {
        documents += stands(&ground.store, view).await.2.len() as u64;
    }
    assert!(documents > u64::from(RECORDS));
    assert_eq!(verdict(&ground.store).await, Ok(documents));
}

#[tokio::test(start_paused = true)]
async fn the_first_document_that_the_log_does_not_yield_is_named() {
    let ground = built().await;
    let store = &ground.store;
    for (index, other, says) in [
        (3, Some(&b"{}"[..]), "something else than"),
        (3, None, "missing is"),
        // Behind the first page, and the last of all.
        (220, Some(&b"{}"[..]), "something else than"),
        (RECORDS as usize - 1, None, "missing is"),
    ] {
        let (_, position, documents) = stands(store, "submissions").await;
        let (key, document) = &documents[index];
        change(store, "submissions", key, other).await;
        let told = verdict(store).await.unwrap_err();
        assert_eq!((told.position, told.defence), (position, Defence::Views), "{told}");
        assert!(told.what.contains(says) && told.what.contains(key.as_str()), "{told}");
        change(store, "submissions", key, Some(document)).await;
    }
    for key in ["!", "~"] {
        change(store, "submissions", key, Some(b"{}")).await;
        let told = verdict(store).await.unwrap_err();
        assert!(told.what.contains("does not yield") && told.what.contains(key), "{told}");
        change(store, "submissions", key, None).await;
    }
    assert!(verdict(store).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_view_that_stands_further_back_is_compared_where_it_stands() {
    let ground = built().await;
    let store = &ground.store;
    let (set, position, documents) = stands(store, "board").await;
    recorded(&ground.engine, &[approve("a", 7, 1)]).await;
    let projector = projector(&ground.engine);
    caught_up(store).await;
    drop(projector);
    assert!(verdict(store).await.is_ok());
    // As if the board had not yet seen the approval.
    store.drop_view(&set).await.unwrap();
    let changes = documents.into_iter().map(|(key, document)| (key, Some(document))).collect();
    let commit = ViewCommit { view: set, from: Position::START, to: position, changes };
    assert!(store.commit_view(commit).await.unwrap());
    assert!(verdict(store).await.is_ok());
}
