//! What the measured documents say: a quarter as large as is asked for, in invented words that are met as often as those of
//! a language are, so that it packs as real text does; and the same rows, printed, for the writers of others.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use jiff::ToSpan as _;
use jiff::civil::date;
use serde_json::{Value, json};
use svod_domain::{Activity, DateRange, MunicipalityCode, Participant, SubmissionId, Version, register};
use svod_engine::{ReportInputs, ReportRecord, ReportSection};
use svod_report::{Format, ReportSettings, render};
use uuid::Uuid;

use crate::messages::QUARTER;

/// Words that there are, as many as a dictionary of daily use has.
const WORDS: usize = 30_000;

/// Syllables of the words begin and end with these, the frequent ones oftener.
const BEGINNINGS: [&str; 20] =
    ["п", "н", "с", "в", "т", "к", "р", "л", "м", "д", "пр", "ст", "б", "г", "з", "ч", "ж", "гр", "х", "ш"];
const MIDDLES: [&str; 12] = ["о", "е", "а", "и", "о", "а", "и", "у", "я", "ы", "ю", "ё"];
const ENDS: [&str; 8] = ["", "", "", "", "н", "т", "л", "й"];

/// Where the records come from, one after another; the same in every run.
pub struct Corpus {
    state: u64,
    words: Vec<String>,
    made: u128,
}

/// A part of the quarter: a municipality, its heading, how many records it has.
pub type Part = (MunicipalityCode, String, usize);

impl Corpus {
    /// At its first record.
    pub fn new() -> Self {
        let mut corpus = Self { state: 0x9e37_79b9_7f4a_7c15, words: vec![], made: 0 };
        corpus.words = (0..WORDS).map(|_| corpus.new_word()).collect();
        corpus
    }

    /// The next record.
    pub fn record(&mut self) -> ReportRecord {
        self.made += 1;
        let title = self.text(6, 10);
        let place = self.text(2, 4);
        let content = format!("{} – {}.\n{}.", self.text(6, 12), self.text(3, 5), self.text(6, 12));
        let (surname, position, group) = (self.text(1, 1), self.text(2, 4), self.text(2, 4));
        let first = date(2020, 4, 1).saturating_add(i64::try_from(self.below(85)).unwrap_or_default().days());
        let last = first.saturating_add(i64::try_from(self.below(6)).unwrap_or_default().days());
        let person = Participant::Person { name: format!("А.В. {surname}"), position };
        let group = Participant::Group { group: group.to_lowercase() };
        ReportRecord {
            submission_id: SubmissionId(Uuid::from_u128(self.made << 64 | 0x7000_8000_0000_0000_0000)),
            version: Version::FIRST,
            late: false,
            activity: Activity {
                title: format!("{title} «{}»", self.text(1, 3)),
                place: Some(format!("г. {place}")),
                dates: vec![DateRange { from: first, to: last }],
                dates_text: None,
                content,
                // What XML has to escape stands in one record of eight.
                agreements: (self.below(8) == 0)
                    .then(|| format!("{} & <{}> № 5", self.text(1, 2), self.text(1, 1))),
                participants: vec![person, group],
                countries: vec!["BY".to_owned()],
            },
        }
    }

    /// Some words, the first with a capital.
    fn text(&mut self, least: usize, most: usize) -> String {
        let count = least + self.below(most - least + 1);
        let mut text = String::new();
        for index in 0..count {
            let at = self.rank();
            let word = &self.words[at];
            if index == 0 {
                let mut letters = word.chars();
                text.extend(letters.next().into_iter().flat_map(char::to_uppercase));
                text.push_str(letters.as_str());
            } else {
                text.push(' ');
                text.push_str(word);
            }
        }
        text
    }

    /// A word's place: the tenth is met a tenth as often as the first (Zipf).
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place among thirty thousand"
    )]
    fn rank(&mut self) -> usize {
        let part = self.below(1 << 24) as f64 / f64::from(1 << 24);
        ((WORDS as f64).powf(part) as usize).saturating_sub(1).min(WORDS - 1)
    }

    fn new_word(&mut self) -> String {
        let syllables = 2 + self.below(3);
        let mut word = String::new();
        for _ in 0..syllables {
            word.push_str(self.one_of(&BEGINNINGS));
            word.push_str(self.one_of(&MIDDLES));
            word.push_str(self.one_of(&ENDS));
        }
        word
    }

    /// One of them, the first oftenest.
    fn one_of(&mut self, all: &[&'static str]) -> &'static str {
        let (one, other) = (self.below(all.len()), self.below(all.len()));
        all[one.min(other)]
    }

    /// xorshift: what is the same in every run needs no source of chance.
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 33).unwrap_or_default() % bound
    }
}

/// The municipalities of the quarter with their shares of so many records.
pub fn parts(records: usize) -> Result<Vec<Part>> {
    let day = QUARTER.parse::<svod_domain::Quarter>()?.last_day();
    let holds = |entry: &register::Entry| entry.from <= day && entry.until.is_none_or(|until| day < until);
    let entries: Vec<register::Entry> = register::built_in().into_iter().filter(holds).collect();
    let count = entries.len();
    let part = |(index, entry): (usize, register::Entry)| {
        let share = records / count + usize::from(index < records % count);
        (entry.municipality, entry.report_heading, share)
    };
    Ok(entries.into_iter().enumerate().map(part).filter(|(.., share)| *share > 0).collect())
}

/// A first edition without records.
pub fn bare() -> Result<ReportInputs> {
    Ok(serde_json::from_value(json!({
        "quarter": QUARTER,
        "status": {"kind": "edition", "edition": 1, "closed_at": "2020-07-15T15:00:00Z"},
        "position": 42,
        "sections": [],
    }))?)
}

/// A first edition of so many records.
pub fn inputs(records: usize) -> Result<ReportInputs> {
    let mut corpus = Corpus::new();
    let mut inputs = bare()?;
    for (municipality, heading, share) in parts(records)? {
        let records = (0..share).map(|_| corpus.record()).collect();
        inputs.sections.push(ReportSection { municipality, heading, records });
    }
    Ok(inputs)
}

/// Writes what others are given: a line with the title and the headings of the columns, then one for each section and each
/// row, in their printed words.
pub fn write_lines(records: usize, path: &Path) -> Result<()> {
    let rendered = render(&inputs(records)?, &ReportSettings::default(), Format::Json)?;
    let report: Value = serde_json::from_slice(&rendered.bytes)?;
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "{}", json!({"title": report["title"], "columns": report["columns"]}))?;
    for section in report["sections"].as_array().context("no sections")? {
        writeln!(out, "{}", json!({"section": section["heading"]}))?;
        for row in section["rows"].as_array().context("no rows")? {
            let cells: Vec<&Value> =
                ["title", "place", "dates", "content", "participants"].map(|cell| &row[cell]).into();
            let number = Value::String(format!("{}.", row["number"]));
            let row: Vec<&Value> = std::iter::once(&number).chain(cells).collect();
            writeln!(out, "{}", json!({"row": row}))?;
        }
    }
    Ok(out.flush()?)
}

/// What a file of a run is called.
pub fn file(records: usize, extension: &str) -> String {
    format!("report-{records}.{extension}")
}
