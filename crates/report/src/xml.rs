//! Text made safe for XML.

use std::borrow::Cow;

/// The text with marks escaped, for an element or a quoted attribute. Characters that XML 1.0 forbids are dropped: one
/// of them, pasted unseen, would make the whole document unreadable.
pub(crate) fn escape(text: &str, out: &mut String) {
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

pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(text, &mut out);
    out
}

/// The text without what XML 1.0 forbids.
pub(crate) fn legal(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_legal) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|letter| is_legal(*letter)).collect())
    }
}

fn is_legal(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
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
