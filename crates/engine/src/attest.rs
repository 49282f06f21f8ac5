//! What a close says of the whole ledger, so that somebody can prove later that nothing is missing: a root over where every
//! stream ended, and one over the state of everything in the quarter.

use std::collections::BTreeMap;

use futures_util::future;
use svod_domain::Quarter;
use svod_domain::event::Attestation;
use svod_domain::quarter::{QuarterState, Rules};
use svod_log::tree::{Frontier, leaf_hash};
use svod_log::{Hash, Position, READ_MAX, Store, StoreError};

use crate::happened::{nil_stream, submission_stream};
use crate::world::{Desk, World};

/// The root over all streams as they stood when `until` was the last entry, and how many there were.
pub async fn streams_root(store: &dyn Store, until: Position) -> Result<(Hash, u64), StoreError> {
    let mut tree = Frontier::default();
    let mut after: Option<String> = None;
    loop {
        let tips = store.stream_tips(until, after.as_deref(), READ_MAX).await?;
        let Some(last) = tips.last() else { return Ok((tree.root(), tree.size())) };
        after = Some(last.stream.as_str().to_owned());
        for tip in &tips {
            tree.append(tip.leaf_hash());
        }
    }
}

/// Hash of the rules, as closes name them.
#[must_use]
pub fn rules_hash(rules: &Rules) -> Hash {
    Hash::of(rules.written().as_bytes())
}

/// The root over the submissions and nil returns of a quarter, by stream: a leaf is the canonical JSON of municipality, state,
/// stream and version, hashed as an entry is.
pub(crate) fn state_root(quarter: Quarter, desk: &Desk) -> Hash {
    let submissions = desk.submissions().filter_map(|submission| {
        let (filed, state) = submission.filed()?;
        let state = state.filed_name()?;
        Some((submission_stream(filed.id), (filed.municipality, state, filed.version.0)))
    });
    let declared = desk.declared().map(|code| (nil_stream(quarter, code), (code, "nothing-declared", 1)));
    let rows: BTreeMap<_, _> = submissions.chain(declared).collect();
    let mut tree = Frontier::default();
    for (stream, (municipality, state, version)) in rows {
        let leaf = format!(
            "{{\"municipality\":\"{municipality}\",\"state\":\"{state}\",\"stream\":\"{stream}\",\"version\":{version}}}"
        );
        tree.append(leaf_hash(leaf.as_bytes()));
    }
    tree.root()
}

/// What the close of a quarter says of the ledger, if it is open. Nothing may stand before it in its batch, because what is
/// told is what is recorded.
pub(crate) async fn attest(
    store: &dyn Store,
    world: &World,
    rules: &Rules,
    quarter: Quarter,
) -> Result<Option<Attestation>, StoreError> {
    let Some(desk) = world.desk(quarter) else { return Ok(None) };
    if !matches!(desk.quarter.state, QuarterState::Open(_)) {
        return Ok(None);
    }
    let head = store.head().await?;
    let (streams, guards) = future::join(streams_root(store, head.position), store.guards()).await;
    let (streams_root, streams) = streams?;
    Ok(Some(Attestation {
        position: head.position.0,
        root: head.root.to_string(),
        streams,
        streams_root: streams_root.to_string(),
        state_root: state_root(quarter, desk).to_string(),
        rules: rules_hash(rules).to_string(),
        drift: guards?.fingerprint.map(|fingerprint| fingerprint.to_string()),
    }))
}
