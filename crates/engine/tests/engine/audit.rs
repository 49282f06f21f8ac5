//! Time travel: any moment again, what lies between two, and what would have been.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use svod_domain::calendar::{Calendar, TermRule};
use svod_domain::quarter::Rules;
use svod_engine::audit::{
    Change, Counterfactual, Inserted, Kind, Scope, Subject, Supposition, What, When, diff, entries, root_at,
    state, whatif,
};
use svod_engine::{AsOf, SubmissionFilter};
use svod_log::{ActorName, EventLog as _, Hash, MemoryStore, Position, Recorded, Store};

use crate::ground::{
    DESNOGORSK, Ground, SMOLENSK, VYAZMA, approve, close, correct, hand_back, log, nothing, quarter,
    recorded, reopen, submission, submit, withdraw,
};
use crate::views::{beginning, caught_up, engine_on, law, projector, seen, seen_now, steps, tried};

pub(crate) fn rules() -> Rules {
    Rules { terms: TermRule::default(), calendar: Calendar::built_in() }
}

fn shared(store: &MemoryStore) -> Arc<dyn Store> {
    Arc::new(store.clone())
}

/// The bytes of a state.
async fn written(store: &MemoryStore, scope: Scope, position: Position) -> Vec<u8> {
    let state = state(&shared(store), scope, position, |_| {}).await.unwrap();
    let mut written = state.written(shared(store), Hash([0; 32])).unwrap();
    let mut bytes = vec![];
    while let Some(piece) = written.next().await.unwrap() {
        bytes.extend(piece);
    }
    bytes
}

async fn changes(store: &MemoryStore, from: Position, to: Position) -> Vec<Change> {
    diff(&shared(store), from, to, None, |_| {}).await.unwrap().changes
}

async fn supposed(store: &MemoryStore, supposition: Supposition) -> Counterfactual {
    whatif(&shared(store), &rules(), supposition, Position(u64::MAX), |_| {}).await.unwrap()
}

async fn without(store: &MemoryStore, position: u64) -> Counterfactual {
    supposed(store, Supposition { without: [Position(position)].into(), inserted: vec![] }).await
}

/// The records of a whole state, by kind and key.
fn records(bytes: &[u8]) -> Value {
    serde_json::from_slice::<Value>(bytes).unwrap()["state"].clone()
}

