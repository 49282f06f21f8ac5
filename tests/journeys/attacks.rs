//! The thirty-two attacks: by whoever administers the database, whoever stole one key or both, and whoever passes on what was
//! taken away. Each is made on a whole ledger of its own, on both databases, through the running program; each is seen, at its
//! first bad position, by the defence that docs/AUDIT.md names, and by no configuration that should be blind to it.

mod beside_the_log;
mod honest;
mod on_the_log;
mod tables;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use honest::{Honest, Marks};
use tables::Tables;

use crate::records::QUARTER;
use crate::service::{Ledger, root};

/// How many there are.
const ATTACKS: usize = 32;

/// For how long no witness may have been silent, where nothing else is said, in minutes.
const SILENCE_MINUTES: u32 = 60;

/// What somebody has who looks. Each has what those before it have, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    /// Nothing: the entries and the guards of the database are compared with each other.
    Chain,
    /// The log's verifier key.
    Key,
    /// A checkpoint that the auditor kept.
    Kept,
    /// What a witness cosigned.
    Witness,
    /// The ledger's keys: codes and vault.
    Codes,
    /// The receipt of somebody who sent a message.
    Receipts,
    /// The rules, the views and the documents, made again.
    Replayed,
}

const COLUMNS: [(Column, &str); 7] = [
    (Column::Chain, "nothing"),
    (Column::Key, "+ verifier key"),
    (Column::Kept, "+ kept checkpoint"),
    (Column::Witness, "+ witness"),
    (Column::Codes, "+ codes and vault"),
    (Column::Receipts, "+ receipts"),
    (Column::Replayed, "+ rules, views, documents"),
];

/// How many of the first fourteen each sees: what was measured before svod was written.
const OF_FOURTEEN: [usize; 7] = [1, 7, 8, 11, 13, 14, 14];

/// Where an attack is told.
type At = fn(&Marks) -> u64;

/// An attack on a ledger.
struct Attack {
    number: usize,
    what: &'static str,
    act: fn(&mut Case),
    /// What it takes to see it.
    seen: Column,
    /// The defence that names the first bad position in the full configuration; behind a colon, what it has to say of it.
    by: &'static str,
    at: At,
}

/// An attack on what was taken away from a ledger; it asks by itself, with nothing but the verifier key.
struct Own {
    number: usize,
    what: &'static str,
    act: fn(&Case),
    by: &'static str,
}

/// A ledger to be attacked, and what whoever looks at it brings along.
struct Case<'a> {
    honest: &'a Honest,
    ledger: Ledger,
    cosigned: PathBuf,
    silence_minutes: u32,
}

/// What the program said of a ledger that it found changed.
#[derive(Debug)]
struct Told {
    defence: String,
    position: Option<u64>,
    what: String,
}

impl<'a> Case<'a> {
    fn new(honest: &'a Honest) -> Self {
        let cosigned = honest.outside("cosigned.txt");
        Self { honest, ledger: honest.ledger.copy(), cosigned, silence_minutes: SILENCE_MINUTES }
    }

    fn tables(&self, attack: impl FnOnce(&mut Tables, &Honest)) {
        let mut tables = Tables::read(&self.ledger);
        attack(&mut tables, self.honest);
        tables.write(&self.ledger);
    }

    fn sql(&self, sqlite: &str, postgres: &str) {
        self.ledger.sql(if self.ledger.postgres_url().is_some() { postgres } else { sqlite });
    }

    fn vault_sql(&self, statement: &str) {
        match self.ledger.postgres_url() {
            Some(_) => drop(self.ledger.sql(statement)),
            None => self.ledger.vault_sql(statement),
        }
    }

    /// What whoever has this much finds wrong; nothing, if it calls the ledger sound, or can only say that nobody vouches.
    fn seen_with(&self, column: Column) -> Vec<Told> {
        if column == Column::Replayed {
            let asks =
                [&["verify", "--rules"][..], &["verify", "--views"], &["reproduce", QUARTER]].into_iter();
            return asks.filter_map(|ask| self.ask(ask, column)).collect();
        }
        let file = |name: &str| self.honest.outside(name).to_str().unwrap().to_owned();
        let (kept, receipt, witness) =
            (file("kept.txt"), file("receipt.json"), honest::witness().verifier_key().to_string());
        let silence = self.silence_minutes.to_string();
        let mut ask = vec!["verify"];
        let cosigned = self.cosigned.to_str().unwrap();
        let brought: [(Column, &[&str]); 3] = [
            (Column::Key, &["--key", &self.honest.key]),
            (Column::Kept, &["--checkpoint", &kept]),
            (Column::Witness, &["--checkpoint", cosigned, "--witness", &witness]),
        ];
        for (_, more) in brought.iter().filter(|(from, _)| column >= *from) {
            ask.extend_from_slice(more);
        }
        // A receipt is newer than what its witness cosigned, so it is brought apart from what is demanded of the witness.
        let demand = ["--quorum", "1", "--silence", &silence];
        let with_receipt = [ask.as_slice(), &["--checkpoint", &receipt]].concat();
        let mut asks = vec![if column >= Column::Witness { [ask.as_slice(), &demand].concat() } else { ask }];
        if column == Column::Receipts {
            asks.push(with_receipt);
        }
        asks.iter().filter_map(|ask| self.ask(ask, column)).collect()
    }

