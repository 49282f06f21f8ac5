//! A store in memory. Tests run on it, and views as of an earlier position are replayed into one, so it keeps every
//! promise that the databases keep, except that it forgets with the process.

mod vault;
mod witnessed;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::Notary;
use crate::append::{Answer, Append, MessageKey, Receipt};
use crate::contract::{
    AuditHead, AuditLog, AuditRow, EventLog, FileStore, Guards, Head, LeaseStore, LiveView, Look, Principal,
    PrincipalStore, QuarantineStore, Quarantined, READ_MAX, RowRef, StoreError, StoredFile, StreamHead,
    StreamTip, ViewCommit, ViewId, ViewStore,
};
use crate::entry::Recorded;
use crate::staging::{self, Base, Needs, StagedEntry, Tip};
use crate::tree::Frontier;
use crate::{Hash, Position, StreamId, Version};
use vault::Persons;
use witnessed::Cosignings;

/// A ledger in memory. A clone is another handle of the same one.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    kept: Arc<Mutex<Kept>>,
    notary: Notary,
}

impl Default for MemoryStore {
    /// What a process keeps for itself needs no secret: anybody can compute the keys of this notary.
    fn default() -> Self {
        let notary = Notary::try_new("svod.invalid/memory", &[0; 32], &[0; 32]);
        Self { kept: Arc::default(), notary: notary.expect("the name of the log is a name") }
    }
}

#[derive(Debug, Default)]
struct Kept {
    frontier: Frontier,
    newest: Timestamp,
    head_mac: Vec<u8>,
    checkpoint: String,
    /// By the size of the tree.
    checkpoints: BTreeMap<u64, String>,
    /// Entry of position `n` at index `n - 1`.
    entries: Vec<StagedEntry>,
    /// Positions of a stream's entries: version `n` at index `n - 1`.
    streams: BTreeMap<StreamId, Vec<Position>>,
    receipts: HashMap<MessageKey, Receipt>,
    views: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    progress: BTreeMap<String, Position>,
    live_views: BTreeMap<String, String>,
    leases: BTreeMap<String, Lease>,
    files: BTreeMap<Hash, StoredFile>,
    principals: BTreeMap<String, Principal>,
    quarantine: Vec<Quarantined>,
    persons: Persons,
    cosignings: Cosignings,
}

#[derive(Debug)]
struct Lease {
    holder: String,
    until: Timestamp,
}

impl MemoryStore {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing panics while it holds the lock with half a change made, so what a poisoned lock guards is whole.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Commits one view, if it stands where the commit begins.
    fn commit(&mut self, commit: &ViewCommit) -> bool {
        if self.progress.get(&commit.view).copied().unwrap_or_default() != commit.from {
            return false;
        }
        self.progress.insert(commit.view.clone(), commit.to);
        let documents = self.views.entry(commit.view.clone()).or_default();
        for (key, change) in &commit.changes {
            match change {
                Some(body) => documents.insert(key.clone(), body.clone()),
                None => documents.remove(key),
            };
        }
        true
    }

    fn base(&self, needs: &Needs<'_>) -> Base {
        let tips = needs.streams.iter().filter_map(|&stream| Some((stream.clone(), self.tip(stream)?)));
        let receipts = needs.messages.iter();
        let receipts =
            receipts.filter_map(|&message| Some((message.clone(), self.receipts.get(message)?.clone())));
        let (frontier, newest) = (self.frontier.clone(), self.newest);
        Base { frontier, newest, tips: tips.collect(), receipts: receipts.collect() }
    }

    fn tip(&self, stream: &StreamId) -> Option<Tip> {
        let newest = *self.streams.get(stream)?.last()?;
        let entry = self.entries.get(index(newest.0 - 1))?;
        Some(Tip { version: entry.version, leaf: entry.leaf })
    }

    fn entry(&self, position: Position) -> Result<Arc<Recorded>, StoreError> {
        let entry = &self.entries[index(position.0 - 1)];
        Recorded::decode(&entry.bytes).map(Arc::new).map_err(|error| StoreError::Damaged {
            what: error.to_string(),
            place: format!("position {position}"),
        })
    }
}

/// A place in memory. What is in memory has fewer than 2^64 items on every machine.
fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn at_most(limit: u32) -> usize {
    limit.min(READ_MAX) as usize
}

