//! The parts of the document, in their fixed order.

use std::io::{Seek, Write};

use svod_text::document::STATE_NAME;

use super::{content, meta, styles};
use crate::archive::Archive;
use crate::properties::{Fact, Properties, facts};
use crate::{Head, RenderError, Renderer, Row, SectionHead, Writer};

/// Must be the first part and not compressed, so that a file is known by its first bytes (ODF 1.3, part 2, §3.3).
const MEDIA_TYPE: &str = "application/vnd.oasis.opendocument.text";

const MANIFEST: &str = include_str!("parts/manifest.xml");

/// An ODT file that is being written.
pub(crate) struct Odt<W: Write + Seek> {
    archive: Archive<W>,
    /// What is written next; kept, so that a row costs no new memory.
    buffer: String,
    /// What is written behind the last row.
    closing: String,
}

impl<W: Write + Seek> Odt<W> {
    /// Writes the parts that the rows have no share in, and the pages up to the first section row.
    pub(crate) fn begin(head: &Head, out: W) -> Result<Self, RenderError> {
        let meta = meta::meta(head, &facts(head, Renderer::Odt3, None));
        let styles = styles::styles(head.status);
        let odt = Self::begin_with(Archive::in_blocks(out), head, &meta, &styles, Some(&head.title))?;
        Ok(Self { closing: content::closing(head.revision.as_ref()), ..odt })
    }

    /// The same by the second renderer.
    pub(crate) fn begin_second(head: &Head, out: W) -> Result<Self, RenderError> {
        let meta = meta::meta(head, &facts(head, Renderer::Odt2, None));
        let styles = styles::styles_before_revisions(head.status);
        Self::begin_with(Archive::in_blocks(out), head, &meta, &styles, Some(&head.title))
    }

    /// The same by the first renderer.
    pub(crate) fn begin_first(head: &Head, out: W) -> Result<Self, RenderError> {
        let facts = [(STATE_NAME, Fact::Text(Properties::of(head).state))];
        let styles = styles::styles_before_revisions(head.status);
        Self::begin_with(Archive::as_it_comes(out), head, &meta::meta(head, &facts), &styles, None)
    }

    fn begin_with(
        mut archive: Archive<W>,
        head: &Head,
        meta: &str,
        styles: &str,
        table: Option<&str>,
    ) -> Result<Self, RenderError> {
        archive.stored("mimetype", MEDIA_TYPE)?;
        archive.part("META-INF/manifest.xml", MANIFEST)?;
        archive.part("meta.xml", meta)?;
        archive.part("styles.xml", styles)?;
        archive.open("content.xml")?;
        archive.write(&content::opening(head, table))?;
        Ok(Self { archive, buffer: String::new(), closing: content::closing(None) })
    }

    fn flush(&mut self) -> Result<(), RenderError> {
        self.archive.write(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

impl<W: Write + Seek> Writer for Odt<W> {
    fn section(&mut self, section: &SectionHead) -> Result<(), RenderError> {
        // Goes out together with its first row: what is compressed in one piece shows in the bytes.
        content::section_row(section, &mut self.buffer);
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Result<(), RenderError> {
        content::activity_row(row, &mut self.buffer);
        self.flush()
    }

    fn finish(mut self: Box<Self>) -> Result<(), RenderError> {
        self.archive.write(&self.closing)?;
        self.archive.finish()
    }
}
