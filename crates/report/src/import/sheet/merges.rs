//! Merged ranges of a sheet: the first cell covers the others, whatever they hold.

use std::ops::RangeInclusive;

use crate::import::draft::Draft;
use crate::import::limits::COLUMNS_MAX;
use crate::import::{CannotRead, GridCell, GridRow, NoticeKind, Table};

/// A rectangle of cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) columns: RangeInclusive<usize>,
    pub(super) rows: RangeInclusive<usize>,
}

impl Range {
    /// `B2:D5`.
    pub(super) fn of(name: &str) -> Option<Self> {
        let (first, last) = name.split_once(':')?;
        let ((left, top), (right, bottom)) = (cell(first)?, cell(last)?);
        Some(Self { columns: left..=right.min(COLUMNS_MAX), rows: top..=bottom })
    }
}

/// The column and row of `AB12`, from 1.
pub(super) fn cell(name: &str) -> Option<(usize, usize)> {
    let name = name.trim_start_matches('$');
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic).count();
    let mut column = 0_usize;
    for letter in name.as_bytes()[..letters].iter().map(u8::to_ascii_uppercase) {
        column = column.checked_mul(26)?.checked_add(usize::from(letter - b'A') + 1)?;
    }
    let row = name[letters..].trim_start_matches('$').parse().ok()?;
    (column > 0 && row > 0).then_some((column, row))
}

/// Lets the first cell of each range cover the others.
pub(super) fn lay_over(ranges: &[Range], table: &mut Table, draft: &mut Draft) -> Result<(), CannotRead> {
    for range in ranges {
        let first = table.rows.partition_point(|row| row.number < *range.rows.start());
        for at in first..table.rows.len() {
            let number = table.rows[at].number;
            if number > *range.rows.end() {
                break;
            }
            let is_first = number == *range.rows.start();
            let covered = cover(&mut table.rows[at], range, is_first);
            if let Some(column) = covered {
                draft.find(&table.cell_place(number, column), NoticeKind::CoveredText);
            }
            if !is_first {
                draft.count_cell()?;
            }
        }
        table.columns = table.columns.max(if first < table.rows.len() { *range.columns.end() } else { 0 });
    }
    Ok(())
}

/// Covers the cells of one row; the column of a covered cell with text is given back.
fn cover(row: &mut GridRow, range: &Range, is_first: bool) -> Option<usize> {
    let (left, right) = (*range.columns.start(), *range.columns.end());
    let span = right.saturating_sub(left) + 1;
    let mut covered = None;
    row.cells.retain(|cell| {
        let is_covered = range.columns.contains(&cell.column) && !(is_first && cell.column == left);
        if is_covered && !cell.merged_up && !cell.paragraphs.is_empty() {
            covered = covered.or(Some(cell.column));
        }
        !is_covered
    });
    let at = row.cells.partition_point(|cell| cell.column < left);
    match row.cells.get_mut(at).filter(|cell| cell.column == left) {
        Some(cell) => cell.span = span,
        None if is_first => {}
        None => row.cells.insert(
            at,
            GridCell {
                column: left,
                span,
                merged_up: true,
                paragraphs: Vec::new(),
                bold: false,
                facts: Vec::new(),
            },
        ),
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_a_column_and_a_row() {
        let cases = [
            ("A1", Some((1, 1))),
            ("AB12", Some((28, 12))),
            ("$C$7", Some((3, 7))),
            ("xfd1048576", Some((16_384, 1_048_576))),
            ("12", None),
            ("A", None),
            ("A0", None),
            ("", None),
            ("ZZZZZZZZZZZZZZZZZZZZZZ1", None),
        ];
        for (name, wanted) in cases {
            assert_eq!(cell(name), wanted, "{name}");
        }
    }
}
