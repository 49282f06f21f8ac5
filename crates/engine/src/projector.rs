//! Keeps the views up to date: reads the log once, folds it into every view, commits documents and progress together.
//! A new version of a view, or one that is rebuilt, is made beside the old one and takes its place when it has caught
//! up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use serde::Serialize;
use svod_log::{Position, Store, StoreError, ViewCommit};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::ahead::{Pages, events};
use crate::sequencer::position_as_f64;
use crate::subscription::{Lease, Wakeup};
use crate::views::{ALL, AnyProjection};
use crate::{Engine, EngineError, Happened, chain};

/// Most events folded in one go: the documents of all views that they touch are in memory together until they are
/// committed, and a commit is a round trip.
pub(crate) const BATCH_MAX: u32 = 500;

/// Most events folded in one go far behind the end of the log: many of them touch the same documents, which are written once then.
const FAR_BATCH_MAX: usize = 2_000;

/// Most bytes of entries of such a batch, a page of the longest more or less: what is folded must not take a multiple of
/// the usual memory.
const FAR_BYTES_MAX: usize = 8 << 20;

/// From so many events on it is far: several pages are read ahead of the fold.
const FAR: u64 = 5_000;

/// Most documents that are dropped at once: a fraction of a second of the writer's time.
const DROPPED_MAX: u32 = 1_000;

/// How long the projector waits after a failure.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How long it is believed which sets of documents there are: a rebuild by another process is joined after at most
/// this, and a short batch does not spend its time on asking.
const TARGETS_FRESH: Duration = Duration::from_secs(1);

/// From so many events in a batch on, the log is being written fast, and the projector gives way: it rests longer than
/// it worked, so that the next batch is larger and the writers keep their processor. Fewer are shown at once.
const BUSY_EVENTS: usize = 16;

/// How many times as long as it worked the projector rests then.
const REST_SHARE: u32 = 2;

/// Longest rest, and so what it can add to the age of a view.
const REST_MAX: Duration = Duration::from_millis(100);

/// One set of documents that is kept up to date.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) projection: AnyProjection,
    /// The name of the set.
    pub(crate) id: String,
    /// How far it has followed.
    pub(crate) progress: Position,
}

/// What is known of a view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ViewStatus {
    /// Its name.
    pub name: &'static str,
    /// The version that this program builds.
    pub version: u16,
    /// The set of documents that readers are shown.
    pub live: Option<String>,
    /// How far that has followed.
    pub position: u64,
    /// The set that is being built beside it, and how far it has followed.
    pub building: Option<(String, u64)>,
}

/// The sets of documents as they were last read.
#[derive(Default)]
struct Targets {
    read_at: Option<Instant>,
    list: Vec<Target>,
    feed: Feed,
}

/// The log as it is handed to the folds.
#[derive(Default)]
struct Feed {
    /// What is read ahead, and the position behind which that begins.
    ahead: Option<(Pages<Vec<Happened>>, Position)>,
}

impl Feed {
    /// The next events behind `from`; none where the log ends.
    async fn next(&mut self, store: &Arc<dyn Store>, from: Position) -> Result<Vec<Happened>, EngineError> {
        // Taken out while it is read: where that fails a page is lost, and everything is read anew.
        if let Some((mut pages, _)) = self.ahead.take().filter(|(_, at)| *at == from) {
            let (mut happened, mut bytes): (Vec<Happened>, usize) = (vec![], 0);
            while happened.len() < FAR_BATCH_MAX
                && bytes < FAR_BYTES_MAX
                && let Some(page) = pages.next().await?
            {
                bytes += page.iter().map(|one| one.recorded.bytes.len()).sum::<usize>();
                happened.extend(page);
            }
            if let Some(at) = happened.last().map(|last| last.recorded.position) {
                self.ahead = Some((pages, at));
                return Ok(happened);
            }
            // That was where the log ended when reading ahead began; it may go on.
        }
        let entries = store.read(from, BATCH_MAX).await?;
        let happened = entries.into_iter().map(Happened::decode).collect::<Result<Vec<_>, _>>()?;
        // Only who is given a full batch may be far behind: who keeps up is not asked where the log ends.
        if happened.len() == BATCH_MAX as usize
            && let Some(at) = happened.last().map(|last| last.recorded.position)
        {
            let head = store.head().await?.position;
            self.ahead = (head.0.saturating_sub(at.0) >= FAR).then(|| (events(store, at, head), at));
        }
        Ok(happened)
    }
}

