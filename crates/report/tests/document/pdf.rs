//! The PDF as its structure has it: what is in which cell, on how many pages.

use svod_engine::ReportInputs;
use svod_report::{Format, pdf_cells};

use super::{file, opened, preview, sample};

/// The rows of its table, the words of all cells behind one another.
pub(crate) fn rows(inputs: &ReportInputs) -> Vec<String> {
    cells(inputs).iter().map(|row| row.concat()).collect()
}

fn cells(inputs: &ReportInputs) -> Vec<Vec<String>> {
    pdf_cells(file(inputs, Format::Pdf)).unwrap()
}

fn pages(file: &[u8]) -> usize {
    file.windows(b"/Type/Page".len() + 1)
        .filter(|bytes| bytes.starts_with(b"/Type/Page") && !bytes.ends_with(b"s"))
        .count()
}

/// One record with so many words.
fn long(words: usize) -> ReportInputs {
    let mut inputs = sample();
    inputs.sections.truncate(1);
    let records = &mut inputs.sections[0].records;
    records.truncate(1);
    let text: Vec<String> = (0..words).map(|word| format!("слово{word}")).collect();
    records[0].activity.content = text.join(" ");
    records[0].activity.agreements = None;
    inputs
}

#[test]
fn it_says_what_the_word_file_says() {
    let spaced = |row: &[String]| row.join("|").split_whitespace().collect::<Vec<_>>().join(" ");
    let printed: Vec<String> = cells(&sample()).iter().map(|row| spaced(row)).collect();
    let word: Vec<String> =
        opened(&sample()).rows().iter().map(|row| spaced(&[row.replace('¶', " ")])).collect();
    assert_eq!(printed, word);
}

#[test]
fn a_row_higher_than_a_page_goes_on_and_loses_no_word() {
    let inputs = long(2_500);
    let document = file(&inputs, Format::Pdf);
    assert!(pages(&document) > 10, "{}", pages(&document));
    let rows = pdf_cells(document).unwrap();
    let expected: Vec<String> = (0..2_500).map(|word| format!("слово{word}")).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2][4].split_whitespace().collect::<Vec<_>>(), expected);
}

#[test]
fn a_preview_is_marked_and_other_bytes_than_an_edition() {
    for format in [Format::Pdf, Format::PdfA1b] {
        assert_ne!(file(&preview(), format), file(&sample(), format));
    }
    assert_eq!(cells(&preview()), cells(&sample()));
}

#[test]
fn a_report_without_activities_has_only_the_heading_row() {
    let empty = ReportInputs { sections: vec![], ..sample() };
    assert_eq!(cells(&empty).len(), 1);
    assert!(pages(&file(&empty, Format::PdfA1b)) == 1);
}

#[test]
fn no_letter_is_told_twice_or_in_the_order_in_which_it_stands() {
    // The last but one has a mark that no font has together with its letter.
    for text in
        ["𝕀 и 😀", "Встреча نص и שלום", "مرحبا بالعالم", "नमस्ते", "สวัสดี", "𝕀\u{6ea}", "\u{12000}\u{301}"]
    {
        let mut inputs = long(1);
        inputs.sections[0].records[0].activity.content = text.to_owned();
        assert_eq!(cells(&inputs)[2][4], text);
    }
}

#[test]
fn a_word_from_right_to_left_is_said_once_and_forwards() {
    // Brackets are turned round, ی and ي share a shape, «لا» is one shape for two letters.
    for text in [
        "(в) שלום (עולם) ש(ו)ל",
        "ی ي یی يي ییی ييي",
        "لا إله إلا (الله)",
        "«نص» ١٢٣ نص 45 в",
        "ש\u{5b8}\u{5c1}לו\u{5b9}ם, שלום",
    ] {
        let mut inputs = long(1);
        inputs.sections[0].records[0].activity.content = text.to_owned();
        assert_eq!(cells(&inputs)[2][4], text);
    }
}
