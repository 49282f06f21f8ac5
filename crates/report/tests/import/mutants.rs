//! Thousands of files that are broken at random places: each is read into a sound grid or refused, and none takes long or
//! panics. The places are the same in every run.

use svod_report::import::{Grid, ReadOptions, read};

use crate::files::{Docx, cell, document, paragraph, row, run, table, text, zip};

/// Mutants of each kind; five kinds make 15,000.
const MUTANTS: u64 = 3000;

/// Numbers that look like chance: splitmix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }
}

/// Bytes with one to four faults: changed, taken out, doubled, moved, or replaced by what parsers trip over.
fn mutant(bytes: &[u8], chance: &mut Chance) -> Vec<u8> {
    const TRIPS: [&str; 16] = [
        "<",
        ">",
        "&",
        "\"",
        "</w:tc>",
        "<w:tc>",
        "</w:tr>",
        "<w:tr>",
        "<w:tbl>",
        "</w:p>",
        "4294967296",
        "-1",
        "\0",
        "<!--",
        "]]>",
        "\u{202e}",
    ];
    let mut bytes = bytes.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len());
        let end = (at + chance.below(40)).min(bytes.len());
        match chance.below(6) {
            0 => bytes[at] = u8::try_from(chance.below(256)).unwrap(),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            3 => {
                let part: Vec<u8> = bytes.drain(at..end).collect();
                let to = chance.below(bytes.len());
                bytes.splice(to..to, part);
            }
            4 => {
                let trip = TRIPS[chance.below(TRIPS.len())];
                bytes.splice(at..at, trip.bytes());
            }
            _ => bytes.truncate(at.max(1)),
        }
        if bytes.is_empty() {
            bytes.push(b'<');
        }
    }
    bytes
}

/// What holds for every grid, whatever it was read from.
fn is_sound(grid: &Grid) {
    let mut numbers = Vec::new();
    for table in grid.tables() {
        numbers.push(table.number);
        assert!(
            table.rows.windows(2).all(|pair| pair[0].number < pair[1].number),
            "rows in order: {table:?}"
        );
        for row in &table.rows {
            assert!(!row.cells.is_empty(), "no row without cells: {table:?}");
            let mut next = 1;
            for cell in &row.cells {
                assert!(cell.span >= 1 && cell.column >= next, "cells side by side: {row:?}");
                next = cell.column + cell.span;
                assert!(!cell.merged_up || cell.paragraphs.is_empty(), "covered cells say nothing: {row:?}");
            }
            assert!(next - 1 <= table.columns.max(16_384), "within the grid: {row:?}");
        }
    }
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "tables in order: {numbers:?}");
}

/// Reads mutants of the part, each packed by `pack`; some of them must still be readable, or nothing was tried.
fn survive(seed: u64, part: &[u8], pack: impl Fn(Vec<u8>) -> Vec<u8>) {
    let mut chance = Chance(seed);
    let mut read_at_all = 0;
    for _ in 0..MUTANTS {
        if let Ok(grid) = read(&pack(mutant(part, &mut chance)), Some("отчёт.docx"), &ReadOptions::default())
        {
            is_sound(&grid);
            read_at_all += 1;
        }
    }
    assert!(read_at_all > 0 && read_at_all < MUTANTS, "{read_at_all} of {MUTANTS} were read");
}

