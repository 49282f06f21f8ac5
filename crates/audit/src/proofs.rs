//! Proofs of single entries that an export brings along (c2sp.org/tlog-proof), for whoever is given no more than one.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use svod_log::note::VerifierKey;
use svod_log::proof::{PROOF_HASHES_MAX, check_inclusion};
use svod_log::verify::{Defence, Entries};
use svod_log::{Checkpoint, Hash, Position};

use crate::folder::Folder;
use crate::papers;
use crate::verdict::{Ended, Fault};

/// Where the proofs of an export lie.
const FOLDER: &str = "proofs";

/// What the name of a proof ends with.
const ENDING: &str = ".tlog-proof";

/// Longest proof, in bytes: the hashes, and room for a checkpoint with all its cosignatures.
const BYTES_MAX: u64 = 72 << 10;

/// A proof of an entry, and the signed checkpoint that it leads to.
struct Proof {
    file: String,
    hashes: Vec<Hash>,
    checkpoint: Checkpoint,
}

/// The proofs of an export, by the index of their entry.
#[derive(Default)]
pub(crate) struct Proofs(BTreeMap<u64, Vec<Proof>>);

/// Whether this is the place of a proof.
pub(crate) fn is_place(file: &str) -> bool {
    let name = file.strip_prefix(FOLDER).and_then(|rest| rest.strip_prefix('/'));
    name.is_some_and(|name| !name.contains('/') && name.ends_with(ENDING))
}

impl Proofs {
    /// Reads all proofs. What their checkpoints say is expected of the log from now on.
    pub(crate) fn read(folder: &Folder, key: &VerifierKey, entries: &mut Entries) -> Result<Self, Ended> {
        let mut proofs = Self::default();
        for name in folder.names(FOLDER)? {
            let file = format!("{FOLDER}/{name}");
            if !is_place(&file) {
                continue;
            }
            let bytes = folder.read(&file, BYTES_MAX)?;
            let text = String::from_utf8_lossy(&bytes);
            let wrong = |what| Fault::in_file(&file, Defence::Proofs, what);
            let (index, hashes, note) = parse(&text).ok_or_else(|| wrong("this is no tlog-proof"))?;
            let checkpoint = papers::open(&file, note, key)?;
            if index >= checkpoint.size {
                return Err(wrong("the entry lies outside of the tree of the checkpoint").into());
            }
            entries.expect(checkpoint.size, checkpoint.root);
            proofs.0.entry(index).or_default().push(Proof { file, hashes, checkpoint });
        }
        Ok(proofs)
    }

    /// Whether the proofs of the entry with this leaf hold.
    pub(crate) fn check(&mut self, index: u64, leaf: Hash) -> Result<(), Fault> {
        for Proof { file, hashes, checkpoint } in self.0.remove(&index).unwrap_or_default() {
            if let Err(error) = check_inclusion(leaf, index, checkpoint.size, &hashes, checkpoint.root) {
                return Err(Fault::at(Position(index).next(), &file, Defence::Proofs, error.to_string()));
            }
        }
        Ok(())
    }
}

/// Index, hashes and note.
fn parse(text: &str) -> Option<(u64, Vec<Hash>, &str)> {
    let (head, note) = text.split_once("\n\n")?;
    let mut lines = head.split('\n').peekable();
    if lines.next()? != "c2sp.org/tlog-proof@v1" {
        return None;
    }
    lines.next_if(|line| line.starts_with("extra "));
    let index = papers::size_of(lines.next()?.strip_prefix("index ")?)?;
    let hashes: Vec<Hash> = lines.map(hash).collect::<Option<_>>()?;
    (hashes.len() <= PROOF_HASHES_MAX).then_some((index, hashes, note))
}

fn hash(line: &str) -> Option<Hash> {
    Some(Hash(STANDARD.decode(line).ok()?.try_into().ok()?))
}
