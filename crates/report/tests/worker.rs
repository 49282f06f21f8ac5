//! The report worker beside what goes wrong: names that are lost, what a killed one left, persons who are erased.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests: a panic is how they fail")]

#[path = "document/template/donor.rs"]
mod donor;

use std::io::{Cursor, Read as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use donor::Donor;
use jiff::civil::date;
use svod_domain::calendar::{Calendar, TermRule};
use svod_domain::command::{
    Approve, ApproveErasure, CloseQuarter, OpenQuarter, RegisterMunicipality, ReopenQuarter, RequestErasure,
    Submit,
};
use svod_domain::event::{ContentHashes, ErasureRequested, ReportBuilt};
use svod_domain::quarter::Rules;
use svod_domain::{
    Activity, Actor, Command, DateRange, Edition, Participant, Quarter, Role, SubmissionId, Version,
};
use svod_engine::{Engine, EngineOptions, ReportInputs, Wording};
use svod_log::{FileStore as _, Hash, MemoryStore, StoredFile, VaultStore as _};
use svod_report::{
    CannotComplete, CannotLoad, CannotReproduce, Format, Match, Renderer, ReportSettings, Reproduced,
    Template, Verdict, WorkerOptions, complete_erasures, content_hash, keep_template, render_by, reproduce,
    verify_file,
};
use svod_seal::SealingKeys;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const UNIT: &str = "66701000";

/// Longest that anything may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn actor(name: &str, role: &str) -> Actor {
    Actor { name: name.into(), roles: vec![role.parse().unwrap()] }
}

fn sealing() -> SealingKeys {
    SealingKeys::try_new(&[1; 32], &[(1, [2; 32])].into()).unwrap()
}

/// A ledger with a record of one named person in each of two quarters, and the folder of reports.
struct Office {
    store: MemoryStore,
    engine: Engine,
    folder: tempfile::TempDir,
    _sequencer: tokio_util::sync::DropGuard,
}

/// The quarters, and who is named in each.
const NAMED: [(&str, &str); 2] = [("2020-Q1", "Орлов П.С."), ("2020-Q2", "Лисова Н.А.")];

impl Office {
    async fn new() -> Self {
        let store = MemoryStore::new();
        let (engine, sequencer) = Engine::new(EngineOptions {
            store: Arc::new(store.clone()),
            wording: Wording {
                refusal: |refusal| (refusal.reason().as_str().to_owned(), String::new()),
                warning: |warning| warning.code().to_owned(),
                read_dates: |_, _| None,
            },
            rules: Rules { terms: TermRule::default(), calendar: Calendar::built_in() },
            clock: Arc::new(|| "2020-06-08T09:00:00Z".parse().unwrap()),
            source: "svod".to_owned(),
            sealing: Some(sealing()),
        });
        let stop = CancellationToken::new();
        tokio::spawn(sequencer.run(stop.clone()));
        let folder = tempfile::tempdir().unwrap();
        let office = Self { store, engine, folder, _sequencer: stop.drop_guard() };
        let register = RegisterMunicipality {
            municipality: UNIT.parse().unwrap(),
            order: 1,
            short_name: "Смоленск".into(),
            report_heading: "Город Смоленск".into(),
            from: date(2006, 1, 1),
        };
        office.order("operator", Command::RegisterMunicipality(register)).await;
        for (number, (quarter, name)) in (1..).zip(NAMED) {
            office.file(number, quarter.parse().unwrap(), name).await;
        }
        office
    }

    async fn order(&self, role: &str, command: Command) {
        self.order_as(actor(role, role), command).await;
    }

    async fn order_as(&self, actor: Actor, command: Command) {
        self.engine.order(actor, command).await.unwrap().unwrap();
    }

    async fn file(&self, number: u128, quarter: Quarter, name: &str) {
        let close_at = Some("2020-07-15T15:00:00Z".parse().unwrap());
        let open = OpenQuarter { quarter, submit_by: close_at, close_at, reason: Some("проба".into()) };
        self.order("operator", Command::OpenQuarter(open)).await;
        self.record(number, quarter, name).await;
    }

