-- A row tells how far one subscription, or one set of documents, has followed the log.
CREATE TABLE progress (
    name TEXT COLLATE "C" PRIMARY KEY,
    position BIGINT NOT NULL CHECK (position >= 0),
    -- 1 when the name is that of a set of documents.
    has_documents BIGINT NOT NULL CHECK (has_documents IN (0, 1))
);

-- A row is one document of one set. All of it can be deleted; it comes back from the log.
CREATE TABLE documents (
    view TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (view, key)
);

-- A row tells which set of documents the readers of a view are shown.
CREATE TABLE live_views (
    name TEXT COLLATE "C" PRIMARY KEY,
    view TEXT COLLATE "C" NOT NULL
);
