//! The whole way: a client publishes commands with confirms, the service answers them, the client has all receipts. And
//! the same messages straight through the broker, in the same round.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::bench::Bench;
use crate::broker::{Broker, Client, Way};
use crate::ledger::{Database, Kind, Ledger};
use crate::machine::{Use, Whose};
use crate::memory::caught_up;
use crate::messages::{MUNICIPALITY, QUARTER, SubmitTemplate};
use crate::naive::Naive;
use crate::results::{middle, quantile};
use crate::service::Service;

/// Messages that go before those that are measured: the service takes the first of a session one by one.
const WARM_UP: usize = 500;
/// Messages that are sent one by one, to see how long one takes.
const ALONE: usize = 100;

/// Messages a second where it is asked how long one waits.
pub const PACE: u32 = 500;
/// After how many messages the same ones come again.
pub const REPEATED_AFTER: usize = 100;

/// The name of a figure of the broker alone.
pub fn through_broker(what: &str) -> String {
    format!("intake/broker/{what}")
}

/// The name of a figure of the service.
pub fn through_svod(kind: Kind, what: &str) -> String {
    format!("intake/{}/{what}", kind.as_str())
}

/// Measures each way once.
pub async fn measure(bench: &mut Bench) -> Result<()> {
    let template = SubmitTemplate::new(MUNICIPALITY, QUARTER);
    let count = bench.plan.messages;
    {
        let broker = Broker::fresh().await?;
        let way = Way::through_broker(&broker.sender_url).await?;
        let mut client = Client::open(&broker.sender_url, way).await?;
        client.exchange(&template.many(WARM_UP)).await?;
        let bodies = template.many(count);
        let ((taken, seconds), used) = bench.measured(None, client.exchange(&bodies)).await?;
        ensure!(taken == bodies, "the broker gave back something else");
        let alone = alone(&mut client, &template).await?;
        note(bench, through_broker, seconds, alone, &used);
    }
    naive(bench, &template).await?;
    for kind in Kind::ALL {
        let ledger = Ledger::fresh(kind).await?;
        let desk = ledger.desk().await?;
        desk.open_quarter(QUARTER).await?;
        desk.close().await?;
        let broker = Broker::fresh().await?;
        let service = Service::start(&ledger, Some(&broker.url)).await?;
        let mut client = Client::open(&broker.sender_url, Way::through_svod()).await?;
        client.exchange(&template.many(WARM_UP)).await?;
        let bodies = template.many(count);
        let ((receipts, seconds), used) = bench.measured(Some(service.pid), client.exchange(&bodies)).await?;
        for receipt in receipts {
            let receipt: Value = serde_json::from_slice(&receipt).context("a receipt is not JSON")?;
            ensure!(receipt["data"]["outcome"] == "recorded", "refused: {receipt}");
        }
        let began = Instant::now();
        caught_up(ledger.store().await?.as_ref()).await?;
        bench.note(through_svod(kind, "behind"), began.elapsed().as_secs_f64(), &used);
        let alone = alone(&mut client, &template).await?;
        note(bench, |what| through_svod(kind, what), seconds, alone, &used);
        paced(bench, kind, &service, &mut client, &template).await?;
        again(bench, kind, &ledger, &service, &mut client, &template).await?;
        service.stop().await?;
    }
    Ok(())
}

/// What a consumer does that thinks of nothing: the same messages, until the client has all receipts.
async fn naive(bench: &mut Bench, template: &SubmitTemplate) -> Result<()> {
    let (broker, database) = (Broker::fresh().await?, Database::fresh()?);
    let naive = Naive::start(&broker.url, &database.url).await?;
    let mut client = Client::open(&broker.sender_url, Way::through_naive()).await?;
    client.exchange(&template.many(WARM_UP / 10)).await?;
    let bodies = template.many(bench.plan.messages / 10);
    let ((_, seconds), used) = bench.measured(None, client.exchange(&bodies)).await?;
    bench.note("intake/naive/rate", float(bodies.len()) / seconds, &used);
    naive.stop();
    Ok(())
}

/// How long a sender waits for its receipt while so many come in a second.
async fn paced(
    bench: &mut Bench,
    kind: Kind,
    service: &Service,
    client: &mut Client,
    template: &SubmitTemplate,
) -> Result<()> {
    let seconds = u32::try_from(bench.cell().as_secs())? * 2;
    let due: Vec<_> = (0..PACE * seconds).map(|index| Duration::from_secs(1) * index / PACE).collect();
    let bodies = template.many(due.len());
    let (waits_ms, used) = bench.measured(Some(service.pid), client.paced(&bodies, &due)).await?;
    bench.note(through_svod(kind, "paced-p50"), quantile(&waits_ms, 0.5), &used);
    bench.note(through_svod(kind, "paced-p99"), quantile(&waits_ms, 0.99), &used);
    Ok(())
}

/// Every message twice, the second time a little later: new ones a second, and not one event more than there are of them.
async fn again(
    bench: &mut Bench,
    kind: Kind,
    ledger: &Ledger,
    service: &Service,
    client: &mut Client,
    template: &SubmitTemplate,
) -> Result<()> {
    let new = template.many(bench.plan.messages / 2);
    let bodies: Vec<_> =
        new.chunks(REPEATED_AFTER).flat_map(|some| some.iter().chain(some)).cloned().collect();
    let store = ledger.store().await?;
    let before = store.head().await?.position.0;
    let ((_, seconds), used) = bench.measured(Some(service.pid), client.exchange(&bodies)).await?;
    let events = usize::try_from(store.head().await?.position.0 - before)?;
    ensure!(events == new.len(), "{events} events of {} messages", new.len());
    bench.note(through_svod(kind, "again"), float(new.len()) / seconds, &used);
    Ok(())
}

fn float(count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let count = count as f64;
    count
}

/// The middle of the milliseconds that one message takes there and back.
async fn alone(client: &mut Client, template: &SubmitTemplate) -> Result<f64> {
    let mut waits_ms = vec![];
    for _ in 0..ALONE {
        let (_, seconds) = client.exchange(&template.many(1)).await?;
        waits_ms.push(seconds * 1e3);
    }
    Ok(middle(waits_ms))
}

fn note(bench: &mut Bench, name: impl Fn(&str) -> String, seconds: f64, alone_ms: f64, used: &Use) {
    let count = float(bench.plan.messages);
    bench.note(name("rate"), count / seconds, used);
    bench.note(name("alone"), alone_ms, used);
    for (what, whose) in [
        ("cpu-client", Whose::Client),
        ("cpu-service", Whose::Service),
        ("cpu-postgres", Whose::Postgres),
        ("cpu-broker", Whose::Broker),
    ] {
        bench.note(name(what), used.cpu(whose) * 1e6 / count, used);
    }
}
