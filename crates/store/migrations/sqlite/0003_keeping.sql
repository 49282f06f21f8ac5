-- Moments here are microseconds since 1970, UTC.

-- A row is the right of one process to run something alone until a moment.
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until_us INTEGER NOT NULL
) STRICT;

-- A row is one file, known by the hash of its bytes.
CREATE TABLE files (
    sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
    media_type TEXT NOT NULL,
    bytes BLOB NOT NULL
) STRICT;

-- A row is one who may speak to the ledger. Nobody is deleted, so that a name never means another one later.
CREATE TABLE principals (
    name TEXT NOT NULL PRIMARY KEY,
    -- A JSON array of text.
    roles TEXT NOT NULL,
    token_sha256 BLOB NOT NULL CHECK (length(token_sha256) = 32),
    added_at_us INTEGER NOT NULL,
    revoked_at_us INTEGER
) STRICT;

-- A row is a message that could not be read. What came from outside is kept as bytes: text in a database cannot hold
-- everything that somebody may send.
CREATE TABLE quarantine (
    number INTEGER PRIMARY KEY CHECK (number > 0),
    -- Hash of sender, headers and body: the same message is kept once.
    fingerprint BLOB NOT NULL UNIQUE CHECK (length(fingerprint) = 32),
    at_us INTEGER NOT NULL,
    cause BLOB NOT NULL,
    sender BLOB,
    headers BLOB NOT NULL,
    body BLOB NOT NULL,
    resent_at_us INTEGER
) STRICT;
