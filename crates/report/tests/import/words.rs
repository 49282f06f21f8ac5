//! Text of Word files: runs, fields, changes, controls, notes, signs.

use svod_report::import::{CannotRead, Fact, NoticeKind, Place, ReadOptions, SourceFormat, read};

use crate::files::{Docx, WORD, cell, document, paragraph, row, run, table, text};
use crate::seen::{blocks, facts, grid, refusal, shows, shows_with};

/// A table of one row: a number, and a cell with this content.
fn one(content: &str) -> Vec<u8> {
    Docx::new(&table(2, &row(&[&text("1"), &cell(content)]))).build()
}

#[test]
fn a_plain_table_is_read_cell_by_cell() {
    let rows = [row(&[&text("№ п/п"), &text("Место")]), row(&[&text("1"), &text("г. Вязьма")])].concat();
    let file = Docx::new(&format!("{}{}", paragraph("Отчёт"), table(2, &rows))).build();
    shows(&file, &["Отчёт", "|№ п/п|Место|", "|1|г. Вязьма|"]);
}

#[test]
fn a_word_split_over_runs_bookmarks_and_marks_of_the_spell_checker_is_one_word() {
    let split = format!(
        r#"<w:p>{}<w:bookmarkStart w:id="0" w:name="a"/><w:proofErr w:type="spellStart"/>{}<w:bookmarkEnd w:id="0"/><w:r><w:softHyphen/><w:t>ча</w:t></w:r></w:p>"#,
        run("Вст"),
        run("ре")
    );
    shows(&one(&split), &["|1|Встреча|"]);
}

#[test]
fn links_and_smart_tags_are_text() {
    let linked = format!(
        r#"<w:p><w:hyperlink r:id="r9">{}</w:hyperlink><w:smartTag w:element="place"><w:smartTagPr><w:attr w:name="a" w:val="b"/></w:smartTagPr>{}</w:smartTag></w:p>"#,
        run("сайт "),
        run("Минск")
    );
    shows(&one(&linked), &["|1|сайт Минск|"]);
}

#[test]
fn tracked_changes_are_read_as_if_accepted() {
    let changed = format!(
        r#"<w:p>{}<w:ins w:id="1">{}</w:ins><w:del w:id="2"><w:r><w:delText>Минск</w:delText></w:r></w:del></w:p>"#,
        run("Встреча в "),
        run("Бресте")
    );
    let file = one(&changed);
    shows_with(&file, &["|1|Встреча в Бресте|"], &[NoticeKind::TrackedChanges]);
    let grid = grid(&file);
    assert_eq!(facts(&grid, 1, 2), [Fact::Tracked]);
    assert_eq!(grid.findings[0].place, Place::Cell { table: 1, row: 1, column: 2 });
}

#[test]
fn a_move_is_read_where_it_goes_to() {
    let moved = format!(
        r#"<w:p><w:moveFrom w:id="1">{}</w:moveFrom>{}<w:moveTo w:id="2">{}</w:moveTo></w:p>"#,
        run("раз "),
        run("два "),
        run("раз")
    );
    shows_with(&one(&moved), &["|1|два раз|"], &[NoticeKind::TrackedChanges]);
}

#[test]
fn a_deleted_paragraph_mark_joins_two_paragraphs() {
    let joined = format!(
        r#"<w:p><w:pPr><w:rPr><w:del w:id="1"/></w:rPr></w:pPr>{}</w:p>{}"#,
        run("Круглый "),
        paragraph("стол")
    );
    shows_with(&one(&joined), &["|1|Круглый стол|"], &[NoticeKind::TrackedChanges]);
}

#[test]
fn the_former_looks_of_a_changed_paragraph_do_not_count() {
    let numbering = r#"<w:numbering><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>"#;
    let changed = format!(
        r#"<w:p><w:pPr><w:pPrChange w:id="1"><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr></w:pPrChange></w:pPr>{}</w:p>"#,
        run("текст")
    );
    let file = Docx::new(&table(1, &row(&[&cell(&changed)]))).with("numbering", numbering).build();
    shows(&file, &["|текст|"]);
}

