//! Tables of Word files: merged cells, deleted and hidden rows, tables in tables.

use svod_report::import::{Fact, NoticeKind, Place};

use crate::files::{Docx, cell, paragraph, row, table, text};
use crate::seen::{facts, grid, rows, shows, shows_with};

fn styled(style: &str, content: &str) -> String {
    format!("<w:tc><w:tcPr>{style}</w:tcPr>{}</w:tc>", paragraph(content))
}

#[test]
fn a_cell_that_goes_on_from_above_says_so() {
    let rows = [
        row(&[&styled(r#"<w:vMerge w:val="restart"/>"#, "Россия"), &text("Рославль")]),
        row(&[&styled("<w:vMerge/>", ""), &text("Ярцево")]),
        row(&[&styled(r#"<w:vMerge w:val="continue"/>"#, "под ней"), &text("Сафоново")]),
    ]
    .concat();
    let file = Docx::new(&table(2, &rows)).build();
    shows_with(&file, &["|Россия|Рославль|", "|^|Ярцево|", "|^|Сафоново|"], &[NoticeKind::CoveredText]);
    assert_eq!(grid(&file).findings[0].place, Place::Cell { table: 1, row: 3, column: 1 });
}

#[test]
fn a_cell_that_goes_on_from_nothing_keeps_its_text() {
    shows(&Docx::new(&table(1, &row(&[&styled("<w:vMerge/>", "первая")]))).build(), &["|первая|"]);
}

#[test]
fn cells_merged_sideways_the_old_way_are_one() {
    let merged =
        row(&[&styled(r#"<w:hMerge w:val="restart"/>"#, "Смоленск"), &styled("<w:hMerge/>", ""), &text("3")]);
    shows(&Docx::new(&table(3, &merged)).build(), &["|Смоленск…|3|"]);
}

#[test]
fn a_row_that_begins_further_right_keeps_its_columns() {
    let shifted = format!(
        r#"<w:tr><w:trPr><w:gridBefore w:val="2"/></w:trPr>{}{}</w:tr>"#,
        styled(r#"<w:gridSpan w:val="2"/>"#, "широкая"),
        text("узкая")
    );
    shows(&Docx::new(&table(5, &shifted)).build(), &["|-|-|широкая…|узкая|"]);
}

#[test]
fn spans_short_of_the_grid_and_beyond_it_are_read_as_they_are() {
    let given = [
        row(&[&styled(r#"<w:gridSpan w:val="2"/>"#, "коротко")]),
        row(&[&text("1"), &text("2"), &text("3")]),
    ];
    let grid = grid(&Docx::new(&table(2, &given.concat())).build());
    let found = grid.tables().next().unwrap();
    assert_eq!(rows(found), ["|коротко…|", "|1|2|3|"]);
    assert_eq!(found.columns, 3);
}

#[test]
fn a_span_of_four_billion_columns_is_bounded() {
    let rows = row(&[&styled(r#"<w:gridSpan w:val="4000000000"/>"#, "1"), &text("2"), &text("3")]);
    let grid = grid(&Docx::new(&table(2, &rows)).build());
    assert!(grid.tables().next().unwrap().columns <= 16_384);
}

#[test]
fn a_row_tracked_as_deleted_is_left_out_and_told() {
    let deleted = format!(r#"<w:tr><w:trPr><w:del w:id="1"/></w:trPr>{}</w:tr>"#, text("2"));
    let rows = [row(&[&text("1")]), deleted, row(&[&text("3")])].concat();
    let file = Docx::new(&table(1, &rows)).build();
    shows_with(&file, &["|1|", "|3|"], &[NoticeKind::DeletedRow]);
    let numbers: Vec<usize> =
        grid(&file).tables().next().unwrap().rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [1, 2]);
}

#[test]
fn a_hidden_row_is_left_out_and_told() {
    let hidden = format!("<w:tr><w:trPr><w:hidden/></w:trPr>{}</w:tr>", text("2"));
    let file = Docx::new(&table(1, &[row(&[&text("1")]), hidden].concat())).build();
    shows_with(&file, &["|1|"], &[NoticeKind::HiddenRow]);
}

#[test]
fn a_row_in_custom_xml_is_a_row() {
    let wrapped =
        format!(r#"<w:customXml w:element="a"><w:customXmlPr/>{}</w:customXml>"#, row(&[&text("1")]));
    shows(&Docx::new(&table(1, &wrapped)).build(), &["|1|"]);
}

#[test]
fn the_repeated_heading_is_marked() {
    let heading = format!("<w:tr><w:trPr><w:tblHeader/></w:trPr>{}</w:tr>", text("№"));
    let grid = grid(&Docx::new(&table(1, &[heading, row(&[&text("1")])].concat())).build());
    let found: Vec<bool> = grid.tables().next().unwrap().rows.iter().map(|row| row.is_heading).collect();
    assert_eq!(found, [true, false]);
}

#[test]
fn a_narrow_table_in_a_cell_is_lines_of_that_cell() {
    let inner =
        table(2, &[row(&[&text("Иванов"), &text("глава")]), row(&[&text("Петров"), &text("зам")])].concat());
    let outer = table(
        3,
        &row(&[&text("1"), &cell(&[paragraph("Список:"), inner, paragraph("")].concat()), &text("3")]),
    );
    let file = Docx::new(&outer).build();
    shows_with(&file, &["|1|Список:/Иванов\tглава/Петров\tзам/|3|"], &[NoticeKind::NestedTable]);
    assert_eq!(facts(&grid(&file), 1, 2), [Fact::NestedTable(None)]);
}

#[test]
fn a_wide_table_in_a_frame_of_one_cell_is_a_table_of_its_own() {
    let inner =
        table(2, &[row(&[&text("1"), &text("Духовщина")]), row(&[&text("2"), &text("Велиж")])].concat());
    let outer = table(1, &row(&[&cell(&[inner, paragraph("конец")].concat())]));
    let file = Docx::new(&[outer, table(1, &row(&[&text("другая")]))].concat()).build();
    shows_with(&file, &["|конец|", "|1|Духовщина|", "|2|Велиж|", "|другая|"], &[NoticeKind::NestedTable]);
    let grid = grid(&file);
    assert_eq!(grid.tables().map(|table| table.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(facts(&grid, 1, 1), [Fact::NestedTable(Some(2))]);
}

#[test]
fn a_table_as_wide_as_the_one_around_it_is_a_table_of_its_own() {
    let inner = table(2, &row(&[&text("1"), &text("Велиж")]));
    let outer = table(2, &row(&[&text("а"), &cell(&inner)]));
    shows_with(&Docx::new(&outer).build(), &["|а||", "|1|Велиж|"], &[NoticeKind::NestedTable]);
}

#[test]
fn notices_in_tables_in_cells_point_to_what_a_person_can_find() {
    let struck = cell("<w:p><w:r><w:rPr><w:strike/></w:rPr><w:t>а</w:t></w:r></w:p>");
    let listed = table(3, &row(&[&text("1"), &text("2"), &cell(&table(1, &row(&[&struck])))]));
    let place = grid(&Docx::new(&listed).build()).findings[0].place.clone();
    assert_eq!(place, Place::Cell { table: 1, row: 1, column: 3 });
    let framed = table(1, &row(&[&cell(&table(2, &row(&[&text("1"), &struck])))]));
    let place = grid(&Docx::new(&framed).build()).findings[0].place.clone();
    assert_eq!(place, Place::Cell { table: 2, row: 1, column: 2 });
}

#[test]
fn several_tables_and_the_headings_between_them_keep_their_order() {
    let tables = [
        paragraph("Гагарин"),
        table(1, &row(&[&text("1")])),
        paragraph("Починок"),
        table(1, &row(&[&text("2")])),
    ];
    shows(&Docx::new(&tables.concat()).build(), &["Гагарин", "|1|", "Починок", "|2|"]);
}
