//! Every «no» and every failure of the API as a problem (RFC 9457), with the reason code, the words and the advice.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use svod_domain::{ReasonCode, Refusal};
use svod_engine::{EngineError, chain};
use svod_log::StoreError;
use svod_text::Words;

/// The media type of a problem.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// What a client that was told «unavailable» waits, in seconds: a restart of a database takes about as long, and
/// clients that all wait a minute would come back all at once.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// The challenge of a request without a valid token (RFC 6750).
const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"svod\"");

/// An answer that is not what was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    reason: ReasonCode,
    words: Words,
    /// What is wrong with the request, in English, for those who write clients.
    fault: Option<String>,
}

/// The body of every answer that is not what was asked for (RFC 9457).
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ProblemDetails {
    /// Identifies the kind of problem: `urn:svod:reason:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// A few words, in Russian.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong, in Russian.
    detail: String,
    /// What can be done, in Russian.
    action: String,
    /// The stable reason code.
    code: String,
    /// The path that was asked for.
    instance: String,
    /// What is wrong with the request, in English, for those who write clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

impl Problem {
    /// The words of the code alone, with the status that belongs to it.
    pub(crate) fn new(reason: ReasonCode) -> Self {
        Self { status: status(reason), reason, words: svod_text::reason(reason), fault: None }
    }

    /// Words with the facts of the case.
    pub(crate) fn refused(refusal: &Refusal) -> Self {
        let reason = refusal.reason();
        Self { status: status(reason), reason, words: svod_text::refusal(refusal), fault: None }
    }

    /// What was asked for is not there. A message that speaks of something unknown is wrong in its content (422); an
    /// address that does is not found.
    pub(crate) fn absent(what: &Refusal) -> Self {
        Self { status: StatusCode::NOT_FOUND, ..Self::refused(what) }
    }

    /// A file that was handed in cannot be read.
    pub(crate) fn unreadable(words: Words) -> Self {
        Self { words, ..Self::new(ReasonCode::FileUnreadable) }
    }

    /// The request itself cannot be understood.
    pub(crate) fn bad_request(fault: impl Into<String>) -> Self {
        Self::new(ReasonCode::BadRequest).with_fault(fault)
    }

    /// The address names something in a wrong way.
    pub(crate) fn bad_name(words: Words, fault: impl Into<String>) -> Self {
        Self { words, ..Self::bad_request(fault) }
    }

    /// Something of svod broke. Whether anything was recorded is not known, but the same message may be sent again:
    /// it is answered once.
    pub(crate) fn broken() -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, ..Self::new(ReasonCode::Unavailable) }
    }

    /// The same with a word to those who write clients.
    pub(crate) fn with_fault(self, fault: impl Into<String>) -> Self {
        Self { fault: Some(fault.into()), ..self }
    }

    /// The same under another status.
    pub(crate) fn under(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The answer with its body. `path` is what was asked for.
    pub(crate) fn respond(&self, path: &str, mut response: Response) -> Response {
        let details = ProblemDetails {
            kind: format!("urn:svod:reason:{}", self.reason.as_str()),
            title: svod_text::title(self.reason).to_owned(),
            status: self.status.as_u16(),
            detail: self.words.detail.clone(),
            action: self.words.action.clone(),
            code: self.reason.as_str().to_owned(),
            instance: path.to_owned(),
            fault: self.fault.clone(),
        };
        let body = serde_json::to_vec(&details).expect("texts and numbers are always JSON");
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        *response.body_mut() = Body::from(body);
        response
    }
}

impl IntoResponse for Problem {
    /// Status and headers; the edge writes the body, because only it knows the path.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Logs the failure with its causes: this is the edge, and nobody behind it is told them.
impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        tracing::error!(cause = chain(&error), transient = error.is_transient(), "a request failed");
        if error.is_transient() { Self::new(ReasonCode::Unavailable) } else { Self::broken() }
    }
}

/// See the one from [`EngineError`].
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        EngineError::from(error).into()
    }
}

/// The HTTP status of an answer with this reason code.
#[must_use]
pub fn http_status(reason: ReasonCode) -> u16 {
    status(reason).as_u16()
}

/// The status of each reason. The contract: 403 not permitted, 409 state, 413 size, 422 content, 400 unreadable.
pub(crate) fn status(reason: ReasonCode) -> StatusCode {
    match reason {
        ReasonCode::NotJson | ReasonCode::NotCloudEvents | ReasonCode::BadRequest => StatusCode::BAD_REQUEST,
        ReasonCode::Unauthenticated => StatusCode::UNAUTHORIZED,
        ReasonCode::NoSender
        | ReasonCode::UnknownSender
        | ReasonCode::ForbiddenHeader
        | ReasonCode::NotPermitted
        | ReasonCode::OwnSubmission
        | ReasonCode::OwnErasure => StatusCode::FORBIDDEN,
        ReasonCode::NotFound => StatusCode::NOT_FOUND,
        ReasonCode::IdReused
        | ReasonCode::AlreadyExists
        | ReasonCode::StaleVersion
        | ReasonCode::WrongState
        | ReasonCode::QuarterClosed
        | ReasonCode::QuarterNotOpen
        | ReasonCode::HasSubmissions
        | ReasonCode::NothingToChange => StatusCode::CONFLICT,
        ReasonCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ReasonCode::UnknownType
        | ReasonCode::Schema
        | ReasonCode::UnprintableText
        | ReasonCode::UnknownMunicipality
        | ReasonCode::MunicipalityNotActive
        | ReasonCode::UnknownQuarter
        | ReasonCode::UnknownSubmission
        | ReasonCode::UnknownErasure
        | ReasonCode::FileUnreadable
        | ReasonCode::CloseInPast
        | ReasonCode::DeadlineAfterClose => StatusCode::UNPROCESSABLE_ENTITY,
        ReasonCode::Quarantined => StatusCode::INTERNAL_SERVER_ERROR,
        ReasonCode::FormatNotMade => StatusCode::NOT_IMPLEMENTED,
        ReasonCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}
