//! The ledger's side: now and then the newest checkpoint is offered to every witness, with the proof that the log only grew
//! since what that witness cosigned last. Beside the log, never before it: an append waits for nobody here.
//!
//! In the steady state a round reads the leaves since the last one: the frontier of the earlier tree is remembered, in the
//! process and in the store.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use svod_log::growth::Growth;
use svod_log::note::Note;
use svod_log::tree::{Frontier, NotAFrontier};
use svod_log::{
    AuditHead, CHECKPOINT_EVERY, Checkpoint, Cosigned, CosignedHead, Hash, Position, READ_MAX, Store,
    StoreError,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::Seconds;
use crate::client::{Answer, ClientError, Witness, WitnessClient};
use crate::request::AddCheckpoint;

/// Between two rounds, and so the longest time that an entry is vouched for by the ledger alone.
const ROUND_EVERY: Duration = Duration::from_secs(2);

/// How old a cosignature of an unchanged log may become, in seconds: a witness that hears nothing for longer knows that
/// something is wrong, and not merely that nothing happens.
const HEARTBEAT_SECONDS: u64 = 300;

/// First and longest pause after a failure of one witness.
const RETRY_AFTER: (Duration, Duration) = (Duration::from_secs(2), Duration::from_mins(1));

/// How long a copy holds the right to offer, and how often it is renewed. It only spares witnesses: two copies do no harm.
const LEASE: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(4));
const LEASE_NAME: &str = "witnesses";

/// What [`offer`] needs.
pub struct Offering {
    /// The ledger.
    pub store: Arc<dyn Store>,
    /// To whom.
    pub witnesses: Vec<Witness>,
    /// What time it is.
    pub clock: Seconds,
    /// Types of entries after which a cosigned checkpoint is kept for ever, such as the close of a quarter.
    pub landmarks: &'static [&'static str],
}

/// Why a checkpoint was not cosigned this time.
#[derive(Debug, thiserror::Error)]
enum OfferError {
    #[error("the store failed")]
    Store(#[from] StoreError),
    #[error("the witness did not cosign")]
    Client(#[from] ClientError),
    #[error("the witness has cosigned a log of {cosigned} entries, and this one has {here}: it was put back")]
    PutBack { cosigned: u64, here: u64 },
    #[error("the log grew meanwhile")]
    Overtaken,
    #[error("the leaves in the database are not those of its checkpoint: {0}")]
    Damaged(&'static str),
}

impl From<NotAFrontier> for OfferError {
    fn from(_: NotAFrontier) -> Self {
        Self::Damaged("the frontier of the head is none")
    }
}

/// Offers checkpoints until it is stopped.
pub async fn offer(offering: Offering, stop: CancellationToken) -> Result<(), ClientError> {
    let mut correspondence = Correspondence::try_new(offering)?;
    while !stop.is_cancelled() {
        tokio::select! {
            _cosigned = correspondence.round() => {}
            () = stop.cancelled() => break,
        }
        tokio::select! { () = tokio::time::sleep(ROUND_EVERY) => {}, () = stop.cancelled() => {} }
    }
    correspondence.end().await;
    Ok(())
}

/// A ledger and its witnesses.
pub struct Correspondence {
    offering: Offering,
    correspondents: Vec<Correspondent>,
    holder: String,
    held_since: Option<Instant>,
}

impl Correspondence {
    /// Begins where the store says that the last one stopped.
    pub fn try_new(offering: Offering) -> Result<Self, ClientError> {
        let clients = offering.witnesses.iter().cloned().map(WitnessClient::try_new);
        let correspondents = clients.map(|client| Ok(Correspondent::new(client?)));
        let correspondents = correspondents.collect::<Result<_, ClientError>>()?;
        Ok(Self { offering, correspondents, holder: uuid::Uuid::new_v4().to_string(), held_since: None })
    }

    /// Shows the newest checkpoint to whom it is due; the same one to all, so that their cosignatures stand under one note.
    /// How many cosigned it.
    pub async fn round(&mut self) -> usize {
        let head = match self.head().await {
            Ok(Some(head)) => head,
            Ok(None) => {
                // What another copy has done meanwhile only the store knows.
                self.correspondents.iter_mut().for_each(|each| each.last = None);
                return 0;
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "witnesses wait for the store");
                return 0;
            }
        };
        let visits = self.correspondents.iter_mut().map(|each| each.visit(&self.offering, &head));
        join_all(visits).await.into_iter().filter(|cosigned| *cosigned).count()
    }

    /// The head, if this copy has the right to offer and something was recorded.
    async fn head(&mut self) -> Result<Option<NewestHead>, OfferError> {
        let store = &self.offering.store;
        if self.held_since.is_none_or(|since| since.elapsed() >= LEASE.1) {
            let seconds = i64::try_from((self.offering.clock)()).unwrap_or(i64::MAX);
            let now = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
            let taken = store.take_lease(LEASE_NAME, &self.holder, now, LEASE.0).await?;
            self.held_since = taken.then(Instant::now);
        }
        if self.held_since.is_none() {
            return Ok(None);
        }
        let head = store.audit_head().await?;
        if head.checkpoint.is_empty() { Ok(None) } else { NewestHead::read(&head).map(Some) }
    }

    /// Gives the right to offer back, so that another copy need not wait for its end.
    pub async fn end(self) {
        if let Err(error) = self.offering.store.release_lease(LEASE_NAME, &self.holder).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "the lease runs out by itself");
        }
    }
}

