//! Files for the measures of documents: archives, a form of a region, and bombs.

use std::fs::File;
use std::io::{BufWriter, Cursor, Read as _, Write as _};
use std::path::Path;

use anyhow::Result;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// A form as a region might make it, the one that the tests of the report are filled with.
#[path = "../../../crates/report/tests/document/template/donor.rs"]
#[allow(dead_code, reason = "the tests also spoil it")]
mod donor;

/// The level that documents are packed at.
const DEFLATE_LEVEL: i64 = 6;

/// Empty paragraphs of the bomb that others have been seen to unpack into 5.3 GB.
const PARAGRAPHS: usize = 40_000_000;

/// Those of the padded bomb, and how many stand between two comments of chance, so that it is packed no tighter than a
/// document may be whatever packs it.
const PARAGRAPHS_PADDED: usize = 12_000_000;
const PADDING_EVERY: usize = 500;

/// The parts of a document, as they were before they were packed.
pub fn unpacked(document: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut archive = ZipArchive::new(Cursor::new(document))?;
    let mut parts = vec![];
    for index in 0..archive.len() {
        let mut part = archive.by_index(index)?;
        let mut text = vec![];
        part.read_to_end(&mut text)?;
        parts.push((part.name()?.into_owned(), text));
    }
    Ok(parts)
}

/// Packs them again with the same library at the same level: what no renderer of this document can be faster than.
pub fn pack(parts: &[(String, Vec<u8>)]) -> Result<usize> {
    let mut archive = ZipWriter::new(Cursor::new(vec![]));
    for (name, text) in parts {
        archive.start_file(name.as_str(), options())?;
        archive.write_all(text)?;
    }
    Ok(archive.finish()?.into_inner().len())
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(DEFLATE_LEVEL))
}

/// A bomb is packed as tightly as can be.
const BOMB_LEVEL: i64 = 9;

/// A region's own form.
pub fn donor() -> Vec<u8> {
    donor::Donor::new().bytes()
}

/// What the file of a bomb is called.
pub fn bomb_of(what: &str) -> String {
    format!("{what}.docx")
}

/// Word files that are small and would unpack into more paragraphs than anybody writes: of nothing else, and with comments
/// between them.
pub fn write_bombs(folder: &Path) -> Result<()> {
    write_bomb(&folder.join(bomb_of("bomb")), PARAGRAPHS, usize::MAX)?;
    write_bomb(&folder.join(bomb_of("padded-bomb")), PARAGRAPHS_PADDED, PADDING_EVERY)
}

fn write_bomb(path: &Path, paragraphs: usize, padding_every: usize) -> Result<()> {
    let mut archive = ZipWriter::new(BufWriter::new(File::create(path)?));
    for (name, text) in unpacked(&donor())?.iter().filter(|(name, _)| name != "word/document.xml") {
        archive.start_file(name.as_str(), options())?;
        archive.write_all(text)?;
    }
    archive.start_file("word/document.xml", options().compression_level(Some(BOMB_LEVEL)))?;
    archive.write_all(
        br#"<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>"#,
    )?;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut block = String::new();
    for number in 1..=paragraphs {
        block.push_str("<w:p/>");
        if number % padding_every == 0 {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            block.push_str(&format!("<!--{state:016x}-->"));
        }
        if block.len() > 1 << 20 || number == paragraphs {
            archive.write_all(block.as_bytes())?;
            block.clear();
        }
    }
    archive.write_all(b"</w:body></w:document>")?;
    archive.finish()?.flush()?;
    Ok(())
}
