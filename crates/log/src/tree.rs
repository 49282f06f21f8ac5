//! The Merkle tree over the log (RFC 6962 §2.1), held by its frontier: the roots of the full subtrees on its right edge.
//!
//! The frontier is all that growing needs: at most 64 hashes, kept with the head. The root is computed from it and
//! never by reading rows again, or a row forged in the database would be blessed by the next root.

use sha2::{Digest as _, Sha256};

use crate::Hash;

/// Hash of one entry, SHA-256(0x00 ‖ bytes).
#[must_use]
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(bytes).finalize().into())
}

/// Hash of two subtrees, SHA-256(0x01 ‖ left ‖ right).
#[must_use]
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    Hash(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// A tree that can grow and tell its root, without its leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Roots of the full subtrees, the largest first: one for each bit that is set in `size`.
    peaks: Vec<Hash>,
}

/// Bytes that are not a frontier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{length} bytes are not the frontier of a tree")]
pub struct NotAFrontier {
    /// How many bytes there were.
    pub length: usize,
}

impl Frontier {
    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Roots of its full subtrees, the largest first.
    pub(crate) fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Adds one leaf at the right.
    pub fn append(&mut self, leaf: Hash) {
        let mut node = leaf;
        // Each trailing one of the size is a full subtree as large as the new one: they become one.
        for _ in 0..self.size.trailing_ones() {
            let left = self.peaks.pop().expect("a frontier holds a peak for each bit set in its size");
            node = node_hash(left, node);
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// Root of the tree; SHA-256 of nothing for the empty one.
    #[must_use]
    pub fn root(&self) -> Hash {
        let root = self.peaks.iter().rev().copied().reduce(|right, left| node_hash(left, right));
        root.unwrap_or_else(|| Hash::of(b""))
    }

    /// The size in eight bytes, most significant first, and the peaks behind it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        for peak in &self.peaks {
            bytes.extend_from_slice(&peak.0);
        }
        bytes
    }

    /// The frontier that [`Frontier::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAFrontier> {
        let refusal = NotAFrontier { length: bytes.len() };
        let (size, rest) = bytes.split_first_chunk::<8>().ok_or(refusal)?;
        let size = u64::from_be_bytes(*size);
        let (peaks, remainder) = rest.as_chunks::<32>();
        if !remainder.is_empty() || peaks.len() != size.count_ones() as usize {
            return Err(refusal);
        }
        Ok(Self { size, peaks: peaks.iter().copied().map(Hash).collect() })
    }
}

impl FromIterator<Hash> for Frontier {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut tree = Self::default();
        for leaf in leaves {
            tree.append(leaf);
        }
        tree
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The tree of Certificate Transparency's own tests: eight leaves and the root after each.
    const KNOWN: [(&str, &str); 8] = [
        ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (
            "606162636465666768696a6b6c6d6e6f",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ),
    ];

    #[test]
    fn the_tree_of_certificate_transparency_has_its_known_roots() {
        let mut tree = Frontier::default();
        assert_eq!(
            tree.root().to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        for (leaf, root) in KNOWN {
            tree.append(leaf_hash(&hex::decode(leaf).unwrap()));
            assert_eq!(tree.root().to_string(), root);
        }
    }

    /// RFC 6962 §2.1 word for word.
    fn defined_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash::of(b""),
            [leaf] => *leaf,
            _ => {
                let mut split = 1;
                while split * 2 < leaves.len() {
                    split *= 2;
                }
                node_hash(defined_root(&leaves[..split]), defined_root(&leaves[split..]))
            }
        }
    }

    proptest! {
        #[test]
        fn the_root_is_the_one_that_rfc_6962_defines(count in 0..300_u64) {
            let leaves: Vec<_> = (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect();
            let mut tree = Frontier::default();
            for leaf in &leaves {
                tree.append(*leaf);
            }
            prop_assert_eq!(tree.size(), count);
            prop_assert_eq!(tree.root(), defined_root(&leaves));
            prop_assert_eq!(Frontier::from_bytes(&tree.to_bytes()), Ok(tree));
        }

        #[test]
        fn bytes_of_another_length_are_no_frontier(count in 0..300_u64, change in 1..40_usize) {
            let mut tree = Frontier::default();
            for number in 0..count {
                tree.append(leaf_hash(&number.to_be_bytes()));
            }
            let mut bytes = tree.to_bytes();
            bytes.extend(std::iter::repeat_n(0, change));
            prop_assert_eq!(Frontier::from_bytes(&bytes), Err(NotAFrontier { length: bytes.len() }));
        }
    }
}
