//! Rows of text: separators and encodings are found out, and what is doubtful is told.

use svod_report::import::{CannotRead, Looks, NoticeKind};

use crate::seen::{grid, refusal, shows, shows_with};

const ROWS: &str = "№;Место;Сроки\r\n1;г. Смоленск;8 апреля 2020 года\r\n2;г. Вязьма;\r\n";
const SEEN: [&str; 3] = ["|№|Место|Сроки|", "|1|г. Смоленск|8 апреля 2020 года|", "|2|г. Вязьма||"];

#[test]
fn rows_in_utf_8_are_read_with_a_mark_and_without() {
    shows(ROWS.as_bytes(), &SEEN);
    shows(format!("\u{feff}{ROWS}").as_bytes(), &SEEN);
}

#[test]
fn rows_of_old_windows_are_read_and_the_guess_is_told() {
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(ROWS);
    shows_with(&bytes, &SEEN, &[NoticeKind::EncodingGuessed { encoding: "windows-1251" }]);
}

#[test]
fn rows_of_old_unix_and_dos_are_read_and_the_guess_is_told() {
    // That encoding has no sign for a number.
    let (bytes, _, _) = encoding_rs::KOI8_U.encode(&ROWS[3..]);
    let seen = ["||Место|Сроки|", SEEN[1], SEEN[2]];
    shows_with(&bytes, &seen, &[NoticeKind::EncodingGuessed { encoding: "KOI8-U" }]);
    let rows = ROWS.repeat(3);
    let (bytes, _, _) = encoding_rs::IBM866.encode(&rows);
    let grid = grid(&bytes);
    assert_eq!(grid.findings[0].kind, NoticeKind::EncodingGuessed { encoding: "IBM866" });
}

#[test]
fn rows_in_utf_16_are_read_with_a_mark_and_without() {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    shows(&wide(&format!("\u{feff}{ROWS}")), &SEEN);
    shows(&wide(ROWS), &SEEN);
}

#[test]
fn tabs_commas_and_a_told_separator_are_separators() {
    shows("№\tМесто\n1\tРудня, центр\n".as_bytes(), &["|№|Место|", "|1|Рудня, центр|"]);
    shows("№,Место\n1,\"Рудня, центр\"\n".as_bytes(), &["|№|Место|", "|1|Рудня, центр|"]);
    shows("sep=|\n№|Место\n".as_bytes(), &["|№|Место|"]);
}

#[test]
fn a_quoted_cell_keeps_lines_and_quotes() {
    shows("1;\"а\nб \"\"в\"\"\";г\n2;;д\n".as_bytes(), &["|1|а/б \"в\"|г|", "|2||д|"]);
}

#[test]
fn rows_that_differ_and_quotes_that_stay_open_are_told() {
    shows_with("1;2;3\n1;2\n".as_bytes(), &["|1|2|3|", "|1|2|"], &[NoticeKind::UnevenRow]);
    let open = grid("1;2\n3;\"4\n5;6\n".as_bytes());
    assert!(
        open.findings.iter().any(|notice| notice.kind == NoticeKind::UnclosedQuote),
        "{:?}",
        open.findings
    );
}

#[test]
fn empty_rows_are_left_out_and_counted() {
    let grid = grid("1;2\n;\n3;4\n".as_bytes());
    let numbers: Vec<usize> = grid.tables().next().unwrap().rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [1, 3]);
}

#[test]
fn prose_is_no_table() {
    let refused = refusal("Добрый день, коллеги.\nНаправляем отчёт за квартал.\n".as_bytes());
    assert_eq!(refused, CannotRead::NotADocument { looks: Looks::Text });
}

#[test]
fn bytes_without_sense_are_no_table() {
    let bytes: Vec<u8> = (0..2000_u32).map(|at| u8::try_from(at * 7919 % 251).unwrap()).collect();
    assert_eq!(refusal(&bytes), CannotRead::NotADocument { looks: Looks::Unknown });
}
