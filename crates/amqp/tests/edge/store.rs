//! A ledger in memory that fails when told to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use svod_log::{
    Answer, Append, AuditHead, AuditLog, AuditRow, Cosigned, CosignedHead, DisclosureRow, EventLog,
    FileStore, Guards, Hash, Head, LeaseStore, MemoryStore, MessageKey, PersonRow, Position, Principal,
    PrincipalStore, QuarantineStore, Quarantined, Receipt, Recorded, SealedDisclosure, StoreError,
    StoredFile, StreamHead, StreamId, StreamTip, VaultStore, Version, ViewCommit, ViewId, ViewStore,
    WitnessedLog,
};

pub(crate) struct Meddling {
    inner: MemoryStore,
    away: AtomicBool,
    refused: AtomicUsize,
    damaged: Mutex<Option<String>>,
    gate: Arc<tokio::sync::Mutex<()>>,
    asked: AtomicUsize,
}

impl Meddling {
    pub(crate) fn with(inner: &MemoryStore) -> Self {
        let (away, refused, damaged) = (AtomicBool::new(false), AtomicUsize::new(0), Mutex::default());
        let (gate, asked) = (Arc::default(), AtomicUsize::new(0));
        Self { inner: inner.clone(), away, refused, damaged, gate, asked }
    }

    /// The database goes away, or comes back.
    pub(crate) fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// How often it was asked while it was away.
    pub(crate) fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }

    /// From now on this stream cannot be read.
    pub(crate) fn damage(&self, stream: &str) {
        *self.damaged.lock().unwrap() = Some(stream.to_owned());
    }

    /// Until this is dropped, whoever asks for principals waits.
    pub(crate) async fn hold_principals(&self) -> tokio::sync::OwnedMutexGuard<()> {
        self.gate.clone().lock_owned().await
    }

    /// How often principals were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn up(&self) -> Result<(), StoreError> {
        if !self.away.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.refused.fetch_add(1, Ordering::SeqCst);
        Err(StoreError::Unavailable {
            doing: "testing",
            source: std::io::Error::other("the cable was pulled").into(),
        })
    }
}

#[async_trait]
impl EventLog for Meddling {
    async fn append(&self, batch: &[Append]) -> Result<Vec<Answer>, StoreError> {
        self.up()?;
        self.inner.append(batch).await
    }
    async fn read(&self, after: Position, limit: u32) -> Result<Vec<Arc<Recorded>>, StoreError> {
        self.up()?;
        self.inner.read(after, limit).await
    }
    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: u32,
    ) -> Result<Vec<Arc<Recorded>>, StoreError> {
        self.up()?;
        if self.damaged.lock().unwrap().as_deref() == Some(stream.as_str()) {
            return Err(StoreError::Damaged { what: "a bit flipped".into(), place: stream.to_string() });
        }
        self.inner.read_stream(stream, after, limit).await
    }
    async fn streams(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<StreamHead>, StoreError> {
        self.up()?;
        self.inner.streams(prefix, after, limit).await
    }
    async fn head(&self) -> Result<Head, StoreError> {
        self.up()?;
        self.inner.head().await
    }
    async fn receipt(&self, message: &MessageKey) -> Result<Option<Receipt>, StoreError> {
        self.up()?;
        self.inner.receipt(message).await
    }
    async fn receipts(&self, messages: &[MessageKey]) -> Result<BTreeMap<MessageKey, Receipt>, StoreError> {
        self.up()?;
        self.inner.receipts(messages).await
    }
}

#[async_trait]
impl AuditLog for Meddling {
    async fn audit_rows(&self, after: Position, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.inner.audit_rows(after, limit).await
    }

    async fn audit_head(&self) -> Result<AuditHead, StoreError> {
        self.inner.audit_head().await
    }

    async fn checkpoints(&self, after: u64, limit: u32) -> Result<Vec<String>, StoreError> {
        self.inner.checkpoints(after, limit).await
    }

    async fn stream_tips(
        &self,
        until: Position,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<StreamTip>, StoreError> {
        self.inner.stream_tips(until, after, limit).await
    }

    async fn guards(&self) -> Result<Guards, StoreError> {
        self.inner.guards().await
    }
}

#[async_trait]
impl WitnessedLog for Meddling {
    async fn leaves(&self, after: Position, limit: u32) -> Result<Vec<Hash>, StoreError> {
        self.inner.leaves(after, limit).await
    }

    async fn keep_cosigned(&self, head: &CosignedHead, forever: bool) -> Result<(), StoreError> {
        self.inner.keep_cosigned(head, forever).await
    }

