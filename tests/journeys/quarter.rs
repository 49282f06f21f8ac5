//! A quarter, from the messages to the document, on both ledgers and over both doors.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::broker::{Broker, addressed, exchange, python};
use crate::records::{
    IDS, MUNICIPALITIES, QUARTER, approvals, closing, correction, event, expected_rows, open, review,
    seconds_ahead, submissions,
};
use crate::service::{Ledger, Service, eventually};

/// The heading row of the form.
const HEADING: [&str; 6] = [
    "№ п/п",
    "Наименование мероприятия",
    "Место проведения мероприятия",
    "Сроки проведения мероприятия",
    "Содержание мероприятия (в том числе краткая информация о достигнутых договоренностях)",
    "Участники мероприятия (ФИО, должность)",
];

/// The submission that comes after the reopening.
const ADDED: &str = "0193a5c0-0000-7000-8000-000000000007";

/// How far the closing time is moved ahead: two messages must still come before it on a busy machine.
const CLOSING_SECONDS: i64 = 6;

/// Who takes part: name, role.
fn people() -> Vec<(String, String)> {
    let offices = MUNICIPALITIES.iter().map(|code| (format!("m-{code}"), format!("municipality:{code}")));
    let department = [("r-1", "reviewer"), ("o-1", "operator"), ("a-1", "auditor")];
    offices.chain(department.map(|(name, role)| (name.to_owned(), role.to_owned()))).collect()
}

/// Every message of the quarter with its sender, in order: filing, a return, its correction, approvals.
pub(crate) fn messages(close_at: &str) -> Vec<(String, Value)> {
    let mut messages = vec![("o-1".to_owned(), open(close_at))];
    messages.extend(submissions().into_iter().map(|(code, message)| (format!("m-{code}"), message)));
    let remarks = json!([{"field": "dates", "text": "Уточните день окончания"}]);
    let returned = json!({"submission_id": IDS[2], "version": 1, "remarks": remarks});
    messages.push(("r-1".into(), review("return-2", "return", &returned)));
    messages.push(("m-66710000".into(), correction()));
    messages.extend(approvals().into_iter().map(|message| ("r-1".to_owned(), message)));
    messages
}

/// The closing time moved, by the operator.
fn moved(close_at: &str) -> [(String, Value); 1] {
    [("o-1".to_owned(), closing(close_at))]
}

