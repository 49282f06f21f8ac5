//! The vault beside the log: whatever happens in a ledger, they agree; and who changes the vault is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;
use serde_json::json;
use svod_domain::command::{ApproveErasure, CompleteErasure, RequestErasure};
use svod_domain::event::{ErasureCompleted, ErasureRequested};
use svod_domain::{Actor, Command, Role};
use svod_engine::audit::VaultCheck;
use svod_engine::{Engine, EngineError, FoundPerson};
use svod_log::verify::{Defence, Tampered};
use svod_log::{
    AuditLog as _, DisclosureRow, EventLog as _, Hash, MemoryStore, PersonRow, Position, READ_MAX,
    VaultStore as _,
};
use svod_seal::{Disclosure, SealingKeys, WrappingKeys};
use uuid::Uuid;

use crate::ground::{
    Ground, Message, SMOLENSK, code, operator, ordered, recorded, sealing, start_with, submit,
};

const NAMES: [&str; 4] = ["П.С. Орлов", "Н.А. Лисова", "Ким Ли", "И.И. Зуев"];

fn naming(number: u32, names: &[&str]) -> Message {
    let mut message = submit(&format!("m-{number}"), SMOLENSK, number);
    let persons = names.iter().map(|name| json!({"name": name, "position": "врач"}));
    message.data["activity"]["participants"] = persons.collect();
    message
}

/// Compares as `svod audit verify` does.
async fn compared(store: &MemoryStore, keys: SealingKeys) -> Result<Result<u64, Tampered>, EngineError> {
    compared_since(store, keys, Position::START).await
}

/// Compares as `svod audit verify --since` does.
async fn compared_since(
    store: &MemoryStore,
    keys: SealingKeys,
    since: Position,
) -> Result<Result<u64, Tampered>, EngineError> {
    let rows = store.audit_rows(since, READ_MAX).await.unwrap();
    let mut check = VaultCheck::new(store, keys).since(since);
    for row in &rows {
        check.entry(row.shown()).await?;
    }
    check.end(rows.last().map_or(since, |row| row.position)).await
}

async fn person(engine: &Engine, name: &str) -> Option<FoundPerson> {
    engine.person_named(SMOLENSK.parse().unwrap(), name).await.unwrap()
}

/// How far an erasure comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Until {
    Requested,
    Approved,
    Destroyed,
    Completed,
}

