//! The roles of deployments/postgres on a real PostgreSQL: every statement on every table as every role, and the whole
//! contract of the store as every role.

#![expect(clippy::unwrap_used, reason = "a failure of the test's own statements fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use svod_log::{
    ActorName, Append, Cosigned, CosignedHead, Denial, Hash, MessageKey, NewEvent, NewReceipt, PersonRow,
    Position, Principal, Quarantined, ReceiptBody, Store, StoreError, StoredFile, StreamId, Version,
    ViewCommit,
};
use svod_store::OpenOptions;

const ROLES: [&str; 5] = ["svod_owner", "svod_writer", "svod_projector", "svod_reader", "svod_auditor"];

/// For each table, what becomes of SELECT, INSERT, UPDATE (of the column), DELETE and TRUNCATE, in the order of
/// [`ROLES`]: a letter is allowed, `-` is denied by the grants, `!` is refused by a trigger.
const TABLES: &[(&str, &str, [&str; 5])] = &[
    ("entries", "bytes = bytes", ["si!!!", "si---", "s----", "s----", "s----"]),
    ("receipts", "body = body", ["si!!!", "si---", "s----", "s----", "s----"]),
    ("checkpoints", "note = note", ["si!!!", "si---", "s----", "s----", "s----"]),
    ("log_head", "position = position", ["si!!!", "s-!--", "s----", "s----", "s----"]),
    ("log_head", "revision = revision + 1", ["siu!!", "s-u--", "s----", "s----", "s----"]),
    ("cosigned", "note = note", ["si!!!", "si---", "-----", "s----", "s----"]),
    ("cosigned_heads", "note = note", ["siudt", "siu--", "-----", "s----", "s----"]),
    ("log_for_people", "stream = stream", ["si!!", "----", "----", "s---", "s---"]),
    ("migrations", "name = name", ["siudt", "s----", "s----", "s----", "s----"]),
    ("documents", "body = body", ["siudt", "s----", "siud-", "s----", "-----"]),
    ("live_views", "view = view", ["siudt", "s----", "siud-", "s----", "-----"]),
    ("progress", "position = position", ["siudt", "siu--", "siud-", "s----", "-----"]),
    ("leases", "holder = holder", ["siudt", "siud-", "siud-", "-----", "-----"]),
    ("files", "bytes = bytes", ["siudt", "si-d-", "-----", "s----", "s----"]),
    ("principals", "revoked_at_us = 0", ["siudt", "s----", "-----", "s----", "-----"]),
    ("quarantine", "resent_at_us = 0", ["siudt", "siu--", "-----", "-----", "-----"]),
    ("quarantine", "body = body", ["siudt", "si---", "-----", "-----", "-----"]),
    ("vault_migrations", "name = name", ["siudt", "s----", "s----", "s----", "s----"]),
    ("persons", "key_number = key_number", ["siud!", "siud-", "-----", "s----", "-----"]),
    ("persons", "blind_index = blind_index", ["siud!", "si-d-", "-----", "s----", "-----"]),
    ("disclosures", "sealed = sealed", ["siudt", "si-d-", "-----", "s----", "-----"]),
];

/// Ways around the grants and triggers, and who can go them.
const WAYS_AROUND: &[(&str, [bool; 5])] = &[
    ("CREATE TABLE more ()", [true, false, false, false, false]),
    ("CREATE TEMPORARY TABLE entries ()", [false; 5]),
    ("CREATE SCHEMA more", [false; 5]),
    ("ALTER TABLE entries DISABLE TRIGGER entries_stay", [true, false, false, false, false]),
    ("DROP TRIGGER entries_stay ON entries", [true, false, false, false, false]),
    ("DROP TABLE entries CASCADE", [true, false, false, false, false]),
    ("GRANT svod_owner TO svod_writer", [false; 5]),
    ("CREATE RULE nothing AS ON INSERT TO entries DO INSTEAD NOTHING", [true, false, false, false, false]),
    ("LOCK TABLE entries IN ACCESS EXCLUSIVE MODE", [true, false, false, false, false]),
    ("SET session_replication_role = replica", [false; 5]),
    ("COPY entries TO PROGRAM 'cat'", [false; 5]),
    ("SELECT pg_read_file('PG_VERSION')", [false; 5]),
    ("CREATE ROLE another", [false; 5]),
];

