//! `svod audit verify-file`: is a file in hand a document of this ledger.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use svod_engine::{Engine, EngineError};
use svod_gateway::{FileVerdict, Verified, VerifiedCell, VerifiedDocument};
use svod_report::{CannotJudge, CellDifference, Differences, Match, ReportSettings, Verdict};

use super::reproduce::read;
use crate::app::App;
use crate::config::Config;
use crate::exit::Failure;
use crate::{print, progress};

/// Tell whether a file is a document of this ledger
///
/// It takes a DOCX, PDF, XLSX or ODT file, wherever it came from, and says which quarter, edition and close it belongs to: the
/// very file, the same content saved again by an office program, or the cells that say something else. Ends with 0 for the
/// first two, with 1 for the last, and with 3 if it cannot tell. A PDF can be told by its bytes alone.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod audit verify-file received-by-mail.docx
  svod audit verify-file archive/2020-Q2.xlsx --json")]
pub(super) struct VerifyFile {
    /// The file
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl VerifyFile {
    /// Carries it out.
    pub(super) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let (_, bytes) = read(&self.file)?;
        let app = App::open(config).await.map_err(Failure::unavailable)?;
        let spinner = progress::spinner("comparing the file");
        let found = verified(&app.engine, &config.report, &bytes).await;
        spinner.finish_and_clear();
        app.close().await;
        let found = found.map_err(Failure::unavailable)?;
        self.tell(&found)
    }

    fn tell(&self, found: &Verified) -> Result<(), Failure> {
        if self.json {
            print::json(found)?;
        } else {
            print(&self.file, found)?;
            print::line(format!("position {}, root {}", found.position, found.root))?;
        }
        match found.verdict {
            FileVerdict::Authentic | FileVerdict::SameContent => Ok(()),
            FileVerdict::Differs => Err(Failure::FoundWrong),
            FileVerdict::Unknown | FileVerdict::Unreadable => Err(Failure::CouldNotTell),
        }
    }
}

/// The same for the gateway.
pub(crate) fn verify_file(engine: Engine, settings: ReportSettings) -> svod_gateway::VerifyFile {
    Arc::new(move |bytes| {
        let (engine, settings) = (engine.clone(), settings.clone());
        Box::pin(async move { Ok(verified(&engine, &settings, &bytes).await?) })
    })
}

async fn verified(engine: &Engine, settings: &ReportSettings, bytes: &[u8]) -> Result<Verified, CannotJudge> {
    let head = engine.store().head().await.map_err(EngineError::from)?;
    let nothing = |verdict| Verified::new(verdict, bytes, &head);
    let of_document =
        |verdict, found: &Match| Verified { document: Some(document(found)), ..nothing(verdict) };
    Ok(match svod_report::verify_file(engine, settings, bytes.into()).await? {
        Verdict::Authentic(found) => of_document(FileVerdict::Authentic, &found),
        Verdict::SameContent(found) => of_document(FileVerdict::SameContent, &found),
        Verdict::Differs { nearest, differences: Differences { cells, count } } => {
            let cell = |cell| {
                let CellDifference { row, column, file, log } = cell;
                VerifiedCell { row, column, file, log }
            };
            let cells = cells.into_iter().map(cell).collect();
            Verified { differences: Some(count), cells, ..of_document(FileVerdict::Differs, &nearest) }
        }
        Verdict::Unknown => nothing(FileVerdict::Unknown),
        Verdict::Unreadable(fault) => Verified {
            code: Some(fault.code().to_owned()),
            detail: Some(fault.words().detail),
            ..nothing(FileVerdict::Unreadable)
        },
    })
}

fn document(found: &Match) -> VerifiedDocument {
    let Match { quarter, edition, position, format, masked, recorded } = *found;
    let (closed_at_position, format) = (position.0, format.as_str().to_owned());
    VerifiedDocument { quarter, edition, closed_at_position, format, masked, recorded }
}

fn print(file: &Path, found: &Verified) -> Result<(), Failure> {
    let file = file.display();
    let name = found.document.as_ref().map(name).unwrap_or_default();
    let recorded = found.document.as_ref().is_some_and(|document| document.recorded);
    match found.verdict {
        FileVerdict::Authentic => {
            let how = if recorded { "recorded in the log" } else { "as it is made of what the log yields" };
            print::line(format!("authentic: {file} is {name}, {how}"))
        }
        FileVerdict::SameContent => print::line(format!(
            "same content: every cell of {file} says what {name} says; it was packed or saved again"
        )),
        FileVerdict::Differs => {
            let count = found.differences.unwrap_or_default();
            print::line(format!("differs: {count} cells of {file} say something else than {name}"))?;
            for VerifiedCell { row, column, file, log } in &found.cells {
                let said = |text: &Option<String>| {
                    text.as_ref().map_or("nothing".to_owned(), |text| format!("{text:?}"))
                };
                let (file, log) = (said(file), said(log));
                print::line(format!("  row {row}, column {column}: {file} where the log yields {log}"))?;
            }
            let more = count - found.cells.len();
            if more > 0 { print::line(format!("  and {more} more")) } else { Ok(()) }
        }
        FileVerdict::Unknown => print::line(format!(
            "cannot tell: {file} is like no document of this ledger; it names no quarter that was closed"
        )),
        FileVerdict::Unreadable => {
            let why = found.detail.as_deref().unwrap_or_default();
            print::line(format!(
                "cannot tell: {file} is none of the files of this ledger, and its cells cannot be read: {why}"
            ))
        }
    }
}

fn name(found: &VerifiedDocument) -> String {
    let VerifiedDocument { quarter, edition, closed_at_position, format, masked, .. } = found;
    let twin = if *masked { "the masked twin of " } else { "" };
    format!("{twin}the {format} of edition {edition} of {quarter}, closed at position {closed_at_position}")
}
