//! The report as data: what the document prints, cell by cell, and which submissions it is printed from.

use std::io::Write;

use serde::Serialize;
use svod_domain::{MunicipalityCode, Quarter, SubmissionId, Version};
use svod_engine::ReportStatus;
use svod_text::document::COLUMNS;

use crate::{Head, RenderError, Renderer, Row, SectionHead, Writer};

#[derive(Serialize)]
struct HeadJson<'a> {
    /// Only this renderer has these fields: whoever reads the data knows what to expect.
    renderer: &'static str,
    title: &'a str,
    creator: &'a str,
    quarter: Quarter,
    status: ReportStatus,
    columns: [&'static str; 6],
}

#[derive(Serialize)]
struct SectionJson<'a> {
    municipality: MunicipalityCode,
    heading: &'a str,
}

#[derive(Serialize)]
struct RowJson<'a> {
    number: u32,
    submission_id: SubmissionId,
    version: Version,
    title: &'a str,
    place: &'a str,
    dates: &'a str,
    content: &'a [String],
    participants: &'a str,
}

/// Where the writer is in the data.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    BeforeSections,
    BeforeRows,
    InRows,
}

/// Indented JSON that is being written; it ends with a line feed.
pub(crate) struct Json<W> {
    out: W,
    place: Place,
}

/// What ends the rows of a section and itself.
const SECTION_END: &str = "\n      ]\n    }";

impl<W: Write> Json<W> {
    /// Writes everything before the sections.
    pub(crate) fn begin(head: &Head, mut out: W) -> Result<Self, RenderError> {
        let head = HeadJson {
            renderer: Renderer::Json1.as_str(),
            title: &head.title,
            creator: &head.creator,
            quarter: head.quarter,
            status: head.status,
            columns: COLUMNS,
        };
        out.write_all(opened(&head, "")?.as_bytes())?;
        out.write_all(b",\n  \"sections\": [")?;
        Ok(Self { out, place: Place::BeforeSections })
    }
}

impl<W: Write> Writer for Json<W> {
    fn section(&mut self, section: &SectionHead) -> Result<(), RenderError> {
        let before = match self.place {
            Place::BeforeSections => "\n    ".to_owned(),
            Place::BeforeRows | Place::InRows => format!("{SECTION_END},\n    "),
        };
        let section = SectionJson { municipality: section.municipality, heading: &section.heading };
        let text = before + &opened(&section, "    ")? + ",\n      \"rows\": [";
        self.place = Place::BeforeRows;
        Ok(self.out.write_all(text.as_bytes())?)
    }

    fn row(&mut self, row: &Row) -> Result<(), RenderError> {
        let data = RowJson {
            number: row.number,
            submission_id: row.submission_id,
            version: row.version,
            title: &row.title,
            place: &row.place,
            dates: &row.dates,
            content: &row.content,
            participants: &row.participants,
        };
        let before = if self.place == Place::InRows { "," } else { "" };
        let text = format!("{before}\n        {}", indented(&data, "        ")?);
        self.place = Place::InRows;
        Ok(self.out.write_all(text.as_bytes())?)
    }

    fn finish(mut self: Box<Self>) -> Result<(), RenderError> {
        let end = match self.place {
            Place::BeforeSections => "]\n}\n".to_owned(),
            Place::BeforeRows | Place::InRows => format!("{SECTION_END}\n  ]\n}}\n"),
        };
        Ok(self.out.write_all(end.as_bytes())?)
    }
}

/// Indented JSON whose further lines begin with the indent. A text of JSON has no line feed of its own.
fn indented(data: &impl Serialize, indent: &str) -> Result<String, RenderError> {
    Ok(serde_json::to_string_pretty(data)?.replace('\n', &format!("\n{indent}")))
}

/// The same object without its end, so that it can have one more field.
fn opened(data: &impl Serialize, indent: &str) -> Result<String, RenderError> {
    let mut text = indented(data, indent)?;
    text.truncate(text.len() - "\n}".len() - indent.len());
    Ok(text)
}
