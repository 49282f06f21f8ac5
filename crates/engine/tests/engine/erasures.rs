//! Erasures that meet one another, or other work.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use svod_domain::command::{ApproveErasure, CloseQuarter, RecordReport, RequestErasure};
use svod_domain::event::{ErasureRequested, ReportBuilt};
use svod_domain::{Actor, Command, Edition, Refusal, Role};
use svod_engine::{Engine, EngineError, FoundPerson, Lost, Outcome};
use svod_log::{Position, VaultStore as _};
use uuid::Uuid;

use crate::ground::{
    DESNOGORSK, Ground, Message, SMOLENSK, approve, log, operator, ordered, quarter, recorded, start, submit,
};
use crate::store::{Faults, Outage};

const NAME: &str = "Ёлкин Пётр Ильич";

fn naming(mut message: Message) -> Message {
    message.data["activity"]["participants"] = json!([{"name": NAME, "position": "врач"}]);
    message
}

pub(crate) async fn request(engine: &Engine, erasure_id: Uuid, person: &FoundPerson) {
    let (person, municipality) = (person.id, SMOLENSK.parse().unwrap());
    let requested =
        ErasureRequested { erasure_id, person, municipality, basis: "отзыв согласия".into() };
    ordered(engine, operator(), Command::RequestErasure(RequestErasure { requested })).await;
}

pub(crate) fn approval(erasure_id: Uuid) -> (Actor, Command) {
    let other = Actor { name: "o-2".into(), roles: vec![Role::Operator] };
    (other, Command::ApproveErasure(ApproveErasure::new(erasure_id)))
}

pub(crate) async fn known(engine: &Engine) -> FoundPerson {
    engine.person_named(SMOLENSK.parse().unwrap(), NAME).await.unwrap().unwrap()
}

#[tokio::test]
async fn of_two_erasures_of_one_person_that_are_approved_at_once_one_erases() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[naming(submit("1", SMOLENSK, 1))]).await;
    let person = known(&ground.engine).await;
    let [first, second] = [1, 2].map(Uuid::from_u128);
    request(&ground.engine, first, &person).await;
    request(&ground.engine, second, &person).await;

    let approve = async |id| {
        let (actor, command) = approval(id);
        ground.engine.order(actor, command).await.unwrap()
    };
    let (one, two) = tokio::join!(approve(first), approve(second));
    assert!(one.is_ok(), "{one:?}");
    assert!(matches!(two, Err(Refusal::AlreadyExists { .. })), "{two:?}");
}

#[tokio::test]
async fn what_was_recorded_is_answered_though_the_vault_goes_away() {
    let ground = Ground::new().await;
    let store = Arc::new(Faults::default().before(&ground.store));
    let engine = start(store.clone(), &ground.clock);
    recorded(&engine, &[naming(submit("1", SMOLENSK, 1))]).await;
    // Another process erases the person, and has not destroyed it yet.
    let (other, person) = (ground.copy(), known(&engine).await);
    request(&other, Uuid::nil(), &person).await;
    let (actor, command) = approval(Uuid::nil());
    ordered(&other, actor, command).await;

    store.fail_next(Outage::Destruction);
    let (of_another, of_the_erased) = (submit("2", DESNOGORSK, 2), naming(submit("3", SMOLENSK, 3)));
    let (one, two) =
        tokio::join!(engine.answer(of_another.incoming()), engine.answer(of_the_erased.incoming()));
    assert_eq!(one.unwrap().outcome, Outcome::Recorded);
    assert!(two.is_err_and(|error| matches!(error, EngineError::Store(_))));
    // The same message again, now that the vault is back.
    assert_eq!(engine.answer(of_the_erased.incoming()).await.unwrap().outcome, Outcome::Recorded);
}

#[tokio::test]
async fn nobody_asks_for_the_erasure_of_a_person_who_was_erased() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[naming(submit("1", SMOLENSK, 1))]).await;
    let person = known(&ground.engine).await;
    request(&ground.engine, Uuid::from_u128(1), &person).await;
    let (actor, command) = approval(Uuid::from_u128(1));
    ordered(&ground.engine, actor, command).await;
    // Interrupted: the vault still has the name, and nobody is told so.
    let municipality = SMOLENSK.parse().unwrap();
    assert_eq!(ground.engine.person_named(municipality, NAME).await.unwrap(), None);
    let requested = ErasureRequested {
        erasure_id: Uuid::from_u128(2),
        person: person.id,
        municipality,
        basis: "отзыв согласия".into(),
    };
    let again = Command::RequestErasure(RequestErasure { requested });
    let refused = ground.engine.order(operator(), again).await.unwrap();
    assert!(matches!(refused, Err(Refusal::AlreadyExists { .. })), "{refused:?}");
}

