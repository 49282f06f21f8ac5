//! The vault on both databases: persons, and what is disclosed of them. It lies in a database of its own, so that its
//! backups can be kept for a shorter time than the log's.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use svod_log::{DisclosureRow, Hash, PersonRow, READ_MAX, SealedDisclosure, StoreError, VaultStore};

use crate::log::SqlStore;
use crate::session::{Dialect, Session};
use crate::sql;
use crate::value::{Column, Row, Value, at_most};

const READING: &str = "reading the vault";
const KEEPING: &str = "keeping persons in the vault";
const DESTROYING: &str = "destroying what the vault holds of a person";

#[async_trait]
impl VaultStore for SqlStore {
    async fn persons(&self, indexes: &[Hash]) -> Result<Vec<(PersonRow, Vec<DisclosureRow>)>, StoreError> {
        let mut persons = Vec::new();
        for some in indexes.chunks(READ_MAX as usize) {
            let list = Value::List(Column::Hashes(some.iter().collect()));
            let rows = self.vault.rows(READING, sql::PERSONS, &[list]).await?;
            persons.extend(rows.iter().map(person).collect::<Result<Vec<_>, _>>()?);
        }
        let ids: Vec<&str> = persons.iter().map(|person: &PersonRow| person.person.as_str()).collect();
        let mut disclosed: BTreeMap<String, Vec<DisclosureRow>> = BTreeMap::new();
        for some in ids.chunks(READ_MAX as usize) {
            let list = Value::List(Column::Texts(some.to_vec()));
            for row in self.vault.rows(READING, sql::DISCLOSURES_OF, &[list]).await? {
                let disclosure = disclosure(&row)?;
                disclosed.entry(disclosure.person.clone()).or_default().push(disclosure);
            }
        }
        let with = |person: PersonRow| {
            let disclosures = disclosed.remove(&person.person).unwrap_or_default();
            (person, disclosures)
        };
        Ok(persons.into_iter().map(with).collect())
    }

    async fn keep_persons(
        &self,
        persons: &[PersonRow],
        disclosures: &[DisclosureRow],
    ) -> Result<bool, StoreError> {
        let mut session = self.vault.session(KEEPING).await?;
        session.begin(KEEPING, sql::BEGIN).await?;
        let kept = keep(&mut session, persons, disclosures).await?;
        if kept {
            session.commit(KEEPING).await?;
        } else {
            session.roll_back(KEEPING).await?;
        }
        Ok(kept)
    }

    async fn disclosures(&self, digests: &[Hash]) -> Result<BTreeMap<Hash, SealedDisclosure>, StoreError> {
        let mut found = BTreeMap::new();
        for some in digests.chunks(READ_MAX as usize) {
            let list = Value::List(Column::Hashes(some.iter().collect()));
            for row in self.vault.rows(READING, sql::DISCLOSURES, &[list]).await? {
                let disclosure = disclosure(&row)?;
                let (key_number, wrapped_key) = (key_number(&row, 3)?, row.bytes(4)?.to_vec());
                found.insert(disclosure.digest, SealedDisclosure { disclosure, key_number, wrapped_key });
            }
        }
        Ok(found)
    }

    async fn destroy_person(&self, person: &str) -> Result<u64, StoreError> {
        let mut session = self.vault.session(DESTROYING).await?;
        session.begin(DESTROYING, sql::BEGIN).await?;
        let person = [Value::Text(person)];
        let disclosures = session.execute(DESTROYING, sql::DESTROY_DISCLOSURES, &person).await?;
        session.execute(DESTROYING, sql::DESTROY_PERSON, &person).await?;
        session.commit(DESTROYING).await?;
        if session.dialect() == Dialect::Sqlite {
            // What was deleted is overwritten in the file (secure_delete); the pages of the write-ahead log go with this.
            session.empty_wal(DESTROYING).await?;
        }
        Ok(disclosures)
    }

