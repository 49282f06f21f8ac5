//! The operator at the terminal: quarters, the board, submissions, the register, the log, the views.

use serde_json::Value;

use crate::ground::{Ledger, SENDER, lines, submission, submission_id};

#[test]
fn a_quarter_shows_how_its_terms_follow() {
    let ledger = Ledger::new();
    let opened = ledger.svod(&["quarter", "open", "2098-Q2"]).with(0);
    assert!(opened.stdout.starts_with("II квартал 2098 года (2098-Q2): открыт"), "{}", opened.stdout);
    assert!(opened.stdout.contains("5-й рабочий день") && opened.stdout.contains("10-й рабочий день"));
    assert!(opened.stderr.contains("2098"), "the calendar is provisional: {}", opened.stderr);
}

#[test]
fn an_order_that_the_rules_refuse_ends_with_one_and_the_words() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    let again = ledger.svod(&["quarter", "open", "2020-Q2"]).with(1);
    assert!(again.stderr.contains("[already-exists]"));
    let unknown = ledger.svod(&["quarter", "close", "2020-Q3", "--reason", "x"]).with(1);
    assert!(unknown.stderr.contains("[unknown-quarter]"));
    ledger.svod(&["quarter", "open", "2020-5"]).with(2);
    ledger.svod(&["quarter", "close", "2020-Q2"]).with(2);
    ledger.svod(&["quarter", "close", "2020-Q2", "--reason", "  "]).with(2);
}

#[test]
fn a_quarter_is_opened_moved_closed_and_reopened_by_the_one_at_the_terminal() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    let far = "2098-12-31T00:00:00Z";
    let earlier = ["--submit-by", far, "--close-at", far, "--reason", "x"];
    ledger.svod(&[&["quarter", "move", "2020-Q2"], &earlier[..]].concat()).with(0);
    ledger.svod(&["quarter", "close", "2020-Q2", "--reason", "все прислали"]).with(0);
    let reopen = ["quarter", "reopen", "2020-Q2", "--close-at", far, "--reason", "пропуск", "--json"];
    let card = ledger.svod(&reopen).with(0).json();
    assert_eq!((&card["state"], &card["edition"]), (&Value::from("open"), &Value::from(2)));
    let kinds: Vec<&str> =
        card["acts"].as_array().unwrap().iter().map(|act| act["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["quarter-opened", "quarter-moved", "quarter-closed", "quarter-reopened"]);
    assert_eq!(card["acts"][2]["actor"]["name"], "cli:clerk");
    assert_eq!(card["editions"][0]["reason"], "все прислали");
}

#[test]
fn a_quarter_that_was_closed_early_shows_when() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    assert!(ledger.svod(&["quarter", "list"]).with(0).stdout.contains("1 января 2099"));
    let closed = ledger.svod(&["quarter", "close", "2020-Q2", "--reason", "все прислали"]).with(0).stdout;
    let closing = |text: &str| text.lines().find(|line| line.starts_with("Закрытие")).unwrap().to_owned();
    assert!(!closing(&closed).contains("2099"), "{closed}");
    let board = ledger.svod(&["board", "2020-Q2"]).with(0).stdout;
    assert_eq!(closing(&board), closing(&closed));
    let listed = ledger.svod(&["quarter", "list"]).with(0).stdout;
    let moment = closing(&closed).split_once(": ").unwrap().1.to_owned();
    assert!(listed.contains(&moment), "{listed}");
}

#[test]
fn the_board_tells_who_has_not_reported_also_as_it_was() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    ledger.principal(SENDER, "municipality:66605000");
    ledger.svod_with(&["send", "-", "--as", SENDER], &lines(&[submission(1)])).with(0);
    let board = ledger.svod(&["board", "2020-Q2"]).with(0).stdout;
    let row = board.lines().find(|line| line.starts_with("66605000")).unwrap();
    assert!(row.contains("На рассмотрении") && row.contains("Сведения поданы"), "{row}");
    assert!(board.contains("Отчитались: 1 из 27."));
    let json = ledger.svod(&["board", "2020-Q2", "--json"]).with(0).json();
    assert_eq!(json["rows"].as_array().unwrap().len(), 27);
    assert_eq!(json["rows"][3]["state"], "submitted");
    let before = json["rows"][3]["last_act"]["position"].as_u64().unwrap() - 1;
    let then = ledger.svod(&["board", "2020-Q2", "--json", "--as-of", &before.to_string()]).with(0).json();
    assert_eq!(then["rows"][3]["state"], "missing");
    ledger.svod(&["board", "2019-Q2"]).with(1);
    ledger.svod(&["board", "2020-Q2", "--as-of", "yesterday"]).with(2);
}

#[test]
fn a_submission_is_shown_with_its_history() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    ledger.principal(SENDER, "municipality:66605000");
    ledger.svod_with(&["send", "-", "--as", SENDER], &lines(&[submission(7)])).with(0);
    let id = submission_id(7);
    let shown = ledger.svod(&["submission", "show", &id]).with(0).stdout;
    assert!(
        shown.contains("Наименование мероприятия: Встреча 7") && shown.contains("5–6\u{a0}июня"),
        "{shown}"
    );
    let history = ledger.svod(&["submission", "history", &id, "--json"]).with(0).json();
    assert_eq!(history["acts"][0]["actor"]["name"], SENDER);
    assert_eq!(history["versions"].as_array().unwrap().len(), 1);
    ledger.svod(&["submission", "show", &submission_id(8)]).with(1);
    ledger.svod(&["submission", "show", "seven"]).with(2);
}

