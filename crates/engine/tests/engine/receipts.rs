//! What a receipt says.

use serde_json::{Value, json};
use svod_domain::{ReasonCode, Version};
use svod_engine::receipt::{ReceiptWarning, Verdict};
use svod_engine::{RECEIPT_TYPE, receipt_schema};
use svod_log::{EventLog as _, Position};

use crate::ground::{
    DESNOGORSK, Ground, Message, SMOLENSK, VYAZMA, answer, approve, close, correct, hand_back, log,
    municipality, nothing, operator, quarter, receipt, recorded, reopen, said, submission, submit, time,
    withdraw,
};

#[tokio::test]
async fn a_receipt_of_a_filing_tells_where_it_stands() {
    let ground = Ground::new().await;
    let said = receipt(&ground.engine, &submit("1", SMOLENSK, 1)).await;
    assert_eq!(said.outcome, Verdict::Recorded);
    assert_eq!(said.message_id.as_deref(), Some("1"));
    assert_eq!(said.message_source.as_deref(), Some("/test"));
    assert_eq!(said.received_at, time("2020-06-01T09:00:00Z"));
    assert_eq!(said.submission_id, Some(submission(1)));
    assert_eq!(said.quarter, Some(quarter("2020-Q2")));
    assert_eq!(said.version, Some(Version(1)));
    assert_eq!(said.late, Some(false));
    assert_eq!(said.warnings, []);
    assert_eq!(said.position, Some(5), "three municipalities and the quarter stand before it");
    assert_eq!((said.code, said.detail, said.action, said.pointer), (None, None, None, None));
}

#[tokio::test]
async fn a_receipt_is_a_cloud_event_of_its_schema_for_its_sender() {
    let ground = Ground::new().await;
    let answered = answer(&ground.engine, &submit("1", SMOLENSK, 1)).await;
    let event: Value = serde_json::from_slice(&answered.receipt).unwrap();
    assert_eq!(event["specversion"], "1.0");
    assert_eq!(event["type"], RECEIPT_TYPE);
    assert_eq!(event["source"], "/svod/test");
    assert_eq!(event["subject"], "m-66701000");
    assert_eq!(event["time"], "2020-06-01T09:00:00Z");
    assert_eq!(event["datacontenttype"], "application/json");
    let schema = jsonschema::options().should_validate_formats(true).build(&receipt_schema()).unwrap();
    assert!(schema.is_valid(&event["data"]), "{event}");
}

#[tokio::test]
async fn a_receipt_tells_the_moment_that_the_log_keeps() {
    let ground = Ground::new().await;
    ground.clock.set("2020-06-01T09:00:00.123456789Z");
    let said = receipt(&ground.engine, &submit("1", SMOLENSK, 1)).await;
    let entry = &ground.store.read(Position(4), 1).await.unwrap()[0];
    assert_eq!(said.received_at, entry.recorded_at);
}

#[tokio::test]
async fn the_position_in_a_receipt_is_that_of_the_event_that_the_message_caused() {
    let ground = Ground::new().await;
    let messages: Vec<Message> = (0..40).map(|n| submit(&format!("id-{n}"), SMOLENSK, n)).collect();
    let incoming = messages.iter().map(Message::incoming).collect();
    let entries = async || log(&ground.store).await;
    for answered in ground.engine.answer_all(incoming).await.unwrap() {
        let said = said(&answered);
        let position = usize::try_from(said.position.unwrap()).unwrap();
        let entry = entries().await.swap_remove(position - 1);
        assert_eq!(Some(entry.message.clone().unwrap().id), said.message_id);
    }
}

#[tokio::test]
async fn versions_go_up_with_corrections_and_are_told_with_every_act() {
    let ground = Ground::new().await;
    let versions = async |message: Message| receipt(&ground.engine, &message).await.version.map(|v| v.0);
    assert_eq!(versions(submit("1", SMOLENSK, 1)).await, Some(1));
    assert_eq!(versions(hand_back("2", 1, 1)).await, Some(1));
    assert_eq!(versions(correct("3", SMOLENSK, 1, 1)).await, Some(2));
    assert_eq!(versions(approve("4", 1, 2)).await, Some(2));
    assert_eq!(versions(submit("5", SMOLENSK, 2)).await, Some(1));
    assert_eq!(versions(withdraw("6", SMOLENSK, 2, 1)).await, Some(1));
    assert_eq!(versions(nothing("7", VYAZMA)).await, None);
}

