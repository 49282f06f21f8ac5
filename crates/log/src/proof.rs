//! Proofs over the tree of the log (RFC 6962 §2.1): that an entry is in it, and that a later tree only grew out of an
//! earlier one. Made from the hashes of full subtrees, wherever these are kept; checked with nothing but the proof.

use crate::Hash;
use crate::tree::{Frontier, node_hash};

/// Most hashes of a proof: a tree of 2^63 leaves needs no more.
pub const PROOF_HASHES_MAX: usize = 64;

/// Hashes of full subtrees. Subtree `index` of `level` covers the leaves from `index · 2^level` on.
pub trait Subtrees {
    /// Why a hash cannot be had.
    type Error;
    /// The hash of a full subtree; level 0 are the leaves.
    fn subtree(&self, level: u32, index: u64) -> Result<Hash, Self::Error>;
}

/// Leaves in memory.
impl Subtrees for [Hash] {
    type Error = NoSuchSubtree;

    fn subtree(&self, level: u32, index: u64) -> Result<Hash, NoSuchSubtree> {
        let missing = NoSuchSubtree { level, index };
        let size = 1_usize.checked_shl(level).ok_or(missing)?;
        let first = usize::try_from(index).ok().and_then(|index| index.checked_mul(size)).ok_or(missing)?;
        let leaves = self.get(first..first.checked_add(size).ok_or(missing)?).ok_or(missing)?;
        Ok(leaves.iter().copied().collect::<Frontier>().root())
    }
}