/// A position that lies so far in the log.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of a small number"
)]
fn at(head: Position, share: f64) -> Position {
    Position((head.0 as f64 * share) as u64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_moment_is_what_a_ledger_with_only_the_entries_until_then_says_byte_for_byte(
        steps in steps(),
        share in 0.0_f64..=1.0,
    ) {
        law(async {
            let ground = tried(&steps).await;
            let position = at(ground.store.head().await.unwrap().position, share);
            let copy = beginning(&ground.store, position).await;
            let mut scopes = vec![Scope::Whole, Scope::Quarter(quarter("2020-Q2"))];
            scopes.extend((0..6).map(|number| Scope::Submission(submission(number))));
            for scope in scopes {
                let now = String::from_utf8(written(&copy, scope, Position(u64::MAX)).await).unwrap();
                let then = String::from_utf8(written(&ground.store, scope, position).await).unwrap();
                assert_eq!(then, now, "{scope:?}");
            }
            let (then, now) = (root_at(&shared(&ground.store), position, None, |_| {}).await, copy.head().await);
            assert_eq!(then.unwrap().root, now.unwrap().root);
        });
    }

    #[test]
    fn the_state_of_everything_says_what_the_views_say(steps in steps()) {
        law(async {
            let ground = tried(&steps).await;
            let _projector = projector(&ground.engine);
            caught_up(&ground.store).await;
            let reader = ground.engine.reader(None).await.unwrap();
            let state = records(&written(&ground.store, Scope::Whole, Position(u64::MAX)).await);
            for card in reader.municipalities().await.unwrap() {
                assert_eq!(state["municipalities"][card.municipality.as_str()], json!(card));
            }
            for card in reader.quarters().await.unwrap() {
                assert_eq!(state["quarters"][card.quarter.to_string()], json!(card));
            }
            let page = reader.submissions(quarter("2020-Q2"), &SubmissionFilter::default(), None, 1_000).await.unwrap();
            assert_eq!(state["submissions"].as_object().unwrap().len(), page.items.len());
            for card in page.items {
                let key = format!("{}/{}/{}", card.quarter, card.municipality, card.submission_id);
                assert_eq!(state["submissions"][key], json!(card));
            }
        });
    }

    #[test]
    fn the_difference_of_two_moments_is_that_of_their_states(
        steps in steps(),
        from in 0.0_f64..=1.0,
        to in 0.0_f64..=1.0,
    ) {
        law(async {
            let ground = tried(&steps).await;
            let head = ground.store.head().await.unwrap().position;
            let (from, to) = (at(head, from.min(to)), at(head, from.max(to)));
            let before = records(&written(&ground.store, Scope::Whole, from).await);
            let after = records(&written(&ground.store, Scope::Whole, to).await);
            let found = changes(&ground.store, from, to).await;
            let mut told = std::collections::BTreeSet::new();
            for change in &found {
                let part = match change.what {
                    What::Municipality => "municipalities",
                    What::Quarter => "quarters",
                    What::NilReturn => "nil_returns",
                    What::Submission => "submissions",
                };
                let (was, is) = (&before[part][&change.key], &after[part][&change.key]);
                assert_ne!(was, is, "{} {}", part, change.key);
                let kind = match (was.is_null(), is.is_null()) {
                    (true, _) => Kind::Added,
                    (_, true) => Kind::Removed,
                    _both_are_there => Kind::Changed,
                };
                assert_eq!(change.kind, kind);
                for field in &change.fields {
                    assert_eq!(was.pointer(&field.field).filter(|_| kind != Kind::Added), field.from.as_ref());
                    assert_eq!(is.pointer(&field.field).filter(|_| kind != Kind::Removed), field.to.as_ref());
                }
                told.insert((part, change.key.clone()));
            }
            for part in ["municipalities", "quarters", "nil_returns", "submissions"] {
                let keys = before[part].as_object().unwrap().keys().chain(after[part].as_object().unwrap().keys());
                for key in keys.filter(|key| before[part][*key] != after[part][*key]) {
                    assert!(told.contains(&(part, key.clone())), "{part} {key} differs and is not told");
                }
            }
            assert_eq!(changes(&ground.store, to, to).await, []);
        });
    }

    #[test]
    fn to_suppose_nothing_changes_nothing(steps in steps()) {
        law(async {
            let ground = tried(&steps).await;
            let Counterfactual { otherwise, changes, moment } = supposed(&ground.store, Supposition::default()).await;
            assert_eq!((otherwise, changes), (vec![], vec![]));
            assert_eq!((moment.position, moment.root), {
                let head = ground.store.head().await.unwrap();
                (head.position, head.root)
            });
        });
    }

    #[test]
    fn without_an_entry_the_answer_is_another(steps in steps(), share in 0.0_f64..1.0) {
        law(async {
            let ground = tried(&steps).await;
            let position = at(ground.store.head().await.unwrap().position, share).0 + 1;
            let found = without(&ground.store, position).await;
            // New names give way to newer ones of the same day, the first of two nil returns to the second, a return to the
            // correction that answers it, an approval to its revocation.
            let entries = log(&ground.store).await;
            let (entry, later) = entries[usize::try_from(position).unwrap() - 1..].split_first().unwrap();
            let kind = &entry.kind;
            let revokes = |one: &Recorded| one.stream == entry.stream && one.kind == "approval-revoked";
            let is_revoked = kind == "activity-approved" && later.iter().any(|one| revokes(one));
            let gives_way = ["municipality-renamed", "nothing-declared", "activity-returned"].contains(&kind.as_str());
            if !gives_way && !is_revoked {
                assert!(!found.changes.is_empty(), "{kind} {found:?}");
            }
            assert!(found.otherwise.iter().any(|one| one.position.0 == position && one.outcome == "left-out"));
        });
    }

    #[test]
    fn a_reader_of_a_past_moment_says_the_same_in_whatever_order_it_is_asked(
        steps in steps(),
        share in 0.0_f64..=1.0,
        order in proptest::sample::subsequence((0_u32..6).collect::<Vec<_>>(), 6),
    ) {
        law(async {
            let ground = tried(&steps).await;
            let position = at(ground.store.head().await.unwrap().position, share);
            let copy = beginning(&ground.store, position).await;
            let engine = engine_on(copy.clone());
            let _projector = projector(&engine);
            caught_up(&copy).await;
            let now = engine.reader(None).await.unwrap();
            for number in order {
                let past = ground.engine.reader(Some(AsOf::Position(position))).await.unwrap();
                let history = past.history(submission(number)).await.unwrap();
                assert_eq!(history, now.history(submission(number)).await.unwrap());
                assert_eq!(seen(&past).await, seen_now(&engine).await);
            }
        });
    }
}

#[tokio::test]
async fn a_moment_is_named_by_a_position_a_time_or_the_last_close_of_a_quarter() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1), close("2"), reopen("3", "2020-08-01T00:00:00Z")])
        .await;
    ground.clock.set("2020-07-20T00:00:00Z");
    recorded(&ground.engine, &[close("4"), reopen("5", "2020-08-01T00:00:00Z")]).await;
    for (text, position) in
        [("2020-Q2", 8), ("3", 3), ("99", 9), ("2020-07-19T00:00:00Z", 7), ("2019-01-01T00:00:00Z", 0)]
    {
        let found = text.parse::<When>().unwrap().position(&ground.store).await.unwrap().unwrap();
        assert_eq!(found.0, position, "{text}");
    }
    assert!("2020-Q1".parse::<When>().unwrap().position(&ground.store).await.unwrap().is_err());
    assert!("вчера".parse::<When>().is_err());
}

