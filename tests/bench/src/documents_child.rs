//! What is measured of documents, each thing in a process of its own: this program calls itself by a hidden name. So the
//! peak of the memory is that of one thing, under the program's own allocator, and nothing is warm that would not be.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Map, Value, json};
use svod_domain::register;
use svod_engine::ReportSection;
use svod_report::import::{CannotRead, Question, ReadOptions, read, understand};
use svod_report::{
    Format, Head, Renderer, ReportSettings, Row, SectionHead, Template, render, render_all, render_newest,
};
use svod_text::reading::{Unit, Units};

use crate::documents_files::{bomb_of, donor, pack, unpacked};
use crate::documents_rows::{Corpus, bare, inputs, parts};
use crate::documents_workbook::Sheet;
use crate::machine::memory_peak_mib;
use crate::messages::QUARTER;
use crate::{documents_peers, documents_rows};

/// How often one thing is done; the fastest counts, because chance only adds.
const REPEATS: usize = 5;
/// The same for what takes a second and more.
const REPEATS_SLOW: usize = 2;

/// The name that this program calls itself by.
pub const HIDDEN: &str = "document";

/// The figures of one thing.
pub struct Figures(pub Map<String, Value>);

/// `document WHAT RECORDS FOLDER`: measures it and prints the figures.
pub fn run(arguments: &[String]) -> Result<()> {
    let [what, records, folder] = arguments else { bail!("usage: svod-bench {HIDDEN} WHAT RECORDS FOLDER") };
    let (records, folder) = (records.parse()?, Path::new(folder));
    let figures = measured(what, records, folder).with_context(|| format!("{what} of {records}"))?;
    println!("{}", Value::Object(figures.0));
    Ok(())
}

fn measured(what: &str, records: usize, folder: &Path) -> Result<Figures> {
    match what {
        "docx" => docx(records),
        "pdf" | "odt" | "html" | "json" => held(what.parse()?, records),
        "xlsx" => xlsx(records),
        "all" => all(records),
        "form" => form(records),
        "stream-docx" | "stream-pdf" | "stream-xlsx" | "stream-odt" | "stream-html" | "stream-json" => {
            streamed(what.trim_start_matches("stream-").parse()?, records, folder)
        }
        "read-docx" => import(&folder.join(documents_rows::file(records, "docx"))),
        "read-xlsx" => import(&folder.join(documents_rows::file(records.min(SHEET_RECORDS_MAX), "xlsx"))),
        "bomb" | "padded-bomb" => refused(&folder.join(bomb_of(what))),
        "docx-rs" => documents_peers::docx_rs(&lines(folder, records), None),
        "docx-rs-stream" => {
            documents_peers::docx_rs(&lines(folder, records), Some(&folder.join("docx-rs.docx")))
        }
        "docx-rs-read" => documents_peers::docx_rs_read(&folder.join(documents_rows::file(records, "docx"))),
        "xlsxwriter-stream" => {
            let built = std::fs::read(folder.join(documents_rows::file(records, "xlsx")))?;
            crate::documents_workbook::alone(&built, &folder.join("alone.xlsx"))
        }
        _ => bail!("nothing is called {what}"),
    }
}

fn lines(folder: &Path, records: usize) -> PathBuf {
    folder.join(documents_rows::file(records, "lines"))
}

/// Seconds of the fastest.
pub fn fastest(repeats: usize, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut fastest = f64::INFINITY;
    for _ in 0..repeats {
        let began = Instant::now();
        work()?;
        fastest = fastest.min(began.elapsed().as_secs_f64());
    }
    Ok(fastest)
}

/// Figures with the peak of the memory of this process so far.
pub fn figures(known: Value) -> Result<Figures> {
    let Value::Object(mut known) = known else { bail!("figures are an object") };
    known.insert("mib".to_owned(), json!(memory_peak_mib(std::process::id())?));
    Ok(Figures(known))
}

/// From records in memory to a file in memory, and beside it the packing of the same parts, in turns.
fn docx(records: usize) -> Result<Figures> {
    let (inputs, settings) = (inputs(records)?, ReportSettings::default());
    let built = render(&inputs, &settings, Format::Docx)?.bytes;
    let parts = unpacked(&built)?;
    let (mut seconds, mut deflate) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..REPEATS {
        let rendering = || Ok(drop(black_box(render(&inputs, &settings, Format::Docx)?)));
        seconds = seconds.min(fastest(1, rendering)?);
        deflate = deflate.min(fastest(1, || black_box(pack(&parts)).map(|_| ()))?);
    }
    let xml: usize = parts.iter().map(|(_, text)| text.len()).sum();
    figures(json!({"seconds": seconds, "deflate": deflate, "xml": xml, "bytes": built.len()}))
}

fn held(format: Format, records: usize) -> Result<Figures> {
    let (inputs, settings) = (inputs(records)?, ReportSettings::default());
    let mut bytes = 0;
    let repeats = if format == Format::Pdf { REPEATS_SLOW } else { REPEATS };
    let seconds = fastest(repeats, || {
        bytes = render(&inputs, &settings, format)?.bytes.len();
        Ok(())
    })?;
    figures(json!({"seconds": seconds, "bytes": bytes}))
}

/// Beside the library alone with the same cells, in turns.
fn xlsx(records: usize) -> Result<Figures> {
    let (inputs, settings) = (inputs(records)?, ReportSettings::default());
    let built = render(&inputs, &settings, Format::Xlsx)?.bytes;
    let sheet = Sheet::of(&built)?;
    let (mut seconds, mut alone) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..REPEATS {
        let rendering = || Ok(drop(black_box(render(&inputs, &settings, Format::Xlsx)?)));
        seconds = seconds.min(fastest(1, rendering)?);
        alone = alone.min(fastest(1, || sheet.write(Cursor::new(vec![])))?);
    }
    figures(json!({"seconds": seconds, "alone": alone, "bytes": built.len(), "cells": sheet.cells()}))
}

