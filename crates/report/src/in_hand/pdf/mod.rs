//! What a PDF says, as far as it says of itself which words are in which cell of which table (a tagged PDF, ISO 32000-1, 14.7
//! and 14.8). A PDF without that can be compared byte for byte and no further.

mod letters;
mod size;
mod structure;

use std::collections::HashMap;
use std::sync::Arc;

use hayro_syntax::Pdf;
use hayro_syntax::object::ObjectIdentifier;

use super::cells::{Cells, plain};

/// The words of a PDF.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// The rows of its tables and the lines outside of them.
    pub(super) cells: Cells,
    /// Everything that stands in it, piece by piece.
    pub(super) texts: Vec<String>,
}

/// The pieces of the pages by what the structure calls them: a page and a number on it.
type Pieces = HashMap<(ObjectIdentifier, i32), String>;

/// What the PDF says. `None`: it cannot be read, would take more memory than a file may, or has no tables that it knows of.
pub(super) fn said(bytes: &Arc<[u8]>) -> Option<Said> {
    if !size::is_bounded(bytes) {
        return None;
    }
    let pdf = Pdf::new(Arc::new(bytes.to_vec())).ok()?;
    let pieces = letters::pieces(&pdf);
    let cells = structure::cells(&pdf, &pieces)?;
    let mut texts: Vec<_> = pieces.into_iter().collect();
    texts.sort_unstable_by_key(|((page, number), _)| (page.obj_number, *number));
    Some(Said { cells, texts: texts.into_iter().map(|(_, text)| plain(&text)).collect() })
}
