//! What of a line is drawn in one go, and where it stands.
//!
//! Whoever reads a page without its structure puts words together from what was drawn in one go, from the left to the right,
//! and turns round what runs the other way. So a word that is read from right to left is drawn whole, in the order in which
//! it stands, and marked as reversed (`ReversedChars`, ISO 32000-1, 14.8.2.3.3), which `krilla` does of what is given to it
//! with ever earlier text; words follow each other as they are read.

use super::faces::Faces;
use super::letters::Glyph;

/// Letters of one font and one direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch<'a> {
    /// In the order of reading.
    pub(super) glyphs: &'a [Glyph],
    /// From the beginning of the line to its left edge, in parts of an em.
    pub(super) way: i64,
    /// Whether the file marks what it shows: as reversed, or with the text that its shapes do not tell.
    pub(super) is_marked: bool,
}

impl Stretch<'_> {
    fn level(&self) -> u8 {
        self.glyphs[0].level
    }
}

/// The letters of a line in the order of reading, each stretch with its place (UAX #9, rule L2).
pub(super) fn stretches<'a>(glyphs: &'a [Glyph], text: &str, faces: &mut Faces) -> Vec<Stretch<'a>> {
    let mut stretches: Vec<Stretch<'a>> = vec![];
    let (mut begun, mut before_is_told) = (0, false);
    for (at, glyph) in glyphs.iter().enumerate() {
        let is_told = !faces.shows(glyph, glyph.shown(text)) || glyph.is_shared;
        if at > 0 {
            let before = &glyphs[at - 1];
            let is_one =
                before.from == glyph.from || !is_told && !before_is_told && follows(before, glyph, text);
            if !is_one || (before.face, before.level) != (glyph.face, glyph.level) {
                stretches.push(stretch(&glyphs[begun..at], before_is_told));
                begun = at;
            }
        }
        before_is_told = is_told;
    }
    if begun < glyphs.len() {
        stretches.push(stretch(&glyphs[begun..], before_is_told));
    }
    place(&mut stretches, faces);
    stretches
}

/// Whether a letter is drawn with the one before it. White stands between words.
fn follows(before: &Glyph, glyph: &Glyph, text: &str) -> bool {
    let is_white = |glyph: &Glyph| glyph.shown(text).chars().all(char::is_whitespace);
    !glyph.is_reversed() || !is_white(before) && !is_white(glyph)
}

fn stretch(glyphs: &[Glyph], is_told: bool) -> Stretch<'_> {
    let is_marked = is_told || glyphs[0].is_reversed() && glyphs.len() > 1;
    Stretch { glyphs, way: 0, is_marked }
}

fn place(stretches: &mut [Stretch<'_>], faces: &Faces) {
    let mut order: Vec<usize> = (0..stretches.len()).collect();
    let level = |stretch: usize| stretches[stretch].level();
    let highest = order.iter().map(|stretch| level(*stretch)).max().unwrap_or_default();
    for least in (1..=highest).rev() {
        for together in order.chunk_by_mut(|one, next| (level(*one) >= least) == (level(*next) >= least)) {
            if level(together[0]) >= least {
                together.reverse();
            }
        }
    }
    let mut way = 0;
    for stretch in order {
        stretches[stretch].way = way;
        way +=
            stretches[stretch].glyphs.iter().map(|glyph| faces.width(glyph.face, glyph.advance)).sum::<i64>();
    }
}

#[cfg(test)]
mod tests {
    use super::super::faces::Weight;
    use super::super::joined::joined;
    use super::*;

    /// What is drawn in one go, as it is read, behind one another as it is drawn.
    fn drawn(text: &str) -> Vec<String> {
        let mut faces = Faces::new();
        let glyphs = joined(text, Weight::Regular, &mut faces);
        let stretches = stretches(&glyphs, text, &mut faces);
        let shown = |stretch: &Stretch<'_>| {
            let [first, .., last] = stretch.glyphs else { return stretch.glyphs[0].shown(text).to_owned() };
            text[first.from as usize..last.to as usize].to_owned()
        };
        stretches.iter().map(shown).collect()
    }

    fn on_the_page(text: &str) -> String {
        let mut faces = Faces::new();
        let glyphs = joined(text, Weight::Regular, &mut faces);
        let mut stretches = stretches(&glyphs, text, &mut faces);
        stretches.sort_by_key(|stretch| stretch.way);
        let shown = |stretch: &Stretch<'_>| -> String {
            let mut shown: Vec<&str> = stretch.glyphs.iter().map(|glyph| glyph.shown(text)).collect();
            if stretch.glyphs[0].is_reversed() {
                shown.reverse();
            }
            shown.concat()
        };
        stretches.iter().map(shown).collect()
    }

    #[test]
    fn what_runs_from_right_to_left_stands_that_way() {
        assert_eq!(on_the_page("в שלום, и 12"), "в םולש, и 12");
        assert_eq!(on_the_page("שלום 12 עולם"), "םלוע 12 םולש");
    }

    #[test]
    fn a_word_from_right_to_left_is_drawn_in_one_go() {
        assert_eq!(drawn("в שלום עולם"), ["в ", "שלום", " ", "עולם"]);
        assert_eq!(drawn("مرحبا بالعالم"), ["مرحبا", " ", "بالعالم"]);
    }

    #[test]
    fn a_letter_of_several_shapes_is_drawn_alone() {
        assert_eq!(drawn("הש\u{5b8}\u{5c1}לום"), ["ה", "ש\u{5b8}\u{5c1}", "לום"]);
        assert_eq!(drawn("замо\u{301}к"), ["зам", "о\u{301}", "к"]);
    }

    #[test]
    fn a_shape_that_has_shown_another_letter_is_drawn_alone() {
        assert_eq!(drawn("(в) (שלום)ל"), ["(в) (", "שלום", ")", "ל"]);
        assert_eq!(drawn("(в) ש(ו)ל"), ["(в) ", "ש", "(", "ו", ")", "ל"]);
    }
}
