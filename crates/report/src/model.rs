//! What is printed: every text in its final words and typography, every row with its number. All formats are written
//! from this, so they cannot disagree.

use std::borrow::Cow;
use std::slice;

use svod_domain::{
    Activity, DateRange, ERASED, MunicipalityCode, Participant, Quarter, SubmissionId, Version,
};
use svod_engine::{AttestedRoot, ReportInputs, ReportRecord, ReportSection, ReportStatus};
use svod_log::Position;
use svod_text::dates::date_ranges;
use svod_text::document::report_title;
use svod_text::typography::{paragraphs, typeset};

use crate::{ReportSettings, Revision};

/// About how many letters a line of each column holds.
const LINE_CHARS: [usize; 6] = [3, 18, 12, 10, 31, 21];

/// A row of up to this many lines, about half a page, stays on one page; a higher one may break between lines, for
/// else it would push half a page of white before it.
const WHOLE_ROW_LINES_MAX: usize = 14;

/// What a document says of itself as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The whole title, with its quarter.
    pub title: String,
    /// Who issues it.
    pub creator: String,
    /// Its quarter.
    pub quarter: Quarter,
    /// Edition or preview.
    pub status: ReportStatus,
    /// The region.
    pub region: String,
    /// Where the log fixed it. `None`: nowhere, it is a preview.
    pub place: Option<LogPlace>,
    /// What it says below the table of the edition that it replaces. `None`: it replaces none.
    pub revision: Option<Revision>,
}

/// The place in the log that a document was taken at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPlace {
    /// Where the close stands.
    pub close: Position,
    /// What the close says of the log before it.
    pub attested: Option<AttestedRoot>,
}

/// The row across the table with which a municipality's part begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionHead {
    /// Whose.
    pub municipality: MunicipalityCode,
    /// The words of the row.
    pub heading: String,
}

/// An activity as a row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Running number, from 1 through the whole document.
    pub number: u32,
    /// The submission that it is printed from.
    pub submission_id: SubmissionId,
    /// Its approved version.
    pub version: Version,
    /// What it was.
    pub title: String,
    /// Where; empty for an online event.
    pub place: String,
    /// When.
    pub dates: String,
    /// What was done, and behind it what was agreed, as paragraphs.
    pub content: Vec<String>,
    /// Who took part, in one line.
    pub participants: String,
    /// From the first day to the last, for programs; `None`: no day could be read.
    pub days: Option<DateRange>,
    /// Foreign countries involved, ISO 3166-1 alpha-2.
    pub countries: Vec<String>,
    /// Whether it was filed after the deadline.
    pub late: bool,
}

impl Head {
    /// The printable form of what the inputs and the region say.
    #[must_use]
    pub fn new(inputs: &ReportInputs, settings: &ReportSettings) -> Self {
        let place = LogPlace { close: inputs.position, attested: inputs.attested.clone() };
        let region = if settings.region.is_empty() { &settings.creator } else { &settings.region };
        Self {
            title: typeset(&report_title(&settings.title, inputs.quarter)),
            creator: typeset(&settings.creator),
            quarter: inputs.quarter,
            status: inputs.status,
            region: typeset(region),
            place: (inputs.status != ReportStatus::Preview).then_some(place),
            revision: Revision::of(inputs),
        }
    }
}

impl SectionHead {
    /// Its printable form.
    #[must_use]
    pub fn new(section: &ReportSection) -> Self {
        Self { municipality: section.municipality, heading: typeset(&section.heading) }
    }
}

impl Row {
    /// The printable form of an activity that is the numberth of the document.
    #[must_use]
    pub fn new(record: &ReportRecord, quarter: Quarter, number: u32) -> Self {
        let activity = &record.activity;
        Self {
            number,
            submission_id: record.submission_id,
            version: record.version,
            title: typeset(&activity.title),
            place: activity.place.as_deref().map(typeset).unwrap_or_default(),
            dates: dates(activity, quarter),
            content: content(activity),
            participants: participants(&activity.participants),
            days: days(activity),
            countries: activity.countries.clone(),
            late: record.late,
        }
    }

    /// The six cells from left to right, each as its paragraphs.
    #[must_use]
    pub fn cells(&self) -> [Vec<Cow<'_, str>>; 6] {
        let line = |text: &'_ str| vec![Cow::Owned(text.to_owned())];
        [
            line(&format!("{}.", self.number)),
            vec![Cow::Borrowed(self.title.as_str())],
            vec![Cow::Borrowed(self.place.as_str())],
            vec![Cow::Borrowed(self.dates.as_str())],
            self.content.iter().map(|paragraph| Cow::Borrowed(paragraph.as_str())).collect(),
            vec![Cow::Borrowed(self.participants.as_str())],
        ]
    }

    /// Whether the row stays on one page where it can.
    pub(crate) fn stays_whole(&self) -> bool {
        let [number, widths @ ..] = LINE_CHARS;
        let digits = self.number.checked_ilog10().unwrap_or_default() as usize + 1;
        let cells = [
            slice::from_ref(&self.title),
            slice::from_ref(&self.place),
            slice::from_ref(&self.dates),
            self.content.as_slice(),
            slice::from_ref(&self.participants),
        ];
        let heights = cells.iter().zip(widths);
        let highest = heights.map(|(cell, width)| cell.iter().map(|text| lines(text, width)).sum()).max();
        // The dot behind the number takes a letter, too.
        highest.unwrap_or(0).max((digits + 1).div_ceil(number)) <= WHOLE_ROW_LINES_MAX
    }
}

/// About how many lines a paragraph takes in a column of that width.
fn lines(paragraph: &str, width: usize) -> usize {
    paragraph.chars().count().div_ceil(width).max(1)
}

/// The words that were typed, if there are any; else the days in words.
pub(crate) fn dates(activity: &Activity, quarter: Quarter) -> String {
    let typed = activity.dates_text.as_deref().map(typeset).unwrap_or_default();
    if typed.is_empty() { date_ranges(&activity.dates, quarter) } else { typed }
}

fn days(activity: &Activity) -> Option<DateRange> {
    let last = activity.dates.iter().map(|range| range.to).max();
    activity.first_day().zip(last).map(|(from, to)| DateRange { from, to })
}

pub(crate) fn content(activity: &Activity) -> Vec<String> {
    let mut all = paragraphs(&activity.content);
    all.extend(activity.agreements.as_deref().map(paragraphs).unwrap_or_default());
    all
}

pub(crate) fn participants(participants: &[Participant]) -> String {
    let printed: Vec<String> = participants
        .iter()
        .map(|participant| match participant {
            erased if erased.is_erased() => ERASED.to_owned(),
            Participant::Person { name, position } => format!("{} {}", position.trim(), name.trim()),
            Participant::Sealed { .. } => ERASED.to_owned(),
            Participant::Group { group } => group.trim().to_owned(),
        })
        .collect();
    typeset(&printed.join(", "))
}
