//! Two reports as one Word document in which every difference is a tracked change (ISO/IEC 29500-1, 17.13.5): whoever
//! accepts all of them has the later report, whoever rejects all has the earlier.

mod words;

use std::borrow::Cow;
use std::io::{Seek, Write};

use similar::{Algorithm, ChangeTag, capture_diff_slices};
use svod_domain::{MunicipalityCode, SubmissionId};
use svod_engine::ReportInputs;

use super::body::{ACROSS, CELL_STYLES, WIDTH, WIDTHS, cell_opening, revision_lines};
use super::write::Docx;
use crate::properties::Properties;
use crate::writer::write_report;
use crate::xml::escaped;
use crate::{Head, RenderError, ReportSettings, Row, SectionHead, Writer};

/// A report whose differences from an earlier one are shown.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// What it prints.
    pub inputs: &'a ReportInputs,
    /// The region's words in it.
    pub settings: &'a ReportSettings,
}

/// Writes the later report with its differences from the earlier one. The same two give the same bytes, always and everywhere.
pub(crate) fn tracked(before: Side<'_>, after: Side<'_>, out: impl Write + Seek) -> Result<(), RenderError> {
    let heads = [before, after].map(|side| Head::new(side.inputs, side.settings));
    let [earlier, later] = &heads;
    let (author, date) = (escaped(&later.creator), Properties::of(later).time);
    let mut mark = Mark { next: 0, author: &author, date: &date };
    let mut title = String::new();
    words::paragraphs(&mut mark, "Title", &earlier.title, &later.title, &mut title);
    let mut document = Docx::begin_titled(later, &title, out)?;
    let (before, after) = (lines(before.inputs)?, lines(after.inputs)?);
    let keys = [&before, &after].map(|lines| lines.iter().map(Line::key).collect::<Vec<_>>());
    let mut row = String::new();
    for operation in capture_diff_slices(Algorithm::Patience, &keys[0], &keys[1]) {
        let (tag, was, is) = operation.as_tag_tuple();
        if tag == similar::DiffTag::Equal {
            for (was, is) in before[was].iter().zip(&after[is]) {
                both(&mut mark, was, is, &mut row);
            }
        } else {
            before[was].iter().for_each(|line| one(&mut mark, ChangeTag::Delete, line, &mut row));
            after[is].iter().for_each(|line| one(&mut mark, ChangeTag::Insert, line, &mut row));
        }
        document.raw_row(&row)?;
        row.clear();
    }
    let lines_below =
        heads.each_ref().map(|head| head.revision.as_ref().map(revision_lines).unwrap_or_default());
    below(&mut mark, &lines_below, &mut document.below);
    Box::new(document).finish()
}

/// What stands below the tables: the same, or all of the earlier taken out and all of the later put in, for no line of one
/// answers one of the other. What is last is no line of either, so the ends of all lines can come and go.
fn below(mark: &mut Mark<'_>, [earlier, later]: &[Vec<(&str, String)>; 2], out: &mut String) {
    let changes = if earlier == later {
        vec![(ChangeTag::Equal, later)]
    } else {
        vec![(ChangeTag::Delete, earlier), (ChangeTag::Insert, later)]
    };
    for (tag, lines) in changes {
        for (style, text) in lines {
            words::paragraph(mark, style, tag, text, out);
        }
    }
}

/// A row of the table.
enum Line {
    Section(SectionHead),
    Row(Box<Row>),
}

/// What makes a row the same in two reports, whatever it says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    Section(MunicipalityCode),
    Row(SubmissionId),
}

impl Line {
    fn key(&self) -> Key {
        match self {
            Self::Section(section) => Key::Section(section.municipality),
            Self::Row(row) => Key::Row(row.submission_id),
        }
    }

    /// Its cells: width, what is said of columns, style, text with one line for a paragraph.
    fn cells(&self) -> Vec<(u32, &'static str, &'static str, String)> {
        match self {
            Self::Section(section) => vec![(WIDTH, ACROSS, "SectionHeading", section.heading.clone())],
            Self::Row(row) => {
                let texts = row.cells().map(|paragraphs| joined(&paragraphs));
                let cells = texts.into_iter().zip(CELL_STYLES).zip(WIDTHS);
                cells.map(|((text, style), width)| (width, "", style, text)).collect()
            }
        }
    }

