//! Files as clerks make them, as grids: each is understood as a person would, or told of with its place.
//!
//! A table is written row by row: `|` between cells, `/` between paragraphs, `^` for a cell that continues the one above,
//! `==` before a text across all columns, `**` before a bold cell, `>>` before a row that the program repeats.

use proptest::prelude::*;
use svod_domain::{Participant, Quarter, register};
use svod_text::reading::{NoticeKind, Unit, Units, place};

use crate::import::*;

const TITLES: &str = "№ п/п|Наименование мероприятия|Место проведения мероприятия|Сроки проведения мероприятия|Содержание \
                      мероприятия|Участники мероприятия (ФИО, должность)";
const FAIR: &str = "1.|Ярмарка ремёсел|г. Вязьма|5 июня|Показали гончарный круг.|сотрудники музея";
const CHOIR: &str = "2.|Концерт хора||8–20 апреля|Спели три песни.|Глава города И.П. Ромашкин, артисты хора";

const VYAZMA: &str = "66605000";
const SMOLENSK: &str = "66701000";

fn quarter() -> Quarter {
    "2020-Q2".parse().unwrap()
}

fn units() -> Units {
    let in_force = register::built_in().into_iter().filter(|entry| entry.until.is_some() || entry.order <= 2);
    let unit = in_force.map(|entry| Unit {
        code: entry.municipality,
        names: vec![entry.report_heading, entry.short_name.clone()],
        short_name: entry.short_name,
    });
    Units::new(unit.collect())
}

fn table(number: usize, columns: usize, rows: &[&str]) -> Table {
    let rows = rows.iter().zip(1..).map(|(row, number)| grid_row(number, columns, row)).collect();
    Table { number, sheet: None, columns, rows }
}

fn grid_row(number: usize, columns: usize, row: &str) -> GridRow {
    let (is_heading, row) = row.strip_prefix(">>").map_or((false, row), |row| (true, row));
    let cell = |column, span, text: &str| {
        let (bold, text) = text.strip_prefix("**").map_or((false, text), |text| (true, text));
        let merged_up = text == "^";
        let text = if merged_up { "" } else { text };
        let paragraphs = text.split('/').map(|paragraph| paragraph.replace('\\', "/")).collect();
        GridCell { column, span, merged_up, paragraphs, bold, facts: vec![] }
    };
    let cells = if let Some(text) = row.strip_prefix("==") {
        vec![cell(1, columns, text)]
    } else {
        let mut column = 1;
        let cells = row.split('|').map(|text| {
            // A figure before `:` is a span: «2:Сроки».
            let (span, text) = match text.split_once(':') {
                Some((span, text)) if span.parse::<usize>().is_ok() => (span.parse().unwrap(), text),
                _ => (1, text),
            };
            column += span;
            cell(column - span, span, text)
        });
        cells.collect()
    };
    GridRow { number, cells, is_heading }
}

fn grid(blocks: Vec<Block>) -> Grid {
    Grid { format: SourceFormat::Docx, blocks, findings: vec![] }
}

fn line(number: usize, text: &str) -> Block {
    Block::Paragraph(Paragraph { number, text: text.to_owned(), bold: false, facts: vec![] })
}

fn one_table(rows: &[&str]) -> Grid {
    let columns = rows.iter().map(|row| row.split('|').count()).max().unwrap();
    grid(vec![Block::Table(table(1, columns, rows))])
}

fn asked(grid: &Grid, file_name: Option<&str>, municipality: Option<&str>) -> Understood {
    let municipality = municipality.map(|code| code.parse().unwrap());
    understand(grid, Question { file_name, quarter: quarter(), municipality, sender: None, units: &units() })
}

