//! Makes documents for the readers and validators of others, and reads what others saved: see tests/documents/check.sh.
//!
//! - `documents hostile FOLDER COUNT SEED`: so many hostile reports in `FOLDER/each`, and the same records in few long
//!   ones in `FOLDER/together`
//! - `documents quarters FOLDER COUNT SEED`: so many quarters whose words no typography touches
//! - `documents read-again EXPECTED-FOLDER FOLDER…`: whether an import of each file in the folders reads the quarter of
//!   the same name; status 1 if not

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};
use svod_engine::ReportInputs;

#[path = "../tests/generated/hostile.rs"]
mod hostile;
#[path = "../tests/generated/quarters.rs"]
mod quarters;
#[path = "../tests/generated/sequence.rs"]
mod sequence;
#[path = "../tests/generated/written.rs"]
mod written;

use hostile::expected;
use quarters::{Filed, filed, read_again};
use sequence::sequence;
use written::write;

/// So many reports are one in `together`.
const TOGETHER: usize = 25;

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["hostile", folder, count, seed] => write_hostile(Path::new(folder), count.parse()?, seed.parse()?)?,
        ["quarters", folder, count, seed] => {
            write_quarters(Path::new(folder), count.parse()?, seed.parse()?)?;
        }
        ["read-again", expected, folders @ ..] => return compare(Path::new(expected), folders),
        _ => {
            bail!("usage: documents hostile|quarters FOLDER COUNT SEED | read-again EXPECTED-FOLDER FOLDER…")
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn sample() -> Result<ReportInputs> {
    serde_json::from_str(include_str!("../tests/samples/inputs.json")).context("reading the sample")
}

fn write_hostile(folder: &Path, count: usize, seed: u64) -> Result<()> {
    let mut reports = sequence(hostile::report(sample()?), count, seed).enumerate().peekable();
    while reports.peek().is_some() {
        let mut together = ReportInputs { sections: vec![], ..sample()? };
        let mut name = String::new();
        for (number, inputs) in reports.by_ref().take(TOGETHER) {
            name = format!("{number:04}");
            write(&folder.join("each"), &name, &inputs, &expected(&inputs));
            together.sections.extend(inputs.sections);
        }
        write(&folder.join("together"), &name, &together, &expected(&together));
    }
    Ok(())
}

fn write_quarters(folder: &Path, count: usize, seed: u64) -> Result<()> {
    for (number, inputs) in sequence(quarters::quarters(sample()?), count, seed).enumerate() {
        write(folder, &format!("{number:04}"), &inputs, &filed(&inputs));
    }
    Ok(())
}

fn compare(expected: &Path, folders: &[&str]) -> Result<ExitCode> {
    let mut is_same = true;
    for folder in folders {
        let files = files(Path::new(folder))?;
        ensure!(!files.is_empty(), "{folder} is empty");
        let mut same = 0;
        for file in &files {
            match difference(expected, file)? {
                None => same += 1,
                Some(difference) => eprintln!("documents: {}: {difference}", file.display()),
            }
        }
        is_same &= same == files.len();
        eprintln!("{folder}: {same} of {} quarters are read again as they were", files.len());
    }
    Ok(if is_same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("looking into {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    Ok(files)
}

/// The first record that is read otherwise than it was filed.
fn difference(expected: &Path, file: &Path) -> Result<Option<String>> {
    let name = file.with_extension("json");
    let name = name.file_name().context("a file has a name")?;
    let expected: Vec<Filed> = serde_json::from_slice(&fs::read(expected.join(name))?)?;
    let found = match read_again(&fs::read(file)?) {
        Ok(found) => found,
        Err(faults) => return Ok(Some(faults)),
    };
    let at = (0..expected.len().max(found.len())).find(|at| expected.get(*at) != found.get(*at));
    Ok(at.map(|at| format!("record {at}: filed {:?}, read {:?}", expected.get(at), found.get(at))))
}
