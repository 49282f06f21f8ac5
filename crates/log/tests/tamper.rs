//! The attacks of somebody with every right in the database, on a log of 600 entries, and which defence sees each. The
//! columns add one defence after the other, so that the table also says what a ledger loses that goes without one.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its log has failed")]

#[path = "tamper/since.rs"]
mod since;

use std::collections::HashMap;
use std::io::Cursor;

use jiff::Timestamp;
use serde_json::{Value, json};
use svod_log::tree::{Frontier, leaf_hash};
use svod_log::verify::{Defence, Ended, Sound, Tampered, Verifier};
use svod_log::{
    ActorName, Append, AuditHead, AuditLog as _, AuditRow, EventLog as _, Hash, MemoryStore, NewEvent,
    Notary, Position, StreamId, Version, canonical,
};

const ENTRIES: u64 = 600;
const ORIGIN: &str = "svod.invalid/memory";

/// A whole ledger as its tables hold it.
#[derive(Clone)]
struct Tables {
    rows: Vec<AuditRow>,
    head: AuditHead,
}

/// The honest log, and the checkpoints that were genuine at some sizes.
struct Honest {
    tables: Tables,
    notes: HashMap<u64, AuditHead>,
}

/// The keys that the store in memory uses: the honest ones here.
fn notary() -> Notary {
    Notary::try_new(ORIGIN, &[0; 32], &[0; 32]).unwrap()
}

/// Who stole the key that signs, but not the one of the codes.
fn thief() -> Notary {
    Notary::try_new(ORIGIN, &[0; 32], &[66; 32]).unwrap()
}

/// Who has no key at all.
fn stranger() -> Notary {
    Notary::try_new(ORIGIN, &[66; 32], &[66; 32]).unwrap()
}

async fn honest() -> Honest {
    let (store, mut notes) = (MemoryStore::new(), HashMap::new());
    for number in 1..=ENTRIES {
        let event = NewEvent {
            stream: StreamId::try_new(format!("submission-{}", number % 50)).unwrap(),
            kind: "activity-submitted".into(),
            schema: 1,
            data: json!({"title": format!("Встреча {number}")}),
            valid_at: None,
        };
        let append = Append {
            events: vec![event],
            assumes: vec![],
            receipt: None,
            order: None,
            cause: None,
            actor: ActorName { name: "m-66701000".into(), role: "municipality:66701000".into() },
            // All at one moment, so that the clock does not see what other defences must.
            recorded_at: Timestamp::from_second(1_000).unwrap(),
        };
        store.append(&[append]).await.unwrap();
        notes.insert(number, store.audit_head().await.unwrap());
    }
    let rows = store.audit_rows(Position::START, 5_000).await.unwrap();
    Honest { tables: Tables { rows, head: store.audit_head().await.unwrap() }, notes }
}

impl Tables {
    /// Changes what an entry says, in its canonical form.
    fn edit(&mut self, position: usize, change: impl Fn(&mut Value)) {
        let row = &mut self.rows[position - 1];
        let mut entry: Value = serde_json::from_slice(&row.bytes).unwrap();
        change(&mut entry);
        row.bytes = canonical::to_bytes(&entry).unwrap().into();
    }

    /// Makes everything that can be computed without a key agree again: places, versions, links, leaves, the head. The
    /// codes are those that `forger` can make; who has no key of the codes leaves what stood there.
    fn rehash(&mut self, forger: &Notary) {
        let mut tips: HashMap<String, (u64, Hash)> = HashMap::new();
        let mut tree = Frontier::default();
        for (index, row) in self.rows.iter_mut().enumerate() {
            let mut entry: Value = serde_json::from_slice(&row.bytes).unwrap();
            let before = tips.get(&row.stream).copied();
            let version = before.map_or(1, |(version, _)| version + 1);
            entry["position"] = json!(index + 1);
            entry["version"] = json!(version);
            entry["prev"] = before.map_or(Value::Null, |(_, leaf)| json!(leaf.to_string()));
            row.position = Position(index as u64 + 1);
            row.version = Version(version);
            row.bytes = canonical::to_bytes(&entry).unwrap().into();
            let leaf = leaf_hash(&row.bytes);
            if row.leaf != leaf.0[..] {
                row.leaf = leaf.0.to_vec().into();
                row.mac = forger.mac(row.position, leaf).0.to_vec().into();
            }
            tips.insert(row.stream.clone(), (version, leaf));
            tree.append(leaf);
        }
        self.head = AuditHead {
            position: Position(tree.size()),
            frontier: tree.to_bytes(),
            root: tree.root().0.to_vec(),
            mac: forger.head_mac(&tree).0.to_vec(),
            checkpoint: forger.checkpoint(&tree),
        };
    }

