//! One walk over the grid: headings, sections and rows in their order, to records in the words of the file.

use std::collections::BTreeSet;

use svod_domain::MunicipalityCode;
use svod_text::read_dates;
use svod_text::reading::{self, Column, Doubt, Heading, names_quarter, says_nothing};
use svod_text::revision;

use super::activity::NEEDED;
use super::heading::{self, Belongs, Columns};
use super::raw::{self, RawRecord, RawRow, doubt_about, is_only_number};
use super::sections::{Begins, Sections};
use super::{Block, Grid, GridCell, GridRow, Place, Question, Table};

/// What the walk gathered.
pub(crate) struct Walk<'a> {
    question: Question<'a>,
    sections: Sections<'a>,
    /// The heading that is in force, and how many columns its table has.
    columns: Option<(usize, Columns)>,
    /// Whether the last record may still go on.
    open: bool,
    last_number: Option<u32>,
    ignored: BTreeSet<String>,
    skipped: Vec<Place>,
    /// The records in their order.
    pub(crate) records: Vec<RawRecord>,
    /// Who states that there was nothing, and where.
    pub(crate) nothing: Vec<(Place, MunicipalityCode)>,
    /// What wants a look.
    pub(crate) doubts: Vec<(Place, Doubt)>,
}

impl<'a> Walk<'a> {
    /// Walks over the whole grid.
    pub(crate) fn over(grid: &Grid, question: Question<'a>) -> Self {
        let mut walk = Self {
            question,
            sections: Sections::new(question, grid),
            columns: None,
            open: false,
            last_number: None,
            ignored: BTreeSet::new(),
            skipped: vec![],
            records: vec![],
            nothing: vec![],
            doubts: vec![],
        };
        let mut of_revision = revision::Lines::default();
        for block in &grid.blocks {
            match block {
                Block::Paragraph(paragraph) if of_revision.takes(&paragraph.text) => {}
                Block::Paragraph(paragraph) => {
                    walk.line(&paragraph.text, &Place::Paragraph { number: paragraph.number });
                }
                Block::Table(table) if table.sheet.as_deref().is_some_and(revision::is_heading) => {}
                Block::Table(table) => {
                    of_revision.end();
                    walk.table(table);
                }
            }
        }
        walk.tell_of_skipped();
        walk
    }

    /// A line of text outside of the form.
    fn line(&mut self, text: &str, place: &Place) {
        if let Begins::Section = self.sections.take_name(text, place, &mut self.doubts) {
            self.begin_section();
        } else if says_nothing(text) {
            self.state_nothing(place);
        } else if let Some(named) = names_quarter(text).filter(|named| *named != self.question.quarter) {
            let asked = self.question.quarter;
            self.doubts.push((place.clone(), Doubt::OtherQuarter { named, asked }));
        }
    }

    fn table(&mut self, table: &Table) {
        let begins = (0..table.rows.len()).find(|at| heading::find(table, *at).is_some());
        let goes_on =
            table.sheet.is_none() && self.columns.as_ref().is_some_and(|(count, _)| *count == table.columns);
        if let Some(sheet) = &table.sheet {
            self.line(sheet, &table.place());
        }
        if begins.is_none() && !goes_on {
            if !looks_like_form(table, self.question) {
                self.skip(table);
                return;
            }
            self.columns = Some((table.columns, Columns::of_form()));
            self.doubts.push((table.place(), Doubt::NoHeading));
        }
        // Sheets have their title in rows above the heading.
        let first = if goes_on { 0 } else { begins.unwrap_or_default() };
        for row in &table.rows[..first] {
            let texts = row.cells.iter().flat_map(|cell| raw::lines(&cell.paragraphs));
            self.line(&texts.collect::<Vec<_>>().join(" "), &table.row_place(row.number));
        }
        let mut at = first;
        while at < table.rows.len() {
            at += self.row_or_heading(table, at);
        }
    }

