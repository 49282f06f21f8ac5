//! The vault in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{MemoryStore, at_most};
use crate::{DisclosureRow, Hash, PersonRow, SealedDisclosure, StoreError, VaultStore};

/// What is kept of persons.
#[derive(Debug, Default)]
pub(super) struct Persons {
    by_id: BTreeMap<String, PersonRow>,
    disclosures: BTreeMap<Hash, DisclosureRow>,
}

impl Persons {
    fn of(&self, person: &str) -> Vec<DisclosureRow> {
        self.disclosures.values().filter(|row| row.person == person).cloned().collect()
    }

    fn can_keep(&self, persons: &[PersonRow], disclosures: &[DisclosureRow]) -> bool {
        let known = |row: &PersonRow| {
            self.by_id.values().any(|one| one.blind_index == row.blind_index || one.person == row.person)
        };
        let is_there = |id: &str| self.by_id.contains_key(id) || persons.iter().any(|row| row.person == id);
        !persons.iter().any(known)
            && disclosures
                .iter()
                .all(|row| is_there(&row.person) && !self.disclosures.contains_key(&row.digest))
    }
}

#[async_trait]
impl VaultStore for MemoryStore {
    async fn persons(&self, indexes: &[Hash]) -> Result<Vec<(PersonRow, Vec<DisclosureRow>)>, StoreError> {
        let persons = &self.kept().persons;
        let found = persons.by_id.values().filter(|row| indexes.contains(&row.blind_index));
        Ok(found.map(|row| (row.clone(), persons.of(&row.person))).collect())
    }

    async fn keep_persons(
        &self,
        persons: &[PersonRow],
        disclosures: &[DisclosureRow],
    ) -> Result<bool, StoreError> {
        let kept = &mut self.kept().persons;
        if !kept.can_keep(persons, disclosures) {
            return Ok(false);
        }
        kept.by_id.extend(persons.iter().map(|row| (row.person.clone(), row.clone())));
        kept.disclosures.extend(disclosures.iter().map(|row| (row.digest, row.clone())));
        Ok(true)
    }

    async fn disclosures(&self, digests: &[Hash]) -> Result<BTreeMap<Hash, SealedDisclosure>, StoreError> {
        let persons = &self.kept().persons;
        let found = digests.iter().filter_map(|digest| {
            let disclosure = persons.disclosures.get(digest)?.clone();
            let PersonRow { key_number, wrapped_key, .. } = persons.by_id.get(&disclosure.person)?.clone();
            Some((*digest, SealedDisclosure { disclosure, key_number, wrapped_key }))
        });
        Ok(found.collect())
    }

    async fn destroy_person(&self, person: &str) -> Result<u64, StoreError> {
        let persons = &mut self.kept().persons;
        let before = persons.disclosures.len();
        persons.disclosures.retain(|_, row| row.person != person);
        persons.by_id.remove(person);
        Ok((before - persons.disclosures.len()) as u64)
    }

    async fn person_rows(&self, persons: &[&str]) -> Result<Vec<PersonRow>, StoreError> {
        let there = &self.kept().persons.by_id;
        Ok(there.values().filter(|row| persons.contains(&row.person.as_str())).cloned().collect())
    }

    async fn person_page(&self, after: &str, limit: u32) -> Result<Vec<PersonRow>, StoreError> {
        let persons = &self.kept().persons;
        let later = persons.by_id.values().filter(|row| row.person.as_str() > after);
        Ok(later.take(at_most(limit)).cloned().collect())
    }

    async fn rewrap(&self, from: u32, persons: &[PersonRow]) -> Result<u64, StoreError> {
        let kept = &mut self.kept().persons;
        let mut rewrapped = 0;
        for row in persons {
            if let Some(person) = kept.by_id.get_mut(&row.person).filter(|person| person.key_number == from) {
                (person.key_number, person.wrapped_key) = (row.key_number, row.wrapped_key.clone());
                rewrapped += 1;
            }
        }
        Ok(rewrapped)
    }
}
