//! What a store promises: the log, documents of views with their progress, leases, files, principals, quarantine.
//!
//! Everything is plain data. No transaction, connection or clock in any signature. The promises themselves are tests:
//! `promises/`, run on memory, SQLite and PostgreSQL alike.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

use crate::append::{Answer, Append, MessageKey, Receipt};
use crate::entry::Recorded;
use crate::{Hash, Position, StreamId, VaultStore, Version, WitnessedLog, tree};

/// Most appends in one batch: a batch is one statement, and its memory is bounded by this times the entry's limit.
pub const BATCH_APPENDS_MAX: usize = 1_000;

/// Most entries, documents or names that one read returns.
pub const READ_MAX: u32 = 5_000;

/// A failure of a store (never a refusal).
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or does not answer; worth trying again.
    #[error("the store is unavailable while {doing}")]
    Unavailable {
        /// What was being done.
        doing: &'static str,
        /// The driver's error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database answers, and refuses; worth trying again once its administrator has done something.
    #[error("{denial} ({doing})")]
    Denied {
        /// What it refuses.
        denial: Denial,
        /// What was being done.
        doing: &'static str,
        /// The driver's error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What was read breaks an invariant; never retried.
    #[error("the store is damaged: {what} at {place}")]
    Damaged {
        /// The broken invariant.
        what: String,
        /// Where, such as `position 17`.
        place: String,
    },
    /// This process holds no keys, so it cannot vouch for what it would append.
    #[error(
        "the keys of the ledger are not here: without them nothing can be appended and no name can be read"
    )]
    NoKeys,
    /// There is nothing here, and who only reads makes nothing.
    #[error("there is no {what} at {place}")]
    NotThere {
        /// `ledger` or `vault`.
        what: &'static str,
        /// The address, or the file.
        place: String,
    },
    /// The tables are missing, too old or too new; `svod migrate` is the cure.
    #[error("the schema of the database is not the one this program needs: {what}")]
    Schema {
        /// What is missing or strange.
        what: String,
    },
}

/// What a database refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// Name or password are wrong, or the login may not come from here.
    #[error("the database does not let this login in")]
    Login,
    /// There is none of this name.
    #[error("the server has no such database")]
    Database,
    /// The grants do not cover it.
    #[error("the rights of this login do not suffice")]
    Rights,
}

/// Where the log ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Position of the last entry; `START` for an empty log.
    pub position: Position,
    /// RFC 6962 root over the leaves of all entries.
    pub root: Hash,
}

/// One stream and where it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamHead {
    /// The stream.
    pub stream: StreamId,
    /// Its newest version.
    pub version: Version,
    /// Where that stands in the log.
    pub position: Position,
}

/// The append-only log.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Records a batch in order, in one durable transaction, and answers each append in its place. At most
    /// [`BATCH_APPENDS_MAX`]. Later appends see the effects of earlier ones of the same batch. A second process that
    /// was faster costs a silent retry inside; only broken assumptions surface.
    async fn append(&self, batch: &[Append]) -> Result<Vec<Answer>, StoreError>;
    /// Entries with positions greater than `after`, oldest first, at most `limit` (and [`READ_MAX`]).
    async fn read(&self, after: Position, limit: u32) -> Result<Vec<Arc<Recorded>>, StoreError>;
    /// Entries at these positions, oldest first; none where there is none, each once. At most [`READ_MAX`] positions.
    async fn read_at(&self, positions: &[Position]) -> Result<Vec<Arc<Recorded>>, StoreError>;
    /// Entries of one stream with versions greater than `after`, oldest first.
    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: u32,
    ) -> Result<Vec<Arc<Recorded>>, StoreError>;
    /// Streams whose names begin with `prefix` and sort after `after`, by name.
    async fn streams(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<StreamHead>, StoreError>;
    /// Where the log ends now.
    async fn head(&self) -> Result<Head, StoreError>;
    /// The answer to a message, if it has been answered.
    async fn receipt(&self, message: &MessageKey) -> Result<Option<Receipt>, StoreError>;
    /// The answers to several messages at once; absent keys have not been answered.
    async fn receipts(&self, messages: &[MessageKey]) -> Result<BTreeMap<MessageKey, Receipt>, StoreError>;
}

