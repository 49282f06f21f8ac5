//! What holds for every report, whatever was typed into it.

use proptest::prelude::*;
use svod_engine::ReportInputs;
use svod_report::Format;

use super::cases::cases;
use super::hostile::{expected, report};
use super::odt::Odt;
use super::xlsx::Xlsx;
use super::{file, html, opened, pdf, sample, template};

/// The letters and digits of a text: what typography may never touch.
fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// What was typed, in the order of printing.
fn typed(inputs: &ReportInputs) -> Vec<String> {
    expected(inputs).iter().map(|cells| letters(&cells.concat())).collect()
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn every_word_that_goes_in_comes_out_and_the_file_is_whole(inputs in report(sample())) {
        let document = opened(&inputs);
        document.check();
        let printed: Vec<String> = document.rows().iter().skip(1).map(|row| letters(row)).collect();
        prop_assert_eq!(printed, typed(&inputs));
        let page: Vec<String> = html::rows(&html::page(&inputs)).iter().skip(1).map(|row| letters(row)).collect();
        prop_assert_eq!(&page, &typed(&inputs));
        let printed: Vec<String> = Xlsx::of(&inputs).rows().iter().skip(1).map(|row| letters(row)).collect();
        prop_assert_eq!(printed, typed(&inputs));
        let form: Vec<String> = template::in_form(&inputs).rows().iter().skip(1).map(|row| letters(row)).collect();
        let form: Vec<String> = form.iter().map(|row| row.replacen("Участвовали", "", 1)).collect();
        prop_assert_eq!(form, typed(&inputs));
        let document = Odt::of(&inputs);
        document.check();
        let printed: Vec<String> = document.rows().iter().skip(1).map(|row| letters(row)).collect();
        prop_assert_eq!(printed, typed(&inputs));
        let printed: Vec<String> = pdf::rows(&inputs).iter().skip(1).map(|row| letters(row)).collect();
        prop_assert_eq!(printed, typed(&inputs));
    }

    #[test]
    fn the_same_report_has_the_same_bytes(inputs in report(sample())) {
        for format in Format::ALL.iter().copied() {
            prop_assert_eq!(file(&inputs, format), file(&inputs, format));
        }
    }
}
