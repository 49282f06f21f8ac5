//! Ledgers side by side: several services, each with a database and a virtual host of its own, on one PostgreSQL and one RabbitMQ.
//! What they take in together, beside what one takes in; and the last hour of a country's quarter, faster and smaller than in life
//! (docs/SCALE.md).

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;

use crate::bench::Bench;
use crate::broker::{Broker, Client, Way, is_recorded};
use crate::ledger::{Kind, Ledger};
use crate::messages::{MUNICIPALITY, OPERATOR, QUARTER, SubmitTemplate, close};
use crate::results::quantile;
use crate::service::{PATIENCE, Service};

/// Ledgers that share a country's regions on one machine.
pub const COUNTRY_LEDGERS: usize = 4;
/// How long its last hour takes here.
pub const HOUR: Duration = Duration::from_secs(60);
/// Messages that go before those that are measured.
const WARM_UP: usize = 500;

/// The name of a figure: `rate`, messages with receipts a second of all of them together.
pub fn name(ledgers: usize, what: &str) -> String {
    format!("scale/{ledgers}/{what}")
}

/// Measures each number of ledgers once.
pub async fn measure(bench: &mut Bench) -> Result<()> {
    for ledgers in bench.plan.ledgers.clone() {
        let mut places = vec![];
        for _ in 0..ledgers {
            places.push(Place::open().await?);
        }
        let count = bench.plan.messages / ledgers;
        let work = async {
            let began = Instant::now();
            try_join_all(places.iter_mut().map(async |place| {
                let bodies = place.template.many(count);
                let (receipts, _) = place.client.exchange(&bodies).await?;
                ensure!(receipts.iter().all(|receipt| is_recorded(receipt)), "a message was refused");
                Ok(())
            }))
            .await?;
            Ok(began.elapsed().as_secs_f64())
        };
        let (seconds, used) = bench.measured(None, work).await?;
        for place in places {
            place.service.stop().await?;
        }
        #[expect(clippy::cast_precision_loss, reason = "some thousands")]
        let rate = (count * ledgers) as f64 / seconds;
        bench.note(name(ledgers, "rate"), rate, &used);
    }
    last_hour(bench).await
}

/// The last hour: a tenth of a country's records in a sixtieth of its time, so six times as many a second as in life; then
/// all ledgers close at the same moment.
async fn last_hour(bench: &mut Bench) -> Result<()> {
    let mut places = vec![];
    for _ in 0..COUNTRY_LEDGERS {
        places.push(Place::open().await?);
    }
    let records = bench.plan.country / COUNTRY_LEDGERS;
    let due = rush(records, HOUR);
    let work = async {
        let waited = try_join_all(places.iter_mut().map(async |place| {
            let bodies = place.template.many(due.len());
            place.client.paced(&bodies, &due).await
        }));
        let mut waits_ms = waited.await?.concat();
        waits_ms.sort_by(f64::total_cmp);
        Ok(waits_ms)
    };
    let (waits_ms, used) = bench.measured(None, work).await?;
    for (what, part) in [("p50", 0.5), ("p99", 0.99), ("last", 1.0)] {
        bench.note(name(COUNTRY_LEDGERS, what), quantile(&waits_ms, part), &used);
    }
    let work = async {
        let began = Instant::now();
        try_join_all(places.iter().map(async |place| {
            place.service.send(OPERATOR, close(QUARTER)).await?;
            let report = format!("data/reports/report-{QUARTER}-edition-1.docx");
            let document = place.ledger.folder.path().join(report);
            while !document.exists() {
                ensure!(began.elapsed() < PATIENCE, "no document after {PATIENCE:?}");
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            anyhow::Ok(())
        }))
        .await?;
        Ok(began.elapsed().as_secs_f64())
    };
    let (seconds, used) = bench.measured(None, work).await?;
    bench.note(name(COUNTRY_LEDGERS, "closed"), seconds, &used);
    for place in places {
        place.service.stop().await?;
    }
    Ok(())
}

/// How many of so many records come in the last second.
pub fn peak(records: usize) -> usize {
    rush(records, HOUR).iter().filter(|due| **due > HOUR - Duration::from_secs(1)).count()
}

/// When each of so many records comes in that time: ever more towards its end, as before every deadline. Their number grows as
/// an exponential function that is e-fold in a quarter of the time.
fn rush(records: usize, time: Duration) -> Vec<Duration> {
    let whole = 4.0_f64.exp_m1();
    let due = |index: usize| {
        #[expect(clippy::cast_precision_loss, reason = "some thousands")]
        let share = index as f64 / records as f64;
        time.mul_f64((share * whole).ln_1p() / 4.0)
    };
    (0..records).map(due).collect()
}

/// A ledger with its service and a sender.
struct Place {
    client: Client,
    service: Service,
    template: SubmitTemplate,
    ledger: Ledger,
}

impl Place {
    async fn open() -> Result<Self> {
        let ledger = Ledger::fresh(Kind::Postgres).await?;
        let desk = ledger.desk().await?;
        desk.open_quarter(QUARTER).await?;
        desk.close().await?;
        let broker = Broker::fresh().await?;
        let service = Service::start(&ledger, Some(&broker.url)).await?;
        let mut client = Client::open(&broker.sender_url, Way::through_svod()).await?;
        let template = SubmitTemplate::new(MUNICIPALITY, QUARTER);
        client.exchange(&template.many(WARM_UP)).await?;
        Ok(Self { client, service, template, ledger })
    }
}
