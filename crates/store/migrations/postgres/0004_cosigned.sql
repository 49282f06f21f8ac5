-- A row is the newest checkpoint that one witness, known by the text of its key, gave back cosigned.
CREATE TABLE cosigned_heads (
    witness TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL CHECK (size >= 0),
    note TEXT NOT NULL,
    -- Size and peaks of the Merkle tree then: what the next proof for this witness is made from.
    frontier BYTEA NOT NULL
);

-- A row is a cosigned checkpoint that stays: whoever trusts the witness can compare it with the log.
CREATE TABLE cosigned (
    size BIGINT NOT NULL CHECK (size >= 0),
    witness TEXT COLLATE "C" NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (size, witness)
);

CREATE TRIGGER cosigned_stays BEFORE UPDATE OR DELETE ON cosigned FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER cosigned_all_stays BEFORE TRUNCATE ON cosigned FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE cosigned ENABLE ALWAYS TRIGGER cosigned_stays;
ALTER TABLE cosigned ENABLE ALWAYS TRIGGER cosigned_all_stays;
