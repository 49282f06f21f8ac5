//! Views are pure folds: of the same log the same documents, in whatever steps they were made.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use svod_domain::command::RecordReport;
use svod_domain::event::ReportBuilt;
use svod_domain::{Actor, Command, Edition};
use svod_engine::{
    AsOf, BoardState, Counts, Engine, EngineError, Reader, SubmissionCard, SubmissionFilter, SubmissionState,
    project, rebuild, view_statuses,
};
use svod_log::{EventLog as _, MemoryStore, Position, Store, ViewCommit, ViewStore as _};
use tokio_util::sync::CancellationToken;

use crate::ground::{
    DESNOGORSK, Ground, Message, Running, SMOLENSK, TestClock, VYAZMA, answer, append_of, approve, close,
    correct, hand_back, log, new_event, nothing, operator, quarter, recorded, reopen, start, submission,
    submit, withdraw,
};
use crate::store::{Faults, Outage};

const VIEWS: [&str; 4] = ["quarters", "board", "submissions", "municipalities"];

/// Builds one view anew, or all.
async fn rebuilt(store: &MemoryStore, view: Option<&str>) -> Vec<&'static str> {
    let store: Arc<dyn Store> = Arc::new(store.clone());
    rebuild(&store, view, |_, _| {}).await.unwrap().unwrap()
}

/// The views at work, until they are dropped.
pub(crate) struct Projector(CancellationToken);