/// What is stated, in one line each: `code: title; place; dates; content; participants`.
fn stated(understood: &Understood) -> Vec<String> {
    let line = |stated: &Stated| match &stated.says {
        Says::Nothing => format!("{}: ничего", stated.municipality),
        Says::Activity(activity) => {
            let dates: Vec<String> =
                activity.dates.iter().map(|range| format!("{}..{}", range.from, range.to)).collect();
            let people = activity.participants.iter().map(|one| match one {
                Participant::Person { name, position } => format!("{position} {name}"),
                Participant::Group { group } => group.clone(),
                Participant::Sealed { .. } => String::new(),
            });
            let people: Vec<String> = people.collect();
            format!(
                "{}: {}; {}; {}; {}; {}",
                stated.municipality,
                activity.title,
                activity.place.as_deref().unwrap_or("-"),
                activity.dates_text.clone().unwrap_or_else(|| dates.join(" ")),
                activity.content.replace('\n', "/"),
                people.join(" + ")
            )
        }
    };
    understood.stated.iter().map(line).collect()
}

/// What was doubted, in one line each: `place: code`.
fn doubted(understood: &Understood) -> Vec<String> {
    let line = |finding: &Finding| match finding {
        Finding::Notice(notice) => format!("{}: {:?}", place(&notice.place), notice.kind),
        Finding::Doubt(at, doubt) => format!("{}: {}", place(at), doubt.code()),
    };
    understood.findings.iter().map(line).collect()
}

#[track_caller]
fn check(grid: &Grid, file_name: Option<&str>, expected: &[&str], doubts: &[&str]) {
    let understood = asked(grid, file_name, None);
    assert_eq!(stated(&understood), expected);
    assert_eq!(doubted(&understood), doubts);
}

/// The first sample record as Vyazma's.
const FAIR_READ: &str = "66605000: Ярмарка ремёсел; г. Вязьма; 2020-06-05..2020-06-05; Показали гончарный круг.; сотрудники музея";
const CHOIR_READ: &str = "66605000: Концерт хора; -; 2020-04-08..2020-04-20; Спели три песни.; Глава города И.П. Ромашкин + \
                          артисты хора";
const SECTION: &str = "==Муниципальное образование «Вяземский район» Смоленской области";

#[test]
fn the_form_as_it_is() {
    check(&one_table(&[TITLES, "1|2|3|4|5|6", SECTION, FAIR, CHOIR]), None, &[FAIR_READ, CHOIR_READ], &[]);
}

#[test]
fn a_sign_that_cannot_be_printed_is_told_with_its_cell_and_place() {
    let bullet = CHOIR.replace("Спели три песни.", "Спели/\u{f0b7} три песни.");
    let grid = one_table(&[TITLES, SECTION, FAIR, &bullet]);
    check(&grid, None, &[FAIR_READ], &["таблица 1, строка 4, графа 5: unprintable-text"]);
    let findings = asked(&grid, None, None).findings;
    let [Finding::Doubt(_, doubt)] = &findings[..] else { panic!("{findings:?}") };
    let words = svod_text::reading::doubt(doubt);
    assert!(words.contains("знак 7: U+F0B7"), "{words}");
    assert_eq!(doubt.severity(), Severity::Fault);
}

#[test]
fn letters_and_their_marks_are_composed_and_what_ends_a_line_ends_it() {
    let rows = [TITLES, SECTION, "1.|И\u{306}од|г. Вязьма|5 июня|один\u{b}два\u{85}три|сотрудники музея"];
    check(
        &one_table(&rows),
        None,
        &["66605000: Йод; г. Вязьма; 2020-06-05..2020-06-05; один/два/три; сотрудники музея"],
        &[],
    );
}

#[test]
fn columns_that_are_swapped() {
    let rows = [
        "№|Сроки|Участники|Наименование|Содержание|Место",
        "==Вяземский район",
        "1|5 июня|сотрудники музея|Ярмарка ремёсел|Показали гончарный круг.|г. Вязьма",
    ];
    check(&one_table(&rows), None, &[FAIR_READ], &[]);
}

#[test]
fn a_column_that_the_form_does_not_have() {
    let rows =
        [&format!("{TITLES}|Примечание"), SECTION, &format!("{FAIR}|перенесено"), &format!("{CHOIR}|тоже")];
    check(
        &one_table(&rows),
        None,
        &[FAIR_READ, CHOIR_READ],
        &["таблица 1, строка 3, графа 7: column-ignored"],
    );
}

