//! Messages that could not be read, kept with their cause.

use async_trait::async_trait;
use jiff::Timestamp;
use svod_log::{Hash, QuarantineStore, Quarantined, StoreError};

use crate::failure::{damaged, unavailable};
use crate::log::SqlStore;
use crate::sql;
use crate::value::{Row, Value, at_most, microseconds, number};

/// Most numbers that are tried when others quarantine at the same time; each lost one was another's.
const TRIES_MAX: u32 = 50;

const QUARANTINING: &str = "quarantining a message";

/// Others took every number that was tried.
#[derive(Debug, thiserror::Error)]
#[error("{TRIES_MAX} numbers in a row were taken by others")]
struct Crowded;

#[async_trait]
impl QuarantineStore for SqlStore {
    async fn quarantine(&self, message: &Quarantined) -> Result<u64, StoreError> {
        let fingerprint = fingerprint(message);
        let values = [
            Value::Bytes(&fingerprint.0),
            Value::Number(microseconds(message.at)),
            Value::Bytes(message.cause.as_bytes()),
            Value::MaybeBytes(message.sender.as_deref().map(str::as_bytes)),
            Value::Bytes(message.headers.as_bytes()),
            Value::Bytes(&message.body),
            Value::MaybeNumber(message.resent_at.map(microseconds)),
        ];
        for _ in 0..TRIES_MAX {
            let mut session = self.database.session(QUARANTINING).await?;
            session.execute(QUARANTINING, sql::QUARANTINE, &values).await?;
            let rows = session.rows(QUARANTINING, sql::QUARANTINE_NUMBER, &values[..1]).await?;
            if let Some(row) = rows.first() {
                return row.count(0);
            }
        }
        Err(unavailable(QUARANTINING, Crowded))
    }

    async fn quarantined(&self, after: u64, limit: u32) -> Result<Vec<Quarantined>, StoreError> {
        let arguments = [Value::Number(number(after)), at_most(limit)];
        let rows = self.database.rows("reading the quarantine", sql::QUARANTINED, &arguments).await?;
        rows.iter().map(quarantined).collect()
    }

    async fn mark_resent(&self, at_number: u64, at: Timestamp) -> Result<bool, StoreError> {
        let arguments = [Value::Number(number(at_number)), Value::Number(microseconds(at))];
        Ok(self.database.execute("marking a message as resent", sql::MARK_RESENT, &arguments).await? == 1)
    }
}

/// Tells messages apart by sender, headers and body; the lengths keep neighbours apart.
fn fingerprint(message: &Quarantined) -> Hash {
    let mut bytes = vec![u8::from(message.sender.is_some())];
    for part in [message.sender.as_deref().unwrap_or_default(), &message.headers] {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes.extend_from_slice(&message.body);
    Hash::of(&bytes)
}

fn quarantined(row: &Row) -> Result<Quarantined, StoreError> {
    let number = row.count(0)?;
    let text = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec());
        text.map_err(|error| damaged(&error.to_string(), format!("quarantined message {number}")))
    };
    Ok(Quarantined {
        number,
        at: row.moment(1)?,
        cause: text(row.bytes(2)?)?,
        sender: row.maybe_bytes(3)?.map(text).transpose()?,
        headers: text(row.bytes(4)?)?,
        body: row.bytes(5)?.to_vec(),
        resent_at: row.maybe_moment(6)?,
    })
}
