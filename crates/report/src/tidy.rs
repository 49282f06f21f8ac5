//! Puts the documents that are kept, in the ledger and as copies in a folder, in agreement with the log. A worker that was
//! killed may have left some that were never recorded, and somebody whom they name may have been erased since.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use svod_domain::event::ReportBuilt;
use svod_engine::{Engine, EngineError};
use svod_log::{Hash, READ_MAX};
use tokio::io::AsyncReadExt as _;

use crate::render::edition_file_name;
use crate::template::TEMPLATE_MEDIA_TYPE;
use crate::worker::{WorkError, remove, write_whole};

/// What the names of copies begin with; nothing else in the folder is touched.
const COPIES: &str = "report-";

/// How much of a copy is read at once.
const PIECE_BYTES: usize = 64 << 10;

/// What a copy is called while it is written.
const PART: &str = ".part";

/// Clears away what the log does not know, and writes copies that are missing. For the one worker that has the right to run:
/// what another is just making is not recorded either.
pub(crate) async fn tidy(engine: &Engine, folder: Option<&Path>) -> Result<(), TidyError> {
    let recorded = engine.all_built().await?;
    let kept = drop_unknown(engine, &recorded).await?;
    if let Some(folder) = folder {
        tidy_copies(engine, folder, &recorded, &kept).await?;
    }
    Ok(())
}

/// Why it could not be done; it is tried again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TidyError {
    /// The ledger failed.
    #[error("the ledger failed while its documents were put in order")]
    Ledger(#[from] EngineError),
    /// The folder cannot be read or written.
    #[error("the folder of reports cannot be put in order")]
    Folder(#[from] WorkError),
}

fn hashes(built: &ReportBuilt) -> impl Iterator<Item = Hash> {
    [&built.sha256, &built.masked_sha256].into_iter().filter_map(|hash| Hash::from_hex(hash))
}

/// What is known and kept is the answer.
async fn drop_unknown(engine: &Engine, recorded: &[ReportBuilt]) -> Result<BTreeSet<Hash>, EngineError> {
    let known: BTreeSet<Hash> = recorded.iter().flat_map(hashes).collect();
    let (mut after, mut kept) = (None, BTreeSet::new());
    loop {
        let page = engine.store().files(after, READ_MAX).await?;
        let Some(last) = page.last().copied() else { return Ok(kept) };
        after = Some(last);
        for hash in page {
            if known.contains(&hash) {
                kept.insert(hash);
            } else {
                drop_unless_recorded(engine, hash).await?;
            }
        }
    }
}

/// A worker whose lease ran out while it was at work may record its document at this moment: then it is put back.
async fn drop_unless_recorded(engine: &Engine, unknown: Hash) -> Result<(), EngineError> {
    let Some(file) = engine.store().file(unknown).await? else { return Ok(()) };
    // No document but what documents are made with: it may be named by the next one, and is by earlier ones.
    if file.media_type == TEMPLATE_MEDIA_TYPE {
        return Ok(());
    }
    engine.store().drop_file(unknown).await?;
    if engine.all_built().await?.iter().flat_map(hashes).any(|known| known == unknown) {
        engine.store().keep_file(&file).await?;
    } else {
        tracing::info!(sha256 = %unknown, "a document that was never recorded is cleared away");
    }
    Ok(())
}

async fn tidy_copies(
    engine: &Engine,
    folder: &Path,
    recorded: &[ReportBuilt],
    kept: &BTreeSet<Hash>,
) -> Result<(), TidyError> {
    // A document that was recorded is the newest of its name.
    let copies: BTreeMap<String, &ReportBuilt> = recorded
        .iter()
        .map(|built| (edition_file_name(built.quarter, built.edition, &built.format), built))
        .collect();
    for name in names_in(folder).await? {
        if name.ends_with(PART) {
            remove(&folder.join(&name)).await?;
            tracing::info!(name, "a copy that was only begun is cleared away");
        } else if !copies.contains_key(&name) {
            tracing::warn!(name, "a file in the folder of reports is of no document that this ledger knows");
        }
    }
    for (name, built) in copies {
        // Nearly all are as they should be, which is told without reading years of documents out of the ledger.
        let wanted = hashes(built).find(|hash| kept.contains(hash));
        if wanted.is_none() || copy_in(&folder.join(name)).await? != wanted {
            tidy_copy(engine, folder, built).await?;
        }
    }
    Ok(())
}

/// Makes the copy of a document what the ledger keeps.
pub(crate) async fn tidy_copy(engine: &Engine, folder: &Path, built: &ReportBuilt) -> Result<(), WorkError> {
    let name = edition_file_name(built.quarter, built.edition, &built.format);
    let path = folder.join(&name);
    let here = copy_in(&path).await?;
    let ledger = |source| WorkError::Ledger { quarter: built.quarter, source };
    match kept(engine, built).await.map_err(ledger)? {
        Some(file) if here != Some(file.sha256) => {
            write_whole(folder, &path, file.bytes.to_vec()).await?;
            svod_crash::point("report/copied");
            tracing::info!(name, "a copy is written");
            Ok(())
        }
        Some(_the_same) => Ok(()),
        // The only one that is left.
        None if hashes(built).any(|hash| here == Some(hash)) => Ok(()),
        None => remove(&path).await,
    }
}

/// The hash of the copy that lies there, if there is one; documents may be large, so it is read piece by piece.
async fn copy_in(path: &Path) -> Result<Option<Hash>, WorkError> {
    let wrong = |source| WorkError::Folder { path: path.to_owned(), source };
    let mut file = match tokio::fs::File::open(path).await {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(wrong(error)),
    };
    let (mut hasher, mut piece) = (Sha256::new(), vec![0; PIECE_BYTES]);
    loop {
        match file.read(&mut piece).await.map_err(wrong)? {
            0 => return Ok(Some(Hash(hasher.finalize().into()))),
            length => hasher.update(&piece[..length]),
        }
    }
}

/// The document as the ledger has it: itself, or its masked twin.
async fn kept(engine: &Engine, built: &ReportBuilt) -> Result<Option<svod_log::StoredFile>, EngineError> {
    for sha256 in hashes(built) {
        if let Some(file) = engine.store().file(sha256).await? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

/// The names of copies, whole or not, that lie in the folder.
async fn names_in(folder: &Path) -> Result<Vec<String>, WorkError> {
    let wrong = |source| WorkError::Folder { path: folder.to_owned(), source };
    let mut entries = match tokio::fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(wrong(error)),
    };
    let mut names = vec![];
    while let Some(entry) = entries.next_entry().await.map_err(wrong)? {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(COPIES) {
            names.push(name);
        }
    }
    Ok(names)
}
