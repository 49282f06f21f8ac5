//! A store that meddles: it lets other tasks run in between, fails when told to, and reads in small pages.

use std::collections::{BTreeMap, VecDeque};
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

/// When the database goes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outage {
    /// An append that did not happen.
    BeforeAppend,
    /// An append that happened, and nobody was told.
    AfterAppend,
    /// A read of the log.
    Read,
}

pub(crate) struct Meddling {
    inner: MemoryStore,
    outages: Mutex<VecDeque<Outage>>,
    /// State of a small generator that says how often to yield; 0 never yields.
    seed: Mutex<u64>,
    /// Sizes of the pages of the log that are read, over and over.
    pages: Vec<u32>,
    read: Mutex<usize>,
}

impl Meddling {
    pub(crate) fn with(inner: &MemoryStore) -> Self {
        let (outages, seed, read) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { inner: inner.clone(), outages, seed, pages: vec![], read }
    }

    /// Lets other tasks run before and after everything, as often as the seed says.
    pub(crate) fn yielding(self, seed: u64) -> Self {
        Self { seed: Mutex::new(seed), ..self }
    }

    pub(crate) fn paged(self, pages: Vec<u32>) -> Self {
        Self { pages, ..self }
    }

    pub(crate) fn fail_next(&self, outage: Outage) {
        self.outages.lock().unwrap().push_back(outage);
    }

    fn fails(&self, outage: Outage) -> Result<(), StoreError> {
        let mut outages = self.outages.lock().unwrap();
        if outages.front() != Some(&outage) {
            return Ok(());
        }
        outages.pop_front();
        let source = std::io::Error::other("the cable was pulled").into();
        Err(StoreError::Unavailable { doing: "testing", source })
    }

    async fn others(&self) {
        let count = {
            let mut seed = self.seed.lock().unwrap();
            // xorshift: every seed but 0 gives an endless sequence.
            *seed ^= *seed << 13;
            *seed ^= *seed >> 7;
            *seed ^= *seed << 17;
            *seed % 5
        };
        for _ in 0..count {
            tokio::task::yield_now().await;
        }
    }

    fn page(&self, limit: u32) -> u32 {
        if self.pages.is_empty() {
            return limit;
        }
        let mut read = self.read.lock().unwrap();
        *read += 1;
        limit.min(self.pages[*read % self.pages.len()])
    }
}

#[async_trait]
impl EventLog for Meddling {
    async fn append(&self, batch: &[Append]) -> Result<Vec<Answer>, StoreError> {
        self.others().await;
        self.fails(Outage::BeforeAppend)?;
        let answers = self.inner.append(batch).await?;
        self.fails(Outage::AfterAppend)?;
        self.others().await;
        Ok(answers)
    }

    async fn read(&self, after: Position, limit: u32) -> Result<Vec<Arc<Recorded>>, StoreError> {
        self.others().await;
        self.fails(Outage::Read)?;
        self.inner.read(after, self.page(limit)).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: u32,
    ) -> Result<Vec<Arc<Recorded>>, StoreError> {
        self.others().await;
        self.inner.read_stream(stream, after, limit).await
    }

    async fn streams(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<StreamHead>, StoreError> {
        self.others().await;
        self.inner.streams(prefix, after, limit).await
    }

    async fn head(&self) -> Result<Head, StoreError> {
        self.others().await;
        self.inner.head().await
    }

    async fn receipt(&self, message: &MessageKey) -> Result<Option<Receipt>, StoreError> {
        self.inner.receipt(message).await
    }

    async fn receipts(&self, messages: &[MessageKey]) -> Result<BTreeMap<MessageKey, Receipt>, StoreError> {
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
        self.others().await;
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
        self.others().await;
        self.inner.commit_views(commits).await
    }

    async fn progress(&self, name: &str) -> Result<Position, StoreError> {
        self.inner.progress(name).await
    }

    async fn move_progress(&self, name: &str, from: Position, to: Position) -> Result<bool, StoreError> {
        self.inner.move_progress(name, from, to).await
    }

    async fn live_view(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.inner.live_view(name).await
    }

    async fn promote_view(&self, name: &str, view: &ViewId) -> Result<(), StoreError> {
        self.others().await;
        self.inner.promote_view(name, view).await
    }

    async fn view_ids(&self) -> Result<Vec<String>, StoreError> {
        self.inner.view_ids().await
    }

    async fn drop_view(&self, view: &ViewId) -> Result<(), StoreError> {
        self.others().await;
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
        self.inner.principals().await
    }

    async fn revoke_principal(&self, name: &str, at: Timestamp) -> Result<bool, StoreError> {
        self.inner.revoke_principal(name, at).await
    }
}

#[async_trait]
impl QuarantineStore for Meddling {
    async fn quarantine(&self, message: &Quarantined) -> Result<u64, StoreError> {
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