    /// Takes what begins with this row, and says how many rows it was.
    fn row_or_heading(&mut self, table: &Table, at: usize) -> usize {
        let row = &table.rows[at];
        if let Some(found) = heading::find(table, at) {
            let is_new = self.columns.as_ref().is_none_or(|(_, columns)| *columns != found.columns);
            if is_new {
                let missing = NEEDED.into_iter().filter(|column| !found.columns.has(*column));
                let place = table.row_place(row.number);
                self.doubts.extend(missing.map(|column| (place.clone(), Doubt::ColumnMissing { column })));
                self.doubts.extend(found.doubts);
            }
            self.columns = Some((table.columns, found.columns));
            return found.rows;
        }
        if !heading::is_numbering(row) {
            self.row(table, row);
        }
        1
    }

    fn row(&mut self, table: &Table, row: &GridRow) {
        let Some((_, columns)) = &self.columns else { return };
        let mut raw = RawRow::new(table, row, columns);
        if raw.cells.is_empty() && raw.others.is_empty() && raw.outside.is_empty()
            || is_only_number(row, &raw)
        {
            return;
        }
        if let Some(cell) = lone(table, row)
            && self.take_lone(table, row, cell)
        {
            return;
        }
        self.tell_of_others(&mut raw);
        let place = table.row_place(row.number);
        if let Some(cell) = raw.cells.remove(&Column::Municipality) {
            self.sections.must_take(&cell.lines.join(" "), &cell.place, &mut self.doubts);
        }
        if raw.cells.is_empty() {
            return;
        }
        if self.open && (raw.continues() || self.goes_on(&raw)) {
            if let Some(last) = self.records.last_mut() {
                last.join(raw);
                self.doubts.push((place, Doubt::RowContinued));
            }
            return;
        }
        let Some(municipality) = self.sections.whose(&place, &mut self.doubts) else {
            self.open = false;
            return;
        };
        self.fill_from_above(&mut raw);
        self.begin_record(&place, municipality, &raw);
    }

    /// Whether a row that has words in place of a title only goes on with the title above: the form counts its rows, this
    /// one has no number, begins small and says neither when nor who.
    fn goes_on(&self, raw: &RawRow) -> bool {
        let counts = self.columns.as_ref().is_some_and(|(_, columns)| columns.has(Column::Number));
        let has = |column| raw.cells.contains_key(&column);
        let begins_small = |column: &Column| {
            let first = raw.cells.get(column).and_then(|cell| cell.lines.first()?.chars().next());
            first.is_some_and(char::is_lowercase)
        };
        counts
            && self.last_number.is_some()
            && !has(Column::Number)
            && !has(Column::Dates)
            && begins_small(&Column::Title)
    }

    fn begin_record(&mut self, place: &Place, municipality: MunicipalityCode, raw: &RawRow) {
        let numbers = raw.numbers();
        let mut tell = |doubt| self.doubts.push((place.clone(), doubt));
        let count = numbers.len();
        let parts = if count > 1 {
            let Some(parts) = raw.divided(count) else {
                tell(Doubt::RowOfSeveral { count });
                return;
            };
            tell(Doubt::RowDivided { count });
            parts
        } else {
            vec![raw.cells.clone()]
        };
        for number in numbers {
            self.doubts.extend(doubt_about(self.last_number, number).map(|doubt| (place.clone(), doubt)));
            self.last_number = Some(number);
        }
        self.open = true;
        let records = parts.into_iter().map(|cells| RawRecord { place: place.clone(), municipality, cells });
        self.records.extend(records);
    }

    /// A cell that continues the one above says the same for this record.
    fn fill_from_above(&self, raw: &mut RawRow) {
        let Some(above) = self.records.last().filter(|_| self.open) else { return };
        for column in &raw.merged {
            if let Some(cell) = above.cells.get(column) {
                raw.cells.entry(*column).or_insert_with(|| cell.clone());
            }
        }
    }

    /// A row with one text: a section, a statement that there was nothing, or neither.
    fn take_lone(&mut self, table: &Table, row: &GridRow, cell: &GridCell) -> bool {
        let Some((_, columns)) = &self.columns else { return false };
        let text = raw::lines(&cell.paragraphs).join(" ");
        let place = table.cell_place(row.number, cell.column);
        let is_wide = is_wide(table, cell) || row.cells.len() == 1;
        let at_the_left = matches!(
            columns.belongs(cell),
            Belongs::To(Column::Number | Column::Title | Column::Municipality) | Belongs::Nowhere
        );
        if says_nothing(&text) {
            self.state_nothing(&place);
            return true;
        }
        if !is_wide && !cell.bold && !at_the_left {
            return false;
        }
        if let Begins::Section = self.sections.take(&text, &place, &mut self.doubts) {
            self.begin_section();
            return true;
        }
        if is_wide {
            self.doubts.push((place, Doubt::RowIgnored { text }));
            self.open = false;
        }
        is_wide
    }

