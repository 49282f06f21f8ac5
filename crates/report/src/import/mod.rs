//! The file of a clerk, read: what a person sees in it, as a grid with the place of everything; understood: who states what
//! for the quarter; and compared with what is filed: what an import would do.
//!
//! A file is known by its content, bounded before it is parsed, and read in one pass. What cannot be read is told: as a
//! notice with its place, or as a refusal of the whole file. Nothing is fetched, no macro is run.

mod columns;
mod compound;
mod delimited;
mod docx;
mod draft;
mod encoding;
mod filed;
mod form;
mod grid;
mod html;
mod limits;
mod lines;
mod message;
mod names;
mod numerals;
mod odf;
mod office;
mod package;
mod plan;
mod preview;
mod read;
mod relations;
mod sheet;
mod sniff;
mod spans;
mod xml;

pub use form::{Finding, Question, Says, Stated, Understood, understand};
pub use grid::{Block, Fact, Grid, GridCell, GridRow, Notice, Paragraph, Table};
pub use limits::PACKED_BYTES_MAX as FILE_BYTES_MAX;
pub use office::Office;
pub use preview::{CannotImport, Handed, preview, preview_alone, units};
pub use read::{ReadOptions, read};
pub use svod_text::reading::{CannotRead, Limit, Looks, NoticeKind, Place, Severity, SourceFormat};

/// A document that has more styles, lists or notes than anybody made by hand.
fn too_many_definitions() -> CannotRead {
    CannotRead::TooLarge { limit: Limit::Definitions, max: limits::DEFINITIONS_MAX as u64 }
}
