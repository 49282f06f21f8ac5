//! What every store promises, written once. Each promise is a function and, through the suites
//! [`log_promises!`](crate::log_promises), [`batch_promises!`](crate::batch_promises),
//! [`view_promises!`](crate::view_promises), [`keeping_promises!`](crate::keeping_promises),
//! [`vault_promises!`](crate::vault_promises), [`witnessed_promises!`](crate::witnessed_promises) and
//! [`peer_promises!`](crate::peer_promises), a test wherever a store is made: on memory, on SQLite, on PostgreSQL.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::json;

use crate::tree::Frontier;
use crate::{
    ActorName, Answer, Append, Assumption, Hash, Head, MessageKey, NewEvent, NewReceipt, Position, Receipt,
    ReceiptBody, Recorded, Store, StoreError, StreamId, Version,
};

/// Makes each promise a function, and all of them a suite of tests: a list that cannot fall apart into two. The suite
/// takes the path of an async function that gives a new [`Home`].
macro_rules! promises {
    ($dollar:tt $suite:ident of $module:ident:
        $($(#[doc = $doc:literal])* async fn $name:ident($home:ident) $body:block)*) => {
        $($(#[doc = $doc])* pub async fn $name($home: &dyn Home) -> Result<(), StoreError> {
            $body
            Ok(())
        })*

        /// The promises of this module as tests of the stores that the given function makes.
        #[macro_export]
        macro_rules! $suite {
            ($dollar home:path) => {
                mod $module {
                    $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn $name() {
                        let home = $dollar home().await;
                        $crate::promises::hold(home, |home| Box::pin($crate::promises::$module::$name(home))).await;
                    })*
                }
            };
        }
    };
}

pub mod batch;
pub mod keeping;
pub mod log;
pub mod peers;
pub mod vault;
pub mod view;
pub mod witnessed;

/// A new, empty place where a store lives.
#[async_trait]
pub trait Home: Send + Sync {
    /// Opens the store, as another process would: nothing is shared with those opened before but what is kept.
    async fn open(&self) -> Arc<dyn Store>;
    /// Leaves nothing behind.
    async fn raze(&self);
}

/// Holds a store to one promise and leaves nothing behind, whether it was kept or broken.
pub async fn hold<H: Home>(
    home: H,
    promise: impl for<'a> FnOnce(&'a H) -> BoxFuture<'a, Result<(), StoreError>>,
) {
    let outcome = AssertUnwindSafe(promise(&home)).catch_unwind().await;
    home.raze().await;
    match outcome {
        Ok(kept) => assert!(kept.is_ok(), "the store failed: {kept:?}"),
        Err(broken) => resume_unwind(broken),
    }
}

/// A payload in its canonical form, with Russian text, quotes, a line break and a NUL. Never edited.
const SAMPLE: &str = include_str!("sample.json");

/// A moment in the quarter that the samples are about.
fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_593_596_400 + seconds).expect("a moment of our century")
}

fn stream(name: &str) -> StreamId {
    StreamId::try_new(name).expect("the promises name their streams well")
}

fn event(name: &str, kind: &str) -> NewEvent {
    NewEvent {
        stream: stream(name),
        kind: kind.into(),
        schema: 1,
        data: json!({"text": SAMPLE}),
        valid_at: None,
    }
}

/// An append of events to one stream, that assumes nothing.
fn append(name: &str, kinds: &[&str]) -> Append {
    Append {
        events: kinds.iter().map(|kind| event(name, kind)).collect(),
        assumes: Vec::new(),
        receipt: None,
        order: None,
        cause: None,
        actor: ActorName { name: "irbit".into(), role: "municipality:66701000".into() },
        recorded_at: moment(0),
    }
}

/// The same on the assumption that the stream is at `version`.
fn append_at(name: &str, version: u64, kinds: &[&str]) -> Append {
    let assumes = vec![Assumption::Stream(stream(name), Version(version))];
    Append { assumes, ..append(name, kinds) }
}

fn message(id: &str) -> MessageKey {
    MessageKey { source: "/irbit".into(), id: id.into() }
}

fn receipt(id: &str, body: &str) -> NewReceipt {
    NewReceipt {
        message: message(id),
        digest: Hash::of(id.as_bytes()),
        body: ReceiptBody::whole(body.as_bytes().to_vec()),
    }
}

/// A refusal: nothing but the answer to a message.
fn refusal(id: &str, body: &str) -> Append {
    Append { receipt: Some(receipt(id, body)), ..append("unused", &[]) }
}

fn kept_receipt(id: &str, body: &str) -> Receipt {
    Receipt { digest: Hash::of(id.as_bytes()), body: body.as_bytes().into() }
}

/// The answer to an append that was recorded at these positions and asked for no receipt.
fn appended(first: u64, last: u64) -> Answer {
    Answer::Appended { positions: Some((Position(first), Position(last))), receipt: None }
}

/// Appends one by one what must be recorded.
async fn record(store: &dyn Store, append: Append) -> Result<(), StoreError> {
    let answers = store.append(&[append]).await?;
    assert!(matches!(answers.as_slice(), [Answer::Appended { .. }]), "{answers:?}");
    Ok(())
}

/// Everything in the log, read in small pages.
async fn everything(store: &dyn Store) -> Result<Vec<Arc<Recorded>>, StoreError> {
    let mut all: Vec<Arc<Recorded>> = Vec::new();
    loop {
        let after = all.last().map_or(Position::START, |last| last.position);
        let page = store.read(after, 70).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

fn kinds(entries: &[Arc<Recorded>]) -> Vec<&str> {
    entries.iter().map(|entry| entry.kind.as_str()).collect()
}

/// Checks the entries, as far as a reader who is not alone can: positions and versions without gaps, streams chained.
async fn gapless(store: &dyn Store) -> Result<Vec<Arc<Recorded>>, StoreError> {
    let entries = everything(store).await?;
    let mut tips = BTreeMap::new();
    for (position, entry) in (1..).map(Position).zip(&entries) {
        assert_eq!(entry.position, position);
        let (version, leaf) = tips.get(&entry.stream).copied().unwrap_or((Version::NONE, None));
        assert_eq!((entry.version, entry.prev), (version.next(), leaf), "at position {position}");
        tips.insert(entry.stream.clone(), (entry.version, Some(entry.leaf)));
        assert_eq!(crate::canonical::check(&entry.bytes), Ok(()));
    }
    Ok(entries)
}

/// Checks the whole log while nobody writes: the entries, and that the head is theirs.
async fn sound(store: &dyn Store) -> Result<Vec<Arc<Recorded>>, StoreError> {
    let entries = gapless(store).await?;
    let tree: Frontier = entries.iter().map(|entry| entry.leaf).collect();
    let head = Head { position: Position(entries.len() as u64), root: tree.root() };
    assert_eq!(store.head().await?, head);
    Ok(entries)
}
