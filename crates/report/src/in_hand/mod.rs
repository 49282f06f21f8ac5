//! A file in hand: is it a document of this ledger? The very file, the same content saved again by an office program, or a file
//! in which cells say something else.

mod cells;
mod pdf;

use std::sync::Arc;

use svod_domain::event::ReportBuilt;
use svod_domain::{Edition, Quarter};
use svod_engine::{Engine, EngineError, QuarterCard, ReportInputs};
use svod_log::{Hash, Position};
use svod_text::quarter::in_quarter;
use svod_text::reading::Looks;

pub use cells::{CellDifference, DIFFERENCES_MAX, Differences};
use cells::{Cells, cells, differences, plain, texts};
use pdf::Said;

use crate::import::{CannotRead, ReadOptions, SourceFormat, read};
use crate::{
    CannotLoad, Format, RenderError, Renderer, ReportSettings, Template, content_hash, load_template,
    render_with,
};

/// Most editions that a file is compared with cell by cell: it says its quarter, and a quarter has few. The newest come first.
const COMPARED_MAX: usize = 16;

/// A document of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Of which quarter.
    pub quarter: Quarter,
    /// Which edition.
    pub edition: Edition,
    /// Where the close stands in the log.
    pub position: Position,
    /// In which format.
    pub format: Format,
    /// Whether it is the masked twin, in which nobody is named.
    pub masked: bool,
    /// Whether the log records the file itself; else it is made of what the log yields.
    pub recorded: bool,
}

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The very file, byte for byte.
    Authentic(Match),
    /// Another file with the same text in every cell: packed or saved again, or another format of it.
    SameContent(Match),
    /// Cells say something else than those of the edition that comes nearest.
    Differs {
        /// That edition.
        nearest: Match,
        /// Where.
        differences: Differences,
    },
    /// It is like no document of this ledger: it names no quarter that has been closed.
    Unknown,
    /// It is none of the files of this ledger, and its cells cannot be read.
    Unreadable(CannotRead),
}

