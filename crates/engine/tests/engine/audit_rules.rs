//! Verification by the rules: an honest log is sound, and an event that no honest server could have emitted is found with
//! every hash right.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use svod_engine::audit::{Ruled, verify_rules};
use svod_log::verify::{Defence, Tampered};
use svod_log::{Append, EventLog as _, MemoryStore, NewEvent, Position, Recorded};

use crate::audit::rules;
use crate::ground::{
    DESNOGORSK, Ground, SMOLENSK, VYAZMA, approve, close, correct, hand_back, log, nothing, recorded, reopen,
    submit, withdraw,
};
use crate::views::{law, steps, tried};

async fn verdict(store: &MemoryStore) -> Result<Ruled, Tampered> {
    let store: Arc<dyn svod_log::Store> = Arc::new(store.clone());
    verify_rules(&store, &rules(), |_| {}).await.unwrap()
}

/// What an entry says, as somebody who writes entries himself may change it.
struct Forged {
    position: u64,
    stream: String,
    kind: String,
    recorded_at: String,
    valid_at: Option<String>,
    actor: (String, String),
    message: Option<svod_log::MessageKey>,
    data: Value,
}

/// The same log written anew with every hash right, by one who changes some of its entries, or leaves them out.
async fn forged(store: &MemoryStore, mut forge: impl FnMut(Forged) -> Option<Forged>) -> MemoryStore {
    let copy = MemoryStore::new();
    for entry in log(store).await {
        let Recorded { position, stream, kind, recorded_at, valid_at, actor, message, data, .. } = &*entry;
        let forged = Forged {
            position: position.0,
            stream: stream.to_string(),
            kind: kind.clone(),
            recorded_at: recorded_at.to_string(),
            valid_at: (valid_at != recorded_at).then(|| valid_at.to_string()),
            actor: (actor.name.clone(), actor.role.clone()),
            message: message.clone(),
            data: serde_json::from_str(data.get()).unwrap(),
        };
        let Some(forged) = forge(forged) else { continue };
        let event = NewEvent {
            stream: svod_log::StreamId::try_new(forged.stream).unwrap(),
            kind: forged.kind,
            schema: 1,
            data: forged.data,
            valid_at: forged.valid_at.map(|moment| moment.parse().unwrap()),
        };
        let append = Append {
            events: vec![event],
            assumes: vec![],
            receipt: None,
            order: forged.message,
            cause: None,
            actor: svod_log::ActorName { name: forged.actor.0, role: forged.actor.1 },
            recorded_at: forged.recorded_at.parse().unwrap(),
        };
        copy.append(&[append]).await.unwrap();
    }
    copy
}

/// A quarter with everything in it, closed and reopened. Positions: register 1–3, opening 4, acts from 5.
async fn busy() -> Ground {
    let ground = Ground::new().await;
    let acts = [
        submit("5", SMOLENSK, 1),
        hand_back("6", 1, 1),
        correct("7", SMOLENSK, 1, 1),
        approve("8", 1, 2),
        nothing("9", DESNOGORSK),
        submit("10", VYAZMA, 2),
        withdraw("11", VYAZMA, 2, 1),
        submit("12", VYAZMA, 3),
        close("13"),
        reopen("14", "2020-08-01T00:00:00Z"),
        approve("15", 3, 1),
    ];
    recorded(&ground.engine, &acts).await;
    ground.clock.set("2020-07-09T00:00:00Z");
    recorded(&ground.engine, &[submit("16", VYAZMA, 4), close("17")]).await;
    ground
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_engine_records_the_rules_decide_again(steps in steps()) {
        law(async {
            let ground = tried(&steps).await;
            let head = ground.store.head().await.unwrap();
            let found = verdict(&ground.store).await;
            // Documents that were never built are recorded by these steps; only the engine's own part is looked at here.
            match found {
                Ok(ruled) => assert_eq!((ruled.position, ruled.root, ruled.other_rules), (head.position, head.root, 0)),
                Err(tampered) => {
                    let entries = log(&ground.store).await;
                    let index = usize::try_from(tampered.position.0).unwrap() - 1;
                    assert_eq!(entries[index].kind, "report-built", "{tampered}");
                }
            }
        });
    }
}

#[tokio::test]
async fn an_honest_log_is_sound_and_every_append_is_counted() {
    let ground = busy().await;
    let head = ground.store.head().await.unwrap();
    let ruled = Ruled { position: Position(17), root: head.root, decisions: 17, other_rules: 0 };
    assert_eq!(verdict(&ground.store).await, Ok(ruled));
    // Written anew without a change it is the same log.
    assert_eq!(verdict(&forged(&ground.store, Some).await).await, Ok(ruled));
}

