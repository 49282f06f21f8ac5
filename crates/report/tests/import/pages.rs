//! Web pages: what Word and Excel save as HTML, or as HTML under the name of a document.

use svod_report::import::{CannotRead, Fact, Looks, NoticeKind, Place, ReadOptions, SourceFormat, read};

use crate::seen::{blocks, facts, grid, refusal, shows, shows_with};

fn page(body: &str) -> Vec<u8> {
    format!("<html><head><meta charset=utf-8><title>нет</title><style>td {{}}</style></head><body>{body}</body></html>")
        .into_bytes()
}

#[test]
fn a_page_is_read_with_tags_that_are_never_closed() {
    let file = page("<p>Отчёт<table><tr><th>№<th>Место<tr><td>1<td>г.\n  <b>Вязьма</b><br>зал</table>конец");
    shows(&file, &["Отчёт", "|№|Место|", "|1|г. Вязьма\nзал|", "конец"]);
    let grid = grid(&file);
    let table = grid.tables().next().unwrap();
    assert!(table.rows[0].cells[0].bold && !table.rows[1].cells[1].bold);
}

#[test]
fn a_page_named_as_a_document_is_read_and_told() {
    let read = read(&page("<table><tr><td>1</table>"), Some("отчёт.doc"), &ReadOptions::default()).unwrap();
    assert_eq!(blocks(&read), ["|1|"]);
    let kind = NoticeKind::OtherFormatThanNamed { ending: "doc".to_owned(), format: SourceFormat::Html };
    assert_eq!(read.findings[0].kind, kind);
}

#[test]
fn pages_in_old_encodings_are_read_by_what_they_declare() {
    for encoding in [encoding_rs::WINDOWS_1251, encoding_rs::KOI8_R] {
        let page = format!(
            r#"<html><head><meta http-equiv=Content-Type content="text/html; charset={}"></head><body><table><tr><td>Дорогобуж</td></tr></table></body></html>"#,
            encoding.name()
        );
        let (bytes, _, _) = encoding.encode(&page);
        shows(&bytes, &["|Дорогобуж|"]);
    }
}

#[test]
fn a_page_that_declares_nothing_is_read_and_the_guess_is_told() {
    let page = "<html><body><table><tr><td>Дорогобужский район</td><td>Встреча с делегацией</td></tr></table></body></html>";
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(page);
    shows_with(
        &bytes,
        &["|Дорогобужский район|Встреча с делегацией|"],
        &[NoticeKind::EncodingGuessed { encoding: "windows-1251" }],
    );
}

#[test]
fn cells_over_columns_and_rows_are_merged() {
    let rows = "<tr><td rowspan=2>Россия<td colspan=2>Вязьма<tr><td>1<td>2<tr><td>а<td rowspan=0>б<td>в<tr><td>г<td>д";
    shows(&page(&format!("<table>{rows}</table>")), &["|Россия|Вязьма…|", "|^|1|2|", "|а|б|в|", "|г|^|д|"]);
}

#[test]
fn the_head_of_a_table_is_a_heading() {
    let grid = grid(&page("<table><thead><tr><td>№</thead><tbody><tr><td>1</tbody></table>"));
    let found: Vec<bool> = grid.tables().next().unwrap().rows.iter().map(|row| row.is_heading).collect();
    assert_eq!(found, [true, false]);
}

#[test]
fn hidden_deleted_and_struck_out_text_is_told() {
    let cells = r#"<td>видно<span style="display: none">тайна</span><td><del>было</del><ins>стало</ins><td><s>было</s>"#;
    shows_with(
        &page(&format!("<table><tr>{cells}<tr style='display:none'><td><b></b></table>")),
        &["|видно|стало|было|"],
        &[NoticeKind::HiddenText, NoticeKind::TrackedChanges, NoticeKind::StruckOut, NoticeKind::HiddenRow],
    );
}

#[test]
fn an_end_in_a_cell_closes_nothing_outside_of_its_table() {
    let body = "<div style='display:none'><table><tr><td>а</div>б</table></div><p>в";
    let grid = grid(&page(body));
    assert_eq!(blocks(&grid), ["в"]);
}

#[test]
fn items_of_lists_have_the_numbers_that_a_browser_counts() {
    let file = page(
        "<ol start=3 type=a><li>раз<li><p>два</p><p>ещё</p><li value=9></ol><ul><li>точка</ul><table><tr><td><ol><li></ol></table>",
    );
    shows(&file, &["c. раз", "d. два", "ещё", "i.", "точка", "|1.|"]);
    assert_eq!(facts(&grid(&file), 1, 1), [Fact::Number("1.".to_owned())]);
}

#[test]
fn a_table_that_frames_the_page_is_a_frame_and_one_in_a_form_is_lines() {
    let form = "<table><tr><td>1<td>2<td>3<tr><td>а<td><table><tr><td>Иванов<td>глава</table><td>в</table>";
    let file = page(&format!("<table><tr><td>{form}</table>"));
    shows_with(
        &file,
        &["||", "|1|2|3|", "|а|Иванов\tглава|в|"],
        &[NoticeKind::NestedTable, NoticeKind::NestedTable],
    );
    let grid = grid(&file);
    assert_eq!(facts(&grid, 1, 1), [Fact::NestedTable(Some(2))]);
    assert_eq!(grid.findings[1].place, Place::Cell { table: 2, row: 2, column: 2 });
}

#[test]
fn pictures_and_scripts_are_told_or_passed_over() {
    let file = page(
        "<script>if (a < b) document.write('<table>')</script><p>текст<img src=http://127.0.0.1:9/x.png></p><!-- нет -->",
    );
    shows_with(&file, &["текст"], &[NoticeKind::Image]);
}

#[test]
fn thousands_of_tags_in_each_other_are_refused() {
    assert_eq!(refusal(&page(&"<div>".repeat(10_000))).code(), "file-too-large");
    assert_eq!(refusal(&page(&"<table><tr><td>".repeat(10_000))).code(), "file-too-large");
}

#[test]
fn xml_mail_and_json_are_no_rows() {
    let cases = [
        ("<?xml version=\"1.0\"?><w:wordDocument>;;\n;;</w:wordDocument>", Looks::OtherOffice),
        ("MIME-Version: 1.0\nContent-Type: multipart/related; a\nb; c", Looks::OtherOffice),
        ("{\"a\": 1,\n \"b\": 2,\n \"c\": 3}", Looks::Text),
    ];
    for (text, looks) in cases {
        assert_eq!(refusal(text.as_bytes()), CannotRead::NotADocument { looks }, "{text}");
    }
}