/// An entry as it lies in the store, nothing of it believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// The column with its place in the log.
    pub position: Position,
    /// The column with its stream.
    pub stream: String,
    /// The column with its place in the stream.
    pub version: Version,
    /// The column with its leaf.
    pub leaf: Bytes,
    /// The column with the notary's code.
    pub mac: Bytes,
    /// The bytes.
    pub bytes: Bytes,
}

impl AuditRow {
    /// It, borrowed.
    #[must_use]
    pub fn shown(&self) -> RowRef<'_> {
        let Self { position, stream, version, leaf, mac, bytes } = self;
        RowRef { position: *position, stream, version: *version, leaf, mac, bytes }
    }
}

/// The same, borrowed from where it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowRef<'a> {
    /// The column with its place in the log.
    pub position: Position,
    /// The column with its stream.
    pub stream: &'a str,
    /// The column with its place in the stream.
    pub version: Version,
    /// The column with its leaf.
    pub leaf: &'a [u8],
    /// The column with the notary's code.
    pub mac: &'a [u8],
    /// The bytes.
    pub bytes: &'a [u8],
}

impl RowRef<'_> {
    /// A copy of it.
    #[must_use]
    pub fn to_row(self) -> AuditRow {
        let [leaf, mac, bytes] = [self.leaf, self.mac, self.bytes].map(Bytes::copy_from_slice);
        let Self { position, stream, version, .. } = self;
        AuditRow { position, stream: stream.to_owned(), version, leaf, mac, bytes }
    }
}

/// What is done with each row that is shown.
pub type Look = Box<dyn FnMut(RowRef<'_>) + Send>;

/// The head as it lies in the store, nothing of it believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// The column with the position of the last entry.
    pub position: Position,
    /// The column with the frontier of the tree.
    pub frontier: Vec<u8>,
    /// The column with the root.
    pub root: Vec<u8>,
    /// The column with the notary's code of the frontier.
    pub mac: Vec<u8>,
    /// The newest checkpoint; empty before the first batch.
    pub checkpoint: String,
}

/// The log as an auditor reads it: what is there, and not what should be there.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Shows rows with positions greater than `after`, by position, at most `limit` (and [`READ_MAX`]). Each is borrowed from
    /// where it was read, because copying them costs as much as reading them. What is read is held meanwhile: `look` must be short.
    async fn show_rows(&self, after: Position, limit: u32, look: Look) -> Result<(), StoreError>;
    /// Copies of the same rows.
    async fn audit_rows(&self, after: Position, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        made_of_rows(self, after, limit, |row: RowRef<'_>| row.to_row()).await
    }
    /// Rows of the newest entries, up to `until`, of these streams, by position; none of a stream that had not begun. At most
    /// [`READ_MAX`] streams.
    async fn audit_tips(&self, streams: &[&str], until: Position) -> Result<Vec<AuditRow>, StoreError>;
    /// The head.
    async fn audit_head(&self) -> Result<AuditHead, StoreError>;
    /// Kept checkpoints of trees larger than `after`, by size: one for every [`CHECKPOINT_EVERY`] entries.
    async fn checkpoints(&self, after: u64, limit: u32) -> Result<Vec<String>, StoreError>;
    /// Where the streams stood when `until` was the last entry: those whose names sort after `after`, by name.
    async fn stream_tips(
        &self,
        until: Position,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<StreamTip>, StoreError>;
    /// What guards the log in the database.
    async fn guards(&self) -> Result<Guards, StoreError>;
}

/// What `make` makes of the rows with positions greater than `after`, by position, at most `limit` (and [`READ_MAX`]).
pub async fn made_of_rows<T: Send + 'static>(
    log: &(impl AuditLog + ?Sized),
    after: Position,
    limit: u32,
    mut make: impl FnMut(RowRef<'_>) -> T + Send + 'static,
) -> Result<Vec<T>, StoreError> {
    let answer = Arc::new(Mutex::new(Vec::with_capacity(limit.min(READ_MAX) as usize)));
    let into = Arc::clone(&answer);
    let look = move |row: RowRef<'_>| {
        let one = make(row);
        into.lock().unwrap_or_else(PoisonError::into_inner).push(one);
    };
    log.show_rows(after, limit, Box::new(look)).await?;
    let answer = std::mem::take(&mut *answer.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(answer)
}

/// Where a stream stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamTip {
    /// The stream.
    pub stream: StreamId,
    /// Its newest version.
    pub version: Version,
    /// Leaf of its newest entry.
    pub leaf: Hash,
}

