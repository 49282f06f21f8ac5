//! What is said to a witness: from where, by which proof, to which checkpoint. Written by the ledger, read by the witness.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use svod_log::Hash;
use svod_log::note::NOTE_BYTES_MAX;

/// Most hashes of a proof that the protocol allows: a tree of 2^63 leaves needs no more.
pub const PROOF_LINES_MAX: usize = 63;

/// Longest line of a proof: 32 bytes in base64 and the line feed.
const PROOF_LINE_BYTES: usize = 45;

/// Largest request, in bytes: the largest note under the longest proof and the line with the old size.
pub const REQUEST_BYTES_MAX: usize = NOTE_BYTES_MAX + PROOF_LINES_MAX * PROOF_LINE_BYTES + 32;

/// The body of `POST /add-checkpoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the witness is believed to have cosigned last; 0 if none.
    pub old: u64,
    /// Proof that the log only grew since.
    pub proof: Vec<Hash>,
    /// The checkpoint, a signed note.
    pub note: String,
}

/// A text that is no such body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub(crate) &'static str);

impl std::str::FromStr for AddCheckpoint {
    type Err = Malformed;

    fn from_str(body: &str) -> Result<Self, Malformed> {
        let (head, note) =
            body.split_once("\n\n").ok_or(Malformed("there is no empty line before the checkpoint"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(decimal);
        let old = old.ok_or(Malformed("the first line is not `old` and a size"))?;
        let mut proof = vec![];
        for line in lines {
            if proof.len() == PROOF_LINES_MAX {
                return Err(Malformed("the proof has more than 63 lines"));
            }
            proof.push(hash(line).ok_or(Malformed("a line of the proof is no hash in base64"))?);
        }
        Ok(Self { old, proof, note: note.to_owned() })
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        for hash in &self.proof {
            writeln!(f, "{}", STANDARD.encode(hash.0))?;
        }
        write!(f, "\n{}", self.note)
    }
}

/// A number of digits without noughts before it.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    text.parse::<u64>().ok().filter(|number| number.to_string() == text)
}

fn hash(line: &str) -> Option<Hash> {
    Some(Hash(STANDARD.decode(line).ok()?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for proof in [vec![], vec![Hash([1; 32])], vec![Hash([2; 32]); PROOF_LINES_MAX]] {
            let said = AddCheckpoint { old: 17, proof, note: "a\n18\nroot\n\n— a AAAA\n".into() };
            assert_eq!(said.to_string().parse(), Ok(said));
        }
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let hash = STANDARD.encode([1; 32]);
        for body in [
            String::new(),
            "old 1\nnote\n".into(),
            "\n\nnote\n".into(),
            "new 1\n\nnote\n".into(),
            "old\n\nnote\n".into(),
            "old 01\n\nnote\n".into(),
            "old -1\n\nnote\n".into(),
            "old +1\n\nnote\n".into(),
            "old 18446744073709551616\n\nnote\n".into(),
            "old 1 \n\nnote\n".into(),
            "old 1\r\n\r\nnote\n".into(),
            format!("old 1\n{hash}=\n\nnote\n"),
            format!("old 1\n{}\n\nnote\n", &hash[..43]),
            "old 1\nAAAA\n\nnote\n".into(),
            format!("old 1\n{}\nnote\n", format!("{hash}\n").repeat(PROOF_LINES_MAX + 1)),
        ] {
            assert!(body.parse::<AddCheckpoint>().is_err(), "{body:?}");
        }
    }
}