/// The newest checkpoint and its tree.
struct NewestHead {
    note: String,
    checkpoint: Checkpoint,
    frontier: Frontier,
}

impl NewestHead {
    fn read(head: &AuditHead) -> Result<Self, OfferError> {
        const UNFIT: OfferError = OfferError::Damaged("the newest checkpoint is none");
        let note = Note::parse(&head.checkpoint).map_err(|_| UNFIT)?;
        let checkpoint = Checkpoint::parse(&note.text).ok_or(UNFIT)?;
        let frontier = Frontier::from_bytes(&head.frontier)?;
        if frontier.size() != checkpoint.size || frontier.root() != checkpoint.root {
            return Err(OfferError::Damaged("the frontier of the head is not the one that was signed"));
        }
        Ok(Self { note: head.checkpoint.clone(), checkpoint, frontier })
    }
}

/// What a witness cosigned last.
struct Last {
    tree: Frontier,
    /// When, in seconds since 1970, if this process was there.
    at: u64,
}

/// One witness, and where the correspondence with it stands.
struct Correspondent {
    client: WitnessClient,
    /// `None`: only the store knows.
    last: Option<Last>,
    pause: Duration,
    due: Instant,
}

impl Correspondent {
    fn new(client: WitnessClient) -> Self {
        Self { client, last: None, pause: RETRY_AFTER.0, due: Instant::now() }
    }

    /// Whether the witness cosigned.
    async fn visit(&mut self, offering: &Offering, head: &NewestHead) -> bool {
        if Instant::now() < self.due {
            return false;
        }
        let witness = self.client.witness().key.name().to_owned();
        let (is_cosigned, outcome) = match self.show(offering, head).await {
            Ok(false) => return false,
            Ok(true) => {
                tracing::info!(witness, size = head.checkpoint.size, "a checkpoint was cosigned");
                self.pause = RETRY_AFTER.0;
                (true, "cosigned")
            }
            Err(error) => {
                self.last = None;
                self.due = Instant::now() + self.pause;
                self.pause = (self.pause * 2).min(RETRY_AFTER.1);
                (false, tell(&error, &witness))
            }
        };
        metrics::counter!("svod_witness_offers_total", "witness" => witness, "outcome" => outcome)
            .increment(1);
        is_cosigned
    }

    /// `false`: nothing is due.
    async fn show(&mut self, offering: &Offering, head: &NewestHead) -> Result<bool, OfferError> {
        let last = match self.last.take() {
            Some(last) => last,
            None => self.kept(offering).await?,
        };
        let now = (offering.clock)();
        let is_fresh = now.saturating_sub(last.at) < HEARTBEAT_SECONDS;
        if last.tree.size() == head.checkpoint.size && last.tree.root() == head.checkpoint.root && is_fresh {
            self.last = Some(last);
            return Ok(false);
        }
        let mut from = last.tree;
        if from.size() > head.checkpoint.size {
            return Err(ahead(offering, from.size()).await?);
        }
        let answer = match self.ask(offering, head, &from).await? {
            Answer::Moved { size } => {
                if size < from.size() {
                    let witness = self.client.witness().key.name();
                    tracing::error!(
                        witness,
                        size,
                        cosigned = from.size(),
                        "the witness has forgotten what it cosigned"
                    );
                }
                from = tree_at(offering, head, from, size).await?;
                self.ask(offering, head, &from).await?
            }
            cosigned @ Answer::Cosigned { .. } => cosigned,
        };
        let Answer::Cosigned { line, at } = answer else {
            return Err(ClientError::Unfit("it names another size each time").into());
        };
        let forever = is_landmark(offering, from.size(), head.checkpoint.size).await?;
        let note = format!("{}{line}", head.note);
        let (size, witness) = (head.checkpoint.size, self.client.witness().key.to_string());
        let cosigned = Cosigned { size, witness, note };
        let kept = CosignedHead { cosigned, frontier: head.frontier.to_bytes() };
        offering.store.keep_cosigned(&kept, forever).await?;
        self.last = Some(Last { tree: head.frontier.clone(), at });
        Ok(true)
    }

