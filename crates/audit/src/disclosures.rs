//! What is disclosed of sealed claims (RFC 9901): each disclosure is one that some entry commits to, and there is one only.
//!
//! Of each disclosure its digest is held in memory until an entry names it.

use std::collections::HashSet;
use std::io::{BufRead as _, Read as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use svod_log::Hash;
use svod_log::outline::Outline;
use svod_log::verify::Defence;

use crate::folder::{Folder, unreadable};
use crate::verdict::{Ended, Fault};

/// Where they lie, one a line.
pub(crate) const FILE: &str = "disclosures.jsonl";

/// Longest line, in bytes: no claim is longer than an entry.
const LINE_BYTES_MAX: u64 = 256 << 10;

/// The disclosures of an export.
#[derive(Debug, Default)]
pub(crate) struct Disclosures {
    count: usize,
    /// Those that no entry has named yet.
    unnamed: HashSet<Hash>,
}

impl Disclosures {
    /// Reads all disclosures; an export that discloses nothing has no such file.
    pub(crate) fn read(folder: &Folder) -> Result<Self, Ended> {
        let mut disclosures = Self::default();
        each_line(folder, |number, line| {
            let wrong =
                |what: &str| Fault::in_file(FILE, Defence::Disclosures, format!("line {number}: {what}"));
            let digest = digest_of(line).map_err(wrong)?;
            if disclosures.unnamed.insert(digest) {
                Ok(())
            } else {
                Err(wrong("the digest was disclosed before"))
            }
        })?;
        disclosures.count = disclosures.unnamed.len();
        Ok(disclosures)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// An entry commits to what it seals.
    pub(crate) fn name(&mut self, entry: &Outline<'_>) {
        if !self.unnamed.is_empty() {
            for digest in entry.sealed().filter_map(hash) {
                self.unnamed.remove(&digest);
            }
        }
    }

    /// The log ends: every disclosure was named.
    pub(crate) fn end(&self, folder: &Folder) -> Result<(), Ended> {
        if self.unnamed.is_empty() {
            return Ok(());
        }
        each_line(folder, |number, line| match digest_of(line) {
            Ok(digest) if !self.unnamed.contains(&digest) => Ok(()),
            Ok(_) | Err(_) => {
                let what = format!("line {number}: no entry commits to this digest");
                Err(Fault::in_file(FILE, Defence::Disclosures, what))
            }
        })
    }
}

fn each_line(folder: &Folder, mut each: impl FnMut(u64, &[u8]) -> Result<(), Fault>) -> Result<(), Ended> {
    if !folder.has(FILE) {
        return Ok(());
    }
    let mut reader = folder.reader(FILE)?;
    let mut line = vec![];
    for number in 1.. {
        line.clear();
        (&mut reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).map_err(unreadable(FILE))?;
        if line.is_empty() {
            break;
        }
        each(number, line.strip_suffix(b"\n").unwrap_or(&line))?;
    }
    Ok(())
}

/// The digest that a line discloses something under.
fn digest_of(line: &[u8]) -> Result<Hash, &'static str> {
    let line: Value = serde_json::from_slice(line).map_err(|_| "this is not JSON")?;
    let (Some(digest), Some(disclosure)) = (line["digest"].as_str(), line["disclosure"].as_str()) else {
        return Err("digest or disclosure is missing");
    };
    let mine = Hash::of(disclosure.as_bytes());
    if hash(digest) != Some(mine) {
        return Err("the digest is not that of the disclosure");
    }
    let bytes = URL_SAFE_NO_PAD.decode(disclosure).map_err(|_| "the disclosure is not base64url")?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Array(parts)) if is_claim(&parts) => Ok(mine),
        Ok(_) | Err(_) => Err("the disclosure is not salt, claim and value"),
    }
}

/// RFC 9901 §4.2.1: a salt, the name of a claim, which may not be one of those that seal, and any value.
fn is_claim(parts: &[Value]) -> bool {
    matches!(parts, [Value::String(_), Value::String(claim), _] if claim != "_sd" && claim != "...")
}

fn hash(digest: &str) -> Option<Hash> {
    Some(Hash(URL_SAFE_NO_PAD.decode(digest).ok()?.try_into().ok()?))
}
