//! The fonts of the pages: which of them has a letter, and how wide it is there.

use std::collections::HashMap;

use harfrust::ShaperData;
use krilla::text::Font;
use skrifa::charmap::Charmap;
use skrifa::raw::TableProvider as _;
use skrifa::raw::tables::hmtx::Hmtx;
use skrifa::{FontRef, GlyphId, MetadataProvider as _};

use super::letters::Glyph;
use super::meanings::Meanings;

/// Parts of an em that every width is counted in: so many that each of the fonts has whole ones.
pub(super) const EM: i64 = 256_000;

/// The fonts in the order in which they are asked for a letter, regular weight. `fonts/README.md` says where they are from.
const FILES: [&[u8]; 8] = [
    include_bytes!("../../fonts/LiberationSerif-Regular.ttf"),
    include_bytes!("../../fonts/DejaVuSans.ttf"),
    include_bytes!("../../fonts/NotoSerifDevanagari-Regular.ttf"),
    include_bytes!("../../fonts/NotoSerifThai-Regular.ttf"),
    include_bytes!("../../fonts/DroidSansFallbackFull.ttf"),
    include_bytes!("../../fonts/NanumMyeongjo.ttf"),
    include_bytes!("../../fonts/Symbola_hint.ttf"),
    include_bytes!("../../fonts/LiberationSerif-Bold.ttf"),
];

/// Asked first where the text is bold; the others have no bold.
const BOLD: u8 = 7;

/// Stands for a letter that no font has: logs from before letters were checked may hold one.
const MISSING: char = '□';

/// How heavy the letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// A letter as a font has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Letter {
    /// Which of the fonts.
    pub(super) face: u8,
    /// Its shape in that font.
    pub(super) glyph: u16,
    /// Its width in the font's own units.
    pub(super) advance: i32,
}

/// The fonts, and what was asked of them.
pub(super) struct Faces {
    all: Vec<Face>,
    found: [HashMap<char, Letter>; 2],
    /// The letters up to U+04FF, which nearly all text consists of.
    near: [Vec<Option<Letter>>; 2],
    meanings: Meanings,
}

pub(super) struct Face {
    pub(super) font: FontRef<'static>,
    data: &'static [u8],
    charmap: Charmap<'static>,
    advances: Hmtx<'static>,
    /// The font's own units in an em.
    pub(super) units: i64,
    embedded: Option<Font>,
    shaper: Option<ShaperData>,
}

impl Faces {
    pub(super) fn new() -> Self {
        let all = FILES.iter().map(|data| Face::new(data)).collect();
        let near = || vec![None; usize::from(NEAR_END)];
        Self {
            all,
            found: [HashMap::new(), HashMap::new()],
            near: [near(), near()],
            meanings: Meanings::default(),
        }
    }

    /// The letter in the first font that has it; a box where none has.
    pub(super) fn letter(&mut self, letter: char, weight: Weight) -> Letter {
        let near = usize::try_from(u32::from(letter)).ok().filter(|index| *index < usize::from(NEAR_END));
        let weight_index = usize::from(weight == Weight::Bold);
        let known = match near {
            Some(index) => self.near[weight_index][index],
            None => self.found[weight_index].get(&letter).copied(),
        };
        if let Some(known) = known {
            return known;
        }
        let found = self.search(letter, weight).or_else(|| self.search(MISSING, weight));
        let found = found.expect("the first font has the box");
        match near {
            Some(index) => self.near[weight_index][index] = Some(found),
            None => drop(self.found[weight_index].insert(letter, found)),
        }
        found
    }

    /// The box that stands for what no font has.
    pub(super) fn missing(&mut self, weight: Weight) -> Letter {
        self.letter(MISSING, weight)
    }

    fn search(&self, letter: char, weight: Weight) -> Option<Letter> {
        order(weight).find_map(|face| self.letter_in(face, letter))
    }

    /// The first font that has all of the letters.
    pub(super) fn face_of_all(&self, letters: &[char], weight: Weight) -> Option<u8> {
        order(weight).find(|face| letters.iter().all(|letter| self.letter_in(*face, *letter).is_some()))
    }

