//! A store with somebody in front of it: every call can be held up, counted or refused. For tests of what has to live with
//! a database that is slow or away.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    Answer, Append, AuditHead, AuditLog, AuditRow, Cosigned, CosignedHead, DisclosureRow, EventLog,
    FileStore, Guards, Hash, Head, LeaseStore, LiveView, Look, MemoryStore, MessageKey, PersonRow, Position,
    Principal, PrincipalStore, QuarantineStore, Quarantined, Receipt, Recorded, SealedDisclosure, StoreError,
    StoredFile, StreamHead, StreamId, StreamTip, VaultStore, Version, ViewCommit, ViewId, ViewStore,
    WitnessedLog,
};

/// What a store is asked, by the name of the method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the methods have them")]
pub enum Call<'a> {
    Append,
    Read,
    ReadStream(&'a StreamId),
    Streams,
    Head,
    Receipt,
    Receipts,
    AuditRows,
    AuditTips,
    AuditHead,
    Checkpoints,
    StreamTips,
    Guards,
    Leaves,
    KeepCosigned,
    CosignedHeads,
    Cosigned,
    Document,
    Documents,
    DocumentsUnder,
    CommitViews,
    Progress,
    MoveProgress,
    LiveView,
    PromoteView,
    ViewIds,
    DropView,
    TakeLease,
    ReleaseLease,
    KeepFile,
    File,
    Files,
    DropFile,
    AddPrincipal,
    Principals,
    RevokePrincipal,
    Quarantine,
    Quarantined,
    MarkResent,
    Persons,
    KeepPersons,
    Disclosures,
    DestroyPerson,
    PersonRows,
    PersonPage,
    Rewrap,
}

/// Who stands in front of a store.
#[async_trait]
pub trait Meddle: Send + Sync {
    /// Before the store is asked. An error is the answer, and the store is not asked.
    async fn before(&self, call: Call<'_>) -> Result<(), StoreError>;

    /// After the store has done what it was asked. An error is the answer all the same.
    async fn after(&self, call: Call<'_>) -> Result<(), StoreError> {
        let _nothing = call;
        Ok(())
    }

    /// How many entries are read instead of `limit`; at most as many.
    fn page(&self, limit: u32) -> u32 {
        limit
    }
}

/// A store in memory with somebody in front of it.
pub struct Meddling<M> {
    inner: MemoryStore,
    meddle: M,
}

impl<M> Meddling<M> {
    /// Puts somebody in front of a store.
    pub fn new(inner: &MemoryStore, meddle: M) -> Self {
        Self { inner: inner.clone(), meddle }
    }
}

impl<M> Deref for Meddling<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.meddle
    }
}

impl<M: Meddle> Meddling<M> {
    async fn around<T>(
        &self,
        call: Call<'_>,
        asked: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        self.meddle.before(call).await?;
        let answer = asked.await?;
        self.meddle.after(call).await?;
        Ok(answer)
    }
}

#[async_trait]
impl<M: Meddle> EventLog for Meddling<M> {
    async fn append(&self, batch: &[Append]) -> Result<Vec<Answer>, StoreError> {
        self.around(Call::Append, self.inner.append(batch)).await
    }

    async fn read(&self, after: Position, limit: u32) -> Result<Vec<Arc<Recorded>>, StoreError> {
        self.around(Call::Read, self.inner.read(after, self.meddle.page(limit))).await
    }

    async fn read_at(&self, positions: &[Position]) -> Result<Vec<Arc<Recorded>>, StoreError> {
        self.around(Call::Read, self.inner.read_at(positions)).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: u32,
    ) -> Result<Vec<Arc<Recorded>>, StoreError> {
        self.around(Call::ReadStream(stream), self.inner.read_stream(stream, after, limit)).await
    }

