//! Checkpoints of the tree (c2sp.org/tlog-checkpoint): how large the log was, and what its root was, signed.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Hash;
use crate::note::{NotANote, NotSigned, Note, VerifierKey};

/// The head of a log at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, and its key's.
    pub origin: String,
    /// How many entries it had.
    pub size: u64,
    /// RFC 6962 root over their leaves.
    pub root: Hash,
}

/// Why a checkpoint is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCheckpoint {
    /// It is no signed note.
    #[error("the checkpoint cannot be read")]
    Note(#[from] NotANote),
    /// The log's key did not sign it.
    #[error("the checkpoint is not signed by the log")]
    Signature(#[from] NotSigned),
    /// The text is not that of a checkpoint.
    #[error("the text of the note is no checkpoint")]
    Text,
    /// It is one of another log.
    #[error("the checkpoint is one of the log {origin}")]
    Origin {
        /// The other log.
        origin: String,
    },
}

impl Checkpoint {
    /// Reads a checkpoint and checks that the log with `key` signed it.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, BadCheckpoint> {
        let note = Note::parse(note)?;
        note.verify(key)?;
        let checkpoint = Self::parse(&note.text).ok_or(BadCheckpoint::Text)?;
        if checkpoint.origin == key.name() {
            Ok(checkpoint)
        } else {
            Err(BadCheckpoint::Origin { origin: checkpoint.origin })
        }
    }

    /// Reads the text of a checkpoint. Lines of extension may follow and are not read.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let number: u64 = size.parse().ok()?;
        let root = Hash(STANDARD.decode(root).ok()?.try_into().ok()?);
        let sound = !origin.is_empty() && number.to_string() == size && lines.all(|line| !line.is_empty());
        sound.then(|| Self { origin: origin.to_owned(), size: number, root })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, STANDARD.encode(self.root.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Notary;
    use crate::note::NoteSigner;
    use crate::tree::Frontier;

    fn notary() -> Notary {
        Notary::try_new("svod.example/smolensk", &[1; 32], &[2; 32]).unwrap()
    }

    fn tree(leaves: u8) -> Frontier {
        (0..leaves).map(|leaf| Hash([leaf; 32])).collect()
    }

    #[test]
    fn a_checkpoint_says_how_large_the_log_is_and_what_its_root_is() {
        let note = notary().checkpoint(&tree(0));
        let text = "svod.example/smolensk\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— svod.example/smolensk ";
        assert!(note.starts_with(text), "{note}");
        let opened = Checkpoint::open(&notary().checkpoint(&tree(3)), &notary().verifier_key()).unwrap();
        let expected = Checkpoint { origin: "svod.example/smolensk".into(), size: 3, root: tree(3).root() };
        assert_eq!(opened, expected);
    }

    #[test]
    fn a_checkpoint_of_another_key_or_of_another_log_is_not_believed() {
        let key = notary().verifier_key();
        let other = Notary::try_new("svod.example/smolensk", &[3; 32], &[2; 32]).unwrap();
        let refused = Checkpoint::open(&other.checkpoint(&tree(3)), &key);
        assert!(matches!(refused, Err(BadCheckpoint::Signature(NotSigned::Unknown { .. }))), "{refused:?}");
        let elsewhere = Checkpoint { origin: "svod.example/tver".into(), size: 0, root: tree(0).root() };
        let ours = NoteSigner::try_new("svod.example/smolensk", &[1; 32]).unwrap();
        let signed = ours.sign(&elsewhere.to_string()).to_string();
        let origin = "svod.example/tver".to_owned();
        assert_eq!(Checkpoint::open(&signed, &key), Err(BadCheckpoint::Origin { origin }));
    }

    #[test]
    fn a_text_that_is_no_checkpoint_is_refused() {
        let root = STANDARD.encode([0; 32]);
        for text in [
            String::new(),
            "a\n".into(),
            "a\n1\n".into(),
            format!("a\n01\n{root}\n"),
            format!("a\n-1\n{root}\n"),
            format!("a\n1\n{root}"),
            format!("\n1\n{root}\n"),
            "a\n1\nAAAA\n".into(),
            format!("a\n1\n{root}\n\nx\n"),
        ] {
            assert_eq!(Checkpoint::parse(&text), None, "{text:?}");
        }
        assert!(Checkpoint::parse(&format!("a\n1\n{root}\nan extension\n")).is_some());
    }
}
