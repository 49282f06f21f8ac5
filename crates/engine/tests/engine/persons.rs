//! Persons: sealed in everything that is kept, opened for who may read.

use std::sync::Arc;

use serde_json::json;
use svod_domain::command::CloseQuarter;
use svod_domain::{Command, ERASED, Edition, Participant};
use svod_engine::{AsOf, EngineError, SubmissionFilter};
use svod_log::{Position, StoreError, VaultStore as _, ViewStore as _};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::ground::{
    DESNOGORSK, Ground, Message, SMOLENSK, approve, correct, log, operator, ordered, quarter, recorded,
    start, start_without_keys, submission, submit,
};
use crate::store::Faults;

const NAME: &str = "Ёлкин Пётр Ильич";
const POSITION: &str = "заведующий музеем";

/// The message with a person among the participants.
fn naming(mut message: Message, name: &str, position: &str) -> Message {
    message.data["activity"]["participants"] =
        json!([{"name": name, "position": position}, {"group": "школьники"}]);
    message
}

fn person(name: &str, position: &str) -> Participant {
    Participant::Person { name: name.to_owned(), position: position.to_owned() }
}

/// What stands in the log of the participants of each version filed.
async fn sealed(ground: &Ground) -> Vec<Participant> {
    let mut sealed = vec![];
    for entry in log(&ground.store).await {
        let data: serde_json::Value = serde_json::from_str(entry.data.get()).unwrap();
        if let Some(first) = data.pointer("/activity/participants/0") {
            sealed.push(serde_json::from_value(first.clone()).unwrap());
        }
    }
    sealed
}

fn id_of(participant: &Participant) -> String {
    match participant {
        Participant::Sealed { person, .. } => person.to_string(),
        told => panic!("{told:?} stands in the log"),
    }
}

#[tokio::test]
async fn a_name_is_in_no_entry_and_in_no_view_but_readers_see_it() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[naming(submit("1", SMOLENSK, 1), NAME, POSITION)]).await;
    recorded(&ground.engine, &[naming(correct("2", SMOLENSK, 1, 1), NAME, "директор музея")]).await;
    let stop = CancellationToken::new();
    tokio::spawn(svod_engine::project(ground.engine.clone(), stop.clone()));
    let reader = ground.engine.reader(None).await.unwrap();
    stop.cancel();

    let mut kept: Vec<Vec<u8>> = log(&ground.store).await.iter().map(|entry| entry.bytes.to_vec()).collect();
    for view in ground.store.view_ids().await.unwrap() {
        let documents = ground.store.documents_under(&view, "", None, 100).await.unwrap();
        kept.extend(documents.into_iter().map(|(_, body)| body));
    }
    assert!(kept.len() > 10);
    for bytes in kept {
        let text = String::from_utf8(bytes).unwrap();
        for word in ["Ёлкин", "музе"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }

    let history = reader.history(submission(1)).await.unwrap().unwrap();
    assert_eq!(history.submission.activity.participants[0], person(NAME, "директор музея"));
    assert_eq!(history.versions[0].activity.participants[0], person(NAME, POSITION));
    let page = reader.submissions(quarter("2020-Q2"), &SubmissionFilter::default(), None, 10).await.unwrap();
    assert_eq!(page.items[0].activity.participants[0], person(NAME, "директор музея"));
    let past = ground.engine.reader(Some(AsOf::Position(Position(5)))).await.unwrap();
    let then = past.submission(submission(1)).await.unwrap().unwrap();
    assert_eq!(then.activity.participants[0], person(NAME, POSITION));
}

