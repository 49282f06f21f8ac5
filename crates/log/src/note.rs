//! Signed notes and their keys, as C2SP writes them (c2sp.org/signed-note): a text, and under it lines with signatures. The
//! form that Go's checksum database, Sigsum and Sigstore speak, so that programs of others check what we sign.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::named_key::{NamedKey, NamedSigner, is_name};

/// Longest note, in bytes. Ours have some three hundred; sixteen cosignatures with room to spare fit.
pub const NOTE_BYTES_MAX: usize = 64 << 10;

/// Most signatures of a note: C2SP asks for at least 16.
pub const SIGNATURES_MAX: usize = 64;

/// The type of a key that signs notes with Ed25519, in key ids and verifier keys.
const ED25519: u8 = 1;

/// What a signature line begins with: an em dash and a space.
const DASH: &str = "\u{2014} ";

/// What cannot be a note, or a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotANote {
    /// No text with lines of signatures under it.
    #[error("this is not a signed note")]
    Form,
    /// More bytes or signatures than anybody needs.
    #[error("the note is too large")]
    TooLarge,
    /// Not the text of a verifier key.
    #[error("this is not the text of a verifier key")]
    Key,
}

/// Why a note is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// None of its signatures is by the key.
    #[error("the note is not signed by {name}")]
    Unknown {
        /// Name of the key.
        name: String,
    },
    /// A signature says that it is by the key, and is not.
    #[error("the signature of {name} is false")]
    False {
        /// Name of the key.
        name: String,
    },
}

/// One line under a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    /// Name of the key.
    pub name: String,
    /// The first bytes of a hash of name and key.
    pub key_id: [u8; 4],
    /// The signature itself.
    pub signature: Vec<u8>,
}

/// A text and who signed it. Nothing is checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The text, with its last line feed.
    pub text: String,
    /// In the order in which they stand.
    pub signatures: Vec<SignatureLine>,
}

impl Note {
    /// Reads a note.
    pub fn parse(note: &str) -> Result<Self, NotANote> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(NotANote::TooLarge);
        }
        if note.chars().any(|character| character < ' ' && character != '\n') {
            return Err(NotANote::Form);
        }
        let split = note.rfind("\n\n").ok_or(NotANote::Form)?;
        let (text, lines) = (&note[..=split], &note[split + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NotANote::Form)?;
        let signatures = lines.split('\n').map(line).collect::<Option<Vec<_>>>().ok_or(NotANote::Form)?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(NotANote::TooLarge);
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// Whether `key` signed it.
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NotSigned> {
        let line = key.line_in(&self.signatures);
        let name = || key.name().to_owned();
        let line = line.ok_or_else(|| NotSigned::Unknown { name: name() })?;
        let holds = key.holds(self.text.as_bytes(), &line.signature);
        if holds { Ok(()) } else { Err(NotSigned::False { name: name() }) }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| write!(f, "{line}"))
    }
}

/// With its line feed.
impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.key_id[..], &self.signature].concat();
        writeln!(f, "{DASH}{} {}", self.name, STANDARD.encode(bytes))
    }
}

fn line(line: &str) -> Option<SignatureLine> {
    let (name, signature) = line.strip_prefix(DASH)?.split_once(' ')?;
    let bytes = STANDARD.decode(signature).ok()?;
    let (key_id, signature) = bytes.split_first_chunk::<4>()?;
    let sound = is_name(name) && !signature.is_empty();
    sound.then(|| SignatureLine { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() })
}

/// What others check the signatures of a log with.
pub type VerifierKey = NamedKey<ED25519>;

/// A key that signs notes under a name. Its secret is never shown.
pub type NoteSigner = NamedSigner<ED25519>;

impl NoteSigner {
    /// Signs a text that ends with a line feed.
    #[must_use]
    pub fn sign(&self, text: &str) -> Note {
        let signature = self.signature(text.as_bytes()).to_vec();
        Note { text: text.to_owned(), signatures: vec![self.line(signature)] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key and the note of the tests of Go's package `golang.org/x/mod/sumdb/note`.
    const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn signer() -> NoteSigner {
        NoteSigner::try_new("svod.example/smolensk", &[7; 32]).unwrap()
    }

    #[test]
    fn a_note_that_go_signed_is_believed() {
        let note = Note::parse(GO_NOTE).unwrap();
        assert_eq!(note.verify(&GO_KEY.parse().unwrap()), Ok(()));
        assert_eq!(note.to_string(), GO_NOTE);
        assert_eq!(GO_KEY.parse::<VerifierKey>().unwrap().to_string(), GO_KEY);
    }

    #[test]
    fn what_is_signed_is_believed_and_nothing_else() {
        let (signer, key) = (signer(), signer().verifier_key());
        let note = signer.sign("one\n\ntwo\n");
        assert_eq!(Note::parse(&note.to_string()).as_ref(), Ok(&note));
        assert_eq!(note.verify(&key), Ok(()));
        let other = NoteSigner::try_new("svod.example/smolensk", &[8; 32]).unwrap();
        let name = "svod.example/smolensk".to_owned();
        assert_eq!(note.verify(&other.verifier_key()), Err(NotSigned::Unknown { name: name.clone() }));
        let changed = Note { text: "one\n\nthree\n".into(), ..note };
        assert_eq!(changed.verify(&key), Err(NotSigned::False { name }));
    }

    #[test]
    fn signatures_of_strangers_are_passed_over() {
        let signer = signer();
        let mut note = signer.sign("text\n");
        let stranger = NoteSigner::try_new("a.stranger", &[9; 32]).unwrap().sign("another\n");
        note.signatures.insert(0, stranger.signatures[0].clone());
        assert_eq!(Note::parse(&note.to_string()).unwrap().verify(&signer.verifier_key()), Ok(()));
    }

    #[test]
    fn what_is_no_note_is_refused() {
        let many = format!("t\n\n{}", "— a AAAAAAA=\n".repeat(SIGNATURES_MAX + 1));
        let long = format!("{}\n\n— a AAAAAAA=\n", "t".repeat(NOTE_BYTES_MAX));
        for note in [
            "",
            "\n",
            "text\n",
            "text\n\n",
            "text\n\nsigned\n",
            "text\n\n— a AAAA\n",
            "text\n\n— a AAAAAAA=",
            "text\n\n— a+b AAAAAAA=\n",
            "te\rxt\n\n— a AAAAAAA=\n",
            "text\n\n- a AAAAAAA=\n",
        ] {
            assert_eq!(Note::parse(note), Err(NotANote::Form), "{note:?}");
        }
        for note in [many, long] {
            assert_eq!(Note::parse(&note), Err(NotANote::TooLarge));
        }
    }

    #[test]
    fn a_key_whose_id_is_not_its_own_is_refused() {
        for key in ["", "a", "a+b+c", &GO_KEY.replace("c74f", "c74e"), &GO_KEY.replace("Peter", "Pieter")] {
            assert_eq!(key.parse::<VerifierKey>(), Err(NotANote::Key), "{key:?}");
        }
        assert_eq!(NoteSigner::try_new("a b", &[1; 32]).err(), Some(NotANote::Key));
    }

    #[test]
    fn a_signer_does_not_show_its_secret() {
        let shown = format!("{:?}", signer());
        assert!(!shown.contains(&hex::encode([7; 32])) && !shown.contains("7, 7"), "{shown}");
    }
}