    /// What the store knows of this witness. What does not fit together was changed there: it is as if nothing were known,
    /// and the witness will say what it knows.
    async fn kept(&self, offering: &Offering) -> Result<Last, StoreError> {
        let key = &self.client.witness().key;
        let text = key.to_string();
        let heads = offering.store.cosigned_heads().await?;
        let kept = heads.iter().find(|head| head.cosigned.witness == text).and_then(|head| {
            let note = Note::parse(&head.cosigned.note).ok()?;
            key.cosigned_at(&note).ok()?;
            let (checkpoint, tree) =
                (Checkpoint::parse(&note.text)?, Frontier::from_bytes(&head.frontier).ok()?);
            (tree.size() == checkpoint.size && tree.root() == checkpoint.root).then_some(tree)
        });
        // However young: the whole database may have been put back, and the witness is the one to tell.
        Ok(Last { tree: kept.unwrap_or_default(), at: 0 })
    }

    async fn ask(
        &self,
        offering: &Offering,
        head: &NewestHead,
        from: &Frontier,
    ) -> Result<Answer, OfferError> {
        let old = from.size();
        // That a log grew out of an empty one needs no proof.
        let proof = if old == 0 { vec![] } else { proof(offering, head, from.clone()).await? };
        Ok(self.client.add_checkpoint(&AddCheckpoint { old, proof, note: head.note.clone() }).await?)
    }
}

/// Says why a witness did not cosign, and what that is in metrics. What passes by itself is no error yet.
fn tell(error: &OfferError, witness: &str) -> &'static str {
    let failure = error as &dyn std::error::Error;
    match error {
        OfferError::Store(_) | OfferError::Overtaken | OfferError::Client(ClientError::Unreachable(_)) => {
            tracing::warn!(witness, error = failure, "the log waits for its witness");
            "failed"
        }
        OfferError::Client(ClientError::Refused { .. } | ClientError::Unfit(_))
        | OfferError::PutBack { .. }
        | OfferError::Damaged(_) => {
            tracing::error!(witness, error = failure, "the log is not cosigned any more");
            "refused"
        }
    }
}

/// The proof from a tree to the head's.
async fn proof(offering: &Offering, head: &NewestHead, from: Frontier) -> Result<Vec<Hash>, OfferError> {
    let mut growth = Growth::new(from, head.checkpoint.size);
    feed(offering, &mut growth).await?;
    let (proof, tree) = growth.end();
    // What the witness cosigned was true, or it would not be asked: then the leaves since are not those that were signed.
    if tree.root() == head.checkpoint.root {
        Ok(proof)
    } else {
        Err(OfferError::Damaged("with the leaves since the last cosigned one its root is another"))
    }
}

/// The tree that the log had at a size, grown from a smaller one that is known, or from nothing.
async fn tree_at(
    offering: &Offering,
    head: &NewestHead,
    known: Frontier,
    size: u64,
) -> Result<Frontier, OfferError> {
    if size > head.checkpoint.size {
        return Err(ahead(offering, size).await?);
    }
    if size == head.checkpoint.size {
        return Ok(head.frontier.clone());
    }
    let from = if known.size() <= size { known } else { Frontier::default() };
    let mut growth = Growth::new(from, size);
    feed(offering, &mut growth).await?;
    Ok(growth.end().1)
}

/// A witness has cosigned more than was offered: the log was put back, unless another copy was faster with a newer head.
async fn ahead(offering: &Offering, cosigned: u64) -> Result<OfferError, StoreError> {
    let here = offering.store.head().await?.position.0;
    Ok(if here < cosigned { OfferError::PutBack { cosigned, here } } else { OfferError::Overtaken })
}

/// Reads the leaves that are missing, in parts.
async fn feed(offering: &Offering, growth: &mut Growth) -> Result<(), OfferError> {
    while growth.missing() > 0 {
        let limit = u32::try_from(growth.missing()).unwrap_or(READ_MAX).min(READ_MAX);
        let leaves = offering.store.leaves(Position(growth.tree().size()), limit).await?;
        if leaves.is_empty() {
            return Err(OfferError::Damaged("some are missing"));
        }
        for leaf in leaves {
            growth.append(leaf);
        }
    }
    Ok(())
}

/// Whether the checkpoint is one to keep for ever: the first in a run of entries, or the first after a landmark.
async fn is_landmark(offering: &Offering, from: u64, to: u64) -> Result<bool, StoreError> {
    if to / CHECKPOINT_EVERY > from / CHECKPOINT_EVERY {
        return Ok(true);
    }
    // Fewer than a run: one read.
    let limit = u32::try_from(to - from).unwrap_or(READ_MAX);
    let entries = offering.store.read(Position(from), limit).await?;
    Ok(entries.iter().any(|entry| offering.landmarks.contains(&entry.kind.as_str())))
}
