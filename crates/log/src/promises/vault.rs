//! Promises of the vault: persons are found, disclosed and destroyed.

use super::Home;
use crate::{DisclosureRow, Hash, PersonRow, StoreError};

fn person(id: &str) -> PersonRow {
    let (blind_index, wrapped_key) = (Hash::of(id.as_bytes()), format!("key of {id}").into_bytes());
    PersonRow { person: id.into(), blind_index, key_number: 1, wrapped_key }
}

fn disclosed(id: &str, claim: &str) -> DisclosureRow {
    let digest = Hash::of(format!("{id} {claim}").as_bytes());
    DisclosureRow { digest, person: id.into(), sealed: format!("{claim}\0 of {id}").into_bytes() }
}

promises! { $ vault_promises of vault:
    /// A person is found by the blind index, with everything that is disclosed.
    async fn a_person_is_found_with_all_disclosures(home) {
        let store = home.open().await;
        let (one, two) = (person("p-1"), person("p-2"));
        let claims = [disclosed("p-1", "name"), disclosed("p-1", "position")];
        assert!(store.keep_persons(&[one.clone(), two.clone()], &claims).await?);
        assert!(store.keep_persons(&[], &[disclosed("p-2", "name")]).await?);
        let mut found = store.persons(&[one.blind_index, Hash::of(b"nobody")]).await?;
        found[0].1.sort_by_key(|row| row.sealed.clone());
        assert_eq!(found, [(one, claims.to_vec())]);
        assert_eq!(store.persons(&[two.blind_index]).await?[0].1, [disclosed("p-2", "name")]);
        assert_eq!(store.persons(&[]).await?, []);
    }

    /// A disclosure is found by its digest, with the key that opens it.
    async fn a_disclosure_is_found_with_the_key_that_opens_it(home) {
        let store = home.open().await;
        let name = disclosed("p-1", "name");
        assert!(store.keep_persons(&[person("p-1")], std::slice::from_ref(&name)).await?);
        let found = store.disclosures(&[name.digest, Hash::of(b"nothing")]).await?;
        assert_eq!(found.len(), 1);
        let found = &found[&name.digest];
        assert_eq!(found.disclosure, name);
        assert_eq!((found.key_number, &found.wrapped_key), (1, &person("p-1").wrapped_key));
    }

    /// A person is kept once, and what would be half a person is not kept at all.
    async fn persons_are_kept_once_and_whole(home) {
        let (store, other) = (home.open().await, home.open().await);
        assert!(store.keep_persons(&[person("p-1")], &[]).await?);
        let again = PersonRow { person: "p-9".into(), ..person("p-1") };
        assert!(!other.keep_persons(&[person("p-2"), again], &[disclosed("p-2", "name")]).await?);
        assert!(!other.keep_persons(&[person("p-3")], &[disclosed("p-4", "name")]).await?);
        assert_eq!(store.persons(&[person("p-2").blind_index, person("p-3").blind_index]).await?, []);
        assert_eq!(store.disclosures(&[disclosed("p-2", "name").digest]).await?.len(), 0);
    }

    /// Who is destroyed is found no more; the others are.
    async fn who_is_destroyed_is_found_no_more(home) {
        let store = home.open().await;
        let claims = [disclosed("p-1", "name"), disclosed("p-1", "position"), disclosed("p-2", "name")];
        assert!(store.keep_persons(&[person("p-1"), person("p-2")], &claims).await?);
        assert_eq!(store.destroy_person("p-1").await?, 2);
        assert_eq!(store.destroy_person("p-1").await?, 0);
        assert_eq!(store.persons(&[person("p-1").blind_index]).await?, []);
        let digests: Vec<Hash> = claims.iter().map(|claim| claim.digest).collect();
        assert_eq!(store.disclosures(&digests).await?.into_keys().collect::<Vec<_>>(), [claims[2].digest]);
        assert!(!store.keep_persons(&[], &[disclosed("p-1", "note")]).await?, "of nobody");
        assert!(store.keep_persons(&[person("p-1")], &[]).await?, "a new one may come");
    }

    /// Those of some persons who are there are found by their ids.
    async fn persons_are_found_by_their_ids(home) {
        let store = home.open().await;
        let persons = ["p-1", "p-2", "p-3"].map(person);
        assert!(store.keep_persons(&persons, &[disclosed("p-1", "name")]).await?);
        let [one, _, three] = persons;
        assert_eq!(store.person_rows(&["p-3", "p-9", "p-1", "p-3"]).await?, [one, three]);
        assert_eq!(store.person_rows(&[]).await?, []);
    }

    /// Wrapped keys are replaced page by page, each from the key that was seen.
    async fn keys_are_wrapped_anew_from_the_key_that_was_seen(home) {
        let store = home.open().await;
        let persons = ["p-1", "p-2", "p-3"].map(person);
        assert!(store.keep_persons(&persons, &[]).await?);
        assert_eq!(store.person_page("", 2).await?, persons[..2]);
        assert_eq!(store.person_page("p-2", 2).await?, persons[2..]);
        let anew = |row: &PersonRow| PersonRow { key_number: 2, wrapped_key: b"new".to_vec(), ..row.clone() };
        let anew: Vec<PersonRow> = persons.iter().map(anew).collect();
        assert_eq!(store.rewrap(1, &anew[..1]).await?, 1);
        assert_eq!(store.rewrap(1, &anew).await?, 2, "one was wrapped before");
        assert_eq!(store.person_page("", 9).await?, anew);
    }
}
