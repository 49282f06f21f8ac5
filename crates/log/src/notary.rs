//! The notary vouches for what is appended: it signs the checkpoints of the tree and puts a code of its own on every entry.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::note::{NotANote, NoteSigner, VerifierKey};
use crate::tree::Frontier;
use crate::{Checkpoint, Hash, Position};

/// A code that only who has the key can make or check: HMAC-SHA256 (RFC 2104).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mac(pub [u8; 32]);

/// Vouches for what this process appends, with two keys that the database never sees: the signature under a checkpoint is
/// for everybody; the code of each entry tells the ledger's own programs from whoever else can write to its tables.
#[derive(Clone)]
pub struct Notary {
    signer: NoteSigner,
    mac: Hmac<Sha256>,
}

impl Notary {
    /// A notary for the log `origin`: the seed of its Ed25519 key, and the key of its codes.
    pub fn try_new(origin: &str, seed: &[u8; 32], mac_key: &[u8; 32]) -> Result<Self, NotANote> {
        let mac = Hmac::new_from_slice(mac_key).map_err(|_| NotANote::Key)?;
        Ok(Self { signer: NoteSigner::try_new(origin, seed)?, mac })
    }

    /// What others check the checkpoints with.
    #[must_use]
    pub fn verifier_key(&self) -> VerifierKey {
        self.signer.verifier_key()
    }

    /// Signs the head of the tree.
    #[must_use]
    pub fn checkpoint(&self, tree: &Frontier) -> String {
        let origin = self.signer.verifier_key().name().to_owned();
        let checkpoint = Checkpoint { origin, size: tree.size(), root: tree.root() };
        self.signer.sign(&checkpoint.to_string()).to_string()
    }

    /// The code of an entry: over its place in the log and its leaf.
    #[must_use]
    pub fn mac(&self, position: Position, leaf: Hash) -> Mac {
        Mac(self.over_entry(position, leaf).finalize().into_bytes().into())
    }

    /// Whether it is the code of this entry; takes the same time for every wrong one.
    #[must_use]
    pub fn is_mac(&self, position: Position, leaf: Hash, mac: &[u8]) -> bool {
        self.over_entry(position, leaf).verify_slice(mac).is_ok()
    }

    /// The code of the head: over the whole frontier.
    #[must_use]
    pub fn head_mac(&self, tree: &Frontier) -> Mac {
        Mac(self.over_head(tree).finalize().into_bytes().into())
    }

    /// Whether it is the code of this head.
    #[must_use]
    pub fn is_head_mac(&self, tree: &Frontier, mac: &[u8]) -> bool {
        self.over_head(tree).verify_slice(mac).is_ok()
    }

    fn over_entry(&self, position: Position, leaf: Hash) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(b"svod/row/1");
        mac.update(&position.0.to_be_bytes());
        mac.update(&leaf.0);
        mac
    }

    fn over_head(&self, tree: &Frontier) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(b"svod/head/1");
        mac.update(&tree.to_bytes());
        mac
    }
}

impl fmt::Debug for Notary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Notary({})", self.verifier_key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notary() -> Notary {
        Notary::try_new("svod.example/smolensk", &[1; 32], &[2; 32]).unwrap()
    }

    fn tree(leaves: u8) -> Frontier {
        (0..leaves).map(|leaf| Hash([leaf; 32])).collect()
    }

    #[test]
    fn a_code_holds_for_one_entry_at_one_place() {
        let (notary, leaf) = (notary(), Hash([5; 32]));
        let mac = notary.mac(Position(7), leaf);
        assert!(notary.is_mac(Position(7), leaf, &mac.0));
        assert!(!notary.is_mac(Position(8), leaf, &mac.0));
        assert!(!notary.is_mac(Position(7), Hash([6; 32]), &mac.0));
        assert!(!notary.is_mac(Position(7), leaf, &mac.0[..31]));
        let other = Notary::try_new("svod.example/smolensk", &[1; 32], &[3; 32]).unwrap();
        assert!(!other.is_mac(Position(7), leaf, &mac.0));
        let head = notary.head_mac(&tree(3));
        assert!(notary.is_head_mac(&tree(3), &head.0) && !notary.is_head_mac(&tree(4), &head.0));
    }

    #[test]
    fn the_codes_are_those_of_rfc_2104() {
        // Computed with another program: Python's hmac over b"svod/row/1" + 7 as eight bytes + 32 times 5, key 32 times 2.
        let mac = notary().mac(Position(7), Hash([5; 32]));
        assert_eq!(hex::encode(mac.0), "cf74f0a177281a44e8ab2370a11ca2fc81a021fb6653c42a5c665cbfdcd17021");
    }
}
