//! Disclosures and their digests, RFC 9901 §4.2 (Selective Disclosure for JWTs).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use svod_log::Hash;

/// Bytes of chance in a disclosure: RFC 9901 §9.3 wants 128 bits. They keep a digest from being found by trying names.
const SALT_BYTES: usize = 16;

/// One claim about a person, told: base64url of the JSON array `[salt, claim, value]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Disclosure {
    encoded: String,
    claim: String,
    value: String,
}

/// Of what it tells nothing: what is written down of it in passing stays for ever.
impl fmt::Debug for Disclosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Disclosure({}, {})", self.claim, digest_text(self.digest()))
    }
}

/// A text that is no disclosure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a disclosure: base64url of a JSON array of salt, claim and value")]
pub struct NotADisclosure;

impl Disclosure {
    /// Tells `value` for `claim`, with a new salt.
    ///
    /// # Errors
    /// If the system gives no chance.
    pub fn new(claim: &str, value: &str) -> Result<Self, getrandom::Error> {
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt)?;
        Ok(Self::with_salt(&salt, claim, value))
    }

    fn with_salt(salt: &[u8], claim: &str, value: &str) -> Self {
        let array = json!([URL_SAFE_NO_PAD.encode(salt), claim, value]);
        let encoded = URL_SAFE_NO_PAD.encode(array.to_string());
        Self { encoded, claim: claim.to_owned(), value: value.to_owned() }
    }

    /// Reads a disclosure back.
    pub fn parse(encoded: &str) -> Result<Self, NotADisclosure> {
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| NotADisclosure)?;
        let array: Value = serde_json::from_slice(&bytes).map_err(|_| NotADisclosure)?;
        match array.as_array().map(Vec::as_slice) {
            Some([Value::String(_salt), Value::String(claim), Value::String(value)]) => {
                Ok(Self { encoded: encoded.to_owned(), claim: claim.clone(), value: value.clone() })
            }
            _other => Err(NotADisclosure),
        }
    }

    /// What is hashed and kept.
    #[must_use]
    pub fn encoded(&self) -> &str {
        &self.encoded
    }

    /// Which claim: `name` or `position`.
    #[must_use]
    pub fn claim(&self) -> &str {
        &self.claim
    }

    /// What it says.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// SHA-256 over the encoded disclosure's ASCII bytes (RFC 9901 §4.2.3).
    #[must_use]
    pub fn digest(&self) -> Hash {
        digest_of(&self.encoded)
    }
}

/// The digest of a disclosure.
#[must_use]
pub fn digest_of(encoded: &str) -> Hash {
    Hash::of(encoded.as_bytes())
}

/// A digest as it stands in an entry: base64url.
#[must_use]
pub fn digest_text(digest: Hash) -> String {
    URL_SAFE_NO_PAD.encode(digest.0)
}

/// Reads a digest as it stands in an entry. `None`: it is none.
#[must_use]
pub fn read_digest(text: &str) -> Option<Hash> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_rfc_9901() {
        // RFC 9901 §4.2.3: the disclosure of a family name.
        let encoded = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";
        let read = Disclosure::parse(encoded).unwrap();
        assert_eq!((read.claim(), read.value()), ("family_name", "Möbius"));
        assert_eq!(digest_text(read.digest()), "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0");
        assert_eq!(read_digest("X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"), Some(read.digest()));
    }

    #[test]
    fn a_disclosure_is_read_back_as_it_was_told() {
        let told = Disclosure::new("name", "Ёлкин «Пётр»\n\"П.\"").unwrap();
        assert_eq!(Disclosure::parse(told.encoded()), Ok(told));
    }

    #[test]
    fn the_same_words_told_twice_have_two_digests() {
        let told = || Disclosure::new("name", "Ким Ли").unwrap().digest();
        assert_ne!(told(), told());
    }

    #[test]
    fn what_is_no_disclosure_is_refused() {
        for array in ["{}", "[]", r#"["a","b"]"#, r#"["a","b",1]"#, r#"["a","b","c","d"]"#, "nonsense"] {
            assert_eq!(Disclosure::parse(&URL_SAFE_NO_PAD.encode(array)), Err(NotADisclosure), "{array}");
        }
        assert_eq!(Disclosure::parse("ä"), Err(NotADisclosure));
    }
}