/// What python-docx reads is the table that was written by hand; what makes the file official is there too.
#[track_caller]
fn check_document(path: &Path) {
    let plain = |text: &str| text.replace(['\u{a0}', '\u{202f}'], " ");
    let read = python("read_docx.py", &[path.to_str().unwrap()], "").remove(0);
    let rows: Vec<Vec<String>> = read["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row.as_array().unwrap().iter().map(|cell| plain(cell.as_str().unwrap())).collect())
        .collect();
    let heading: Vec<String> = rows[0].iter().map(|cell| cell.replace('\n', " ")).collect();
    assert_eq!(heading, HEADING);
    assert_eq!(rows[1..], expected_rows());
    let title = plain(read["title"].as_str().unwrap());
    assert!(title.ends_with("в международной сфере во II квартале 2020 года"), "{title}");
    assert_eq!(read["margins_mm"], json!([30, 10, 20, 20]));
    for fact in ["heading_repeats", "landscape", "first_page_differs"] {
        assert_eq!(read[fact], true, "{fact}");
    }
    assert_eq!(read["properties"]["language"], "ru-RU");
}

/// Sends everything through RabbitMQ as the foreign client, one connection for what a sender says in one go; each
/// message must be recorded.
#[track_caller]
fn send_by_broker(broker: &Broker, messages: &[(String, Value)]) {
    for said in messages.chunk_by(|(one, _), (next, _)| one == next) {
        let sender = &said[0].0;
        let addressed: Vec<Value> = said.iter().map(|(_, message)| addressed(message, sender)).collect();
        for receipt in exchange(&broker.user(sender), &addressed) {
            assert_eq!(receipt["data"]["outcome"], "recorded", "{receipt}");
        }
    }
}

/// Sends everything over HTTP; each message must be recorded.
#[track_caller]
pub(crate) fn send_by_http(service: &Service, tokens: &dyn Fn(&str) -> String, messages: &[(String, Value)]) {
    for (sender, message) in messages {
        let (status, receipt) = service.post(&tokens(sender), message.to_string());
        assert_eq!((status, &receipt["data"]["outcome"]), (200, &json!("recorded")), "{message} → {receipt}");
    }
}

/// Adds everybody and returns a way to their tokens.
pub(crate) fn tokens(ledger: &Ledger) -> impl Fn(&str) -> String + use<> {
    let tokens: Vec<(String, String)> =
        people().into_iter().map(|(name, role)| (name.clone(), ledger.principal(&name, &[&role]))).collect();
    move |name| tokens.iter().find(|(known, _)| known == name).unwrap().1.clone()
}

#[test]
fn a_quarter_travels_through_rabbitmq_on_postgresql_into_the_document() {
    let broker = Broker::new();
    let ledger = Ledger::postgres().with_broker(&broker.url());
    let tokens = tokens(&ledger);
    let service = Service::start(&ledger);
    send_by_broker(&broker, &messages(&seconds_ahead(600)));
    send_by_broker(&broker, &moved(&seconds_ahead(CLOSING_SECONDS)));

    let path = ledger.report(QUARTER, 1);
    eventually("the document appears without a human act", || path.exists().then_some(()));
    check_document(&path);
    let card = eventually("the report is recorded", || {
        let card = service.json(&tokens("a-1"), &format!("/api/v1/quarters/{QUARTER}"));
        card["editions"][0]["files"][0].is_object().then_some(card)
    });
    assert_eq!(card["editions"][0]["by_schedule"], true);
    let (status, served) =
        service.get(&tokens("a-1"), &format!("/api/v1/quarters/{QUARTER}/report?format=docx"));
    assert_eq!((status, served), (200, std::fs::read(&path).unwrap()));

    let log = service.whole_log(&tokens("a-1"));
    assert!(log.iter().any(|entry| entry["type"] == "report-built"));
}

/// Two documents of different ledgers differ in nothing but the part that says which ledger's log they come from.
#[track_caller]
pub(crate) fn same_but_for_the_log(documents: &[PathBuf; 2]) {
    let [one, other] = documents.each_ref().map(|path| {
        python("read_docx.py", &[path.to_str().unwrap()], "").remove(0)["parts"].as_object().unwrap().clone()
    });
    let differing: Vec<&str> =
        one.keys().filter(|name| one[*name] != other[*name]).map(String::as_str).collect();
    assert_eq!((one.len(), differing), (other.len(), vec!["docProps/custom.xml"]));
}

#[test]
fn the_same_messages_make_the_same_document_over_http_on_the_embedded_ledger_and_over_rabbitmq_on_postgresql()
{
    let opened = messages(&seconds_ahead(600));
    let broker = Broker::new();
    let large = Ledger::postgres().with_broker(&broker.url());
    let _tokens = tokens(&large);
    let _service = Service::start(&large);
    send_by_broker(&broker, &opened);

    let small = Ledger::embedded();
    let tokens = tokens(&small);
    let service = Service::start(&small);
    send_by_http(&service, &tokens, &opened);
    let moved = moved(&seconds_ahead(CLOSING_SECONDS));
    send_by_broker(&broker, &moved);
    send_by_http(&service, &tokens, &moved);

    let paths = [large.report(QUARTER, 1), small.report(QUARTER, 1)];
    eventually("both documents appear", || paths.iter().all(|path| path.exists()).then_some(()));
    check_document(&paths[1]);
    same_but_for_the_log(&paths);
}

#[test]
fn a_service_that_slept_through_the_closing_time_closes_on_waking() {
    let ledger = Ledger::embedded();
    let tokens = tokens(&ledger);
    let service = Service::start(&ledger);
    send_by_http(&service, &tokens, &messages(&seconds_ahead(600)));
    let close_at = seconds_ahead(CLOSING_SECONDS);
    send_by_http(&service, &tokens, &moved(&close_at));
    service.kill();
    eventually("the closing time passes", || (seconds_ahead(0) > close_at).then_some(()));

    let service = Service::start(&ledger);
    let path = ledger.report(QUARTER, 1);
    eventually("the document appears", || path.exists().then_some(()));
    let card = service.json(&tokens("o-1"), &format!("/api/v1/quarters/{QUARTER}"));
    assert_eq!(
        card["editions"][0]["closed_at"],
        json!(close_at),
        "the close is at its time, not at the waking"
    );
}

/// After the reopening: one record is corrected, one is left out, one is added.
fn changed_since(service: &Service, tokens: &dyn Fn(&str) -> String) {
    let revoke = |number: usize, version: u64, reason: &str| {
        let data = json!({"submission_id": IDS[number], "version": version, "reason": reason});
        review(&format!("revoke-{number}"), "revoke", &data)
    };
    let approve = |id: &str, version: u64| {
        review(&format!("approve-again-{id}"), "approve", &json!({"submission_id": id, "version": version}))
    };
    let source = |code: &str| format!("/offices/{code}");
    let activity = |number: usize| submissions()[number].1["data"]["activity"].clone();
    let mut corrected = activity(1);
    corrected["title"] = json!("Онлайн-урок «Побратимы»");
    let corrected = json!({"submission_id": IDS[1], "version": 1, "activity": corrected});
    let corrected = event("correct-again", &source("66701000"), "svod.activity.correct.v1", &corrected);
    let mut added = activity(0);
    added["title"] = json!("Встреча, о которой забыли");
    let added =
        json!({"submission_id": ADDED, "municipality": "66636000", "quarter": QUARTER, "activity": added});
    let added = event("add", &source("66636000"), "svod.activity.submit.v1", &added);
    let messages = [
        ("r-1", revoke(5, 1, "дубль")),
        ("r-1", revoke(1, 1, "опечатка")),
        ("m-66701000", corrected),
        ("m-66636000", added),
        ("r-1", approve(IDS[1], 2)),
        ("r-1", approve(ADDED, 1)),
    ];
    let messages = messages.map(|(sender, message)| (sender.to_owned(), message));
    send_by_http(service, tokens, &messages);
}

/// What the second edition says is what was done, and the ledger knows it again.
#[track_caller]
fn check_second_edition(ledger: &Ledger, path: &Path) {
    let read = python("read_docx.py", &[path.to_str().unwrap()], "").remove(0);
    assert_eq!(read["rows"].as_array().unwrap().len(), expected_rows().len() + 1, "one less and one more");
    let told: Vec<String> = read["paragraphs"]
        .as_array()
        .unwrap()
        .iter()
        .skip(1)
        .map(|line| line.as_str().unwrap().replace('\u{a0}', " "))
        .collect();
    let [heading, replaces, told @ ..] = &told[..] else { panic!("{told:?}") };
    assert_eq!(heading, "Сведения о редакции 2");
    assert!(replaces.starts_with("Редакция 2 заменяет редакцию 1 от "), "{replaces}");
    let expected = [
        "Причина: пропущена запись.",
        "Добавлена запись 6.",
        "Исправлена запись 2.",
        "Исключена запись 5 редакции 1 (Муниципальное образование «город Десногорск» Смоленской области): \
         «Выставка рисунков».",
    ];
    assert_eq!(told, expected);
    for edition in ["1", "2"] {
        let again = ["audit", "reproduce", QUARTER, "--edition", edition, "--json"];
        let again = ledger.svod_ends(0, &again);
        let document = &again["documents"][0];
        assert_eq!(
            (document["edition"].to_string().as_str(), &document["made_again"]),
            (edition, &json!("document"))
        );
    }
    let verdict = ledger.svod_ends(0, &["audit", "verify-file", path.to_str().unwrap(), "--json"]);
    assert_eq!((&verdict["verdict"], &verdict["document"]["edition"]), (&json!("authentic"), &json!(2)));
}

#[test]
fn a_reopened_quarter_makes_a_second_edition_and_keeps_the_first() {
    let ledger = Ledger::embedded();
    let tokens = tokens(&ledger);
    let service = Service::start(&ledger);
    send_by_http(&service, &tokens, &messages(&seconds_ahead(600)));
    let order = |id: &str, verb: &str, data: Value| {
        let message = event(id, "/operator", &format!("svod.quarter.{verb}.v1"), &data);
        let (status, receipt) = service.post(&tokens("o-1"), message.to_string());
        assert_eq!(status, 200, "{receipt}");
    };
    order("close", "close", json!({"quarter": QUARTER, "reason": "досрочно"}));
    let first = ledger.report(QUARTER, 1);
    eventually("the first edition appears", || first.exists().then_some(()));
    let kept = std::fs::read(&first).unwrap();

    let again = json!({"quarter": QUARTER, "close_at": seconds_ahead(600), "reason": "пропущена запись"});
    order("reopen", "reopen", again);
    changed_since(&service, &tokens);
    order("close-2", "close", json!({"quarter": QUARTER, "reason": "исправлено"}));
    let second = ledger.report(QUARTER, 2);
    eventually("the second edition appears", || second.exists().then_some(()));

    check_second_edition(&ledger, &second);
    ledger.svod(&["report", QUARTER, "--since-edition", "1", "--out", "changes.docx"]);
    let changes = ledger.folder.path().join("changes.docx");
    let changes = python("read_docx.py", &[changes.to_str().unwrap()], "").remove(0);
    let both = changes["rows"].as_array().unwrap().len();
    assert_eq!(
        both,
        expected_rows().len() + 2,
        "the heading, and what only one of the editions has: one deleted, one inserted"
    );
    let served =
        service.get(&tokens("a-1"), &format!("/api/v1/quarters/{QUARTER}/report?format=docx&edition=1"));
    assert_eq!(served, (200, kept));
}
