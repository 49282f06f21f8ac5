//! `svod erase`: what it tells of a name that is not sealed, and what an import does with a record of somebody who was erased.

use serde_json::json;

use crate::ground::{CODE, Ended, Ledger, SENDER, message, submission_id};

const NAME: &str = "И.П. Ромашкин";

/// A ledger in which one record names the person twice, sealed and in a text, and another only in a text. Two operators.
fn office() -> (Ledger, [String; 2]) {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    ledger.principal(SENDER, &format!("municipality:{CODE}"));
    let tokens = ["o-1", "o-2"].map(|name| ledger.principal(name, "operator"));
    for (number, content, participant) in [
        (1, "Выступил И. П. Ромашкин.", json!({"name": NAME, "position": "врач"})),
        (2, "Показали гончарный круг.", json!({"group": "ансамбль и глава города И.П.\u{a0}Ромашкин"})),
        (3, "Спели три песни.", json!({"name": "О.О. Другая", "position": "врач"})),
    ] {
        let activity = json!({
            "title": format!("Встреча {number}"), "dates": [{"from": "2020-06-05", "to": "2020-06-05"}], "content": content,
            "participants": [participant],
        });
        let data = json!({
            "submission_id": submission_id(number), "municipality": CODE, "quarter": "2020-Q2", "activity": activity,
        });
        let message = message(number, "svod.activity.submit.v1", &data).to_string();
        ledger.svod_with(&["send", "-", "--as", SENDER], &message).with(0);
    }
    (ledger, tokens)
}

fn request(ledger: &Ledger, name: &str, token: &str) -> Ended {
    let basis = ["--basis", "отзыв согласия", "--token", token, "--json"];
    ledger.svod(&[&["erase", "request", "--name", name, "--municipality", CODE], &basis[..]].concat())
}

#[test]
fn a_name_that_is_written_in_clear_is_told_to_whoever_erases_and_stands_in_the_act() {
    let (ledger, [one, other]) = office();
    let asked = request(&ledger, NAME, &one).with(0).json();
    assert_eq!(asked["in_clear"]["entries"], 2, "{asked}");
    let places: Vec<u64> = serde_json::from_value(asked["in_clear"]["first"].clone()).unwrap();
    let approve = ["erase", "approve", asked["erasure"].as_str().unwrap(), "--token", &other];
    let papers = ledger.svod(&approve).with(0).stdout;
    let told = format!("написано в записях журнала: 2 (места {}, {})", places[0], places[1]);
    assert!(papers.contains(&told) && !papers.contains("имени больше не хранит"), "{papers}");
    // Nobody can tell the name any more, but where it is written in clear it still is found.
    let again = request(&ledger, NAME, &one).with(1);
    assert!(format!("{}{}", again.stdout, again.stderr).contains("открытым текстом: 2"), "{}", again.stderr);
    let nowhere = request(&ledger, "О.О. Другая", &one).with(0).json();
    assert_eq!(nowhere["in_clear"], json!({"entries": 0, "first": []}));
}

#[test]
fn an_import_says_that_a_record_of_somebody_who_was_erased_stays_as_it_is() {
    const HEADING: &str =
        "№ п/п;Наименование мероприятия;Место проведения;Сроки проведения;Содержание;Участники";
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    ledger.principal(SENDER, &format!("municipality:{CODE}"));
    let [one, other] = ["o-1", "o-2"].map(|name| ledger.principal(name, "operator"));
    let write = |content: &str| {
        let row = format!("1.;Ярмарка;г. Вязьма;5 июня;{content};Глава города {NAME}");
        std::fs::write(ledger.path().join("r.csv"), format!("{HEADING}\n{row}\n")).unwrap();
    };
    // Whose it is, the file does not say: it is the sender's.
    let import = || ledger.svod(&["import", "r.csv", "--quarter", "2020-Q2", "--as", SENDER]);
    write("Показали круг.");
    let filed = import().with(0).stdout;
    assert!(filed.contains("Записано 1, отказано 0."), "{filed}");
    let asked = request(&ledger, NAME, &one).with(0).json();
    ledger.svod(&["erase", "approve", asked["erasure"].as_str().unwrap(), "--token", &other]).with(0);
    write("Показали печь.");
    let told = import().with(0).stdout;
    assert!(told.contains("имя вернулось бы") && told.contains("Записано 0, отказано 0."), "{told}");
}