#[tokio::test]
async fn what_comes_after_the_deadline_is_late_and_what_comes_at_it_is_not() {
    let ground = Ground::new().await;
    ground.clock.set("2020-07-07T15:00:00Z");
    assert_eq!(receipt(&ground.engine, &submit("1", SMOLENSK, 1)).await.late, Some(false));
    ground.clock.set("2020-07-07T15:00:00.000001Z");
    assert_eq!(receipt(&ground.engine, &submit("2", SMOLENSK, 2)).await.late, Some(true));
    assert_eq!(receipt(&ground.engine, &nothing("3", VYAZMA)).await.late, Some(true));
}

#[tokio::test]
async fn a_clock_that_goes_back_does_not_take_the_log_with_it() {
    let ground = Ground::new().await;
    ground.clock.set("2020-06-05T00:00:00Z");
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1)]).await;
    ground.clock.set("2020-06-04T00:00:00Z");
    let said = receipt(&ground.engine, &submit("2", SMOLENSK, 2)).await;
    assert_eq!(said.received_at, time("2020-06-05T00:00:00Z"));
}

#[tokio::test]
async fn dates_outside_the_quarter_and_unreadable_dates_are_warned_of_with_their_place() {
    let ground = Ground::new().await;
    let mut outside = submit("1", SMOLENSK, 1);
    outside.data["activity"]["dates"] = json!([
        {"from": "2020-06-01", "to": "2020-06-02"}, {"from": "2020-07-01", "to": "2020-07-01"},
    ]);
    let warning = |code: &str, pointer: &str| ReceiptWarning {
        code: code.into(),
        detail: format!("mind: {code}"),
        pointer: Some(pointer.into()),
    };
    let said = receipt(&ground.engine, &outside).await;
    assert_eq!(said.warnings, [warning("dates-outside-quarter", "/data/activity/dates/1")]);

    let mut unread = submit("2", SMOLENSK, 2);
    unread.data["activity"]["dates"] = json!([]);
    unread.data["activity"]["dates_text"] = json!("на Пасху");
    let said = receipt(&ground.engine, &unread).await;
    assert_eq!(said.warnings, [warning("dates-unreadable", "/data/activity/dates_text")]);
}

#[tokio::test]
async fn dates_in_words_are_read_where_they_can_be() {
    let ground = Ground::new().await;
    let mut message = submit("1", SMOLENSK, 1);
    message.data["activity"]["dates"] = json!([]);
    message.data["activity"]["dates_text"] = json!("2020-05-09");
    assert_eq!(receipt(&ground.engine, &message).await.warnings, []);
    let mut corrected = correct("2", SMOLENSK, 1, 1);
    corrected.data["activity"] = message.data["activity"].clone();
    recorded(&ground.engine, &[corrected]).await;
    for entry in log(&ground.store).await.into_iter().skip(4) {
        let data: Value = serde_json::from_str(entry.data.get()).unwrap();
        assert_eq!(data["activity"]["dates"], json!([{"from": "2020-05-09", "to": "2020-05-09"}]));
        assert_eq!(data["activity"]["dates_text"], "2020-05-09");
    }
}

/// Sends a message that is refused, and compares what the receipt says of it.
#[track_caller]
fn check_refusal(
    said: &svod_engine::ReceiptData,
    reason: ReasonCode,
    pointer: Option<&str>,
    present: Option<u32>,
) {
    assert_eq!(said.outcome, Verdict::Refused);
    assert_eq!(said.code.as_deref(), Some(reason.as_str()));
    assert_eq!(said.detail, Some(format!("wrong: {}", reason.as_str())));
    assert_eq!(said.action.as_deref(), Some("do otherwise"));
    assert_eq!(said.pointer.as_deref(), pointer, "{reason:?}");
    assert_eq!(said.present_version.map(|version| version.0), present, "{reason:?}");
    assert_eq!((said.position, said.version), (None, None), "a refusal stands nowhere");
}

