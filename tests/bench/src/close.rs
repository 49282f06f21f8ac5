//! From the close of a quarter to its document on the disk, and what of that time the document itself takes.

use std::io::{Cursor, Read as _, Write as _};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use svod_domain::Edition;
use svod_engine::ReportInputs;
use svod_report::{Format, ReportSettings, render};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::bench::Bench;
use crate::ledger::{Kind, Ledger};
use crate::machine::memory_peak_mib;
use crate::messages::{OPERATOR, QUARTER, close};
use crate::service::{PATIENCE, Service};

/// The level that documents are packed at.
const DEFLATE_LEVEL: i64 = 6;
/// How often a document is rendered and packed in one round; the fastest counts, because chance only adds.
const REPEATS: usize = 5;

/// The name of a figure.
pub fn name(place: &str, records: usize, what: &str) -> String {
    format!("close/{place}/{records}/{what}")
}

/// Where the figures of rendering alone stand.
pub const RENDERING: &str = "rendering";

/// Closes one quarter of each size on each database.
pub async fn measure(bench: &mut Bench) -> Result<()> {
    for records in bench.plan.quarters.clone() {
        for kind in Kind::ALL {
            let ledger = Ledger::fresh(kind).await?;
            let desk = ledger.desk().await?;
            desk.open_quarter(QUARTER).await?;
            desk.fill_quarter(QUARTER, records).await?;
            desk.close().await?;
            let service = Service::start(&ledger, None).await?;
            let document = ledger.folder.path().join(format!("data/reports/report-{QUARTER}-edition-1.docx"));
            let before = memory_peak_mib(service.pid)?;
            let work = async {
                let began = Instant::now();
                service.send(OPERATOR, close(QUARTER)).await?;
                let answered = began.elapsed().as_secs_f64();
                while !document.exists() {
                    ensure!(began.elapsed() < PATIENCE, "no document after {PATIENCE:?}");
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                Ok((answered, began.elapsed().as_secs_f64()))
            };
            let ((answered, seconds), used) = bench.measured(Some(service.pid), work).await?;
            let peak = memory_peak_mib(service.pid)?;
            service.stop().await?;
            let place = kind.as_str();
            bench.note(name(place, records, "answered"), answered, &used);
            bench.note(name(place, records, "seconds"), seconds, &used);
            bench.note(name(place, records, "peak-before"), before, &used);
            bench.note(name(place, records, "peak"), peak, &used);
            if kind == Kind::Sqlite {
                let desk = ledger.reopened().await?;
                let inputs = desk.engine.edition(QUARTER.parse()?, Edition::FIRST).await?;
                desk.close().await?;
                let built = std::fs::read(&document)?;
                rendering(bench, records, &inputs.context("the edition is not in the log")?, &built).await?;
            }
        }
    }
    Ok(())
}

async fn rendering(bench: &mut Bench, records: usize, inputs: &ReportInputs, built: &[u8]) -> Result<()> {
    let work = async {
        let settings = ReportSettings::default();
        let parts = unpacked(built)?;
        let (mut rendering, mut packing) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..REPEATS {
            let began = Instant::now();
            let rendered = render(inputs, &settings, Format::Docx)?;
            rendering = rendering.min(began.elapsed().as_secs_f64());
            ensure!(rendered.bytes == built, "the document rendered here is another one");
            let began = Instant::now();
            pack(&parts)?;
            packing = packing.min(began.elapsed().as_secs_f64());
        }
        let bytes: usize = parts.iter().map(|(_, text)| text.len()).sum();
        Ok((rendering, packing, bytes))
    };
    let ((rendering, packing, bytes), used) = bench.measured(None, work).await?;
    bench.note(name(RENDERING, records, "seconds"), rendering, &used);
    bench.note(name(RENDERING, records, "deflate"), packing, &used);
    #[expect(clippy::cast_precision_loss, reason = "some megabytes")]
    for (what, size) in [("xml", bytes), ("docx", built.len())] {
        bench.note(name(RENDERING, records, what), size as f64 / 1e6, &used);
    }
    Ok(())
}

/// The parts of a document, as they were before they were packed.
fn unpacked(document: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut archive = ZipArchive::new(Cursor::new(document))?;
    let mut parts = vec![];
    for index in 0..archive.len() {
        let mut part = archive.by_index(index)?;
        let mut text = vec![];
        part.read_to_end(&mut text)?;
        parts.push((part.name()?.into_owned(), text));
    }
    Ok(parts)
}

/// Packs them again with the same library at the same level: what no renderer of this document can be faster than.
fn pack(parts: &[(String, Vec<u8>)]) -> Result<usize> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(DEFLATE_LEVEL));
    let mut archive = ZipWriter::new(Cursor::new(vec![]));
    for (name, text) in parts {
        archive.start_file(name.as_str(), options)?;
        archive.write_all(text)?;
    }
    Ok(archive.finish()?.into_inner().len())
}
