//! What changed between two reports, as tracked changes: accepted they are the later report, rejected the earlier.

use proptest::prelude::*;
use roxmltree::Node;
use svod_domain::{Activity, DateRange, Edition, Participant, SubmissionId, Version};
use svod_engine::{ReportInputs, ReportRecord, ReportSection, ReportStatus};
use svod_report::{ReportSettings, Side, render_changes};
use uuid::Uuid;

use super::opened::{Opened, children, elements};
use super::revision::{second, unchanged};
use super::{keep, opened, sample};

fn file(before: &ReportInputs, after: &ReportInputs) -> Vec<u8> {
    let settings = ReportSettings::default();
    let [before, after] = [before, after].map(|inputs| Side { inputs, settings: &settings });
    render_changes(before, after).unwrap().bytes
}

fn changes(before: &ReportInputs, after: &ReportInputs) -> Opened {
    Opened::new(&file(before, after))
}

/// The rows that are left when every change is accepted, or rejected.
fn decided(document: &Opened, accept: bool) -> Vec<String> {
    let gone = if accept { "del" } else { "ins" };
    let body = document.part("word/document.xml");
    let has_mark = |of: Node<'_, '_>, name: &'static str| {
        children(of, name).flat_map(|mark| mark.children()).any(|mark| mark.tag_name().name() == gone)
    };
    let text = |paragraph| {
        let texts = elements(paragraph, "t").chain(elements(paragraph, "delText"));
        let mut texts: Vec<_> = texts.collect();
        texts.sort_by_key(|text| text.range().start);
        let stays = |text: &Node<'_, '_>| !text.ancestors().any(|around| around.tag_name().name() == gone);
        texts.into_iter().filter(stays).filter_map(|text| text.text()).collect::<String>()
    };
    let cell = |cell| {
        let mut told = String::new();
        let paragraphs: Vec<_> = children(cell, "p").collect();
        for (index, paragraph) in paragraphs.iter().enumerate() {
            told.push_str(&text(*paragraph));
            let ends = !children(*paragraph, "pPr").any(|properties| has_mark(properties, "rPr"));
            if index + 1 < paragraphs.len() && ends {
                told.push('¶');
            }
        }
        told
    };
    let rows = elements(body.root_element(), "tr").filter(|row| !has_mark(*row, "trPr"));
    rows.map(|row| children(row, "tc").map(cell).collect::<Vec<_>>().join("|")).collect()
}

/// Texts that share words, paragraphs and nothing.
fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof!["встреча", "выставка", "школ", "<&>", "  ", "\n", "в", "Минске", "2020"];
    proptest::collection::vec(word, 0..8).prop_map(|words| words.join(" "))
}

/// A report of some of the same few submissions.
fn report() -> impl Strategy<Value = ReportInputs> {
    let record = (text(), proptest::option::of(text()), text());
    let records = proptest::collection::vec(proptest::option::of(record), 6);
    (records, proptest::collection::vec(any::<u8>(), 6)).prop_map(|(records, order)| {
        let mut sections = ["66701000", "66703000"].map(|code| ReportSection {
            municipality: code.parse().unwrap(),
            heading: format!("Город {code}"),
            records: vec![],
        });
        let mut filed: Vec<_> = records.into_iter().enumerate().zip(order).collect();
        filed.sort_by_key(|(_, order)| *order);
        for ((index, record), _) in filed {
            let Some((title, place, content)) = record else { continue };
            let activity = Activity {
                title,
                place,
                dates: vec![DateRange::day("2020-06-05".parse().unwrap())],
                dates_text: None,
                content,
                agreements: None,
                participants: vec![Participant::Group { group: "школьники".to_owned() }],
                countries: vec![],
            };
            let submission_id = SubmissionId(Uuid::from_u128(index as u128 + 1));
            sections[index % 2].records.push(ReportRecord {
                submission_id,
                version: Version::FIRST,
                late: false,
                activity,
            });
        }
        ReportInputs { sections: sections.into(), ..sample() }
    })
}

