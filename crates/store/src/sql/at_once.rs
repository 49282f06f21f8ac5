//! The statements of a batch that is written to SQLite at once: one row each, prepared once.

pub(crate) const REVISION: &str = "SELECT revision FROM log_head WHERE id = 1";
pub(crate) const BEGUN: &str = "SELECT 1 FROM entries WHERE stream = ? LIMIT 1";
pub(crate) const ANSWERED: &str = "SELECT 1 FROM receipts WHERE message_key = ? LIMIT 1";
pub(crate) const ENTRY: &str =
    "INSERT INTO entries (position, stream, version, leaf, mac, bytes) VALUES (?, ?, ?, ?, ?, ?)";
pub(crate) const CHECKPOINT: &str = "INSERT INTO checkpoints (size, note) VALUES (?, ?)";
pub(crate) const RECEIPT: &str =
    "INSERT INTO receipts (message_key, source, id, digest, body) VALUES (?, ?, ?, ?, ?)";
pub(crate) const HEAD: &str = "UPDATE log_head
    SET revision = revision + 1, position = ?, frontier = ?, root = ?, mac = ?, checkpoint = ?
    WHERE id = 1 AND revision = ?";
