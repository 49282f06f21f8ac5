//! No false alarms: whatever honest processes do to a ledger, with restarts, interrupted erasures, keys that change and a vault that was
//! put back, every way of verifying calls it sound. `PROPTEST_CASES` says how many histories are tried.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;
use svod_domain::command::{ApproveErasure, CompleteErasure, RequestErasure};
use svod_domain::event::{ErasureCompleted, ErasureRequested};
use svod_domain::{Actor, Command, Role};
use svod_engine::audit::{VaultCheck, verify_rules, verify_views};
use svod_engine::project;
use svod_log::verify::Verifier;
use svod_log::{AuditLog as _, MemoryStore, Notary, Position, Store, VaultStore as _};
use svod_seal::SealingKeys;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::audit::rules;
use crate::ground::{
    Ground, Message, Running, SMOLENSK, TestClock, answer, approve, close, correct, hand_back, nothing,
    reopen, start_with, submit, withdraw,
};
use crate::views::{caught_up, law};

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
struct Step {
    what: u8,
    number: u32,
    version: u32,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0_u8..16, 0_u32..4, 1_u32..3);
    proptest::collection::vec(step.prop_map(|(what, number, version)| Step { what, number, version }), 1..40)
}

/// The keys after so many changes.
fn keys(changes: u32) -> SealingKeys {
    let wrapping = (1..=changes + 1).map(|number| (number, [u8::try_from(number).unwrap(); 32])).collect();
    SealingKeys::try_new(&[9; 32], &wrapping).unwrap()
}

struct Office {
    store: MemoryStore,
    clock: TestClock,
    engine: Running,
    changes: u32,
    orders: u32,
}

impl Office {
    async fn new() -> Self {
        let Ground { store, clock, .. } = Ground::new().await;
        let engine = start_with(Arc::new(store.clone()), &clock, Some(keys(0)));
        Self { store, clock, engine, changes: 0, orders: 0 }
    }

    /// The process ends, wherever it is, and another one begins.
    fn restart(&mut self) {
        self.engine = start_with(Arc::new(self.store.clone()), &self.clock, Some(keys(self.changes)));
    }

    async fn take(&mut self, id: usize, step: Step) {
        let Step { what, number, version } = step;
        let id = id.to_string();
        let message = match what {
            0..=2 => naming(submit(&id, SMOLENSK, number), number),
            3 => naming(correct(&id, SMOLENSK, number, version), number + version),
            4 => withdraw(&id, SMOLENSK, number, version),
            5 => hand_back(&id, number, version),
            6 | 7 => approve(&id, number, version),
            8 => nothing(&id, SMOLENSK),
            9 => close(&id),
            10 => reopen(&id, "2020-09-01T00:00:00Z"),
            11 => return self.restart(),
            12 => return self.change_keys().await,
            _ => return self.erase(number, what - 13).await,
        };
        answer(&self.engine, &message).await;
    }

    /// Another wrapping key; the persons are wrapped anew, or only some of them when the process ends.
    async fn change_keys(&mut self) {
        self.changes += 1;
        let keys = keys(self.changes);
        for row in self.store.person_page("", 2).await.unwrap() {
            let rewrapped = keys.rewrap(&row).unwrap();
            self.store.rewrap(row.key_number, &[rewrapped]).await.unwrap();
        }
        self.restart();
    }

    /// A person is erased; the process may end before anything is destroyed, or before it is told that all is done.
    async fn erase(&mut self, number: u32, interrupted: u8) {
        let person = self.engine.person_named(SMOLENSK.parse().unwrap(), &name(number)).await.unwrap();
        let Some(person) = person else { return };
        self.orders += 1;
        let erasure_id = Uuid::from_u128(u128::from(self.orders));
        let requested = ErasureRequested {
            erasure_id,
            person: person.id,
            municipality: SMOLENSK.parse().unwrap(),
            basis: "отзыв согласия".into(),
        };
        let completed = ErasureCompleted { erasure_id, documents: vec![] };
        for (actor, command) in [
            (operator("o-1"), Command::RequestErasure(RequestErasure { requested })),
            (operator("o-2"), Command::ApproveErasure(ApproveErasure::new(erasure_id))),
        ] {
            self.engine.order(actor, command).await.unwrap().unwrap();
        }
        if interrupted == 0 {
            self.restart();
        }
        // What every process does before it answers anybody.
        self.engine.destroy_erased().await.unwrap();
        if interrupted == 1 {
            self.restart();
        }
        let command = Command::CompleteErasure(CompleteErasure { completed });
        self.engine.order(Actor::service(), command).await.unwrap().unwrap();
    }

    /// Every way of verifying, as it is now.
    async fn is_sound(&self) {
        // The one whose keys anybody can compute: that of logs in memory.
        let notary = Notary::try_new("svod.invalid/memory", &[0; 32], &[0; 32]).unwrap();
        let mut verifier = Verifier::new(Some(notary), None);
        let head = self.store.audit_head().await.unwrap();
        verifier.expect(&head.checkpoint).unwrap();
        let store: Arc<dyn Store> = Arc::new(self.store.clone());
        let mut vault = VaultCheck::new(store.as_ref(), keys(self.changes));
        for row in self.store.audit_rows(Position::START, 5_000).await.unwrap() {
            verifier.row(row.shown()).unwrap();
            vault.entry(row.shown()).await.unwrap();
        }
        verifier.end(&head).unwrap();
        vault.end(head.position).await.unwrap().unwrap();
        verify_rules(&store, &rules(), |_| {}).await.unwrap().unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(project(self.engine.engine.clone(), stop.clone()));
        caught_up(store.as_ref()).await;
        stop.cancel();
        verify_views(store.as_ref(), &MemoryStore::new(), |_| {}).await.unwrap().unwrap().unwrap();
    }
}

fn operator(name: &str) -> Actor {
    Actor { name: name.to_owned(), roles: vec![Role::Operator] }
}

fn name(number: u32) -> String {
    format!("Участник {} А.Б.", number % 5)
}

fn naming(mut message: Message, number: u32) -> Message {
    message.data["activity"]["participants"] =
        json!([{"name": name(number), "position": "методист"}, {"group": "школьники"}]);
    message
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_honest_ledger_is_never_called_tampered(steps in steps()) {
        law(async {
            let mut office = Office::new().await;
            for (id, step) in steps.iter().enumerate() {
                office.clock.set(&format!("2020-07-{:02}T{:02}:00:00Z", 1 + id / 24, id % 24));
                office.take(id, *step).await;
            }
            office.is_sound().await;
        });
    }
}
