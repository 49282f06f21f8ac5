//! `svod import`: what is shown, what is written, what is filed, and that doing it twice changes nothing.

use serde_json::Value;

use crate::ground::{Ended, Ledger, SENDER};

const HEADING: &str = "№ п/п;Наименование мероприятия;Место проведения;Сроки проведения;Содержание;Участники";
const FAIR: &str = "1.;Ярмарка ремёсел;г. Вязьма;5 июня;Показали гончарный круг.;Глава города И.П. Ромашкин, сотрудники музея";
const CHOIR: &str = "2.;Концерт хора;;8-20 апреля;Спели три песни.;артисты хора";

fn office() -> Ledger {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    ledger.principal(SENDER, "municipality:66605000");
    ledger
}

/// The file of a clerk of Vyazma with these records.
fn write(ledger: &Ledger, records: &[&str]) {
    let section = "Муниципальное образование «Вяземский район» Смоленской области;;;;;";
    let rows = [&[HEADING, section], records].concat();
    std::fs::write(ledger.path().join("report.csv"), rows.join("\n")).unwrap();
}

fn import(ledger: &Ledger, more: &[&str]) -> Ended {
    ledger.svod(&[&["import", "report.csv", "--quarter", "2020-Q2"], more].concat())
}

fn filed(ledger: &Ledger) -> Vec<Value> {
    let plan = import(ledger, &["--json"]).json();
    plan["entries"].as_array().unwrap().clone()
}

#[test]
fn without_being_told_to_nothing_is_filed() {
    let ledger = office();
    write(&ledger, &[FAIR, CHOIR]);
    let shown = import(&ledger, &[]).with(0).stdout;
    assert!(shown.contains("66605000 «Ярмарка ремёсел» — Новая запись."), "{shown}");
    assert!(shown.contains("Новых: 2, исправлений: 0, без изменений: 0."), "{shown}");
    assert_eq!(import(&ledger, &["--dry-run"]).with(0).stdout, shown);
}

#[test]
fn what_is_filed_twice_is_filed_once_and_what_was_put_right_corrects_it() {
    let ledger = office();
    write(&ledger, &[FAIR, CHOIR]);
    let first = import(&ledger, &["--as", SENDER]).with(0).stdout;
    assert!(first.contains("Записано 2, отказано 0."), "{first}");
    let second = import(&ledger, &["--as", SENDER]).with(0).stdout;
    assert!(second.contains("Записано 0, отказано 0.") && second.contains("без изменений: 2"), "{second}");
    write(&ledger, &[FAIR, &CHOIR.replace("три", "четыре")]);
    let third = import(&ledger, &["--as", SENDER]).with(0).stdout;
    assert!(third.contains("версия 2") && third.contains("Записано 1, отказано 0."), "{third}");
    assert_eq!(
        filed(&ledger).iter().map(|entry| entry["action"].clone()).collect::<Vec<_>>(),
        ["unchanged", "unchanged"]
    );
}

#[test]
fn the_messages_that_are_written_can_be_sent_by_anybody() {
    let ledger = office();
    write(&ledger, &[FAIR, CHOIR]);
    import(&ledger, &["--out", "messages.ndjson"]).with(0);
    let messages = std::fs::read_to_string(ledger.path().join("messages.ndjson")).unwrap();
    assert_eq!(import(&ledger, &["--out", "-"]).with(0).stdout, messages);
    let sent = ledger.svod(&["send", "messages.ndjson", "--as", SENDER]).with(0).stdout;
    assert!(sent.contains("Записано 2, отказано 0."), "{sent}");
    assert_eq!(import(&ledger, &["--out", "-"]).with(0).stdout, "");
}

#[test]
fn a_sign_that_cannot_be_printed_is_named_with_its_row_and_column_and_nothing_is_filed() {
    let ledger = office();
    write(&ledger, &[FAIR, &CHOIR.replace("Спели", "\u{f0b7} Спели")]);
    let said = import(&ledger, &["--as", SENDER]).with(1);
    let said = format!("{}{}", said.stdout, said.stderr);
    let words = "строка 4, графа 5: В ячейке знак 1: U+F0B7 — это знак особого шрифта";
    assert!(said.contains(words), "{said}");
    assert!(filed(&ledger).iter().all(|entry| entry["action"] == "submit"), "nothing is filed");
}

#[test]
fn a_file_whose_letters_are_not_composed_is_filed_once() {
    let ledger = office();
    write(&ledger, &[FAIR, &CHOIR.replace("Концерт хора", "Концерт хора «И\u{306}од»")]);
    import(&ledger, &["--as", SENDER]).with(0);
    let again = import(&ledger, &["--as", SENDER]).with(0).stdout;
    assert!(again.contains("Записано 0, отказано 0.") && again.contains("без изменений: 2"), "{again}");
}

#[test]
fn with_a_fault_nothing_is_filed_and_its_place_is_named() {
    let ledger = office();
    write(&ledger, &[FAIR, &CHOIR.replace("8-20 апреля", "31 июня")]);
    for more in [&[][..], &["--as", SENDER], &["--out", "messages.ndjson"]] {
        let ended = import(&ledger, more).with(1);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(said.contains("графа 4: Такого дня нет: «31 июня»."), "{said}");
    }
    assert!(!ledger.path().join("messages.ndjson").exists());
    write(&ledger, &[FAIR]);
    assert_eq!(filed(&ledger)[0]["action"], "submit");
}

#[test]
fn a_message_that_was_refused_does_not_stand_in_the_way_of_the_next_attempt() {
    let ledger = Ledger::new();
    ledger.open("2020-Q1");
    ledger.principal(SENDER, "municipality:66605000");
    write(&ledger, &[FAIR]);
    let early = import(&ledger, &["--as", SENDER]).with(1).stdout;
    assert!(early.contains("[quarter-not-open]") && early.contains("сейчас не открыт"), "{early}");
    ledger.open("2020-Q2");
    let later = import(&ledger, &["--as", SENDER]).with(0).stdout;
    assert!(later.contains("Записано 1, отказано 0."), "{later}");
}

#[test]
fn a_file_that_cannot_be_read_and_a_municipality_that_is_not_the_sender_s_are_refused() {
    let ledger = office();
    std::fs::write(ledger.path().join("report.csv"), "").unwrap();
    let ended = import(&ledger, &[]).with(1);
    assert!(ended.stderr.contains("[file-unreadable]"), "{}", ended.stderr);
    write(&ledger, &[FAIR]);
    ledger.principal("m-66701000", "municipality:66701000");
    let ended = import(&ledger, &["--as", "m-66701000"]).with(1);
    assert!(ended.stdout.contains("вы не вправе"), "{}", ended.stdout);
    let ended = import(&ledger, &["--municipality", "00000000"]).with(1);
    assert!(ended.stderr.contains("[unknown-municipality]"), "{}", ended.stderr);
    assert_eq!(ledger.svod(&["import", "nothing.docx", "--quarter", "2020-Q2"]).status, 2);
}

#[test]
fn a_machine_without_a_ledger_makes_messages_and_no_ledger() {
    let ledger = Ledger::new();
    write(&ledger, &[FAIR]);
    let written = import(&ledger, &["--out", "-"]).with(0).stdout;
    assert!(written.contains("svod.activity.submit.v1"), "{written}");
    assert!(!ledger.path().join("svod-data").exists());
}
