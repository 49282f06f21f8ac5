//! `GET /submissions/{id}`: one submission as it is, and everything that was done with it.

use axum::Json;
use axum::extract::{Extension, State};
use svod_domain::{Refusal, SubmissionId};
use svod_engine::{SubmissionCard, SubmissionHistory};

use crate::api::Api;
use crate::caller::Caller;
use crate::parameters::{Moment, Named, Parameters};
use crate::problem::Problem;
use crate::route::Route;

/// What this page answers.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/submissions/{id}",
            "submission",
            "One submission in its present version.",
            submission,
        )
        .parameters::<Moment>()
        .json::<SubmissionCard>(),
        Route::get(
            "/api/v1/submissions/{id}/history",
            "submission_history",
            "Every version of a submission and every act, with actor, time and position in the log.",
            history,
        )
        .parameters::<Moment>()
        .json::<SubmissionHistory>(),
    ]
}

async fn submission(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<SubmissionId>,
    Parameters(moment): Parameters<Moment>,
) -> Result<Json<SubmissionCard>, Problem> {
    let card = api.engine.reader(moment.as_of).await?.submission(id).await?;
    let seen = card.filter(|card| caller.sight().covers(card.municipality));
    seen.map(Json).ok_or_else(|| absent(id))
}

async fn history(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<SubmissionId>,
    Parameters(moment): Parameters<Moment>,
) -> Result<Json<SubmissionHistory>, Problem> {
    let history = api.engine.reader(moment.as_of).await?.history(id).await?;
    let seen = history.filter(|history| caller.sight().covers(history.submission.municipality));
    seen.map(Json).ok_or_else(|| absent(id))
}

/// No such submission, or one of another municipality: whether it exists is not told.
fn absent(submission: SubmissionId) -> Problem {
    Problem::absent(&Refusal::UnknownSubmission { submission })
}
