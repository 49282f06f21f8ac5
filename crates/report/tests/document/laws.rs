//! What holds for every report, whatever was typed into it.

use proptest::prelude::*;
use svod_domain::{Activity, DateRange, Participant, SubmissionId, Version};
use svod_engine::{ReportInputs, ReportRecord, ReportSection};
use svod_report::Format;
use uuid::Uuid;

use super::odt::Odt;
use super::xlsx::Xlsx;
use super::{file, html, opened, sample, template};

/// Text as it comes: words, marks, control characters, other scripts, words longer than a page is wide.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[а-яА-ЯёЁ]{1,12}",
        2 => "[0-9]{1,4}[-–.][0-9]{1,4}",
        2 => "[<>&\"'«»„“”№.,;:()/-]{1,3}",
        1 => "[\u{0}-\u{1f}\u{7f}-\u{9f}\u{ad}\u{200b}\u{fffe}\u{ffff}]{1,2}",
        1 => "[北京თბილისიŁódź👍🏽نص]{1,6}",
        1 => "[а-я]{300}",
        1 => "\\PC{1,8}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.join(" "))
}

fn activity() -> impl Strategy<Value = Activity> {
    let participant = prop_oneof![
        hostile().prop_map(|group| Participant::Group { group }),
        (hostile(), hostile()).prop_map(|(name, position)| Participant::Person { name, position }),
    ];
    let texts = (hostile(), proptest::option::of(hostile()), hostile(), proptest::option::of(hostile()));
    (texts, proptest::collection::vec(participant, 1..4)).prop_map(|(texts, participants)| {
        let (title, place, content, agreements) = texts;
        let day = "2020-06-05".parse().unwrap();
        let dates = vec![DateRange::day(day)];
        let countries = vec![];
        Activity { title, place, dates, dates_text: None, content, agreements, participants, countries }
    })
}

fn report() -> impl Strategy<Value = ReportInputs> {
    let record = (activity(), any::<bool>()).prop_map(|(activity, late)| ReportRecord {
        submission_id: SubmissionId(Uuid::nil()),
        version: Version::FIRST,
        activity,
        late,
    });
    let section = (hostile(), proptest::collection::vec(record, 0..4)).prop_map(|(heading, records)| {
        ReportSection { municipality: "66701000".parse().unwrap(), heading, records }
    });
    proptest::collection::vec(section, 0..3).prop_map(|sections| ReportInputs { sections, ..sample() })
}

/// The letters and digits of a text: what typography may never touch.
fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// What was typed, in the order of printing.
fn typed(inputs: &ReportInputs) -> Vec<String> {
    let mut rows = vec![];
    let mut number = 0;
    for section in inputs.sections.iter().filter(|section| !section.records.is_empty()) {
        rows.push(letters(&section.heading));
        for record in &section.records {
            number += 1;
            rows.push(letters(&typed_row(number, &record.activity)));
        }
    }
    rows
}

fn typed_row(number: u32, activity: &Activity) -> String {
    let participants = activity.participants.iter().map(|participant| match participant {
        Participant::Person { name, position } => format!("{position} {name}"),
        Participant::Group { group } => group.clone(),
        Participant::Sealed { .. } => unreachable!("samples are as they were typed"),
    });
    let place = activity.place.clone().unwrap_or_default();
    let agreements = activity.agreements.clone().unwrap_or_default();
    let participants: String = participants.collect();
    format!("{number}{}{place}5июня{}{agreements}{participants}", activity.title, activity.content)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_word_that_goes_in_comes_out_and_the_file_is_whole(inputs in report()) {
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
    }

    #[test]
    fn the_same_report_has_the_same_bytes(inputs in report()) {
        for format in [Format::Docx, Format::Odt, Format::Xlsx, Format::Html, Format::Json] {
            prop_assert_eq!(file(&inputs, format), file(&inputs, format));
        }
    }
}
