//! What changed inside of a text: word by word, the ends of paragraphs among the words.

use similar::{Algorithm, ChangeTag, capture_diff_slices};

use super::Mark;
use crate::xml::escape;

/// Stands for the end of a paragraph that is not the last. No text holds it: a text of several lines is several paragraphs.
const END: &str = "\n";

/// Writes the paragraphs of a text that was `before` and is `after`, with what changed marked.
pub(super) fn paragraphs(mark: &mut Mark<'_>, style: &str, before: &str, after: &str, out: &mut String) {
    let (before, after) = (words(before), words(after));
    let mut open = Paragraph::default();
    for operation in capture_diff_slices(Algorithm::Myers, &before, &after) {
        for change in operation.iter_changes(&before, &after) {
            match change.value() {
                END => std::mem::take(&mut open).write(mark, style, change.tag(), out),
                word => open.push(change.tag(), word),
            }
        }
    }
    open.write(mark, style, ChangeTag::Equal, out);
}

/// Writes a paragraph that as a whole stayed, came or went.
pub(super) fn paragraph(mark: &mut Mark<'_>, style: &str, tag: ChangeTag, text: &str, out: &mut String) {
    Paragraph(vec![(tag, text.to_owned())]).write(mark, style, tag, out);
}

/// Cut so that a text is its words, one behind the other: what stands between spaces, and each run of spaces.
fn words(text: &str) -> Vec<&str> {
    let mut words = vec![];
    let mut from = 0;
    let mut last = None;
    for (at, letter) in text.char_indices() {
        let kind = (letter == '\n', letter.is_whitespace());
        if last.is_some_and(|last| last != kind || kind.0) {
            words.push(&text[from..at]);
            from = at;
        }
        last = Some(kind);
    }
    if from < text.len() {
        words.push(&text[from..]);
    }
    words
}

/// A paragraph that is being put together: its texts, neighbours of one kind in one.
#[derive(Default)]
struct Paragraph(Vec<(ChangeTag, String)>);

impl Paragraph {
    fn push(&mut self, tag: ChangeTag, word: &str) {
        match self.0.last_mut() {
            Some((last, text)) if *last == tag => text.push_str(word),
            _other => self.0.push((tag, word.to_owned())),
        }
    }

    /// Writes it; `end` says what happened to its end.
    fn write(self, mark: &mut Mark<'_>, style: &str, end: ChangeTag, out: &mut String) {
        mark.paragraph(style, end, out);
        for (tag, text) in self.0 {
            run(mark, tag, &text, out);
        }
        out.push_str("</w:p>");
    }
}

fn run(mark: &mut Mark<'_>, tag: ChangeTag, text: &str, out: &mut String) {
    let (text_open, text_close) = match tag {
        ChangeTag::Delete => (r#"<w:delText xml:space="preserve">"#, "</w:delText>"),
        ChangeTag::Equal | ChangeTag::Insert => (r#"<w:t xml:space="preserve">"#, "</w:t>"),
    };
    let around = mark.around(tag, out);
    out.push_str("<w:r>");
    out.push_str(text_open);
    escape(text, out);
    out.push_str(text_close);
    out.push_str("</w:r>");
    out.push_str(around);
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_text_is_cut_into_words_spaces_and_ends_of_paragraphs() {
        for (text, expected) in [
            ("", vec![]),
            ("слово", vec!["слово"]),
            ("два  слова ", vec!["два", "  ", "слова", " "]),
            ("а\nб", vec!["а", "\n", "б"]),
            ("\n\nа \n", vec!["\n", "\n", "а", " ", "\n"]),
        ] {
            assert_eq!(words(text), expected, "{text:?}");
        }
    }
}
