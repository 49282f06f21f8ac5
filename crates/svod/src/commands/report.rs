//! `svod report`: the document of an edition, or a preview of what a close now would print.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use svod_domain::{Edition, Quarter, ReasonCode, Refusal};
use svod_engine::{AsOf, EditionCard, QuarterPhase, Reader, ReportInputs};
use svod_log::{Hash, StoredFile};
use svod_report::{Format, ReportSettings, Side, Template, load_template};
use svod_text::terminal::{self, BUILDING};

use crate::app::App;
use crate::config::Config;
use crate::exit::Failure;
use crate::{print, progress};

/// Write the report of a quarter into a file
///
/// Before the close it is a preview, and marked as one. After it, the newest edition or the one asked for: the very file
/// that was kept at the close, or, in another format, one made of the same records.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod report 2020-Q2 --out report.docx
  svod report 2020-Q2 --out report.pdf
  svod report 2020-Q2 --format json --edition 1 --out edition-1.json
  svod report 2020-Q2 --as-of 2020-07-08T15:00:00Z --out as-it-was.docx
  svod report 2020-Q2 --edition 2 --since-edition 1 --out what-changed.docx")]
pub(crate) struct Report {
    /// Such as 2020-Q2
    quarter: Quarter,
    /// docx, pdf, pdf-a1b, xlsx, odt, json or html; if absent what the ending of --out says, or docx
    #[arg(long)]
    format: Option<Format>,
    /// Which edition, from 1; the newest if absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    edition: Option<u32>,
    /// As it was at this moment: a position of the log, or an RFC 3339 time
    #[arg(long, value_name = "P|TIME")]
    as_of: Option<AsOf>,
    /// Show what changed since this edition, as tracked changes of a Word document
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "since")]
    since_edition: Option<u32>,
    /// The same since this moment: a position of the log, or an RFC 3339 time
    #[arg(long, value_name = "P|TIME")]
    since: Option<AsOf>,
    /// Where to write it; - is the standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was written.
#[derive(Serialize)]
struct Written {
    quarter: Quarter,
    /// `None`: a preview.
    edition: Option<Edition>,
    preview: bool,
    format: &'static str,
    path: PathBuf,
    sha256: String,
    size_bytes: usize,
    #[serde(skip)]
    records: Option<usize>,
}

/// A document that can be written.
struct Document {
    bytes: Vec<u8>,
    edition: Option<Edition>,
    records: Option<usize>,
}

impl Report {
    /// Writes the document.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let app = App::open(config).await.map_err(Failure::unavailable)?;
        let spinner = progress::spinner(BUILDING);
        let document = self.document(&app, &config.report).await;
        spinner.finish_and_clear();
        app.close().await;
        let document = document?;
        if self.out == Path::new("-") {
            return print::bytes(&document.bytes);
        }
        write_whole(&self.out, &document.bytes).map_err(Failure::unavailable)?;
        let written = Written {
            quarter: self.quarter,
            edition: document.edition,
            preview: document.edition.is_none(),
            format: self.format().as_str(),
            path: self.out.clone(),
            sha256: Hash::of(&document.bytes).to_string(),
            size_bytes: document.bytes.len(),
            records: document.records,
        };
        self.tell(&written)
    }

    fn format(&self) -> Format {
        let told = || self.out.extension()?.to_str()?.to_ascii_lowercase().parse().ok();
        self.format.or_else(told).unwrap_or(Format::Docx)
    }

    fn tell(&self, written: &Written) -> Result<(), Failure> {
        if self.json {
            return print::json(written);
        }
        print::line(terminal::report_written(written.quarter, written.edition, written.records))?;
        let file = terminal::edition_file(written.format, written.size_bytes as u64, &written.sha256);
        print::line(format!("{}: {file}", written.path.display()))
    }

    async fn document(&self, app: &App, settings: &ReportSettings) -> Result<Document, Failure> {
        if self.since.is_some() || self.since_edition.is_some() {
            return self.changes(app, settings).await;
        }
        let quarter = self.quarter;
        let reader = app.reader(self.as_of).await?;
        let edition = edition_of(&reader, quarter, self.edition).await?;
        if let Some(edition) = &edition
            && let Some(file) = kept(app, edition, self.format()).await?
        {
            let records = usize::try_from(edition.included_count).ok();
            return Ok(Document { bytes: file.bytes.to_vec(), edition: Some(edition.edition), records });
        }
        let inputs = inputs(app, &reader, quarter, edition.as_ref()).await?;
        let records = Some(records(&inputs));
        let template = load_template(&app.engine, settings).await.map_err(Failure::unavailable)?;
        let bytes = render(inputs, settings.clone(), self.format(), template).await?;
        Ok(Document { bytes, edition: edition.map(|edition| edition.edition), records })
    }

    /// What changed since another edition or moment.
    async fn changes(&self, app: &App, settings: &ReportSettings) -> Result<Document, Failure> {
        if self.format() != Format::Docx {
            return Err(Failure::usage(anyhow::anyhow!(
                "changes are shown in a Word document: leave --format out, and let --out end with .docx"
            )));
        }
        let (quarter, settings) = (self.quarter, settings.clone());
        let side = async |as_of, named| {
            let reader = app.reader(as_of).await?;
            let edition = edition_of(&reader, quarter, named).await?;
            let inputs = inputs(app, &reader, quarter, edition.as_ref()).await?;
            Ok::<_, Failure>((inputs, edition.map(|edition| edition.edition)))
        };
        let (before, _) = side(self.since.or(self.as_of), self.since_edition).await?;
        let (after, edition) = side(self.as_of, self.edition).await?;
        let records = Some(records(&after));
        let work = move || {
            let [before, after] = [&before, &after].map(|inputs| Side { inputs, settings: &settings });
            svod_report::render_changes(before, after)
        };
        let rendered = tokio::task::spawn_blocking(work).await.map_err(Failure::unavailable)?;
        Ok(Document { bytes: rendered.map_err(Failure::unavailable)?.bytes, edition, records })
    }
}

