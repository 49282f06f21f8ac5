//! The witnesses: whether they have cosigned what was recorded, and whether one remembers more than the ledger does.

use anyhow::Context as _;
use svod_log::note::Note;
use svod_log::{Checkpoint, Store};
use svod_witness::{Standing, Witness, WitnessClient, standings};

use super::Finding;
use crate::config::Config;
use crate::witnesses::{moment, seconds};

const SUBJECT: &str = "witness";

/// Looks at each.
pub(super) async fn examine(store: &dyn Store, config: &Config) -> Vec<Finding> {
    match look(store, config).await {
        Ok(findings) => findings,
        Err(error) => vec![Finding::unknown(SUBJECT, &error, "see the finding on the database")],
    }
}

async fn look(store: &dyn Store, config: &Config) -> anyhow::Result<Vec<Finding>> {
    let mut findings = vec![];
    let note = store.audit_head().await?.checkpoint;
    let head = Note::parse(&note).ok().and_then(|note| Checkpoint::parse(&note.text));
    for (witness, standing) in config.witnesses.iter().zip(standings(store, &config.witnesses).await?) {
        findings.push(cosigned(&standing, config.witness_alarm_seconds));
        if let Some(head) = &head {
            findings.extend(memory(witness, head).await);
        }
    }
    Ok(findings)
}

fn cosigned(standing: &Standing, alarm: u64) -> Finding {
    let (now, behind) = (seconds(), standing.behind());
    let name = &standing.witness;
    let seen = match standing.cosigned {
        Some((size, at)) => format!("{name} cosigned position {size} at {}", moment(at)),
        None => format!("{name} has cosigned nothing yet"),
    };
    if !standing.is_frozen(now, alarm) {
        return Finding::good(SUBJECT, seen);
    }
    let seen = format!("{seen}, and {behind} entries came since: the log is frozen for whoever trusts it");
    let cure = "is it reached (`svod run --role witness`), and does it know the log's key (`svod audit key`)? what it \
        answers stands in the service's log";
    Finding::bad(SUBJECT, seen, cure)
}

/// What the witness itself says. One that shows nothing is not asked twice.
async fn memory(witness: &Witness, head: &Checkpoint) -> Option<Finding> {
    let name = witness.key.name();
    match remembered(witness, &head.origin).await {
        Ok(Some(size)) if size > head.size => {
            let seen = format!(
                "{name} has cosigned {size} entries, and the ledger has {}: it was put back",
                head.size
            );
            let cure = "stop writing, find the database that has them all, and tell the auditor";
            Some(Finding::bad(SUBJECT, seen, cure))
        }
        Ok(_fewer_or_unknown) => None,
        Err(error) => {
            let seen = format!("{name} at {} does not answer: {error:#}", witness.url);
            Some(Finding::odd(SUBJECT, seen, "start it, or correct its address in the configuration"))
        }
    }
}

async fn remembered(witness: &Witness, origin: &str) -> anyhow::Result<Option<u64>> {
    let note = WitnessClient::try_new(witness.clone())?.checkpoint(origin).await?;
    let Some(note) = note else { return Ok(None) };
    let checkpoint = Checkpoint::parse(&note.text).context("it shows no checkpoint")?;
    anyhow::ensure!(checkpoint.origin == origin, "it shows a checkpoint of the log {}", checkpoint.origin);
    Ok(Some(checkpoint.size))
}
