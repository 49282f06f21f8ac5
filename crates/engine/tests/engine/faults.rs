//! Data that do not match the schema of their type: refused with the place of the fault.

use serde_json::{Value, json};
use svod_domain::{Command, ReasonCode};
use svod_engine::{Incoming, Outcome, Sender};

use crate::ground::{Ground, activity, log, operator, said, submission};

/// Valid data of every type.
fn valid(kind: &str) -> Value {
    let version = json!({"submission_id": submission(1), "version": 1});
    let with = |more: Value| {
        let mut data = version.clone();
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        data
    };
    let names = json!({"municipality": "66605000", "short_name": "Вязьма", "report_heading": "Район",
        "from": "2024-12-31"});
    match kind {
        "svod.activity.submit.v1" => json!({"submission_id": submission(1), "municipality": "66605000",
            "quarter": "2020-Q2", "activity": activity("2020-06-05")}),
        "svod.activity.correct.v1" => with(json!({"activity": activity("2020-06-05"), "note": "исправлено"})),
        "svod.activity.withdraw.v1" | "svod.review.revoke.v1" => with(json!({"reason": "ошибка"})),
        "svod.activity.none.v1" => json!({"municipality": "66605000", "quarter": "2020-Q2"}),
        "svod.review.return.v1" => with(json!({"remarks": [{"field": "dates", "text": "уточните"}]})),
        "svod.review.approve.v1" => version,
        "svod.quarter.open.v1" => json!({"quarter": "2020-Q3", "submit_by": "2020-10-07T15:00:00Z"}),
        "svod.quarter.close.v1" => json!({"quarter": "2020-Q2", "reason": "x"}),
        "svod.quarter.move.v1" | "svod.quarter.reopen.v1" => {
            json!({"quarter": "2020-Q2", "close_at": "2020-07-20T15:00:00Z", "reason": "x"})
        }
        "svod.municipality.register.v1" => {
            let mut data = names;
            data["order"] = json!(4);
            data
        }
        "svod.municipality.rename.v1" => names,
        "svod.municipality.retire.v1" => {
            json!({"municipality": "66605000", "from": "2025-01-01", "successor": "66505000"})
        }
        other => panic!("no valid data of {other}: a new type needs its row here and in the table"),
    }
}

/// Type, place below the data, what is put there (`null` in the table's last column: the field is taken away).
const FAULTS: &[(&str, &str, &str)] = &[
    ("svod.activity.submit.v1", "/submission_id", "\"1\""),
    ("svod.activity.submit.v1", "/quarter", "\"2020-Q0\""),
    ("svod.activity.submit.v1", "/municipality", "66605000"),
    ("svod.activity.submit.v1", "/activity/content", "\"\""),
    ("svod.activity.submit.v1", "/activity/countries", "[\"Польша\"]"),
    ("svod.activity.submit.v1", "/activity/dates/0/to", "\"2020-6-5\""),
    ("svod.activity.submit.v1", "/activity/colour", "1"),
    ("svod.activity.submit.v1", "/activity/title", ""),
    ("svod.activity.correct.v1", "/version", "0"),
    ("svod.activity.correct.v1", "/version", "\"1\""),
    ("svod.activity.correct.v1", "/activity", "null"),
    ("svod.activity.correct.v1", "/note", "[]"),
    ("svod.activity.withdraw.v1", "/reason", "\" \""),
    ("svod.activity.withdraw.v1", "/reason", ""),
    ("svod.activity.withdraw.v1", "/version", "-1"),
    ("svod.activity.none.v1", "/municipality", "\"6660500a\""),
    ("svod.activity.none.v1", "/quarter", ""),
    ("svod.activity.none.v1", "/reason", "\"нет\""),
    ("svod.review.return.v1", "/remarks", "[]"),
    ("svod.review.return.v1", "/remarks/0/text", ""),
    ("svod.review.return.v1", "/remarks/0/field", "\"\""),
    ("svod.review.return.v1", "/submission_id", "null"),
    ("svod.review.approve.v1", "/version", ""),
    ("svod.review.approve.v1", "/version", "null"),
    ("svod.review.approve.v1", "/note", "\"хорошо\""),
    ("svod.review.revoke.v1", "/reason", "7"),
    ("svod.review.revoke.v1", "/submission_id", "\"0192f0c1\""),
    ("svod.review.revoke.v1", "/version", "1.5"),
    ("svod.quarter.open.v1", "/submit_by", "\"7 октября\""),
    ("svod.quarter.open.v1", "/close_at", "\"2020-10-14\""),
    ("svod.quarter.open.v1", "/quarter", "\"2020\""),
    ("svod.quarter.move.v1", "/reason", ""),
    ("svod.quarter.move.v1", "/close_at", "\"2020-07-20 15:00\""),
    ("svod.quarter.move.v1", "/quarter", "\"1800-Q1\""),
    ("svod.quarter.close.v1", "/reason", ""),
    ("svod.quarter.close.v1", "/close_at", "\"2020-07-20T15:00:00Z\""),
    ("svod.quarter.close.v1", "/quarter", "2"),
    ("svod.quarter.reopen.v1", "/close_at", ""),
    ("svod.quarter.reopen.v1", "/close_at", "\"2020-07-20T25:00:00Z\""),
    ("svod.quarter.reopen.v1", "/reason", "\"\""),
    ("svod.municipality.register.v1", "/order", "0"),
    ("svod.municipality.register.v1", "/from", "\"2024-02-30\""),
    ("svod.municipality.register.v1", "/report_heading", "\"\\n\""),
    ("svod.municipality.register.v1", "/order", "\"4\""),
    ("svod.municipality.rename.v1", "/short_name", ""),
    ("svod.municipality.rename.v1", "/from", "\"31.12.2024\""),
    ("svod.municipality.rename.v1", "/order", "4"),
    ("svod.municipality.retire.v1", "/successor", "\"Вязьма\""),
    ("svod.municipality.retire.v1", "/from", ""),
    ("svod.municipality.retire.v1", "/from", "20250101"),
];

