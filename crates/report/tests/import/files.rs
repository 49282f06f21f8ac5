//! A builder of files: the parts that are given, and the least that a reader needs around them.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

pub(crate) const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const TIES: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";

/// A Word file: the body, and whatever parts explain it.
pub(crate) struct Docx {
    document: Vec<u8>,
    parts: Vec<(String, Vec<u8>)>,
    ties: Vec<String>,
    main_type: &'static str,
}

impl Docx {
    pub(crate) fn new(body: &str) -> Self {
        Self::of_document(document(body))
    }

    /// With a main part of its own making.
    pub(crate) fn of_document(document: impl Into<Vec<u8>>) -> Self {
        Self {
            document: document.into(),
            parts: Vec::new(),
            ties: Vec::new(),
            main_type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        }
    }

    /// A part beside the document, tied to it by this kind of relation.
    pub(crate) fn with(mut self, kind: &str, content: &str) -> Self {
        let id = self.parts.len() + 1;
        let name = format!("{kind}{id}.xml");
        self.ties.push(format!(r#"<Relationship Id="t{id}" Type="{TIES}/{kind}" Target="{name}"/>"#));
        let end = content.find(['>', '/', ' ']).unwrap();
        let root = format!(r#"{} xmlns:w="{WORD}"{}"#, &content[..end], &content[end..]);
        self.parts.push((format!("word/{name}"), root.into_bytes()));
        self
    }

    /// A relation to something that is not in the file.
    pub(crate) fn with_external(mut self, kind: &str, target: &str) -> Self {
        self.ties.push(format!(
            r#"<Relationship Id="x1" Type="{TIES}/{kind}" Target="{target}" TargetMode="External"/>"#
        ));
        self
    }

    /// A part that nothing speaks of.
    pub(crate) fn with_part(mut self, name: &str, content: &[u8]) -> Self {
        self.parts.push((name.to_owned(), content.to_vec()));
        self
    }

    pub(crate) fn with_main_type(mut self, main_type: &'static str) -> Self {
        self.main_type = main_type;
        self
    }

    pub(crate) fn build(self) -> Vec<u8> {
        let types = format!(
            r#"<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="{}"/></Types>"#,
            self.main_type
        );
        let root = relationships(&format!(
            r#"<Relationship Id="r1" Type="{TIES}/officeDocument" Target="word/document.xml"/>"#
        ));
        let mut parts = vec![
            ("[Content_Types].xml".to_owned(), types.into_bytes()),
            ("_rels/.rels".to_owned(), root.into_bytes()),
            ("word/_rels/document.xml.rels".to_owned(), relationships(&self.ties.concat()).into_bytes()),
            ("word/document.xml".to_owned(), self.document),
        ];
        parts.extend(self.parts);
        zip(&parts)
    }
}

pub(crate) fn relationships(inside: &str) -> String {
    format!(r#"<Relationships xmlns="{PACKAGE}/relationships">{inside}</Relationships>"#)
}

/// The main part around a body, with every namespace that the cases use.
pub(crate) fn document(body: &str) -> String {
    let spaces = [
        ("w", WORD),
        ("r", TIES),
        ("mc", "http://schemas.openxmlformats.org/markup-compatibility/2006"),
        ("wps", "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"),
        ("v", "urn:schemas-microsoft-com:vml"),
        ("o", "urn:schemas-microsoft-com:office:office"),
        ("m", "http://schemas.openxmlformats.org/officeDocument/2006/math"),
        ("pic", "http://schemas.openxmlformats.org/drawingml/2006/picture"),
        ("c", "http://schemas.openxmlformats.org/drawingml/2006/chart"),
    ];
    let spaces = spaces.map(|(prefix, name)| format!(r#" xmlns:{prefix}="{name}""#)).concat();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document{spaces}><w:body>{body}</w:body></w:document>"#
    )
}

/// A table of Word around its rows, with this many columns.
pub(crate) fn table(columns: usize, rows: &str) -> String {
    format!("<w:tbl><w:tblPr/><w:tblGrid>{}</w:tblGrid>{rows}</w:tbl>", "<w:gridCol/>".repeat(columns))
}

pub(crate) fn row(cells: &[&str]) -> String {
    format!("<w:tr>{}</w:tr>", cells.concat())
}

/// A cell around paragraphs.
pub(crate) fn cell(paragraphs: &str) -> String {
    format!("<w:tc><w:tcPr/>{paragraphs}</w:tc>")
}

/// A cell of one paragraph of one run.
pub(crate) fn text(text: &str) -> String {
    cell(&paragraph(text))
}

pub(crate) fn paragraph(text: &str) -> String {
    format!("<w:p>{}</w:p>", run(text))
}

pub(crate) fn run(text: &str) -> String {
    format!(r#"<w:r><w:t xml:space="preserve">{text}</w:t></w:r>"#)
}

/// An archive of the parts, deflated, in their order.
pub(crate) fn zip(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        let method = if name == "mimetype" { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        zip.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
