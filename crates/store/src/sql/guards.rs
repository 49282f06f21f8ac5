//! What the databases say of their schema, their triggers and the rights to their tables.

use super::Sql;

pub(crate) const SCHEMA_LINES: Sql = Sql {
    postgres: "
        SELECT line FROM (
            SELECT concat_ws(' ', 'relation', relkind, relname, pg_get_userbyid(relowner), relrowsecurity, relacl) AS line
            FROM pg_class
            WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
            UNION ALL
            SELECT concat_ws(' ', 'column', relname, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attacl)
            FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            WHERE relnamespace = current_schema()::regnamespace AND attnum > 0 AND relkind IN ('r', 'p', 'v', 'm', 'f')
            UNION ALL
            SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid))
            FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
            WHERE relnamespace = current_schema()::regnamespace
            UNION ALL
            SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
            FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
            UNION ALL
            SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(pg_trigger.oid), tgenabled)
            FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
            WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal
            UNION ALL
            SELECT concat_ws(' ', 'rule', pg_get_ruledef(pg_rewrite.oid), ev_enabled)
            FROM pg_rewrite JOIN pg_class ON pg_class.oid = ev_class
            WHERE relnamespace = current_schema()::regnamespace
            UNION ALL
            SELECT concat_ws(' ', 'function', pg_get_functiondef(oid), pg_get_userbyid(proowner), proacl)
            FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND prokind IN ('f', 'p')
        ) AS lines
        ORDER BY line COLLATE \"C\" LIMIT $1",
    sqlite: "
        SELECT concat_ws(' ', type, name, tbl_name, sql) FROM sqlite_schema
        WHERE name NOT LIKE 'sqlite_stat%' ORDER BY 1 LIMIT $1",
};
pub(crate) const TRIGGERS: Sql = Sql {
    postgres: "
        SELECT tgname::text,
            pg_get_triggerdef(pg_trigger.oid, TRUE) || CASE tgenabled WHEN 'A' THEN ' ENABLED ALWAYS' ELSE '' END
        FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal
        ORDER BY tgname LIMIT $1",
    sqlite: "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name LIMIT $1",
};
pub(crate) const FUNCTIONS: Sql = Sql::both(
    "SELECT proname::text, prosrc FROM pg_proc
    WHERE pronamespace = current_schema()::regnamespace ORDER BY proname LIMIT $1",
);
/// Rights to a table, and to a single column of one that nobody may change.
pub(crate) const RIGHTS_TO_CHANGE: Sql = Sql::both(
    "SELECT CASE grantee WHEN 0 THEN 'everybody' ELSE pg_get_userbyid(grantee)::text END, privilege_type, what
    FROM (
        SELECT (aclexplode(relacl)).*, relname::text AS relation, relname::text AS what, relowner
        FROM pg_class WHERE relnamespace = current_schema()::regnamespace
        UNION ALL
        SELECT (aclexplode(attacl)).*, relname::text, concat(relname, ' (', attname, ')'), relowner
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = current_schema()::regnamespace AND attacl IS NOT NULL
    ) AS rights
    WHERE grantee <> relowner
        AND (relation IN ('entries', 'receipts', 'checkpoints', 'cosigned')
                AND privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER')
            OR relation = 'log_head' AND privilege_type IN ('DELETE', 'TRUNCATE', 'TRIGGER'))
    ORDER BY 1, 2, 3 LIMIT $1",
);
