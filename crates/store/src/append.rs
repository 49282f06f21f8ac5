//! How a batch is written.
//!
//! PostgreSQL: hopefully first, on what this process remembers, in one statement that moves the head only from the revision it
//! was staged on. What is not remembered is guessed where a guess is nearly always right (a stream that is assumed to be
//! empty is; a message was not answered before), and the statement writes nothing where it was wrong; what cannot be guessed
//! is read before. If another process was faster, the batch waits for its turn (the row lock of the head) and is staged
//! again; so no number of writers can starve one.
//!
//! SQLite: always in turn, since it has no other way to write; but in the same hope first, in one go ([`crate::at_once`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use svod_log::staging::{self, Base, Needs, Staged, StagedEntry, Tip};
use svod_log::tree::Frontier;
use svod_log::{Answer, Append, MessageKey, Notary, Receipt, Recorded, StoreError, StreamId, Version};

use crate::at_once::{AtOnce, Batch};
use crate::database::Database;
use crate::failure::{damaged, failure_of_sqlite};
use crate::log::{Asked, no_head, receipt, receipt_key, stream};
use crate::memory::Memory;
use crate::session::{Dialect, Session, on_a_thread};
use crate::sql;
use crate::value::{Column, Value, number};

const APPENDING: &str = "appending to the log";

/// The answers to a batch, and the entries that were committed.
type Written = (Vec<Answer>, Vec<StagedEntry>);

/// Writes a batch. `kept` holds the memory of the batch before; it stays empty when this one fails or is abandoned.
pub(crate) async fn append(
    database: &Database,
    at_once: Option<&Arc<AtOnce>>,
    kept: &mut Option<Memory>,
    batch: &[Append],
    notary: &Notary,
) -> Result<Written, StoreError> {
    if batch.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let needs = Needs::of(batch);
    let mut session = database.session(APPENDING).await?;
    let mut memory = kept.take().unwrap_or_default();
    match append_hopefully(&mut session, at_once, memory, &needs, batch, notary).await? {
        Attempt::Done(written, memory) => {
            *kept = Some(*memory);
            return Ok(written);
        }
        Attempt::Overtaken(left) => memory = *left,
    }
    let (written, memory) = append_in_turn(&mut session, memory, &needs, batch, notary).await?;
    *kept = Some(memory);
    Ok(written)
}

/// How it went without a turn.
enum Attempt {
    Done(Written, Box<Memory>),
    /// Another process moved the head first, or what was guessed was wrong; nothing was written. What is left of the memory.
    Overtaken(Box<Memory>),
}

async fn append_hopefully(
    session: &mut Session,
    at_once: Option<&Arc<AtOnce>>,
    mut memory: Memory,
    needs: &Needs<'_>,
    batch: &[Append],
    notary: &Notary,
) -> Result<Attempt, StoreError> {
    memory.begin_batch();
    let (tips, missing) = memory.tips(needs);
    if memory.dares() && missing.iter().all(|stream| needs.empty.contains(stream)) {
        let (frontier, newest) = (memory.frontier.clone(), memory.newest);
        let base = Base { frontier, newest, tips, receipts: BTreeMap::new() };
        let staged = staging::stage(base, batch, notary);
        // What contradicts a memory may only contradict an old one; what writes nothing would never find out.
        if !staged.has_untaken() && !staged.is_empty() {
            match write_guessed(session, at_once, &memory, staged, &missing).await? {
                Some(staged) => {
                    for stream in missing {
                        memory.remember(stream.clone(), None);
                    }
                    let (written, memory) = learn(memory, staged);
                    return Ok(Attempt::Done(written, Box::new(memory)));
                }
                None => memory.guessed_wrong(),
            }
        }
    }
    if session.dialect() == Dialect::Sqlite {
        return Ok(Attempt::Overtaken(Box::new(memory)));
    }
    let (mut memory, base) = read(session, memory, needs, notary).await?;
    let staged = staging::stage(base, batch, notary);
    if staged.is_empty() {
        return Ok(Attempt::Done((staged.answers, Vec::new()), Box::new(memory)));
    }
    if !write(session, &memory, &staged, &[]).await? {
        tracing::debug!(revision = memory.revision, "another process appended first");
        memory.forget();
        return Ok(Attempt::Overtaken(Box::new(memory)));
    }
    let (written, memory) = learn(memory, staged);
    Ok(Attempt::Done(written, Box::new(memory)))
}

