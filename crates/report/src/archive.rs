//! The ZIP archive that a document is packed in, with the same bytes every time: parts in the order given, all of the
//! time 1980-01-01 (the first that ZIP knows, and what Word itself writes), no extra fields, no folders.
//!
//! `zip` deflates with `zlib-rs`: pure Rust, whose output at a level depends on its version only, not on the machine.
//! The lock file pins the version; the sample document in `tests/` has a known SHA-256, so that an update that packs
//! otherwise cannot pass unseen: it would be a new renderer.

use std::io::{Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use crate::RenderError;

/// Half again the work of level 3 for a tenth less of bytes, which are kept for ever.
const LEVEL: i64 = 6;

/// What is compressed at once. How text is cut for the compressor shows in the bytes, so it must not depend on how the
/// text comes; and few large pieces cost less than many small ones.
const BLOCK_BYTES: usize = 64 << 10;

pub(crate) struct Archive<W: Write + Seek> {
    zip: ZipWriter<W>,
    /// What waits until there is a block of it. `None`: text goes on as it comes.
    block: Option<Vec<u8>>,
}

impl<W: Write + Seek> Archive<W> {
    /// As the first renderers wrote: every text is compressed as it comes.
    pub(crate) fn as_it_comes(out: W) -> Self {
        Self { zip: ZipWriter::new(out), block: None }
    }

    /// Text is compressed in blocks of one size, however it comes.
    pub(crate) fn in_blocks(out: W) -> Self {
        Self { zip: ZipWriter::new(out), block: Some(Vec::with_capacity(BLOCK_BYTES)) }
    }

    /// Begins a part; what is written until the next one is in it.
    pub(crate) fn open(&mut self, name: &str) -> Result<(), RenderError> {
        self.flush()?;
        let options = options().compression_method(CompressionMethod::Deflated);
        Ok(self.zip.start_file(name, options.compression_level(Some(LEVEL)))?)
    }

    /// Goes on with the part that is open.
    pub(crate) fn write(&mut self, text: &str) -> Result<(), RenderError> {
        self.write_bytes(text.as_bytes())
    }

    /// The same with what need not be text.
    pub(crate) fn write_bytes(&mut self, mut bytes: &[u8]) -> Result<(), RenderError> {
        let Some(block) = &mut self.block else { return Ok(self.zip.write_all(bytes)?) };
        while block.len() + bytes.len() >= BLOCK_BYTES {
            let (now, later) = bytes.split_at(BLOCK_BYTES - block.len());
            block.extend_from_slice(now);
            self.zip.write_all(block)?;
            block.clear();
            bytes = later;
        }
        block.extend_from_slice(bytes);
        Ok(())
    }

    /// Brings what waits into the part that is open.
    fn flush(&mut self) -> Result<(), RenderError> {
        let Some(block) = &mut self.block else { return Ok(()) };
        self.zip.write_all(block)?;
        block.clear();
        Ok(())
    }

    /// A part that is not compressed, so that its text stands readable at a fixed place of the file.
    pub(crate) fn stored(&mut self, name: &str, text: &str) -> Result<(), RenderError> {
        self.flush()?;
        self.zip.start_file(name, options().compression_method(CompressionMethod::Stored))?;
        self.write(text)
    }

    /// A whole part.
    pub(crate) fn part(&mut self, name: &str, text: &str) -> Result<(), RenderError> {
        self.open(name)?;
        self.write(text)
    }

    pub(crate) fn finish(mut self) -> Result<(), RenderError> {
        self.flush()?;
        self.zip.finish()?.flush()?;
        Ok(())
    }
}

/// The same for every part.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .last_modified_time(DateTime::default())
        .system(System::Unix)
        .unix_permissions(0o644)
}