    fn begin_section(&mut self) {
        self.open = false;
        self.last_number = None;
    }

    fn state_nothing(&mut self, place: &Place) {
        self.open = false;
        if let Some(code) = self.sections.whose(place, &mut self.doubts) {
            self.nothing.push((place.clone(), code));
        }
    }

    /// A column that the form does not have is told of once.
    fn tell_of_others(&mut self, raw: &mut RawRow) {
        for (place, heading) in raw.others.drain(..) {
            if self.ignored.insert(heading.clone()) {
                let doubt = match reading::heading(&heading) {
                    Heading::Of(column) => Doubt::ColumnTwice { column },
                    Heading::OfSeveral(_) | Heading::Other => Doubt::ColumnIgnored { heading },
                };
                self.doubts.push((place, doubt));
            }
        }
        let outside = raw.outside.drain(..).map(|(place, text)| (place, Doubt::CellOutside { text }));
        self.doubts.extend(outside);
    }

    fn skip(&mut self, table: &Table) {
        let texts = || table.rows.iter().flat_map(|row| &row.cells).map(GridCell::text);
        if texts().any(|text| says_nothing(&text)) {
            self.state_nothing(&table.place());
        } else if texts().any(|text| !text.trim().is_empty()) {
            self.skipped.push(table.place());
        }
    }

    /// A table that is no form is lost beside one that is; without one there is nothing to read at all.
    fn tell_of_skipped(&mut self) {
        if self.columns.is_none() && self.nothing.is_empty() {
            self.doubts.push((Place::File, Doubt::NoTable));
            return;
        }
        let skipped = self.skipped.drain(..).map(|place| (place, Doubt::TableSkipped));
        self.doubts.extend(skipped);
    }
}

/// Whether a cell covers most of the form, as only sections do. Workbooks have more columns beside it.
fn is_wide(table: &Table, cell: &GridCell) -> bool {
    cell.span > Column::FORM.len() / 2 || cell.span * 2 > table.columns
}

/// The cell of a row that covers most of the form, or the only one that says something, numbers aside.
fn lone<'a>(table: &Table, row: &'a GridRow) -> Option<&'a GridCell> {
    // Most cells of most rows say something: that is seen before anything of them is cleaned.
    let has_letters =
        |cell: &GridCell| cell.paragraphs.iter().any(|line| line.chars().any(char::is_alphabetic));
    let says =
        |cell: &&GridCell| !cell.merged_up && has_letters(cell) && !raw::lines(&cell.paragraphs).is_empty();
    if let Some(wide) = row.cells.iter().find(|cell| is_wide(table, cell) && says(cell)) {
        return Some(wide);
    }
    let mut cells = row.cells.iter().filter(says);
    let first = cells.next()?;
    let is_alone = cells.next().is_none();
    let others = row.cells.iter().filter(|cell| !std::ptr::eq(*cell, first));
    // A date without letters is no mere number.
    let mere_numbers = others
        .flat_map(|cell| raw::lines(&cell.paragraphs))
        .all(|line| line.chars().count() <= NUMBER_CHARS_MAX);
    (is_alone && mere_numbers).then_some(first)
}

/// Longest text that is only the number of a row, in letters.
const NUMBER_CHARS_MAX: usize = 4;

/// Whether a table without a heading is the form all the same: six columns, and dates stand in the fourth.
fn looks_like_form(table: &Table, question: Question<'_>) -> bool {
    let holds_dates = |row: &GridRow| {
        let cell = row.cells.iter().find(|cell| cell.column == DATES_COLUMN && cell.span == 1);
        cell.is_some_and(|cell| {
            read_dates(&raw::lines(&cell.paragraphs).join(" "), question.quarter).is_some()
        })
    };
    table.columns == Column::FORM.len() && table.rows.iter().any(holds_dates)
}

/// Where the form has its dates, from 1.
const DATES_COLUMN: usize = 4;
