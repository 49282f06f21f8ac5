//! From bytes to a grid: which reader a file is for.

use super::compound::{self, Legacy};
use super::draft::Draft;
use super::limits::{PACKED_BYTES_MAX, TEXT_BYTES_MAX};
use super::package::Package;
use super::sniff::{self, Container};
use super::{
    CannotRead, Grid, Limit, Looks, Notice, NoticeKind, Office, Place, SourceFormat, delimited, docx,
    encoding, html, odf, sheet,
};

/// What a region decides about files that are handed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Whether files with macros are refused. They are never run either way.
    pub refuses_macros: bool,
    /// The program that converts what is not read here (DOC, RTF, XLS). Without one such files are refused.
    pub office: Option<Office>,
}

/// Reads a file into what a person sees in it. The name is compared with the content and decides nothing.
///
/// It works for up to a second with at most 64 MiB, or waits for the office program for as long as that may take, so an
/// asynchronous caller gives it a thread of its own.
pub fn read(bytes: &[u8], file_name: Option<&str>, options: &ReadOptions) -> Result<Grid, CannotRead> {
    if bytes.is_empty() {
        return Err(CannotRead::Empty);
    }
    if bytes.len() as u64 > PACKED_BYTES_MAX {
        return Err(CannotRead::TooLarge { limit: Limit::PackedBytes, max: PACKED_BYTES_MAX });
    }
    let mut grid = match sniff::container(bytes) {
        Container::Zip => read_package(bytes, options)?,
        Container::Compound => convert(bytes, compound::kind(bytes)?, options)?,
        Container::Rtf => convert(bytes, Legacy::Rtf, options)?,
        Container::Html => read_page(bytes)?,
        Container::Text => read_text(bytes)?,
        Container::Other(looks) => return Err(CannotRead::NotADocument { looks }),
    };
    compare_name(file_name, &mut grid);
    Ok(grid)
}

fn read_package(bytes: &[u8], options: &ReadOptions) -> Result<Grid, CannotRead> {
    let mut package = Package::open(bytes)?;
    let (format, main) = sniff::package(&mut package)?;
    let mut draft = Draft::new(format);
    if package.has_macros() {
        if options.refuses_macros {
            return Err(CannotRead::Macros);
        }
        draft.find(&Place::File, NoticeKind::Macros);
    }
    match format {
        SourceFormat::Docx => docx::read(&mut package, &main, &mut draft)?,
        SourceFormat::Xlsx => sheet::read(&mut package, &main, &mut draft)?,
        SourceFormat::Odt | SourceFormat::Ods => odf::read(&mut package, &main, &mut draft)?,
        SourceFormat::Csv
        | SourceFormat::Html
        | SourceFormat::Rtf
        | SourceFormat::Doc
        | SourceFormat::Xls => {
            return Err(CannotRead::NotADocument { looks: Looks::OtherOffice });
        }
    }
    Ok(draft.finish())
}

/// Lets the office program make a file of today, and reads that.
fn convert(bytes: &[u8], legacy: Legacy, options: &ReadOptions) -> Result<Grid, CannotRead> {
    let format = legacy.format();
    let Some(office) = &options.office else { return Err(CannotRead::OfficeMissing { format }) };
    let converted = office.convert(bytes, legacy)?;
    let mut grid = read_package(&converted, options)?;
    // LibreOffice 7.4 reads some old documents without their tables, all cells run together. That is no reading.
    if legacy == Legacy::Doc && grid.tables().next().is_none() && compound::seems_to_have_rows(bytes) {
        tracing::warn!("the office program lost the tables of an old document");
        return Err(CannotRead::OfficeFailed { format });
    }
    grid.format = format;
    grid.findings.insert(0, Notice::new(Place::File, NoticeKind::Converted { format }));
    Ok(grid)
}

fn read_page(bytes: &[u8]) -> Result<Grid, CannotRead> {
    check_text(bytes)?;
    let mut draft = Draft::new(SourceFormat::Html);
    html::read(bytes, &mut draft)?;
    Ok(draft.finish())
}

/// A text is held whole while it is read, in two encodings.
fn check_text(bytes: &[u8]) -> Result<(), CannotRead> {
    if bytes.len() > TEXT_BYTES_MAX {
        return Err(CannotRead::TooLarge { limit: Limit::TextBytes, max: TEXT_BYTES_MAX as u64 });
    }
    Ok(())
}

fn read_text(bytes: &[u8]) -> Result<Grid, CannotRead> {
    if !encoding::is_text(bytes) {
        return Err(CannotRead::NotADocument { looks: Looks::Unknown });
    }
    check_text(bytes)?;
    let mut draft = Draft::new(SourceFormat::Csv);
    let text = encoding::decoded(bytes, None, &mut draft);
    delimited::read(&text, &mut draft)?;
    Ok(draft.finish())
}

/// A name that speaks of another format is told of first: it explains what else may look strange.
fn compare_name(file_name: Option<&str>, grid: &mut Grid) {
    let ending = file_name.and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending.to_lowercase());
    let Some(ending) = ending else { return };
    let fits = match grid.format {
        SourceFormat::Docx => matches!(ending.as_str(), "docx" | "docm" | "dotx" | "dotm"),
        SourceFormat::Xlsx => matches!(ending.as_str(), "xlsx" | "xlsm" | "xltx" | "xltm"),
        SourceFormat::Odt => matches!(ending.as_str(), "odt" | "ott"),
        SourceFormat::Ods => matches!(ending.as_str(), "ods" | "ots"),
        SourceFormat::Csv => matches!(ending.as_str(), "csv" | "txt" | "tsv"),
        SourceFormat::Html => matches!(ending.as_str(), "html" | "htm"),
        SourceFormat::Rtf => ending == "rtf",
        SourceFormat::Doc => matches!(ending.as_str(), "doc" | "dot"),
        SourceFormat::Xls => matches!(ending.as_str(), "xls" | "xlt"),
    };
    if !fits {
        let kind = NoticeKind::OtherFormatThanNamed { ending, format: grid.format };
        grid.findings.insert(0, Notice::new(Place::File, kind));
    }
}