/// The part of sorted names that begins behind `after`, or at `prefix`; the caller stops where the prefix ends.
fn bounds<'a>(prefix: &'a str, after: Option<&'a str>) -> (Bound<&'a str>, Bound<&'a str>) {
    match after {
        Some(after) if after >= prefix => (Bound::Excluded(after), Bound::Unbounded),
        Some(_) | None => (Bound::Included(prefix), Bound::Unbounded),
    }
}

#[async_trait]
impl EventLog for MemoryStore {
    async fn append(&self, batch: &[Append]) -> Result<Vec<Answer>, StoreError> {
        let mut kept = self.kept();
        let staged = staging::stage(kept.base(&Needs::of(batch)), batch, &self.notary);
        if staged.is_empty() {
            return Ok(staged.answers);
        }
        if staged.keeps_checkpoint() {
            kept.checkpoints.insert(staged.frontier.size(), staged.checkpoint.clone());
        }
        kept.frontier = staged.frontier;
        kept.newest = staged.newest;
        kept.head_mac = staged.head_mac.0.to_vec();
        kept.checkpoint = staged.checkpoint;
        kept.receipts.extend(staged.receipts);
        for entry in staged.entries {
            kept.streams.entry(entry.stream.clone()).or_default().push(entry.position);
            kept.entries.push(entry);
        }
        Ok(staged.answers)
    }

    async fn read(&self, after: Position, limit: u32) -> Result<Vec<Arc<Recorded>>, StoreError> {
        let kept = self.kept();
        let newest = kept.frontier.size();
        let positions = (after.0.saturating_add(1)..=newest).take(at_most(limit));
        positions.map(|position| kept.entry(Position(position))).collect()
    }

    async fn read_at(&self, positions: &[Position]) -> Result<Vec<Arc<Recorded>>, StoreError> {
        let kept = self.kept();
        let newest = kept.frontier.size();
        let asked: BTreeSet<Position> = positions.iter().take(READ_MAX as usize).copied().collect();
        let there = asked.into_iter().filter(|position| (1..=newest).contains(&position.0));
        there.map(|position| kept.entry(position)).collect()
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Version,
        limit: u32,
    ) -> Result<Vec<Arc<Recorded>>, StoreError> {
        let kept = self.kept();
        let positions = kept.streams.get(stream).map_or(&[][..], Vec::as_slice);
        let positions = positions.iter().skip(index(after.0)).take(at_most(limit));
        positions.map(|position| kept.entry(*position)).collect()
    }

    async fn streams(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<StreamHead>, StoreError> {
        let kept = self.kept();
        let streams = kept.streams.range::<str, _>(bounds(prefix, after));
        let streams = streams.take_while(|(stream, _)| stream.as_str().starts_with(prefix));
        let heads = streams.map(|(stream, entries)| StreamHead {
            stream: stream.clone(),
            version: Version(entries.len() as u64),
            position: entries.last().copied().unwrap_or_default(),
        });
        Ok(heads.take(at_most(limit)).collect())
    }

    async fn head(&self) -> Result<Head, StoreError> {
        let kept = self.kept();
        Ok(Head { position: Position(kept.frontier.size()), root: kept.frontier.root() })
    }

    async fn receipt(&self, message: &MessageKey) -> Result<Option<Receipt>, StoreError> {
        Ok(self.kept().receipts.get(message).cloned())
    }

    async fn receipts(&self, messages: &[MessageKey]) -> Result<BTreeMap<MessageKey, Receipt>, StoreError> {
        let kept = self.kept();
        let found = messages
            .iter()
            .filter_map(|message| Some((message.clone(), kept.receipts.get(message)?.clone())));
        Ok(found.collect())
    }
}

fn row(entry: &StagedEntry) -> RowRef<'_> {
    RowRef {
        position: entry.position,
        stream: entry.stream.as_str(),
        version: entry.version,
        leaf: &entry.leaf.0,
        mac: &entry.mac.0,
        bytes: &entry.bytes,
    }
}

#[async_trait]
impl AuditLog for MemoryStore {
    async fn show_rows(&self, after: Position, limit: u32, mut look: Look) -> Result<(), StoreError> {
        let kept = self.kept();
        kept.entries.iter().skip(index(after.0)).take(at_most(limit)).for_each(|entry| look(row(entry)));
        Ok(())
    }