/// Why it cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum CannotJudge {
    /// The ledger failed.
    #[error("the ledger failed")]
    Ledger(#[from] EngineError),
    /// The template that a document was made with cannot be had.
    #[error("the template that a document was made with cannot be had")]
    Template(#[from] CannotLoad),
    /// A renderer failed.
    #[error("a document could not be made again")]
    Render(#[from] RenderError),
    /// The work panicked or was stopped.
    #[error("the comparison ended early")]
    Ended(#[from] tokio::task::JoinError),
}

/// Looks for the document that the file is. `settings` are the region's words now, for editions that record no document.
pub async fn verify_file(
    engine: &Engine,
    settings: &ReportSettings,
    bytes: Arc<[u8]>,
) -> Result<Verdict, CannotJudge> {
    let quarters = engine.reader(None).await?.quarters().await?;
    if let Some(found) = recorded(&quarters, Hash::of(&bytes)) {
        return Ok(Verdict::Authentic(found));
    }
    let work = {
        let bytes = Arc::clone(&bytes);
        move || Opened::of(&bytes)
    };
    let opened = Arc::new(tokio::task::spawn_blocking(work).await?);
    let mut nearest: Option<(Match, Differences)> = None;
    for (quarter, edition) in opened.candidates(&quarters) {
        let Some(inputs) = engine.edition(quarter, edition).await? else { continue };
        let built = engine.built(quarter).await?.into_iter().find(|built| built.edition == edition);
        let may_be_silent = built.as_ref().is_none_or(is_silent);
        let settings = built.as_ref().and_then(words_of).unwrap_or_else(|| settings.clone());
        let (bytes, opened) = (Arc::clone(&bytes), Arc::clone(&opened));
        let words = Words { template: load_template(engine, &settings).await?, settings };
        let work = move || judge(&bytes, &opened, &inputs, &words, may_be_silent);
        let judged = tokio::task::spawn_blocking(work).await??;
        let found = |format, masked| {
            let position = close_of(&quarters, quarter, edition);
            Match { quarter, edition, position, format, masked, recorded: false }
        };
        match judged {
            Judged::Authentic { format, masked } => return Ok(Verdict::Authentic(found(format, masked))),
            Judged::Same { format, masked } => return Ok(Verdict::SameContent(found(format, masked))),
            Judged::Differs(format, differences) => {
                if nearest.as_ref().is_none_or(|(_, least)| differences.count < least.count) {
                    nearest = Some((found(format, false), differences));
                }
            }
            Judged::Incomparable => {}
        }
    }
    Ok(match (nearest, opened.fault()) {
        (Some((nearest, differences)), _) => Verdict::Differs { nearest, differences },
        (None, Some(fault)) => Verdict::Unreadable(fault),
        (None, None) => Verdict::Unknown,
    })
}

/// The region's words that a document is made with, and its own form if it has one.
struct Words {
    settings: ReportSettings,
    template: Option<Arc<Template>>,
}

/// The region's words that a document was made with.
fn words_of(built: &ReportBuilt) -> Option<ReportSettings> {
    serde_json::from_value(built.settings.clone()).ok()
}

/// Whether a document was made by a renderer that says nothing of the edition that is replaced; then copies in other formats
/// may have been made by such renderers, too. One that only a later program has is none of them.
fn is_silent(built: &ReportBuilt) -> bool {
    built.renderer.parse::<Renderer>().is_ok_and(|renderer| !renderer.tells_revision())
}

/// A file that the log records.
fn recorded(quarters: &[QuarterCard], sha256: Hash) -> Option<Match> {
    let sha256 = sha256.to_string();
    for card in quarters {
        for edition in &card.editions {
            let found =
                edition.files.iter().find(|file| file.sha256 == sha256 || file.masked_sha256 == sha256);
            let Some(file) = found else { continue };
            return Some(Match {
                quarter: card.quarter,
                edition: edition.edition,
                position: Position(edition.position),
                format: file.format.parse().ok()?,
                masked: file.sha256 != sha256,
                recorded: true,
            });
        }
    }
    None
}

fn close_of(quarters: &[QuarterCard], quarter: Quarter, edition: Edition) -> Position {
    let card = quarters.iter().find(|card| card.quarter == quarter);
    let edition = card.and_then(|card| card.editions.iter().find(|one| one.edition == edition));
    Position(edition.map_or(0, |edition| edition.position))
}

/// What can be seen of the file without the ledger.
enum Opened {
    /// A file with cells: everything that stands in it, and they.
    Read { format: Format, texts: Vec<String>, cells: Cells },
    /// A PDF that does not say what is a cell in it: its bytes can be compared.
    Bare,
    /// Nothing.
    Closed(CannotRead),
}

impl Opened {
    fn of(bytes: &Arc<[u8]>) -> Self {
        if bytes.starts_with(b"%PDF-") {
            let said = pdf::said(bytes);
            return said.map_or(Self::Bare, |Said { texts, cells }| Self::Read {
                format: Format::Pdf,
                texts,
                cells,
            });
        }
        match read(bytes, None, &ReadOptions { refuses_macros: true, office: None }) {
            Ok(grid) => match format_of(grid.format) {
                Some(format) => Self::Read { format, texts: texts(&grid), cells: cells(&grid) },
                None => Self::Closed(CannotRead::NotADocument { looks: Looks::Text }),
            },
            Err(fault) => Self::Closed(fault),
        }
    }

    fn fault(&self) -> Option<CannotRead> {
        match self {
            Self::Closed(fault) => Some(fault.clone()),
            Self::Bare => Some(CannotRead::NotADocument { looks: Looks::Pdf }),
            Self::Read { .. } => None,
        }
    }

    /// The editions that it may be one of: of the quarters that its title names, the newest first.
    fn candidates(&self, quarters: &[QuarterCard]) -> Vec<(Quarter, Edition)> {
        let names = |quarter: Quarter| match self {
            Self::Read { texts, .. } => {
                let words = plain(&in_quarter(quarter));
                texts.iter().any(|text| text.contains(&words))
            }
            Self::Bare => true,
            Self::Closed(_) => false,
        };
        let mut found: Vec<_> = quarters
            .iter()
            .filter(|card| names(card.quarter))
            .flat_map(|card| card.editions.iter().map(|edition| (card.quarter, edition.edition)))
            .collect();
        found.sort_unstable_by(|one, other| other.cmp(one));
        found.truncate(COMPARED_MAX);
        found
    }
}

fn format_of(format: SourceFormat) -> Option<Format> {
    match format {
        SourceFormat::Docx => Some(Format::Docx),
        SourceFormat::Xlsx => Some(Format::Xlsx),
        SourceFormat::Odt => Some(Format::Odt),
        _of_no_document => None,
    }
}

/// What came of comparing with one edition.
enum Judged {
    Authentic { format: Format, masked: bool },
    Same { format: Format, masked: bool },
    Differs(Format, Differences),
    Incomparable,
}

/// Compares with one edition. `may_be_silent`: a file that says nothing of the edition that is replaced lacks nothing;
/// otherwise somebody has taken it out, or spoiled the heading that it is known by.
fn judge(
    bytes: &[u8],
    opened: &Opened,
    inputs: &ReportInputs,
    words: &Words,
    may_be_silent: bool,
) -> Result<Judged, RenderError> {
    let (format, in_hand) = match opened {
        Opened::Read { format, cells, .. } => (*format, Some(cells)),
        Opened::Bare => (Format::Pdf, None),
        Opened::Closed(_) => return Ok(Judged::Incomparable),
    };
    let content = content_hash(bytes).ok();
    let mut least: Option<Differences> = None;
    for (masked, inputs) in [(false, inputs.clone()), (true, inputs.clone().masked())] {
        let kind = format.extension();
        let mut newest = vec![];
        for renderer in Renderer::ALL.iter().filter(|renderer| renderer.format().extension() == kind) {
            let made = render_with(*renderer, &inputs, &words.settings, words.template.as_ref())?.bytes;
            if made == bytes {
                return Ok(Judged::Authentic { format: renderer.format(), masked });
            }
            if content.is_some() && content_hash(&made).ok() == content {
                return Ok(Judged::Same { format, masked });
            }
            if *renderer == Renderer::newest(format) {
                newest = made;
            }
        }
        // All renderers of a format say the same in its cells, but for what stands below them.
        let Some(in_hand) = in_hand else { continue };
        let Some(log) = cells_of(format, newest) else { continue };
        let log = if may_be_silent && !in_hand.has_revision() { log.without_revision() } else { log };
        let found = differences(in_hand, &log);
        if found.count == 0 {
            return Ok(Judged::Same { format, masked });
        }
        if least.as_ref().is_none_or(|least| found.count < least.count) {
            least = Some(found);
        }
    }
    Ok(least.map_or(Judged::Incomparable, |differences| Judged::Differs(format, differences)))
}

/// The rows of the tables of a PDF, each as the texts of its cells. `None`: it does not say what is a cell in it, or is more than
/// a file may be.
#[must_use]
pub fn pdf_cells(bytes: Vec<u8>) -> Option<Vec<Vec<String>>> {
    pdf::said(&bytes.into()).map(|said| said.cells.into_rows())
}

/// The cells of a document that was made here.
fn cells_of(format: Format, document: Vec<u8>) -> Option<Cells> {
    match format {
        Format::Pdf => pdf::said(&document.into()).map(|said| said.cells),
        _read_as_others_are => read(&document, None, &ReadOptions::default()).ok().map(|grid| cells(&grid)),
    }
}

#[cfg(test)]
mod tests {
    use svod_engine::{ReportRevision, ReportStatus};

    use super::*;
    use crate::render_by;

    /// A second edition in which nothing changed.
    fn second() -> ReportInputs {
        let first: ReportInputs =
            serde_json::from_str(include_str!("../../tests/samples/inputs.json")).unwrap();
        let closed_at = "2020-07-15T15:00:00Z".parse().unwrap();
        let revision = ReportRevision {
            replaces: Edition::FIRST,
            closed_at,
            reasons: vec!["пропущена запись".into()],
            sections: first.sections.iter().cloned().map(Into::into).collect(),
        };
        let status = ReportStatus::Edition { edition: Edition(2), closed_at };
        ReportInputs { status, revision: Some(revision), ..first }
    }

    /// How many differences a file of that renderer has that was saved again, with other properties.
    fn differing(renderer: Renderer, may_be_silent: bool) -> usize {
        let settings =
            ReportSettings { creator: "Другая область".into(), ..ReportSettings::default() };
        let bytes = render_by(renderer, &second(), &settings).unwrap().bytes;
        let opened = Opened::of(&bytes.clone().into());
        let words = Words { settings: ReportSettings::default(), template: None };
        match judge(&bytes, &opened, &second(), &words, may_be_silent).unwrap() {
            Judged::Same { .. } => 0,
            Judged::Differs(_, differences) => differences.count,
            Judged::Authentic { .. } | Judged::Incomparable => panic!("{renderer} is another file"),
        }
    }

    #[test]
    fn what_was_taken_out_below_the_table_is_missed_unless_the_edition_never_had_it() {
        for [before, now] in [
            [Renderer::Docx2, Renderer::Docx3],
            [Renderer::Odt2, Renderer::Odt3],
            [Renderer::Xlsx1, Renderer::Xlsx2],
        ] {
            assert_eq!((differing(now, false), differing(now, true)), (0, 0), "{now}");
            assert_eq!(differing(before, true), 0, "{before}");
            assert!(differing(before, false) >= 4, "{before}: heading, edition, reason, change");
        }
    }
}