/// A subtree that is not there, or not full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no full subtree {index} at level {level}")]
pub struct NoSuchSubtree {
    /// Its level; 0 are the leaves.
    pub level: u32,
    /// Its place in the level.
    pub index: u64,
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadProof {
    /// The entry lies outside of the tree, or the earlier tree is larger than the later one.
    #[error("what is to be proved lies outside of the tree of {size} entries")]
    OutOfRange {
        /// Size of the (later) tree.
        size: u64,
    },
    /// More or fewer hashes than such a proof has.
    #[error("the proof has {found} hashes, not {expected}")]
    Length {
        /// How many it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// The hashes do not lead to the root.
    #[error("the proof does not lead to the root of the tree")]
    Root,
    /// The hashes do not lead to the root of the earlier tree.
    #[error("the proof does not lead to the root of the earlier tree")]
    EarlierRoot,
}

/// Root of the first `size` leaves.
pub fn root<S: Subtrees + ?Sized>(subtrees: &S, size: u64) -> Result<Hash, S::Error> {
    if size == 0 { Ok(Hash::of(b"")) } else { range(subtrees, 0, size) }
}

/// Proves that leaf `index` is in the tree of the first `size` leaves; from the sibling of the leaf upwards.
///
/// # Panics
/// If the leaf is not in the tree.
pub fn prove_inclusion<S: Subtrees + ?Sized>(
    subtrees: &S,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, S::Error> {
    assert!(index < size, "leaf {index} is not in a tree of {size}");
    let mut hashes = vec![];
    let (mut from, mut to) = (0, size);
    while to - from > 1 {
        let middle = from + largest_power_below(to - from);
        if index < middle {
            hashes.push(range(subtrees, middle, to)?);
            to = middle;
        } else {
            hashes.push(range(subtrees, from, middle)?);
            from = middle;
        }
    }
    hashes.reverse();
    Ok(hashes)
}

/// Proves that the tree of the first `size` leaves grew out of the tree of the first `earlier`.
///
/// # Panics
/// If the earlier tree is empty or larger than the later one.
pub fn prove_consistency<S: Subtrees + ?Sized>(
    subtrees: &S,
    earlier: u64,
    size: u64,
) -> Result<Vec<Hash>, S::Error> {
    assert!(0 < earlier && earlier <= size, "a tree of {earlier} is no beginning of a tree of {size}");
    let mut hashes = vec![];
    let (mut from, mut to) = (0, size);
    while to != earlier {
        let middle = from + largest_power_below(to - from);
        if earlier <= middle {
            hashes.push(range(subtrees, middle, to)?);
            to = middle;
        } else {
            hashes.push(range(subtrees, from, middle)?);
            from = middle;
        }
    }
    // The earlier tree is known to whoever asks, unless it is only a part of what stands here.
    if from != 0 {
        hashes.push(range(subtrees, from, to)?);
    }
    hashes.reverse();
    Ok(hashes)
}

/// Checks that an entry with this leaf hash stands at `index` (from 0) of the tree.
pub fn check_inclusion(
    leaf: Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: Hash,
) -> Result<(), BadProof> {
    if index >= size {
        return Err(BadProof::OutOfRange { size });
    }
    // Below `inner` levels the way goes by the bits of the index; above, every sibling stands at the left.
    let inner = (u64::BITS - (index ^ (size - 1)).leading_zeros()) as usize;
    let border = (index.checked_shr(as_bits(inner)).unwrap_or(0)).count_ones() as usize;
    expect_length(proof, inner + border)?;
    let start = climb(leaf, index, &proof[..inner]);
    let reached = proof[inner..].iter().fold(start, |node, left| node_hash(*left, node));
    if reached == root { Ok(()) } else { Err(BadProof::Root) }
}

/// Checks that the tree with `root` grew out of the tree with `earlier_root`.
pub fn check_consistency(
    (earlier, earlier_root): (u64, Hash),
    (size, root): (u64, Hash),
    proof: &[Hash],
) -> Result<(), BadProof> {
    if earlier > size {
        return Err(BadProof::OutOfRange { size });
    }
    if earlier == size || earlier == 0 {
        expect_length(proof, 0)?;
        let empty_is_empty = earlier != 0 || earlier_root == Hash::of(b"");
        let same = earlier != size || earlier_root == root;
        return if empty_is_empty && same { Ok(()) } else { Err(BadProof::EarlierRoot) };
    }
    let shift = earlier.trailing_zeros();
    let inner = (u64::BITS - ((earlier - 1) ^ (size - 1)).leading_zeros() - shift) as usize;
    let above = ((earlier - 1) >> shift).checked_shr(as_bits(inner)).unwrap_or(0);
    // An earlier tree that is one full subtree is its own start; else the proof begins with one.
    let whole = earlier.is_power_of_two();
    expect_length(proof, inner + above.count_ones() as usize + usize::from(!whole))?;
    let (start, rest) = match proof {
        [start, rest @ ..] if !whole => (*start, rest),
        rest => (earlier_root, rest),
    };
    let mask = (earlier - 1) >> shift;
    let (below, border) = rest.split_at(inner);
    let lefts = below.iter().enumerate().filter(|(level, _)| mask >> level & 1 == 1).map(|(_, hash)| hash);
    let old = lefts.chain(border).fold(start, |node, left| node_hash(*left, node));
    if old != earlier_root {
        return Err(BadProof::EarlierRoot);
    }
    let new = border.iter().fold(climb(start, mask, below), |node, left| node_hash(*left, node));
    if new == root { Ok(()) } else { Err(BadProof::Root) }
}

/// The node above `start` when its way up goes by the bits of `index`.
fn climb(start: Hash, index: u64, siblings: &[Hash]) -> Hash {
    siblings.iter().enumerate().fold(start, |node, (level, sibling)| {
        if index >> level & 1 == 1 { node_hash(*sibling, node) } else { node_hash(node, *sibling) }
    })
}

fn expect_length(proof: &[Hash], expected: usize) -> Result<(), BadProof> {
    if proof.len() == expected { Ok(()) } else { Err(BadProof::Length { found: proof.len(), expected }) }
}

fn as_bits(levels: usize) -> u32 {
    u32::try_from(levels).unwrap_or(u32::MAX)
}

/// Root of the leaves `from..to`, which are a subtree of some tree: `from` is a multiple of every power below.
fn range<S: Subtrees + ?Sized>(subtrees: &S, from: u64, to: u64) -> Result<Hash, S::Error> {
    let size = to - from;
    if size.is_power_of_two() {
        let level = size.trailing_zeros();
        return subtrees.subtree(level, from >> level);
    }
    let middle = from + largest_power_below(size);
    Ok(node_hash(range(subtrees, from, middle)?, range(subtrees, middle, to)?))
}

/// The largest power of two below a size of at least two (RFC 6962 §2.1: `k < n <= 2k`).
pub(crate) fn largest_power_below(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|number| crate::tree::leaf_hash(&number.to_be_bytes())).collect()
    }

    fn root_of(leaves: &[Hash]) -> Hash {
        leaves.iter().copied().collect::<Frontier>().root()
    }

    #[test]
    fn every_entry_of_every_small_tree_is_proved_and_no_other_passes() {
        let all = leaves(70);
        for size in 1..=all.len() {
            let tree = &all[..size];
            assert_eq!(root(tree, size as u64), Ok(root_of(tree)));
            for (leaf, index) in tree.iter().zip(0..) {
                let proof = prove_inclusion(tree, index, size as u64).unwrap();
                let check = |leaf, index| check_inclusion(leaf, index, size as u64, &proof, root_of(tree));
                assert_eq!(check(*leaf, index), Ok(()), "{index} of {size}");
                assert_ne!(check(Hash::of(b"another"), index), Ok(()), "{index} of {size}");
                assert_ne!(check(*leaf, index + 1), Ok(()), "{index} of {size}");
            }
        }
    }

    #[test]
    fn every_small_tree_is_proved_to_have_grown_out_of_every_earlier_one() {
        let all = leaves(70);
        for size in 1..=all.len() {
            for earlier in 1..=size {
                let proof = prove_consistency(&all[..size], earlier as u64, size as u64).unwrap();
                let now = (size as u64, root_of(&all[..size]));
                let then = (earlier as u64, root_of(&all[..earlier]));
                assert_eq!(check_consistency(then, now, &proof), Ok(()), "{earlier} of {size}");
                let forged = (then.0, Hash::of(b"another"));
                assert_ne!(check_consistency(forged, now, &proof), Ok(()), "{earlier} of {size}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_changed_proof_proves_nothing(
            size in 2_usize..300, at in any::<prop::sample::Index>(),
            which in any::<prop::sample::Index>(), byte in 0_usize..32, bit in 0_u8..8,
        ) {
            let (all, index) = (leaves(size), at.index(size));
            let honest = prove_inclusion(&all[..], index as u64, size as u64).unwrap();
            let refused = |proof: &[Hash]| {
                check_inclusion(all[index], index as u64, size as u64, proof, root_of(&all)).is_err()
            };
            let mut changed = honest.clone();
            changed[which.index(honest.len())].0[byte] ^= 1 << bit;
            prop_assert!(refused(&changed));
            prop_assert!(refused(&honest[1..]));
            prop_assert!(refused(&[&honest[..], &[Hash::of(b"")]].concat()));
        }
    }
}
