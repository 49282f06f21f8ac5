//! `GET /receipts`: the answer to a message once more, to its sender and to those who see everything.

use axum::extract::{Extension, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use schemars::{JsonSchema, Schema, json_schema, schema_for};
use serde::Deserialize;
use svod_domain::ReasonCode;
use svod_engine::AsOf;
use svod_engine::receipt::{RECEIPT_TYPE, ReceiptData, read_receipt};
use svod_log::MessageKey;

use crate::api::Api;
use crate::caller::Caller;
use crate::messages;
use crate::parameters::{self, Parameters};
use crate::problem::Problem;
use crate::route::Route;

/// What this page answers.
pub(crate) fn routes() -> Vec<Route> {
    let get = Route::get(
        "/api/v1/receipts",
        "receipt",
        "The receipt of a message, byte for byte as it was given. A municipality is given those of its own messages.",
        receipt,
    );
    vec![get.parameters::<Message>().gives(messages::EVENT, schema())]
}

/// Which message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Message {
    /// CloudEvents `source` of the message.
    source: String,
    /// CloudEvents `id` of the message.
    id: String,
    /// Answer as of this moment: a position of the log, or a time in RFC 3339.
    #[serde(default, deserialize_with = "parameters::moment")]
    #[schemars(with = "Option<String>")]
    as_of: Option<AsOf>,
}

async fn receipt(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Parameters(asked): Parameters<Message>,
) -> Result<Response, Problem> {
    let message = MessageKey { source: asked.source, id: asked.id };
    let absent = || Problem::new(ReasonCode::NotFound);
    let receipt = api.engine.receipt(&message, &caller.actor).await?.ok_or_else(absent)?;
    if let Some(moment) = asked.as_of
        && !given_by(&api, &receipt, moment).await?
    {
        return Err(absent());
    }
    Ok(([(CONTENT_TYPE, HeaderValue::from_static(messages::EVENT))], receipt.to_vec()).into_response())
}

/// Whether the receipt had been given by that moment.
async fn given_by(api: &Api, receipt: &[u8], moment: AsOf) -> Result<bool, Problem> {
    let data = match read_receipt(receipt) {
        Ok(receipt) => receipt.data,
        Err(error) => {
            tracing::error!(cause = %error, "a receipt cannot be read");
            return Err(Problem::broken());
        }
    };
    match (moment, data.position) {
        (AsOf::Time(time), _) => Ok(data.received_at <= time),
        (AsOf::Position(position), Some(first)) => Ok(first <= position.0),
        // A refusal has no place in the log: it was given by then if the next entry is younger.
        (AsOf::Position(position), None) => {
            let next = api.engine.store().read(position, 1).await?;
            Ok(next.first().is_none_or(|next| data.received_at < next.recorded_at))
        }
    }
}

/// A whole receipt, its envelope included.
pub(crate) fn schema() -> Schema {
    json_schema!({
        "description": "A receipt: the answer to one message, for ever the same.",
        "type": "object",
        "properties": {
            "specversion": { "const": "1.0" },
            "id": { "type": "string" },
            "source": { "type": "string" },
            "type": { "const": RECEIPT_TYPE },
            "subject": { "type": "string", "description": "The sender of the message." },
            "time": { "type": "string", "format": "date-time" },
            "datacontenttype": { "const": "application/json" },
            "data": schema_for!(ReceiptData),
        },
        "required": ["specversion", "id", "source", "type", "data"],
    })
}
