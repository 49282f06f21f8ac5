//! `svod audit checkpoint` and `svod audit key`: what to keep, and what to publish.

use anyhow::Context as _;
use serde_json::json;

use super::cosigned;
use crate::config::Config;
use crate::exit::Failure;
use crate::{keys, ledger, print};

/// Prints the newest signed checkpoint that a witness cosigned; the newest of all with `head`, or if none was cosigned.
pub(super) async fn checkpoint(config: &Config, head: bool, json: bool) -> Result<(), Failure> {
    let store = ledger::open(config).await.map_err(Failure::unavailable)?;
    let note = store.audit_head().await.map_err(Failure::unavailable)?.checkpoint;
    if note.is_empty() {
        return Err(Failure::unavailable(anyhow::anyhow!(
            "nothing was recorded yet, so there is no checkpoint"
        )));
    }
    let cosigned =
        if head { None } else { cosigned::newest(store.as_ref()).await.map_err(Failure::unavailable)? };
    let is_cosigned = cosigned.is_some();
    let note = cosigned.map_or(note, |note| note.to_string());
    if json {
        print::json(&json!({"checkpoint": note, "cosigned": is_cosigned}))
    } else {
        print::bytes(note.as_bytes())
    }
}

/// Prints the verifier key of the log.
pub(super) fn key(config: &Config, json: bool) -> Result<(), Failure> {
    let notary = keys::load(&config.keys_file).map_err(Failure::unavailable)?;
    let missing = || format!("the keys of the ledger are not in {}", config.keys_file.display());
    let key = notary.with_context(missing).map_err(Failure::unavailable)?.notary.verifier_key().to_string();
    if json { print::json(&json!({"key": key})) } else { print::line(key) }
}
