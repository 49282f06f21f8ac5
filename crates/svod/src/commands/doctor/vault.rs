//! The vault: whether it can be reached and opened with the keys that are here, and where erasures stand. Reads only.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use svod_engine::{ErasureCard, Lost};
use svod_log::{READ_MAX, Store};
use svod_seal::{SealingKeys, Unsealed};
use uuid::Uuid;

use super::Finding;
use crate::app::App;
use crate::config::Config;
use crate::cure;
use crate::keys;
use crate::ledger::{UnfitKeys, check_keys, is_new};

const KEYS: &str = "keys";
const VAULT: &str = "vault";
const ERASURES: &str = "erasures";

/// Newest entries among which lost names are looked for: those of many years; `svod audit verify` looks at all.
const LOST_AMONG: u64 = 100_000;

/// Persons whose keys are looked at: all of a region, many times over.
const SAMPLE: usize = 20_000;

/// Looks at everything in turn.
pub(super) async fn examine(store: &Arc<dyn Store>, config: &Config) -> Vec<Finding> {
    let mut findings = match own_keys(store.as_ref(), &config.keys_file).await {
        Ok(finding) => vec![finding],
        Err(error) => {
            let cure = "put the ledger's own key file there, readable for the user that svod runs as";
            vec![Finding::bad(KEYS, format!("{error:#}"), cure)]
        }
    };
    // What hinders reading them is told above.
    if let Ok(Some(keys)) = keys::load(&config.keys_file) {
        findings.push(persons(store.as_ref(), &keys.sealing).await.unwrap_or_else(|error| {
            let cure = "correct SVOD_VAULT_URL, or use a login that may read it (grants-vault.sql)";
            Finding::unknown(VAULT, &error, cure)
        }));
    }
    match lost(store, config).await {
        Ok(found) => findings.extend(found),
        Err(error) => findings.push(Finding::unknown(VAULT, &error, "see the findings on the database")),
    }
    match erasures(store, config).await {
        Ok(found) => findings.extend(found),
        Err(error) => findings.push(Finding::unknown(
            ERASURES,
            &error,
            "see the findings on the database and the vault",
        )),
    }
    findings
}

/// Whether the keys that are here are the ledger's.
async fn own_keys(store: &dyn Store, keys_file: &Path) -> anyhow::Result<Finding> {
    let path = keys_file.display();
    Ok(match check_keys(store, keys_file).await? {
        Ok(()) => Finding::good(KEYS, format!("{path} holds the ledger's own")),
        Err(UnfitKeys::Missing { .. }) if is_new(store).await? => {
            Finding::good(KEYS, format!("{path} is made with a new ledger"))
        }
        Err(unfit) => Finding::bad(KEYS, unfit.to_string(), unfit.cure()),
    })
}

async fn persons(store: &dyn Store, keys: &SealingKeys) -> anyhow::Result<Finding> {
    let (mut count, mut shut, mut after) = (0, Shut::default(), String::new());
    while count < SAMPLE {
        let page = store.person_page(&after, READ_MAX).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.person);
        count += page.len();
        for row in &page {
            shut.look(keys, row);
        }
    }
    Ok(shut.finding(count))
}

/// Whose keys do not open.
#[derive(Default)]
struct Shut {
    /// Numbers of wrapping keys that are not here.
    missing: BTreeSet<u32>,
    unreadable: u64,
    altered: u64,
}

impl Shut {
    fn look(&mut self, keys: &SealingKeys, row: &svod_log::PersonRow) {
        match keys.unwrap(row) {
            Ok(_opens) => {}
            Err(Unsealed::NoSuchKey { number, .. }) => {
                self.missing.insert(number);
                self.unreadable += 1;
            }
            Err(Unsealed::Altered { .. }) => self.altered += 1,
        }
    }

