//! The report as a Word document (Office Open XML, transitional): one landscape table whose heading row repeats, and
//! page numbers from the second page on.
//!
//! Written by hand and streamed row by row: no library known makes the whole of it (repeated heading row, language,
//! title in the properties) with the same bytes twice. `parts/` has the parts that never change, `body` the table,
//! `properties` what the file says of itself, `tracked` two reports in one.

mod body;
mod headers;
mod paragraph;
mod properties;
mod tracked;
mod write;

pub use tracked::Side;
pub(crate) use tracked::tracked;
pub(crate) use write::{Docx, begin_package};
