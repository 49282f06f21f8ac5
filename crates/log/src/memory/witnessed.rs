//! Cosigned checkpoints in memory.

use std::collections::BTreeMap;
use std::ops::Bound;

use async_trait::async_trait;

use super::{MemoryStore, at_most, index};
use crate::{Cosigned, CosignedHead, Hash, Position, StoreError, WitnessedLog};

/// What came back from witnesses.
#[derive(Debug, Default)]
pub(super) struct Cosignings {
    /// The newest of each witness.
    heads: BTreeMap<String, CosignedHead>,
    /// Those that stay, by size and witness.
    forever: BTreeMap<(u64, String), Cosigned>,
}

#[async_trait]
impl WitnessedLog for MemoryStore {
    async fn leaves(&self, after: Position, limit: u32) -> Result<Vec<Hash>, StoreError> {
        let kept = self.kept();
        Ok(kept.entries.iter().skip(index(after.0)).take(at_most(limit)).map(|entry| entry.leaf).collect())
    }

    async fn keep_cosigned(&self, head: &CosignedHead, forever: bool) -> Result<(), StoreError> {
        let cosigned = &head.cosigned;
        let kept = &mut self.kept().cosignings;
        if forever {
            let place = (cosigned.size, cosigned.witness.clone());
            kept.forever.entry(place).or_insert_with(|| cosigned.clone());
        }
        let newest = kept.heads.entry(cosigned.witness.clone()).or_insert_with(|| head.clone());
        if newest.cosigned.size <= cosigned.size {
            newest.clone_from(head);
        }
        Ok(())
    }

    async fn cosigned_heads(&self) -> Result<Vec<CosignedHead>, StoreError> {
        Ok(self.kept().cosignings.heads.values().cloned().collect())
    }

    async fn cosigned(&self, after: (u64, &str), limit: u32) -> Result<Vec<Cosigned>, StoreError> {
        let from = Bound::Excluded((after.0, after.1.to_owned()));
        let kept = &self.kept().cosignings.forever;
        Ok(kept.range((from, Bound::Unbounded)).take(at_most(limit)).map(|(_, one)| one.clone()).collect())
    }
}
