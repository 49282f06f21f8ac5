//! Keys with names, as C2SP writes them (c2sp.org/signed-note): those that sign a log, and those that cosign one. A type in the
//! text of a key and in its id keeps the two apart.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::note::{NotANote, SignatureLine};

/// An Ed25519 public key of type `KIND` with its name. In text, as Go writes it: `name+id in hexadecimal+base64(type, key)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedKey<const KIND: u8> {
    name: String,
    key: VerifyingKey,
}

impl<const KIND: u8> NamedKey<KIND> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the other is the same key, under whatever name.
    #[must_use]
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.key == other.key
    }

    /// The line that says it is by this key, if there is one.
    #[must_use]
    pub fn line_in<'a>(&self, lines: &'a [SignatureLine]) -> Option<&'a SignatureLine> {
        lines.iter().find(|line| self.is_of(line))
    }

    /// Whether a line says that it is by this key.
    #[must_use]
    pub fn is_of(&self, line: &SignatureLine) -> bool {
        line.name == self.name && line.key_id == self.id()
    }

    /// Whether the signature is this key's over the message.
    pub(crate) fn holds(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }

    /// First bytes of SHA-256(name ‖ line feed ‖ type ‖ key).
    fn id(&self) -> [u8; 4] {
        let hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', KIND])
            .chain_update(self.key.as_bytes())
            .finalize();
        [hash[0], hash[1], hash[2], hash[3]]
    }
}

impl<const KIND: u8> fmt::Display for NamedKey<KIND> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&[KIND], &self.key.as_bytes()[..]].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id()), STANDARD.encode(bytes))
    }
}

impl<const KIND: u8> std::str::FromStr for NamedKey<KIND> {
    type Err = NotANote;

    fn from_str(text: &str) -> Result<Self, NotANote> {
        // The name holds no plus, the key may.
        let mut parts = text.trim_end().splitn(3, '+');
        let (Some(name), Some(id), Some(bytes)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NotANote::Key);
        };
        let bytes = STANDARD.decode(bytes).map_err(|_| NotANote::Key)?;
        let key = bytes.split_first().filter(|(first, _)| **first == KIND).map(|(_, key)| key);
        let key = key.and_then(|key| VerifyingKey::from_bytes(key.try_into().ok()?).ok());
        let key = Self { name: name.to_owned(), key: key.ok_or(NotANote::Key)? };
        if is_name(name) && hex::encode(key.id()) == id { Ok(key) } else { Err(NotANote::Key) }
    }
}

/// An Ed25519 key of type `KIND` that signs under a name. Its secret is never shown.
#[derive(Clone)]
pub struct NamedSigner<const KIND: u8> {
    name: String,
    key: SigningKey,
}

impl<const KIND: u8> NamedSigner<KIND> {
    /// The key that an Ed25519 seed stands for (RFC 8032 §5.1.5).
    pub fn try_new(name: &str, seed: &[u8; 32]) -> Result<Self, NotANote> {
        if !is_name(name) {
            return Err(NotANote::Key);
        }
        Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    /// What others check its signatures with.
    #[must_use]
    pub fn verifier_key(&self) -> NamedKey<KIND> {
        NamedKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    pub(crate) fn signature(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    /// A line of this key under a note.
    pub(crate) fn line(&self, signature: Vec<u8>) -> SignatureLine {
        SignatureLine { name: self.name.clone(), key_id: self.verifier_key().id(), signature }
    }
}

impl<const KIND: u8> fmt::Debug for NamedSigner<KIND> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NamedSigner({})", self.verifier_key())
    }
}

/// Whether a key, and so a log, may bear this name.
#[must_use]
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|character| character.is_whitespace() || character == '+')
}
