//! Files that are broken or that mean harm: refused with the reason, quickly, and without a panic.

use svod_report::import::{CannotRead, Limit, Looks};

use crate::files::{Docx, document, paragraph, row, table, text, zip};
use crate::seen::refusal;

fn small() -> Vec<u8> {
    Docx::new(&table(1, &row(&[&text("1")]))).build()
}

#[test]
fn an_empty_file_is_refused() {
    assert_eq!(refusal(b""), CannotRead::Empty);
}

#[test]
fn what_is_no_document_is_refused_by_what_it_looks_like() {
    let cases: [(&[u8], Looks); 5] = [
        (b"%PDF-1.7\n", Looks::Pdf),
        (b"\xff\xd8\xff\xe0", Looks::Image),
        (b"\x89PNG\r\n", Looks::Image),
        (b"Rar!\x1a\x07", Looks::Archive),
        (b"MZ\x90\0\x03", Looks::Unknown),
    ];
    for (bytes, looks) in cases {
        assert_eq!(refusal(bytes), CannotRead::NotADocument { looks });
    }
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    let file = small();
    for length in (1..file.len()).step_by(7) {
        let code = refusal(&file[..length]).code();
        assert!(["truncated", "not-a-document"].contains(&code), "{length}: {code}");
    }
    assert_eq!(refusal(&file[..file.len() / 2]), CannotRead::Truncated);
}

#[test]
fn an_xml_part_that_ends_early_is_refused_with_its_place() {
    let cut = document(&paragraph("конец"));
    let refusal = refusal(&Docx::of_document(&cut[..cut.len() - 20]).build());
    let CannotRead::Malformed { part, offset } = refusal else { panic!("{refusal:?}") };
    assert_eq!(part, "word/document.xml");
    assert!(offset > 0);
}

#[test]
fn a_document_type_is_refused_before_its_entities_grow() {
    let laughs = r#"<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"#;
    let bomb = document(&paragraph("&b;")).replacen("?>", &format!("?>{laughs}"), 1);
    let part = "word/document.xml".to_owned();
    assert_eq!(refusal(&Docx::of_document(bomb).build()), CannotRead::DocumentType { part });
}

#[test]
fn an_entity_that_nobody_declared_is_refused() {
    assert_eq!(refusal(&Docx::new(&paragraph("&xxe;")).build()).code(), "malformed");
}

#[test]
fn ten_thousand_elements_in_each_other_are_refused() {
    let deep =
        format!("{}{}", "<w:sdt><w:sdtContent>".repeat(10_000), "</w:sdtContent></w:sdt>".repeat(10_000));
    assert_eq!(refusal(&Docx::new(&deep).build()).code(), "too-nested");
    let tables =
        format!("{}{}", "<w:tbl><w:tr><w:tc>".repeat(10_000), "</w:tc></w:tr></w:tbl>".repeat(10_000));
    assert_eq!(refusal(&Docx::new(&tables).build()).code(), "too-nested");
}

#[test]
fn forty_million_empty_paragraphs_are_refused() {
    let bomb = Docx::new(&"<w:p/>".repeat(40_000_000)).build();
    assert_eq!(refusal(&bomb), CannotRead::TooLarge { limit: Limit::Paragraphs, max: 200_000 });
}

#[test]
fn a_part_packed_tighter_than_any_document_is_refused_unread() {
    let bomb = Docx::new(&" ".repeat(20_000_000)).build();
    assert_eq!(refusal(&bomb), CannotRead::TooLarge { limit: Limit::Ratio, max: 300 });
}

#[test]
fn more_paragraphs_than_anybody_writes_are_refused() {
    let many = Docx::new(&"<w:p/>".repeat(200_001)).build();
    assert_eq!(refusal(&many), CannotRead::TooLarge { limit: Limit::Paragraphs, max: 200_000 });
}

#[test]
fn more_cells_than_anybody_fills_are_refused() {
    let many = Docx::new(&table(1, &"<w:tr><w:tc/></w:tr>".repeat(120_001))).build();
    assert_eq!(refusal(&many), CannotRead::TooLarge { limit: Limit::Cells, max: 120_000 });
}

