//! A ledger in memory and witnesses over real HTTP: everything that was recorded is cosigned, whatever the witness knew.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed; its helpers are no different")]

use std::path::Path;
use std::sync::Arc;

use svod_log::note::{Note, VerifierKey};
use svod_log::tree::Frontier;
use svod_log::{
    ActorName, Append, Checkpoint, CosignedHead, EventLog as _, Hash, MemoryStore, NewEvent, Store, StreamId,
    WitnessedLog as _,
};
use svod_witness::{
    Book, Correspondence, Logs, Offering, Standing, Witness, WitnessServer, identity, serve, standings,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const NOW: u64 = 1_700_000_000;

/// The key of the notary of every log in memory.
fn log_key() -> VerifierKey {
    svod_log::Notary::try_new("svod.invalid/memory", &[0; 32], &[0; 32]).unwrap().verifier_key()
}

/// A witness that runs until the test ends.
async fn witness(folder: &Path) -> Witness {
    let cosigner = identity(folder, None).unwrap();
    let key = cosigner.verifier_key();
    let book = Book::open(folder, cosigner, Logs::from_iter([log_key()])).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(WitnessServer { listener, book, clock: Arc::new(|| NOW) }, CancellationToken::new()));
    Witness { url, key }
}

async fn record(store: &MemoryStore, kinds: &[&str]) {
    for kind in kinds {
        let event = NewEvent {
            stream: StreamId::try_new("activity-1").unwrap(),
            kind: (*kind).into(),
            schema: 1,
            data: serde_json::json!({}),
            valid_at: None,
        };
        let append = Append {
            events: vec![event],
            assumes: vec![],
            receipt: None,
            order: None,
            cause: None,
            actor: ActorName { name: "irbit".into(), role: "operator".into() },
            recorded_at: jiff::Timestamp::UNIX_EPOCH,
        };
        store.append(&[append]).await.unwrap();
    }
}

fn asking(store: &MemoryStore, witnesses: &[Witness]) -> Correspondence {
    let store: Arc<dyn Store> = Arc::new(store.clone());
    let (witnesses, clock) = (witnesses.to_vec(), Arc::new(|| NOW));
    Correspondence::try_new(Offering { store, witnesses, clock, landmarks: &["quarter-closed"] }).unwrap()
}

/// One round by a process that knows only what the store does.
async fn round(store: &MemoryStore, witnesses: &[Witness]) -> usize {
    let mut asking = asking(store, witnesses);
    let cosigned = asking.round().await;
    asking.end().await;
    cosigned
}

async fn standing(store: &MemoryStore, witness: &Witness) -> Standing {
    standings(store, std::slice::from_ref(witness)).await.unwrap().remove(0)
}

#[tokio::test]
async fn every_witness_cosigns_what_came_since_and_all_of_them_one_note() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let witnesses = [witness(folders[0].path()).await, witness(folders[1].path()).await];
    let store = MemoryStore::new();
    let mut asking = asking(&store, &witnesses);
    assert_eq!(asking.round().await, 0, "of an empty log there is no checkpoint");
    for kinds in [&["a"; 1][..], &["a"; 2], &["a"; 61], &["a"; 3], &["a"; 300]] {
        record(&store, kinds).await;
        assert_eq!(asking.round().await, 2);
        assert_eq!(asking.round().await, 0, "nothing is due");
        let heads = store.cosigned_heads().await.unwrap();
        let notes = heads.iter().map(|head| Note::parse(&head.cosigned.note).unwrap());
        let note = svod_log::cosignature::merged(notes).unwrap();
        assert_eq!(Checkpoint::parse(&note.text).unwrap().root, store.head().await.unwrap().root);
        assert!(witnesses.iter().all(|witness| witness.key.cosigned_at(&note) == Ok(NOW)));
        assert_eq!(note.verify(&log_key()), Ok(()));
    }
    let expected = Some((store.head().await.unwrap().position.0, NOW));
    assert_eq!(standing(&store, &witnesses[0]).await.cosigned, expected);
}

