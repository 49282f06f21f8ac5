//! Looks whether the broker is fit for svod, and says what is not.

use std::fmt;
use std::sync::Arc;

use crate::connection::{BrokerUrls, Link, LinkError};
use crate::declare::{Declarer, Standing};
use crate::health::chain;
use crate::publisher::{ConfirmChannel, Outgoing, PublishError};
use crate::topology::{EVENTS, RECEIPTS, receipts_of};

/// A key that nobody binds: what is published under it goes nowhere.
const NOWHERE: &str = "doctor.looks.here";

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Good,
    /// Works, but should be looked at.
    Odd,
    /// Does not work.
    Bad,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What was looked at.
    pub subject: String,
    /// What was seen.
    pub seen: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.seen)
    }
}

fn finding(level: Level, subject: impl Into<String>, seen: impl Into<String>) -> Finding {
    Finding { level, subject: subject.into(), seen: seen.into() }
}

/// Looks at the broker: whether it answers, whether the topology is there, what this user may do. Declares nothing
/// that is missing; what is there is declared again, which changes nothing and tells whether it is as wanted. Every one of the
/// `senders` needs a queue of receipts.
pub async fn doctor(urls: &BrokerUrls, senders: &[String]) -> Vec<Finding> {
    let subject = format!("broker {urls:?}");
    match Link::open(urls, 0, "doctor").await {
        Err(error) => vec![finding(Level::Bad, subject, chain(&error))],
        Ok(link) => {
            let mut findings = vec![finding(Level::Good, subject, "answers")];
            if let Err(error) = examine(&link, senders, &mut findings).await {
                findings.push(finding(Level::Bad, "broker", chain(&error)));
            }
            link.close().await;
            findings
        }
    }
}

async fn examine(link: &Link, senders: &[String], findings: &mut Vec<Finding>) -> Result<(), LinkError> {
    let present = Declarer::new(link, false).table().await?;
    let complete = present.iter().all(|found| found.standing != Standing::Missing);
    if complete {
        let mut declarer = Declarer::new(link, true);
        let found = declarer.table().await?;
        findings.extend(
            found
                .into_iter()
                .map(|found| finding(level(found.standing), found.what, found.standing.to_string())),
        );
        let may =
            if declarer.may_declare() { "may declare" } else { "may not declare; runs on the definitions" };
        findings.push(finding(Level::Good, "user", may));
        for sender in senders {
            findings.extend(queue_of_receipts(link, sender, declarer.may_declare()).await?);
        }
    } else {
        let missing = present.into_iter().filter(|found| found.standing == Standing::Missing);
        let advice =
            "missing; svod declares it when it starts if it may, otherwise import deployments/rabbitmq";
        findings.extend(missing.map(|found| finding(Level::Odd, found.what, advice)));
    }
    for exchange in [RECEIPTS, EVENTS] {
        findings.push(may_publish(link, exchange).await?);
    }
    Ok(())
}

/// What is to be said of a sender who has no queue of receipts.
async fn queue_of_receipts(
    link: &Link,
    sender: &str,
    may_declare: bool,
) -> Result<Option<Finding>, LinkError> {
    let Some((queue, binding)) = receipts_of(sender) else { return Ok(None) };
    let standing = Declarer::new(link, false).receipts(&queue, &binding).await?;
    let subject = format!("queue {}", queue.name);
    Ok(match (standing, may_declare) {
        (Standing::Missing, true) => {
            Some(finding(Level::Odd, subject, "missing; svod makes it when it runs"))
        }
        (Standing::Missing, false) => {
            let seen = format!(
                "missing, and this user may not make it: the broker drops the receipts of {sender}, and only the ledger has them"
            );
            Some(finding(Level::Bad, subject, seen))
        }
        _there => None,
    })
}

fn level(standing: Standing) -> Level {
    match standing {
        Standing::AsWanted | Standing::Present => Level::Good,
        Standing::Different => Level::Odd,
        Standing::Missing => Level::Bad,
    }
}

/// Publishes a message that nobody receives.
async fn may_publish(link: &Link, exchange: &str) -> Result<Finding, LinkError> {
    let subject = format!("publishing to {exchange}");
    let body: Arc<[u8]> = b"{}".to_vec().into();
    let message = Outgoing::to(exchange, NOWHERE, "doctor", "doctor", body).expect("short names fit");
    let mut channel = ConfirmChannel::open(link).await?;
    Ok(match channel.publish(&[message]).await {
        Ok(_verdicts) => finding(Level::Good, subject, "allowed"),
        Err(PublishError::Link(error)) => finding(Level::Bad, subject, chain(&error)),
        Err(error) => finding(Level::Bad, subject, chain(&error)),
    })
}