/// Forges one entry of the busy log, and expects the verification to name a position and to say this.
async fn check(position: u64, says: &str, mut forge: impl FnMut(&mut Forged)) {
    check_at(position, position, says, &mut forge).await;
}

async fn check_at(position: u64, named: u64, says: &str, forge: &mut impl FnMut(&mut Forged)) {
    let ground = busy().await;
    let copy = forged(&ground.store, |mut forged| {
        if forged.position == position {
            forge(&mut forged);
        }
        Some(forged)
    })
    .await;
    let tampered = verdict(&copy).await.unwrap_err();
    assert_eq!((tampered.position.0, tampered.defence), (named, Defence::Rules), "{tampered}");
    assert!(tampered.what.contains(says), "{tampered}");
}

#[tokio::test]
async fn who_filed_a_version_cannot_have_approved_it() {
    check(8, "own-submission", |entry| entry.actor.0 = format!("m-{SMOLENSK}")).await;
}

#[tokio::test]
async fn nobody_acts_without_the_role_for_it() {
    check(8, "not-permitted", |entry| entry.actor.1 = "operator".into()).await;
    check(5, "not-permitted", |entry| entry.actor.1 = format!("municipality:{VYAZMA}")).await;
    check(13, "not-permitted", |entry| entry.actor.1 = "reviewer".into()).await;
    check(13, "a role that there is not", |entry| entry.actor.1 = "emperor".into()).await;
    check(13, "under another name", |entry| entry.actor.1 = "service".into()).await;
}

#[tokio::test]
async fn a_flag_of_lateness_is_counted_again() {
    check(16, "/late is false and should be true", |entry| entry.data["late"] = json!(false)).await;
    check(5, "/late is true and should be false", |entry| entry.data["late"] = json!(true)).await;
    check(9, "/late is true and should be false", |entry| entry.data["late"] = json!(true)).await;
}

#[tokio::test]
async fn a_warning_that_was_given_or_kept_back_is_told() {
    check(5, "/warnings", |entry| entry.data["warnings"] = json!([{"code": "dates-unreadable"}])).await;
}

/// A log of one submission at 5, as another server wrote it.
async fn filed_otherwise(mut forge: impl FnMut(&mut Value)) -> Result<Ruled, Tampered> {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("5", SMOLENSK, 1), approve("6", 1, 1)]).await;
    let copy = forged(&ground.store, |mut forged| {
        if forged.position == 5 {
            forge(&mut forged.data);
        }
        Some(forged)
    })
    .await;
    verdict(&copy).await
}

#[tokio::test]
async fn a_text_that_would_be_refused_today_stays_history() {
    // Not composed, with a control character, of private use, without a font.
    for text in ["и\u{306}од", "обмен\u{7}", "\u{f0b7} обмен", "\u{1200}"] {
        let ruled = filed_otherwise(|data| data["activity"]["content"] = json!(text)).await;
        assert_eq!(ruled.map(|ruled| ruled.decisions), Ok(6), "{text:?}");
    }
}

#[tokio::test]
async fn a_warning_of_a_text_is_believed_as_far_as_there_is_such_a_text() {
    let warning = |pointer: &str, removed: u32| json!({"code": "control-characters-removed", "pointer": pointer, "removed": removed, "replaced": 0, "at": 1});
    let told = async |warnings: Value| filed_otherwise(|data| data["warnings"] = warnings.clone()).await;
    let (title, group) = ("/data/activity/title", "/data/activity/participants/0/group");
    assert!(told(json!([warning(title, 1), warning(group, 2)])).await.is_ok());
    for (warnings, says) in [
        (json!([warning("/data/activity/place", 1)]), "a text that it does not have"),
        (json!([warning(group, 1), warning(title, 1)]), "a text that it does not have"),
        (json!([warning(title, 0)]), "a text that it does not have"),
        (json!([{"code": "dates-unreadable"}, warning(title, 1)]), "/warnings"),
    ] {
        let tampered = told(warnings).await.unwrap_err();
        assert_eq!((tampered.position.0, tampered.defence), (5, Defence::Rules));
        assert!(tampered.what.contains(says), "{tampered}");
    }
}

#[tokio::test]
async fn an_act_of_another_version_or_state_is_refused_again() {
    check(8, "stale-version", |entry| entry.data["version"] = json!(1)).await;
    check(7, "/was", |entry| entry.data["was"] = json!("submitted")).await;
    check(6, "unknown-submission", |entry| {
        let other = crate::ground::submission(9);
        (entry.data["submission_id"], entry.stream) = (json!(other), format!("submission-{other}"));
    })
    .await;
}

