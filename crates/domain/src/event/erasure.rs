//! What happens when a person is erased.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(doc)]
use super::Event;
use crate::{Edition, MunicipalityCode, Quarter};

/// See [`Event::ErasureRequested`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErasureRequested {
    /// Names the erasure.
    pub erasure_id: Uuid,
    /// Whom; known to nobody who has not the vault.
    pub person: Uuid,
    /// Whose records name the person.
    pub municipality: MunicipalityCode,
    /// Why; it names nobody.
    pub basis: String,
}

/// See [`Event::PersonErased`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonErased {
    /// Which erasure.
    pub erasure_id: Uuid,
    /// Whom.
    pub person: Uuid,
    /// Whose records named the person.
    pub municipality: MunicipalityCode,
    /// Why.
    pub basis: String,
    /// By whose order the destruction is confirmed: always `rkn-179-2022`, order № 179 of Roskomnadzor of 28.10.2022.
    pub order: String,
    /// RFC 6962 root over the digests of what was disclosed of the person, in their order; 64 hexadecimal digits.
    pub digests_root: String,
    /// How many those were.
    pub count: u32,
    /// Who asked for it.
    pub requested_by: String,
    /// Who else approved it.
    pub approved_by: String,
}

/// See [`Event::ErasureCompleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErasureCompleted {
    /// Which erasure.
    pub erasure_id: Uuid,
    /// Documents that named the person.
    pub documents: Vec<MaskedDocument>,
}

/// A document that named somebody, and is no more. Its masked twin stands in its place, if it could be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MaskedDocument {
    /// Of which quarter.
    pub quarter: Quarter,
    /// Which edition.
    pub edition: Edition,
    /// Such as `docx`.
    pub format: String,
    /// SHA-256 of the document that is no more.
    pub sha256: String,
    /// SHA-256 of the twin.
    pub masked_sha256: String,
    /// The twin could not be made, by this program at least: nothing stands in the place of the document.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_twin: bool,
}
