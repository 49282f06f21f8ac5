//! One door to all formats: inputs in, a file out.

use std::fmt;
use std::io::Cursor;
use std::str::FromStr;
use std::sync::Arc;

use svod_domain::{Edition, Quarter};
use svod_engine::{ReportInputs, ReportStatus};

use crate::docx::{Side, tracked};
use crate::template::{Donor, Template};
use crate::writer::write_report;
use crate::{Head, Renderer, ReportSettings, Writer};

/// A format that a report can be asked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Word.
    Docx,
    /// Data.
    Json,
    /// PDF/A-2a and PDF/UA-1.
    Pdf,
    /// PDF/A-1b, for archives that take nothing newer.
    PdfA1b,
    /// Excel.
    Xlsx,
    /// Open Document.
    Odt,
    /// A page for a browser.
    Html,
}

/// Not a format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not a format: docx, json, pdf, pdf-a1b, xlsx, odt or html")]
pub struct InvalidFormat {
    /// What was given.
    pub given: String,
}

impl Format {
    /// Every format, the original first.
    pub const ALL: &[Self] =
        &[Self::Docx, Self::Json, Self::Pdf, Self::PdfA1b, Self::Xlsx, Self::Odt, Self::Html];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Docx => "docx",
            Self::Json => "json",
            Self::Pdf => "pdf",
            Self::PdfA1b => "pdf-a1b",
            Self::Xlsx => "xlsx",
            Self::Odt => "odt",
            Self::Html => "html",
        }
    }

    /// What the names of its files end with.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::PdfA1b => Self::Pdf.as_str(),
            other => other.as_str(),
        }
    }

    /// The media type of its files.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Json => "application/json",
            Self::Pdf | Self::PdfA1b => "application/pdf",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Html => "text/html; charset=utf-8",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = InvalidFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|format| format.as_str() == text);
        found.copied().ok_or_else(|| InvalidFormat { given: text.to_owned() })
    }
}

/// A finished file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub media_type: &'static str,
    /// The name to offer for it, ASCII.
    pub file_name: String,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The settings name a template that is not at hand.
    #[error("the template {0} is not at hand")]
    Template(String),
    /// The packing of the document failed.
    #[error("packing the document")]
    Pack(#[from] zip::result::ZipError),
    /// The workbook could not be written.
    #[error("writing the workbook")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The document could not be written out.
    #[error("writing the document")]
    Write(#[from] std::io::Error),
    /// The PDF would not be what the standards ask for.
    #[error("writing the PDF")]
    Pdf(#[from] Box<krilla::error::KrillaError>),
    /// The data could not be written as JSON.
    #[error("writing the report as JSON")]
    Json(#[from] serde_json::Error),
}

/// The report as a file of that format, by its newest renderer, in the built-in form.
pub fn render(
    inputs: &ReportInputs,
    settings: &ReportSettings,
    format: Format,
) -> Result<Rendered, RenderError> {
    render_newest(format, inputs, settings, None)
}

/// The same in the region's own form, where the format has one. The template must be the one that the settings name.
pub fn render_newest(
    format: Format,
    inputs: &ReportInputs,
    settings: &ReportSettings,
    template: Option<&Arc<Template>>,
) -> Result<Rendered, RenderError> {
    render_with(Renderer::newest(format), inputs, settings, template)
}

/// The report as the renderer writes it, now and for ever.
pub fn render_by(
    renderer: Renderer,
    inputs: &ReportInputs,
    settings: &ReportSettings,
) -> Result<Rendered, RenderError> {
    render_with(renderer, inputs, settings, None)
}

/// The same in the region's own form, where the renderer takes one. The template must be the one that the settings name.
pub fn render_with(
    renderer: Renderer,
    inputs: &ReportInputs,
    settings: &ReportSettings,
    template: Option<&Arc<Template>>,
) -> Result<Rendered, RenderError> {
    let mut out = Cursor::new(vec![]);
    let writer = begin(renderer, &Head::new(inputs, settings), settings, template, &mut out)?;
    write_report(inputs, vec![writer])?;
    Ok(rendered(out, inputs, renderer.format()))
}

/// A later report as a Word document that shows what changed since an earlier one of the same quarter, as tracked changes:
/// whoever accepts all of them has the later, whoever rejects all has the earlier.
pub fn render_changes(before: Side<'_>, after: Side<'_>) -> Result<Rendered, RenderError> {
    let mut out = Cursor::new(vec![]);
    tracked(before, after, &mut out)?;
    let changes = rendered(out, after.inputs, Format::Docx);
    Ok(Rendered { file_name: format!("changes-of-{}", changes.file_name), ..changes })
}

/// The report in several forms, each row made once and given to all of them. They cannot disagree, and cost less than one
/// after the other.
pub fn render_all(
    renderers: &[Renderer],
    inputs: &ReportInputs,
    settings: &ReportSettings,
    template: Option<&Arc<Template>>,
) -> Result<Vec<Rendered>, RenderError> {
    let head = Head::new(inputs, settings);
    let mut outs: Vec<Cursor<Vec<u8>>> = renderers.iter().map(|_| Cursor::new(vec![])).collect();
    let writers = renderers.iter().zip(&mut outs);
    let writers: Result<_, _> =
        writers.map(|(renderer, out)| begin(*renderer, &head, settings, template, out)).collect();
    write_report(inputs, writers?)?;
    let files = renderers.iter().zip(outs).map(|(renderer, out)| rendered(out, inputs, renderer.format()));
    Ok(files.collect())
}

fn rendered(out: Cursor<Vec<u8>>, inputs: &ReportInputs, format: Format) -> Rendered {
    let file_name = file_name(inputs, format);
    Rendered { bytes: out.into_inner(), media_type: format.media_type(), file_name }
}

/// Begins a document in the region's own form where there is one for it, else in the built-in one.
fn begin<'a>(
    renderer: Renderer,
    head: &Head,
    settings: &ReportSettings,
    template: Option<&Arc<Template>>,
    out: &'a mut Cursor<Vec<u8>>,
) -> Result<Box<dyn Writer + 'a>, RenderError> {
    match (renderer, template, &settings.template) {
        (Renderer::Docx2 | Renderer::Docx3, Some(template), Some(named))
            if template.sha256().to_string() == *named =>
        {
            Ok(Box::new(Donor::begin(renderer, Arc::clone(template), head, out)?))
        }
        (Renderer::Docx2 | Renderer::Docx3, _, Some(named)) => Err(RenderError::Template(named.clone())),
        _ => renderer.begin(head, out),
    }
}

fn file_name(inputs: &ReportInputs, format: Format) -> String {
    let (quarter, extension) = (inputs.quarter, format.extension());
    match inputs.status {
        ReportStatus::Edition { edition, .. } => edition_file_name(quarter, edition, extension),
        ReportStatus::Extract { edition, .. } => {
            format!("report-{quarter}-edition-{edition}-extract.{extension}")
        }
        ReportStatus::Preview => format!("report-{quarter}-preview.{extension}"),
    }
}

/// What the copy of a document is called.
pub(crate) fn edition_file_name(quarter: Quarter, edition: Edition, format: &str) -> String {
    format!("report-{quarter}-edition-{edition}.{format}")
}
