//! What a document says whatever packed it: a hash over its parts that survives another compressor.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Cursor, Read as _};

use svod_domain::event::ContentHashes;
use svod_log::Hash;
use zip::ZipArchive;

use crate::reproduce::{NotADocument, TEXT_BYTES_MAX};

/// Most parts of a document: many times those of any that is made here, and what a hostile file may make us hold.
const PARTS_MAX: usize = 4096;

/// SHA-256 of the lines that `sha256sum` prints for the parts, in the order of the bytes of their names.
pub fn content_hash(document: &[u8]) -> Result<Hash, NotADocument> {
    let mut archive = ZipArchive::new(Cursor::new(document))?;
    if archive.len() > PARTS_MAX {
        return Err(NotADocument::TooLong);
    }
    let mut parts = BTreeMap::new();
    let mut left = TEXT_BYTES_MAX;
    for index in 0..archive.len() {
        let part = archive.by_index(index)?;
        let name = part.name()?.to_string();
        let mut bytes = vec![];
        part.take(left + 1).read_to_end(&mut bytes)?;
        left = left.checked_sub(bytes.len() as u64).ok_or(NotADocument::TooLong)?;
        parts.insert(name, Hash::of(&bytes));
    }
    let mut lines = String::new();
    for (name, hash) in parts {
        // Writing to a text cannot fail.
        let _ = writeln!(lines, "{hash}  {name}");
    }
    Ok(Hash::of(lines.as_bytes()))
}

/// Whether two documents are the same parts, packed otherwise.
#[must_use]
pub fn is_same_content(one: &[u8], other: &[u8]) -> bool {
    match (content_hash(one), content_hash(other)) {
        (Ok(one), Ok(other)) => one == other,
        _no_archive => false,
    }
}

/// The hashes of a document and of its masked twin.
pub(crate) fn content_hashes(document: &[u8], masked: &[u8]) -> Result<ContentHashes, NotADocument> {
    let hash = |bytes| Ok::<_, NotADocument>(content_hash(bytes)?.to_string());
    Ok(ContentHashes { sha256: hash(document)?, masked_sha256: hash(masked)? })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    use super::*;

    fn packed(parts: &[(&str, &str)], method: CompressionMethod) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(vec![]));
        for (name, text) in parts {
            zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    const PARTS: [(&str, &str); 2] = [("b", "two two two"), ("a", "one")];

    #[test]
    fn another_packing_is_the_same_content_and_another_letter_is_not() {
        let document = packed(&PARTS, CompressionMethod::Deflated);
        let again = packed(&[PARTS[1], PARTS[0]], CompressionMethod::Stored);
        assert!(document != again && is_same_content(&document, &again));
        let changed = packed(&[PARTS[0], ("a", "onE")], CompressionMethod::Stored);
        let renamed = packed(&[PARTS[0], ("c", "one")], CompressionMethod::Stored);
        assert!(!is_same_content(&document, &changed) && !is_same_content(&document, &renamed));
        assert!(!is_same_content(b"no archive", b"no archive"));
    }

    #[test]
    fn it_is_the_hash_of_what_sha256sum_prints() {
        // printf 'one' | sha256sum and printf 'two two two' | sha256sum, each line ending with its name.
        let lines = concat!(
            "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed  a\n",
            "aec1e655f9b4e81382d9dc14131cc133dac26dbba88309efaea30aaaddea4698  b\n",
        );
        let document = packed(&PARTS, CompressionMethod::Deflated);
        assert_eq!(content_hash(&document).unwrap(), Hash::of(lines.as_bytes()));
    }
}
