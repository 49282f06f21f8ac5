//! Each thing of a list is found by an index, on both databases, also while the tables are empty. And a page begins where the
//! last one ended: what stands before it is not gone through again.

use sqlx::migrate::MigrateDatabase as _;
use sqlx::{AssertSqlSafe, PgConnection, Postgres, Row as _, SqlitePool};

use super::{
    AUDIT_ROWS, AUDIT_TIPS, BASE, CHECKPOINTS, COMMIT_VIEWS, COSIGNED, DISCLOSURES, DISCLOSURES_OF,
    DOCUMENTS, DOCUMENTS_UNDER, LEAVES, MISSING_PERSONS, PERSON_ROWS, PERSONS, QUARANTINED, READ_AT,
    READ_STREAM, RECEIPTS, Sql, WRITE_WHOLE,
};
use crate::OpenOptions;
use crate::database::Database;
use crate::postgres::Taken;
use crate::{migrations, open};

/// Statements that read page by page, and the types of their arguments.
const PAGES: [(Sql, &str); 7] = [
    (READ_STREAM, "text, bigint, bigint"),
    (AUDIT_ROWS, "bigint, bigint"),
    (LEAVES, "bigint, bigint"),
    (CHECKPOINTS, "bigint, bigint"),
    (COSIGNED, "bigint, text, bigint"),
    (DOCUMENTS_UNDER, "text, text, text, bigint"),
    (QUARANTINED, "bigint, bigint"),
];

/// An empty ledger in a file; it goes with the folder.
async fn sqlite() -> (tempfile::TempDir, SqlitePool) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("svod.db").display());
    let database = open::database(&url, OpenOptions::default().connections_max).unwrap();
    migrations::LEDGER.apply(&database).await.unwrap();
    let Database::Sqlite { writer, .. } = database else { panic!("{url} is no SQLite") };
    (folder, writer)
}

async fn plan_of_sqlite(writer: &SqlitePool, sql: Sql) -> Vec<String> {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", sql.sqlite));
    let rows = sqlx::raw_sql(explain).fetch_all(writer).await.unwrap();
    rows.iter().map(|row| row.get("detail")).collect()
}

/// An empty ledger with its vault in a database of its own on a server, its address and a connection to it.
async fn postgres(server: &str) -> (String, Taken) {
    let (server, _) = server.rsplit_once('/').unwrap();
    let url = format!("{server}/svod_plans_{}", uuid::Uuid::now_v7().simple());
    Postgres::create_database(&url).await.unwrap();
    let database = open::database(&url, 1).unwrap();
    migrations::LEDGER.apply(&database).await.unwrap();
    migrations::VAULT.apply(&database).await.unwrap();
    let Database::Postgres(connections) = database else { panic!("{url} is no PostgreSQL") };
    (url, connections.take().await.unwrap())
}

async fn plan_of_postgres(connection: &mut PgConnection, sql: Sql, types: &str) -> Vec<String> {
    let nothing = vec!["NULL"; types.split(',').count()].join(", ");
    let prepare = format!("PREPARE planned ({types}) AS {}", sql.postgres);
    sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *connection).await.unwrap();
    let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE planned ({nothing})"));
    let rows = sqlx::raw_sql(explain).fetch_all(&mut *connection).await.unwrap();
    sqlx::raw_sql("DEALLOCATE planned").execute(&mut *connection).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn sqlite_begins_a_page_where_the_last_one_ended() {
    let (_folder, writer) = sqlite().await;
    for (sql, _) in PAGES {
        let plan = plan_of_sqlite(&writer, sql).await;
        assert!(plan.len() == 1 && plan[0].starts_with("SEARCH"), "{plan:#?}");
        // Both parts of a place that has two, or what shares the first is gone through again.
        assert!(sql != COSIGNED || plan[0].contains("(size,witness)>(?,?)"), "{plan:#?}");
    }
}