#[test]
fn one_element_of_megabytes_is_refused() {
    let long = Docx::new(&paragraph(&"я".repeat(600_000))).build();
    assert_eq!(refusal(&long), CannotRead::TooLarge { limit: Limit::ElementBytes, max: 1_048_576 });
    let tag = Docx::new(&format!(r#"<w:p w:rsidR="{}"/>"#, "0".repeat(1_200_000))).build();
    assert_eq!(refusal(&tag), CannotRead::TooLarge { limit: Limit::ElementBytes, max: 1_048_576 });
}

#[test]
fn thousands_of_attributes_or_namespaces_are_refused() {
    let attributes = (0..5000).map(|at| format!(r#" a{at}="1""#)).collect::<Vec<_>>().concat();
    assert_eq!(refusal(&Docx::new(&format!("<w:p{attributes}/>")).build()).code(), "file-too-large");
    let spaces = (0..5000).map(|at| format!(r#" xmlns:a{at}="urn:{at}""#)).collect::<Vec<_>>().concat();
    assert_eq!(refusal(&Docx::new(&format!("<w:p{spaces}/>")).build()).code(), "file-too-large");
}

#[test]
fn more_text_than_can_be_held_is_refused() {
    let much = paragraph(&"а".repeat(400_000)).repeat(16);
    assert_eq!(
        refusal(&Docx::new(&much).build()),
        CannotRead::TooLarge { limit: Limit::TextBytes, max: 12_582_912 }
    );
}

#[test]
fn more_notes_and_styles_than_can_be_kept_are_refused() {
    let note = r#"<w:p><w:r><w:footnoteReference w:id="1"/></w:r></w:p>"#;
    let limit = CannotRead::TooLarge { limit: Limit::Definitions, max: 20_000 };
    assert_eq!(refusal(&Docx::new(&note.repeat(20_001)).build()), limit);
    let choices = r#"<w:listEntry w:val="а"/>"#.repeat(20_001);
    let field = format!(
        r#"<w:p><w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList>{choices}</w:ddList></w:ffData></w:fldChar></w:r></w:p>"#
    );
    assert_eq!(refusal(&Docx::new(&field).build()), limit);
    let style = |at: usize| format!(r#"<w:style w:styleId="{at}"/>"#);
    let styles = (0..20_001).map(style).collect::<Vec<_>>().concat();
    let styles = format!("<w:styles>{styles}</w:styles>");
    assert_eq!(refusal(&Docx::new("").with("styles", &styles).build()), limit);
    let long = format!(r#"<w:styles><w:style w:styleId="{}"/></w:styles>"#, "а".repeat(2_200_000));
    let limit = CannotRead::TooLarge { limit: Limit::DefinitionBytes, max: 4_194_304 };
    assert_eq!(refusal(&Docx::new("").with("styles", &long).build()), limit);
}

#[test]
fn a_claim_of_two_gigabytes_is_refused_unread() {
    let mut file = small();
    let at = file.windows(4).position(|mark| mark == b"PK\x01\x02").unwrap();
    file[at + 24..at + 28].copy_from_slice(&0x8000_0000_u32.to_le_bytes());
    assert_eq!(refusal(&file), CannotRead::TooLarge { limit: Limit::UnpackedBytes, max: 268_435_456 });
}

#[test]
fn a_part_larger_than_it_claims_is_refused() {
    let body = paragraph("правда").repeat(50);
    let mut file = Docx::new(&body).build();
    // The document is the fourth entry of the directory.
    let marks: Vec<usize> =
        file.windows(4).enumerate().filter(|(_, mark)| *mark == b"PK\x01\x02").map(|(at, _)| at).collect();
    file[marks[3] + 24..marks[3] + 28].copy_from_slice(&600_u32.to_le_bytes());
    assert_eq!(refusal(&file).code(), "malformed");
}

#[test]
fn a_part_that_is_not_what_its_checksum_says_is_refused() {
    let mut file = small();
    let marks: Vec<usize> =
        file.windows(4).enumerate().filter(|(_, mark)| *mark == b"PK\x01\x02").map(|(at, _)| at).collect();
    file[marks[3] + 16] ^= 1;
    assert_eq!(refusal(&file).code(), "malformed");
}

#[test]
fn an_archive_of_thousands_of_parts_is_refused_unread() {
    let parts: Vec<(String, Vec<u8>)> = (0..4100).map(|at| (format!("{at}"), Vec::new())).collect();
    assert_eq!(refusal(&zip(&parts)), CannotRead::TooLarge { limit: Limit::Entries, max: 4096 });
}

#[test]
fn twenty_one_mebibytes_are_refused_unread() {
    let large = vec![b'P'; 21 * 1024 * 1024];
    assert_eq!(refusal(&large), CannotRead::TooLarge { limit: Limit::PackedBytes, max: 20_971_520 });
}

#[test]
fn a_missing_main_part_is_refused() {
    let ties = crate::files::relationships(
        r#"<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>"#,
    );
    let refusal = refusal(&zip(&[("_rels/.rels".to_owned(), ties.into_bytes())]));
    assert_eq!(refusal.code(), "not-a-document");
}
