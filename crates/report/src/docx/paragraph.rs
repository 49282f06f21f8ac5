//! A paragraph of a Word document.

use crate::xml::escape;

/// A paragraph of that style; without text it is empty, as a cell without words must still have one.
pub(super) fn paragraph(style: &str, text: &str, out: &mut String) {
    out.push_str(r#"<w:p><w:pPr><w:pStyle w:val=""#);
    out.push_str(style);
    out.push_str(r#""/></w:pPr>"#);
    if !text.is_empty() {
        out.push_str(r#"<w:r><w:t xml:space="preserve">"#);
        escape(text, out);
        out.push_str("</w:t></w:r>");
    }
    out.push_str("</w:p>");
}