    async fn person_rows(&self, persons: &[&str]) -> Result<Vec<PersonRow>, StoreError> {
        let mut found = vec![];
        for some in persons.chunks(READ_MAX as usize) {
            let list = Value::List(Column::Texts(some.to_vec()));
            let rows = self.vault.rows(READING, sql::PERSON_ROWS, &[list]).await?;
            found.extend(rows.iter().map(person).collect::<Result<Vec<_>, _>>()?);
        }
        found.sort_unstable_by(|one: &PersonRow, other| one.person.cmp(&other.person));
        found.dedup_by(|one, other| one.person == other.person);
        Ok(found)
    }

    async fn person_page(&self, after: &str, limit: u32) -> Result<Vec<PersonRow>, StoreError> {
        let rows = self.vault.rows(READING, sql::PERSON_PAGE, &[Value::Text(after), at_most(limit)]).await?;
        rows.iter().map(person).collect()
    }

    async fn rewrap(&self, from: u32, persons: &[PersonRow]) -> Result<u64, StoreError> {
        const DOING: &str = "wrapping keys anew";
        let mut session = self.vault.session(DOING).await?;
        session.begin(DOING, sql::BEGIN).await?;
        let mut rewrapped = 0;
        for person in persons {
            let values = [
                Value::Text(&person.person),
                Value::Number(i64::from(from)),
                Value::Number(i64::from(person.key_number)),
                Value::Bytes(&person.wrapped_key),
            ];
            rewrapped += session.execute(DOING, sql::REWRAP, &values).await?;
        }
        session.commit(DOING).await?;
        Ok(rewrapped)
    }
}

async fn keep(
    session: &mut Session,
    persons: &[PersonRow],
    disclosures: &[DisclosureRow],
) -> Result<bool, StoreError> {
    let (person_columns, disclosure_columns) = (person_columns(persons), disclosure_columns(disclosures));
    let kept = session.keep(KEEPING, sql::KEEP_PERSONS, &person_columns).await?;
    if kept != persons.len() as u64 {
        return Ok(false);
    }
    let named: BTreeSet<&str> = disclosures.iter().map(|disclosure| disclosure.person.as_str()).collect();
    let named = Value::List(Column::Texts(named.into_iter().collect()));
    if !session.rows(KEEPING, sql::MISSING_PERSONS, &[named]).await?.is_empty() {
        return Ok(false);
    }
    let kept = session.keep(KEEPING, sql::KEEP_DISCLOSURES, &disclosure_columns).await?;
    Ok(kept == disclosures.len() as u64)
}

fn person_columns(persons: &[PersonRow]) -> [Column<'_>; 4] {
    [
        Column::Texts(persons.iter().map(|row| row.person.as_str()).collect()),
        Column::Hashes(persons.iter().map(|row| &row.blind_index).collect()),
        Column::Numbers(persons.iter().map(|row| i64::from(row.key_number)).collect()),
        Column::Blobs(persons.iter().map(|row| row.wrapped_key.as_slice()).collect()),
    ]
}

fn disclosure_columns(disclosures: &[DisclosureRow]) -> [Column<'_>; 3] {
    [
        Column::Hashes(disclosures.iter().map(|row| &row.digest).collect()),
        Column::Texts(disclosures.iter().map(|row| row.person.as_str()).collect()),
        Column::Blobs(disclosures.iter().map(|row| row.sealed.as_slice()).collect()),
    ]
}

fn person(row: &Row) -> Result<PersonRow, StoreError> {
    Ok(PersonRow {
        person: row.text(0)?,
        blind_index: row.hash(1)?,
        key_number: key_number(row, 2)?,
        wrapped_key: row.bytes(3)?.to_vec(),
    })
}

fn disclosure(row: &Row) -> Result<DisclosureRow, StoreError> {
    Ok(DisclosureRow { digest: row.hash(0)?, person: row.text(1)?, sealed: row.bytes(2)?.to_vec() })
}

fn key_number(row: &Row, index: usize) -> Result<u32, StoreError> {
    let number = row.count(index)?;
    u32::try_from(number)
        .map_err(|_| crate::failure::damaged("the number of a key", format!("value {number}")))
}
