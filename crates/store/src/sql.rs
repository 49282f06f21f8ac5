//! The statements. `$1` works in both databases, and most statements do; where they do not, a pair stands here.
//!
//! A list is one argument ([`crate::value::Value::List`]): an array in PostgreSQL, which `unnest` turns into rows, and a
//! JSON array in SQLite, which `json_each` does. What is looked up by a list is joined with `CROSS JOIN` in SQLite: there
//! it means that the list comes first. Left the choice, SQLite goes through a whole view and reads the list once for each
//! of its documents. In PostgreSQL it is joined with `CROSS JOIN LATERAL` and a `LIMIT` (or `OFFSET 0`), which no planner pulls apart:
//! a plan that was made while a table was empty might go through the whole of it for ever after.

pub(crate) mod at_once;
pub(crate) mod guards;
mod vault;

pub(crate) use vault::{
    DESTROY_DISCLOSURES, DESTROY_PERSON, DISCLOSURES, DISCLOSURES_OF, KEEP_DISCLOSURES, KEEP_PERSONS,
    MISSING_PERSONS, PERSON_PAGE, PERSON_ROWS, PERSONS, REWRAP,
};

/// SQLite only: an insertion of rows, which are written out between the two parts as often as there are rows. Rows in
/// JSON would be parsed again for every cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Insertion {
    pub(crate) before: &'static str,
    pub(crate) after: &'static str,
}

/// An insertion of many rows in both dialects: PostgreSQL takes columns as lists.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keeping {
    pub(crate) postgres: &'static str,
    pub(crate) sqlite: Insertion,
}

/// One statement in both dialects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sql {
    pub(crate) postgres: &'static str,
    pub(crate) sqlite: &'static str,
}

impl Sql {
    const fn both(text: &'static str) -> Self {
        Self { postgres: text, sqlite: text }
    }
}

impl Insertion {
    /// The statement for so many rows of so many columns.
    pub(crate) fn statement(self, columns: usize, rows: usize) -> String {
        let row = format!("({})", vec!["?"; columns].join(", "));
        format!("{} {} {}", self.before, vec![row.as_str(); rows].join(", "), self.after)
    }
}

// Transactions.

/// Begins a writing transaction. In SQLite this takes the writer's turn at once: a transaction that reads first and asks
/// for it later would fail instead of waiting.
pub(crate) const BEGIN: Sql = Sql { postgres: "BEGIN", sqlite: "BEGIN IMMEDIATE" };
pub(crate) const COMMIT: Sql = Sql::both("COMMIT");
pub(crate) const ROLL_BACK: Sql = Sql::both("ROLLBACK");

// The log.

/// What a batch must know, in one statement and so at one moment: the head, the tips of streams, earlier answers.
/// A row is (0, revision, –, mac, –, frontier), (1, version, stream, –, leaf, –) or (2, –, –, key, digest, body).
pub(crate) const BASE: Sql = Sql {
    postgres: "
        SELECT CAST(0 AS BIGINT) AS kind, revision AS number, CAST(NULL AS TEXT) AS stream,
            mac AS key, CAST(NULL AS BYTEA) AS hash, frontier AS bytes
        FROM log_head
        UNION ALL
        SELECT 1, tip.version, asked.stream, NULL, tip.leaf, NULL
        FROM unnest($1) AS asked (stream)
        CROSS JOIN LATERAL (
            SELECT version, leaf FROM entries WHERE entries.stream = asked.stream ORDER BY version DESC LIMIT 1
        ) AS tip
        UNION ALL
        SELECT 2, 0, NULL, receipts.message_key, receipts.digest, receipts.body
        FROM unnest($2) AS asked (message_key)
        CROSS JOIN LATERAL (SELECT * FROM receipts WHERE receipts.message_key = asked.message_key LIMIT 1) AS receipts",
    sqlite: "
        SELECT 0 AS kind, revision AS number, NULL AS stream, mac AS key, NULL AS hash, frontier AS bytes
        FROM log_head
        UNION ALL
        SELECT 1, tip.version, tip.stream, NULL, tip.leaf, NULL
        FROM json_each($1) AS asked
        CROSS JOIN entries AS tip ON tip.stream = asked.value
            AND tip.version = (SELECT MAX(version) FROM entries WHERE stream = asked.value)
        UNION ALL
        SELECT 2, 0, NULL, receipts.message_key, receipts.digest, receipts.body
        FROM json_each($2) AS asked
        CROSS JOIN receipts ON receipts.message_key = unhex(asked.value)",
};

