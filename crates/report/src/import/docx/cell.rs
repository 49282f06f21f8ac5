//! A cell of a table of Word: the columns that it covers, and what is shown in it.

use std::mem;

use super::body::Body;
use crate::import::limits::COLUMNS_MAX;
use crate::import::lines::Lines;
use crate::import::names::Ns;
use crate::import::xml::Node;
use crate::import::{CannotRead, Fact, GridCell, GridRow, NoticeKind};

/// What `w:tcPr` says.
#[derive(Debug)]
struct CellStyle {
    span: usize,
    continues_above: bool,
    continues_left: bool,
    is_deleted: bool,
}

impl Body<'_, '_> {
    /// Reads the cell that began last, adds it to its row and moves on by the columns that it covers.
    pub(super) fn cell(
        &mut self,
        has_rows_above: bool,
        row: &mut GridRow,
        column: &mut usize,
    ) -> Result<(), CannotRead> {
        let depth = self.xml.depth();
        // No field goes from one cell into another, so one that is not closed cannot swallow the rest of the table.
        let outer_fields = mem::take(&mut self.fields);
        let outer_facts = mem::take(&mut self.facts);
        let mut style =
            CellStyle { span: 1, continues_above: false, continues_left: false, is_deleted: false };
        let mut lines = Lines::default();
        while let Some(node) = self.next_in(depth)? {
            if node != Node::Start {
                continue;
            }
            if self.xml.is(Ns::Word, "tcPr") {
                style = self.cell_style()?;
            } else {
                self.flow_element(&mut lines)?;
            }
        }
        lines.end();
        if !self.fields.is_empty() {
            self.draft.find(&self.place, NoticeKind::UnclosedField);
        }
        self.fields = outer_fields;
        let facts = mem::replace(&mut self.facts, outer_facts);
        if style.is_deleted {
            self.draft.find(&self.place, NoticeKind::TrackedChanges);
            return Ok(());
        }
        self.add_cell(&style, has_rows_above, lines, facts, row, column)
    }

    fn add_cell(
        &mut self,
        style: &CellStyle,
        has_rows_above: bool,
        lines: Lines,
        facts: Vec<Fact>,
        row: &mut GridRow,
        column: &mut usize,
    ) -> Result<(), CannotRead> {
        self.draft.count_cell()?;
        let merged_up = style.continues_above && has_rows_above;
        let left = row.cells.last_mut().filter(|_| style.continues_left);
        let is_covered = merged_up || left.is_some();
        let at = *column;
        *column = column.saturating_add(style.span).min(COLUMNS_MAX + 1);
        if is_covered && lines.has_text() {
            self.draft.find(&self.place, NoticeKind::CoveredText);
        }
        if let Some(left) = left {
            left.span += style.span;
            return Ok(());
        }
        let lines = if merged_up { Lines::default() } else { lines };
        let cell = GridCell { merged_up, ..lines.into_cell(at, style.span, facts) };
        row.cells.push(cell);
        Ok(())
    }

    fn cell_style(&mut self) -> Result<CellStyle, CannotRead> {
        let depth = self.xml.depth();
        let mut style =
            CellStyle { span: 1, continues_above: false, continues_left: false, is_deleted: false };
        while let Some(node) = self.xml.next_in(depth)? {
            if node != Node::Start {
                continue;
            }
            // A merge without a value goes on.
            let goes_on = || self.xml.attribute(Ns::Word, "val").is_none_or(|value| value != "restart");
            match self.xml.name() {
                (Ns::Word, "gridSpan") => style.span = self.columns_value().max(1),
                (Ns::Word, "vMerge") => style.continues_above = goes_on(),
                (Ns::Word, "hMerge") => style.continues_left = goes_on(),
                (Ns::Word, "cellDel") => style.is_deleted = true,
                (Ns::Word, "tcPrChange") => self.xml.skip()?,
                _ => {}
            }
        }
        Ok(style)
    }
}