impl Drop for Projector {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

pub(crate) fn projector(engine: &Engine) -> Projector {
    let stop = CancellationToken::new();
    let running = project(engine.clone(), stop.clone());
    tokio::spawn(async move { running.await.unwrap() });
    Projector(stop)
}

/// Waits until every view has seen the whole log. Only with paused time.
pub(crate) async fn caught_up(store: &dyn Store) {
    for _ in 0..10_000 {
        let head = store.head().await.unwrap().position.0;
        let statuses = view_statuses(store).await.unwrap();
        if statuses.iter().all(|status| status.position == head && status.building.is_none()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("views never caught up: {:?}", view_statuses(store).await.unwrap());
}

/// Everything that a reader can be asked, as one value.
pub(crate) async fn seen(reader: &Reader) -> Value {
    let mut all = json!({ "municipalities": reader.municipalities().await.unwrap() });
    for card in reader.quarters().await.unwrap() {
        let quarter = card.quarter;
        let page = reader.submissions(quarter, &SubmissionFilter::default(), None, 1_000).await.unwrap();
        let mut histories = vec![];
        for card in &page.items {
            histories.push(reader.history(card.submission_id).await.unwrap());
        }
        let inputs = reader.report_inputs(quarter).await.unwrap().unwrap();
        all[quarter.to_string()] = json!({
            "card": card, "board": reader.board(quarter).await.unwrap(), "submissions": page,
            "histories": histories, "sections": inputs.sections,
        });
    }
    all
}

pub(crate) async fn seen_now(engine: &Engine) -> Value {
    seen(&engine.reader(None).await.unwrap()).await
}

/// One thing that somebody tries; most of them are refused in most states.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    what: u8,
    number: u32,
    version: u32,
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step =
        (0_u8..13, 0_u32..6, 1_u32..3).prop_map(|(what, number, version)| Step { what, number, version });
    proptest::collection::vec(step, 1..60)
}

async fn take(engine: &Engine, id: usize, step: Step) {
    let Step { what, number, version } = step;
    let id = id.to_string();
    let code = [SMOLENSK, DESNOGORSK, VYAZMA][number as usize % 3];
    let office = |kind, data| Message { id: id.clone(), kind, data, actor: operator() };
    let message = match what {
        // Filings are more frequent, so that the others find something.
        0..=2 => submit(&id, code, number),
        3 => correct(&id, code, number, version),
        4 => withdraw(&id, code, number, version),
        5 => hand_back(&id, number, version),
        6 | 7 => approve(&id, number, version),
        8 => Message {
            kind: "svod.review.revoke.v1",
            data: json!({"submission_id": submission(number), "version": version, "reason": "x"}),
            ..approve(&id, number, version)
        },
        9 => nothing(&id, code),
        10 => close(&id),
        11 => reopen(&id, "2020-09-01T00:00:00Z"),
        _ => office(
            "svod.municipality.rename.v1",
            json!({"municipality": code, "short_name": format!("Имя {number}"), "report_heading": "Новое имя",
                "from": format!("2020-0{}-01", version + 4)}),
        ),
    };
    answer(engine, &message).await;
    if what == 10 {
        let built = ReportBuilt {
            quarter: quarter("2020-Q2"),
            edition: Edition(version),
            format: "docx".into(),
            sha256: "0".repeat(64),
            masked_sha256: String::new(),
            size_bytes: 1,
            built_at_position: 1,
            renderer: "docx/1".into(),
            settings: serde_json::json!({}),
            content: None,
        };
        let _recorded_or_not = engine
            .order(Actor::service(), Command::RecordReport(RecordReport { built, names: vec![] }))
            .await
            .unwrap();
    }
}

/// A ledger on which these things were tried, an hour apart.
pub(crate) async fn tried(steps: &[Step]) -> Ground {
    let ground = Ground::new().await;
    for (id, step) in steps.iter().enumerate() {
        ground.clock.set(&format!("2020-07-{:02}T{:02}:00:00Z", 1 + id / 24, id % 24));
        take(&ground.engine, id, *step).await;
    }
    ground
}

/// Another ledger that holds the first entries of this one, as they are.
pub(crate) async fn beginning(store: &MemoryStore, position: Position) -> MemoryStore {
    let copy = MemoryStore::new();
    for entry in log(store).await.into_iter().take_while(|entry| entry.position <= position) {
        let append = append_of(&entry, new_event(&entry));
        copy.append(&[append]).await.unwrap();
    }
    copy
}

pub(crate) fn engine_on(store: impl Store + 'static) -> Running {
    start(Arc::new(store), &TestClock::at("2020-08-01T00:00:00Z"))
}

/// Runs a law on paused time.
pub(crate) fn law<T>(law: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(law)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn documents_do_not_depend_on_the_steps_they_were_made_in(
        steps in steps(),
        pages in proptest::collection::vec(1_u32..9, 1..8),
    ) {
        law(async {
            let ground = tried(&steps).await;
            let whole = projector(&ground.engine);
            caught_up(&ground.store).await;
            drop(whole);
            // Another ledger with the same log, of which the views are made in small pieces.
            let copy = beginning(&ground.store, Position(u64::MAX)).await;
            let engine = engine_on(Faults::default().paged(pages).before(&copy));
            let _pieces = projector(&engine);
            caught_up(&copy).await;
            assert_eq!(seen_now(&ground.engine).await, seen_now(&engine).await);
        });
    }

    #[test]
    fn a_view_that_is_built_anew_beside_the_old_one_says_the_same(steps in steps()) {
        law(async {
            let ground = tried(&steps).await;
            let _projector = projector(&ground.engine);
            caught_up(&ground.store).await;
            let before = seen_now(&ground.engine).await;
            for view in VIEWS {
                rebuilt(&ground.store, Some(view)).await;
            }
            caught_up(&ground.store).await;
            assert_eq!(seen_now(&ground.engine).await, before);
            let sets = ground.store.view_ids().await.unwrap();
            assert_eq!(sets.len(), VIEWS.len(), "the old documents are gone: {sets:?}");
        });
    }

    #[test]
    fn a_past_moment_is_what_a_ledger_showed_that_went_no_further(steps in steps(), share in 0.0_f64..=1.0) {
        law(async {
            let ground = tried(&steps).await;
            let head = ground.store.head().await.unwrap().position.0;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss,
                reason = "a share of a small number")]
            let position = Position((head as f64 * share) as u64);
            let past = ground.engine.reader(Some(AsOf::Position(position))).await.unwrap();
            let copy = beginning(&ground.store, position).await;
            let engine = engine_on(copy.clone());
            let _projector = projector(&engine);
            caught_up(&copy).await;
            assert_eq!(past.position(), position);
            assert_eq!(seen(&past).await, seen_now(&engine).await);
        });
    }

    #[test]
    fn the_board_counts_what_the_list_shows(steps in steps()) {
        law(async {
            let ground = tried(&steps).await;
            let _projector = projector(&ground.engine);
            caught_up(&ground.store).await;
            let reader = ground.engine.reader(None).await.unwrap();
            let board = reader.board(quarter("2020-Q2")).await.unwrap().unwrap();
            assert_eq!(board.rows.len(), 3);
            for row in board.rows {
                let filter = SubmissionFilter { municipality: Some(row.municipality), state: None };
                let page = reader.submissions(quarter("2020-Q2"), &filter, None, 100).await.unwrap();
                assert_eq!(row.counts, counted(&page.items), "{}", row.municipality);
                let live = page.items.iter().any(|card| card.state != SubmissionState::Withdrawn);
                assert_eq!(live, !matches!(row.state, BoardState::Missing | BoardState::Nil));
            }
        });
    }
}