/// A body with everything that a reader remembers something of.
fn rich_body() -> String {
    let merged = r#"<w:tc><w:tcPr><w:gridSpan w:val="2"/><w:vMerge w:val="restart"/></w:tcPr><w:p/></w:tc>"#;
    let below = r#"<w:tc><w:tcPr><w:gridSpan w:val="2"/><w:vMerge/></w:tcPr><w:p/></w:tc>"#;
    let listed = r#"<w:p><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr><w:rPr><w:del/></w:rPr></w:pPr></w:p>"#;
    let field = r#"<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>A</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/><w:t>1</w:t><w:fldChar w:fldCharType="end"/></w:r></w:p>"#;
    let changed =
        format!("<w:p><w:ins>{}</w:ins><w:del><w:r><w:delText>б</w:delText></w:r></w:del></w:p>", run("а"));
    let control = format!(
        "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>",
        paragraph("в")
    );
    let either = format!(
        "<mc:AlternateContent><mc:Choice>{}</mc:Choice><mc:Fallback/></mc:AlternateContent>",
        paragraph("г")
    );
    let nested = table(1, &row(&[&text("д")]));
    let rows = [
        row(&[merged, &cell(listed), &cell(field)]),
        row(&[below, &cell(&changed), &cell(&control)]),
        row(&[&cell(&nested), &cell(&either), &text("е"), &text("ж")]),
    ];
    format!("{}{}{}", paragraph("Отчёт"), table(4, &rows.concat()), paragraph("конец"))
}

#[test]
fn mutants_of_a_word_document_are_read_or_refused() {
    let numbering = r#"<w:numbering><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="1"><w:start w:val="1"/><w:lvlText w:val="%2."/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>"#;
    survive(1, document(&rich_body()).as_bytes(), |part| {
        Docx::of_document(part).with("numbering", numbering).build()
    });
}

#[test]
fn mutants_of_an_archive_are_read_or_refused() {
    survive(2, &Docx::new(&rich_body()).build(), |file| file);
}

#[test]
fn mutants_of_a_page_are_read_or_refused() {
    let page = "<html><body><ol><li>а</ol><table><thead><tr><th rowspan=2>№<th colspan=2>б</thead><tr><td>1<td><table><tr><td>в</table><tr hidden><td>г</table><p>д";
    survive(3, page.as_bytes(), |file| file);
}

#[test]
fn mutants_of_an_open_document_are_read_or_refused() {
    let spaces = ["office", "text", "table", "style"]
        .map(|space| format!(r#" xmlns:{space}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0""#));
    let content = format!(
        r#"<office:document-content{}><office:body><office:text><text:list text:style-name="L"><text:list-item><text:p>а<text:s text:c="3"/></text:p></text:list-item></text:list><table:table><table:table-column table:number-columns-repeated="3"/><table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-spanned="2" table:number-rows-spanned="2"><text:p>б</text:p></table:table-cell><table:covered-table-cell/><table:table-cell><text:p>в</text:p></table:table-cell></table:table-row><table:table-row><table:covered-table-cell table:number-columns-repeated="2"/><table:table-cell><text:p/></table:table-cell></table:table-row></table:table></office:text></office:body></office:document-content>"#,
        spaces.concat()
    );
    survive(4, content.as_bytes(), |part| {
        let kind = b"application/vnd.oasis.opendocument.text".to_vec();
        zip(&[("mimetype".to_owned(), kind), ("content.xml".to_owned(), part)])
    });
}

#[test]
fn mutants_of_a_workbook_are_read_or_refused() {
    let sheet = r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cols><col min="3" max="4" hidden="1"/></cols><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>а</t></is></c><c r="B1"><v>43929</v></c><c r="D1"><f>A1</f><v>1</v></c></row><row r="2" hidden="1"><c r="A2"><v>2</v></c></row><row r="3"><c r="A3" t="b"><v>1</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B3"/><mergeCell ref="B3:C9"/></mergeCells></worksheet>"#;
    let ties = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let workbook = format!(
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{ties}"><sheets><sheet name="С" r:id="s"/></sheets></workbook>"#
    );
    let root = crate::files::relationships(&format!(
        r#"<Relationship Id="r" Type="{ties}/officeDocument" Target="w.xml"/>"#
    ));
    let of_workbook = crate::files::relationships(&format!(
        r#"<Relationship Id="s" Type="{ties}/worksheet" Target="s.xml"/>"#
    ));
    survive(5, sheet.as_bytes(), |part| {
        zip(&[
            ("_rels/.rels".to_owned(), root.clone().into_bytes()),
            ("_rels/w.xml.rels".to_owned(), of_workbook.clone().into_bytes()),
            ("w.xml".to_owned(), workbook.clone().into_bytes()),
            ("s.xml".to_owned(), part),
        ])
    });
}
