//! The report as data: what the document prints, cell by cell, and which submissions it is printed from.

use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;
use svod_domain::{Edition, MunicipalityCode, Quarter, SubmissionId, Version};
use svod_engine::ReportStatus;
use svod_text::document::COLUMNS;

use crate::{Head, Numbered, RenderError, Renderer, Revision, Row, SectionHead, Writer};

#[derive(Serialize)]
struct HeadJson<'a> {
    /// Which fields there are follows from it: whoever reads the data knows what to expect.
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

/// What `json/2` says beyond the first renderer; `null` in a first edition and in a preview.
#[derive(Serialize)]
struct RevisionJson<'a> {
    replaces: ReplacedJson,
    reasons: &'a [String],
    added: Vec<NumberedJson>,
    corrected: Vec<NumberedJson>,
    left_out: Vec<LeftOutJson<'a>>,
    renamed: Vec<RenamedJson<'a>>,
}

#[derive(Serialize)]
struct ReplacedJson {
    edition: Edition,
    closed_at: Timestamp,
}

#[derive(Serialize)]
struct NumberedJson {
    number: u32,
    submission_id: SubmissionId,
}

/// The number is that of the edition that is replaced.
#[derive(Serialize)]
struct LeftOutJson<'a> {
    number: u32,
    submission_id: SubmissionId,
    municipality: MunicipalityCode,
    heading: &'a str,
    title: &'a str,
}

#[derive(Serialize)]
struct RenamedJson<'a> {
    municipality: MunicipalityCode,
    before: &'a str,
    after: &'a str,
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

impl<'a> RevisionJson<'a> {
    fn of(revision: &'a Revision) -> Self {
        let numbered = |records: &[Numbered]| {
            let records = records.iter();
            records
                .map(|&Numbered { number, submission_id }| NumberedJson { number, submission_id })
                .collect()
        };
        let left_out = revision.left_out.iter().map(|record| LeftOutJson {
            number: record.number,
            submission_id: record.submission_id,
            municipality: record.municipality,
            heading: &record.heading,
            title: &record.title,
        });
        let renamed = revision.renamed.iter().map(|section| RenamedJson {
            municipality: section.municipality,
            before: &section.before,
            after: &section.after,
        });
        Self {
            replaces: ReplacedJson { edition: revision.replaces, closed_at: revision.closed_at },
            reasons: &revision.reasons,
            added: numbered(&revision.added),
            corrected: numbered(&revision.corrected),
            left_out: left_out.collect(),
            renamed: renamed.collect(),
        }
    }
}

impl<W: Write> Json<W> {
    /// Writes everything before the sections.
    pub(crate) fn begin(head: &Head, out: W) -> Result<Self, RenderError> {
        let revision = head.revision.as_ref().map(RevisionJson::of);
        let revision = format!(",\n  \"revision\": {}", indented(&revision, "  ")?);
        Self::begin_with(Renderer::Json2, head, &revision, out)
    }

    /// The same by the first renderer.
    pub(crate) fn begin_first(head: &Head, out: W) -> Result<Self, RenderError> {
        Self::begin_with(Renderer::Json1, head, "", out)
    }

    fn begin_with(renderer: Renderer, head: &Head, revision: &str, mut out: W) -> Result<Self, RenderError> {
        let head = HeadJson {
            renderer: renderer.as_str(),
            title: &head.title,
            creator: &head.creator,
            quarter: head.quarter,
            status: head.status,
            columns: COLUMNS,
        };
        out.write_all(opened(&head, "")?.as_bytes())?;
        out.write_all(revision.as_bytes())?;
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
