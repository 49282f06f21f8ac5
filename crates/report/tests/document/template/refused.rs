//! Files that cannot be a form, each with the reason: those that would fetch, run, hide or embed something, bombs, and honest
//! mistakes.

use svod_report::{Template, TemplateFault};

use super::donor::Donor;

/// The relations of Word.
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A picture's first bytes.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

const DOCUMENT: &str = "word/document.xml";
const TYPES: &str = "[Content_Types].xml";
const EXTERNAL: &str = r#" TargetMode="External""#;
const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.";

/// Ways to spoil it.
impl Donor {
    fn text(&self, name: &str) -> String {
        let part = self.parts.iter().find(|(known, _)| known == name).unwrap();
        String::from_utf8(part.1.clone()).unwrap()
    }

    /// The same with a text of a part replaced, which must be there.
    pub(super) fn with(mut self, name: &str, from: &str, to: &str) -> Self {
        let text = self.text(name);
        assert!(text.contains(from), "{name} has no {from}");
        let part = self.parts.iter_mut().find(|(known, _)| known == name).unwrap();
        part.1 = text.replacen(from, to, 1).into_bytes();
        self
    }

    /// The same with one more part of a type.
    fn with_part(mut self, name: &str, kind: &str, bytes: &[u8]) -> Self {
        self.parts.push((name.to_owned(), bytes.to_vec()));
        let part = format!(r#"<Override PartName="/{name}" ContentType="{kind}"/></Types>"#);
        self.with("[Content_Types].xml", "</Types>", &part)
    }

    /// The same with one more relation of the document.
    fn with_relation(self, kind: &str, target: &str, mode: &str) -> Self {
        let relation = format!(
            r#"<Relationship Id="rId9" Type="{OFFICE}/{kind}" Target="{target}"{mode}/></Relationships>"#
        );
        self.with("word/_rels/document.xml.rels", "</Relationships>", &relation)
    }

    /// The same with something more in the body.
    fn with_body(self, text: &str) -> Self {
        self.with("word/document.xml", "<w:sectPr>", &format!("{text}<w:sectPr>"))
    }
}

#[track_caller]
fn check(cases: Vec<(&str, Donor, TemplateFault)>) {
    for (name, donor, fault) in cases {
        check_bytes(name, &donor.bytes(), fault);
    }
}

#[track_caller]
fn check_bytes(name: &str, bytes: &[u8], fault: TemplateFault) {
    let refused = Template::compile(bytes).map(|template| template.sha256()).expect_err(name);
    assert_eq!(refused.fault, fault, "{name}: {refused}");
    let words = refused.words();
    assert!(!words.detail.is_empty() && !words.action.is_empty(), "{name}");
}

fn field(instruction: &str) -> String {
    format!(r#"<w:p><w:fldSimple w:instr="{instruction}"><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p>"#)
}

/// A field whose instruction is cut over runs.
fn split_field(pieces: &[&str]) -> String {
    let pieces = pieces.iter().map(|piece| format!("<w:r><w:instrText>{piece}</w:instrText></w:r>"));
    format!(
        r#"<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{}<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>"#,
        pieces.collect::<String>()
    )
}

#[test]
fn what_runs_something_is_refused() {
    use TemplateFault::{Control, Field, Macros, Object, OtherKind};
    let new = Donor::new;
    let main = "document.main+xml";
    let vba = "application/vnd.ms-office.vbaProject";
    check(vec![
        ("macros", new().with_part("word/vbaProject.bin", vba, b"x"), Macros),
        (
            "docm",
            new().with(
                TYPES,
                &format!("{WORD}{main}"),
                "application/vnd.ms-word.document.macroEnabled.main+xml",
            ),
            Macros,
        ),
        ("dotx", new().with(TYPES, main, "template.main+xml"), OtherKind),
        ("relation to macros", new().with_relation("vbaProject", "styles.xml", ""), Macros),
        (
            "activeX",
            new().with_part("word/activeX/activeX1.xml", "application/vnd.ms-office.activeX+xml", b"<x/>"),
            Control,
        ),
        ("control", new().with_body("<w:p><w:r><w:control/></w:r></w:p>"), Control),
        (
            "form field",
            new().with_body(
                r#"<w:p><w:r><w:fldChar w:fldCharType="begin"><w:ffData/></w:fldChar></w:r></w:p>"#,
            ),
            Control,
        ),
        ("OLE", new().with_relation("oleObject", "embeddings/o.bin", ""), Object),
        ("embedding", new().with_part("word/embeddings/o.bin", "application/x", b"x"), Object),
        ("object", new().with_body("<w:p><w:r><w:object/></w:r></w:p>"), Object),
        ("DDEAUTO", new().with_body(&field(r"DDEAUTO c:\\windows\\system32\\cmd.exe")), Field),
        ("DDE over runs", new().with_body(&split_field(&[" D", "DE x y "])), Field),
        ("MACROBUTTON", new().with_body(&field("MACROBUTTON x y")), Field),
        ("a field in a header", new().with("word/header1.xml", " PAGE ", " INCLUDEPICTURE "), Field),
        (
            "a field in the result of another",
            new().with("word/header1.xml", "<w:t>2</w:t>", "<w:instrText>DDE</w:instrText>"),
            Field,
        ),
        (
            "a field that never ends",
            new().with_body(
                r#"<w:p><w:r><w:fldChar w:fldCharType="begin"/><w:instrText>QUOTE</w:instrText></w:r></w:p>"#,
            ),
            Field,
        ),
        (
            "PAGE with an argument",
            new().with_body(&field("PAGE \"x\"")).with(DOCUMENT, "\"PAGE \"x\"\"", "'PAGE \"x\"'"),
            Field,
        ),
    ]);
}

#[test]
fn what_fetches_something_is_refused() {
    use TemplateFault::{AltChunk, External, Field};
    let new = Donor::new;
    check(vec![
        ("hyperlink", new().with_relation("hyperlink", "http://x", EXTERNAL), External),
        ("attached template", new().with_relation("attachedTemplate", "file:///x.dotm", EXTERNAL), External),
        ("picture elsewhere", new().with_relation("image", "http://x/y.png", EXTERNAL), External),
        ("an address that does not say so", new().with_relation("image", "file:///etc/passwd", ""), External),
        ("a share", new().with_relation("image", "//host/x.png", ""), External),
        ("hidden in relations of the package", new().with("_rels/.rels", "</Relationships>", &format!(r#"<Relationship Id="x" Type="y" Target="http://x"{EXTERNAL}/></Relationships>"#)), External),
        ("sub-document", new().with_body("<w:subDoc/>"), External),
        ("VML picture", new().with_body(r#"<w:p><w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:imagedata src="http://x"/></v:shape></w:pict></w:r></w:p>"#), External),
        ("altChunk", new().with_body("<w:altChunk/>"), AltChunk),
        ("altChunk by relation", new().with_relation("aFChunk", "x.html", ""), AltChunk),
        ("INCLUDETEXT", new().with_body(&field("INCLUDETEXT http://x")), Field),
        ("HYPERLINK", new().with_body(&split_field(&["HYPERLINK", " http://x"])), Field),
    ]);
}

#[test]
fn what_hides_something_or_is_no_part_of_a_form_is_refused() {
    use TemplateFault::{Comments, Dtd, Element, NotXml, Part, PartName, Picture, Relation, TrackedChanges};
    let new = Donor::new;
    let entity = r#"<!DOCTYPE x [<!ENTITY e "x">]><w:settings "#;
    let mut utf16 = new();
    let settings = utf16.parts.iter_mut().find(|(name, _)| name == "word/settings.xml").unwrap();
    settings.1 = "\u{feff}<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(vec![
        ("DTD", new().with("word/settings.xml", "<w:settings ", entity), Dtd),
        ("UTF-16", utf16, NotXml),
        ("broken XML", new().with(DOCUMENT, "</w:tbl>", ""), NotXml),
        ("unknown part", new().with_part("word/x.bin", "application/octet-stream", b"x"), Part),
        ("a part that is not what it is taken for", new().with(TYPES, "styles+xml", "header+xml"), Part),
        ("unknown relation", new().with_relation("glossaryDocument", "styles.xml", ""), Relation),
        (
            "EMF",
            new().with_part("word/media/a.emf", "image/x-emf", b"x").with_relation(
                "image",
                "media/a.emf",
                "",
            ),
            Picture,
        ),
        (
            "PNG that is none",
            new().with_part("word/media/a.png", "image/png", b"MZ").with_relation("image", "media/a.png", ""),
            Picture,
        ),
        ("a name that leads out", new().with_part("../x", "image/png", PNG), PartName),
        ("a name twice", new().with_part("word/STYLES.xml", "x", b"x"), PartName),
        ("comments", new().with_part("word/comments.xml", &format!("{WORD}comments+xml"), b"<x/>"), Comments),
        ("a comment", new().with_body(r#"<w:p><w:r><w:commentReference w:id="1"/></w:r></w:p>"#), Comments),
        ("inserted", new().with_body(r#"<w:p><w:ins w:id="1"><w:r/></w:ins></w:p>"#), TrackedChanges),
        ("deleted", new().with_body(r#"<w:p><w:del w:id="1"><w:r/></w:del></w:p>"#), TrackedChanges),
        ("data binding", new().with_body("<w:sdt><w:sdtPr><w:dataBinding/></w:sdtPr></w:sdt>"), Element),
        ("mail merge", new().with("word/settings.xml", "/>", "><w:mailMerge/></w:settings>"), Element),
    ]);
}

#[test]
fn bombs_and_what_is_no_document_are_refused_in_time() {
    use TemplateFault::{NotADocument, OldOrEncrypted, TooComplex, TooLarge, TooMuchInside};
    let new = Donor::new;
    let deep = "<w:p>".repeat(100_000) + &"</w:p>".repeat(100_000);
    let many = "<w:p/>".repeat(250_000);
    let mut parts = new();
    for number in 0..600 {
        parts.add(&format!("customXml/item{number}.xml"), "<x/>");
    }
    let large = new().with_part("customXml/item.xml", "application/xml", &vec![b' '; 40 << 20]);
    let whole = new().bytes();
    check(vec![
        ("deep", new().with_body(&deep), TooComplex),
        ("many nodes", new().with_body(&many), TooComplex),
        ("many parts", parts, TooMuchInside),
        ("unpacks to 40 MiB", large, TooMuchInside),
        ("without a document", new().with(TYPES, DOCUMENT, "word/other.xml"), NotADocument),
    ]);
    check_bytes("no archive", b"hello", NotADocument);
    check_bytes("empty", b"", NotADocument);
    check_bytes("cut off", &whole[..whole.len() / 2], NotADocument);
    check_bytes("old or encrypted", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OldOrEncrypted);
    check_bytes("large", &vec![b'P'; 6 << 20], TooLarge);
}

/// A number that looks like chance and is the same every time (xorshift).
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 11).unwrap()
}

/// The file with a few bytes of it, or of one of its parts, changed.
fn mutant(donor: &Donor, state: &mut u64) -> Vec<u8> {
    let mut donor = donor.clone();
    let index = next(state) % donor.parts.len();
    let part = &mut donor.parts[index].1;
    for _ in 0..=next(state) % 4 {
        let at = next(state) % part.len();
        match next(state) % 3 {
            0 => part[at] = u8::try_from(next(state) % 256).unwrap(),
            1 => part.truncate(at + 1),
            _ => {
                let copied = part[at..].to_vec();
                part.extend_from_slice(&copied[..copied.len().min(40)]);
            }
        }
    }
    let mut bytes = donor.bytes();
    if next(state).is_multiple_of(4) {
        let at = next(state) % bytes.len();
        bytes[at] ^= 0x21;
    }
    bytes
}

#[test]
fn five_hundred_spoilt_files_are_taken_or_refused_and_break_nothing() {
    let (donor, mut state, mut refused) = (Donor::new(), 1_u64, 0);
    for _ in 0..500 {
        refused += usize::from(Template::compile(&mutant(&donor, &mut state)).is_err());
    }
    assert!(refused > 250, "{refused}");
}

#[test]
fn what_word_calls_damaged_and_no_validator_sees_is_refused() {
    use TemplateFault::{CellWithoutParagraph, NothingBehindTable, Spans};
    let new = Donor::new;
    let table = |cell: &str| {
        format!("<w:tbl><w:tblGrid><w:gridCol/></w:tblGrid><w:tr><w:tc>{cell}</w:tc></w:tr></w:tbl>")
    };
    check(vec![
        ("a cell without a paragraph", new().with_body(&(table("") + "<w:p/>")), CellWithoutParagraph),
        (
            "a cell that ends with a table",
            new().with_body(&(table(&table("<w:p/>")) + "<w:p/>")),
            CellWithoutParagraph,
        ),
        (
            "a span beyond the grid",
            new().with(DOCUMENT, r#"<w:gridSpan w:val="6"/>"#, r#"<w:gridSpan w:val="7"/>"#),
            Spans,
        ),
        (
            "a row short of the grid",
            new().with(DOCUMENT, r#"<w:gridCol w:w="2000"/>"#, r#"<w:gridCol w:w="1"/><w:gridCol w:w="1"/>"#),
            Spans,
        ),
        ("nothing behind the table", new().with_body(&table("<w:p/>")), NothingBehindTable),
    ]);
}

#[test]
fn honest_mistakes_are_named() {
    use TemplateFault::{
        HeadingNotRepeated, MarkElsewhere, MissingMark, OpenBrace, PictureInRow, Rows, UnknownMark,
    };
    let new = Donor::new;
    check(vec![
        ("misspelt", new().with(DOCUMENT, "{сроки}", "{срок}"), UnknownMark),
        ("not closed", new().with(DOCUMENT, "{сроки}", "{сроки"), OpenBrace),
        ("not opened", new().with(DOCUMENT, "{сроки}", "сроки}"), OpenBrace),
        ("no number", new().with(DOCUMENT, "{номер}", ""), MissingMark),
        ("no title", new().with(DOCUMENT, "{заголовок}", ""), MissingMark),
        ("no notice above the pages", new().with("word/header1.xml", "{пометка}", ""), MissingMark),
        ("a record's mark below the table", new().with(DOCUMENT, "{орган}", "{номер}"), MarkElsewhere),
        ("a record's mark in a header", new().with("word/header1.xml", "{пометка}", "{сроки}"), MarkElsewhere),
        ("a record's mark in another row", new().with(DOCUMENT, "Когда", "{сроки}"), MarkElsewhere),
        ("the section below the record", new().with(DOCUMENT, "{номер}", "{муниципальное образование}").with(DOCUMENT, "{муници", "{номер} <w:x/>").with(DOCUMENT, "образование}</w:t></w:r></w:p>", "</w:t></w:r></w:p>"), MarkElsewhere),
        ("a row between", new().with(DOCUMENT, "<w:tr><w:tc><w:tcPr><w:tcW w:w=\"2000\" w:type=\"dxa\"/></w:tcPr><w:p><w:pPr><w:pStyle w:val=\"a1\"/></w:pPr><w:r><w:rPr><w:i/></w:rPr><w:t>{номер}", "<w:tr/><w:tr><w:tc><w:tcPr><w:tcW w:w=\"2000\" w:type=\"dxa\"/></w:tcPr><w:p><w:pPr><w:pStyle w:val=\"a1\"/></w:pPr><w:r><w:rPr><w:i/></w:rPr><w:t>{номер}"), Rows),
        ("the heading is not repeated", new().with(DOCUMENT, "<w:tblHeader/>", ""), HeadingNotRepeated),
        ("the heading is said not to be", new().with(DOCUMENT, "<w:tblHeader/>", r#"<w:tblHeader w:val="0"/>"#), HeadingNotRepeated),("a picture in a row", new().with(DOCUMENT, "{сроки}", "{сроки}</w:t><w:drawing/><w:t>"), PictureInRow),
    ]);
}