    async fn streams(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<StreamHead>, StoreError> {
        self.around(Call::Streams, self.inner.streams(prefix, after, limit)).await
    }

    async fn head(&self) -> Result<Head, StoreError> {
        self.around(Call::Head, self.inner.head()).await
    }

    async fn receipt(&self, message: &MessageKey) -> Result<Option<Receipt>, StoreError> {
        self.around(Call::Receipt, self.inner.receipt(message)).await
    }

    async fn receipts(&self, messages: &[MessageKey]) -> Result<BTreeMap<MessageKey, Receipt>, StoreError> {
        self.around(Call::Receipts, self.inner.receipts(messages)).await
    }
}

#[async_trait]
impl<M: Meddle> AuditLog for Meddling<M> {
    async fn show_rows(&self, after: Position, limit: u32, look: Look) -> Result<(), StoreError> {
        self.around(Call::AuditRows, self.inner.show_rows(after, limit, look)).await
    }

    async fn audit_tips(&self, streams: &[&str], until: Position) -> Result<Vec<AuditRow>, StoreError> {
        self.around(Call::AuditTips, self.inner.audit_tips(streams, until)).await
    }

    async fn audit_head(&self) -> Result<AuditHead, StoreError> {
        self.around(Call::AuditHead, self.inner.audit_head()).await
    }

    async fn checkpoints(&self, after: u64, limit: u32) -> Result<Vec<String>, StoreError> {
        self.around(Call::Checkpoints, self.inner.checkpoints(after, limit)).await
    }

    async fn stream_tips(
        &self,
        until: Position,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<StreamTip>, StoreError> {
        self.around(Call::StreamTips, self.inner.stream_tips(until, after, limit)).await
    }

    async fn guards(&self) -> Result<Guards, StoreError> {
        self.around(Call::Guards, self.inner.guards()).await
    }
}

#[async_trait]
impl<M: Meddle> WitnessedLog for Meddling<M> {
    async fn leaves(&self, after: Position, limit: u32) -> Result<Vec<Hash>, StoreError> {
        self.around(Call::Leaves, self.inner.leaves(after, limit)).await
    }

    async fn keep_cosigned(&self, head: &CosignedHead, forever: bool) -> Result<(), StoreError> {
        self.around(Call::KeepCosigned, self.inner.keep_cosigned(head, forever)).await
    }

    async fn cosigned_heads(&self) -> Result<Vec<CosignedHead>, StoreError> {
        self.around(Call::CosignedHeads, self.inner.cosigned_heads()).await
    }

    async fn cosigned(&self, after: (u64, &str), limit: u32) -> Result<Vec<Cosigned>, StoreError> {
        self.around(Call::Cosigned, self.inner.cosigned(after, limit)).await
    }
}

#[async_trait]
impl<M: Meddle> ViewStore for Meddling<M> {
    async fn document(&self, view: &ViewId, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.around(Call::Document, self.inner.document(view, key)).await
    }

    async fn documents(
        &self,
        view: &ViewId,
        keys: &[String],
    ) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
        self.around(Call::Documents, self.inner.documents(view, keys)).await
    }

    async fn documents_under(
        &self,
        view: &ViewId,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.around(Call::DocumentsUnder, self.inner.documents_under(view, prefix, after, limit)).await
    }

    async fn commit_views(&self, commits: &[ViewCommit]) -> Result<Vec<bool>, StoreError> {
        self.around(Call::CommitViews, self.inner.commit_views(commits)).await
    }

    async fn progress(&self, name: &str) -> Result<Position, StoreError> {
        self.around(Call::Progress, self.inner.progress(name)).await
    }

    async fn move_progress(&self, name: &str, from: Position, to: Position) -> Result<bool, StoreError> {
        self.around(Call::MoveProgress, self.inner.move_progress(name, from, to)).await
    }

    async fn live_views(&self) -> Result<BTreeMap<String, LiveView>, StoreError> {
        self.around(Call::LiveView, self.inner.live_views()).await
    }

    async fn live_view(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.around(Call::LiveView, self.inner.live_view(name)).await
    }

    async fn promote_view(&self, name: &str, view: &ViewId) -> Result<(), StoreError> {
        self.around(Call::PromoteView, self.inner.promote_view(name, view)).await
    }

    async fn view_ids(&self) -> Result<Vec<String>, StoreError> {
        self.around(Call::ViewIds, self.inner.view_ids()).await
    }

