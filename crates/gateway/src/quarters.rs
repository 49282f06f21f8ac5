//! `GET /quarters…`: the quarters, the board of one, and what was filed for it.

use axum::Json;
use axum::extract::{Extension, State};
use schemars::JsonSchema;
use serde::Deserialize;
use svod_domain::{MunicipalityCode, Quarter, Refusal};
use svod_engine::{AsOf, Board, Page, QuarterCard, SubmissionCard, SubmissionFilter, SubmissionState};

use crate::api::Api;
use crate::caller::{Caller, Sight};
use crate::parameters::{self, Moments, Named, Parameters};
use crate::problem::Problem;
use crate::route::Route;

/// How many submissions a page has unless the reader says otherwise.
const PAGE_DEFAULT: u32 = 100;

/// Most submissions of a page: each may have 60 kilobytes.
const PAGE_MAX: u32 = 500;

/// What this page answers.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/quarters", "quarters", "All quarters that were ever opened.", quarters)
            .parameters::<Moments>()
            .json::<Vec<QuarterCard>>(),
        Route::get("/api/v1/quarters/{quarter}", "quarter", "One quarter: its terms, editions and acts.", quarter)
            .parameters::<Moments>()
            .json::<QuarterCard>(),
        Route::get(
            "/api/v1/quarters/{quarter}/board",
            "board",
            "Each municipality that reports in the quarter: state, counts, lateness, last act. A municipality sees its \
             own row.",
            board,
        )
        .parameters::<Moments>()
        .json::<Board>(),
        Route::get(
            "/api/v1/quarters/{quarter}/submissions",
            "submissions",
            "What was filed for the quarter, page by page. A municipality sees its own.",
            submissions,
        )
        .parameters::<Which>()
        .json::<Page<SubmissionCard>>(),
    ]
}

async fn quarters(
    State(api): State<Api>,
    Parameters(Moments { as_of, held }): Parameters<Moments>,
) -> Result<Json<Vec<QuarterCard>>, Problem> {
    Ok(Json(api.engine.reader(as_of).await?.held(held).quarters().await?))
}

async fn quarter(
    State(api): State<Api>,
    Named(quarter): Named<Quarter>,
    Parameters(Moments { as_of, held }): Parameters<Moments>,
) -> Result<Json<QuarterCard>, Problem> {
    let card = api.engine.reader(as_of).await?.held(held).quarter(quarter).await?;
    card.map(Json).ok_or_else(|| absent(quarter))
}

async fn board(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Named(quarter): Named<Quarter>,
    Parameters(Moments { as_of, held }): Parameters<Moments>,
) -> Result<Json<Board>, Problem> {
    let board = api.engine.reader(as_of).await?.held(held).board(quarter).await?;
    let mut board = board.ok_or_else(|| absent(quarter))?;
    let sight = caller.sight();
    board.rows.retain(|row| sight.covers(row.municipality));
    Ok(Json(board))
}

/// Which submissions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Only in this state.
    #[serde(default, deserialize_with = "parameters::word")]
    state: Option<SubmissionState>,
    /// Only of this municipality.
    #[serde(default, deserialize_with = "parameters::word")]
    municipality: Option<MunicipalityCode>,
    /// Go on behind this: `next` of the page before.
    #[serde(default, deserialize_with = "parameters::word")]
    after: Option<String>,
    /// How many at most, 1 to 500; 100 if absent.
    #[serde(default, deserialize_with = "parameters::number")]
    limit: Option<u32>,
    /// Answer as of this moment: a position of the log, or a time in RFC 3339.
    #[serde(default, deserialize_with = "parameters::moment")]
    #[schemars(with = "Option<String>")]
    as_of: Option<AsOf>,
}

async fn submissions(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Named(quarter): Named<Quarter>,
    Parameters(which): Parameters<Which>,
) -> Result<Json<Page<SubmissionCard>>, Problem> {
    let limit = parameters::limit(which.limit, PAGE_DEFAULT, PAGE_MAX)?;
    let reader = api.engine.reader(which.as_of).await?;
    if reader.quarter(quarter).await?.is_none() {
        return Err(absent(quarter));
    }
    let sight = caller.sight();
    let filter = SubmissionFilter { state: which.state, municipality: which.municipality.or(only(&sight)) };
    let mut page = reader.submissions(quarter, &filter, which.after.as_deref(), limit).await?;
    page.items.retain(|card| sight.covers(card.municipality));
    Ok(Json(page))
}

/// The one municipality that is seen, if it is one: then the view finds its submissions at once.
fn only(sight: &Sight) -> Option<MunicipalityCode> {
    match sight {
        Sight::Own(own) => own.first().copied().filter(|_| own.len() == 1),
        Sight::Everything => None,
    }
}

/// No such quarter.
pub(crate) fn absent(quarter: Quarter) -> Problem {
    Problem::absent(&Refusal::UnknownQuarter { quarter })
}
