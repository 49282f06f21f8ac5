//! The event log: its words, the form of an entry, the Merkle tree, the contract of every store, a log in memory, and
//! the promises that every store is held to. It keeps bytes; it does not know what they mean.

pub mod append;
pub mod canonical;
pub mod checkpoint;
pub mod contract;
pub mod entry;
mod ids;
pub mod memory;
pub mod note;
#[cfg(feature = "promises")]
pub mod promises;
pub mod proof;
pub mod staging;
pub mod tree;
mod vault;
pub mod verify;

pub use append::{
    ActorName, Answer, Append, Assumption, MessageKey, NewEvent, NewReceipt, Piece, Receipt, ReceiptBody,
};
pub use checkpoint::{Checkpoint, Mac, Notary};
pub use contract::{
    AuditHead, AuditLog, AuditRow, BATCH_APPENDS_MAX, CHECKPOINT_EVERY, EventLog, FileStore, Head,
    LeaseStore, Principal, PrincipalStore, QuarantineStore, Quarantined, READ_MAX, Store, StoreError,
    StoredFile, StreamHead, ViewCommit, ViewId, ViewStore,
};
pub use entry::{ENTRY_BYTES_MAX, Recorded, UnfitEntry};
pub use ids::{Hash, InvalidStreamId, Position, STREAM_NAME_BYTES_MAX, StreamId, Version};
pub use memory::MemoryStore;
pub use vault::{DisclosureRow, PersonRow, SealedDisclosure, VaultStore};
