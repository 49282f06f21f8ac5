//! What goes to the standard output: lines, JSON, tables. A reader that has had enough (`| head`) ends the program
//! quietly.

use std::io::{self, ErrorKind, Write as _};

use anyhow::Context as _;
use serde::Serialize;

use crate::exit::Failure;

/// Between columns.
const GAP: &str = "  ";

/// Prints a text and ends its line.
pub(crate) fn line(text: impl AsRef<str>) -> Result<(), Failure> {
    bytes(format!("{}\n", text.as_ref()).as_bytes())
}

/// Prints bytes as they are.
pub(crate) fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::ReaderGone,
        _ => Failure::unavailable(anyhow::Error::new(error).context("writing to the standard output")),
    })
}

/// Prints a value as JSON, for programs and for people.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).context("writing JSON").map_err(Failure::unavailable)?;
    line(text)
}

/// Prints rows under their headings, each column as wide as its widest cell.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> Result<(), Failure> {
    let mut text = String::new();
    for row in lines_of(headings, rows) {
        text.push_str(&row);
        text.push('\n');
    }
    bytes(text.as_bytes())
}

fn lines_of<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> Vec<String> {
    let headings = headings.map(str::to_owned);
    let all = || std::iter::once(&headings).chain(rows);
    let widths: [usize; N] =
        std::array::from_fn(|column| all().map(|row| row[column].chars().count()).max().unwrap_or_default());
    let aligned = |row: &[String; N]| {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join(GAP).trim_end().to_owned()
    };
    all().map(aligned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["ё".to_owned(), "1".to_owned()], ["Вязьма".to_owned(), "22".to_owned()]];
        assert_eq!(lines_of(["Имя", "N"], &rows), ["Имя     N", "ё       1", "Вязьма  22"]);
    }
}
