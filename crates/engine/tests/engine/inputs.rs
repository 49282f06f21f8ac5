//! What a report is made of: the same from the log and from the views, in the order of printing.

use serde_json::{Value, json};
use svod_domain::{Edition, Event};
use svod_engine::{AsOf, EngineError, Happened, ReportInputs, ReportStatus, edition_inputs};
use svod_log::{EventLog as _, MemoryStore, NewEvent};

use crate::ground::{
    DESNOGORSK, Ground, Message, SMOLENSK, VYAZMA, append_of, approve, close, correct, log, new_event,
    operator, quarter, recorded, reopen, submission, submit, time, withdraw,
};

const FIRST: Edition = Edition::FIRST;

async fn edition(ground: &Ground, edition: Edition) -> ReportInputs {
    edition_inputs(&ground.store, quarter("2020-Q2"), edition).await.unwrap().unwrap()
}

/// What a preview at the moment of an edition would have shown.
async fn preview_at(ground: &Ground, inputs: &ReportInputs) -> ReportInputs {
    let reader = ground.engine.reader(Some(AsOf::Position(inputs.position))).await.unwrap();
    reader.report_inputs(quarter("2020-Q2")).await.unwrap().unwrap()
}

/// A filing with these dates.
fn dated(id: &str, code: &str, number: u32, dates: Value) -> Message {
    let mut message = submit(id, code, number);
    message.data["activity"]["dates"] = dates;
    message.data["activity"]["dates_text"] = json!("как вышло");
    message
}

fn day(day: &str) -> Value {
    json!([{"from": day, "to": day}])
}

/// Headings, and under each the numbers of its submissions.
fn printed(inputs: &ReportInputs) -> Vec<(String, Vec<u128>)> {
    let number = |record: &svod_engine::ReportRecord| record.submission_id.0.as_u128() & 0xffff_ffff;
    let section = |section: &svod_engine::ReportSection| {
        (section.heading.clone(), section.records.iter().map(number).collect())
    };
    inputs.sections.iter().map(section).collect()
}

#[tokio::test]
async fn records_are_in_the_order_of_the_register_then_of_days_then_of_recording_undated_last() {
    let ground = Ground::new().await;
    recorded(
        &ground.engine,
        &[
            dated("1", VYAZMA, 1, day("2020-04-01")),
            dated("2", SMOLENSK, 6, json!([])),
            dated("3", SMOLENSK, 5, day("2020-06-05")),
            dated("4", SMOLENSK, 4, json!([{"from": "2020-06-20", "to": "2020-06-20"}, {"from": "2020-06-04", "to": "2020-06-30"}])),
            dated("5", SMOLENSK, 3, day("2020-06-05")),
            dated("6", SMOLENSK, 2, json!([])),
            dated("7", SMOLENSK, 7, day("2020-05-09")),
        ],
    )
    .await;
    // Neither the order of approval nor that of ids is the order of printing.
    for number in [6, 5, 1, 7, 4, 3, 2] {
        recorded(&ground.engine, &[approve(&format!("approve-{number}"), number, 1)]).await;
    }
    recorded(&ground.engine, &[close("close")]).await;
    let inputs = edition(&ground, FIRST).await;
    let expected = [
        ("Муниципальное образование «Смоленск»".to_owned(), vec![7, 4, 5, 3, 6, 2]),
        ("Муниципальное образование «Вяземский район»".to_owned(), vec![1]),
    ];
    assert_eq!(printed(&inputs), expected);
}

#[tokio::test]
async fn an_edition_is_what_a_preview_at_its_close_shows() {
    let ground = Ground::new().await;
    recorded(
        &ground.engine,
        &[
            submit("1", SMOLENSK, 1),
            submit("2", VYAZMA, 2),
            correct("3", VYAZMA, 2, 1),
            submit("4", DESNOGORSK, 4),
            submit("5", DESNOGORSK, 5),
            withdraw("6", DESNOGORSK, 5, 1),
            approve("7", 1, 1),
            approve("8", 2, 2),
            close("9"),
        ],
    )
    .await;
    let inputs = edition(&ground, FIRST).await;
    let closed_at = time("2020-06-01T09:00:00Z");
    assert_eq!(inputs.status, ReportStatus::Edition { edition: FIRST, closed_at });
    assert_eq!(inputs.position.0, 4 + 9);
    assert_eq!(inputs.sections[1].records[0].version.0, 2);
    let preview = preview_at(&ground, &inputs).await;
    assert_eq!(preview.status, ReportStatus::Preview);
    // What the close says of the log before it, no preview can say.
    assert_eq!((&preview.attested, inputs.attested.is_some()), (&None, true));
    assert_eq!(ReportInputs { status: inputs.status, attested: inputs.attested.clone(), ..preview }, inputs);
}

