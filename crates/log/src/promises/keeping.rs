//! Promises of what is kept beside the log: leases, files, principals, quarantine.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::{Home, moment};
use crate::{Hash, Principal, Quarantined, StoreError, StoredFile};

const TERM: Duration = Duration::from_secs(10);

fn principal(name: &str) -> Principal {
    Principal {
        name: name.into(),
        roles: vec!["municipality:66701000".into(), "reviewer".into()],
        token_sha256: Hash::of(name.as_bytes()),
        added_at: moment(0),
        revoked_at: None,
    }
}

fn quarantined(body: &str) -> Quarantined {
    Quarantined {
        number: 0,
        at: moment(0),
        cause: "cannot be read\0".into(),
        sender: None,
        headers: "{\"content-type\":\"\\u0000\"}".into(),
        body: body.as_bytes().to_vec(),
        resent_at: None,
    }
}

promises! { $ keeping_promises of keeping:
    /// A lease has one holder until its term ends.
    async fn a_lease_has_one_holder_until_its_term_ends(home) {
        let (one, other) = (home.open().await, home.open().await);
        assert!(one.take_lease("publisher", "one", moment(0), TERM).await?);
        assert!(!other.take_lease("publisher", "other", moment(9), TERM).await?);
        assert!(one.take_lease("publisher", "one", moment(9), TERM).await?);
        assert!(!other.take_lease("publisher", "other", moment(18), TERM).await?);
        assert!(other.take_lease("publisher", "other", moment(19), TERM).await?);
        assert!(!one.take_lease("publisher", "one", moment(19), TERM).await?);
        assert!(one.take_lease("scheduler", "one", moment(19), TERM).await?);
    }

    /// A lease is given back by its holder and by nobody else.
    async fn a_lease_is_given_back_by_its_holder(home) {
        let store = home.open().await;
        assert!(store.take_lease("publisher", "one", moment(0), TERM).await?);
        store.release_lease("publisher", "other").await?;
        assert!(!store.take_lease("publisher", "other", moment(1), TERM).await?);
        store.release_lease("publisher", "one").await?;
        assert!(store.take_lease("publisher", "other", moment(1), TERM).await?);
    }

    /// Of many who want a free lease, one gets it.
    async fn one_of_many_gets_a_free_lease(home) {
        let stores = [home.open().await, home.open().await];
        let mut wanting = JoinSet::new();
        for number in 0..8 {
            let store = Arc::clone(&stores[number % 2]);
            wanting.spawn(async move { store.take_lease("x", &number.to_string(), moment(0), TERM).await });
        }
        let mut got = 0;
        while let Some(taken) = wanting.join_next().await {
            got += usize::from(taken.expect("nobody panics")?);
        }
        assert_eq!(got, 1);
    }

    /// A file is found by the hash of its bytes, and keeping it twice changes nothing.
    async fn a_file_is_found_by_its_hash(home) {
        let store = home.open().await;
        let bytes: Arc<[u8]> = (0..=255).collect::<Vec<u8>>().into();
        let file = StoredFile { sha256: Hash::of(&bytes), media_type: "application/pdf".into(), bytes };
        assert_eq!(store.file(file.sha256).await?, None);
        store.keep_file(&file).await?;
        store.keep_file(&StoredFile { media_type: "text/plain".into(), ..file.clone() }).await?;
        assert_eq!(home.open().await.file(file.sha256).await?, Some(file));
    }

    /// All files are listed by their hashes, page after page.
    async fn files_are_listed_by_their_hashes(home) {
        let store = home.open().await;
        let mut hashes = vec![];
        for text in ["one", "two", "three"] {
            let bytes: Arc<[u8]> = text.as_bytes().into();
            let file = StoredFile { sha256: Hash::of(&bytes), media_type: "text/plain".into(), bytes };
            store.keep_file(&file).await?;
            hashes.push(file.sha256);
        }
        hashes.sort_unstable();
        assert_eq!(store.files(None, 2).await?, hashes[..2]);
        assert_eq!(store.files(Some(hashes[1]), 2).await?, hashes[2..]);
    }

    /// A file that is taken out is gone, and may be kept anew.
    async fn a_file_that_is_taken_out_is_gone(home) {
        let store = home.open().await;
        let bytes: Arc<[u8]> = b"%PDF".as_slice().into();
        let file = StoredFile { sha256: Hash::of(&bytes), media_type: "application/pdf".into(), bytes };
        assert!(!store.drop_file(file.sha256).await?);
        store.keep_file(&file).await?;
        assert!(store.drop_file(file.sha256).await?);
        assert_eq!(home.open().await.file(file.sha256).await?, None);
        store.keep_file(&file).await?;
        assert_eq!(store.file(file.sha256).await?, Some(file));
    }

    /// A file with another hash than it claims is not kept.
    async fn a_file_with_a_wrong_hash_is_not_kept(home) {
        let store = home.open().await;
        let sha256 = Hash::of(b"other");
        let file = StoredFile { sha256, media_type: "text/plain".into(), bytes: b"these"[..].into() };
        let failure = store.keep_file(&file).await;
        assert!(matches!(failure, Err(StoreError::Damaged { .. })), "{failure:?}");
        assert_eq!(store.file(sha256).await?, None);
    }

    /// Principals are listed by name, the revoked ones too; a name is never given twice.
    async fn a_principal_keeps_its_name(home) {
        let store = home.open().await;
        assert!(store.add_principal(&principal("tavda")).await?);
        assert!(store.add_principal(&principal("irbit")).await?);
        let usurper = Principal { token_sha256: Hash::of(b"usurper"), ..principal("tavda") };
        assert!(!store.add_principal(&usurper).await?);
        assert!(store.revoke_principal("tavda", moment(5)).await?);
        assert!(!store.revoke_principal("tavda", moment(6)).await?);
        assert!(!store.revoke_principal("nobody", moment(6)).await?);
        let revoked = Principal { revoked_at: Some(moment(5)), ..principal("tavda") };
        assert_eq!(home.open().await.principals().await?, [principal("irbit"), revoked]);
    }

    /// A principal whose rights were ended can be given new ones, with a new token.
    async fn a_revoked_principal_can_be_added_again(home) {
        let store = home.open().await;
        assert!(store.add_principal(&principal("tavda")).await?);
        assert!(store.revoke_principal("tavda", moment(5)).await?);
        let again = Principal {
            roles: vec!["auditor".into()],
            token_sha256: Hash::of(b"another token"),
            added_at: moment(7),
            ..principal("tavda")
        };
        assert!(store.add_principal(&again).await?);
        assert!(!store.add_principal(&principal("tavda")).await?);
        assert_eq!(home.open().await.principals().await?, [again]);
    }

    /// What cannot be read is kept as it came, whatever it holds, in order and once.
    async fn a_quarantined_message_is_kept_as_it_came_and_once(home) {
        let store = home.open().await;
        let one = Quarantined { body: vec![0, 0xff, 0xfe], ..quarantined("") };
        let other = Quarantined { sender: Some(String::new()), ..one.clone() };
        assert_eq!(store.quarantine(&one).await?, 1);
        assert_eq!(store.quarantine(&other).await?, 2);
        assert_eq!(store.quarantine(&Quarantined { at: moment(9), cause: "x".into(), ..one.clone() }).await?, 1);
        assert!(store.mark_resent(2, moment(3)).await?);
        assert!(!store.mark_resent(0, moment(3)).await?);
        assert!(!store.mark_resent(3, moment(3)).await?);
        let one = Quarantined { number: 1, ..one };
        let other = Quarantined { number: 2, resent_at: Some(moment(3)), ..other };
        assert_eq!(store.quarantined(0, 9).await?, [one.clone(), other.clone()]);
        assert_eq!(store.quarantined(0, 1).await?, [one]);
        assert_eq!(store.quarantined(1, 9).await?, [other]);
        assert_eq!(store.quarantined(2, 9).await?, []);
    }

    /// Messages that are quarantined at the same time get numbers of their own.
    async fn numbers_in_the_quarantine_are_never_shared(home) {
        let stores = [home.open().await, home.open().await];
        let mut arriving = JoinSet::new();
        for number in 0..16 {
            let store = Arc::clone(&stores[number % 2]);
            arriving.spawn(async move { store.quarantine(&quarantined(&number.to_string())).await });
        }
        let mut numbers = Vec::new();
        while let Some(number) = arriving.join_next().await {
            numbers.push(number.expect("nobody panics")?);
        }
        numbers.sort_unstable();
        assert!(numbers.iter().copied().eq(1..=16), "{numbers:?}");
    }
}
