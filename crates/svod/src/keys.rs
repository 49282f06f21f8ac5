//! The keys of the ledger: what its programs sign checkpoints and mark entries with, and what opens the disclosures of
//! persons. They lie in a file of their own, never in the database, so that whoever writes to the database cannot vouch for
//! what was written, and whoever reads it learns no name.

pub(crate) mod change;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use svod_log::Notary;
use svod_seal::{Newer, SealingKeys, WrappingKeys};

/// The file's name in the data folder, unless the configuration names another.
pub(crate) const FILE: &str = "ledger.keys";

/// Only the service's own user may read or write it.
const MODE: u32 = 0o600;

/// What stands above the keys.
const WARNING: &str = "\
# The keys of a svod ledger. Every process that appends to it needs this very file: copy it to each of its machines, keep
# one copy in a safe, and show it to nobody. Without it nothing can be appended any more and no name can be read; what is
# recorded stays provable.
";

/// The file's shape. Keys are 64 hexadecimal digits.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    /// The log's name in checkpoints.
    origin: String,
    /// Seed of the Ed25519 key that signs checkpoints (RFC 8032).
    signing_seed: String,
    /// Key of the entries' codes (HMAC-SHA256).
    mac_key: String,
    /// Key of the codes by which persons are found (HMAC-SHA256).
    index_key: String,
    /// Number of the wrapping key that is in use, while the one with the greatest number waits on all machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wrapping_key_in_use: Option<u32>,
    /// Keys that wrap the keys of persons (AES-256-GCM), by number; the one with the greatest is in use.
    wrapping_keys: BTreeMap<String, String>,
}

impl KeyFile {
    fn numbers(&self) -> anyhow::Result<BTreeSet<u32>> {
        self.wrapping_keys
            .keys()
            .map(|number| number.parse().context("a wrapping key has no number"))
            .collect()
    }
}

/// The keys, ready for use.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Vouches for what is appended.
    pub(crate) notary: Notary,
    /// Seals and opens what is told of persons.
    pub(crate) sealing: SealingKeys,
}

/// The keys in the file. `None`: there is no such file. Wrapping keys that come later are learnt of.
pub(crate) fn load(path: &Path) -> anyhow::Result<Option<Keys>> {
    let stamp = stamp(path);
    let Some((file, mut keys)) = read(path)? else { return Ok(None) };
    keys.sealing = keys.sealing.reread(newer(path.to_owned(), file.origin, stamp));
    Ok(Some(keys))
}

/// What a file that was replaced or written anew differs in: when, which, how long.
type Stamp = Option<(i64, i64, u64, u64)>;

fn stamp(path: &Path) -> Stamp {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.mtime(), metadata.mtime_nsec(), metadata.ino(), metadata.len()))
}

/// Which state of the file is known, and which was complained of.
struct Seen {
    known: Stamp,
    told: Option<Stamp>,
}

/// Reads the wrapping keys again if the file is another than it was. What cannot be read, because somebody is copying it at this
/// moment, is tried again next time; it is told once, because nobody may ever put it right.
fn newer(path: PathBuf, origin: String, stamp_read: Stamp) -> Arc<Newer> {
    let seen = Mutex::new(Seen { known: stamp_read, told: None });
    Arc::new(move || {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = stamp(&path);
        if now == seen.known {
            return None;
        }
        match read_again(&path, &origin) {
            Ok(wrapping) => {
                *seen = Seen { known: now, told: None };
                tracing::info!(path = %path.display(), "the wrapping keys were read anew");
                Some(wrapping)
            }
            Err(error) => {
                if seen.told != Some(now) {
                    let error = format!("{error:#}");
                    tracing::error!(path = %path.display(), error, "the key file was changed and cannot be used; its keys from before are");
                    seen.told = Some(now);
                }
                None
            }
        }
    })
}

fn read_again(path: &Path, origin: &str) -> anyhow::Result<WrappingKeys> {
    let (file, _keys) = read(path)?.context("the file is gone")?;
    anyhow::ensure!(file.origin == origin, "they are the keys of another ledger");
    wrapping(&file)
}

fn read(path: &Path) -> anyhow::Result<Option<(KeyFile, Keys)>> {
    let doing = || format!("reading the keys of the ledger in {}", path.display());
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(doing),
    };
    let file = parse(&text).with_context(doing)?;
    let keys = keys(&file).with_context(doing)?;
    Ok(Some((file, keys)))
}

/// Reads the text of a key file. What the parser says of a fault quotes the line, and may quote the value: neither goes into a
/// message, because messages go into logs.
fn parse(text: &str) -> anyhow::Result<KeyFile> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().and_then(|span| Some(text.get(..span.start)?.matches('\n').count() + 1));
        let line = line.map_or_else(|| "the file".to_owned(), |line| format!("line {line}"));
        anyhow::anyhow!(
            "{line} is not what a key file has there; what stands there is not shown, because it may be a key"
        )
    })
}

