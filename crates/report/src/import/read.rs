//! From bytes to a grid: which reader a file is for.

use super::compound::{self, Compound};
use super::draft::Draft;
use super::limits::PACKED_BYTES_MAX;
use super::package::Package;
use super::sniff::{self, Container};
use super::{CannotRead, Grid, Limit, Looks, NoticeKind, Place, SourceFormat, docx};

/// What a region decides about files that are handed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Whether files with macros are refused. They are never run either way.
    pub refuses_macros: bool,
}

/// Reads a file into what a person sees in it. The name is compared with the content and decides nothing.
///
/// It works for as long as a second, with at most 64 MiB, so an asynchronous caller gives it a thread of its own.
pub fn read(bytes: &[u8], file_name: Option<&str>, options: &ReadOptions) -> Result<Grid, CannotRead> {
    if bytes.is_empty() {
        return Err(CannotRead::Empty);
    }
    if bytes.len() as u64 > PACKED_BYTES_MAX {
        return Err(CannotRead::TooLarge { limit: Limit::PackedBytes, max: PACKED_BYTES_MAX });
    }
    let mut grid = match sniff::container(bytes) {
        Container::Zip => read_package(bytes, options)?,
        Container::Compound => match compound::kind(bytes)? {
            Compound::Word => return Err(CannotRead::OfficeMissing { format: SourceFormat::Doc }),
            Compound::Excel => return Err(CannotRead::OfficeMissing { format: SourceFormat::Xls }),
        },
        Container::Rtf => return Err(CannotRead::OfficeMissing { format: SourceFormat::Rtf }),
        Container::Html | Container::Text => {
            return Err(CannotRead::NotADocument { looks: Looks::Text });
        }
        Container::Other(looks) => return Err(CannotRead::NotADocument { looks }),
    };
    compare_name(file_name, &mut grid);
    Ok(grid)
}

fn read_package(bytes: &[u8], options: &ReadOptions) -> Result<Grid, CannotRead> {
    let mut package = Package::open(bytes)?;
    let (format, main) = sniff::package(&mut package)?;
    let mut draft = Draft::new(format);
    if package.has_ending("vbaproject.bin") {
        if options.refuses_macros {
            return Err(CannotRead::Macros);
        }
        draft.find(&Place::File, NoticeKind::Macros);
    }
    match format {
        SourceFormat::Docx => docx::read(&mut package, &main, &mut draft)?,
        _ => return Err(CannotRead::NotADocument { looks: Looks::OtherOffice }),
    }
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
        grid.findings.insert(0, super::Notice::new(Place::File, kind));
    }
}
