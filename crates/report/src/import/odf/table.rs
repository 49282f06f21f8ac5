//! A table or sheet of ODF: its columns, and its rows one after another.

use std::mem;

use super::Reader;
use crate::import::columns::HiddenColumns;
use crate::import::limits::COLUMNS_MAX;
use crate::import::lines::{Line, Lines};
use crate::import::names::Ns;
use crate::import::spans::Spans;
use crate::import::xml::Node;
use crate::import::{CannotRead, Fact, NoticeKind, Place, Table};

/// A table as it is being read.
#[derive(Debug)]
pub(super) struct OpenTable {
    pub(super) table: Table,
    pub(super) spans: Spans,
    /// The number of the next row.
    pub(super) next_row: usize,
    pub(super) hidden_columns: HiddenColumns,
    /// The styles of the cells of whole columns, each up to a column.
    pub(super) column_styles: Vec<(usize, String)>,
}

/// What is known of the columns before the first row.
#[derive(Debug, Default)]
struct Columns {
    count: usize,
    hidden: HiddenColumns,
    styles: Vec<(usize, String)>,
}

impl Reader<'_, '_> {
    /// Reads a sheet.
    pub(super) fn sheet(&mut self, name: String) -> Result<(), CannotRead> {
        let table = self.draft.begin_table(Some(name));
        let place = table.place();
        let open = self.rows(Some(table), false)?;
        if open.table.rows.is_empty() {
            self.draft.find(&place, NoticeKind::EmptySheet);
        }
        self.draft.end_table(open.table);
        Ok(())
    }

    /// Reads the table that began last. One that stands in a cell gives the cell's lines if it is narrower than the
    /// table around it; any other is a block of its own.
    pub(super) fn table(&mut self, cell: Option<&mut Lines>) -> Result<(), CannotRead> {
        let outer = (self.columns, self.is_listed, self.place.clone(), self.base);
        let open = self.rows(None, cell.is_some())?;
        let is_listed = mem::replace(&mut self.is_listed, outer.1);
        (self.columns, self.place, self.base) = (outer.0, outer.2, outer.3);
        let number = (!is_listed).then_some(open.table.number);
        if let Some(lines) = cell {
            self.note(Fact::NestedTable(number), NoticeKind::NestedTable);
            if is_listed {
                lines.done.extend(open.table.rows.into_iter().map(Line::of_row));
                return Ok(());
            }
        }
        self.draft.end_table(open.table);
        Ok(())
    }

    /// All rows of the table that began last; `begun` is the sheet that they are for.
    fn rows(&mut self, begun: Option<Table>, is_in_cell: bool) -> Result<OpenTable, CannotRead> {
        let depth = self.xml.depth();
        let mut columns = Columns::default();
        let mut begun = begun;
        let mut open = None;
        let mut heading = None;
        while let Some(node) = self.xml.next_in(depth)? {
            if heading.is_some_and(|heading| self.xml.depth() < heading) {
                heading = None;
            }
            if node != Node::Start {
                continue;
            }
            match self.xml.name() {
                (Ns::OdfTable, "table-column") => self.column(&mut columns),
                (Ns::OdfTable, "table-header-rows") => heading = Some(self.xml.depth()),
                (Ns::OdfTable, "table-row-group") if self.is_collapsed("display", "false") => {
                    self.draft.find(&self.place, NoticeKind::HiddenRow);
                    self.xml.skip()?;
                }
                (Ns::OdfTable, "table-row") => {
                    if open.is_none() {
                        open = Some(self.open(begun.take(), mem::take(&mut columns), is_in_cell));
                    }
                    if let Some(open) = &mut open {
                        self.row(open, heading.is_some())?;
                    }
                }
                (Ns::OdfTable, "shapes") => self.find_shapes()?,
                _ => {}
            }
        }
        Ok(open.unwrap_or_else(|| self.open(begun.take(), columns, is_in_cell)))
    }

    fn open(&mut self, begun: Option<Table>, columns: Columns, is_in_cell: bool) -> OpenTable {
        self.is_listed = is_in_cell && columns.count > 0 && columns.count < self.columns;
        self.columns = columns.count;
        let mut table = match begun {
            Some(sheet) => sheet,
            None if self.is_listed => Table { number: 0, sheet: None, columns: 0, rows: Vec::new() },
            None => self.draft.begin_table(None),
        };
        if table.sheet.is_none() {
            table.columns = columns.count;
        }
        OpenTable {
            table,
            spans: Spans::default(),
            next_row: 1,
            hidden_columns: columns.hidden,
            column_styles: columns.styles,
        }
    }

    fn column(&self, columns: &mut Columns) {
        let count = self.repeated("number-columns-repeated");
        let first = columns.count + 1;
        columns.count = (columns.count + count).min(COLUMNS_MAX);
        if self.is_collapsed("visibility", "collapse") || self.is_collapsed("visibility", "filter") {
            columns.hidden.add(first, columns.count);
        }
        let style = self.xml.attribute(Ns::OdfTable, "default-cell-style-name").unwrap_or_default();
        if columns.styles.len() < COLUMNS_MAX {
            columns.styles.push((columns.count, style));
        }
    }

    /// Pictures and drawings that float above the cells.
    fn find_shapes(&mut self) -> Result<(), CannotRead> {
        let mut boxes = Lines::default();
        self.flow(&mut boxes)?;
        if boxes.has_text() {
            self.draft.find(&self.place, NoticeKind::Drawing);
        }
        Ok(())
    }

    /// A count that stands for repeated elements, within reason.
    pub(super) fn repeated(&self, name: &str) -> usize {
        let count = self.xml.attribute(Ns::OdfTable, name).and_then(|count| count.parse::<usize>().ok());
        count.unwrap_or(1).max(1)
    }

    pub(super) fn is_collapsed(&self, name: &str, value: &str) -> bool {
        self.xml.attribute(Ns::OdfTable, name).is_some_and(|found| found == value)
    }

    /// Notices within a list stay at the cell that holds it.
    pub(super) fn go_to(&mut self, place: Place) {
        if !self.is_listed {
            self.place = place;
        }
    }
}
