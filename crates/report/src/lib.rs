//! A quarter's report: first as printable rows, then as documents. The only crate with document libraries.
//!
//! A document is a pure function of the report's inputs, the settings and the renderer: no clock, no locale, no chance.
//! So every edition can be built again, byte for byte, by the renderer that it names.

mod archive;
mod content;
mod docx;
mod erase;
mod html;
pub mod import;
mod in_hand;
mod json;
mod model;
mod odt;
mod opc;
mod pdf;
mod properties;
mod render;
mod renderer;
mod reproduce;
mod revision;
mod settings;
mod template;
mod tidy;
mod worker;
mod writer;
mod xlsx;
mod xml;
mod yearly;

pub use content::{content_hash, is_same_content};
pub use docx::Side;
pub use erase::{CannotComplete, Masked, complete_erasure_of, complete_erasures, has_copies, mask_erased};
pub use in_hand::{
    CannotJudge, CellDifference, DIFFERENCES_MAX, Differences, Match, Verdict, pdf_cells, verify_file,
};
pub use model::{Head, LogPlace, Row, SectionHead};
pub use render::{
    Format, InvalidFormat, RenderError, Rendered, render, render_all, render_by, render_changes,
    render_newest, render_with,
};
pub use renderer::{Renderer, UnknownRenderer};
pub use reproduce::{
    CannotReproduce, Difference, NotADocument, Reproduced, first_difference, masked_twin, reproduce,
};
pub use revision::{LeftOut, Numbered, Renamed, Revision};
pub use settings::ReportSettings;
pub use template::{
    CannotLoad, Mark, TEMPLATE_MEDIA_TYPE, Template, TemplateFault, TemplateRefused, keep_template,
    load_template,
};
pub use worker::{SUBSCRIPTION, WorkError, WorkerOptions, work};
pub use writer::Writer;
pub use yearly::{CountryYear, MunicipalityYear, YearEdition, YearSummary, year_workbook};