    /// Cuts the log, and puts the head back that was genuine then.
    fn restore(&mut self, honest: &Honest, size: u64) {
        self.rows.truncate(usize::try_from(size).unwrap());
        self.head = honest.notes[&size].clone();
    }
}

type Attack = fn(&mut Tables, &Honest);

fn say(entry: &mut Value) {
    entry["data"]["title"] = json!("Встречи не было");
}

fn forged_row(tables: &mut Tables) {
    let mut row = tables.rows.last().unwrap().clone();
    row.stream = "submission-new".into();
    let mut entry: Value = serde_json::from_slice(&row.bytes).unwrap();
    entry["stream"] = json!(row.stream);
    row.bytes = canonical::to_bytes(&entry).unwrap().into();
    tables.rows.push(row);
}

/// How many of the columns see it: the first ones of a row see nothing, the others all do.
const ATTACKS: &[(&str, Attack, usize, Option<Defence>)] = &[
    ("a row edited, nothing computed anew", |t, _| t.edit(100, say), 0, Some(Defence::Leaf)),
    (
        "a row edited",
        |t, _| {
            t.edit(100, say);
            t.rehash(&stranger());
        },
        1,
        Some(Defence::Mac),
    ),
    (
        "a row deleted",
        |t, _| {
            t.rows.remove(99);
            t.rehash(&stranger());
        },
        1,
        Some(Defence::Mac),
    ),
    (
        "a row inserted",
        |t, _| {
            let row = t.rows[99].clone();
            t.rows.insert(99, row);
            t.rehash(&stranger());
        },
        1,
        Some(Defence::Mac),
    ),
    (
        "two rows swapped",
        |t, _| {
            t.rows.swap(99, 100);
            t.rehash(&stranger());
        },
        1,
        None,
    ),
    (
        "cut to 300, the head made anew",
        |t, _| {
            t.rows.truncate(300);
            t.rehash(&stranger());
        },
        1,
        Some(Defence::Head),
    ),
    (
        "everything dropped",
        |t, _| {
            t.rows.clear();
            t.rehash(&stranger());
        },
        1,
        None,
    ),
    (
        "cut to 500, the genuine head of then",
        |t, honest| t.restore(honest, 500),
        3,
        Some(Defence::Checkpoint),
    ),
    ("a backup of 450 restored", |t, honest| t.restore(honest, 450), 3, Some(Defence::Checkpoint)),
    (
        "row 100 rewritten with the stolen key",
        |t, _| {
            t.edit(100, say);
            t.rehash(&thief());
        },
        2,
        Some(Defence::Mac),
    ),
    (
        "row 450 rewritten with the stolen key",
        |t, _| {
            t.edit(450, say);
            t.rehash(&thief());
        },
        3,
        Some(Defence::Mac),
    ),
    (
        "another view from 595 on with the stolen key",
        |t, _| {
            t.edit(595, say);
            t.rehash(&thief());
        },
        4,
        Some(Defence::Mac),
    ),
    (
        "a row appended, and signed by the next honest head",
        |t, _| {
            forged_row(t);
            t.rehash(&thief());
            t.head.mac = notary().head_mac(&Frontier::from_bytes(&t.head.frontier).unwrap()).0.to_vec();
        },
        4,
        Some(Defence::Mac),
    ),
    (
        "cut to 595, the genuine head of then",
        |t, honest| t.restore(honest, 595),
        5,
        Some(Defence::Checkpoint),
    ),
];

/// The columns: the chain alone, and one defence more in each.
const COLUMNS: usize = 6;

/// What anchors the counts that docs/AUDIT.md publishes.
const SEEN: [usize; COLUMNS] = [1, 7, 8, 11, 13, 14];