fn counted(cards: &[SubmissionCard]) -> Counts {
    let mut counts = Counts::default();
    for card in cards {
        let count = match card.state {
            SubmissionState::Submitted => &mut counts.submitted,
            SubmissionState::Returned => &mut counts.returned,
            SubmissionState::Approved => &mut counts.approved,
            SubmissionState::Withdrawn => &mut counts.withdrawn,
        };
        *count += 1;
        counts.late += u32::from(card.late);
    }
    counts
}

#[tokio::test(start_paused = true)]
async fn a_view_that_was_deleted_comes_back() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1), approve("2", 1, 1), nothing("3", VYAZMA)]).await;
    let _projector = projector(&ground.engine);
    caught_up(&ground.store).await;
    let before = seen_now(&ground.engine).await;
    for view in VIEWS {
        let set = ground.store.live_view(view).await.unwrap().unwrap();
        ground.store.drop_view(&set).await.unwrap();
    }
    caught_up(&ground.store).await;
    assert_eq!(seen_now(&ground.engine).await, before);
}

#[tokio::test(start_paused = true)]
async fn documents_of_views_that_nobody_reads_any_more_go() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1)]).await;
    let changes = [("2020-Q2/1".to_owned(), Some(b"{}".to_vec()))].into();
    let (view, from, to) = ("report-inputs@2.1".to_owned(), Position::START, Position(1));
    assert!(ground.store.commit_view(ViewCommit { view, from, to, changes }).await.unwrap());
    let _projector = projector(&ground.engine);
    caught_up(&ground.store).await;
    let mut sets = ground.store.view_ids().await.unwrap();
    sets.retain(|set| !VIEWS.contains(&set.split('@').next().unwrap()));
    assert_eq!(sets, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn views_that_are_far_behind_show_what_those_show_that_never_were_whatever_fails_meanwhile() {
    let ground = Ground::new().await;
    for some in (0..6_600).collect::<Vec<u32>>().chunks(600) {
        let messages: Vec<_> =
            some.iter().map(|number| submit(&format!("s{number}"), SMOLENSK, *number)).collect();
        recorded(&ground.engine, &messages).await;
    }
    recorded(&ground.engine, &[approve("a", 17, 1)]).await;
    // One of the pages that are read ahead is lost.
    let store = Arc::new(Faults::default().yielding(5).before(&ground.store));
    let engine = start(store.clone(), &ground.clock);
    let _projector = projector(&engine);
    while view_statuses(&ground.store).await.unwrap().iter().any(|status| status.position == 0) {
        tokio::task::yield_now().await;
    }
    let behind = view_statuses(&ground.store).await.unwrap();
    assert!(behind.iter().all(|status| status.position < 2_000), "{behind:?}");
    store.fail_next(Outage::Read);
    caught_up(&ground.store).await;
    let past = ground.engine.reader(Some(AsOf::Position(Position(u64::MAX)))).await.unwrap();
    let present = engine.reader(None).await.unwrap();
    let (quarter, filter) = (quarter("2020-Q2"), SubmissionFilter::default());
    assert_eq!(present.board(quarter).await.unwrap(), past.board(quarter).await.unwrap());
    assert_eq!(paged(&present, &filter, 1_000).await, paged(&past, &filter, 1_000).await);
}

#[tokio::test(start_paused = true)]
async fn nobody_reads_the_documents_of_another_version_while_those_of_this_one_are_built() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1)]).await;
    let changes = [(format!("2020-Q2/{SMOLENSK}/1"), Some(b"{\"of\":\"another shape\"}".to_vec()))].into();
    let (view, from, to) = ("submissions@1.1".to_owned(), Position::START, Position(1));
    assert!(ground.store.commit_view(ViewCommit { view, from, to, changes }).await.unwrap());
    ground.store.promote_view("submissions", "submissions@1.1").await.unwrap();
    let told = ground.engine.reader(None).await.err().unwrap();
    assert!(matches!(told, EngineError::Building { view: "submissions" }) && told.is_transient(), "{told}");
    let _projector = projector(&ground.engine);
    caught_up(&ground.store).await;
    let past = ground.engine.reader(Some(AsOf::Position(Position(u64::MAX)))).await.unwrap();
    assert_eq!(seen_now(&ground.engine).await, seen(&past).await);
    assert_eq!(
        ground.store.progress("submissions@1.1").await.unwrap(),
        Position::START,
        "the old ones are gone"
    );
}