fn spoil(data: &mut Value, place: &str, with: &str) {
    let (parent, field) = place.rsplit_once('/').unwrap();
    let parent = data.pointer_mut(parent).unwrap();
    if with.is_empty() {
        parent.as_object_mut().unwrap().remove(field).unwrap();
    } else {
        parent[field] = serde_json::from_str(with).unwrap();
    }
}

fn message(id: usize, kind: &str, data: &Value) -> Incoming {
    let event =
        json!({"specversion": "1.0", "id": id.to_string(), "source": "/test", "type": kind, "data": data});
    Incoming { body: event.to_string().into_bytes(), sender: Sender::Principal(operator()) }
}

#[tokio::test]
async fn each_fault_is_refused_with_its_place_and_changes_nothing() {
    let ground = Ground::new().await;
    for (id, (kind, place, with)) in FAULTS.iter().enumerate() {
        let mut data = valid(kind);
        spoil(&mut data, place, with);
        let answered = ground.engine.answer(message(id, kind, &data)).await.unwrap();
        assert_eq!(answered.outcome, Outcome::Refused(ReasonCode::Schema), "{kind} {place} {with}");
        let pointer = said(&answered).pointer.unwrap();
        // An item of a list is named by its own place, below that of the list.
        let found = format!("{pointer}/").starts_with(&format!("/data{place}/"));
        assert!(found, "{kind} {place} {with} is told as {pointer}");
        assert!(!answered.unreadable);
    }
    assert_eq!(log(&ground.store).await.len(), 4);
}

#[tokio::test]
async fn every_type_is_in_the_table_at_least_three_times_and_its_valid_data_pass() {
    let ground = Ground::new().await;
    for (id, kind) in Command::TYPES.iter().enumerate() {
        assert!(FAULTS.iter().filter(|(other, ..)| other == kind).count() >= 3, "{kind}");
        let answered = ground.engine.answer(message(id, kind, &valid(kind))).await.unwrap();
        assert_ne!(answered.outcome, Outcome::Refused(ReasonCode::Schema), "{kind}");
    }
}

#[tokio::test]
async fn what_the_schema_lets_through_and_the_type_does_not_is_refused_and_breaks_nothing() {
    let ground = Ground::new().await;
    for (id, version) in ["4294967296", "1.0"].into_iter().enumerate() {
        let mut data = valid("svod.review.approve.v1");
        spoil(&mut data, "/version", version);
        let answered = ground.engine.answer(message(id, "svod.review.approve.v1", &data)).await.unwrap();
        assert_eq!(answered.outcome, Outcome::Refused(ReasonCode::Schema), "{version}");
        assert_eq!(said(&answered).pointer.as_deref(), Some("/data"));
    }
}

#[tokio::test]
async fn what_no_schema_can_say_is_refused_like_it() {
    let ground = Ground::new().await;
    for (id, (place, with, pointer)) in [
        ("/activity/dates", "[]", "/data/activity/dates"),
        ("/activity/dates/0/to", "\"2020-06-04\"", "/data/activity/dates/0/to"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut data = valid("svod.activity.submit.v1");
        spoil(&mut data, place, with);
        let sender = Sender::Principal(crate::ground::municipality("66605000"));
        let incoming = Incoming { sender, ..message(id, "svod.activity.submit.v1", &data) };
        let answered = ground.engine.answer(incoming).await.unwrap();
        assert_eq!(answered.outcome, Outcome::Refused(ReasonCode::Schema));
        assert_eq!(said(&answered).pointer.as_deref(), Some(pointer));
    }
}
