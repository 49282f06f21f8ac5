//! What a close says of the whole ledger, and what every entry says of what asked for it.

use std::sync::Arc;

use serde_json::Value;
use svod_domain::calendar::{Calendar, TermRule};
use svod_domain::command::CloseQuarter;
use svod_domain::event::Attestation;
use svod_domain::quarter::Rules;
use svod_domain::{Actor, Command, Event};
use svod_engine::{Happened, rules_hash, streams_root};
use svod_log::tree::{Frontier, leaf_hash};
use svod_log::{EventLog as _, Hash, Position, Recorded};

use crate::ground::{
    DESNOGORSK, Ground, Message, SMOLENSK, VYAZMA, approve, close, correct, hand_back, log, nothing,
    operator, ordered, quarter, recorded, reopen, start, submission, submit, withdraw,
};
use crate::store::Faults;

/// The closes of the log, with what they say.
async fn closes(ground: &Ground) -> Vec<(Position, Attestation)> {
    let entries = log(&ground.store).await.into_iter().filter(|entry| entry.kind == "quarter-closed");
    let told = entries.map(|entry| match Happened::decode(entry.clone()).unwrap().event {
        Event::QuarterClosed(closed) => (entry.position, closed.attested.unwrap()),
        other => panic!("{other:?}"),
    });
    told.collect()
}

fn root(leaves: impl IntoIterator<Item = Hash>) -> String {
    let mut tree = Frontier::default();
    leaves.into_iter().for_each(|leaf| tree.append(leaf));
    tree.root().to_string()
}

#[tokio::test]
async fn a_close_says_where_the_log_and_every_stream_ended_just_before() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1), submit("2", VYAZMA, 2), approve("3", 1, 1)]).await;
    recorded(&ground.engine, &[close("4")]).await;
    // What comes later changes nothing in what was told.
    recorded(&ground.engine, &[reopen("5", "2020-08-01T00:00:00Z"), submit("6", SMOLENSK, 3)]).await;

    let [(position, attested)] = closes(&ground).await.try_into().unwrap();
    let before: Vec<_> =
        log(&ground.store).await.into_iter().filter(|entry| entry.position < position).collect();
    assert_eq!(attested.position, position.0 - 1);
    assert_eq!(attested.root, root(before.iter().map(|entry| entry.leaf)));
    let ends = |entry: &&std::sync::Arc<Recorded>| {
        !before.iter().any(|later| later.stream == entry.stream && later.version > entry.version)
    };
    let mut tips: Vec<_> = before.iter().filter(ends).collect();
    tips.sort_by_key(|entry| entry.stream.as_str().to_owned());
    let leaves = tips.iter().map(|entry| {
        let Recorded { stream, version, leaf, .. } = &***entry;
        leaf_hash(format!(r#"{{"leaf":"{leaf}","stream":"{stream}","version":{version}}}"#).as_bytes())
    });
    assert_eq!(attested.streams_root, root(leaves));
    assert_eq!(attested.streams, tips.len() as u64);
    let again = streams_root(&ground.store, Position(attested.position)).await.unwrap();
    assert_eq!((again.0.to_string(), again.1), (attested.streams_root, attested.streams));
}

#[tokio::test]
async fn a_close_says_the_state_of_everything_in_its_quarter() {
    let ground = Ground::new().await;
    let acts = [
        submit("1", SMOLENSK, 1),
        submit("2", SMOLENSK, 2),
        submit("3", VYAZMA, 3),
        submit("4", VYAZMA, 4),
        approve("5", 1, 1),
        hand_back("6", 2, 1),
        correct("7", SMOLENSK, 2, 1),
        hand_back("8", 3, 1),
        withdraw("9", VYAZMA, 4, 1),
        nothing("10", DESNOGORSK),
        close("11"),
    ];
    recorded(&ground.engine, &acts).await;
    let [(_, attested)] = closes(&ground).await.try_into().unwrap();
    let row = |code: &str, state: &str, stream: String, version: u32| {
        format!(r#"{{"municipality":"{code}","state":"{state}","stream":"{stream}","version":{version}}}"#)
    };
    let of = |number| format!("submission-{}", submission(number));
    let rows = [
        row(DESNOGORSK, "nothing-declared", format!("nil-2020-Q2-{DESNOGORSK}"), 1),
        row(SMOLENSK, "approved", of(1), 1),
        row(SMOLENSK, "submitted", of(2), 2),
        row(VYAZMA, "returned", of(3), 1),
        row(VYAZMA, "withdrawn", of(4), 1),
    ];
    assert_eq!(attested.state_root, root(rows.iter().map(|row| leaf_hash(row.as_bytes()))));
    let rules = Rules { terms: TermRule::default(), calendar: Calendar::built_in() };
    assert_eq!(attested.rules, rules_hash(&rules).to_string());
}

#[tokio::test]
async fn what_was_asked_for_together_with_a_close_stands_in_what_it_says() {
    let ground = Ground::new().await;
    let together =
        [submit("1", SMOLENSK, 1), approve("2", 1, 1), close("3"), reopen("4", "2020-08-01T00:00:00Z")];
    let incoming = together.iter().chain([&close("5")]).map(Message::incoming).collect();
    for answered in ground.engine.answer_all(incoming).await.unwrap() {
        assert!(!answered.repeated);
    }
    let closes = closes(&ground).await;
    assert_eq!(closes.len(), 2);
    for (position, attested) in closes {
        assert_eq!(attested.position, position.0 - 1);
        let again = streams_root(&ground.store, Position(attested.position)).await.unwrap();
        assert_eq!((again.0.to_string(), again.1), (attested.streams_root, attested.streams));
    }
}

#[tokio::test]
async fn a_close_that_another_process_overtook_says_what_the_ledger_is_then() {
    let ground = Ground::new().await;
    let (one, two) = (ground.copy(), ground.copy());
    recorded(&one, &[submit("1", SMOLENSK, 1)]).await;
    recorded(&two, &[submit("2", VYAZMA, 2)]).await;
    recorded(&one, &[close("3")]).await;
    let [(position, attested)] = closes(&ground).await.try_into().unwrap();
    assert_eq!(attested.position, position.0 - 1);
    let again = streams_root(&ground.store, Position(attested.position)).await.unwrap();
    assert_eq!(again.0.to_string(), attested.streams_root);
}

#[tokio::test]
async fn every_entry_names_what_asked_for_it_and_what_was_its_cause() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1)]).await;
    let close = CloseQuarter { quarter: quarter("2020-Q2"), reason: String::new() };
    ground.clock.set("2020-07-16T00:00:00Z");
    let engine = start(std::sync::Arc::new(ground.store.clone()), &ground.clock);
    let answered =
        engine.order_because(Some(Position(5)), Actor::service(), Command::CloseQuarter(close)).await;
    answered.unwrap().unwrap();

    let entries = log(&ground.store).await;
    let names: Vec<_> = entries.iter().map(|entry| entry.message.clone().unwrap()).collect();
    assert_eq!((names[4].source.as_str(), names[4].id.as_str()), ("/test", "1"));
    let others = names.iter().enumerate().filter(|(index, _)| *index != 4);
    let ids: std::collections::BTreeSet<_> = others
        .map(|(_, name)| {
            assert_eq!(name.source, "/svod/test");
            name.id.clone()
        })
        .collect();
    assert_eq!(ids.len(), names.len() - 1);
    let causes: Vec<_> = entries.iter().map(|entry| entry.cause).collect();
    assert_eq!(causes, [None, None, None, None, None, Some(Position(5))]);
}

