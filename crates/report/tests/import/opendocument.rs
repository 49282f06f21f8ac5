//! Texts and spreadsheets of LibreOffice: counted spaces and cells, covered cells, lists, deleted text that lies apart.

use svod_report::import::{CannotRead, Fact, NoticeKind, SourceFormat};

use crate::files::zip;
use crate::seen::{blocks, facts, grid, refusal, shows, shows_with};

const SPACES: [&str; 6] = ["office", "text", "table", "style", "drawing:draw", "xsl-fo-compatible:fo"];

fn document(kind: &str, styles: &str, body: &str) -> Vec<u8> {
    let spaces = SPACES.map(|space| {
        let (name, prefix) = space.split_once(':').unwrap_or((space, space));
        format!(r#" xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0""#)
    });
    let content = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><office:document-content{}><office:automatic-styles>{styles}</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"#,
        spaces.concat()
    );
    zip(&[
        ("mimetype".to_owned(), format!("application/vnd.oasis.opendocument.{kind}").into_bytes()),
        ("content.xml".to_owned(), content.into_bytes()),
    ])
}

fn text(styles: &str, body: &str) -> Vec<u8> {
    document("text", styles, body)
}

fn table(columns: usize, rows: &str) -> String {
    format!(
        r#"<table:table table:name="Т"><table:table-column table:number-columns-repeated="{columns}"/>{rows}</table:table>"#
    )
}

fn row(cells: &[&str]) -> String {
    format!("<table:table-row>{}</table:table-row>", cells.concat())
}

fn cell(content: &str) -> String {
    format!("<table:table-cell><text:p>{content}</text:p></table:table-cell>")
}

#[test]
fn paragraphs_and_tables_of_a_text_are_read() {
    let rows = [
        format!("<table:table-header-rows>{}</table:table-header-rows>", row(&[&cell("№"), &cell("Место")])),
        row(&[
            &cell("1"),
            &cell(
                "г.<text:s text:c=\"2\"/>Вязьма,\n   <text:span>центр</text:span><text:line-break/>зал<text:tab/>2",
            ),
        ]),
    ];
    let file = text("", &format!("<text:h>Отчёт</text:h><text:p/>{}", table(2, &rows.concat())));
    shows(&file, &["Отчёт", "|№|Место|", "|1|г.  Вязьма, центр\nзал\t2|"]);
    let grid = grid(&file);
    assert_eq!(grid.format, SourceFormat::Odt);
    let headings: Vec<bool> = grid.tables().next().unwrap().rows.iter().map(|row| row.is_heading).collect();
    assert_eq!(headings, [true, false]);
}

