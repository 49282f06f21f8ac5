//! Six records of our own, the messages that carry them, and the table that they must become, written by hand.

use serde_json::{Value, json};

/// Ids of the six submissions, in the order of filing.
pub(crate) const IDS: [&str; 6] = [
    "0193a5c0-0000-7000-8000-000000000001",
    "0193a5c0-0000-7000-8000-000000000002",
    "0193a5c0-0000-7000-8000-000000000003",
    "0193a5c0-0000-7000-8000-000000000004",
    "0193a5c0-0000-7000-8000-000000000005",
    "0193a5c0-0000-7000-8000-000000000006",
];

/// The quarter that they are filed for.
pub(crate) const QUARTER: &str = "2020-Q2";

/// The municipalities that file: a city, a city, a district.
pub(crate) const MUNICIPALITIES: [&str; 3] = ["66701000", "66710000", "66636000"];

/// A message: an event in the sense of CloudEvents.
pub(crate) fn event(id: &str, source: &str, kind: &str, data: &Value) -> Value {
    json!({"specversion": "1.0", "id": id, "source": source, "type": kind,
           "datacontenttype": "application/json", "data": data})
}

fn submit(number: usize, municipality: &str, activity: &Value) -> (String, Value) {
    let source = format!("/offices/{municipality}");
    let data = json!({"submission_id": IDS[number], "municipality": municipality, "quarter": QUARTER,
                      "activity": activity});
    let message = event(&format!("submit-{number}"), &source, "svod.activity.submit.v1", &data);
    (municipality.to_owned(), message)
}

/// The six submissions with their senders' municipalities. The third is filed with a mistake (see [`correction`]).
pub(crate) fn submissions() -> Vec<(String, Value)> {
    vec![
        submit(
            0,
            "66636000",
            &json!({
            "title": "Рабочая встреча с делегацией Могилевского района",
            "place": "г. Рославль",
            "dates": [{"from": "2020-05-30", "to": "2020-06-02"}],
            "content": "Стороны обсудили \"дорожную карту\" обмена опытом",
            "agreements": "Подписан протокол о намерениях",
            "participants": [{"position": "Глава района", "name": "П.С. Ковалев"}, {"group": "предприниматели района"}],
            "countries": ["BY"]}),
        ),
        submit(
            1,
            "66701000",
            &json!({
            "title": "Онлайн-урок «Города-побратимы»",
            "place": null,
            "dates": [{"from": "2020-06-23", "to": "2020-06-23"}],
            "content": "Школьники двух городов рассказали друг другу о своих музеях",
            "participants": [{"group": "учащиеся гимназии № 1"}],
            "countries": ["DE"]}),
        ),
        submit(
            2,
            "66710000",
            &json!({
            "title": "Фестиваль детских хоров",
            "place": "г. Москва",
            "dates": [{"from": "2020-04-08", "to": "2020-04-21"}],
            "content": "Хор «Родник» выступил с двумя программами",
            "participants": [{"group": "хор «Родник»"}]}),
        ),
        submit(
            3,
            "66701000",
            &json!({
            "title": "Собрание попечителей парка дружбы",
            "place": "г. Смоленск",
            "dates": [{"from": "2020-06-05", "to": "2020-06-05"}],
            "content": "Рассмотрен план посадок",
            "participants": [{"group": "попечители"}, {"group": "гости из Польши"}],
            "countries": ["PL"]}),
        ),
        submit(
            4,
            "66710000",
            &json!({
            "title": "Шахматный турнир по переписке",
            "place": null,
            "dates_text": "2, 9 апреля",
            "content": "Сыграно двадцать партий",
            "participants": [{"group": "шахматный клуб"}]}),
        ),
        submit(
            5,
            "66710000",
            &json!({
            "title": "Выставка рисунков",
            "place": "г. Десногорск",
            "dates": [{"from": "2020-05-30", "to": "2020-05-30"}],
            "content": "Показано 120 работ",
            "participants": [{"group": "дети трех стран"}]}),
        ),
    ]
}

