//! Two copies of the service, one of them killed again and again, against one that runs in peace: every message has
//! exactly one receipt, no event is lost or doubled, and the document is the same, byte for byte but for what
//! it says of its own log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::broker::{Broker, python};
use crate::quarter::same_but_for_the_log;
use crate::records::{event, open, seconds_ahead};
use crate::service::{Ledger, Service, eventually};

/// Submissions in a usual run; `SVOD_JOURNEY_SUBMISSIONS` names another number, such as 10000.
const SUBMISSIONS: usize = 400;
/// How long a copy lives before it is killed.
const LIFE: Duration = Duration::from_secs(3);
const MUNICIPALITIES: [&str; 5] = ["66701000", "66710000", "66605000", "66636000", "66658000"];

fn submissions_wanted() -> usize {
    #[expect(clippy::disallowed_methods, reason = "a longer run is asked for by the environment")]
    let wanted = std::env::var("SVOD_JOURNEY_SUBMISSIONS");
    wanted.map_or(SUBMISSIONS, |wanted| wanted.parse().expect("SVOD_JOURNEY_SUBMISSIONS is a number"))
}

fn submission_id(number: usize) -> String {
    format!("0193a5c0-0000-7000-8000-{number:012}")
}

fn submit(number: usize) -> Value {
    let municipality = MUNICIPALITIES[number % MUNICIPALITIES.len()];
    let day = format!("2020-{:02}-{:02}", 4 + number % 3, 1 + number / 3 % 28);
    let data = json!({
        "submission_id": submission_id(number), "municipality": municipality, "quarter": "2020-Q2",
        "activity": {
            "title": format!("Встреча № {number}"), "dates": [{"from": day, "to": day}],
            "content": format!("Обсуждён вопрос {number}"), "participants": [{"group": "участники"}],
        },
    });
    let body = event(&format!("submit-{number}"), "/offices", "svod.activity.submit.v1", &data);
    json!({"routing_key": "activity.submit.m-all", "body": body})
}

fn approve(number: usize) -> Value {
    let data = json!({"submission_id": submission_id(number), "version": 1});
    let body = event(&format!("approve-{number}"), "/department", "svod.review.approve.v1", &data);
    json!({"routing_key": "review.approve.r-1", "body": body})
}

/// A ledger with a broker and the three who speak to it.
struct Office {
    broker: Broker,
    ledger: Ledger,
    operator: String,
}

impl Office {
    fn new() -> Self {
        let broker = Broker::new();
        let ledger = Ledger::postgres().with_broker(&broker.url());
        let roles: Vec<String> = MUNICIPALITIES.iter().map(|code| format!("municipality:{code}")).collect();
        ledger.principal("m-all", &roles.iter().map(String::as_str).collect::<Vec<_>>());
        ledger.principal("r-1", &["reviewer"]);
        let operator = ledger.principal("o-1", &["operator"]);
        Self { broker, ledger, operator }
    }

    /// Publishes everything, waits for a receipt of every message, and returns all receipts that came.
    fn exchange(&self, sender: &str, messages: &[Value]) -> Vec<Value> {
        let lines: Vec<String> = messages.iter().map(Value::to_string).collect();
        let count = messages.len().to_string();
        let url = self.broker.user(sender);
        let arguments = ["--url", &url, "--receipts", &count, "--distinct", "--timeout", "600"];
        python("amqp.py", &arguments, &lines.join("\n"))
    }

    /// Everything that is to be done to the quarter; the receipts of it.
    fn work(&self, count: usize) -> Vec<Value> {
        let submits: Vec<Value> = (0..count).map(submit).collect();
        let approvals: Vec<Value> = (0..count).map(approve).collect();
        let mut receipts = self.exchange("m-all", &submits);
        receipts.extend(self.exchange("r-1", &approvals));
        receipts
    }

