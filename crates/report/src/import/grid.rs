//! What a person sees in a file: paragraphs and tables in their order, every cell with the place that it stands at.
//!
//! The grid holds facts and no guesses. Which row is a heading, which column is the place and which line a municipality
//! is decided by those who read the grid.
//!
//! **Text** is as it is shown and, where changes are tracked, as it would be accepted: automatic numbers of a list stand
//! at the beginning of their paragraph («1.», «1. Текст»), bullets do not; a tab is `\t`, a line break inside a
//! paragraph `\n`; hidden and deleted text is left out; what nobody sees (marks of direction, soft hyphens, zero-width
//! spaces) is left out. Nothing is trimmed, and no letter is exchanged.
//!
//! **A table in a cell** with fewer columns than its outer table is a list that belongs to the cell: each of its rows is
//! a paragraph of the cell, with tabs between its cells. With as many columns or more it is the table that the outer one
//! only frames: it is a block of its own, after the outer one.

use jiff::civil::Date;
use svod_text::reading::{NoticeKind, Place, Severity, SourceFormat};

/// A file as a person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// What the file is by its content, before any conversion.
    pub format: SourceFormat,
    /// Paragraphs and tables of the body, in their order. Margins of pages are not in it; they are in `findings`.
    pub blocks: Vec<Block>,
    /// What wants a look, in the order in which it was met.
    pub findings: Vec<Notice>,
}

impl Grid {
    /// The tables, in their order.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Table(table) => Some(table),
            Block::Paragraph(_) => None,
        })
    }
}

/// One thing after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A line of text outside of tables that is not empty.
    Paragraph(Paragraph),
    /// A table, or a sheet.
    Table(Table),
}

/// A line of text outside of tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paragraph {
    /// Counted from 1 over the whole document, outside of tables, empty ones too.
    pub number: usize,
    /// What is shown.
    pub text: String,
    /// Whether all of it is bold.
    pub bold: bool,
    /// What else is known.
    pub facts: Vec<Fact>,
}

/// A table of a text, a sheet of a workbook, or the rows of a CSV file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Counted from 1 over the whole document, in the order in which tables begin.
    pub number: usize,
    /// What the tab of a sheet says; nothing for tables of a text.
    pub sheet: Option<String>,
    /// Columns of the grid: no cell reaches beyond.
    pub columns: usize,
    /// The rows that a person sees and that are not wholly empty of cells.
    pub rows: Vec<GridRow>,
}

impl Table {
    /// The place of the whole table.
    #[must_use]
    pub fn place(&self) -> Place {
        match &self.sheet {
            Some(sheet) => Place::Sheet { sheet: sheet.clone() },
            None => Place::Table { table: self.number },
        }
    }

    /// The place of a row of this table.
    #[must_use]
    pub fn row_place(&self, row: usize) -> Place {
        match &self.sheet {
            Some(sheet) => Place::SheetRow { sheet: sheet.clone(), row },
            None => Place::Row { table: self.number, row },
        }
    }

    /// The place of a cell of this table.
    #[must_use]
    pub fn cell_place(&self, row: usize, column: usize) -> Place {
        match &self.sheet {
            Some(sheet) => Place::SheetCell { sheet: sheet.clone(), row, column },
            None => Place::Cell { table: self.number, row, column },
        }
    }
}

/// A row that a person sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GridRow {
    /// As a person counts: from 1, rows that are hidden or deleted not counted. In a sheet the number that the program
    /// shows, so hidden and empty rows leave gaps.
    pub number: usize,
    /// From left to right; empty cells of a sheet are left out, as are columns that the row leaves free.
    pub cells: Vec<GridCell>,
    /// Whether the document repeats the row on each page, or marks it as the heading.
    pub is_heading: bool,
}

/// A cell, with the columns that it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GridCell {
    /// The first column of the grid that it covers, from 1. In a sheet 1 is A.
    pub column: usize,
    /// How many columns it covers.
    pub span: usize,
    /// Whether it continues the cell above; then it has no text of its own.
    pub merged_up: bool,
    /// What is shown. A cell without text has one empty paragraph or none.
    pub paragraphs: Vec<String>,
    /// Whether all of it is bold, and there is some.
    pub bold: bool,
    /// What else is known.
    pub facts: Vec<Fact>,
}

impl GridCell {
    /// The paragraphs as one text, lines between them.
    #[must_use]
    pub fn text(&self) -> String {
        self.paragraphs.join("\n")
    }
}

/// What is known of a text beside its letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A number that the program counts, such as «12.»; it stands at the beginning of its paragraph, too.
    Number(String),
    /// A paragraph is marked with a bullet.
    Bullet,
    /// The text is, in part or whole, the result of a field or formula.
    Computed,
    /// Changes are tracked in it.
    Tracked,
    /// Hidden text was left out.
    Hidden,
    /// Struck-out text is in it.
    StruckOut,
    /// A note belongs to it.
    Footnote(String),
    /// A remark in the margin belongs to it.
    Comment(String),
    /// A picture stands in it.
    Image,
    /// A text box stands in it.
    TextBox,
    /// A table stands in it; the number is its own if it is a block of the grid.
    NestedTable(Option<usize>),
    /// The cell holds a day and not a text; the paragraph has it as `дд.мм.гггг`.
    Date(Date),
    /// The cell holds a number and not a text; the paragraph has it as the program would print it plainly.
    Numeric,
}

/// Something that wants a look, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Where.
    pub place: Place,
    /// How much it weighs.
    pub severity: Severity,
    /// What it is.
    pub kind: NoticeKind,
}

impl Notice {
    /// A notice that weighs what its kind does.
    #[must_use]
    pub fn new(place: Place, kind: NoticeKind) -> Self {
        Self { severity: kind.severity(), place, kind }
    }
}
