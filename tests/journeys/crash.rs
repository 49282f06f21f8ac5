//! The service is killed at every named point (svod-crash), one after the other, on one ledger of each kind, in the midst of a quarter, of
//! a close and of an erasure. In the end nothing that was acknowledged is lost, nothing is doubled, every proof holds, and the
//! document is the same, byte for byte but for what it says of its own log, as that of a ledger that nobody disturbed.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::broker::{Broker, addressed, python};
use crate::quarter::same_but_for_the_log;
use crate::records::{event, seconds_ahead};
use crate::service::{Ledger, Service, eventually};

const CODE: &str = "66636000";
const CLERK: &str = "m-66636000";
const NAME: &str = "П.С. Ковалев";
const QUARTER: &str = "2020-Q2";
const FAR: &str = "2099-01-01T00:00:00Z";
/// The signal that no process can catch.
const SIGKILL: i32 = 9;

/// Points that a record on its way passes.
const ON_THE_WAY: &[&str] = &[
    "sequencer/decided",
    "sequencer/sealed",
    "append/staged",
    "append/committed",
    "intake/answered",
    "intake/receipts-confirmed",
    "intake/acknowledged",
    "subscription/handled",
    "subscription/progress-kept",
    "projector/folded",
    "projector/committed",
];
const REBUILDING: &[&str] = &["rebuild/caught-up", "rebuild/promoted"];
const CLOSING: &[&str] = &[
    "scheduler/due",
    "scheduler/ordered",
    "report/rendered",
    "report/kept",
    "report/recorded",
    "report/copied",
];
const ERASING: &[&str] = &[
    "erasure/approved",
    "erasure/destroyed",
    "erasure/twin-kept",
    "erasure/twin-copied",
    "erasure/document-dropped",
    "erasure/all-masked",
];

fn submission(number: usize) -> String {
    format!("0193a5c0-0000-7000-8000-{number:012}")
}

/// A day of its own for each, so that the order in the document is not that of the filing.
fn filing(number: usize) -> Value {
    let day = format!("2020-05-{:02}", number + 1);
    let data = json!({"submission_id": submission(number), "municipality": CODE, "quarter": QUARTER, "activity": {
        "title": format!("Встреча {number}"), "place": "г. Рославль", "dates": [{"from": day, "to": day}],
        "content": "Обсуждены планы", "participants": [{"name": NAME, "position": "Глава района"}]}});
    event(&format!("submit-{number}"), "/offices/66636000", "svod.activity.submit.v1", &data)
}

fn approval(number: usize) -> Value {
    let data = json!({"submission_id": submission(number), "version": 1});
    event(&format!("approve-{number}"), "/department", "svod.review.approve.v1", &data)
}

/// A ledger with an office around it.
struct Office {
    ledger: Ledger,
    broker: Broker,
    clerk: String,
    reviewer: String,
    token: String,
    sent: usize,
    killed: BTreeSet<String>,
}

impl Office {
    fn over(ledger: Ledger) -> Self {
        let broker = Broker::new();
        let ledger = ledger.with_broker(&broker.url());
        let token = ledger.principal(CLERK, &[&format!("municipality:{CODE}")]);
        for (name, role) in [("r-1", "reviewer"), ("o-1", "operator"), ("o-2", "operator")] {
            ledger.principal(name, &[role]);
        }
        ledger.svod(&["quarter", "open", QUARTER, "--submit-by", FAR, "--close-at", FAR]);
        let (clerk, reviewer) = (broker.user(CLERK), broker.user("r-1"));
        // The queues are there once the service was.
        drop(Service::start(&ledger));
        Self { ledger, broker, clerk, reviewer, token, sent: 0, killed: BTreeSet::new() }
    }

    /// A record is filed and approved, whether somebody is there to answer or not.
    fn file(&mut self) {
        let number = self.sent;
        self.sent += 1;
        python("amqp.py", &["--url", &self.clerk], &addressed(&filing(number), CLERK).to_string());
        python("amqp.py", &["--url", &self.reviewer], &addressed(&approval(number), "r-1").to_string());
    }