/// Begins a transaction that has the only turn to write to the log. SQLite has no other kind.
pub(crate) const BEGIN_IN_TURN: Sql = Sql {
    postgres: "BEGIN; SELECT revision FROM log_head WHERE id = 1 FOR UPDATE",
    sqlite: "BEGIN IMMEDIATE",
};

/// PostgreSQL only: a whole batch in one statement. Moves the head from the revision that the batch was staged on, and
/// only if it stood there keeps the entries and the receipts. What was only guessed is asked beside: the streams of `$20` hold
/// nothing, and no message is answered yet; else nothing is moved either. `$21` is the frontier that it was staged on.
pub(crate) const WRITE_WHOLE: Sql = Sql::both(
    "WITH moved AS (
        UPDATE log_head
        SET revision = revision + 1, position = $2, frontier = $3, root = $4, mac = $5, checkpoint = $6
        WHERE id = 1 AND revision = $1 AND frontier = $21
            AND NOT EXISTS (
                SELECT 1 FROM unnest($20) AS guessed (stream)
                CROSS JOIN LATERAL (SELECT 1 FROM entries WHERE entries.stream = guessed.stream LIMIT 1) AS begun
            ) AND NOT EXISTS (
                SELECT 1 FROM unnest($15) AS asked (message_key)
                CROSS JOIN LATERAL (SELECT 1 FROM receipts WHERE receipts.message_key = asked.message_key LIMIT 1) AS found
            )
        RETURNING revision
    ), kept_entries AS (
        INSERT INTO entries (position, stream, version, leaf, mac, bytes)
        SELECT entry.position, entry.stream, entry.version, entry.leaf, entry.mac, entry.bytes
        FROM moved
        CROSS JOIN unnest($7, $8, $9, $10, $11, $12) AS entry (position, stream, version, leaf, mac, bytes)
    ), kept_checkpoints AS (
        INSERT INTO checkpoints (size, note)
        SELECT checkpoint.size, checkpoint.note
        FROM moved
        CROSS JOIN unnest($13, $14) AS checkpoint (size, note)
    ), kept_receipts AS (
        INSERT INTO receipts (message_key, source, id, digest, body)
        SELECT receipt.message_key, receipt.source, receipt.id, receipt.digest, receipt.body
        FROM moved
        CROSS JOIN unnest($15, $16, $17, $18, $19) AS receipt (message_key, source, id, digest, body)
    )
    SELECT revision FROM moved",
);

/// SQLite only: the parts of a batch, written in the writer's turn.
pub(crate) const KEEP_ENTRIES: Insertion = Insertion {
    before: "INSERT INTO entries (position, stream, version, leaf, mac, bytes) VALUES",
    after: "",
};
pub(crate) const KEEP_CHECKPOINTS: Insertion =
    Insertion { before: "INSERT INTO checkpoints (size, note) VALUES", after: "" };
pub(crate) const KEEP_RECEIPTS: Insertion =
    Insertion { before: "INSERT INTO receipts (message_key, source, id, digest, body) VALUES", after: "" };
pub(crate) const MOVE_HEAD: Sql = Sql::both(
    "UPDATE log_head
    SET revision = revision + 1, position = $2, frontier = $3, root = $4, mac = $5, checkpoint = $6
    WHERE id = 1 AND revision = $1 AND frontier = $7",
);

