//! Completes erasures: what the vault holds is destroyed, and documents that name the person give way to their masked twins.

use std::path::Path;

use svod_domain::command::CompleteErasure;
use svod_domain::event::{ErasureCompleted, MaskedDocument, ReportBuilt};
use svod_domain::{Actor, Command, ReasonCode};
use svod_engine::{Engine, EngineError, ErasureCard};
use svod_log::{Hash, StoredFile};

use crate::reproduce::{CannotReproduce, masked_twin};
use crate::worker::{WorkError, write_whole};

/// Why an erasure could not be completed. It can be tried again.
#[derive(Debug, thiserror::Error)]
pub enum CannotComplete {
    /// The ledger failed.
    #[error("the ledger failed")]
    Ledger(#[from] EngineError),
    /// A twin could not be made.
    #[error("the masked twin of {format} of edition {edition} of {quarter} cannot be made")]
    Twin {
        /// Of which quarter.
        quarter: svod_domain::Quarter,
        /// Of which edition.
        edition: svod_domain::Edition,
        /// In which format.
        format: String,
        /// Why; `None`: it is not the one that was recorded.
        #[source]
        source: Option<CannotReproduce>,
    },
    /// The folder of reports could not be written to.
    #[error("the folder of reports could not be written to")]
    Folder(#[from] WorkError),
    /// The ledger refused to record it.
    #[error("that the erasure is complete was not recorded: {}", .0.as_str())]
    Refused(ReasonCode),
}

/// Completes every erasure that was approved and is not complete. `folder` is where copies of documents lie. How many there
/// were.
///
/// Each step may be repeated: a killed process leaves nothing that the next one does not finish.
pub async fn complete_erasures(engine: &Engine, folder: Option<&Path>) -> Result<usize, CannotComplete> {
    engine.destroy_erased().await?;
    svod_crash::point("erasure/destroyed");
    let mut completed = 0;
    for card in engine.erasures().await? {
        if card.erased.is_some() && card.completed.is_none() {
            complete(engine, &card, folder).await?;
            completed += 1;
        }
    }
    Ok(completed)
}

async fn complete(engine: &Engine, card: &ErasureCard, folder: Option<&Path>) -> Result<(), CannotComplete> {
    let mut documents = vec![];
    for built in engine.documents_naming(card.request.person).await? {
        mask(engine, &built, folder).await?;
        let ReportBuilt { quarter, edition, format, sha256, masked_sha256, .. } = built;
        documents.push(MaskedDocument { quarter, edition, format, sha256, masked_sha256 });
    }
    svod_crash::point("erasure/all-masked");
    let completed = ErasureCompleted { erasure_id: card.request.erasure_id, documents };
    let command = Command::CompleteErasure(CompleteErasure { completed });
    let cause = card.erased.as_ref().map(|(_, position, _)| *position);
    match engine.order_because(cause, Actor::service(), command).await? {
        Ok(_) => Ok(()),
        // Another process was faster.
        Err(refusal) if refusal.reason() == ReasonCode::AlreadyExists => Ok(()),
        Err(refusal) => Err(CannotComplete::Refused(refusal.reason())),
    }
}

/// Puts the twin in the place of a document: it is kept before the document goes.
async fn mask(engine: &Engine, built: &ReportBuilt, folder: Option<&Path>) -> Result<(), CannotComplete> {
    let twin = |source| CannotComplete::Twin {
        quarter: built.quarter,
        edition: built.edition,
        format: built.format.clone(),
        source,
    };
    let made = masked_twin(engine, built).await.map_err(|error| twin(Some(error)))?;
    let made = made.ok_or_else(|| twin(None))?;
    let store = engine.store();
    let file = StoredFile {
        sha256: Hash::of(&made.bytes),
        media_type: made.media_type.to_owned(),
        bytes: made.bytes.into(),
    };
    store.keep_file(&file).await.map_err(EngineError::from)?;
    svod_crash::point("erasure/twin-kept");
    if let Some(folder) = folder {
        let path = folder.join(&made.file_name);
        if path.exists() {
            write_whole(folder, &path, file.bytes.to_vec()).await?;
        }
    }
    svod_crash::point("erasure/twin-copied");
    if let Some(sha256) = Hash::from_hex(&built.sha256) {
        store.drop_file(sha256).await.map_err(EngineError::from)?;
    }
    svod_crash::point("erasure/document-dropped");
    Ok(())
}
