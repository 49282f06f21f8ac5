-- The one row where the log ends. `revision` grows with every batch, also with one that only keeps receipts: a writer
-- moves the head only from the revision that it has seen, and that is what makes writers safe from each other.
CREATE TABLE log_head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    revision BIGINT NOT NULL,
    position BIGINT NOT NULL,
    -- Size and peaks of the Merkle tree (svod_log::tree), and its root.
    frontier BYTEA NOT NULL,
    root BYTEA NOT NULL CHECK (octet_length(root) = 32),
    -- The notary's code of the frontier, and its signed checkpoint; empty before the first batch.
    mac BYTEA NOT NULL,
    checkpoint TEXT NOT NULL
) WITH (fillfactor = 10);

INSERT INTO log_head (id, revision, position, frontier, root, mac, checkpoint)
VALUES (1, 0, 0, '\x0000000000000000', '\xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', '', '');

-- A row is one entry of the log: the exact bytes, and what is needed to find them. Never jsonb, which keeps neither
-- the bytes nor half of the speed.
CREATE TABLE entries (
    position BIGINT PRIMARY KEY CHECK (position > 0),
    stream TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    leaf BYTEA NOT NULL CHECK (octet_length(leaf) = 32),
    -- The notary's code: an entry without it was not written by this ledger's programs.
    mac BYTEA NOT NULL CHECK (octet_length(mac) = 32),
    bytes BYTEA NOT NULL,
    CONSTRAINT entries_one_for_each_version UNIQUE (stream, version)
);

-- A row is a signed checkpoint of the tree, one for each run of entries: whoever kept one can compare it.
CREATE TABLE checkpoints (
    size BIGINT PRIMARY KEY CHECK (size > 0),
    note TEXT NOT NULL
);

-- A row is the answer to one message, kept for ever. The key is a hash of the source and behind it the id, as far as it fits:
-- the ids of one sender mostly grow, so their keys stand side by side, and a batch changes few pages of the index.
CREATE TABLE receipts (
    message_key BYTEA PRIMARY KEY CHECK (octet_length(message_key) BETWEEN 16 AND 80),
    source BYTEA NOT NULL,
    id BYTEA NOT NULL,
    digest BYTEA NOT NULL CHECK (octet_length(digest) = 32),
    body BYTEA NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % on % is refused', TG_OP, TG_TABLE_NAME;
END
$$;

CREATE TRIGGER entries_stay BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entries_all_stay BEFORE TRUNCATE ON entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER receipts_stay BEFORE UPDATE OR DELETE ON receipts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER receipts_all_stay BEFORE TRUNCATE ON receipts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoints_stay BEFORE UPDATE OR DELETE ON checkpoints FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoints_all_stay BEFORE TRUNCATE ON checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_head_stays BEFORE DELETE ON log_head FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_head_all_stays BEFORE TRUNCATE ON log_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_head_only_advances BEFORE UPDATE ON log_head FOR EACH ROW
    WHEN (NEW.revision <= OLD.revision OR NEW.position < OLD.position) EXECUTE FUNCTION refuse_change();

-- They hold for a session that poses as a replica, too.
ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_stay;
ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_all_stay;
ALTER TABLE receipts ENABLE ALWAYS TRIGGER receipts_stay;
ALTER TABLE receipts ENABLE ALWAYS TRIGGER receipts_all_stay;
ALTER TABLE checkpoints ENABLE ALWAYS TRIGGER checkpoints_stay;
ALTER TABLE checkpoints ENABLE ALWAYS TRIGGER checkpoints_all_stay;
ALTER TABLE log_head ENABLE ALWAYS TRIGGER log_head_stays;
ALTER TABLE log_head ENABLE ALWAYS TRIGGER log_head_all_stays;
ALTER TABLE log_head ENABLE ALWAYS TRIGGER log_head_only_advances;

-- The log as a person with a database console reads it. The program never does.
CREATE VIEW log_for_people AS
SELECT position, stream, version, convert_from(bytes, 'UTF8')::jsonb AS entry
FROM entries;
