//! Whether the views are what the log yields: a document that somebody changed in the database would lie to whoever reads it.
//!
//! They are built once more, in a store of their own beside, and compared page by page: memory stays the same however long the
//! log and however large the views.

use svod_log::verify::{Defence, Tampered};
use svod_log::{Position, Store};

use crate::projector::{BATCH_MAX, Target, advance, is_of};
use crate::views::ALL;
use crate::{EngineError, Happened};

/// How often a comparison is begun again because the views moved on meanwhile.
const ATTEMPTS_MAX: usize = 5;

/// Documents that are compared at a time: the largest of them are some hundred KiB.
const PAGE: u32 = 200;

/// Compares every document of every view with what the log yields; how many that were. `None`: they moved on again and again, or
/// are those of another version of the program, so it cannot be told. `scratch` is an empty store that nobody else uses.
pub async fn verify_views(
    store: &dyn Store,
    scratch: &dyn Store,
    progress: impl Fn(Position),
) -> Result<Option<Result<u64, Tampered>>, EngineError> {
    for _ in 0..ATTEMPTS_MAX {
        for set in scratch.view_ids().await? {
            scratch.drop_view(&set).await?;
        }
        if let Some(compared) = compare_all(store, scratch, &progress).await? {
            return Ok(Some(compared));
        }
    }
    Ok(None)
}

/// A view as it stands, and what is built beside it.
struct Compared {
    position: Position,
    beside: Target,
}

async fn compare_all(
    store: &dyn Store,
    scratch: &dyn Store,
    progress: &impl Fn(Position),
) -> Result<Option<Result<u64, Tampered>>, EngineError> {
    let mut views = vec![];
    for projection in ALL {
        let Some(set) = store.live_view(projection.name).await? else { continue };
        if !is_of(&set, *projection) {
            return Ok(None);
        }
        let position = store.progress(&set).await?;
        let beside = Target { projection: *projection, id: set, progress: Position::START };
        views.push(Compared { position, beside });
    }
    build(store, scratch, &mut views, progress).await?;
    let mut documents = 0;
    for view in &views {
        match compare(store, scratch, view).await? {
            Ok(count) => documents += count,
            Err(tampered) if store.progress(&view.beside.id).await? == view.position => {
                return Ok(Some(Err(tampered)));
            }
            Err(_moved_on) => return Ok(None),
        }
    }
    Ok(Some(Ok(documents)))
}

/// Builds each view up to where it stands. Those that stand further back are ready first.
async fn build(
    store: &dyn Store,
    scratch: &dyn Store,
    views: &mut [Compared],
    progress: &impl Fn(Position),
) -> Result<(), EngineError> {
    views.sort_by_key(|view| view.position);
    let mut after = Position::START;
    for index in 0..views.len() {
        let end = views[index].position;
        let mut targets: Vec<Target> = views[index..].iter().map(|view| view.beside.clone()).collect();
        while after < end {
            let left = u32::try_from(end.0 - after.0).unwrap_or(BATCH_MAX);
            let page = store.read(after, left.min(BATCH_MAX)).await?;
            let happened = page.into_iter().map(Happened::decode).collect::<Result<Vec<_>, _>>()?;
            let Some(last) = happened.last() else { break };
            after = last.recorded.position;
            advance(scratch, &mut targets, &happened).await?;
            progress(after);
        }
        for (view, target) in views[index..].iter_mut().zip(targets) {
            view.beside = target;
        }
    }
    Ok(())
}

async fn compare(
    store: &dyn Store,
    scratch: &dyn Store,
    view: &Compared,
) -> Result<Result<u64, Tampered>, EngineError> {
    let set = &view.beside.id;
    let (mut after, mut count): (Option<String>, u64) = (None, 0);
    loop {
        let stands = store.documents_under(set, "", after.as_deref(), PAGE).await?;
        let yielded = scratch.documents_under(set, "", after.as_deref(), PAGE).await?;
        if stands == yielded {
            let Some((last, _)) = stands.last() else { return Ok(Ok(count)) };
            count += stands.len() as u64;
            after = Some(last.clone());
            continue;
        }
        let what =
            format!("{} of the view {}", first_difference(&stands, &yielded), view.beside.projection.name);
        return Ok(Err(Tampered { position: view.position, defence: Defence::Views, what }));
    }
}

type Document = (String, Vec<u8>);

/// Two pages that begin behind the same key differ: in what first.
fn first_difference(stands: &[Document], yielded: &[Document]) -> String {
    let same = stands.iter().zip(yielded).take_while(|(one, other)| one == other).count();
    match (stands.get(same), yielded.get(same)) {
        (Some((key, _)), Some((other, _))) if key == other => {
            format!("the log yields something else than the document {key}")
        }
        (Some((key, _)), Some((other, _))) if key > other => format!("missing is the document {other}"),
        (None, Some((other, _))) => format!("missing is the document {other}"),
        (Some((key, _)), _) => format!("the log does not yield the document {key}"),
        (None, None) => "the order of the documents is another".to_owned(),
    }
}