    fn finding(&self, count: usize) -> Finding {
        if self.altered > 0 {
            let seen = format!(
                "the keys of {} persons do not open: they were altered, or are another ledger's",
                self.altered
            );
            return Finding::bad(
                VAULT,
                seen,
                "is this the ledger's vault (SVOD_VAULT_URL)? if it is, put its newest backup back",
            );
        }
        if self.unreadable > 0 {
            let numbers: Vec<String> = self.missing.iter().map(u32::to_string).collect();
            let numbers = numbers.join(", ");
            let seen =
                format!("{} persons are wrapped by keys that are not here: {numbers}", self.unreadable);
            return Finding::bad(VAULT, seen, "copy the newest key file of the ledger here");
        }
        Finding::good(VAULT, format!("{count} persons looked at, all open"))
    }
}

/// Persons whom the log names and the vault does not know.
async fn lost(store: &Arc<dyn Store>, config: &Config) -> anyhow::Result<Option<Finding>> {
    let app = App::over(store.clone(), config)?;
    let lost = app.engine.lost(LOST_AMONG).await;
    app.close().await;
    let Lost { persons, first } = lost?;
    Ok(first.map(|position| {
        let seen =
            format!("{persons} persons are lost: the log names them, first at position {position}, the vault has nothing of them, and nobody erased them");
        Finding::bad(VAULT, seen, cure::LOST)
    }))
}

async fn erasures(store: &Arc<dyn Store>, config: &Config) -> anyhow::Result<Vec<Finding>> {
    let app = App::over(store.clone(), config)?;
    let looked =
        async { anyhow::Ok((app.engine.erased_living().await?, app.engine.erasures().await?)) }.await;
    app.close().await;
    let (living, cards) = looked?;
    let mut findings = vec![];
    if living > 0 {
        let seen = format!(
            "{living} persons who were erased are in the vault: a backup was put back, or a destruction was interrupted"
        );
        findings.push(Finding::bad(
            ERASURES,
            seen,
            "start `svod run`, or approve the erasure again: either destroys them",
        ));
    }
    let (approval, completion) = waiting(&cards);
    if !completion.is_empty() {
        let seen = format!("approved and not complete: {}", list(&completion));
        findings.push(Finding::bad(ERASURES, seen, "start `svod run`, or approve it again"));
    }
    if !approval.is_empty() {
        let seen = format!("waiting for another operator's approval: {}", list(&approval));
        findings.push(Finding::odd(ERASURES, seen, "`svod erase list`, then `svod erase approve`"));
    }
    if findings.is_empty() {
        findings.push(Finding::good(ERASURES, format!("{} known, none waits", cards.len())));
    }
    Ok(findings)
}

/// The erasures that wait for approval, and for completion. Who was erased by one is not waited for by another.
fn waiting(cards: &[ErasureCard]) -> (Vec<Uuid>, Vec<Uuid>) {
    let erased: BTreeSet<Uuid> =
        cards.iter().filter(|card| card.erased.is_some()).map(|card| card.request.person).collect();
    let ids = |waits: &dyn Fn(&&ErasureCard) -> bool| {
        cards.iter().filter(waits).map(|card| card.request.erasure_id).collect()
    };
    (
        ids(&|card| card.erased.is_none() && !erased.contains(&card.request.person)),
        ids(&|card| card.erased.is_some() && card.completed.is_none()),
    )
}

