//! Documents and the import of documents: time and memory of every format, beside what bounds it and what others need for
//! the same rows. What is done stands in `documents_child`; here is in what order.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value};
use tokio::process::Command;

use crate::bench::Bench;
use crate::ledger::{program, root, scratch};
use crate::{documents_child, documents_files};

/// Records of a real quarter.
pub const REAL: usize = 30;

/// Where the interpreter is told that has what `requirements.txt` names.
const PYTHON: &str = "SVOD_BENCH_PYTHON";
/// Where node is told.
const NODE: &str = "SVOD_BENCH_NODE";

/// What is measured of many records in each round, ours and others' in turns.
const MANY: [&str; 18] = [
    "docx",
    "docx-rs",
    "docxtpl",
    "docxtemplater",
    "form",
    "stream-docx",
    "docx-rs-stream",
    "pdf",
    "stream-pdf",
    "typst",
    "xlsx",
    "stream-xlsx",
    "odt",
    "stream-odt",
    "html",
    "stream-html",
    "json",
    "stream-json",
];

/// What is read in each round.
const READ: [&str; 6] = ["read-docx", "docx-rs-read", "python-docx-read", "read-xlsx", "bomb", "padded-bomb"];

/// Peers that take so long that a short run asks them once.
const HEAVY: [&str; 4] = ["docxtpl", "docxtemplater", "typst", "python-docx-read"];

/// The name of a figure.
pub fn name(what: &str, records: usize, figure: &str) -> String {
    format!("documents/{what}/{records}/{figure}")
}

/// Measures everything once.
pub async fn measure(bench: &mut Bench) -> Result<()> {
    let folder = scratch()?.join("documents");
    let records = bench.plan.records;
    if bench.round == 1 {
        prepare(&folder, records)?;
    }
    for small in bench.plan.quarters.clone() {
        if small != records {
            child(bench, &folder, "docx", small).await?;
        }
    }
    child(bench, &folder, "all", REAL).await?;
    for what in MANY.into_iter().chain(READ) {
        if bench.plan.is_short() && bench.round > 1 && HEAVY.contains(&what) {
            continue;
        }
        child(bench, &folder, what, records).await?;
    }
    if let Some(long) = bench.plan.records_long
        && bench.round == 1
    {
        child(bench, &folder, "stream-docx", long).await?;
    }
    Ok(())
}

fn prepare(folder: &Path, records: usize) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    documents_child::prepare(folder, records)?;
    documents_files::write_bombs(folder)
}

/// Measures one thing in a process of its own, and keeps its figures.
async fn child(bench: &mut Bench, folder: &Path, what: &str, records: usize) -> Result<()> {
    let mut command = command(folder, what, records)?;
    let work = async {
        let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().await?;
        ensure!(output.status.success(), "{what} has failed: {}", output.status);
        Ok(serde_json::from_slice::<Map<String, Value>>(&output.stdout)?)
    };
    let (figures, used) = bench.measured(None, work).await.with_context(|| format!("measuring {what}"))?;
    for (figure, value) in figures {
        let value = value.as_f64().with_context(|| format!("{what}: {figure} is no number"))?;
        bench.note(name(what, records, &figure), value, &used);
    }
    Ok(())
}

fn command(folder: &Path, what: &str, records: usize) -> Result<Command> {
    let file = |extension: &str| folder.join(crate::documents_rows::file(records, extension));
    let mut command = match what {
        "typst" => Command::new(program("svod-bench-typst")?),
        "docxtpl" | "python-docx-read" => Command::new(interpreter(PYTHON)?),
        "docxtemplater" => Command::new(interpreter(NODE)?),
        _ => Command::new(std::env::current_exe()?),
    };
    match what {
        "typst" => {
            command.args([file("lines"), root().join("crates/report/fonts"), folder.join("typst.pdf")]);
        }
        "docxtpl" => {
            command.args([script("py"), what.into(), file("lines"), folder.join("docxtpl.docx")]);
        }
        "docxtemplater" => {
            command.args([script("mjs"), what.into(), file("lines"), folder.join("docxtemplater.docx")]);
        }
        "python-docx-read" => {
            command.args([script("py"), what.into(), file("docx")]);
        }
        _ => {
            command.args([documents_child::HIDDEN, what, &records.to_string()]).arg(folder);
        }
    }
    Ok(command)
}

fn script(language: &str) -> PathBuf {
    root().join("tests/bench/documents").with_extension(language)
}

fn interpreter(named_by: &str) -> Result<PathBuf> {
    let told = std::env::var_os(named_by);
    told.map(PathBuf::from)
        .context("run it through tests/bench/run.sh, which prepares what others are run by")
}
