//! What an edition replaces: as it was fixed then, with the reasons since, and only from the second edition on.

use serde_json::json;
use svod_domain::{Edition, MunicipalityCode};
use svod_engine::{ReportInputs, ReportRevision, ReportStatus, edition_inputs};

use crate::ground::{
    DESNOGORSK, Ground, Message, SMOLENSK, VYAZMA, approve, close, correct, quarter, recorded, reopen,
    submission, submit, time,
};

async fn edition(ground: &Ground, edition: u32) -> ReportInputs {
    edition_inputs(&ground.store, quarter("2020-Q2"), Edition(edition)).await.unwrap().unwrap()
}

async fn revision(ground: &Ground, number: u32) -> ReportRevision {
    edition(ground, number).await.revision.unwrap()
}

fn reopened(id: &str, reason: &str) -> Message {
    let mut message = reopen(id, "2020-08-01T00:00:00Z");
    message.data["reason"] = json!(reason);
    message
}

fn revoke(id: &str, number: u32, version: u32) -> Message {
    Message {
        kind: "svod.review.revoke.v1",
        data: json!({"submission_id": submission(number), "version": version, "reason": "не то"}),
        ..approve(id, number, version)
    }
}

/// Headings, and under each the numbers and versions of its submissions.
fn replaced(revision: &ReportRevision) -> Vec<(&str, Vec<(u128, u64)>)> {
    let section = |section: &svod_engine::EarlierSection| {
        let record = |record: &svod_engine::EarlierRecord| {
            (record.submission_id.0.as_u128() & 0xffff_ffff, u64::from(record.version.0))
        };
        section.records.iter().map(record).collect()
    };
    revision.sections.iter().map(|one| (one.heading.as_str(), section(one))).collect()
}

/// Three editions: the second corrects a record and adds one, the third changes nothing.
async fn three_editions() -> Ground {
    let ground = Ground::new().await;
    recorded(
        &ground.engine,
        &[submit("1", SMOLENSK, 1), submit("2", VYAZMA, 2), approve("3", 1, 1), approve("4", 2, 1)],
    )
    .await;
    recorded(&ground.engine, &[close("5"), reopened("6", "забыли район"), revoke("7", 2, 1)]).await;
    recorded(
        &ground.engine,
        &[correct("8", VYAZMA, 2, 1), submit("9", DESNOGORSK, 3), approve("10", 2, 2), approve("11", 3, 1)],
    )
    .await;
    recorded(&ground.engine, &[close("12"), reopened("13", "опечатка"), close("14")]).await;
    ground
}

#[tokio::test]
async fn an_edition_knows_what_it_replaces_as_it_was_fixed_then_and_why() {
    let ground = three_editions().await;
    assert_eq!(edition(&ground, 1).await.revision, None);
    let second = revision(&ground, 2).await;
    assert_eq!((second.replaces, second.reasons.as_slice()), (Edition(1), &["забыли район".to_owned()][..]));
    assert_eq!(second.closed_at, time("2020-06-01T09:00:00Z"));
    let expected = [
        ("Муниципальное образование «Смоленск»", vec![(1, 1)]),
        ("Муниципальное образование «Вяземский район»", vec![(2, 1)]),
    ];
    assert_eq!(replaced(&second), expected);
    assert!(second.sections[0].records[0].title.starts_with("Встреча"), "{second:?}");
}

#[tokio::test]
async fn a_third_edition_replaces_the_second_and_gives_no_earlier_reason() {
    let third = revision(&three_editions().await, 3).await;
    assert_eq!((third.replaces, third.reasons), (Edition(2), vec!["опечатка".to_owned()]));
    assert_eq!(third.sections.len(), 3);
}

#[tokio::test]
async fn a_section_bears_the_name_that_was_known_at_the_close_of_the_edition_that_is_replaced() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", VYAZMA, 1), approve("2", 1, 1), close("3")]).await;
    let rename = json!({
        "municipality": VYAZMA, "short_name": "Вязьма", "report_heading": "Город Вязьма", "from": "2020-06-01",
    });
    let rename =
        Message { kind: "svod.municipality.rename.v1", data: rename, ..reopen("5", "2020-08-01T00:00:00Z") };
    recorded(&ground.engine, &[reopen("4", "2020-08-01T00:00:00Z"), rename, close("6")]).await;
    let second = edition(&ground, 2).await;
    assert_eq!(second.sections[0].heading, "Город Вязьма");
    let earlier = &second.revision.unwrap().sections[0].heading;
    assert_eq!(earlier, "Муниципальное образование «Вяземский район»");
}

#[tokio::test]
async fn an_extract_says_of_no_other_municipality_what_changed_and_not_why() {
    let ground = three_editions().await;
    let own: MunicipalityCode = VYAZMA.parse().unwrap();
    let extract = edition(&ground, 2).await.extract(|municipality| municipality == own);
    assert!(matches!(extract.status, ReportStatus::Extract { edition: Edition(2), .. }));
    assert!(extract.revision.as_ref().unwrap().reasons.is_empty());
    let sections = extract.sections.iter().map(|section| section.municipality);
    let earlier = extract.revision.as_ref().unwrap().sections.iter().map(|section| section.municipality);
    assert_eq!((sections.collect::<Vec<_>>(), earlier.collect::<Vec<_>>()), (vec![own], vec![own]));
}