/// PostgreSQL only: copies a page of the log out (see [`crate::pages`]). It takes no arguments, so the numbers stand in it.
pub(crate) fn copy_page(after: i64, limit: u32) -> String {
    format!(
        "COPY (
            SELECT position, stream, version, leaf, mac, bytes FROM entries
            WHERE position > {after} ORDER BY position LIMIT {limit}
        ) TO STDOUT (FORMAT binary)"
    )
}
pub(crate) const READ_AT: Sql = Sql {
    postgres: "
        SELECT position, stream, version, leaf, bytes FROM entries
        WHERE position = ANY($1) ORDER BY position LIMIT $2",
    sqlite: "
        SELECT position, stream, version, leaf, bytes FROM entries
        WHERE position IN (SELECT value FROM json_each($1)) ORDER BY position LIMIT $2",
};
pub(crate) const READ_STREAM: Sql = Sql::both(
    "SELECT position, stream, version, leaf, bytes FROM entries
    WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3",
);
pub(crate) const STREAMS: Sql = Sql::both(
    "SELECT stream, MAX(version), MAX(position) FROM entries
    WHERE stream >= $1 AND stream < $2
    GROUP BY stream ORDER BY stream LIMIT $3",
);
pub(crate) const AUDIT_ROWS: Sql = Sql::both(
    "SELECT position, stream, version, leaf, mac, bytes FROM entries
    WHERE position > $1 ORDER BY position LIMIT $2",
);
pub(crate) const AUDIT_TIPS: Sql = Sql {
    postgres: "
        SELECT tip.position, tip.stream, tip.version, tip.leaf, tip.mac, tip.bytes
        FROM unnest($1) AS asked (stream)
        CROSS JOIN LATERAL (
            SELECT position, stream, version, leaf, mac, bytes FROM entries
            WHERE entries.stream = asked.stream AND position <= $2 ORDER BY version DESC LIMIT 1
        ) AS tip
        ORDER BY tip.position LIMIT $3",
    sqlite: "
        SELECT tip.position, tip.stream, tip.version, tip.leaf, tip.mac, tip.bytes
        FROM json_each($1) AS asked
        CROSS JOIN entries AS tip ON tip.stream = asked.value AND tip.version = (
            SELECT version FROM entries WHERE stream = asked.value AND position <= $2
            ORDER BY version DESC LIMIT 1
        )
        ORDER BY tip.position LIMIT $3",
};
pub(crate) const AUDIT_HEAD: Sql =
    Sql::both("SELECT position, frontier, root, mac, checkpoint FROM log_head ORDER BY id LIMIT 1");
pub(crate) const CHECKPOINTS: Sql =
    Sql::both("SELECT note FROM checkpoints WHERE size > $1 ORDER BY size LIMIT $2");
pub(crate) const STREAM_TIPS: Sql = Sql::both(
    "SELECT tips.stream, tips.version, entries.leaf
    FROM (
        SELECT stream, MAX(version) AS version FROM entries
        WHERE stream > $1 AND position <= $2
        GROUP BY stream ORDER BY stream LIMIT $3
    ) AS tips
    JOIN entries ON entries.stream = tips.stream AND entries.version = tips.version
    ORDER BY tips.stream LIMIT $3",
);
pub(crate) const ENTRY: Sql =
    Sql::both("SELECT bytes FROM entries WHERE position = $1 ORDER BY position LIMIT 1");
pub(crate) const LEAVES: Sql =
    Sql::both("SELECT leaf FROM entries WHERE position > $1 ORDER BY position LIMIT $2");
