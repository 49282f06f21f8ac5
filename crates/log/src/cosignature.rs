//! Cosignatures of witnesses (c2sp.org/tlog-cosignature, Ed25519, type 0x04): somebody who is not the log says under its
//! checkpoint that at that second it knew no larger log, and that this one only grew out of those it had seen.

use crate::named_key::{NamedKey, NamedSigner};
use crate::note::{NotSigned, Note, SignatureLine};

/// The type of such a key in key ids and verifier keys.
const COSIGNATURE: u8 = 4;

/// Latest second that the format allows, since 1970.
const TIME_MAX: u64 = i64::MAX as u64;

/// What is signed: two lines above the text of the checkpoint.
fn message(time: u64, checkpoint: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{checkpoint}")
}

/// A witness's public key with its name.
pub type CosignerKey = NamedKey<COSIGNATURE>;

impl CosignerKey {
    /// When this witness cosigned the note, in seconds since 1970.
    pub fn cosigned_at(&self, note: &Note) -> Result<u64, NotSigned> {
        let name = || self.name().to_owned();
        let line = self.line_in(&note.signatures);
        let line = line.ok_or_else(|| NotSigned::Unknown { name: name() })?;
        self.time_of(line, &note.text).ok_or_else(|| NotSigned::False { name: name() })
    }

    fn time_of(&self, line: &SignatureLine, checkpoint: &str) -> Option<u64> {
        let (time, signature) = line.signature.split_first_chunk::<8>()?;
        let time = u64::from_be_bytes(*time);
        let holds = self.holds(message(time, checkpoint).as_bytes(), signature);
        // A cosignature of a whole tree always has its time.
        (holds && 0 < time && time <= TIME_MAX).then_some(time)
    }
}

/// A key that cosigns. Its secret is never shown. It is of another type than [`crate::note::NoteSigner`]: a key that signs a log
/// must not cosign one.
pub type Cosigner = NamedSigner<COSIGNATURE>;

impl Cosigner {
    /// Cosigns the text of a checkpoint at a second since 1970.
    #[must_use]
    pub fn cosign(&self, checkpoint: &str, time: u64) -> SignatureLine {
        let signature = self.signature(message(time, checkpoint).as_bytes());
        self.line([&time.to_be_bytes()[..], &signature].concat())
    }
}

/// One note with the signatures of several over the same text, each line once, in the order in which they came.
/// `None`: there are none, or they are not of one text.
#[must_use]
pub fn merged(notes: impl IntoIterator<Item = Note>) -> Option<Note> {
    let mut notes = notes.into_iter();
    let mut merged = notes.next()?;
    for note in notes {
        if note.text != merged.text {
            return None;
        }
        for line in note.signatures {
            if !merged.signatures.contains(&line) {
                merged.signatures.push(line);
            }
        }
    }
    Some(merged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::{NotANote, NoteSigner};

    const TEXT: &str = "svod.example/smolensk\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    const TIME: u64 = 1_679_315_147;

    fn witness() -> Cosigner {
        Cosigner::try_new("witness.example/w1", &[5; 32]).unwrap()
    }

    fn cosigned() -> Note {
        let mut note = NoteSigner::try_new("svod.example/smolensk", &[7; 32]).unwrap().sign(TEXT);
        note.signatures.push(witness().cosign(TEXT, TIME));
        note
    }

    #[test]
    fn a_cosignature_tells_its_time_and_holds_for_one_text() {
        let note = Note::parse(&cosigned().to_string()).unwrap();
        assert_eq!(witness().verifier_key().cosigned_at(&note), Ok(TIME));
        let elsewhere = Note { text: TEXT.replace("\n3\n", "\n4\n"), ..note };
        let name = "witness.example/w1".to_owned();
        assert_eq!(witness().verifier_key().cosigned_at(&elsewhere), Err(NotSigned::False { name }));
    }

    /// What Python's `cryptography` signs with this seed, and Python's `aics-tlog` believes.
    const FOREIGN_KEY: &str = "witness.example/w1+567cde09+BG56HN0psLeP0Tr0xVmP7/TvKpcWbjym8uT7/M2AUFvx";
    const FOREIGN_LINE: &str = "— witness.example/w1 VnzeCQAAAABkGFDLwyL01PhkjVVgMC6Zn5ET9Nq9cfw55SPPZqzM1jKuFTwlu4zb08nA3HFWpbpBG0DQcG0H0t0Rzt3wtFIfZXLSDA==\n";

    #[test]
    fn a_cosignature_is_the_one_that_other_programs_make() {
        assert_eq!(witness().verifier_key().to_string(), FOREIGN_KEY);
        assert_eq!(witness().cosign(TEXT, TIME).to_string(), FOREIGN_LINE);
        let note = Note::parse(&format!("{TEXT}\n{FOREIGN_LINE}")).unwrap();
        assert_eq!(FOREIGN_KEY.parse::<CosignerKey>().unwrap().cosigned_at(&note), Ok(TIME));
    }

    #[test]
    fn a_changed_time_a_missing_byte_and_no_time_are_seen() {
        let mut note = cosigned();
        let line = note.signatures[1].clone();
        let mut changed = vec![line.signature.clone(); 3];
        changed[0][7] ^= 1;
        changed[1].pop();
        changed[2].truncate(7);
        changed.push(witness().cosign(TEXT, 0).signature);
        changed.push(witness().cosign(TEXT, TIME_MAX + 1).signature);
        for signature in changed {
            note.signatures[1].signature = signature;
            assert!(
                matches!(witness().verifier_key().cosigned_at(&note), Err(NotSigned::False { .. })),
                "{note:?}"
            );
        }
        note.signatures.pop();
        assert!(matches!(witness().verifier_key().cosigned_at(&note), Err(NotSigned::Unknown { .. })));
    }

    #[test]
    fn the_key_of_a_witness_is_not_that_of_a_log() {
        let key = witness().verifier_key();
        assert_eq!(key.to_string().parse(), Ok(key.clone()));
        let log = NoteSigner::try_new("witness.example/w1", &[5; 32]).unwrap().verifier_key().to_string();
        assert_eq!(log.parse::<CosignerKey>(), Err(NotANote::Key));
        assert_eq!(key.to_string().parse::<crate::note::VerifierKey>(), Err(NotANote::Key));
        assert!(!format!("{:?}", witness()).contains("5, 5"));
    }

    #[test]
    fn signatures_over_one_text_are_put_under_it_each_once() {
        let other = Cosigner::try_new("witness.example/w2", &[6; 32]).unwrap();
        let mut second = cosigned();
        second.signatures[1] = other.cosign(TEXT, TIME);
        let all = merged([cosigned(), second.clone(), cosigned()]).unwrap();
        assert_eq!(all.signatures.len(), 3);
        assert_eq!(
            (witness().verifier_key().cosigned_at(&all), other.verifier_key().cosigned_at(&all)),
            (Ok(TIME), Ok(TIME))
        );
        second.text.push('x');
        assert_eq!(merged([cosigned(), second]), None);
        assert_eq!(merged([]), None);
    }
}