fn list(ids: &[Uuid]) -> String {
    ids.iter().map(Uuid::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use svod_domain::command::{ApproveErasure, RequestErasure};
    use svod_domain::event::ErasureRequested;
    use svod_domain::{Actor, Command, Role};
    use svod_log::{Hash, MemoryStore, PersonRow};

    use super::*;
    use crate::commands::doctor::Level;
    use crate::config::ConfigFlags;

    /// A ledger with a person in its vault, and the configuration that has its keys.
    struct Ground {
        store: Arc<dyn Store>,
        config: Config,
        person: PersonRow,
        folder: tempfile::TempDir,
    }

    impl Ground {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let mut config = Config::load(&ConfigFlags::default()).unwrap();
            config.keys_file = folder.path().join("ledger.keys");
            let keys = keys::make(&config.keys_file).unwrap().sealing;
            let (person, _) = keys.new_person(Hash([1; 32])).unwrap();
            let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
            assert!(store.keep_persons(std::slice::from_ref(&person), &[]).await.unwrap());
            Self { store, config, person, folder }
        }

        async fn order(&self, name: &str, command: Command) {
            let app = App::over(self.store.clone(), &self.config).unwrap();
            let actor = Actor { name: name.into(), roles: vec![Role::Operator] };
            app.engine.order(actor, command).await.unwrap().unwrap();
            app.close().await;
        }

        async fn request(&self) -> Uuid {
            let (erasure_id, person) = (Uuid::from_u128(7), self.person.person.parse().unwrap());
            let (municipality, basis) = ("66701000".parse().unwrap(), "письмо".to_owned());
            let requested = ErasureRequested { erasure_id, person, municipality, basis };
            self.order("o-1", Command::RequestErasure(RequestErasure { requested })).await;
            erasure_id
        }

        async fn finds(&self, subject: &str, level: Level, word: &str) {
            let findings = examine(&self.store, &self.config).await;
            let fits = |finding: &&Finding| finding.subject == subject && finding.level == level;
            assert!(findings.iter().filter(fits).any(|finding| finding.seen.contains(word)), "{findings:#?}");
        }
    }

    #[tokio::test]
    async fn a_vault_that_opens_and_no_erasure_is_as_it_should_be() {
        let ground = Ground::new().await;
        ground.finds(VAULT, Level::Good, "1 persons").await;
        ground.finds(ERASURES, Level::Good, "none waits").await;
    }

    #[tokio::test]
    async fn a_vault_of_other_keys_is_found() {
        let ground = Ground::new().await;
        let other = ground.folder.path().join("other.keys");
        keys::make(&other).unwrap();
        std::fs::rename(&other, &ground.config.keys_file).unwrap();
        ground.finds(VAULT, Level::Bad, "another ledger's").await;
    }

    #[tokio::test]
    async fn a_key_file_from_before_a_rotation_is_found() {
        let ground = Ground::new().await;
        let before = std::fs::read(&ground.config.keys_file).unwrap();
        keys::change::Changing::begin(&ground.config.keys_file).unwrap().add(false).unwrap();
        let keys = keys::load(&ground.config.keys_file).unwrap().unwrap().sealing;
        assert_eq!(ground.store.rewrap(1, &[keys.rewrap(&ground.person).unwrap()]).await.unwrap(), 1);
        std::fs::write(&ground.config.keys_file, before).unwrap();
        ground.finds(VAULT, Level::Bad, "not here: 2").await;
    }

    #[tokio::test]
    async fn erasures_that_wait_are_found_and_so_is_who_should_be_gone() {
        let ground = Ground::new().await;
        let erasure_id = ground.request().await;
        ground.finds(ERASURES, Level::Odd, &erasure_id.to_string()).await;
        let approve = ApproveErasure::new(erasure_id);
        ground.order("o-2", Command::ApproveErasure(approve)).await;
        ground.finds(ERASURES, Level::Bad, "1 persons who were erased").await;
        ground.finds(ERASURES, Level::Bad, "not complete").await;
        let app = App::over(ground.store.clone(), &ground.config).unwrap();
        svod_report::complete_erasures(&app.engine, None).await.unwrap();
        app.close().await;
        ground.finds(ERASURES, Level::Good, "1 known, none waits").await;
    }

    #[tokio::test]
    async fn a_ledger_whose_keys_are_elsewhere_is_found() {
        let mut ground = Ground::new().await;
        ground.config.keys_file = ground.folder.path().join("nowhere.keys");
        ground.finds(KEYS, Level::Good, "made with a new ledger").await;
        ground.request().await;
        ground.finds(KEYS, Level::Bad, "no name can be read").await;
    }
}
