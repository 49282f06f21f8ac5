//! The page for a browser: that it says what the Word file says, that it fetches and runs nothing.

use roxmltree::{Document, Node, ParsingOptions};
use svod_engine::ReportInputs;
use svod_report::Format;

use super::{file, opened, preview, sample};

/// The page as a reader of XML sees it, which it is as well.
pub(super) fn page(inputs: &ReportInputs) -> String {
    String::from_utf8(file(inputs, Format::Html)).unwrap()
}

/// Each row of the table as `cell|cell`, the paragraphs of a cell parted by `¶`.
pub(super) fn rows(page: &str) -> Vec<String> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let page = Document::parse_with_options(page, options).unwrap();
    let cell = |cell: Node<'_, '_>| {
        let texts = cell.descendants().filter(Node::is_text).filter_map(|text| text.text());
        texts.collect::<Vec<_>>().join("¶")
    };
    let rows = page.descendants().filter(|node| node.has_tag_name("tr"));
    rows.map(|row| row.children().filter(Node::is_element).map(cell).collect::<Vec<_>>().join("|")).collect()
}

#[test]
fn it_says_what_the_word_file_says() {
    assert_eq!(rows(&page(&sample())), opened(&sample()).rows());
}

#[test]
fn a_preview_is_marked_and_an_edition_is_not() {
    assert!(page(&preview()).contains(r#"<p class="mark">ПРЕДВАРИТЕЛЬНЫЙ ПРОСМОТР</p>"#));
    assert!(!page(&sample()).contains("<p class"));
}

#[test]
fn its_headings_are_told_to_who_has_it_read_aloud() {
    let page = page(&sample());
    assert_eq!(page.matches(r#"<th scope="col">"#).count(), 6);
    assert_eq!(page.matches(r#"<th colspan="6" scope="rowgroup">"#).count(), page.matches("<tbody>").count());
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"ru\">"));
}

#[test]
fn what_was_typed_cannot_become_a_part_of_the_page() {
    let mut inputs = sample();
    inputs.sections[0].records[0].activity.title = "<script src=//x>alert(1)</script>&amp;".into();
    let page = page(&inputs);
    assert!(!page.contains("<script"), "{page}");
    assert!(page.contains("&lt;script src=//x&gt;alert(1)&lt;/script&gt;&amp;amp;"), "{page}");
}
