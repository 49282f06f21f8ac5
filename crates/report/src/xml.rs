//! Text made safe for XML.

use std::borrow::Cow;

/// The text with marks escaped, for an element or a quoted attribute. Characters that XML 1.0 forbids are dropped: one
/// of them, pasted unseen, would make the whole document unreadable. What needs neither is copied in one piece.
pub(crate) fn escape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| SUSPECT[usize::from(byte)]) {
        let (plain, suspect) = rest.split_at(at);
        out.push_str(plain);
        let mut letters = suspect.chars();
        match letters.next() {
            Some('&') => out.push_str("&amp;"),
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('"') => out.push_str("&quot;"),
            Some(other) if is_legal(other) => out.push(other),
            Some(_) | None => {}
        }
        rest = letters.as_str();
    }
    out.push_str(rest);
}

/// Bytes that begin a letter which may have to be escaped or dropped: the marks, controls, and what U+FFFE and U+FFFF begin
/// with.
const SUSPECT: [bool; 256] = {
    let mut suspect = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        suspect[byte] = true;
        byte += 1;
    }
    suspect[b'&' as usize] = true;
    suspect[b'<' as usize] = true;
    suspect[b'>' as usize] = true;
    suspect[b'"' as usize] = true;
    suspect[0xef] = true;
    suspect
};

pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(text, &mut out);
    out
}

/// The text without what XML 1.0 forbids.
pub(crate) fn legal(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| SUSPECT[usize::from(byte)]) || text.chars().all(is_legal) {
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
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn marks_are_escaped_and_forbidden_characters_dropped() {
        assert_eq!(escaped("a<b>&\"c\""), "a&lt;b&gt;&amp;&quot;c&quot;");
        assert_eq!(escaped("\t\n\r\u{7f}я\u{fffd}\u{feff}<"), "\t\n\r\u{7f}я\u{fffd}\u{feff}&lt;");
        assert_eq!(escaped("а\u{0}\u{b}\u{1f}\u{fffe}\u{ffff}б\u{10ffff}"), "аб\u{10ffff}");
    }

    proptest! {
        #[test]
        fn every_letter_is_escaped_as_if_it_stood_alone(text in r"([&<>\x22\u{0}-\u{1f}\u{d7ff}-\u{ffff}]|\PC|.){0,40}") {
            let alone = |letter: char| match letter {
                '&' => "&amp;".to_owned(),
                '<' => "&lt;".to_owned(),
                '>' => "&gt;".to_owned(),
                '"' => "&quot;".to_owned(),
                legal if is_legal(legal) => legal.to_string(),
                _ => String::new(),
            };
            prop_assert_eq!(escaped(&text), text.chars().map(alone).collect::<String>());
            prop_assert_eq!(legal(&text), text.chars().filter(|letter| is_legal(*letter)).collect::<String>());
        }
    }
}