/// Writes what was staged on guesses. `None`: nothing was written.
async fn write_guessed(
    session: &mut Session,
    at_once: Option<&Arc<AtOnce>>,
    memory: &Memory,
    staged: Staged,
    guessed: &[&StreamId],
) -> Result<Option<Staged>, StoreError> {
    let Some(at_once) = at_once else {
        return Ok(write(session, memory, &staged, guessed).await?.then_some(staged));
    };
    svod_crash::point("append/staged");
    let guessed = guessed.iter().map(|stream| (*stream).clone()).collect();
    let (revision, frontier) = (memory.revision, memory.frontier.to_bytes());
    let (batch, at_once) = (Batch { revision, frontier, staged, guessed }, Arc::clone(at_once));
    let (is_written, batch) = on_a_thread(APPENDING, move || (at_once.write(&batch), batch)).await?;
    let is_written = is_written.map_err(|error| failure_of_sqlite(APPENDING, error))?;
    Ok(is_written.then_some(batch.staged))
}

async fn append_in_turn(
    session: &mut Session,
    memory: Memory,
    needs: &Needs<'_>,
    batch: &[Append],
    notary: &Notary,
) -> Result<(Written, Memory), StoreError> {
    session.begin(APPENDING, sql::BEGIN_IN_TURN).await?;
    let (memory, base) = read(session, memory, needs, notary).await?;
    let staged = staging::stage(base, batch, notary);
    if staged.is_empty() {
        session.roll_back(APPENDING).await?;
        return Ok(((staged.answers, Vec::new()), memory));
    }
    if !write(session, &memory, &staged, &[]).await? {
        return Err(damaged("the head moved out of turn", format!("revision {}", memory.revision)));
    }
    session.commit(APPENDING).await?;
    Ok(learn(memory, staged))
}

/// The memory after a batch that was written.
fn learn(mut memory: Memory, staged: Staged) -> (Written, Memory) {
    svod_crash::point("append/committed");
    memory.revision += 1;
    memory.frontier = staged.frontier;
    memory.newest = staged.newest;
    for (stream, tip) in staged.tips {
        memory.remember(stream, Some(tip));
    }
    ((staged.answers, staged.entries), memory)
}

/// What a batch needs, as it is in the database now. What is remembered is not read, unless somebody wrote since.
async fn read(
    session: &mut Session,
    mut memory: Memory,
    needs: &Needs<'_>,
    notary: &Notary,
) -> Result<(Memory, Base), StoreError> {
    let (mut tips, mut missing) = memory.tips(needs);
    let mut found = find(session, &missing, needs).await?;
    if found.revision != memory.revision || found.frontier != memory.frontier {
        memory.forget();
        if !tips.is_empty() {
            (tips, missing) = memory.tips(needs);
            found = find(session, &missing, needs).await?;
        }
        memory.revision = found.revision;
        // Another process moved the head, or this one has just begun: only a head that a notary of this ledger vouched
        // for is built upon. The first one there ever was holds nothing.
        let first = found.revision == 0 && found.frontier.size() == 0;
        if !first && !notary.is_head_mac(&found.frontier, &found.head_mac) {
            let what = "the head of the log does not bear the code of this ledger's keys";
            return Err(damaged(what, format!("position {}", found.frontier.size())));
        }
        memory.newest = newest_moment(session, found.frontier.size()).await?;
    }
    memory.frontier = found.frontier;
    memory.is_known = true;
    for stream in missing {
        memory.remember(stream.clone(), found.tips.get(stream).copied());
    }
    tips.extend(found.tips);
    let (frontier, newest) = (memory.frontier.clone(), memory.newest);
    let base = Base { frontier, newest, tips, receipts: found.receipts };
    Ok((memory, base))
}

/// When the entry at the head was recorded; the beginning of time where there is none.
async fn newest_moment(session: &mut Session, size: u64) -> Result<Timestamp, StoreError> {
    let rows = session.rows(APPENDING, sql::ENTRY, &[Value::Number(number(size))]).await?;
    let Some(row) = rows.first() else { return Ok(Timestamp::UNIX_EPOCH) };
    let newest = Recorded::decode(&row.bytes(0)?.into());
    let newest = newest.map_err(|error| damaged(&error.to_string(), format!("position {size}")))?;
    Ok(newest.recorded_at)
}

/// What the database said at one moment.
struct Found {
    revision: i64,
    frontier: Frontier,
    head_mac: Vec<u8>,
    tips: BTreeMap<StreamId, Tip>,
    receipts: BTreeMap<MessageKey, Receipt>,
}