#[test]
fn a_column_that_is_missing() {
    let rows = ["№|Наименование|Место|Содержание|Участники", SECTION, "1|Ярмарка|Вязьма|Показали|сотрудники"];
    check(&one_table(&rows), None, &[], &["таблица 1, строка 1: column-missing"]);
    let without_number =
        ["Наименование|Место|Сроки|Содержание|Участники", SECTION, FAIR.strip_prefix("1.|").unwrap()];
    check(&one_table(&without_number), None, &[FAIR_READ], &[]);
}

#[test]
fn the_heading_typed_again_on_each_page() {
    let rows = [TITLES, SECTION, FAIR, TITLES, "1|2|3|4|5|6", CHOIR];
    check(&one_table(&rows), None, &[FAIR_READ, CHOIR_READ], &[]);
}

#[test]
fn a_heading_of_two_rows() {
    let rows = [
        "№|Наименование|Место|2:Сроки проведения|Содержание|Участники",
        "^|^|^|начало|окончание|^|^",
        "==Вяземский район",
        "1|Ярмарка|г. Вязьма|5 июня|7 июня|Показали круг|сотрудники музея",
    ];
    let grid = grid(vec![Block::Table(table(1, 7, &rows))]);
    let read = "66605000: Ярмарка; г. Вязьма; 5 июня – 7 июня; Показали круг; сотрудники музея";
    check(&grid, None, &[read], &[]);
}

#[test]
fn a_table_without_a_heading() {
    check(&one_table(&[SECTION, FAIR]), None, &[FAIR_READ], &["таблица 1: no-heading"]);
}

#[test]
fn a_table_cut_in_several() {
    let second = table(2, 6, &[CHOIR]);
    let grid = grid(vec![
        line(1, "Отчет"),
        Block::Table(table(1, 6, &[TITLES, SECTION, FAIR])),
        line(2, "Продолжение"),
        Block::Table(second),
    ]);
    check(&grid, None, &[FAIR_READ, CHOIR_READ], &[]);
}

#[test]
fn a_section_as_bold_text_in_the_first_or_second_column() {
    check(&one_table(&[TITLES, "**Вяземский район|||||", FAIR]), None, &[FAIR_READ], &[]);
    check(&one_table(&[TITLES, "1|**Вяземский район||||", FAIR]), None, &[FAIR_READ], &[]);
    check(&one_table(&[TITLES, "|Вяземский район||||", FAIR]), None, &[FAIR_READ], &[]);
}

#[test]
fn a_section_as_a_paragraph_before_the_table() {
    let grid = grid(vec![
        line(1, "Вяземский район"),
        Block::Table(table(1, 6, &[TITLES, FAIR])),
        line(3, "Город Смоленск"),
        Block::Table(table(2, 6, &[TITLES, CHOIR])),
    ]);
    let choir = CHOIR_READ.replace(VYAZMA, SMOLENSK);
    check(&grid, None, &[FAIR_READ, &choir], &[]);
}

#[test]
fn a_column_of_municipalities() {
    let rows = [
        "№|Муниципальное образование|Наименование|Место|Сроки|Содержание|Участники",
        "1|Вяземский район|Ярмарка|г. Вязьма|5 июня|Показали круг|сотрудники музея",
        "2|^|Выставка|г. Вязьма|6 июня|Показали печь|сотрудники музея",
        "3|Город Смоленск|Встреча|г. Смоленск|7 июня|Обсудили|сотрудники музея",
    ];
    let read = [
        "66605000: Ярмарка; г. Вязьма; 2020-06-05..2020-06-05; Показали круг; сотрудники музея",
        "66605000: Выставка; г. Вязьма; 2020-06-06..2020-06-06; Показали печь; сотрудники музея",
        "66701000: Встреча; г. Смоленск; 2020-06-07..2020-06-07; Обсудили; сотрудники музея",
    ];
    check(&one_table(&rows), None, &read, &[]);
}