    fn operate(&self, service: &Service, message: &Value) {
        let (status, receipt) = service.post(&self.operator, message.to_string());
        assert_eq!(status, 200, "{receipt}");
    }
}

/// Keeps two copies running, and kills one of them every few seconds, until told to stop.
fn kill_again_and_again(ledger: &Ledger, stop: &AtomicBool) -> usize {
    let mut copies = vec![Service::launch(ledger), Service::launch(ledger)];
    let mut kills = 0;
    while !stop.load(Ordering::Relaxed) {
        let end = Instant::now() + LIFE;
        eventually("the copy has lived", || {
            (Instant::now() > end || stop.load(Ordering::Relaxed)).then_some(())
        });
        copies.remove(0).kill();
        kills += 1;
        copies.push(Service::launch(ledger));
    }
    kills
}

#[test]
fn kills_change_nothing_in_receipts_log_and_document() {
    let count = submissions_wanted();
    let (shaken, calm) = (Office::new(), Office::new());
    let far = open(&seconds_ahead(86_400));
    let service = Service::start(&calm.ledger);
    calm.operate(&service, &far);
    let first = Service::start(&shaken.ledger);
    shaken.operate(&first, &far);
    drop(first);

    let stop = AtomicBool::new(false);
    let (receipts, kills) = std::thread::scope(|scope| {
        let killer = scope.spawn(|| kill_again_and_again(&shaken.ledger, &stop));
        let receipts = shaken.work(count);
        stop.store(true, Ordering::Relaxed);
        (receipts, killer.join().unwrap())
    });
    assert!(kills > 0, "nothing was killed");
    check_receipts(&receipts, 2 * count);
    check_receipts(&calm.work(count), 2 * count);

    let survivor = Service::start(&shaken.ledger);
    let close_at = seconds_ahead(5);
    let data = json!({"quarter": "2020-Q2", "submit_by": close_at, "close_at": close_at, "reason": "конец"});
    let closing = event("move", "/operator", "svod.quarter.move.v1", &data);
    shaken.operate(&survivor, &closing);
    calm.operate(&service, &closing);
    let paths = [shaken.ledger.report("2020-Q2", 1), calm.ledger.report("2020-Q2", 1)];
    eventually("both documents appear", || paths.iter().all(|path| path.exists()).then_some(()));
    check_log(&survivor.whole_log(&shaken.operator), count);
    same_but_for_the_log(&paths);
}

/// Every message has a receipt, recorded, and never two different ones.
#[track_caller]
fn check_receipts(receipts: &[Value], messages: usize) {
    let mut of_message: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for receipt in receipts {
        let data = &receipt["receipt"]["data"];
        assert_eq!(data["outcome"], "recorded", "{receipt}");
        let id = data["message_id"].as_str().unwrap().to_owned();
        of_message.entry(id).or_default().insert(receipt["raw"].as_str().unwrap().to_owned());
    }
    assert_eq!(of_message.len(), messages);
    let two = of_message.iter().find(|(_, bodies)| bodies.len() > 1);
    assert_eq!(two, None, "a message with two receipts");
}

/// Positions have no gap, nothing is doubled or lost, the close happened once.
#[track_caller]
fn check_log(log: &[Value], count: usize) {
    for (index, entry) in log.iter().enumerate() {
        assert_eq!(entry["position"], json!(index + 1), "a gap");
    }
    let of_kind = |kind: &str| {
        let found = log.iter().filter(|entry| entry["type"] == kind && entry["data"]["quarter"] == "2020-Q2");
        found.map(|entry| entry["stream"].as_str().unwrap()).collect::<Vec<_>>()
    };
    for kind in ["activity-submitted", "activity-approved"] {
        let streams = of_kind(kind);
        assert_eq!(streams.len(), count, "{kind}");
        assert_eq!(streams.iter().collect::<BTreeSet<_>>().len(), count, "{kind} doubled");
    }
    assert_eq!(of_kind("quarter-closed").len(), 1);
}
