//! A Word file as a region might make it, and ways to spoil it.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const W: &str = r#"xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml""#;
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml";

/// The parts of a Word file, in order.
#[derive(Clone)]
pub(crate) struct Donor {
    pub(crate) parts: Vec<(String, Vec<u8>)>,
}

impl Donor {
    /// A form that fits. Word has cut its marks over runs, with marks of its own between.
    pub(crate) fn new() -> Self {
        let mut donor = Self { parts: vec![] };
        donor.add("[Content_Types].xml", &content_types());
        let package = format!(
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/><Relationship Id="rId2" Type="{OFFICE}/extended-properties" Target="docProps/app.xml"/></Relationships>"#
        );
        donor.add("_rels/.rels", &package);
        donor.add("docProps/app.xml", "<Properties/>");
        donor.add("word/document.xml", &document());
        let relations = format!(
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{OFFICE}/styles" Target="styles.xml"/><Relationship Id="rId2" Type="{OFFICE}/header" Target="header1.xml"/><Relationship Id="rId3" Type="{OFFICE}/settings" Target="settings.xml"/><Relationship Id="rId4" Type="{OFFICE}/webSettings" Target="webSettings.xml"/></Relationships>"#
        );
        donor.add("word/_rels/document.xml.rels", &relations);
        donor.add("word/styles.xml", &styles());
        donor.add("word/settings.xml", &format!("<w:settings {W}/>"));
        donor.add("word/webSettings.xml", &format!("<w:webSettings {W}/>"));
        let header = format!(
            r#"<w:hdr {W}><w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE  \* MERGEFORMAT </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>2</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p><w:p><w:r><w:t>{{пометка}}</w:t></w:r></w:p></w:hdr>"#
        );
        donor.add("word/header1.xml", &header);
        donor
    }

    pub(crate) fn add(&mut self, name: &str, text: &str) {
        self.parts.push((name.to_owned(), text.as_bytes().to_vec()));
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(vec![]));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (name, bytes) in &self.parts {
            zip.start_file(name, options).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }
}

fn content_types() -> String {
    let parts = [
        ("word/document.xml", "document.main+xml"),
        ("word/styles.xml", "styles+xml"),
        ("word/settings.xml", "settings+xml"),
        ("word/webSettings.xml", "webSettings+xml"),
        ("word/header1.xml", "header+xml"),
    ];
    let parts =
        parts.map(|(name, kind)| format!(r#"<Override PartName="/{name}" ContentType="{TYPE}.{kind}"/>"#));
    format!(
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Default Extension="emf" ContentType="image/x-emf"/>{}</Types>"#,
        parts.concat()
    )
}

fn styles() -> String {
    format!(
        r#"<w:styles {W}><w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/><w:rPr><w:rFonts w:ascii="PT Astra Serif" w:hAnsi="PT Astra Serif"/></w:rPr></w:style><w:style w:type="paragraph" w:styleId="a1"><w:name w:val="Ячейка"/><w:basedOn w:val="a"/></w:style></w:styles>"#
    )
}

fn cell(width: u32, properties: &str, inside: &str) -> String {
    format!(r#"<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{properties}</w:tcPr>{inside}</w:tc>"#)
}

fn paragraph(text: &str) -> String {
    format!(
        r#"<w:p><w:pPr><w:pStyle w:val="a1"/></w:pPr><w:r><w:rPr><w:i/></w:rPr><w:t>{text}</w:t></w:r></w:p>"#
    )
}

fn document() -> String {
    let headings =
        ["№", "Что", "Где", "Когда", "Содержание", "Кто"].map(|text| cell(2000, "", &paragraph(text)));
    let section = r#"<w:p w14:paraId="0A0B0C0D"><w:pPr><w:pStyle w:val="a1"/><w:jc w:val="center"/></w:pPr><w:bookmarkStart w:id="1" w:name="x"/><w:r><w:t>{муници</w:t></w:r><w:bookmarkEnd w:id="1"/><w:proofErr w:type="spellStart"/><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">пальное  </w:t></w:r><w:r><w:t>образование}</w:t></w:r></w:p>"#;
    let split = r#"<w:p><w:r><w:t>{</w:t></w:r><w:r><w:t>Место</w:t></w:r><w:r><w:t xml:space="preserve">} </w:t></w:r></w:p>"#;
    let record = [
        cell(2000, "", &paragraph("{номер}")),
        cell(2000, "", &paragraph("{наименование}")),
        cell(2000, "", split),
        cell(2000, "", &paragraph("{сроки}")),
        cell(2000, "", &paragraph("{содержание}")),
        cell(2000, "", &paragraph("Участвовали: {участники}.")),
    ];
    let columns = r#"<w:gridCol w:w="2000"/>"#.repeat(6);
    let notice = "<w:p><w:r><w:t>{поме</w:t></w:r><w:r><w:t>тка}</w:t></w:r></w:p>";
    let span = r#"<w:gridSpan w:val="6"/>"#;
    format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document {W}><w:body>{notice}<w:p><w:r><w:t>{{заголовок}}</w:t></w:r></w:p><w:tbl><w:tblPr><w:tblW w:w="12000" w:type="dxa"/></w:tblPr><w:tblGrid>{columns}</w:tblGrid><w:tr><w:trPr><w:tblHeader/></w:trPr>{}</w:tr><w:tr>{}</w:tr><w:tr>{}</w:tr></w:tbl><w:p><w:r><w:t>{{орган}}, {{дата закрытия}}</w:t></w:r></w:p><w:sectPr><w:headerReference w:type="default" r:id="rId2"/></w:sectPr></w:body></w:document>"#,
        headings.concat(),
        cell(12000, span, section),
        record.concat(),
    )
}
