-- The one row where the log ends. `revision` grows with every batch, also with one that only keeps receipts: a writer
-- moves the head only from the revision that it has seen, and that is what makes writers safe from each other.
CREATE TABLE log_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,
    position INTEGER NOT NULL,
    -- Size and peaks of the Merkle tree (svod_log::tree), and its root.
    frontier BLOB NOT NULL,
    root BLOB NOT NULL CHECK (length(root) = 32),
    -- The notary's code of the frontier, and its signed checkpoint; empty before the first batch.
    mac BLOB NOT NULL,
    checkpoint TEXT NOT NULL
) STRICT;

INSERT INTO log_head (id, revision, position, frontier, root, mac, checkpoint)
VALUES (1, 0, 0, x'0000000000000000', x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', x'', '');

-- A row is one entry of the log: the exact bytes, and what is needed to find them.
CREATE TABLE entries (
    position INTEGER PRIMARY KEY CHECK (position > 0),
    stream TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    leaf BLOB NOT NULL CHECK (length(leaf) = 32),
    -- The notary's code: an entry without it was not written by this ledger's programs.
    mac BLOB NOT NULL CHECK (length(mac) = 32),
    bytes BLOB NOT NULL,
    CONSTRAINT entries_one_for_each_version UNIQUE (stream, version)
) STRICT;

-- A row is a signed checkpoint of the tree, one for each run of entries: whoever kept one can compare it.
CREATE TABLE checkpoints (
    size INTEGER PRIMARY KEY CHECK (size > 0),
    note TEXT NOT NULL
) STRICT;

-- A row is the answer to one message, kept for ever. The key is a hash of the source and behind it the id, as far as it fits:
-- the ids of one sender mostly grow, so their keys stand side by side, and a batch changes few pages of the index.
CREATE TABLE receipts (
    message_key BLOB NOT NULL PRIMARY KEY CHECK (length(message_key) BETWEEN 16 AND 80),
    source BLOB NOT NULL,
    id BLOB NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    body BLOB NOT NULL
) STRICT;

CREATE TRIGGER entries_are_not_updated BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'the log is append-only: UPDATE on entries is refused'); END;
CREATE TRIGGER entries_are_not_deleted BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'the log is append-only: DELETE on entries is refused'); END;
CREATE TRIGGER receipts_are_not_updated BEFORE UPDATE ON receipts
BEGIN SELECT RAISE(ABORT, 'the log is append-only: UPDATE on receipts is refused'); END;
CREATE TRIGGER receipts_are_not_deleted BEFORE DELETE ON receipts
BEGIN SELECT RAISE(ABORT, 'the log is append-only: DELETE on receipts is refused'); END;
CREATE TRIGGER checkpoints_are_not_updated BEFORE UPDATE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'the log is append-only: UPDATE on checkpoints is refused'); END;
CREATE TRIGGER checkpoints_are_not_deleted BEFORE DELETE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'the log is append-only: DELETE on checkpoints is refused'); END;
CREATE TRIGGER log_head_is_not_deleted BEFORE DELETE ON log_head
BEGIN SELECT RAISE(ABORT, 'the log is append-only: DELETE on log_head is refused'); END;
CREATE TRIGGER log_head_only_advances BEFORE UPDATE ON log_head
WHEN NEW.revision <= OLD.revision OR NEW.position < OLD.position
BEGIN SELECT RAISE(ABORT, 'the log is append-only: UPDATE on log_head is refused'); END;
-- REPLACE deletes without asking the triggers above, so what stands already is not inserted again either.
CREATE TRIGGER entries_are_not_replaced BEFORE INSERT ON entries
WHEN NEW.position <= (SELECT position FROM log_head)
BEGIN SELECT RAISE(ABORT, 'the log is append-only: INSERT into entries behind the head is refused'); END;
CREATE TRIGGER receipts_are_not_replaced BEFORE INSERT ON receipts
WHEN EXISTS (SELECT 1 FROM receipts WHERE message_key = NEW.message_key)
BEGIN SELECT RAISE(ABORT, 'the log is append-only: a second INSERT into receipts is refused'); END;
CREATE TRIGGER checkpoints_are_not_replaced BEFORE INSERT ON checkpoints
WHEN NEW.size <= (SELECT MAX(size) FROM checkpoints)
BEGIN SELECT RAISE(ABORT, 'the log is append-only: INSERT into checkpoints behind the last is refused'); END;
CREATE TRIGGER log_head_is_not_replaced BEFORE INSERT ON log_head
BEGIN SELECT RAISE(ABORT, 'the log is append-only: a second INSERT into log_head is refused'); END;

-- The log as a person with a database console reads it. The program never does.
CREATE VIEW log_for_people AS
SELECT position, stream, version, CAST(bytes AS TEXT) AS entry
FROM entries;