async fn erase(engine: &Engine, found: &FoundPerson, until: Until) {
    let erasure_id = Uuid::from_u128(found.id.as_u128() ^ 1);
    let (person, municipality) = (found.id, SMOLENSK.parse().unwrap());
    let requested =
        ErasureRequested { erasure_id, person, municipality, basis: "отзыв согласия".into() };
    ordered(engine, operator(), Command::RequestErasure(RequestErasure { requested })).await;
    let other = Actor { name: "o-2".into(), roles: vec![Role::Operator] };
    let approve = Command::ApproveErasure(ApproveErasure::new(erasure_id));
    let completed = ErasureCompleted { erasure_id, documents: vec![] };
    let complete = Command::CompleteErasure(CompleteErasure { completed });
    if until >= Until::Approved {
        ordered(engine, other, approve).await;
    }
    if until >= Until::Destroyed {
        engine.destroy_erased().await.unwrap();
    }
    if until >= Until::Completed {
        ordered(engine, Actor::service(), complete).await;
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// One process or the other files a record with these persons.
    File(bool, Vec<&'static str>),
    Erase(&'static str, Until),
    /// What was interrupted is done at the next start.
    Start,
    /// A wrapping key is added, and so many persons are rewrapped.
    Rotate(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let name = || prop::sample::select(&NAMES[..]);
    let until =
        prop::sample::select(&[Until::Requested, Until::Approved, Until::Destroyed, Until::Completed][..]);
    let step = prop_oneof![
        4 => (any::<bool>(), prop::collection::vec(name(), 1..4)).prop_map(|(one, names)| Step::File(one, names)),
        2 => (name(), until).prop_map(|(name, until)| Step::Erase(name, until)),
        1 => Just(Step::Start),
        2 => (0_u32..4).prop_map(Step::Rotate),
    ];
    prop::collection::vec(step, 1..16)
}

/// Keys of a ledger whose key file may be changed meanwhile: it has as many wrapping keys as `greatest` says.
fn following(greatest: &Arc<AtomicU32>) -> SealingKeys {
    let greatest = greatest.clone();
    sealing().reread(Arc::new(move || {
        let numbers = 1..=greatest.load(Ordering::Relaxed);
        // The first is that of every ledger of these tests.
        let key = |number: u32| [u8::try_from(number + 1).unwrap(); 32];
        WrappingKeys::try_new(&numbers.map(|number| (number, key(number))).collect(), None).ok()
    }))
}

async fn happen(steps: Vec<Step>) {
    let ground = Ground::new().await;
    let greatest = Arc::new(AtomicU32::new(1));
    let process = || start_with(Arc::new(ground.store.clone()), &ground.clock, Some(following(&greatest)));
    let (one, two) = (process(), process());
    for (number, step) in (1..).zip(steps) {
        match &step {
            Step::File(first, names) => {
                let engine = if *first { &one } else { &two };
                assert_eq!(code(engine, &naming(number, names)).await, None);
            }
            Step::Erase(name, until) => {
                if let Some(found) = person(&one, name).await
                    && one.erasures().await.unwrap().iter().all(|card| card.request.person != found.id)
                {
                    erase(&one, &found, *until).await;
                }
            }
            Step::Start => {
                process().destroy_erased().await.unwrap();
            }
            Step::Rotate(count) => {
                greatest.fetch_add(1, Ordering::Relaxed);
                let keys = following(&greatest);
                for row in ground.store.person_page("", *count).await.unwrap() {
                    let anew = keys.rewrap(&row).unwrap();
                    assert_eq!(ground.store.rewrap(row.key_number, &[anew]).await.unwrap(), 1);
                }
            }
        }
        let compared = compared(&ground.store, following(&greatest)).await.unwrap();
        assert!(compared.is_ok(), "{compared:?} after {step:?}");
        let since = Position(ground.store.head().await.unwrap().position.0 / 2);
        let compared = compared_since(&ground.store, following(&greatest), since).await.unwrap();
        assert!(compared.is_ok(), "{compared:?} since {since} after {step:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_vault_holds_what_the_log_says(steps in steps()) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(happen(steps));
    }
}

/// A ledger whose entries at 5 and 6 name the first two persons; the second one also stands at 7.
async fn told() -> (Ground, FoundPerson, FoundPerson) {
    let ground = Ground::new().await;
    let messages = [naming(1, &NAMES[..1]), naming(2, &NAMES[1..2]), naming(3, &NAMES[1..2])];
    recorded(&ground.engine, &messages).await;
    let (one, two) = (person(&ground.engine, NAMES[0]).await, person(&ground.engine, NAMES[1]).await);
    assert_eq!(compared(&ground.store, sealing()).await.unwrap(), Ok(4));
    (ground, one.unwrap(), two.unwrap())
}

/// What the vault holds of somebody.
async fn rows(store: &MemoryStore, person: &FoundPerson) -> (PersonRow, Vec<DisclosureRow>) {
    let page = store.person_page("", READ_MAX).await.unwrap();
    let index = page.iter().find(|row| row.person == person.id.to_string()).unwrap().blind_index;
    store.persons(&[index]).await.unwrap().remove(0)
}

/// Puts something else in the place of what the vault holds of somebody.
async fn replaced(store: &MemoryStore, person: &PersonRow, disclosures: &[DisclosureRow]) {
    store.destroy_person(&person.person).await.unwrap();
    assert!(store.keep_persons(std::slice::from_ref(person), disclosures).await.unwrap());
}

#[track_caller]
fn check(compared: Result<Result<u64, Tampered>, EngineError>, position: u64, says: &str) {
    let tampered = compared.unwrap().expect_err("the vault was changed");
    assert_eq!((tampered.position, tampered.defence), (Position(position), Defence::Vault), "{tampered}");
    assert!(tampered.what.contains(says), "{tampered}");
}

#[tokio::test]
async fn what_is_gone_though_nobody_was_erased_is_told() {
    let (ground, one, two) = told().await;
    let (row, disclosures) = rows(&ground.store, &two).await;
    replaced(&ground.store, &row, &disclosures[..1]).await;
    check(compared(&ground.store, sealing()).await, 6, "gone");
    ground.store.destroy_person(&one.id.to_string()).await.unwrap();
    check(compared(&ground.store, sealing()).await, 5, "gone");
}

#[tokio::test]
async fn of_what_came_since_everything_is_compared() {
    let (ground, one, two) = told().await;
    ground.store.destroy_person(&one.id.to_string()).await.unwrap();
    check(compared_since(&ground.store, sealing(), Position(4)).await, 5, "gone");
    assert_eq!(compared_since(&ground.store, sealing(), Position(5)).await.unwrap(), Ok(2));
    ground.store.destroy_person(&two.id.to_string()).await.unwrap();
    check(compared_since(&ground.store, sealing(), Position(6)).await, 7, "gone");
}

#[tokio::test]
async fn who_was_erased_before_may_be_named_since() {
    let (ground, _, two) = told().await;
    erase(&ground.engine, &two, Until::Completed).await;
    // As if the entries that name the person had come after the erasure, as they do when two processes are at work.
    let rows = ground.store.audit_rows(Position(6), 1).await.unwrap();
    let mut check = VaultCheck::new(&ground.store, sealing()).since(Position(10));
    check.entry(rows[0].shown()).await.unwrap();
    assert_eq!(check.end(Position(10)).await.unwrap(), Ok(0));
}

#[tokio::test]
async fn the_erasure_of_another_excuses_nothing() {
    let (ground, one, two) = told().await;
    erase(&ground.engine, &one, Until::Completed).await;
    ground.store.destroy_person(&two.id.to_string()).await.unwrap();
    check(compared(&ground.store, sealing()).await, 6, "gone");
}

#[tokio::test]
async fn another_text_under_the_same_digest_is_told() {
    let (ground, _, two) = told().await;
    let (row, disclosures) = rows(&ground.store, &two).await;
    let key = sealing().unwrap(&row).unwrap();
    let forged = key.seal(&Disclosure::new("name", "В.В. Другов").unwrap()).unwrap();
    let forged = DisclosureRow { digest: disclosures[0].digest, ..forged };
    replaced(&ground.store, &row, &[forged, disclosures[1].clone()]).await;
    check(compared(&ground.store, sealing()).await, 6, "does not belong");
}

#[tokio::test]
async fn what_belongs_to_another_is_told_also_where_it_opens() {
    let (ground, one, two) = told().await;
    let ((first, of_first), (second, _)) = (rows(&ground.store, &one).await, rows(&ground.store, &two).await);
    // The key of the second opens it, digest and text fit; but the log says that the first was told of.
    let key = sealing().unwrap(&second).unwrap();
    let open = sealing().unwrap(&first).unwrap();
    let moved = key.seal(&open.open(&of_first[0]).unwrap()).unwrap();
    replaced(&ground.store, &first, &of_first[1..]).await;
    assert!(ground.store.keep_persons(&[], &[moved]).await.unwrap());
    check(compared(&ground.store, sealing()).await, 5, "does not belong");
}

#[tokio::test]
async fn a_key_that_was_exchanged_is_told() {
    let (ground, one, two) = told().await;
    let ((first, of_first), (second, _)) = (rows(&ground.store, &one).await, rows(&ground.store, &two).await);
    let exchanged = PersonRow { wrapped_key: second.wrapped_key, ..first };
    replaced(&ground.store, &exchanged, &of_first).await;
    check(compared(&ground.store, sealing()).await, 5, "does not belong");
}

#[tokio::test]
async fn who_was_erased_and_is_in_the_vault_again_is_told() {
    let (ground, one, _) = told().await;
    let (row, disclosures) = rows(&ground.store, &one).await;
    erase(&ground.engine, &one, Until::Completed).await;
    assert!(compared(&ground.store, sealing()).await.unwrap().is_ok());
    assert_eq!(ground.engine.erased_living().await.unwrap(), 0);
    // Requested at 8, erased at 9, completed at 10. Without a disclosure it is still a person who can be found.
    for some in [&disclosures[..], &[]] {
        replaced(&ground.store, &row, some).await;
        check(compared(&ground.store, sealing()).await, 9, "erased");
        assert_eq!(ground.engine.erased_living().await.unwrap(), 1);
    }
    // The next start cures it.
    ground.engine.destroy_erased().await.unwrap();
    assert!(compared(&ground.store, sealing()).await.unwrap().is_ok());
}

#[tokio::test]
async fn an_erasure_that_comes_while_the_log_is_gone_over_is_for_the_next_time() {
    let (ground, one, _) = told().await;
    let rows = ground.store.audit_rows(Position::START, READ_MAX).await.unwrap();
    erase(&ground.engine, &one, Until::Completed).await;
    let mut check = VaultCheck::new(&ground.store, sealing());
    for row in &rows {
        check.entry(row.shown()).await.unwrap();
    }
    assert_eq!(check.end(rows.last().unwrap().position).await.unwrap(), Ok(2));
}

#[tokio::test]
async fn without_the_key_that_wraps_a_person_nothing_is_told() {
    let (ground, ..) = told().await;
    let others = SealingKeys::try_new(&[1; 32], &[(2, [3; 32])].into()).unwrap();
    let compared = compared(&ground.store, others).await;
    assert!(matches!(compared, Err(EngineError::Unsealed(_))), "{compared:?}");
}

#[tokio::test]
async fn the_first_position_is_told_of_several() {
    let (ground, one, two) = told().await;
    let (row, _) = rows(&ground.store, &one).await;
    erase(&ground.engine, &one, Until::Completed).await;
    ground.store.destroy_person(&two.id.to_string()).await.unwrap();
    let again = PersonRow { blind_index: Hash([7; 32]), ..row };
    assert!(ground.store.keep_persons(&[again], &[]).await.unwrap());
    check(compared(&ground.store, sealing()).await, 6, "gone");
}
