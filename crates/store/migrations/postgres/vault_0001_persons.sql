-- A row is a person: what opens the disclosures, wrapped by a key that is in no database. Who destroys it has erased the
-- person.
CREATE TABLE persons (
    person TEXT COLLATE "C" PRIMARY KEY,
    blind_index BYTEA NOT NULL UNIQUE CHECK (octet_length(blind_index) = 32),
    key_number BIGINT NOT NULL,
    wrapped_key BYTEA NOT NULL
);

-- A row is one claim about a person, encrypted; entries of the log name it by its digest.
CREATE TABLE disclosures (
    digest BYTEA PRIMARY KEY CHECK (octet_length(digest) = 32),
    person TEXT COLLATE "C" NOT NULL REFERENCES persons (person),
    sealed BYTEA NOT NULL
);

CREATE INDEX disclosures_of_a_person ON disclosures (person);
