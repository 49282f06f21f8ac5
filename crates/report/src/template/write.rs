//! A report through a template, row by row: `docx/2` or a later one with a region's own looks.

use std::io::{Seek, Write};
use std::sync::Arc;

use svod_engine::ReportStatus;
use svod_text::dates::moment;
use svod_text::quarter::{in_quarter, quarter_name};

use super::Mark;
use super::compile::{Part, Template};
use super::segments::{Paragraphs, Values, fill};
use crate::archive::Archive;
use crate::docx::begin_package;
use crate::properties::{Properties, mark};
use crate::{Head, RenderError, Renderer, Row, SectionHead, Writer};

/// A Word document in a region's own form that is being written.
pub(crate) struct Donor<W: Write + Seek> {
    archive: Archive<W>,
    template: Arc<Template>,
    values: HeadValues,
    /// What stands behind the table.
    below: String,
    /// What is written next; kept, so that a row costs no new memory.
    buffer: String,
}

/// What is filled in once, and in every row that asks for it.
struct HeadValues {
    title: String,
    quarter: String,
    in_quarter: String,
    creator: String,
    region: String,
    state: String,
    closed: String,
    notice: &'static str,
}

impl HeadValues {
    fn new(head: &Head) -> Self {
        let closed = match head.status {
            ReportStatus::Edition { closed_at, .. } | ReportStatus::Extract { closed_at, .. } => {
                moment(closed_at)
            }
            ReportStatus::Preview => String::new(),
        };
        Self {
            title: head.title.clone(),
            quarter: quarter_name(head.quarter),
            in_quarter: in_quarter(head.quarter),
            creator: head.creator.clone(),
            region: head.region.clone(),
            state: Properties::of(head).state,
            closed,
            notice: mark(head.status).unwrap_or_default(),
        }
    }
}

impl Values for HeadValues {
    fn of(&self, mark: Mark) -> Paragraphs<'_> {
        Paragraphs::One(match mark {
            Mark::Title => &self.title,
            Mark::Quarter => &self.quarter,
            Mark::InQuarter => &self.in_quarter,
            Mark::Creator => &self.creator,
            Mark::Region => &self.region,
            Mark::State => &self.state,
            Mark::Closed => &self.closed,
            Mark::Notice => self.notice,
            // No template is compiled that has them elsewhere than in their rows.
            Mark::Municipality
            | Mark::Number
            | Mark::Name
            | Mark::Place
            | Mark::Dates
            | Mark::Content
            | Mark::Participants => "",
        })
    }
}

struct SectionValues<'a>(&'a HeadValues, &'a SectionHead);

impl Values for SectionValues<'_> {
    fn of(&self, mark: Mark) -> Paragraphs<'_> {
        if mark == Mark::Municipality { Paragraphs::One(&self.1.heading) } else { self.0.of(mark) }
    }
}

struct RowValues<'a> {
    head: &'a HeadValues,
    row: &'a Row,
    number: String,
}

impl Values for RowValues<'_> {
    fn of(&self, mark: Mark) -> Paragraphs<'_> {
        match mark {
            Mark::Number => Paragraphs::One(&self.number),
            Mark::Name => Paragraphs::One(&self.row.title),
            Mark::Place => Paragraphs::One(&self.row.place),
            Mark::Dates => Paragraphs::One(&self.row.dates),
            Mark::Content => Paragraphs::Many(&self.row.content),
            Mark::Participants => Paragraphs::One(&self.row.participants),
            other => self.head.of(other),
        }
    }
}

impl<W: Write + Seek> Donor<W> {
    /// Writes the parts that the rows have no share in, and the pages up to the first section row.
    pub(crate) fn begin(
        renderer: Renderer,
        template: Arc<Template>,
        head: &Head,
        out: W,
    ) -> Result<Self, RenderError> {
        let values = HeadValues::new(head);
        let revision = head.revision.as_ref().filter(|_| renderer.tells_revision());
        let below = revision.map(|revision| template.below.paragraphs(revision)).unwrap_or_default();
        let mut archive = begin_package(head, renderer, &template.content_types, Some(template.sha256), out)?;
        let mut buffer = String::new();
        for (name, part) in &template.parts {
            archive.open(name)?;
            match part {
                Part::Bytes(bytes) => archive.write_bytes(bytes)?,
                Part::Segments(segments) => {
                    fill(segments, &values, &mut buffer);
                    archive.write(&buffer)?;
                    buffer.clear();
                }
            }
        }
        archive.open("word/document.xml")?;
        fill(&template.opening, &values, &mut buffer);
        let mut donor = Self { archive, template, values, below, buffer };
        donor.flush()?;
        Ok(donor)
    }

    fn flush(&mut self) -> Result<(), RenderError> {
        self.archive.write(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

impl<W: Write + Seek> Writer for Donor<W> {
    fn section(&mut self, section: &SectionHead) -> Result<(), RenderError> {
        fill(&self.template.section, &SectionValues(&self.values, section), &mut self.buffer);
        self.flush()
    }

    fn row(&mut self, row: &Row) -> Result<(), RenderError> {
        let values = RowValues { head: &self.values, row, number: format!("{}.", row.number) };
        fill(&self.template.record, &values, &mut self.buffer);
        self.flush()
    }

    fn finish(mut self: Box<Self>) -> Result<(), RenderError> {
        fill(&self.template.table_closing, &self.values, &mut self.buffer);
        self.buffer.push_str(&self.below);
        fill(&self.template.closing, &self.values, &mut self.buffer);
        self.flush()?;
        self.archive.finish()
    }
}