impl Targets {
    /// Reads them again, if they may have changed.
    async fn refresh(&mut self, store: &dyn Store) -> Result<(), EngineError> {
        if self.read_at.is_some_and(|at| at.elapsed() < TARGETS_FRESH) {
            return Ok(());
        }
        self.list.clear();
        for projection in ALL {
            self.list.extend(targets_of(store, *projection).await?);
        }
        self.read_at = Some(Instant::now());
        Ok(())
    }

    /// How far the slowest has followed.
    fn slowest(&self) -> Option<Position> {
        self.list.iter().map(|target| target.progress).min()
    }
}

/// Keeps all views up to date until it is stopped.
pub async fn project(engine: Engine, stop: CancellationToken) -> Result<(), EngineError> {
    let mut lease = Lease::new(&engine, "projector");
    let mut wakeup = Wakeup::new(&engine);
    let mut targets = Targets::default();
    let mut tidied = false;
    while !stop.is_cancelled() {
        let began = Instant::now();
        let round = async { if lease.hold().await? { round(&engine, &mut targets).await } else { Ok(0) } };
        match round.await {
            Ok(0) if !tidied => match drop_forgotten(engine.store().as_ref()).await {
                Ok(more) => tidied = !more,
                // The views do not wait for it, and the next start tries again.
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "old documents of views stay for now");
                    tidied = true;
                }
            },
            Ok(0) => wakeup.wait(&stop).await,
            Ok(events) if (BUSY_EVENTS..BATCH_MAX as usize).contains(&events) => {
                let rest = (began.elapsed() * REST_SHARE).min(REST_MAX);
                tokio::select! { () = tokio::time::sleep(rest) => {}, () = stop.cancelled() => {} }
            }
            Ok(_few_or_far_behind) => {}
            Err(error) if error.is_transient() => {
                tracing::warn!(error = %chain(&error), "views wait for the store");
                tokio::select! { () = tokio::time::sleep(RETRY_AFTER) => {}, () = stop.cancelled() => {} }
            }
            Err(error) => return Err(error),
        }
    }
    lease.release().await;
    Ok(())
}

/// One batch for all views; how many events it had.
async fn round(engine: &Engine, targets: &mut Targets) -> Result<usize, EngineError> {
    let store = engine.store().as_ref();
    targets.refresh(store).await?;
    let Some(from) = targets.slowest() else { return Ok(0) };
    let happened = targets.feed.next(engine.store(), from).await?;
    if !advance(store, &mut targets.list, &happened).await? {
        // Another copy was faster, or a set is gone: both are told by the store.
        targets.read_at = None;
    }
    for target in &targets.list {
        metrics::gauge!("svod_view_position", "view" => target.projection.name)
            .set(position_as_f64(target.progress));
    }
    if happened.is_empty() && promote_finished(store, &targets.list).await? {
        targets.read_at = None;
    }
    if let Some(slowest) = targets.slowest() {
        engine.projected.send_if_modified(|known| {
            let moved = *known < slowest;
            *known = (*known).max(slowest);
            moved
        });
    }
    Ok(happened.len())
}

/// The sets of a view that are kept up to date: the live one, and the one being built.
async fn targets_of(store: &dyn Store, projection: AnyProjection) -> Result<Vec<Target>, EngineError> {
    let name = projection.name;
    let first = id(projection, 1);
    let live = if let Some(live) = store.live_view(name).await? {
        live
    } else {
        store.promote_view(name, &first).await?;
        first.clone()
    };
    let mut ids = vec![];
    if is_of(&live, projection) {
        ids.push(live.clone());
    } else if store.live_view(&building(name)).await?.is_none_or(|set| !is_of(&set, projection)) {
        // The program is newer than the documents: build the new shape beside the old.
        store.promote_view(&building(name), &first).await?;
    }
    if let Some(set) = store.live_view(&building(name)).await?
        && set != live
        && is_of(&set, projection)
    {
        ids.push(set);
    }
    let mut targets = vec![];
    for id in ids {
        let progress = store.progress(&id).await?;
        targets.push(Target { projection, id, progress });
    }
    Ok(targets)
}

