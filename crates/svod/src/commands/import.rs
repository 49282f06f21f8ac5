//! `svod import`: a Word or Excel file as what it would be filed as; as messages; or filed.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use svod_domain::register::Entry;
use svod_domain::{MunicipalityCode, Quarter, ReasonCode};
use svod_engine::{Engine, ImportAction, ImportFinding, ImportPlan, ImportSeverity};
use svod_gateway::{ImportFile, ImportRefused, ImportRequest};
use svod_log::StoreError;
use svod_report::import::{self, CannotImport, FILE_BYTES_MAX, Handed, Office, ReadOptions};
use svod_text::reading::{self, Severity, Unit, Units};
use svod_text::terminal;

use super::send::{Receipts, direct};
use crate::app::App;
use crate::config::Config;
use crate::exit::Failure;
use crate::print;

/// Read a Word or Excel file of a municipality, and file what it says
///
/// FILE is a report as clerks make it: DOCX, XLSX, ODT, ODS, CSV or a web page, and, where an office program is installed, DOC, RTF
/// and XLS; what it is is told by its content. Without --out and --as nothing is written: what would be filed is shown beside
/// what is filed already, with everything that wants a look and its place. A file is filed whole or not at all. The same file
/// again changes nothing; one that was put right corrects what it filed before, and what is approved stays.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  svod import report.docx --quarter 2020-Q2
  svod import report.docx --quarter 2020-Q2 --municipality 66605000 --as m-66605000
  svod import report.xlsx --quarter 2020-Q2 --out messages.ndjson
  svod import report.docx --quarter 2020-Q2 --out - | svod send - --http http://127.0.0.1:8080

