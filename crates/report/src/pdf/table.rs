//! Rows of the table, laid out: what stands in each cell, line by line, and how high it is.

use std::rc::Rc;

use svod_text::document::{COLUMNS as HEADINGS, continued};

use super::faces::Faces;
use super::letters::Paragraph;
use super::lines::{Line, lines};
use super::page::{Page, Part, Placed};
use super::structure::Place;
use super::style::{CELL_SIDE, CELL_TOP, COLUMNS, LEFT, Length, Style, WIDTH};

/// A row of up to this many lines, about half a page, stays on one page, as in the Word document.
const WHOLE_LINES_MAX: usize = 14;

/// So many lines of a row at least stand together where it is broken.
pub(super) const LINES_MIN: usize = 2;

/// A row that was laid out.
pub(super) struct Laid {
    cells: Vec<Cell>,
    style: Style,
    /// Of its highest cell.
    pub(super) lines: usize,
}

struct Cell {
    left: Length,
    width: Length,
    style: Style,
    lines: Vec<Line>,
}

impl Cell {
    fn new(left: Length, width: Length, style: Style, paragraphs: &[&str], faces: &mut Faces) -> Self {
        let room = style.ems(width - 2 * CELL_SIDE);
        let mut all = vec![];
        for text in paragraphs {
            let paragraph = Rc::new(Paragraph::new(text, style.weight, faces));
            all.extend(lines(&paragraph, room, faces));
        }
        // A cell of the tree needs something in it, or the row would have one less.
        if all.iter().all(|line| line.glyphs.is_empty()) {
            let white = Rc::new(Paragraph::new(" ", style.weight, faces));
            all = lines(&white, room, faces);
        }
        Self { left, width, style, lines: all }
    }
}

impl Laid {
    fn new(cells: Vec<Cell>, style: Style) -> Self {
        let lines = cells.iter().map(|cell| cell.lines.len()).max().unwrap_or_default();
        Self { cells, style, lines }
    }

    /// The headings of the columns.
    pub(super) fn columns(faces: &mut Faces) -> Self {
        let cells = edges().zip(HEADINGS);
        let cells = cells.map(|((left, width), text)| Cell::new(left, width, Style::HEADING, &[text], faces));
        Self::new(cells.collect(), Style::HEADING)
    }

    /// The row across the table.
    pub(super) fn section(heading: &str, faces: &mut Faces) -> Self {
        Self::new(vec![Cell::new(LEFT, WIDTH, Style::HEADING, &[heading], faces)], Style::HEADING)
    }

    /// The same on a further page.
    pub(super) fn continued(heading: &str, faces: &mut Faces) -> Self {
        Self::section(&continued(heading), faces)
    }

    pub(super) fn activity(row: &crate::Row, faces: &mut Faces) -> Self {
        let texts = row.cells();
        let mut cells = Vec::with_capacity(texts.len());
        for (column, ((left, width), text)) in edges().zip(&texts).enumerate() {
            let style = if column == 0 { Style::NUMBER } else { Style::TEXT };
            let paragraphs: Vec<&str> = text.iter().map(AsRef::as_ref).collect();
            cells.push(Cell::new(left, width, style, &paragraphs, faces));
        }
        Self::new(cells, Style::TEXT)
    }

    /// How high so many of its lines are, with what is around them.
    pub(super) fn height(&self, lines: usize) -> Length {
        let lines = Length::try_from(lines).expect("a row has no more lines than its text has bytes");
        lines * self.style.leading() + 2 * CELL_TOP
    }

    /// How many of its lines a height holds.
    pub(super) fn lines_in(&self, height: Length) -> usize {
        usize::try_from((height - 2 * CELL_TOP) / self.style.leading()).unwrap_or_default()
    }

    pub(super) fn stays_whole(&self) -> bool {
        self.lines <= WHOLE_LINES_MAX
    }

    /// The least of it that goes onto a page.
    pub(super) fn height_min(&self) -> Length {
        self.height(if self.stays_whole() { self.lines } else { LINES_MIN })
    }

    /// Puts lines of it onto the page.
    pub(super) fn put(&self, page: &mut Page, top: Length, shown: std::ops::Range<usize>, kind: Kind) {
        let bottom = top + self.height(shown.len());
        page.rule((LEFT, top), (LEFT + WIDTH, top));
        page.rule((LEFT, bottom), (LEFT + WIDTH, bottom));
        page.rule((LEFT, top), (LEFT, bottom));
        for (column, cell) in self.cells.iter().enumerate() {
            page.rule((cell.left + cell.width, top), (cell.left + cell.width, bottom));
            let lines = &cell.lines[shown.start.min(cell.lines.len())..shown.end.min(cell.lines.len())];
            if lines.is_empty() {
                continue;
            }
            let free = Length::try_from(shown.len() - lines.len()).unwrap_or_default();
            let down = if kind.is_centred() { free * self.style.leading() / 2 } else { 0 };
            let mut next = top + CELL_TOP + down;
            let placed = lines.iter().map(|line| {
                let (top, style) = (next, cell.style);
                next += style.leading();
                let (left, width) = (cell.left + CELL_SIDE, cell.width - 2 * CELL_SIDE);
                Placed { line: line.clone(), style, left, width, top }
            });
            page.put(kind.part(column), placed.collect());
        }
    }
}

/// What a row is on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Columns,
    ColumnsAgain,
    /// Which one of all.
    Section(usize),
    SectionAgain,
    /// Which row of all.
    Activity(usize),
}

impl Kind {
    fn part(self, column: usize) -> Part {
        match self {
            Self::Columns => Part::Content(Place::Column(column)),
            Self::Section(section) => Part::Content(Place::Section(section)),
            Self::Activity(row) => Part::Content(Place::Cell(row, column)),
            Self::ColumnsAgain | Self::SectionAgain => Part::Repeated,
        }
    }

    fn is_centred(self) -> bool {
        matches!(self, Self::Columns | Self::ColumnsAgain)
    }
}

/// Left edge and width of each column.
fn edges() -> impl Iterator<Item = (Length, Length)> {
    COLUMNS.into_iter().scan(LEFT, |next, width| {
        let left = *next;
        *next += width;
        Some((left, width))
    })
}