#[test]
fn the_municipality_only_in_the_name_of_the_file_or_in_the_title() {
    let told = ["таблица 1, строка 2: municipality-from-title"];
    check(&one_table(&[TITLES, FAIR]), Some("отчёты/Вяземский_район_2020.docx"), &[FAIR_READ], &told);
    let title = "Отчет о мероприятиях Вяземского района Смоленской области во II квартале 2020 года";
    let titled = grid(vec![line(1, title), Block::Table(table(1, 6, &[TITLES, FAIR]))]);
    check(&titled, None, &[FAIR_READ], &told);
}

#[test]
fn the_municipality_that_was_asked_for() {
    let understood = asked(&one_table(&[TITLES, FAIR]), None, Some(VYAZMA));
    assert_eq!((stated(&understood), doubted(&understood)), (vec![FAIR_READ.to_owned()], vec![]));
    let understood = asked(&one_table(&[TITLES, "==Город Смоленск", FAIR]), None, Some(VYAZMA));
    assert_eq!(doubted(&understood), ["таблица 1, строка 2, графа 1: other-municipality"]);
    let understood = asked(&one_table(&[TITLES, "==Отдел культуры города Вязьмы", FAIR]), None, Some(VYAZMA));
    assert_eq!(stated(&understood), [FAIR_READ]);
    assert_eq!(doubted(&understood), ["таблица 1, строка 2, графа 1: municipality-as-asked"]);
}

#[test]
fn a_municipality_that_nobody_knows_or_none_at_all() {
    let unknown = asked(&one_table(&[TITLES, "==Вяземскй район", FAIR]), None, None);
    assert_eq!(stated(&unknown), Vec::<String>::new());
    let [Finding::Doubt(_, doubt)] = &unknown.findings[..] else { panic!("{:?}", unknown.findings) };
    assert!(svod_text::reading::doubt(doubt).contains("Похожие названия: «Вяземский район»"));
    check(
        &one_table(&[TITLES, FAIR, CHOIR]),
        Some("отчёт.docx"),
        &[],
        &["таблица 1, строка 2: no-municipality"],
    );
}

#[test]
fn a_municipality_by_another_name_of_its_own() {
    let rows = [TITLES, "==Администрация МО «Вяземский район»", FAIR];
    check(&one_table(&rows), None, &[FAIR_READ], &["таблица 1, строка 2, графа 1: municipality-by-alias"]);
}

#[test]
fn a_record_over_two_rows_by_a_page_cut() {
    let rows = [
        TITLES,
        SECTION,
        "1.|Ярмарка ремёсел|г. Вязьма|5 июня|Показали|сотрудники",
        "||||гончарный круг.|музея",
        CHOIR,
    ];
    check(&one_table(&rows), None, &[FAIR_READ, CHOIR_READ], &["таблица 1, строка 4: row-continued"]);
    let cut_title = [
        TITLES,
        SECTION,
        "1.|Ярмарка|г. Вязьма|5 июня|Показали гончарный круг.|сотрудники",
        "|ремёсел||||музея",
    ];
    check(&one_table(&cut_title), None, &[FAIR_READ], &["таблица 1, строка 4: row-continued"]);
}

#[test]
fn cells_that_are_merged_downwards() {
    let shared =
        [TITLES, SECTION, "1|Ярмарка|г. Вязьма|5 июня|Показали|сотрудники", "2|Выставка|^|^|Открыли|^"];
    let read = [
        "66605000: Ярмарка; г. Вязьма; 2020-06-05..2020-06-05; Показали; сотрудники",
        "66605000: Выставка; г. Вязьма; 2020-06-05..2020-06-05; Открыли; сотрудники",
    ];
    check(&one_table(&shared), None, &read, &[]);
    let of_one = [TITLES, SECTION, "1|Ярмарка|г. Вязьма|5 июня|Показали|сотрудники", "^|^|^|7 июня|^|^"];
    let read = "66605000: Ярмарка; г. Вязьма; 5 июня; 7 июня; Показали; сотрудники";
    check(&one_table(&of_one), None, &[read], &["таблица 1, строка 4: row-continued"]);
}

