//! Cells that reach down into rows below.

use super::GridCell;
use super::limits::COLUMNS_MAX;
use super::lines::Lines;

/// What of the rows above is still open.
#[derive(Debug, Default)]
pub(super) struct Spans {
    open: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    column: usize,
    span: usize,
    rows_left: usize,
}

impl Spans {
    /// A cell begins that reaches over this many more rows.
    pub(super) fn add(&mut self, column: usize, span: usize, rows_left: usize) {
        // More of them than columns cannot be open in any real table.
        if rows_left > 0 && self.open.len() < COLUMNS_MAX {
            self.open.push(Open { column, span, rows_left });
        }
    }

    /// A row begins: the columns and spans of the cells that reach down to it, from left to right.
    pub(super) fn take_row(&mut self) -> Vec<(usize, usize)> {
        let mut reached: Vec<(usize, usize)> =
            self.open.iter().map(|open| (open.column, open.span)).collect();
        reached.sort_unstable();
        for open in &mut self.open {
            open.rows_left -= 1;
        }
        self.open.retain(|open| open.rows_left > 0);
        reached
    }
}

/// A cell that only goes on with the one above.
pub(super) fn merged_up(column: usize, span: usize) -> GridCell {
    GridCell { merged_up: true, ..Lines::default().into_cell(column, span, Vec::new()) }
}
