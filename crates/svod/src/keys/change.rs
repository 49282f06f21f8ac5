//! Changes to the key file: wrapping keys come and go, everything else stays. Nobody ever reads half of it, and two programs that
//! change it at once do it one after the other.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;

use super::{KeyFile, draft_of, folder_of, new_draft, parse, random};

/// The wrapping keys that the file has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// All.
    pub(crate) all: BTreeSet<u32>,
    /// The one that wraps what is new.
    pub(crate) in_use: u32,
    /// When the one in use became it, or later.
    pub(crate) since: SystemTime,
}

impl Numbers {
    /// The key that waits to be used.
    pub(crate) fn prepared(&self) -> Option<u32> {
        self.all.iter().next_back().copied().filter(|greatest| *greatest > self.in_use)
    }
}

/// The key file, while nobody else changes it.
pub(crate) struct Changing {
    path: PathBuf,
    folder: File,
}

impl Changing {
    /// Waits until nobody else changes it.
    pub(crate) fn begin(path: &Path) -> anyhow::Result<Self> {
        let doing = || format!("opening the keys of the ledger in {} for a change", path.display());
        // What is changed is the file itself, where a link leads to it.
        let path = std::fs::canonicalize(path).with_context(doing)?;
        // The file is replaced, so it cannot be what is locked.
        let folder = File::open(folder_of(&path)).with_context(doing)?;
        folder.lock().with_context(doing)?;
        Ok(Self { path, folder })
    }

    /// The wrapping keys now.
    pub(crate) fn numbers(&self) -> anyhow::Result<Numbers> {
        numbers(&self.path)
    }

    /// Adds a key. Unless it is only `prepared`, it is in use from now on.
    pub(crate) fn add(&self, prepared: bool) -> anyhow::Result<u32> {
        let in_use = self.numbers()?.in_use;
        self.change(None, |file| {
            let greatest = file.numbers()?.into_iter().next_back().unwrap_or_default();
            let number = greatest.checked_add(1).context("there are no more numbers for keys")?;
            file.wrapping_keys.insert(number.to_string(), random()?);
            file.wrapping_key_in_use = prepared.then_some(in_use);
            Ok(number)
        })
    }

    /// The key with the greatest number is in use from now on.
    pub(crate) fn use_greatest(&self) -> anyhow::Result<()> {
        self.change(None, |file| {
            file.wrapping_key_in_use = None;
            Ok(())
        })
    }

    /// Takes a key out. It says nothing of when the one in use became it.
    pub(crate) fn take_out(&self, number: u32) -> anyhow::Result<()> {
        let since = self.numbers()?.since;
        self.change(Some(since), |file| {
            file.wrapping_keys.retain(|name, _| name.parse() != Ok(number));
            Ok(())
        })
    }

    /// Written whole beside the file, then renamed: a program that is killed leaves the old one or the new one.
    fn change<T>(
        &self,
        modified: Option<SystemTime>,
        change: impl FnOnce(&mut KeyFile) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let doing = || format!("changing the keys of the ledger in {}", self.path.display());
        let text = std::fs::read_to_string(&self.path).with_context(doing)?;
        let mut file = parse(&text).with_context(doing)?;
        let changed = change(&mut file).with_context(doing)?;
        let text = format!("{}{}", comment(&text), toml::to_string(&file).with_context(doing)?);
        let draft = draft_of(&self.path)?;
        let replaced = self.replace(&draft, &text, modified);
        if replaced.is_err() {
            // It holds keys. If it cannot be removed either, the failure that is told names the folder.
            let _gone = std::fs::remove_file(&draft);
        }
        replaced.with_context(doing)?;
        Ok(changed)
    }

    fn replace(&self, draft: &Path, text: &str, modified: Option<SystemTime>) -> std::io::Result<()> {
        let owner = std::fs::metadata(&self.path)?;
        let mut written = new_draft(draft)?;
        if (owner.uid(), owner.gid()) != (written.metadata()?.uid(), written.metadata()?.gid()) {
            // The administrator changes it, and the service's own user goes on reading it.
            fchown(&written, Some(owner.uid()), Some(owner.gid()))?;
        }
        written.write_all(text.as_bytes())?;
        if let Some(modified) = modified {
            written.set_modified(modified)?;
        }
        written.sync_all()?;
        std::fs::rename(draft, &self.path)?;
        self.folder.sync_all()
    }
}

