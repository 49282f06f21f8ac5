//! The event log: its words, the form of an entry, the Merkle tree, the contract of every store, a log in memory, and
//! the promises that every store is held to. It keeps bytes; it does not know what they mean.
//!
//! Without the feature `store` only what checks a log by its bytes is here.

#[cfg(feature = "store")]
pub mod append;
pub mod canonical;
pub mod checkpoint;
#[cfg(feature = "store")]
pub mod contract;
pub mod cosignature;
#[cfg(feature = "store")]
pub mod entry;
pub mod gathered;
#[cfg(feature = "store")]
mod glance;
pub mod growth;
mod ids;
#[cfg(feature = "meddling")]
pub mod meddling;
#[cfg(feature = "store")]
pub mod memory;
pub mod named_key;
#[cfg(feature = "store")]
mod notary;
pub mod note;
pub mod outline;
pub mod policy;
#[cfg(feature = "promises")]
pub mod promises;
pub mod proof;
#[cfg(feature = "store")]
pub mod staging;
pub mod tiles;
pub mod tlog_proof;
pub mod tree;
mod utf8;
#[cfg(feature = "store")]
mod vault;
pub mod verify;
#[cfg(feature = "store")]
mod witnessed;

#[cfg(feature = "store")]
pub use append::{
    ActorName, Answer, Append, Assumption, MessageKey, NewEvent, NewReceipt, Piece, Receipt, ReceiptBody,
};
pub use checkpoint::Checkpoint;
#[cfg(feature = "store")]
pub use contract::{
    AuditHead, AuditLog, AuditRow, BATCH_APPENDS_MAX, CHECKPOINT_EVERY, Denial, EventLog, FileStore, Guards,
    Head, LeaseStore, LiveView, Look, Principal, PrincipalStore, QuarantineStore, Quarantined, READ_MAX,
    RowRef, Store, StoreError, StoredFile, StreamHead, StreamTip, ViewCommit, ViewId, ViewStore,
    made_of_rows,
};
#[cfg(feature = "store")]
pub use entry::{Recorded, UnfitEntry};
#[cfg(feature = "store")]
pub use glance::{Glance, OTHER_ROW};
pub use ids::{Hash, InvalidStreamId, Position, STREAM_NAME_BYTES_MAX, StreamId, Version};
#[cfg(feature = "store")]
pub use memory::MemoryStore;
#[cfg(feature = "store")]
pub use notary::{Mac, Notary};
pub use outline::ENTRY_BYTES_MAX;
#[cfg(feature = "store")]
pub use vault::{DisclosureRow, PersonRow, SealedDisclosure, VaultStore};
#[cfg(feature = "store")]
pub use witnessed::{Cosigned, CosignedHead, WitnessedLog};
