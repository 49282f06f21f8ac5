//! Checks cases with the crates `tlog_tiles` and `signed_note`: signatures, the whole log from its bundles, every tile,
//! proofs of inclusion and of consistency, given ones and ones derived anew from the tiles.
//! `../judge.py` says what a case is and what is answered.

use std::fs;
use std::panic;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{Checkpoint, Error, Hash, HashReader, Tile, TileHashReader, TileReader};

const HEIGHT: u8 = 8;

fn main() {
    for case in std::env::args_os().skip(1).map(PathBuf::from) {
        let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // A panic of the library is no answer: the case gets no line, and the others still get theirs.
        match panic::catch_unwind(|| judge(&case)) {
            Ok(Ok(())) => println!("accepted\t{name}"),
            Ok(Err(why)) => println!("refused\t{name}\t{}", format!("{why:#}").replace(['\n', '\t'], " ")),
            Err(_) => eprintln!("{name}: the library panicked"),
        }
    }
}

fn judge(case: &Path) -> Result<()> {
    let key = fs::read_to_string(case.join("vkey"))?.trim().to_owned();
    let export = case.join("export");
    let head = open(&read(&export.join("checkpoint"))?, &key)?;
    let entries = entries(&export, head.size())?;
    let stored = whole_log(&entries, &head)?;
    every_tile(&export, head.size(), &stored)?;
    let files = Tiles { export };
    let derived = TileHashReader::new(head.size(), *head.hash(), &files);
    inclusions(case, &key, &head, &entries, &derived)?;
    history(case, &key, &head, &derived)
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Verifies a signed checkpoint of the log that the key is for.
fn open(text: &[u8], key: &str) -> Result<Checkpoint> {
    let verifier = StandardVerifier::new(key)?;
    let note = Note::from_bytes(text)?;
    note.verify(&VerifierList::new(vec![Box::new(verifier)]))?;
    let checkpoint = Checkpoint::from_bytes(note.text()).map_err(|error| anyhow!("{error}"))?;
    ensure!(key.starts_with(&format!("{}+", checkpoint.origin())), "the checkpoint is of another log");
    Ok(checkpoint)
}

/// The place of a tile in C2SP tlog-tiles: the library's, without the height.
fn path(tile: &Tile) -> String {
    tile.path().replacen("tile/8/", "tile/", 1).replacen("tile/data/", "tile/entries/", 1)
}

fn entries(export: &Path, size: u64) -> Result<Vec<Vec<u8>>> {
    let mut entries = Vec::new();
    for mut tile in Tile::new_tiles(HEIGHT, 0, size).into_iter().filter(|tile| tile.level() == 0) {
        tile.set_is_data();
        let bundle = read(&export.join(path(&tile)))?;
        let mut rest = bundle.as_slice();
        for _ in 0..tile.width() {
            let Some((length, after)) = rest.split_first_chunk::<2>() else {
                bail!("{} is cut", path(&tile))
            };
            let length = usize::from(u16::from_be_bytes(*length));
            ensure!(length <= after.len(), "{} is cut", path(&tile));
            let (entry, after) = after.split_at(length);
            entries.push(entry.to_vec());
            rest = after;
        }
        ensure!(rest.is_empty(), "{} has bytes left over", path(&tile));
    }
    Ok(entries)
}

/// The hashes of a log in the library's order.
struct Stored(Vec<Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let at = |index: &u64| usize::try_from(*index).ok().and_then(|index| self.0.get(index).copied());
        indexes.iter().map(|index| at(index).ok_or(Error::IndexesNotInTree)).collect()
    }
}

fn whole_log(entries: &[Vec<u8>], head: &Checkpoint) -> Result<Stored> {
    let mut stored = Stored(Vec::new());
    for (index, entry) in (0u64..).zip(entries) {
        let hashes = tlog_tiles::stored_hashes(index, entry, &stored)?;
        stored.0.extend(hashes);
    }
    let root = tlog_tiles::tree_hash(head.size(), &stored)?;
    ensure!(root == *head.hash(), "the entries give the root {root}, not {}", head.hash());
    Ok(stored)
}

fn every_tile(export: &Path, size: u64, stored: &Stored) -> Result<()> {
    for tile in Tile::new_tiles(HEIGHT, 0, size) {
        let same = read(&export.join(path(&tile)))? == tile.read_data(stored)?;
        ensure!(same, "{} is not that of the entries", path(&tile));
    }
    Ok(())
}

/// Reads tiles for the library, which authenticates them.
struct Tiles {
    export: PathBuf,
}

impl TileReader for Tiles {
    fn height(&self) -> u8 {
        HEIGHT
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        let content = |tile: &Tile| read(&self.export.join(path(tile)));
        tiles
            .iter()
            .map(|tile| content(tile).map_err(|error| Error::InvalidInput(error.to_string())))
            .collect()
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let listed = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut files = listed.map(|file| Ok(file?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

fn inclusions(
    case: &Path,
    key: &str,
    head: &Checkpoint,
    entries: &[Vec<u8>],
    derived: &TileHashReader<'_>,
) -> Result<()> {
    for file in files(&case.join("proofs"))? {
        let (index, given, signed) = proof_parts(&String::from_utf8(read(&file)?)?)?;
        let against = open(signed.as_bytes(), key)?;
        ensure!(against.size() <= head.size(), "{} is newer than the newest checkpoint", file.display());
        let entry =
            usize::try_from(index).ok().and_then(|index| entries.get(index)).context("no such entry")?;
        let leaf = tlog_tiles::record_hash(entry);
        tlog_tiles::check_record(&given, against.size(), *against.hash(), index, leaf)
            .context("a proof given")?;
        let own = tlog_tiles::prove_record(head.size(), index, derived)?;
        tlog_tiles::check_record(&own, head.size(), *head.hash(), index, leaf).context("a proof derived")?;
    }
    Ok(())
}

/// Index, hashes and signed checkpoint of a C2SP tlog-proof.
fn proof_parts(text: &str) -> Result<(u64, Vec<Hash>, String)> {
    let (head, signed) = text.split_once("\n\n").context("a tlog-proof without a checkpoint")?;
    let mut lines = head.lines().peekable();
    ensure!(lines.next() == Some("c2sp.org/tlog-proof@v1"), "not a tlog-proof");
    lines.next_if(|line| line.starts_with("extra "));
    let index =
        lines.next().and_then(|line| line.strip_prefix("index ")).context("a tlog-proof without an index")?;
    Ok((index.parse()?, hashes(lines)?, signed.to_owned()))
}

fn hashes<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Hash>> {
    lines.map(|line| Ok(Hash::parse_hash(line)?)).collect()
}

fn history(case: &Path, key: &str, head: &Checkpoint, derived: &TileHashReader<'_>) -> Result<()> {
    for file in files(&case.join("export/checkpoints"))? {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let old = open(&read(&file)?, key)?;
        ensure!(old.size().to_string() == name, "checkpoints/{name} has the size {}", old.size());
        ensure!(old.size() <= head.size(), "a rollback: {name} was signed before {}", head.size());
        let given = String::from_utf8(read(&case.join("consistency").join(&name))?)?;
        let own = tlog_tiles::prove_tree(head.size(), old.size(), derived)?;
        for proof in [own, hashes(given.lines())?] {
            tlog_tiles::check_tree(&proof, head.size(), *head.hash(), old.size(), *old.hash())
                .with_context(|| format!("{} does not continue {name}", head.size()))?;
        }
    }
    Ok(())
}