#[tokio::test(start_paused = true)]
async fn a_document_that_names_the_record_of_another_is_not_shown() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1), submit("2", VYAZMA, 2)]).await;
    let running = projector(&ground.engine);
    caught_up(&ground.store).await;
    drop(running);
    let set = ground.store.live_view("submissions").await.unwrap().unwrap();
    let documents = ground.store.documents_under(&set, "", None, 10).await.unwrap();
    let [(key, _), (_, of_another)] = &documents[..] else { panic!("{documents:?}") };
    let at = ground.store.progress(&set).await.unwrap();
    let changes = [(key.clone(), Some(of_another.clone()))].into();
    assert!(ground.store.commit_view(ViewCommit { view: set, from: at, to: at, changes }).await.unwrap());
    let reader = ground.engine.reader(None).await.unwrap();
    let told =
        reader.submissions(quarter("2020-Q2"), &SubmissionFilter::default(), None, 10).await.unwrap_err();
    assert!(matches!(told, EngineError::Document { .. }), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_came_before_a_rebuild_still_finds_everything_after_it() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1), approve("2", 1, 1)]).await;
    let _projector = projector(&ground.engine);
    caught_up(&ground.store).await;
    let reader = ground.engine.reader(None).await.unwrap();
    let before = seen(&reader).await;
    for view in VIEWS {
        rebuilt(&ground.store, Some(view)).await;
    }
    assert_eq!(seen(&reader).await, before);
}

#[tokio::test(start_paused = true)]
async fn a_view_can_be_rebuilt_while_nothing_projects_and_again_and_again() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1)]).await;
    for generation in 1..4 {
        rebuilt(&ground.store, Some("board")).await;
        let live = ground.store.live_view("board").await.unwrap();
        assert_eq!(live, Some(format!("board@1.{generation}")));
    }
    assert_eq!(rebuilt(&ground.store, None).await, VIEWS, "all of them in one go");
    let store: Arc<dyn Store> = Arc::new(ground.store.clone());
    let unknown = rebuild(&store, Some("colours"), |_, _| {}).await.unwrap();
    assert_eq!(unknown.unwrap_err().name, "colours");
}