#[test]
fn several_records_in_one_row() {
    let even = [TITLES, SECTION, "1./2.|Ярмарка/Выставка||5 июня/6 июня|Показали/Открыли|дети/гости"];
    let read = [
        "66605000: Ярмарка; -; 2020-06-05..2020-06-05; Показали; дети",
        "66605000: Выставка; -; 2020-06-06..2020-06-06; Открыли; гости",
    ];
    check(&one_table(&even), None, &read, &["таблица 1, строка 3: row-divided"]);
    let uneven = [TITLES, SECTION, "1./2.|Ярмарка/Выставка||5 июня|Показали/Открыли|дети/гости"];
    check(&one_table(&uneven), None, &[], &["таблица 1, строка 3: row-of-several"]);
}

#[test]
fn numbers_that_repeat_are_left_out_or_begin_anew() {
    let record = |number: &str, title: &str| format!("{number}|{title}||5 июня|Показали|дети");
    let rows = [record("1.", "А"), record("1", "Б"), record("№ 4", "В")];
    let rows: Vec<&str> = [TITLES, SECTION].into_iter().chain(rows.iter().map(String::as_str)).collect();
    let understood = asked(&one_table(&rows), None, None);
    assert_eq!(
        doubted(&understood),
        ["таблица 1, строка 4: number-twice", "таблица 1, строка 5: number-skipped"]
    );
    let anew = [TITLES, SECTION, FAIR, CHOIR, "==Город Смоленск", FAIR];
    assert_eq!(doubted(&asked(&one_table(&anew), None, None)), Vec::<String>::new());
}

#[test]
fn the_same_record_twice() {
    check(
        &one_table(&[TITLES, SECTION, FAIR, FAIR]),
        None,
        &[FAIR_READ],
        &["таблица 1, строка 4: number-twice", "таблица 1, строка 4: record-twice"],
    );
}

#[test]
fn a_field_that_is_empty_or_a_dash() {
    let rows = [TITLES, SECTION, "1|Ярмарка|–|-||дети"];
    check(
        &one_table(&rows),
        None,
        &[],
        &["таблица 1, строка 3: field-empty", "таблица 1, строка 3: field-empty"],
    );
}

#[test]
fn dates_that_want_a_look() {
    let rows =
        |dates: &str| [TITLES.to_owned(), SECTION.to_owned(), format!("1|Ярмарка||{dates}|Показали|дети")];
    let doubts = |dates: &str| {
        let rows = rows(dates);
        doubted(&asked(&one_table(&rows.each_ref().map(String::as_str)), None, None))
    };
    let at = |code: &str| vec![format!("таблица 1, строка 3, графа 4: {code}")];
    assert_eq!(doubts("5 июня"), Vec::<String>::new());
    assert_eq!(doubts("с 8 по 20 апреля"), Vec::<String>::new());
    assert_eq!(doubts("в течение квартала"), Vec::<String>::new());
    assert_eq!(doubts("31 июня"), at("no-such-day"));
    assert_eq!(doubts("5 июля"), at("dates-outside-quarter"));
    assert_eq!(doubts("на Пасху"), at("dates-unreadable"));
}

#[test]
fn the_words_of_the_dates_stay_where_the_days_would_print_otherwise() {
    let read = |dates: &str| {
        let row = format!("1|Ярмарка||{dates}|Показали|дети");
        let understood = asked(&one_table(&[TITLES, SECTION, &row]), None, None);
        let Says::Activity(activity) = understood.stated[0].says.clone() else { panic!("nothing") };
        (activity.dates.len(), activity.dates_text)
    };
    assert_eq!(read("8-20 апреля"), (1, None));
    assert_eq!(read("30 мая-2 июня."), (1, None));
    assert_eq!(read("08.04–20.04.2020"), (1, Some("08.04–20.04.2020".to_owned())));
    assert_eq!(read("апрель – май"), (1, Some("апрель – май".to_owned())));
    assert_eq!(read("на Пасху"), (0, Some("на Пасху".to_owned())));
}

