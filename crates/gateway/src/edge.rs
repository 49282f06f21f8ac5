//! Around every request: limits, isolation of panics, the bodies of problems, security headers, one log line.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use svod_domain::ReasonCode;

use crate::api::Api;
use crate::caller::CallerName;
use crate::problem::Problem;

/// Longest time from the head of a request to the head of its answer, the reading of the body included: a full batch
/// takes a few seconds, and who sends slower than this keeps others out.
const REQUEST_MAX: Duration = Duration::from_mins(1);

/// What every answer says unless its handler says otherwise. Nothing of the API is a page: a browser that is led here
/// must not run, frame, guess at or keep anything.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox",
        ),
    ),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// The outermost layer.
pub(crate) async fn around(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let path = request.uri().path().to_owned();
    let line = Line { method: request.method().clone(), route: route(&request) };
    let mut response = answer(request, next).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = problem.respond(&path, response);
    }
    add_headers(response.headers_mut());
    line.write(&response, began.elapsed());
    response
}

/// Lets as many requests through as can be worked on at once. Health and metrics do not come by here: a process that
/// is busy is not dead.
pub(crate) async fn take_turns(State(api): State<Api>, request: Request, next: Next) -> Response {
    let Ok(_permit) = api.requests.try_acquire() else {
        tracing::warn!("too many requests at once");
        return Problem::new(ReasonCode::Unavailable).into_response();
    };
    next.run(request).await
}

/// An answer in any case: in time, and whatever breaks.
async fn answer(request: Request, next: Next) -> Response {
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(REQUEST_MAX, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            tracing::error!(cause = words_of(&*panic), "a handler panicked");
            Problem::broken().into_response()
        }
        Err(_elapsed) => {
            tracing::warn!(limit_ms = REQUEST_MAX.as_millis(), "a request took too long");
            Problem::new(ReasonCode::Unavailable).into_response()
        }
    }
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    owned.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without words")
}

fn add_headers(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
}

/// The route that was matched. A path that matches none could hold anything, so it is not written down.
fn route(request: &Request) -> String {
    let matched = request.extensions().get::<MatchedPath>();
    matched.map_or("unmatched", MatchedPath::as_str).to_owned()
}

/// What is known of a request before it is answered. Never its body, its parameters or its token.
struct Line {
    method: Method,
    route: String,
}

impl Line {
    fn write(self, response: &Response, took: Duration) {
        let status = response.status();
        let principal = response.extensions().get::<CallerName>().map_or("-", |name| name.0.as_str());
        tracing::info!(
            method = %self.method,
            path = self.route,
            status = status.as_u16(),
            duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            principal,
            "answered a request"
        );
        count(self, status, took);
    }
}

fn count(line: Line, status: StatusCode, took: Duration) {
    let method = known(&line.method);
    let seconds =
        metrics::histogram!("svod_http_request_seconds", "method" => method, "path" => line.route.clone());
    seconds.record(took);
    let labels =
        [("method", method.to_owned()), ("path", line.route), ("status", status.as_u16().to_string())];
    metrics::counter!("svod_http_requests_total", &labels).increment(1);
}

/// Methods of the API by name; strangers may invent others without end, and each would be a series of its own.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}
