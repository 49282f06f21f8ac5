//! The schema and its changes, in pairs: the same number and name for both databases.

use std::fmt;

use svod_log::{Denial, Hash, StoreError};

use crate::database::{Database, Reader};
use crate::failure::damaged;
use crate::open::{OpenOptions, database, vault};
use crate::sql::{self, Sql};
use crate::value::{Value, number};

/// One change of the schema. Never edited once released.
pub(crate) struct Migration {
    pub(crate) number: u64,
    pub(crate) name: &'static str,
    pub(crate) sql: Sql,
}

macro_rules! migration {
    // A macro, because `include_str!` takes only literals.
    ($number:literal, $folder:literal, $name:literal) => {
        Migration {
            number: $number,
            name: $name,
            sql: Sql {
                postgres: include_str!(concat!("../migrations/postgres/", $folder, $name, ".sql")),
                sqlite: include_str!(concat!("../migrations/sqlite/", $folder, $name, ".sql")),
            },
        }
    };
}

/// A schema: its changes, in order, and where those that were applied are noted.
pub(crate) struct Schema {
    migrations: &'static [Migration],
    statements: sql::MigrationStatements,
}

/// Of the ledger.
pub(crate) const LEDGER: Schema = Schema {
    migrations: &[
        migration!(1, "", "0001_log"),
        migration!(2, "", "0002_views"),
        migration!(3, "", "0003_keeping"),
        migration!(4, "", "0004_cosigned"),
    ],
    statements: sql::LEDGER_MIGRATIONS,
};

/// Of the vault, which may lie in another database.
pub(crate) const VAULT: Schema =
    Schema { migrations: &[migration!(1, "vault/", "0001_persons")], statements: sql::VAULT_MIGRATIONS };

/// Most migrations that are looked at: far more than there will be.
const MIGRATIONS_MAX: i64 = 10_000;

const MIGRATING: &str = "migrating the database";
const READING: &str = "reading the state of the schema";

/// What is told to a login that was given no role.
const NO_SCHEMA: &str = "it may use no schema, so it sees no table";

/// How the schema of a database stands to the one that this program needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// There are no tables of ours.
    Missing,
    /// Migrations are to be applied.
    TooOld {
        /// Number of the last migration that was applied.
        applied: u64,
        /// Number of the last one that this program knows.
        needed: u64,
    },
    /// Exactly as needed.
    Current,
    /// A later program has migrated it.
    TooNew {
        /// Number of the last migration that was applied.
        applied: u64,
        /// Number of the last one that this program knows.
        needed: u64,
    },
}

impl fmt::Display for SchemaState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("it has no tables yet"),
            Self::TooOld { applied, needed } => {
                write!(f, "it is too old: at migration {applied}, needed {needed}")
            }
            Self::Current => f.write_str("it is current"),
            Self::TooNew { applied, needed } => {
                write!(f, "it is too new: at migration {applied}, known {needed}")
            }
        }
    }
}

/// Brings the databases of ledger and vault to the schemas that this program needs; to be run as their owner.
pub async fn migrate(url: &str, vault_url: &str) -> Result<(), StoreError> {
    let connections_max = OpenOptions::default().connections_max;
    LEDGER.apply(&database(url, connections_max)?).await?;
    VAULT.apply(&vault(vault_url, connections_max)?).await
}

/// How the schemas of ledger and vault stand: as the worse of the two. Does not make a SQLite file that is not there.
pub async fn schema_state(url: &str, vault_url: &str) -> Result<SchemaState, StoreError> {
    let connections_max = OpenOptions::default().connections_max;
    match LEDGER.state(&database(url, connections_max)?).await? {
        SchemaState::Current => VAULT.state(&vault(vault_url, connections_max)?).await,
        not_current => Ok(not_current),
    }
}

/// What was applied: number, name and hash of each migration.
struct Applied {
    number: u64,
    name: String,
    sha256: Hash,
}