/// The same is found first whether where streams end is remembered or put into a file.
fn verify(tables: &Tables, honest: &Honest, column: usize) -> Result<Sound, Tampered> {
    let found = verify_with(tables, honest, column, |verifier| verifier);
    let in_a_file = |verifier: Verifier| verifier.with_scratch_beyond(3, Cursor::new(vec![]));
    assert_eq!(verify_with(tables, honest, column, in_a_file), found);
    found
}

fn verify_with(
    tables: &Tables,
    honest: &Honest,
    column: usize,
    with: impl FnOnce(Verifier) -> Verifier,
) -> Result<Sound, Tampered> {
    let notary_there = (column >= 4).then(notary);
    let key = (column >= 1).then(|| notary().verifier_key());
    let mut verifier = with(Verifier::new(notary_there, key));
    // The auditor's, the witness's, and the receipt of somebody who filed.
    for (since, size) in [(2, 400), (3, 590), (5, 598)] {
        if column >= since {
            verifier.expect(&honest.notes[&size].checkpoint)?;
        }
    }
    tables.rows.iter().try_for_each(|row| verifier.row(row.shown()))?;
    verifier.end(&tables.head).map_err(tampered)
}

/// Nothing is put aside here, so nothing else can end a verification.
fn tampered(ended: Ended) -> Tampered {
    let Ended::Tampered(tampered) = ended else { panic!("{ended}") };
    tampered
}

#[tokio::test]
async fn an_honest_log_is_sound_in_every_configuration() {
    let honest = honest().await;
    for column in 0..COLUMNS {
        let sound = verify(&honest.tables, &honest, column).unwrap();
        assert_eq!((sound.position, sound.macs), (Position(ENTRIES), column >= 4));
        assert_eq!(sound.root.0.to_vec(), honest.tables.head.root);
    }
}

#[tokio::test]
async fn each_attack_is_seen_by_the_defences_that_should_see_it_and_by_no_fewer() {
    let honest = honest().await;
    let mut seen = [0; COLUMNS];
    for (name, attack, blind, defence) in ATTACKS {
        let mut tables = honest.tables.clone();
        attack(&mut tables, &honest);
        for (column, seen) in seen.iter_mut().enumerate() {
            let found = verify(&tables, &honest, column);
            assert_eq!(found.is_err(), column >= *blind, "{name}, column {column}: {found:?}");
            *seen += usize::from(found.is_err());
        }
        let full = verify(&tables, &honest, COLUMNS - 1).unwrap_err();
        assert!(defence.is_none_or(|defence| full.defence == defence), "{name}: {full}");
    }
    assert_eq!(seen, SEEN);
}

#[tokio::test]
async fn the_first_bad_position_is_named() {
    let honest = honest().await;
    for position in [1, 2, 57, 600] {
        let mut tables = honest.tables.clone();
        tables.edit(position, say);
        let found = verify(&tables, &honest, COLUMNS - 1).unwrap_err();
        assert_eq!((found.position, found.defence), (Position(position as u64), Defence::Leaf));
        tables.rehash(&stranger());
        let found = verify(&tables, &honest, COLUMNS - 1).unwrap_err();
        assert_eq!((found.position, found.defence), (Position(position as u64), Defence::Mac));
    }
}

#[tokio::test]
async fn what_stands_outside_of_the_payload_is_seen_too() {
    let honest = honest().await;
    let attacks: &[(&str, Attack, Defence)] = &[
        ("the actor", |t, _| t.edit(7, |entry| entry["actor"]["name"] = json!("m-66605000")), Defence::Leaf),
        ("the column of the stream", |t, _| t.rows[6].stream = "submission-8".into(), Defence::Columns),
        ("the column of the version", |t, _| t.rows[6].version = Version(9), Defence::Columns),
        ("the code of another place", |t, _| t.rows[6].mac = t.rows[7].mac.clone(), Defence::Mac),
        ("no code", |t, _| t.rows[6].mac.clear(), Defence::Mac),
        ("a gap", |t, _| drop(t.rows.remove(6)), Defence::Positions),
        (
            "a row twice",
            |t, _| {
                let row = t.rows[6].clone();
                t.rows.insert(6, row);
            },
            Defence::Positions,
        ),
    ];
    for (name, attack, defence) in attacks {
        let mut tables = honest.tables.clone();
        attack(&mut tables, &honest);
        let found = verify(&tables, &honest, COLUMNS - 1).unwrap_err();
        assert_eq!(found.defence, *defence, "{name}: {found}");
        assert!([Position(7), Position(8)].contains(&found.position), "{name}: {found}");
    }
}

