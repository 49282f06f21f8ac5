//! The parts of the document, in their fixed order.

use std::io::{Seek, Write};

use svod_log::Hash;

use super::paragraph::paragraph;
use super::{body, headers, properties};
use crate::archive::Archive;
use crate::properties::facts;
use crate::{Head, RenderError, Renderer, Row, SectionHead, Writer};

const CONTENT_TYPES: &str = include_str!("parts/content-types.xml");
const PACKAGE_RELATIONS: &str = include_str!("parts/package-relations.xml");
/// Those of a document with properties of its own.
const CONTENT_TYPES_2: &str = include_str!("parts/content-types-2.xml");
const PACKAGE_RELATIONS_2: &str = include_str!("parts/package-relations-2.xml");
const APPLICATION: &str = include_str!("parts/application.xml");
const DOCUMENT_RELATIONS: &str = include_str!("parts/document-relations.xml");
const STYLES: &str = include_str!("parts/styles.xml");
/// Those of what stands below the table, since `docx/3`.
const REVISION_STYLES: &str = include_str!("parts/revision-styles.xml");
const STYLES_END: &str = "</w:styles>";
const SETTINGS: &str = include_str!("parts/settings.xml");
const FONTS: &str = include_str!("parts/fonts.xml");

/// A Word document that is being written.
pub(crate) struct Docx<W: Write + Seek> {
    archive: Archive<W>,
    /// What is written next; kept, so that a row costs no new memory.
    buffer: String,
    /// What stands between the table and the last paragraph.
    pub(super) below: String,
}

impl<W: Write + Seek> Docx<W> {
    /// Writes the parts that the rows have no share in, and the pages up to the first section row.
    pub(crate) fn begin(head: &Head, out: W) -> Result<Self, RenderError> {
        let mut below = String::new();
        for (style, text) in head.revision.iter().flat_map(body::revision_lines) {
            paragraph(style, &text, &mut below);
        }
        Ok(Self { below, ..Self::begin_titled(head, &body::title(head), out)? })
    }

    /// The same with a paragraph in place of the title, and nothing below the table.
    pub(super) fn begin_titled(head: &Head, title: &str, out: W) -> Result<Self, RenderError> {
        let archive = begin_package(head, Renderer::Docx3, CONTENT_TYPES_2, None, out)?;
        let styles = STYLES.replace(STYLES_END, &format!("{REVISION_STYLES}{STYLES_END}"));
        let opening = body::opening(head, title, &body::table_opening(Some(&head.title)));
        Self::begin_word(archive, head, &styles, &opening)
    }

    /// The same by the second renderer.
    pub(crate) fn begin_second(head: &Head, out: W) -> Result<Self, RenderError> {
        let archive = begin_package(head, Renderer::Docx2, CONTENT_TYPES_2, None, out)?;
        let table = body::table_opening(Some(&head.title));
        Self::begin_word(archive, head, STYLES, &body::opening(head, &body::title(head), &table))
    }

    /// The same by the first renderer.
    pub(crate) fn begin_first(head: &Head, out: W) -> Result<Self, RenderError> {
        let mut archive = Archive::as_it_comes(out);
        archive.part("[Content_Types].xml", CONTENT_TYPES)?;
        archive.part("_rels/.rels", PACKAGE_RELATIONS)?;
        archive.part("docProps/core.xml", &properties::core(head))?;
        archive.part("docProps/app.xml", APPLICATION)?;
        let opening = body::opening(head, &body::title(head), &body::table_opening(None));
        Self::begin_word(archive, head, STYLES, &opening)
    }

    fn begin_word(
        mut archive: Archive<W>,
        head: &Head,
        styles: &str,
        opening: &str,
    ) -> Result<Self, RenderError> {
        archive.part("word/_rels/document.xml.rels", DOCUMENT_RELATIONS)?;
        archive.part("word/styles.xml", styles)?;
        archive.part("word/settings.xml", SETTINGS)?;
        archive.part("word/fontTable.xml", FONTS)?;
        archive.part("word/header1.xml", &headers::first_page())?;
        archive.part("word/header2.xml", &headers::further_pages(head.status))?;
        archive.open("word/document.xml")?;
        archive.write(opening)?;
        Ok(Self { archive, buffer: String::new(), below: String::new() })
    }

    /// Writes a row as it is given.
    pub(super) fn raw_row(&mut self, row: &str) -> Result<(), RenderError> {
        self.archive.write(row)
    }

    fn flush(&mut self) -> Result<(), RenderError> {
        self.archive.write(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

impl<W: Write + Seek> Writer for Docx<W> {
    fn section(&mut self, section: &SectionHead) -> Result<(), RenderError> {
        // Goes out together with its first row: what is compressed in one piece shows in the bytes.
        body::section_row(section, &mut self.buffer);
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Result<(), RenderError> {
        body::activity_row(row, &mut self.buffer);
        self.flush()
    }

    fn finish(mut self: Box<Self>) -> Result<(), RenderError> {
        // In one piece: that shows in the bytes, too.
        self.archive.write(&[body::TABLE_CLOSING, &self.below, body::CLOSING].concat())?;
        self.archive.finish()
    }
}

/// Begins a file of `docx/2` or a later one, in the built-in form or by a template: what every package has, and what it says of itself.
pub(crate) fn begin_package<W: Write + Seek>(
    head: &Head,
    renderer: Renderer,
    content_types: &str,
    template: Option<Hash>,
    out: W,
) -> Result<Archive<W>, RenderError> {
    let mut archive = Archive::in_blocks(out);
    archive.part("[Content_Types].xml", content_types)?;
    archive.part("_rels/.rels", PACKAGE_RELATIONS_2)?;
    archive.part("docProps/core.xml", &properties::core(head))?;
    archive.part("docProps/app.xml", APPLICATION)?;
    archive.part("docProps/custom.xml", &properties::custom(&facts(head, renderer, template)))?;
    Ok(archive)
}
