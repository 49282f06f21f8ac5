//! What every handler can reach, and the router made of the table of routes.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::{Router, middleware};
use svod_domain::ReasonCode;
use svod_engine::Engine;
use tokio::sync::Semaphore;

use crate::options::{ImportFile, ReadinessCheck, RenderMetrics, RenderReport, VerifyFile};
use crate::problem::Problem;
use crate::route::{Access, Route};
use crate::{
    caller, edge, health, import, log, messages, municipalities, openapi, quarters, receipts, report,
    submissions, verify,
};

/// Most requests that are worked on at once. More are told to come back: waiting in memory helps nobody.
const REQUESTS_MAX: usize = 256;

/// Most batches that are held in memory at once; each may have 16 MiB.
const BATCHES_MAX: usize = 4;

/// Most documents that are made at once: each keeps one core busy.
const RENDERS_MAX: usize = 2;

/// Most files that are read and compared at once: each may take a hundred megabytes and a second of one core.
const IMPORTS_MAX: usize = 2;

/// Most streams of the log that are open at once; each holds a few pages of it.
const STREAMS_MAX: usize = 16;

/// Handed to every handler; cheap to clone.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) engine: Engine,
    pub(crate) render: RenderReport,
    pub(crate) import: ImportFile,
    pub(crate) verify: VerifyFile,
    pub(crate) readiness: Arc<[(String, ReadinessCheck)]>,
    pub(crate) metrics: RenderMetrics,
    /// The OpenAPI document.
    pub(crate) openapi: Bytes,
    /// One permit for each of [`REQUESTS_MAX`].
    pub(crate) requests: Arc<Semaphore>,
    /// One permit for each of [`BATCHES_MAX`].
    pub(crate) batches: Arc<Semaphore>,
    /// One permit for each of [`RENDERS_MAX`].
    pub(crate) renders: Arc<Semaphore>,
    /// One permit for each of [`IMPORTS_MAX`].
    pub(crate) imports: Arc<Semaphore>,
    /// One permit for each of [`STREAMS_MAX`].
    pub(crate) streams: Arc<Semaphore>,
}

impl Api {
    /// The state of a gateway that has not answered anything yet.
    pub(crate) fn new(
        engine: Engine,
        render: RenderReport,
        import: ImportFile,
        verify: VerifyFile,
        readiness: Vec<(String, ReadinessCheck)>,
        metrics: RenderMetrics,
    ) -> Self {
        Self {
            engine,
            render,
            import,
            verify,
            readiness: readiness.into(),
            metrics,
            openapi: openapi::document(&routes()).to_string().into(),
            requests: Arc::new(Semaphore::new(REQUESTS_MAX)),
            batches: Arc::new(Semaphore::new(BATCHES_MAX)),
            renders: Arc::new(Semaphore::new(RENDERS_MAX)),
            imports: Arc::new(Semaphore::new(IMPORTS_MAX)),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
        }
    }
}

/// Every route: the router and the OpenAPI document are both made of this list, so neither can miss one.
pub(crate) fn routes() -> Vec<Route> {
    let pages = [
        messages::routes(),
        import::routes(),
        receipts::routes(),
        municipalities::routes(),
        quarters::routes(),
        submissions::routes(),
        report::routes(),
        verify::routes(),
        log::routes(),
        openapi::routes(),
        health::routes(),
    ];
    pages.into_iter().flatten().collect()
}

/// The whole API.
pub(crate) fn router(api: &Api) -> Router {
    let mut router = Router::new();
    for route in routes() {
        let handler = match route.access {
            Access::Public => route.handler,
            Access::Token => route
                .handler
                .layer(middleware::from_fn_with_state(api.clone(), caller::authenticate))
                .layer(middleware::from_fn_with_state(api.clone(), edge::take_turns)),
        };
        router = router.route(route.path, handler);
    }
    router
        .fallback(async || Problem::new(ReasonCode::NotFound))
        .method_not_allowed_fallback(async || {
            let fault = "this address does not take this method";
            Problem::bad_request(fault).under(StatusCode::METHOD_NOT_ALLOWED)
        })
        .layer(middleware::from_fn(edge::around))
        .with_state(api.clone())
}
