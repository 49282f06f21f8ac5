//! Reads the log page by page, a few pages ahead: while one is folded, the next are read and decoded beside it.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use svod_log::{Glance, Position, READ_MAX, Store, StreamId, Version, made_of_rows};
use tokio_util::task::AbortOnDropHandle;

use crate::{EngineError, Happened};

/// Entries of a page: large enough that a read costs little beside its rows, small enough for memory to stay flat.
const PAGE: u32 = 1_000;

/// Most pages under way at once: one for each processor that a small server has, beside the one that folds.
const PAGES_MAX: usize = 3;

type Read<T> = Box<dyn Fn(Position, u32) -> BoxFuture<'static, Result<T, EngineError>> + Send + Sync>;

/// Pages of the log, in order.
pub(crate) struct Pages<T> {
    read: Read<T>,
    after: Position,
    until: Position,
    under_way: VecDeque<AbortOnDropHandle<Result<T, EngineError>>>,
}

impl<T: Send + 'static> Pages<T> {
    /// The pages from behind `after` to `until`, which is in the log. Positions have no gaps, so it is known where each page
    /// begins.
    pub(crate) fn new(after: Position, until: Position, read: Read<T>) -> Self {
        Self { read, after, until, under_way: VecDeque::new() }
    }

    /// The next page; `None` behind the last.
    pub(crate) async fn next(&mut self) -> Result<Option<T>, EngineError> {
        while self.under_way.len() < PAGES_MAX && self.after < self.until {
            let count = u32::try_from(self.until.0 - self.after.0).unwrap_or(PAGE).min(PAGE);
            self.under_way.push_back(AbortOnDropHandle::new(tokio::spawn((self.read)(self.after, count))));
            self.after.0 += u64::from(count);
        }
        let Some(page) = self.under_way.pop_front() else { return Ok(None) };
        page.await.map_err(|_| EngineError::Stopping)?.map(Some)
    }
}

/// What happened behind `after` and up to `until`, which is in the log.
pub(crate) fn events(store: &Arc<dyn Store>, after: Position, until: Position) -> Pages<Vec<Happened>> {
    pages(store, after, until, |store, at, left| {
        async move {
            let page = store.read(at, left).await?;
            let last = page.last().map(|last| last.position);
            let happened = page.into_iter().map(Happened::decode).collect::<Result<_, _>>()?;
            Ok((happened, last))
        }
        .boxed()
    })
}

/// What `glance` makes of the entries behind `after` and up to `until`, which is in the log: for folds that need little of each.
pub(crate) fn glances<T: Send + 'static>(
    store: &Arc<dyn Store>,
    after: Position,
    until: Position,
    glance: fn(&Glance<'_>) -> Result<T, EngineError>,
) -> Pages<Vec<T>> {
    pages(store, after, until, move |store, at, left| {
        async move {
            let mut last = None;
            let glanced = made_of_rows(store.as_ref(), at, left, move |row| {
                Ok::<_, EngineError>((row.position, glance(&Glance::at(row)?)?))
            });
            let mut page = Vec::with_capacity(left as usize);
            for one in glanced.await? {
                let (position, one) = one?;
                last = Some(position);
                page.push(one);
            }
            Ok((page, last))
        }
        .boxed()
    })
}

/// What a store answers when it is asked for a page: what was read, and up to where.
type Part<T> = BoxFuture<'static, Result<(Vec<T>, Option<Position>), EngineError>>;

fn pages<T: Send + 'static>(
    store: &Arc<dyn Store>,
    after: Position,
    until: Position,
    part: impl Fn(Arc<dyn Store>, Position, u32) -> Part<T> + Copy + Send + Sync + 'static,
) -> Pages<Vec<T>> {
    let store = store.clone();
    let read = move |after: Position, count: u32| {
        let store = store.clone();
        async move {
            let mut read = Vec::with_capacity(count as usize);
            let end = Position(after.0 + u64::from(count));
            let mut at = after;
            // A store may answer with fewer than it was asked for.
            while at < end {
                let left = u32::try_from(end.0 - at.0).unwrap_or(count);
                let (some, last) = part(store.clone(), at, left).await?;
                let Some(last) = last else { break };
                at = last;
                read.extend(some);
            }
            Ok(read)
        }
        .boxed()
    };
    Pages::new(after, until, Box::new(read))
}

/// What happened in one stream up to `until`.
pub(crate) async fn events_of(
    store: &dyn Store,
    stream: &StreamId,
    until: Position,
) -> Result<Vec<Happened>, EngineError> {
    let mut happened: Vec<Happened> = vec![];
    loop {
        let after = happened.last().map_or(Version::NONE, |last| last.recorded.version);
        let page = store.read_stream(stream, after, READ_MAX).await?;
        if page.is_empty() {
            return Ok(happened);
        }
        for recorded in page {
            if recorded.position > until {
                return Ok(happened);
            }
            happened.push(Happened::decode(recorded)?);
        }
    }
}
