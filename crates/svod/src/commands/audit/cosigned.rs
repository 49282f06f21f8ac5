//! What witnesses have to do with an audit: what they cosigned is compared with the log like every other checkpoint, and
//! whoever trusts them may demand that so many of them vouch for the newest.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde::Serialize;
use svod_log::cosignature::{CosignerKey, merged};
use svod_log::note::{NotSigned, Note};
use svod_log::verify::{Defence, Tampered, Verifier};
use svod_log::{Checkpoint, Cosigned, Position, Store, StoreError};

use super::PAGE;
use super::verify::Ended;
use crate::config::Config;
use crate::exit::Failure;
use crate::witnesses::moment;

/// Whose cosignatures count, and how many are wanted.
pub(super) struct Wanted {
    witnesses: Vec<CosignerKey>,
    quorum: usize,
}

/// The newest checkpoint that was looked at, and who of the known witnesses cosigned it.
#[derive(Debug, Default, Serialize)]
pub(super) struct CosignedBy {
    /// How many entries the log had.
    position: u64,
    witnesses: BTreeMap<String, String>,
}

impl CosignedBy {
    /// What a person is told.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |(name, at): (&String, &String)| {
            format!("cosigned: position {} by {name} at {at}", self.position)
        };
        self.witnesses.iter().map(line).collect()
    }
}

impl Wanted {
    /// The keys that were given, or else those of the configuration.
    pub(super) fn read(config: &Config, keys: &[String], quorum: Option<usize>) -> Result<Self, Failure> {
        let given = keys.iter().map(|key| key.parse()).collect::<Result<Vec<CosignerKey>, _>>();
        let mut witnesses = given.context("reading --witness").map_err(Failure::usage)?;
        if witnesses.is_empty() {
            witnesses = config.witnesses.iter().map(|witness| witness.key.clone()).collect();
        }
        let quorum = quorum.unwrap_or_default();
        // The same key twice is one witness.
        let distinct =
            witnesses.iter().map(ToString::to_string).collect::<std::collections::BTreeSet<_>>().len();
        if quorum > distinct {
            let error = anyhow::anyhow!("--quorum {quorum} of {distinct} known witnesses can never be met");
            return Err(Failure::usage(error));
        }
        Ok(Self { witnesses, quorum })
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

    /// Whether enough of them did.
    pub(super) fn is_met(&self, cosigned: &CosignedBy) -> bool {
        cosigned.witnesses.len() >= self.quorum
    }

    fn cosigners(&self, note: &Note) -> Result<CosignedBy, Ended> {
        let mut found = CosignedBy { position: size(note), ..CosignedBy::default() };
        for key in &self.witnesses {
            match key.cosigned_at(note) {
                Ok(at) => {
                    found.witnesses.insert(key.to_string(), moment(at));
                }
                Err(NotSigned::Unknown { .. }) => {}
                Err(error @ NotSigned::False { .. }) => {
                    let (position, defence) = (Position(found.position), Defence::Checkpoint);
                    return Err(Tampered { position, defence, what: error.to_string() }.into());
                }
            }
        }
        Ok(found)
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

/// The log must agree with every checkpoint that the store keeps for what witnesses said under it.
pub(super) async fn expect_kept(store: &dyn Store, verifier: &mut Verifier) -> Result<(), Ended> {
    for head in store.cosigned_heads().await? {
        expect(&head.cosigned, verifier)?;
    }
    let mut after = (0, String::new());
    loop {
        let kept = store.cosigned((after.0, &after.1), PAGE).await?;
        let Some(last) = kept.last() else { return Ok(()) };
        let next = (last.size, last.witness.clone());
        if next <= after {
            // The database does not order its rows as it should: the reading would never end.
            return Err(of_another_row(last).into());
        }
        for cosigned in &kept {
            expect(cosigned, verifier)?;
        }
        after = next;
    }
}

fn expect(cosigned: &Cosigned, verifier: &mut Verifier) -> Result<(), Ended> {
    let size = verifier.expect(&cosigned.note)?;
    if size == cosigned.size { Ok(()) } else { Err(of_another_row(cosigned).into()) }
}

fn of_another_row(cosigned: &Cosigned) -> Tampered {
    let what = "a cosigned checkpoint is not the one of its row".to_owned();
    Tampered { position: Position(cosigned.size), defence: Defence::Checkpoint, what }
}