    #[track_caller]
    fn ask(&self, ask: &[&str], column: Column) -> Option<Told> {
        let mut command = self.ledger.command();
        if column < Column::Codes {
            command.env("SVOD_KEYS_FILE", self.ledger.folder.path().join("none"));
        }
        let output = command.arg("audit").args(ask).arg("--json").env("SVOD_LOG", "warn").output().unwrap();
        let (printed, said) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let status = output.status.code();
        if status == Some(if column == Column::Chain { 3 } else { 0 }) {
            return None;
        }
        assert_eq!(status, Some(1), "{column:?} {ask:?}: {printed}\n{said}");
        let told: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(told["sound"], false, "{told}");
        let document = told.pointer("/documents/0/built_at_position");
        let position = document.unwrap_or(&told["position"]).as_u64();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Some(Told { defence: text(&told["defence"]), position, what: text(&told["what"]) })
    }
}

/// Makes an attack and looks with more and more, until it is seen; and then with everything.
#[track_caller]
fn is_seen(honest: &Honest, attack: &Attack) {
    let Attack { number, what, act, seen, by, at } = attack;
    let mut case = Case::new(honest);
    act(&mut case);
    let mut told = vec![];
    for (column, _) in COLUMNS.into_iter().filter(|(column, _)| column <= seen) {
        told = case.seen_with(column);
        assert_eq!(!told.is_empty(), column == *seen, "{number}, {what}, with {column:?}: {told:?}");
    }
    if *seen < Column::Receipts {
        told = case.seen_with(Column::Receipts);
    }
    let (defence, says) = by.split_once(": ").unwrap_or((by, ""));
    let position = Some(at(&honest.marks));
    let is_told =
        |told: &Told| told.defence == defence && told.position == position && told.what.contains(says);
    assert!(told.iter().any(is_told), "{number}, {what}: {told:?}, expected {by} at {position:?}");
}

/// The list, in two parts that take as long: each on honest ledgers of its own.
#[derive(Clone, Copy)]
enum Part {
    Fourteen,
    Others,
}

fn are_seen(part: Part, ledger: Ledger) {
    let honest = Honest::new(ledger);
    let case = Case::new(&honest);
    for (column, _) in COLUMNS {
        let told = case.seen_with(column);
        assert!(told.is_empty(), "a false alarm with {column:?}: {told:?}");
    }
    match part {
        Part::Fourteen => on_the_log::FOURTEEN.iter().for_each(|attack| is_seen(&honest, attack)),
        Part::Others => {
            on_the_log::WRITTEN
                .iter()
                .chain(beside_the_log::KEPT_BESIDE)
                .for_each(|attack| is_seen(&honest, attack));
            for own in beside_the_log::TAKEN_AWAY {
                (own.act)(&Case::new(&honest));
            }
            beside_the_log::nothing_is_made_of_a_doctored_close(&Case::new(&honest));
        }
    }
}

/// What it takes to see each, the defence, and what is done, by the number of the attack.
fn by_number() -> BTreeMap<usize, (Column, &'static str, &'static str)> {
    let ours = [on_the_log::FOURTEEN, on_the_log::WRITTEN, beside_the_log::KEPT_BESIDE].into_iter().flatten();
    let ours = ours.map(|attack| (attack.number, (attack.seen, attack.by, attack.what)));
    let own = beside_the_log::TAKEN_AWAY.iter().map(|own| (own.number, (Column::Key, own.by, own.what)));
    ours.chain(own).collect()
}

/// How many of these each configuration sees.
fn counts(attacks: &BTreeMap<usize, (Column, &str, &str)>, upto: usize) -> [usize; 7] {
    COLUMNS.map(|(column, _)| attacks.range(..=upto).filter(|(_, (seen, _, _))| *seen <= column).count())
}

/// The tables of docs/AUDIT.md.
fn tables_of_the_document() -> String {
    let attacks = by_number();
    let names = COLUMNS.map(|(_, name)| name);
    let mut lines = vec![format!("| of | {} |", names.join(" | ")), format!("|{}", "---|".repeat(8))];
    for upto in [14, ATTACKS] {
        let counts = counts(&attacks, upto).map(|count| count.to_string());
        lines.push(format!("| {upto} | {} |", counts.join(" | ")));
    }
    lines.extend(
        ["", "| attack | what is done | seen with | defence |", "|---|---|---|---|"].map(str::to_owned),
    );
    for (number, (column, by, what)) in &attacks {
        let with = names[*column as usize].trim_start_matches("+ ");
        let by = by.split(", ").map(|by| format!("`{}`", by.replace(": ", "`: `")));
        let by = by.collect::<Vec<_>>().join(", ");
        lines.push(format!("| {number} | {what} | {with} | {by} |"));
    }
    lines.join("\n")
}

#[test]
fn the_document_says_what_each_configuration_sees() {
    let attacks = by_number();
    assert!(attacks.keys().copied().eq(1..=ATTACKS), "every attack once: {:?}", attacks.keys());
    assert_eq!(counts(&attacks, 14), OF_FOURTEEN);
    let document = std::fs::read_to_string(root().join("docs/AUDIT.md")).unwrap();
    let tables = tables_of_the_document();
    assert!(document.contains(&tables), "docs/AUDIT.md does not hold these tables:\n{tables}");
}

#[test]
fn the_fourteen_attacks_on_an_embedded_ledger_are_seen() {
    are_seen(Part::Fourteen, Ledger::embedded());
}

#[test]
fn the_fourteen_attacks_on_postgresql_are_seen() {
    are_seen(Part::Fourteen, Ledger::postgres());
}

#[test]
fn the_other_attacks_on_an_embedded_ledger_are_seen() {
    are_seen(Part::Others, Ledger::embedded());
}

#[test]
fn the_other_attacks_on_postgresql_are_seen() {
    are_seen(Part::Others, Ledger::postgres());
}
