//! Sealed personal data. An entry of the log names a person only by digests of salted disclosures (RFC 9901); the
//! disclosures lie in the vault, encrypted with the person's key, and that key is wrapped by a key that is in no database.
//! Who destroys the person's row has erased the person, and no proof breaks.
//!
//! The only crate that encrypts.

mod disclosure;
mod keys;
mod wrapping;

pub use disclosure::{Disclosure, NotADisclosure, digest_of, digest_text, read_digest};
pub use keys::{BadKey, PersonKey, SealingKeys, Unsealed, normalised};
pub use wrapping::{Newer, WrappingKeys};
