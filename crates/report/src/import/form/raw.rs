//! The rows of the form as records in the words of the file, before anything of them is understood: which row begins a
//! record, which goes on with the one above, which holds several.

use std::collections::BTreeMap;

use svod_domain::{MunicipalityCode, guard};
use svod_text::reading::{Column, Doubt, is_absent};

use super::heading::{Belongs, Columns};
use super::{Fact, GridRow, Place, Table};

/// A record as the file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawRecord {
    /// Its first row.
    pub(crate) place: Place,
    /// Whose it is.
    pub(crate) municipality: MunicipalityCode,
    /// What its cells say; empty ones are not there.
    pub(crate) cells: BTreeMap<Column, RawCell>,
}

/// What a cell says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawCell {
    /// Where it stands.
    pub(crate) place: Place,
    /// Lines that are not empty, each with single spaces and nothing that does not print.
    pub(crate) lines: Vec<String>,
}

/// A row, its cells sorted by what they hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RawRow {
    /// What its cells say; empty ones and those that continue a cell above are not there.
    pub(crate) cells: BTreeMap<Column, RawCell>,
    /// Columns in which the cell continues the one above.
    pub(crate) merged: Vec<Column>,
    /// Texts of columns that the form does not have, with their headings.
    pub(crate) others: Vec<(Place, String)>,
    /// Texts of no column.
    pub(crate) outside: Vec<(Place, String)>,
}

impl RawRow {
    /// Sorts the cells of a row.
    pub(crate) fn new(table: &Table, row: &GridRow, columns: &Columns) -> Self {
        let mut sorted = Self::default();
        for cell in &row.cells {
            let place = table.cell_place(row.number, cell.column);
            let lines = lines(&cell.paragraphs);
            match columns.belongs(cell) {
                Belongs::To(column) if cell.merged_up => sorted.merged.push(column),
                _ if lines.is_empty() => {}
                Belongs::To(column) => sorted.add(column, RawCell { place, lines }),
                Belongs::ToOther(heading) => sorted.others.push((place, heading.to_owned())),
                Belongs::Nowhere => sorted.outside.push((place, lines.join(" "))),
            }
        }
        sorted
    }

    /// Two cells of one column are the two ends of a divided one: «с» and «по» under «Сроки».
    fn add(&mut self, column: Column, cell: RawCell) {
        match self.cells.get_mut(&column) {
            None => drop(self.cells.insert(column, cell)),
            Some(there) if column == Column::Dates => {
                let joined = format!("{} – {}", there.lines.join(" "), cell.lines.join(" "));
                there.lines = vec![joined];
            }
            Some(there) => there.lines.extend(cell.lines),
        }
    }

    /// Whether the row only goes on with the record above: it has neither a title nor a number of its own.
    pub(crate) fn continues(&self) -> bool {
        let has_own = |column| self.cells.contains_key(&column) && !self.merged.contains(&column);
        !has_own(Column::Title) && !has_own(Column::Number) && !self.cells.is_empty()
    }

    /// The numbers that its first cell counts.
    pub(crate) fn numbers(&self) -> Vec<u32> {
        let lines = self.cells.get(&Column::Number).map(|cell| cell.lines.as_slice()).unwrap_or_default();
        let words = lines.iter().flat_map(|line| line.split_whitespace());
        words.filter_map(number).collect()
    }

    /// Divides a row of several records. `None`: what belongs to which is not certain.
    pub(crate) fn divided(&self, count: usize) -> Option<Vec<BTreeMap<Column, RawCell>>> {
        let fits = self.cells.values().all(|cell| cell.lines.len() == count);
        let part = |at: usize| {
            let cells = self.cells.iter();
            cells
                .map(|(column, cell)| {
                    (*column, RawCell { place: cell.place.clone(), lines: vec![cell.lines[at].clone()] })
                })
                .collect()
        };
        fits.then(|| (0..count).map(part).collect())
    }
}

impl RawRecord {
    /// Joins a row that goes on with it.
    pub(crate) fn join(&mut self, row: RawRow) {
        for (column, cell) in row.cells {
            match self.cells.get_mut(&column) {
                None => drop(self.cells.insert(column, cell)),
                Some(there) if column == Column::Content || column == Column::Agreements => {
                    join_text(&mut there.lines, cell.lines);
                }
                Some(there) if column == Column::Dates => {
                    let joined = joined_dates(&there.lines.join(" "), &cell.lines.join(" "));
                    there.lines = vec![joined];
                }
                Some(there) => {
                    there.lines = vec![format!("{} {}", there.lines.join(" "), cell.lines.join(" "))];
                }
            }
        }
    }
}

/// A page cut divides sentences: what begins with a small letter goes on with the line above.
fn join_text(there: &mut Vec<String>, mut more: Vec<String>) {
    let goes_on = more.first().and_then(|line| line.chars().next()).is_some_and(char::is_lowercase);
    if goes_on && let Some(last) = there.last_mut() {
        last.push(' ');
        last.push_str(&more.remove(0));
    }
    there.extend(more);
}

/// «8–» and «20 апреля» are one phrase, «5 июня» and «7 июня» two.
fn joined_dates(above: &str, below: &str) -> String {
    let is_whole = above.chars().last().is_some_and(char::is_alphabetic)
        && below.chars().next().is_some_and(|c| c.is_ascii_digit());
    if is_whole { format!("{above}; {below}") } else { format!("{above} {below}") }
}

/// The number of a word such as «3.» or «№3».
fn number(word: &str) -> Option<u32> {
    word.trim_matches(|letter: char| !letter.is_ascii_digit()).parse().ok()
}

/// What the numbers of records say about a record that may be lost.
pub(crate) fn doubt_about(before: Option<u32>, number: u32) -> Option<Doubt> {
    match before {
        Some(before) if before == number => Some(Doubt::NumberTwice { number }),
        Some(before) if number > before + 1 => Some(Doubt::NumberSkipped { before, number }),
        // Numbers that begin anew do so with each section in many files.
        _ => None,
    }
}

/// The lines of a cell that say something; a lone dash says nothing.
pub(crate) fn lines(paragraphs: &[String]) -> Vec<String> {
    let all = paragraphs.iter().flat_map(|paragraph| {
        paragraph.split(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'])
    });
    let lines: Vec<String> = all.map(clean).filter(|line| !line.is_empty()).collect();
    if lines.iter().all(|line| is_absent(line)) { vec![] } else { lines }
}

/// Single spaces, and letters as a message would keep them.
fn clean(line: &str) -> String {
    guard::line(line).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the row has a number that the program counts, even if nothing else.
pub(crate) fn is_only_number(row: &GridRow, raw: &RawRow) -> bool {
    let counted = row.cells.iter().any(|cell| cell.facts.iter().any(|fact| matches!(fact, Fact::Number(_))));
    raw.cells.keys().all(|column| *column == Column::Number) && (counted || !raw.numbers().is_empty())
}