pub(crate) const KEEP_COSIGNED_HEAD: Sql = Sql::both(
    "INSERT INTO cosigned_heads (witness, size, note, frontier) VALUES ($1, $2, $3, $4)
    ON CONFLICT (witness) DO UPDATE SET size = excluded.size, note = excluded.note, frontier = excluded.frontier
    WHERE cosigned_heads.size <= excluded.size",
);
pub(crate) const KEEP_COSIGNED: Sql = Sql::both(
    "INSERT INTO cosigned (size, witness, note) VALUES ($1, $2, $3) ON CONFLICT (size, witness) DO NOTHING",
);
pub(crate) const COSIGNED_HEADS: Sql =
    Sql::both("SELECT size, witness, note, frontier FROM cosigned_heads ORDER BY witness LIMIT $1");
pub(crate) const COSIGNED: Sql = Sql::both(
    "SELECT size, witness, note FROM cosigned
    WHERE (size, witness) > ($1, $2) ORDER BY size, witness LIMIT $3",
);
pub(crate) const HEAD: Sql = Sql::both("SELECT position, root FROM log_head ORDER BY id LIMIT 1");
pub(crate) const RECEIPTS: Sql = Sql {
    postgres: "
        SELECT receipts.message_key, receipts.digest, receipts.body
        FROM unnest($1) AS asked (message_key)
        CROSS JOIN LATERAL (SELECT * FROM receipts WHERE receipts.message_key = asked.message_key LIMIT 1) AS receipts
        ORDER BY receipts.message_key LIMIT $2",
    sqlite: "
        SELECT receipts.message_key, receipts.digest, receipts.body
        FROM json_each($1) AS asked
        CROSS JOIN receipts ON receipts.message_key = unhex(asked.value)
        ORDER BY receipts.message_key LIMIT $2",
};

// Views.

pub(crate) const DOCUMENT: Sql =
    Sql::both("SELECT key, body FROM documents WHERE view = $1 AND key = $2 ORDER BY key LIMIT 1");
pub(crate) const DOCUMENTS: Sql = Sql {
    postgres: "
        SELECT documents.key, documents.body
        FROM unnest($3) AS asked (key)
        CROSS JOIN LATERAL (
            SELECT * FROM documents WHERE documents.view = $1 AND documents.key = asked.key LIMIT 1
        ) AS documents
        ORDER BY documents.key LIMIT $2",
    sqlite: "
        SELECT documents.key, documents.body
        FROM json_each($3) AS asked
        CROSS JOIN documents ON documents.view = $1 AND documents.key = asked.value
        ORDER BY documents.key LIMIT $2",
};
pub(crate) const DOCUMENTS_UNDER: Sql = Sql::both(
    "SELECT key, body FROM documents WHERE view = $1 AND key >= $2 AND key < $3 ORDER BY key LIMIT $4",
);
/// PostgreSQL only: what several views changed, in one statement. Rows of the first three lists are views with the progress that
/// they leave and reach; documents are kept and deleted of those whose progress stood there, whose names are the answer.
/// It is not waited for the disk.
pub(crate) const COMMIT_VIEWS: Sql = Sql::both(
    "WITH moving AS (
        SELECT step.name, step.was, step.becomes FROM unnest($1, $2, $3) AS step (name, was, becomes)
    ), moved AS (
        UPDATE progress SET position = moving.becomes, has_documents = 1
        FROM moving WHERE progress.name = moving.name AND progress.position = moving.was
        RETURNING progress.name
    ), begun AS (
        INSERT INTO progress (name, position, has_documents)
        SELECT name, becomes, 1 FROM moving
        WHERE was = 0 AND NOT EXISTS (SELECT 1 FROM progress WHERE progress.name = moving.name)
        ON CONFLICT (name) DO NOTHING
        RETURNING name
    ), committed AS (
        SELECT name FROM moved UNION ALL SELECT name FROM begun
    ), kept AS (
        INSERT INTO documents (view, key, body)
        SELECT document.view, document.key, document.body
        FROM unnest($4, $5, $6) AS document (view, key, body) JOIN committed ON committed.name = document.view
        ON CONFLICT (view, key) DO UPDATE SET body = excluded.body
    ), deleted AS (
        DELETE FROM documents WHERE ctid = ANY (ARRAY(
            SELECT found.ctid FROM unnest($7, $8) AS gone (view, key) JOIN committed ON committed.name = gone.view
            CROSS JOIN LATERAL (
                SELECT ctid FROM documents WHERE documents.view = gone.view AND documents.key = gone.key LIMIT 1
            ) AS found
        ))
    )
    SELECT name, set_config('synchronous_commit', 'off', TRUE) FROM committed",
);
pub(crate) const MOVE_PROGRESS: Sql = Sql::both(
    "INSERT INTO progress (name, position, has_documents)
    SELECT $1, $3, 0 WHERE $2 = 0 OR EXISTS (SELECT 1 FROM progress WHERE name = $1)
    ON CONFLICT (name) DO UPDATE SET position = excluded.position WHERE progress.position = $2",
);
pub(crate) const PROGRESS: Sql =
    Sql::both("SELECT position FROM progress WHERE name = $1 ORDER BY name LIMIT 1");
