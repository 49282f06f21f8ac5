-- Moments here are microseconds since 1970, UTC.

-- A row is the right of one process to run something alone until a moment.
CREATE TABLE leases (
    name TEXT COLLATE "C" PRIMARY KEY,
    holder TEXT COLLATE "C" NOT NULL,
    until_us BIGINT NOT NULL
);

-- A row is one file, known by the hash of its bytes.
CREATE TABLE files (
    sha256 BYTEA PRIMARY KEY CHECK (octet_length(sha256) = 32),
    media_type TEXT COLLATE "C" NOT NULL,
    bytes BYTEA NOT NULL
);

-- A row is one who may speak to the ledger. Nobody is deleted, so that a name never means another one later.
CREATE TABLE principals (
    name TEXT COLLATE "C" PRIMARY KEY,
    -- A JSON array of text.
    roles TEXT COLLATE "C" NOT NULL,
    token_sha256 BYTEA NOT NULL CHECK (octet_length(token_sha256) = 32),
    added_at_us BIGINT NOT NULL,
    revoked_at_us BIGINT
);

-- A row is a message that could not be read. What came from outside is kept as bytes: text in a database cannot hold
-- everything that somebody may send.
CREATE TABLE quarantine (
    number BIGINT PRIMARY KEY CHECK (number > 0),
    -- Hash of sender, headers and body: the same message is kept once.
    fingerprint BYTEA NOT NULL UNIQUE CHECK (octet_length(fingerprint) = 32),
    at_us BIGINT NOT NULL,
    cause BYTEA NOT NULL,
    sender BYTEA,
    headers BYTEA NOT NULL,
    body BYTEA NOT NULL,
    resent_at_us BIGINT
);
