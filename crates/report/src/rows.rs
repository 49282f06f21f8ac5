//! The pass over a report that every written format makes: row by row, so that a long one is never in memory whole.

use std::io::Write;

use crate::{RenderError, Report, Row, Section};

/// What a format writes for a section and for an activity.
pub(crate) struct RowForms {
    /// The row across the table.
    pub(crate) section: fn(&Section, &mut String),
    /// A row of six cells.
    pub(crate) activity: fn(&Row, &mut String),
    /// What ends a section.
    pub(crate) section_end: &'static str,
}

/// Writes every row of the table, in order.
pub(crate) fn write_rows(report: &Report, forms: &RowForms, out: &mut impl Write) -> Result<(), RenderError> {
    let mut buffer = String::new();
    for section in &report.sections {
        (forms.section)(section, &mut buffer);
        for row in &section.rows {
            (forms.activity)(row, &mut buffer);
            out.write_all(buffer.as_bytes())?;
            buffer.clear();
        }
        out.write_all(forms.section_end.as_bytes())?;
    }
    Ok(())
}
