//! The auditor's program: is an exported log what its signed checkpoint says, by nothing but the files and the public key.
//!
//! What an export is, and in which order it is looked at, is in docs/AUDIT.md; `tests/audit/verify.py` was written from that
//! page and has to give the same answers.

mod disclosures;
mod export;
mod folder;
mod papers;
mod tiles;
mod verdict;

pub use export::verify;
pub use papers::{key_in, note_in};
pub use verdict::{CannotTell, Ended, Fault, Sound};