/// What each role can do through the store, in the order of [`ROLES`].
const CONTRACT: &[(&str, [bool; 5])] = &[
    ("append", [true, true, false, false, false]),
    ("read", [true; 5]),
    ("read_at", [true; 5]),
    ("read_stream", [true; 5]),
    ("streams", [true; 5]),
    ("head", [true; 5]),
    ("receipt", [true; 5]),
    ("commit_view", [true, false, true, false, false]),
    ("document", [true, true, true, true, false]),
    ("documents_under", [true, true, true, true, false]),
    ("progress", [true, true, true, true, false]),
    ("move_progress", [true, true, true, false, false]),
    ("live_view", [true, true, true, true, false]),
    ("live_views", [true, true, true, true, false]),
    ("promote_view", [true, false, true, false, false]),
    ("drop_view", [true, false, true, false, false]),
    ("take_lease", [true, true, true, false, false]),
    ("release_lease", [true, true, true, false, false]),
    ("keep_file", [true, true, false, false, false]),
    ("file", [true, true, false, true, true]),
    ("add_principal", [true, false, false, false, false]),
    ("principals", [true, true, false, true, false]),
    ("revoke_principal", [true, false, false, false, false]),
    ("quarantine", [true, true, false, false, false]),
    ("quarantined", [true, true, false, false, false]),
    ("mark_resent", [true, true, false, false, false]),
    ("keep_persons", [true, true, false, false, false]),
    ("persons", [true, true, false, true, false]),
    ("disclosures", [true, true, false, true, false]),
    ("person_rows", [true, true, false, true, false]),
    ("person_page", [true, true, false, true, false]),
    ("rewrap", [true, true, false, false, false]),
    ("destroy_person", [true, true, false, false, false]),
    ("leaves", [true; 5]),
    ("keep_cosigned", [true, true, false, false, false]),
    ("cosigned_heads", [true, true, false, true, true]),
    ("cosigned", [true, true, false, true, true]),
];

#[tokio::test]
async fn every_role_can_do_to_every_table_what_the_grants_say_and_no_more() {
    let ledger = Ledger::make().await;
    let mut superuser = ledger.connect().await;
    everything_once(&*ledger.open("svod_owner").await, "seed").await;
    // The first one is kept when the log has hundreds of entries; triggers ask about rows.
    superuser.execute("INSERT INTO checkpoints (size, note) VALUES (1, 'a note')").await.unwrap();
    for (table, change, expected) in TABLES {
        for (role, expected) in ROLES.iter().zip(expected) {
            let found = outcomes(&mut superuser, role, table, change, expected.len()).await;
            assert_eq!(&found, expected, "{role} on {table}, UPDATE … SET {change}");
        }
    }
    ledger.remove().await;
}

#[tokio::test]
async fn every_table_is_decided_about() {
    let ledger = Ledger::make().await;
    let mut superuser = ledger.connect().await;
    let rows = superuser
        .fetch_all("SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S') ORDER BY 1 LIMIT 1000")
        .await
        .unwrap();
    let present: BTreeSet<String> = rows.iter().map(|row| row.get(0)).collect();
    let decided: BTreeSet<String> = TABLES.iter().map(|(table, ..)| (*table).to_owned()).collect();
    assert_eq!(present, decided, "say in deployments/postgres/grants.sql and in TABLES who may do what");
    ledger.remove().await;
}

#[tokio::test]
async fn nobody_but_the_owner_gets_around_the_grants() {
    let ledger = Ledger::make().await;
    let mut superuser = ledger.connect().await;
    for (statement, expected) in WAYS_AROUND {
        for (role, expected) in ROLES.iter().zip(expected) {
            let error = attempt(&mut superuser, role, statement).await;
            let denied = error.as_deref() == Some("42501");
            assert!(denied || error.is_none(), "{role}: {statement} failed with {error:?}");
            assert_eq!(!denied, *expected, "{role}: {statement}");
        }
    }
    ledger.remove().await;
}