impl Schema {
    /// Its changes, in order.
    pub(crate) fn migrations(&self) -> &'static [Migration] {
        self.migrations
    }

    pub(crate) async fn state(&self, database: &Database) -> Result<SchemaState, StoreError> {
        if let Database::Sqlite { readers, .. } = database
            && !readers.path().exists()
        {
            return Ok(SchemaState::Missing);
        }
        let mut reader = database.reader(READING).await?;
        self.state_by(&mut reader, database).await
    }

    async fn state_by(&self, reader: &mut Reader, database: &Database) -> Result<SchemaState, StoreError> {
        let tables = reader.rows(READING, self.statements.has_table, &[]).await?;
        match tables.first().map(|row| row.number(0)).transpose()? {
            None => return Ok(SchemaState::Missing),
            Some(0) => {
                return Err(StoreError::Denied {
                    denial: Denial::Rights,
                    doing: READING,
                    source: NO_SCHEMA.into(),
                });
            }
            Some(_) => {}
        }
        let rows = reader.rows(READING, self.statements.list, &[Value::Number(MIGRATIONS_MAX)]).await?;
        let applied = read_applied(&rows)?;
        self.check(&applied, database)?;
        let applied = applied.last().map_or(0, |last| last.number);
        let needed = self.migrations.len() as u64;
        Ok(match applied {
            0 => SchemaState::Missing,
            _ if applied < needed => SchemaState::TooOld { applied, needed },
            _ if applied > needed => SchemaState::TooNew { applied, needed },
            _ => SchemaState::Current,
        })
    }

    pub(crate) async fn apply(&self, database: &Database) -> Result<(), StoreError> {
        let mut session = database.session(MIGRATING).await?;
        session.begin(MIGRATING, sql::BEGIN_MIGRATING).await?;
        session.script(MIGRATING, self.statements.make_table).await?;
        let rows = session.rows(MIGRATING, self.statements.list, &[Value::Number(MIGRATIONS_MAX)]).await?;
        let applied = read_applied(&rows)?;
        self.check(&applied, database)?;
        for migration in self.migrations.iter().skip(applied.len()) {
            session.script(MIGRATING, migration.sql).await?;
            let hash = migration.hash(database);
            let note =
                [Value::Number(number(migration.number)), Value::Text(migration.name), Value::Bytes(&hash.0)];
            session.execute(MIGRATING, self.statements.note, &note).await?;
            tracing::info!(migration = migration.name, "database migrated");
        }
        session.commit(MIGRATING).await
    }

    /// Fails if what was applied is not a beginning of what this program knows (more is no fault of the database).
    fn check(&self, applied: &[Applied], database: &Database) -> Result<(), StoreError> {
        for (applied, known) in applied.iter().zip(self.migrations) {
            let same = applied.number == known.number && applied.sha256 == known.hash(database);
            if !same {
                return Err(damaged(
                    "an applied migration is not the one that this program knows",
                    applied.name.clone(),
                ));
            }
        }
        Ok(())
    }
}

fn read_applied(rows: &[crate::value::Row]) -> Result<Vec<Applied>, StoreError> {
    let applied = |row: &crate::value::Row| {
        Ok(Applied { number: row.count(0)?, name: row.text(1)?, sha256: row.hash(2)? })
    };
    rows.iter().map(applied).collect()
}

impl Migration {
    fn hash(&self, database: &Database) -> Hash {
        match database {
            Database::Postgres(_) => Hash::of(self.sql.postgres.as_bytes()),
            Database::Sqlite { .. } => Hash::of(self.sql.sqlite.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn names(folder: &str) -> BTreeSet<String> {
        let folder = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap());
        let files = files.filter(|file| file.file_type().unwrap().is_file());
        files.map(|file| file.file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn migrations_come_in_pairs_and_all_of_them_are_applied() {
        for (schema, below) in [(LEDGER, ""), (VAULT, "/vault")] {
            let known: BTreeSet<_> =
                schema.migrations.iter().map(|migration| format!("{}.sql", migration.name)).collect();
            assert_eq!(names(&format!("postgres{below}")), known);
            assert_eq!(names(&format!("sqlite{below}")), known);
        }
    }

    #[test]
    fn migrations_are_numbered_from_one_as_their_names_say() {
        for schema in [LEDGER, VAULT] {
            for (index, migration) in schema.migrations.iter().enumerate() {
                assert_eq!(migration.number, index as u64 + 1);
                assert!(
                    migration.name.starts_with(&format!("{:04}_", migration.number)),
                    "{}",
                    migration.name
                );
            }
        }
    }
}