    async fn cosigned_heads(&self) -> Result<Vec<CosignedHead>, StoreError> {
        self.inner.cosigned_heads().await
    }

    async fn cosigned(&self, after: (u64, &str), limit: u32) -> Result<Vec<Cosigned>, StoreError> {
        self.inner.cosigned(after, limit).await
    }
}

#[async_trait]
impl ViewStore for Meddling {
    async fn document(&self, view: &ViewId, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.document(view, key).await
    }
    async fn documents(
        &self,
        view: &ViewId,
        keys: &[String],
    ) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
        self.inner.documents(view, keys).await
    }
    async fn documents_under(
        &self,
        view: &ViewId,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.inner.documents_under(view, prefix, after, limit).await
    }
    async fn commit_views(&self, commits: &[ViewCommit]) -> Result<Vec<bool>, StoreError> {
        self.inner.commit_views(commits).await
    }
    async fn progress(&self, name: &str) -> Result<Position, StoreError> {
        self.up()?;
        self.inner.progress(name).await
    }
    async fn move_progress(&self, name: &str, from: Position, to: Position) -> Result<bool, StoreError> {
        self.up()?;
        self.inner.move_progress(name, from, to).await
    }
    async fn live_view(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.inner.live_view(name).await
    }
    async fn promote_view(&self, name: &str, view: &ViewId) -> Result<(), StoreError> {
        self.inner.promote_view(name, view).await
    }
    async fn view_ids(&self) -> Result<Vec<String>, StoreError> {
        self.inner.view_ids().await
    }
    async fn drop_view(&self, view: &ViewId) -> Result<(), StoreError> {
        self.inner.drop_view(view).await
    }
}

#[async_trait]
impl LeaseStore for Meddling {
    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        term: Duration,
    ) -> Result<bool, StoreError> {
        self.up()?;
        self.inner.take_lease(name, holder, now, term).await
    }
    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        self.inner.release_lease(name, holder).await
    }
}

#[async_trait]
impl FileStore for Meddling {
    async fn keep_file(&self, file: &StoredFile) -> Result<(), StoreError> {
        self.inner.keep_file(file).await
    }
    async fn file(&self, sha256: Hash) -> Result<Option<StoredFile>, StoreError> {
        self.inner.file(sha256).await
    }

    async fn drop_file(&self, sha256: Hash) -> Result<bool, StoreError> {
        self.inner.drop_file(sha256).await
    }
}

#[async_trait]
impl PrincipalStore for Meddling {
    async fn add_principal(&self, principal: &Principal) -> Result<bool, StoreError> {
        self.inner.add_principal(principal).await
    }
    async fn principals(&self) -> Result<Vec<Principal>, StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.up()?;
        drop(self.gate.lock().await);
        self.inner.principals().await
    }
    async fn revoke_principal(&self, name: &str, at: Timestamp) -> Result<bool, StoreError> {
        self.inner.revoke_principal(name, at).await
    }
}

#[async_trait]
impl QuarantineStore for Meddling {
    async fn quarantine(&self, message: &Quarantined) -> Result<u64, StoreError> {
        self.up()?;
        self.inner.quarantine(message).await
    }
    async fn quarantined(&self, after: u64, limit: u32) -> Result<Vec<Quarantined>, StoreError> {
        self.inner.quarantined(after, limit).await
    }
    async fn mark_resent(&self, number: u64, at: Timestamp) -> Result<bool, StoreError> {
        self.inner.mark_resent(number, at).await
    }
}

#[async_trait]
impl VaultStore for Meddling {
    async fn persons(&self, indexes: &[Hash]) -> Result<Vec<(PersonRow, Vec<DisclosureRow>)>, StoreError> {
        self.inner.persons(indexes).await
    }

    async fn keep_persons(
        &self,
        persons: &[PersonRow],
        disclosures: &[DisclosureRow],
    ) -> Result<bool, StoreError> {
        self.inner.keep_persons(persons, disclosures).await
    }

    async fn disclosures(&self, digests: &[Hash]) -> Result<BTreeMap<Hash, SealedDisclosure>, StoreError> {
        self.inner.disclosures(digests).await
    }

    async fn destroy_person(&self, person: &str) -> Result<u64, StoreError> {
        self.inner.destroy_person(person).await
    }

    async fn person_page(&self, after: &str, limit: u32) -> Result<Vec<PersonRow>, StoreError> {
        self.inner.person_page(after, limit).await
    }

    async fn rewrap(&self, from: u32, persons: &[PersonRow]) -> Result<u64, StoreError> {
        self.inner.rewrap(from, persons).await
    }
}
