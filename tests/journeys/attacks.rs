//! Whoever administers the database changes it behind the program's back: each attack is seen, with its first bad position, by the
//! defence that should see it, on both databases. Attacks are numbered as docs/AUDIT.md numbers them.

use serde_json::Value;

use crate::auditor::closed;
use crate::records::QUARTER;
use crate::service::Ledger;

/// What is done, on each database, and what has to be told.
struct Attack {
    number: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
    /// What the auditor asks.
    ask: &'static [&'static str],
    /// The defence that sees it.
    defence: &'static str,
    /// The first bad position; nought: whichever.
    position: u64,
}

const VERIFY: &[&str] = &["audit", "verify", "--json"];
const VIEWS: &[&str] = &["audit", "verify", "--views", "--json"];

/// The administrator has every right: first the guards of the tables go.
const UNGUARD_SQLITE: &str = "DROP TRIGGER entries_are_not_updated; DROP TRIGGER entries_are_not_deleted;
    DROP TRIGGER entries_are_not_replaced; DROP TRIGGER log_head_only_advances; DROP TRIGGER log_head_is_not_deleted;
    DROP TRIGGER log_head_is_not_replaced; DROP TRIGGER checkpoints_are_not_updated;
    DROP TRIGGER checkpoints_are_not_deleted; ";
const UNGUARD_POSTGRES: &str =
    "ALTER TABLE entries DISABLE TRIGGER ALL; ALTER TABLE log_head DISABLE TRIGGER ALL;
    ALTER TABLE checkpoints DISABLE TRIGGER ALL; ";

/// On the log: the guards are gone, and what the tables then say is told before that.
const ON_THE_LOG: &[Attack] = &[
    Attack {
        number: "1, an edit",
        sqlite: "UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), 'район', 'раён') AS BLOB) WHERE position = 7",
        postgres: "UPDATE entries SET bytes = convert_to(replace(convert_from(bytes, 'UTF8'), 'район', 'раён'), 'UTF8') WHERE position = 7",
        ask: VERIFY,
        defence: "leaf",
        position: 0,
    },
    Attack {
        number: "3, a deletion",
        sqlite: "DELETE FROM entries WHERE position = 40",
        postgres: "DELETE FROM entries WHERE position = 40",
        ask: VERIFY,
        defence: "positions",
        position: 40,
    },
    Attack {
        number: "4, an insertion",
        sqlite: "INSERT INTO entries SELECT position + 1000, 'forged', 1, leaf, mac, bytes FROM entries WHERE position = 5;
            UPDATE entries SET position = (SELECT position + 1 FROM log_head) WHERE position = 1005;
            UPDATE log_head SET position = position + 1",
        postgres: "INSERT INTO entries SELECT (SELECT position + 1 FROM log_head), 'forged', 1, leaf, mac, bytes FROM entries WHERE position = 5;
            UPDATE log_head SET position = position + 1",
        ask: VERIFY,
        defence: "mac",
        position: 0,
    },
    Attack {
        number: "5, two entries change places",
        sqlite: "UPDATE entries SET position = -position WHERE position IN (8, 9) AND 0;
            UPDATE entries SET bytes = (SELECT bytes FROM entries AS other WHERE other.position = 9) WHERE position = 8",
        postgres: "UPDATE entries SET bytes = (SELECT bytes FROM entries AS other WHERE other.position = 9) WHERE position = 8",
        ask: VERIFY,
        defence: "leaf",
        position: 8,
    },
    Attack {
        number: "6, the tail is cut off",
        sqlite: "DELETE FROM entries WHERE position > 50; UPDATE log_head SET position = 50",
        postgres: "DELETE FROM entries WHERE position > 50; UPDATE log_head SET position = 50",
        ask: VERIFY,
        defence: "head",
        position: 0,
    },
    Attack {
        number: "15, a column beside the entry",
        sqlite: "UPDATE entries SET stream = 'submission-forged' WHERE position = 60",
        postgres: "UPDATE entries SET stream = 'submission-forged' WHERE position = 60",
        ask: VERIFY,
        defence: "columns",
        position: 60,
    },
    Attack {
        number: "15, the actor in the entry",
        sqlite: "UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), '\"r-1\"', '\"r-2\"') AS BLOB)",
        postgres: "UPDATE entries SET bytes = convert_to(replace(convert_from(bytes, 'UTF8'), '\"r-1\"', '\"r-2\"'), 'UTF8')",
        ask: VERIFY,
        defence: "leaf",
        position: 0,
    },
    Attack {
        number: "27, the code of another key",
        sqlite: "UPDATE entries SET mac = (SELECT mac FROM entries AS other WHERE other.position = 61) WHERE position = 60",
        postgres: "UPDATE entries SET mac = (SELECT mac FROM entries AS other WHERE other.position = 61) WHERE position = 60",
        ask: VERIFY,
        defence: "mac",
        position: 60,
    },
    Attack {
        number: "27, a checkpoint that nobody signed",
        sqlite: "UPDATE log_head SET checkpoint = replace(checkpoint, '\n\n', '\nadded\n\n')",
        postgres: "UPDATE log_head SET checkpoint = replace(checkpoint, E'\\n\\n', E'\\nadded\\n\\n')",
        ask: VERIFY,
        defence: "checkpoint",
        position: 0,
    },
];

