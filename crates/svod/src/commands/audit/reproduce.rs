//! `svod audit reproduce`: is a published document what the log yields.

use std::path::Path;

use serde::Serialize;
use serde_json::json;
use svod_domain::event::ReportBuilt;
use svod_domain::{Edition, Quarter};
use svod_log::verify::{Defence, Tampered};
use svod_log::{Hash, Head, Position, StoreError};
use svod_report::{CannotReproduce, Difference, Rendered, Reproduced, first_difference, is_same_content};

use super::verify::Ended;
use crate::app::App;
use crate::config::Config;
use crate::exit::Failure;
use crate::{handed, print, progress};

/// Largest file that is compared, in bytes: many times the largest report.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// A file to compare with: its path, its bytes.
type InHand = (String, Vec<u8>);

/// What was found of one document.
#[derive(Serialize)]
struct Finding {
    edition: Edition,
    format: String,
    /// Where the close stands that it was built at.
    built_at_position: u64,
    /// Recorded in the log.
    sha256: String,
    /// `document`, `masked-twin` (somebody was erased since) or `another`.
    made_again: &'static str,
    /// Whatever is the same document, packed by another compressor: `recorded`, `kept` or the path of the file in hand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    packed_otherwise: Vec<String>,
    /// The file in hand, if it is the recorded document from before somebody whom it names was erased.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    before_erasure: Vec<String>,
    /// Whatever is not what was made again.
    wrong: Vec<Wrong>,
}

/// What differs from the document that was made again.
#[derive(Serialize)]
struct Wrong {
    /// `recorded`, `kept` (the ledger's own file) or the path of the file in hand.
    what: String,
    /// Its SHA-256; `None`: it is not there, or not what it is kept as.
    sha256: Option<String>,
    /// The first cell that differs, or what else is wrong.
    cell: Option<String>,
}

/// Carries `svod audit reproduce` out.
pub(super) async fn reproduce(
    config: &Config,
    quarter: Quarter,
    edition: Option<Edition>,
    file: Option<&Path>,
    json: bool,
) -> Result<(), Failure> {
    let in_hand = file.map(read).transpose()?;
    let app = App::open(config).await.map_err(Failure::unavailable)?;
    let spinner = progress::spinner("making the document again");
    let found = look(&app, quarter, edition, in_hand.as_ref()).await;
    spinner.finish_and_clear();
    app.close().await;
    match found {
        Ok((head, findings)) => tell(quarter, &head, &findings, json),
        Err(ended) => ended.tell(json),
    }
}

/// Why a document that the log records cannot be made again: no close led to it, or it is not for this program to say.
pub(super) fn unmade(error: CannotReproduce, built: &ReportBuilt) -> Ended {
    match error {
        CannotReproduce::Ledger(error) => error.into(),
        CannotReproduce::NoInputs => {
            let (position, what) = (Position(built.built_at_position), error.to_string());
            Tampered { position, defence: Defence::Documents, what }.into()
        }
        CannotReproduce::Renderer { .. }
        | CannotReproduce::Settings(_)
        | CannotReproduce::Template(_)
        | CannotReproduce::Render(_)
        | CannotReproduce::RendererEnded(_) => Failure::unavailable(error).into(),
    }
}

pub(super) fn read(path: &Path) -> Result<InHand, Failure> {
    let name = path.display().to_string();
    let bytes = handed::bytes_in(path, FILE_BYTES_MAX, &format!("reading {name}"))?;
    Ok((name, bytes))
}

async fn look(
    app: &App,
    quarter: Quarter,
    edition: Option<Edition>,
    in_hand: Option<&InHand>,
) -> Result<(Head, Vec<Finding>), Ended> {
    let head = app.engine.store().head().await?;
    let built = app.engine.built(quarter).await?;
    let edition = edition.or_else(|| built.iter().map(|document| document.edition).max());
    let mut findings = vec![];
    for document in built.iter().filter(|document| Some(document.edition) == edition) {
        findings.push(judge(app, document, in_hand).await?);
    }
    if findings.is_empty() {
        let which = edition.map_or_else(String::new, |edition| format!(" of edition {edition}"));
        let nothing = anyhow::anyhow!("no document{which} of {quarter} was recorded");
        return Err(Failure::unavailable(nothing).into());
    }
    Ok((head, findings))
}