#[tokio::test]
async fn every_role_can_do_its_part_of_the_contract() {
    let ledger = Ledger::make().await;
    let found: Vec<_> = {
        let mut found = Vec::new();
        for role in ROLES {
            found.push(everything_once(&*ledger.open(role).await, role).await);
        }
        found
    };
    for (method, expected) in CONTRACT {
        let found: Vec<bool> = found.iter().map(|of_role| of_role[method]).collect();
        assert_eq!(found, expected, "{method} as {ROLES:?}");
    }
    assert_eq!(found[0].len(), CONTRACT.len());
    ledger.remove().await;
}

/// Every right that is given, to a table or to a column of it.
const RIGHTS: &str = "
    SELECT concat_ws(' ', relname, relacl) FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', relname, attname, attacl) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND attacl IS NOT NULL
    ORDER BY 1 LIMIT 1000";

async fn rights(superuser: &mut PgConnection) -> BTreeSet<String> {
    superuser.fetch_all(RIGHTS).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn roles_and_grants_can_be_applied_again_and_change_nothing() {
    let ledger = Ledger::make().await;
    let mut superuser = ledger.connect().await;
    let given = rights(&mut superuser).await;
    for script in [VAULT_SQL, ROLES_SQL, GRANTS_SQL] {
        superuser.execute(script).await.unwrap();
        assert_eq!(rights(&mut superuser).await, given);
    }
    ledger.remove().await;
}

#[tokio::test]
async fn every_table_is_taken_back_before_anything_is_granted() {
    let ledger = Ledger::make().await;
    let mut superuser = ledger.connect().await;
    let given = rights(&mut superuser).await;
    superuser.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC, svod_auditor").await.unwrap();
    for script in [GRANTS_SQL, VAULT_SQL] {
        superuser.execute(script).await.unwrap();
    }
    assert_eq!(rights(&mut superuser).await, given);
    ledger.remove().await;
}

const ROLES_SQL: &str = include_str!("../../../deployments/postgres/roles.sql");
const GRANTS_SQL: &str = include_str!("../../../deployments/postgres/grants.sql");
const VAULT_SQL: &str = include_str!("../../../deployments/postgres/grants-vault.sql");

/// A database of its own on the PostgreSQL of the run, migrated by the owner.
struct Ledger {
    server: String,
    name: String,
}

impl Ledger {
    async fn make() -> Self {
        let server = std::env::var_os("SVOD_TEST_POSTGRES_URL")
            .expect("SVOD_TEST_POSTGRES_URL is set by tests/servers/with-servers.sh")
            .into_string()
            .expect("an address is text");
        let mut superuser = PgConnection::connect(&server).await.unwrap();
        let row = superuser
            .fetch_one("SELECT 'grants_' || replace(gen_random_uuid()::text, '-', '')")
            .await
            .unwrap();
        let name: String = row.get(0);
        superuser.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        let ledger = Self { server, name };
        let mut superuser = ledger.connect().await;
        superuser.execute(ROLES_SQL).await.unwrap();
        svod_store::migrate(&ledger.url("svod_owner"), &ledger.url("svod_owner")).await.unwrap();
        PgConnection::connect(&ledger.url("svod_owner")).await.unwrap().execute(GRANTS_SQL).await.unwrap();
        PgConnection::connect(&ledger.url("svod_owner")).await.unwrap().execute(VAULT_SQL).await.unwrap();
        ledger
    }

    fn url(&self, role: &str) -> String {
        let (start, _) = self.server.rsplit_once('/').expect("an address ends with a database");
        format!("{start}/{}?options[role]={role}", self.name)
    }

    /// A superuser on this database.
    async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url("none")).await.unwrap()
    }

    async fn open(&self, role: &str) -> Arc<dyn Store> {
        let notary = svod_log::Notary::try_new("svod.example/tests", &[1; 32], &[2; 32]).ok();
        let options = OpenOptions { notary, ..OpenOptions::default() };
        svod_store::open(&self.url(role), options).await.unwrap()
    }

    async fn remove(self) {
        let mut superuser = PgConnection::connect(&self.server).await.unwrap();
        superuser.execute(AssertSqlSafe(format!("DROP DATABASE {} WITH (FORCE)", self.name))).await.unwrap();
    }
}