/// Around the log: the entries are sound, and something else is not.
const AROUND_THE_LOG: &[Attack] = &[
    Attack {
        number: "16, a view",
        sqlite: "UPDATE documents SET body = CAST(replace(CAST(body AS TEXT), 'approved', 'returned') AS BLOB)",
        postgres: "UPDATE documents SET body = convert_to(replace(convert_from(body, 'UTF8'), 'approved', 'returned'), 'UTF8')",
        ask: VIEWS,
        defence: "views",
        position: 0,
    },
    Attack {
        number: "16, a document of a view is taken out",
        sqlite: "DELETE FROM documents WHERE key LIKE '2020-Q2/66710000%'",
        postgres: "DELETE FROM documents WHERE key LIKE '2020-Q2/66710000%'",
        ask: VIEWS,
        defence: "views",
        position: 0,
    },
    Attack {
        number: "30, a trigger is dropped",
        sqlite: "DROP TRIGGER entries_are_not_deleted",
        postgres: "DROP TRIGGER entries_stay ON entries",
        ask: VERIFY,
        defence: "drift",
        position: 0,
    },
    Attack {
        number: "30, a right is given",
        sqlite: "DROP TRIGGER receipts_are_not_updated",
        postgres: "GRANT DELETE ON receipts TO PUBLIC",
        ask: VERIFY,
        defence: "drift",
        position: 0,
    },
];

/// On the vault: on PostgreSQL it lies in the same database.
const ON_THE_VAULT: &[(&str, &str)] = &[
    ("19, a key is destroyed and nobody asked for it", "DELETE FROM disclosures; DELETE FROM persons"),
    (
        "19, one disclosure is destroyed",
        "DELETE FROM disclosures WHERE digest = (SELECT digest FROM disclosures ORDER BY digest LIMIT 1)",
    ),
    (
        "20, another text under the same digest",
        "UPDATE disclosures SET sealed = (SELECT other.sealed FROM disclosures AS other WHERE other.digest <> disclosures.digest
            ORDER BY other.digest LIMIT 1)",
    ),
];

#[track_caller]
fn is_seen(ledger: &Ledger, number: &str, ask: &[&str], defence: &str, position: u64) {
    let told: Value = ledger.svod_ends(1, ask);
    assert_eq!((&told["sound"], &told["defence"]), (&false.into(), &defence.into()), "{number}: {told}");
    let found = told["position"].as_u64();
    assert!(found.is_some() && (position == 0 || found == Some(position)), "{number}: {told}");
}

fn attacks(honest: &Ledger) {
    closed(honest);
    for ask in [VERIFY, VIEWS] {
        honest.svod_ends(0, ask);
    }
    for (attacks, unguarded) in [(ON_THE_LOG, true), (AROUND_THE_LOG, false)] {
        for Attack { number, sqlite, postgres, ask, defence, position } in attacks {
            let ledger = honest.copy();
            let (guards, attack) = match ledger.postgres_url() {
                Some(_) => (UNGUARD_POSTGRES, postgres),
                None => (UNGUARD_SQLITE, sqlite),
            };
            ledger.sql(&format!("{}{attack}", if unguarded { guards } else { "" }));
            is_seen(&ledger, number, ask, defence, *position);
        }
    }
    for (number, attack) in ON_THE_VAULT {
        let ledger = honest.copy();
        match ledger.postgres_url() {
            Some(_) => drop(ledger.sql(attack)),
            None => ledger.vault_sql(attack),
        }
        is_seen(&ledger, number, VERIFY, "vault", 0);
    }
    let ledger = honest.copy();
    let swapped = if ledger.postgres_url().is_some() { "'\\x504b'" } else { "x'504b'" };
    ledger.sql(&format!("UPDATE files SET bytes = {swapped}"));
    let told = ledger.svod_ends(1, &["audit", "reproduce", QUARTER, "--json"]);
    assert_eq!(told["documents"][0]["wrong"][0]["what"], "kept", "17: {told}");
}

#[test]
fn every_attack_on_an_embedded_ledger_is_seen() {
    attacks(&Ledger::embedded());
}

#[test]
fn every_attack_on_postgresql_is_seen() {
    attacks(&Ledger::postgres());
}
