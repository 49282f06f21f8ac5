//! A text with slots: what a part of a template becomes when it is compiled.

use svod_text::template::Mark;

use crate::xml::escape;

/// A piece of a compiled part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// As it stands in the template.
    Text(String),
    /// Filled in; paragraphs beyond the first are parted by `between`.
    Slot { mark: Mark, between: String },
    /// A paragraph that holds nothing but a mark, and is not there when there is nothing to fill in.
    Paragraph { before: String, mark: Mark, after: String },
}

/// What stands for a mark: its paragraphs.
pub(super) trait Values {
    /// The paragraphs; none or an empty one: nothing.
    fn of(&self, mark: Mark) -> Paragraphs<'_>;
}

/// One text or several.
pub(super) enum Paragraphs<'a> {
    One(&'a str),
    Many(&'a [String]),
}

/// Writes the segments with their slots filled.
pub(super) fn fill(segments: &[Segment], values: &impl Values, out: &mut String) {
    for segment in segments {
        match segment {
            Segment::Text(text) => out.push_str(text),
            Segment::Slot { mark, between } => match values.of(*mark) {
                Paragraphs::One(text) => escape(text, out),
                Paragraphs::Many(texts) => {
                    for (index, text) in texts.iter().enumerate() {
                        if index > 0 {
                            out.push_str(between);
                        }
                        escape(text, out);
                    }
                }
            },
            Segment::Paragraph { before, mark, after } => {
                if let Paragraphs::One(text) = values.of(*mark)
                    && !text.is_empty()
                {
                    out.push_str(before);
                    escape(text, out);
                    out.push_str(after);
                }
            }
        }
    }
}
