//! The report as an ODT file (ISO/IEC 26300, version 1.3): the same pages as the Word document. Some regions
//! prescribe this format.
//!
//! Streamed row by row, like the Word document. `parts/` has the parts that never change, `content` the pages, `styles`
//! what stands above each of them, `meta` what the file says of itself.

mod content;
mod meta;
mod styles;
mod write;

pub(crate) use write::Odt;
