//! The log as a stream of lines: read page by page, and no faster than the client takes them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use futures_util::Stream;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;
use svod_domain::Event;
use svod_engine::{Engine, EngineError, Happened, chain};
use svod_log::{ActorName, Position, Recorded, StreamId, Version};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::caller::Sight;

/// Entries of one page: the largest possible have 13 megabytes together, usual ones a few hundred kilobytes.
const PAGE: u32 = 200;

/// Parts that wait for the client. One is enough to read the next page while the last is being sent.
const PARTS_WAITING: usize = 1;

/// How long a client may take for one part. Who takes longer keeps others from their streams.
const PART_TAKEN_MAX: Duration = Duration::from_secs(30);

/// Which part of the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// It begins behind this position.
    pub(crate) after: Position,
    /// It ends with this position.
    pub(crate) until: Position,
    /// Most lines.
    pub(crate) lines: u32,
}

/// One event of the log.
#[derive(Serialize)]
struct Line<'a> {
    position: Position,
    stream: &'a StreamId,
    version: Version,
    #[serde(rename = "type")]
    kind: &'a str,
    recorded_at: String,
    actor: &'a ActorName,
    data: &'a RawValue,
}

/// One event of the log.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "documents `Line`, which borrows the raw data of the entry")]
pub(crate) struct LineShape {
    /// Place in the log, from 1 without gaps.
    position: u64,
    /// Such as `quarter-2020-Q2`.
    stream: String,
    /// Place in the stream.
    version: u64,
    /// Such as `activity-submitted`.
    #[schemars(rename = "type")]
    kind: String,
    /// To the microsecond, UTC.
    #[schemars(extend("format" = "date-time"))]
    recorded_at: String,
    /// Who caused it.
    actor: ActorShape,
    /// By the type.
    data: serde_json::Value,
}

/// Who caused an event.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "documents `ActorName` of the log, which knows no schemas")]
pub(crate) struct ActorShape {
    /// The principal.
    name: String,
    /// The role it acted in.
    role: String,
}

/// A part of a stream.
enum Part {
    /// Some lines.
    Lines(Bytes),
    /// Everything was sent. Without it the connection is cut, so that a client never takes a part for the whole.
    End,
}

/// Opens a stream. `permit` is kept until it ends.
pub(crate) fn open(
    engine: Engine,
    sight: Sight,
    extent: Extent,
    permit: OwnedSemaphorePermit,
) -> impl Stream<Item = io::Result<Bytes>> {
    let (parts, taken) = mpsc::channel(PARTS_WAITING);
    tokio::spawn(async move {
        if let Err(error) = send(&engine, &sight, extent, &parts).await {
            tracing::error!(cause = chain(&error), "a stream of the log broke off");
        }
        drop(permit);
    });
    whole(taken)
}

/// The lines of all parts, and an error unless the end is among them.
fn whole(taken: mpsc::Receiver<Part>) -> impl Stream<Item = io::Result<Bytes>> {
    futures_util::stream::try_unfold(taken, async |mut taken: mpsc::Receiver<Part>| {
        match taken.recv().await {
            Some(Part::Lines(lines)) => Ok(Some((lines, taken))),
            Some(Part::End) => Ok(None),
            None => Err(io::Error::other("the log was not read to its end")),
        }
    })
}

async fn send(
    engine: &Engine,
    sight: &Sight,
    extent: Extent,
    parts: &mpsc::Sender<Part>,
) -> Result<(), EngineError> {
    let Extent { mut after, until, lines: mut missing } = extent;
    while after < until && missing > 0 {
        let entries = engine.store().read(after, PAGE).await?;
        let Some(last) = entries.last().map(|entry| entry.position) else { break };
        let mut page = Vec::new();
        for entry in entries.into_iter().take_while(|entry| entry.position <= until) {
            if missing > 0 && write_line(&mut page, entry, sight)? {
                missing -= 1;
            }
        }
        after = last;
        if !page.is_empty() && !hand_over(parts, Part::Lines(page.into())).await {
            return Ok(());
        }
    }
    hand_over(parts, Part::End).await;
    Ok(())
}

/// `false`: the client went away, or takes too long.
async fn hand_over(parts: &mpsc::Sender<Part>, part: Part) -> bool {
    let taken = parts.send_timeout(part, PART_TAKEN_MAX).await.is_ok();
    if !taken {
        tracing::debug!("a reader of the log went away or was too slow");
    }
    taken
}

/// Writes the line of an entry, if it may be read.
fn write_line(page: &mut Vec<u8>, entry: Arc<Recorded>, sight: &Sight) -> Result<bool, EngineError> {
    let mut happened = Happened::decode(entry)?;
    if !happened.event.municipality().is_none_or(|municipality| sight.covers(municipality)) {
        return Ok(false);
    }
    let lists = matches!(happened.event, Event::QuarterSelected(_) | Event::QuarterClosed(_));
    if lists && matches!(sight, Sight::Own(_)) {
        let data = without_lists(&happened.recorded.data).map_err(encode)?;
        Arc::make_mut(&mut happened.recorded).data = data;
    }
    write_log_line(page, &happened.recorded).map_err(encode)?;
    Ok(true)
}

fn encode(source: serde_json::Error) -> EngineError {
    EngineError::Encode { what: "a line of the log", source }
}

/// The data of a close without the submissions it speaks of: they are everybody's. The counts stay.
fn without_lists(data: &RawValue) -> Result<Box<RawValue>, serde_json::Error> {
    let mut data: serde_json::Map<String, serde_json::Value> = serde_json::from_str(data.get())?;
    data.retain(|key, _| key != "included" && key != "left_out");
    serde_json::value::to_raw_value(&data)
}

/// Writes the line of an entry, as `GET /api/v1/log` has it.
///
/// # Errors
/// Only if the data of the entry are no JSON.
pub fn write_log_line(lines: &mut Vec<u8>, entry: &Recorded) -> Result<(), serde_json::Error> {
    let line = Line {
        position: entry.position,
        stream: &entry.stream,
        version: entry.version,
        kind: &entry.kind,
        recorded_at: entry.recorded_at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
        actor: &entry.actor,
        data: &entry.data,
    };
    serde_json::to_writer(&mut *lines, &line)?;
    lines.push(b'\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;

    use super::*;

    async fn stream_of(parts: Vec<Part>) -> Vec<Option<Bytes>> {
        let (sender, taken) = mpsc::channel(parts.len());
        for part in parts {
            assert!(sender.try_send(part).is_ok());
        }
        drop(sender);
        whole(taken).map(Result::ok).collect().await
    }

    #[tokio::test]
    async fn a_stream_that_was_not_sent_to_its_end_breaks_off() {
        let lines = Bytes::from_static(b"{}\n");
        let complete = stream_of(vec![Part::Lines(lines.clone()), Part::End]).await;
        let cut = stream_of(vec![Part::Lines(lines.clone())]).await;
        assert_eq!(complete, [Some(lines.clone())]);
        assert_eq!(cut, [Some(lines), None]);
    }
}