/// Folds the events that the targets have not seen, and commits all in one transaction. `false`: the progress of one was
/// not where it seemed.
pub(crate) async fn advance(
    store: &dyn Store,
    targets: &mut [Target],
    happened: &[Happened],
) -> Result<bool, EngineError> {
    let Some(to) = happened.last().map(|one| one.recorded.position) else { return Ok(true) };
    let behind: Vec<&mut Target> = targets.iter_mut().filter(|target| target.progress < to).collect();
    let commits = try_join_all(behind.iter().map(|target| commit_of(store, target, happened, to))).await?;
    svod_crash::point("projector/folded");
    let committed = store.commit_views(&commits).await?;
    svod_crash::point("projector/committed");
    for (target, committed) in behind.into_iter().zip(&committed) {
        target.progress = if *committed { to } else { store.progress(&target.id).await? };
    }
    Ok(!committed.contains(&false))
}

/// What a target makes of the events that it has not seen.
async fn commit_of(
    store: &dyn Store,
    target: &Target,
    happened: &[Happened],
    to: Position,
) -> Result<ViewCommit, EngineError> {
    let from = target.progress;
    let unseen = &happened[happened.partition_point(|one| one.recorded.position <= from)..];
    if let Some(first) = unseen.first().filter(|first| first.recorded.position != from.next()) {
        let what = format!("{} has not seen what stands before it", target.id);
        return Err(EngineError::ImpossibleHistory { position: first.recorded.position, what });
    }
    let changes = fold(store, target, unseen).await?;
    Ok(ViewCommit { view: target.id.clone(), from, to, changes })
}

async fn fold(
    store: &dyn Store,
    target: &Target,
    happened: &[Happened],
) -> Result<BTreeMap<String, Option<Vec<u8>>>, EngineError> {
    let mut touching: BTreeMap<String, Vec<&Happened>> = BTreeMap::new();
    for one in happened {
        for key in (target.projection.keys)(one) {
            touching.entry(key).or_default().push(one);
        }
    }
    let keys: Vec<String> = touching.keys().cloned().collect();
    let documents = store.documents(&target.id, &keys).await?;
    let mut changes = BTreeMap::new();
    for (key, events) in touching {
        let document = documents.get(&key).map(Vec::as_slice);
        let folded = (target.projection.fold)(document, &events)?;
        changes.insert(key, folded);
    }
    Ok(changes)
}

/// Shows readers the sets that were built beside the old ones and have caught up; whether there was one.
async fn promote_finished(store: &dyn Store, targets: &[Target]) -> Result<bool, StoreError> {
    let mut promoted = false;
    for target in targets {
        let name = target.projection.name;
        let Some(live) = store.live_view(name).await? else { continue };
        let finished = live != target.id && target.progress >= store.progress(&live).await?;
        if finished {
            show(store, name, &target.id, Some(&live)).await?;
            tracing::info!(view = name, set = %target.id, position = target.progress.0, "view rebuilt");
            promoted = true;
        }
    }
    Ok(promoted)
}

/// What is known of all views.
pub async fn view_statuses(store: &dyn Store) -> Result<Vec<ViewStatus>, EngineError> {
    let live_views = store.live_views().await?;
    let status = |projection: &AnyProjection| {
        let live = live_views.get(projection.name);
        let building = live_views
            .get(&building(projection.name))
            .filter(|set| Some(&set.view) != live.map(|live| &live.view));
        ViewStatus {
            name: projection.name,
            version: projection.version,
            live: live.map(|live| live.view.clone()),
            position: live.map_or(0, |live| live.position.0),
            building: building.map(|set| (set.view.clone(), set.position.0)),
        }
    };
    Ok(ALL.iter().map(status).collect())
}

/// No view has this name.
#[derive(Debug, thiserror::Error)]
#[error("no view is called {name}")]
pub struct UnknownView {
    /// What was asked for.
    pub name: String,
}

