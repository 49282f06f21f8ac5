//! What every test stands on: a ledger with three municipalities and the second quarter of 2020 open, a clock that is
//! set by hand, and messages.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use svod_domain::calendar::{Calendar, TermRule};
use svod_domain::command::{OpenQuarter, RegisterMunicipality};
use svod_domain::quarter::Rules;
use svod_domain::{Actor, Command, DateRange, Quarter, Role, SubmissionId, Warning};
use svod_engine::receipt::{ReceiptData, read_receipt};
use svod_engine::{Answered, Engine, EngineOptions, Incoming, Ordered, Sender, Wording};
use svod_log::{Append, MemoryStore, NewEvent, Position, READ_MAX, Recorded, Store};
use svod_seal::SealingKeys;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) const SMOLENSK: &str = "66701000";
pub(crate) const DESNOGORSK: &str = "66710000";
pub(crate) const VYAZMA: &str = "66605000";

/// A clock that stands still until it is set.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<Mutex<Timestamp>>);

impl TestClock {
    pub(crate) fn at(moment: &str) -> Self {
        Self(Arc::new(Mutex::new(time(moment))))
    }

    pub(crate) fn set(&self, moment: &str) {
        *self.0.lock().unwrap() = time(moment);
    }
}

/// An engine whose sequencer runs until the test ends. Every one made on the same store is a process of its own.
pub(crate) struct Running {
    pub(crate) engine: Engine,
    pub(crate) stop: CancellationToken,
}

impl std::ops::Deref for Running {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub(crate) fn start(store: Arc<dyn Store>, clock: &TestClock) -> Running {
    start_with(store, clock, Some(sealing()))
}

/// A process that has no keys to seal or to open with.
pub(crate) fn start_without_keys(store: Arc<dyn Store>, clock: &TestClock) -> Running {
    start_with(store, clock, None)
}

pub(crate) fn start_with(store: Arc<dyn Store>, clock: &TestClock, sealing: Option<SealingKeys>) -> Running {
    let moments = clock.0.clone();
    let (engine, sequencer) = Engine::new(EngineOptions {
        store,
        wording: Wording {
            refusal: |refusal| (format!("wrong: {}", refusal.reason().as_str()), "do otherwise".to_owned()),
            warning: |warning: &Warning| format!("mind: {}", warning.code()),
            read_dates: |text, _quarter| Some(vec![DateRange::day(text.parse::<Date>().ok()?)]),
        },
        rules: Rules { terms: TermRule::default(), calendar: Calendar::built_in() },
        clock: Arc::new(move || *moments.lock().unwrap()),
        source: "/svod/test".to_owned(),
        sealing,
    });
    let stop = CancellationToken::new();
    tokio::spawn(sequencer.run(stop.clone()));
    Running { engine, stop }
}

/// A ledger with its register and 2020-Q2 open until 15 July, deadline 7 July, 15:00 UTC. It is 1 June.
pub(crate) struct Ground {
    pub(crate) store: MemoryStore,
    pub(crate) clock: TestClock,
    pub(crate) engine: Running,
}

impl Ground {
    pub(crate) async fn new() -> Self {
        let (store, clock) = (MemoryStore::new(), TestClock::at("2020-06-01T09:00:00Z"));
        let engine = start(Arc::new(store.clone()), &clock);
        for (order, (code, name)) in
            (1..).zip([(SMOLENSK, "Смоленск"), (DESNOGORSK, "Десногорск"), (VYAZMA, "Вяземский район")])
        {
            ordered(&engine, operator(), register(code, order, name)).await;
        }
        ordered(&engine, Actor::service(), open("2020-Q2", "2020-07-07T15:00:00Z", "2020-07-15T15:00:00Z"))
            .await;
        Self { store, clock, engine }
    }

    /// Another process on the same ledger.
    pub(crate) fn copy(&self) -> Running {
        start(Arc::new(self.store.clone()), &self.clock)
    }
}

/// Gives an order that must be taken.
pub(crate) async fn ordered(engine: &Engine, actor: Actor, command: Command) -> Ordered {
    let what = format!("{command:?}");
    engine.order(actor, command).await.unwrap().unwrap_or_else(|refusal| panic!("{refusal:?} to {what}"))
}

pub(crate) fn register(code: &str, order: u32, name: &str) -> Command {
    Command::RegisterMunicipality(RegisterMunicipality {
        municipality: code.parse().unwrap(),
        order,
        short_name: name.to_owned(),
        report_heading: format!("Муниципальное образование «{name}»"),
        from: date(2006, 1, 1),
    })
}

pub(crate) fn open(name: &str, submit_by: &str, close_at: &str) -> Command {
    let (submit_by, close_at) = (Some(time(submit_by)), Some(time(close_at)));
    Command::OpenQuarter(OpenQuarter { quarter: quarter(name), submit_by, close_at, reason: None })
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn quarter(text: &str) -> Quarter {
    text.parse().unwrap()
}

/// The submission with this number.
pub(crate) fn submission(number: u32) -> SubmissionId {
    SubmissionId(Uuid::from_u128(0x0192_f0c1_0000_7000_8000_0000_0000_0000 | u128::from(number)))
}

pub(crate) fn municipality(code: &str) -> Actor {
    Actor { name: format!("m-{code}"), roles: vec![Role::Municipality(code.parse().unwrap())] }
}

pub(crate) fn reviewer() -> Actor {
    Actor { name: "r-1".into(), roles: vec![Role::Reviewer] }
}

pub(crate) fn operator() -> Actor {
    Actor { name: "o-1".into(), roles: vec![Role::Operator] }
}

pub(crate) fn activity(day: &str) -> Value {
    json!({
        "title": "Встреча с делегацией", "dates": [{"from": day, "to": day}],
        "content": "Обсудили обмен", "participants": [{"group": "сотрудники администрации"}],
    })
}

/// A message as an edge hands it over.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) data: Value,
    pub(crate) actor: Actor,
}

impl Message {
    pub(crate) fn body(&self) -> Vec<u8> {
        let Self { id, kind, data, .. } = self;
        let event = json!({
            "specversion": "1.0", "id": id, "source": "/test", "type": kind, "data": data,
        });
        event.to_string().into_bytes()
    }