    /// Starts a service that is killed at a point.
    fn doomed(&self, point: &str) -> Child {
        // What a killed process held alone is free after a while; here at once.
        self.ledger.sql("DELETE FROM leases");
        let mut command = self.ledger.command();
        command.arg("run").env("SVOD_CRASH_AT", point).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    fn dies(&mut self, point: &str, child: &mut Child) {
        let status = eventually(&format!("the service is killed at {point}"), || child.try_wait().unwrap());
        assert_eq!(status.signal(), Some(SIGKILL), "{point}: {status}");
        self.killed.insert(point.to_owned());
    }

    fn killed_on_the_way(&mut self, point: &str) {
        self.file();
        let mut child = self.doomed(point);
        self.dies(point, &mut child);
    }

    /// A message over HTTP is recorded, and its answer never sent; sent again it gets the receipt that it had.
    fn killed_before_its_answer(&mut self) {
        let number = self.sent;
        self.sent += 1;
        self.ledger.sql("DELETE FROM leases");
        let point = "gateway/answered";
        let service = Service::launch_with(&self.ledger, &[("SVOD_CRASH_AT", point)]);
        assert!(service.try_post(&self.token, &filing(number).to_string()).is_none(), "no answer comes");
        assert_eq!(service.ended().signal(), Some(SIGKILL), "{point}");
        self.killed.insert(point.to_owned());
        let service = Service::start(&self.ledger);
        let (status, receipt) = service.post(&self.token, filing(number).to_string());
        assert_eq!((status, &receipt["data"]["outcome"]), (200, &json!("recorded")), "{receipt}");
        python("amqp.py", &["--url", &self.reviewer], &addressed(&approval(number), "r-1").to_string());
    }

    fn killed_rebuilding(&mut self, point: &str) {
        let mut command = self.ledger.command();
        let rebuilding = command.args(["views", "rebuild", "board"]).env("SVOD_CRASH_AT", point);
        let status = rebuilding.output().unwrap().status;
        assert_eq!(status.signal(), Some(SIGKILL), "{point}: {status}");
        self.killed.insert(point.to_owned());
    }

    fn killed_erasing(&mut self, point: &str, id: &str) {
        let mut command = self.ledger.command();
        let approve =
            command.args(["erase", "approve", id, "--token-file", "o-2.token"]).env("SVOD_CRASH_AT", point);
        let status = approve.output().unwrap().status;
        assert_eq!(status.signal(), Some(SIGKILL), "{point}: {status}");
        self.killed.insert(point.to_owned());
    }

    /// The receipts of everything that was sent through the broker, by message: each has one, however often it came.
    fn receipts(url: &str, count: usize) -> BTreeMap<String, BTreeSet<String>> {
        let wanted = count.to_string();
        let mut receipts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in python("amqp.py", &["--url", url, "--receipts", &wanted, "--distinct"], "") {
            let id = line["receipt"]["data"]["message_id"].as_str().unwrap().to_owned();
            assert_eq!(line["receipt"]["data"]["outcome"], "recorded", "{line}");
            receipts.entry(id).or_default().insert(line["raw"].as_str().unwrap().to_owned());
        }
        receipts
    }

    /// The document, once it is recorded and its copy lies in the folder.
    fn built(&self) -> PathBuf {
        eventually("the report is recorded", || Some(self.file_card()).filter(Value::is_object));
        let copy = self.ledger.report(QUARTER, 1);
        eventually("the copy is there", || copy.exists().then_some(copy.clone()))
    }

    fn file_card(&self) -> Value {
        let card = self.ledger.svod(&["quarter", "show", QUARTER, "--json"]);
        let card: Value = serde_json::from_str(&card).unwrap();
        card["editions"][0]["files"][0].clone()
    }

    fn moved(&self, close_at: &str) {
        self.ledger.svod(&[
            "quarter",
            "move",
            QUARTER,
            "--submit-by",
            close_at,
            "--close-at",
            close_at,
            "--reason",
            "x",
        ]);
    }
}

/// A ledger with the same records that nobody disturbs.
fn undisturbed(count: usize) -> Office {
    let office = Office::over(Ledger::embedded());
    let file = |name: &str, make: fn(usize) -> Value, sender: &str| {
        let lines: Vec<String> = (0..count).map(|number| make(number).to_string()).collect();
        std::fs::write(office.ledger.folder.path().join(name), lines.join("\n")).unwrap();
        office.ledger.svod(&["send", name, "--as", sender]);
    };
    file("filings.jsonl", filing, CLERK);
    file("approvals.jsonl", approval, "r-1");
    office
}

fn survives(ledger: Ledger) {
    let mut office = Office::over(ledger);
    for point in ON_THE_WAY {
        office.killed_on_the_way(point);
    }
    office.killed_before_its_answer();
    for point in REBUILDING {
        office.killed_rebuilding(point);
    }
    // What waits is answered; then the quarter closes.
    let service = Service::start(&office.ledger);
    let (clerk, reviewer) = (office.clerk.clone(), office.reviewer.clone());
    let receipts = [Office::receipts(&clerk, office.sent - 1), Office::receipts(&reviewer, office.sent)];
    for (id, raw) in receipts.iter().flatten() {
        assert_eq!(raw.len(), 1, "{id} has one receipt: {raw:?}");
    }
    drop(service);
    let peaceful = undisturbed(office.sent);
    let close_at = seconds_ahead(4);
    for one in [&office, &peaceful] {
        one.moved(&close_at);
    }
    let service = Service::start(&peaceful.ledger);
    let expected = peaceful.built();
    drop(service);
    for point in CLOSING {
        let mut child = office.doomed(point);
        office.dies(point, &mut child);
    }
    office.ledger.sql("DELETE FROM leases");
    let service = Service::start(&office.ledger);
    let document = office.built();
    drop(service);
    same_but_for_the_log(&[document, expected]);

    let request = [
        "erase",
        "request",
        "--name",
        NAME,
        "--municipality",
        CODE,
        "--basis",
        "отзыв",
        "--token-file",
        "o-1.token",
        "--json",
    ];
    let id = office.ledger.svod_ends(0, &request)["erasure"].as_str().unwrap().to_owned();
    for point in ERASING {
        office.killed_erasing(point, &id);
    }
    office.ledger.svod(&["erase", "approve", &id, "--token-file", "o-2.token"]);

    office.ledger.sql("DELETE FROM leases");
    drop(Service::start(&office.ledger));
    for way in ["--full", "--rules", "--views"] {
        office.ledger.svod_ends(0, &["audit", "verify", way, "--json"]);
    }
    let again = office.ledger.svod_ends(0, &["audit", "reproduce", QUARTER, "--json"]);
    assert_eq!(again["documents"][0]["made_again"], "masked-twin", "{again}");
    let all: BTreeSet<String> = svod_crash::POINTS.iter().map(|point| (*point).to_owned()).collect();
    assert_eq!(office.killed, all, "every point was reached");
    drop(office.broker);
}

#[test]
fn an_embedded_ledger_survives_a_kill_at_every_point() {
    survives(Ledger::embedded());
}

#[test]
fn postgresql_survives_a_kill_at_every_point() {
    survives(Ledger::postgres());
}
