//! The parts of the document, in their fixed order.

use std::io::{Seek, Write};

use super::{body, headers, properties};
use crate::archive::Archive;
use crate::{RenderError, Report};

const CONTENT_TYPES: &str = include_str!("parts/content-types.xml");
const PACKAGE_RELATIONS: &str = include_str!("parts/package-relations.xml");
const APPLICATION: &str = include_str!("parts/application.xml");
const DOCUMENT_RELATIONS: &str = include_str!("parts/document-relations.xml");
const STYLES: &str = include_str!("parts/styles.xml");
const SETTINGS: &str = include_str!("parts/settings.xml");
const FONTS: &str = include_str!("parts/fonts.xml");

/// Writes the document. The same report gives the same bytes, always and everywhere.
pub fn docx(report: &Report, out: impl Write + Seek) -> Result<(), RenderError> {
    let mut archive = Archive::new(out);
    archive.part("[Content_Types].xml", CONTENT_TYPES)?;
    archive.part("_rels/.rels", PACKAGE_RELATIONS)?;
    archive.part("docProps/core.xml", &properties::core(report))?;
    archive.part("docProps/app.xml", APPLICATION)?;
    archive.part("word/_rels/document.xml.rels", DOCUMENT_RELATIONS)?;
    archive.part("word/styles.xml", STYLES)?;
    archive.part("word/settings.xml", SETTINGS)?;
    archive.part("word/fontTable.xml", FONTS)?;
    archive.part("word/header1.xml", &headers::first_page())?;
    archive.part("word/header2.xml", &headers::further_pages(report.status))?;
    body::write(report, archive.open("word/document.xml")?)?;
    archive.finish()
}
