//! What was destroyed is nowhere in the file, or it is said that it is.

use sqlx::{Connection as _, SqliteConnection};
use svod_log::promises::Home as _;
use svod_log::{DisclosureRow, Hash, PersonRow, Store, StoreError};

use crate::homes::sqlite;

const PERSON: &str = "0192f0c1-0000-7000-8000-000000000001";
const SEALED: &[u8] = b"what was told of somebody, and can be told from everything else";

async fn keep(store: &dyn Store) {
    let blind_index = Hash([1; 32]);
    let person = PersonRow { person: PERSON.into(), blind_index, key_number: 1, wrapped_key: vec![1; 60] };
    let digest = Hash([2; 32]);
    let disclosure = DisclosureRow { digest, person: PERSON.into(), sealed: SEALED.to_vec() };
    assert!(store.keep_persons(&[person], &[disclosure]).await.unwrap());
}

#[tokio::test]
async fn a_reader_who_keeps_the_old_pages_of_the_vault_is_told_of() {
    let home = sqlite().await;
    let store = home.open().await;
    keep(store.as_ref()).await;
    let file = home.vault_file();
    let stands = || {
        let wal = std::fs::read(format!("{}-wal", file.display())).unwrap();
        [wal, std::fs::read(&file).unwrap()]
            .iter()
            .any(|bytes| bytes.windows(SEALED.len()).any(|one| one == SEALED))
    };
    let mut reader = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    sqlx::query("BEGIN").execute(&mut reader).await.unwrap();
    sqlx::query("SELECT count(*) FROM disclosures").fetch_one(&mut reader).await.unwrap();

    let destroyed = store.destroy_person(PERSON).await;
    assert!(stands(), "the reader keeps it");
    assert!(matches!(destroyed, Err(StoreError::Unavailable { .. })), "{destroyed:?}");
    drop(reader);
    assert_eq!(store.destroy_person(PERSON).await.unwrap(), 0, "it was deleted before");
    assert!(!stands());
}