    /// Files a record that names somebody, and approves it.
    async fn record(&self, number: u128, quarter: Quarter, name: &str) {
        let submission_id = SubmissionId(Uuid::from_u128(number));
        let activity = Activity {
            title: "Встреча".into(),
            place: None,
            dates: vec![DateRange::day(date(2020, 6, 5))],
            dates_text: None,
            content: "Обсуждён обмен".into(),
            agreements: None,
            participants: vec![Participant::Person { name: name.into(), position: "врач".into() }],
            countries: vec![],
        };
        let submit = Submit { submission_id, municipality: UNIT.parse().unwrap(), quarter, activity };
        self.order(&format!("municipality:{UNIT}"), Command::Submit(submit)).await;
        self.order("reviewer", Command::Approve(Approve { submission_id, version: Version::FIRST })).await;
    }

    async fn close(&self, quarter: &str) {
        let quarter = quarter.parse().unwrap();
        self.order("operator", Command::CloseQuarter(CloseQuarter { quarter, reason: "пора".into() })).await;
    }

    /// Opens the quarter again, adds a record, closes it, and waits for the document of the second edition.
    async fn second_edition(&self, quarter: &str, reason: &str) -> ReportBuilt {
        let close_at = "2020-08-03T15:00:00Z".parse().unwrap();
        let number = quarter.parse().unwrap();
        let reopen = ReopenQuarter { quarter: number, close_at, reason: reason.into() };
        self.order("operator", Command::ReopenQuarter(reopen)).await;
        self.record(3, number, "Зайцев К.М.").await;
        self.close(quarter).await;
        eventually("the second edition is recorded", async || self.built(quarter).await.len() == 2).await;
        self.built(quarter).await.remove(1)
    }

    /// A projector, until the guard goes, and views that know the document of an edition.
    async fn seen(&self, quarter: &str, edition: Edition) -> tokio_util::sync::DropGuard {
        let stop = CancellationToken::new();
        tokio::spawn(svod_engine::project(self.engine.clone(), stop.clone()));
        let is_seen = async || {
            let card =
                self.engine.reader(None).await.unwrap().quarter(quarter.parse().unwrap()).await.unwrap();
            let editions = card.map(|card| card.editions).unwrap_or_default();
            editions.iter().any(|one| one.edition == edition && !one.files.is_empty())
        };
        eventually("the views know the edition", is_seen).await;
        stop.drop_guard()
    }

    /// A worker, until the guard goes.
    fn worker(&self) -> tokio_util::sync::DropGuard {
        self.worker_with(ReportSettings::default())
    }

    fn worker_with(&self, settings: ReportSettings) -> tokio_util::sync::DropGuard {
        let stop = CancellationToken::new();
        let options = WorkerOptions { settings, folder: Some(self.folder.path().into()) };
        tokio::spawn(svod_report::work(self.engine.clone(), options, stop.clone()));
        stop.drop_guard()
    }

    /// Closes a quarter, and waits until a worker has recorded and copied its document. The worker goes on until the guard goes.
    async fn publish(
        &self,
        quarter: &str,
        settings: ReportSettings,
    ) -> (tokio_util::sync::DropGuard, ReportBuilt) {
        self.close(quarter).await;
        let worker = self.worker_with(settings);
        let built = self.document(quarter).await;
        self.copied(quarter, &built.sha256).await;
        (worker, built)
    }

    /// Keeps a region's own form in the ledger: the form, its bytes, and the settings that name it.
    async fn keep_form(&self) -> (Template, Vec<u8>, ReportSettings) {
        let bytes = Donor::new().bytes();
        let template = Template::compile(&bytes).unwrap();
        keep_template(&self.engine, &template, &bytes).await.unwrap();
        let named = Some(template.sha256().to_string());
        (template, bytes, ReportSettings { template: named, ..ReportSettings::default() })
    }

    /// One operator asks to erase somebody, and another approves.
    async fn erase(&self, name: &str) {
        let (erasure_id, municipality) = (Uuid::from_u128(9), UNIT.parse().unwrap());
        let person = self.engine.person_named(municipality, name).await.unwrap().unwrap().id;
        let requested = ErasureRequested {
            erasure_id, person, municipality, basis: "отзыв согласия".into()
        };
        self.order("operator", Command::RequestErasure(RequestErasure { requested })).await;
        let other = Actor { name: "o-2".into(), roles: vec![Role::Operator] };
        self.order_as(other, Command::ApproveErasure(ApproveErasure::new(erasure_id))).await;
    }

