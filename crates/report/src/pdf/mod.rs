//! The report as PDF/A-2a and PDF/UA-1 (ISO 19005-2, ISO 14289-1), and as PDF/A-1b (ISO 19005-1) for archives that take
//! nothing newer: the pages of the Word document, laid out here, in whole numbers, so that a line ends at the same word on
//! every machine.
//!
//! `krilla` writes the file and refuses whatever the standards forbid. What it is given: `faces` knows which font has a
//! letter, `letters` and `joined` make letters of text, `lines` breaks them, `stretches` are drawn in one go, `page` holds one page until it is full, `table`
//! decides what stands on which, `structure` is what the document is for whoever has it read aloud.

mod faces;
mod facts;
mod joined;
mod letters;
mod lines;
mod meanings;
mod page;
mod stretches;
mod structure;
mod style;
mod table;
mod write;

pub(crate) use write::{Pdf, Profile};