Exit status: 0 done, 1 something has to be put right first or was refused.")]
pub(crate) struct Import {
    /// The file
    file: PathBuf,
    /// Such as 2020-Q2
    #[arg(long)]
    quarter: Quarter,
    /// Whose records these are, if the file does not say: 8 digits; without it those of the municipality that --as names
    #[arg(long, value_name = "CODE")]
    municipality: Option<MunicipalityCode>,
    /// Only show what would be filed, as without --out and --as
    #[arg(long, conflicts_with_all = ["out", "principal"])]
    dry_run: bool,
    /// Write the messages, one a line, for `svod send` or any other sender; - is the standard output
    #[arg(long, value_name = "FILE", conflicts_with = "principal")]
    out: Option<PathBuf>,
    /// File it now, in this process, on the configured ledger, as this principal
    #[arg(long = "as", value_name = "NAME")]
    principal: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Import {
    /// Shows, writes or files.
    pub(crate) async fn run(&self, config: &Config) -> Result<(), Failure> {
        if let Some(name) = &self.principal {
            let app = App::open_to_append(config).await.map_err(Failure::unavailable)?;
            let filed = self.file(&app, name).await;
            app.close().await;
            return filed;
        }
        let plan = match App::open(config).await {
            Ok(app) => {
                let plan = self.preview(&app, None).await;
                app.close().await;
                plan?
            }
            Err(error) if is_no_ledger(&error) => self.preview_alone(config).await?,
            Err(error) => return Err(Failure::unavailable(error)),
        };
        if let Some(out) = &self.out {
            return write(out, &plan);
        }
        self.show(&plan)?;
        if plan.can_be_filed { Ok(()) } else { Err(Failure::FoundWrong) }
    }

    /// Files as the principal, unless something has to be put right first.
    async fn file(&self, app: &App, name: &str) -> Result<(), Failure> {
        let actor = direct::principal(app, name).await?;
        let plan = self.preview(app, Some(actor.municipalities().collect())).await?;
        if !plan.can_be_filed {
            self.show(&plan)?;
            return Err(Failure::FoundWrong);
        }
        if !self.json {
            self.show(&plan)?;
        }
        let messages: Vec<Vec<u8>> =
            plan.messages().map(|message| message.to_string().into_bytes()).collect();
        let mut receipts = Receipts::new(messages.len(), self.json);
        let handled = direct::handle(app, &actor, &messages, &mut receipts).await;
        receipts.end(handled)
    }

    async fn preview(&self, app: &App, own: Option<Vec<MunicipalityCode>>) -> Result<ImportPlan, Failure> {
        let reader = app.reader(None).await?;
        let plan = import::preview(&app.engine, &reader, self.handed(own)?, options()).await;
        plan.map_err(no)
    }

    /// On a machine without a ledger, by the register of the configuration.
    async fn preview_alone(&self, config: &Config) -> Result<ImportPlan, Failure> {
        let (first, last) = (self.quarter.first_day(), self.quarter.last_day());
        let reports = |entry: &&Entry| entry.from <= last && entry.until.is_none_or(|until| until > first);
        let units = config.register.iter().filter(reports).map(|entry| Unit {
            code: entry.municipality,
            short_name: entry.short_name.clone(),
            names: vec![entry.report_heading.clone(), entry.short_name.clone()],
        });
        let units = Units::new(units.collect());
        let plan = import::preview_alone(units, self.handed(None)?, options()).await;
        plan.map_err(no)
    }

    fn handed(&self, own: Option<Vec<MunicipalityCode>>) -> Result<Handed, Failure> {
        let name = self.file.file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(Handed {
            bytes: read(&self.file).map_err(Failure::usage)?,
            file_name: name,
            quarter: self.quarter,
            municipality: self.municipality,
            own,
        })
    }

    fn show(&self, plan: &ImportPlan) -> Result<(), Failure> {
        if self.json {
            return print::json(plan);
        }
        for entry in &plan.entries {
            let title = entry.title.as_deref().unwrap_or_default();
            let code = entry.municipality.as_str();
            print::line(reading::entry_line(entry.place.as_deref(), code, title, &entry.detail))?;
        }
        print::bytes(notes(plan).concat().as_bytes())?;
        let new = plan.count(ImportAction::Submit) + plan.count(ImportAction::Declare);
        let unchanged = plan.count(ImportAction::Unchanged);
        print::line(reading::sum_line(new, plan.count(ImportAction::Correct), unchanged, plan.can_be_filed))
    }
}

/// Writes the messages alone; what wants a look is told beside them.
fn write(out: &Path, plan: &ImportPlan) -> Result<(), Failure> {
    tell(&notes(plan).concat());
    if !plan.can_be_filed {
        return Err(Failure::FoundWrong);
    }
    let mut lines = String::new();
    for message in plan.messages() {
        lines.push_str(&message.to_string());
        lines.push('\n');
    }
    if out == Path::new("-") {
        return print::bytes(lines.as_bytes());
    }
    super::report::write_whole(out, lines.as_bytes()).map_err(Failure::unavailable)?;
    print::line(format!("{}: {}", out.display(), terminal::messages_written(plan.messages().count())))
}

/// How the gateway has files understood, of which it knows nothing.
pub(crate) fn import_file(engine: Engine) -> ImportFile {
    Arc::new(move |request| {
        let engine = engine.clone();
        Box::pin(async move {
            let ImportRequest { bytes, file_name, quarter, municipality, own } = request;
            let handed = Handed { bytes, file_name, quarter, municipality, own };
            let reader = engine.reader(None).await.map_err(ImportRefused::Ledger)?;
            import::preview(&engine, &reader, handed, options()).await.map_err(|error| match error {
                CannotImport::Unreadable(cause) => ImportRefused::Unreadable(cause.words()),
                CannotImport::Refused(refusal) => ImportRefused::Refused(refusal),
                CannotImport::Ledger(error) => ImportRefused::Ledger(error),
                broken @ CannotImport::Broken => ImportRefused::Failed(broken.into()),
            })
        })
    })
}

/// A file of which nothing is taken.
fn no(error: CannotImport) -> Failure {
    match error {
        CannotImport::Unreadable(cause) => {
            let words = cause.words();
            Failure::no(ReasonCode::FileUnreadable, (words.detail, words.action))
        }
        CannotImport::Refused(refusal) => Failure::refused(&refusal),
        error @ (CannotImport::Ledger(_) | CannotImport::Broken) => Failure::unavailable(error),
    }
}

/// What wants a look, a line each.
fn notes(plan: &ImportPlan) -> Vec<String> {
    let line = |finding: &ImportFinding| {
        let severity = match finding.severity {
            ImportSeverity::Note => Severity::Note,
            ImportSeverity::Warning => Severity::Warning,
            ImportSeverity::Loss => Severity::Loss,
            ImportSeverity::Fault => Severity::Fault,
        };
        format!("{}\n", reading::finding_line(severity, &finding.place, &finding.detail))
    };
    plan.findings.iter().map(line).collect()
}

/// Tells beside the output.
#[expect(clippy::print_stderr, reason = "messages alone are the output")]
fn tell(text: &str) {
    eprint!("{text}");
}

/// Reads a file; one that is larger than any that is taken is read only as far as that takes to see.
fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let doing = || format!("reading {}", path.display());
    let mut bytes = vec![];
    let file = std::fs::File::open(path).with_context(doing)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).with_context(doing)?;
    Ok(bytes)
}

/// Files with macros are read like others, for macros are never run.
fn options() -> ReadOptions {
    ReadOptions { refuses_macros: false, office: Some(Office::default()) }
}

fn is_no_ledger(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| matches!(cause.downcast_ref(), Some(StoreError::NotThere { what: "ledger", .. })))
}
