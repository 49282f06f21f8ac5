//! Goes over the entries of a ledger as they lie in its store, beside what its vault holds of them. What is checked of each stands in
//! `svod_log::verify`, what of the vault in [`VaultCheck`]; here pages are read and checked side by side, and followed in order.

use std::collections::{BTreeSet, HashSet};
use std::io;

use futures_util::{StreamExt as _, stream};
use svod_log::verify::{CheckedRow, Defence, Ended, RowCheck, Sound, Tampered, Verifier};
use svod_log::{AuditHead, AuditRow, Position, READ_MAX, RowRef, Store, StoreError, made_of_rows};

use super::vault::{Names, VaultCheck};
use crate::EngineError;

/// Rows of a page: several pages of the longest entries must not fill the memory.
const ROWS: u32 = 500;
const _: () = assert!(ROWS <= READ_MAX, "where the streams of a page stood before is read at once");

/// Most pages that are read and checked at once: one for each processor of a small machine, while another is followed.
const READ_AHEAD: usize = 3;

/// Why a verification ended before it could call the log sound.
#[derive(Debug, thiserror::Error)]
pub enum Unsound {
    /// Something was changed.
    #[error(transparent)]
    Tampered(#[from] Tampered),
    /// What had been put aside could not be read back.
    #[error("reading back what the verification has put aside")]
    Scratch(#[source] io::Error),
    /// The store or the vault could not be read.
    #[error(transparent)]
    Failed(EngineError),
}

impl From<StoreError> for Unsound {
    /// An entry that cannot be read was changed: whoever wrote it could read it.
    fn from(error: StoreError) -> Self {
        if let StoreError::Damaged { what, place } = &error
            && let Some(position) = place.strip_prefix("position ").and_then(|digits| digits.parse().ok())
        {
            let (position, what) = (Position(position), what.clone());
            return Self::Tampered(Tampered { position, defence: Defence::Form, what });
        }
        Self::Failed(error.into())
    }
}

impl From<EngineError> for Unsound {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Store(error) => error.into(),
            error => Self::Failed(error),
        }
    }
}

impl From<Ended> for Unsound {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Tampered(tampered) => tampered.into(),
            Ended::Scratch(error) => Self::Scratch(error),
        }
    }
}

/// What could be read of a row by itself, where it was read.
struct Checked {
    row: Result<CheckedRow, Tampered>,
    /// Whom it names, if that is looked at.
    names: Option<Result<Names, EngineError>>,
    /// Its stream, if that may go on from before what is gone over.
    stream: Option<String>,
}

/// What is gone over, and what is looked at.
struct Pass {
    begins: Position,
    end: Position,
    check: RowCheck,
    with_names: bool,
}

/// A page of rows, up to the first that is not sound.
struct Page {
    rows: Vec<Checked>,
    /// Their streams, and the entries that these ended with before what is gone over.
    before: Vec<(String, Result<CheckedRow, Tampered>)>,
}

impl Pass {
    /// Reads the page behind this position. Hashing and reading entries takes longer than everything else, so it is done by the thread
    /// that reads them; entries before are few.
    async fn page(&self, store: &dyn Store, after: Position) -> Result<Page, Unsound> {
        let (mut position, mut is_sound) = (after, true);
        let (check, with_names) = (self.check.clone(), self.with_names);
        let with_streams = self.begins > Position::START;
        let checked = move |row: RowRef<'_>| {
            position = position.next();
            is_sound.then(|| {
                let checked = check.row(position, row);
                is_sound = checked.is_ok();
                let names = (with_names && is_sound).then(|| Names::of(row));
                Checked { row: checked, names, stream: with_streams.then(|| row.stream.to_owned()) }
            })
        };
        let count = u32::try_from(self.end.0 - after.0).unwrap_or(ROWS).min(ROWS);
        let rows: Vec<Checked> =
            made_of_rows(store, after, count, checked).await?.into_iter().flatten().collect();
        let streams: BTreeSet<&str> = rows.iter().filter_map(|row| row.stream.as_deref()).collect();
        let tips = if streams.is_empty() {
            vec![]
        } else {
            store.audit_tips(&Vec::from_iter(streams), self.begins).await?
        };
        let checked = |tip: AuditRow| {
            let checked = self.check.row(tip.position, tip.shown());
            (tip.stream, checked)
        };
        Ok(Page { rows, before: tips.into_iter().map(checked).collect() })
    }
}

/// Goes over the entries behind where the verifier begins and up to the head, and over what the vault holds of them, if that is to be
/// looked at. The answer is what was found sound, and how many disclosures.
pub async fn verify_entries(
    store: &dyn Store,
    (mut verifier, mut vault): (Verifier, Option<VaultCheck<'_>>),
    head: &AuditHead,
    progress: impl Fn(Position),
) -> Result<(Sound, Option<u64>), Unsound> {
    let gone_over = go_over(store, (&mut verifier, vault.as_mut()), head, progress).await;
    if let Err(ended) = gone_over {
        return Err(verifier.amiss().map_or(ended, Unsound::Tampered));
    }
    let sound = verifier.end(head)?;
    let disclosures = match vault {
        Some(vault) => Some(vault.end(head.position).await??),
        None => None,
    };
    Ok((sound, disclosures))
}

async fn go_over(
    store: &dyn Store,
    (verifier, mut vault): (&mut Verifier, Option<&mut VaultCheck<'_>>),
    head: &AuditHead,
    progress: impl Fn(Position),
) -> Result<(), Unsound> {
    let (begins, end) = (verifier.begins(), head.position);
    last_before(store, verifier).await?;
    let pass = Pass { begins, end, check: verifier.check(), with_names: vault.is_some() };
    // Positions have no gaps, so it is known where each page begins; where rows are missing, the check of the page tells.
    let pages = (begins.0..end.0).step_by(ROWS as usize).map(|after| pass.page(store, Position(after)));
    let mut pages = std::pin::pin!(stream::iter(pages).buffered(READ_AHEAD));
    let (mut gone_over, mut known) = (begins, HashSet::new());
    while let Some(page) = pages.next().await {
        let Page { rows, before } = page?;
        // One that went on in an earlier page, too, is known. Memory grows with the number of these streams.
        for (stream, tip) in before {
            if known.insert(stream) {
                verifier.before_checked(&tip?);
            }
        }
        for Checked { row, names, .. } in rows {
            verifier.take(row)?;
            if let (Some(vault), Some(names)) = (vault.as_deref_mut(), names) {
                vault.take(names?).await?;
            }
        }
        gone_over = Position(gone_over.0 + u64::from(ROWS)).min(end);
        progress(gone_over);
    }
    Ok(())
}

/// Begins with the last entry before what is gone over, if there is one.
async fn last_before(store: &dyn Store, verifier: &mut Verifier) -> Result<(), Unsound> {
    let until = verifier.begins();
    if until > Position::START {
        let rows = store.audit_rows(Position(until.0 - 1), 1).await?;
        let Some(last) = rows.first().filter(|row| row.position == until) else {
            let what = "the entry that the kept verification ended with is not there".to_owned();
            return Err(Tampered { position: until, defence: Defence::Positions, what }.into());
        };
        verifier.before(last.shown())?;
    }
    Ok(())
}
