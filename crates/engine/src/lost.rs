//! Names that are lost: the log names a person, the vault has nothing of it, and nobody erased it. A vault that is not the
//! ledger's, or was put back from a backup that is older than the log, must not pass for a destruction.

use std::collections::BTreeMap;

use svod_domain::{Event, Participant};
use svod_log::{Hash, Position};
use svod_seal::read_digest;
use uuid::Uuid;

use crate::erasure::not_erased;
use crate::{Engine, EngineError, Happened};

/// What filings are called in the log: nothing else names anybody.
const FILINGS: [&str; 2] = ["activity-submitted", "activity-corrected"];

/// Entries of one read: every process looks at its start, and must not be larger for it ever after.
const PAGE: u32 = 250;

/// Who is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// How many persons.
    pub persons: usize,
    /// The first entry that names one of them.
    pub first: Option<Position>,
}

impl Engine {
    /// Looks for lost names in the newest entries, so many of them.
    pub async fn lost(&self, newest: u64) -> Result<Lost, EngineError> {
        let head = self.store().head().await?.position;
        let mut after = Position(head.0.saturating_sub(newest));
        let mut gone: BTreeMap<Uuid, Position> = BTreeMap::new();
        while after < head {
            let page = self.store().read(after, PAGE).await?;
            let Some(last) = page.last().map(|entry| entry.position) else { break };
            after = last;
            let mut named: BTreeMap<Hash, (Uuid, Position)> = BTreeMap::new();
            for entry in page.into_iter().filter(|entry| FILINGS.contains(&entry.kind.as_str())) {
                let position = entry.position;
                let activity = match Happened::decode(entry)?.event {
                    Event::ActivitySubmitted(event) => event.activity,
                    Event::ActivityCorrected(event) => event.activity,
                    _without_an_activity => continue,
                };
                for participant in activity.participants {
                    if let Participant::Sealed { digests, person } = participant {
                        let digests = digests.iter().filter_map(|text| read_digest(text));
                        named.extend(digests.map(|digest| (digest, (person, position))));
                    }
                }
            }
            let digests: Vec<Hash> = named.keys().copied().collect();
            let found = self.store().disclosures(&digests).await?;
            for (_, (person, position)) in named.into_iter().filter(|(digest, _)| !found.contains_key(digest))
            {
                let first = gone.entry(person).or_insert(position);
                *first = position.min(*first);
            }
        }
        let lost = not_erased(self.store().as_ref(), gone.keys().copied()).await?;
        let first = lost.iter().filter_map(|person| gone.get(person)).min().copied();
        Ok(Lost { persons: lost.len(), first })
    }
}
