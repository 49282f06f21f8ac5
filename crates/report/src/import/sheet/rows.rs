//! The cells of one sheet, in one pass; merged ranges stand behind them and are laid over at the end.

use std::collections::HashMap;

use super::formats::Formats;
use super::merges::{Range, lay_over};
use super::strings::{text, unescaped};
use super::values::number;
use super::workbook::Sheet;
use crate::import::columns::{Column, HiddenColumns};
use crate::import::draft::{Draft, add_fact};
use crate::import::limits::{COLUMNS_MAX, DEFINITIONS_MAX};
use crate::import::names::Ns;
use crate::import::too_many_definitions;
use crate::import::xml::{Node, Xml};
use crate::import::{CannotRead, Fact, GridCell, GridRow, NoticeKind, Table};

/// The last row of a sheet of Excel.
const ROWS_MAX: usize = 1_048_576;

pub(super) struct SheetReader<'p, 'd> {
    xml: Xml<'p>,
    draft: &'d mut Draft,
    sheet: &'d Sheet,
    strings: &'d [String],
    formats: &'d Formats,
    remarks: HashMap<String, String>,
    table: Table,
    hidden_columns: HiddenColumns,
    merged: Vec<Range>,
}

/// A cell as it is being read.
#[derive(Debug, Default)]
struct Cell {
    kind: String,
    value: Option<String>,
    has_formula: bool,
}

impl<'p, 'd> SheetReader<'p, 'd> {
    pub(super) fn new(
        xml: Xml<'p>,
        draft: &'d mut Draft,
        sheet: &'d Sheet,
        strings: &'d [String],
        formats: &'d Formats,
        remarks: HashMap<String, String>,
        table: Table,
    ) -> Self {
        Self {
            xml,
            draft,
            sheet,
            strings,
            formats,
            remarks,
            table,
            hidden_columns: HiddenColumns::default(),
            merged: Vec::new(),
        }
    }

    pub(super) fn read(mut self) -> Result<(), CannotRead> {
        loop {
            match self.xml.next()? {
                Node::Start => self.element()?,
                Node::Eof => break,
                Node::End | Node::Text => {}
            }
        }
        // Rows are in order in every file that a program made, each once; finding merged ones relies on it.
        self.table.rows.sort_by_key(|row| row.number);
        let is_doubled = |pair: &[GridRow]| pair[0].number == pair[1].number;
        if self.table.rows.windows(2).any(is_doubled) {
            return Err(self.xml.malformed());
        }
        lay_over(&self.merged, &mut self.table, self.draft)?;
        if self.table.rows.is_empty() {
            self.draft.find(&self.table.place(), NoticeKind::EmptySheet);
        }
        self.draft.end_table(self.table);
        Ok(())
    }

    fn element(&mut self) -> Result<(), CannotRead> {
        match self.xml.name() {
            (Ns::Sheet, "col") if self.has("hidden") => {
                let (first, last) = (self.number("min"), self.number("max"));
                self.hidden_columns.add(first.unwrap_or(1), last.unwrap_or(COLUMNS_MAX));
            }
            (Ns::Sheet, "row") => self.row()?,
            (Ns::Sheet, "mergeCell") => {
                let range = self.xml.attribute(Ns::Other, "ref").unwrap_or_default();
                self.merged.extend(Range::of(&range));
            }
            (Ns::Sheet, "oleObject") => {
                self.draft.find(&self.table.place(), NoticeKind::EmbeddedObject);
            }
            _ => {}
        }
        if self.merged.len() > DEFINITIONS_MAX {
            return Err(too_many_definitions());
        }
        Ok(())
    }

    fn row(&mut self) -> Result<(), CannotRead> {
        let depth = self.xml.depth();
        let next = self.table.rows.last().map_or(1, |row| row.number + 1);
        let [number, hidden] = self.xml.attributes(["r", "hidden"]);
        let number = number.and_then(|number| number.trim().parse().ok());
        let number = number.filter(|number| (1..=ROWS_MAX).contains(number)).unwrap_or(next);
        let is_hidden = hidden.is_some_and(|value| value == "1" || value == "true");
        let is_heading = self.sheet.repeated.is_some_and(|(first, last)| (first..=last).contains(&number));
        let mut row = GridRow { number, cells: Vec::new(), is_heading };
        let mut is_told = false;
        let mut column = 1;
        while let Some(node) = self.xml.next_in(depth)? {
            if node != Node::Start || !self.xml.is(Ns::Sheet, "c") {
                continue;
            }
            let Some(cell) = self.cell(number, &mut column)? else { continue };
            if is_hidden {
                if !is_told {
                    self.draft.find(&self.table.row_place(number), NoticeKind::HiddenRow);
                }
                is_told = true;
                continue;
            }
            self.table.columns = self.table.columns.max(cell.column);
            row.cells.push(cell);
        }
        if !row.cells.is_empty() {
            row.cells.shrink_to_fit();
            row.cells.sort_by_key(|cell| cell.column);
            if row.cells.windows(2).any(|pair| pair[0].column == pair[1].column) {
                return Err(self.xml.malformed());
            }
            self.table.rows.push(row);
        }
        Ok(())
    }

