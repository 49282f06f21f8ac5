//! Paragraphs on their way into the grid, with what is known of their letters.

use super::draft::{add_fact, move_facts};
use super::{Fact, GridCell, GridRow};

/// Looks that a run, a style or nobody decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Looks {
    pub(super) bold: Option<bool>,
    pub(super) hidden: Option<bool>,
    pub(super) struck: Option<bool>,
}

impl Looks {
    /// These, and where they are silent the others.
    pub(super) fn or(self, others: Self) -> Self {
        Self {
            bold: self.bold.or(others.bold),
            hidden: self.hidden.or(others.hidden),
            struck: self.struck.or(others.struck),
        }
    }
}

/// A paragraph that is shown.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) text: String,
    /// Whether all typed text is bold; nothing while there is none.
    pub(super) bold: Option<bool>,
    pub(super) facts: Vec<Fact>,
}

/// What stands before the text of a paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Label {
    Number(String),
    Bullet,
}

/// Paragraphs of one place.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) done: Vec<Line>,
    /// What stands before a paragraph mark that is tracked as deleted: the next paragraph goes on with it.
    pub(super) carried: Option<Line>,
}

impl Line {
    /// Puts what the program shows before it where it is shown.
    pub(super) fn label(&mut self, label: Option<Label>) {
        match label {
            Some(Label::Number(number)) => {
                let gap = if self.text.is_empty() { "" } else { " " };
                self.text.insert_str(0, &format!("{number}{gap}"));
                self.facts.push(Fact::Number(number));
            }
            Some(Label::Bullet) => add_fact(&mut self.facts, Fact::Bullet),
            None => {}
        }
    }

    /// A row of a list within a cell, as one of its lines.
    pub(super) fn of_row(row: GridRow) -> Self {
        let mut line = Self::default();
        for (at, cell) in row.cells.into_iter().enumerate() {
            if at > 0 {
                line.text.push('\t');
            }
            line.text.push_str(&cell.paragraphs.join(" "));
            let has_text = cell.paragraphs.iter().any(|paragraph| !paragraph.trim().is_empty());
            if has_text {
                line.bold = Some(line.bold.unwrap_or(true) && cell.bold);
            }
            line.facts.extend(cell.facts);
        }
        line
    }
}

impl Lines {
    /// Nothing follows, so what was carried stays by itself.
    pub(super) fn end(&mut self) {
        self.done.extend(self.carried.take().filter(|line| !line.text.is_empty()));
    }

    /// Whether anything but automatic numbers is shown.
    pub(super) fn has_text(&self) -> bool {
        self.done.iter().any(|line| line.bold.is_some())
    }

    /// A cell of these paragraphs.
    pub(super) fn into_cell(self, column: usize, span: usize, facts: Vec<Fact>) -> GridCell {
        let bold: Vec<bool> = self.done.iter().filter_map(|line| line.bold).collect();
        let mut cell = GridCell {
            column,
            span,
            merged_up: false,
            paragraphs: Vec::with_capacity(self.done.len()),
            bold: !bold.is_empty() && bold.iter().all(|bold| *bold),
            facts,
        };
        for mut line in self.done {
            move_facts(&mut line.facts, &mut cell.facts);
            line.text.shrink_to_fit();
            cell.paragraphs.push(line.text);
        }
        cell
    }
}
