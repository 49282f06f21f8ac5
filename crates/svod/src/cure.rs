//! What can be done about a failure, in one sentence: told by `svod doctor` and under the last word of every command.

use svod_log::StoreError;

use crate::ledger::UnfitKeys;

/// The cure of the first cause that has one.
pub(crate) fn of(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| {
        let keys = cause.downcast_ref::<UnfitKeys>().map(UnfitKeys::cure);
        keys.or_else(|| of_store(cause.downcast_ref::<StoreError>()?).map(str::to_owned))
    })
}

/// What cures a failure of the store.
fn of_store(error: &StoreError) -> Option<&'static str> {
    match error {
        StoreError::NotThere { what: "vault", .. } => Some(
            "put the vault back from its backup, or correct SVOD_VAULT_URL; if it is lost, `svod migrate` makes an empty one, and \
             the names that were filed so far are gone",
        ),
        StoreError::NotThere { .. } => Some(
            "correct SVOD_DATABASE_URL or --data-dir; `svod run`, `svod principal add` and `svod migrate` make a new ledger",
        ),
        StoreError::NoKeys => {
            Some("put the ledger's key file back from its backup; SVOD_KEYS_FILE says where it lies")
        }
        StoreError::Schema { .. } => Some("run `svod migrate` as the owner of the database"),
        StoreError::Damaged { .. } => {
            Some("stop writing, keep a copy of the database, and run `svod audit verify`")
        }
        StoreError::Unavailable { .. } => None,
    }
}
