//! Reports of what a clerk may paste and an old log may hold, and what has to be found of each in every format.

use proptest::prelude::*;
use proptest::sample::select;
use svod_domain::{Activity, DateRange, Participant, SubmissionId, Version};
use svod_engine::{ReportInputs, ReportRecord, ReportSection};
use uuid::Uuid;

/// Scripts, signs and emoji, alone and joined, composed and not, from both sides.
const FOREIGN: [&str; 22] = [
    "北京市",
    "東京",
    "𠀀𠮷",
    "한국어",
    "თბილისი",
    "Երևան",
    "Łódź",
    "Ελλάδα",
    "e\u{301}и\u{306}",
    "שלום",
    "مرحبا بالعالم",
    "नमस्ते",
    "ภาษาไทย",
    "\u{202e}назад\u{202c}",
    "\u{200f}نص\u{200e}",
    "👍🏽",
    "👨\u{200d}👩\u{200d}👧",
    "🇷🇺",
    "☀\u{fe0f}",
    "𝔘𝔫𝔦",
    "\u{fffd}",
    "\u{e000}",
];

/// What is markup, a formula, a number or an escape to whoever takes text for more than text.
const MARKUP: [&str; 20] = [
    "]]>",
    "<!--",
    "&amp;",
    "&#0;",
    "</w:t>",
    "<script>alert(1)</script>",
    "{наименование}",
    "{{поле}}",
    "_x000D_",
    "_x0041_x",
    "=1+1",
    "+7",
    "@SUM(A1)",
    "'слово",
    "TRUE",
    "1e5",
    "1/2",
    "%s",
    "\\n\\u0041",
    "https://example.invalid/?a=1&b=2",
];

const SPACES: [&str; 13] = [
    "\u{a0}", "\u{2007}", "\u{202f}", "\u{2009}", "\u{3000}", "\t", "\n", "\r\n", "\r", "\u{b}", "\u{c}",
    "\u{85}", "\u{2028}",
];

/// As many bytes as an entry of the log has room for beside the rest of a record.
const LONGEST_BYTES: usize = 60_000;

/// Text as it comes: words, marks, control characters, other scripts, words longer than a page is wide.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => "[а-яА-ЯёЁ]{1,12}",
        2 => "[0-9]{1,4}[-–.][0-9]{1,4}",
        2 => "[<>&\"'«»„“”№.,;:()/-]{1,3}",
        1 => "[\u{0}-\u{1f}\u{7f}-\u{9f}\u{ad}\u{200b}\u{fdd0}\u{fffe}\u{ffff}]{1,2}",
        2 => select(&FOREIGN[..]).prop_map(str::to_owned),
        1 => select(&MARKUP[..]).prop_map(str::to_owned),
        1 => select(&SPACES[..]).prop_map(str::to_owned),
        1 => "[а-я]{300}",
        1 => "\\PC{1,8}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.join(" "))
}

/// Rows of some lines, some of more than a page, and now and then the longest that there can be.
fn content() -> impl Strategy<Value = String> {
    let repeated = |piece: &str, bytes: usize| piece.repeat(bytes / piece.len());
    prop_oneof![
        60 => text(),
        6 => proptest::collection::vec(text(), 20..60).prop_map(|texts| texts.join("\n")),
        3 => proptest::collection::vec("[а-яё]{3,12}", 500..900).prop_map(|words| words.join(" ")),
        1 => ("[a-z]{2,9} ", text())
            .prop_map(move |(piece, text)| repeated(&piece, LONGEST_BYTES - 4 * text.len().min(9_000)) + &text),
        1 => "[а-я]{2,9} [а-я]{1,9}, ".prop_map(move |piece| repeated(&piece, LONGEST_BYTES)),
    ]
}

fn activity() -> impl Strategy<Value = Activity> {
    let participant = prop_oneof![
        text().prop_map(|group| Participant::Group { group }),
        (text(), text()).prop_map(|(name, position)| Participant::Person { name, position }),
    ];
    // Typed words are printed in place of the days, if there are any to see.
    let dates_text = text().prop_map(|text| format!("весна {text}"));
    let texts = (
        text(),
        proptest::option::of(text()),
        proptest::option::weighted(0.2, dates_text),
        content(),
        proptest::option::of(text()),
    );
    (texts, proptest::collection::vec(participant, 1..4)).prop_map(|(texts, participants)| {
        let (title, place, dates_text, content, agreements) = texts;
        let dates = vec![DateRange::day("2020-06-05".parse().expect("a day"))];
        let countries = vec!["BY".to_owned()];
        Activity { title, place, dates, dates_text, content, agreements, participants, countries }
    })
}

/// The sample with other sections.
pub(crate) fn report(sample: ReportInputs) -> impl Strategy<Value = ReportInputs> {
    let record = (activity(), any::<bool>()).prop_map(|(activity, late)| ReportRecord {
        submission_id: SubmissionId(Uuid::nil()),
        version: Version::FIRST,
        activity,
        late,
    });
    let section = (text(), proptest::collection::vec(record, 0..4)).prop_map(|(heading, records)| {
        ReportSection { municipality: "66701000".parse().expect("a code"), heading, records }
    });
    let sections = proptest::collection::vec(section, 0..4);
    sections.prop_map(move |sections| ReportInputs { sections, ..sample.clone() })
}

/// The rows that have to be found, in the order of printing, as they were typed: the heading of a section alone, an
/// activity in six cells.
pub(crate) fn expected(inputs: &ReportInputs) -> Vec<Vec<String>> {
    let mut rows = vec![];
    let mut number = 0;
    for section in inputs.sections.iter().filter(|section| !section.records.is_empty()) {
        rows.push(vec![section.heading.clone()]);
        for record in &section.records {
            number += 1;
            rows.push(expected_row(number, &record.activity));
        }
    }
    rows
}

fn expected_row(number: u32, activity: &Activity) -> Vec<String> {
    let participants = activity.participants.iter().map(|participant| match participant {
        Participant::Person { name, position } => format!("{position} {name}"),
        Participant::Group { group } => group.clone(),
        Participant::Sealed { .. } => unreachable!("reports are made as they were typed"),
    });
    let agreements = activity.agreements.as_deref().unwrap_or_default();
    vec![
        number.to_string(),
        activity.title.clone(),
        activity.place.clone().unwrap_or_default(),
        activity.dates_text.clone().unwrap_or_else(|| "5 июня".to_owned()),
        format!("{}\n{agreements}", activity.content),
        participants.collect::<Vec<_>>().join(", "),
    ]
}
