//! `svod template`: a region's own Word file as the form of its report.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;
use svod_report::{Template as Compiled, TemplateRefused, keep_template};
use svod_text::terminal;

use crate::app::App;
use crate::config::Config;
use crate::exit::Failure;
use crate::{handed, print};

/// Largest file that is read at all, in bytes; what a template may be is less, and said when it is refused.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// Check a Word file that is to be the form of the report, and keep it in the ledger
///
/// docs/TEMPLATES.md says how to make one. A template that was added takes effect when `[report] template` in svod.toml
/// names it and the service is started again; documents made with it can be made again for ever.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod template check form.docx
  svod template add form.docx")]
pub(crate) struct Template {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Say whether a file can be the form, or why not
    Check(Which),
    /// Keep it in the ledger, and say how the configuration names it
    Add(Which),
}

#[derive(Args, Debug)]
struct Which {
    /// A Word file (.docx)
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Template {
    /// Carries it out.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        let (Act::Check(which) | Act::Add(which)) = &self.act;
        let bytes = read(&which.file)?;
        let template = Compiled::compile(&bytes).map_err(|refused| no(&refused))?;
        let is_kept = matches!(self.act, Act::Add(_));
        if is_kept {
            let app = App::open_to_append(config).await.map_err(Failure::unavailable)?;
            let kept = keep_template(&app.engine, &template, &bytes).await;
            app.close().await;
            kept.context("keeping the template").map_err(Failure::unavailable)?;
        }
        let sha256 = template.sha256().to_string();
        if which.json {
            return print::json(&json!({ "sha256": sha256, "kept": is_kept }));
        }
        print::line(if is_kept { terminal::template_kept(&sha256) } else { terminal::template_fits(&sha256) })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    handed::bytes_in(path, FILE_BYTES_MAX, &format!("reading {}", path.display()))
}

fn no(refused: &TemplateRefused) -> Failure {
    let words = refused.words();
    Failure::Refused { code: refused.fault.code().to_owned(), detail: words.detail, action: words.action }
}
