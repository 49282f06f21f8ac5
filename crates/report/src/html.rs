//! The report as a page for a browser: what a reviewer looks at before the close, on the same rows as the documents. It stands
//! alone: no script, nothing fetched, and printed it is the landscape sheet of the Word file.

use std::io::Write;

use svod_text::document::COLUMNS;

use crate::properties::mark;
use crate::xml::{escape, escaped};
use crate::{Head, RenderError, Revision, Row, SectionHead, Writer};

/// Shares of the columns in hundredths of the width, as in the documents.
const WIDTHS: [&str; 6] = ["4.5", "18.7", "13.1", "11.3", "31.1", "21.3"];

const STYLE: &str = "\
@page{size:A4 landscape;margin:20mm 10mm 20mm 30mm}\
body{margin:1em auto;padding:0 1em;max-width:80em;font:12pt/1.25 'Times New Roman','Liberation Serif',Tinos,serif;color:#000;background:#fff}\
h1{font-size:14pt;text-align:center}\
.mark{color:#c00000;font-weight:bold;text-align:center}\
table{width:100%;border-collapse:collapse;table-layout:fixed}\
th,td{border:1px solid #000;padding:.15em .3em;vertical-align:top;text-align:left;overflow-wrap:anywhere}\
thead th{vertical-align:middle;text-align:center;position:sticky;top:0;background:#fff}\
tbody th,td:first-child{text-align:center}\
p{margin:0}\
@media print{body{margin:0;padding:0;max-width:none}thead th{position:static}tr{break-inside:avoid}tbody th{break-after:avoid}}";

/// Of what stands below the table, since `html/2`.
const REVISION_STYLE: &str = "h2{font-size:12pt;margin:1em 0 .3em;break-after:avoid}";

/// A page that is being written.
pub(crate) struct Html<W> {
    out: W,
    /// What is written next; kept, so that a row costs no new memory.
    buffer: String,
    is_in_section: bool,
    /// What stands below the table.
    below: String,
}

impl<W: Write> Html<W> {
    /// Writes the page up to its first section row.
    pub(crate) fn begin(head: &Head, mut out: W) -> Result<Self, RenderError> {
        out.write_all(opening(head, REVISION_STYLE).as_bytes())?;
        let below = head.revision.as_ref().map(revision).unwrap_or_default();
        Ok(Self { out, buffer: String::new(), is_in_section: false, below })
    }

    /// The same by the first renderer.
    pub(crate) fn begin_first(head: &Head, mut out: W) -> Result<Self, RenderError> {
        out.write_all(opening(head, "").as_bytes())?;
        Ok(Self { out, buffer: String::new(), is_in_section: false, below: String::new() })
    }

    fn flush(&mut self) -> Result<(), RenderError> {
        self.out.write_all(self.buffer.as_bytes())?;
        self.buffer.clear();
        Ok(())
    }

    fn end_section(&mut self) {
        if self.is_in_section {
            self.buffer.push_str("</tbody>");
        }
    }
}

impl<W: Write> Writer for Html<W> {
    fn section(&mut self, section: &SectionHead) -> Result<(), RenderError> {
        self.end_section();
        self.is_in_section = true;
        section_row(section, &mut self.buffer);
        self.flush()
    }

    fn row(&mut self, row: &Row) -> Result<(), RenderError> {
        activity_row(row, &mut self.buffer);
        self.flush()
    }

    fn finish(mut self: Box<Self>) -> Result<(), RenderError> {
        self.end_section();
        self.buffer.push_str("</table>");
        self.buffer.push_str(&self.below);
        self.buffer.push_str("</body></html>\n");
        self.flush()
    }
}

/// Everything before the first section row.
fn opening(head: &Head, more_style: &str) -> String {
    let title = escaped(&head.title);
    let mark = mark(head.status).map(|mark| format!("<p class=\"mark\">{}</p>", escaped(mark)));
    let columns = WIDTHS.map(|width| format!("<col style=\"width:{width}%\"/>")).concat();
    let headings = COLUMNS.map(|heading| format!("<th scope=\"col\">{}</th>", escaped(heading))).concat();
    [
        "<!DOCTYPE html>\n<html lang=\"ru\"><head><meta charset=\"utf-8\"/>",
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"/>",
        &format!("<title>{title}</title><style>{STYLE}{more_style}</style></head><body>"),
        &mark.unwrap_or_default(),
        &format!("<h1>{title}</h1><table><colgroup>{columns}</colgroup>"),
        &format!("<thead><tr>{headings}</tr></thead>"),
    ]
    .concat()
}

/// What stands below the table.
fn revision(revision: &Revision) -> String {
    let paragraphs = revision.paragraphs().into_iter().map(|text| format!("<p>{}</p>", escaped(&text)));
    let heading = escaped(&revision.heading());
    format!("<section><h2>{heading}</h2>{}</section>", paragraphs.collect::<String>())
}

/// Each municipality is a group of rows.
fn section_row(section: &SectionHead, out: &mut String) {
    out.push_str("<tbody><tr><th colspan=\"6\" scope=\"rowgroup\">");
    escape(&section.heading, out);
    out.push_str("</th></tr>");
}

fn activity_row(row: &Row, out: &mut String) {
    out.push_str("<tr>");
    for paragraphs in row.cells() {
        out.push_str("<td>");
        for text in paragraphs.iter().filter(|text| !text.is_empty()) {
            out.push_str("<p>");
            escape(text, out);
            out.push_str("</p>");
        }
        out.push_str("</td>");
    }
    out.push_str("</tr>\n");
}