    /// The cell that began last, if anything is shown in it.
    fn cell(&mut self, row: usize, column: &mut usize) -> Result<Option<GridCell>, CannotRead> {
        let [name, style, kind] = self.xml.attributes(["r", "s", "t"]);
        let name = name.unwrap_or_default();
        let at = super::merges::cell(&name).map_or(*column, |(column, _)| column).min(COLUMNS_MAX);
        *column = at + 1;
        let cell = self.content(kind.unwrap_or_default())?;
        if cell.value.is_none() && !cell.has_formula && self.remarks.is_empty() {
            return Ok(None);
        }
        let style = style.and_then(|style| style.trim().parse().ok()).unwrap_or_default();
        let format = self.formats.of(style);
        let place = self.table.cell_place(row, at);
        let mut facts = Vec::new();
        if cell.has_formula {
            add_fact(&mut facts, Fact::Computed);
        }
        let value = cell.value.as_deref().unwrap_or_default();
        let shown = match cell.kind.as_str() {
            "s" => value
                .trim()
                .parse()
                .ok()
                .and_then(|at: usize| self.strings.get(at))
                .map(|text| unescaped(text)),
            "inlineStr" | "str" => Some(unescaped(value)),
            "b" => Some(svod_text::reading::truth(value.trim() == "1").to_owned()),
            "e" => {
                self.draft.find(&place, NoticeKind::formula_error(value));
                Some(value.to_owned())
            }
            "d" => Some(value.to_owned()),
            _ if value.is_empty() => None,
            _ => {
                let (text, fact) = number(value, format, self.formats.is_1904);
                facts.extend(fact);
                Some(text)
            }
        };
        if shown.is_none() && cell.has_formula {
            self.draft.find(&place, NoticeKind::FormulaWithoutResult);
        }
        if let Some(remark) = self.remarks.remove(&name) {
            self.draft.count_note(&remark)?;
            self.draft.find(&place, NoticeKind::Comment);
            facts.push(Fact::Comment(remark));
        }
        let shown = shown.unwrap_or_default();
        if shown.trim().is_empty() && !cell.has_formula {
            return Ok(None);
        }
        match self.hidden_columns.look(at) {
            Column::Shown => {}
            Column::Hidden => {
                self.draft.find(&place, NoticeKind::HiddenColumn);
                return Ok(None);
            }
            Column::HiddenAndTold => return Ok(None),
        }
        self.draft.count_cell()?;
        let mut paragraphs = Vec::new();
        for line in shown.lines() {
            self.draft.count_paragraph()?;
            let mut visible = String::new();
            if self.draft.add_visible(line, &mut visible)? {
                self.draft.find(&place, NoticeKind::InvisibleCharacters);
            }
            paragraphs.push(visible);
        }
        Ok(Some(GridCell { column: at, span: 1, merged_up: false, paragraphs, bold: format.bold, facts }))
    }

    fn content(&mut self, kind: String) -> Result<Cell, CannotRead> {
        let depth = self.xml.depth();
        let mut cell = Cell { kind, value: None, has_formula: false };
        while let Some(node) = self.xml.next_in(depth)? {
            if node != Node::Start {
                continue;
            }
            match self.xml.name() {
                (Ns::Sheet, "v") => cell.value = Some(self.xml.text_inside()?),
                (Ns::Sheet, "is") => cell.value = Some(text(&mut self.xml)?),
                (Ns::Sheet, "f") => {
                    cell.has_formula = true;
                    self.xml.skip()?;
                }
                _ => {}
            }
        }
        Ok(cell)
    }

    fn has(&self, name: &str) -> bool {
        self.xml.attribute(Ns::Other, name).is_some_and(|value| value == "1" || value == "true")
    }

    fn number(&self, name: &str) -> Option<usize> {
        self.xml.attribute(Ns::Other, name)?.trim().parse().ok()
    }
}
