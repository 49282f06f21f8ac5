//! Where tiles and bundles lie (c2sp.org/tlog-tiles, height 8), and the hash tiles above the leaves as they grow.

use svod_log::Hash;
use svod_log::tree::Frontier;
use svod_log::verify::Defence;

use crate::folder::Folder;
use crate::verdict::{Ended, Fault};

/// Most hashes of a tile, and most entries of a bundle.
pub(crate) const WIDTH: u64 = 256;

/// Bytes of a hash.
const HASH_BYTES: u64 = 32;

/// How many hashes or entries the tile with this number has, of so many in all. Nought if there is no such tile.
pub(crate) fn width(number: u64, count: u64) -> u64 {
    number.checked_mul(WIDTH).map_or(0, |before| count.saturating_sub(before).min(WIDTH))
}

/// Path of a hash tile of a level, or of a bundle with the level `entries`.
pub(crate) fn path(level: &str, number: u64, width: u64) -> String {
    let mut parts = vec![format!("{:03}", number % 1_000)];
    let mut rest = number / 1_000;
    while rest > 0 {
        parts.push(format!("x{:03}", rest % 1_000));
        rest /= 1_000;
    }
    parts.reverse();
    let partial = if width == WIDTH { String::new() } else { format!(".p/{width}") };
    format!("tile/{level}/{}{partial}", parts.join("/"))
}

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
    /// The tile that each level is at, from level 1 on.
    floors: Vec<Floor>,
    /// The first that is not what it should be, and its place.
    fault: Option<(usize, u64, Fault)>,
}

#[derive(Debug, Default)]
struct Floor {
    number: u64,
    hashes: Vec<Hash>,
}

impl Tower {
    /// A tile of leaves is full: its root is the next hash of level 1, and so on.
    pub(crate) fn grow(&mut self, folder: &Folder, mut root: Hash) -> Result<(), Ended> {
        for level in 1.. {
            if self.floors.len() < level {
                self.floors.push(Floor::default());
            }
            let floor = &mut self.floors[level - 1];
            floor.hashes.push(root);
            if (floor.hashes.len() as u64) < WIDTH {
                break;
            }
            root = floor.hashes.iter().copied().collect::<Frontier>().root();
            let (number, hashes) = (floor.number, std::mem::take(&mut floor.hashes));
            floor.number += 1;
            self.compare(folder, level, number, &hashes)?;
        }
        Ok(())
    }

    /// The log ends: compares the tiles that are not full, and tells what is wrong.
    pub(crate) fn end(mut self, folder: &Folder) -> Result<(), Ended> {
        for (below, floor) in std::mem::take(&mut self.floors).into_iter().enumerate() {
            if !floor.hashes.is_empty() {
                self.compare(folder, below + 1, floor.number, &floor.hashes)?;
            }
        }
        self.fault.map_or(Ok(()), |(_, _, fault)| Err(fault.into()))
    }

    fn compare(&mut self, folder: &Folder, level: usize, number: u64, hashes: &[Hash]) -> Result<(), Ended> {
        let width = hashes.len() as u64;
        let fault = match read(folder, level, number, width) {
            Ok(bytes) if bytes.iter().eq(hashes.iter().flat_map(|hash| &hash.0)) => return Ok(()),
            Ok(_) => {
                let file = path(&level.to_string(), number, width);
                Fault::in_file(&file, Defence::Tiles, "the hashes are not those of the entries")
            }
            Err(Ended::Tampered(fault)) => fault,
            Err(why @ Ended::CannotTell(_)) => return Err(why),
        };
        if self.fault.as_ref().is_none_or(|(known, at, _)| (level, number) < (*known, *at)) {
            self.fault = Some((level, number, fault));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_lie_where_the_specification_says() {
        assert_eq!(path("0", 0, 256), "tile/0/000");
        assert_eq!(path("1", 1_234_067, 256), "tile/1/x001/x234/067");
        assert_eq!(path("entries", 273, 112), "tile/entries/273.p/112");
    }

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
