//! The report's table by typst, measured from inside: `svod-bench-typst ROWS FONTS OUT` reads the lines that `svod-bench`
//! has written for all peers, and prints how long compiling and writing took and what it needed, as JSON.

#![expect(clippy::disallowed_methods, reason = "a program that measures asks the clock")]

use std::fmt::Debug;
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

/// The one of the program that is measured beside.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The page, the table and the outline of ours.
const MARKUP: &str = include_str!("report.typ");

/// The fonts of ours that the rows need.
const FONTS: [&str; 2] = ["LiberationSerif-Regular.ttf", "LiberationSerif-Bold.ttf"];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rows, fonts, out] = arguments.as_slice() else {
        return Err(anyhow!("usage: svod-bench-typst ROWS FONTS OUT"));
    };
    let desk = Desk::new(&fs::read_to_string(rows)?, Path::new(fonts))?;
    let began = Instant::now();
    let document = typst::compile::<PagedDocument>(&desk).output.map_err(|faults| failed(&faults))?;
    let standards = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1]);
    let standards = standards.map_err(|fault| failed(&fault.message()))?;
    let options = PdfOptions { standards, ..PdfOptions::default() };
    let pdf = typst_pdf::pdf(&document, &options).map_err(|faults| failed(&faults))?;
    let seconds = began.elapsed().as_secs_f64();
    fs::write(out, &pdf)?;
    let said = serde_json::json!({
        "seconds": seconds, "mib": memory_peak_mib()?, "bytes": pdf.len(), "pages": document.pages().len(),
    });
    println!("{said}");
    Ok(())
}

fn failed(faults: &impl Debug) -> anyhow::Error {
    anyhow!("typst: {}", format!("{faults:?}").chars().take(2000).collect::<String>())
}

fn memory_peak_mib() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).context("no VmHWM")?;
    let kib: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kib / 1024.0)
}

/// What typst may see: the markup, the rows, two fonts, no clock.
struct Desk {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    markup: Source,
    rows: (FileId, Bytes),
}

impl Desk {
    fn new(lines: &str, fonts: &Path) -> Result<Self> {
        let fonts = FONTS.map(|name| {
            let bytes = fs::read(fonts.join(name)).with_context(|| format!("reading {name}"))?;
            Font::new(Bytes::new(bytes), 0).with_context(|| format!("{name} is no font"))
        });
        let fonts: Vec<Font> = fonts.into_iter().collect::<Result<_>>()?;
        let rows = format!("[{}]", lines.lines().collect::<Vec<_>>().join(","));
        Ok(Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            markup: Source::new(file("report.typ")?, MARKUP.to_owned()),
            rows: (file("rows.json")?, Bytes::from_string(rows)),
        })
    }
}

fn file(name: &str) -> Result<FileId> {
    let path = VirtualPath::new(name).map_err(|fault| failed(&fault))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.markup.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.markup.id() { Ok(self.markup.clone()) } else { Err(FileError::NotSource) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.rows.0 { Ok(self.rows.1.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
