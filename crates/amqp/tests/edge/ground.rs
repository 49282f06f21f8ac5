//! What every test stands on: a ledger with two municipalities and 2020-Q2 open, and svod running on a broker.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::date;
use serde_json::{Value, json};
use svod_amqp::{AmqpError, AmqpOptions, BrokerUrls, Health};
use svod_domain::calendar::{Calendar, TermRule};
use svod_domain::command::{OpenQuarter, RegisterMunicipality};
use svod_domain::quarter::Rules;
use svod_domain::{Actor, Command, Role};
use svod_engine::{Engine, EngineOptions, Wording};
use svod_log::{Hash, MemoryStore, Principal, PrincipalStore as _, QuarantineStore as _, Quarantined};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::broker::{Broker, PATIENCE};
use crate::store::{Faults, Meddling};

pub(crate) const SMOLENSK: &str = "66701000";
pub(crate) const MUNICIPALITY: &str = "m-66701000";
pub(crate) const REVIEWER: &str = "r-office";

/// svod on a broker, until the test ends.
pub(crate) struct Svod {
    pub(crate) store: Arc<Meddling>,
    pub(crate) health: Health,
    stop: CancellationToken,
    edge: JoinHandle<Result<(), AmqpError>>,
}

impl Drop for Svod {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A ledger that is ready for reports.
pub(crate) async fn ledger() -> Arc<Meddling> {
    let store = Arc::new(Meddling::new(&MemoryStore::new(), Faults::default()));
    let (engine, stop) = engine(store.clone());
    let order = async |actor: Actor, command: Command| engine.order(actor, command).await.unwrap().unwrap();
    let operator = || Actor { name: "o".into(), roles: vec![Role::Operator] };
    let unit = RegisterMunicipality {
        municipality: SMOLENSK.parse().unwrap(),
        order: 1,
        short_name: "Smolensk".into(),
        report_heading: "City of Smolensk".into(),
        from: date(2006, 1, 1),
    };
    order(operator(), Command::RegisterMunicipality(unit)).await;
    let close_at = Some("2020-07-15T15:00:00Z".parse().unwrap());
    let quarter = "2020-Q2".parse().unwrap();
    let open = OpenQuarter { quarter, submit_by: close_at, close_at, reason: None };
    order(operator(), Command::OpenQuarter(open)).await;
    for (name, role) in [(MUNICIPALITY, "municipality:66701000"), (REVIEWER, "reviewer")] {
        add_principal(&store, name, role).await;
    }
    stop.cancel();
    store
}

pub(crate) async fn add_principal(store: &Meddling, name: &str, role: &str) {
    let principal = Principal {
        name: name.to_owned(),
        roles: vec![role.to_owned()],
        token_sha256: Hash::of(name.as_bytes()),
        added_at: jiff::Timestamp::UNIX_EPOCH,
        revoked_at: None,
    };
    assert!(store.add_principal(&principal).await.unwrap());
}

fn engine(store: Arc<Meddling>) -> (Engine, CancellationToken) {
    let (engine, sequencer) = Engine::new(EngineOptions {
        store,
        wording: Wording {
            refusal: |refusal| {
                let words = svod_text::refusal(refusal);
                (words.detail, words.action)
            },
            warning: svod_text::warning,
            read_dates: svod_text::read_dates,
        },
        rules: Rules { terms: TermRule::default(), calendar: Calendar::built_in() },
        clock: Arc::new(|| "2020-06-08T09:00:00Z".parse().unwrap()),
        source: "svod".to_owned(),
        sealing: Some(sealing()),
    });
    let stop = CancellationToken::new();
    tokio::spawn(sequencer.run(stop.clone()));
    (engine, stop)
}

impl Svod {
    /// On a new ledger.
    pub(crate) async fn start(broker: &Broker) -> Self {
        Self::on(ledger().await, broker.urls(), None).await
    }

    /// On this ledger. Returns when everything is connected.
    pub(crate) async fn on(store: Arc<Meddling>, urls: BrokerUrls, default_sender: Option<&str>) -> Self {
        let svod = Self::spawn(store, urls, default_sender);
        svod.expect("svod is connected", |svod| svod.health.status().is_ready()).await;
        svod
    }

    /// On this ledger, connected or not.
    pub(crate) fn spawn(store: Arc<Meddling>, urls: BrokerUrls, default_sender: Option<&str>) -> Self {
        let (engine, stop) = engine(store.clone());
        let health = Health::new();
        let default_sender = default_sender.map(str::to_owned);
        let options = AmqpOptions { urls, default_sender, declare: true, health: health.clone() };
        let edge = tokio::spawn(svod_amqp::run(engine, options, stop.clone()));
        Self { store, health, stop, edge }
    }

    /// How it ended, if it ends within this time.
    pub(crate) async fn ended(mut self, time: Duration) -> Option<Result<(), AmqpError>> {
        tokio::time::timeout(time, &mut self.edge).await.ok().map(Result::unwrap)
    }

    /// Waits until it is so.
    pub(crate) async fn expect(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let began = tokio::time::Instant::now();
        while !is_so(self) {
            assert!(began.elapsed() < PATIENCE, "not so: {what}; {:?}", self.health.status());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What lies in the quarantine, once there are so many.
    pub(crate) async fn quarantined(&self, count: usize) -> Vec<Quarantined> {
        let began = tokio::time::Instant::now();
        loop {
            let rows = self.store.quarantined(0, 1_000).await.unwrap();
            if rows.len() >= count {
                return rows;
            }
            assert!(began.elapsed() < PATIENCE, "only {} in quarantine", rows.len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops it as the program does, and waits for the end.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        (&mut self.edge).await.unwrap().unwrap();
    }
}

/// A submission with this number, of the municipality.
pub(crate) fn submit(number: u32) -> Value {
    json!({
        "specversion": "1.0", "id": format!("id-{number}"), "source": "/test", "type": "svod.activity.submit.v1",
        "data": {
            "submission_id": format!("0192f0c1-0000-7000-8000-{number:012}"),
            "municipality": SMOLENSK, "quarter": "2020-Q2",
            "activity": {
                "title": "A meeting", "dates": [{"from": "2020-06-05", "to": "2020-06-05"}],
                "content": "An exchange was discussed", "participants": [{"group": "Staff"}],
            },
        },
    })
}

/// A reviewer's approval of it.
pub(crate) fn approve(number: u32) -> Value {
    json!({
        "specversion": "1.0", "id": format!("approve-{number}"), "source": "/test",
        "type": "svod.review.approve.v1",
        "data": {"submission_id": format!("0192f0c1-0000-7000-8000-{number:012}"), "version": 1},
    })
}

/// The keys that these ledgers seal persons with.
fn sealing() -> svod_seal::SealingKeys {
    svod_seal::SealingKeys::try_new(&[1; 32], &[(1, [2; 32])].into()).unwrap()
}
