//! Workbooks: shared and own texts, days, formulas, merged, hidden and remarked cells.

use svod_report::import::{CannotRead, Fact, NoticeKind, Place};

use crate::files::{relationships, zip};
use crate::seen::{blocks, facts, grid, refusal, shows, shows_with};

const SHEET: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const TIES: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A workbook of sheets, each with its state and its content.
struct Xlsx {
    sheets: Vec<(&'static str, &'static str, String)>,
    workbook: &'static str,
    parts: Vec<(String, Vec<u8>)>,
    ties: Vec<String>,
}

impl Xlsx {
    fn new(rows: &str) -> Self {
        Self::of_sheet(&format!("<sheetData>{rows}</sheetData>"))
    }

    fn of_sheet(content: &str) -> Self {
        Self {
            sheets: vec![("Свод", "visible", content.to_owned())],
            workbook: "",
            parts: Vec::new(),
            ties: Vec::new(),
        }
    }

    fn with_sheet(mut self, name: &'static str, state: &'static str, content: &str) -> Self {
        self.sheets.push((name, state, content.to_owned()));
        self
    }

    fn with_workbook(mut self, content: &'static str) -> Self {
        self.workbook = content;
        self
    }

    fn with_strings(self, items: &str) -> Self {
        self.with("sharedStrings", &format!(r#"<sst xmlns="{SHEET}">{items}</sst>"#))
    }

    fn with_styles(self, content: &str) -> Self {
        self.with("styles", &format!(r#"<styleSheet xmlns="{SHEET}">{content}</styleSheet>"#))
    }

    fn with(mut self, kind: &str, content: &str) -> Self {
        self.ties.push(format!(r#"<Relationship Id="{kind}" Type="{TIES}/{kind}" Target="{kind}.xml"/>"#));
        self.parts.push((format!("xl/{kind}.xml"), content.as_bytes().to_vec()));
        self
    }

    fn with_part(mut self, name: &str, content: &str) -> Self {
        self.parts.push((name.to_owned(), content.as_bytes().to_vec()));
        self
    }

    fn build(self) -> Vec<u8> {
        let mut ties = self.ties;
        let mut parts = self.parts;
        let mut listed = String::new();
        for (at, (name, state, content)) in self.sheets.iter().enumerate() {
            listed += &[
                r#"<sheet name=""#,
                name,
                r#"" state=""#,
                state,
                &format!(r#"" sheetId="{}" r:id="s{at}"/>"#, at + 1),
            ]
            .concat();
            ties.push(format!(
                r#"<Relationship Id="s{at}" Type="{TIES}/worksheet" Target="worksheets/sheet{at}.xml"/>"#
            ));
            let sheet = format!(r#"<worksheet xmlns="{SHEET}">{content}</worksheet>"#);
            parts.push((format!("xl/worksheets/sheet{at}.xml"), sheet.into_bytes()));
        }
        let workbook = format!(
            r#"<workbook xmlns="{SHEET}" xmlns:r="{TIES}">{}<sheets>{listed}</sheets></workbook>"#,
            self.workbook
        );
        let root =
            format!(r#"<Relationship Id="r1" Type="{TIES}/officeDocument" Target="xl/workbook.xml"/>"#);
        parts.extend([
            ("_rels/.rels".to_owned(), relationships(&root).into_bytes()),
            ("xl/_rels/workbook.xml.rels".to_owned(), relationships(&ties.concat()).into_bytes()),
            ("xl/workbook.xml".to_owned(), workbook.into_bytes()),
        ]);
        zip(&parts)
    }
}

fn inline(name: &str, text: &str) -> String {
    format!(r#"<c r="{name}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

#[test]
fn shared_rich_and_own_texts_are_texts() {
    let rows = format!(
        r#"<row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1" t="s"><v>0</v></c>{}<c r="E1" t="b"><v>1</v></c></row>"#,
        inline("C1", "Велиж")
    );
    let strings = "<si><r><t>Ду</t></r><r><t>ховщина</t></r><rPh><t>нет</t></rPh></si><si><t>№ п/п</t></si>";
    shows(&Xlsx::new(&rows).with_strings(strings).build(), &["|№ п/п|Духовщина|Велиж|-|ИСТИНА|"]);
}

#[test]
fn rows_have_the_numbers_that_the_program_shows() {
    let rows = format!(r#"<row r="3">{}</row><row>{}</row>"#, inline("A3", "а"), inline("", "б"));
    let grid = grid(&Xlsx::new(&rows).build());
    let table = grid.tables().next().unwrap();
    assert_eq!(table.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [3, 4]);
    assert_eq!(table.sheet.as_deref(), Some("Свод"));
    assert_eq!(table.cell_place(3, 2), Place::SheetCell { sheet: "Свод".to_owned(), row: 3, column: 2 });
}

#[test]
fn a_line_break_in_a_cell_makes_paragraphs() {
    shows(
        &Xlsx::new(&format!("<row>{}</row>", inline("A1", "Иванов_x000D_\nПетров"))).build(),
        &["|Иванов/Петров|"],
    );
}

#[test]
fn a_number_with_the_format_of_a_day_is_a_day() {
    let styles = r#"<numFmts><numFmt numFmtId="170" formatCode="[$-419]d mmmm yyyy;@"/><numFmt numFmtId="171" formatCode="mmm\-yy"/></numFmts><fonts><font/><font><b/></font></fonts><cellXfs><xf numFmtId="0" fontId="0"/><xf numFmtId="14" fontId="1"/><xf numFmtId="170" fontId="0"/><xf numFmtId="171" fontId="0"/></cellXfs>"#;
    let rows = r#"<row><c s="0"><v>43929</v></c><c s="1"><v>43929</v></c><c s="2"><v>43929</v></c><c s="3"><v>43922</v></c></row>"#;
    let file = Xlsx::new(rows).with_styles(styles).build();
    shows(&file, &["|43929|08.04.2020|08.04.2020|04.2020|"]);
    let grid = grid(&file);
    assert_eq!(facts(&grid, 1, 1), [Fact::Numeric]);
    assert_eq!(facts(&grid, 1, 2), [Fact::Date(jiff::civil::date(2020, 4, 8))]);
    assert_eq!(facts(&grid, 1, 4), []);
    let bold: Vec<bool> = grid.tables().next().unwrap().rows[0].cells.iter().map(|cell| cell.bold).collect();
    assert_eq!(bold, [false, true, false, false]);
}

#[test]
fn days_counted_from_1904_are_four_years_later() {
    let styles = r#"<cellXfs><xf numFmtId="14"/></cellXfs>"#;
    let file = Xlsx::new(r#"<row><c s="0"><v>42467</v></c></row>"#)
        .with_styles(styles)
        .with_workbook(r#"<workbookPr date1904="1"/>"#)
        .build();
    shows(&file, &["|08.04.2020|"]);
}

#[test]
fn the_result_of_a_formula_is_taken_and_a_missing_one_told() {
    let rows = r#"<row><c r="A1"><f>A3+1</f><v>7</v></c><c r="B1" t="str"><f>"а"</f><v>а</v></c><c r="C1"><f>SUM(A:A)</f></c><c r="D1" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>"#;
    let file = Xlsx::new(rows).build();
    shows_with(
        &file,
        &["|7|а||#DIV/0!|"],
        &[NoticeKind::FormulaWithoutResult, NoticeKind::FormulaError { error: "#DIV/0!".to_owned() }],
    );
    assert_eq!(facts(&grid(&file), 1, 1), [Fact::Computed, Fact::Numeric]);
}

#[test]
fn merged_cells_cover_columns_and_rows() {
    let rows = [
        format!(
            "<row r=\"1\">{}{}{}</row>",
            inline("A1", "Раздел"),
            inline("B1", "скрыто"),
            inline("D1", "да")
        ),
        format!("<row r=\"2\">{}{}</row>", inline("A2", "1"), inline("B2", "Страна")),
        format!("<row r=\"3\">{}{}</row>", inline("A3", "2"), inline("C3", "ниже")),
    ];
    let merged = r#"<mergeCells><mergeCell ref="A1:C1"/><mergeCell ref="B2:B3"/><mergeCell ref="A9:B9"/></mergeCells>"#;
    let file = Xlsx::of_sheet(&format!("<sheetData>{}</sheetData>{merged}", rows.concat())).build();
    shows_with(&file, &["|Раздел……|да|", "|1|Страна|", "|2|^|ниже|"], &[NoticeKind::CoveredText]);
}

#[test]
fn a_merged_range_without_text_is_as_empty_as_its_cells() {
    let rows = [
        format!(r#"<row r="1">{}</row>"#, inline("C1", "а")),
        format!(r#"<row r="2">{}</row>"#, inline("C2", "б")),
    ];
    let merged = r#"<mergeCells><mergeCell ref="A1:B1"/></mergeCells>"#;
    let file = Xlsx::of_sheet(&format!("<sheetData>{}</sheetData>{merged}", rows.concat())).build();
    shows(&file, &["|-|-|а|", "|-|-|б|"]);
}

#[test]
fn hidden_rows_columns_and_sheets_are_left_out_and_told() {
    let rows = format!(
        r#"<row r="1">{}{}</row><row r="2" hidden="1">{}</row>"#,
        inline("A1", "видно"),
        inline("B1", "нет"),
        inline("A2", "нет")
    );
    let content = format!(r#"<cols><col min="2" max="3" hidden="1"/></cols><sheetData>{rows}</sheetData>"#);
    let file = Xlsx::of_sheet(&content)
        .with_sheet("Архив", "veryHidden", "<sheetData/>")
        .with_sheet("Лист3", "visible", "<sheetData/>")
        .build();
    shows_with(
        &file,
        &["|видно|"],
        &[NoticeKind::HiddenColumn, NoticeKind::HiddenRow, NoticeKind::HiddenSheet, NoticeKind::EmptySheet],
    );
    let places: Vec<Place> = grid(&file).findings.iter().map(|notice| notice.place.clone()).collect();
    let sheet = || "Свод".to_owned();
    assert_eq!(places[0], Place::SheetCell { sheet: sheet(), row: 1, column: 2 });
    assert_eq!(places[1], Place::SheetRow { sheet: sheet(), row: 2 });
    assert_eq!(places[2], Place::Sheet { sheet: "Архив".to_owned() });
}

#[test]
fn repeated_rows_are_headings() {
    let rows = format!(r#"<row r="1">{}</row><row r="2">{}</row>"#, inline("A1", "№"), inline("A2", "1"));
    let file = Xlsx::new(&rows).build();
    assert!(!grid(&file).tables().next().unwrap().rows[0].is_heading);
    let names = r#"<definedNames><definedName name="_xlnm.Print_Titles" localSheetId="0">Свод!$1:$1</definedName></definedNames>"#;
    let workbook = format!(
        r#"<workbook xmlns="{SHEET}" xmlns:r="{TIES}"><sheets><sheet name="Свод" r:id="s0"/></sheets>{names}</workbook>"#
    );
    let ties = format!(r#"<Relationship Id="s0" Type="{TIES}/worksheet" Target="sheet.xml"/>"#);
    let root = format!(r#"<Relationship Id="r1" Type="{TIES}/officeDocument" Target="workbook.xml"/>"#);
    let sheet = format!(r#"<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData></worksheet>"#);
    let parts = [
        ("_rels/.rels", relationships(&root)),
        ("_rels/workbook.xml.rels", relationships(&ties)),
        ("workbook.xml", workbook),
        ("sheet.xml", sheet),
    ];
    let file = zip(&parts.map(|(name, content)| (name.to_owned(), content.into_bytes())));
    let found: Vec<bool> =
        grid(&file).tables().next().unwrap().rows.iter().map(|row| row.is_heading).collect();
    assert_eq!(found, [true, false]);
}

#[test]
fn a_remark_is_a_fact_of_its_cell() {
    let ties =
        relationships(&format!(r#"<Relationship Id="c" Type="{TIES}/comments" Target="../comments1.xml"/>"#));
    let remarks = format!(
        r#"<comments xmlns="{SHEET}"><commentList><comment ref="A1"><text><t>уточнить</t></text></comment></commentList></comments>"#
    );
    let file = Xlsx::new(&format!("<row>{}</row>", inline("A1", "1")))
        .with_part("xl/worksheets/_rels/sheet0.xml.rels", &ties)
        .with_part("xl/comments1.xml", &remarks)
        .build();
    shows_with(&file, &["|1|"], &[NoticeKind::Comment]);
    assert_eq!(facts(&grid(&file), 1, 1), [Fact::Comment("уточнить".to_owned())]);
}

#[test]
fn each_sheet_is_a_table() {
    let second = format!("<sheetData><row>{}</row></sheetData>", inline("A1", "два"));
    let file = Xlsx::new(&format!("<row>{}</row>", inline("A1", "раз")))
        .with_sheet("Второй", "visible", &second)
        .build();
    assert_eq!(blocks(&grid(&file)), ["|раз|", "|два|"]);
}

#[test]
fn a_text_shared_by_a_hundred_thousand_cells_is_refused_when_it_is_too_much() {
    let cells = r#"<c t="s"><v>0</v></c>"#.repeat(1000);
    let file = Xlsx::new(&format!("<row>{cells}</row>").repeat(100))
        .with_strings(&format!("<si><t>{}</t></si>", "а".repeat(10_000)))
        .build();
    assert_eq!(refusal(&file).code(), "file-too-large");
}

#[test]
fn a_sheet_with_two_rows_or_cells_at_one_place_is_refused() {
    let row = |name: &str| format!(r#"<row r="1">{}{}</row>"#, inline("A1", "а"), inline(name, "б"));
    for rows in [row("A1"), [row("B1"), row("C1")].concat()] {
        assert_eq!(refusal(&Xlsx::new(&rows).build()).code(), "malformed");
    }
}

#[test]
fn a_sheet_that_is_not_there_is_refused() {
    let file = Xlsx::new("").with_workbook("<sheets><sheet name=\"Нет\" r:id=\"x\"/></sheets>").build();
    assert_eq!(refusal(&file), CannotRead::MissingPart { part: "Нет".to_owned() });
}