#[tokio::test(start_paused = true)]
async fn a_reader_sees_what_this_process_has_just_recorded() {
    let ground = Ground::new().await;
    let _projector = projector(&ground.engine);
    for number in 0..20 {
        recorded(&ground.engine, &[submit(&format!("s{number}"), SMOLENSK, number)]).await;
        let reader = ground.engine.reader(None).await.unwrap();
        assert!(reader.submission(submission(number)).await.unwrap().is_some(), "{number}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_is_not_kept_waiting_where_nothing_projects() {
    let ground = Ground::new().await;
    let asked = tokio::time::Instant::now();
    let reader = ground.engine.reader(None).await.unwrap();
    assert!(asked.elapsed() <= Duration::from_secs(1));
    assert_eq!(reader.position(), Position::START);
    assert_eq!(reader.quarters().await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_does_not_project_reads_what_another_one_projected() {
    let ground = Ground::new().await;
    let _projector = projector(&ground.copy());
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1)]).await;
    let reader = ground.engine.reader(None).await.unwrap();
    assert!(reader.submission(submission(1)).await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn two_projectors_make_the_same_documents_as_one() {
    let ground = Ground::new().await;
    let (one, two) = (
        start(Arc::new(Faults::default().yielding(5).before(&ground.store)), &ground.clock),
        start(Arc::new(Faults::default().yielding(9).before(&ground.store)), &ground.clock),
    );
    let _projectors = (projector(&one), projector(&two));
    for number in 0..30 {
        recorded(&one, &[submit(&format!("s{number}"), SMOLENSK, number)]).await;
        recorded(&two, &[approve(&format!("a{number}"), number, 1)]).await;
        if number % 7 == 0 {
            rebuilt(&ground.store, Some("board")).await;
        }
    }
    caught_up(&ground.store).await;
    let past = ground.engine.reader(Some(AsOf::Position(Position(u64::MAX)))).await.unwrap();
    assert_eq!(seen_now(&one).await, seen(&past).await);
}

#[tokio::test]
async fn a_moment_shows_what_was_recorded_up_to_and_at_it() {
    let ground = Ground::new().await;
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1)]).await;
    ground.clock.set("2020-06-02T00:00:00Z");
    recorded(&ground.engine, &[submit("2", SMOLENSK, 2)]).await;
    for (moment, position) in
        [("2020-06-01T08:59:59Z", 0), ("2020-06-01T09:00:00Z", 5), ("2020-06-02T00:00:00Z", 6)]
    {
        let reader = ground.engine.reader(Some(moment.parse().unwrap())).await.unwrap();
        assert_eq!(reader.position().0, position, "{moment}");
    }
    assert!("вчера".parse::<AsOf>().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_quarter_reopened_for_less_than_its_deadline_has_the_deadline_of_its_close() {
    let ground = Ground::new().await;
    let _projector = projector(&ground.engine);
    recorded(&ground.engine, &[close("1"), reopen("2", "2020-06-10T00:00:00Z")]).await;
    let card = ground.engine.reader(None).await.unwrap().quarter(quarter("2020-Q2")).await.unwrap().unwrap();
    assert_eq!((card.submit_by, card.close_at), (card.close_at, crate::ground::time("2020-06-10T00:00:00Z")));
    assert_eq!(card.edition, Edition(2));
}

#[tokio::test(start_paused = true)]
async fn a_board_keeps_the_row_of_one_that_filed_and_was_ended_afterwards() {
    let ground = Ground::new().await;
    let _projector = projector(&ground.engine);
    let retire = |id: &str, code: &str| Message {
        id: id.into(),
        kind: "svod.municipality.retire.v1",
        data: json!({"municipality": code, "from": "2020-04-01"}),
        actor: operator(),
    };
    recorded(&ground.engine, &[submit("1", SMOLENSK, 1), retire("2", SMOLENSK), retire("3", DESNOGORSK)])
        .await;
    let reader = ground.engine.reader(None).await.unwrap();
    let board = reader.board(quarter("2020-Q2")).await.unwrap().unwrap();
    let rows: Vec<&str> = board.rows.iter().map(|row| row.municipality.as_str()).collect();
    assert_eq!(rows, [SMOLENSK, VYAZMA]);
}

/// Reads the whole list in pages of this size.
async fn paged(reader: &Reader, filter: &SubmissionFilter, limit: u32) -> Vec<SubmissionCard> {
    let (mut all, mut after): (Vec<SubmissionCard>, Option<String>) = (vec![], None);
    loop {
        let page = reader.submissions(quarter("2020-Q2"), filter, after.as_deref(), limit).await.unwrap();
        assert!(page.items.len() <= limit as usize);
        assert!(page.next.is_none() || page.items.len() == limit as usize, "only the last page is short");
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn pages_show_every_submission_once_under_every_filter() {
    let ground = Ground::new().await;
    for number in 0..60_u32 {
        let code = [SMOLENSK, DESNOGORSK, VYAZMA][number as usize % 3];
        recorded(&ground.engine, &[submit(&format!("s{number}"), code, number)]).await;
        if number % 4 == 0 {
            recorded(&ground.engine, &[approve(&format!("a{number}"), number, 1)]).await;
        }
    }
    let _projector = projector(&ground.engine);
    caught_up(&ground.store).await;
    let reader = ground.engine.reader(None).await.unwrap();
    let municipality = Some(VYAZMA.parse().unwrap());
    let state = Some(SubmissionState::Approved);
    for (filter, count) in [
        (SubmissionFilter::default(), 60),
        (SubmissionFilter { municipality, state: None }, 20),
        (SubmissionFilter { municipality: None, state }, 15),
        (SubmissionFilter { municipality, state }, 5),
        (SubmissionFilter { municipality: None, state: Some(SubmissionState::Returned) }, 0),
    ] {
        let whole = paged(&reader, &filter, 1_000).await;
        assert_eq!(whole.len(), count);
        let keys: Vec<_> = whole.iter().map(|card| (card.municipality, card.submission_id)).collect();
        assert!(keys.is_sorted_by(|a, b| a < b), "in order, each once");
        for limit in [1, 2, 5, 7, 15, 20, 59, 60, 61] {
            assert_eq!(paged(&reader, &filter, limit).await, whole, "{filter:?} by {limit}");
        }
    }
}
