-- A row is a person: what opens the disclosures, wrapped by a key that is in no database. Who destroys it has erased the
-- person.
CREATE TABLE persons (
    person TEXT PRIMARY KEY,
    blind_index BLOB NOT NULL UNIQUE CHECK (length(blind_index) = 32),
    key_number INTEGER NOT NULL,
    wrapped_key BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- A row is one claim about a person, encrypted; entries of the log name it by its digest.
CREATE TABLE disclosures (
    digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
    person TEXT NOT NULL REFERENCES persons (person),
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX disclosures_of_a_person ON disclosures (person);