    async fn inputs(&self, quarter: &str) -> ReportInputs {
        self.engine.edition(quarter.parse().unwrap(), Edition::FIRST).await.unwrap().unwrap()
    }

    async fn built(&self, quarter: &str) -> Vec<ReportBuilt> {
        self.engine.built(quarter.parse().unwrap()).await.unwrap()
    }

    fn copy(&self, quarter: &str) -> PathBuf {
        self.folder.path().join(format!("report-{quarter}-edition-1.docx"))
    }

    /// Waits until a copy has these bytes.
    async fn copied(&self, quarter: &str, sha256: &str) {
        let is_there = || {
            let bytes = std::fs::read(self.copy(quarter)).ok();
            bytes.is_some_and(|bytes| Hash::of(&bytes).to_string() == sha256)
        };
        eventually("the copy is there", async || is_there()).await;
    }

    /// Waits until a quarter has its document, and returns what is recorded of it.
    async fn document(&self, quarter: &str) -> ReportBuilt {
        eventually("the document is recorded", async || !self.built(quarter).await.is_empty()).await;
        self.built(quarter).await.remove(0)
    }
}

async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("not so: {what}"));
}

#[tokio::test]
async fn a_document_that_names_the_lost_waits_for_the_vault_and_no_other_waits_for_it() {
    let office = Office::new().await;
    let lost = office.engine.person_named(UNIT.parse().unwrap(), NAMED[0].1).await.unwrap().unwrap();
    let index = sealing().blind_index(UNIT, NAMED[0].1);
    let (row, disclosures) = office.store.persons(&[index]).await.unwrap().remove(0);
    office.store.destroy_person(&lost.id.to_string()).await.unwrap();
    office.close("2020-Q1").await;
    office.close("2020-Q2").await;
    let worker = office.worker();
    office.document("2020-Q2").await;
    assert!(office.built("2020-Q1").await.is_empty());
    drop(worker);

    // The vault is put back, and the worker started again.
    assert!(office.store.keep_persons(&[row], &disclosures).await.unwrap());
    let _worker = office.worker();
    let built = office.document("2020-Q1").await;
    office.copied("2020-Q1", &built.sha256).await;
    assert_ne!(built.sha256, built.masked_sha256, "the name stands in it");
}

#[tokio::test]
async fn what_a_killed_worker_left_is_cleared_away_and_nothing_else_is() {
    let office = Office::new().await;
    let bytes: Arc<[u8]> = b"half a document".as_slice().into();
    let leftover = StoredFile { sha256: Hash::of(&bytes), media_type: "x".into(), bytes };
    office.store.keep_file(&leftover).await.unwrap();
    let part = office.folder.path().join("report-2020-Q1-edition-1.0192.part");
    let theirs = office.folder.path().join("report-2020-Q1-preview.odt");
    for path in [&part, &theirs] {
        std::fs::write(path, "x").unwrap();
    }
    let _worker = office.publish("2020-Q1", ReportSettings::default()).await;
    assert!(office.store.file(leftover.sha256).await.unwrap().is_none());
    assert!(!part.exists() && theirs.exists());
}

#[tokio::test]
async fn a_copy_that_is_gone_is_written_again() {
    let office = Office::new().await;
    let (worker, built) = office.publish("2020-Q2", ReportSettings::default()).await;
    drop(worker);
    std::fs::remove_file(office.copy("2020-Q2")).unwrap();
    let _worker = office.worker();
    office.copied("2020-Q2", &built.sha256).await;
}