#[test]
fn that_there_was_nothing() {
    let in_row = [TITLES, SECTION, "==Мероприятий не было", "==Город Смоленск", FAIR];
    let smolensk = FAIR_READ.replace(VYAZMA, SMOLENSK);
    check(&one_table(&in_row), None, &[&smolensk, "66605000: ничего"], &[]);
    let in_cell = [TITLES, SECTION, "-|Мероприятия не проводились|-|-|-|-"];
    check(&one_table(&in_cell), None, &["66605000: ничего"], &[]);
    let text = "В Вяземском районе во II квартале 2020 года международные мероприятия не проводились.";
    check(&grid(vec![line(1, text)]), None, &["66605000: ничего"], &["абзац 1: municipality-from-title"]);
    let both = [TITLES, SECTION, FAIR, "==Мероприятий не было"];
    check(&one_table(&both), None, &[FAIR_READ], &["таблица 1, строка 4, графа 1: has-submissions"]);
}

#[test]
fn a_title_of_another_quarter() {
    let grid = grid(vec![
        line(1, "Отчет за III квартал 2020 года"),
        Block::Table(table(1, 6, &[TITLES, SECTION, FAIR])),
    ]);
    check(&grid, None, &[FAIR_READ], &["абзац 1: other-quarter"]);
}

#[test]
fn a_row_that_is_neither_a_record_nor_a_municipality() {
    let rows = [TITLES, SECTION, "==Сотрудничество в сфере культуры", FAIR];
    check(&one_table(&rows), None, &[FAIR_READ], &["таблица 1, строка 3, графа 1: row-ignored"]);
}

#[test]
fn rows_that_were_prepared_and_not_filled_in() {
    check(&one_table(&[TITLES, SECTION, FAIR, "2.|||||", "|||||"]), None, &[FAIR_READ], &[]);
}

#[test]
fn a_table_that_is_no_form_beside_one_that_is_and_alone() {
    let signatures = table(2, 2, &["Исполнитель|И.П. Ромашкин"]);
    let beside =
        grid(vec![Block::Table(table(1, 6, &[TITLES, SECTION, FAIR])), Block::Table(signatures.clone())]);
    check(&beside, None, &[FAIR_READ], &["таблица 2: table-skipped"]);
    check(&grid(vec![Block::Table(signatures)]), None, &[], &["файл: no-table"]);
}

#[test]
fn two_columns_in_one() {
    let rows = [
        "№|Наименование|Дата и место проведения|Содержание|Участники",
        SECTION,
        "1|Ярмарка|5 июня, Вязьма|Показали|дети",
    ];
    let read = "66605000: Ярмарка; -; 5 июня, Вязьма; Показали; дети";
    check(
        &one_table(&rows),
        None,
        &[read],
        &[
            "таблица 1, строка 1, графа 3: column-of-several",
            "таблица 1, строка 3, графа 3: dates-unreadable",
        ],
    );
}

#[test]
fn a_sheet_with_its_title_above_the_heading() {
    let rows = ["Отчёт за II квартал 2020 года|||||", "Вяземский район|||||", TITLES, FAIR];
    let sheet = Table { sheet: Some("Свод".to_owned()), ..table(1, 6, &rows) };
    check(&grid(vec![Block::Table(sheet)]), None, &[FAIR_READ], &[]);
    let rows = ["Отчёт Вяземского района за II квартал 2020 года|||||", TITLES, FAIR];
    let titled = Table { sheet: Some("Лист1".to_owned()), ..table(1, 6, &rows) };
    let told = ["лист «Лист1», строка 3: municipality-from-title"];
    check(&grid(vec![Block::Table(titled)]), None, &[FAIR_READ], &told);
    let named =
        Table { sheet: Some("Вяземский район".to_owned()), ..table(1, 6, &[TITLES, FAIR]) };
    check(&grid(vec![Block::Table(named)]), None, &[FAIR_READ], &[]);
}

#[test]
fn letters_of_the_wrong_keyboard_and_mistakes_in_titles() {
    let rows =
        ["№|Наименоване мероприятия|Mесто проведения|Сpоки|Cодержание|Участникм", "==Вяземcкий рaйон", FAIR];
    check(&one_table(&rows), None, &[FAIR_READ], &[]);
}

