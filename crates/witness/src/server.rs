//! What a witness answers over HTTP: `POST /add-checkpoint` and `GET /<hash of the log's name>/checkpoint` as the protocol
//! says, and for those who run it `GET /`, `/metrics` and `/healthz`. Nothing here is secret and nobody is asked who he is:
//! a checkpoint is believed for its signature.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::Seconds;
use crate::book::{AddError, Book};
use crate::judge::Refusal;
use crate::request::REQUEST_BYTES_MAX;

/// Most requests that are worked on at once; each may wait for the disk. More are told to come again.
const REQUESTS_MAX: usize = 64;

/// Longest time to read a body: it is small, and who sends slower keeps others out.
const BODY_MAX: Duration = Duration::from_secs(10);

/// Where a log brings a checkpoint to be cosigned, and what the address of a cosigned one ends with.
const ADD_CHECKPOINT: &str = "/add-checkpoint";
const CHECKPOINT: &str = "/checkpoint";

const TEXT: &str = "text/plain; charset=utf-8";
/// The media type of the size that a refused client is told.
const SIZE: &str = "text/x.tlog.size";

/// What all connections share.
pub(crate) struct Desk {
    book: Arc<Book>,
    clock: Seconds,
    requests: Semaphore,
    /// How many requests to cosign were answered with each status.
    answered: Mutex<BTreeMap<u16, u64>>,
}

type Answer = Response<Full<Bytes>>;

impl Desk {
    pub(crate) fn new(book: Arc<Book>, clock: Seconds) -> Self {
        Self { book, clock, requests: Semaphore::new(REQUESTS_MAX), answered: Mutex::default() }
    }

    /// Answers in any case.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Result<Answer, Infallible> {
        let began = Instant::now();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = self.route(&method, &path, request).await;
        let status = answer.status().as_u16();
        let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let path = told(&path, status);
        tracing::info!(%method, path, status, duration_ms, "answered a request");
        Ok(answer)
    }

    async fn route(&self, method: &Method, path: &str, request: Request<Incoming>) -> Answer {
        if path == ADD_CHECKPOINT {
            if *method != Method::POST {
                return text(StatusCode::METHOD_NOT_ALLOWED, "POST a checkpoint here\n");
            }
            let answer = self.add_checkpoint(request).await;
            let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
            *answered.entry(answer.status().as_u16()).or_default() += 1;
            return answer;
        }
        if *method != Method::GET {
            return text(StatusCode::METHOD_NOT_ALLOWED, "this is only to be read\n");
        }
        match path {
            "/" => self.status(),
            "/metrics" => text(StatusCode::OK, &self.metrics()),
            "/healthz" => text(StatusCode::OK, "ok\n"),
            _ => match path.strip_prefix('/').and_then(|path| path.strip_suffix(CHECKPOINT)) {
                Some(origin) => match self.book.note(origin) {
                    Some(note) => text(StatusCode::OK, &note),
                    None => text(StatusCode::NOT_FOUND, "nothing was cosigned for this log\n"),
                },
                None => text(StatusCode::NOT_FOUND, "there is nothing here\n"),
            },
        }
    }

    async fn add_checkpoint(&self, request: Request<Incoming>) -> Answer {
        let Ok(_permit) = self.requests.try_acquire() else {
            return text(StatusCode::SERVICE_UNAVAILABLE, "too many requests at once\n");
        };
        let body = Limited::new(request.into_body(), REQUEST_BYTES_MAX).collect();
        let body = match tokio::time::timeout(BODY_MAX, body).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
                return text(StatusCode::PAYLOAD_TOO_LARGE, "the request is too large\n");
            }
            Ok(Err(_gone)) => return text(StatusCode::BAD_REQUEST, "the request ended early\n"),
            Err(_elapsed) => return text(StatusCode::REQUEST_TIMEOUT, "the request took too long\n"),
        };
        let Ok(body) = String::from_utf8(body.into()) else {
            return text(StatusCode::BAD_REQUEST, "the request is no text\n");
        };
        let (book, now) = (Arc::clone(&self.book), (self.clock)());
        // The work goes on when the client hangs up: what was begun is remembered or not, but never by half.
        match tokio::task::spawn_blocking(move || book.add(&body, now)).await {
            Ok(Ok(line)) => text(StatusCode::OK, &line.to_string()),
            Ok(Err(AddError::Refused(refusal))) => refused(&refusal),
            Ok(Err(AddError::Failed(error))) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the witness cannot remember");
                text(StatusCode::INTERNAL_SERVER_ERROR, "the witness cannot remember\n")
            }
            Err(panic) => {
                tracing::error!(cause = %panic, "a request broke the witness");
                text(StatusCode::INTERNAL_SERVER_ERROR, "the witness failed\n")
            }
        }
    }

    fn status(&self) -> Answer {
        let status = json!({"key": self.book.key().to_string(), "logs": self.book.statuses()});
        with_type(StatusCode::OK, "application/json", format!("{status:#}\n"))
    }

    /// In the text form of Prometheus.
    fn metrics(&self) -> String {
        let mut text = String::new();
        let mut line = |words: std::fmt::Arguments<'_>| {
            writeln!(text, "{words}").expect("writing to memory succeeds");
        };
        line(format_args!("# TYPE svod_witness_log_size gauge"));
        for log in self.book.statuses() {
            line(format_args!("svod_witness_log_size{{origin=\"{}\"}} {}", label(&log.origin), log.size));
        }
        line(format_args!("# TYPE svod_witness_log_cosigned_seconds gauge"));
        for log in self.book.statuses() {
            let at = log.cosigned_at.unwrap_or_default();
            line(format_args!("svod_witness_log_cosigned_seconds{{origin=\"{}\"}} {at}", label(&log.origin)));
        }
        line(format_args!("# TYPE svod_witness_requests_total counter"));
        for (status, count) in &*self.answered.lock().unwrap_or_else(PoisonError::into_inner) {
            line(format_args!("svod_witness_requests_total{{status=\"{status}\"}} {count}"));
        }
        text
    }
}