#[test]
fn the_register_is_loaded_into_an_empty_ledger() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    let listed = ledger.svod(&["municipality", "list", "--json"]).with(0).json();
    assert_eq!(listed[0]["municipality"], "66701000");
    assert!(ledger.svod(&["municipality", "list"]).with(0).stdout.contains("город Смоленск"));
}

#[test]
fn the_log_is_printed_a_line_for_each_event_behind_a_position() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    let all = ledger.svod(&["log"]).with(0).stdout;
    let entries: Vec<Value> = all.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = entries.last().unwrap();
    assert_eq!(last["type"], "quarter-opened");
    assert_eq!(last["position"], entries.len());
    let behind = (entries.len() - 3).to_string();
    let part = ledger.svod(&["log", "--after", &behind, "--limit", "2"]).with(0).stdout;
    assert_eq!(part.lines().count(), 2);
    assert_eq!(ledger.svod(&["log", "--json"]).with(0).stdout, all, "it is JSON in any case");
}

#[test]
fn the_log_as_of_a_moment_ends_there() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    let lines =
        |arguments: &[&str]| ledger.svod(&[&["log"], arguments].concat()).with(0).stdout.lines().count();
    let all = lines(&[]);
    assert_eq!(lines(&["--as-of", "5"]), 5);
    assert_eq!(lines(&["--as-of", "5", "--after", "3"]), 2);
    assert_eq!(lines(&["--as-of", "5", "--after", "7"]), 0);
    assert_eq!(lines(&["--as-of", "100000"]), all);
    assert_eq!(lines(&["--as-of", "2000-01-01T00:00:00Z"]), 0);
    assert_eq!(lines(&["--as-of", "2999-01-01T00:00:00Z"]), all);
    ledger.svod(&["log", "--as-of", "yesterday"]).with(2);
}

#[test]
fn a_taken_port_ends_with_three_and_an_address_that_is_none_with_two() {
    let ledger = Ledger::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    ledger.svod(&["run", "--http-listen", &address]).with(3);
    for wrong in ["nonsense", "127.0.0.1:port", "127.0.0.1:70000"] {
        ledger.svod(&["run", "--http-listen", wrong]).with(2);
    }
}

#[test]
fn views_are_rebuilt_and_a_view_that_is_none_is_bad_usage() {
    let ledger = Ledger::new();
    ledger.open("2020-Q2");
    let before = ledger.svod(&["board", "2020-Q2", "--json"]).with(0).stdout;
    ledger.svod(&["views", "rebuild"]).with(0);
    assert_eq!(ledger.svod(&["board", "2020-Q2", "--json"]).with(0).stdout, before);
    let listed = ledger.svod(&["views", "list", "--json"]).with(0).json();
    assert!(listed.as_array().unwrap().iter().all(|view| view["position"] == listed[0]["position"]));
    ledger.svod(&["views", "rebuild", "bord"]).with(2);
}

#[test]
fn bad_usage_and_a_bad_configuration_end_with_two_and_an_absent_database_with_three() {
    let ledger = Ledger::new();
    ledger.svod(&["frobnicate"]).with(2);
    std::fs::write(ledger.path().join("svod.toml"), "databse_url = \"\"\n").unwrap();
    ledger.svod(&["quarter", "list"]).with(2);
    ledger.svod(&["completions", "bash"]).with(0);
    std::fs::remove_file(ledger.path().join("svod.toml")).unwrap();
    ledger.svod(&["--database-url", "mysql://x", "quarter", "list"]).with(2);
    ledger.svod(&["--database-url", "postgres://x@127.0.0.1:1/x", "quarter", "list"]).with(3);
}

#[test]
fn the_configuration_is_shown_as_a_file_that_says_the_same() {
    let ledger = Ledger::new();
    let flags = ["--database-url", "postgres://svod:secret@db/svod", "config"];
    let shown = ledger.svod(&flags).with(0).stdout;
    assert!(!shown.contains("secret"));
    std::fs::write(ledger.path().join("svod.toml"), &shown).unwrap();
    assert_eq!(ledger.svod(&["config"]).with(0).stdout, shown);
    let json = ledger.svod(&["config", "--json"]).with(0).json();
    assert_eq!(json["database_url"], "postgres://svod:***@db/svod");
    assert_eq!(json["terms"]["submit_working_day"], 5);
}

#[test]
fn migrating_twice_does_no_harm() {
    let ledger = Ledger::new();
    assert!(ledger.svod(&["migrate"]).with(0).stdout.contains("now it is current"));
    assert!(ledger.svod(&["migrate"]).with(0).stdout.contains("it is current"));
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let ledger = Ledger::new();
    let commands = "run; demo; send; board; report; log; migrate; doctor; config; completions; docs; \
         quarter list; quarter show; quarter open; quarter move; quarter close; quarter reopen; \
         submission show; submission history; municipality list; views list; views rebuild; \
         principal add; principal list; principal revoke; quarantine list; quarantine show; quarantine resend";
    for command in commands.split(';') {
        let words: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let help = ledger.svod(&words).with(0).stdout;
        assert!(help.contains("Example"), "svod {command}: {help}");
    }
}
