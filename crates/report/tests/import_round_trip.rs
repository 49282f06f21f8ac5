//! What a report prints, an import reads again: the same records, whichever format it was written in.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests: a panic is how they fail")]

#[path = "generated/cases.rs"]
mod cases;
#[path = "generated/quarters.rs"]
mod quarters;

use cases::cases;
use proptest::prelude::*;
use quarters::{filed, quarters, read_again, understood};
use svod_domain::Edition;
use svod_engine::{ReportInputs, ReportRevision, ReportStatus};
use svod_report::{Format, ReportSettings, render};

fn sample() -> ReportInputs {
    serde_json::from_str(include_str!("samples/inputs.json")).unwrap()
}

fn file(inputs: &ReportInputs, format: Format) -> Vec<u8> {
    render(inputs, &ReportSettings::default(), format).unwrap().bytes
}

/// A second edition, of which another quarter's report was the first. Its reason would be a statement, a section or a doubt if
/// it were read as a line of a clerk.
fn second_edition() -> impl Strategy<Value = ReportInputs> {
    let reason = prop::sample::select(vec![
        "мероприятий не было",
        "Город Смоленск",
        "ошибка в отчете за I квартал 2019 года",
        "не проведены мероприятия\nВяземский район",
    ]);
    (quarters(sample()), quarters(sample()), reason).prop_map(|(mut inputs, mut replaced, reason)| {
        let mut number = 0;
        let sections = inputs.sections.iter_mut().chain(&mut replaced.sections);
        for record in sections.flat_map(|section| &mut section.records) {
            number += 1;
            record.submission_id.0 = uuid::Uuid::from_u128(number);
        }
        let revision = ReportRevision {
            replaces: Edition(1),
            closed_at: "2020-07-15T15:00:00Z".parse().unwrap(),
            reasons: vec![reason.to_owned()],
            sections: replaced.sections.into_iter().map(Into::into).collect(),
        };
        let closed_at = "2020-08-15T15:00:00Z".parse().unwrap();
        let status = ReportStatus::Edition { edition: Edition(2), closed_at };
        ReportInputs { status, revision: Some(revision), ..inputs }
    })
}

proptest! {
    // Each is written and read eight times.
    #![proptest_config(cases(16))]

    #[test]
    fn what_an_edition_says_of_the_one_before_is_neither_a_record_nor_a_doubt(inputs in second_edition()) {
        let without = ReportInputs { revision: None, ..inputs.clone() };
        for format in [Format::Docx, Format::Odt, Format::Xlsx, Format::Html] {
            let [with, without] = [&inputs, &without].map(|inputs| understood(&file(inputs, format)));
            prop_assert_eq!(with, without, "{}", format);
        }
    }
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