#[tokio::test]
async fn what_is_destroyed_is_counted_where_the_approval_is_recorded() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[naming(submit("1", SMOLENSK, 1))]).await;
    let (person, other) = (known(&ground.engine).await, ground.copy());
    request(&ground.engine, Uuid::nil(), &person).await;
    // In the same breath somebody tells more of the person.
    let mut more = naming(submit("2", SMOLENSK, 2));
    more.data["activity"]["participants"][0]["position"] = "главный врач".into();
    let (actor, command) = approval(Uuid::nil());
    let (told, approved) = tokio::join!(other.answer(more.incoming()), ground.engine.order(actor, command));
    assert!(told.is_ok() && approved.is_ok_and(|approved| approved.is_ok()));
    let at = ground.engine.erased_persons().await.unwrap()[&person.id];
    let entries = log(&ground.store).await;
    let digests: BTreeSet<String> = entries
        .iter()
        .filter(|entry| entry.position < at && entry.data.get().contains(&person.id.to_string()))
        .flat_map(|entry| {
            let data: Value = serde_json::from_str(entry.data.get()).unwrap();
            let digests = data.pointer("/activity/participants/0/_sd").cloned().unwrap_or_default();
            serde_json::from_value::<Option<Vec<String>>>(digests).unwrap().unwrap_or_default()
        })
        .collect();
    let erasure = ground.engine.erasures().await.unwrap().remove(0).erased.unwrap().0;
    assert_eq!(erasure.count as usize, digests.len(), "{digests:?}");
    assert_eq!(erasure.digests_root.len(), 64);
}

#[tokio::test]
async fn a_document_that_names_somebody_who_was_erased_is_not_recorded() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[naming(submit("1", SMOLENSK, 1)), approve("2", 1, 1)]).await;
    ground.clock.set("2020-07-15T15:00:00Z");
    let close = CloseQuarter { quarter: quarter("2020-Q2"), reason: "срок".into() };
    ordered(&ground.engine, operator(), Command::CloseQuarter(close)).await;
    let edition =
        async || ground.engine.edition_naming(quarter("2020-Q2"), Edition::FIRST).await.unwrap().unwrap();
    let (before, names) = edition().await;
    let person = known(&ground.engine).await;
    assert_eq!(names.iter().collect::<Vec<_>>(), [&person.id]);
    request(&ground.engine, Uuid::nil(), &person).await;
    let (actor, command) = approval(Uuid::nil());
    ordered(&ground.engine, actor, command).await;

    let record = |names: BTreeSet<Uuid>| {
        let built = ReportBuilt {
            quarter: quarter("2020-Q2"),
            edition: Edition::FIRST,
            format: "docx".into(),
            sha256: "00".repeat(32),
            masked_sha256: "11".repeat(32),
            size_bytes: 1,
            built_at_position: before.position.0,
            renderer: "docx/1".into(),
            settings: json!({}),
            content: None,
        };
        Command::RecordReport(RecordReport { built, names: names.into_iter().collect() })
    };
    let refused = ground.engine.order(Actor::service(), record(names)).await;
    assert!(matches!(refused, Err(EngineError::ErasedMeanwhile)), "{refused:?}");
    // Made again, it does not have the name, though nothing was destroyed yet.
    let (after, names) = edition().await;
    assert_eq!((after.masked(), names.len()), (before.clone().masked(), 0));
    ordered(&ground.engine, Actor::service(), record(names)).await;
}

#[tokio::test]
async fn a_name_that_is_lost_is_not_taken_for_one_that_was_erased() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[naming(submit("1", SMOLENSK, 1)), approve("2", 1, 1)]).await;
    ground.clock.set("2020-07-15T15:00:00Z");
    let close = CloseQuarter { quarter: quarter("2020-Q2"), reason: "срок".into() };
    ordered(&ground.engine, operator(), Command::CloseQuarter(close)).await;
    assert_eq!(ground.engine.lost(100).await.unwrap(), Lost::default());
    let person = known(&ground.engine).await;
    ground.store.destroy_person(&person.id.to_string()).await.unwrap();
    let lost = ground.engine.lost(100).await.unwrap();
    assert_eq!((lost.persons, lost.first), (1, Some(Position(5))));
    let edition = ground.engine.edition(quarter("2020-Q2"), Edition::FIRST).await;
    assert!(matches!(edition, Err(EngineError::Lost { persons: 1 })), "{edition:?}");
}
