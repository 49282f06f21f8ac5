//! An export, looked at once from its first part to its last. The order is that of docs/AUDIT.md.

use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use svod_log::note::VerifierKey;
use svod_log::tiles::{WIDTH, path, width as width_of};
use svod_log::tree::{Frontier, leaf_hash};
use svod_log::verify::{Defence, Entries, Tampered};
use svod_log::{ENTRY_BYTES_MAX, Hash, Position};

use crate::disclosures::{self, Disclosures};
use crate::folder::{Folder, unreadable};
use crate::papers;
use crate::tiles::{self, Tower};
use crate::verdict::{Ended, Fault, Sound};

/// Where documents lie, under the hash of their bytes.
const DOCUMENTS: &str = "documents";

/// Bytes of a hash.
const HASH_BYTES: usize = 32;

/// Longest bundle, in bytes.
const BUNDLE_BYTES_MAX: u64 = WIDTH * (2 + ENTRY_BYTES_MAX as u64);

/// Looks at the export in `folder`: is it what a checkpoint signed with `key` says. `brought` are checkpoints that somebody
/// kept elsewhere, each with a name for it.
pub fn verify(folder: &Path, key: &VerifierKey, brought: &[(String, String)]) -> Result<Sound, Ended> {
    let folder = Folder::open(folder)?;
    let mut entries = Entries::default();
    let head = papers::open_all(&folder, key, brought, &mut entries)?;
    papers::check_manifest(&folder, &head, key)?;
    let disclosures = Disclosures::read(&folder)?;
    let mut pass = Pass { folder: &folder, size: head.size, entries, disclosures, tower: Tower::default() };
    for number in 0..head.size.div_ceil(WIDTH) {
        pass.bundle(number)?;
    }
    pass.entries.end()?;
    pass.tower.end(&folder)?;
    pass.disclosures.end(&folder)?;
    let documents = check_documents(&folder)?;
    expect_no_others(&folder, head.size)?;
    Ok(Sound {
        position: Position(head.size),
        root: head.root,
        checkpoints: pass.entries.agreed(),
        disclosures: pass.disclosures.count(),
        documents,
    })
}

/// The way through the entries.
struct Pass<'a> {
    folder: &'a Folder,
    size: u64,
    entries: Entries,
    disclosures: Disclosures,
    tower: Tower,
}

impl Pass<'_> {
    /// Goes through the entries of a bundle, and compares the hash tiles that it completes.
    fn bundle(&mut self, number: u64) -> Result<(), Ended> {
        let width = width_of(number, self.size);
        let file = path("entries", number, width);
        let bundle = self.here(self.folder.read(&file, BUNDLE_BYTES_MAX + 1))?;
        let tile = self.here(tiles::read(self.folder, 0, number, width))?;
        let mut leaves = Leaves::new(path("0", number, width), &tile);
        if leaves.count() != Some(width) {
            return Err(leaves.fault(self.entries.next(), Defence::Tiles, "the tile has another length"));
        }
        let mut rest = bundle.as_slice();
        for _ in 0..width {
            self.entries.meet()?;
            let Some((entry, behind)) = first_entry(rest) else {
                let what = "the bundle ends before the entry does";
                return Err(Fault::at(self.entries.next(), &file, Defence::Bundles, what).into());
            };
            self.entry(entry, &mut leaves, &file)?;
            rest = behind;
        }
        if !rest.is_empty() {
            let what = "the bundle holds more than its entries";
            return Err(Fault::at(self.entries.next(), &file, Defence::Bundles, what).into());
        }
        if width == WIDTH { self.tower.grow(self.folder, leaves.tree.root()) } else { Ok(()) }
    }

    fn entry(&mut self, bytes: &[u8], leaves: &mut Leaves<'_>, file: &str) -> Result<(), Ended> {
        let (position, leaf) = (self.entries.next(), leaf_hash(bytes));
        if !leaves.take(leaf) {
            return Err(leaves.fault(
                position,
                Defence::Leaf,
                "the entry has another hash than the tile says",
            ));
        }
        let in_bundle =
            |tampered: Tampered| Fault::at(tampered.position, file, tampered.defence, tampered.what);
        let entry = self.entries.read(bytes).map_err(in_bundle)?;
        if entry.position != position {
            let what = format!("the entry says that its position is {}", entry.position);
            return Err(Fault::at(position, file, Defence::Positions, what).into());
        }
        self.entries.follow(&entry, leaf).map_err(in_bundle)?;
        self.disclosures.name(&entry);
        Ok(())
    }

    /// A file that the next entry needs.
    fn here<T>(&self, read: Result<T, Ended>) -> Result<T, Ended> {
        read.map_err(|ended| match ended {
            Ended::Tampered(fault) => Fault { position: Some(self.entries.next()), ..fault }.into(),
            Ended::CannotTell(why) => why.into(),
        })
    }
}

