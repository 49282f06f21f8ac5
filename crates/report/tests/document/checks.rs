//! What no outside validator sees and Word refuses all the same; and what makes the table look as it must.

use std::collections::BTreeSet;

use roxmltree::{Document, Node};

use super::opened::{Opened, children, elements, value};
use super::{opened, preview, sample};

impl Opened {
    /// Fails unless the file is whole.
    #[track_caller]
    pub(crate) fn check(&self) {
        for name in self.names() {
            self.part(name);
        }
        assert_eq!(faults(self.part_text("word/document.xml")), Vec::<String>::new());
        self.check_relations();
        self.check_styles();
    }

    /// Every part is named in the content types, every relation leads to a part, no id stands twice.
    #[track_caller]
    fn check_relations(&self) {
        let types = self.part_text("[Content_Types].xml");
        let is_relations = |name: &&str| name.contains("_rels/");
        for name in self.names().filter(|name| !name.starts_with('[') && !is_relations(name)) {
            assert!(types.contains(&format!("PartName=\"/{name}\"")), "{name} has no content type");
        }
        let relations = self.part("word/_rels/document.xml.rels");
        let all: Vec<Node<'_, '_>> =
            relations.descendants().filter(|node| node.has_attribute("Target")).collect();
        let ids: BTreeSet<&str> = all.iter().filter_map(|node| node.attribute("Id")).collect();
        assert_eq!(ids.len(), all.len(), "an id stands twice");
        for target in all.iter().filter_map(|node| node.attribute("Target")) {
            self.part(&format!("word/{target}"));
        }
    }

    /// Every style that is used is there, and only once.
    #[track_caller]
    fn check_styles(&self) {
        let styles = self.part("word/styles.xml");
        let named: Vec<&str> = styles
            .descendants()
            .flat_map(|node| node.attributes())
            .filter(|attribute| attribute.name() == "styleId")
            .map(|attribute| attribute.value())
            .collect();
        let known: BTreeSet<&str> = named.iter().copied().collect();
        assert_eq!(known.len(), named.len(), "a style stands twice");
        for part in ["word/document.xml", "word/header1.xml", "word/header2.xml"] {
            let part = self.part(part);
            for mark in ["pStyle", "rStyle", "tblStyle"] {
                for used in elements(part.root_element(), mark) {
                    let style =
                        used.attributes().next().map(|attribute| attribute.value()).unwrap_or_default();
                    assert!(known.contains(style), "no style {style:?}");
                }
            }
        }
    }
}

/// What is wrong with the tables of a document: a cell that does not end with a paragraph, cells that do not fill the grid or
/// say another width than it, a table that no paragraph follows. The Open XML SDK passes the first three.
fn faults(document: &str) -> Vec<String> {
    let document = Document::parse(document).unwrap();
    let mut faults = vec![];
    for table in elements(document.root_element(), "tbl") {
        faults.extend(faults_of_table(table).into_iter().map(str::to_owned));
        let behind = table.next_sibling_element().map(|next| next.tag_name().name().to_owned());
        if behind.as_deref() != Some("p") {
            faults.push("a paragraph must follow a table".to_owned());
        }
    }
    faults
}

fn faults_of_table(table: Node<'_, '_>) -> Vec<&'static str> {
    let mut faults = vec![];
    let widths: Vec<u32> = elements(table, "gridCol").map(|column| value(column, "w")).collect();
    for row in children(table, "tr") {
        let mut column = 0;
        for cell in children(row, "tc") {
            let span = elements(cell, "gridSpan").next().map_or(1, |span| value(span, "val") as usize);
            let width: u32 = widths.iter().skip(column).take(span).sum();
            let stated = elements(cell, "tcW").next().map_or(0, |stated| value(stated, "w"));
            column += span;
            if column <= widths.len() && stated != width {
                faults.push("a cell is not as wide as its columns");
            }
            if cell.last_element_child().is_none_or(|last| last.tag_name().name() != "p") {
                faults.push("a cell must end with a paragraph");
            }
        }
        if column != widths.len() {
            faults.push("a row does not fill the grid");
        }
    }
    faults
}

/// The sample with a stretch of its text replaced.
#[track_caller]
fn broken(from: &str, to: &str) -> Vec<String> {
    let document = opened(&sample());
    let text = document.part_text("word/document.xml");
    assert!(text.contains(from), "{from}");
    faults(&text.replacen(from, to, 1))
}

#[test]
fn a_cell_without_a_paragraph_is_found() {
    let cell = r#"<w:p><w:pPr><w:pStyle w:val="CellNumber"/></w:pPr><w:r><w:t xml:space="preserve">1.</w:t></w:r></w:p>"#;
    assert_eq!(broken(cell, ""), ["a cell must end with a paragraph"]);
}

#[test]
fn a_span_that_is_not_the_grid_is_found() {
    let span = r#"<w:gridSpan w:val="6"/>"#;
    assert_eq!(broken(span, r#"<w:gridSpan w:val="7"/>"#), ["a row does not fill the grid"]);
    assert!(broken(span, "").contains(&"a row does not fill the grid".to_owned()));
}

#[test]
fn a_table_that_nothing_follows_is_found() {
    let behind = r#"<w:p><w:pPr><w:pStyle w:val="AfterTable"/></w:pPr></w:p>"#;
    assert_eq!(broken(behind, ""), ["a paragraph must follow a table"]);
}

#[test]
fn an_edition_and_a_preview_are_whole() {
    opened(&sample()).check();
    opened(&preview()).check();
}

#[test]
fn the_table_is_as_wide_as_the_page_between_its_margins() {
    let document = opened(&sample());
    let document = document.part("word/document.xml");
    let grid: u32 = elements(document.root_element(), "gridCol").map(|column| value(column, "w")).sum();
    let page = elements(document.root_element(), "pgSz").next().unwrap();
    let margins = elements(document.root_element(), "pgMar").next().unwrap();
    assert_eq!(grid, value(page, "w") - value(margins, "left") - value(margins, "right"));
    assert_eq!((value(page, "w"), value(page, "h")), (16838, 11906));
}

#[test]
fn only_the_heading_row_repeats() {
    let document = opened(&sample());
    let document = document.part("word/document.xml");
    let repeats: Vec<bool> = elements(document.root_element(), "tr")
        .map(|row| elements(row, "tblHeader").next().is_some())
        .collect();
    assert_eq!(repeats, [true, false, false, false, false, false, false]);
}

#[test]
fn a_section_row_stays_with_its_first_activity() {
    let document = opened(&sample());
    assert_eq!(document.paragraphs_of("SectionHeading").len(), 2);
    let styles = document.part("word/styles.xml");
    let heading = elements(styles.root_element(), "style")
        .find(|style| style.attributes().any(|attribute| attribute.value() == "SectionHeading"));
    assert!(elements(heading.unwrap(), "keepNext").next().is_some());
}

#[test]
fn a_row_higher_than_half_a_page_may_break() {
    let mut inputs = sample();
    inputs.sections[0].records[0].activity.content = "долгая беседа ".repeat(200);
    let document = opened(&inputs);
    let document = document.part("word/document.xml");
    let whole: Vec<bool> = elements(document.root_element(), "tr")
        .map(|row| elements(row, "cantSplit").next().is_some())
        .collect();
    assert_eq!(whole, [true, true, false, true, true, true, true]);
}