#[tokio::test]
async fn postgres_begins_a_page_where_the_last_one_ended() {
    #[expect(clippy::disallowed_methods, reason = "the tests have no configuration but this")]
    let server = std::env::var("SVOD_TEST_POSTGRES_URL").expect("run through `make test`");
    let (url, mut taken) = postgres(&server).await;
    for (sql, types) in PAGES {
        let plan = plan_of_postgres(taken.connection(), sql, types).await;
        let has = |what: &str| plan.iter().any(|step| step.contains(what));
        assert!(has("Limit") && has("Index Cond"), "{plan:#?}");
        assert!(!has("Filter:") && !has("Sort") && !has("Seq Scan"), "{plan:#?}");
    }
    taken.close();
    Postgres::force_drop_database(&url).await.unwrap();
}

#[tokio::test]
async fn sqlite_finds_each_thing_of_a_list_by_an_index() {
    let (_folder, writer) = sqlite().await;
    for sql in [BASE, RECEIPTS, DOCUMENTS] {
        let plan = plan_of_sqlite(&writer, sql).await;
        let lists = plan.iter().filter(|step| step.starts_with("SCAN asked")).count();
        // The list is gone through once, and what follows is looked up for each thing of it.
        let looked_up = |pair: &&[String]| pair[0].starts_with("SCAN asked") && pair[1].starts_with("SEARCH");
        assert!(lists > 0 && plan.windows(2).filter(looked_up).count() == lists, "{plan:#?}");
    }
}

/// A plan is kept from when the tables were empty, so it must be a good one then.
#[tokio::test]
async fn postgres_finds_everything_by_an_index_by_plans_that_were_made_on_empty_tables() {
    #[expect(clippy::disallowed_methods, reason = "the tests have no configuration but this")]
    let server = std::env::var("SVOD_TEST_POSTGRES_URL").expect("run through `make test`");
    let (url, mut taken) = postgres(&server).await;
    for (sql, types) in [
        (BASE, "text[], bytea[]"),
        (READ_AT, "bigint[], bigint"),
        (RECEIPTS, "bytea[], bigint"),
        (DOCUMENTS, "text, bigint, text[]"),
        (PERSONS, "bytea[]"),
        (DISCLOSURES_OF, "text[]"),
        (DISCLOSURES, "bytea[]"),
        (MISSING_PERSONS, "text[]"),
        (PERSON_ROWS, "text[]"),
        (AUDIT_TIPS, "text[], bigint, bigint"),
        (COMMIT_VIEWS, "text[], bigint[], bigint[], text[], text[], bytea[], text[], text[]"),
        (
            WRITE_WHOLE,
            "bigint, bigint, bytea, bytea, bytea, text, bigint[], text[], bigint[], bytea[], bytea[], bytea[], bigint[], \
             text[], bytea[], bytea[], bytea[], bytea[], bytea[], text[], bytea",
        ),
    ] {
        let plan = plan_of_postgres(taken.connection(), sql, types).await;
        let mut looked_up = 0;
        for (number, step) in plan.iter().enumerate() {
            let is_of_a_table = |table: &&str| step.contains(&format!(" on {table}"));
            let tables = ["entries", "receipts", "documents", "persons", "disclosures"];
            if step.contains("Scan") && !step.contains("Subquery Scan") && tables.iter().any(is_of_a_table) {
                let by = plan.get(number + 1).map(String::as_str).unwrap_or_default();
                // Rows whose places are known already, be it from an index, are no search either.
                let is_by_place = step.contains("Tid Scan") || step.contains("Bitmap Heap Scan");
                let is_by_index = step.contains("Index") && by.contains("Index Cond");
                assert!(is_by_place || is_by_index, "{step}: {plan:#?}");
                looked_up += 1;
            }
        }
        assert!(looked_up > 0, "{plan:#?}");
    }
    taken.close();
    Postgres::force_drop_database(&url).await.unwrap();
}
