//! The archive that a document is packed in, opened with distrust: its directory is counted before it is read, its sizes
//! are added up before anything is unpacked, and no part may become larger than it says.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::limits::{DEFINITION_BYTES_MAX, ENTRIES_MAX, RATIO_BYTES_MIN, RATIO_MAX, UNPACKED_BYTES_MAX};
use super::xml::Xml;
use super::{CannotRead, Limit};

/// How each entry of the directory of an archive begins.
const DIRECTORY_ENTRY: &[u8] = b"PK\x01\x02";

/// How the end of the directory begins; without it the file is cut off.
const DIRECTORY_END: &[u8] = b"PK\x05\x06";

pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// Names as they are compared, to places in the directory.
    names: HashMap<String, usize>,
}

impl<'a> Package<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, CannotRead> {
        check_directory(bytes)?;
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| CannotRead::Truncated)?;
        let mut package = Self { archive, names: HashMap::new() };
        let mut unpacked = 0_u64;
        for place in 0..package.archive.len() {
            let entry = package.archive.by_index_raw(place).map_err(|_| CannotRead::Truncated)?;
            unpacked = unpacked.saturating_add(entry.size());
            check_sizes(unpacked, entry.size(), entry.compressed_size())?;
            let name = compared(&String::from_utf8_lossy(entry.name_raw()));
            // The first of two parts with one name is the one that office programs open.
            package.names.entry(name).or_insert(place);
        }
        Ok(package)
    }

    pub(super) fn has(&self, part: &str) -> bool {
        self.names.contains_key(&compared(part))
    }

    /// Whether it holds programs of Microsoft Office or of LibreOffice.
    pub(super) fn has_macros(&self) -> bool {
        self.names.keys().any(|name| name.ends_with("vbaproject.bin") || name.starts_with("basic/"))
    }

    /// The part, to be read from its beginning; nothing if there is none.
    pub(super) fn find(&mut self, part: &str) -> Result<Option<Xml<'_>>, CannotRead> {
        let Some(place) = self.names.get(&compared(part)).copied() else { return Ok(None) };
        let malformed = || CannotRead::Malformed { part: part.to_owned(), offset: 0 };
        let entry = self.archive.by_index(place).map_err(|error| match error {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => CannotRead::Encrypted,
            _ => malformed(),
        })?;
        let size = entry.size();
        // One byte more than it says, because the checksum is looked at only where the part ends.
        Xml::open(part, Box::new(entry.take(size.saturating_add(1)))).map(Some)
    }

    /// A part that explains others, and of which much is kept.
    pub(super) fn find_definitions(&mut self, part: &str) -> Result<Option<Xml<'_>>, CannotRead> {
        let place = self.names.get(&compared(part)).copied();
        let size =
            place.and_then(|place| self.archive.by_index_raw(place).ok()).map_or(0, |entry| entry.size());
        if size > DEFINITION_BYTES_MAX {
            return Err(CannotRead::TooLarge { limit: Limit::DefinitionBytes, max: DEFINITION_BYTES_MAX });
        }
        self.find(part)
    }

    pub(super) fn load(&mut self, part: &str) -> Result<Xml<'_>, CannotRead> {
        match self.find(part)? {
            Some(xml) => Ok(xml),
            None => Err(CannotRead::MissingPart { part: part.to_owned() }),
        }
    }

    /// The first bytes of a small part.
    pub(super) fn beginning(&mut self, part: &str, bytes_max: u64) -> Option<Vec<u8>> {
        let place = self.names.get(&compared(part)).copied()?;
        let mut bytes = Vec::new();
        self.archive.by_index(place).ok()?.take(bytes_max).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }
}

/// Counts the entries by their marks, because the library makes room for all of them when it opens the archive.
fn check_directory(bytes: &[u8]) -> Result<(), CannotRead> {
    let entries = memchr::memmem::find_iter(bytes, DIRECTORY_ENTRY).take(ENTRIES_MAX + 1).count();
    if entries > ENTRIES_MAX {
        return Err(CannotRead::TooLarge { limit: Limit::Entries, max: ENTRIES_MAX as u64 });
    }
    match memchr::memmem::rfind(bytes, DIRECTORY_END) {
        Some(_) => Ok(()),
        None => Err(CannotRead::Truncated),
    }
}

fn check_sizes(unpacked: u64, size: u64, packed: u64) -> Result<(), CannotRead> {
    if unpacked > UNPACKED_BYTES_MAX {
        return Err(CannotRead::TooLarge { limit: Limit::UnpackedBytes, max: UNPACKED_BYTES_MAX });
    }
    if size > RATIO_BYTES_MIN && size / RATIO_MAX > packed {
        return Err(CannotRead::TooLarge { limit: Limit::Ratio, max: RATIO_MAX });
    }
    Ok(())
}

/// Names of parts are the same whatever their case; some programs write `\` for `/`.
fn compared(name: &str) -> String {
    name.trim_start_matches('/').replace('\\', "/").to_lowercase()
}
