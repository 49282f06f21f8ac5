//! Any moment of one history is the same on every store, byte for byte: states, differences, and what the rules say.

use std::sync::Arc;

use serde_json::{Value, json};
use svod_domain::calendar::{Calendar, TermRule};
use svod_domain::quarter::Rules;
use svod_domain::{Actor, Role, register};
use svod_engine::audit::{Scope, Supposition, diff, root_at, state, verify_rules, whatif};
use svod_engine::{Engine, EngineOptions, Incoming, Outcome, Sender, Wording};
use svod_log::promises::{Home, hold};
use svod_log::{Append, MemoryStore, NewEvent, Position, Recorded, Store, StoreError};
use svod_seal::SealingKeys;
use tokio_util::sync::CancellationToken;

use crate::homes::{postgres, sqlite};

const CODES: [&str; 2] = ["66701000", "66710000"];

fn rules() -> Rules {
    Rules { terms: TermRule::default(), calendar: Calendar::built_in() }
}

fn id(number: u32) -> String {
    format!("0192f0c1-0000-7000-8000-{number:012}")
}

/// A history that the rules made, on a store in memory.
async fn history() -> Arc<dyn Store> {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let (engine, sequencer) = Engine::new(EngineOptions {
        store: store.clone(),
        wording: Wording {
            refusal: |refusal| (refusal.reason().as_str().to_owned(), String::new()),
            warning: |warning| warning.code().to_owned(),
            read_dates: |_, _| None,
        },
        rules: rules(),
        clock: Arc::new(|| "2020-07-09T09:00:00Z".parse().unwrap()),
        source: "/svod/test".to_owned(),
        sealing: Some(SealingKeys::try_new(&[1; 32], &[(1, [2; 32])].into()).unwrap()),
    });
    let stop = CancellationToken::new();
    let _sequencer = tokio::spawn(sequencer.run(stop.clone()));
    for command in register::commands(&register::built_in()).into_iter().take(5) {
        engine.order(Actor::service(), command).await.unwrap().unwrap();
    }
    let operator = Actor { name: "o-1".into(), roles: vec![Role::Operator] };
    let reviewer = Actor { name: "r-1".into(), roles: vec![Role::Reviewer] };
    let quarter = json!({"quarter": "2020-Q2", "close_at": "2020-08-01T00:00:00Z", "submit_by": "2020-07-08T15:00:00Z"});
    tell(&engine, &operator, "svod.quarter.open.v1", quarter).await;
    for number in 0..12_u32 {
        let code = CODES[number as usize % 2];
        let sender =
            Actor { name: format!("m-{code}"), roles: vec![Role::Municipality(code.parse().unwrap())] };
        let activity = json!({"title": format!("Встреча {number}"), "dates": [{"from": "2020-06-05", "to": "2020-06-05"}],
            "content": "Обсудили", "participants": [{"name": "И.И. Иванов", "position": "глава"}, {"group": "все"}]});
        let data = json!({"submission_id": id(number), "municipality": code, "quarter": "2020-Q2", "activity": activity});
        tell(&engine, &sender, "svod.activity.submit.v1", data).await;
        let of_the_version = json!({"submission_id": id(number), "version": 1});
        match number % 3 {
            0 => tell(&engine, &reviewer, "svod.review.approve.v1", of_the_version).await,
            1 => {
                let data =
                    json!({"submission_id": id(number), "version": 1, "remarks": [{"text": "уточните"}]});
                tell(&engine, &reviewer, "svod.review.return.v1", data).await;
                let data = json!({"submission_id": id(number), "version": 1, "activity": activity});
                tell(&engine, &sender, "svod.activity.correct.v1", data).await;
            }
            _waits => {}
        }
    }
    tell(&engine, &operator, "svod.quarter.close.v1", json!({"quarter": "2020-Q2", "reason": "x"})).await;
    let data = json!({"quarter": "2020-Q2", "close_at": "2020-09-01T00:00:00Z", "reason": "x"});
    tell(&engine, &operator, "svod.quarter.reopen.v1", data).await;
    tell(&engine, &reviewer, "svod.review.approve.v1", json!({"submission_id": id(1), "version": 2})).await;
    stop.cancel();
    store
}

