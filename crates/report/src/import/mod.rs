//! The file of a clerk, read: what a person sees in it, as a grid with the place of everything.

mod grid;

pub use grid::{Block, Fact, Grid, GridCell, GridRow, Notice, Paragraph, Table};
pub use svod_text::reading::{CannotRead, Limit, Looks, NoticeKind, Place, Severity, SourceFormat};
