//! Group commit at the log itself: `EventLog::append` with batches of different sizes. Each append is what a submission
//! is: one event on a stream of its own, three assumptions, a receipt.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use jiff::Timestamp;
use serde_json::json;
use svod_log::{
    ActorName, Answer, Append, Assumption, Hash, MessageKey, NewEvent, NewReceipt, Piece, ReceiptBody, Store,
    StreamId, Version,
};
use uuid::Uuid;

use crate::bench::Bench;
use crate::ledger::{Kind, Ledger};
use crate::messages::{MUNICIPALITY, QUARTER, SENDER, short_activity, short_text};

/// Appends in a batch.
pub const BATCHES: [usize; 4] = [1, 10, 100, 1_000];

/// The name of a figure.
pub fn name(kind: Kind, batch: usize) -> String {
    format!("append/{}/{batch}", kind.as_str())
}

/// Measures every size once on each database.
pub async fn measure(bench: &mut Bench) -> Result<()> {
    for batch in BATCHES {
        for kind in Kind::ALL {
            let ledger = Ledger::fresh(kind).await?;
            let store = ledger.store().await?;
            // The first one opens the connection.
            write(store.as_ref(), batch, Duration::ZERO).await?;
            let cell = bench.cell();
            let (rate, used) = bench.measured(None, write(store.as_ref(), batch, cell)).await?;
            bench.note(name(kind, batch), rate, &used);
        }
    }
    Ok(())
}

/// Events a second. Only the time inside the store counts.
async fn write(store: &dyn Store, batch: usize, at_least: Duration) -> Result<f64> {
    let template = short_activity(&short_text(0));
    let mut spent = Duration::ZERO;
    let mut events = 0_u32;
    loop {
        let appends: Vec<Append> = (0..batch).map(|_| append(&template)).collect::<Result<_>>()?;
        let began = Instant::now();
        let answers = store.append(&appends).await?;
        spent += began.elapsed();
        ensure!(
            answers.iter().all(|answer| matches!(answer, Answer::Appended { .. })),
            "an append was refused"
        );
        events += u32::try_from(batch)?;
        if spent >= at_least {
            return Ok(f64::from(events) / spent.as_secs_f64());
        }
    }
}

/// One of a short submission.
pub fn append(activity: &serde_json::Value) -> Result<Append> {
    let id = Uuid::now_v7();
    let stream = StreamId::try_new(format!("submission-{id}"))?;
    let assumes = [stream.as_str(), &format!("quarter-{QUARTER}"), &format!("municipality-{MUNICIPALITY}")]
        .into_iter()
        .map(|name| Ok(Assumption::Stream(StreamId::try_new(name)?, Version::NONE)))
        .collect::<Result<_>>()?;
    let data = json!({
        "submission_id": id, "municipality": MUNICIPALITY, "quarter": QUARTER, "version": 1, "late": false,
        "activity": activity,
    });
    let receipt = NewReceipt {
        message: MessageKey { source: format!("/municipalities/{MUNICIPALITY}"), id: id.to_string() },
        digest: Hash::of(id.as_bytes()),
        body: ReceiptBody(vec![
            Piece::Bytes(vec![b' '; 550]),
            Piece::Position,
            Piece::Checkpoint,
            Piece::Bytes(b"}}".to_vec()),
        ]),
    };
    Ok(Append {
        events: vec![NewEvent {
            stream,
            kind: "activity-submitted".to_owned(),
            schema: 1,
            data,
            valid_at: None,
        }],
        assumes,
        receipt: Some(receipt),
        order: None,
        cause: None,
        actor: ActorName { name: SENDER.to_owned(), role: format!("municipality:{MUNICIPALITY}") },
        recorded_at: Timestamp::from_microsecond(Timestamp::now().as_microsecond())?,
    })
}