#[tokio::test]
async fn an_event_in_the_stream_of_something_else_is_told() {
    check(8, "stream of something else", |entry| {
        entry.stream = format!("submission-{}", crate::ground::submission(2));
    })
    .await;
}

#[tokio::test]
async fn data_that_svod_would_have_written_otherwise_are_told() {
    check(8, "not written as svod writes them", |entry| entry.data["x"] = json!(1)).await;
    check(9, "no rule decides", |entry| entry.kind = "nothing-happened".into()).await;
}

#[tokio::test]
async fn a_message_is_answered_once() {
    check(8, "answered before", |entry| entry.message.as_mut().unwrap().id = "5".into()).await;
}

#[tokio::test]
async fn a_close_selects_what_the_log_yields() {
    check(13, "/included", |entry| entry.data["included"][0]["version"] = json!(1)).await;
    check(13, "/left_out", |entry| {
        entry.data["left_out"].as_array_mut().unwrap().pop();
    })
    .await;
}

#[tokio::test]
async fn a_close_says_what_the_ledger_was() {
    for (field, value, says) in [
        ("root", json!("0".repeat(64)), "position or root"),
        ("position", json!(7), "position or root"),
        ("streams", json!(1), "of the streams"),
        ("streams_root", json!("0".repeat(64)), "of the streams"),
        ("state_root", json!("0".repeat(64)), "of its records"),
    ] {
        check(13, says, |entry| entry.data["attested"][field] = value.clone()).await;
    }
    check(13, "does not say", |entry| {
        entry.data.as_object_mut().unwrap().remove("attested");
    })
    .await;
}

#[tokio::test]
async fn a_close_at_another_moment_than_it_says_is_told() {
    check(13, "", |entry| {
        entry.data["closed_at"] = json!("2020-06-02T00:00:00Z");
        entry.valid_at = Some("2020-06-02T00:00:00Z".into());
    })
    .await;
    check(13, "does not hold from the moment", |entry| entry.valid_at = Some("2020-06-02T00:00:00Z".into()))
        .await;
}

#[tokio::test]
async fn what_came_after_the_close_is_refused_again() {
    let ground = busy().await;
    // Without the reopening at 14 nothing behind it may stand.
    let copy = forged(&ground.store, |forged| (forged.position != 14).then_some(forged)).await;
    let tampered = verdict(&copy).await.unwrap_err();
    assert_eq!((tampered.position.0, tampered.defence), (14, Defence::Rules));
    assert!(tampered.what.contains("quarter-closed"), "{tampered}");
}

#[tokio::test]
async fn two_acts_in_the_wrong_order_are_told() {
    let ground = busy().await;
    let mut kept = None;
    // The return at 6 stands behind the correction at 7 that answered to it.
    let copy = forged(&ground.store, |forged| match forged.position {
        6 => {
            kept = Some(forged);
            None
        }
        _in_its_place => Some(forged),
    })
    .await;
    assert!(kept.is_some());
    let tampered = verdict(&copy).await.unwrap_err();
    assert_eq!(tampered.position.0, 6);
    assert!(tampered.what.contains("/was"), "{tampered}");
}

#[tokio::test]
async fn terms_of_a_quarter_are_counted_again_unless_they_name_another_calendar() {
    let ground = Ground::new().await;
    ground.clock.set("2020-07-02T00:00:00Z");
    let open = |id: &str, data: Value| crate::ground::Message {
        id: id.into(),
        kind: "svod.quarter.open.v1",
        data,
        actor: crate::ground::operator(),
    };
    let given = [
        open("1", json!({"quarter": "2020-Q3"})),
        open("2", json!({"quarter": "2020-Q4", "close_at": "2021-01-10T00:00:00Z"})),
        open("3", json!({"quarter": "2021-Q1", "submit_by": "2021-04-01T00:00:00Z"})),
        open("4", json!({"quarter": "2019-Q1"})),
    ];
    recorded(&ground.engine, &given).await;
    assert_eq!(verdict(&ground.store).await.map(|ruled| ruled.other_rules), Ok(0));
    for (field, other_rules) in [("calendar", Ok(1)), ("submit_day", Err(()))] {
        let copy = forged(&ground.store, |mut forged| {
            if forged.position == 5 {
                forged.data["derivation"][field] = json!("2020-10-01");
            }
            Some(forged)
        })
        .await;
        assert_eq!(
            verdict(&copy).await.map(|ruled| ruled.other_rules).map_err(|_| ()),
            other_rules,
            "{field}"
        );
    }
}
