-- A row tells how far one subscription, or one set of documents, has followed the log.
CREATE TABLE progress (
    name TEXT NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL CHECK (position >= 0),
    -- 1 when the name is that of a set of documents.
    has_documents INTEGER NOT NULL CHECK (has_documents IN (0, 1))
) STRICT;

-- A row is one document of one set. All of it can be deleted; it comes back from the log.
CREATE TABLE documents (
    view TEXT NOT NULL,
    key TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (view, key)
) STRICT;

-- A row tells which set of documents the readers of a view are shown.
CREATE TABLE live_views (
    name TEXT NOT NULL PRIMARY KEY,
    view TEXT NOT NULL
) STRICT;
