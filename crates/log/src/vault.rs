//! The contract of the vault: where the sealed disclosures of persons lie, and the keys that open them. It is no part of the
//! log: what lies here can be destroyed, and what the log says of it still holds. The vault understands nothing of it.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::{Hash, StoreError};

/// A person, as the vault knows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// A UUID of chance.
    pub person: String,
    /// What the person is found by: a code of name and municipality.
    pub blind_index: Hash,
    /// Which key wraps the person's.
    pub key_number: u32,
    /// The person's key, wrapped.
    pub wrapped_key: Vec<u8>,
}

/// A disclosure, encrypted with the person's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisclosureRow {
    /// Digest of the disclosure, as entries name it.
    pub digest: Hash,
    /// Whose.
    pub person: String,
    /// The encrypted disclosure.
    pub sealed: Vec<u8>,
}

/// A disclosure with what opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedDisclosure {
    /// The disclosure.
    pub disclosure: DisclosureRow,
    /// Which key wraps the person's.
    pub key_number: u32,
    /// The person's key, wrapped.
    pub wrapped_key: Vec<u8>,
}

/// Persons and their disclosures.
#[async_trait]
pub trait VaultStore: Send + Sync {
    /// The persons who are found by these, and all that is disclosed of them.
    async fn persons(&self, indexes: &[Hash]) -> Result<Vec<(PersonRow, Vec<DisclosureRow>)>, StoreError>;
    /// Keeps persons and disclosures, all or nothing, durably. `false`: one of the persons is there already under another
    /// id, or a disclosure is of a person who is not there; nothing was kept.
    async fn keep_persons(
        &self,
        persons: &[PersonRow],
        disclosures: &[DisclosureRow],
    ) -> Result<bool, StoreError>;
    /// Disclosures by digest; absent digests have none (any more).
    async fn disclosures(&self, digests: &[Hash]) -> Result<BTreeMap<Hash, SealedDisclosure>, StoreError>;
    /// Destroys a person's key and all disclosures, and returns how many those were. Doing it again does no harm.
    async fn destroy_person(&self, person: &str) -> Result<u64, StoreError>;
    /// Those of these persons who are there, each once, by id.
    async fn person_rows(&self, persons: &[&str]) -> Result<Vec<PersonRow>, StoreError>;
    /// Persons whose ids sort after `after`, by id.
    async fn person_page(&self, after: &str, limit: u32) -> Result<Vec<PersonRow>, StoreError>;
    /// Replaces the wrapped keys of persons who are still there and are wrapped by `from`; how many were.
    async fn rewrap(&self, from: u32, persons: &[PersonRow]) -> Result<u64, StoreError>;
}
