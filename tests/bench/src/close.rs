//! From the close of a quarter to its document on the disk.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::bench::Bench;
use crate::ledger::{Kind, Ledger};
use crate::machine::memory_peak_mib;
use crate::messages::{OPERATOR, QUARTER, close};
use crate::service::{PATIENCE, Service};

/// The name of a figure.
pub fn name(place: &str, records: usize, what: &str) -> String {
    format!("close/{place}/{records}/{what}")
}

/// Closes one quarter of each size on each database.
pub async fn measure(bench: &mut Bench) -> Result<()> {
    for records in bench.plan.quarters.clone() {
        for kind in Kind::ALL {
            let ledger = Ledger::fresh(kind).await?;
            let desk = ledger.desk().await?;
            desk.open_quarter(QUARTER).await?;
            desk.fill_quarter(QUARTER, records).await?;
            desk.close().await?;
            let service = Service::start(&ledger, None).await?;
            let document = ledger.folder.path().join(format!("data/reports/report-{QUARTER}-edition-1.docx"));
            let before = memory_peak_mib(service.pid)?;
            let work = async {
                let began = Instant::now();
                service.send(OPERATOR, close(QUARTER)).await?;
                let answered = began.elapsed().as_secs_f64();
                while !document.exists() {
                    ensure!(began.elapsed() < PATIENCE, "no document after {PATIENCE:?}");
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                Ok((answered, began.elapsed().as_secs_f64()))
            };
            let ((answered, seconds), used) = bench.measured(Some(service.pid), work).await?;
            let peak = memory_peak_mib(service.pid)?;
            service.stop().await?;
            let place = kind.as_str();
            bench.note(name(place, records, "answered"), answered, &used);
            bench.note(name(place, records, "seconds"), seconds, &used);
            bench.note(name(place, records, "peak-before"), before, &used);
            bench.note(name(place, records, "peak"), peak, &used);
        }
    }
    Ok(())
}