    async fn audit_tips(&self, streams: &[&str], until: Position) -> Result<Vec<AuditRow>, StoreError> {
        let kept = self.kept();
        let mut tips = BTreeMap::new();
        for entry in kept.entries.iter().take(index(until.0)) {
            if streams.contains(&entry.stream.as_str()) {
                tips.insert(entry.stream.as_str(), entry);
            }
        }
        let mut rows: Vec<AuditRow> = tips.into_values().map(|tip| row(tip).to_row()).collect();
        rows.sort_by_key(|row| row.position);
        Ok(rows)
    }

    async fn audit_head(&self) -> Result<AuditHead, StoreError> {
        let kept = self.kept();
        Ok(AuditHead {
            position: Position(kept.frontier.size()),
            frontier: kept.frontier.to_bytes(),
            root: kept.frontier.root().0.to_vec(),
            mac: kept.head_mac.clone(),
            checkpoint: kept.checkpoint.clone(),
        })
    }

    async fn checkpoints(&self, after: u64, limit: u32) -> Result<Vec<String>, StoreError> {
        let kept = self.kept();
        let later = kept.checkpoints.range((Bound::Excluded(after), Bound::Unbounded));
        Ok(later.take(at_most(limit)).map(|(_, note)| note.clone()).collect())
    }

    async fn stream_tips(
        &self,
        until: Position,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<StreamTip>, StoreError> {
        let kept = self.kept();
        let mut tips = BTreeMap::new();
        for entry in kept.entries.iter().take_while(|entry| entry.position <= until) {
            let StagedEntry { stream, version, leaf, .. } = entry.clone();
            tips.insert(stream.clone(), StreamTip { stream, version, leaf });
        }
        let later = tips.into_values().filter(|tip| after.is_none_or(|after| tip.stream.as_str() > after));
        Ok(later.take(at_most(limit)).collect())
    }

    async fn guards(&self) -> Result<Guards, StoreError> {
        Ok(Guards::default())
    }
}

#[async_trait]
impl ViewStore for MemoryStore {
    async fn document(&self, view: &ViewId, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.kept().views.get(view).and_then(|documents| documents.get(key)).cloned())
    }

    async fn documents(
        &self,
        view: &ViewId,
        keys: &[String],
    ) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
        let kept = self.kept();
        let Some(documents) = kept.views.get(view) else { return Ok(BTreeMap::new()) };
        let found = keys.iter().filter_map(|key| Some((key.clone(), documents.get(key)?.clone())));
        Ok(found.collect())
    }

    async fn documents_under(
        &self,
        view: &ViewId,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let kept = self.kept();
        let Some(documents) = kept.views.get(view) else { return Ok(Vec::new()) };
        let documents = documents.range::<str, _>(bounds(prefix, after));
        let documents = documents.take_while(|(key, _)| key.starts_with(prefix)).take(at_most(limit));
        Ok(documents.map(|(key, body)| (key.clone(), body.clone())).collect())
    }

    async fn commit_views(&self, commits: &[ViewCommit]) -> Result<Vec<bool>, StoreError> {
        let mut kept = self.kept();
        Ok(commits.iter().map(|commit| kept.commit(commit)).collect())
    }

    async fn progress(&self, name: &str) -> Result<Position, StoreError> {
        Ok(self.kept().progress.get(name).copied().unwrap_or_default())
    }

    async fn move_progress(&self, name: &str, from: Position, to: Position) -> Result<bool, StoreError> {
        let mut kept = self.kept();
        let stands = kept.progress.get(name).copied().unwrap_or_default() == from;
        if stands {
            kept.progress.insert(name.to_owned(), to);
        }
        Ok(stands)
    }

    async fn live_views(&self) -> Result<BTreeMap<String, LiveView>, StoreError> {
        let kept = self.kept();
        let live = |(name, view): (&String, &String)| {
            let position = kept.progress.get(view).copied().unwrap_or_default();
            (name.clone(), LiveView { view: view.clone(), position })
        };
        Ok(kept.live_views.iter().take(READ_MAX as usize).map(live).collect())
    }

    async fn live_view(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.kept().live_views.get(name).cloned())
    }

    async fn promote_view(&self, name: &str, view: &ViewId) -> Result<(), StoreError> {
        self.kept().live_views.insert(name.to_owned(), view.to_owned());
        Ok(())
    }

    async fn view_ids(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.kept().views.keys().cloned().collect())
    }

    async fn drop_view(&self, view: &ViewId) -> Result<(), StoreError> {
        let mut kept = self.kept();
        kept.views.remove(view);
        kept.progress.remove(view);
        Ok(())
    }
}

