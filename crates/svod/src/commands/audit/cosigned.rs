//! What witnesses have to do with an audit: what they cosigned is compared with the log like every other checkpoint, and
//! whoever trusts them may demand that so many of them vouch for the newest.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;
use svod_log::cosignature::{CosignerKey, merged};
use svod_log::note::{NotSigned, Note, VerifierKey};
use svod_log::policy::Policy;
use svod_log::verify::{Defence, Tampered, Verifier};
use svod_log::{Checkpoint, Cosigned, Notary, Position, Store, StoreError};

use super::PAGE;
use super::check::verifier_key;
use super::verify::Ended;
use crate::config::Config;
use crate::exit::Failure;
use crate::handed;
use crate::witnesses::{moment, seconds};

/// Largest policy that is read, in bytes: hundreds of keys.
const POLICY_BYTES_MAX: u64 = 1 << 20;

/// Whose signatures count, and whose are wanted.
pub(super) struct Wanted {
    policy: Policy,
    /// Keys of logs, if any are given.
    logs: Vec<VerifierKey>,
    /// For how long no witness may have been silent, in minutes, if somebody asks.
    silence: Option<u32>,
}

/// The newest checkpoint that was looked at, and who of the known witnesses cosigned it.
#[derive(Debug, Default, Serialize)]
pub(super) struct CosignedBy {
    /// How many entries the log had.
    position: u64,
    /// When, by the text of the key.
    witnesses: BTreeMap<String, String>,
    #[serde(skip)]
    keys: Vec<CosignerKey>,
    /// When the last of them did, in seconds since 1970.
    #[serde(skip)]
    newest: Option<u64>,
}

impl CosignedBy {
    /// Who cosigned a log of fewer entries than were kept vouches for nothing that came since, and is not compared with it.
    pub(super) fn since(self, begins: Position) -> Self {
        if self.position < begins.0 { Self::default() } else { self }
    }

    /// What a person is told.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |(name, at): (&String, &String)| {
            format!("cosigned: position {} by {name} at {at}", self.position)
        };
        self.witnesses.iter().map(line).collect()
    }
}

impl Wanted {
    /// The keys that were given; without those of witnesses, the ones of the configuration.
    pub(super) fn read(
        config: &Config,
        key: Option<&str>,
        witnesses: &[String],
        quorum: Option<usize>,
    ) -> Result<Self, Failure> {
        let log = key.map(verifier_key).transpose()?;
        let given = witnesses.iter().map(|key| key.parse()).collect::<Result<Vec<CosignerKey>, _>>();
        let mut witnesses = given.context("reading --witness").map_err(Failure::usage)?;
        if witnesses.is_empty() {
            witnesses = config.witnesses.iter().map(|witness| witness.key.clone()).collect();
        }
        // The same key twice is one witness, under whatever name.
        let mut distinct: Vec<CosignerKey> = vec![];
        for key in witnesses {
            if !distinct.iter().any(|known| known.is_same_key(&key)) {
                distinct.push(key);
            }
        }
        let (quorum, known) = (quorum.unwrap_or_default(), distinct.len());
        if quorum > known {
            let error = anyhow::anyhow!("--quorum {quorum} of {known} known witnesses can never be met");
            return Err(Failure::usage(error));
        }
        Ok(Self { policy: Policy::of(distinct, quorum), logs: log.into_iter().collect(), silence: None })
    }

    /// What a policy file says.
    pub(super) fn in_file(path: &Path) -> Result<Self, Failure> {
        let doing = format!("reading the policy in {}", path.display());
        let text = handed::text_in(path, POLICY_BYTES_MAX, &doing)?;
        let policy: Policy = text.parse().context(doing).map_err(Failure::usage)?;
        Ok(Self { logs: policy.logs().to_vec(), policy, silence: None })
    }

    /// The same, and the newest cosignature may not be older than so many minutes.
    pub(super) fn heard_within(self, silence: Option<u32>) -> Self {
        Self { silence, ..self }
    }

    /// The key that checkpoints are checked with. A policy may know many logs; the one of the ledger's own keys is among
    /// them, and where these are not, it can name only this one.
    pub(super) fn key(&self, notary: Option<&Notary>) -> Result<Option<VerifierKey>, Failure> {
        if let Some(own) = notary.map(Notary::verifier_key) {
            if self.logs.len() > 1 && !self.logs.contains(&own) {
                return Err(Failure::usage(anyhow::anyhow!(
                    "the policy does not know the log {}",
                    own.name()
                )));
            }
            return Ok(self.logs.first().filter(|_| self.logs.len() == 1).cloned());
        }
        match self.logs.as_slice() {
            [] => Ok(None),
            [key] => Ok(Some(key.clone())),
            _ => Err(Failure::usage(anyhow::anyhow!(
                "the policy names several logs, and without the ledger's keys it cannot be told which this is"
            ))),
        }
    }

