//! The tables of a PDF as its structure has them.

use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, Name, Object, ObjectIdentifier};

use super::Pieces;
use crate::in_hand::cells::{Cells, plain};

/// Deepest nesting of the structure: ours has five.
const DEPTH_MAX: usize = 32;

/// Most elements of it: a report of ten thousand activities has a hundred thousand.
const ELEMENTS_MAX: usize = 2_000_000;

/// The rows of all tables and the lines outside of them. `None`: the PDF has no structure, or one that no document has.
pub(super) fn cells(pdf: &Pdf, pieces: &Pieces) -> Option<Cells> {
    let catalogue = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id())?;
    let root = catalogue.get::<Dict<'_>>("StructTreeRoot")?;
    let mut walk = Walk { pieces, rows: vec![], lines: vec![], left: ELEMENTS_MAX };
    walk.rows_in(&root, DEPTH_MAX)?;
    (!walk.rows.is_empty()).then(|| Cells::new(walk.rows, &walk.lines))
}

struct Walk<'a> {
    pieces: &'a Pieces,
    rows: Vec<Vec<String>>,
    lines: Vec<String>,
    /// Elements that may still come.
    left: usize,
}

impl Walk<'_> {
    /// Adds the rows that are in the element.
    fn rows_in(&mut self, element: &Dict<'_>, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        for child in children(element) {
            self.left = self.left.checked_sub(1)?;
            let Object::Dict(child) = child else { continue };
            match kind(&child).as_deref() {
                Some("TR") => self.row(&child, depth)?,
                Some("P" | "H1" | "H2") => {
                    let mut text = String::new();
                    self.text_in(&child, None, depth, &mut text)?;
                    self.lines.push(plain(&text));
                }
                _around_others => self.rows_in(&child, depth)?,
            }
        }
        Some(())
    }

    fn row(&mut self, element: &Dict<'_>, depth: usize) -> Option<()> {
        let mut row = vec![];
        for cell in children(element) {
            self.left = self.left.checked_sub(1)?;
            if let Object::Dict(cell) = cell {
                let mut text = String::new();
                self.text_in(&cell, None, depth, &mut text)?;
                row.push(plain(&text));
            }
        }
        self.rows.push(row);
        Some(())
    }

    /// Adds the text that is in the element, which is on that page unless it says otherwise.
    fn text_in(
        &mut self,
        element: &Dict<'_>,
        page: Option<ObjectIdentifier>,
        depth: usize,
        text: &mut String,
    ) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let page = element.get_ref("Pg").map(ObjectIdentifier::from).or(page);
        for child in children(element) {
            self.left = self.left.checked_sub(1)?;
            match child {
                Object::Number(number) => self.piece(page, number.as_i64(), text),
                Object::Dict(child) => {
                    let page = child.get_ref("Pg").map(ObjectIdentifier::from).or(page);
                    match child.get::<i32>("MCID") {
                        Some(number) => self.piece(page, i64::from(number), text),
                        None => self.text_in(&child, page, depth, text)?,
                    }
                }
                _no_content => {}
            }
        }
        Some(())
    }

    fn piece(&self, page: Option<ObjectIdentifier>, number: i64, text: &mut String) {
        let piece = page.zip(i32::try_from(number).ok()).and_then(|place| self.pieces.get(&place));
        text.push_str(piece.map_or("", String::as_str));
    }
}

fn kind(element: &Dict<'_>) -> Option<String> {
    Some(element.get::<Name<'_>>("S")?.as_str().to_owned())
}

/// What is in an element: one thing or several.
fn children<'a>(element: &Dict<'a>) -> Vec<Object<'a>> {
    match element.get::<Object<'a>>("K") {
        Some(Object::Array(children)) => Array::iter::<Object<'a>>(&children).collect(),
        Some(child) => vec![child],
        None => vec![],
    }
}