#[tokio::test]
async fn another_packing_of_the_recorded_document_is_told_from_another_document() {
    let office = Office::new().await;
    let (_worker, built) = office.publish("2020-Q2", ReportSettings::default()).await;
    let made = reproduce(&office.engine, &built).await.unwrap();
    let Reproduced::Same(document) = made else { panic!("{made:?}") };
    let content = built.content.clone().unwrap();
    assert_eq!(content.sha256, content_hash(&document.bytes).unwrap().to_string());
    assert_ne!(content.sha256, content.masked_sha256);

    let other_file = ReportBuilt { sha256: Hash::of(b"packed otherwise").to_string(), ..built };
    let made = reproduce(&office.engine, &other_file).await.unwrap();
    assert_eq!(made, Reproduced::PackedOtherwise(document));
    let content = Some(Box::new(ContentHashes { sha256: content.masked_sha256.clone(), ..*content }));
    let other_document = ReportBuilt { content, ..other_file };
    let made = reproduce(&office.engine, &other_document).await.unwrap();
    assert!(matches!(made, Reproduced::Another(_)), "{made:?}");
}

#[tokio::test]
async fn a_document_is_made_again_by_the_renderer_that_it_names() {
    let office = Office::new().await;
    let (_worker, built) = office.publish("2020-Q2", ReportSettings::default()).await;
    assert_eq!(built.renderer, Renderer::newest(Format::Docx).as_str());
    let first = ReportBuilt { renderer: "docx/1".into(), ..built.clone() };
    let made = reproduce(&office.engine, &first).await.unwrap();
    let Reproduced::Another(old) = made else { panic!("{made:?}") };
    let first = ReportBuilt { sha256: Hash::of(&old.bytes).to_string(), ..first };
    assert_eq!(reproduce(&office.engine, &first).await.unwrap(), Reproduced::Same(old));
    for renderer in ["docx/0", "odt/2"] {
        let never = ReportBuilt { renderer: renderer.into(), ..built.clone() };
        let failure = reproduce(&office.engine, &never).await;
        assert!(matches!(failure, Err(CannotReproduce::Renderer { .. })), "{renderer}: {failure:?}");
    }
}

#[tokio::test]
async fn a_document_in_the_regions_own_form_is_made_again_from_the_form_that_the_ledger_keeps() {
    let office = Office::new().await;
    let (template, _, settings) = office.keep_form().await;
    let (_worker, built) = office.publish("2020-Q2", settings).await;
    assert_eq!(built.settings["template"].as_str(), Some(template.sha256().to_string().as_str()));
    // The worker has cleared away what was never recorded, and not the form.
    assert!(office.store.file(template.sha256()).await.unwrap().is_some());
    let made = reproduce(&office.engine, &built).await.unwrap();
    let Reproduced::Same(document) = made else { panic!("{made:?}") };
    let built_in =
        render_by(Renderer::Docx2, &office.inputs("2020-Q2").await, &ReportSettings::default()).unwrap();
    assert_ne!(document.bytes, built_in.bytes);

    office.store.drop_file(template.sha256()).await.unwrap();
    let failure = reproduce(&office.engine, &built).await;
    assert!(matches!(failure, Err(CannotReproduce::Template(CannotLoad::Unknown(_)))), "{failure:?}");
}

#[tokio::test]
async fn an_erasure_waits_for_the_form_that_the_twin_needs() {
    let office = Office::new().await;
    let (template, bytes, settings) = office.keep_form().await;
    let (worker, built) = office.publish("2020-Q2", settings).await;
    drop(worker);
    office.store.drop_file(template.sha256()).await.unwrap();
    office.erase(NAMED[1].1).await;

    let waits = complete_erasures(&office.engine, Some(office.folder.path())).await;
    assert!(matches!(waits, Err(CannotComplete::Twin { .. })), "{waits:?}");
    let document = Hash::from_hex(&built.sha256).unwrap();
    assert!(office.store.file(document).await.unwrap().is_some());

    keep_template(&office.engine, &template, &bytes).await.unwrap();
    assert_eq!(complete_erasures(&office.engine, Some(office.folder.path())).await.unwrap(), 1);
    assert!(office.store.file(document).await.unwrap().is_none());
    office.copied("2020-Q2", &built.masked_sha256).await;
}

