//! A region's own Word file as the donor of the report's looks: its styles, headers, page set-up, and one table with a
//! heading row, a section row and a record row, in which marks such as `{место}` say what goes where.
//!
//! The file is compiled once: `package` takes it apart and refuses whatever could fetch, run or hide something, `marks`
//! finds the marks, however Word has cut them over runs, `compile` cuts the parts into literal text and slots, `segments`
//! fills them, `below` says how what stands below the table looks. `write` streams the rows of a report through the result. docs/TEMPLATES.md tells a region how to make one.

mod below;
mod compile;
mod inspect;
mod keep;
mod marks;
mod package;
mod segments;
mod write;

use svod_text::Words;
pub use svod_text::template::{Mark, TemplateFault};

pub use compile::Template;
pub use keep::{CannotLoad, TEMPLATE_MEDIA_TYPE, keep_template, load_template};
pub(crate) use write::Donor;

/// Why a file cannot be a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the template is refused ({}): {what}", fault.code())]
pub struct TemplateRefused {
    /// What is wrong.
    pub fault: TemplateFault,
    /// Where, or with what: a part of the file, a field, a mark.
    pub what: String,
}

impl TemplateRefused {
    pub(crate) fn new(fault: TemplateFault, what: impl Into<String>) -> Self {
        Self { fault, what: what.into() }
    }

    /// For whoever made the template: what is wrong, and what to do.
    #[must_use]
    pub fn words(&self) -> Words {
        self.fault.words(&self.what)
    }
}
