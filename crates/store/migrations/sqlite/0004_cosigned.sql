-- A row is the newest checkpoint that one witness, known by the text of its key, gave back cosigned.
CREATE TABLE cosigned_heads (
    witness TEXT NOT NULL PRIMARY KEY,
    size INTEGER NOT NULL CHECK (size >= 0),
    note TEXT NOT NULL,
    -- Size and peaks of the Merkle tree then: what the next proof for this witness is made from.
    frontier BLOB NOT NULL
) STRICT;

-- A row is a cosigned checkpoint that stays: whoever trusts the witness can compare it with the log.
CREATE TABLE cosigned (
    size INTEGER NOT NULL CHECK (size >= 0),
    witness TEXT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (size, witness)
) STRICT;

CREATE TRIGGER cosigned_is_not_updated BEFORE UPDATE ON cosigned
BEGIN SELECT RAISE(ABORT, 'the log is append-only: UPDATE on cosigned is refused'); END;
CREATE TRIGGER cosigned_is_not_deleted BEFORE DELETE ON cosigned
BEGIN SELECT RAISE(ABORT, 'the log is append-only: DELETE on cosigned is refused'); END;
