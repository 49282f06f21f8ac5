//! The tables of a ledger in the hands of whoever administers its database: read, changed, and written back so that every guard
//! stands again afterwards.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use svod_log::tree::{Frontier, leaf_hash};
use svod_log::{AuditHead, AuditRow, Hash, Notary, Position, Version, canonical};

use crate::service::Ledger;

/// The log as its tables hold it.
pub(super) struct Tables {
    pub(super) rows: Vec<AuditRow>,
    pub(super) head: AuditHead,
}

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

/// The bytes as a literal of the ledger's database.
pub(super) fn blob(ledger: &Ledger, bytes: &[u8]) -> String {
    let digits = hex::encode(bytes);
    if ledger.postgres_url().is_some() { format!("'\\x{digits}'") } else { format!("x'{digits}'") }
}

/// A column of bytes in hexadecimal, as the ledger's database says it.
pub(super) fn in_hex(ledger: &Ledger, column: &str) -> String {
    if ledger.postgres_url().is_some() {
        format!("encode({column}, 'hex')")
    } else {
        format!("hex({column})")
    }
}

impl Tables {
    pub(super) fn read(ledger: &Ledger) -> Self {
        let column = |name: &str| in_hex(ledger, name);
        let query = format!(
            "SELECT position, stream, version, {}, {}, {} FROM entries ORDER BY position",
            column("leaf"),
            column("mac"),
            column("bytes")
        );
        let row = |row: Vec<String>| AuditRow {
            position: Position(row[0].parse().unwrap()),
            stream: row[1].clone(),
            version: Version(row[2].parse().unwrap()),
            leaf: bytes(&row[3]).into(),
            mac: bytes(&row[4]).into(),
            bytes: bytes(&row[5]).into(),
        };
        let rows = ledger.rows(&query).into_iter().map(row).collect();
        let text = if ledger.postgres_url().is_some() {
            "encode(convert_to(checkpoint, 'UTF8'), 'hex')"
        } else {
            "hex(checkpoint)"
        };
        let query = format!(
            "SELECT position, {}, {}, {}, {text} FROM log_head",
            column("frontier"),
            column("root"),
            column("mac")
        );
        let head = ledger.rows(&query).remove(0);
        let head = AuditHead {
            position: Position(head[0].parse().unwrap()),
            frontier: bytes(&head[1]),
            root: bytes(&head[2]),
            mac: bytes(&head[3]),
            checkpoint: String::from_utf8(bytes(&head[4])).unwrap(),
        };
        Self { rows, head }
    }

    /// Takes the guards away, writes, and puts the guards back as they were.
    pub(super) fn write(&self, ledger: &Ledger) {
        let (down, up) = guards(ledger);
        let blob = |bytes: &[u8]| blob(ledger, bytes);
        let mut script = format!("{down}\nDELETE FROM entries;\n");
        for AuditRow { position, stream, version, leaf, mac, bytes } in &self.rows {
            let (leaf, mac, bytes) = (blob(leaf), blob(mac), blob(bytes));
            writeln!(
                script,
                "INSERT INTO entries (position, stream, version, leaf, mac, bytes)
                VALUES ({position}, '{stream}', {version}, {leaf}, {mac}, {bytes});"
            )
            .unwrap();
        }
        let AuditHead { position, frontier, root, mac, checkpoint } = &self.head;
        let (frontier, root, mac) = (blob(frontier), blob(root), blob(mac));
        writeln!(
            script,
            "UPDATE log_head SET position = {position}, frontier = {frontier}, root = {root}, mac = {mac},
            checkpoint = '{checkpoint}';\n{up}"
        )
        .unwrap();
        ledger.sql(&script);
    }

    pub(super) fn end(&self) -> u64 {
        self.rows.len() as u64
    }

    pub(super) fn row(&mut self, position: u64) -> &mut AuditRow {
        &mut self.rows[usize::try_from(position - 1).unwrap()]
    }

    pub(super) fn entry(&self, position: u64) -> Value {
        serde_json::from_slice(&self.rows[usize::try_from(position - 1).unwrap()].bytes).unwrap()
    }

    /// The first entry of this type behind a position.
    #[track_caller]
    pub(super) fn first(&self, kind: &str, after: u64) -> u64 {
        (after + 1..=self.end()).find(|position| self.entry(*position)["type"] == kind).unwrap()
    }

