//! The words about a file that a clerk hands in: what it is, what in it wants a look, why it cannot be read.

mod doubts;
mod notices;
mod outcomes;
mod people;
mod phrases;
mod plain;
mod refusals;
mod titles;
mod units;

pub use doubts::{Doubt, doubt};
pub use notices::{NoticeKind, notice};
pub use outcomes::{Outcome, entry_line, finding_line, outcome, sum_line};
pub use people::{People, people};
pub use phrases::{is_absent, is_no_such_day, names_quarter, says_nothing};
pub use plain::plain;
pub use refusals::{CannotRead, Limit, Looks};
pub use titles::{Column, Heading, heading};
pub use units::{HowNamed, Named, Unit, Units, looks_like_unit};

use crate::fields::echo;

/// What a file is by its content, whatever its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceFormat {
    /// Word since 2007, with or without macros.
    Docx,
    /// Excel since 2007.
    Xlsx,
    /// A text document of LibreOffice.
    Odt,
    /// A spreadsheet of LibreOffice.
    Ods,
    /// Rows of text with a separator.
    Csv,
    /// A web page, as Word and Excel save them too.
    Html,
    /// Rich text.
    Rtf,
    /// Word before 2007.
    Doc,
    /// Excel before 2007.
    Xls,
}

impl SourceFormat {
    /// Every format.
    pub const ALL: [Self; 9] = [
        Self::Docx,
        Self::Xlsx,
        Self::Odt,
        Self::Ods,
        Self::Csv,
        Self::Html,
        Self::Rtf,
        Self::Doc,
        Self::Xls,
    ];

    /// As the endings of files have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Docx => "DOCX",
            Self::Xlsx => "XLSX",
            Self::Odt => "ODT",
            Self::Ods => "ODS",
            Self::Csv => "CSV",
            Self::Html => "HTML",
            Self::Rtf => "RTF",
            Self::Doc => "DOC",
            Self::Xls => "XLS",
        }
    }

    /// Whether its tables are sheets, where a person names columns by letters.
    #[must_use]
    pub const fn has_sheets(self) -> bool {
        matches!(self, Self::Xlsx | Self::Ods | Self::Xls)
    }
}

/// How much a notice weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know; what was read is what a person sees.
    Note,
    /// What was read may not be what was meant; somebody should look.
    Warning,
    /// Something that a person sees could not be read.
    Loss,
    /// What was read cannot be filed as it stands.
    Fault,
}

/// Where in a file. Everything counts from 1, as a person does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Nowhere in particular.
    File,
    /// A paragraph outside of tables.
    Paragraph {
        /// Counted over the whole document, empty ones too.
        number: usize,
    },
    /// A whole table.
    Table {
        /// Counted over the whole document.
        table: usize,
    },
    /// A row of a table.
    Row {
        /// Counted over the whole document.
        table: usize,
        /// Counted in its table.
        row: usize,
    },
    /// A cell of a table.
    Cell {
        /// Counted over the whole document.
        table: usize,
        /// Counted in its table.
        row: usize,
        /// The first column of the grid that the cell stands in.
        column: usize,
    },
    /// A whole sheet.
    Sheet {
        /// What its tab says.
        sheet: String,
    },
    /// A row of a sheet.
    SheetRow {
        /// What its tab says.
        sheet: String,
        /// As the program numbers it.
        row: usize,
    },
    /// A cell of a sheet.
    SheetCell {
        /// What its tab says.
        sheet: String,
        /// As the program numbers it.
        row: usize,
        /// 1 is A.
        column: usize,
    },
}

/// «таблица 1, строка 3, графа 4», «лист «Свод», ячейка D3».
#[must_use]
pub fn place(place: &Place) -> String {
    match place {
        Place::File => "файл".to_owned(),
        Place::Paragraph { number } => format!("абзац {number}"),
        Place::Table { table } => format!("таблица {table}"),
        Place::Row { table, row } => format!("таблица {table}, строка {row}"),
        Place::Cell { table, row, column } => format!("таблица {table}, строка {row}, графа {column}"),
        Place::Sheet { sheet } => format!("лист «{}»", echo(sheet)),
        Place::SheetRow { sheet, row } => format!("лист «{}», строка {row}", echo(sheet)),
        Place::SheetCell { sheet, row, column } => {
            format!("лист «{}», ячейка {}{row}", echo(sheet), letters(*column))
        }
    }
}

/// The letters of a column: 1 is A, 26 is Z, 27 is AA.
fn letters(column: usize) -> String {
    let mut left = column;
    let mut backwards = Vec::new();
    while left > 0 {
        left -= 1;
        backwards.push(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[left % 26]);
        left /= 26;
    }
    backwards.iter().rev().map(|&letter| char::from(letter)).collect()
}

/// What a sheet shows for a truth value.
#[must_use]
pub const fn truth(value: bool) -> &'static str {
    if value { "ИСТИНА" } else { "ЛОЖЬ" }
}

/// The word for a severity.
#[must_use]
pub const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "к сведению",
        Severity::Warning => "проверьте",
        Severity::Loss => "не прочитано",
        Severity::Fault => "исправьте",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_said_as_a_person_points_at_it() {
        let sheet = || "Свод".to_owned();
        let cases = [
            (Place::File, "файл"),
            (Place::Paragraph { number: 2 }, "абзац 2"),
            (Place::Table { table: 1 }, "таблица 1"),
            (Place::Row { table: 1, row: 3 }, "таблица 1, строка 3"),
            (Place::Cell { table: 1, row: 3, column: 4 }, "таблица 1, строка 3, графа 4"),
            (Place::Sheet { sheet: sheet() }, "лист «Свод»"),
            (Place::SheetRow { sheet: sheet(), row: 7 }, "лист «Свод», строка 7"),
            (Place::SheetCell { sheet: sheet(), row: 7, column: 28 }, "лист «Свод», ячейка AB7"),
        ];
        for (given, said) in cases {
            assert_eq!(place(&given), said);
        }
    }

    #[test]
    fn columns_have_the_letters_of_a_spreadsheet() {
        for (column, said) in [(1, "A"), (26, "Z"), (27, "AA"), (52, "AZ"), (703, "AAA"), (16384, "XFD")] {
            assert_eq!(letters(column), said);
        }
    }
}