    pub(crate) fn incoming(&self) -> Incoming {
        Incoming { body: self.body(), sender: Sender::Principal(self.actor.clone()) }
    }
}

pub(crate) fn submit(id: &str, code: &str, number: u32) -> Message {
    let data = json!({
        "submission_id": submission(number), "municipality": code, "quarter": "2020-Q2",
        "activity": activity("2020-06-05"),
    });
    Message { id: id.into(), kind: "svod.activity.submit.v1", data, actor: municipality(code) }
}

pub(crate) fn correct(id: &str, code: &str, number: u32, version: u32) -> Message {
    let data = json!({
        "submission_id": submission(number), "version": version, "activity": activity("2020-06-06"),
    });
    Message { id: id.into(), kind: "svod.activity.correct.v1", data, actor: municipality(code) }
}

pub(crate) fn withdraw(id: &str, code: &str, number: u32, version: u32) -> Message {
    let data = json!({"submission_id": submission(number), "version": version, "reason": "ошибка"});
    Message { id: id.into(), kind: "svod.activity.withdraw.v1", data, actor: municipality(code) }
}

pub(crate) fn nothing(id: &str, code: &str) -> Message {
    let data = json!({"municipality": code, "quarter": "2020-Q2"});
    Message { id: id.into(), kind: "svod.activity.none.v1", data, actor: municipality(code) }
}

pub(crate) fn approve(id: &str, number: u32, version: u32) -> Message {
    let data = json!({"submission_id": submission(number), "version": version});
    Message { id: id.into(), kind: "svod.review.approve.v1", data, actor: reviewer() }
}

pub(crate) fn hand_back(id: &str, number: u32, version: u32) -> Message {
    let remarks = json!([{"field": "dates", "text": "уточните"}]);
    let data = json!({"submission_id": submission(number), "version": version, "remarks": remarks});
    Message { id: id.into(), kind: "svod.review.return.v1", data, actor: reviewer() }
}

pub(crate) fn close(id: &str) -> Message {
    let data = json!({"quarter": "2020-Q2", "reason": "всё собрано"});
    Message { id: id.into(), kind: "svod.quarter.close.v1", data, actor: operator() }
}

pub(crate) fn reopen(id: &str, close_at: &str) -> Message {
    let data = json!({"quarter": "2020-Q2", "close_at": close_at, "reason": "забыли район"});
    Message { id: id.into(), kind: "svod.quarter.reopen.v1", data, actor: operator() }
}

pub(crate) async fn answer(engine: &Engine, message: &Message) -> Answered {
    engine.answer(message.incoming()).await.unwrap()
}

/// What the receipt says.
pub(crate) async fn receipt(engine: &Engine, message: &Message) -> ReceiptData {
    said(&answer(engine, message).await)
}

#[track_caller]
pub(crate) fn said(answered: &Answered) -> ReceiptData {
    read_receipt(&answered.receipt).unwrap().data
}

/// The code of the refusal, or nothing if it was recorded.
pub(crate) async fn code(engine: &Engine, message: &Message) -> Option<String> {
    receipt(engine, message).await.code
}

/// Sends messages that must all be recorded.
pub(crate) async fn recorded(engine: &Engine, messages: &[Message]) {
    for message in messages {
        assert_eq!(code(engine, message).await, None, "{}", message.id);
    }
}

/// The whole log.
pub(crate) async fn log(store: &dyn Store) -> Vec<Arc<Recorded>> {
    let mut all: Vec<Arc<Recorded>> = vec![];
    loop {
        let after = all.last().map_or(Position::START, |last| last.position);
        let page = store.read(after, READ_MAX).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// Lets everything that is ready run, and timers of this many seconds pass. Only for tests with paused time.
pub(crate) async fn seconds(count: u64) {
    tokio::time::sleep(std::time::Duration::from_secs(count)).await;
}

/// Names of the events of the log, from a position on.
pub(crate) async fn kinds_after(store: &dyn Store, after: u64) -> Vec<String> {
    log(store)
        .await
        .into_iter()
        .skip(usize::try_from(after).unwrap())
        .map(|entry| entry.kind.clone())
        .collect()
}

/// The keys that these ledgers seal persons with.
pub(crate) fn sealing() -> SealingKeys {
    SealingKeys::try_new(&[1; 32], &[(1, [2; 32])].into()).unwrap()
}

/// The event of an entry, to be recorded elsewhere.
pub(crate) fn new_event(entry: &Recorded) -> NewEvent {
    NewEvent {
        stream: entry.stream.clone(),
        kind: entry.kind.clone(),
        schema: entry.schema,
        data: serde_json::from_str(entry.data.get()).unwrap(),
        valid_at: Some(entry.valid_at),
    }
}

/// An append of one event, caused as the entry was.
pub(crate) fn append_of(entry: &Recorded, event: NewEvent) -> Append {
    Append {
        events: vec![event],
        assumes: vec![],
        receipt: None,
        order: entry.message.clone(),
        cause: entry.cause,
        actor: entry.actor.clone(),
        recorded_at: entry.recorded_at,
    }
}