/// Makes keys for a ledger that holds nothing yet. If another process was faster, its keys are the ledger's.
pub(crate) fn make(path: &Path) -> anyhow::Result<Keys> {
    let doing = || format!("making the keys of the ledger in {}", path.display());
    std::fs::create_dir_all(folder_of(path)).with_context(doing)?;
    let file = KeyFile {
        origin: format!("ledger.svod/{}", &random()?[..16]),
        signing_seed: random()?,
        mac_key: random()?,
        index_key: random()?,
        wrapping_key_in_use: None,
        wrapping_keys: BTreeMap::from([("1".to_owned(), random()?)]),
    };
    // Written whole under another name and then linked, so that nobody reads half of it and nobody replaces another's.
    let draft = draft_of(path)?;
    let text = format!("{WARNING}{}", toml::to_string(&file).with_context(doing)?);
    let written = new_draft(&draft).and_then(|mut written| {
        written.write_all(text.as_bytes())?;
        written.sync_all()
    });
    let linked = written.and_then(|()| std::fs::hard_link(&draft, path));
    std::fs::remove_file(&draft).with_context(doing)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(error).with_context(doing);
        }
        _linked_or_there_already => {}
    }
    // The first entry must not outlive the keys that vouch for it: after a power cut the folder still names the file.
    File::open(folder_of(path)).and_then(|folder| folder.sync_all()).with_context(doing)?;
    load(path)?.with_context(doing)
}

/// A name beside the file that nobody can have taken before.
fn draft_of(path: &Path) -> anyhow::Result<PathBuf> {
    Ok(path.with_extension(format!("keys.{}", &random()?[..16])))
}

/// A draft holds keys from its first byte on: nobody else ever may open it, and what lies under its name is not written to.
fn new_draft(path: &Path) -> std::io::Result<File> {
    File::options().write(true).create_new(true).mode(MODE).open(path)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _here => Path::new("."),
    }
}

fn keys(file: &KeyFile) -> anyhow::Result<Keys> {
    let (seed, mac_key) = (key("signing_seed", &file.signing_seed)?, key("mac_key", &file.mac_key)?);
    let index_key = key("index_key", &file.index_key)?;
    Ok(Keys {
        notary: Notary::try_new(&file.origin, &seed, &mac_key)?,
        sealing: SealingKeys::with(&index_key, wrapping(file)?)?,
    })
}

fn wrapping(file: &KeyFile) -> anyhow::Result<WrappingKeys> {
    let mut by_number = BTreeMap::new();
    for (number, digits) in &file.wrapping_keys {
        let name = format!("wrapping key {number}");
        by_number.insert(number.parse().context("a wrapping key has no number")?, key(&name, digits)?);
    }
    Ok(WrappingKeys::try_new(&by_number, file.wrapping_key_in_use)?)
}

fn key(name: &str, digits: &str) -> anyhow::Result<[u8; 32]> {
    let bytes = hex::decode(digits).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.with_context(|| format!("{name} is not 64 hexadecimal digits"))
}

/// 32 bytes of the system's chance.
fn random() -> anyhow::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("asking the system for chance")?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn keys_are_made_once_and_only_their_owner_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data").join(FILE);
        assert!(load(&path).unwrap().is_none());
        let made = make(&path).unwrap().notary.verifier_key();
        assert_eq!(make(&path).unwrap().notary.verifier_key(), made);
        assert_eq!(load(&path).unwrap().unwrap().notary.verifier_key(), made);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn what_stands_in_a_broken_file_is_never_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        make(&path).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        let secret = "5ec3e7".repeat(10);
        for (place, broken) in [
            ("line 1 ", secret.clone()),
            ("line 1 ", format!("wrapping_key_in_use = \"{secret}\"\n{whole}")),
            ("line 5 ", whole.replace("signing_seed = ", &format!("signing_seed_{secret} = "))),
            ("signing_seed ", whole.replace("signing_seed = \"", &format!("signing_seed = \"{secret}"))),
            ("no number", format!("{whole}{secret} = \"{secret}\"")),
        ] {
            std::fs::write(&path, &broken).unwrap();
            let told = format!("{:#}", load(&path).unwrap_err());
            assert!(told.contains(place) && told.contains(FILE), "{told}");
            assert!(!told.contains(&secret[..12]), "{told}");
            let told = change::numbers(&path).map_err(|error| format!("{error:#}")).err().unwrap_or_default();
            assert!(!told.contains(&secret[..12]), "{told}");
        }
    }

    #[test]
    fn a_file_that_holds_no_keys_is_not_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let (good, short) = ("0".repeat(64), "0".repeat(62));
        let file = |origin: &str, seed: &str, wrapping: &str| {
            format!(
                "origin = \"{origin}\"\nsigning_seed = \"{seed}\"\nmac_key = \"{good}\"\nindex_key = \"{good}\"\n\
                 [wrapping_keys]\n{wrapping}\n"
            )
        };
        let wrapping = format!("1 = \"{good}\"");
        std::fs::write(&path, file("a", &good, &wrapping)).unwrap();
        assert!(load(&path).unwrap().is_some());
        for text in [
            String::new(),
            file("a", &short, &wrapping),
            file("a b", &good, &wrapping),
            file("a", &good, ""),
            file("a", &good, &format!("one = \"{good}\"")),
            file("a", &good, &format!("1 = \"{short}\"")),
        ] {
            std::fs::write(&path, &text).unwrap();
            assert!(load(&path).is_err(), "{text}");
        }
    }
}