fn records(inputs: &ReportInputs) -> usize {
    inputs.sections.iter().map(|section| section.records.len()).sum()
}

/// `None`: a preview, because the quarter is open and no edition was named.
async fn edition_of(
    reader: &Reader,
    quarter: Quarter,
    named: Option<u32>,
) -> Result<Option<EditionCard>, Failure> {
    let card = reader.quarter(quarter).await.map_err(Failure::unavailable)?;
    let mut card = card.ok_or_else(|| Failure::refused(&Refusal::UnknownQuarter { quarter }))?;
    let words = terminal::no_edition(quarter, card.editions.len());
    let found = match (named, card.state) {
        (Some(named), _) => card.editions.into_iter().find(|edition| edition.edition == Edition(named)),
        (None, QuarterPhase::Open) => return Ok(None),
        (None, QuarterPhase::Closed) => card.editions.pop(),
    };
    found.map(Some).ok_or_else(|| Failure::no(ReasonCode::NotFound, words))
}

/// The file that was kept at the close, or its masked twin, if somebody in it was erased since.
async fn kept(app: &App, edition: &EditionCard, format: Format) -> Result<Option<StoredFile>, Failure> {
    let card = edition.files.iter().find(|file| file.format == format.as_str());
    let Some(card) = card else { return Ok(None) };
    app.engine.kept_document(card).await.map_err(Failure::unavailable)
}

async fn inputs(
    app: &App,
    reader: &Reader,
    quarter: Quarter,
    edition: Option<&EditionCard>,
) -> Result<ReportInputs, Failure> {
    let inputs = match edition {
        Some(edition) => app.engine.edition(quarter, edition.edition).await,
        None => reader.report_inputs(quarter).await,
    };
    let inputs = inputs.map_err(Failure::unavailable)?;
    inputs.ok_or_else(|| {
        Failure::unavailable(anyhow::anyhow!("the log does not yield the report of {quarter}"))
    })
}

async fn render(
    inputs: ReportInputs,
    settings: ReportSettings,
    format: Format,
    template: Option<Arc<Template>>,
) -> Result<Vec<u8>, Failure> {
    let rendered = tokio::task::spawn_blocking(move || {
        svod_report::render_newest(format, &inputs, &settings, template.as_ref())
    })
    .await;
    match rendered.map_err(Failure::unavailable)? {
        Ok(rendered) => Ok(rendered.bytes),
        Err(error) => Err(Failure::unavailable(error)),
    }
}

/// A reader of the path sees the whole file or none, also when the writing is interrupted.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return std::fs::write(path, bytes).with_context(|| format!("writing {}", path.display()));
    }
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    std::fs::write(&part, bytes).with_context(|| format!("writing {}", part.display()))?;
    std::fs::rename(&part, path).with_context(|| format!("writing {}", path.display()))
}
