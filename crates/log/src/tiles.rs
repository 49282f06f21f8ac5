//! Where the tiles and bundles of a log lie, and how the hash tiles above the leaves grow (c2sp.org/tlog-tiles, height 8).

use crate::Hash;
use crate::tree::Frontier;

/// Most hashes of a tile, and most entries of a bundle.
pub const WIDTH: u64 = 256;

/// How many hashes or entries the tile with this number has, of so many in all. Nought if there is no such tile.
#[must_use]
pub fn width(number: u64, count: u64) -> u64 {
    number.checked_mul(WIDTH).map_or(0, |before| count.saturating_sub(before).min(WIDTH))
}

/// Path of a hash tile of a level, or of a bundle with the level `entries`.
#[must_use]
pub fn path(level: &str, number: u64, width: u64) -> String {
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

/// A hash tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Its level; 0 are the leaves.
    pub level: usize,
    /// Its place in the level.
    pub number: u64,
    /// Its hashes: [`WIDTH`] of them, or fewer at the end of the log.
    pub hashes: Vec<Hash>,
}

impl Tile {
    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> String {
        path(&self.level.to_string(), self.number, self.hashes.len() as u64)
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| hash.0).collect()
    }
}

/// The hash tiles above the leaves, as they grow: one unfinished tile a level.
#[derive(Debug, Default)]
pub struct Tower {
    /// The tile that each level is at, from level 1 on.
    floors: Vec<Tile>,
}

impl Tower {
    /// A tile of leaves is full: its root is the next hash of level 1, and so on. The tiles that it completes, the lowest
    /// first.
    pub fn grow(&mut self, mut root: Hash) -> Vec<Tile> {
        let mut complete = vec![];
        for level in 1.. {
            if self.floors.len() < level {
                self.floors.push(Tile { level, number: 0, hashes: vec![] });
            }
            let floor = &mut self.floors[level - 1];
            floor.hashes.push(root);
            if (floor.hashes.len() as u64) < WIDTH {
                break;
            }
            root = floor.hashes.iter().copied().collect::<Frontier>().root();
            let next = Tile { level, number: floor.number + 1, hashes: vec![] };
            complete.push(std::mem::replace(floor, next));
        }
        complete
    }

    /// The log ends: the tiles that are not full, the lowest first.
    #[must_use]
    pub fn end(self) -> Vec<Tile> {
        self.floors.into_iter().filter(|floor| !floor.hashes.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::leaf_hash;

    #[test]
    fn tiles_lie_where_the_specification_says() {
        assert_eq!(path("0", 0, 256), "tile/0/000");
        assert_eq!(path("1", 1_234_067, 256), "tile/1/x001/x234/067");
        assert_eq!(path("entries", 273, 112), "tile/entries/273.p/112");
    }

    #[test]
    fn every_level_holds_the_roots_of_the_full_tiles_below() {
        let roots: Vec<Hash> = (0..70_000_u64).map(|number| leaf_hash(&number.to_be_bytes())).collect();
        let mut tower = Tower::default();
        let mut tiles: Vec<Tile> = roots.iter().flat_map(|root| tower.grow(*root)).collect();
        tiles.extend(tower.end());
        let mut level = roots;
        for number in 1.. {
            let of_level = tiles.iter().filter(|tile| tile.level == number);
            let mut of_level: Vec<&Tile> = of_level.collect();
            of_level.sort_by_key(|tile| tile.number);
            let hashes: Vec<Hash> = of_level.iter().flat_map(|tile| tile.hashes.clone()).collect();
            assert_eq!(hashes, level, "{number}");
            assert!(of_level.iter().zip(0..).all(|(tile, place)| tile.number == place));
            level = level
                .chunks_exact(256)
                .map(|full| full.iter().copied().collect::<Frontier>().root())
                .collect();
            if level.is_empty() {
                break;
            }
        }
    }
}