async fn tell(engine: &Engine, actor: &Actor, kind: &str, data: Value) {
    let id = svod_log::Hash::of(format!("{kind} {data}").as_bytes()).to_string();
    let event = json!({"specversion": "1.0", "id": id, "source": "/test", "type": kind, "data": data});
    let incoming =
        Incoming { body: event.to_string().into_bytes(), sender: Sender::Principal(actor.clone()) };
    let answered = engine.answer(incoming).await.unwrap();
    assert_eq!(answered.outcome, Outcome::Recorded, "{}", String::from_utf8_lossy(&answered.receipt));
}

/// The same entries on another store, in batches as they may come.
async fn copied(from: &dyn Store, to: &dyn Store) -> Result<(), StoreError> {
    let entries = from.read(Position::START, 1_000).await?;
    let appends: Vec<Append> = entries
        .iter()
        .map(|entry| {
            let Recorded { stream, kind, schema, recorded_at, valid_at, actor, message, cause, data, .. } =
                &**entry;
            let event = NewEvent {
                stream: stream.clone(),
                kind: kind.clone(),
                schema: *schema,
                data: serde_json::from_str(data.get()).unwrap(),
                valid_at: Some(*valid_at),
            };
            Append {
                events: vec![event],
                assumes: vec![],
                receipt: None,
                order: message.clone(),
                cause: *cause,
                actor: actor.clone(),
                recorded_at: *recorded_at,
            }
        })
        .collect();
    for batch in appends.chunks(7) {
        to.append(batch).await?;
    }
    Ok(())
}

/// Everything that is told of a store at a position, as bytes.
async fn told(store: &Arc<dyn Store>, position: Position) -> Vec<u8> {
    let mut bytes = vec![];
    let root = root_at(store, position, None, |_| {}).await.unwrap().root;
    let scopes = [
        Scope::Whole,
        Scope::Quarter("2020-Q2".parse().unwrap()),
        Scope::Submission(serde_json::from_value(json!(id(1))).unwrap()),
    ];
    for scope in scopes {
        let found = state(store, scope, position, |_| {}).await.unwrap();
        let mut written = found.written(Arc::clone(store), root).unwrap();
        while let Some(piece) = written.next().await.unwrap() {
            bytes.extend(piece);
        }
    }
    let found = diff(store, Position(position.0 / 2), position, None, |_| {}).await.unwrap();
    bytes.extend(json!(found.changes).to_string().into_bytes());
    let supposition = Supposition { without: [Position(7)].into(), inserted: vec![] };
    let found = whatif(store, &rules(), supposition, position, |_| {}).await.unwrap();
    bytes.extend(json!([found.otherwise, found.changes]).to_string().into_bytes());
    bytes
}

async fn tells_what_memory_tells(home: &dyn Home) -> Result<(), StoreError> {
    let (memory, store) = (history().await, home.open().await);
    copied(memory.as_ref(), store.as_ref()).await?;
    let head = store.head().await?;
    assert_eq!(head, memory.head().await?);
    // Opened again, so that nothing is answered from what this process remembers.
    let store = home.open().await;
    for position in 0..=head.position.0 {
        let position = Position(position);
        assert_eq!(told(&store, position).await, told(&memory, position).await, "{position}");
    }
    let ruled = verify_rules(&store, &rules(), |_| {}).await.unwrap().unwrap();
    assert_eq!((ruled.position, ruled.root, ruled.other_rules), (head.position, head.root, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_moment_is_the_same_on_sqlite() {
    hold(sqlite().await, |home| Box::pin(tells_what_memory_tells(home))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_moment_is_the_same_on_postgres() {
    hold(postgres().await, |home| Box::pin(tells_what_memory_tells(home))).await;
}
