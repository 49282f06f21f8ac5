//! `POST /verify`: whether a file from anywhere is a document of this ledger.

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use svod_domain::Refusal;
use svod_domain::refusal::Permission;

use crate::api::Api;
use crate::caller::{Caller, Sight};
use crate::import::FILE_BYTES_MAX;
use crate::messages;
use crate::options::Verified;
use crate::problem::Problem;
use crate::route::Route;

/// What this page answers.
pub(crate) fn routes() -> Vec<Route> {
    let post = Route::post(
        "/api/v1/verify",
        "verify_file",
        "Whether a file (DOCX, PDF, XLSX or ODT, told by its content, at most 20 MiB) is a document of this ledger: the very \
         file, the same content saved again by an office program, or one in which cells say something else. A PDF is told by \
         its bytes alone. For those who see everything: the answer quotes what the log yields.",
        post_file,
    );
    vec![post.takes_bytes("application/octet-stream").json::<Verified>()]
}

async fn post_file(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Result<Response, Problem> {
    if let Sight::Own(_) = caller.sight() {
        return Err(Problem::refused(&Refusal::NotPermitted { needs: Permission::Reader }));
    }
    // It reads a file, as an import does, and makes documents, as a report does.
    let _permit = api.imports.acquire().await.expect("the semaphore is never closed");
    let bytes = messages::read(body, FILE_BYTES_MAX, FILE_BYTES_MAX).await?;
    match (api.verify)(bytes).await {
        Ok(verified) => Ok(Json(verified).into_response()),
        Err(error) => {
            tracing::error!(cause = svod_engine::chain(&*error), "a file cannot be compared with the ledger");
            Err(Problem::broken())
        }
    }
}
