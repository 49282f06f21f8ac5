//! Verification that goes on from an earlier one: what the auditor kept then, and what lies between.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use svod_log::AuditHead;
use svod_log::verify::{Kept, Sound};

use crate::commands::report::write_whole;
use crate::exit::Failure;
use crate::handed;

/// Largest file that is read as a kept verification, in bytes: a frontier has at most 64 hashes, a checkpoint some lines.
const KEPT_BYTES_MAX: u64 = 1 << 20;

/// From where to where.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Keeping {
    /// Check only what came since this file was written with --keep, and that it grew out of what was checked then
    #[arg(long, value_name = "FILE", conflicts_with_all = ["integrity", "rules", "views"])]
    since: Option<PathBuf>,
    /// If the log is sound, write down where this verification ended; keep it where nobody of the ledger can write
    #[arg(long, value_name = "FILE", conflicts_with_all = ["integrity", "rules", "views"])]
    keep: Option<PathBuf>,
}

impl Keeping {
    pub(super) fn is_asked_for(&self) -> bool {
        self.since.is_some() || self.keep.is_some()
    }

    /// What was kept, if the verification is to go on from it.
    pub(super) fn kept(&self) -> Result<Option<Kept>, Failure> {
        self.since.as_deref().map(kept_in).transpose()
    }

    /// Keeps a verification that found the log sound, if that was asked for.
    pub(super) fn keep(
        &self,
        head: &AuditHead,
        sound: &Sound,
        earlier: Option<&Kept>,
    ) -> Result<(), Failure> {
        let Some(path) = &self.keep else { return Ok(()) };
        if head.checkpoint.is_empty() {
            let error = anyhow::anyhow!("nothing was recorded yet, so there is nothing to keep");
            return Err(Failure::unavailable(error));
        }
        let codes_checked = earlier.is_none_or(|kept| kept.codes_checked);
        let kept = Kept::of(head, sound, codes_checked).map_err(Failure::unavailable)?;
        write_whole(path, kept.to_json().as_bytes()).map_err(Failure::unavailable)
    }
}

fn kept_in(path: &Path) -> Result<Kept, Failure> {
    let doing = format!("reading what was kept in {}", path.display());
    let text = handed::text_in(path, KEPT_BYTES_MAX, &doing)?;
    Kept::parse(&text).context(doing).map_err(Failure::usage)
}

/// What a person is told of what was not looked at.
pub(super) fn lines(since: &Kept) -> Vec<String> {
    let position = since.size();
    let mut lines = vec![format!(
        "entries 1 to {position} were not read again, but those that later ones follow on; whether somebody changed them since \
         is seen by a verification without --since"
    )];
    if !since.codes_checked {
        lines.push(format!("not all codes up to {position} were checked when it was kept"));
    }
    lines
}
