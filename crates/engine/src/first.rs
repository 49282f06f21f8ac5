//! Orders that come first in their batch, because what they record was read elsewhere than in the states, as it stands at
//! their place in the log: a close attests the whole ledger, an approved erasure counts what the vault will lose.

use jiff::Timestamp;
use svod_domain::event::Attestation;
use svod_domain::guard::Guarded;
use svod_domain::{Actor, Command};

use crate::attest::attest;
use crate::decide::decide;
use crate::erasure::{digests_root, disclosed_of};
use crate::job::Job;
use crate::world::World;
use crate::{EngineError, EngineOptions};

/// Whether a job must be the first of its batch.
pub(crate) fn is_first(job: &Job) -> bool {
    let command = job.command.as_ref().map(Guarded::command);
    matches!(command, Ok(Command::CloseQuarter(_) | Command::ApproveErasure(_)))
}

/// Where in a batch the next one begins, if one of its later jobs must be the first.
pub(crate) fn next_first(batch: &[Job]) -> Option<usize> {
    batch.iter().skip(1).position(is_first).map(|place| place + 1)
}

/// Reads for the first job of a batch what it must tell. Nothing is read for one that no rule permits: for a close it is a
/// scan of the whole ledger, and anybody may send the order.
pub(crate) async fn prepare(
    options: &EngineOptions,
    world: &World,
    now: Timestamp,
    first: Option<&mut Job>,
) -> Result<Option<Attestation>, EngineError> {
    let Some(Job { actor, command: Ok(order), .. }) = first else { return Ok(None) };
    let command = order.command_mut();
    let is_permitted = |actor: &Actor, command: &Command| {
        decide(world, &options.rules, actor, now, world.head(), command).answer.is_ok()
    };
    let store = options.store.as_ref();
    match command {
        Command::CloseQuarter(close) => {
            let quarter = close.quarter;
            if is_permitted(actor, command) {
                return Ok(attest(store, world, &options.rules, quarter).await?);
            }
        }
        Command::ApproveErasure(approve) => {
            let Some(person) = world.erasure(approve.erasure_id).about else { return Ok(None) };
            if is_permitted(actor, &Command::ApproveErasure(approve.clone())) {
                let disclosed = disclosed_of(store, person).await?;
                let digests = disclosed.map(|(_, digests)| digests).unwrap_or_default();
                approve.count = u32::try_from(digests.len()).unwrap_or(u32::MAX);
                approve.digests_root = digests_root(&digests);
            }
        }
        _of_no_more_than_the_states => {}
    }
    Ok(None)
}
