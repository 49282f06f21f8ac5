//! Texts of messages and orders: guarded before any rule is asked, told in the receipt and in the event, sealed as guarded.

use std::sync::Arc;

use serde_json::{Value, json};
use svod_domain::command::CloseQuarter;
use svod_domain::{Command, Refusal, Warning};
use svod_engine::audit::verify_rules;
use svod_engine::receipt::ReceiptWarning;

use crate::audit::rules;
use crate::ground::{
    Ground, Message, SMOLENSK, code, correct, hand_back, log, operator, quarter, receipt, recorded, register,
    submit, withdraw,
};

fn with(mut message: Message, pointer: &str, value: Value) -> Message {
    *message.data.pointer_mut(pointer).unwrap() = value;
    message
}

/// The data of the last event.
async fn last(ground: &Ground) -> Value {
    let log = log(&ground.store).await;
    serde_json::from_str(log.last().unwrap().data.get()).unwrap()
}

fn warned(pointer: &str) -> Vec<ReceiptWarning> {
    let code = "control-characters-removed".to_owned();
    vec![ReceiptWarning { detail: format!("mind: {code}"), code, pointer: Some(pointer.to_owned()) }]
}

#[tokio::test]
async fn control_characters_are_taken_out_and_both_sides_are_told() {
    let ground = Ground::new().await;
    let sent = with(submit("1", SMOLENSK, 1), "/activity/content", json!("Обсудили\u{b}обмен\u{0}"));
    let told = receipt(&ground.engine, &sent).await;
    assert_eq!((told.code, told.warnings), (None, warned("/data/activity/content")));
    let filed = last(&ground).await;
    assert_eq!(filed["activity"]["content"], "Обсудили\nобмен");
    let warning = json!([{
        "code": "control-characters-removed", "pointer": "/data/activity/content", "removed": 1, "replaced": 1, "at": 9,
    }]);
    assert_eq!(filed["warnings"], warning);
    let store: Arc<dyn svod_log::Store> = Arc::new(ground.store.clone());
    assert!(verify_rules(&store, &rules(), |_| {}).await.unwrap().is_ok());
}

#[tokio::test]
async fn a_message_is_known_by_what_was_sent_and_not_by_what_was_kept() {
    let ground = Ground::new().await;
    let sent = with(submit("1", SMOLENSK, 1), "/activity/content", json!("обмен\u{0}"));
    let first = ground.engine.answer(sent.incoming()).await.unwrap();
    let again = ground.engine.answer(sent.incoming()).await.unwrap();
    assert!(again.repeated && again.receipt == first.receipt);
    let clean = with(submit("1", SMOLENSK, 1), "/activity/content", json!("обмен"));
    assert_eq!(code(&ground.engine, &clean).await.as_deref(), Some("id-reused"));
}

#[tokio::test]
async fn a_text_that_cannot_be_printed_is_refused_and_nothing_is_recorded() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1)]).await;
    let before = log(&ground.store).await.len();
    for (sent, pointer) in [
        (
            with(submit("2", SMOLENSK, 2), "/activity/title", json!("\u{f0b7} Встреча")),
            "/data/activity/title",
        ),
        (
            with(correct("3", SMOLENSK, 1, 1), "/activity/content", json!("\u{1200}")),
            "/data/activity/content",
        ),
        (with(withdraw("4", SMOLENSK, 1, 1), "/reason", json!("\u{378}")), "/data/reason"),
        (with(hand_back("5", 1, 1), "/remarks/0/text", json!("\u{e000}")), "/data/remarks/0/text"),
    ] {
        let told = receipt(&ground.engine, &sent).await;
        assert_eq!(told.code.as_deref(), Some("unprintable-text"), "{pointer}");
        assert_eq!(told.pointer.as_deref(), Some(pointer));
    }
    assert_eq!(log(&ground.store).await.len(), before);
}

#[tokio::test]
async fn a_message_that_tells_of_its_texts_in_no_event_tells_of_them_in_its_receipt() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1)]).await;
    let sent = with(withdraw("2", SMOLENSK, 1, 1), "/reason", json!("ошиб\u{7}ка"));
    assert_eq!(receipt(&ground.engine, &sent).await.warnings, warned("/data/reason"));
    assert_eq!(last(&ground).await["reason"], "ошибка");
}

#[tokio::test]
async fn an_order_that_no_message_carries_is_guarded_too() {
    let ground = Ground::new().await;
    let reason = "всё собрано\u{1b}".to_owned();
    let close = Command::CloseQuarter(CloseQuarter { quarter: quarter("2020-Q2"), reason });
    let ordered = ground.engine.order(operator(), close).await.unwrap().unwrap();
    let warning =
        Warning::ControlCharactersRemoved { pointer: "/data/reason".into(), removed: 1, replaced: 0, at: 12 };
    assert_eq!(ordered.warnings, [warning]);
    assert_eq!(last(&ground).await["reason"], "всё собрано");
    let refused = ground.engine.order(operator(), register("66701001", 9, "\u{1200}")).await.unwrap();
    assert!(matches!(refused, Err(Refusal::UnprintableText { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_person_is_sealed_by_the_guarded_name() {
    let ground = Ground::new().await;
    let naming = |name: &str| json!([{"name": name, "position": "глава"}]);
    let filed = |id: &str, number, name: &str| {
        with(submit(id, SMOLENSK, number), "/activity/participants", naming(name))
    };
    let mut sealed = vec![];
    for (number, name) in [(1, "Йод Ёлкин"), (2, "И\u{306}од Е\u{308}лкин\u{0}")] {
        recorded(&ground.engine, &[filed(&number.to_string(), number, name)]).await;
        sealed.push(last(&ground).await["activity"]["participants"][0].clone());
    }
    // The same disclosures, and so the same digests: the second tells nothing that the first did not.
    assert!(sealed[0]["_sd"].is_array());
    assert_eq!(sealed[0], sealed[1]);
}
