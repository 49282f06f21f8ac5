//! A proof in a file of its own: that an entry is in the log that a checkpoint speaks of (c2sp.org/tlog-proof).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::checkpoint::BadCheckpoint;
use crate::note::VerifierKey;
use crate::proof::{BadProof, PROOF_HASHES_MAX, check_inclusion};
use crate::tree::leaf_hash;
use crate::{Checkpoint, Hash, Position};

/// The first line.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Longest file that is read as a proof, in bytes: 64 hashes, a checkpoint with its cosignatures, and extra data that this
/// program ignores.
pub const PROOF_BYTES_MAX: usize = 1 << 20;

/// A proof as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    /// Which leaf, from 0.
    pub index: u64,
    /// From the sibling of the leaf upwards.
    pub hashes: Vec<Hash>,
    /// The checkpoint, with its signatures.
    pub checkpoint: String,
}

/// A text that is no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the proof is not what it should be")]
pub struct NotAProof {
    /// Which line, from 1.
    pub line: usize,
}

/// Why a proof does not prove an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproved {
    /// The checkpoint is not one of the log.
    #[error("the checkpoint of the proof is not one of the log")]
    Checkpoint(#[from] BadCheckpoint),
    /// The hashes do not lead from the entry to the checkpoint.
    #[error("the proof does not lead from the entry to the checkpoint")]
    Inclusion(#[from] BadProof),
}

impl TlogProof {
    /// Reads a proof. There is one way to write it: what is padded, numbered or broken otherwise is none.
    pub fn parse(text: &str) -> Result<Self, NotAProof> {
        let at = |line| NotAProof { line };
        if text.len() > PROOF_BYTES_MAX {
            return Err(at(1));
        }
        let (head, checkpoint) = text.split_once("\n\n").ok_or(at(1))?;
        let mut lines = head.split('\n').zip(1..).peekable();
        lines.next_if(|(line, _)| *line == HEADER).ok_or(at(1))?;
        // What others add means nothing here, and no signature covers it.
        if let Some((extra, line)) = lines.next_if(|(line, _)| line.starts_with("extra ")) {
            STANDARD.decode(&extra["extra ".len()..]).map_err(|_| at(line))?;
        }
        let (index, line) = lines.next().ok_or(at(2))?;
        let index = index.strip_prefix("index ").and_then(number).ok_or(at(line))?;
        let mut hashes = vec![];
        for (hash, line) in lines {
            if hashes.len() == PROOF_HASHES_MAX {
                return Err(at(line));
            }
            hashes.push(read_hash(hash).ok_or(at(line))?);
        }
        Ok(Self { index, hashes, checkpoint: checkpoint.to_owned() })
    }

    /// Checks that these bytes are the entry, in the log of `key`. The position of the entry, and the checkpoint that says so.
    pub fn check(&self, entry: &[u8], key: &VerifierKey) -> Result<(Position, Checkpoint), Unproved> {
        let checkpoint = Checkpoint::open(&self.checkpoint, key)?;
        check_inclusion(leaf_hash(entry), self.index, checkpoint.size, &self.hashes, checkpoint.root)?;
        Ok((Position(self.index + 1), checkpoint))
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}\nindex {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{}", STANDARD.encode(hash.0))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

/// A number as it is written: without noughts before it.
fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

/// A hash in base64.
#[must_use]
pub fn read_hash(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok().map(Hash)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::note::NoteSigner;
    use crate::proof::prove_inclusion;
    use crate::tree::Frontier;

    fn log(size: u64) -> (Vec<Vec<u8>>, Vec<Hash>, NoteSigner, String) {
        let entries: Vec<Vec<u8>> = (0..size).map(|number| format!("entry {number}").into_bytes()).collect();
        let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let root = leaves.iter().copied().collect::<Frontier>().root();
        let signer = NoteSigner::try_new("svod.example/proofs", &[9; 32]).unwrap();
        let note =
            signer.sign(&format!("svod.example/proofs\n{size}\n{}\n", STANDARD.encode(root.0))).to_string();
        (entries, leaves, signer, note)
    }

    fn proof(leaves: &[Hash], index: u64, note: &str) -> TlogProof {
        let hashes = prove_inclusion(leaves, index, leaves.len() as u64).unwrap();
        TlogProof { index, hashes, checkpoint: note.to_owned() }
    }

    proptest! {
        #[test]
        fn an_entry_of_the_log_is_proved_and_nothing_else_is(size in 1_u64..200, chosen in any::<prop::sample::Index>()) {
            let (entries, leaves, signer, note) = log(size);
            let index = chosen.index(entries.len());
            let text = proof(&leaves, index as u64, &note).to_string();
            let read = TlogProof::parse(&text).unwrap();
            prop_assert_eq!(read.to_string(), text);
            let (position, checkpoint) = read.check(&entries[index], &signer.verifier_key()).unwrap();
            prop_assert_eq!((position, checkpoint.size), (Position(index as u64 + 1), size));
            prop_assert!(read.check(b"another", &signer.verifier_key()).is_err());
            let moved = TlogProof { index: read.index + 1, ..read.clone() };
            prop_assert!(moved.check(&entries[index], &signer.verifier_key()).is_err());
            let longer = TlogProof { hashes: [read.hashes.clone(), vec![leaves[0]]].concat(), ..read.clone() };
            prop_assert!(longer.check(&entries[index], &signer.verifier_key()).is_err());
            let stranger = NoteSigner::try_new("svod.example/proofs", &[8; 32]).unwrap();
            prop_assert!(read.check(&entries[index], &stranger.verifier_key()).is_err());
        }
    }

    #[test]
    fn a_proof_is_written_in_one_way_only() {
        let (_, leaves, _, note) = log(5);
        let text = proof(&leaves, 3, &note).to_string();
        assert!(TlogProof::parse(&text).is_ok());
        let lines: Vec<&str> = text.lines().collect();
        let hash = lines[2];
        for (line, from, to) in [
            (1, "tlog-proof@v1".to_owned(), "tlog-proof@v2".to_owned()),
            (1, "c2sp".to_owned(), " c2sp".to_owned()),
            (2, "index 3".to_owned(), "index 03".to_owned()),
            (2, "index 3".to_owned(), "index +3".to_owned()),
            (2, "index 3".to_owned(), "index -3".to_owned()),
            (2, "index 3".to_owned(), "Index 3".to_owned()),
            (2, "index 3\n".to_owned(), "extra !\nindex 3\n".to_owned()),
            (3, hash.to_owned(), format!("{hash} ")),
            (3, hash.to_owned(), hash.trim_end_matches('=').to_owned()),
            (3, hash.to_owned(), STANDARD.encode([1; 31])),
            (3, hash.to_owned(), STANDARD.encode([1; 33])),
            (3, "index 3\n".to_owned(), "index 3\nindex 4\n".to_owned()),
        ] {
            let changed = text.replacen(&from, &to, 1);
            assert_eq!(TlogProof::parse(&changed), Err(NotAProof { line }), "{changed}");
        }
        let endless = text.replacen(hash, &vec![hash; 65].join("\n"), 1);
        assert_eq!(TlogProof::parse(&endless), Err(NotAProof { line: 67 }));
        assert_eq!(TlogProof::parse(&"x".repeat(PROOF_BYTES_MAX + 1)), Err(NotAProof { line: 1 }));
        assert_eq!(TlogProof::parse(lines[0]), Err(NotAProof { line: 1 }));
    }

    #[test]
    fn what_others_add_is_passed_over() {
        let (entries, leaves, signer, note) = log(5);
        let text = proof(&leaves, 3, &note).to_string().replacen("index", "extra c3ZvZA==\nindex", 1);
        assert!(TlogProof::parse(&text).unwrap().check(&entries[3], &signer.verifier_key()).is_ok());
    }
}
