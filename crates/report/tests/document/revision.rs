//! What a second edition says below the table: in the same words in every format, after it, and nothing of it by a renderer
//! of before.

use serde_json::{Value, json};
use svod_domain::{Edition, Version};
use svod_engine::{EarlierSection, ReportInputs, ReportRevision, ReportStatus};
use svod_report::{Format, Head, Renderer, ReportSettings, render_by};

use super::html;
use super::opened::{Opened, children, elements, text_of};
use super::xlsx::Xlsx;
use super::{file, opened, sample};

/// The renderers that say nothing of it, for ever.
const BEFORE: [Renderer; 7] = [
    Renderer::Docx1,
    Renderer::Docx2,
    Renderer::Odt1,
    Renderer::Odt2,
    Renderer::Xlsx1,
    Renderer::Html1,
    Renderer::Json1,
];

/// What the first edition printed: the sample but for a record that was corrected since, one that was added, two that were
/// left out, and a section of another name.
fn replaced() -> Vec<EarlierSection> {
    let mut sections: Vec<EarlierSection> = sample().sections.into_iter().map(Into::into).collect();
    let [smolensk, desnogorsk] = &mut sections[..] else { panic!("the sample has two sections") };
    smolensk.records[0].version = Version(1);
    let mut gone = smolensk.records[1].clone();
    for (number, title) in [(91, "Ярмарка \"Весна\""), (92, "Встреча в г. Витебске")]
    {
        gone.submission_id.0 = uuid::Uuid::from_u128(number);
        title.clone_into(&mut gone.title);
        smolensk.records.push(gone.clone());
    }
    "Город Десногорск".clone_into(&mut desnogorsk.heading);
    desnogorsk.records.pop();
    sections
}

/// The sample as the second edition.
pub(super) fn second() -> ReportInputs {
    let revision = ReportRevision {
        replaces: Edition(1),
        closed_at: "2020-07-15T15:00:00Z".parse().unwrap(),
        reasons: vec!["пропущена запись  \"Переписка школ\" & <другие>".to_owned()],
        sections: replaced(),
    };
    let closed_at = "2020-08-03T15:00:00Z".parse().unwrap();
    let status = ReportStatus::Edition { edition: Edition(2), closed_at };
    ReportInputs { status, revision: Some(revision), ..sample() }
}

/// The sample as a second edition in which nothing changed.
pub(super) fn unchanged() -> ReportInputs {
    let mut inputs = second();
    let sections = inputs.sections.iter().cloned().map(Into::into).collect();
    if let Some(revision) = &mut inputs.revision {
        revision.sections = sections;
    }
    inputs
}

/// Heading and paragraphs. `_` stands for a no-break space.
pub(super) const TOLD: [&str; 7] = [
    "Сведения о редакции_2",
    "Редакция_2 заменяет редакцию_1 от 15_июля 2020_г.",
    "Причина: пропущена запись «Переписка школ» & <другие>.",
    "Добавлена запись_4.",
    "Исправлена запись_1.",
    "Исключены записи_3, 4 редакции_1 (Город Смоленск): «Ярмарка „Весна“», «Встреча в г._Витебске».",
    "Наименование раздела изменено: прежде «Город Десногорск», теперь «Муниципальное образование „город Десногорск“ Смоленской области».",
];

pub(super) fn told() -> Vec<String> {
    TOLD.map(|line| line.replace('_', "\u{a0}")).to_vec()
}

fn told_of(inputs: &ReportInputs) -> Vec<String> {
    let revision = Head::new(inputs, &ReportSettings::default()).revision.unwrap();
    [vec![revision.heading()], revision.paragraphs()].concat()
}

/// The paragraphs of the body of a Word file that say something, and where its table stands among them.
pub(super) fn lines_and_table(document: &Opened) -> (Vec<String>, usize) {
    let part = document.part("word/document.xml");
    let body = children(part.root_element(), "body").next().unwrap();
    let nodes: Vec<_> = body.children().collect();
    let table = nodes.iter().position(|node| node.tag_name().name() == "tbl").unwrap();
    let says = |node: &&roxmltree::Node<'_, '_>| node.tag_name().name() == "p" && !text_of(**node).is_empty();
    let above = nodes[..table].iter().filter(says).count();
    (nodes.iter().filter(says).map(|node| text_of(*node)).collect(), above)
}

#[test]
fn what_changed_is_told_by_number_and_what_is_left_out_by_its_old_one() {
    assert_eq!(told_of(&second()), told());
}

#[test]
fn an_edition_without_a_change_says_so() {
    let last = told_of(&unchanged()).pop();
    assert_eq!(last.as_deref(), Some("Записи не изменились."));
    assert_eq!(told_of(&unchanged()).len(), 4);
}

#[test]
fn only_an_edition_that_replaces_another_says_anything() {
    let preview = ReportInputs { status: ReportStatus::Preview, ..second() };
    for inputs in [sample(), preview] {
        assert_eq!(Head::new(&inputs, &ReportSettings::default()).revision, None);
    }
}