    fn letter_in(&self, face: u8, letter: char) -> Option<Letter> {
        let font = self.face(face);
        let glyph = font.charmap.map(letter).filter(|glyph| *glyph != GlyphId::NOTDEF)?;
        let advance = i32::from(font.advances.advance(glyph)?);
        let glyph = u16::try_from(glyph.to_u32()).ok()?;
        Some(Letter { face, glyph, advance })
    }

    pub(super) fn face(&self, face: u8) -> &Face {
        &self.all[usize::from(face)]
    }

    /// How wide that many units of the font are, in parts of an em.
    pub(super) fn width(&self, face: u8, units: i32) -> i64 {
        i64::from(units) * (EM / self.face(face).units)
    }

    /// The font as it is put into the file.
    pub(super) fn embedded(&mut self, face: u8) -> Font {
        let face = &mut self.all[usize::from(face)];
        let data = face.data;
        let font = || Font::new(data.into(), 0).expect("the fonts that are shipped can be read");
        face.embedded.get_or_insert_with(font).clone()
    }

    /// Whether the shape is known to show that text, and will be from now on if it never showed any.
    pub(super) fn shows(&mut self, glyph: &Glyph, text: &str) -> bool {
        self.meanings.is(glyph, text)
    }

    /// What it takes to join letters of the font.
    pub(super) fn shaper(&mut self, face: u8) -> (&FontRef<'static>, &ShaperData) {
        let Face { font, shaper, .. } = &mut self.all[usize::from(face)];
        let shaper = shaper.get_or_insert_with(|| ShaperData::new(font));
        (font, shaper)
    }
}

/// Behind it letters are looked for in a map.
const NEAR_END: u16 = 0x500;

fn order(weight: Weight) -> impl Iterator<Item = u8> {
    let bold = (weight == Weight::Bold).then_some(BOLD);
    bold.into_iter().chain(0..BOLD)
}

impl Face {
    fn new(data: &'static [u8]) -> Self {
        let broken = "the fonts that are shipped can be read";
        let font = FontRef::new(data).expect(broken);
        let units = i64::from(font.head().expect(broken).units_per_em());
        assert_eq!(EM % units, 0, "an em is a whole number of the units of every font");
        Self {
            charmap: font.charmap(),
            advances: font.hmtx().expect(broken),
            font,
            data,
            units,
            embedded: None,
            shaper: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn set_in(letter: char, file: usize) {
        let letter = Faces::new().letter(letter, Weight::Regular);
        assert_eq!(usize::from(letter.face), file);
        assert!(letter.glyph != 0);
    }

    #[test]
    fn each_script_has_a_font() {
        for letter in "ЯяĄłё«»№–\u{a0}ọқא".chars() {
            set_in(letter, 0);
        }
        for (letter, file) in [
            ('₽', 1),
            ('თ', 1),
            ('բ', 1),
            ('ع', 1),
            ('न', 2),
            ('ก', 3),
            ('北', 4),
            ('あ', 4),
            ('한', 5),
            ('🎉', 6),
        ] {
            set_in(letter, file);
        }
    }

    #[test]
    fn what_no_font_has_is_a_box() {
        let mut faces = Faces::new();
        let missing = faces.missing(Weight::Regular);
        assert_eq!(faces.letter('\u{12000}', Weight::Regular), missing);
        assert_ne!(faces.letter('а', Weight::Regular), missing);
    }

    #[test]
    fn the_widths_are_those_of_times_new_roman() {
        // Advances of Times New Roman, in 2048 parts of an em: «а» 909, «Ш» 2015 (Monotype, version 7.00).
        let mut faces = Faces::new();
        assert_eq!(faces.letter('а', Weight::Regular).advance, 909);
        assert_eq!(faces.width(0, 2048), EM);
        let bold = faces.letter('а', Weight::Bold);
        assert!(bold.face == BOLD && bold.advance == 1024);
    }
}