#[tokio::test]
async fn a_witness_that_knows_less_or_more_than_the_store_says_is_asked_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let witness = witness(folder.path()).await;
    let witnesses = std::slice::from_ref(&witness);
    let store = MemoryStore::new();
    record(&store, &["a"; 5]).await;
    assert_eq!(round(&store, witnesses).await, 1);
    let early = store.cosigned_heads().await.unwrap().remove(0);
    record(&store, &["a"; 6]).await;
    assert_eq!(round(&store, witnesses).await, 1);
    // The same log in a store that has lost what was cosigned, or some of it, or holds what was never true.
    let bent = CosignedHead { frontier: early.frontier[..8].to_vec(), ..early.clone() };
    let leaves = (0..5).map(|leaf| Hash([leaf; 32]));
    let strange = CosignedHead { frontier: leaves.collect::<Frontier>().to_bytes(), ..early.clone() };
    let mut swapped = early.clone();
    swapped.cosigned.note = swapped.cosigned.note.replace("\n5\n", "\n6\n");
    for (more, head) in (1..).zip([None, Some(early), Some(bent), Some(strange), Some(swapped)]) {
        let other = MemoryStore::new();
        record(&other, &vec!["a"; 11 + more]).await;
        if let Some(head) = head {
            other.keep_cosigned(&head, false).await.unwrap();
        }
        assert_eq!(round(&other, witnesses).await, 1);
        assert_eq!(standing(&other, &witness).await.behind(), 0);
    }
}

#[tokio::test]
async fn the_first_of_a_run_and_the_first_after_a_landmark_are_kept_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let witness = witness(folder.path()).await;
    let store = MemoryStore::new();
    let mut asking = asking(&store, std::slice::from_ref(&witness));
    let mut kept = vec![];
    for (kinds, stays) in [
        (&["a", "b"][..], false),
        (&["a", "quarter-closed", "b"], true),
        (&["a"], false),
        (&["a"; 249], false),
        (&["a"; 3], true),
        (&["a"; 3], false),
    ] {
        record(&store, kinds).await;
        assert_eq!(asking.round().await, 1);
        kept.extend(stays.then_some(store.head().await.unwrap().position.0));
    }
    let found = store.cosigned((0, ""), 10).await.unwrap();
    assert_eq!(found.iter().map(|each| each.size).collect::<Vec<_>>(), kept);
}

#[tokio::test]
async fn a_witness_that_is_away_does_not_hold_the_others_up() {
    let folder = tempfile::tempdir().unwrap();
    let here = witness(folder.path()).await;
    let other = tempfile::tempdir().unwrap();
    let key = identity(other.path(), None).unwrap().verifier_key();
    // Nobody listens on the port of a socket that was closed.
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let away = Witness { url: format!("http://{closed}"), key };
    let store = MemoryStore::new();
    record(&store, &["a"; 3]).await;
    assert_eq!(round(&store, &[away.clone(), here.clone()]).await, 1);
    assert_eq!((standing(&store, &here).await.behind(), standing(&store, &away).await.behind()), (0, 3));
    assert!(standing(&store, &away).await.is_frozen(NOW, 900));
}

#[tokio::test]
async fn somebody_else_who_answers_for_a_witness_is_not_believed() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let impostor = witness(folder.path()).await;
    let expected = Witness { key: identity(other.path(), None).unwrap().verifier_key(), ..impostor };
    let store = MemoryStore::new();
    record(&store, &["a"; 3]).await;
    assert_eq!(round(&store, &[expected]).await, 0);
    assert!(store.cosigned_heads().await.unwrap().is_empty());
}

#[tokio::test]
async fn two_copies_that_ask_at_once_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let witness = witness(folder.path()).await;
    let store = MemoryStore::new();
    record(&store, &["a"; 3]).await;
    let (mut one, mut other) =
        (asking(&store, std::slice::from_ref(&witness)), asking(&store, std::slice::from_ref(&witness)));
    let rounds = tokio::join!(one.round(), other.round());
    assert_eq!(rounds.0 + rounds.1, 1, "one has the right, and the other leaves it to that one");
    assert_eq!(standing(&store, &witness).await.behind(), 0);
}
