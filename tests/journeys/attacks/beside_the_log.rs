//! The attacks beside the log: on what is made of it, kept beside it, or shown of it.

use std::fs;

use serde_json::json;
use svod_log::Hash;
use svod_log::tlog_proof::read_hash;
use svod_log::tree::leaf_hash;

use super::tables::{blob, in_hex};
use super::{At, Attack, Case, Column, Own};
use crate::auditor::judged;
use crate::erasure::requested;
use crate::records::{IDS, QUARTER};
use crate::service::Ledger;

const EARLY: At = |marks| marks.early;
const AT_THE_CLOSE: At = |marks| marks.close;

/// On the database and the vault.
pub(super) const KEPT_BESIDE: &[Attack] = &[
    Attack {
        number: 16,
        what: "a document of a view is edited",
        act: |case| {
            case.sql(
                "UPDATE documents SET body = CAST(replace(CAST(body AS TEXT), 'approved', 'returned') AS BLOB)",
                "UPDATE documents SET body = convert_to(replace(convert_from(body, 'UTF8'), 'approved', 'returned'), 'UTF8')",
            );
        },
        seen: Column::Replayed,
        by: "views",
        at: |marks| marks.end,
    },
    Attack {
        number: 17,
        what: "the file of a published document is exchanged",
        act: |case| case.sql("UPDATE files SET bytes = x'504b'", "UPDATE files SET bytes = '\\x504b'"),
        seen: Column::Replayed,
        by: "documents",
        at: AT_THE_CLOSE,
    },
    Attack {
        number: 18,
        what: "another template makes the document, and the log records what came of it (both keys stolen)",
        act: exchange_the_template,
        seen: Column::Replayed,
        by: "documents",
        at: AT_THE_CLOSE,
    },
    Attack {
        number: 19,
        what: "the key of a person is destroyed, and nobody asked for it",
        act: |case| case.vault_sql("DELETE FROM disclosures; DELETE FROM persons"),
        seen: Column::Codes,
        by: "vault",
        at: EARLY,
    },
    Attack {
        number: 20,
        what: "another text is put under the digest of an entry",
        act: |case| {
            case.vault_sql(
                "UPDATE disclosures SET sealed = (SELECT other.sealed FROM disclosures AS other
                WHERE other.digest <> disclosures.digest ORDER BY other.digest LIMIT 1)",
            );
        },
        seen: Column::Codes,
        by: "vault",
        at: EARLY,
    },
    Attack {
        number: 21,
        what: "a person who was erased is put back from a backup",
        act: resurrect,
        seen: Column::Codes,
        by: "vault",
        at: |marks| marks.end + 2,
    },
    Attack {
        number: 30,
        what: "a trigger of the database is dropped",
        act: |case| case.sql("DROP TRIGGER entries_are_not_deleted", "DROP TRIGGER entries_stay ON entries"),
        seen: Column::Chain,
        by: "drift",
        at: |marks| marks.end,
    },
    Attack {
        number: 32,
        what: "the log is frozen: nobody outside hears of it any more",
        act: |case| case.silence_minutes = 1,
        seen: Column::Witness,
        by: "witness",
        at: |marks| marks.witnessed,
    },
];

fn exchange_the_template(case: &mut Case) {
    let document = b"PK: another document";
    let sha256 = Hash::of(document);
    case.tables(|tables, honest| {
        let built = tables.first("report-built", 0);
        tables.edit(built, |entry| entry["data"]["sha256"] = json!(sha256.to_string()));
        tables.rehash(&honest.keys());
    });
    let (sha256, bytes) = (blob(&case.ledger, &sha256.0), blob(&case.ledger, document));
    case.ledger
        .sql(&format!("INSERT INTO files (sha256, media_type, bytes) VALUES ({sha256}, 'x', {bytes})"));
}

