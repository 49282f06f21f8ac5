//! Templates in the ledger: kept by their hash, so that every document made with one can be made again for ever.

use std::sync::Arc;

use svod_engine::Engine;
use svod_log::{Hash, StoreError, StoredFile};

use super::{Template, TemplateRefused};
use crate::ReportSettings;

/// What a template is kept as. By it, whoever clears away documents that were never recorded knows that it is none.
pub const TEMPLATE_MEDIA_TYPE: &str =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template";

/// Why a template that the settings name cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum CannotLoad {
    /// The ledger failed.
    #[error("the ledger failed")]
    Ledger(#[from] StoreError),
    /// Nothing that is a hash.
    #[error("{0:?} is no SHA-256 of a template: 64 hexadecimal digits")]
    Hash(String),
    /// It was never added.
    #[error("the ledger has no template {0}")]
    Unknown(Hash),
    /// It was taken once and is refused by this program.
    #[error("the template {sha256} cannot be read")]
    Refused {
        /// Which.
        sha256: Hash,
        /// Why.
        #[source]
        source: TemplateRefused,
    },
}

/// Keeps a template that compiles.
pub async fn keep_template(engine: &Engine, template: &Template, bytes: &[u8]) -> Result<(), StoreError> {
    let file = StoredFile {
        sha256: template.sha256(),
        media_type: TEMPLATE_MEDIA_TYPE.to_owned(),
        bytes: bytes.into(),
    };
    engine.store().keep_file(&file).await
}

/// The template that the settings name. `None`: the built-in form.
pub async fn load_template(
    engine: &Engine,
    settings: &ReportSettings,
) -> Result<Option<Arc<Template>>, CannotLoad> {
    let Some(named) = &settings.template else { return Ok(None) };
    let sha256 = Hash::from_hex(named).ok_or_else(|| CannotLoad::Hash(named.clone()))?;
    let file = engine.store().file(sha256).await?.ok_or(CannotLoad::Unknown(sha256))?;
    let template = Template::compile(&file.bytes);
    let template = template.map_err(|source| CannotLoad::Refused { sha256, source })?;
    Ok(Some(Arc::new(template)))
}
