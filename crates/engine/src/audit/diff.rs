//! What changed between two moments. Read are the entries between them and, of every record that they touch, what it was
//! before; so the work follows what changed and not the length of the log.

use std::collections::HashSet;
use std::sync::Arc;

use svod_domain::{Event, MunicipalityCode, Quarter};
use svod_log::{Position, Store, StreamId};

use super::changes::{Change, between};
use super::state::{Books, NilReturns};
use crate::ahead::{events, events_of};
use crate::happened::{municipality_stream, nil_stream, submission_stream};
use crate::past::of_quarter;
use crate::views::{Projection as _, Quarters, Submissions, cell_key};
use crate::{EngineError, Happened};

/// What differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// By kind and key.
    pub changes: Vec<Change>,
    /// How many entries were looked at.
    pub entries: u64,
}

/// The difference from behind `from` to `to`, of everything or of one stream.
pub async fn diff(
    store: &Arc<dyn Store>,
    from: Position,
    to: Position,
    stream: Option<&StreamId>,
    progress: impl Fn(Position),
) -> Result<Difference, EngineError> {
    let to = to.min(store.head().await?.position);
    let mut comparing = Comparing {
        store: store.clone(),
        from,
        seen: HashSet::new(),
        before: Books::default(),
        after: Books::default(),
        entries: 0,
    };
    if let Some(stream) = stream {
        for one in events_of(store.as_ref(), stream, to).await? {
            if one.recorded.position > from {
                comparing.follow(&one).await?;
            }
        }
    } else {
        let mut pages = events(store, from, to);
        while let Some(page) = pages.next().await? {
            for one in &page {
                comparing.follow(one).await?;
            }
            progress(page.last().map_or(to, |last| last.recorded.position));
        }
    }
    let changes = between(&comparing.before, &comparing.after)?;
    Ok(Difference { changes, entries: comparing.entries })
}

struct Comparing {
    store: Arc<dyn Store>,
    from: Position,
    /// Records whose state before is known.
    seen: HashSet<String>,
    /// Of what is touched only.
    before: Books,
    after: Books,
    entries: u64,
}

impl Comparing {
    async fn follow(&mut self, happened: &Happened) -> Result<(), EngineError> {
        self.entries += 1;
        for key in Submissions::keys(happened) {
            self.meet_submission(&key, happened).await?;
        }
        for key in Quarters::keys(happened) {
            self.meet_quarter(&key, happened).await?;
        }
        for key in NilReturns::keys(happened) {
            self.meet_nil(&key, happened).await?;
        }
        if happened.event.quarter().is_none() {
            self.meet_municipality(happened).await?;
        }
        self.after.follow(happened);
        Ok(())
    }

    /// Whether the record is met for the first time.
    fn is_new(&mut self, kind: &str, key: &str) -> bool {
        self.seen.insert(format!("{kind}/{key}"))
    }

    async fn meet_submission(&mut self, key: &str, happened: &Happened) -> Result<(), EngineError> {
        // What begins between the two moments was nothing before, and need not be remembered either.
        let begins = matches!(happened.event, Event::ActivitySubmitted(_));
        if begins || self.after.submissions.get(key).is_some() || !self.is_new("submission", key) {
            return Ok(());
        }
        let Some(id) = happened.event.submission() else { return Ok(()) };
        for one in events_of(self.store.as_ref(), &submission_stream(id), self.from).await? {
            self.before.submissions.follow(&one);
            self.after.submissions.follow(&one);
        }
        Ok(())
    }

    async fn meet_quarter(&mut self, key: &str, happened: &Happened) -> Result<(), EngineError> {
        if !self.is_new("quarter", key) {
            return Ok(());
        }
        let Some(quarter) = happened.event.quarter() else { return Ok(()) };
        for one in of_quarter(self.store.as_ref(), quarter, self.from).await? {
            self.before.quarters.follow(&one);
            self.after.quarters.follow(&one);
        }
        Ok(())
    }

    async fn meet_municipality(&mut self, happened: &Happened) -> Result<(), EngineError> {
        let Some(code) = happened.event.municipality() else { return Ok(()) };
        if !self.is_new("municipality", code.as_str()) {
            return Ok(());
        }
        for one in events_of(self.store.as_ref(), &municipality_stream(code), self.from).await? {
            self.before.municipalities.follow(&one);
            self.after.municipalities.follow(&one);
        }
        Ok(())
    }

    async fn meet_nil(&mut self, key: &str, happened: &Happened) -> Result<(), EngineError> {
        let (Some(quarter), Some(code)) = (happened.event.quarter(), happened.event.municipality()) else {
            return Ok(());
        };
        if !self.is_new("nil", key) {
            return Ok(());
        }
        let declared = events_of(self.store.as_ref(), &nil_stream(quarter, code), self.from).await?;
        let Some(last) = declared.last() else { return Ok(()) };
        if !self.taken_back(quarter, code, last.recorded.position).await? {
            self.before.nil_returns.follow(last);
            self.after.nil_returns.follow(last);
        }
        Ok(())
    }

    /// Whether a submission had taken back what was declared at a position: told by no stream, so the log is read from there.
    async fn taken_back(
        &self,
        quarter: Quarter,
        code: MunicipalityCode,
        declared: Position,
    ) -> Result<bool, EngineError> {
        let mut pages = events(&self.store, declared, self.from);
        let key = cell_key(quarter, code);
        while let Some(page) = pages.next().await? {
            if page.iter().any(|one| NilReturns::keys(one).contains(&key)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
