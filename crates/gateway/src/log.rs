//! `GET /log` and `/log/checkpoint`: the events in their order, and the root of the tree over them.

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use svod_domain::ReasonCode;
use svod_engine::AsOf;
use svod_log::tree::Frontier;
use svod_log::{Head, Position, READ_MAX};

use crate::api::Api;
use crate::caller::Caller;
use crate::log_stream::{self, Extent};
use crate::parameters::{self, Parameters};
use crate::problem::Problem;
use crate::route::Route;

/// One JSON value a line.
const LINES: &str = "application/x-ndjson";

/// Most lines of one answer, and how many it has unless the reader wants fewer. They are streamed, so this bounds only
/// how long one connection is kept busy; `after` goes on where an answer ended.
const LINES_MAX: u32 = 100_000;

/// What this page answers.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/log",
            "log",
            "The events behind a position, in order, one JSON object a line. Fewer lines than the limit mean that the \
             log ends there. A municipality reads its own events and those of quarters; from the latter the lists `included` and \
             `left_out` are taken away, which name the submissions of all.",
            lines,
        )
        .parameters::<Extract>()
        .gives(LINES, schemars::schema_for!(log_stream::LineShape)),
        Route::get(
            "/api/v1/log/checkpoint",
            "checkpoint",
            "Where the log ends, and the RFC 6962 root of the tree over all entries up to there.",
            checkpoint,
        )
        .parameters::<Form>()
        .json::<Checkpoint>()
        .gives_bytes("text/plain"),
    ]
}

/// Which part of the log.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Extract {
    /// The position behind which it begins; 0 (the default) is before the first.
    #[serde(default, deserialize_with = "parameters::number")]
    after: Option<u64>,
    /// How many lines at most, 1 to 100,000 (the default).
    #[serde(default, deserialize_with = "parameters::number")]
    limit: Option<u32>,
    /// Answer as of this moment: a position of the log, or a time in RFC 3339.
    #[serde(default, deserialize_with = "parameters::moment")]
    #[schemars(with = "Option<String>")]
    as_of: Option<AsOf>,
}

async fn lines(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Parameters(asked): Parameters<Extract>,
) -> Result<Response, Problem> {
    let extent = Extent {
        after: Position(asked.after.unwrap_or(0)),
        until: end(&api, asked.as_of).await?,
        lines: parameters::limit(asked.limit, LINES_MAX, LINES_MAX)?,
    };
    let permit = api.streams.clone().try_acquire_owned().map_err(|_| {
        tracing::warn!("too many streams of the log at once");
        Problem::new(ReasonCode::Unavailable)
    })?;
    let stream = log_stream::open(api.engine.clone(), caller.sight(), extent, permit);
    Ok(([(CONTENT_TYPE, HeaderValue::from_static(LINES))], Body::from_stream(stream)).into_response())
}

/// The last position of that moment.
async fn end(api: &Api, moment: Option<AsOf>) -> Result<Position, Problem> {
    let head = api.engine.store().head().await?.position;
    match moment {
        None => Ok(head),
        Some(AsOf::Position(position)) => Ok(position.min(head)),
        Some(moment @ AsOf::Time(_)) => Ok(api.engine.reader(Some(moment)).await?.position()),
    }
}

/// In which form.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Form {
    /// `json` (the default), or `text`: the body of a C2SP checkpoint, not signed.
    #[serde(default, deserialize_with = "parameters::word")]
    format: Option<CheckpointFormat>,
    /// Answer as of this moment: a position of the log, or a time in RFC 3339.
    #[serde(default, deserialize_with = "parameters::moment")]
    #[schemars(with = "Option<String>")]
    as_of: Option<AsOf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum CheckpointFormat {
    #[default]
    Json,
    Text,
}

/// Where the log ends.
#[derive(Debug, Serialize, JsonSchema)]
struct Checkpoint {
    /// The name of the log.
    origin: String,
    /// Position of the last entry, and so the size of the tree.
    position: u64,
    /// RFC 6962 root, 64 hexadecimal digits.
    root: String,
}

async fn checkpoint(State(api): State<Api>, Parameters(form): Parameters<Form>) -> Result<Response, Problem> {
    let head = api.engine.store().head().await?;
    let head = match form.as_of {
        None => head,
        Some(_) => earlier(&api, head, end(&api, form.as_of).await?).await?,
    };
    let (origin, Head { position, root }) = (api.engine.source().to_owned(), head);
    Ok(match form.format.unwrap_or_default() {
        CheckpointFormat::Json => {
            Json(Checkpoint { origin, position: position.0, root: root.to_string() }).into_response()
        }
        CheckpointFormat::Text => {
            svod_log::Checkpoint { origin, size: position.0, root }.to_string().into_response()
        }
    })
}

/// The head as it was at an earlier position. The root of then is kept nowhere: it is made anew of the leaves.
async fn earlier(api: &Api, head: Head, position: Position) -> Result<Head, Problem> {
    if position == head.position {
        return Ok(head);
    }
    let mut tree = Frontier::default();
    while tree.size() < position.0 {
        let missing = u32::try_from(position.0 - tree.size()).unwrap_or(READ_MAX);
        let entries = api.engine.store().read(Position(tree.size()), missing.min(READ_MAX)).await?;
        if entries.is_empty() {
            tracing::error!(position = tree.size(), "the log ends before its head");
            return Err(Problem::broken());
        }
        for entry in entries {
            tree.append(entry.leaf);
        }
    }
    Ok(Head { position, root: tree.root() })
}
