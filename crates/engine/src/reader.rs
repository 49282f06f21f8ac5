//! Reads views: as of now, or of any past moment by folding what the log held of the question then.

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use svod_domain::{Activity, Event, MunicipalityCode, Quarter, SubmissionId};
use svod_log::{LiveView, Position, Store, ViewStore};

use crate::ahead::events_of;
use crate::happened::submission_stream;
use crate::held::Held;
use crate::input_document::InputDocument;
use crate::inputs::{ReportInputs, ReportStatus, assemble, open_naming};
use crate::past::{Past, position_at};
use crate::persons::Opener;
use crate::projector::is_of;
use crate::views::{
    ALL, AnyProjection, Board, BoardCell, BoardRow, Histories, MunicipalityCard, Projection as _,
    QuarterCard, Standing, SubmissionCard, SubmissionHistory, SubmissionState, cell_key, submission_key,
};
use crate::{Engine, EngineError, Happened};

/// Most documents on one page.
pub const PAGE_MAX: u32 = 1_000;

/// How long a reader waits for views to see what this process has just recorded.
const CATCH_UP_MAX: Duration = Duration::from_secs(1);

/// How often it looks, when the projector runs elsewhere.
const CATCH_UP_EVERY: Duration = Duration::from_millis(20);

/// A past moment: a place in the log, or a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// Everything up to and with this position.
    Position(Position),
    /// Everything recorded up to and at this moment.
    Time(Timestamp),
}

/// Neither a position nor a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is neither a position of the log nor an RFC 3339 time")]
pub struct InvalidAsOf {
    /// What was given.
    pub given: String,
}

impl FromStr for AsOf {
    type Err = InvalidAsOf;

    fn from_str(text: &str) -> Result<Self, InvalidAsOf> {
        let position = text.parse().map(Position).map(Self::Position);
        position.or_else(|_| text.parse().map(Self::Time)).map_err(|_| InvalidAsOf { given: text.to_owned() })
    }
}