#[tokio::test]
async fn a_refusal_tells_what_is_wrong_where_and_what_to_do() {
    let ground = Ground::new().await;
    let engine = &ground.engine;
    recorded(engine, &[submit("1", SMOLENSK, 1), correct("2", SMOLENSK, 1, 1), submit("3", VYAZMA, 3)]).await;
    let not_theirs = Message { actor: municipality(VYAZMA), ..submit("4", SMOLENSK, 4) };
    let unopened = {
        let mut message = submit("5", SMOLENSK, 5);
        message.data["quarter"] = json!("2020-Q3");
        message
    };
    let never_opened = {
        let mut message = close("6");
        message.data["quarter"] = json!("2019-Q1");
        message
    };
    for (message, reason, pointer, present) in [
        (approve("7", 1, 1), ReasonCode::StaleVersion, Some("/data/version"), Some(2)),
        (approve("8", 9, 1), ReasonCode::UnknownSubmission, Some("/data/submission_id"), None),
        (submit("9", SMOLENSK, 1), ReasonCode::AlreadyExists, None, None),
        (not_theirs, ReasonCode::NotPermitted, None, None),
        (nothing("10", VYAZMA), ReasonCode::HasSubmissions, None, None),
        (unopened, ReasonCode::QuarterNotOpen, Some("/data/quarter"), None),
        (never_opened, ReasonCode::UnknownQuarter, Some("/data/quarter"), None),
        (reopen("11", "2020-08-01T00:00:00Z"), ReasonCode::WrongState, None, None),
    ] {
        let said = receipt(engine, &message).await;
        check_refusal(&said, reason, pointer, present);
    }
    recorded(engine, &[approve("12", 1, 2)]).await;
    let said = receipt(engine, &correct("13", SMOLENSK, 1, 2)).await;
    check_refusal(&said, ReasonCode::WrongState, None, Some(2));
    recorded(engine, &[close("14")]).await;
    let said = receipt(engine, &submit("15", DESNOGORSK, 15)).await;
    check_refusal(&said, ReasonCode::QuarterClosed, None, None);
    assert_eq!(said.quarter, Some(quarter("2020-Q2")));
}

#[tokio::test]
async fn nobody_approves_what_they_filed_themselves() {
    let ground = Ground::new().await;
    let both = svod_domain::Actor {
        name: "both".into(),
        roles: [municipality(SMOLENSK).roles, crate::ground::reviewer().roles].concat(),
    };
    recorded(&ground.engine, &[Message { actor: both.clone(), ..submit("1", SMOLENSK, 1) }]).await;
    let own = Message { actor: both, ..approve("2", 1, 1) };
    check_refusal(&receipt(&ground.engine, &own).await, ReasonCode::OwnSubmission, None, None);
    recorded(&ground.engine, &[approve("3", 1, 1)]).await;
}

#[tokio::test]
async fn an_unknown_municipality_is_refused_with_its_place() {
    let ground = Ground::new().await;
    let said = receipt(&ground.engine, &submit("1", "66999000", 1)).await;
    check_refusal(&said, ReasonCode::UnknownMunicipality, Some("/data/municipality"), None);
    assert_eq!(said.submission_id, Some(submission(1)));
}

#[tokio::test]
async fn the_actor_and_the_role_stand_in_the_log() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1), approve("2", 1, 1), close("3")]).await;
    let actors: Vec<(String, String)> = log(&ground.store)
        .await
        .into_iter()
        .map(|entry| (entry.actor.name.clone(), entry.actor.role.clone()))
        .collect();
    let expected = [
        (operator().name, "operator".to_owned()),
        ("svod".to_owned(), "service".to_owned()),
        ("m-66701000".to_owned(), "municipality:66701000".to_owned()),
        ("r-1".to_owned(), "reviewer".to_owned()),
        ("o-1".to_owned(), "operator".to_owned()),
    ];
    assert_eq!(actors[2..], expected);
}
