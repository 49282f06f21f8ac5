//! `svod docs`: writes the documents of the contract.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use crate::contract::documents;
use crate::exit::Failure;
use crate::print;

/// Write the documents of the contract: JSON Schemas, AsyncAPI, OpenAPI, reason codes
#[derive(Args, Debug)]
#[command(after_help = "Example:
  svod docs --out docs/contract")]
pub(crate) struct Docs {
    /// Folder to write them to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Docs {
    /// Writes them.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let documents = documents();
        for document in &documents {
            self.write(&document.path, &document.text).map_err(Failure::unavailable)?;
        }
        print::line(format!("{}: {} documents", self.out.display(), documents.len()))
    }

    fn write(&self, path: &str, text: &str) -> anyhow::Result<()> {
        let path = self.out.join(path);
        let folder = path.parent().unwrap_or(&self.out);
        std::fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
        std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))
    }
}
