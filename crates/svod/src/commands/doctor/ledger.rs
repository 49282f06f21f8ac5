//! What is in the ledger: the log and its tree, the clock, the views, the quarters, the principals. Reads only.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use svod_domain::{Edition, Event, Quarter, Role};
use svod_engine::{Happened, view_statuses};
use svod_log::tree::{Frontier, leaf_hash};
use svod_log::{Head, Position, READ_MAX, Recorded, Store, Version};

use super::Finding;
use crate::cure;

/// Entries whose hashes are looked at: all of a log so long, the last ones of a longer one.
const SAMPLE: u64 = 20_000;
/// How far clocks of several machines may differ.
const CLOCK_SKEW_MAX: SignedDuration = SignedDuration::from_secs(5);
/// How long a scheduler or a report worker may take.
const LATENESS_MAX: SignedDuration = SignedDuration::from_mins(2);

/// Looks at everything in turn.
pub(super) async fn examine(store: &dyn Store, now: Timestamp) -> Vec<Finding> {
    let mut findings = vec![];
    for (subject, examined) in [
        ("writing", writing(store, now).await),
        ("log", log(store, now).await),
        ("views", views(store).await),
        ("quarters", quarters(store, now).await),
        ("principals", principals(store).await),
    ] {
        match examined {
            Ok(found) => findings.extend(found),
            Err(error) => {
                let cure = "may this login read it (deployments/postgres)? is the database in order?";
                findings.push(Finding::unknown(subject, &error, cure));
            }
        }
    }
    findings
}

/// Takes a lease that nobody else wants, and gives it back.
async fn writing(store: &dyn Store, now: Timestamp) -> anyhow::Result<Vec<Finding>> {
    let taken = store.take_lease("doctor", "doctor", now, std::time::Duration::from_secs(1)).await;
    let released = store.release_lease("doctor", "doctor").await;
    Ok(vec![match taken.map(drop).and(released) {
        Ok(()) => Finding::good("writing", "this login may write"),
        Err(error) => {
            let error = anyhow::Error::from(error);
            let cure = cure::of(&error).unwrap_or_else(|| "free the disk".to_owned());
            Finding::bad("writing", format!("nothing can be written: {error:#}"), cure)
        }
    }])
}

/// Positions without gaps, leaves that fit their bytes, a root that fits the leaves, times that have passed.
async fn log(store: &dyn Store, now: Timestamp) -> anyhow::Result<Vec<Finding>> {
    const CURE: &str = "stop writing, keep a copy, and compare with the last checkpoint that an auditor has";
    let head = store.head().await?;
    let entries = sample(store, &head).await?;
    let looked_at = || format!("{} entries, {} looked at, root {}", head.position, entries.len(), head.root);
    let found = match fault(&head, &entries) {
        Some(seen) => Finding::bad("log", seen, CURE),
        None => Finding::good("log", looked_at()),
    };
    let newest = entries.iter().map(|entry| entry.recorded_at).max();
    Ok(vec![found, clock(newest, now)])
}

async fn sample(store: &dyn Store, head: &Head) -> anyhow::Result<Vec<Arc<Recorded>>> {
    let mut entries: Vec<Arc<Recorded>> = vec![];
    let mut after = Position(head.position.0.saturating_sub(SAMPLE));
    while after < head.position {
        let page = store.read(after, READ_MAX).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        entries.extend(page.into_iter().filter(|entry| entry.position <= head.position));
    }
    Ok(entries)
}

/// What is wrong with the sample, if anything is.
fn fault(head: &Head, entries: &[Arc<Recorded>]) -> Option<String> {
    let first = head.position.0.saturating_sub(SAMPLE) + 1;
    let mut tree = Frontier::default();
    for (wanted, entry) in (first..).zip(entries) {
        if entry.position.0 != wanted {
            return Some(format!("position {wanted} is missing"));
        }
        if leaf_hash(&entry.bytes) != entry.leaf {
            return Some(format!("the entry at position {wanted} is not what was recorded"));
        }
        tree.append(entry.leaf);
    }
    if entries.len() as u64 != head.position.0 - (first - 1) {
        return Some(format!("the log ends before its head, position {}", head.position));
    }
    // The root of a longer log needs all of its leaves; that is the auditor's work.
    let is_whole = tree.size() == head.position.0;
    (is_whole && tree.root() != head.root)
        .then(|| "the root kept with the head does not fit the entries".to_owned())
}

