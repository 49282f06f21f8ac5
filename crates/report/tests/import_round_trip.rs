//! What a report prints, an import reads again: the same records, whichever format it was written in.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests: a panic is how they fail")]

#[path = "generated/cases.rs"]
mod cases;
#[path = "generated/quarters.rs"]
mod quarters;

use cases::cases;
use proptest::prelude::*;
use quarters::{filed, quarters, read_again};
use svod_engine::ReportInputs;
use svod_report::{Format, ReportSettings, render};

fn sample() -> ReportInputs {
    serde_json::from_str(include_str!("samples/inputs.json")).unwrap()
}

fn file(inputs: &ReportInputs, format: Format) -> Vec<u8> {
    render(inputs, &ReportSettings::default(), format).unwrap().bytes
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn what_a_word_file_prints_is_read_again(inputs in quarters(sample())) {
        prop_assert_eq!(read_again(&file(&inputs, Format::Docx)), Ok(filed(&inputs)));
    }

    #[test]
    fn what_a_text_of_libreoffice_prints_is_read_again(inputs in quarters(sample())) {
        prop_assert_eq!(read_again(&file(&inputs, Format::Odt)), Ok(filed(&inputs)));
    }

    #[test]
    fn what_a_workbook_prints_is_read_again(inputs in quarters(sample())) {
        prop_assert_eq!(read_again(&file(&inputs, Format::Xlsx)), Ok(filed(&inputs)));
    }
}