#[test]
fn names_in_a_text_that_cannot_be_divided() {
    let rows = [TITLES, SECTION, "1|Концерт||5 июня|Спели|ансамбль под руководством И.П. Ромашкина"];
    let read =
        "66605000: Концерт; -; 2020-06-05..2020-06-05; Спели; ансамбль под руководством И.П. Ромашкина";
    check(&one_table(&rows), None, &[read], &["таблица 1, строка 3, графа 6: names-in-group"]);
}

#[test]
fn what_was_noticed_while_reading_comes_first() {
    let mut grid = one_table(&[TITLES, SECTION, FAIR]);
    grid.findings.push(Notice::new(Place::File, NoticeKind::Macros));
    check(&grid, None, &[FAIR_READ], &["файл: Macros"]);
}

#[test]
fn a_column_that_is_there_twice() {
    let rows =
        [&format!("{TITLES}|Дата подачи"), SECTION, &format!("{FAIR}|7 июля"), &format!("{CHOIR}|8 июля")];
    let told = ["таблица 1, строка 3, графа 7: column-twice"];
    check(&one_table(&rows), None, &[FAIR_READ, CHOIR_READ], &told);
}

#[test]
fn a_section_with_more_columns_beside_the_form() {
    let titles = format!("{TITLES}|Муниципальное образование|Код");
    let rows = [
        titles.as_str(),
        "6:Муниципальное образование «Вяземский район» Смоленской области|Вяземский район|66605000",
        &format!("{FAIR}|Вяземский район|66605000"),
    ];
    let grid = grid(vec![Block::Table(table(1, 8, &rows))]);
    check(&grid, None, &[FAIR_READ], &["таблица 1, строка 3, графа 8: column-ignored"]);
}

/// Rows as they come, in any order; those that are neither a heading nor a section have to be accounted for.
const ANY: [&str; 12] = [
    TITLES,
    SECTION,
    "==Город Смоленск",
    "==Вяземскй район",
    "==Сотрудничество в сфере культуры",
    "==Мероприятий не было",
    FAIR,
    CHOIR,
    "||||и печь|",
    "|||||",
    "3./4.|Ярмарка/Выставка||5 июня|Показали|дети",
    "5|Выставка|^|на Пасху|Открыли|^",
];

/// How many of [`ANY`] are headings and sections that the register knows.
const KNOWN: usize = 3;

fn row_of(place: &Place) -> Option<usize> {
    match place {
        Place::Row { row, .. } | Place::Cell { row, .. } => Some(*row),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_row_is_lost_in_silence(kinds in proptest::collection::vec(0..ANY.len(), 1..12)) {
        let rows: Vec<&str> = [TITLES].into_iter().chain(kinds.iter().map(|kind| ANY[*kind])).collect();
        let understood = asked(&one_table(&rows), None, None);
        let told = understood.findings.iter().filter_map(|finding| match finding {
            Finding::Doubt(place, _) => row_of(place),
            Finding::Notice(_) => None,
        });
        let accounted: Vec<usize> =
            told.chain(understood.stated.iter().filter_map(|stated| row_of(&stated.place))).collect();
        let is_faulty = understood.findings.iter().any(|finding| finding.severity() == Severity::Fault);
        for (kind, row) in kinds.iter().zip(2..) {
            let says = *kind >= KNOWN && ANY[*kind].chars().any(char::is_alphabetic);
            // What stands in the section of nobody is told of with the section, and nothing is filed.
            prop_assert!(!says || is_faulty || accounted.contains(&row), "row {row}: {}", ANY[*kind]);
        }
    }

    #[test]
    fn no_grid_breaks_the_reading(
        rows in proptest::collection::vec("(==|>>)?([а-я№0-9 .^*/]{0,12}\\|){0,7}(Город Смоленск|Содержание|5 июня|[2-9]:Сроки)?", 0..10),
    ) {
        let columns = 9;
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let one = table(1, columns, &rows);
        let form = table(2, columns, &[&[TITLES], &rows[..]].concat());
        asked(&grid(vec![line(1, "Вяземский район"), Block::Table(one), Block::Table(form)]), None, None);
    }
}