/// The wrapping keys that the file has.
pub(crate) fn numbers(path: &Path) -> anyhow::Result<Numbers> {
    let doing = || format!("reading the keys of the ledger in {}", path.display());
    let since = std::fs::metadata(path).and_then(|metadata| metadata.modified()).with_context(doing)?;
    let text = std::fs::read_to_string(path).with_context(doing)?;
    let file = parse(&text).with_context(doing)?;
    let all = file.numbers().with_context(doing)?;
    let greatest = all.iter().next_back().copied();
    let in_use =
        file.wrapping_key_in_use.or(greatest).context("there is no wrapping key").with_context(doing)?;
    Ok(Numbers { all, in_use, since })
}

/// What stands above the keys.
fn comment(text: &str) -> String {
    let is_comment = |line: &&str| line.starts_with('#') || line.trim().is_empty();
    text.split_inclusive('\n').take_while(is_comment).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::keys::{FILE, MODE, WARNING, load, make};

    fn key_file() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        make(&path).unwrap();
        (folder, path)
    }

    fn lines(path: &Path) -> Vec<String> {
        std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_key_is_added_and_everything_else_stays() {
        let (folder, path) = key_file();
        let before = lines(&path);
        assert_eq!(Changing::begin(&path).unwrap().add(false).unwrap(), 2);
        let after = lines(&path);
        assert_eq!(after[..before.len()], before);
        assert_eq!(after.len(), before.len() + 1);
        assert!(after.join("\n").starts_with(WARNING.trim_end()));
        assert_eq!(numbers(&path).unwrap().in_use, 2);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_prepared_key_waits_until_it_is_used() {
        let (_folder, path) = key_file();
        let changing = Changing::begin(&path).unwrap();
        assert_eq!(changing.add(true).unwrap(), 2);
        let prepared = changing.numbers().unwrap();
        assert_eq!((prepared.in_use, prepared.prepared()), (1, Some(2)));
        assert_eq!(load(&path).unwrap().unwrap().sealing.current(), 1);
        changing.use_greatest().unwrap();
        let used = changing.numbers().unwrap();
        assert_eq!((used.in_use, used.prepared()), (2, None));
    }

    #[test]
    fn a_key_is_taken_out_and_the_one_in_use_is_as_old_as_before() {
        let (_folder, path) = key_file();
        let changing = Changing::begin(&path).unwrap();
        changing.add(false).unwrap();
        let before = changing.numbers().unwrap();
        changing.take_out(1).unwrap();
        assert_eq!(changing.numbers().unwrap(), Numbers { all: [2].into(), ..before });
    }

    #[test]
    fn two_that_change_the_file_at_once_do_it_one_after_the_other() {
        let (_folder, path) = key_file();
        let add = || Changing::begin(&path).unwrap().add(false).unwrap();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(add)).collect();
            let mut added: Vec<u32> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
            added.sort_unstable();
            assert_eq!(added, [2, 3, 4, 5, 6, 7, 8, 9]);
        });
        assert_eq!(numbers(&path).unwrap().all.len(), 9);
    }

    #[test]
    fn a_link_to_the_file_stays_a_link() {
        let (folder, path) = key_file();
        let link = folder.path().join("link.keys");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        Changing::begin(&link).unwrap().add(false).unwrap();
        assert!(link.is_symlink());
        assert_eq!(numbers(&path).unwrap().in_use, 2);
    }

    #[test]
    fn a_program_that_runs_learns_of_a_key_that_was_added() {
        let (_folder, path) = key_file();
        let running = load(&path).unwrap().unwrap().sealing;
        Changing::begin(&path).unwrap().add(false).unwrap();
        let changed = load(&path).unwrap().unwrap().sealing;
        let (row, key) = changed.new_person(changed.blind_index("66701000", "A. B.")).unwrap();
        assert_eq!(row.key_number, 2);
        assert_eq!(running.unwrap(&row).unwrap().person(), key.person());
    }

    #[test]
    fn keys_of_another_ledger_are_not_taken_over() {
        let ((_folder, path), (_other_folder, other)) = (key_file(), key_file());
        let running = load(&path).unwrap().unwrap().sealing;
        Changing::begin(&other).unwrap().add(false).unwrap();
        std::fs::copy(&other, &path).unwrap();
        let (row, _) = running.new_person(running.blind_index("66701000", "A. B.")).unwrap();
        assert_eq!(row.key_number, 1);
    }
}
