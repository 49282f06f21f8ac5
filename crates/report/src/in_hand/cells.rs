//! Two files compared cell by cell, as a person reads them: rows that one of them has alone do not move the others.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use svod_text::revision;

use crate::import::{Block, Grid, Table};

/// Most differences that are told one by one: more are counted. Who changed so much has another document.
pub const DIFFERENCES_MAX: usize = 100;

/// A cell that says something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellDifference {
    /// Row of the table in the file, from 1, its heading counted; where the file lacks the row, the one behind which it should
    /// stand.
    pub row: usize,
    /// Column, from 1.
    pub column: usize,
    /// What the file says there; `None`: it has no such cell.
    pub file: Option<String>,
    /// What the log yields.
    pub log: Option<String>,
}

/// Where two files differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// The first of them.
    pub cells: Vec<CellDifference>,
    /// How many there are.
    pub count: usize,
}

/// What a file says, as it is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cells {
    /// The rows of all tables, each as the texts of its cells.
    rows: Vec<Vec<String>>,
    /// The lines of what an edition says of the one that it replaces, each as a row of one cell.
    revision: Vec<Vec<String>>,
}

/// A text without what an office program may change in it unseen: kinds and runs of spaces.
pub(super) fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Everything that stands in the file: paragraphs and cells.
pub(super) fn texts(grid: &Grid) -> Vec<String> {
    let mut texts = vec![];
    for block in &grid.blocks {
        match block {
            Block::Paragraph(paragraph) => texts.push(plain(&paragraph.text)),
            Block::Table(table) => {
                let cells = table.rows.iter().flat_map(|row| &row.cells);
                texts.extend(cells.map(|cell| plain(&cell.text())));
            }
        }
    }
    texts
}

/// The cells of a file by their columns, and the lines behind the heading of what an edition says of itself.
pub(super) fn cells(grid: &Grid) -> Cells {
    let mut said = Cells::default();
    let mut of_revision = revision::Lines::default();
    for block in &grid.blocks {
        match block {
            Block::Paragraph(paragraph) => {
                if of_revision.takes(&paragraph.text) {
                    said.revision.push(vec![plain(&paragraph.text)]);
                }
            }
            Block::Table(table) => {
                of_revision.end();
                let is_revision = table.sheet.as_deref().is_some_and(revision::is_heading);
                let into = if is_revision { &mut said.revision } else { &mut said.rows };
                into.extend(rows(table));
            }
        }
    }
    said
}

/// The rows of a table. Those without any text say nothing.
fn rows(table: &Table) -> Vec<Vec<String>> {
    let mut rows = vec![];
    for row in &table.rows {
        let mut texts: Vec<String> = vec![];
        for cell in &row.cells {
            texts.resize(texts.len().max(cell.column), String::new());
            texts[cell.column - 1] = plain(&cell.text());
        }
        while texts.last().is_some_and(String::is_empty) {
            texts.pop();
        }
        if !texts.is_empty() {
            rows.push(texts);
        }
    }
    rows
}

impl Cells {
    /// The rows of the tables of a file, and the lines outside of them.
    pub(super) fn new(rows: Vec<Vec<String>>, lines: &[String]) -> Self {
        let mut of_revision = revision::Lines::default();
        let lines = lines.iter().filter(|line| of_revision.takes(line));
        Self { rows, revision: lines.map(|line| vec![plain(line)]).collect() }
    }

    /// The rows of the tables.
    pub(super) fn into_rows(self) -> Vec<Vec<String>> {
        self.rows
    }

    /// Whether it says anything of an edition that it replaces.
    pub(super) fn has_revision(&self) -> bool {
        !self.revision.is_empty()
    }

    /// The same as renderers of before wrote it.
    pub(super) fn without_revision(self) -> Self {
        Self { revision: vec![], ..self }
    }
}

/// Where the file says something else than what the log yields.
pub(super) fn differences(file: &Cells, log: &Cells) -> Differences {
    let all = |cells: &Cells| [&cells.rows[..], &cells.revision].concat();
    rows_apart(&all(file), &all(log))
}

