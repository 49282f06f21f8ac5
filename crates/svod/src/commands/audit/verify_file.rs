//! `svod audit verify-file`: is a file in hand a document of this ledger.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use svod_log::{Hash, Head};
use svod_report::{CellDifference, Differences, Match, Verdict, verify_file};

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
        let found = async {
            let head = app.engine.store().head().await.map_err(Failure::unavailable)?;
            let verdict = verify_file(&app.engine, &config.report, bytes.as_slice().into()).await;
            Ok::<_, Failure>((head, verdict.map_err(Failure::unavailable)?))
        };
        let found = found.await;
        spinner.finish_and_clear();
        app.close().await;
        let (head, verdict) = found?;
        self.tell(&head, Hash::of(&bytes), &verdict)
    }

    fn tell(&self, head: &Head, sha256: Hash, verdict: &Verdict) -> Result<(), Failure> {
        if self.json {
            let mut told = told(verdict);
            told["sha256"] = json!(sha256.to_string());
            told["position"] = json!(head.position);
            told["root"] = json!(head.root.to_string());
            print::json(&told)?;
        } else {
            print(&self.file, verdict)?;
            print::line(format!("position {}, root {}", head.position, head.root))?;
        }
        match verdict {
            Verdict::Authentic(_) | Verdict::SameContent(_) => Ok(()),
            Verdict::Differs { .. } => Err(Failure::FoundWrong),
            Verdict::Unknown | Verdict::Unreadable(_) => Err(Failure::CouldNotTell),
        }
    }
}

/// The verdict as JSON.
fn told(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Authentic(found) => json!({"verdict": "authentic", "document": document(found)}),
        Verdict::SameContent(found) => json!({"verdict": "same-content", "document": document(found)}),
        Verdict::Differs { nearest, differences: Differences { cells, count } } => {
            let cell = |cell: &CellDifference| {
                let CellDifference { row, column, file, log } = cell;
                json!({"row": row, "column": column, "file": file, "log": log})
            };
            let cells: Vec<Value> = cells.iter().map(cell).collect();
            json!({"verdict": "differs", "document": document(nearest), "differences": count, "cells": cells})
        }
        Verdict::Unknown => json!({"verdict": "unknown"}),
        Verdict::Unreadable(fault) => {
            json!({"verdict": "unreadable", "code": fault.code(), "detail": fault.to_string()})
        }
    }
}

fn document(found: &Match) -> Value {
    let Match { quarter, edition, position, format, masked, recorded } = found;
    json!({
        "quarter": quarter, "edition": edition, "closed_at_position": position, "format": format.as_str(),
        "masked": masked, "recorded": recorded,
    })
}

fn print(file: &Path, verdict: &Verdict) -> Result<(), Failure> {
    let file = file.display();
    match verdict {
        Verdict::Authentic(found) => {
            let how =
                if found.recorded { "recorded in the log" } else { "as it is made of what the log yields" };
            print::line(format!("authentic: {file} is {}, {how}", name(found)))
        }
        Verdict::SameContent(found) => print::line(format!(
            "same content: every cell of {file} says what {} says; it was packed or saved again",
            name(found)
        )),
        Verdict::Differs { nearest, differences: Differences { cells, count } } => {
            print::line(format!(
                "differs: {count} cells of {file} say something else than {}",
                name(nearest)
            ))?;
            let said = |text: &Option<String>| {
                text.as_ref().map_or("nothing".to_owned(), |text| format!("{text:?}"))
            };
            for CellDifference { row, column, file, log } in cells {
                let (file, log) = (said(file), said(log));
                print::line(format!("  row {row}, column {column}: {file} where the log yields {log}"))?;
            }
            let more = count - cells.len();
            if more > 0 { print::line(format!("  and {more} more")) } else { Ok(()) }
        }
        Verdict::Unknown => print::line(format!(
            "cannot tell: {file} is like no document of this ledger; it names no quarter that was closed"
        )),
        Verdict::Unreadable(fault) => print::line(format!(
            "cannot tell: {file} is none of the files of this ledger, and its cells cannot be read: {fault}"
        )),
    }
}

fn name(found: &Match) -> String {
    let Match { quarter, edition, position, format, masked, .. } = found;
    let twin = if *masked { "the masked twin of " } else { "" };
    format!("{twin}the {format} of edition {edition} of {quarter}, closed at position {position}")
}