impl StreamTip {
    /// Its leaf in the tree over all streams: `{"leaf":…,"stream":…,"version":…}` in canonical form, hashed as an entry
    /// is.
    #[must_use]
    pub fn leaf_hash(&self) -> Hash {
        let Self { stream, version, leaf } = self;
        tree::leaf_hash(
            format!("{{\"leaf\":\"{leaf}\",\"stream\":\"{stream}\",\"version\":{version}}}").as_bytes(),
        )
    }
}

/// What guards the log against its own database: triggers and rights.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guards {
    /// Hash of everything that the database says of the schema: tables, indexes, triggers, functions, rights. `None` where
    /// there is no database.
    pub fingerprint: Option<Hash>,
    /// The guards that should be there and are not, or are not as they should be; each in words.
    pub missing: Vec<String>,
}

/// How many entries may lie between two checkpoints that are kept: whoever holds one can have it compared with the log.
pub const CHECKPOINT_EVERY: u64 = 256;

/// Names one set of documents: a view's name, version and generation, such as `board@1.1`. Opaque to the store.
pub type ViewId = str;

/// A batch of changes to one view, committed together with its progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewCommit {
    /// Which set of documents.
    pub view: String,
    /// The progress the changes were made from; the commit is refused if it has moved.
    pub from: Position,
    /// The progress after them.
    pub to: Position,
    /// Documents by key; `None` deletes.
    pub changes: BTreeMap<String, Option<Vec<u8>>>,
}

/// A set of documents that readers are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveView {
    /// Which one.
    pub view: String,
    /// How far it has followed.
    pub position: Position,
}

/// Documents of views and progress of subscriptions.
#[async_trait]
pub trait ViewStore: Send + Sync {
    /// One document.
    async fn document(&self, view: &ViewId, key: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Several documents by key; absent keys have none.
    async fn documents(
        &self,
        view: &ViewId,
        keys: &[String],
    ) -> Result<BTreeMap<String, Vec<u8>>, StoreError>;
    /// Documents whose keys begin with `prefix` and sort (bytewise) after `after`, by key.
    async fn documents_under(
        &self,
        view: &ViewId,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError>;
    /// Commits documents and progress of several views, each of them once, in one transaction. Each answer is of its own view;
    /// `false`: its progress was not at `from`, and nothing of it was changed. A crash may take the last commits back, the
    /// newest first: their documents are folded from the log again, so nobody waits for the disk here.
    async fn commit_views(&self, commits: &[ViewCommit]) -> Result<Vec<bool>, StoreError>;
    /// Commits one view.
    async fn commit_view(&self, commit: ViewCommit) -> Result<bool, StoreError> {
        Ok(self.commit_views(&[commit]).await? == [true])
    }
    /// How far a subscription (or view) has followed; `START` if it has not begun.
    async fn progress(&self, name: &str) -> Result<Position, StoreError>;
    /// Moves progress from `from` to `to`. `false`: it was not at `from`.
    async fn move_progress(&self, name: &str, from: Position, to: Position) -> Result<bool, StoreError>;
    /// The sets that readers are shown and how far each has followed, by the names of the views, as of one moment. At most
    /// [`READ_MAX`].
    async fn live_views(&self) -> Result<BTreeMap<String, LiveView>, StoreError>;
    /// The set of documents that readers of the view `name` are shown.
    async fn live_view(&self, name: &str) -> Result<Option<String>, StoreError>;
    /// Shows readers of `name` the set `view` from now on.
    async fn promote_view(&self, name: &str, view: &ViewId) -> Result<(), StoreError>;
    /// Names of all sets of documents that have progress or documents.
    async fn view_ids(&self) -> Result<Vec<String>, StoreError>;
    /// Deletes a set of documents and its progress.
    async fn drop_view(&self, view: &ViewId) -> Result<(), StoreError>;
}

/// The right to run something alone. It only avoids wasted work: correctness never rests on it.
#[async_trait]
pub trait LeaseStore: Send + Sync {
    /// Takes or renews the lease `name` for `holder` until `now + term`. `false`: another holds it.
    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        term: Duration,
    ) -> Result<bool, StoreError>;
    /// Gives the lease back, if `holder` has it.
    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), StoreError>;
}

