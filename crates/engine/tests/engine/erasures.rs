//! Erasures that meet one another, or other work.

use std::sync::Arc;

use serde_json::json;
use svod_domain::command::{ApproveErasure, RequestErasure};
use svod_domain::event::ErasureRequested;
use svod_domain::{Actor, Command, Refusal, Role};
use svod_engine::{Engine, EngineError, FoundPerson, Outcome};
use uuid::Uuid;

use crate::ground::{DESNOGORSK, Ground, Message, SMOLENSK, operator, ordered, recorded, start, submit};
use crate::store::{Faults, Outage};

const NAME: &str = "Ёлкин Пётр Ильич";

fn naming(mut message: Message) -> Message {
    message.data["activity"]["participants"] = json!([{"name": NAME, "position": "врач"}]);
    message
}

async fn request(engine: &Engine, erasure_id: Uuid, person: &FoundPerson) {
    let (person, municipality) = (person.id, SMOLENSK.parse().unwrap());
    let requested =
        ErasureRequested { erasure_id, person, municipality, basis: "отзыв согласия".into() };
    ordered(engine, operator(), Command::RequestErasure(RequestErasure { requested })).await;
}

fn approval(erasure_id: Uuid, person: &FoundPerson) -> (Actor, Command) {
    let (digests_root, count) = (person.digests_root(), u32::try_from(person.digests.len()).unwrap());
    let other = Actor { name: "o-2".into(), roles: vec![Role::Operator] };
    (other, Command::ApproveErasure(ApproveErasure { erasure_id, digests_root, count }))
}

async fn known(engine: &Engine) -> FoundPerson {
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
        let (actor, command) = approval(id, &person);
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
    let (actor, command) = approval(Uuid::nil(), &person);
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
