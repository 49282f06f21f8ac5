//! Each thing of a list is found by an index, on both databases, also while the tables are empty.

use sqlx::migrate::MigrateDatabase as _;
use sqlx::{AssertSqlSafe, Postgres, Row as _};

use super::{
    AUDIT_TIPS, BASE, COMMIT_VIEWS, DISCLOSURES, DISCLOSURES_OF, DOCUMENTS, MISSING_PERSONS, PERSONS,
    READ_AT, RECEIPTS, WRITE_WHOLE,
};
use crate::OpenOptions;
use crate::database::Database;
use crate::{migrations, open};

#[tokio::test]
async fn sqlite_finds_each_thing_of_a_list_by_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("svod.db").display());
    let database = open::database(&url, OpenOptions::default().connections_max).unwrap();
    migrations::LEDGER.apply(&database).await.unwrap();
    let Database::Sqlite { writer, .. } = &database else { panic!("{url} is no SQLite") };
    for sql in [BASE, RECEIPTS, DOCUMENTS] {
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", sql.sqlite));
        let rows = sqlx::raw_sql(explain).fetch_all(writer).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
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
    let (server, _) = server.rsplit_once('/').unwrap();
    let url = format!("{server}/svod_plans_{}", uuid::Uuid::now_v7().simple());
    Postgres::create_database(&url).await.unwrap();
    let database = open::database(&url, 1).unwrap();
    migrations::LEDGER.apply(&database).await.unwrap();
    migrations::VAULT.apply(&database).await.unwrap();
    let Database::Postgres(pool) = &database else { panic!("{url} is no PostgreSQL") };
    for (sql, types) in [
        (BASE, "text[], bytea[]"),
        (READ_AT, "bigint[], bigint"),
        (RECEIPTS, "bytea[], bigint"),
        (DOCUMENTS, "text, bigint, text[]"),
        (PERSONS, "bytea[]"),
        (DISCLOSURES_OF, "text[]"),
        (DISCLOSURES, "bytea[]"),
        (MISSING_PERSONS, "text[]"),
        (AUDIT_TIPS, "text[], bigint, bigint"),
        (COMMIT_VIEWS, "text[], bigint[], bigint[], text[], text[], bytea[], text[], text[]"),
        (
            WRITE_WHOLE,
            "bigint, bigint, bytea, bytea, bytea, text, bigint[], text[], bigint[], bytea[], bytea[], bytea[], bigint[], \
             text[], bytea[], bytea[], bytea[], bytea[], bytea[], text[], bytea",
        ),
    ] {
        let nothing = vec!["NULL"; types.split(',').count()].join(", ");
        let mut connection = pool.acquire().await.unwrap();
        let prepare = format!("PREPARE planned ({types}) AS {}", sql.postgres);
        sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *connection).await.unwrap();
        let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE planned ({nothing})"));
        let rows = sqlx::raw_sql(explain).fetch_all(&mut *connection).await.unwrap();
        sqlx::raw_sql("DEALLOCATE planned").execute(&mut *connection).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
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
    pool.close().await;
    Postgres::force_drop_database(&url).await.unwrap();
}