    async fn drop_view(&self, view: &ViewId) -> Result<(), StoreError> {
        self.around(Call::DropView, self.inner.drop_view(view)).await
    }
}

#[async_trait]
impl<M: Meddle> LeaseStore for Meddling<M> {
    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        term: Duration,
    ) -> Result<bool, StoreError> {
        self.around(Call::TakeLease, self.inner.take_lease(name, holder, now, term)).await
    }

    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        self.around(Call::ReleaseLease, self.inner.release_lease(name, holder)).await
    }
}

#[async_trait]
impl<M: Meddle> FileStore for Meddling<M> {
    async fn keep_file(&self, file: &StoredFile) -> Result<(), StoreError> {
        self.around(Call::KeepFile, self.inner.keep_file(file)).await
    }

    async fn file(&self, sha256: Hash) -> Result<Option<StoredFile>, StoreError> {
        self.around(Call::File, self.inner.file(sha256)).await
    }

    async fn files(&self, after: Option<Hash>, limit: u32) -> Result<Vec<Hash>, StoreError> {
        self.around(Call::Files, self.inner.files(after, limit)).await
    }

    async fn drop_file(&self, sha256: Hash) -> Result<bool, StoreError> {
        self.around(Call::DropFile, self.inner.drop_file(sha256)).await
    }
}

#[async_trait]
impl<M: Meddle> PrincipalStore for Meddling<M> {
    async fn add_principal(&self, principal: &Principal) -> Result<bool, StoreError> {
        self.around(Call::AddPrincipal, self.inner.add_principal(principal)).await
    }

    async fn principals(&self) -> Result<Vec<Principal>, StoreError> {
        self.around(Call::Principals, self.inner.principals()).await
    }

    async fn revoke_principal(&self, name: &str, at: Timestamp) -> Result<bool, StoreError> {
        self.around(Call::RevokePrincipal, self.inner.revoke_principal(name, at)).await
    }
}

#[async_trait]
impl<M: Meddle> QuarantineStore for Meddling<M> {
    async fn quarantine(&self, message: &Quarantined) -> Result<u64, StoreError> {
        self.around(Call::Quarantine, self.inner.quarantine(message)).await
    }

    async fn quarantined(&self, after: u64, limit: u32) -> Result<Vec<Quarantined>, StoreError> {
        self.around(Call::Quarantined, self.inner.quarantined(after, limit)).await
    }

    async fn mark_resent(&self, number: u64, at: Timestamp) -> Result<bool, StoreError> {
        self.around(Call::MarkResent, self.inner.mark_resent(number, at)).await
    }
}

#[async_trait]
impl<M: Meddle> VaultStore for Meddling<M> {
    async fn persons(&self, indexes: &[Hash]) -> Result<Vec<(PersonRow, Vec<DisclosureRow>)>, StoreError> {
        self.around(Call::Persons, self.inner.persons(indexes)).await
    }

    async fn keep_persons(
        &self,
        persons: &[PersonRow],
        disclosures: &[DisclosureRow],
    ) -> Result<bool, StoreError> {
        self.around(Call::KeepPersons, self.inner.keep_persons(persons, disclosures)).await
    }

    async fn disclosures(&self, digests: &[Hash]) -> Result<BTreeMap<Hash, SealedDisclosure>, StoreError> {
        self.around(Call::Disclosures, self.inner.disclosures(digests)).await
    }

    async fn destroy_person(&self, person: &str) -> Result<u64, StoreError> {
        self.around(Call::DestroyPerson, self.inner.destroy_person(person)).await
    }

    async fn person_rows(&self, persons: &[&str]) -> Result<Vec<PersonRow>, StoreError> {
        self.around(Call::PersonRows, self.inner.person_rows(persons)).await
    }

    async fn person_page(&self, after: &str, limit: u32) -> Result<Vec<PersonRow>, StoreError> {
        self.around(Call::PersonPage, self.inner.person_page(after, limit)).await
    }

    async fn rewrap(&self, from: u32, persons: &[PersonRow]) -> Result<u64, StoreError> {
        self.around(Call::Rewrap, self.inner.rewrap(from, persons)).await
    }
}
