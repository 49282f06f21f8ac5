//! Numbers that Word counts: they stand nowhere in the file, and a person sees them.

use svod_report::import::Fact;

use crate::files::{Docx, cell, paragraph, row, run, table, text};
use crate::seen::{facts, grid, shows};

/// A level of a list.
fn level(at: usize, format: &str, pattern: &str, more: &str) -> String {
    format!(
        r#"<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{format}"/>{more}<w:lvlText w:val="{pattern}"/></w:lvl>"#
    )
}

/// List 1 of the levels, and more lists.
fn numbering(levels: &str, more: &str) -> String {
    format!(
        r#"<w:numbering><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>{more}</w:numbering>"#
    )
}

fn item(list: usize, level: usize, content: &str) -> String {
    let runs = if content.is_empty() { String::new() } else { run(content) };
    format!(
        r#"<w:p><w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list}"/></w:numPr></w:pPr>{runs}</w:p>"#
    )
}

/// A table of one column, a paragraph a row.
fn column(paragraphs: &[String]) -> String {
    table(1, &paragraphs.iter().map(|paragraph| row(&[&cell(paragraph)])).collect::<String>())
}

#[track_caller]
fn counts(numbering: &str, paragraphs: &[String], wanted: &[&str]) {
    shows(&Docx::new(&column(paragraphs)).with("numbering", numbering).build(), wanted);
}

#[test]
fn an_automatic_number_is_read_as_it_is_shown() {
    let list = numbering(&level(0, "decimal", "%1.", ""), "");
    counts(
        &list,
        &[item(1, 0, ""), item(1, 0, "Ярмарка"), item(0, 0, "без")],
        &["|1.|", "|2. Ярмарка|", "|без|"],
    );
    let file = Docx::new(&column(&[item(1, 0, "")])).with("numbering", &list).build();
    assert_eq!(facts(&grid(&file), 1, 1), [Fact::Number("1.".to_owned())]);
}

#[test]
fn a_list_that_starts_at_seven_counts_from_seven() {
    let list =
        numbering(&level(0, "decimal", "%1.", "").replace(r#"start w:val="1""#, r#"start w:val="7""#), "");
    counts(&list, &[item(1, 0, ""), item(1, 0, "")], &["|7.|", "|8.|"]);
}

#[test]
fn a_list_that_overrides_its_start_counts_anew_when_it_is_first_used() {
    let anew = r#"<w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num><w:num w:numId="3"><w:abstractNumId w:val="0"/></w:num>"#;
    let list = numbering(&level(0, "decimal", "%1.", ""), anew);
    let items = [item(1, 0, ""), item(1, 0, ""), item(2, 0, ""), item(2, 0, ""), item(3, 0, "")];
    counts(&list, &items, &["|1.|", "|2.|", "|1.|", "|2.|", "|3.|"]);
}

#[test]
fn deeper_levels_begin_anew_behind_higher_ones() {
    let levels = level(0, "decimal", "%1.", "") + &level(1, "decimal", "%1.%2", "");
    let items = [item(1, 0, ""), item(1, 1, ""), item(1, 1, ""), item(1, 0, ""), item(1, 1, "")];
    counts(&numbering(&levels, ""), &items, &["|1.|", "|1.1|", "|1.2|", "|2.|", "|2.1|"]);
}

#[test]
fn a_level_that_never_restarts_counts_through() {
    let levels =
        level(0, "upperRoman", "%1", "") + &level(1, "decimal", "%2.", r#"<w:lvlRestart w:val="0"/>"#);
    let items = [item(1, 0, ""), item(1, 1, ""), item(1, 0, ""), item(1, 1, "")];
    counts(&numbering(&levels, ""), &items, &["|I|", "|1.|", "|II|", "|2.|"]);
}

#[test]
fn a_level_restarts_only_behind_the_level_that_it_names() {
    let levels = level(0, "decimal", "%1", "")
        + &level(1, "decimal", "%2", "")
        + &level(2, "lowerLetter", "%3)", r#"<w:lvlRestart w:val="1"/>"#);
    let items =
        [item(1, 0, ""), item(1, 2, ""), item(1, 1, ""), item(1, 2, ""), item(1, 0, ""), item(1, 2, "")];
    counts(&numbering(&levels, ""), &items, &["|1|", "|a)|", "|1|", "|b)|", "|2|", "|a)|"]);
}

#[test]
fn a_list_counts_on_from_table_to_table() {
    let body = [column(&[item(1, 0, "")]), paragraph("Дорогобуж"), column(&[item(1, 0, "")])].concat();
    let list = numbering(&level(0, "decimal", "%1.", ""), "");
    shows(&Docx::new(&body).with("numbering", &list).build(), &["|1.|", "Дорогобуж", "|2.|"]);
}

#[test]
fn bullets_are_facts_and_no_text() {
    let list = numbering(&level(0, "bullet", "\u{f0b7}", ""), "");
    let file = Docx::new(&column(&[item(1, 0, "Иванов")])).with("numbering", &list).build();
    shows(&file, &["|Иванов|"]);
    assert_eq!(facts(&grid(&file), 1, 1), [Fact::Bullet]);
}

#[test]
fn a_style_numbers_its_paragraphs() {
    let list = numbering(
        &(level(0, "decimal", "%1.", "") + &level(1, "russianLower", "%2)", r#"<w:pStyle w:val="S"/>"#)),
        "",
    );
    let styles = r#"<w:styles><w:style w:type="paragraph" w:styleId="S"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style><w:style w:type="paragraph" w:styleId="T"><w:basedOn w:val="S"/></w:style></w:styles>"#;
    let paragraph_of = |style: &str| format!(r#"<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr></w:p>"#);
    let file = Docx::new(&column(&[paragraph_of("S"), paragraph_of("S")]))
        .with("numbering", &list)
        .with("styles", styles)
        .build();
    shows(&file, &["|а)|", "|б)|"]);
}

#[test]
fn a_list_linked_to_a_numbering_style_counts_as_that_style_has_it() {
    let linked = r#"<w:abstractNum w:abstractNumId="5"><w:numStyleLink w:val="L"/></w:abstractNum><w:num w:numId="6"><w:abstractNumId w:val="5"/></w:num>"#;
    let styles = r#"<w:styles><w:style w:type="numbering" w:styleId="L"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style></w:styles>"#;
    let file = Docx::new(&column(&[item(6, 0, ""), item(6, 0, "")]))
        .with("numbering", &numbering(&level(0, "decimal", "№ %1", ""), linked))
        .with("styles", styles)
        .build();
    shows(&file, &["|№ 1|", "|№ 2|"]);
}

#[test]
fn a_deleted_list_paragraph_takes_no_number() {
    let deleted = r#"<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr><w:rPr><w:del w:id="1"/></w:rPr></w:pPr></w:p>"#;
    let body = table(
        1,
        &[row(&[&cell(&[deleted.to_owned(), item(1, 0, "а")].concat())]), row(&[&text("б")])].concat(),
    );
    let file = Docx::new(&body).with("numbering", &numbering(&level(0, "decimal", "%1.", ""), "")).build();
    assert_eq!(crate::seen::blocks(&grid(&file)), ["|1. а|", "|б|"]);
}