/// Statements that put the rows of a table of the vault back that are not there.
fn put_back(ledger: &Ledger, table: &str, columns: &[(&str, bool)]) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let asked =
        columns.iter().map(|(name, binary)| if *binary { in_hex(ledger, name) } else { (*name).to_owned() });
    let asked: Vec<String> = asked.collect();
    let value = |(value, (_, binary)): (&String, &(&str, bool))| {
        if *binary { blob(ledger, &hex::decode(value).unwrap()) } else { format!("'{value}'") }
    };
    let rows = ledger.vault_rows(&format!("SELECT {} FROM {table}", asked.join(", ")));
    let statement = |row: Vec<String>| {
        let values: Vec<String> = row.iter().zip(columns).map(value).collect();
        format!(
            "INSERT INTO {table} ({}) VALUES ({}) ON CONFLICT DO NOTHING;",
            names.join(", "),
            values.join(", ")
        )
    };
    rows.into_iter().map(statement).collect::<Vec<_>>().join("\n")
}

fn resurrect(case: &mut Case) {
    let ledger = &case.ledger;
    let persons = [("person", false), ("blind_index", true), ("key_number", false), ("wrapped_key", true)];
    let disclosures = [("digest", true), ("person", false), ("sealed", true)];
    let backup =
        [put_back(ledger, "persons", &persons), put_back(ledger, "disclosures", &disclosures)].join("\n");
    let erasure = requested(ledger);
    ledger.svod(&["erase", "approve", &erasure, "--token-file", "o-2.token"]);
    case.vault_sql(&backup);
}

/// On what somebody is given to take away; the public key is enough to see them.
pub(super) const TAKEN_AWAY: &[Own] = &[
    Own {
        number: 22,
        what: "an event is left out of an export, or of a record",
        act: leave_out,
        by: "positions, proof",
    },
    Own {
        number: 25,
        what: "a proof is cut short, made longer, turned round, or taken from another entry",
        act: bend_a_proof,
        by: "proof",
    },
    Own {
        number: 26,
        what: "a node of the tree is shown as an entry, or the last entry a second time",
        act: confuse_leaf_and_node,
        by: "proof",
    },
];

/// What `svod audit check` says of a proof that is none.
#[track_caller]
fn is_not_proved(case: &Case, path: &str) {
    let told = case.ledger.svod_ends(1, &["audit", "check", path, "--key", &case.honest.key, "--json"]);
    assert_eq!((&told["sound"], &told["defence"]), (&json!(false), &json!("proof")), "{told}");
    assert!(told["file"].is_string(), "{told}");
}

fn leave_out(case: &Case) {
    let (ledger, folder) = (&case.ledger, case.ledger.folder.path());
    let check = ["audit", "check", "record", "--key", &case.honest.key, "--json"];
    for version in ["0001", "0002", "0004"] {
        let record = folder.join("record");
        ledger.svod(&["audit", "prove", IDS[2], "--out", "record"]);
        ledger.svod_ends(0, &check);
        fs::remove_file(record.join(format!("{version}.tlog-proof"))).unwrap();
        is_not_proved(case, "record");
        fs::remove_dir_all(record).unwrap();
    }
    ledger.svod(&["audit", "export", "--out", "export"]);
    let (early, end) = (case.honest.marks.early, case.honest.marks.end);
    let bundle = folder.join(format!("export/tile/entries/000.p/{end}"));
    let bytes = fs::read(&bundle).unwrap();
    let (mut entries, mut rest) = (vec![], bytes.as_slice());
    while let Some((length, behind)) = rest.split_first_chunk::<2>() {
        let (entry, behind) = behind.split_at(usize::from(u16::from_be_bytes(*length)));
        entries.push(entry);
        rest = behind;
    }
    // So that bundle and tile are as long as they have to be, the last entry stands there twice.
    entries.remove(usize::try_from(early - 1).unwrap());
    entries.push(entries[entries.len() - 1]);
    let length = |entry: &[u8]| u16::try_from(entry.len()).unwrap().to_be_bytes();
    let bytes: Vec<u8> = entries.iter().flat_map(|entry| [&length(entry)[..], entry].concat()).collect();
    let tile: Vec<u8> = entries.iter().flat_map(|entry| leaf_hash(entry).0).collect();
    fs::write(bundle, bytes).unwrap();
    fs::write(folder.join(format!("export/tile/0/000.p/{end}")), tile).unwrap();
    fs::write(folder.join("vkey"), &case.honest.key).unwrap();
    let (status, told) = judged(ledger, "export");
    assert_eq!(
        (status, &told["defence"], &told["position"]),
        (1, &json!("positions"), &json!(early)),
        "{told}"
    );
}