/// The hash tile over the leaves of a bundle.
struct Leaves<'a> {
    file: String,
    bytes: &'a [u8],
    tree: Frontier,
}

impl<'a> Leaves<'a> {
    fn new(file: String, bytes: &'a [u8]) -> Self {
        Self { file, bytes, tree: Frontier::default() }
    }

    /// How many hashes are left, if there is no piece of one.
    fn count(&self) -> Option<u64> {
        self.bytes.len().is_multiple_of(HASH_BYTES).then_some((self.bytes.len() / HASH_BYTES) as u64)
    }

    /// Whether the next hash is this one.
    fn take(&mut self, leaf: Hash) -> bool {
        let Some((next, rest)) = self.bytes.split_first_chunk::<HASH_BYTES>() else { return false };
        self.bytes = rest;
        self.tree.append(leaf);
        *next == leaf.0
    }

    fn fault(&self, position: Position, defence: Defence, what: &str) -> Ended {
        Fault::at(position, &self.file, defence, what).into()
    }
}

/// The first entry of what is left of a bundle, and what stands behind it.
fn first_entry(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = rest.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

/// Every document has the hash that its name says; how many there are.
fn check_documents(folder: &Folder) -> Result<u64, Ended> {
    let mut count = 0;
    for name in folder.names(DOCUMENTS)? {
        let Some(hash) = hash_named(&name) else { continue };
        let file = format!("{DOCUMENTS}/{name}");
        if hash_of(folder, &file)? != hash {
            return Err(
                Fault::in_file(&file, Defence::Documents, "the document is not the one of its name").into()
            );
        }
        count += 1;
    }
    Ok(count)
}

fn hash_named(name: &str) -> Option<Hash> {
    let (digits, _) = name.split_once('.')?;
    Hash::from_hex(digits).filter(|hash| hash.to_string() == digits)
}

/// Documents may be large.
fn hash_of(folder: &Folder, file: &str) -> Result<Hash, Ended> {
    let (mut reader, mut hasher, mut piece) = (folder.reader(file)?, Sha256::new(), vec![0; 64 << 10]);
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return Ok(Hash(hasher.finalize().into())),
            Ok(length) => hasher.update(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(file)(error).into()),
        }
    }
}

/// Nothing lies in the export that was not looked at.
fn expect_no_others(folder: &Folder, size: u64) -> Result<(), Ended> {
    let mut first: Option<String> = None;
    folder.walk(&mut |file, is_file| {
        let stranger = !is_file || !is_part(file, size);
        if stranger && first.as_deref().is_none_or(|first| file < first) {
            first = Some(file.to_owned());
        }
    })?;
    match first {
        Some(file) => Err(Fault::in_file(&file, Defence::Files, "the export has no such part").into()),
        None => Ok(()),
    }
}

/// Whether an export of a log of this size has a part of this name.
fn is_part(file: &str, size: u64) -> bool {
    let known = ["checkpoint", "vkey", "manifest.json", disclosures::FILE].contains(&file);
    let kept = file.strip_prefix("checkpoints/").is_some_and(|name| papers::size_of(name).is_some());
    let document = file.strip_prefix(DOCUMENTS).and_then(|rest| rest.strip_prefix('/'));
    let document = document.is_some_and(|name| !name.contains('/') && hash_named(name).is_some());
    known || kept || document || tiles::is_expected(file, size)
}