/// The correction of the third: the festival ended on the 20th.
pub(crate) fn correction() -> Value {
    let (_, submitted) = submissions().swap_remove(2);
    let mut activity = submitted["data"]["activity"].clone();
    activity["dates"][0]["to"] = json!("2020-04-20");
    let data =
        json!({"submission_id": IDS[2], "version": 1, "activity": activity, "note": "Дата исправлена"});
    event("correct-2", "/offices/66710000", "svod.activity.correct.v1", &data)
}

/// A reviewer's message.
pub(crate) fn review(id: &str, verb: &str, data: &Value) -> Value {
    event(id, "/department", &format!("svod.review.{verb}.v1"), data)
}

/// The approvals of all six; the corrected one has version 2.
pub(crate) fn approvals() -> Vec<Value> {
    let approve = |(number, id): (usize, &&str)| {
        let version = if number == 2 { 2 } else { 1 };
        review(&format!("approve-{number}"), "approve", &json!({"submission_id": id, "version": version}))
    };
    IDS.iter().enumerate().map(approve).collect()
}

/// An operator's order to open the quarter.
pub(crate) fn open(close_at: &str) -> Value {
    let data = json!({"quarter": QUARTER, "submit_by": close_at, "close_at": close_at, "reason": "journey"});
    event("open", "/operator", "svod.quarter.open.v1", &data)
}

/// Moves the closing time to where a test can wait for it. Given only once everything else is recorded: how long that takes, the
/// machine decides.
pub(crate) fn closing(close_at: &str) -> Value {
    let data = json!({"quarter": QUARTER, "submit_by": close_at, "close_at": close_at, "reason": "journey"});
    event("move", "/operator", "svod.quarter.move.v1", &data)
}

/// The rows under the heading, as a person sees them; spaces are plain here.
pub(crate) fn expected_rows() -> Vec<Vec<&'static str>> {
    vec![
        vec!["Город Смоленск"],
        vec![
            "1.",
            "Собрание попечителей парка дружбы",
            "г. Смоленск",
            "5 июня",
            "Рассмотрен план посадок",
            "попечители, гости из Польши",
        ],
        vec![
            "2.",
            "Онлайн-урок «Города-побратимы»",
            "",
            "23 июня",
            "Школьники двух городов рассказали друг другу о своих музеях",
            "учащиеся гимназии № 1",
        ],
        vec!["Муниципальное образование «город Десногорск» Смоленской области"],
        vec![
            "3.",
            "Шахматный турнир по переписке",
            "",
            "2, 9 апреля",
            "Сыграно двадцать партий",
            "шахматный клуб",
        ],
        vec![
            "4.",
            "Фестиваль детских хоров",
            "г. Москва",
            "8–20 апреля",
            "Хор «Родник» выступил с двумя программами",
            "хор «Родник»",
        ],
        vec!["5.", "Выставка рисунков", "г. Десногорск", "30 мая", "Показано 120 работ", "дети трех стран"],
        vec!["Муниципальное образование «Рославльский район» Смоленской области"],
        vec![
            "6.",
            "Рабочая встреча с делегацией Могилевского района",
            "г. Рославль",
            "30 мая – 2 июня",
            "Стороны обсудили «дорожную карту» обмена опытом\nПодписан протокол о намерениях",
            "Глава района П.С. Ковалев, предприниматели района",
        ],
    ]
}

/// A moment some seconds ahead, RFC 3339, to the second.
pub(crate) fn seconds_ahead(seconds: i64) -> String {
    #[expect(clippy::disallowed_methods, reason = "a quarter is to close while the test waits")]
    let now = jiff::Timestamp::now();
    let second = jiff::Timestamp::from_second(now.as_second() + seconds).unwrap();
    second.to_string()
}
