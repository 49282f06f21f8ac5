//! `POST /messages`: orders as CloudEvents, one or a batch, answered with their receipts.

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use schemars::{Schema, json_schema};
use serde_json::value::RawValue;
use svod_domain::{Command, ReasonCode, Refusal};
use svod_engine::{Answered, Incoming, MESSAGE_BYTES_MAX, Outcome, Sender};

use crate::api::Api;
use crate::caller::Caller;
use crate::problem::{self, Problem};
use crate::receipts;
use crate::route::Route;

/// The media type of one message in structured mode, and of a receipt.
pub(crate) const EVENT: &str = "application/cloudevents+json";

/// The media type of several.
pub(crate) const BATCH: &str = "application/cloudevents-batch+json";

/// Most messages of a batch: they are answered in one HTTP request, which should take seconds.
const BATCH_MESSAGES_MAX: usize = 1_000;

/// Largest batch, in bytes. A thousand messages as they are have two to three megabytes; a thousand of the largest would
/// have 64, and they may well come in four batches.
const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Largest single body that is handed to the engine, in bytes: what is larger than a message may be still gets its
/// receipt, if it tells who it is, but nobody may fill the memory with such ones.
const SINGLE_BYTES_MAX: usize = 4 * MESSAGE_BYTES_MAX;

/// How much of a body that is too large is read and thrown away, in bytes. A client that is still sending when the
/// connection closes would never see the answer.
const DRAINED_BYTES_MAX: usize = 8 * BATCH_BYTES_MAX;

/// What this page answers.
pub(crate) fn routes() -> Vec<Route> {
    let post = Route::post(
        "/api/v1/messages",
        "send_messages",
        "Takes one order or a batch of at most 1,000 and answers with the receipt, or the receipts in order. The same \
         message sent again gets the same receipt, byte for byte. A refusal is a receipt too; its status says of what \
         kind it is.",
        post_messages,
    );
    vec![
        post.takes(EVENT, order_schema())
            .takes("application/json", order_schema())
            .takes(BATCH, array_of(&order_schema()))
            .gives(EVENT, receipts::schema())
            .gives(BATCH, array_of(&receipts::schema())),
    ]
}

/// How the body of a request is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Single,
    Batch,
}

impl Form {
    /// By the content type; its parameters (such as `charset=utf-8`) change nothing: JSON is UTF-8.
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media_type.as_str() {
            EVENT | "application/json" => Ok(Self::Single),
            BATCH => Ok(Self::Batch),
            _other => {
                let fault = format!("the content type must be {EVENT}, application/json or {BATCH}");
                Err(Problem::bad_request(fault).under(StatusCode::UNSUPPORTED_MEDIA_TYPE))
            }
        }
    }
}

async fn post_messages(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    match Form::of(&headers)? {
        Form::Single => single(&api, caller, body).await,
        Form::Batch => batch(&api, &caller, body).await,
    }
}

async fn single(api: &Api, caller: Caller, body: Body) -> Result<Response, Problem> {
    let body = read(body, SINGLE_BYTES_MAX, MESSAGE_BYTES_MAX).await?;
    let answered = api.engine.answer(Incoming { body, sender: Sender::Principal(caller.actor) }).await?;
    svod_crash::point("gateway/answered");
    let status = match answered.outcome {
        Outcome::Recorded => StatusCode::OK,
        Outcome::Refused(reason) => problem::status(reason),
    };
    Ok((status, [(CONTENT_TYPE, HeaderValue::from_static(EVENT))], answered.receipt.to_vec()).into_response())
}

async fn batch(api: &Api, caller: &Caller, body: Body) -> Result<Response, Problem> {
    let _permit = api.batches.acquire().await.expect("the semaphore is never closed");
    let body = read(body, BATCH_BYTES_MAX, BATCH_BYTES_MAX).await?;
    let incoming = messages(&body)?.into_iter().map(|message| Incoming {
        body: message.get().as_bytes().to_vec(),
        sender: Sender::Principal(caller.actor.clone()),
    });
    let answered = api.engine.answer_all(incoming.collect()).await?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static(BATCH))], array(&answered)).into_response())
}

/// The messages of a batch, as they were written: what is wrong inside one of them is said in its receipt.
fn messages(body: &[u8]) -> Result<Vec<&RawValue>, Problem> {
    let messages: Vec<&RawValue> = serde_json::from_slice(body).map_err(|error| {
        let unreadable = Problem::new(ReasonCode::NotJson);
        unreadable.with_fault(format!("the batch is not an array in JSON: {error}"))
    })?;
    if messages.len() > BATCH_MESSAGES_MAX {
        let fault = format!("{} messages in a batch that may have {BATCH_MESSAGES_MAX}", messages.len());
        return Err(Problem::new(ReasonCode::TooLarge).with_fault(fault));
    }
    Ok(messages)
}

/// The receipts as one array, each byte for byte as it is kept.
fn array(answered: &[Answered]) -> Vec<u8> {
    let receipts: Vec<&[u8]> = answered.iter().map(|answered| answered.receipt.as_ref()).collect();
    let mut array = vec![b'['];
    array.extend(receipts.join(&b","[..]));
    array.push(b']');
    array
}

/// Reads a body of at most `bytes_max`. The problem of a larger one names `bytes_told`, the limit that clients know.
pub(crate) async fn read(body: Body, bytes_max: usize, bytes_told: usize) -> Result<Vec<u8>, Problem> {
    let mut chunks = body.into_data_stream();
    let mut read = Vec::new();
    let mut bytes = 0_usize;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| Problem::bad_request(format!("the body broke off: {error}")))?;
        bytes += chunk.len();
        if bytes <= bytes_max {
            read.extend_from_slice(&chunk);
        } else if bytes > DRAINED_BYTES_MAX {
            break;
        }
    }
    if bytes > bytes_max {
        return Err(Problem::refused(&Refusal::TooLarge { bytes, bytes_max: bytes_told }));
    }
    Ok(read)
}

/// An order: the attributes of CloudEvents, and the data of one of the types.
fn order_schema() -> Schema {
    let kinds: Vec<Schema> = Command::schemas().into_iter().map(order_of_kind).collect();
    json_schema!({
        "description": "An order as a CloudEvents 1.0 event in structured mode.",
        "type": "object",
        "properties": {
            "specversion": { "const": "1.0" },
            "id": { "type": "string", "minLength": 1 },
            "source": { "type": "string", "format": "uri-reference", "minLength": 1 },
            "type": { "enum": Command::TYPES },
            "data": { "type": "object" },
        },
        "required": ["specversion", "id", "source", "type", "data"],
        "oneOf": kinds,
    })
}

fn order_of_kind((kind, meaning, data): (&str, &str, Schema)) -> Schema {
    json_schema!({ "description": meaning, "properties": { "type": { "const": kind }, "data": data } })
}

fn array_of(schema: &Schema) -> Schema {
    json_schema!({ "type": "array", "items": schema, "maxItems": BATCH_MESSAGES_MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_says_how_a_body_is_read() {
        let form = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, value.parse().unwrap());
            Form::of(&headers).ok()
        };
        assert_eq!(form(EVENT), Some(Form::Single));
        assert_eq!(form("application/json"), Some(Form::Single));
        assert_eq!(form("Application/CloudEvents+JSON; charset=utf-8"), Some(Form::Single));
        assert_eq!(form(BATCH), Some(Form::Batch));
        assert_eq!(form("application/x-www-form-urlencoded"), None);
        assert_eq!(Form::of(&HeaderMap::new()).ok(), None);
    }
}
