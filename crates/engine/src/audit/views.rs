//! Whether the views are what the log yields: a document that somebody changed in the database would lie to whoever reads it.

use svod_log::verify::{Defence, Tampered};
use svod_log::{Position, READ_MAX, Store};

use crate::views::{ALL, AnyProjection, Making};
use crate::{EngineError, Happened};

/// How often a comparison is begun again because the views moved on meanwhile.
const ATTEMPTS_MAX: usize = 5;

/// Compares every document of every view with what the log yields. `None`: they moved on again and again, so it cannot be told.
/// Memory is that of the views.
pub async fn verify_views(
    store: &dyn Store,
    progress: impl Fn(Position),
) -> Result<Option<Result<u64, Tampered>>, EngineError> {
    for _ in 0..ATTEMPTS_MAX {
        if let Some(compared) = compare_all(store, &progress).await? {
            return Ok(Some(compared));
        }
    }
    Ok(None)
}

/// A view as it stands, and what it should be.
struct Compared {
    projection: &'static AnyProjection,
    set: String,
    position: Position,
    making: Box<dyn Making>,
}

async fn compare_all(
    store: &dyn Store,
    progress: &impl Fn(Position),
) -> Result<Option<Result<u64, Tampered>>, EngineError> {
    let mut views = vec![];
    for projection in ALL {
        let set = store.live_view(projection.name).await?.unwrap_or_else(|| projection.name.to_owned());
        let position = store.progress(&set).await?;
        views.push(Compared { projection, set, position, making: (projection.make)() });
    }
    let end = views.iter().map(|view| view.position).max().unwrap_or_default();
    let mut after = Position::START;
    while after < end {
        let page = store.read(after, READ_MAX).await?;
        let Some(last) = page.last().map(|recorded| recorded.position) else { break };
        for recorded in page {
            let happened = Happened::decode(recorded)?;
            for view in views.iter_mut().filter(|view| happened.recorded.position <= view.position) {
                view.making.follow(&happened);
            }
        }
        after = last;
        progress(after);
    }
    let mut documents = 0;
    for view in &views {
        match compare(store, view).await? {
            Ok(count) => documents += count,
            Err(tampered) if store.progress(&view.set).await? == view.position => {
                return Ok(Some(Err(tampered)));
            }
            Err(_moved_on) => return Ok(None),
        }
    }
    Ok(Some(Ok(documents)))
}

async fn compare(store: &dyn Store, view: &Compared) -> Result<Result<u64, Tampered>, EngineError> {
    let mut expected = view.making.encode()?;
    let tampered = |key: &str, what: &str| {
        let what = format!("the document {key} of the view {} {what}", view.projection.name);
        Ok(Err(Tampered { position: view.position, defence: Defence::Views, what }))
    };
    let (mut after, mut count): (Option<String>, u64) = (None, 0);
    loop {
        let page = store.documents_under(&view.set, "", after.as_deref(), READ_MAX).await?;
        let Some((last, _)) = page.last() else { break };
        after = Some(last.clone());
        for (key, document) in page {
            match expected.remove(&key) {
                Some(yielded) if yielded == document => count += 1,
                Some(_) => return tampered(&key, "is not what the log yields"),
                None => return tampered(&key, "does not follow from the log"),
            }
        }
    }
    match expected.first_key_value() {
        Some((key, _)) => tampered(key, "is missing"),
        None => Ok(Ok(count)),
    }
}