/// Who stole both keys lets a close select what was never approved: no export and no document is made of it, and it is told as
/// changed, not as a failure.
pub(super) fn nothing_is_made_of_a_doctored_close(case: &Case) {
    case.tables(|tables, honest| {
        tables.edit(honest.marks.close, |entry| entry["data"]["included"][0]["version"] = json!(9));
        tables.rehash(&honest.keys());
    });
    let close = json!(case.honest.marks.close);
    for ask in [&["export", "--out", "doctored", "--redact"][..], &["reproduce", QUARTER]] {
        let told = case.ledger.svod_ends(1, &[&["audit"], ask, &["--json"]].concat());
        assert_eq!((&told["defence"], &told["position"]), (&json!("rules"), &close), "{told}");
    }
    assert!(!case.ledger.folder.path().join("doctored").exists());
}

/// The lines of the proof of an early entry, changed.
fn changed_proof(case: &Case, change: impl FnOnce(&mut Vec<String>)) {
    let path = case.ledger.folder.path().join("bent.tlog-proof");
    let early = case.honest.marks.early.to_string();
    for name in ["bent.tlog-proof", "bent.entry.json"] {
        let _first_time = fs::remove_file(case.ledger.folder.path().join(name));
    }
    case.ledger.svod(&["audit", "prove", &early, "--out", "bent.tlog-proof"]);
    let text = fs::read_to_string(&path).unwrap();
    let (proof, checkpoint) = text.split_once("\n\n").unwrap();
    let mut lines: Vec<String> = proof.lines().map(str::to_owned).collect();
    change(&mut lines);
    fs::write(&path, format!("{}\n\n{checkpoint}", lines.join("\n"))).unwrap();
}

fn bend_a_proof(case: &Case) {
    changed_proof(case, |_| {});
    case.ledger.svod_ends(0, &["audit", "check", "bent.tlog-proof", "--key", &case.honest.key, "--json"]);
    let changes: [fn(&mut Vec<String>); 4] = [
        |lines| drop(lines.pop()),
        |lines| lines.push(lines[2].clone()),
        |lines| lines.swap(2, 3),
        |lines| "index 0".clone_into(&mut lines[1]),
    ];
    for change in changes {
        changed_proof(case, change);
        is_not_proved(case, "bent.tlog-proof");
    }
}

fn confuse_leaf_and_node(case: &Case) {
    let entry = case.ledger.folder.path().join("bent.entry.json");
    let (early, end) = (case.honest.marks.early - 1, case.honest.marks.end);
    // The node above the entry, whose proof is one hash shorter.
    let mut sibling = vec![];
    changed_proof(case, |lines| {
        sibling = read_hash(&lines.remove(2)).unwrap().0.to_vec();
        lines[1] = format!("index {}", early / 2);
    });
    let leaf = leaf_hash(&fs::read(&entry).unwrap()).0.to_vec();
    let node = if early % 2 == 0 { [leaf, sibling].concat() } else { [sibling, leaf].concat() };
    fs::write(&entry, node).unwrap();
    is_not_proved(case, "bent.tlog-proof");
    changed_proof(case, |lines| lines[1] = format!("index {end}"));
    is_not_proved(case, "bent.tlog-proof");
}