#[async_trait]
impl LeaseStore for MemoryStore {
    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        term: Duration,
    ) -> Result<bool, StoreError> {
        let mut kept = self.kept();
        let held = kept.leases.get(name).is_some_and(|lease| lease.holder != holder && lease.until > now);
        if !held {
            let until = now.checked_add(term).unwrap_or(Timestamp::MAX);
            kept.leases.insert(name.to_owned(), Lease { holder: holder.to_owned(), until });
        }
        Ok(!held)
    }

    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        let mut kept = self.kept();
        if kept.leases.get(name).is_some_and(|lease| lease.holder == holder) {
            kept.leases.remove(name);
        }
        Ok(())
    }
}

#[async_trait]
impl FileStore for MemoryStore {
    async fn keep_file(&self, file: &StoredFile) -> Result<(), StoreError> {
        file.check()?;
        self.kept().files.entry(file.sha256).or_insert_with(|| file.clone());
        Ok(())
    }

    async fn file(&self, sha256: Hash) -> Result<Option<StoredFile>, StoreError> {
        Ok(self.kept().files.get(&sha256).cloned())
    }

    async fn files(&self, after: Option<Hash>, limit: u32) -> Result<Vec<Hash>, StoreError> {
        let kept = self.kept();
        let hashes = kept.files.keys().copied().filter(|hash| after.is_none_or(|after| after < *hash));
        Ok(hashes.take(at_most(limit)).collect())
    }

    async fn drop_file(&self, sha256: Hash) -> Result<bool, StoreError> {
        Ok(self.kept().files.remove(&sha256).is_some())
    }
}

#[async_trait]
impl PrincipalStore for MemoryStore {
    async fn add_principal(&self, principal: &Principal) -> Result<bool, StoreError> {
        let mut kept = self.kept();
        let free = kept.principals.get(&principal.name).is_none_or(|known| known.revoked_at.is_some());
        if free {
            kept.principals.insert(principal.name.clone(), principal.clone());
        }
        Ok(free)
    }

    async fn principals(&self) -> Result<Vec<Principal>, StoreError> {
        Ok(self.kept().principals.values().cloned().collect())
    }

    async fn revoke_principal(&self, name: &str, at: Timestamp) -> Result<bool, StoreError> {
        let mut kept = self.kept();
        let valid = kept.principals.get_mut(name).filter(|principal| principal.revoked_at.is_none());
        let revoked = valid.map(|principal| principal.revoked_at = Some(at));
        Ok(revoked.is_some())
    }
}

#[async_trait]
impl QuarantineStore for MemoryStore {
    async fn quarantine(&self, message: &Quarantined) -> Result<u64, StoreError> {
        let mut kept = self.kept();
        let same = |kept: &&Quarantined| {
            kept.body == message.body && kept.sender == message.sender && kept.headers == message.headers
        };
        if let Some(earlier) = kept.quarantine.iter().find(same) {
            return Ok(earlier.number);
        }
        let number = kept.quarantine.len() as u64 + 1;
        kept.quarantine.push(Quarantined { number, ..message.clone() });
        Ok(number)
    }

    async fn quarantined(&self, after: u64, limit: u32) -> Result<Vec<Quarantined>, StoreError> {
        let kept = self.kept();
        Ok(kept.quarantine.iter().skip(index(after)).take(at_most(limit)).cloned().collect())
    }

    async fn mark_resent(&self, number: u64, at: Timestamp) -> Result<bool, StoreError> {
        let mut kept = self.kept();
        let message = number.checked_sub(1).and_then(|number| kept.quarantine.get_mut(index(number)));
        let marked = message.map(|message| message.resent_at = Some(at));
        Ok(marked.is_some())
    }
}
