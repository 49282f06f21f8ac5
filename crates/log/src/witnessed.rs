//! What a store keeps for the witnesses of its log: the leaves that proofs are made of, and the checkpoints that came back
//! cosigned.

use async_trait::async_trait;

use crate::{Hash, Position, StoreError};

/// A checkpoint that one witness cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// How many entries the log had.
    pub size: u64,
    /// The witness: the text of its verifier key.
    pub witness: String,
    /// The note with the signatures of the log and of this witness.
    pub note: String,
}

/// The newest one of a witness, and what the next proof is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CosignedHead {
    /// The checkpoint.
    pub cosigned: Cosigned,
    /// [`crate::tree::Frontier::to_bytes`] at its size. Whoever uses it compares its root with the note's.
    pub frontier: Vec<u8>,
}

/// The log as witnesses know it. Whoever checks the log believes nothing of this: notes are signed, and a leaf that was
/// changed leads to a proof that no witness accepts.
#[async_trait]
pub trait WitnessedLog: Send + Sync {
    /// Leaves of the entries with positions greater than `after`, by position, at most `limit` (and
    /// [`crate::READ_MAX`]).
    async fn leaves(&self, after: Position, limit: u32) -> Result<Vec<Hash>, StoreError>;
    /// Keeps it as the newest of its witness, unless that is of a larger log; with `forever` the checkpoint also stays
    /// when newer ones come.
    async fn keep_cosigned(&self, head: &CosignedHead, forever: bool) -> Result<(), StoreError>;
    /// The newest of each witness, by the text of its key.
    async fn cosigned_heads(&self) -> Result<Vec<CosignedHead>, StoreError>;
    /// Those that stay, by size and witness, from behind that of this size and witness on; at most `limit` (and
    /// [`crate::READ_MAX`]).
    async fn cosigned(&self, after: (u64, &str), limit: u32) -> Result<Vec<Cosigned>, StoreError>;
}