#[test]
fn covered_cells_are_merged_sideways_and_upwards() {
    let rows = [
        row(&[
            r#"<table:table-cell table:number-columns-spanned="2" table:number-rows-spanned="2"><text:p>Россия</text:p></table:table-cell>"#,
            "<table:covered-table-cell/>",
            &cell("1"),
        ]),
        row(&[r#"<table:covered-table-cell table:number-columns-repeated="2"/>"#, &cell("2")]),
        row(&[&cell("а"), &cell("б"), &cell("3")]),
    ];
    shows(&text("", &table(3, &rows.concat())), &["|Россия…|1|", "|^…|2|", "|а|б|3|"]);
}

#[test]
fn cells_and_rows_that_are_counted_are_repeated() {
    let repeated = r#"<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="2"><text:p>да</text:p></table:table-cell></table:table-row>"#;
    shows(
        &text("", &table(2, &[repeated, &row(&[&cell("а"), &cell("б")])].concat())),
        &["|да|да|", "|да|да|", "|а|б|"],
    );
    let file = text("", &table(2, &[repeated, &row(&[&cell("а"), &cell("б")])].concat()));
    let numbers: Vec<usize> =
        grid(&file).tables().next().unwrap().rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
}

#[test]
fn bold_hidden_and_struck_out_are_known_from_styles() {
    let styles = r#"<style:style style:name="B"><style:text-properties fo:font-weight="bold"/></style:style><style:style style:name="C" style:parent-style-name="B"/><style:style style:name="H"><style:text-properties text:display="none"/></style:style><style:style style:name="S"><style:text-properties style:text-line-through-style="solid"/></style:style>"#;
    let bold = r#"<table:table-cell><text:p text:style-name="C">Вязьма</text:p></table:table-cell>"#;
    let spanned = cell(
        r#"видно<text:span text:style-name="H">тайна</text:span><text:span text:style-name="S">!</text:span>"#,
    );
    let file = text(styles, &table(2, &row(&[bold, &spanned])));
    shows_with(&file, &["|Вязьма|видно!|"], &[NoticeKind::HiddenText, NoticeKind::StruckOut]);
    let bold: Vec<bool> =
        grid(&file).tables().next().unwrap().rows[0].cells.iter().map(|cell| cell.bold).collect();
    assert_eq!(bold, [true, false]);
}

#[test]
fn numbers_of_lists_are_read_as_they_are_shown() {
    let styles = r#"<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="." text:start-value="7"/><text:list-level-style-number text:level="2" style:num-format="1" text:display-levels="2"/><text:list-level-style-bullet text:level="3"/></text:list-style>"#;
    let list =
        |more: &str, items: &str| format!(r#"<text:list text:style-name="L" {more}>{items}</text:list>"#);
    let item = |content: &str| format!("<text:list-item>{content}</text:list-item>");
    let inner = item(&format!("<text:list>{}</text:list>", item("<text:p>в</text:p>")));
    let body = [
        list(
            r#"xml:id="a""#,
            &[item("<text:p/>"), item("<text:p>б</text:p><text:p>дальше</text:p>"), inner.clone()].concat(),
        ),
        list(r#"text:continue-numbering="true""#, &[&*item("<text:p>г</text:p>"), &inner].concat()),
        list("", &item("<text:p>д</text:p>")),
        list(
            r#"text:continue-list="a""#,
            r#"<text:list-item text:start-value="20"><text:p>е</text:p></text:list-item><text:list-header><text:p>ж</text:p></text:list-header>"#,
        ),
    ];
    shows(
        &text(styles, &body.concat()),
        &["7.", "8. б", "дальше", "8.1 в", "9. г", "9.1 в", "7. д", "20. е", "ж"],
    );
}

#[test]
fn deleted_text_lies_apart_and_is_left_out() {
    let body = r#"<text:tracked-changes><text:changed-region><text:deletion><text:p>было</text:p></text:deletion></text:changed-region></text:tracked-changes><text:p>стало<text:change text:change-id="c"/></text:p>"#;
    shows_with(&text("", body), &["стало"], &[NoticeKind::TrackedChanges, NoticeKind::TrackedChanges]);
}

#[test]
fn notes_and_remarks_are_facts_beside_the_text() {
    let noted = cell(
        r"Встреча<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>по видеосвязи</text:p></text:note-body></text:note><office:annotation><text:p>уточнить</text:p></office:annotation>",
    );
    let file = text("", &table(1, &row(&[&noted])));
    shows_with(&file, &["|Встреча|"], &[NoticeKind::Footnote, NoticeKind::Comment]);
    assert_eq!(
        facts(&grid(&file), 1, 1),
        [Fact::Footnote("по видеосвязи".to_owned()), Fact::Comment("уточнить".to_owned())]
    );
}

#[test]
fn text_boxes_pictures_and_objects_are_read_or_told() {
    let body = r"<text:p>а<draw:frame><draw:text-box><text:p>в рамке</text:p></draw:text-box></draw:frame><draw:frame><draw:image/></draw:frame><draw:frame><draw:object><office:x/></draw:object></draw:frame></text:p>";
    shows_with(
        &text("", body),
        &["а", "в рамке"],
        &[NoticeKind::TextBox, NoticeKind::Image, NoticeKind::EmbeddedObject],
    );
}

#[test]
fn tables_in_cells_are_lines_or_tables_by_their_width() {
    let narrow = format!(
        "<table:table-cell>{}</table:table-cell>",
        table(1, &[row(&[&cell("Иванов")]), row(&[&cell("Петров")])].concat())
    );
    let file = text("", &table(2, &row(&[&cell("1"), &narrow])));
    shows_with(&file, &["|1|Иванов/Петров|"], &[NoticeKind::NestedTable]);
    let wide = format!("<table:table-cell>{}</table:table-cell>", table(2, &row(&[&cell("1"), &cell("2")])));
    let file = text("", &table(1, &row(&[&wide])));
    shows_with(&file, &["||", "|1|2|"], &[NoticeKind::NestedTable]);
}

#[test]
fn a_spreadsheet_is_read_with_its_days_and_hidden_parts_told() {
    let day = |value: &str, shown: &str| {
        format!(
            r#"<table:table-cell office:value-type="date" office:date-value="{value}"><text:p>{shown}</text:p></table:table-cell>"#
        )
    };
    let rows = [
        r#"<table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>"#.to_owned(),
        row(&[&cell("1"), &day("2020-04-08", "8 апр 20"), &day("2020-04-01", "апрель 2020"), &cell("скрыто")]),
        r#"<table:table-row table:visibility="filter"><table:table-cell><text:p>нет</text:p></table:table-cell></table:table-row>"#.to_owned(),
        row(&[&cell("3")]),
        r#"<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>"#.to_owned(),
    ];
    let columns = r#"<table:table-column table:number-columns-repeated="3"/><table:table-column table:visibility="collapse"/>"#;
    let body = format!(
        r#"<table:table table:name="Свод">{columns}{}</table:table><table:table table:name="Архив" table:style-name="X"/>"#,
        rows.concat()
    );
    let styles =
        r#"<style:style style:name="X"><style:table-properties table:display="false"/></style:style>"#;
    let file = document("spreadsheet", styles, &body);
    shows_with(
        &file,
        &["|1|08.04.2020|апрель 2020|", "|3|"],
        &[NoticeKind::HiddenColumn, NoticeKind::HiddenRow, NoticeKind::HiddenSheet],
    );
    let grid = grid(&file);
    let table = grid.tables().next().unwrap();
    assert_eq!(table.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [4, 6]);
    assert_eq!(table.sheet.as_deref(), Some("Свод"));
    assert_eq!(facts(&grid, 1, 2), [Fact::Date(jiff::civil::date(2020, 4, 8))]);
    assert_eq!(facts(&grid, 1, 3), []);
}

#[test]
fn a_cell_repeated_beyond_reason_is_refused() {
    let rows = r#"<table:table-row table:number-rows-repeated="1000000"><table:table-cell><text:p>1</text:p></table:table-cell></table:table-row>"#;
    assert_eq!(refusal(&text("", &table(1, rows))).code(), "file-too-large");
    let wide = r#"<table:table-row><table:table-cell table:number-columns-repeated="4000000000"><text:p>1</text:p></table:table-cell></table:table-row>"#;
    assert_eq!(blocks(&grid(&text("", &table(1, wide)))).len(), 1);
}

#[test]
fn an_encrypted_text_is_refused() {
    let manifest = r#"<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>"#;
    let file = zip(&[
        ("mimetype".to_owned(), b"application/vnd.oasis.opendocument.text".to_vec()),
        ("META-INF/manifest.xml".to_owned(), manifest.as_bytes().to_vec()),
        ("content.xml".to_owned(), b"noise".to_vec()),
    ]);
    assert_eq!(refusal(&file), CannotRead::Encrypted);
}

#[test]
fn slides_and_books_are_no_tables() {
    for kind in ["application/vnd.oasis.opendocument.presentation", "application/epub+zip"] {
        let file = zip(&[("mimetype".to_owned(), kind.as_bytes().to_vec())]);
        assert_eq!(refusal(&file).code(), "not-a-document");
    }
}
