//! Examples of messages: the samples that the domain is held to, each in its envelope.

use serde_json::{Value, json};

macro_rules! samples {
    // A macro, because `include_str!` takes only literals.
    ($folder:literal: $($name:literal,)+) => {
        &[$(($name, include_str!(concat!("../../../domain/formats/", $folder, $name, ".json"))),)+]
    };
}

const COMMANDS: &[(&str, &str)] = samples! { "commands/":
    "svod.activity.submit.v1",
    "svod.activity.correct.v1",
    "svod.activity.withdraw.v1",
    "svod.activity.none.v1",
    "svod.review.return.v1",
    "svod.review.approve.v1",
    "svod.review.revoke.v1",
    "svod.quarter.open.v1",
    "svod.quarter.move.v1",
    "svod.quarter.close.v1",
    "svod.quarter.reopen.v1",
    "svod.municipality.register.v1",
    "svod.municipality.rename.v1",
    "svod.municipality.retire.v1",
};

const EVENTS: &[(&str, &str)] = samples! { "":
    "activity-submitted.v1",
    "activity-corrected.v1",
    "activity-returned.v1",
    "activity-approved.v1",
    "approval-revoked.v1",
    "activity-withdrawn.v1",
    "nothing-declared.v1",
    "quarter-opened.v1",
    "quarter-moved.v1",
    "quarter-selected.v1",
    "quarter-closed.v1",
    "quarter-reopened.v1",
    "report-built.v1",
    "erasure-requested.v1",
    "person-erased.v1",
    "erasure-completed.v1",
    "municipality-registered.v1",
    "municipality-renamed.v1",
    "municipality-retired.v1",
};

const RECEIPTS: &str = include_str!("../../contract/receipts.json");

fn find(samples: &[(&str, &str)], name: &str) -> Option<Value> {
    let (_, text) = samples.iter().find(|(known, _)| *known == name)?;
    Some(serde_json::from_str(text).expect("the samples are checked by the domain's tests"))
}

/// An order of this type.
pub(super) fn command(kind: &str) -> Option<Value> {
    let data = find(COMMANDS, kind)?;
    Some(json!({
        "specversion": "1.0",
        "id": "2020-Q2/0042",
        "source": "/smolensk/office-7",
        "type": kind,
        "time": "2020-07-06T09:30:00Z",
        "datacontenttype": "application/json",
        "data": data,
    }))
}

/// An event of this name.
pub(super) fn event(name: &str, kind: &str) -> Option<Value> {
    let data = find(EVENTS, &format!("{name}.v1"))?;
    Some(json!({
        "specversion": "1.0",
        "id": "5c0a6d0e-5a3f-5d0b-8a53-1f2f6e0c9b11",
        "source": "svod",
        "type": kind,
        "time": "2020-07-06T09:30:00.120934Z",
        "datacontenttype": "application/json",
        "position": 1_042,
        "stream": stream(name, &data),
        "data": data,
    }))
}

/// The stream that such an event belongs to.
fn stream(name: &str, data: &Value) -> String {
    let field = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
    match name.split_once('-') {
        Some(("report", _)) => format!("report-{}", field("quarter")),
        Some(("quarter", _)) => format!("quarter-{}", field("quarter")),
        Some(("municipality", _)) => format!("municipality-{}", field("municipality")),
        Some(("nothing", _)) => format!("nil-{}-{}", field("quarter"), field("municipality")),
        _ => format!("submission-{}", field("submission_id")),
    }
}

/// A receipt of each outcome.
pub(super) fn receipts() -> Vec<Value> {
    serde_json::from_str(RECEIPTS).expect("the file is an array in JSON")
}
