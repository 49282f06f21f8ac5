//! The tiles of an export (c2sp.org/tlog-tiles, height 8): which there should be, and whether the hash tiles above the leaves are
//! those that the entries yield.

use svod_log::Hash;
use svod_log::tiles::{self, Tile, path, width};
use svod_log::verify::Defence;

use crate::folder::Folder;
use crate::verdict::{Ended, Fault};

/// Bytes of a hash.
const HASH_BYTES: u64 = 32;

/// Whether a log of this size has a tile or bundle at this path.
pub(crate) fn is_expected(file: &str, size: u64) -> bool {
    let Some((level, rest)) = file.strip_prefix("tile/").and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let count = match level.parse::<u32>() {
        Ok(above) if above.to_string() == level => size.checked_shr(above.saturating_mul(8)).unwrap_or(0),
        Err(_) if level == "entries" => size,
        Ok(_) | Err(_) => return false,
    };
    let number = rest.split_once(".p/").map_or(rest, |(number, _)| number);
    let digits: String = number.split('/').map(|part| part.trim_start_matches('x')).collect();
    let Ok(number) = digits.parse::<u64>() else { return false };
    let width = width(number, count);
    width > 0 && path(level, number, width) == file
}

/// A hash tile as it lies there.
pub(crate) fn read(folder: &Folder, level: usize, number: u64, width: u64) -> Result<Vec<u8>, Ended> {
    folder.read(&path(&level.to_string(), number, width), width * HASH_BYTES + 1)
}

/// The hash tiles above the leaves, as they grow. Each is compared when it is full or the log ends, but what is wrong is told
/// at the end only, as it tells nothing about the entries.
#[derive(Debug, Default)]
pub(crate) struct Tower {
    tower: tiles::Tower,
    /// The first that is not what it should be, and its place.
    fault: Option<(usize, u64, Fault)>,
}

impl Tower {
    /// A tile of leaves is full, with this root.
    pub(crate) fn grow(&mut self, folder: &Folder, root: Hash) -> Result<(), Ended> {
        self.tower.grow(root).iter().try_for_each(|tile| self.compare(folder, tile))
    }

    /// The log ends: compares the tiles that are not full, and tells what is wrong.
    pub(crate) fn end(mut self, folder: &Folder) -> Result<(), Ended> {
        for tile in std::mem::take(&mut self.tower).end() {
            self.compare(folder, &tile)?;
        }
        self.fault.map_or(Ok(()), |(_, _, fault)| Err(fault.into()))
    }

    fn compare(&mut self, folder: &Folder, tile: &Tile) -> Result<(), Ended> {
        let fault = match read(folder, tile.level, tile.number, tile.hashes.len() as u64) {
            Ok(bytes) if bytes == tile.bytes() => return Ok(()),
            Ok(_) => Fault::in_file(&tile.path(), Defence::Tiles, "the hashes are not those of the entries"),
            Err(Ended::Tampered(fault)) => fault,
            Err(why @ Ended::CannotTell(_)) => return Err(why),
        };
        if self.fault.as_ref().is_none_or(|(level, number, _)| (tile.level, tile.number) < (*level, *number))
        {
            self.fault = Some((tile.level, tile.number, fault));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_tiles_of_the_size_are_expected() {
        for file in
            ["tile/0/000", "tile/0/001", "tile/0/002.p/188", "tile/entries/002.p/188", "tile/1/000.p/2"]
        {
            assert!(is_expected(file, 700), "{file}");
        }
        for file in [
            "tile/0/002",
            "tile/0/002.p/187",
            "tile/0/003",
            "tile/0/x000/001",
            "tile/00/000",
            "tile/+0/000",
            "tile/0/+00",
            "tile/1/000",
            "tile/1/000.p/1",
            "tile/2/000.p/1",
            "tile/9999999999/000",
            "tile/entries/",
            "tile/entries/000/p",
            "tile/entries/99999999999999999999999",
            "tile/data/000",
            "tile",
        ] {
            assert!(!is_expected(file, 700), "{file}");
        }
        assert!(is_expected("tile/0/x001/000", 256_256));
    }
}
