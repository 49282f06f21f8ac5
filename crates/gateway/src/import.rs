//! `POST /import`: a Word or Excel file, what it would be filed as, and its filing.

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use svod_domain::refusal::Permission;
use svod_domain::{MunicipalityCode, Quarter, Refusal};
use svod_engine::{ImportPlan, Incoming, Sender};

use crate::api::Api;
use crate::caller::{Caller, Sight};
use crate::messages;
use crate::options::{ImportRefused, ImportRequest};
use crate::parameters::{self, Parameters};
use crate::problem::Problem;
use crate::route::Route;

/// Largest file, in bytes: what the reader takes.
pub(crate) const FILE_BYTES_MAX: usize = 20 * 1024 * 1024;

/// Messages that are answered at once: they share commits.
const WINDOW: usize = 500;

/// What this page answers.
pub(crate) fn routes() -> Vec<Route> {
    let post = Route::post(
        "/api/v1/import",
        "import_file",
        "Reads a file as clerks make it (DOCX, XLSX, CSV and others, told by its content, at most 20 MiB) and says what it \
         would be filed as, beside what is filed already. With dry_run=false it is filed, whole or not at all: with any fault \
         among the findings the status is 422 and nothing is filed. The same file again changes nothing. A municipality hands \
         in its own.",
        post_file,
    );
    vec![post.parameters::<Which>().takes_bytes("application/octet-stream").json::<Imported>()]
}

/// What the file is handed in as.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Which {
    /// For which quarter.
    quarter: Quarter,
    /// Whose records these are, if the file does not say.
    #[serde(default, deserialize_with = "parameters::word")]
    #[schemars(with = "Option<MunicipalityCode>")]
    municipality: Option<MunicipalityCode>,
    /// The name of the file, which may tell whose it is.
    #[serde(default)]
    file_name: Option<String>,
    /// Whether nothing is filed. Absent: nothing is.
    #[serde(default = "yes")]
    dry_run: bool,
}

const fn yes() -> bool {
    true
}

/// What became of a file.
#[derive(Debug, Serialize, JsonSchema)]
struct Imported {
    /// Whether its messages were handed to the ledger; the receipts say what became of each.
    filed: bool,
    /// What the file was understood as.
    plan: ImportPlan,
    /// The receipts of its messages, in their order.
    #[schemars(with = "Vec<serde_json::Value>")]
    receipts: Vec<Box<RawValue>>,
}

async fn post_file(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Parameters(which): Parameters<Which>,
    body: Body,
) -> Result<Response, Problem> {
    let own = own(&caller, which.dry_run)?;
    let _permit = api.imports.acquire().await.expect("the semaphore is never closed");
    let bytes = messages::read(body, FILE_BYTES_MAX, FILE_BYTES_MAX).await?;
    let Which { quarter, municipality, file_name, dry_run } = which;
    let plan = (api.import)(ImportRequest { bytes, file_name, quarter, municipality, own }).await?;
    if dry_run {
        return Ok(Json(Imported { filed: false, plan, receipts: vec![] }).into_response());
    }
    if !plan.can_be_filed {
        let refused = Json(Imported { filed: false, plan, receipts: vec![] });
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, refused).into_response());
    }
    let receipts = file(&api, &caller, &plan).await?;
    Ok(Json(Imported { filed: true, plan, receipts }).into_response())
}

/// Of whom the caller may hand in files: who only looks may look at what he sees anyway, who files must be a municipality.
fn own(caller: &Caller, dry_run: bool) -> Result<Option<Vec<MunicipalityCode>>, Problem> {
    if dry_run {
        return Ok(match caller.sight() {
            Sight::Everything => None,
            Sight::Own(own) => Some(own),
        });
    }
    let own: Vec<MunicipalityCode> = caller.actor.municipalities().collect();
    if own.is_empty() {
        return Err(Problem::refused(&Refusal::NotPermitted { needs: Permission::AnyMunicipality }));
    }
    Ok(Some(own))
}

async fn file(api: &Api, caller: &Caller, plan: &ImportPlan) -> Result<Vec<Box<RawValue>>, Problem> {
    let bodies: Vec<Vec<u8>> = plan.messages().map(|message| message.to_string().into_bytes()).collect();
    let mut receipts = vec![];
    for window in bodies.chunks(WINDOW) {
        let sender = || Sender::Principal(caller.actor.clone());
        let incoming = window.iter().map(|body| Incoming { body: body.clone(), sender: sender() });
        for answered in api.engine.answer_all(incoming.collect()).await? {
            let receipt = serde_json::from_slice(&answered.receipt);
            receipts.push(receipt.expect("a receipt is JSON"));
        }
    }
    Ok(receipts)
}

impl From<ImportRefused> for Problem {
    fn from(refused: ImportRefused) -> Self {
        match refused {
            ImportRefused::Unreadable(words) => Self::unreadable(words),
            ImportRefused::Refused(refusal) => Self::refused(&refusal),
            ImportRefused::Ledger(error) => error.into(),
            ImportRefused::Failed(error) => {
                tracing::error!(cause = svod_engine::chain(&*error), "a file cannot be understood");
                Self::broken()
            }
        }
    }
}
