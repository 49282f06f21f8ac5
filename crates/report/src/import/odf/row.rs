//! A row of ODF and its cells. Where a cell covers others, those are written out behind it and below it.

use std::mem;

use jiff::civil::Date;

use super::Reader;
use super::table::OpenTable;
use crate::import::columns::Column;
use crate::import::draft::add_fact;
use crate::import::limits::COLUMNS_MAX;
use crate::import::lines::{Line, Lines, Looks};
use crate::import::names::Ns;
use crate::import::sheet::day_text;
use crate::import::spans::merged_up;
use crate::import::xml::Node;
use crate::import::{CannotRead, Fact, GridCell, GridRow, NoticeKind};

/// Rows of a sheet of LibreOffice.
const ROWS_MAX: usize = 1_048_576;

impl Reader<'_, '_> {
    pub(super) fn row(&mut self, open: &mut OpenTable, is_heading: bool) -> Result<(), CannotRead> {
        let depth = self.xml.depth();
        let repeated = self.repeated("number-rows-repeated").min(ROWS_MAX);
        let is_sheet = open.table.sheet.is_some();
        let is_hidden =
            self.is_collapsed("visibility", "collapse") || self.is_collapsed("visibility", "filter");
        let number = open.next_row;
        self.go_to(open.table.row_place(number));
        let mut row = GridRow { number, cells: Vec::new(), is_heading };
        let reached = open.spans.take_row();
        // Each is looked at in this row, whether the row has a place for it or not.
        for _ in &reached {
            self.draft.count_cell()?;
        }
        let mut column = 1;
        while let Some(node) = self.xml.next_in(depth)? {
            if node != Node::Start {
                continue;
            }
            match self.xml.name() {
                (Ns::OdfTable, "table-cell") => self.cell(open, &mut row, &mut column)?,
                (Ns::OdfTable, "covered-table-cell") => {
                    self.covered(&reached, &mut row, &mut column)?;
                }
                _ => {}
            }
        }
        let is_empty = row.cells.iter().all(|cell| cell.merged_up);
        if is_hidden {
            if !is_empty {
                self.draft.find(&open.table.row_place(number), NoticeKind::HiddenRow);
            }
            // A person does not count what is hidden, except where the program shows numbers.
            open.next_row = if is_sheet { number.saturating_add(repeated) } else { number };
            return Ok(());
        }
        open.next_row = number.saturating_add(repeated);
        if row.cells.is_empty() || (is_sheet && is_empty) {
            return Ok(());
        }
        open.table.columns =
            open.table.columns.max(row.cells.last().map_or(0, |cell| cell.column + cell.span - 1));
        self.add_rows(open, row, repeated)
    }

    /// Adds the row as often as it is there.
    fn add_rows(&mut self, open: &mut OpenTable, row: GridRow, repeated: usize) -> Result<(), CannotRead> {
        for more in 1..repeated {
            for cell in &row.cells {
                self.draft.count_cell()?;
                self.draft.count_text(&cell.text())?;
            }
            open.table.rows.push(GridRow { number: row.number + more, ..row.clone() });
        }
        let at = open.table.rows.len() + 1 - repeated;
        open.table.rows.insert(at, row);
        Ok(())
    }

