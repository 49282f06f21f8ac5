//! The same documents by docx-rs, and docx-rs as a reader.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Cursor};
use std::path::Path;

use anyhow::{Context as _, Result};
use docx_rs::{
    AlignmentType, DocumentChild, Docx, Header, PageMargin, PageNum, PageOrientationType, Paragraph,
    ParagraphChild, Run, RunChild, Table, TableCell, TableCellContent, TableChild, TableLayoutType, TableRow,
    TableRowChild, WidthType, read_docx,
};
use serde_json::{Value, json};

use crate::documents_child::{Figures, fastest, figures};

/// Widths of the columns in twentieths of a point, those of ours.
const WIDTHS: [usize; 6] = [655, 2729, 1910, 1637, 4529, 3110];
/// The width of all.
const WIDTH: usize = 14570;
const REPEATS: usize = 2;

/// From rows in memory to a file in memory; or from lines of a file to a file, for what it holds itself.
pub fn docx_rs(lines: &Path, out: Option<&Path>) -> Result<Figures> {
    let lines = BufReader::new(File::open(lines)?).lines();
    let parsed = lines.map(|line| anyhow::Ok(serde_json::from_str::<Value>(&line?)?));
    if let Some(out) = out {
        let mut rows = vec![];
        for line in parsed {
            rows.extend(row(&line?)?);
        }
        let seconds = fastest(1, || Ok(document(std::mem::take(&mut rows)).pack(File::create(out)?)?))?;
        return figures(json!({"seconds": seconds, "bytes": std::fs::metadata(out)?.len()}));
    }
    let parsed: Vec<Value> = parsed.collect::<Result<_>>()?;
    let mut bytes = 0;
    let seconds = fastest(REPEATS, || {
        let mut rows = vec![];
        for line in &parsed {
            rows.extend(row(line)?);
        }
        let mut out = Cursor::new(vec![]);
        document(rows).pack(&mut out)?;
        bytes = black_box(out).into_inner().len();
        Ok(())
    })?;
    figures(json!({"seconds": seconds, "bytes": bytes}))
}

fn document(rows: Vec<TableRow>) -> Docx {
    let number = Paragraph::new().align(AlignmentType::Center).add_page_num(PageNum::new());
    let margins =
        PageMargin { top: 1134, left: 1701, bottom: 1134, right: 567, header: 567, footer: 567, gutter: 0 };
    let table = Table::new(rows)
        .set_grid(WIDTHS.to_vec())
        .width(WIDTH, WidthType::Dxa)
        .layout(TableLayoutType::Fixed);
    Docx::new()
        .page_size(16838, 11906)
        .page_orient(PageOrientationType::Landscape)
        .page_margin(margins)
        .header(Header::new().add_paragraph(number))
        .title_pg()
        .add_table(table)
}

/// The row of a line; of the first that of the headings.
fn row(line: &Value) -> Result<Vec<TableRow>> {
    if let Some(heading) = line["section"].as_str() {
        let cell = TableCell::new().width(WIDTH, WidthType::Dxa).grid_span(6);
        return Ok(vec![
            TableRow::new(vec![cell.add_paragraph(paragraph("SectionHeading", heading))]).cant_split(),
        ]);
    }
    let cells =
        line["row"].as_array().or_else(|| line["columns"].as_array()).context("neither section nor row")?;
    let cells = cells.iter().zip(WIDTHS).map(|(cell, width)| {
        let empty = TableCell::new().width(width, WidthType::Dxa);
        match cell {
            Value::Array(paragraphs) => paragraphs
                .iter()
                .filter_map(Value::as_str)
                .fold(empty, |cell, text| cell.add_paragraph(paragraph("CellText", text))),
            other => empty.add_paragraph(paragraph("CellText", other.as_str().unwrap_or_default())),
        }
    });
    Ok(vec![TableRow::new(cells.collect()).cant_split()])
}

fn paragraph(style: &str, text: &str) -> Paragraph {
    Paragraph::new().style(style).add_run(Run::new().add_text(text))
}

/// From the bytes of a file to the texts of its cells.
pub fn docx_rs_read(path: &Path) -> Result<Figures> {
    let bytes = std::fs::read(path)?;
    let mut letters = 0;
    let seconds = fastest(REPEATS, || {
        let document = read_docx(&bytes)?;
        letters = document.document.children.iter().map(in_child).sum();
        Ok(())
    })?;
    figures(json!({"seconds": seconds, "letters": letters}))
}

fn in_child(child: &DocumentChild) -> usize {
    let DocumentChild::Table(table) = child else { return 0 };
    let mut letters = 0;
    for TableChild::TableRow(row) in &table.rows {
        for TableRowChild::TableCell(cell) in &row.cells {
            let paragraphs = cell.children.iter().filter_map(|content| match content {
                TableCellContent::Paragraph(paragraph) => Some(&**paragraph),
                _ => None,
            });
            letters += paragraphs.map(text).map(|text| text.len()).sum::<usize>();
        }
    }
    letters
}

fn text(paragraph: &Paragraph) -> String {
    let mut text = String::new();
    for child in paragraph.children() {
        let ParagraphChild::Run(run) = child else { continue };
        for piece in &run.children {
            if let RunChild::Text(piece) = piece {
                text.push_str(&piece.text);
            }
        }
    }
    text
}
