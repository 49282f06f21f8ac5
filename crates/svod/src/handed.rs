//! Files that are handed in on the command line: one that is larger than any of its kind is not read.

use std::io;
use std::path::Path;

use anyhow::Context as _;

use crate::exit::Failure;

/// The bytes of a file; `doing` is what the user is told was being done.
pub(crate) fn bytes_in(path: &Path, bytes_max: u64, doing: &str) -> Result<Vec<u8>, Failure> {
    within(path, bytes_max, doing, |path| std::fs::read(path))
}

/// The same of a file with text.
pub(crate) fn text_in(path: &Path, bytes_max: u64, doing: &str) -> Result<String, Failure> {
    within(path, bytes_max, doing, |path| std::fs::read_to_string(path))
}

fn within<T>(
    path: &Path,
    bytes_max: u64,
    doing: &str,
    read: impl FnOnce(&Path) -> io::Result<T>,
) -> Result<T, Failure> {
    let doing = || doing.to_owned();
    let length = std::fs::metadata(path).with_context(doing).map_err(Failure::usage)?.len();
    if length > bytes_max {
        return Err(Failure::usage(anyhow::anyhow!("the file is too large").context(doing())));
    }
    read(path).with_context(doing).map_err(Failure::usage)
}