#[tokio::test]
async fn a_person_named_twice_is_one_and_the_same_words_are_told_once() {
    let ground = Ground::new().await;
    let again = naming(submit("2", SMOLENSK, 2), NAME, POSITION);
    recorded(&ground.engine, &[naming(submit("1", SMOLENSK, 1), NAME, POSITION), again]).await;
    // Another process learns from the vault.
    let other = ground.copy();
    recorded(&other, &[naming(submit("3", SMOLENSK, 3), NAME, POSITION)]).await;
    recorded(&other, &[naming(submit("4", SMOLENSK, 4), "ЕЛКИН  ПЕТР ИЛЬИЧ", POSITION)]).await;
    recorded(&other, &[naming(submit("5", DESNOGORSK, 5), NAME, POSITION)]).await;
    let sealed = sealed(&ground).await;
    assert!(sealed[1] == sealed[0] && sealed[2] == sealed[0]);
    assert_eq!(id_of(&sealed[3]), id_of(&sealed[0]), "spelled otherwise, but the same");
    assert_ne!(sealed[3], sealed[0]);
    assert_ne!(id_of(&sealed[4]), id_of(&sealed[0]), "another municipality's");
    assert_eq!(ground.store.person_page("", 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_person_filed_and_corrected_in_one_batch_is_one() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[naming(submit("0", SMOLENSK, 9), NAME, POSITION)]).await;
    // The copy knows neither the person nor, when it asks the vault, whose the correction is.
    let both = [
        naming(submit("1", SMOLENSK, 1), "Ким Ли", "врач"),
        naming(correct("2", SMOLENSK, 1, 1), NAME, POSITION),
    ];
    recorded(&ground.copy(), &both).await;
    let sealed = sealed(&ground).await;
    assert_eq!(sealed[2], sealed[0]);
}

#[tokio::test]
async fn two_processes_that_meet_a_person_at_once_agree_who_it_is() {
    for seed in 1..40 {
        let (ground, name) = (Ground::new().await, format!("{NAME} {seed}"));
        let process =
            |seed| start(Arc::new(Faults::default().yielding(seed).before(&ground.store)), &ground.clock);
        let (one, two) = (process(seed * 2 + 1), process(seed * 7 + 3));
        let first = [naming(submit("1", SMOLENSK, 1), &name, POSITION)];
        let second = [naming(submit("2", SMOLENSK, 2), &name, POSITION)];
        tokio::join!(recorded(&one, &first), recorded(&two, &second));
        let sealed = sealed(&ground).await;
        assert_eq!(id_of(&sealed[0]), id_of(&sealed[1]));
    }
}

#[tokio::test]
async fn a_person_whose_key_was_destroyed_is_read_as_erased_and_the_masked_document_stays_what_it_was() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[naming(submit("1", SMOLENSK, 1), NAME, POSITION), approve("2", 1, 1)]).await;
    ground.clock.set("2020-07-15T15:00:00Z");
    let close = CloseQuarter { quarter: quarter("2020-Q2"), reason: "срок".into() };
    ordered(&ground.engine, operator(), Command::CloseQuarter(close)).await;
    let edition =
        || async { ground.engine.edition(quarter("2020-Q2"), Edition::FIRST).await.unwrap().unwrap() };
    let before = edition().await;
    assert_eq!(before.sections[0].records[0].activity.participants[0], person(NAME, POSITION));

    crate::erasures::request(&ground.engine, Uuid::nil(), &crate::erasures::known(&ground.engine).await)
        .await;
    let (actor, command) = crate::erasures::approval(Uuid::nil());
    ordered(&ground.engine, actor, command).await;
    assert_eq!(ground.engine.destroy_erased().await.unwrap(), 2);
    let after = edition().await;
    assert_eq!(after.sections[0].records[0].activity.participants[0], person(ERASED, ERASED));
    assert_eq!(
        after.sections[0].records[0].activity.participants[1],
        before.sections[0].records[0].activity.participants[1]
    );
    assert_eq!(after.masked(), before.masked());
}

#[tokio::test]
async fn without_the_keys_no_person_is_recorded_and_none_is_read() {
    let ground = Ground::new().await;
    let without = start_without_keys(Arc::new(ground.store.clone()), &ground.clock);
    let message = naming(submit("1", SMOLENSK, 1), NAME, POSITION);
    let refused = without.answer(message.incoming()).await;
    assert!(matches!(refused, Err(EngineError::Store(StoreError::NoKeys))), "{refused:?}");
    recorded(&without, &[submit("2", SMOLENSK, 2)]).await;
    // The keys are brought, and the same message is taken.
    recorded(&ground.engine, &[message]).await;
    let reader = without.reader(Some(AsOf::Position(Position(9)))).await.unwrap();
    let refused = reader.history(submission(1)).await;
    assert!(matches!(refused, Err(EngineError::Store(StoreError::NoKeys))), "{refused:?}");
}

#[tokio::test]
async fn who_is_named_twice_in_one_record_has_no_digest_twice() {
    let ground = Ground::new().await;
    let mut message = submit("1", SMOLENSK, 1);
    message.data["activity"]["participants"] =
        json!([{"name": NAME, "position": POSITION}, {"name": NAME, "position": POSITION}]);
    recorded(&ground.engine, &[message]).await;
    let entry = log(&ground.store).await.pop().unwrap();
    let outline = svod_log::outline::Outline::read(&entry.bytes).unwrap();
    let digests: Vec<&str> = outline.sealed().collect();
    assert_eq!(digests.len(), 4);
    assert_eq!(std::collections::BTreeSet::from_iter(&digests).len(), 4, "{digests:?}");
    let (sealed, reader) =
        (sealed(&ground).await, ground.engine.reader(Some(AsOf::Position(entry.position))).await);
    let card = reader.unwrap().submission(submission(1)).await.unwrap().unwrap();
    assert_eq!(card.activity.participants, [person(NAME, POSITION), person(NAME, POSITION)]);
    assert_eq!(sealed.len(), 1);
}
