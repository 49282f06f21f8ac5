//! The statements of what is written to SQLite at once: one row each, prepared once.

/// Whether the head is the one that the batch was staged on, before anything is written.
pub(crate) const STANDS: &str =
    "SELECT 1 FROM log_head WHERE id = 1 AND revision = ? AND frontier = ? ORDER BY id LIMIT 1";
/// Whether a stream holds something.
pub(crate) const BEGUN: &str = "SELECT 1 FROM entries WHERE stream = ? ORDER BY version LIMIT 1";
/// Whether a message is answered.
pub(crate) const ANSWERED: &str = "SELECT 1 FROM receipts WHERE message_key = ? ORDER BY message_key LIMIT 1";
/// Keeps an entry.
pub(crate) const ENTRY: &str =
    "INSERT INTO entries (position, stream, version, leaf, mac, bytes) VALUES (?, ?, ?, ?, ?, ?)";
/// Keeps a checkpoint.
pub(crate) const CHECKPOINT: &str = "INSERT INTO checkpoints (size, note) VALUES (?, ?)";
/// Keeps an answer.
pub(crate) const RECEIPT: &str =
    "INSERT INTO receipts (message_key, source, id, digest, body) VALUES (?, ?, ?, ?, ?)";
/// Moves the head, if it is still the one that the batch was staged on.
pub(crate) const HEAD: &str = "UPDATE log_head
    SET revision = revision + 1, position = ?, frontier = ?, root = ?, mac = ?, checkpoint = ?
    WHERE id = 1 AND revision = ? AND frontier = ?";
/// Moves the progress of a view. A row that does not exist yet stands at 0, so it may only be made from there.
pub(crate) const MOVE_VIEW: &str = "INSERT INTO progress (name, position, has_documents)
    SELECT ?1, ?3, 1 WHERE ?2 = 0 OR EXISTS (SELECT 1 FROM progress WHERE name = ?1)
    ON CONFLICT (name) DO UPDATE SET position = excluded.position, has_documents = 1 WHERE progress.position = ?2";
/// Keeps a document.
pub(crate) const DOCUMENT: &str = "INSERT INTO documents (view, key, body) VALUES (?, ?, ?)
    ON CONFLICT (view, key) DO UPDATE SET body = excluded.body";
/// Deletes a document.
pub(crate) const DELETE_DOCUMENT: &str = "DELETE FROM documents WHERE view = ? AND key = ?";
