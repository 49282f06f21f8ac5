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

pub(crate) struct Archive<W: Write + Seek> {
    zip: ZipWriter<W>,
}

impl<W: Write + Seek> Archive<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { zip: ZipWriter::new(out) }
    }

    /// Begins a part; what is written until the next one is in it.
    pub(crate) fn open(&mut self, name: &str) -> Result<(), RenderError> {
        let options = options().compression_method(CompressionMethod::Deflated);
        Ok(self.zip.start_file(name, options.compression_level(Some(LEVEL)))?)
    }

    /// Goes on with the part that is open.
    pub(crate) fn write(&mut self, text: &str) -> Result<(), RenderError> {
        Ok(self.zip.write_all(text.as_bytes())?)
    }

    /// A part that is not compressed, so that its text stands readable at a fixed place of the file.
    pub(crate) fn stored(&mut self, name: &str, text: &str) -> Result<(), RenderError> {
        self.zip.start_file(name, options().compression_method(CompressionMethod::Stored))?;
        self.write(text)
    }

    /// A whole part.
    pub(crate) fn part(&mut self, name: &str, text: &str) -> Result<(), RenderError> {
        self.open(name)?;
        self.write(text)
    }

    pub(crate) fn finish(self) -> Result<(), RenderError> {
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
