//! A table of a page while its rows and cells come.

use crate::import::draft::{Draft, add_fact};
use crate::import::limits::COLUMNS_MAX;
use crate::import::lines::Lines;
use crate::import::spans::{Spans, merged_up};
use crate::import::{CannotRead, Fact, GridRow, Place, Table};

/// Rows that a cell may reach down, as the standard has it.
const ROWS_SPANNED_MAX: usize = 65_534;

/// What becomes of a table that ends.
pub(super) enum Closed {
    /// It is a block of the grid.
    Block(Table),
    /// Its rows are lines of the cell that it stands in.
    Listed(Vec<GridRow>),
}

#[derive(Debug)]
struct OpenCell {
    column: usize,
    span: usize,
    lines: Lines,
    /// Facts of the cell that belong to none of its paragraphs.
    facts: Vec<Fact>,
}

#[derive(Debug)]
struct OpenRow {
    row: GridRow,
    /// Cells from above that have not been put down yet: columns and spans, from left to right.
    reached: Vec<(usize, usize)>,
    column: usize,
    is_hidden: bool,
}

#[derive(Debug)]
pub(super) struct Cells {
    table: Table,
    pub(super) is_listed: bool,
    /// Whether rows belong to the heading now.
    pub(super) is_heading: bool,
    spans: Spans,
    row: Option<OpenRow>,
    cell: Option<OpenCell>,
}

impl Cells {
    pub(super) fn of(table: Table) -> Self {
        Self { table, is_listed: false, is_heading: false, spans: Spans::default(), row: None, cell: None }
    }

    pub(super) fn listed() -> Self {
        let table = Table { number: 0, sheet: None, columns: 0, rows: Vec::new() };
        Self { is_listed: true, ..Self::of(table) }
    }

    pub(super) fn number(&self) -> usize {
        self.table.number
    }

    /// Columns that are known so far.
    pub(super) fn columns(&self) -> usize {
        let here = self.cell.as_ref().map_or(0, |cell| cell.column + cell.span - 1);
        self.table.columns.max(here)
    }

    pub(super) fn has_cell(&self) -> bool {
        self.cell.is_some()
    }

    /// The paragraphs of the cell that is open.
    pub(super) fn lines(&mut self) -> Option<&mut Lines> {
        self.cell.as_mut().map(|cell| &mut cell.lines)
    }

    pub(super) fn add_fact(&mut self, fact: Fact) {
        if let Some(cell) = &mut self.cell {
            add_fact(&mut cell.facts, fact);
        }
    }

    pub(super) fn place(&self) -> Place {
        match (&self.row, &self.cell) {
            (Some(row), Some(cell)) => self.table.cell_place(row.row.number, cell.column),
            (Some(row), None) => self.table.row_place(row.row.number),
            (None, _) => self.table.place(),
        }
    }

    pub(super) fn begin_row(&mut self, is_hidden: bool) {
        let number = self.table.rows.len() + 1;
        let row = GridRow { number, cells: Vec::new(), is_heading: self.is_heading };
        self.row = Some(OpenRow { row, reached: self.spans.take_row(), column: 1, is_hidden });
    }

    pub(super) fn begin_cell(
        &mut self,
        span: usize,
        rows: usize,
        draft: &mut Draft,
    ) -> Result<(), CannotRead> {
        if self.row.is_none() {
            self.begin_row(false);
        }
        let Some(open) = &mut self.row else { return Ok(()) };
        while let Some(&(at, span)) = open.reached.first().filter(|(at, _)| *at <= open.column) {
            draft.count_cell()?;
            open.row.cells.push(merged_up(at, span));
            open.column = open.column.max(at.saturating_add(span)).min(COLUMNS_MAX);
            open.reached.remove(0);
        }
        draft.count_cell()?;
        let span = span.clamp(1, COLUMNS_MAX);
        // Nothing says how many rows are left, so a cell to the end of the table reaches as far as one may.
        let rows = if rows == 0 { ROWS_SPANNED_MAX } else { rows.min(ROWS_SPANNED_MAX) };
        if !open.is_hidden {
            self.spans.add(open.column, span, rows - 1);
        }
        self.cell = Some(OpenCell { column: open.column, span, lines: Lines::default(), facts: Vec::new() });
        open.column = open.column.saturating_add(span).min(COLUMNS_MAX);
        Ok(())
    }

    pub(super) fn end_cell(&mut self) {
        let (Some(cell), Some(open)) = (self.cell.take(), &mut self.row) else { return };
        open.row.cells.push(cell.lines.into_cell(cell.column, cell.span, cell.facts));
    }

    pub(super) fn end_row(&mut self, draft: &mut Draft) -> Result<(), CannotRead> {
        let Some(mut open) = self.row.take() else { return Ok(()) };
        for (at, span) in open.reached {
            draft.count_cell()?;
            open.row.cells.push(merged_up(at, span));
        }
        if let Some(last) = open.row.cells.last().filter(|_| !open.is_hidden) {
            self.table.columns = self.table.columns.max(last.column + last.span - 1);
            self.table.rows.push(open.row);
        }
        Ok(())
    }

    pub(super) fn close(self) -> Closed {
        if self.is_listed { Closed::Listed(self.table.rows) } else { Closed::Block(self.table) }
    }
}
