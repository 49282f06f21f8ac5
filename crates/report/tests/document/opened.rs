//! A Word file taken apart by a reader that shares no code with the writer.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use roxmltree::{Document, Node};

const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

/// The parts of a file, by name.
pub(crate) struct Opened {
    parts: BTreeMap<String, String>,
}

impl Opened {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut parts = BTreeMap::new();
        for index in 0..archive.len() {
            let mut file = archive.by_index(index).unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            assert!(parts.insert(file.name().unwrap().to_string(), text).is_none(), "a part stands twice");
        }
        Self { parts }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.keys().map(String::as_str)
    }

    pub(crate) fn part_text(&self, name: &str) -> &str {
        self.parts.get(name).unwrap_or_else(|| panic!("no part {name}"))
    }

    /// The part as XML; fails if it is not well-formed.
    pub(crate) fn part(&self, name: &str) -> Document<'_> {
        Document::parse(self.part_text(name)).unwrap_or_else(|fault| panic!("{name}: {fault}"))
    }

    pub(crate) fn property(&self, name: &str) -> String {
        let core = self.part("docProps/core.xml");
        let found = core.descendants().find(|node| node.tag_name().name() == name);
        found.and_then(|node| node.text()).unwrap_or_default().to_owned()
    }

    /// Each row of the table as `cell|cell`, the paragraphs of a cell parted by `¶`.
    pub(crate) fn rows(&self) -> Vec<String> {
        let document = self.part("word/document.xml");
        elements(document.root_element(), "tr")
            .map(|row| {
                let cells = children(row, "tc")
                    .map(|cell| children(cell, "p").map(text_of).collect::<Vec<_>>().join("¶"));
                cells.collect::<Vec<_>>().join("|")
            })
            .collect()
    }

    /// The paragraphs of a style in the body.
    pub(crate) fn paragraphs_of(&self, style: &str) -> Vec<String> {
        let document = self.part("word/document.xml");
        let has_style = |node: &Node<'_, '_>| {
            elements(*node, "pStyle").any(|mark| mark.attribute((W, "val")) == Some(style))
        };
        elements(document.root_element(), "p").filter(has_style).map(text_of).collect()
    }
}

/// Every element of that name beneath the node.
pub(crate) fn elements<'a>(node: Node<'a, 'a>, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.descendants().filter(move |found| found.has_tag_name((W, name)))
}

/// Those that lie directly in it.
pub(crate) fn children<'a>(node: Node<'a, 'a>, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.children().filter(move |found| found.has_tag_name((W, name)))
}

pub(crate) fn value(node: Node<'_, '_>, attribute: &str) -> u32 {
    node.attribute((W, attribute)).and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// The text that a reader sees in the node.
pub(crate) fn text_of(node: Node<'_, '_>) -> String {
    node.descendants().filter(|found| found.has_tag_name((W, "t"))).filter_map(|found| found.text()).collect()
}
