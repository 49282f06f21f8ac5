//! What guards the log in the database itself: triggers, and rights that nobody has. Whoever administers the database can
//! take a guard away; what is looked at here tells that he did.

use futures_util::future;
use svod_log::{Guards, Hash, StoreError};

use crate::database::Database;
use crate::migrations::LEDGER;
use crate::sql::{Sql, guards as sql};
use crate::value::{Row, Value};

const DOING: &str = "looking at the guards of the log";

/// Most lines that a database says of its schema: a hundred times what it says now.
const LINES_MAX: i64 = 20_000;

/// The triggers of PostgreSQL as it tells them (`pg_get_triggerdef`, pretty), and how each is enabled: always.
const TRIGGERS: [(&str, &str); 11] = [
    (
        "checkpoints_all_stay",
        "BEFORE TRUNCATE ON checkpoints FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    ),
    (
        "checkpoints_stay",
        "BEFORE DELETE OR UPDATE ON checkpoints FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    ),
    ("cosigned_all_stays", "BEFORE TRUNCATE ON cosigned FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"),
    ("cosigned_stays", "BEFORE DELETE OR UPDATE ON cosigned FOR EACH ROW EXECUTE FUNCTION refuse_change()"),
    ("entries_all_stay", "BEFORE TRUNCATE ON entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"),
    ("entries_stay", "BEFORE DELETE OR UPDATE ON entries FOR EACH ROW EXECUTE FUNCTION refuse_change()"),
    ("log_head_all_stays", "BEFORE TRUNCATE ON log_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"),
    (
        "log_head_only_advances",
        "BEFORE UPDATE ON log_head FOR EACH ROW WHEN (new.revision <= old.revision OR new.\"position\" < \
         old.\"position\") EXECUTE FUNCTION refuse_change()",
    ),
    ("log_head_stays", "BEFORE DELETE ON log_head FOR EACH ROW EXECUTE FUNCTION refuse_change()"),
    ("receipts_all_stay", "BEFORE TRUNCATE ON receipts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"),
    ("receipts_stay", "BEFORE DELETE OR UPDATE ON receipts FOR EACH ROW EXECUTE FUNCTION refuse_change()"),
];

/// What stands before the name of a trigger in the text of a migration.
const CREATE_TRIGGER: &str = "CREATE TRIGGER ";

/// Looks at the guards of a ledger.
pub(crate) async fn look(database: &Database) -> Result<Guards, StoreError> {
    let limit = [Value::Number(LINES_MAX)];
    // Side by side: PostgreSQL takes as long for the lines as for everything else of this.
    let (lines, missing) =
        future::join(database.rows(DOING, sql::SCHEMA_LINES, &limit), missing(database, &limit)).await;
    let (lines, mut missing) = (lines?, missing?);
    let mut schema = String::new();
    for line in &lines {
        schema.push_str(&line.text(0)?);
        schema.push('\n');
    }
    if i64::try_from(lines.len()).is_ok_and(|lines| lines == LINES_MAX) {
        missing.push(format!("the schema has {LINES_MAX} lines or more, and what follows was not looked at"));
    }
    Ok(Guards { fingerprint: Some(Hash::of(schema.as_bytes())), missing })
}

/// What is missing of the guards.
async fn missing(database: &Database, limit: &[Value<'_>]) -> Result<Vec<String>, StoreError> {
    let triggers = pairs(&database.rows(DOING, sql::TRIGGERS, limit).await?)?;
    if let Database::Sqlite { .. } = database {
        return Ok(missing_of_sqlite(&triggers));
    }
    let functions = pairs(&database.rows(DOING, sql::FUNCTIONS, limit).await?)?;
    let mut missing = missing_of_postgres(&triggers, &functions);
    for right in &database.rows(DOING, sql::RIGHTS_TO_CHANGE, limit).await? {
        missing.push(format!("{} may {} {}", right.text(0)?, right.text(1)?, right.text(2)?));
    }
    Ok(missing)
}

fn pairs(rows: &[Row]) -> Result<Vec<(String, String)>, StoreError> {
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}

fn is_there(found: &[(String, String)], name: &str, text: &str) -> bool {
    found.iter().any(|(found, said)| found == name && said == text)
}

fn missing_of_postgres(triggers: &[(String, String)], functions: &[(String, String)]) -> Vec<String> {
    let mut missing: Vec<String> = TRIGGERS
        .iter()
        .filter(|(name, does)| {
            !is_there(triggers, name, &format!("{CREATE_TRIGGER}{name} {does} ENABLED ALWAYS"))
        })
        .map(|(name, _)| not_as_it_should_be(name))
        .collect();
    let migrations = texts(|sql| sql.postgres);
    if !functions.iter().any(|(name, body)| name == "refuse_change" && migrations.contains(body.as_str())) {
        missing.push("the function refuse_change is missing or is not as it should be".to_owned());
    }
    missing
}

fn missing_of_sqlite(triggers: &[(String, String)]) -> Vec<String> {
    let migrations = texts(|sql| sql.sqlite);
    let expected = migrations.split(CREATE_TRIGGER).skip(1).filter_map(|rest| {
        let (statement, _) = rest.split_once("END;")?;
        Some((statement.split_whitespace().next()?, format!("{CREATE_TRIGGER}{statement}END")))
    });
    let lost = expected.filter(|(name, statement)| !is_there(triggers, name, statement));
    lost.map(|(name, _)| not_as_it_should_be(name)).collect()
}

fn not_as_it_should_be(trigger: &str) -> String {
    format!("the trigger {trigger} is missing or is not as it should be")
}

fn texts(dialect: fn(&Sql) -> &'static str) -> String {
    LEDGER.migrations().iter().map(|migration| dialect(&migration.sql)).collect()
}
