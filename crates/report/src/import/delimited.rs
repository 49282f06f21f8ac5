//! Rows of text with a separator, as programs export them: which separator, and which encoding, is told from the text.

use csv::{ByteRecord, ReaderBuilder};

use super::draft::Draft;
use super::limits::{COLUMNS_MAX, ELEMENT_BYTES_MAX};
use super::{CannotRead, GridCell, GridRow, Limit, Looks, NoticeKind, Place};

/// Separators, the likeliest first: Excel in Russia writes semicolons.
const SEPARATORS: [u8; 4] = [b';', b'\t', b',', b'|'];

/// Rows by which a separator is chosen.
const ROWS_LOOKED_AT: usize = 30;

/// How Excel is told the separator, on a line of its own.
const SEPARATOR_LINE: &str = "sep=";

/// Reads a text into one table.
pub(super) fn read(text: &str, draft: &mut Draft) -> Result<(), CannotRead> {
    let (text, told) = told_separator(text);
    let Some(separator) = told.or_else(|| separator(text)) else {
        return Err(CannotRead::NotADocument { looks: Looks::Text });
    };
    let mut table = draft.begin_table(None);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let mut record = ByteRecord::new();
    let mut number = 0;
    // What the reader cannot fail at is told as cut off rather than passed over.
    while reader.read_byte_record(&mut record).map_err(|_| CannotRead::Truncated)? {
        number += 1;
        let place = table.row_place(number);
        if record.len() > COLUMNS_MAX || record.as_slice().len() as u64 > ELEMENT_BYTES_MAX {
            return Err(CannotRead::TooLarge { limit: Limit::ElementBytes, max: ELEMENT_BYTES_MAX });
        }
        if record.iter().all(<[u8]>::is_empty) {
            continue;
        }
        let mut row = GridRow { number, cells: Vec::with_capacity(record.len()), is_heading: false };
        for (at, field) in record.iter().enumerate() {
            row.cells.push(cell(at + 1, &String::from_utf8_lossy(field), &place, draft)?);
        }
        if table.columns > 0 && row.cells.len() != table.columns {
            draft.find(&place, NoticeKind::UnevenRow);
        }
        if table.rows.is_empty() {
            table.columns = row.cells.len();
        }
        table.rows.push(row);
    }
    if memchr::memchr_iter(b'"', text.as_bytes()).count() % 2 == 1 {
        draft.find(&table.place(), NoticeKind::UnclosedQuote);
    }
    table.columns = table.rows.iter().map(|row| row.cells.len()).max().unwrap_or_default();
    draft.end_table(table);
    Ok(())
}

fn cell(column: usize, text: &str, place: &Place, draft: &mut Draft) -> Result<GridCell, CannotRead> {
    draft.count_cell()?;
    let mut paragraphs = Vec::new();
    for line in text.lines() {
        draft.count_paragraph()?;
        let mut visible = String::new();
        if draft.add_visible(line, &mut visible)? {
            draft.find(place, NoticeKind::InvisibleCharacters);
        }
        paragraphs.push(visible);
    }
    Ok(GridCell { column, span: 1, merged_up: false, paragraphs, bold: false, facts: Vec::new() })
}

/// What stands behind a line that names the separator, and that separator.
fn told_separator(text: &str) -> (&str, Option<u8>) {
    let Some(rest) = text.strip_prefix(SEPARATOR_LINE) else { return (text, None) };
    let (line, rest) = rest.split_once('\n').unwrap_or((rest, ""));
    match line.trim_end_matches('\r').as_bytes() {
        [separator] if separator.is_ascii_punctuation() || *separator == b'\t' => (rest, Some(*separator)),
        _ => (text, None),
    }
}

/// The separator by which most of the first rows have the same number of cells; nothing if no row has two.
fn separator(text: &str) -> Option<u8> {
    let scored = SEPARATORS.iter().map(|separator| (score(text, *separator), *separator));
    let best = scored.fold((0, 0), |best, this| if this.0 > best.0 { this } else { best });
    (best.0 > 0).then_some(best.1)
}

/// Rows with the commonest number of cells, times that number. A single row, or rows that rarely agree, are prose with
/// commas in it.
fn score(text: &str, separator: u8) -> usize {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let lengths: Vec<usize> =
        reader.byte_records().take(ROWS_LOOKED_AT).flatten().map(|record| record.len()).collect();
    let rows_of = |length: usize| lengths.iter().filter(|other| **other == length).count();
    let Some(commonest) =
        lengths.iter().copied().filter(|length| *length > 1).max_by_key(|&length| rows_of(length))
    else {
        return 0;
    };
    let rows = rows_of(commonest);
    let is_prose = separator == b',' && (rows < 2 || rows * 2 < lengths.len());
    if is_prose { 0 } else { rows * commonest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_is_known_by_rows_that_agree() {
        let cases = [
            ("№;Место\n1;Ельня, Починок\n2;Рудня\n", Some(b';')),
            ("№,Место\n1,Ельня\n", Some(b',')),
            ("№\tМесто\n1\tЕльня\n", Some(b'\t')),
            ("1;а,б,в,г\n2;а,б,в,г\n", Some(b',')),
            ("Уважаемый, добрый день.\nНаправляем отчёт.\n", None),
            ("Просто текст", None),
            ("", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(separator(text), wanted, "{text}");
        }
    }
}
