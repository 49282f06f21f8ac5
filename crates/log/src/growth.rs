//! The proof that a log grew out of an earlier one (RFC 6962 §2.1.2), made from the earlier frontier and the leaves since:
//! who remembers the frontier need not read the log again.

use crate::Hash;
use crate::proof::largest_power_below;
use crate::tree::{Frontier, node_hash};

/// A log on its way from an earlier size to a later one.
#[derive(Clone, Debug)]
pub struct Growth {
    size: u64,
    /// The hashes of the proof from the outside inwards; of a subtree that is not there yet, an empty one.
    proof: Vec<Hash>,
    /// Where the subtrees behind the earlier tree end, and their places in the proof; the nearest last.
    ends: Vec<(u64, usize)>,
    /// The one that the next leaf belongs to.
    subtree: Frontier,
    tree: Frontier,
}

impl Growth {
    /// From the tree with this frontier to one of `size` leaves.
    ///
    /// # Panics
    /// If the later tree is smaller than the earlier.
    #[must_use]
    pub fn new(frontier: Frontier, size: u64) -> Self {
        let earlier = frontier.size();
        assert!(earlier <= size, "a tree of {earlier} leaves does not grow to one of {size}");
        let mut peaks = frontier.peaks().iter().copied();
        let (mut proof, mut ends) = (vec![], vec![]);
        // That a tree grew out of nothing needs no proof.
        let (mut from, mut to) = if earlier == 0 { (0, 0) } else { (0, size) };
        while to != earlier {
            let middle = from + largest_power_below(to - from);
            if earlier <= middle {
                ends.push((to, proof.len()));
                proof.push(Hash::of(b""));
                to = middle;
            } else {
                // What lies in the earlier tree and not at its edge is one of its peaks.
                proof.push(peaks.next().expect("a frontier holds a peak for each bit set in its size"));
                from = middle;
            }
        }
        // The earlier tree is known to whoever asks, unless it is only a part of what stands here.
        if from != 0 {
            let edge: Vec<Hash> = peaks.collect();
            proof.extend(edge.into_iter().rev().reduce(|right, left| node_hash(left, right)));
        }
        Self { size, proof, ends, subtree: Frontier::default(), tree: frontier }
    }

    /// Where it stands now.
    #[must_use]
    pub fn tree(&self) -> &Frontier {
        &self.tree
    }

    /// How many leaves are wanted still.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.size - self.tree.size()
    }

    /// Takes the next leaf.
    ///
    /// # Panics
    /// If there are enough already.
    pub fn append(&mut self, leaf: Hash) {
        assert!(self.missing() > 0, "the tree has its {} leaves", self.size);
        self.tree.append(leaf);
        self.subtree.append(leaf);
        if let Some((end, place)) = self.ends.last().copied()
            && end == self.tree.size()
        {
            self.ends.pop();
            self.proof[place] = std::mem::take(&mut self.subtree).root();
        }
    }

    /// The proof, and the frontier of the later tree.
    ///
    /// # Panics
    /// If leaves are missing.
    #[must_use]
    pub fn end(mut self) -> (Vec<Hash>, Frontier) {
        assert_eq!(self.missing(), 0, "leaves of the later tree are missing");
        self.proof.reverse();
        (self.proof, self.tree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::{check_consistency, prove_consistency};

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|number| crate::tree::leaf_hash(&number.to_be_bytes())).collect()
    }

    fn frontier(leaves: &[Hash]) -> Frontier {
        leaves.iter().copied().collect()
    }

    #[test]
    fn from_every_small_tree_to_every_later_one_the_proof_is_that_of_rfc_6962() {
        let all = leaves(70);
        for size in 0..=all.len() {
            for earlier in 0..=size {
                let mut growth = Growth::new(frontier(&all[..earlier]), size as u64);
                all[earlier..size].iter().for_each(|leaf| growth.append(*leaf));
                let (proof, tree) = growth.end();
                assert_eq!(tree, frontier(&all[..size]));
                let (then, now) =
                    ((earlier as u64, frontier(&all[..earlier]).root()), (size as u64, tree.root()));
                assert_eq!(check_consistency(then, now, &proof), Ok(()), "{earlier} to {size}");
                if earlier > 0 {
                    assert_eq!(Ok(proof), prove_consistency(&all[..size], earlier as u64, size as u64));
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "leaves of the later tree are missing")]
    fn a_growth_without_all_its_leaves_proves_nothing() {
        let _proof = Growth::new(frontier(&leaves(3)), 5).end();
    }
}