/// What the database refuses whoever opens the ledger at this address, or appends to it.
async fn denial(url: &str) -> Denial {
    let notary = svod_log::Notary::try_new("svod.example/tests", &[1; 32], &[2; 32]).ok();
    let refused = match svod_store::open(url, OpenOptions { notary, ..OpenOptions::default() }).await {
        Ok(store) => {
            let message = MessageKey { source: "test".to_owned(), id: "denied".to_owned() };
            store
                .append(&[append(&StreamId::try_new("test-1").unwrap(), &message)])
                .await
                .map(drop)
                .unwrap_err()
        }
        Err(refused) => refused,
    };
    match refused {
        StoreError::Denied { denial, .. } => denial,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_the_database_refuses_is_told_apart() {
    let ledger = Ledger::make().await;
    let outsider = format!("{}_outsider", ledger.name);
    let mut superuser = ledger.connect().await;
    superuser.execute(AssertSqlSafe(format!("CREATE ROLE {outsider} NOLOGIN"))).await.unwrap();
    let url = ledger.url("svod_auditor");
    let (user, host) = url.split_once("://").unwrap().1.split_once('@').unwrap();
    for (url, expected) in [
        (url.clone(), Denial::Rights),
        // Not even the schema is open to it, so it sees no tables; that is not the same as there being none.
        (ledger.url(&outsider), Denial::Rights),
        (url.replace(&ledger.name, &format!("{}_of_tomorrow", ledger.name)), Denial::Database),
        (format!("postgres://nobody:{user}@{host}"), Denial::Login),
    ] {
        assert_eq!(denial(&url).await, expected, "{url}");
    }
    superuser.execute(AssertSqlSafe(format!("DROP ROLE {outsider}"))).await.unwrap();
    ledger.remove().await;
}

async fn outcomes(
    superuser: &mut PgConnection,
    role: &str,
    table: &str,
    change: &str,
    count: usize,
) -> String {
    let statements = [
        ('s', format!("SELECT 1 FROM {table} LIMIT 1")),
        ('i', format!("INSERT INTO {table} DEFAULT VALUES")),
        ('u', format!("UPDATE {table} SET {change}")),
        ('d', format!("DELETE FROM {table}")),
        ('t', format!("TRUNCATE {table}")),
    ];
    let mut found = String::new();
    for (letter, statement) in statements.iter().take(count) {
        found.push(match attempt(superuser, role, statement).await.as_deref() {
            // A row without values is not a row: the insertion itself was allowed.
            None | Some("23502") => *letter,
            Some("42501") => '-',
            // A trigger, or another table that refers to this one.
            Some("P0001" | "0A000") => '!',
            Some(other) => panic!("{role}: {statement} failed with {other}"),
        });
    }
    found
}

/// Tries a statement and takes it back; the code of its error.
async fn attempt(superuser: &mut PgConnection, role: &str, statement: &str) -> Option<String> {
    let mut transaction = superuser.begin().await.unwrap();
    transaction.execute(AssertSqlSafe(format!("SET LOCAL ROLE {role}"))).await.unwrap();
    let result = transaction.execute(AssertSqlSafe(statement.to_owned())).await;
    transaction.rollback().await.unwrap();
    let error = result.err()?;
    Some(
        error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .expect("the database answers")
            .into_owned(),
    )
}

/// Calls every method of the contract; says of each whether it succeeded.
async fn everything_once(store: &dyn Store, who: &str) -> BTreeMap<&'static str, bool> {
    let mut found = BTreeMap::new();
    let stream = StreamId::try_new("test-1").unwrap();
    let message = MessageKey { source: "test".to_owned(), id: who.to_owned() };
    let file = StoredFile {
        sha256: Hash::of(b"file"),
        media_type: "text/plain".to_owned(),
        bytes: Arc::from(*b"file"),
    };
    let now = Timestamp::UNIX_EPOCH;
    found.insert("append", store.append(&[append(&stream, &message)]).await.is_ok());
    found.insert("read", store.read(Position::START, 10).await.is_ok());
    found.insert("read_at", store.read_at(&[Position(1)]).await.is_ok());
    found.insert("read_stream", store.read_stream(&stream, Version::NONE, 10).await.is_ok());
    found.insert("streams", store.streams("test", None, 10).await.is_ok());
    found.insert("head", store.head().await.is_ok());
    found.insert("receipt", store.receipt(&message).await.is_ok());
    let changes = BTreeMap::from([("key".to_owned(), Some(b"body".to_vec()))]);
    let commit = ViewCommit { view: format!("{who}@1"), from: Position::START, to: Position(1), changes };
    found.insert("commit_view", store.commit_view(commit).await.is_ok());
    found.insert("document", store.document("seed@1", "key").await.is_ok());
    found.insert("documents_under", store.documents_under("seed@1", "", None, 10).await.is_ok());
    found.insert("progress", store.progress("seed@1").await.is_ok());
    found.insert("move_progress", store.move_progress(who, Position::START, Position(1)).await.is_ok());
    found.insert("live_view", store.live_view("board").await.is_ok());
    found.insert("live_views", store.live_views().await.is_ok());
    found.insert("promote_view", store.promote_view("board", "seed@1").await.is_ok());
    found.insert("drop_view", store.drop_view("nothing@1").await.is_ok());
    found.insert("release_lease", store.release_lease("lease", "seed").await.is_ok());
    found.insert("take_lease", store.take_lease("lease", who, now, Duration::from_secs(9)).await.is_ok());
    found.insert("keep_file", store.keep_file(&file).await.is_ok());
    found.insert("file", store.file(file.sha256).await.is_ok());
    found.insert("add_principal", store.add_principal(&principal(who)).await.is_ok());
    found.insert("principals", store.principals().await.is_ok());
    found.insert("revoke_principal", store.revoke_principal("nobody", now).await.is_ok());
    found.insert("quarantine", store.quarantine(&quarantined(who)).await.is_ok());
    found.insert("quarantined", store.quarantined(0, 10).await.is_ok());
    found.insert("mark_resent", store.mark_resent(1, now).await.is_ok());
    let person = person(who);
    let index = [person.blind_index];
    found.insert("keep_persons", store.keep_persons(std::slice::from_ref(&person), &[]).await.is_ok());
    found.insert("persons", store.persons(&index).await.is_ok());
    found.insert("disclosures", store.disclosures(&index).await.is_ok());
    found.insert("person_rows", store.person_rows(&["nobody"]).await.is_ok());
    found.insert("person_page", store.person_page("", 10).await.is_ok());
    found.insert("rewrap", store.rewrap(1, &[person]).await.is_ok());
    found.insert("destroy_person", store.destroy_person("nobody").await.is_ok());
    found.insert("leaves", store.leaves(Position::START, 10).await.is_ok());
    found.insert("keep_cosigned", store.keep_cosigned(&cosigned(who), true).await.is_ok());
    found.insert("cosigned_heads", store.cosigned_heads().await.is_ok());
    found.insert("cosigned", store.cosigned((0, ""), 10).await.is_ok());
    found
}

fn append(stream: &StreamId, message: &MessageKey) -> Append {
    let event = NewEvent {
        stream: stream.clone(),
        kind: "tested".to_owned(),
        schema: 1,
        data: serde_json::json!({}),
        valid_at: None,
    };
    let receipt = NewReceipt {
        message: message.clone(),
        digest: Hash::of(b"content"),
        body: ReceiptBody::whole(b"{}".to_vec()),
    };
    Append {
        events: vec![event],
        assumes: Vec::new(),
        receipt: Some(receipt),
        order: None,
        cause: None,
        actor: ActorName { name: "test".to_owned(), role: "operator".to_owned() },
        recorded_at: Timestamp::UNIX_EPOCH,
    }
}

fn cosigned(witness: &str) -> CosignedHead {
    let cosigned = Cosigned { size: 1, witness: witness.to_owned(), note: "a note".to_owned() };
    CosignedHead { cosigned, frontier: vec![] }
}

fn person(name: &str) -> PersonRow {
    PersonRow {
        person: name.to_owned(),
        blind_index: Hash::of(name.as_bytes()),
        key_number: 1,
        wrapped_key: b"key".to_vec(),
    }
}

fn principal(name: &str) -> Principal {
    Principal {
        name: name.to_owned(),
        roles: vec!["auditor".to_owned()],
        token_sha256: Hash::of(name.as_bytes()),
        added_at: Timestamp::UNIX_EPOCH,
        revoked_at: None,
    }
}

fn quarantined(body: &str) -> Quarantined {
    Quarantined {
        number: 0,
        at: Timestamp::UNIX_EPOCH,
        cause: "not-json".to_owned(),
        sender: None,
        headers: "{}".to_owned(),
        body: body.as_bytes().to_vec(),
        resent_at: None,
    }
}
