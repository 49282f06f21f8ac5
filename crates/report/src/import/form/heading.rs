//! The heading of the form: found by the likeness of its titles, and which column of the grid holds what. Columns are known
//! by their meaning, so they may be swapped, missing, or more than the form has.

use std::ops::Range;

use svod_text::reading::{Column, Doubt, Heading, heading};

use super::{GridCell, GridRow, Place, Table};

/// Fewest titles of the form that make a row its heading: two may stand in any table.
const TITLES_MIN: usize = 3;

/// Longest cell of a heading, in bytes: what is longer is not even compared.
const CELL_BYTES_MAX: usize = 400;

/// What the columns of a table hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    known: Vec<(Range<usize>, Column)>,
    others: Vec<(Range<usize>, String)>,
}

/// Where a cell belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Belongs<'a> {
    /// To a column of the form.
    To(Column),
    /// To a column that the form does not have.
    ToOther(&'a str),
    /// To no column.
    Nowhere,
}

/// A heading that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// What the columns hold.
    pub(crate) columns: Columns,
    /// How many rows it takes.
    pub(crate) rows: usize,
    /// What about it wants a look.
    pub(crate) doubts: Vec<(Place, Doubt)>,
}

impl Columns {
    /// The columns of the form in their usual order, one column of the grid each.
    pub(crate) fn of_form() -> Self {
        let known = Column::FORM.into_iter().enumerate().map(|(at, column)| (at + 1..at + 2, column));
        Self { known: known.collect(), others: vec![] }
    }

    /// Where a cell belongs: to the column that it shares most with.
    pub(crate) fn belongs(&self, cell: &GridCell) -> Belongs<'_> {
        let shared = |range: &Range<usize>| {
            let end = range.end.min(cell.column + cell.span);
            end.saturating_sub(range.start.max(cell.column))
        };
        let known = self.known.iter().map(|(range, column)| (shared(range), Belongs::To(*column)));
        let others = self.others.iter().map(|(range, heading)| (shared(range), Belongs::ToOther(heading)));
        let mut most = (0, Belongs::Nowhere);
        for candidate in known.chain(others) {
            if candidate.0 > most.0 {
                most = candidate;
            }
        }
        most.1
    }

    /// Whether there is such a column.
    pub(crate) fn has(&self, column: Column) -> bool {
        self.known.iter().any(|(_, known)| *known == column)
    }

    fn is_form(&self) -> bool {
        self.known.len() >= TITLES_MIN && (self.has(Column::Title) || self.has(Column::Content))
    }
}

/// The heading that begins with this row, if one does.
pub(crate) fn find(table: &Table, at: usize) -> Option<Found> {
    let row = &table.rows[at];
    if !may_be_heading(row) {
        return None;
    }
    let next = table.rows.get(at + 1).filter(|next| is_second_row(row, next));
    let mut found =
        Found { columns: Columns::default(), rows: 1 + usize::from(next.is_some()), doubts: vec![] };
    for cell in &row.cells {
        let below: Vec<&GridCell> =
            next.into_iter().flat_map(|next| &next.cells).filter(|below| is_under(below, cell)).collect();
        let above = cell.text();
        let own_titles = below.iter().any(|below| is_title(&below.text()));
        if below.is_empty() || (!own_titles && is_title(&above)) {
            found.take(table, row, cell, &above);
        } else {
            for under in below {
                let own = under.text();
                let text = if is_title(&own) { own } else { format!("{above} {own}") };
                found.take(table, row, under, &text);
            }
        }
    }
    found.columns.is_form().then_some(found)
}

impl Found {
    fn take(&mut self, table: &Table, row: &GridRow, cell: &GridCell, text: &str) {
        let range = cell.column..cell.column + cell.span;
        let mut doubt = |doubt| self.doubts.push((table.cell_place(row.number, cell.column), doubt));
        let column = match heading(text) {
            Heading::Of(column) => column,
            Heading::OfSeveral(all) => {
                let Some(taken) = all.into_iter().find(|column| !self.columns.has(*column)) else { return };
                doubt(Doubt::ColumnOfSeveral { heading: text.to_owned(), taken });
                taken
            }
            Heading::Other => {
                self.columns.others.push((range, text.to_owned()));
                return;
            }
        };
        // What stands under the second of two is told of where there is something.
        if self.columns.has(column) {
            self.columns.others.push((range, text.to_owned()));
            return;
        }
        self.columns.known.push((range, column));
    }
}

fn is_title(text: &str) -> bool {
    heading(text) != Heading::Other
}

fn may_be_heading(row: &GridRow) -> bool {
    // Most rows are records, and are known as such without reading what they say.
    !row.cells.iter().any(is_count)
        && row
            .cells
            .iter()
            .map(|cell| cell.paragraphs.iter().map(String::len).sum::<usize>())
            .all(|bytes| bytes <= CELL_BYTES_MAX)
        && row.cells.iter().filter(|cell| is_title(&cell.text())).count() + usize::from(row.is_heading)
            >= TITLES_MIN - 1
}

/// Whether the cell only counts its row: a number of at most three digits, which is the title of no column.
fn is_count(cell: &GridCell) -> bool {
    let [text] = cell.paragraphs.as_slice() else { return false };
    let digits = text.trim().trim_end_matches('.');
    (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the row goes on with the heading above: some of its cells only continue cells above, and the others divide one.
fn is_second_row(above: &GridRow, row: &GridRow) -> bool {
    let own: Vec<&GridCell> = row.cells.iter().filter(|cell| !cell.merged_up).collect();
    let divides =
        |cell: &&GridCell| above.cells.iter().any(|above| is_under(cell, above) && above.span > cell.span);
    may_be_part(row) && own.len() < row.cells.len() && own.iter().all(divides)
}

fn may_be_part(row: &GridRow) -> bool {
    row.cells.iter().all(|cell| cell.text().len() <= CELL_BYTES_MAX)
}

fn is_under(cell: &GridCell, above: &GridCell) -> bool {
    !cell.merged_up && cell.column >= above.column && cell.column + cell.span <= above.column + above.span
}

/// The row that only numbers the columns: «1 2 3 4 5 6».
pub(crate) fn is_numbering(row: &GridRow) -> bool {
    let texts: Vec<String> =
        row.cells.iter().map(|cell| cell.text().trim().to_owned()).filter(|text| !text.is_empty()).collect();
    texts.len() >= TITLES_MIN
        && texts.iter().zip(1_usize..).all(|(text, number)| text.trim_end_matches('.').parse() == Ok(number))
}
