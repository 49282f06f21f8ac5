//! The one pass over a closed quarter, and what every format is to it: a sink that sees neither database nor clock.
//!
//! Rows are made one at a time and given to every writer before the next is made, so a report is never in memory a
//! second time, and two formats of one pass cannot disagree.

use svod_engine::ReportInputs;

use crate::{RenderError, Row, SectionHead};

/// A document that is being written. It has been begun with a [`crate::Head`]; the rest comes in final order, a section
/// before its rows and never without any.
pub trait Writer {
    /// The part of a municipality begins.
    fn section(&mut self, section: &SectionHead) -> Result<(), RenderError>;

    /// The next row of the section.
    fn row(&mut self, row: &Row) -> Result<(), RenderError>;

    /// Nothing comes any more.
    fn finish(self: Box<Self>) -> Result<(), RenderError>;
}

/// Gives the sections and rows of a report to all writers, and ends them.
pub(crate) fn write_report(
    inputs: &ReportInputs,
    mut writers: Vec<Box<dyn Writer + '_>>,
) -> Result<(), RenderError> {
    let mut number = 0;
    for section in inputs.sections.iter().filter(|section| !section.records.is_empty()) {
        let head = SectionHead::new(section);
        writers.iter_mut().try_for_each(|writer| writer.section(&head))?;
        for record in &section.records {
            number += 1;
            let row = Row::new(record, inputs.quarter, number);
            writers.iter_mut().try_for_each(|writer| writer.row(&row))?;
        }
    }
    writers.into_iter().try_for_each(Writer::finish)
}
