//! Text as letters of fonts, one behind the other as they are read.

use std::borrow::Cow;

use svod_domain::guard::{is_private, is_unseen};

use super::faces::{Faces, Weight};
use super::joined::{is_joined, joined};
use crate::xml::legal;

/// A shape on the page, and the part of the text that it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Glyph {
    pub(super) face: u8,
    /// Direction: odd, from right to left (UAX #9).
    pub(super) level: u8,
    pub(super) id: u16,
    /// Whether it is white at the end of a line.
    pub(super) is_space: bool,
    /// Way to the next one, in units of the font.
    pub(super) advance: i32,
    /// Moved against where it would stand, in units of the font, to the right and up.
    pub(super) moved: (i32, i32),
    /// First byte of what it shows.
    pub(super) from: u32,
    /// Behind the last byte.
    pub(super) to: u32,
    /// Whether other shapes show the same.
    pub(super) is_shared: bool,
}

impl Glyph {
    /// Whether it is read from right to left.
    pub(super) const fn is_reversed(&self) -> bool {
        self.level % 2 == 1
    }

    /// The part of its paragraph's text that it shows.
    pub(super) fn shown<'a>(&self, text: &'a str) -> &'a str {
        &text[self.from as usize..self.to as usize]
    }
}

/// A paragraph as letters. Breaks of lines within it have none.
#[derive(Clone, Debug)]
pub(super) struct Paragraph {
    pub(super) text: Box<str>,
    pub(super) glyphs: Vec<Glyph>,
}

impl Paragraph {
    pub(super) fn new(text: &str, weight: Weight, faces: &mut Faces) -> Self {
        let text = drawable(text);
        let glyphs = if text.chars().any(is_joined) {
            joined(&text, weight, faces)
        } else {
            single(&text, weight, faces)
        };
        Self { text: text.into(), glyphs }
    }
}

/// Every letter for itself.
fn single(text: &str, weight: Weight, faces: &mut Faces) -> Vec<Glyph> {
    let mut glyphs = Vec::with_capacity(text.len() / 2 + 1);
    for (from, letter) in text.char_indices() {
        if letter == '\n' || is_unseen(letter) {
            continue;
        }
        let found = faces.letter(letter, weight);
        glyphs.push(Glyph {
            face: found.face,
            level: 0,
            id: found.glyph,
            is_space: letter == ' ',
            advance: found.advance,
            moved: (0, 0),
            from: place(from),
            to: place(from + letter.len_utf8()),
            is_shared: false,
        });
    }
    glyphs
}

/// A place in a text of an entry, which has at most 65,535 bytes.
pub(super) fn place(byte: usize) -> u32 {
    u32::try_from(byte).expect("a paragraph has less than 4 GiB")
}

/// The text without what no page can carry: what XML forbids is not in the other formats either; letters for private use
/// mean nothing outside the house that they were written in.
fn drawable(text: &str) -> Cow<'_, str> {
    let text = legal(text);
    if !text.chars().any(|letter| replacement(letter).is_some()) {
        return text;
    }
    Cow::Owned(text.chars().map(|letter| replacement(letter).unwrap_or(letter)).collect())
}

fn replacement(letter: char) -> Option<char> {
    match letter {
        '\t' => Some(' '),
        '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        '\u{7f}'..='\u{9f}' => Some('\u{200b}'),
        '\u{fdd0}'..='\u{fdef}' => Some('\u{fffd}'),
        other if is_private(other) || u32::from(other) & 0xfffe == 0xfffe => Some('\u{fffd}'),
        _a_letter => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let paragraph = Paragraph::new(text, Weight::Regular, &mut Faces::new());
        let parts =
            paragraph.glyphs.iter().map(|glyph| &paragraph.text[glyph.from as usize..glyph.to as usize]);
        parts.collect()
    }

    #[test]
    fn every_letter_shows_itself() {
        assert_eq!(shown("Встреча «в\u{a0}Łodzi» 北京 😀"), "Встреча «в\u{a0}Łodzi» 北京 😀");
    }

    #[test]
    fn what_cannot_be_carried_is_replaced_or_left_out() {
        assert_eq!(shown("а\u{0}б\u{b}в\tг"), "абв г");
        assert_eq!(shown("сло\u{ad}во\u{200b}\u{feff}, \u{e000}\u{1ffff}"), "слово, \u{fffd}\u{fffd}");
    }
}
