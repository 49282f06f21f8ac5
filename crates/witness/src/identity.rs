//! Who a witness is: a name and a key, made at its first start and never again.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use svod_log::cosignature::Cosigner;

/// The file's name in the folder of the witness.
const FILE: &str = "witness.key";

/// Only the witness's own user may read or write it.
const MODE: u32 = 0o600;

/// What stands above the key.
const WARNING: &str = "\
# The key of a witness. Show it to nobody, least of all to those whose log it watches. A copy may lie in a safe, but two
# witnesses must never run with one key: what one has cosigned the other would not know of.
";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The folder or the file cannot be used.
    #[error("using {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file holds no key.
    #[error("{} holds no key of a witness", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
    },
    /// The witness has another name already.
    #[error("this witness is called {is}, not {asked}: a name is for ever")]
    Name {
        /// Its name.
        is: String,
        /// The one that was asked for.
        asked: String,
    },
    /// The name cannot be one.
    #[error("{asked:?} cannot be the name of a witness: no spaces and no plus")]
    Unfit {
        /// The name that was asked for.
        asked: String,
    },
    /// The system gives no chance.
    #[error("asking the system for chance")]
    Chance(#[source] getrandom::Error),
}

/// The file's shape.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    /// The name under cosignatures.
    name: String,
    /// Seed of the Ed25519 key (RFC 8032), 64 hexadecimal digits.
    seed: String,
}

/// The key in the folder of a witness, made if there is none yet; `name` is what it is to be called.
pub fn identity(folder: &Path, name: Option<&str>) -> Result<Cosigner, IdentityError> {
    let path = folder.join(FILE);
    let cosigner = if let Some(cosigner) = known_identity(folder)? {
        cosigner
    } else {
        let failed = |source| IdentityError::File { path: path.clone(), source };
        let file = new(name)?;
        std::fs::create_dir_all(folder).map_err(failed)?;
        write(folder, &path, &file).map_err(failed)?;
        // If another process was faster, its key is the witness's.
        known_identity(folder)?.ok_or(IdentityError::Malformed { path })?
    };
    let is = cosigner.verifier_key().name().to_owned();
    match name {
        Some(asked) if asked != is => Err(IdentityError::Name { is, asked: asked.to_owned() }),
        Some(_) | None => Ok(cosigner),
    }
}

/// The key in the folder of a witness, if there is one.
pub fn known_identity(folder: &Path) -> Result<Option<Cosigner>, IdentityError> {
    let path = folder.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => read(&text).map(Some).ok_or(IdentityError::Malformed { path }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(IdentityError::File { path, source }),
    }
}

fn read(text: &str) -> Option<Cosigner> {
    let KeyFile { name, seed } = toml::from_str(text).ok()?;
    Cosigner::try_new(&name, &hex::decode(seed).ok()?.try_into().ok()?).ok()
}

fn new(name: Option<&str>) -> Result<KeyFile, IdentityError> {
    let mut bytes = [0; 40];
    getrandom::fill(&mut bytes).map_err(IdentityError::Chance)?;
    let (seed, own) = bytes.split_at(32);
    let name = name.map_or_else(|| format!("witness.svod/{}", hex::encode(own)), str::to_owned);
    if !svod_log::named_key::is_name(&name) {
        return Err(IdentityError::Unfit { asked: name });
    }
    Ok(KeyFile { name, seed: hex::encode(seed) })
}

/// Written whole under another name and then linked, so that nobody reads half of it and nobody replaces another's.
fn write(folder: &Path, path: &Path, file: &KeyFile) -> std::io::Result<()> {
    let draft = folder.join(format!("{FILE}.{}", std::process::id()));
    let text = toml::to_string(file).map_err(std::io::Error::other)?;
    let mut written =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(MODE).open(&draft)?;
    written.write_all(format!("{WARNING}{text}").as_bytes())?;
    written.sync_all()?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _linked_or_there_already => std::fs::File::open(folder)?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let made = identity(folder.path(), Some("witness.example/w1")).unwrap().verifier_key();
        assert_eq!(identity(folder.path(), None).unwrap().verifier_key(), made);
        assert_eq!(made.name(), "witness.example/w1");
        let permissions = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions();
        assert_eq!(permissions.mode() & 0o777, MODE);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_witness_keeps_its_name_and_a_damaged_key_is_not_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let asked = |name| identity(folder.path(), Some(name));
        assert!(matches!(asked("a b"), Err(IdentityError::Unfit { .. })));
        asked("w1").unwrap();
        assert!(matches!(asked("w2"), Err(IdentityError::Name { .. })));
        std::fs::write(folder.path().join(FILE), "name = \"w1\"\nseed = \"00\"\n").unwrap();
        assert!(matches!(asked("w1"), Err(IdentityError::Malformed { .. })));
    }

    #[test]
    fn two_witnesses_without_a_name_are_called_differently() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let names = [one, other]
            .map(|folder| identity(folder.path(), None).unwrap().verifier_key().name().to_owned());
        assert_ne!(names[0], names[1]);
    }
}