#[test]
fn an_extract_counts_its_own_records_and_says_nothing_of_others() {
    let own = sample().sections[1].municipality;
    let told = told_of(&second().extract(|municipality| municipality == own));
    let expected = [
        TOLD[0],
        TOLD[1],
        "Добавлена запись_2.",
        "Наименование раздела изменено: прежде «Город Десногорск», теперь «Муниципальное образование „город Десногорск“ Смоленской области».",
    ];
    assert_eq!(told, expected.map(|line| line.replace('_', "\u{a0}")));

    let other = sample().sections[0].municipality;
    let told = told_of(&second().extract(|municipality| municipality == other));
    assert!(told[3].starts_with("Исключены записи\u{a0}3, 4 выписки из редакции\u{a0}1 (Город"), "{told:?}");
    let told = told_of(&unchanged().extract(|municipality| municipality == own));
    assert_eq!(told.last().unwrap(), "Записи, вошедшие в выписку, не изменились.");
}

#[test]
fn a_word_file_says_it_behind_the_table_and_is_whole() {
    let document = opened(&second());
    document.check();
    let (lines, table) = lines_and_table(&document);
    assert_eq!((&lines[table..], table), (&told()[..], 1));
    assert_eq!(document.paragraphs_of("RevisionHeading"), told()[..1]);
    assert_eq!(document.rows(), opened(&sample()).rows());
    // The thin paragraph stays the last: in tracked changes those before it come and go.
    let part = document.part("word/document.xml");
    let last = elements(part.root_element(), "p").last().unwrap();
    assert!(text_of(last).is_empty());
}

#[test]
fn every_other_format_says_it_in_the_same_words() {
    let odt = Opened::new(&file(&second(), Format::Odt));
    let content = odt.part_text("content.xml");
    let (_, behind) = content.split_once("</table:table>").unwrap();
    let lines = behind.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text);
    let lines: Vec<String> = lines.filter(|text| !text.is_empty()).map(unescaped).collect();
    assert_eq!(lines, told());

    let page = html::page(&second());
    let (_, behind) = page.split_once("</table>").unwrap();
    let lines = behind.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text.trim());
    let lines: Vec<String> = lines.filter(|text| !text.is_empty()).map(unescaped).collect();
    assert_eq!(lines, told());

    let sheet = Xlsx::of(&second()).sheet(3);
    let lines: Vec<String> = sheet.into_iter().skip(1).map(|mut row| row.remove(0).1).collect();
    assert_eq!(lines, told());
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[test]
fn the_data_say_it_as_data() {
    let data =
        |inputs: &ReportInputs| -> Value { serde_json::from_slice(&file(inputs, Format::Json)).unwrap() };
    assert_eq!(data(&sample())["revision"], Value::Null);
    let ids: Vec<String> = second()
        .sections
        .iter()
        .flat_map(|one| &one.records)
        .map(|one| one.submission_id.to_string())
        .collect();
    let gone = |number: u32, id: u32, title: &str| {
        json!({
            "number": number,
            "submission_id": format!("00000000-0000-0000-0000-0000000000{id:02x}"),
            "municipality": "66701000",
            "heading": "Город Смоленск",
            "title": title,
        })
    };
    let expected = json!({
        "replaces": { "edition": 1, "closed_at": "2020-07-15T15:00:00Z" },
        "reasons": ["пропущена запись «Переписка школ» & <другие>"],
        "added": [{ "number": 4, "submission_id": ids[3] }],
        "corrected": [{ "number": 1, "submission_id": ids[0] }],
        "left_out": [gone(3, 91, "Ярмарка «Весна»"), gone(4, 92, "Встреча в г.\u{a0}Витебске")],
        "renamed": [{
            "municipality": "66710000",
            "before": "Город Десногорск",
            "after": "Муниципальное образование «город Десногорск» Смоленской области",
        }],
    });
    assert_eq!(data(&second())["revision"], expected);
}

#[test]
fn a_renderer_of_before_writes_of_a_second_edition_what_it_always_wrote() {
    let settings = ReportSettings::default();
    for renderer in Renderer::ALL {
        let with = render_by(*renderer, &second(), &settings).unwrap();
        let without = render_by(*renderer, &ReportInputs { revision: None, ..second() }, &settings).unwrap();
        assert_eq!(with == without, BEFORE.contains(renderer), "{renderer}");
    }
}

#[test]
fn the_numbers_are_those_of_the_rows() {
    let rows: Vec<u32> = opened(&second())
        .rows()
        .iter()
        .filter_map(|row| row.split_once(".|").and_then(|(number, _)| number.parse().ok()))
        .collect();
    let revision = Head::new(&second(), &ReportSettings::default()).revision.unwrap();
    let ids: Vec<_> =
        second().sections.iter().flat_map(|one| &one.records).map(|one| one.submission_id).collect();
    for numbered in revision.added.iter().chain(&revision.corrected) {
        assert!(rows.contains(&numbered.number));
        assert_eq!(ids[numbered.number as usize - 1], numbered.submission_id);
    }
}