/// All formats in one pass, the first time that the process does it.
fn all(records: usize) -> Result<Figures> {
    let (inputs, settings) = (inputs(records)?, ReportSettings::default());
    let renderers: Vec<Renderer> = Format::ALL.iter().map(|format| Renderer::newest(*format)).collect();
    let seconds = fastest(1, || {
        black_box(render_all(&renderers, &inputs, &settings, None)?);
        Ok(())
    })?;
    figures(json!({"seconds": seconds}))
}

/// A region's own form beside the built-in one, in turns; and what compiling it takes.
fn form(records: usize) -> Result<Figures> {
    let donor = donor();
    let mut template = None;
    let compile = fastest(REPEATS, || {
        template = Some(Arc::new(Template::compile(&donor)?));
        Ok(())
    })?;
    let template = template.context("nothing was compiled")?;
    let (inputs, plain) = (inputs(records)?, ReportSettings::default());
    let settings = ReportSettings { template: Some(template.sha256().to_string()), ..plain.clone() };
    let (mut seconds, mut built_in) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..REPEATS {
        seconds = seconds.min(fastest(1, || {
            black_box(render_newest(Format::Docx, &inputs, &settings, Some(&template))?);
            Ok(())
        })?);
        built_in = built_in.min(fastest(1, || {
            black_box(render(&inputs, &plain, Format::Docx)?);
            Ok(())
        })?);
    }
    figures(json!({"compile": compile, "seconds": seconds, "built-in": built_in}))
}

/// From records that are made one by one to a file: what the writer itself holds.
fn streamed(format: Format, records: usize, folder: &Path) -> Result<Figures> {
    let path = folder.join(format!("streamed.{}", format.extension()));
    let head = Head::new(&bare()?, &ReportSettings::default());
    let quarter = QUARTER.parse()?;
    let mut corpus = Corpus::new();
    let mut number = 0;
    let began = Instant::now();
    let out = BufWriter::new(File::create(&path)?);
    let mut writer = Renderer::newest(format).begin(&head, out)?;
    for (municipality, heading, share) in parts(records)? {
        writer.section(&SectionHead::new(&ReportSection { municipality, heading, records: vec![] }))?;
        for _ in 0..share {
            number += 1;
            writer.row(&Row::new(&corpus.record(), quarter, number))?;
        }
    }
    writer.finish()?;
    let seconds = began.elapsed().as_secs_f64();
    let bytes = std::fs::metadata(&path)?.len();
    std::fs::remove_file(&path)?;
    figures(json!({"seconds": seconds, "bytes": bytes}))
}

/// From the bytes of a file to what a person sees in it, and on to the records of which one may be filed.
fn import(path: &Path) -> Result<Figures> {
    let bytes = std::fs::read(path)?;
    let began = Instant::now();
    let grid = read(&bytes, None, &ReadOptions::default())?;
    let first = began.elapsed().as_secs_f64();
    let mib = memory_peak_mib(std::process::id())?;
    let units = units()?;
    let question = Question { file_name: None, quarter: QUARTER.parse()?, municipality: None, units: &units };
    let began = Instant::now();
    let understood = understand(&grid, question);
    let understanding = began.elapsed().as_secs_f64();
    let known = figures(json!({"understand": understanding, "records": understood.stated.len()}))?;
    drop((grid, understood));
    let again = fastest(REPEATS_SLOW, || Ok(drop(black_box(read(&bytes, None, &ReadOptions::default())?))))?;
    let mut known = known.0;
    let whole = known.insert("mib".to_owned(), json!(mib));
    known.insert("mib-understood".to_owned(), whole.context("no memory")?);
    known.insert("seconds".to_owned(), json!(first.min(again)));
    known.insert("all".to_owned(), json!(first.min(again) + understanding));
    Ok(Figures(known))
}

fn units() -> Result<Units> {
    let day = QUARTER.parse::<svod_domain::Quarter>()?.last_day();
    let holds = |entry: &register::Entry| entry.from <= day && entry.until.is_none_or(|until| day < until);
    let unit = |entry: register::Entry| Unit {
        code: entry.municipality,
        names: vec![entry.report_heading, entry.short_name.clone()],
        short_name: entry.short_name,
    };
    Ok(Units::new(register::built_in().into_iter().filter(holds).map(unit).collect()))
}

fn refused(path: &Path) -> Result<Figures> {
    let bytes = std::fs::read(path)?;
    let began = Instant::now();
    let answer = read(&bytes, None, &ReadOptions::default());
    let seconds = began.elapsed().as_secs_f64();
    ensure!(matches!(answer, Err(CannotRead::TooLarge { .. })), "the bomb is not refused as one");
    figures(json!({"seconds": seconds, "bytes": bytes.len()}))
}

/// Most records of a workbook that is read: a sheet of ours has fourteen columns, and an import takes 120,000 cells.
pub const SHEET_RECORDS_MAX: usize = 8_000;

/// Writes what the children of a run read: a document, workbooks, lines for others, and bombs.
pub fn prepare(folder: &Path, records: usize) -> Result<()> {
    let settings = ReportSettings::default();
    let readable = records.min(SHEET_RECORDS_MAX);
    for (records, format) in [(records, Format::Docx), (records, Format::Xlsx), (readable, Format::Xlsx)] {
        let rendered = render(&inputs(records)?, &settings, format)?;
        let name = documents_rows::file(records, format.extension());
        File::create(folder.join(name))?.write_all(&rendered.bytes)?;
    }
    documents_rows::write_lines(records, &lines(folder, records))
}