#[tokio::test]
async fn a_fact_holds_from_the_moment_it_speaks_of() {
    let ground = Ground::new().await;
    ground.clock.set("2020-07-20T12:00:00Z");
    let close = CloseQuarter { quarter: quarter("2020-Q2"), reason: String::new() };
    ordered(&ground.engine, Actor::service(), Command::CloseQuarter(close)).await;
    let moments = |entry: &Recorded| {
        let raw: Value = serde_json::from_slice(&entry.bytes).unwrap();
        (entry.kind.clone(), raw["valid_at"].as_str().map(str::to_owned))
    };
    let entries = ground.store.read(Position::START, 100).await.unwrap();
    let of =
        |kind: &str| entries.iter().find(|entry| entry.kind == kind).map(|entry| moments(entry).1).unwrap();
    // The day begins in Moscow, and the quarter closed when its time was, not when somebody noticed.
    assert_eq!(of("municipality-registered").as_deref(), Some("2005-12-31T21:00:00.000000Z"));
    assert_eq!(of("quarter-opened"), None);
    assert_eq!(of("quarter-closed").as_deref(), Some("2020-07-15T15:00:00.000000Z"));
}

#[tokio::test]
async fn who_may_not_close_a_quarter_does_not_make_svod_read_the_ledger() {
    let ground = Ground::new().await;
    let store = Arc::new(Faults::default().before(&ground.store));
    let engine = start(store.clone(), &ground.clock);
    let quarter = quarter("2020-Q2");
    let close = || Command::CloseQuarter(CloseQuarter { quarter, reason: "пора".into() });
    let stranger = Actor { name: "m-1".into(), roles: vec![] };
    assert!(engine.order(stranger, close()).await.unwrap().is_err());
    assert_eq!(store.tips(), 0);
    ordered(&engine, operator(), close()).await;
    assert_ne!(store.tips(), 0);
}