async fn judge(app: &App, built: &ReportBuilt, in_hand: Option<&InHand>) -> Result<Finding, Ended> {
    let made = svod_report::reproduce(&app.engine, built).await.map_err(|error| unmade(error, built))?;
    let (made_again, recorded, Rendered { bytes, .. }) = match &made {
        Reproduced::Same(document) | Reproduced::PackedOtherwise(document) => {
            ("document", Some(&built.sha256), document)
        }
        Reproduced::MaskedTwin(twin) => ("masked-twin", Some(&built.masked_sha256), twin),
        Reproduced::Another(document) => ("another", None, document),
    };
    let mut compared = Compared::default();
    match made {
        Reproduced::PackedOtherwise(_) => compared.packed_otherwise.push("recorded".to_owned()),
        Reproduced::Another(_) => {
            let sha256 = Some(built.sha256.clone());
            compared.wrong.push(Wrong { what: "recorded".to_owned(), sha256, cell: None });
        }
        Reproduced::Same(_) | Reproduced::MaskedTwin(_) => {}
    }
    compared.with_kept(app, recorded.unwrap_or(&built.sha256), bytes).await?;
    if let Some((path, in_hand)) = in_hand {
        if matches!(made, Reproduced::MaskedTwin(_)) && Hash::of(in_hand).to_string() == built.sha256 {
            compared.before_erasure.push(path.clone());
        } else {
            compared.with(path, in_hand, bytes);
        }
    }
    let Compared { packed_otherwise, before_erasure, wrong } = compared;
    Ok(Finding {
        edition: built.edition,
        format: built.format.clone(),
        built_at_position: built.built_at_position,
        sha256: built.sha256.clone(),
        made_again,
        packed_otherwise,
        before_erasure,
        wrong,
    })
}

/// What came of comparing files with the document that was made again.
#[derive(Default)]
struct Compared {
    packed_otherwise: Vec<String>,
    before_erasure: Vec<String>,
    wrong: Vec<Wrong>,
}

impl Compared {
    /// The file that the ledger keeps under a hash.
    async fn with_kept(&mut self, app: &App, sha256: &str, made: &[u8]) -> Result<(), Failure> {
        let wrong = |cell: &str| Wrong { what: "kept".to_owned(), sha256: None, cell: Some(cell.to_owned()) };
        let Some(sha256) = Hash::from_hex(sha256) else {
            self.wrong.push(wrong("the log recorded no hash"));
            return Ok(());
        };
        match app.engine.store().file(sha256).await {
            Ok(Some(file)) => self.with("kept", &file.bytes, made),
            Ok(None) => self.wrong.push(wrong("the ledger keeps no such file")),
            Err(StoreError::Damaged { .. }) => {
                self.wrong.push(wrong("what the ledger keeps under this hash has another one"));
            }
            Err(error) => return Err(Failure::unavailable(error)),
        }
        Ok(())
    }

    fn with(&mut self, what: &str, bytes: &[u8], made: &[u8]) {
        if bytes == made {
            return;
        }
        if is_same_content(bytes, made) {
            self.packed_otherwise.push(what.to_owned());
            return;
        }
        let said =
            |text: Option<String>| text.map_or_else(|| "nothing".to_owned(), |text| format!("{text:?}"));
        let cell = match first_difference(bytes, made) {
            Ok(Some(Difference { row, column, first, second })) => {
                format!("row {row}, column {column}: {} where the log yields {}", said(first), said(second))
            }
            Ok(None) => "every cell says the same: it was saved again, or its form was changed".to_owned(),
            Err(error) => error.to_string(),
        };
        let sha256 = Some(Hash::of(bytes).to_string());
        self.wrong.push(Wrong { what: what.to_owned(), sha256, cell: Some(cell) });
    }
}

fn tell(quarter: Quarter, head: &Head, findings: &[Finding], json: bool) -> Result<(), Failure> {
    let sound = findings.iter().all(|finding| finding.wrong.is_empty());
    let (position, root) = (head.position, head.root.to_string());
    if json {
        let mut told = json!({
            "sound": sound, "quarter": quarter, "documents": findings, "position": position, "root": root,
        });
        if !sound {
            told["defence"] = json!(Defence::Documents.as_str());
        }
        print::json(&told)?;
    } else {
        for finding in findings {
            finding.print(quarter)?;
        }
        print::line(format!("position {position}, root {root}"))?;
    }
    if sound { Ok(()) } else { Err(Failure::FoundWrong) }
}

impl Finding {
    fn print(&self, quarter: Quarter) -> Result<(), Failure> {
        let Self { edition, format, sha256, made_again, packed_otherwise, before_erasure, wrong, .. } = self;
        let verdict = if wrong.is_empty() { "reproduced" } else { "differs" };
        print::line(format!(
            "{verdict}: {format} of edition {edition} of {quarter}, {made_again}, recorded {sha256}"
        ))?;
        for what in packed_otherwise {
            print::line(format!("  {what}: the same document, packed by another compressor"))?;
        }
        for what in before_erasure {
            print::line(format!(
                "  {what}: the recorded document itself; somebody whom it names was erased since, and the log yields its masked twin"
            ))?;
        }
        for Wrong { what, sha256, cell } in wrong {
            let told: Vec<&str> = [sha256, cell].into_iter().flatten().map(String::as_str).collect();
            print::line(format!("  {what}: {}", told.join("; ")))?;
        }
        Ok(())
    }
}