    /// Reads the cell that began last; an empty one of a sheet is only passed over.
    fn cell(
        &mut self,
        open: &mut OpenTable,
        row: &mut GridRow,
        column: &mut usize,
    ) -> Result<(), CannotRead> {
        let at = *column;
        let repeated = self.repeated("number-columns-repeated").min(COLUMNS_MAX);
        *column = at.saturating_add(repeated).min(COLUMNS_MAX + 1);
        let span = self.repeated("number-columns-spanned").min(COLUMNS_MAX);
        let rows = self.repeated("number-rows-spanned").min(ROWS_MAX);
        self.go_to(open.table.cell_place(row.number, at));
        let (kind, date) = (
            self.xml.attribute(Ns::OdfOffice, "value-type"),
            self.xml.attribute(Ns::OdfOffice, "date-value"),
        );
        let is_computed = self.xml.attribute(Ns::OdfTable, "formula").is_some();
        let looks = self.cell_looks(open, at);
        let outer = (mem::replace(&mut self.base, looks), mem::take(&mut self.facts));
        let mut lines = Lines::default();
        self.flow(&mut lines)?;
        self.base = outer.0;
        let mut facts = mem::replace(&mut self.facts, outer.1);
        if is_computed {
            add_fact(&mut facts, Fact::Computed);
        }
        match kind.as_deref() {
            Some("date") => date_value(date.as_deref(), &mut lines, &mut facts),
            Some("float" | "percentage" | "currency") => add_fact(&mut facts, Fact::Numeric),
            _ => {}
        }
        if open.table.sheet.is_some() {
            let is_blank = lines.done.iter().all(|line| line.text.trim().is_empty() && line.facts.is_empty());
            if (is_blank && facts.is_empty()) || self.is_hidden_column(open, at) {
                open.spans.add(at, span, rows - 1);
                return Ok(());
            }
        }
        open.spans.add(at, span, rows - 1);
        let cell = lines.into_cell(at, span, facts);
        for more in 1..repeated {
            self.draft.count_cell()?;
            self.draft.count_text(&cell.text())?;
            row.cells.push(GridCell { column: at + more, ..cell.clone() });
        }
        self.draft.count_cell()?;
        let place = row.cells.len() + 1 - repeated;
        row.cells.insert(place, cell);
        Ok(())
    }

    /// Cells that another covers: the first below a cell that reaches down goes on with it.
    fn covered(
        &mut self,
        reached: &[(usize, usize)],
        row: &mut GridRow,
        column: &mut usize,
    ) -> Result<(), CannotRead> {
        let repeated = self.repeated("number-columns-repeated").min(COLUMNS_MAX);
        let outer = mem::take(&mut self.facts);
        let mut lines = Lines::default();
        self.flow(&mut lines)?;
        self.facts = outer;
        if lines.has_text() {
            self.draft.find(&self.place, NoticeKind::CoveredText);
        }
        let next = column.saturating_add(repeated).min(COLUMNS_MAX + 1);
        for (at, span) in reached.iter().filter(|(at, _)| (*column..next).contains(at)) {
            row.cells.push(merged_up(*at, *span));
        }
        *column = next;
        Ok(())
    }

    fn cell_looks(&self, open: &OpenTable, column: usize) -> Looks {
        let own = self.xml.attribute(Ns::OdfTable, "style-name");
        let of_column = open.column_styles.partition_point(|(last, _)| *last < column);
        let of_column = open.column_styles.get(of_column).map(|(_, style)| style);
        self.styles.looks(own.as_ref().or(of_column).map_or("", String::as_str))
    }

    /// Whether the column is hidden; the first of its cells that is left out is told.
    fn is_hidden_column(&mut self, open: &mut OpenTable, column: usize) -> bool {
        let looked = open.hidden_columns.look(column);
        if looked == Column::Hidden {
            self.draft.find(&self.place, NoticeKind::HiddenColumn);
        }
        looked != Column::Shown
    }
}

/// A day in the place of how it is shown, if its day of the month is shown at all.
fn date_value(value: Option<&str>, lines: &mut Lines, facts: &mut Vec<Fact>) {
    let day = value.and_then(|value| value.get(..10)).and_then(|value| value.parse::<Date>().ok());
    let (Some(day), [line]) = (day, &mut lines.done[..]) else { return };
    let mut numbers = line.text.split(|letter: char| !letter.is_ascii_digit());
    if numbers.any(|number| number.parse::<i8>().is_ok_and(|number| number == day.day())) {
        *line = Line { text: day_text(day), ..mem::take(line) };
        add_fact(facts, Fact::Date(day));
    }
}