fn rows_apart(file: &[Vec<String>], log: &[Vec<String>]) -> Differences {
    let mut found = Differences::default();
    for operation in capture_diff_slices(Algorithm::Patience, file, log) {
        let DiffOp::Equal { .. } = operation else {
            let (of_file, of_log) = (operation.old_range(), operation.new_range());
            for index in 0..of_file.len().max(of_log.len()) {
                let row = (of_file.start + index + 1).min(of_file.end.max(of_file.start));
                let said = file[of_file.clone()].get(index);
                found.compare(row.max(1), said, log[of_log.clone()].get(index));
            }
            continue;
        };
    }
    found
}

impl Differences {
    fn compare(&mut self, row: usize, file: Option<&Vec<String>>, log: Option<&Vec<String>>) {
        let columns = file.map_or(0, Vec::len).max(log.map_or(0, Vec::len));
        for column in 0..columns {
            let [file, log] =
                [file, log].map(|row| row.map(|row| row.get(column).cloned().unwrap_or_default()));
            if file == log
                || (file.is_none() || log.is_none())
                    && [&file, &log].iter().all(|text| is_nothing(text.as_ref()))
            {
                continue;
            }
            self.count += 1;
            if self.cells.len() < DIFFERENCES_MAX {
                self.cells.push(CellDifference { row, column: column + 1, file, log });
            }
        }
    }
}

fn is_nothing(text: Option<&String>) -> bool {
    text.is_none_or(String::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[&[&str]]) -> Cells {
        let rows = rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect();
        Cells { rows, revision: vec![] }
    }

    fn told(file: &[&[&str]], log: &[&[&str]]) -> Vec<(usize, usize, Option<String>, Option<String>)> {
        let found = differences(&table(file), &table(log));
        assert_eq!(found.count, found.cells.len());
        found.cells.into_iter().map(|cell| (cell.row, cell.column, cell.file, cell.log)).collect()
    }

    #[test]
    fn a_difference_is_told_with_its_row_and_column_in_the_file() {
        let log: &[&[&str]] = &[&["№", "что"], &["1.", "а"], &["2.", "б"], &["3.", "в"]];
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(told(log, log), []);
        assert_eq!(
            told(&[&["№", "что"], &["1.", "а"], &["2.", "x"], &["3.", "в"]], log),
            [(3, 2, some("x"), some("б"))]
        );
        assert_eq!(
            told(&[&["№", "что"], &["1.", "а"], &["3.", "в"]], log),
            [(2, 1, None, some("2.")), (2, 2, None, some("б"))]
        );
        assert_eq!(
            told(&[&["№", "что"], &["1.", "а"], &["2.", "б"], &["9.", ""], &["3.", "в"]], log),
            [(4, 1, some("9."), None)]
        );
    }

    #[test]
    fn what_stands_below_the_table_is_compared_behind_its_rows() {
        let with = |lines: &[&str]| {
            let revision = lines.iter().map(|line| vec![(*line).to_owned()]).collect();
            Cells { revision, ..table(&[&["№", "что"], &["1.", "а"]]) }
        };
        let log = with(&["Сведения о редакции 2", "Причина: а."]);
        let count = |file: &Cells| differences(file, &log).count;
        assert_eq!((count(&log), count(&with(&[]))), (0, 2));
        assert_eq!(differences(&with(&[]), &log.clone().without_revision()).count, 0);
        let changed = differences(&with(&["Сведения о редакции 2", "Причина: б."]), &log).cells.remove(0);
        let cell = CellDifference {
            row: 4,
            column: 1,
            file: Some("Причина: б.".into()),
            log: Some("Причина: а.".into()),
        };
        assert_eq!(changed, cell);
        assert_eq!(differences(&log, &with(&[])).count, 2);
    }

    #[test]
    fn many_differences_are_counted_and_not_all_are_told() {
        let (one, other) =
            (["а"; 300].map(|cell| vec![cell.to_owned()]), ["б"; 300].map(|cell| vec![cell.to_owned()]));
        let found = rows_apart(&one, &other);
        assert_eq!((found.count, found.cells.len()), (300, DIFFERENCES_MAX));
    }
}
