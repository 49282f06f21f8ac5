//! A table of Word: its grid, its rows, and what becomes of one that stands in a cell.

use std::mem;

use super::body::Body;
use crate::import::limits::COLUMNS_MAX;
use crate::import::lines::{Line, Lines};
use crate::import::names::Ns;
use crate::import::xml::Node;
use crate::import::{CannotRead, Fact, GridRow, NoticeKind, Place, Table};

/// What `w:trPr` says.
#[derive(Debug, Default)]
struct RowStyle {
    columns_before: usize,
    is_heading: bool,
    is_deleted: bool,
    is_hidden: bool,
}

impl Body<'_, '_> {
    /// Reads the table that began last. One that stands in a cell gives the cell's lines if it is narrower than the
    /// table around it; any other is a block of its own.
    pub(super) fn table(&mut self, cell: Option<&mut Lines>) -> Result<(), CannotRead> {
        let depth = self.xml.depth();
        let outer = (self.columns, self.is_listed, self.place.clone());
        let mut columns = 0;
        let mut table = None;
        while let Some(node) = self.next_in(depth)? {
            if node != Node::Start || self.aside()? {
                continue;
            }
            match self.xml.name() {
                (Ns::Word, "tblPr" | "tblPrEx") => self.xml.skip()?,
                (Ns::Word, "tblGrid") => columns = self.grid_columns()?,
                (Ns::Word, "tr") => {
                    let table = table.get_or_insert_with(|| self.begin_table(cell.is_some(), columns));
                    self.row(table)?;
                }
                _ => {}
            }
        }
        let is_listed = mem::replace(&mut self.is_listed, outer.1);
        (self.columns, self.place) = (outer.0, outer.2);
        let Some(table) = table else { return Ok(()) };
        let number = (!is_listed).then_some(table.number);
        if let Some(lines) = cell {
            self.note(Fact::NestedTable(number), NoticeKind::NestedTable);
            if is_listed {
                lines.done.extend(table.rows.into_iter().map(Line::of_row));
                return Ok(());
            }
        }
        self.draft.end_table(table);
        Ok(())
    }

    fn begin_table(&mut self, is_in_cell: bool, columns: usize) -> Table {
        self.is_listed = is_in_cell && columns > 0 && columns < self.columns;
        self.columns = columns;
        if self.is_listed {
            return Table { number: 0, sheet: None, columns, rows: Vec::new() };
        }
        let mut table = self.draft.begin_table(None);
        table.columns = columns;
        table
    }

    fn grid_columns(&mut self) -> Result<usize, CannotRead> {
        let depth = self.xml.depth();
        let mut columns = 0;
        while let Some(node) = self.xml.next_in(depth)? {
            if node != Node::Start {
                continue;
            }
            match self.xml.name() {
                (Ns::Word, "gridCol") => columns += 1,
                (Ns::Word, "tblGridChange") => self.xml.skip()?,
                _ => {}
            }
        }
        Ok(columns.min(COLUMNS_MAX))
    }

    fn row(&mut self, table: &mut Table) -> Result<(), CannotRead> {
        let depth = self.xml.depth();
        let mut row = GridRow { number: table.rows.len() + 1, cells: Vec::new(), is_heading: false };
        self.go_to(table.row_place(row.number));
        let mut column = 1;
        while let Some(node) = self.next_in(depth)? {
            if node != Node::Start || self.aside()? {
                continue;
            }
            match self.xml.name() {
                (Ns::Word, "trPr") => {
                    let style = self.row_style()?;
                    if style.is_deleted || style.is_hidden {
                        let is_deleted = style.is_deleted;
                        let kind = if is_deleted { NoticeKind::DeletedRow } else { NoticeKind::HiddenRow };
                        self.draft.find(&self.place, kind);
                        while self.next_in(depth)?.is_some() {}
                        return Ok(());
                    }
                    row.is_heading = style.is_heading;
                    column += style.columns_before;
                }
                (Ns::Word, "tblPrEx") => self.xml.skip()?,
                (Ns::Word, "tc") => {
                    self.go_to(table.cell_place(row.number, column));
                    self.cell(!table.rows.is_empty(), &mut row, &mut column)?;
                }
                _ => {}
            }
        }
        table.columns = table.columns.max(column - 1);
        if !row.cells.is_empty() {
            row.cells.shrink_to_fit();
            table.rows.push(row);
        }
        Ok(())
    }

    /// Notices within a list stay at the cell that holds it.
    fn go_to(&mut self, place: Place) {
        if !self.is_listed {
            self.place = place;
        }
    }

    fn row_style(&mut self) -> Result<RowStyle, CannotRead> {
        let depth = self.xml.depth();
        let mut style = RowStyle::default();
        while let Some(node) = self.xml.next_in(depth)? {
            if node != Node::Start {
                continue;
            }
            match self.xml.name() {
                (Ns::Word, "gridBefore") => style.columns_before = self.columns_value(),
                (Ns::Word, "tblHeader") => style.is_heading = super::styles::switch(&self.xml),
                (Ns::Word, "hidden") => style.is_hidden = super::styles::switch(&self.xml),
                (Ns::Word, "del") => style.is_deleted = true,
                (Ns::Word, "trPrChange") => self.xml.skip()?,
                _ => {}
            }
        }
        Ok(style)
    }

    /// A count of columns, within reason.
    pub(super) fn columns_value(&self) -> usize {
        let value = self.xml.attribute(Ns::Word, "val").unwrap_or_default();
        value.trim().parse::<usize>().unwrap_or(1).min(COLUMNS_MAX)
    }
}
