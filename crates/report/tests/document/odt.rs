//! The ODT file: that it says what the Word file says, and that it is whole.

use std::collections::BTreeSet;
use std::io::Cursor;

use roxmltree::Node;
use svod_engine::ReportInputs;
use svod_report::Format;

use super::opened::Opened;
use super::revision::second;
use super::{file, opened, preview, sample};

const STYLE: &str = "urn:oasis:names:tc:opendocument:xmlns:style:1.0";
const TABLE: &str = "urn:oasis:names:tc:opendocument:xmlns:table:1.0";
const TEXT: &str = "urn:oasis:names:tc:opendocument:xmlns:text:1.0";

/// An ODT file taken apart.
pub(super) struct Odt(Opened);

impl Odt {
    pub(super) fn of(inputs: &ReportInputs) -> Self {
        Self(Opened::new(&file(inputs, Format::Odt)))
    }

    /// Each row of the table as `cell|cell`, the paragraphs of a cell parted by `¶`.
    pub(super) fn rows(&self) -> Vec<String> {
        let content = self.0.part("content.xml");
        let rows = content.descendants().filter(|node| node.has_tag_name((TABLE, "table-row")));
        let cells = |row: Node<'_, '_>| {
            let cells = row.children().filter(|node| node.has_tag_name((TABLE, "table-cell")));
            let texts = cells.map(|cell| {
                cell.children().filter(Node::is_element).map(text_of).collect::<Vec<_>>().join("¶")
            });
            texts.collect::<Vec<_>>().join("|")
        };
        rows.map(cells).collect()
    }

    /// Fails unless the file is whole.
    #[track_caller]
    pub(super) fn check(&self) {
        let manifest = self.0.part("META-INF/manifest.xml");
        let listed: BTreeSet<&str> = manifest
            .descendants()
            .filter_map(|node| node.attributes().find(|found| found.name() == "full-path"))
            .map(|path| path.value())
            .collect();
        let parts = self.0.names().filter(|name| !["mimetype", "META-INF/manifest.xml"].contains(name));
        assert_eq!(listed, parts.chain(["/"]).collect(), "the manifest lists every part");
        self.check_styles();
        self.check_grid();
    }

    /// Every style that is used is there.
    #[track_caller]
    fn check_styles(&self) {
        let (styles, content) = (self.0.part("styles.xml"), self.0.part("content.xml"));
        let nodes = || styles.descendants().chain(content.descendants());
        let known: BTreeSet<&str> = nodes().filter_map(|node| node.attribute((STYLE, "name"))).collect();
        for name in ["parent-style-name", "next-style-name", "master-page-name", "page-layout-name"] {
            for used in nodes().filter_map(|node| node.attribute((STYLE, name))) {
                assert!(known.contains(used), "no style {used:?}");
            }
        }
        for space in [TEXT, TABLE] {
            for used in nodes().filter_map(|node| node.attribute((space, "style-name"))) {
                assert!(known.contains(used), "no style {used:?}");
            }
        }
    }

    /// Every row has as many cells as there are columns, those that a wide one covers counted.
    #[track_caller]
    fn check_grid(&self) {
        let content = self.0.part("content.xml");
        let of = |node: Node<'_, '_>, name| node.attribute((TABLE, name)).map_or(1, |n| n.parse().unwrap());
        for row in content.descendants().filter(|node| node.has_tag_name((TABLE, "table-row"))) {
            let (mut own, mut covered, mut spanned) = (0, 0, 0);
            for cell in row.children() {
                if cell.has_tag_name((TABLE, "covered-table-cell")) {
                    covered += of(cell, "number-columns-repeated");
                } else {
                    own += 1;
                    spanned += of(cell, "number-columns-spanned");
                }
            }
            assert_eq!((own + covered, spanned), (6, 6), "a row does not fill the grid");
        }
    }
}

fn text_of(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

#[test]
fn it_says_what_the_word_file_says() {
    assert_eq!(Odt::of(&sample()).rows(), opened(&sample()).rows());
}

#[test]
fn an_edition_and_a_preview_are_whole() {
    Odt::of(&sample()).check();
    Odt::of(&preview()).check();
    Odt::of(&second()).check();
}

#[test]
fn its_first_bytes_tell_what_it_is() {
    let bytes = file(&sample(), Format::Odt);
    assert_eq!(&bytes[30..38], b"mimetype");
    assert!(bytes[38..].starts_with(b"application/vnd.oasis.opendocument.text"));
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    assert_eq!(archive.by_index(0).unwrap().compression(), zip::CompressionMethod::Stored);
}

#[test]
fn the_heading_row_repeats_and_a_section_stays_with_its_first_record() {
    let document = Odt::of(&sample());
    let content = document.0.part("content.xml");
    let header = content.descendants().find(|node| node.has_tag_name((TABLE, "table-header-rows"))).unwrap();
    assert!(text_of(header).starts_with("№ п/п"));
    let headings = content.descendants().filter(|node| node.has_tag_name((TEXT, "h")));
    assert_eq!(headings.count(), 2);
    let styles = document.0.part_text("styles.xml");
    let style = styles.lines().find(|line| line.contains(r#"style:name="SectionHeading""#)).unwrap();
    assert!(style.contains(r#"fo:keep-with-next="always""#), "{style}");
}

#[test]
fn a_preview_is_marked_on_every_page_and_bears_no_date() {
    let document = Odt::of(&preview());
    for part in ["content.xml", "styles.xml"] {
        assert!(text_of(document.0.part(part).root()).contains("ПРЕДВАРИТЕЛЬНЫЙ ПРОСМОТР"), "{part}");
    }
    let meta = document.0.part_text("meta.xml");
    assert!(meta.contains("<meta:creation-date>1980-01-01T00:00:00Z</meta:creation-date>"), "{meta}");
    let edition = Odt::of(&sample());
    let meta = edition.0.part_text("meta.xml");
    assert!(meta.contains("<dc:date>2020-07-15T15:00:00Z</dc:date>"), "{meta}");
    assert!(!edition.0.part_text("styles.xml").contains("ПРОСМОТР"));
}
