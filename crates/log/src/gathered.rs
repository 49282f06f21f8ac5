//! What the proof of an entry needs of a long log, taken from its leaves as they pass: memory is that of the proof. (What
//! proves growth is `growth.rs`.)

use std::cell::RefCell;
use std::convert::Infallible;

use crate::Hash;
use crate::proof::{NoSuchSubtree, Subtrees, prove_inclusion};
use crate::tree::Frontier;

/// A subtree that a proof is made of.
struct Needed {
    level: u32,
    index: u64,
    tree: Frontier,
}

impl Needed {
    fn first(&self) -> u64 {
        self.index << self.level
    }

    fn end(&self) -> u64 {
        (self.index + 1) << self.level
    }
}

/// The subtrees of one proof. Give it every leaf of the log, in order.
pub struct Gathered {
    /// By their places; none overlaps another.
    needed: Vec<Needed>,
    /// How many are complete.
    complete: usize,
    /// All leaves that have passed.
    tree: Frontier,
}

impl Gathered {
    /// For the proof that leaf `index` is in the tree of the first `size` leaves.
    ///
    /// # Panics
    /// If the leaf is not in the tree.
    #[must_use]
    pub fn for_inclusion(index: u64, size: u64) -> Self {
        let asked = Asked::default();
        let Ok(_) = prove_inclusion(&asked, index, size);
        asked.into()
    }

    /// The next leaf of the log.
    pub fn take(&mut self, leaf: Hash) {
        let place = self.tree.size();
        self.tree.append(leaf);
        if let Some(next) = self.needed.get_mut(self.complete)
            && next.first() <= place
        {
            next.tree.append(leaf);
            if place + 1 == next.end() {
                self.complete += 1;
            }
        }
    }

    /// The tree over all leaves that have passed.
    #[must_use]
    pub fn tree(&self) -> &Frontier {
        &self.tree
    }
}

impl Subtrees for Gathered {
    type Error = NoSuchSubtree;

    fn subtree(&self, level: u32, index: u64) -> Result<Hash, NoSuchSubtree> {
        let complete = &self.needed[..self.complete];
        let found = complete.iter().find(|needed| (needed.level, needed.index) == (level, index));
        found.map(|needed| needed.tree.root()).ok_or(NoSuchSubtree { level, index })
    }
}

/// Notes what is asked for, and answers anything.
#[derive(Default)]
struct Asked(RefCell<Vec<(u32, u64)>>);

impl Subtrees for Asked {
    type Error = Infallible;

    fn subtree(&self, level: u32, index: u64) -> Result<Hash, Infallible> {
        self.0.borrow_mut().push((level, index));
        Ok(Hash([0; 32]))
    }
}

impl From<Asked> for Gathered {
    fn from(asked: Asked) -> Self {
        let needed = |(level, index)| Needed { level, index, tree: Frontier::default() };
        let mut needed: Vec<Needed> = asked.0.into_inner().into_iter().map(needed).collect();
        needed.sort_by_key(Needed::first);
        Self { needed, complete: 0, tree: Frontier::default() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::leaf_hash;

    proptest! {
        #[test]
        fn what_was_gathered_in_passing_proves_what_all_leaves_prove(
            size in 1_u64..600, chosen in any::<prop::sample::Index>(), more in 0_u64..70,
        ) {
            let leaves: Vec<Hash> = (0..size + more).map(|number| leaf_hash(&number.to_be_bytes())).collect();
            let index = chosen.index(usize::try_from(size).unwrap()) as u64;
            let mut inclusion = Gathered::for_inclusion(index, size);
            for leaf in &leaves {
                inclusion.take(*leaf);
            }
            prop_assert_eq!(prove_inclusion(&inclusion, index, size), prove_inclusion(&leaves[..], index, size));
            prop_assert_eq!(inclusion.tree().size(), size + more);
        }
    }

    #[test]
    fn a_log_that_is_too_short_proves_nothing() {
        let mut gathered = Gathered::for_inclusion(0, 4);
        (0..3_u8).for_each(|number| gathered.take(leaf_hash(&[number])));
        assert_eq!(prove_inclusion(&gathered, 0, 4), Err(NoSuchSubtree { level: 1, index: 1 }));
    }
}