/// What to list of a quarter's submissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubmissionFilter {
    /// Only those in this state.
    pub state: Option<SubmissionState>,
    /// Only those of this municipality.
    pub municipality: Option<MunicipalityCode>,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Page<T> {
    /// In order.
    pub items: Vec<T>,
    /// Give this as `after` to read on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Views at one moment.
#[derive(Clone)]
pub struct Reader {
    documents: Arc<dyn ViewStore>,
    /// Fills the documents of a past moment as they are asked for.
    past: Option<Arc<Past>>,
    pub(crate) log: Arc<dyn Store>,
    ids: BTreeMap<&'static str, String>,
    position: Position,
    opener: Opener,
    /// The zone that days are counted in.
    pub(crate) zone: TimeZone,
    /// The moment that register and terms are shown of; `None`: everything that is known.
    pub(crate) held: Option<Held>,
}

impl Engine {
    /// Views as of now (after a short wait, if need be, for what this process has just recorded) or of a past moment.
    pub async fn reader(&self, as_of: Option<AsOf>) -> Result<Reader, EngineError> {
        match as_of {
            None => self.present().await,
            Some(as_of) => self.past(as_of).await,
        }
    }

    async fn present(&self) -> Result<Reader, EngineError> {
        let is_readable = async { readable(&self.store().live_views().await?) };
        tokio::try_join!(is_readable, self.caught_up())?;
        let mut live = self.store().live_views().await?;
        readable(&live)?;
        let position = slowest(&live);
        let ids = ALL.iter().map(|projection| {
            let view = live.remove(projection.name).map(|live| live.view);
            (projection.name, view.unwrap_or_else(|| projection.name.to_owned()))
        });
        let ids = ids.collect();
        let documents: Arc<dyn ViewStore> = self.store().clone();
        let (log, opener, zone) = (self.store().clone(), self.opener(), self.rules().terms.zone.clone());
        Ok(Reader { documents, past: None, log, ids, position, opener, zone, held: None })
    }

    /// Waits, not for long, until the views have seen what this process has recorded.
    async fn caught_up(&self) -> Result<(), EngineError> {
        let wanted = *self.head_changes().borrow();
        let mut projected = self.projected.subscribe();
        let seen = async {
            while *projected.borrow_and_update() < wanted {
                let sleep = tokio::time::sleep(CATCH_UP_EVERY);
                tokio::select! {
                    _changed = projected.changed() => {}
                    () = sleep => if slowest(&self.store().live_views().await?) >= wanted { break },
                }
            }
            Ok::<(), EngineError>(())
        };
        tokio::time::timeout(CATCH_UP_MAX, seen).await.unwrap_or(Ok(()))
    }

    async fn past(&self, as_of: AsOf) -> Result<Reader, EngineError> {
        let position = position_at(self.store().as_ref(), as_of).await?;
        let past = Arc::new(Past::new(self.store().clone(), position));
        let ids = ALL.iter().map(|projection| (projection.name, projection.name.to_owned())).collect();
        let documents: Arc<dyn ViewStore> = Arc::new(past.documents().clone());
        let (past, log, opener, zone) =
            (Some(past), self.store().clone(), self.opener(), self.rules().terms.zone.clone());
        Ok(Reader { documents, past, log, ids, position, opener, zone, held: None })
    }
}

impl Reader {
    /// The position that these views have seen.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// The same reader, which shows of the register and of quarters what held at this moment, by what it knows.
    #[must_use]
    pub fn held(self, held: Option<Held>) -> Self {
        Self { held, ..self }
    }

    /// All quarters, oldest first.
    pub async fn quarters(&self) -> Result<Vec<QuarterCard>, EngineError> {
        if let Some(held) = self.held {
            return self.quarters_held(held).await;
        }
        Ok(self.all("quarters", "").await?.into_values().collect())
    }

    /// One quarter.
    pub async fn quarter(&self, quarter: Quarter) -> Result<Option<QuarterCard>, EngineError> {
        match self.held {
            Some(held) => self.quarter_held(quarter, held).await,
            None => self.one("quarters", &quarter.to_string()).await,
        }
    }

    /// The register, in its order.
    pub async fn municipalities(&self) -> Result<Vec<MunicipalityCard>, EngineError> {
        let mut cards = self.register().await?;
        if let Some(held) = self.held {
            cards.retain_mut(|card| held.narrow(card, &self.zone));
        }
        Ok(cards)
    }

    /// The whole register, whenever it held.
    async fn register(&self) -> Result<Vec<MunicipalityCard>, EngineError> {
        let mut cards: Vec<MunicipalityCard> = self.all("municipalities", "").await?.into_values().collect();
        cards.sort_by_key(|card| (card.order, card.municipality));
        Ok(cards)
    }

    /// The board of a quarter that was opened: a row for every municipality that reports in it.
    pub async fn board(&self, quarter: Quarter) -> Result<Option<Board>, EngineError> {
        let under = format!("{quarter}/");
        let cells = self.all::<BoardCell>("board", &under);
        let (card, mut cells, units) = tokio::try_join!(self.quarter(quarter), cells, self.register())?;
        let Some(card) = card else { return Ok(None) };
        let mut rows = vec![];
        for mut unit in units {
            let reports = unit.reports_in(quarter);
            let held = self.held.is_none_or(|held| held.narrow(&mut unit, &self.zone));
            let cell = cells.remove(&cell_key(quarter, unit.municipality));
            // One that was ended later, from a day before the quarter, has still filed what it filed.
            if cell.is_none() && !(reports && held) {
                continue;
            }
            let cell = cell.unwrap_or_default();
            rows.push(BoardRow {
                municipality: unit.municipality,
                short_name: unit.naming(quarter).map(|naming| naming.short_name.clone()).unwrap_or_default(),
                state: cell.state(),
                counts: cell.counts,
                last_act: cell.last_act,
            });
        }
        Ok(Some(Board { quarter: card, rows }))
    }

    /// Submissions of a quarter, by municipality and id.
    pub async fn submissions(
        &self,
        quarter: Quarter,
        filter: &SubmissionFilter,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<SubmissionCard>, EngineError> {
        let prefix = match filter.municipality {
            Some(municipality) => format!("{quarter}/{municipality}/"),
            None => format!("{quarter}/"),
        };
        let limit = limit.clamp(1, PAGE_MAX);
        let mut found: Vec<(String, Standing)> = vec![];
        let mut after = after.map(str::to_owned);
        // One more than asked for tells whether there is a next page; a filter may throw any number away.
        let fetched_max = if filter.state.is_none() { limit + 1 } else { PAGE_MAX };
        loop {
            let documents = self.under("submissions", &prefix, after.as_deref(), fetched_max).await?;
            let end = documents.len() < fetched_max as usize;
            for (key, document) in documents {
                let standing: Standing = decode("submissions", &document)?;
                if filter.state.is_none_or(|state| state == standing.state) {
                    if found.len() == limit as usize {
                        return self.opened(found, after).await;
                    }
                    found.push((key.clone(), standing));
                }
                after = Some(key);
            }
            if end {
                return self.opened(found, None).await;
            }
        }
    }

    async fn opened(
        &self,
        found: Vec<(String, Standing)>,
        next: Option<String>,
    ) -> Result<Page<SubmissionCard>, EngineError> {
        let mut items = self.cards(found).await?;
        let mut activities: Vec<_> = items.iter_mut().map(|card| &mut card.activity).collect();
        self.opener.open(&mut activities).await?;
        Ok(Page { items, next })
    }

    /// Where the submissions of a quarter stand, by municipality and id.
    pub(crate) async fn standings(
        &self,
        quarter: Quarter,
    ) -> Result<BTreeMap<String, Standing>, EngineError> {
        self.all("submissions", &format!("{quarter}/")).await
    }

    /// Submissions with what they filed, read from the log, in the same order.
    async fn cards(&self, standings: Vec<(String, Standing)>) -> Result<Vec<SubmissionCard>, EngineError> {
        let mut cards = Vec::with_capacity(standings.len());
        let mut standings = standings.into_iter().peekable();
        while standings.peek().is_some() {
            let some: Vec<_> = standings.by_ref().take(PAGE_MAX as usize).collect();
            let places: Vec<Position> = some.iter().map(|(_, one)| Position(one.written)).collect();
            let mut filed = HashMap::with_capacity(places.len());
            for recorded in self.log.read_at(&places).await? {
                let happened = Happened::decode(recorded)?;
                if let (Some(key), position) = (submission_key(&happened.event), happened.recorded.position) {
                    filed.extend(activity(happened).map(|activity| ((key, position), activity)));
                }
            }
            for ((key, standing), place) in some.into_iter().zip(places) {
                // Of this very submission: a document that names another place must not show what others filed.
                let activity = filed.remove(&(key.clone(), place));
                let card = activity.and_then(|activity| standing.card(&key, activity));
                cards.push(card.ok_or_else(|| {
                    let what = format!("what was filed as {key} is not at position {place}");
                    EngineError::Document {
                        view: "submissions".to_owned(),
                        source: serde::de::Error::custom(what),
                    }
                })?);
            }
        }
        Ok(cards)
    }

    /// One submission.
    pub async fn submission(&self, id: SubmissionId) -> Result<Option<SubmissionCard>, EngineError> {
        Ok(self.history(id).await?.map(|history| history.submission))
    }

    /// One submission with every version and act.
    pub async fn history(&self, id: SubmissionId) -> Result<Option<SubmissionHistory>, EngineError> {
        let mut history = None;
        for happened in events_of(self.log.as_ref(), &submission_stream(id), self.position).await? {
            history = Histories::evolve(history, &happened);
        }
        if let Some(history) = &mut history {
            let versions = history.versions.iter_mut().map(|version| &mut version.activity);
            let mut activities: Vec<_> = versions.chain([&mut history.submission.activity]).collect();
            self.opener.open(&mut activities).await?;
        }
        Ok(history)
    }

    /// What a report would print if the quarter closed now: approved so far.
    pub async fn report_inputs(&self, quarter: Quarter) -> Result<Option<ReportInputs>, EngineError> {
        if self.quarter(quarter).await?.is_none() {
            return Ok(None);
        }
        let mut standings: Vec<_> = self.standings(quarter).await?.into_iter().collect();
        standings.retain(|(_, standing)| standing.state == SubmissionState::Approved);
        let filed: Vec<u64> = standings.iter().map(|(_, standing)| standing.filed).collect();
        let cards = self.cards(standings).await?.into_iter();
        let documents = cards.zip(filed).map(|(card, filed)| InputDocument::of(card, filed)).collect();
        let units = self.register().await?;
        let mut inputs = assemble(quarter, ReportStatus::Preview, self.position, documents, &units);
        open_naming(&mut inputs, &self.opener, self.log.as_ref()).await?;
        Ok(Some(inputs))
    }

    async fn one<T: DeserializeOwned>(
        &self,
        view: &'static str,
        key: &str,
    ) -> Result<Option<T>, EngineError> {
        if let Some(past) = &self.past {
            past.fill(view, key).await?;
        }
        let mut set = self.ids[view].clone();
        loop {
            if let Some(document) = self.documents.document(&set, key).await? {
                return decode(view, &document).map(Some);
            }
            match self.replaced(view, &set).await? {
                Some(newer) => set = newer,
                None => return Ok(None),
            }
        }
    }

    /// All documents under a prefix, of one set: of the newer one, if this one was replaced while it was read, and perhaps
    /// dropped.
    async fn all<T: DeserializeOwned>(
        &self,
        view: &'static str,
        prefix: &str,
    ) -> Result<BTreeMap<String, T>, EngineError> {
        if let Some(past) = &self.past {
            past.fill(view, prefix).await?;
        }
        let mut set = self.ids[view].clone();
        loop {
            let (mut all, mut after) = (BTreeMap::new(), None::<String>);
            loop {
                let page = self.documents.documents_under(&set, prefix, after.as_deref(), PAGE_MAX).await?;
                let is_last = page.len() < PAGE_MAX as usize;
                after = page.last().map(|(key, _)| key.clone());
                for (key, document) in page {
                    all.insert(key, decode(view, &document)?);
                }
                if is_last {
                    break;
                }
            }
            match self.replaced(view, &set).await? {
                Some(newer) => set = newer,
                None => return Ok(all),
            }
        }
    }

    async fn under(
        &self,
        view: &'static str,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Vec<u8>)>, EngineError> {
        if let Some(past) = &self.past {
            past.fill(view, prefix).await?;
        }
        let mut set = self.ids[view].clone();
        loop {
            let page = self.documents.documents_under(&set, prefix, after, limit).await?;
            if !page.is_empty() {
                return Ok(page);
            }
            match self.replaced(view, &set).await? {
                Some(newer) => set = newer,
                None => return Ok(page),
            }
        }
    }

    /// The set that has taken the place of one where nothing was found, or not all: a rebuilt view drops its old documents, and
    /// a reader may have come just before.
    async fn replaced(&self, view: &'static str, set: &str) -> Result<Option<String>, EngineError> {
        let live = self.documents.live_view(view).await?;
        Ok(live.filter(|live| live != set))
    }
}

/// Fails while there are only documents of another version: they are not read, and they do not follow the log any more.
fn readable(live: &BTreeMap<String, LiveView>) -> Result<(), EngineError> {
    let is_other = |projection: &&AnyProjection| {
        live.get(projection.name).is_some_and(|live| !is_of(&live.view, **projection))
    };
    match ALL.iter().find(is_other) {
        Some(projection) => Err(EngineError::Building { view: projection.name }),
        None => Ok(()),
    }
}

/// How far the slowest of all views has followed.
fn slowest(live: &BTreeMap<String, LiveView>) -> Position {
    let position =
        |projection: &AnyProjection| live.get(projection.name).map_or(Position::START, |live| live.position);
    ALL.iter().map(position).min().unwrap_or_default()
}

/// What an event filed.
fn activity(happened: Happened) -> Option<Activity> {
    match happened.event {
        Event::ActivitySubmitted(event) => Some(event.activity),
        Event::ActivityCorrected(event) => Some(event.activity),
        _without_an_activity => None,
    }
}

fn decode<T: DeserializeOwned>(view: &str, document: &[u8]) -> Result<T, EngineError> {
    serde_json::from_slice(document).map_err(|source| EngineError::Document { view: view.to_owned(), source })
}
