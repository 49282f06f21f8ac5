//! The database away, the broker away: nothing is lost, nothing is dead-lettered, the service recovers by itself.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::broker::{Broker, python};
use crate::records::{event, open, seconds_ahead};
use crate::service::{Ledger, Service, eventually, root};

/// How long a server stays away in a usual run; `SVOD_JOURNEY_OUTAGE_SECONDS` names another time, such as 60.
const OUTAGE_SECONDS: u64 = 8;
/// Messages that are sent while it is away.
const MESSAGES: usize = 300;

fn outage() -> Duration {
    #[expect(clippy::disallowed_methods, reason = "a longer outage is asked for by the environment")]
    let wanted = std::env::var("SVOD_JOURNEY_OUTAGE_SECONDS");
    Duration::from_secs(wanted.map_or(OUTAGE_SECONDS, |wanted| wanted.parse().expect("a number of seconds")))
}

/// A server of the test's own; stopped at its end.
struct Server {
    kind: &'static str,
    folder: tempfile::TempDir,
}

impl Server {
    fn start(kind: &'static str) -> Self {
        let folder = tempfile::Builder::new().prefix("svod-own-").tempdir_in("/tmp").unwrap();
        // PostgreSQL runs as a user of its own, who must be able to walk through.
        Command::new("chmod").arg("711").arg(folder.path()).status().unwrap();
        let server = Self { kind, folder };
        server.run("start");
        server
    }

    fn place(&self) -> std::path::PathBuf {
        self.folder.path().join("server")
    }

    fn run(&self, verb: &str) {
        let script = root().join(format!("tests/servers/{verb}-{}.sh", self.kind));
        let status =
            Command::new(script).arg(self.place()).stdout(std::process::Stdio::null()).status().unwrap();
        assert!(status.success(), "{verb} {}", self.kind);
    }

    fn written(&self, name: &str) -> String {
        let path: &Path = &self.place().join(name);
        std::fs::read_to_string(path).unwrap().trim().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let script = root().join(format!("tests/servers/stop-{}.sh", self.kind));
        let _ended = Command::new(script).arg(self.place()).stdout(std::process::Stdio::null()).status();
    }
}

fn submit(number: usize) -> Value {
    let data = json!({
        "submission_id": format!("0193a5c0-0000-7000-8000-{number:012}"), "municipality": "66701000",
        "quarter": "2020-Q2",
        "activity": {
            "title": format!("Встреча № {number}"), "dates": [{"from": "2020-05-05", "to": "2020-05-05"}],
            "content": "Обсуждён вопрос", "participants": [{"group": "участники"}],
        },
    });
    let body = event(&format!("submit-{number}"), "/offices", "svod.activity.submit.v1", &data);
    json!({"routing_key": "activity.submit.m-66701000", "body": body})
}

fn opened(ledger: &Ledger) -> (Service, String) {
    let operator = ledger.principal("o-1", &["operator"]);
    ledger.principal("m-66701000", &["municipality:66701000"]);
    let service = Service::start(ledger);
    assert_eq!(service.post(&operator, open(&seconds_ahead(3_600)).to_string()).0, 200);
    (service, operator)
}

/// Sends messages `from..to` and returns when each has its receipt.
#[track_caller]
fn exchange(url: &str, from: usize, to: usize) {
    let lines: Vec<String> = (from..to).map(|number| submit(number).to_string()).collect();
    let count = lines.len().to_string();
    let arguments = ["--url", url, "--receipts", &count, "--distinct", "--timeout", "240"];
    let receipts = python("amqp.py", &arguments, &lines.join("\n"));
    for receipt in receipts {
        assert_eq!(receipt["receipt"]["data"]["outcome"], "recorded", "{receipt}");
    }
}

fn submitted(service: &Service, token: &str) -> usize {
    service.whole_log(token).iter().filter(|entry| entry["type"] == "activity-submitted").count()
}

#[test]
fn an_own_database_that_goes_away_under_load_costs_nothing() {
    let postgres = Server::start("postgres");
    let broker = Broker::new();
    let ledger = Ledger::postgres_at(&postgres.written("url")).with_broker(&broker.url());
    let (service, operator) = opened(&ledger);
    let url = broker.user("m-66701000");
    exchange(&url, 0, 10);

    postgres.run("stop");
    std::thread::scope(|scope| {
        scope.spawn(|| exchange(&url, 10, MESSAGES));
        let end = Instant::now() + outage();
        eventually("the outage has lasted", || (Instant::now() > end).then_some(()));
        postgres.run("start");
    });
    service.wait_until_ready();
    assert_eq!(submitted(&service, &operator), MESSAGES);
    assert_eq!(broker.queue_length("svod.dead"), Some(0), "nothing is dead-lettered");
    drop(service);
    drop(ledger);
}

#[test]
fn an_own_broker_that_is_restarted_costs_nothing() {
    let rabbitmq = Server::start("rabbitmq");
    let broker = Broker::at(&rabbitmq.written("url"), &rabbitmq.written("api"));
    let ledger = Ledger::postgres().with_broker(&broker.url());
    let (service, operator) = opened(&ledger);
    let url = broker.user("m-66701000");
    exchange(&url, 0, MESSAGES / 2);

    rabbitmq.run("stop");
    rabbitmq.run("start");
    eventually("the service is connected again", || {
        let answer = reqwest::blocking::get(format!("{}/readyz", service.url)).ok()?;
        answer.status().is_success().then_some(())
    });
    exchange(&url, MESSAGES / 2, MESSAGES);
    assert_eq!(submitted(&service, &operator), MESSAGES);
    eventually("nothing is dead-lettered", || (broker.queue_length("svod.dead") == Some(0)).then_some(()));
}
