//! Paragraphs broken into lines: as many words as fit, by the rules of UAX #14; within a word only where the word is longer than
//! the line.

use std::ops::Range;
use std::rc::Rc;

use unicode_linebreak::{BreakOpportunity, linebreaks};

use super::faces::Faces;
use super::letters::{Glyph, Paragraph};

/// A line of a paragraph.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) paragraph: Rc<Paragraph>,
    /// Which of its letters, white at the end included.
    pub(super) glyphs: Range<usize>,
    /// Width without white at the end, in parts of an em.
    pub(super) width: i64,
}

/// The lines of a paragraph that is so wide, in parts of an em; one without letters where there is no text.
pub(super) fn lines(paragraph: &Rc<Paragraph>, width: i64, faces: &Faces) -> Vec<Line> {
    let mut lines =
        Lines { paragraph, faces, width_max: width, begun: 0, end: 0, width: 0, black: 0, done: vec![] };
    for (place, kind) in linebreaks(&paragraph.text) {
        if kind == BreakOpportunity::Allowed && is_kept(&paragraph.text, place) {
            continue;
        }
        lines.word(place);
        if kind == BreakOpportunity::Mandatory {
            lines.end_line();
        }
    }
    if lines.done.is_empty() {
        lines.end_line();
    }
    lines.done
}

/// Where the rules allow a break that a Russian text does not have: behind the stroke of «п/п», and behind the dash of «8–20».
fn is_kept(text: &str, place: usize) -> bool {
    let mut before = text[..place].chars().rev();
    let next = text[place..].chars().next();
    match before.next() {
        Some('/') => true,
        Some('–' | '-') => {
            let is_digit = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
            is_digit(before.next()) && is_digit(next)
        }
        _another => false,
    }
}

struct Lines<'a> {
    paragraph: &'a Rc<Paragraph>,
    faces: &'a Faces,
    width_max: i64,
    /// First letter of the line.
    begun: usize,
    /// Behind its last.
    end: usize,
    /// Its width.
    width: i64,
    /// The same up to the last letter that is not white.
    black: i64,
    done: Vec<Line>,
}

impl Lines<'_> {
    /// What may not be broken, up to that byte of the text, goes onto the line or onto a new one.
    fn word(&mut self, place: usize) {
        let glyphs = &self.paragraph.glyphs[self.end..];
        let count = glyphs.iter().take_while(|glyph| (glyph.from as usize) < place).count();
        let (mut width, mut black) = (0, 0);
        for glyph in &glyphs[..count] {
            width += self.faces.width(glyph.face, glyph.advance);
            black = if glyph.is_space { black } else { width };
        }
        if self.begun < self.end && self.width + black > self.width_max {
            self.end_line();
        }
        if black > self.width_max {
            return self.long_word(count);
        }
        self.black = if black > 0 { self.width + black } else { self.black };
        self.width += width;
        self.end += count;
    }

    /// A word that no line holds is broken where the line ends, never between a letter and its marks.
    fn long_word(&mut self, count: usize) {
        for _ in 0..count {
            let glyph = &self.paragraph.glyphs[self.end];
            let width = self.faces.width(glyph.face, glyph.advance);
            let is_full = self.width + width > self.width_max && !glyph.is_space;
            if is_full && self.begun < self.end && self.begins_letter(glyph) {
                self.end_line();
            }
            self.end += 1;
            self.width += width;
            self.black = if glyph.is_space { self.black } else { self.width };
        }
    }

    fn begins_letter(&self, glyph: &Glyph) -> bool {
        self.paragraph.glyphs[self.end - 1].from != glyph.from
    }

    fn end_line(&mut self) {
        let paragraph = Rc::clone(self.paragraph);
        self.done.push(Line { paragraph, glyphs: self.begun..self.end, width: self.black });
        (self.begun, self.width, self.black) = (self.end, 0, 0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::faces::{EM, Weight};
    use super::*;

    fn broken(text: &str, width: i64) -> Vec<String> {
        let mut faces = Faces::new();
        let paragraph = Rc::new(Paragraph::new(text, Weight::Regular, &mut faces));
        let shown = |line: &Line| {
            let glyphs = &paragraph.glyphs[line.glyphs.clone()];
            glyphs.iter().map(|glyph| glyph.shown(&paragraph.text)).collect()
        };
        lines(&paragraph, width, &faces).iter().map(shown).collect()
    }

    #[test]
    fn lines_end_between_words() {
        assert_eq!(broken("один два три", 4 * EM), ["один два ", "три"]);
        assert_eq!(broken("в\u{a0}Смоленске", 3 * EM / 2).concat(), "в\u{a0}Смоленске");
        assert_eq!(broken("Ростов-на-Дону", 5 * EM), ["Ростов-на-", "Дону"]);
        assert_eq!(broken("один\nдва", 100 * EM), ["один", "два"]);
    }

    #[test]
    fn a_range_of_days_stays_in_one_piece() {
        assert_eq!(broken("с\u{a0}8–20 апреля", 3 * EM)[0], "с\u{a0}8–20 ");
        assert_eq!(broken("№ п/п", 3 * EM / 2), ["№ ", "п/п"]);
    }

    #[test]
    fn a_word_that_no_line_holds_is_broken() {
        let lines = broken(&"ш".repeat(300), 10 * EM);
        assert!(lines.len() > 20 && lines.concat() == "ш".repeat(300));
    }

    #[test]
    fn no_text_is_one_empty_line() {
        assert_eq!(broken("", EM), [""]);
    }

    proptest! {
        #[test]
        fn no_letter_is_lost_and_no_line_too_wide(text in "[а-яa-z0-9 –«».,\u{301}ع北]{0,80}", ems in 2_i64..20) {
            let mut faces = Faces::new();
            let paragraph = Rc::new(Paragraph::new(&text, Weight::Regular, &mut faces));
            let lines = lines(&paragraph, ems * EM, &faces);
            let mut next = 0;
            for line in &lines {
                prop_assert_eq!(line.glyphs.start, next);
                prop_assert!(line.width <= ems * EM);
                next = line.glyphs.end;
            }
            prop_assert_eq!(next, paragraph.glyphs.len());
        }
    }
}
