//! The report as an Excel workbook: the form as it is printed, beside it columns for filters and programs, a second
//! sheet with sums, and a third with what changed since the edition before.
//!
//! Written by `rust_xlsxwriter` row by row, through temporary files: text only ever as text, so that nothing that was
//! typed is a formula. `looks` is how cells look, `pieces` what is done with text that no cell can show, `summary` the
//! second sheet, `revision` the third.

mod looks;
mod pieces;
mod revision;
mod summary;
mod write;

pub(crate) use looks::Looks;
pub(crate) use pieces::pieces;
pub(crate) use write::{LINE_HEIGHT, TITLE_LINES, Xlsx, set_up_page};
