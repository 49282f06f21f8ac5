//! The pass over a store's entries: page by page, from a point that was kept, beside the vault.

use jiff::Timestamp;
use serde_json::{Value, json};
use svod_engine::audit::{Unsound, VaultCheck, verify_entries};
use svod_log::verify::{Defence, Kept, Sound, Verifier};
use svod_log::{
    ActorName, Answer, Append, AuditLog as _, DisclosureRow, EventLog as _, Hash, MemoryStore, NewEvent,
    Notary, Position, StreamId, VaultStore as _,
};
use svod_seal::{Disclosure, digest_text};

use crate::ground::sealing;

/// More than two pages.
const ENTRIES: u64 = 1_200;

fn noted(stream: &str, data: Value) -> Append {
    let stream = StreamId::try_new(stream).unwrap();
    Append {
        events: vec![NewEvent { stream, kind: "noted".into(), schema: 1, data, valid_at: None }],
        assumes: vec![],
        receipt: None,
        order: None,
        cause: None,
        actor: ActorName { name: "o-1".into(), role: "operator".into() },
        recorded_at: Timestamp::UNIX_EPOCH,
    }
}

async fn append(store: &MemoryStore, appends: &[Append]) {
    for some in appends.chunks(400) {
        let answers = store.append(some).await.unwrap();
        assert!(answers.iter().all(|answer| matches!(answer, Answer::Appended { .. })));
    }
}

/// With the keys of logs in memory.
fn verifier() -> Verifier {
    Verifier::new(Some(Notary::try_new("svod.invalid/memory", &[0; 32], &[0; 32]).unwrap()), None)
}

async fn verified(
    store: &MemoryStore,
    verifier: Verifier,
    vault: Option<VaultCheck<'_>>,
) -> Result<(Sound, Option<u64>), Unsound> {
    let head = store.audit_head().await.unwrap();
    verify_entries(store, (verifier, vault), &head, |_| ()).await
}

#[tokio::test]
async fn a_stream_that_goes_on_in_several_pages_is_followed_from_where_it_stood_at_the_kept_point() {
    let store = MemoryStore::new();
    append(&store, &["old-1", "old-2", "old-1"].map(|stream| noted(stream, json!({})))).await;
    let head = store.audit_head().await.unwrap();
    let (sound, _) = verified(&store, verifier(), None).await.unwrap();
    let kept = Kept::of(&head, &sound, true).unwrap();
    let later = (0..ENTRIES).map(|number| match number % 100 {
        0 => "old-1".to_owned(),
        1 => "old-2".to_owned(),
        _ => format!("new-{number}"),
    });
    append(&store, &later.map(|stream| noted(&stream, json!({}))).collect::<Vec<_>>()).await;
    let (sound, _) = verified(&store, verifier().since(&kept).unwrap(), None).await.unwrap();
    assert_eq!(sound.position, Position(3 + ENTRIES));
}

#[tokio::test]
async fn of_many_disclosures_the_one_that_is_gone_is_told_where_it_is_named() {
    const GONE: usize = 1_100;
    let store = MemoryStore::new();
    let (row, key) = sealing().new_person(Hash::of(b"somebody")).unwrap();
    let told = |number| key.seal(&Disclosure::new("name", &format!("А. Имя{number}")).unwrap()).unwrap();
    let mut disclosures: Vec<DisclosureRow> = (0..ENTRIES).map(told).collect();
    let naming = |row: &DisclosureRow| {
        noted("names", json!({"p": [{"_sd": [digest_text(row.digest)], "person": row.person}]}))
    };
    append(&store, &disclosures.iter().map(naming).collect::<Vec<_>>()).await;
    let gone = disclosures.remove(GONE);
    assert!(store.keep_persons(std::slice::from_ref(&row), &disclosures).await.unwrap());
    let check = || Some(VaultCheck::new(&store, sealing()));
    let Err(Unsound::Tampered(tampered)) = verified(&store, verifier(), check()).await else {
        panic!("nobody missed it")
    };
    assert_eq!((tampered.position, tampered.defence), (Position(GONE as u64 + 1), Defence::Vault));
    assert!(store.keep_persons(&[], &[gone]).await.unwrap());
    let (_, looked_at) = verified(&store, verifier(), check()).await.unwrap();
    assert_eq!(looked_at, Some(ENTRIES));
}
