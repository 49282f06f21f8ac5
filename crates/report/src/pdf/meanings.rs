//! What each shape of a font shows. A file says it once for all its pages, and where a shape shows something else, there.
//!
//! `krilla` keeps the same account: the first text that a shape shows is what it means.

use std::collections::HashMap;

use super::letters::Glyph;

/// The texts of shapes, by font and number. A letter is its own code; texts of several have the numbers behind all letters.
#[derive(Default)]
pub(super) struct Meanings {
    fonts: Vec<Vec<u32>>,
    longer: HashMap<Box<str>, u32>,
}

/// The code of no text: no page has this character.
const NOTHING: u32 = 0;

/// The first number that is no letter.
const LONGER: u32 = char::MAX as u32 + 1;

impl Meanings {
    /// Whether the shape shows that text everywhere so far.
    pub(super) fn is(&mut self, glyph: &Glyph, text: &str) -> bool {
        let code = self.code(text);
        let (font, id) = (usize::from(glyph.face), usize::from(glyph.id));
        if self.fonts.len() <= font {
            self.fonts.resize_with(font + 1, Vec::new);
        }
        let shapes = &mut self.fonts[font];
        if shapes.len() <= id {
            shapes.resize(id + 1, NOTHING);
        }
        let meaning = &mut shapes[id];
        if *meaning == NOTHING {
            *meaning = code;
        }
        *meaning == code
    }

    fn code(&mut self, text: &str) -> u32 {
        let mut letters = text.chars();
        if let (Some(letter), None) = (letters.next(), letters.next()) {
            return u32::from(letter);
        }
        if let Some(code) = self.longer.get(text) {
            return *code;
        }
        let count = u32::try_from(self.longer.len()).expect("a report has less than 4 GiB");
        let code = LONGER + count;
        self.longer.insert(text.into(), code);
        code
    }
}
