//! Completes erasures: what the vault holds is destroyed, and documents that name the person give way to their masked twins.

use std::collections::BTreeSet;
use std::path::Path;

use svod_domain::command::CompleteErasure;
use svod_domain::event::{ErasureCompleted, MaskedDocument, ReportBuilt};
use svod_domain::{Actor, Command, ReasonCode};
use svod_engine::{Engine, EngineError, ErasureCard};
use svod_log::{Hash, Position, StoredFile};
use uuid::Uuid;

use crate::CannotLoad;
use crate::render::edition_file_name;
use crate::reproduce::{CannotReproduce, masked_twin};
use crate::worker::{WorkError, remove, write_whole};

/// Why an erasure could not be completed. It can be tried again.
#[derive(Debug, thiserror::Error)]
pub enum CannotComplete {
    /// The ledger failed.
    #[error("the ledger failed")]
    Ledger(#[from] EngineError),
    /// A twin cannot be made now.
    #[error("the masked twin of {format} of edition {edition} of {quarter} cannot be made now")]
    Twin {
        /// Of which quarter.
        quarter: svod_domain::Quarter,
        /// Of which edition.
        edition: svod_domain::Edition,
        /// In which format.
        format: String,
        /// Why.
        #[source]
        source: CannotReproduce,
    },
    /// The folder of reports could not be written to.
    #[error("the folder of reports could not be written to")]
    Folder(#[from] WorkError),
    /// The ledger refused to record it.
    #[error("that the erasure is complete was not recorded: {}", .0.as_str())]
    Refused(ReasonCode),
}

/// Completes every erasure that was approved and is not complete. `folder` is where copies of documents lie: only who has them
/// may say that they are gone. How many erasures there were.
///
/// Each step may be repeated: a killed process leaves nothing that the next one does not finish.
pub async fn complete_erasures(engine: &Engine, folder: Option<&Path>) -> Result<usize, CannotComplete> {
    let masked = mask_erased(engine, folder).await?;
    complete_masked(engine, &masked, |_anybody| true).await
}

/// Completes the erasures of one person. How many there were.
pub async fn complete_erasure_of(
    engine: &Engine,
    folder: Option<&Path>,
    person: Uuid,
) -> Result<usize, CannotComplete> {
    let masked = mask_erased(engine, folder).await?;
    complete_masked(engine, &masked, |about| about == person).await
}

async fn complete_masked(
    engine: &Engine,
    masked: &Masked,
    is_meant: impl Fn(Uuid) -> bool,
) -> Result<usize, CannotComplete> {
    let mut completed = 0;
    for card in engine.erasures().await? {
        let person = card.request.person;
        // Who was erased since is masked by whoever comes next.
        let is_masked = masked.persons.contains(&person) && is_meant(person);
        if card.erased.is_some() && card.completed.is_none() && is_masked {
            complete(engine, &card, &masked.without_twin).await?;
            completed += 1;
        }
    }
    Ok(completed)
}

/// Whether all documents that name a person have their copies in this folder.
pub async fn has_copies(engine: &Engine, person: Uuid, folder: &Path) -> Result<bool, EngineError> {
    let naming = engine.documents_naming(&[(person, Position(u64::MAX))].into()).await?;
    let name = |built: &ReportBuilt| edition_file_name(built.quarter, built.edition, &built.format);
    Ok(naming.iter().all(|built| folder.join(name(built)).exists()))
}

/// Destroys what the vault holds of everybody who was erased, and puts masked twins in the place of documents that named
/// them, in the ledger and in the folder.
pub async fn mask_erased(engine: &Engine, folder: Option<&Path>) -> Result<Masked, CannotComplete> {
    // Whoever is among them is destroyed next; who is erased later is not.
    let erased = engine.erased_persons().await?;
    engine.destroy_erased().await?;
    svod_crash::point("erasure/destroyed");
    let mut without_twin = BTreeSet::new();
    for built in engine.documents_naming(&erased).await? {
        if !mask(engine, &built, folder).await? {
            without_twin.insert(built.sha256);
        }
    }
    svod_crash::point("erasure/all-masked");
    Ok(Masked { persons: erased.into_keys().collect(), without_twin })
}

/// What was masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masked {
    /// Whose names are destroyed, and gone from the documents.
    pub persons: BTreeSet<Uuid>,
    /// The hashes of documents that could have no twin.
    pub without_twin: BTreeSet<String>,
}

/// Records that an erasure is complete: everything that named the person is masked.
async fn complete(
    engine: &Engine,
    card: &ErasureCard,
    without_twin: &BTreeSet<String>,
) -> Result<(), CannotComplete> {
    let Some((_, position, _)) = card.erased else { return Ok(()) };
    let naming = engine.documents_naming(&[(card.request.person, position)].into()).await?;
    let masked = |built: ReportBuilt| {
        let ReportBuilt { quarter, edition, format, sha256, masked_sha256, .. } = built;
        let without_twin = without_twin.contains(&sha256);
        MaskedDocument { quarter, edition, format, sha256, masked_sha256, without_twin }
    };
    let documents = naming.into_iter().map(masked).collect();
    let completed = ErasureCompleted { erasure_id: card.request.erasure_id, documents };
    let command = Command::CompleteErasure(CompleteErasure { completed });
    match engine.order_because(Some(position), Actor::service(), command).await? {
        Ok(_) => Ok(()),
        // Another process was faster.
        Err(refusal) if refusal.reason() == ReasonCode::AlreadyExists => Ok(()),
        Err(refusal) => Err(CannotComplete::Refused(refusal.reason())),
    }
}

/// Puts the twin in the place of a document: it is kept before the document goes. `false`: none could be made, ever, by this
/// program; then the document goes without one, because the name must go.
async fn mask(engine: &Engine, built: &ReportBuilt, folder: Option<&Path>) -> Result<bool, CannotComplete> {
    if built.sha256 == built.masked_sha256 {
        // Nobody was named in it.
        return Ok(true);
    }
    let twin = twin(engine, built).await?;
    let store = engine.store();
    if let Some(file) = &twin {
        store.keep_file(file).await.map_err(EngineError::from)?;
    } else {
        let ReportBuilt { quarter, edition, format, renderer, .. } = built;
        tracing::warn!(%quarter, %edition, format, renderer, "no masked twin can be made; the document is destroyed");
    }
    svod_crash::point("erasure/twin-kept");
    if let Some(folder) = folder {
        let path = folder.join(edition_file_name(built.quarter, built.edition, &built.format));
        match &twin {
            Some(file) if path.exists() => write_whole(folder, &path, file.bytes.to_vec()).await?,
            Some(_without_a_copy) => {}
            None => remove(&path).await?,
        }
    }
    svod_crash::point("erasure/twin-copied");
    if let Some(sha256) = Hash::from_hex(&built.sha256) {
        store.drop_file(sha256).await.map_err(EngineError::from)?;
    }
    svod_crash::point("erasure/document-dropped");
    Ok(twin.is_some())
}

/// The masked twin, as it is kept or made now. `None`: this program cannot make it.
async fn twin(engine: &Engine, built: &ReportBuilt) -> Result<Option<StoredFile>, CannotComplete> {
    let kept = match Hash::from_hex(&built.masked_sha256) {
        Some(sha256) => engine.store().file(sha256).await.map_err(EngineError::from)?,
        None => None,
    };
    if kept.is_some() {
        return Ok(kept);
    }
    match masked_twin(engine, built).await {
        Ok(made) => Ok(made.map(|made| StoredFile {
            sha256: Hash::of(&made.bytes),
            media_type: made.media_type.to_owned(),
            bytes: made.bytes.into(),
        })),
        // The ledger is away: it can be made later.
        Err(CannotReproduce::Ledger(source)) if source.is_own_fault() => Err(source.into()),
        Err(CannotReproduce::Template(CannotLoad::Ledger(source))) => Err(EngineError::from(source).into()),
        // A template that is missing can be added again, and then the twin be made; what is destroyed is gone.
        Err(source @ (CannotReproduce::RendererEnded(_) | CannotReproduce::Template(_))) => {
            Err(CannotComplete::Twin {
                quarter: built.quarter,
                edition: built.edition,
                format: built.format.clone(),
                source,
            })
        }
        Err(_never) => Ok(None),
    }
}