#[tokio::test]
async fn the_entries_of_a_record_are_told_up_to_a_moment() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1), submit("2", VYAZMA, 2), approve("3", 1, 1)]).await;
    let told = async |subjects: &[&str], until: u64| -> Vec<(u64, String)> {
        let subjects: Vec<Subject> = subjects.iter().map(|text| text.parse().unwrap()).collect();
        let found = entries(&ground.store, &subjects, Position(until)).await.unwrap();
        found.into_iter().map(|entry| (entry.position.0, entry.kind)).collect()
    };
    let id = submission(1).to_string();
    let (filed, approved) = ((5, "activity-submitted".to_owned()), (7, "activity-approved".to_owned()));
    assert_eq!(told(&[&id], 99).await, [filed.clone(), approved.clone()]);
    assert_eq!(told(&[&id], 6).await, std::slice::from_ref(&filed));
    assert_eq!(told(&[&id, "7"], 99).await, [filed, approved]);
    assert_eq!(told(&["2020-Q2"], 99).await, [(4, "quarter-opened".to_owned())]);
    assert_eq!(told(&["2020-Q2", "8", "0"], 99).await, told(&["quarter-2020-Q2"], 99).await);
}

#[tokio::test]
async fn without_a_filing_what_rested_on_it_would_have_been_refused_and_the_close_would_select_less() {
    let ground = Ground::new().await;
    let acts = [
        submit("1", SMOLENSK, 1),
        hand_back("2", 1, 1),
        correct("3", SMOLENSK, 1, 1),
        submit("4", VYAZMA, 2),
        approve("5", 1, 2),
        approve("6", 2, 1),
        close("7"),
    ];
    recorded(&ground.engine, &acts).await;
    let found = without(&ground.store, 5).await;
    let told: Vec<_> = found.otherwise.iter().map(|one| (one.position.0, one.outcome, one.code)).collect();
    let unknown = Some("unknown-submission");
    let expected = [
        (5, "left-out", None),
        (6, "refused", unknown),
        (7, "refused", unknown),
        (9, "refused", unknown),
        (11, "decided-otherwise", None),
    ];
    assert_eq!(told, expected);
    let changed: Vec<_> = found.changes.iter().map(|change| (change.what, change.kind)).collect();
    assert_eq!(changed, [(What::Quarter, Kind::Changed), (What::Submission, Kind::Removed)]);
    let count = found.changes[0].fields.iter().find(|field| field.field.ends_with("included_count")).unwrap();
    assert_eq!((count.from.clone(), count.to.clone()), (Some(json!(2)), Some(json!(1))));
}

#[tokio::test]
async fn an_event_that_is_supposed_is_decided_where_it_would_have_stood() {
    let ground = Ground::new().await;
    recorded(
        &ground.engine,
        &[submit("1", SMOLENSK, 1), nothing("2", DESNOGORSK), withdraw("3", SMOLENSK, 1, 1)],
    )
    .await;
    let inserted = |name: &str, role: &str| Inserted {
        kind: "activity-approved".into(),
        data: serde_json::value::to_raw_value(&json!({
            "submission_id": submission(1), "municipality": SMOLENSK, "quarter": "2020-Q2", "version": 1,
        }))
        .unwrap(),
        actor: ActorName { name: name.into(), role: role.into() },
        recorded_at: "2020-06-02T00:00:00Z".parse().unwrap(),
        after: Position(5),
    };
    let suppose = async |inserted| {
        let found =
            supposed(&ground.store, Supposition { without: [].into(), inserted: vec![inserted] }).await;
        found.otherwise.iter().map(|one| (one.position.0, one.outcome, one.code)).collect::<Vec<_>>()
    };
    let told = suppose(inserted("r-1", "reviewer")).await;
    assert_eq!(told, [(5, "inserted", None), (7, "refused", Some("wrong-state"))]);
    let told = suppose(inserted(&format!("m-{SMOLENSK}"), "reviewer")).await;
    assert_eq!(told, [(5, "inserted", None), (5, "refused", Some("own-submission"))]);
}

#[tokio::test]
async fn nothing_is_written_by_a_question() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1), approve("2", 1, 1)]).await;
    let before = (log(&ground.store).await.len(), ground.store.head().await.unwrap());
    without(&ground.store, 5).await;
    changes(&ground.store, Position(2), Position(6)).await;
    assert_eq!((log(&ground.store).await.len(), ground.store.head().await.unwrap()), before);
}