fn clock(newest: Option<Timestamp>, now: Timestamp) -> Finding {
    match newest {
        Some(newest) if newest > now + CLOCK_SKEW_MAX => {
            let seen = format!("it is {now} here, but the log was written at {newest}");
            Finding::bad("clock", seen, "set the clock of this machine: deadlines are read from it")
        }
        _ => Finding::good("clock", format!("{now}")),
    }
}

async fn views(store: &dyn Store) -> anyhow::Result<Vec<Finding>> {
    let head = store.head().await?.position;
    let behind: Vec<String> = view_statuses(store)
        .await?
        .into_iter()
        .filter(|status| status.position < head.0)
        .map(|status| format!("{} at {}", status.name, status.position))
        .collect();
    Ok(vec![if behind.is_empty() {
        Finding::good("views", format!("all at position {head}"))
    } else {
        let seen = format!("behind the log at position {head}: {}", behind.join(", "));
        Finding::odd(
            "views",
            seen,
            "run a projector (`svod run --role projector`); reading commands catch up by themselves",
        )
    }])
}

/// What the log says of a quarter.
#[derive(Default)]
struct Terms {
    /// Its closing time, if it is open.
    close_at: Option<Timestamp>,
    /// The last edition, when it was closed, and whether its document is built.
    closed: Option<(Edition, Timestamp, bool)>,
}

impl Terms {
    fn evolve(&mut self, event: &Event) {
        match event {
            Event::QuarterOpened(event) => self.close_at = Some(event.close_at),
            Event::QuarterMoved(event) => self.close_at = Some(event.close_at),
            Event::QuarterReopened(event) => self.close_at = Some(event.close_at),
            Event::QuarterClosed(event) => {
                self.close_at = None;
                self.closed = Some((event.edition, event.closed_at, false));
            }
            Event::ReportBuilt(event) => {
                if let Some((edition, _, built)) = &mut self.closed {
                    *built |= *edition == event.edition;
                }
            }
            _of_no_term => {}
        }
    }
}

async fn quarters(store: &dyn Store, now: Timestamp) -> anyhow::Result<Vec<Finding>> {
    let mut findings = vec![];
    let heads = store.streams("quarter-", None, READ_MAX).await?;
    let late = |at: Timestamp| at + LATENESS_MAX < now;
    for head in &heads {
        let name = head.stream.as_str().trim_start_matches("quarter-");
        let quarter: Quarter = name.parse().with_context(|| format!("the stream {}", head.stream))?;
        let terms = terms_of(store, quarter).await?;
        if let Some(close_at) = terms.close_at.filter(|at| late(*at)) {
            let seen = format!("{quarter} should have closed at {close_at} and is open: no scheduler runs");
            findings.push(Finding::bad(
                "quarters",
                seen,
                "run one: `svod run` or `svod run --role scheduler`",
            ));
        }
        if let Some((edition, at, false)) = terms.closed.filter(|(_, at, _)| late(*at)) {
            let seen = format!(
                "{quarter} was closed at {at}, but edition {edition} is not built: no report worker runs"
            );
            findings.push(Finding::bad(
                "reports",
                seen,
                "run one: `svod run` or `svod run --role report-worker`",
            ));
        }
    }
    if findings.is_empty() {
        findings.push(Finding::good("quarters", format!("{} known, none overdue", heads.len())));
    }
    Ok(findings)
}

async fn terms_of(store: &dyn Store, quarter: Quarter) -> anyhow::Result<Terms> {
    let mut terms = Terms::default();
    for prefix in ["quarter-", "report-"] {
        let streams = store.streams(&format!("{prefix}{quarter}"), None, 1).await?;
        let Some(head) = streams.first() else { continue };
        let mut after = Version::NONE;
        while after < head.version {
            let page = store.read_stream(&head.stream, after, READ_MAX).await?;
            let Some(last) = page.last() else { break };
            after = last.version;
            for recorded in page {
                terms.evolve(&Happened::decode(recorded)?.event);
            }
        }
    }
    Ok(terms)
}

