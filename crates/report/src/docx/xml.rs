//! Text made safe for XML.

/// The text with marks escaped, for an element or a quoted attribute. Characters that XML 1.0 forbids are dropped: one
/// of them, pasted unseen, would make the whole document unreadable.
pub(super) fn escape(text: &str, out: &mut String) {
    for letter in text.chars().filter(|letter| is_legal(*letter)) {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
}

pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(text, &mut out);
    out
}

fn is_legal(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_escaped_and_forbidden_characters_dropped() {
        assert_eq!(escaped("a<b>&\"c\""), "a&lt;b&gt;&amp;&quot;c&quot;");
        assert_eq!(escaped("а\u{0}\u{b}\u{1f}\u{fffe}\u{ffff}б\u{10ffff}"), "аб\u{10ffff}");
    }
}
