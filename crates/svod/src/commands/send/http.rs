//! Sending over HTTP: batches to `POST /api/v1/messages`.

use std::time::Duration;

use anyhow::Context as _;
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep};

use super::{PATIENCE, Receipts};
use crate::exit::Failure;

/// Messages of one batch.
const BATCH_MESSAGES: usize = 200;
/// Bytes of one batch, unless a single message has more.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// How long one batch may take.
const ANSWER_MAX: Duration = Duration::from_mins(2);
/// Before a batch that was not answered is sent again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
const MEDIA_TYPE: &str = "application/cloudevents-batch+json";

/// Why a batch was not answered with receipts.
enum Unanswered {
    /// Nobody listens there.
    Unreachable(anyhow::Error),
    /// Worth sending again.
    Away(anyhow::Error),
    /// Not worth it.
    Never(Failure),
}

/// An RFC 9457 problem.
#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    code: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    fault: Option<String>,
}

/// Posts the messages, batch by batch.
pub(super) async fn send(
    url: &str,
    token: &str,
    messages: &[Vec<u8>],
    receipts: &mut Receipts,
) -> Result<(), Failure> {
    let client = Client::builder().timeout(ANSWER_MAX).build().map_err(Failure::unavailable)?;
    let url = address(url).map_err(Failure::usage)?;
    let service = Service { client, url, token };
    let mut answered = 0;
    for batch in batches(messages) {
        for receipt in service.post_patiently(batch, answered > 0, receipts).await? {
            receipts.take(answered, receipt.get().as_bytes().to_vec())?;
            answered += 1;
        }
    }
    Ok(())
}

/// Where messages are posted to, by the address of the service or of its API.
fn address(base: &str) -> anyhow::Result<Url> {
    let base = base.trim_end_matches('/');
    let base = base.strip_suffix("/api/v1").unwrap_or(base).trim_end_matches('/');
    let url = format!("{base}/api/v1/messages");
    Url::parse(&url).with_context(|| format!("{url} is no address"))
}

/// Where batches are posted to.
struct Service<'a> {
    client: Client,
    url: Url,
    token: &'a str,
}

impl Service<'_> {
    /// Sends a batch again while it is not answered: the same messages get the same receipts. A service that restarts
    /// is back in a moment; where nobody has listened from the beginning, nobody will.
    async fn post_patiently(
        &self,
        batch: &[Vec<u8>],
        has_answered: bool,
        receipts: &Receipts,
    ) -> Result<Vec<Box<RawValue>>, Failure> {
        let begun = Instant::now();
        loop {
            let error = match self.post(batch).await {
                Ok(answer) => return Ok(answer),
                Err(Unanswered::Never(failure)) => return Err(failure),
                Err(Unanswered::Unreachable(error)) if !has_answered => {
                    return Err(Failure::unavailable(error));
                }
                Err(Unanswered::Unreachable(error) | Unanswered::Away(error)) => error,
            };
            if begun.elapsed() > PATIENCE {
                return Err(Failure::unavailable(error));
            }
            receipts.waits(&format!("{error:#}"));
            sleep(RETRY_AFTER).await;
        }
    }

    async fn post(&self, batch: &[Vec<u8>]) -> Result<Vec<Box<RawValue>>, Unanswered> {
        let mut body = b"[".to_vec();
        body.extend(batch.join(&b','));
        body.push(b']');
        let request = self.client.post(self.url.clone()).bearer_auth(self.token).body(body);
        let answer = request.header("content-type", MEDIA_TYPE).send().await.map_err(lost)?;
        let status = answer.status();
        let bytes = answer.bytes().await.map_err(lost)?;
        if status == StatusCode::OK {
            let receipts: Option<Vec<Box<RawValue>>> = serde_json::from_slice(&bytes).ok();
            return receipts.filter(|receipts| receipts.len() == batch.len()).ok_or_else(|| {
                let error = anyhow::anyhow!("{} does not answer with receipts", self.url);
                Unanswered::Never(Failure::unavailable(error))
            });
        }
        let error = anyhow::anyhow!("{} answers {status}", self.url);
        match serde_json::from_slice::<Problem>(&bytes) {
            Ok(problem) if status.is_client_error() => Err(Unanswered::Never(problem.into())),
            _ if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                Err(Unanswered::Away(error))
            }
            _ => Err(Unanswered::Never(Failure::unavailable(error))),
        }
    }
}

fn lost(error: reqwest::Error) -> Unanswered {
    if error.is_connect() { Unanswered::Unreachable(error.into()) } else { Unanswered::Away(error.into()) }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let fault = problem.fault.map(|fault| format!(" ({fault})")).unwrap_or_default();
        let detail = format!("{}{fault}", problem.detail);
        Self::Refused { code: problem.code, detail, action: problem.action }
    }
}

/// Cuts the messages into batches that the service takes.
fn batches(messages: &[Vec<u8>]) -> Vec<&[Vec<u8>]> {
    let mut batches = vec![];
    let (mut begin, mut bytes) = (0, 0);
    for (index, message) in messages.iter().enumerate() {
        let full = index - begin == BATCH_MESSAGES || bytes + message.len() > BATCH_BYTES;
        if full && index > begin {
            batches.push(&messages[begin..index]);
            (begin, bytes) = (index, 0);
        }
        bytes += message.len();
    }
    batches.push(&messages[begin..]);
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_the_service_and_of_its_api_are_as_good() {
        for end in ["", "/", "/api/v1", "/api/v1/"] {
            let url = address(&format!("http://h:8080{end}")).unwrap();
            assert_eq!(url.as_str(), "http://h:8080/api/v1/messages", "{end:?}");
        }
        let behind = address("https://h/svod/api/v1/").unwrap();
        assert_eq!(behind.as_str(), "https://h/svod/api/v1/messages");
    }

    #[test]
    fn batches_keep_to_both_limits_and_lose_nothing() {
        let small = vec![vec![b' '; 10]; 2 * BATCH_MESSAGES + 1];
        assert_eq!(
            batches(&small).iter().map(|batch| batch.len()).collect::<Vec<_>>(),
            [BATCH_MESSAGES, BATCH_MESSAGES, 1]
        );
        let large = vec![vec![b' '; BATCH_BYTES - 1]; 3];
        assert_eq!(batches(&large).len(), 3);
    }
}