async fn find(session: &mut Session, streams: &[&StreamId], needs: &Needs<'_>) -> Result<Found, StoreError> {
    let asked = Asked::of(needs.messages.iter().copied());
    let streams = Column::Texts(streams.iter().map(|stream| stream.as_str()).collect());
    let rows = session.rows(APPENDING, sql::BASE, &[Value::List(streams), asked.keys()]).await?;
    let mut head = None;
    let mut tips = BTreeMap::new();
    let mut receipts = BTreeMap::new();
    for row in rows {
        match row.number(0)? {
            0 => head = Some((row.number(1)?, row.bytes(5)?.to_vec(), row.bytes(3)?.to_vec())),
            1 => {
                tips.insert(stream(&row, 2)?, Tip { version: Version(row.count(1)?), leaf: row.hash(4)? });
            }
            _ => {
                receipts.insert(asked.message(row.bytes(3)?)?, receipt(&row, 4, 5)?);
            }
        }
    }
    let (revision, frontier, head_mac) = head.ok_or_else(no_head)?;
    let frontier = Frontier::from_bytes(&frontier);
    let frontier = frontier.map_err(|error| damaged(&error.to_string(), "log_head".to_owned()))?;
    Ok(Found { revision, frontier, head_mac, tips, receipts })
}

/// Writes what was staged, if the head still is the one that is remembered, the streams that were `guessed` to be empty are, and no
/// message is answered yet.
async fn write(
    session: &mut Session,
    memory: &Memory,
    staged: &Staged,
    guessed: &[&StreamId],
) -> Result<bool, StoreError> {
    svod_crash::point("append/staged");
    let position = Value::Number(number(staged.frontier.size()));
    let frontier = staged.frontier.to_bytes();
    let root = staged.frontier.root();
    let keys: Vec<Vec<u8>> = staged.receipts.iter().map(|(message, _)| receipt_key(message)).collect();
    let (mac, checkpoint) = (Value::Bytes(&staged.head_mac.0), Value::Text(&staged.checkpoint));
    let head = [
        Value::Number(memory.revision),
        position,
        Value::Bytes(&frontier),
        Value::Bytes(&root.0),
        mac,
        checkpoint,
    ];
    // A database that was put back may stand at the same revision with another log.
    let before = memory.frontier.to_bytes();
    let (entries, receipts) = (entry_columns(staged), receipt_columns(staged, &keys));
    let checkpoints = checkpoint_columns(staged);
    match session.dialect() {
        Dialect::Postgres => {
            let guessed = Column::Texts(guessed.iter().map(|stream| stream.as_str()).collect());
            let lists = entries.into_iter().chain(checkpoints).chain(receipts).chain([guessed]);
            let lists = lists.map(Value::List);
            let values: Vec<_> = head.into_iter().chain(lists).chain([Value::Bytes(&before)]).collect();
            let moved = session.rows(APPENDING, sql::WRITE_WHOLE, &values).await?;
            Ok(!moved.is_empty())
        }
        Dialect::Sqlite => {
            session.insert(APPENDING, sql::KEEP_ENTRIES, &entries).await?;
            session.insert(APPENDING, sql::KEEP_CHECKPOINTS, &checkpoints).await?;
            session.insert(APPENDING, sql::KEEP_RECEIPTS, &receipts).await?;
            let values: Vec<_> = head.into_iter().chain([Value::Bytes(&before)]).collect();
            let moved = session.execute(APPENDING, sql::MOVE_HEAD, &values).await?;
            Ok(moved == 1)
        }
    }
}

fn entry_columns(staged: &Staged) -> [Column<'_>; 6] {
    let entries = &staged.entries;
    [
        Column::Numbers(entries.iter().map(|entry| number(entry.position.0)).collect()),
        Column::Texts(entries.iter().map(|entry| entry.stream.as_str()).collect()),
        Column::Numbers(entries.iter().map(|entry| number(entry.version.0)).collect()),
        Column::Hashes(entries.iter().map(|entry| &entry.leaf).collect()),
        Column::Blobs(entries.iter().map(|entry| &entry.mac.0[..]).collect()),
        Column::Blobs(entries.iter().map(|entry| &entry.bytes[..]).collect()),
    ]
}

/// The checkpoint, if it is one of those that are kept.
fn checkpoint_columns(staged: &Staged) -> [Column<'_>; 2] {
    let kept = staged.keeps_checkpoint();
    let sizes = kept.then(|| number(staged.frontier.size())).into_iter().collect();
    let notes = kept.then_some(staged.checkpoint.as_str()).into_iter().collect();
    [Column::Numbers(sizes), Column::Texts(notes)]
}

fn receipt_columns<'a>(staged: &'a Staged, keys: &'a [Vec<u8>]) -> [Column<'a>; 5] {
    let receipts = &staged.receipts;
    [
        Column::Blobs(keys.iter().map(Vec::as_slice).collect()),
        Column::Blobs(receipts.iter().map(|(message, _)| message.source.as_bytes()).collect()),
        Column::Blobs(receipts.iter().map(|(message, _)| message.id.as_bytes()).collect()),
        Column::Hashes(receipts.iter().map(|(_, receipt)| &receipt.digest).collect()),
        Column::Blobs(receipts.iter().map(|(_, receipt)| &receipt.body[..]).collect()),
    ]
}