pub(crate) const LIVE_VIEW: Sql =
    Sql::both("SELECT view FROM live_views WHERE name = $1 ORDER BY name LIMIT 1");
pub(crate) const LIVE_VIEWS: Sql = Sql::both(
    "SELECT live_views.name, live_views.view, COALESCE(progress.position, 0)
    FROM live_views LEFT JOIN progress ON progress.name = live_views.view
    ORDER BY live_views.name LIMIT $1",
);
pub(crate) const PROMOTE_VIEW: Sql = Sql::both(
    "INSERT INTO live_views (name, view) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET view = excluded.view",
);
pub(crate) const VIEW_IDS: Sql =
    Sql::both("SELECT name FROM progress WHERE has_documents = 1 ORDER BY name LIMIT $1");
pub(crate) const DROP_DOCUMENTS: Sql = Sql::both("DELETE FROM documents WHERE view = $1");
pub(crate) const DROP_PROGRESS: Sql = Sql::both("DELETE FROM progress WHERE name = $1");

// Leases, files, principals, quarantine.

pub(crate) const TAKE_LEASE: Sql = Sql::both(
    "INSERT INTO leases (name, holder, until_us) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_us = excluded.until_us
    WHERE leases.holder = excluded.holder OR leases.until_us <= $4",
);
pub(crate) const RELEASE_LEASE: Sql = Sql::both("DELETE FROM leases WHERE name = $1 AND holder = $2");
pub(crate) const KEEP_FILE: Sql = Sql::both(
    "INSERT INTO files (sha256, media_type, bytes) VALUES ($1, $2, $3) ON CONFLICT (sha256) DO NOTHING",
);
pub(crate) const FILE: Sql =
    Sql::both("SELECT media_type, bytes FROM files WHERE sha256 = $1 ORDER BY sha256 LIMIT 1");
pub(crate) const FILES: Sql =
    Sql::both("SELECT sha256 FROM files WHERE sha256 > $1 ORDER BY sha256 LIMIT $2");
pub(crate) const DROP_FILE: Sql = Sql::both("DELETE FROM files WHERE sha256 = $1");
/// SQLite only: what is deleted from now on by this connection is overwritten, or is left.
pub(crate) const OVERWRITE_DELETED: Sql = Sql::both("PRAGMA secure_delete = ON");
pub(crate) const LEAVE_DELETED: Sql = Sql::both("PRAGMA secure_delete = OFF");
pub(crate) const ADD_PRINCIPAL: Sql = Sql::both(
    "INSERT INTO principals (name, roles, token_sha256, added_at_us, revoked_at_us) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (name) DO UPDATE SET roles = excluded.roles, token_sha256 = excluded.token_sha256,
        added_at_us = excluded.added_at_us, revoked_at_us = excluded.revoked_at_us
    WHERE principals.revoked_at_us IS NOT NULL",
);
pub(crate) const PRINCIPALS: Sql = Sql::both(
    "SELECT name, roles, token_sha256, added_at_us, revoked_at_us FROM principals
    WHERE name > $1 ORDER BY name LIMIT $2",
);
pub(crate) const REVOKE_PRINCIPAL: Sql =
    Sql::both("UPDATE principals SET revoked_at_us = $2 WHERE name = $1 AND revoked_at_us IS NULL");