/// Builds a view, or all of them in one reading of the log, anew beside the old ones and shows them when they have caught up;
/// the names of those that were built. `progress` is told how far it is and how far the log goes. Stopping it does no harm:
/// the next rebuild begins again.
pub async fn rebuild(
    store: &Arc<dyn Store>,
    name: Option<&str>,
    progress: impl Fn(Position, Position),
) -> Result<Result<Vec<&'static str>, UnknownView>, EngineError> {
    let asked = ALL.iter().filter(|projection| name.is_none_or(|name| name == projection.name));
    let (mut targets, mut replaced) = (vec![], vec![]);
    for projection in asked {
        let live = store.live_view(projection.name).await?;
        let generation = live.as_deref().map_or(0, generation_of) + 1;
        let set = id(*projection, generation);
        store.drop_view(&set).await?;
        store.promote_view(&building(projection.name), &set).await?;
        targets.push(Target { projection: *projection, id: set, progress: Position::START });
        replaced.push(live);
    }
    if let (Some(name), true) = (name, targets.is_empty()) {
        return Ok(Err(UnknownView { name: name.to_owned() }));
    }
    let mut feed = Feed::default();
    while let Some(from) = targets.iter().map(|target| target.progress).min() {
        let happened = feed.next(store, from).await?;
        if happened.is_empty() {
            break;
        }
        advance(store.as_ref(), &mut targets, &happened).await?;
        progress(from, store.head().await?.position);
    }
    for (target, live) in targets.iter().zip(&replaced) {
        let name = target.projection.name;
        if store.live_view(name).await?.as_deref() != Some(target.id.as_str()) {
            show(store.as_ref(), name, &target.id, live.as_deref()).await?;
        }
    }
    Ok(Ok(targets.iter().map(|target| target.projection.name).collect()))
}

/// Drops some of the documents that no reader is shown and nobody builds: those of views that this program does not know any more,
/// and those of which the dropping was interrupted. Piece by piece, so that nobody waits for it long; whether there may be more.
async fn drop_forgotten(store: &dyn Store) -> Result<bool, StoreError> {
    // In this order: a set is named before anything is put into it.
    let sets = store.view_ids().await?;
    let live = store.live_views().await?;
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for projection in ALL {
        let named = [live.get(projection.name), live.get(&building(projection.name))];
        known.extend(named.into_iter().flatten().map(|live| live.view.as_str()));
    }
    let Some(set) = sets.iter().find(|set| !known.contains(set.as_str())) else { return Ok(false) };
    let some = store.documents_under(set, "", None, DROPPED_MAX).await?;
    if some.is_empty() {
        tracing::info!(%set, "a set of documents that nobody reads any more is gone");
        store.drop_view(set).await?;
        return Ok(true);
    }
    let at = store.progress(set).await?;
    let changes = some.into_iter().map(|(key, _)| (key, None)).collect();
    store.commit_view(ViewCommit { view: set.clone(), from: at, to: at, changes }).await?;
    Ok(true)
}

/// Readers are shown this set from now on, and the old one goes.
async fn show(store: &dyn Store, name: &str, set: &str, old: Option<&str>) -> Result<(), StoreError> {
    svod_crash::point("rebuild/caught-up");
    store.promote_view(name, set).await?;
    svod_crash::point("rebuild/promoted");
    match old {
        Some(old) => store.drop_view(old).await,
        None => Ok(()),
    }
}

/// `board@1.2`: name, version, generation.
fn id(projection: AnyProjection, generation: u32) -> String {
    format!("{}@{}.{generation}", projection.name, projection.version)
}

/// Whether the set has the shape that this program gives its documents.
pub(crate) fn is_of(id: &str, projection: AnyProjection) -> bool {
    id.starts_with(&format!("{}@{}.", projection.name, projection.version))
}

fn generation_of(id: &str) -> u32 {
    id.rsplit('.').next().and_then(|generation| generation.parse().ok()).unwrap_or(0)
}

/// Under this name stands the set of a view that is being built.
fn building(name: &str) -> String {
    format!("building:{name}")
}
