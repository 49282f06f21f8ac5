//! The report as data: what the document prints, cell by cell, and which submissions it is printed from.

use serde::Serialize;
use svod_domain::{MunicipalityCode, Quarter, SubmissionId, Version};
use svod_engine::ReportStatus;
use svod_text::document::COLUMNS;

use crate::{Report, Row, Section};

/// The renderer, and the first field of its output.
pub(crate) const RENDERER: &str = "json/1";

#[derive(Serialize)]
struct ReportJson<'a> {
    renderer: &'static str,
    title: &'a str,
    creator: &'a str,
    quarter: Quarter,
    status: ReportStatus,
    columns: [&'static str; 6],
    sections: Vec<SectionJson<'a>>,
}

#[derive(Serialize)]
struct SectionJson<'a> {
    municipality: MunicipalityCode,
    heading: &'a str,
    rows: Vec<RowJson<'a>>,
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

/// The report as indented JSON, ending with a line feed.
pub(crate) fn json(report: &Report) -> Result<Vec<u8>, serde_json::Error> {
    let data = ReportJson {
        renderer: RENDERER,
        title: &report.title,
        creator: &report.creator,
        quarter: report.quarter,
        status: report.status,
        columns: COLUMNS,
        sections: report.sections.iter().map(section).collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&data)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn section(section: &Section) -> SectionJson<'_> {
    SectionJson {
        municipality: section.municipality,
        heading: &section.heading,
        rows: section.rows.iter().map(row).collect(),
    }
}

fn row(row: &Row) -> RowJson<'_> {
    RowJson {
        number: row.number,
        submission_id: row.submission_id,
        version: row.version,
        title: &row.title,
        place: &row.place,
        dates: &row.dates,
        content: &row.content,
        participants: &row.participants,
    }
}
