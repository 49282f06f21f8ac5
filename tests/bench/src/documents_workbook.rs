//! The cells of our workbook written again by the library alone: what nobody who writes by it can be faster than.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::Path;

use anyhow::{Context as _, Result};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook};
use serde_json::json;

use crate::documents_child::{Figures, fastest, figures};
use crate::documents_files::unpacked;

/// Looks that the cells may bear; so many are made, one for each number.
const LOOKS: usize = 16;

enum Says {
    Number(f64),
    Text(String),
    Nothing,
}

struct Cell {
    row: u32,
    column: u16,
    look: usize,
    says: Says,
}

/// A first sheet.
pub struct Sheet {
    cells: Vec<Cell>,
    heights: Vec<(u32, f64)>,
    merged: Vec<[(u32, u16); 2]>,
}

/// The first sheet of a workbook, by the library alone, to a file.
pub fn alone(built: &[u8], out: &Path) -> Result<Figures> {
    let sheet = Sheet::of(built)?;
    let held = figures(json!({}))?;
    let seconds = fastest(1, || sheet.write(BufWriter::new(File::create(out)?)))?;
    let bytes = std::fs::metadata(out)?.len();
    figures(json!({"seconds": seconds, "bytes": bytes, "held": held.0["mib"]}))
}

impl Sheet {
    /// As it stands in a workbook of ours.
    pub fn of(workbook: &[u8]) -> Result<Self> {
        let parts = unpacked(workbook)?;
        let part =
            |name: &str| parts.iter().find(|(part, _)| part == name).with_context(|| format!("no {name}"));
        let mut sheet = Self { cells: vec![], heights: vec![], merged: vec![] };
        let (_, text) = part("xl/worksheets/sheet1.xml")?;
        let mut reader = Reader::from_str(std::str::from_utf8(text)?);
        reader.config_mut().expand_empty_elements = true;
        let mut text = String::new();
        loop {
            match reader.read_event()? {
                Event::Start(start) => {
                    sheet.start(&start)?;
                    text.clear();
                }
                Event::Text(piece) => text.push_str(&piece.xml10_content()),
                Event::GeneralRef(reference) => {
                    let whole = format!("&{};", &*reference);
                    text.push_str(&quick_xml::escape::unescape(&whole)?);
                }
                Event::End(end) if matches!(end.name().as_ref(), "t" | "v") => {
                    let cell = sheet.cells.last_mut().context("a text without a cell")?;
                    cell.says = match end.name().as_ref() {
                        "t" => Says::Text(text.clone()),
                        _ => Says::Number(text.parse()?),
                    };
                }
                Event::Eof => return Ok(sheet),
                _ => {}
            }
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<()> {
        let value = |name: &str| -> Option<String> {
            let attribute = start.attributes().flatten().find(|attribute| attribute.key.as_ref() == name)?;
            Some(attribute.value.to_string())
        };
        match start.name().as_ref() {
            "row" => {
                let row: u32 = value("r").context("a row without a number")?.parse()?;
                if let Some(height) = value("ht") {
                    self.heights.push((row - 1, height.parse()?));
                }
            }
            "c" => {
                let (row, column) = place(&value("r").context("a cell without a place")?)?;
                let look = value("s").map_or(Ok(0), |look| look.parse())?;
                self.cells.push(Cell { row, column, look, says: Says::Nothing });
            }
            "mergeCell" => {
                let range = value("ref").context("a merge without a range")?;
                let (from, to) = range.split_once(':').context("no range")?;
                self.merged.push([place(from)?, place(to)?]);
            }
            _ => {}
        }
        Ok(())
    }

    /// How many cells there are.
    pub fn cells(&self) -> usize {
        self.cells.len()
    }

    /// By the library alone, in its mode of constant memory.
    pub fn write(&self, out: impl Write + Seek + Send) -> Result<()> {
        let looks: Vec<Format> = (0..LOOKS).map(look).collect();
        let mut workbook = Workbook::new();
        let mut sheet = workbook.new_worksheet_with_constant_memory()?;
        let mut heights = self.heights.iter().peekable();
        let mut merged = self.merged.iter().peekable();
        for cell in &self.cells {
            let (row, column, look) = (cell.row, cell.column, &looks[cell.look.min(LOOKS - 1)]);
            if let Some((_, height)) = heights.next_if(|(at, _)| *at == row) {
                sheet.set_row_height(row, *height)?;
            }
            match &cell.says {
                Says::Number(number) => sheet.write_number_with_format(row, column, *number, look)?,
                Says::Text(text) if cell.look == 0 => sheet.write_string(row, column, text)?,
                Says::Text(text) => match merged.next_if(|[from, _]| *from == (row, column)) {
                    Some([_, (last_row, last)]) => {
                        sheet.merge_range(row, column, *last_row, *last, text, look)?
                    }
                    None => sheet.write_string_with_format(row, column, text, look)?,
                },
                Says::Nothing if merged_over(&self.merged, row, column) => &mut sheet,
                Says::Nothing => sheet.write_blank(row, column, look)?,
            };
        }
        workbook.push_worksheet(sheet);
        workbook.save_to_writer(out)?;
        Ok(())
    }
}

fn merged_over(merged: &[[(u32, u16); 2]], row: u32, column: u16) -> bool {
    let at = merged.partition_point(|[_, (last_row, _)]| *last_row < row);
    merged
        .get(at)
        .is_some_and(|[from, to]| (from.0..=to.0).contains(&row) && (from.1..=to.1).contains(&column))
}

/// Different ones, as ours are.
fn look(number: usize) -> Format {
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let size = 11.0 + number as f64 / 4.0;
    let look = Format::new().set_font_name("Times New Roman").set_font_size(size);
    look.set_border(FormatBorder::Thin).set_align(FormatAlign::Top).set_text_wrap()
}

/// «B12» is the second column of the twelfth row, both counted from nought.
fn place(name: &str) -> Result<(u32, u16)> {
    let digits = name.find(|letter: char| letter.is_ascii_digit()).context("no row")?;
    let (letters, row) = name.split_at(digits);
    let column = letters.bytes().fold(0, |column, letter| column * 26 + u16::from(letter - b'A') + 1);
    Ok((row.parse::<u32>()? - 1, column - 1))
}
