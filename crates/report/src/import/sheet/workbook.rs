//! The list of sheets of a workbook, and which rows each repeats on every page.

use crate::import::CannotRead;
use crate::import::limits::{DEFINITIONS_MAX, NAME_CHARS_MAX};
use crate::import::names::Ns;
use crate::import::too_many_definitions;
use crate::import::xml::{Node, Xml};

/// The name under which a workbook keeps the rows that are repeated.
const REPEATED: &str = "_xlnm.Print_Titles";

#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) name: String,
    /// The id of the relation to its part.
    pub(super) tie: String,
    pub(super) is_hidden: bool,
    /// The first and last row that each page repeats.
    pub(super) repeated: Option<(usize, usize)>,
}

#[derive(Debug, Default)]
pub(super) struct Workbook {
    pub(super) sheets: Vec<Sheet>,
    /// Whether days are counted from 1904, as on old machines of Apple.
    pub(super) is_1904: bool,
}

impl Workbook {
    pub(super) fn read(mut xml: Xml<'_>) -> Result<Self, CannotRead> {
        let mut workbook = Self::default();
        loop {
            match xml.next()? {
                Node::Start => workbook.element(&mut xml)?,
                Node::Eof => return Ok(workbook),
                Node::End | Node::Text => {}
            }
            if workbook.sheets.len() > DEFINITIONS_MAX {
                return Err(too_many_definitions());
            }
        }
    }

    fn element(&mut self, xml: &mut Xml<'_>) -> Result<(), CannotRead> {
        match xml.name() {
            (Ns::Sheet, "workbookPr") => {
                let value = xml.attribute(Ns::Other, "date1904");
                self.is_1904 = value.is_some_and(|value| value == "1" || value == "true");
            }
            (Ns::Sheet, "sheet") => {
                let state = xml.attribute(Ns::Other, "state").unwrap_or_default();
                let name = xml.attribute(Ns::Other, "name").unwrap_or_default();
                self.sheets.push(Sheet {
                    name: name.chars().take(NAME_CHARS_MAX).collect(),
                    tie: xml.attribute(Ns::Relation, "id").unwrap_or_default(),
                    is_hidden: state.to_lowercase().contains("hidden"),
                    repeated: None,
                });
            }
            (Ns::Sheet, "definedName") if xml.attribute(Ns::Other, "name").as_deref() == Some(REPEATED) => {
                let at = xml.attribute(Ns::Other, "localSheetId").and_then(|at| at.parse::<usize>().ok());
                let range = xml.text_inside()?;
                if let Some(sheet) = at.and_then(|at| self.sheets.get_mut(at)) {
                    sheet.repeated = repeated(&range);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// The rows of `Sheet!$A:$B,Sheet!$4:$5`: 4 and 5.
fn repeated(range: &str) -> Option<(usize, usize)> {
    range.split(',').find_map(|part| {
        let rows = part.rsplit('!').next()?;
        let (first, last) = rows.split_once(':')?;
        let number = |text: &str| text.trim_matches('$').parse::<usize>().ok();
        Some((number(first)?, number(last)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_rows_are_found_among_repeated_columns() {
        assert_eq!(repeated("'Лист 1'!$4:$5"), Some((4, 5)));
        assert_eq!(repeated("Свод!$A:$B,Свод!$1:$1"), Some((1, 1)));
        assert_eq!(repeated("Свод!$A:$B"), None);
        assert_eq!(repeated(""), None);
    }
}