#[tokio::test]
async fn who_is_erased_leaves_the_document_and_its_copy_and_the_erasure_is_complete() {
    let office = Office::new().await;
    let (_worker, built) = office.publish("2020-Q2", ReportSettings::default()).await;

    office.erase(NAMED[1].1).await;

    office.copied("2020-Q2", &built.masked_sha256).await;
    let is_complete = async || office.engine.erasures().await.unwrap()[0].completed.is_some();
    eventually("the erasure is complete", is_complete).await;
    assert!(office.store.file(Hash::from_hex(&built.sha256).unwrap()).await.unwrap().is_none());
    assert!(office.engine.person_named(UNIT.parse().unwrap(), NAMED[1].1).await.unwrap().is_none());
}

/// The file with a text of its pages replaced, packed anew.
fn edited(document: &[u8], from: &str, to: &str) -> Arc<[u8]> {
    let mut archive = zip::ZipArchive::new(Cursor::new(document)).unwrap();
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let (name, mut text) = (part.name().unwrap().to_string(), String::new());
        part.read_to_string(&mut text).unwrap();
        zip.start_file(name, stored).unwrap();
        zip.write_all(text.replace(from, to).as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner().into()
}

#[tokio::test]
async fn a_second_edition_says_why_it_is_and_is_made_again_and_known_again() {
    let office = Office::new().await;
    let (_worker, first) = office.publish("2020-Q2", ReportSettings::default()).await;
    let built = office.second_edition("2020-Q2", "пропущена запись").await;
    let made = reproduce(&office.engine, &first).await.unwrap();
    assert!(matches!(made, Reproduced::Same(_)), "{made:?}");
    let made = reproduce(&office.engine, &built).await.unwrap();
    let Reproduced::Same(document) = made else { panic!("{made:?}") };

    let _projector = office.seen("2020-Q2", Edition(2)).await;
    let settings = ReportSettings::default();
    let judged = async |bytes: Arc<[u8]>| verify_file(&office.engine, &settings, bytes).await.unwrap();
    let packed_anew = judged(edited(&document.bytes, "", "")).await;
    assert!(
        matches!(packed_anew, Verdict::SameContent(Match { edition: Edition(2), .. })),
        "{packed_anew:?}"
    );
    let forged = judged(edited(&document.bytes, "пропущена запись", "опечатка")).await;
    let Verdict::Differs { nearest, differences } = forged else { panic!("{forged:?}") };
    assert_eq!((nearest.edition, differences.count), (Edition(2), 1));
    let cell = &differences.cells[0];
    let told = [&cell.file, &cell.log].map(|text| text.clone().unwrap());
    assert_eq!(told, ["Причина: опечатка.", "Причина: пропущена запись."]);

    let inputs = office.engine.edition("2020-Q2".parse().unwrap(), Edition(2)).await.unwrap().unwrap();
    for renderer in Renderer::ALL.iter().filter(|one| ![Format::Html, Format::Json].contains(&one.format())) {
        let copy = render_by(*renderer, &inputs, &settings).unwrap().bytes;
        let verdict = judged(copy.into()).await;
        let found = matches!(verdict, Verdict::Authentic(Match { edition: Edition(2), .. }));
        assert!(found, "{renderer}: {verdict:?}");
    }
}

#[tokio::test]
async fn a_document_in_the_regions_own_form_is_known_again_when_it_was_saved_again_or_changed() {
    let office = Office::new().await;
    let (.., settings) = office.keep_form().await;
    let (_worker, _first) = office.publish("2020-Q2", settings.clone()).await;
    let built = office.second_edition("2020-Q2", "пропущена запись").await;
    let _projector = office.seen("2020-Q2", Edition(2)).await;
    let made = reproduce(&office.engine, &built).await.unwrap();
    let Reproduced::Same(document) = made else { panic!("{made:?}") };

    let judged = async |from, to| {
        verify_file(&office.engine, &settings, edited(&document.bytes, from, to)).await.unwrap()
    };
    let packed_anew = judged("", "").await;
    assert!(
        matches!(packed_anew, Verdict::SameContent(Match { edition: Edition(2), .. })),
        "{packed_anew:?}"
    );
    let forged = judged("пропущена запись", "опечатка").await;
    let Verdict::Differs { nearest, differences } = forged else { panic!("{forged:?}") };
    assert_eq!((nearest.edition, differences.count), (Edition(2), 1));
}
