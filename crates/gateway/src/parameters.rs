//! What a request says beside its body: parameters, parts of its path; each fault a problem that names it.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::de::value::Error as NotRead;
use serde::de::{DeserializeOwned, Error as _, IntoDeserializer as _};
use serde::{Deserialize, Deserializer};
use svod_domain::{Quarter, SubmissionId};
use svod_engine::{AsOf, Held};
use svod_text::Words;
use svod_text::addresses::{not_a_quarter, not_a_submission};

use crate::problem::Problem;

/// The parameters of a request. One that the page does not know is refused: a mistyped `as_of` must not quietly mean
/// the present.
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = Query::<T>::from_request_parts(parts, state).await;
        let fault = |rejection: QueryRejection| Problem::bad_request(rejection.body_text());
        read.map(|Query(parameters)| Self(parameters)).map_err(fault)
    }
}

/// The part of the path that names what is asked for.
pub(crate) struct Named<T>(pub(crate) T);

/// What a path can name.
pub(crate) trait Name: DeserializeOwned {
    /// The words about a text that is none.
    fn unfit(text: &str) -> Words;
}

impl Name for Quarter {
    fn unfit(text: &str) -> Words {
        not_a_quarter(text)
    }
}

impl Name for SubmissionId {
    fn unfit(text: &str) -> Words {
        not_a_submission(text)
    }
}

impl<T: Name, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = Path::<String>::from_request_parts(parts, state).await;
        let Path(text) = read.map_err(|fault: PathRejection| Problem::bad_request(fault.body_text()))?;
        let unfit = |error: NotRead| Problem::bad_name(T::unfit(&text), error.to_string());
        T::deserialize(text.as_str().into_deserializer()).map(Self).map_err(unfit)
    }
}

/// The parameters of a page that takes no others.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Moment {
    /// Answer as of this moment: a position of the log, or a time in RFC 3339.
    #[serde(default, deserialize_with = "moment")]
    #[schemars(with = "Option<String>")]
    pub(crate) as_of: Option<AsOf>,
}

/// The parameters of a page that shows the register or the terms of quarters, and takes no others.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Moments {
    /// Answer as of this moment, by what was known then: a position of the log, or a time in RFC 3339.
    #[serde(default, deserialize_with = "moment")]
    #[schemars(with = "Option<String>")]
    pub(crate) as_of: Option<AsOf>,
    /// Show of the register (names, who reports) and of the terms of quarters what held at this moment: a date such as
    /// 2020-07-15 (what held at its end), or a time in RFC 3339. Absent: everything that is known.
    #[serde(default, deserialize_with = "held")]
    #[schemars(with = "Option<String>")]
    pub(crate) held: Option<Held>,
}

/// Reads a word, such as a code or a state. An empty one counts as absent: `?state=&municipality=` is how forms send.
pub(crate) fn word<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let text = String::deserialize(deserializer)?;
    if text.is_empty() { Ok(None) } else { T::deserialize(text.into_deserializer()).map(Some) }
}

/// Reads a number. An empty one counts as absent.
pub(crate) fn number<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
    T::Err: Display,
{
    let text = String::deserialize(deserializer)?;
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(D::Error::custom) }
}

/// Reads a moment. In a query `+` means a space, so `+03:00` comes as ` 03:00` from everyone who forgets to write
/// `%2B`; a moment holds no other space.
pub(crate) fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AsOf>, D::Error> {
    let text = String::deserialize(deserializer)?.replace(' ', "+");
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(D::Error::custom) }
}

/// Reads a moment of valid time, with the same care.
fn held<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Held>, D::Error> {
    let text = String::deserialize(deserializer)?.replace(' ', "+");
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(D::Error::custom) }
}

/// How many may be given, where a parameter asks for a number.
pub(crate) fn limit(asked: Option<u32>, default: u32, max: u32) -> Result<u32, Problem> {
    match asked {
        None => Ok(default),
        Some(limit) if (1..=max).contains(&limit) => Ok(limit),
        Some(limit) => Err(Problem::bad_request(format!("limit is {limit}, and must be 1 to {max}"))),
    }
}