#[test]
fn content_controls_round_text_cells_rows_and_tables_are_passed_through() {
    let control = |inside: &str| format!("<w:sdt><w:sdtPr/><w:sdtContent>{inside}</w:sdtContent></w:sdt>");
    let inline = cell(&format!("<w:p>{}</w:p>", control(&run("в тексте"))));
    let block = cell(&control(&paragraph("абзац")));
    let rows =
        [row(&[&inline, &control(&text("ячейка"))]), control(&row(&[&block, &text("строка")]))].concat();
    let file = Docx::new(&control(&table(2, &rows))).build();
    shows(&file, &["|в тексте|ячейка|", "|абзац|строка|"]);
}

#[test]
fn the_prompt_of_an_empty_control_is_no_text() {
    let prompt = format!(
        "<w:p><w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>{}</w:p>",
        run("Место для ввода текста"),
        run("Орша")
    );
    shows_with(&one(&prompt), &["|1|Орша|"], &[NoticeKind::Placeholder]);
}

#[test]
fn of_alternatives_for_programs_one_is_read() {
    let either = format!(
        r#"<w:p><mc:AlternateContent><mc:Choice Requires="wps">{}</mc:Choice><mc:Fallback>{}</mc:Fallback></mc:AlternateContent><mc:AlternateContent><mc:Fallback>{}</mc:Fallback></mc:AlternateContent></w:p>"#,
        run("Брест"),
        run("Брест"),
        run(" и Гродно")
    );
    shows(&one(&either), &["|1|Брест и Гродно|"]);
}

#[test]
fn tabs_breaks_and_hyphens_that_are_elements_are_letters() {
    let elements = format!(
        r"<w:p>{}<w:r><w:noBreakHyphen/></w:r>{}<w:r><w:tab/><w:t>а</w:t><w:br/><w:t>б</w:t><w:cr/></w:r></w:p>",
        run("8"),
        run("20 апреля")
    );
    shows(&one(&elements), &["|1|8\u{2011}20 апреля\tа\nб\n|"]);
}

