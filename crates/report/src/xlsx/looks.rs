//! How the cells of the workbook look.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

/// The typeface of the form, as in the Word document.
const FONT: &str = "Times New Roman";

/// Smaller than on paper: the sheet is scaled to the width of the page anyway.
const SIZE: f64 = 11.0;

/// Of marks, as in the Word document.
const MARK_COLOUR: Color = Color::RGB(0x00C0_0000);

/// The formats of cells by what they are.
pub(crate) struct Looks {
    pub(crate) title: Format,
    pub(crate) mark: Format,
    pub(crate) heading: Format,
    pub(crate) section: Format,
    pub(crate) text: Format,
    /// The number of a row: a real one, shown with its dot.
    pub(crate) number: Format,
    /// A real date.
    pub(crate) date: Format,
    pub(crate) count: Format,
    pub(crate) note: Format,
    /// What an edition says of the one that it replaces.
    pub(crate) revision: Format,
    pub(crate) revision_heading: Format,
}

impl Looks {
    pub(crate) fn new() -> Self {
        let plain = Format::new().set_font_name(FONT).set_font_size(SIZE);
        let bold = plain.clone().set_bold();
        let cell = plain.clone().set_border(FormatBorder::Thin).set_align(FormatAlign::Top);
        let centred = bold.clone().set_align(FormatAlign::Center).set_text_wrap();
        Self {
            title: centred.clone().set_font_size(14).set_align(FormatAlign::VerticalCenter),
            mark: bold.clone().set_align(FormatAlign::Center).set_font_color(MARK_COLOUR),
            heading: centred.clone().set_border(FormatBorder::Thin).set_align(FormatAlign::VerticalCenter),
            section: centred.set_border(FormatBorder::Thin).set_align(FormatAlign::VerticalCenter),
            text: cell.clone().set_text_wrap(),
            number: cell.clone().set_num_format("0\".\"").set_align(FormatAlign::Center),
            date: cell.clone().set_num_format("dd.mm.yyyy").set_align(FormatAlign::Center),
            count: cell.set_num_format("0"),
            revision: plain.clone().set_text_wrap().set_align(FormatAlign::Top),
            revision_heading: bold,
            note: plain.set_italic(),
        }
    }
}