proptest! {
    #[test]
    fn accepted_changes_are_the_later_report_and_rejected_ones_the_earlier(before in report(), after in report()) {
        let document = changes(&before, &after);
        document.check();
        prop_assert_eq!(decided(&document, true), opened(&after).rows());
        prop_assert_eq!(decided(&document, false), opened(&before).rows());
    }
}

/// What is left below the table when every change is accepted, or rejected: paragraph by paragraph, each with its style.
fn below(document: &Opened, accept: bool) -> Vec<(String, String)> {
    let gone = if accept { "del" } else { "ins" };
    let part = document.part("word/document.xml");
    let body = children(part.root_element(), "body").next().unwrap();
    let behind = children(body, "tbl").next().unwrap().next_siblings().skip(1);
    let (mut left, mut open) = (vec![], String::new());
    for paragraph in behind.filter(|node| node.tag_name().name() == "p") {
        let texts = elements(paragraph, "t").chain(elements(paragraph, "delText"));
        let stays = |text: &Node<'_, '_>| !text.ancestors().any(|around| around.tag_name().name() == gone);
        open.extend(texts.filter(stays).filter_map(|text| text.text()));
        let mut marks = children(paragraph, "pPr").flat_map(|properties| children(properties, "rPr"));
        if marks.any(|marks| marks.children().any(|mark| mark.tag_name().name() == gone)) {
            continue;
        }
        let style = elements(paragraph, "pStyle").next().unwrap().attributes().next().unwrap().value();
        left.push((style.to_owned(), std::mem::take(&mut open)));
    }
    left
}

/// What stands below the table of a report.
fn written_below(inputs: &ReportInputs) -> Vec<(String, String)> {
    below(&opened(inputs), true)
}

#[test]
fn what_an_edition_says_of_itself_comes_and_goes_as_a_whole() {
    let mut third = unchanged();
    third.status =
        ReportStatus::Edition { edition: Edition(3), closed_at: "2020-09-01T15:00:00Z".parse().unwrap() };
    for (before, after) in [(sample(), second()), (second(), third), (second(), sample())] {
        let document = changes(&before, &after);
        document.check();
        assert_eq!(below(&document, true), written_below(&after));
        assert_eq!(below(&document, false), written_below(&before));
        assert_eq!(decided(&document, true), opened(&after).rows());
    }
    keep("changes-of-second.docx", &file(&sample(), &second()));
    let same = changes(&second(), &second());
    assert_eq!(same.part_text("word/document.xml"), opened(&second()).part_text("word/document.xml"));
}

#[test]
fn a_report_against_itself_has_no_changes() {
    let document = changes(&sample(), &sample());
    assert_eq!(document.part_text("word/document.xml"), opened(&sample()).part_text("word/document.xml"));
}

#[test]
fn a_change_is_shown_word_by_word_with_who_and_when() {
    let mut after = sample();
    let record = &mut after.sections[0].records[0];
    record.activity.title = record.activity.title.replacen("международном", "областном", 1);
    after.sections[1].records.pop();
    let document = changes(&sample(), &after);
    let body = document.part("word/document.xml");
    let told = |name: &'static str, text: &'static str| {
        let marks: Vec<_> = elements(body.root_element(), name).collect();
        let texts = marks.iter().flat_map(|mark| elements(*mark, text)).filter_map(|text| text.text());
        texts.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(told("ins", "t"), ["областном"]);
    assert_eq!(told("del", "delText")[0], "международном");
    for mark in elements(body.root_element(), "ins").chain(elements(body.root_element(), "del")) {
        let said = |name| mark.attributes().find(|said| said.name() == name).map(|said| said.value());
        assert_eq!(
            (said("author"), said("date")),
            (Some("Смоленская область"), Some("2020-07-15T15:00:00Z"))
        );
    }
    keep("changes.docx", &file(&sample(), &after));
}