#[test]
fn the_result_of_a_field_is_read_and_not_what_it_asks_for() {
    let mark = |kind: &str| format!(r#"<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>"#);
    let field = format!(
        r"<w:p>{}<w:r><w:instrText> SEQ № </w:instrText></w:r>{}{}{}{}</w:p>",
        mark("begin"),
        run("не видно"),
        mark("separate"),
        run("17"),
        mark("end")
    );
    let simple = format!(r#"<w:p><w:fldSimple w:instr="DATE">{}</w:fldSimple></w:p>"#, run("8 мая"));
    let file = Docx::new(&table(2, &row(&[&cell(&field), &cell(&simple)]))).build();
    shows(&file, &["|17|8 мая|"]);
    assert_eq!(facts(&grid(&file), 1, 1), [Fact::Computed]);
    assert_eq!(facts(&grid(&file), 1, 2), [Fact::Computed]);
}

#[test]
fn a_choice_from_the_list_of_a_form_field_is_text() {
    let field = r#"<w:p><w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="Минск"/><w:listEntry w:val="Витебск"/></w:ddList></w:ffData></w:fldChar></w:r><w:r><w:instrText>FORMDROPDOWN</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>"#;
    shows(&one(field), &["|1|Витебск|"]);
}

#[test]
fn a_field_that_never_ends_is_told_and_swallows_no_other_cell() {
    let open = format!(r#"<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{}</w:p>"#, run("пропало"));
    let file = Docx::new(&table(2, &row(&[&cell(&open), &text("цело")]))).build();
    shows_with(&file, &["||цело|"], &[NoticeKind::UnclosedField]);
}

#[test]
fn hidden_text_is_left_out_and_told() {
    let styles = r#"<w:styles><w:style w:type="character" w:styleId="H"><w:rPr><w:vanish/></w:rPr></w:style><w:style w:type="character" w:styleId="HH"><w:basedOn w:val="H"/></w:style></w:styles>"#;
    let hidden = format!(
        r#"<w:p>{}<w:r><w:rPr><w:vanish/></w:rPr><w:t>тайна</w:t></w:r><w:r><w:rPr><w:rStyle w:val="HH"/></w:rPr><w:t>тайна</w:t></w:r><w:r><w:rPr><w:rStyle w:val="HH"/><w:vanish w:val="0"/></w:rPr><w:t>!</w:t></w:r></w:p>"#,
        run("видно")
    );
    let file = Docx::new(&table(1, &row(&[&cell(&hidden)]))).with("styles", styles).build();
    shows_with(&file, &["|видно!|"], &[NoticeKind::HiddenText]);
}

#[test]
fn struck_out_text_is_read_and_told() {
    let struck = format!(r"<w:p>{}<w:r><w:rPr><w:strike/></w:rPr><w:t>ТАСС</w:t></w:r></w:p>", run("РИА "));
    shows_with(&one(&struck), &["|1|РИА ТАСС|"], &[NoticeKind::StruckOut]);
}

#[test]
fn two_paragraphs_of_a_cell_stay_two() {
    shows(
        &one(&[paragraph("Иванов И.И."), paragraph("Петров П.П.")].concat()),
        &["|1|Иванов И.И./Петров П.П.|"],
    );
}

#[test]
fn bold_is_known_from_run_and_style_and_only_if_all_is_bold() {
    let styles = r#"<w:styles><w:style w:type="paragraph" w:default="1" w:styleId="N"/><w:style w:type="paragraph" w:styleId="B"><w:rPr><w:b/></w:rPr></w:style></w:styles>"#;
    let bold = r"<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Вязьма</w:t></w:r><w:r><w:t> </w:t></w:r></w:p>";
    let by_style = format!(r#"<w:p><w:pPr><w:pStyle w:val="B"/></w:pPr>{}</w:p>"#, run("Вязьма"));
    let half = format!(r"<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Вязь</w:t></w:r>{}</w:p>", run("ма"));
    let cells = [cell(bold), cell(&by_style), cell(&half), cell("<w:p/>")];
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    let file = Docx::new(&table(4, &row(&cells))).with("styles", styles).build();
    let grid = grid(&file);
    let found: Vec<bool> = grid.tables().next().unwrap().rows[0].cells.iter().map(|cell| cell.bold).collect();
    assert_eq!(found, [true, true, false, false]);
}

#[test]
fn the_strict_edition_of_the_standard_is_read() {
    let strict = document(&table(1, &row(&[&text("строго")])))
        .replace(WORD, "http://purl.oclc.org/ooxml/wordprocessingml/main");
    shows(&Docx::of_document(strict).build(), &["|строго|"]);
}

#[test]
fn a_part_in_utf_16_is_read() {
    let text = document(&table(1, &row(&[&text("Ельня")]))).replace("UTF-8", "UTF-16");
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    shows(&Docx::of_document([b"\xff\xfe".to_vec(), bytes.clone()].concat()).build(), &["|Ельня|"]);
    shows(&Docx::of_document(bytes).build(), &["|Ельня|"]);
    let big_endian: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    shows(&Docx::of_document(big_endian).build(), &["|Ельня|"]);
}

#[test]
fn a_part_in_the_encoding_of_old_windows_is_read() {
    let text = document(&table(1, &row(&[&text("Ельня")]))).replace("UTF-8", "windows-1251");
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(&text);
    shows(&Docx::of_document(bytes.into_owned()).build(), &["|Ельня|"]);
}

#[test]
fn other_prefixes_of_the_same_namespaces_are_the_same() {
    let text = format!(
        r#"<x:document xmlns:x="{WORD}"><x:body><x:tbl><x:tr><x:tc><x:p><x:r><x:t>Демидов</x:t></x:r></x:p></x:tc></x:tr></x:tbl></x:body></x:document>"#
    );
    shows(&Docx::of_document(text).build(), &["|Демидов|"]);
    let text = format!(
        r#"<document xmlns="{WORD}"><body><tbl><tr><tc><p><r><t>Демидов</t></r></p></tc></tr></tbl></body></document>"#
    );
    shows(&Docx::of_document(text).build(), &["|Демидов|"]);
}

#[test]
fn names_of_another_namespace_are_not_those_of_word() {
    let text = document(&table(1, &row(&[&cell(r#"<w:p><x:r xmlns:x="urn:x"><x:t>нет</x:t></x:r></w:p>"#)])));
    shows(&Docx::of_document(text).build(), &["||"]);
}

#[test]
fn footnotes_and_remarks_are_facts_beside_the_text() {
    let footnotes = r#"<w:footnotes><w:footnote w:id="2"><w:p><w:r><w:t>по видеосвязи</w:t></w:r></w:p></w:footnote></w:footnotes>"#;
    let comments = r#"<w:comments><w:comment w:id="0"><w:p><w:r><w:t>уточнить</w:t></w:r></w:p></w:comment></w:comments>"#;
    let noted = format!(
        r#"<w:p>{}<w:r><w:footnoteReference w:id="2"/></w:r><w:commentRangeStart w:id="0"/><w:r><w:commentReference w:id="0"/></w:r></w:p>"#,
        run("Встреча")
    );
    let file = Docx::new(&table(1, &row(&[&cell(&noted)])))
        .with("footnotes", footnotes)
        .with("comments", comments)
        .build();
    shows_with(&file, &["|Встреча|"], &[NoticeKind::Footnote, NoticeKind::Comment]);
    assert_eq!(
        facts(&grid(&file), 1, 1),
        [Fact::Footnote("по видеосвязи".to_owned()), Fact::Comment("уточнить".to_owned())]
    );
}

#[test]
fn a_text_box_is_read_once_behind_the_paragraph_that_it_hangs_on() {
    let inside = format!("<w:txbxContent>{}</w:txbxContent>", paragraph("в рамке"));
    let boxed = format!(
        r#"<w:p><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{inside}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{inside}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>{}</w:p>"#,
        run("снаружи")
    );
    let file = Docx::new(&format!("{boxed}{}", table(1, &row(&[&cell(&boxed)])))).build();
    shows_with(
        &file,
        &["снаружи", "в рамке", "|снаружи/в рамке|"],
        &[NoticeKind::TextBox, NoticeKind::TextBox],
    );
}

#[test]
fn a_table_in_a_text_box_is_a_table() {
    let inside = format!("<w:txbxContent>{}</w:txbxContent>", table(1, &row(&[&text("ячейка")])));
    let boxed = format!("<w:p><w:r><w:pict><v:textbox>{inside}</v:textbox></w:pict></w:r></w:p>");
    let grid = grid(&Docx::new(&boxed).build());
    assert!(blocks(&grid).contains(&"|ячейка|".to_owned()), "{:?}", grid.blocks);
}

#[test]
fn a_scan_in_the_place_of_a_table_is_told_as_lost() {
    let scan = r"<w:p><w:r><w:drawing><pic:pic/></w:drawing></w:r></w:p>";
    let grid = grid(&Docx::new(scan).build());
    assert_eq!(grid.findings[0].kind, NoticeKind::Image);
    assert_eq!(grid.findings[0].place, Place::Paragraph { number: 1 });
}

#[test]
fn objects_charts_and_embedded_documents_are_told_as_lost() {
    let body = r#"<w:p><w:r><w:object><o:OLEObject/></w:object></w:r><w:r><w:drawing><c:chart/></w:drawing></w:r></w:p><w:altChunk r:id="r7"/>"#;
    shows_with(
        &Docx::new(body).build(),
        &[],
        &[NoticeKind::EmbeddedObject, NoticeKind::Drawing, NoticeKind::EmbeddedDocument],
    );
}

#[test]
fn signs_of_special_fonts_are_read_or_told_as_lost() {
    let signs = r#"<w:p><w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r><w:r><w:sym w:font="Webdings" w:char="F041"/></w:r></w:p>"#;
    shows_with(&one(signs), &["|1|✓\u{fffd}|"], &[NoticeKind::UnknownSymbol]);
}

#[test]
fn marks_of_direction_and_spaces_without_width_are_left_out_and_told() {
    shows_with(
        &one(&paragraph("Гом\u{200b}ель\u{200f}")),
        &["|1|Гомель|"],
        &[NoticeKind::InvisibleCharacters],
    );
}

#[test]
fn look_alike_letters_are_not_exchanged() {
    shows(&one(&paragraph("Mocква")), &["|1|Mocква|"]);
}

#[test]
fn references_and_sections_of_characters_are_their_letters() {
    shows(
        &one(
            "<w:p><w:r><w:t>&lt;&#1071;&#x416;&amp;&quot;</w:t></w:r><w:r><w:t><![CDATA[<&>]]></w:t></w:r></w:p>",
        ),
        &["|1|<ЯЖ&\"<&>|"],
    );
}

#[test]
fn a_formula_of_mathematics_is_its_letters() {
    shows(&one("<w:p><m:oMath><m:r><m:t>a+b</m:t></m:r></m:oMath></w:p>"), &["|1|a+b|"]);
}

#[test]
fn the_top_of_the_page_is_told_if_it_says_anything() {
    let body = table(1, &row(&[&text("1")]));
    let header = "<w:hdr><w:p><w:r><w:t>Рудня</w:t></w:r></w:p></w:hdr>";
    let footer = "<w:ftr><w:p><w:r><w:t>12</w:t></w:r></w:p></w:ftr>";
    let file = Docx::new(&body).with("header", header).with("footer", footer).build();
    shows_with(&file, &["|1|"], &[NoticeKind::HeaderOrFooter { text: "Рудня".to_owned() }]);
}

#[test]
fn protection_against_changes_is_told_and_hinders_nothing() {
    let settings = r#"<w:settings><w:documentProtection w:edit="readOnly" w:enforcement="1"/></w:settings>"#;
    let file = Docx::new(&table(1, &row(&[&text("1")]))).with("settings", settings).build();
    shows_with(&file, &["|1|"], &[NoticeKind::Protected]);
}

#[test]
fn what_lies_outside_is_told_and_never_fetched() {
    let body = table(1, &row(&[&text("1")]));
    let file = Docx::new(&body).with_external("image", "http://127.0.0.1:9/x.png").build();
    shows_with(&file, &["|1|"], &[NoticeKind::External { target: "http://127.0.0.1:9/x.png".to_owned() }]);
    let linked = Docx::new(&body).with_external("hyperlink", "http://127.0.0.1:9/").build();
    shows(&linked, &["|1|"]);
}

#[test]
fn macros_are_told_or_refused_as_the_region_has_it() {
    let file = Docx::new(&table(1, &row(&[&text("1")])))
        .with_main_type("application/vnd.ms-word.document.macroEnabled.main+xml")
        .with_part("word/vbaProject.bin", b"macro")
        .build();
    shows_with(&file, &["|1|"], &[NoticeKind::Macros]);
    let strict = ReadOptions { refuses_macros: true, ..ReadOptions::default() };
    assert_eq!(read(&file, None, &strict), Err(CannotRead::Macros));
}

#[test]
fn a_word_file_named_otherwise_is_read_by_its_content() {
    let file = Docx::new(&table(1, &row(&[&text("1")]))).build();
    let grid = read(&file, Some("Отчёт.DOC"), &ReadOptions::default()).unwrap();
    assert_eq!(blocks(&grid), ["|1|"]);
    let kind = NoticeKind::OtherFormatThanNamed { ending: "doc".to_owned(), format: SourceFormat::Docx };
    assert_eq!(grid.findings[0].kind, kind);
    assert_eq!(read(&file, Some("Отчёт.docx"), &ReadOptions::default()).unwrap().findings, []);
}

#[test]
fn a_document_without_its_directory_of_parts_is_found_by_its_usual_name() {
    let parts = [("word/document.xml".to_owned(), document(&table(1, &row(&[&text("1")]))).into_bytes())];
    shows(&crate::files::zip(&parts), &["|1|"]);
}

#[test]
fn a_file_of_parts_without_a_document_is_refused() {
    assert_eq!(refusal(&crate::files::zip(&[("a.txt".to_owned(), b"a".to_vec())])).code(), "not-a-document");
}
