//! The files of an export. A file that is missing is a fault, one that the system does not let us read is none.

use std::fs::{self, File};
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

use svod_log::verify::Defence;

use crate::verdict::{CannotTell, Ended, Fault};

/// Where an export lies.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// A folder in which at least one of the parts of an export lies.
    pub(crate) fn open(path: &Path) -> Result<Self, CannotTell> {
        let is_export = ["checkpoint", "manifest.json", "tile"].iter().any(|part| path.join(part).exists());
        if is_export {
            Ok(Self(path.to_owned()))
        } else {
            Err(CannotTell::NotAnExport { folder: path.display().to_string() })
        }
    }

    /// Whether there is a file of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.join(name).is_file()
    }

    /// The bytes of a file that may not be missing. One that is longer than `bytes_max` is cut there, which whoever knows
    /// how long it has to be will see.
    pub(crate) fn read(&self, name: &str, bytes_max: u64) -> Result<Vec<u8>, Ended> {
        if !self.has(name) {
            return Err(Fault::in_file(name, Defence::Files, "the file is missing").into());
        }
        let mut bytes = vec![];
        let read =
            File::open(self.0.join(name)).and_then(|file| file.take(bytes_max).read_to_end(&mut bytes));
        read.map_err(unreadable(name))?;
        Ok(bytes)
    }

    /// A file that is read piece by piece.
    pub(crate) fn reader(&self, name: &str) -> Result<BufReader<File>, CannotTell> {
        File::open(self.0.join(name)).map(BufReader::new).map_err(unreadable(name))
    }

    /// The names of the files in a folder of the export, sorted; nothing if there is no such folder. What is no plain file
    /// is left to [`Folder::walk`].
    pub(crate) fn names(&self, folder: &str) -> Result<Vec<String>, CannotTell> {
        let path = self.0.join(folder);
        if !path.is_dir() {
            return Ok(vec![]);
        }
        let mut names = vec![];
        for entry in fs::read_dir(path).map_err(unreadable(folder))? {
            let entry = entry.map_err(unreadable(folder))?;
            if entry.file_type().map_err(unreadable(folder))?.is_file() {
                names.extend(entry.file_name().into_string());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Calls with the path of everything that is no folder, and whether it is a plain file. In no order.
    pub(crate) fn walk(&self, seen: &mut impl FnMut(&str, bool)) -> Result<(), CannotTell> {
        let mut open = vec![String::new()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(self.0.join(&folder)).map_err(unreadable(&folder))? {
                let entry = entry.map_err(unreadable(&folder))?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                let kind = entry.file_type().map_err(unreadable(&path))?;
                if kind.is_dir() {
                    open.push(path);
                } else {
                    seen(&path, kind.is_file());
                }
            }
        }
        Ok(())
    }
}

/// Says which file it was.
pub(crate) fn unreadable(file: &str) -> impl FnOnce(io::Error) -> CannotTell {
    let file = file.to_owned();
    move |source| CannotTell::Unreadable { file, source }
}