    /// Who cosigned the newest of the checkpoints that were brought, or if none was brought, the newest that the ledger
    /// has. A false cosignature under any of them is told at once.
    pub(super) async fn look_at(&self, store: &dyn Store, notes: &[String]) -> Result<CosignedBy, Ended> {
        let mut newest: Vec<Note> = vec![];
        for note in notes.iter().filter_map(|note| Note::parse(note).ok()) {
            self.cosigners(&note)?;
            match newest.first().map(|first| size(first).cmp(&size(&note))) {
                Some(std::cmp::Ordering::Greater) => {}
                Some(std::cmp::Ordering::Equal) => newest.push(note),
                Some(std::cmp::Ordering::Less) | None => newest = vec![note],
            }
        }
        let note = if notes.is_empty() { self::newest(store).await? } else { merged(newest) };
        note.map_or_else(|| Ok(CosignedBy::default()), |note| self.cosigners(&note))
    }

    /// Whether enough of them did. Whom nobody cosigned for, of him it cannot be said how long he has been silent.
    pub(super) fn is_met(&self, cosigned: &CosignedBy) -> bool {
        let heard = self.silence.is_none() || cosigned.newest.is_some();
        heard && self.policy.is_met_by(&cosigned.keys.iter().collect::<Vec<_>>())
    }

    /// A log that witnesses have not heard of for too long is kept from them, or from whoever asks.
    pub(super) fn silent(&self, cosigned: &CosignedBy) -> Result<(), Tampered> {
        let (Some(silence), Some(newest)) = (self.silence, cosigned.newest) else { return Ok(()) };
        if seconds().saturating_sub(newest) <= u64::from(silence) * 60 {
            return Ok(());
        }
        let what = format!("no witness has heard of the log since {}", moment(newest));
        Err(Tampered { position: Position(cosigned.position), defence: Defence::Witness, what })
    }

    /// The log must agree with what known witnesses say under these checkpoints of when it was how large.
    pub(super) fn expect_times(&self, notes: &[String], verifier: &mut Verifier) -> Result<(), Ended> {
        for note in notes.iter().filter_map(|note| Note::parse(note).ok()) {
            let position = size(&note);
            let cosigners = self.policy.cosigners(&note).map_err(|error| false_line(position, &error))?;
            for (_, at) in cosigners {
                if let Some(at) = i64::try_from(at).ok().and_then(|at| Timestamp::from_second(at).ok()) {
                    verifier.witnessed(position, at);
                }
            }
        }
        Ok(())
    }

    /// The log must agree with every checkpoint that the store keeps for what witnesses said under it.
    pub(super) async fn expect_kept(&self, store: &dyn Store, verifier: &mut Verifier) -> Result<(), Ended> {
        for head in store.cosigned_heads().await? {
            self.expect(&head.cosigned, verifier)?;
        }
        let mut after = (verifier.begins().0.saturating_sub(1), String::new());
        loop {
            let kept = store.cosigned((after.0, &after.1), PAGE).await?;
            let Some(last) = kept.last() else { return Ok(()) };
            let next = (last.size, last.witness.clone());
            if next <= after {
                // The database does not order its rows as it should: the reading would never end.
                return Err(of_another_row(last).into());
            }
            for cosigned in &kept {
                self.expect(cosigned, verifier)?;
            }
            after = next;
        }
    }

    fn expect(&self, cosigned: &Cosigned, verifier: &mut Verifier) -> Result<(), Ended> {
        if verifier.expect(&cosigned.note)? != cosigned.size {
            return Err(of_another_row(cosigned).into());
        }
        self.expect_times(std::slice::from_ref(&cosigned.note), verifier)
    }

    fn cosigners(&self, note: &Note) -> Result<CosignedBy, Ended> {
        let position = size(note);
        let cosigners = self.policy.cosigners(note).map_err(|error| false_line(position, &error))?;
        Ok(CosignedBy {
            position,
            witnesses: cosigners.iter().map(|(key, at)| (key.to_string(), moment(*at))).collect(),
            newest: cosigners.iter().map(|(_, at)| *at).max(),
            keys: cosigners.into_iter().map(|(key, _)| key.clone()).collect(),
        })
    }
}

fn size(note: &Note) -> u64 {
    Checkpoint::parse(&note.text).map_or(0, |checkpoint| checkpoint.size)
}

/// The newest checkpoint that a witness cosigned, with the cosignatures of all who did. Nothing is checked.
pub(super) async fn newest(store: &dyn Store) -> Result<Option<Note>, StoreError> {
    let heads = store.cosigned_heads().await?;
    let notes: Vec<Note> = heads.iter().filter_map(|head| Note::parse(&head.cosigned.note).ok()).collect();
    let Some(newest) = notes.iter().max_by_key(|note| size(note)).map(|note| note.text.clone()) else {
        return Ok(None);
    };
    Ok(merged(notes.into_iter().filter(|note| note.text == newest)))
}

fn false_line(position: u64, error: &NotSigned) -> Tampered {
    Tampered { position: Position(position), defence: Defence::Checkpoint, what: error.to_string() }
}

fn of_another_row(cosigned: &Cosigned) -> Tampered {
    let what = "a cosigned checkpoint is not the one of its row".to_owned();
    Tampered { position: Position(cosigned.size), defence: Defence::Checkpoint, what }
}