/// A file kept in the store, by its SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// SHA-256 of the bytes.
    pub sha256: Hash,
    /// Media type.
    pub media_type: String,
    /// The bytes.
    pub bytes: Arc<[u8]>,
}

impl StoredFile {
    /// Fails unless the bytes have the hash that the file is known by.
    pub fn check(&self) -> Result<(), StoreError> {
        if Hash::of(&self.bytes) == self.sha256 {
            return Ok(());
        }
        let what = "the bytes of a file have another hash".to_owned();
        Err(StoreError::Damaged { what, place: format!("file {}", self.sha256) })
    }
}

/// Files by content.
#[async_trait]
pub trait FileStore: Send + Sync {
    /// Keeps a file; keeping it twice changes nothing.
    async fn keep_file(&self, file: &StoredFile) -> Result<(), StoreError>;
    /// A kept file; its hash is checked when it is read.
    async fn file(&self, sha256: Hash) -> Result<Option<StoredFile>, StoreError>;
    /// Hashes of files, in their order: those greater than `after`, at most `limit` (and [`READ_MAX`]).
    async fn files(&self, after: Option<Hash>, limit: u32) -> Result<Vec<Hash>, StoreError>;
    /// Takes a file out for ever, because somebody whom it names was erased. `false`: it was not there.
    async fn drop_file(&self, sha256: Hash) -> Result<bool, StoreError>;
}

/// One who may speak to the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Its name, also its broker user's.
    pub name: String,
    /// Roles as text, sorted: `auditor`, `municipality:66701000`, `operator`, `reviewer`.
    pub roles: Vec<String>,
    /// SHA-256 of its bearer token.
    pub token_sha256: Hash,
    /// When it was added.
    pub added_at: Timestamp,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

/// Who may speak to the ledger.
#[async_trait]
pub trait PrincipalStore: Send + Sync {
    /// Adds a principal, or gives one whose rights were ended new ones. `false`: the name is taken by another who has
    /// rights.
    async fn add_principal(&self, principal: &Principal) -> Result<bool, StoreError>;
    /// All, by name, the revoked ones too.
    async fn principals(&self) -> Result<Vec<Principal>, StoreError>;
    /// Ends a principal's rights. `false`: no such name, or revoked before.
    async fn revoke_principal(&self, name: &str, at: Timestamp) -> Result<bool, StoreError>;
}

/// A message that could not be handled, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// Number in the quarantine, from 1; 0 before it is kept.
    pub number: u64,
    /// When it was put there.
    pub at: Timestamp,
    /// Why: a reason code, or what broke.
    pub cause: String,
    /// The validated sender, if there was one.
    pub sender: Option<String>,
    /// Properties and headers, as JSON, for people.
    pub headers: String,
    /// The raw bytes.
    pub body: Vec<u8>,
    /// When it was sent again, if it was.
    pub resent_at: Option<Timestamp>,
}

/// What can never be read, kept with its cause.
#[async_trait]
pub trait QuarantineStore: Send + Sync {
    /// Keeps a message and returns its number. The same body, sender and headers kept twice get one number.
    async fn quarantine(&self, message: &Quarantined) -> Result<u64, StoreError>;
    /// Messages with numbers greater than `after`, oldest first.
    async fn quarantined(&self, after: u64, limit: u32) -> Result<Vec<Quarantined>, StoreError>;
    /// Notes that a message was sent again. `false`: no such number.
    async fn mark_resent(&self, number: u64, at: Timestamp) -> Result<bool, StoreError>;
}

/// Everything that a ledger rests on.
pub trait Store:
    EventLog
    + AuditLog
    + ViewStore
    + LeaseStore
    + FileStore
    + PrincipalStore
    + QuarantineStore
    + VaultStore
    + WitnessedLog
{
}

impl<T> Store for T where
    T: EventLog
        + AuditLog
        + ViewStore
        + LeaseStore
        + FileStore
        + PrincipalStore
        + QuarantineStore
        + VaultStore
        + WitnessedLog
{
}