/// Any conflict, of the fingerprint or of the number, keeps nothing; the caller looks which it was.
pub(crate) const QUARANTINE: Sql = Sql::both(
    "INSERT INTO quarantine (number, fingerprint, at_us, cause, sender, headers, body, resent_at_us)
    SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7 FROM quarantine WHERE TRUE
    ON CONFLICT DO NOTHING",
);
pub(crate) const QUARANTINE_NUMBER: Sql =
    Sql::both("SELECT number FROM quarantine WHERE fingerprint = $1 ORDER BY number LIMIT 1");
pub(crate) const QUARANTINED: Sql = Sql::both(
    "SELECT number, at_us, cause, sender, headers, body, resent_at_us FROM quarantine
    WHERE number > $1 ORDER BY number LIMIT $2",
);
pub(crate) const MARK_RESENT: Sql = Sql::both("UPDATE quarantine SET resent_at_us = $2 WHERE number = $1");

/// SQLite only: moves the write-ahead log into the file and empties it.
pub(crate) const EMPTY_WAL: Sql = Sql::both("PRAGMA wal_checkpoint(TRUNCATE)");

// The schema.

/// The statements about the migrations of one schema, whose table is named by the macro.
macro_rules! migration_statements {
    ($name:ident, $table:literal) => {
        pub(crate) const $name: MigrationStatements = MigrationStatements {
            make_table: Sql {
                postgres: concat!(
                    "CREATE TABLE IF NOT EXISTS ",
                    $table,
                    " (number BIGINT PRIMARY KEY, name TEXT COLLATE \"C\" NOT NULL, sha256 BYTEA NOT NULL)"
                ),
                sqlite: concat!(
                    "CREATE TABLE IF NOT EXISTS ",
                    $table,
                    " (number INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 BLOB NOT NULL) STRICT"
                ),
            },
            has_table: Sql {
                // 0: where this login may look, nothing could be seen.
                postgres: concat!(
                    "SELECT CASE WHEN current_schema() IS NULL THEN 0 ELSE 1 END::BIGINT WHERE to_regclass('",
                    $table,
                    "') IS NOT NULL OR current_schema() IS NULL ORDER BY 1 LIMIT 1"
                ),
                sqlite: concat!(
                    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '",
                    $table,
                    "' ORDER BY name LIMIT 1"
                ),
            },
            list: Sql::both(concat!(
                "SELECT number, name, sha256 FROM ",
                $table,
                " ORDER BY number LIMIT $1"
            )),
            note: Sql::both(concat!("INSERT INTO ", $table, " (number, name, sha256) VALUES ($1, $2, $3)")),
        };
    };
}

/// What is asked about migrations.
pub(crate) struct MigrationStatements {
    pub(crate) make_table: Sql,
    pub(crate) has_table: Sql,
    pub(crate) list: Sql,
    pub(crate) note: Sql,
}

migration_statements!(LEDGER_MIGRATIONS, "migrations");
migration_statements!(VAULT_MIGRATIONS, "vault_migrations");

/// Two programs that migrate at once do so one after the other. The number is arbitrary.
pub(crate) const BEGIN_MIGRATING: Sql = Sql {
    postgres: "BEGIN; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(7338540117000000001)",
    sqlite: "BEGIN IMMEDIATE",
};

#[cfg(test)]
#[path = "sql/plans.rs"]
mod plans;