/// All entries say one second; a witness cosigned the first four hundred at another.
#[tokio::test]
async fn what_a_witness_said_of_when_is_compared_with_what_entries_say() {
    let honest = honest().await;
    for (cosigned_at, wrong) in
        [(1_000, None), (700, None), (1_300, None), (699, Some(400)), (1_301, Some(401))]
    {
        let mut verifier = Verifier::new(None, None);
        verifier.witnessed(400, Timestamp::from_second(cosigned_at).unwrap());
        // What one said first and what another said last count.
        verifier.witnessed(400, Timestamp::from_second(1_000).unwrap());
        let rows = honest.tables.rows.iter().try_for_each(|row| verifier.row(row.shown()));
        let told = rows.map_err(|tampered| (tampered.position.0, tampered.defence));
        assert_eq!(told, wrong.map_or(Ok(()), |at| Err((at, Defence::Witness))), "{cosigned_at}");
    }
}

/// With the ledger's own keys a program can write what no honest one would.
#[tokio::test]
async fn what_only_a_broken_program_could_write_is_seen() {
    let honest = honest().await;
    let vouch = |tables: &mut Tables, position: usize| {
        let row = &mut tables.rows[position - 1];
        let leaf = leaf_hash(&row.bytes);
        (row.leaf, row.mac) =
            (leaf.0.to_vec().into(), notary().mac(Position(position as u64), leaf).0.to_vec().into());
    };
    for (name, bytes, defence) in [
        ("white space", r#"{"v": 1}"#, Defence::Form),
        ("a key twice", r#"{"v":"svod-entry/1","v":"svod-entry/1"}"#, Defence::Form),
        ("another format", r#"{"v":"svod-entry/9"}"#, Defence::Form),
    ] {
        let mut tables = honest.tables.clone();
        tables.rows[9].bytes = bytes.as_bytes().to_vec().into();
        vouch(&mut tables, 10);
        let found = verify(&tables, &honest, COLUMNS - 1).unwrap_err();
        assert_eq!((found.position, found.defence), (Position(10), defence), "{name}: {found}");
    }
    let mut tables = honest.tables.clone();
    tables.edit(10, |entry| entry["recorded_at"] = json!("1970-01-01T00:00:01.000000Z"));
    vouch(&mut tables, 10);
    let found = verify(&tables, &honest, COLUMNS - 1).unwrap_err();
    assert_eq!(
        (found.position, found.defence),
        (Position(10), Defence::Clock),
        "a clock that went back: {found}"
    );
    let mut tables = honest.tables.clone();
    tables.edit(60, |entry| entry["prev"] = Value::Null);
    vouch(&mut tables, 60);
    let found = verify(&tables, &honest, COLUMNS - 1).unwrap_err();
    assert_eq!((found.position, found.defence), (Position(60), Defence::Streams), "a broken link: {found}");
}

#[tokio::test]
async fn where_something_else_ends_a_verification_what_was_put_aside_is_told() {
    let honest = honest().await;
    let mut tables = honest.tables.clone();
    let at = tables.rows.iter().position(|row| row.version.0 > 1).unwrap();
    tables.edit(at + 1, |entry| entry["prev"] = json!("00".repeat(32)));
    tables.rows[at].leaf = leaf_hash(&tables.rows[at].bytes).0.to_vec().into();
    let mut verifier = Verifier::new(None, None).with_scratch_beyond(0, Cursor::new(vec![]));
    tables.rows.iter().try_for_each(|row| verifier.row(row.shown())).unwrap();
    let found = verifier.amiss().map(|found| (found.position, found.defence));
    assert_eq!(found, Some((Position(at as u64 + 1), Defence::Streams)));
}
