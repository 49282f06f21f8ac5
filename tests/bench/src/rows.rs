//! Plain rows of events, as the limits take them: a place, a stream, a payload of some 600 bytes, metadata, a moment. They carry
//! what an event of anybody's store carries, and nothing that a ledger adds.

use std::borrow::Cow;
use std::collections::HashMap;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use uuid::Uuid;

use crate::messages::{cut, text};

/// Events of a stream.
const EVENTS_OF_STREAM: u64 = 4;
/// Municipalities of a large region.
const MUNICIPALITIES: u64 = 300;
/// Bytes of the free text, so that a payload has some 600.
const TEXT_BYTES: usize = 330;

/// A row.
pub struct Row {
    pub position: i64,
    pub stream: Uuid,
    pub version: i32,
    pub payload: Vec<u8>,
    pub metadata: Vec<u8>,
    /// Microseconds since 2000-01-01, as PostgreSQL counts.
    pub at: i64,
}

/// What all rows call their event.
pub const KIND: &str = "activity-submitted";

impl Row {
    /// The row at this position, from 1. Streams sort as their events do.
    pub fn at(position: u64) -> Self {
        let stream = (position - 1) / EVENTS_OF_STREAM;
        let content = cut(text(position), TEXT_BYTES);
        let (municipality, quarter) = (66_000_000 + stream % MUNICIPALITIES, stream % 4 + 1);
        let payload = format!(
            "{{\"content\":\"{content}\",\"countries\":[\"BY\"],\"dates\":[{{\"from\":\"2020-06-05\",\"to\":\"2020-06-06\"}}],\
             \"municipality\":\"{municipality}\",\"place\":\"г. Смоленск, культурный центр\",\
             \"quarter\":\"2020-Q{quarter}\",\"title\":\"Онлайн-конференция городов-побратимов\"}}"
        );
        let metadata = format!(
            "{{\"actor\":\"m-{municipality}\",\"command\":\"{}\",\"causation\":\"{}\",\"role\":\"municipality\"}}",
            Uuid::from_u128(u128::from(position)),
            Uuid::from_u128(u128::from(stream))
        );
        let number = i64::try_from(position).unwrap_or(i64::MAX);
        Self {
            position: number,
            stream: Uuid::from_u128((0x0198_0000_0000_7000_8000_u128 << 48) + u128::from(stream)),
            version: i32::try_from((position - 1) % EVENTS_OF_STREAM).unwrap_or_default() + 1,
            payload: payload.into_bytes(),
            metadata: metadata.into_bytes(),
            at: 646_000_000_000_000 + number,
        }
    }

    /// Rows from this position on.
    pub fn many(from: u64, count: u64) -> Vec<Self> {
        (from..from + count).map(Self::at).collect()
    }
}

/// A payload, borrowed from its bytes.
#[derive(Deserialize)]
pub struct Payload<'a> {
    #[serde(borrow)]
    pub content: Cow<'a, str>,
    pub municipality: &'a str,
    pub quarter: &'a str,
    #[serde(borrow)]
    pub title: Cow<'a, str>,
}

/// What a reader makes of them: how many events and letters each municipality has in each quarter.
#[derive(Default)]
pub struct Folded(pub HashMap<(String, String), (i64, i64)>);

impl Folded {
    /// Takes a payload in.
    pub fn take(&mut self, payload: &[u8]) -> Result<()> {
        let payload: Payload<'_> = serde_json::from_slice(payload).context("a payload is not JSON")?;
        let letters = i64::try_from(payload.content.len() + payload.title.len())?;
        let key = (payload.municipality.to_owned(), payload.quarter.to_owned());
        let (events, sum) = self.0.entry(key).or_default();
        (*events, *sum) = (*events + 1, *sum + letters);
        Ok(())
    }
}
