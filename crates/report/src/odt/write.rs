//! The parts of the document, in their fixed order.

use std::io::{Seek, Write};

use super::{content, meta, styles};
use crate::archive::Archive;
use crate::{RenderError, Report};

/// Must be the first part and not compressed, so that a file is known by its first bytes (ODF 1.3, part 2, §3.3).
const MEDIA_TYPE: &str = "application/vnd.oasis.opendocument.text";

const MANIFEST: &str = include_str!("parts/manifest.xml");

/// Writes the document. The same report gives the same bytes, always and everywhere.
pub fn odt(report: &Report, out: impl Write + Seek) -> Result<(), RenderError> {
    let mut archive = Archive::new(out);
    archive.stored("mimetype", MEDIA_TYPE)?;
    archive.part("META-INF/manifest.xml", MANIFEST)?;
    archive.part("meta.xml", &meta::meta(report))?;
    archive.part("styles.xml", &styles::styles(report.status))?;
    content::write(report, archive.open("content.xml")?)?;
    archive.finish()
}