async fn principals(store: &dyn Store) -> anyhow::Result<Vec<Finding>> {
    let rows = store.principals().await?;
    let active = || rows.iter().filter(|row| row.revoked_at.is_none());
    let roles: BTreeSet<Role> =
        active().flat_map(|row| &row.roles).filter_map(|role| role.parse().ok()).collect();
    let mut findings = vec![];
    for (role, cannot) in
        [(Role::Reviewer, "nothing can be approved"), (Role::Operator, "no message can move a quarter")]
    {
        if !roles.contains(&role) {
            let cure = format!("svod principal add NAME --role {role}");
            findings.push(Finding::odd("principals", format!("none is {role}: {cannot}"), cure));
        }
    }
    let known = store.streams("municipality-", None, READ_MAX).await?;
    let known: BTreeSet<&str> =
        known.iter().filter_map(|head| head.stream.as_str().strip_prefix("municipality-")).collect();
    for role in roles {
        if let Role::Municipality(code) = role
            && !known.is_empty()
            && !known.contains(code.as_str())
        {
            let seen = format!("a principal speaks for {code}, which is not in the register");
            let cure =
                "add a principal with the right code and revoke this one, or register the municipality";
            findings.push(Finding::odd("principals", seen, cure));
        }
    }
    findings.insert(0, Finding::good("principals", format!("{} may speak", active().count())));
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use svod_domain::Command;
    use svod_domain::command::{CloseQuarter, OpenQuarter};
    use svod_log::MemoryStore;

    use super::*;
    use crate::app::{App, now};
    use crate::commands::doctor::Level;
    use crate::config::{Config, ConfigFlags};

    /// A ledger with a quarter that closes in an hour.
    async fn opened() -> (App, Quarter) {
        let app =
            App::over(Arc::new(MemoryStore::new()), &Config::load(&ConfigFlags::default()).unwrap()).unwrap();
        let quarter: Quarter = "2020-Q2".parse().unwrap();
        let close_at = Some(now() + SignedDuration::from_hours(1));
        let open = OpenQuarter { quarter, submit_by: close_at, close_at, reason: None };
        app.order(Command::OpenQuarter(open)).await.unwrap();
        (app, quarter)
    }

    #[track_caller]
    fn check(findings: &[Finding], subject: &str, level: Level, word: &str) {
        let fits = |finding: &&Finding| finding.subject == subject && finding.level == level;
        assert!(findings.iter().filter(fits).any(|finding| finding.seen.contains(word)), "{findings:#?}");
    }

    #[tokio::test]
    async fn a_quarter_that_nobody_closes_is_found() {
        let (app, _) = opened().await;
        let store = app.engine.store().as_ref();
        check(&examine(store, now()).await, "quarters", Level::Good, "none overdue");
        let later = now() + SignedDuration::from_hours(2);
        check(&examine(store, later).await, "quarters", Level::Bad, "no scheduler runs");
    }

    #[tokio::test]
    async fn a_closed_quarter_without_its_document_is_found() {
        let (app, quarter) = opened().await;
        let close = CloseQuarter { quarter, reason: "done".to_owned() };
        app.order(Command::CloseQuarter(close)).await.unwrap();
        let later = now() + SignedDuration::from_mins(5);
        check(
            &examine(app.engine.store().as_ref(), later).await,
            "reports",
            Level::Bad,
            "no report worker runs",
        );
    }

    #[tokio::test]
    async fn a_clock_that_went_back_is_found() {
        let (app, _) = opened().await;
        let earlier = now() - SignedDuration::from_mins(1);
        check(
            &examine(app.engine.store().as_ref(), earlier).await,
            "clock",
            Level::Bad,
            "but the log was written",
        );
    }

    #[tokio::test]
    async fn a_changed_a_lost_and_a_foreign_entry_are_found() {
        let (app, quarter) = opened().await;
        let close = CloseQuarter { quarter, reason: "done".to_owned() };
        app.order(Command::CloseQuarter(close)).await.unwrap();
        let store = app.engine.store().as_ref();
        let head = store.head().await.unwrap();
        let entries = sample(store, &head).await.unwrap();
        assert_eq!(fault(&head, &entries), None);
        let mut changed = entries.clone();
        Arc::make_mut(&mut changed[1]).bytes = Arc::from(&b"{}"[..]);
        assert!(fault(&head, &changed).unwrap().contains("position 2"));
        assert!(fault(&head, &entries[..1]).unwrap().contains("ends before its head"));
        assert!(fault(&head, &entries[1..]).unwrap().contains("position 1 is missing"));
        let mut forged = entries;
        Arc::make_mut(&mut forged[1]).leaf = leaf_hash(b"{}");
        Arc::make_mut(&mut forged[1]).bytes = Arc::from(&b"{}"[..]);
        assert!(fault(&head, &forged).unwrap().contains("root"));
    }
}
