//! What a second edition says below the table of a region's own form: where it stands, and how it looks.

use svod_report::Renderer;

use super::super::opened::{Opened, children, elements, text_of};
use super::super::revision::{lines_and_table, second, told};
use super::donor::Donor;
use super::{file, file_by, opened};

const DOCUMENT: &str = "word/document.xml";
const FOOT: &str = "<w:p><w:r><w:t>{орган}";

/// The XML of the heading and of a paragraph of the part, without their texts.
fn looks(donor: &Donor) -> [String; 2] {
    let document = opened(donor, &second());
    let text = document.part_text(DOCUMENT);
    [&told()[0], &told()[1]].map(|line| {
        let (before, _) = text.split_once(line.as_str()).unwrap();
        before[before.rfind("<w:p>").unwrap()..].to_owned()
    })
}

#[test]
fn it_stands_between_the_table_and_what_the_form_has_behind_it() {
    let document = opened(&Donor::new(), &second());
    let (lines, table) = lines_and_table(&document);
    let (foot, lines) = lines[table..].split_last().unwrap();
    assert_eq!((lines, table), (&told()[..], 1));
    assert!(foot.starts_with("Смоленская область, 3 августа 2020 г."), "{foot}");
}

#[test]
fn it_looks_as_the_paragraph_behind_the_table_but_for_what_would_break_or_hide_it() {
    let model = r#"<w:p><w:pPr><w:pStyle w:val="a1"/><w:pageBreakBefore/><w:numPr><w:numId w:val="1"/></w:numPr><w:jc w:val="both"/></w:pPr><w:r><w:t xml:space="preserve"> </w:t></w:r><w:r><w:rPr><w:rFonts w:ascii="PT Sans" w:hAnsi="PT Sans"/><w:i/><w:vanish/><w:sz w:val="20"/></w:rPr><w:t>{орган}"#;
    let [heading, text] = looks(&Donor::new().with(DOCUMENT, FOOT, model));
    let run = r#"<w:rFonts w:ascii="PT Sans" w:hAnsi="PT Sans"/>"#;
    let space = r#"<w:t xml:space="preserve">"#;
    assert_eq!(
        text,
        format!(
            r#"<w:p><w:pPr><w:pStyle w:val="a1"/><w:jc w:val="both"/></w:pPr><w:r><w:rPr>{run}<w:i/><w:sz w:val="20"/></w:rPr>{space}"#
        )
    );
    assert_eq!(
        heading,
        format!(
            r#"<w:p><w:pPr><w:pStyle w:val="a1"/><w:keepNext/><w:jc w:val="both"/></w:pPr><w:r><w:rPr>{run}<w:b/><w:bCs/><w:i/><w:sz w:val="20"/></w:rPr>{space}"#
        )
    );
}

#[test]
fn an_empty_paragraph_behind_the_table_has_no_look_to_be_taken() {
    let thin =
        r#"<w:p><w:pPr><w:pStyle w:val="a1"/><w:spacing w:line="20" w:lineRule="exact"/></w:pPr></w:p>"#;
    let [_, text] = looks(&Donor::new().with(DOCUMENT, FOOT, &format!("{thin}{FOOT}")));
    assert_eq!(text, r#"<w:p><w:r><w:t xml:space="preserve">"#);
}

#[test]
fn a_table_behind_the_table_is_parted_from_it_by_the_part() {
    let cell = r#"<w:tc><w:tcPr><w:tcW w:w="12000" w:type="dxa"/></w:tcPr><w:p><w:r><w:t>Подпись</w:t></w:r></w:p></w:tc>"#;
    let table = format!(
        r#"<w:tbl><w:tblPr/><w:tblGrid><w:gridCol w:w="12000"/></w:tblGrid><w:tr>{cell}</w:tr></w:tbl>"#
    );
    let document = opened(&Donor::new().with(DOCUMENT, FOOT, &format!("{table}{FOOT}")), &second());
    let part = document.part(DOCUMENT);
    let body = children(part.root_element(), "body").next().unwrap();
    let [first, second] = &children(body, "tbl").collect::<Vec<_>>()[..] else { panic!("two tables") };
    let between = first.next_siblings().skip(1).take_while(|node| node != second);
    assert_eq!(between.map(text_of).collect::<Vec<_>>(), told());
}

#[test]
fn rows_that_the_form_has_below_the_records_stay_in_the_table() {
    let donor = Donor::new();
    let text = String::from_utf8(donor.parts.iter().find(|(name, _)| name == DOCUMENT).unwrap().1.clone());
    let text = text.unwrap();
    let (last, _) = text.split_once("</w:tbl>").unwrap();
    let heading = &last[last.find("<w:tr>").unwrap()..];
    let row = heading[..heading.find("</w:tr>").unwrap() + "</w:tr>".len()].replace("<w:tblHeader/>", "");
    let document = opened(&donor.with(DOCUMENT, "</w:tbl>", &format!("{row}</w:tbl>")), &second());
    let (lines, table) = lines_and_table(&document);
    assert_eq!(lines[table..][..told().len()], told());
    let part = document.part(DOCUMENT);
    assert_eq!(elements(part.root_element(), "tbl").count(), 1);
    assert!(document.rows().last().unwrap().starts_with("№|Что"));
}

#[test]
fn a_form_that_is_filled_in_by_the_renderer_of_before_says_nothing_of_it() {
    let by_before = |inputs| file_by(Renderer::Docx2, &Donor::new(), inputs);
    let without = svod_engine::ReportInputs { revision: None, ..second() };
    assert_eq!(by_before(&second()), by_before(&without));
    let whole = Opened::new(&file(&Donor::new(), &without));
    let (lines, table) = lines_and_table(&whole);
    assert_eq!(lines[table..].len(), 1, "only the foot of the form");
}
