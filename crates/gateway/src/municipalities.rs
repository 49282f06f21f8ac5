//! `GET /municipalities`: the register.

use axum::Json;
use axum::extract::State;
use svod_engine::MunicipalityCard;

use crate::api::Api;
use crate::parameters::{Moments, Parameters};
use crate::problem::Problem;
use crate::route::Route;

/// What this page answers.
pub(crate) fn routes() -> Vec<Route> {
    let summary = "The register of municipalities, in its order, with their names in time.";
    let get = Route::get("/api/v1/municipalities", "municipalities", summary, municipalities);
    vec![get.parameters::<Moments>().json::<Vec<MunicipalityCard>>()]
}

async fn municipalities(
    State(api): State<Api>,
    Parameters(Moments { as_of, held }): Parameters<Moments>,
) -> Result<Json<Vec<MunicipalityCard>>, Problem> {
    Ok(Json(api.engine.reader(as_of).await?.held(held).municipalities().await?))
}