/// A text inside the quotes of a label.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn refused(refusal: &Refusal) -> Answer {
    let words = format!("{refusal}\n");
    match refusal {
        Refusal::Malformed(_) => text(StatusCode::BAD_REQUEST, &words),
        Refusal::UnknownOrigin => text(StatusCode::NOT_FOUND, &words),
        Refusal::NotSigned => text(StatusCode::FORBIDDEN, &words),
        Refusal::Moved { size } => with_type(StatusCode::CONFLICT, SIZE, format!("{size}\n")),
        Refusal::Inconsistent(_) => text(StatusCode::UNPROCESSABLE_ENTITY, &words),
    }
}

fn text(status: StatusCode, words: &str) -> Answer {
    with_type(status, TEXT, words.to_owned())
}

fn with_type(status: StatusCode, media_type: &'static str, body: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}
/// What is written down of a path. One that matched nothing could hold anything.
fn told(path: &str, status: u16) -> &str {
    let is_known = match path {
        "/" | "/metrics" | "/healthz" | ADD_CHECKPOINT => true,
        other => status == StatusCode::OK.as_u16() && other.ends_with(CHECKPOINT),
    };
    if is_known { path } else { "unmatched" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_path_that_matched_nothing_nothing_is_written_down() {
        for (path, status, written) in [
            ("/add-checkpoint", 409, "/add-checkpoint"),
            ("/metrics", 405, "/metrics"),
            ("/svod.example/smolensk/checkpoint", 200, "/svod.example/smolensk/checkpoint"),
            ("/Ivanov/checkpoint", 404, "unmatched"),
            ("/Ivanov", 405, "unmatched"),
        ] {
            assert_eq!(told(path, status), written, "{path}");
        }
    }
}