    fn stays_whole(&self) -> bool {
        match self {
            Self::Section(_) => true,
            Self::Row(row) => row.stays_whole(),
        }
    }
}

fn joined(paragraphs: &[Cow<'_, str>]) -> String {
    paragraphs.join("\n")
}

/// The rows of a report, in order.
fn lines(inputs: &ReportInputs) -> Result<Vec<Line>, RenderError> {
    struct Lines<'a>(&'a mut Vec<Line>);
    impl Writer for Lines<'_> {
        fn section(&mut self, section: &SectionHead) -> Result<(), RenderError> {
            self.0.push(Line::Section(section.clone()));
            Ok(())
        }

        fn row(&mut self, row: &Row) -> Result<(), RenderError> {
            self.0.push(Line::Row(Box::new(row.clone())));
            Ok(())
        }

        fn finish(self: Box<Self>) -> Result<(), RenderError> {
            Ok(())
        }
    }
    let mut lines = vec![];
    write_report(inputs, vec![Box::new(Lines(&mut lines))])?;
    Ok(lines)
}

/// A row that both have.
fn both(mark: &mut Mark<'_>, was: &Line, is: &Line, out: &mut String) {
    row_opening(mark, is, ChangeTag::Equal, out);
    for (was, (width, span, style, text)) in was.cells().into_iter().zip(is.cells()) {
        cell_opening(width, span, out);
        words::paragraphs(mark, style, &was.3, &text, out);
        out.push_str("</w:tc>");
    }
    out.push_str("</w:tr>");
}

/// A row that only one of them has.
fn one(mark: &mut Mark<'_>, tag: ChangeTag, line: &Line, out: &mut String) {
    row_opening(mark, line, tag, out);
    for (width, span, style, text) in line.cells() {
        cell_opening(width, span, out);
        let (was, is) = if tag == ChangeTag::Delete { (text.as_str(), "") } else { ("", text.as_str()) };
        words::paragraphs(mark, style, was, is, out);
        out.push_str("</w:tc>");
    }
    out.push_str("</w:tr>");
}

fn row_opening(mark: &mut Mark<'_>, line: &Line, tag: ChangeTag, out: &mut String) {
    out.push_str("<w:tr>");
    let (whole, changed) = (line.stays_whole(), mark.empty(tag));
    if whole || !changed.is_empty() {
        out.push_str("<w:trPr>");
        out.push_str(if whole { "<w:cantSplit/>" } else { "" });
        out.push_str(&changed);
        out.push_str("</w:trPr>");
    }
}

/// Who changed what, and when: what every tracked change says of itself.
struct Mark<'a> {
    /// Each change of a document has a number of its own.
    next: u32,
    author: &'a str,
    date: &'a str,
}

impl Mark<'_> {
    fn opening(&mut self, name: &str) -> String {
        self.next += 1;
        let Self { next, author, date } = self;
        format!(r#"<w:{name} w:id="{next}" w:author="{author}" w:date="{date}""#)
    }

    /// The element that says it of what it stands in; empty where nothing changed.
    fn empty(&mut self, tag: ChangeTag) -> String {
        name(tag).map(|name| self.opening(name) + "/>").unwrap_or_default()
    }

    /// Begins what stands around a run; the answer ends it.
    fn around(&mut self, tag: ChangeTag, out: &mut String) -> &'static str {
        let Some(name) = name(tag) else { return "" };
        out.push_str(&self.opening(name));
        out.push('>');
        if tag == ChangeTag::Delete { "</w:del>" } else { "</w:ins>" }
    }

    /// Begins a paragraph whose end came or went.
    fn paragraph(&mut self, style: &str, end: ChangeTag, out: &mut String) {
        out.push_str(r#"<w:p><w:pPr><w:pStyle w:val=""#);
        out.push_str(style);
        out.push_str(r#""/>"#);
        let changed = self.empty(end);
        if !changed.is_empty() {
            out.push_str("<w:rPr>");
            out.push_str(&changed);
            out.push_str("</w:rPr>");
        }
        out.push_str("</w:pPr>");
    }
}

fn name(tag: ChangeTag) -> Option<&'static str> {
    match tag {
        ChangeTag::Equal => None,
        ChangeTag::Delete => Some("del"),
        ChangeTag::Insert => Some("ins"),
    }
}
