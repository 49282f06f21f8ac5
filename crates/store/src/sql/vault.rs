//! The statements of the vault: persons, and what was disclosed of them.

use super::{Insertion, Keeping, Sql};

pub(crate) const PERSONS: Sql = Sql {
    postgres: "
        SELECT persons.person, persons.blind_index, persons.key_number, persons.wrapped_key
        FROM unnest($1) AS asked (blind_index)
        CROSS JOIN LATERAL (SELECT * FROM persons WHERE persons.blind_index = asked.blind_index OFFSET 0) AS persons",
    sqlite: "
        SELECT persons.person, persons.blind_index, persons.key_number, persons.wrapped_key
        FROM json_each($1) AS asked
        CROSS JOIN persons ON persons.blind_index = unhex(asked.value)",
};
pub(crate) const DISCLOSURES_OF: Sql = Sql {
    postgres: "
        SELECT disclosures.digest, disclosures.person, disclosures.sealed
        FROM unnest($1) AS asked (person)
        CROSS JOIN LATERAL (SELECT * FROM disclosures WHERE disclosures.person = asked.person OFFSET 0) AS disclosures",
    sqlite: "
        SELECT disclosures.digest, disclosures.person, disclosures.sealed
        FROM json_each($1) AS asked
        CROSS JOIN disclosures ON disclosures.person = asked.value",
};
pub(crate) const DISCLOSURES: Sql = Sql {
    postgres: "
        SELECT disclosures.digest, disclosures.person, disclosures.sealed, persons.key_number, persons.wrapped_key
        FROM unnest($1) AS asked (digest)
        CROSS JOIN LATERAL (SELECT * FROM disclosures WHERE disclosures.digest = asked.digest OFFSET 0) AS disclosures
        CROSS JOIN LATERAL (SELECT * FROM persons WHERE persons.person = disclosures.person OFFSET 0) AS persons",
    sqlite: "
        SELECT disclosures.digest, disclosures.person, disclosures.sealed, persons.key_number, persons.wrapped_key
        FROM json_each($1) AS asked
        CROSS JOIN disclosures ON disclosures.digest = unhex(asked.value)
        CROSS JOIN persons ON persons.person = disclosures.person",
};
pub(crate) const MISSING_PERSONS: Sql = Sql {
    postgres: "
        SELECT asked.person FROM unnest($1) AS asked (person)
        LEFT JOIN LATERAL (SELECT person FROM persons WHERE persons.person = asked.person OFFSET 0) AS known ON true
        WHERE known.person IS NULL",
    sqlite: "
        SELECT asked.value FROM json_each($1) AS asked
        WHERE NOT EXISTS (SELECT 1 FROM persons WHERE persons.person = asked.value)",
};
pub(crate) const KEEP_PERSONS: Keeping = Keeping {
    postgres: "
        INSERT INTO persons (person, blind_index, key_number, wrapped_key)
        SELECT row.person, row.blind_index, row.key_number, row.wrapped_key
        FROM unnest($1, $2, $3, $4) AS row (person, blind_index, key_number, wrapped_key)
        ON CONFLICT DO NOTHING",
    sqlite: Insertion {
        before: "INSERT INTO persons (person, blind_index, key_number, wrapped_key) VALUES",
        after: "ON CONFLICT DO NOTHING",
    },
};
pub(crate) const KEEP_DISCLOSURES: Keeping = Keeping {
    postgres: "
        INSERT INTO disclosures (digest, person, sealed)
        SELECT row.digest, row.person, row.sealed FROM unnest($1, $2, $3) AS row (digest, person, sealed)
        ON CONFLICT DO NOTHING",
    sqlite: Insertion {
        before: "INSERT INTO disclosures (digest, person, sealed) VALUES",
        after: "ON CONFLICT DO NOTHING",
    },
};
pub(crate) const DESTROY_DISCLOSURES: Sql = Sql::both("DELETE FROM disclosures WHERE person = $1");
pub(crate) const DESTROY_PERSON: Sql = Sql::both("DELETE FROM persons WHERE person = $1");
pub(crate) const PERSON_ROWS: Sql = Sql {
    postgres: "
        SELECT persons.person, persons.blind_index, persons.key_number, persons.wrapped_key
        FROM unnest($1) AS asked (person)
        CROSS JOIN LATERAL (SELECT * FROM persons WHERE persons.person = asked.person OFFSET 0) AS persons",
    sqlite: "
        SELECT persons.person, persons.blind_index, persons.key_number, persons.wrapped_key
        FROM json_each($1) AS asked
        CROSS JOIN persons ON persons.person = asked.value",
};
pub(crate) const PERSON_PAGE: Sql = Sql::both(
    "SELECT person, blind_index, key_number, wrapped_key FROM persons
    WHERE person > $1 ORDER BY person LIMIT $2",
);
pub(crate) const REWRAP: Sql =
    Sql::both("UPDATE persons SET key_number = $3, wrapped_key = $4 WHERE person = $1 AND key_number = $2");
