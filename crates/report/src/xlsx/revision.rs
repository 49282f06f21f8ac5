//! The sheet of a second or later edition: which one it replaces, why, and what changed.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::looks::Looks;
use super::pieces::pieces;
use super::write::{LINE_HEIGHT, TITLE_LINES, set_up_page};
use crate::Revision;
use crate::xml::legal;

/// Width of its one column in letters: that of the sheet with the sums.
const WIDTH: f64 = 118.0;

/// How many letters are reckoned to a line of it.
const LINE_CHARS: usize = 106;

/// Writes the sheet. It bears the heading as its name, by which an import passes it over.
pub(super) fn write(
    revision: &Revision,
    title: &str,
    looks: &Looks,
    sheet: &mut Worksheet,
) -> Result<(), XlsxError> {
    let heading = revision.heading();
    sheet.set_name(heading.replace('\u{a0}', " "))?;
    set_up_page(sheet);
    sheet.set_column_width(0, WIDTH)?;
    sheet.set_row_height(0, TITLE_LINES * LINE_HEIGHT)?;
    sheet.write_string_with_format(0, 0, title, &looks.title)?;
    sheet.write_string_with_format(2, 0, heading, &looks.revision_heading)?;
    let mut row = 3;
    for paragraph in revision.paragraphs() {
        for piece in pieces(&legal(&paragraph), LINE_CHARS) {
            sheet.write_string_with_format(row, 0, piece.text, &looks.revision)?;
            sheet.set_row_height(row, f64::from(piece.lines) * LINE_HEIGHT)?;
            row += 1;
        }
    }
    Ok(())
}
