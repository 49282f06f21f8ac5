//! What can be done about a failure, in one sentence: told by `svod doctor` and under the last word of every command.

use svod_engine::EngineError;
use svod_log::{Denial, StoreError};
use svod_report::CannotLoad;

use crate::ledger::UnfitKeys;

/// The cure of the first cause that has one.
pub(crate) fn of(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| {
        let keys = cause.downcast_ref::<UnfitKeys>().map(UnfitKeys::cure);
        let lost = matches!(cause.downcast_ref(), Some(EngineError::Lost { .. })).then(|| LOST.to_owned());
        let template = cause.downcast_ref().and_then(of_template).map(str::to_owned);
        keys.or(lost).or(template).or_else(|| cause.downcast_ref().map(of_store).map(str::to_owned))
    })
}

/// What to do when the vault does not know whom the log names.
pub(crate) const LOST: &str = "put the ledger's own vault (`svod-vault.db` beside the ledger, or SVOD_VAULT_URL) back from its backup, \
    the newest; `svod audit verify` names the first entry. If there is none, go on with --despite-lost-names and have the records \
    corrected: a correction tells the names anew";

/// What cures a template that cannot be had. `None`: the ledger's own failure has a cure of its own.
fn of_template(error: &CannotLoad) -> Option<&'static str> {
    match error {
        CannotLoad::Ledger(_) => None,
        CannotLoad::Hash(_) | CannotLoad::Unknown(_) => Some(
            "add the Word file with `svod template add FILE` and name it in svod.toml as that prints it, or take `template` out of \
             [report]",
        ),
        CannotLoad::Refused { .. } => {
            Some("check the Word file with `svod template check FILE`, and add one that fits")
        }
    }
}

/// What cures a failure of the store.
fn of_store(error: &StoreError) -> &'static str {
    match error {
        StoreError::NotThere { what: "vault", .. } => {
            "put the vault back from its backup, or correct SVOD_VAULT_URL; if it is lost, `svod migrate` makes an empty one, and \
             the names that were filed so far are gone"
        }
        StoreError::NotThere { .. } => {
            "correct SVOD_DATABASE_URL or --data-dir; `svod run`, `svod principal add` and `svod migrate` make a new ledger"
        }
        StoreError::NoKeys => {
            "put the ledger's key file back from its backup; SVOD_KEYS_FILE says where it lies"
        }
        StoreError::Schema { .. } => "run `svod migrate` as the owner of the database",
        StoreError::Damaged { .. } => {
            "stop writing, keep a copy of the database, and run `svod audit verify`"
        }
        StoreError::Denied { denial: Denial::Login, .. } => {
            "correct name and password in SVOD_DATABASE_URL or SVOD_VAULT_URL; if they are right, see the server's pg_hba.conf"
        }
        StoreError::Denied { denial: Denial::Database, .. } => {
            "make the database (CREATE DATABASE, then deployments/postgres/roles.sql), or correct its name in SVOD_DATABASE_URL"
        }
        StoreError::Denied { denial: Denial::Rights, .. } => {
            "run deployments/postgres/grants.sql and grants-vault.sql as the owner, as after every `svod migrate`, and use a login \
             of the role that deployments/README.md names for this command"
        }
        StoreError::Unavailable { .. } => {
            "start the database, or correct SVOD_DATABASE_URL; an embedded ledger needs room on the disk, and files that this user \
             may read and write"
        }
    }
}