#[tokio::test]
async fn an_earlier_edition_stays_as_it_was_after_the_next() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1), approve("2", 1, 1), submit("3", VYAZMA, 3)]).await;
    recorded(&ground.engine, &[close("4")]).await;
    let first = edition(&ground, FIRST).await;
    let revoke = Message {
        kind: "svod.review.revoke.v1",
        data: json!({"submission_id": submission(1), "version": 1, "reason": "не то"}),
        ..approve("6", 1, 1)
    };
    recorded(&ground.engine, &[reopen("5", "2020-08-01T00:00:00Z"), revoke, approve("7", 3, 1)]).await;
    recorded(&ground.engine, &[close("8")]).await;
    assert_eq!(edition(&ground, FIRST).await, first);
    assert_eq!(printed(&first), [("Муниципальное образование «Смоленск»".to_owned(), vec![1])]);
    let second = edition(&ground, Edition(2)).await;
    assert_eq!(printed(&second), [("Муниципальное образование «Вяземский район»".to_owned(), vec![3])]);
    assert!(edition_inputs(&ground.store, quarter("2020-Q2"), Edition(3)).await.unwrap().is_none());
    assert!(edition_inputs(&ground.store, quarter("2019-Q2"), FIRST).await.unwrap().is_none());
}

fn rename(id: &str, name: &str, from: &str) -> Message {
    let data = json!({"municipality": VYAZMA, "short_name": name, "report_heading": name, "from": from});
    Message { id: id.into(), kind: "svod.municipality.rename.v1", data, actor: operator() }
}

#[tokio::test]
async fn a_section_bears_the_name_of_its_quarter_as_it_was_known_at_the_close() {
    let ground = Ground::new().await;
    recorded(
        &ground.engine,
        &[
            submit("1", VYAZMA, 1),
            approve("2", 1, 1),
            rename("3", "Вяземский округ", "2020-06-30"),
            rename("4", "Город Вязьма", "2020-07-01"),
            close("5"),
        ],
    )
    .await;
    assert_eq!(edition(&ground, FIRST).await.sections[0].heading, "Вяземский округ");
    // What is learned after the close changes no edition.
    recorded(&ground.engine, &[rename("6", "Вязьма", "2020-06-01"), rename("7", "Вязьма", "2020-06-30")])
        .await;
    assert_eq!(edition(&ground, FIRST).await.sections[0].heading, "Вяземский округ");
}

#[tokio::test]
async fn a_selection_in_parts_is_read_whole() {
    const COUNT: u32 = 1_201;
    let ground = Ground::new().await;
    let filings =
        (0..COUNT).map(|n| submit(&format!("s{n}"), [SMOLENSK, VYAZMA][n as usize % 2], n).incoming());
    ground.engine.answer_all(filings.collect()).await.unwrap();
    let approvals = (0..COUNT).map(|n| approve(&format!("a{n}"), n, 1).incoming());
    ground.engine.answer_all(approvals.collect()).await.unwrap();
    recorded(&ground.engine, &[close("close")]).await;
    let kinds = crate::ground::kinds_after(&ground.store, u64::from(4 + 2 * COUNT)).await;
    assert_eq!(kinds, ["quarter-selected", "quarter-selected", "quarter-closed"]);
    let inputs = edition(&ground, FIRST).await;
    let records: usize = inputs.sections.iter().map(|section| section.records.len()).sum();
    assert_eq!(records, COUNT as usize);
    assert_eq!(inputs.position.0, log(&ground.store).await.len() as u64, "the place of the close itself");
    let preview = preview_at(&ground, &inputs).await;
    assert_eq!(preview.sections, inputs.sections);
}

/// The same log, with one event changed on the way.
async fn forged(store: &MemoryStore, forge: impl Fn(Event) -> Event) -> MemoryStore {
    let copy = MemoryStore::new();
    for entry in log(store).await {
        let event = forge(Event::read(&entry.kind, entry.data.get()).unwrap().unwrap());
        let event = NewEvent { data: event.data().unwrap(), ..new_event(&entry) };
        let append = append_of(&entry, event);
        copy.append(&[append]).await.unwrap();
    }
    copy
}

#[tokio::test]
async fn a_selection_that_the_log_does_not_yield_makes_no_document() {
    let ground = Ground::new().await;
    recorded(
        &ground.engine,
        &[submit("1", SMOLENSK, 1), approve("2", 1, 1), submit("3", VYAZMA, 3), close("4")],
    )
    .await;
    let with_another = forged(&ground.store, |event| match event {
        Event::QuarterClosed(mut closed) => {
            closed.included[0].submission_id = submission(3);
            closed.into()
        }
        other => other,
    })
    .await;
    let made = edition_inputs(&with_another, quarter("2020-Q2"), FIRST).await;
    assert!(
        matches!(made, Err(EngineError::ImpossibleHistory { position, .. }) if position.0 == 8),
        "{made:?}"
    );
    let untouched = forged(&ground.store, |event| event).await;
    assert_eq!(
        edition_inputs(&untouched, quarter("2020-Q2"), FIRST).await.unwrap(),
        Some(edition(&ground, FIRST).await)
    );
    assert!(log(&untouched).await.into_iter().all(|entry| Happened::decode(entry).is_ok()));
}
