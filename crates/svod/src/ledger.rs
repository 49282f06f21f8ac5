//! The ledger of the configuration: opened as it is, or made, and whether the keys that are here are its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use svod_log::note::{Note, SignatureLine};
use svod_log::tree::Frontier;
use svod_log::{AuditHead, Notary, Store};
use svod_store::{IfMissing, OpenOptions};

use crate::config::{Config, masked};
use crate::keys;

/// Why the keys that are here do not belong to the ledger.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnfitKeys {
    /// There is no file of keys.
    #[error(
        "{} is not there: without the keys of the ledger nothing can be appended and no name can be read",
        path.display()
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// Another key signed the newest checkpoint.
    #[error(
        "{} holds the keys of another ledger: the newest checkpoint of this one is signed by {signed_by}, and the key here is \
         {here}",
        path.display()
    )]
    Foreign {
        /// Where they lie.
        path: PathBuf,
        /// Names and ids of who signed.
        signed_by: String,
        /// The verifier key of those that are here.
        here: String,
    },
    /// The signature is right, and the code of the head is not.
    #[error("the head of the log does not bear the code of the keys in {}", path.display())]
    Code {
        /// Where they lie.
        path: PathBuf,
    },
}

impl UnfitKeys {
    /// What to do about it.
    pub(crate) fn cure(&self) -> String {
        match self {
            Self::Missing { path } => format!(
                "put the ledger's key file back to {} from its backup or from another machine of the ledger, or name it with \
                 SVOD_KEYS_FILE",
                path.display()
            ),
            Self::Foreign { path, .. } => format!(
                "put this ledger's own key file back to {} from its backup or from another machine of the ledger, or correct \
                 SVOD_DATABASE_URL",
                path.display()
            ),
            Self::Code { .. } => {
                "put the ledger's own key file back from its backup; if it is this one, somebody changed the head of the log: \
                 `svod audit verify`"
                    .to_owned()
            }
        }
    }
}

/// Opens the ledger as it is. Where there is none, none is made.
pub(crate) async fn open(config: &Config) -> anyhow::Result<Arc<dyn Store>> {
    opened(config, options(config, IfMissing::Fail)?).await
}

/// Opens the ledger; the embedded one is made with its keys, if it is not there.
pub(crate) async fn open_or_make(config: &Config) -> anyhow::Result<Arc<dyn Store>> {
    make_folder(config)?;
    let mut options = options(config, IfMissing::Make)?;
    let store = opened(config, options.clone()).await?;
    // A ledger on a server is given its keys by `svod migrate`: its processes, each with a folder of its own, would make
    // each its own.
    if options.notary.is_some() || config.database_file().is_none() || !is_new(store.as_ref()).await? {
        return Ok(store);
    }
    options.notary = Some(keys::make(&config.keys_file)?.notary);
    opened(config, options).await
}

/// Opens the ledger for whoever will append to it: before anybody is answered, the keys that are here must be its own.
pub(crate) async fn open_to_append(config: &Config) -> anyhow::Result<Arc<dyn Store>> {
    let store = open_or_make(config).await?;
    if let Err(unfit) = check_keys(store.as_ref(), &config.keys_file).await? {
        return Err(unfit.into());
    }
    Ok(store)
}

/// Makes the keys of a ledger that was just migrated and has none.
pub(crate) async fn make_keys(config: &Config) -> anyhow::Result<()> {
    if keys::load(&config.keys_file)?.is_none() && is_new(open_or_make(config).await?.as_ref()).await? {
        keys::make(&config.keys_file)?;
    }
    Ok(())
}

/// Makes the folder of the embedded ledger.
pub(crate) fn make_folder(config: &Config) -> anyhow::Result<()> {
    let Some(folder) = config.database_file().and_then(Path::parent) else { return Ok(()) };
    std::fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))
}

/// Whether the keys in this file are those of the ledger. A ledger that holds nothing takes any.
pub(crate) async fn check_keys(store: &dyn Store, path: &Path) -> anyhow::Result<Result<(), UnfitKeys>> {
    let Some(keys) = keys::load(path)? else {
        return Ok(Err(UnfitKeys::Missing { path: path.to_owned() }));
    };
    let head = store.audit_head().await.context("reading the head of the log")?;
    Ok(fits(&keys.notary, &head, path))
}

/// Whether nothing was ever appended. Only such a ledger is given keys: for any other, new ones would be the wrong ones.
pub(crate) async fn is_new(store: &dyn Store) -> anyhow::Result<bool> {
    let head = store.audit_head().await.context("reading the head of the log")?;
    Ok(head.checkpoint.is_empty())
}

fn fits(notary: &Notary, head: &AuditHead, path: &Path) -> Result<(), UnfitKeys> {
    if head.checkpoint.is_empty() {
        return Ok(());
    }
    let key = notary.verifier_key();
    let note = Note::parse(&head.checkpoint);
    if !note.as_ref().is_ok_and(|note| note.verify(&key).is_ok()) {
        let names = note.map(|note| note.signatures.iter().map(name_of).collect::<Vec<_>>().join(", "));
        let signed_by = names.unwrap_or_else(|_| "nobody".to_owned());
        return Err(UnfitKeys::Foreign { path: path.to_owned(), signed_by, here: key.to_string() });
    }
    let is_coded =
        Frontier::from_bytes(&head.frontier).is_ok_and(|tree| notary.is_head_mac(&tree, &head.mac));
    if is_coded { Ok(()) } else { Err(UnfitKeys::Code { path: path.to_owned() }) }
}

fn name_of(line: &SignatureLine) -> String {
    format!("{}+{}", line.name, hex::encode(line.key_id))
}

fn options(config: &Config, if_missing: IfMissing) -> anyhow::Result<OpenOptions> {
    let notary = keys::load(&config.keys_file)?.map(|keys| keys.notary);
    let vault_url = Some(config.vault_url.clone());
    Ok(OpenOptions { notary, vault_url, if_missing, ..OpenOptions::default() })
}

async fn opened(config: &Config, options: OpenOptions) -> anyhow::Result<Arc<dyn Store>> {
    let doing = || format!("opening the ledger {}", masked(&config.database_url));
    svod_store::open(&config.database_url, options).await.with_context(doing)
}
