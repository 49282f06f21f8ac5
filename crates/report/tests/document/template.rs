//! A region's own form: that it is filled in as the built-in one is, and what cannot be one.

#[path = "template/below.rs"]
mod below;
#[path = "template/donor.rs"]
mod donor;
#[path = "template/refused.rs"]
mod refused;

use std::sync::Arc;

use donor::Donor;
use sha2::{Digest, Sha256};
use svod_engine::ReportInputs;
use svod_report::{RenderError, Renderer, ReportSettings, Template, render_by, render_with};

use super::opened::{Opened, children, elements, text_of};
use super::revision::second;
use super::{keep, preview, sample};

/// SHA-256 of the sample and of a second edition through the sample form, for ever.
const KNOWN: [(Renderer, [&str; 2]); 2] = [
    (
        Renderer::Docx2,
        [
            "ac56db78cd20b449a6ce5b9caccc4b8c58c400ed803d2dc0e5a50b2f0e46a280",
            "877f92c33e8aba227b7b8c7a7ce28c4c00f04def0c4cfe74dad2bac1a4eb28b1",
        ],
    ),
    (
        Renderer::Docx3,
        [
            "6367587fc57128a802b8871034403fb004567eb0172dedb71438eead98a4eeda",
            "87f37659c632d9df11a5d1d37c770cc13153996691cc83d838a8f053716291b5",
        ],
    ),
];

fn settings(template: &Template) -> ReportSettings {
    ReportSettings { template: Some(template.sha256().to_string()), ..ReportSettings::default() }
}

fn file_by(renderer: Renderer, donor: &Donor, inputs: &ReportInputs) -> Vec<u8> {
    let template = Arc::new(Template::compile(&donor.bytes()).unwrap());
    render_with(renderer, inputs, &settings(&template), Some(&template)).unwrap().bytes
}

fn file(donor: &Donor, inputs: &ReportInputs) -> Vec<u8> {
    file_by(Renderer::Docx3, donor, inputs)
}

fn opened(donor: &Donor, inputs: &ReportInputs) -> Opened {
    Opened::new(&file(donor, inputs))
}

/// The report in the sample form.
pub(super) fn in_form(inputs: &ReportInputs) -> Opened {
    opened(&Donor::new(), inputs)
}

#[test]
fn the_form_is_filled_in_with_what_the_built_in_form_prints() {
    let built_in = render_by(Renderer::Docx3, &sample(), &ReportSettings::default()).unwrap();
    let expected = Opened::new(&built_in.bytes).rows();
    let rows = opened(&Donor::new(), &sample()).rows();
    let plain = |row: &String| {
        row.replace("Участвовали: ", "").replace(". ", "").trim_end_matches('.').replace(" |", "|")
    };
    let rows: Vec<String> = rows[1..].iter().map(plain).collect();
    assert_eq!(rows, expected[1..].iter().map(plain).collect::<Vec<_>>());
}

#[test]
fn its_head_its_foot_and_its_styles_are_the_regions() {
    let document = opened(&Donor::new(), &sample());
    let part = document.part("word/document.xml");
    let body = children(part.root_element(), "body").next().unwrap();
    let paragraphs: Vec<String> = children(body, "p").map(text_of).collect();
    let title = "Отчет о мероприятиях, проведенных органами местного самоуправления Смоленской области \
                 в международной сфере во II квартале 2020 года";
    assert_eq!(paragraphs, [title, "Смоленская область, 15 июля 2020 г., 18:00 (МСК)"]);
    assert!(document.part_text("word/styles.xml").contains("PT Astra Serif"));
    let first = children(children(body, "tbl").next().unwrap(), "tr").next().unwrap();
    assert_eq!(
        children(first, "tc").map(text_of).collect::<Vec<_>>().join("|"),
        "№|Что|Где|Когда|Содержание|Кто"
    );
}

#[test]
fn a_preview_is_marked_on_every_page_and_the_mark_leaves_no_gap_in_an_edition() {
    for (inputs, count) in [(preview(), 1), (sample(), 0)] {
        let document = opened(&Donor::new(), &inputs);
        for part in ["word/document.xml", "word/header1.xml"] {
            let text = document.part_text(part);
            assert_eq!(text.matches("ПРЕДВАРИТЕЛЬНЫЙ ПРОСМОТР").count(), count, "{part}");
        }
        let header = document.part("word/header1.xml");
        assert_eq!(elements(header.root_element(), "p").count(), 1 + count);
    }
}

#[test]
fn what_must_not_stand_twice_stands_in_no_repeated_row() {
    let document = opened(&Donor::new(), &sample());
    for once in ["bookmarkStart", "proofErr", "paraId"] {
        assert!(!document.part_text("word/document.xml").contains(once), "{once}");
    }
}

#[test]
fn the_section_row_is_kept_with_its_first_record() {
    let document = opened(&Donor::new(), &sample());
    let part = document.part("word/document.xml");
    let kept = elements(part.root_element(), "keepNext").count();
    assert_eq!(kept, 2, "one for each section");
}

#[test]
fn paragraphs_of_the_content_have_the_looks_of_the_place() {
    let document = opened(&Donor::new(), &sample());
    let part = document.part("word/document.xml");
    let row = elements(part.root_element(), "tr").nth(2).unwrap();
    let cell = children(row, "tc").nth(4).unwrap();
    assert_eq!(children(cell, "p").count(), 3);
    for paragraph in children(cell, "p") {
        assert_eq!(elements(paragraph, "pStyle").count(), 1);
        assert_eq!(elements(paragraph, "i").count(), 1);
    }
}

#[test]
fn the_document_names_its_template_and_has_nothing_of_its_maker() {
    let donor = Donor::new();
    let document = opened(&donor, &sample());
    let custom = document.part_text("docProps/custom.xml");
    assert!(custom.contains(&hex::encode(Sha256::digest(donor.bytes()))), "{custom}");
    assert!(!document.names().any(|name| name == "word/webSettings.xml"));
    assert!(document.part_text("docProps/app.xml").contains("svod"));
}

#[test]
fn the_sample_form_has_the_bytes_it_always_had() {
    let now = KNOWN.map(|(renderer, _)| {
        let sha256 = |name: &str, inputs| {
            let bytes = file_by(renderer, &Donor::new(), inputs);
            keep(&format!("form-{name}-{}.docx", renderer.as_str().replace('/', "-")), &bytes);
            hex::encode(Sha256::digest(&bytes))
        };
        (renderer, [sha256("sample", &sample()), sha256("second", &second())])
    });
    assert_eq!(now, KNOWN.map(|(renderer, known)| (renderer, known.map(str::to_owned))));
}

#[test]
fn a_form_that_is_not_at_hand_is_never_passed_over() {
    let template = Arc::new(Template::compile(&Donor::new().bytes()).unwrap());
    let other = ReportSettings { template: Some("00".repeat(32)), ..ReportSettings::default() };
    for (renderer, _) in KNOWN {
        for given in [None, Some(&template)] {
            let failure = render_with(renderer, &sample(), &other, given);
            assert!(matches!(failure, Err(RenderError::Template(_))), "{failure:?}");
        }
    }
}

#[test]
fn what_was_typed_cannot_become_a_mark_or_a_part_of_the_file() {
    let mut inputs = sample();
    inputs.sections[0].records[0].activity.title = "{содержание} <w:p/> & \u{b}".into();
    let rows = opened(&Donor::new(), &inputs).rows();
    assert!(rows[2].contains("|{содержание} <w:p/> &"), "{}", rows[2]);
}