    /// Changes what an entry says, in its canonical form.
    pub(super) fn edit(&mut self, position: u64, change: impl FnOnce(&mut Value)) {
        let mut entry = self.entry(position);
        change(&mut entry);
        self.row(position).bytes = canonical::to_bytes(&entry).unwrap().into();
    }

    /// Adds an entry like that at a position, recorded when the last one was, under a message that nobody sent before.
    pub(super) fn append_like(&mut self, position: u64, change: impl FnOnce(&mut Value)) {
        let mut entry = self.entry(position);
        entry["recorded_at"] = self.entry(self.end())["recorded_at"].clone();
        entry["message"]["id"] = json!("forged");
        change(&mut entry);
        let mut row = self.row(position).clone();
        entry["stream"].as_str().unwrap().clone_into(&mut row.stream);
        row.bytes = canonical::to_bytes(&entry).unwrap().into();
        self.rows.push(row);
    }

    /// Makes everything that can be computed without a key agree again: places, versions, links, leaves, the head. The codes are
    /// those that `forger` can make; who has no key of the codes leaves what stood there.
    pub(super) fn rehash(&mut self, forger: &Notary) {
        let mut tips: HashMap<String, (u64, Hash)> = HashMap::new();
        let mut moved: HashMap<u64, u64> = HashMap::new();
        for index in 0..self.rows.len() {
            let position = index as u64 + 1;
            let before = tips.get(&self.rows[index].stream).copied();
            let version = before.map_or(1, |(version, _)| version + 1);
            self.edit(position, |entry| {
                if let Some(cause) = entry["cause"].as_u64() {
                    entry["cause"] = json!(moved[&cause]);
                }
                moved.insert(entry["position"].as_u64().unwrap(), position);
                entry["position"] = json!(position);
                entry["version"] = json!(version);
                entry["prev"] = before.map_or(Value::Null, |(_, leaf)| json!(leaf.to_string()));
            });
            let row = &mut self.rows[index];
            (row.position, row.version) = (Position(position), Version(version));
            let leaf = leaf_hash(&row.bytes);
            if row.leaf != leaf.0[..] {
                row.leaf = leaf.0.to_vec().into();
                row.mac = forger.mac(row.position, leaf).0.to_vec().into();
            }
            tips.insert(row.stream.clone(), (version, leaf));
        }
        self.head = head(&self.rows, forger);
    }

    /// Makes leaf and code of one entry anew, and nothing else.
    pub(super) fn vouch(&mut self, position: u64, forger: &Notary) {
        let row = self.row(position);
        let leaf = leaf_hash(&row.bytes);
        (row.leaf, row.mac) = (leaf.0.to_vec().into(), forger.mac(row.position, leaf).0.to_vec().into());
    }

    /// Cuts the log, and puts the head back that was genuine then: both kinds of vouching say of the same the same for ever.
    pub(super) fn restore(&mut self, size: u64, honest: &Notary) {
        self.rows.truncate(usize::try_from(size).unwrap());
        self.head = head(&self.rows, honest);
    }
}

fn head(rows: &[AuditRow], forger: &Notary) -> AuditHead {
    let tree: Frontier = rows.iter().map(|row| leaf_hash(&row.bytes)).collect();
    AuditHead {
        position: Position(tree.size()),
        frontier: tree.to_bytes(),
        root: tree.root().0.to_vec(),
        mac: forger.head_mac(&tree).0.to_vec(),
        checkpoint: forger.checkpoint(&tree),
    }
}

/// Statements that take the guards of the log away, and that put them back.
fn guards(ledger: &Ledger) -> (String, String) {
    if ledger.postgres_url().is_some() {
        let query =
            "SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgenabled = 'A' AND NOT tgisinternal
            AND tgrelid IN ('entries'::regclass, 'log_head'::regclass) ORDER BY tgname";
        let guards = ledger.rows(query);
        let of = |verb: &str| {
            let each = guards.iter().map(|row| format!("ALTER TABLE {} {verb} TRIGGER {};", row[0], row[1]));
            each.collect::<Vec<_>>().join("\n")
        };
        return (of("DISABLE"), of("ENABLE ALWAYS"));
    }
    let query = "SELECT name, hex(sql) FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN ('entries', 'log_head')";
    let guards = ledger.rows(query);
    let down: Vec<String> = guards.iter().map(|row| format!("DROP TRIGGER {};", row[0])).collect();
    let text = |row: &Vec<String>| format!("{};", String::from_utf8(bytes(&row[1])).unwrap());
    let up: Vec<String> = guards.iter().map(text).collect();
    (down.join("\n"), up.join("\n"))
}
