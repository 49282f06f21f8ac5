//! `/healthz`, `/readyz`, `/metrics`: for whatever watches the process. No token: they tell nothing about anyone.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::Api;
use crate::options::Readiness;
use crate::route::Route;

/// Longest wait for the store: probes give up after a few seconds, and an answer that comes too late tells nothing.
const STORE_MAX: Duration = Duration::from_secs(2);

/// The text format of Prometheus.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What this page answers.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/healthz", "health", "The process runs.", async || "ok\n")
            .public()
            .gives_bytes("text/plain"),
        Route::get(
            "/readyz",
            "readiness",
            "Whether it can do its work now; 503 if a check fails.",
            readiness,
        )
        .public()
        .json::<Ready>(),
        Route::get("/metrics", "metrics", "Metrics in the text form of Prometheus.", metrics)
            .public()
            .gives_bytes("text/plain"),
    ]
}

/// Whether the process can do its work now.
#[derive(Debug, Serialize, JsonSchema)]
struct Ready {
    /// Whether every check passes.
    ready: bool,
    /// Each check.
    checks: Vec<Check>,
}

/// One part that is needed.
#[derive(Debug, Serialize, JsonSchema)]
struct Check {
    /// Such as `store`.
    name: String,
    /// Whether it can be used.
    ready: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
}

impl Check {
    fn new(name: &str, readiness: Readiness) -> Self {
        let because = match readiness {
            Readiness::Ready => None,
            Readiness::NotReady { because } => Some(because),
        };
        Self { name: name.to_owned(), ready: because.is_none(), because }
    }
}

async fn readiness(State(api): State<Api>) -> Response {
    let mut checks = vec![Check::new("store", store(&api).await)];
    checks.extend(api.readiness.iter().map(|(name, check)| Check::new(name, check())));
    let ready = checks.iter().all(|check| check.ready);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Ready { ready, checks })).into_response()
}

/// Asks the store where the log ends: the cheapest question that needs the database.
async fn store(api: &Api) -> Readiness {
    match tokio::time::timeout(STORE_MAX, api.engine.store().head()).await {
        Ok(Ok(_head)) => Readiness::Ready,
        Ok(Err(error)) => {
            tracing::warn!(cause = svod_engine::chain(&error), "the store is not ready");
            Readiness::NotReady { because: "the store does not answer".into() }
        }
        Err(_elapsed) => Readiness::NotReady { because: "the store is slow to answer".into() },
    }
}

async fn metrics(State(api): State<Api>) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static(METRICS))], (api.metrics)()).into_response()
}
