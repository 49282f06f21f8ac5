//! Letters that depend on their neighbours: marks over and under them, Arabic and Indian scripts, and everything that runs from
//! right to left. The shapes come from the fonts' own rules (`harfrust`), the directions from UAX #9 (`unicode-bidi`).

use std::ops::Range;

use harfrust::{Direction, ShapeOptions, UnicodeBuffer};
use svod_domain::guard::is_unseen;
use unicode_bidi::{BidiInfo, Level};

use super::faces::{Faces, Weight};
use super::letters::{Glyph, place};

/// Whether the letter makes its paragraph one that is set here.
pub(super) fn is_joined(letter: char) -> bool {
    matches!(letter,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{590}'..='\u{109f}' | '\u{135d}'..='\u{135f}'
        | '\u{1700}'..='\u{18af}' | '\u{1900}'..='\u{1cff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{2de0}'..='\u{2dff}' | '\u{3099}' | '\u{309a}' | '\u{a66f}'..='\u{a67d}' | '\u{a69e}' | '\u{a69f}'
        | '\u{a6f0}' | '\u{a6f1}' | '\u{a800}'..='\u{abff}' | '\u{fb1d}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fdff}'
        | '\u{fe20}'..='\u{fe2f}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{11fff}' | '\u{1e800}'..='\u{1eeff}')
}

/// Marks that stand with the letter before them.
fn is_mark(letter: char) -> bool {
    matches!(letter,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}'
        | '\u{670}' | '\u{6d6}'..='\u{6ed}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{2de0}'..='\u{2dff}' | '\u{3099}' | '\u{309a}' | '\u{fe20}'..='\u{fe2f}')
        || is_unseen(letter)
}

/// Chooses between looks of the letter before it, of which the fonts have one each.
fn is_variation(letter: char) -> bool {
    matches!(letter, '\u{fe00}'..='\u{fe0f}')
}

/// A stretch of text of one font and one direction.
struct Run {
    range: Range<usize>,
    face: u8,
    level: Level,
}

/// The letters of the text as they are read, each joined to its neighbours.
pub(super) fn joined(text: &str, weight: Weight, faces: &mut Faces) -> Vec<Glyph> {
    // The form is Russian: what stands in it runs from left to right, whatever it begins with.
    let levels = BidiInfo::new(text, Some(Level::ltr())).levels;
    let mut glyphs = vec![];
    for run in runs(text, &levels, weight, faces) {
        set(text, &run, weight, faces, &mut glyphs);
    }
    glyphs
}

fn runs(text: &str, levels: &[Level], weight: Weight, faces: &mut Faces) -> Vec<Run> {
    let mut runs: Vec<Run> = vec![];
    let mut from = 0;
    while let Some(letter) = text[from..].chars().next() {
        let (face, length) = group(&text[from..], letter, weight, faces);
        let (to, level) = (from + length, levels[from]);
        match runs.last_mut() {
            _ if letter == '\n' => {}
            Some(run) if run.range.end == from && run.face == face && run.level == level => {
                run.range.end = to;
            }
            _another => runs.push(Run { range: from..to, face, level }),
        }
        from = to;
    }
    runs
}

/// The font that the text begins in, and how many bytes of it belong together: a letter with the marks behind it, if a font has them
/// all.
fn group(text: &str, letter: char, weight: Weight, faces: &mut Faces) -> (u8, usize) {
    let marks = text.chars().skip(1).take_while(|mark| is_mark(*mark));
    let letters: Vec<char> = std::iter::once(letter).chain(marks).collect();
    let seen: Vec<char> = letters.iter().copied().filter(|letter| !is_unseen(*letter)).collect();
    match faces.face_of_all(&seen, weight) {
        Some(face) => (face, letters.iter().map(|letter| letter.len_utf8()).sum()),
        None => (faces.letter(letter, weight).face, letter.len_utf8()),
    }
}

/// Adds the letters of a run in the order of reading. What nobody sees behind a letter is not shown by it: readers would miss
/// the white that follows.
fn set(text: &str, run: &Run, weight: Weight, faces: &mut Faces, glyphs: &mut Vec<Glyph>) {
    let missing = faces.missing(weight);
    let mut buffer = UnicodeBuffer::new();
    for (at, letter) in text[run.range.clone()].char_indices() {
        if !is_variation(letter) {
            buffer.add(letter, place(at));
        }
    }
    buffer.set_direction(if run.level.is_rtl() { Direction::RightToLeft } else { Direction::LeftToRight });
    buffer.guess_segment_properties();
    let (font, shaper) = faces.shaper(run.face);
    let set = shaper.shaper(font).build().shape(buffer, ShapeOptions::new());
    let first = glyphs.len();
    for (info, position) in set.glyph_infos().iter().zip(set.glyph_positions()) {
        let from = run.range.start + info.cluster as usize;
        let known = u16::try_from(info.glyph_id).ok().filter(|id| *id != 0);
        glyphs.push(Glyph {
            face: if known.is_some() { run.face } else { missing.face },
            level: run.level.number(),
            id: known.unwrap_or(missing.glyph),
            is_space: text[from..].starts_with(' '),
            advance: if known.is_some() { position.x_advance } else { missing.advance },
            moved: (position.x_offset, position.y_offset),
            from: place(from),
            to: 0,
            is_shared: false,
        });
    }
    let run_glyphs = &mut glyphs[first..];
    if run.level.is_rtl() {
        run_glyphs.reverse();
    }
    end_each(run_glyphs, place(run.range.end));
    for glyph in &mut *run_glyphs {
        let seen = glyph.shown(text).trim_end_matches(is_unseen).len();
        glyph.to = if seen > 0 { glyph.from + place(seen) } else { glyph.to };
    }
    for together in run_glyphs.chunk_by_mut(|one, next| one.from == next.from) {
        let is_shared = together.len() > 1;
        for glyph in together {
            glyph.is_shared = is_shared;
        }
    }
    let shows = |glyph: &Glyph| !glyph.shown(text).chars().all(is_unseen);
    let kept: Vec<Glyph> = glyphs.drain(first..).filter(shows).collect();
    glyphs.extend(kept);
}

/// What shows several letters at once ends where the next one begins.
fn end_each(glyphs: &mut [Glyph], end: u32) {
    let mut next = end;
    for index in (0..glyphs.len()).rev() {
        let from = glyphs[index].from;
        glyphs[index].to = next;
        if index == 0 || glyphs[index - 1].from != from {
            next = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &str) -> Vec<Glyph> {
        joined(text, Weight::Regular, &mut Faces::new())
    }

    #[test]
    fn a_mark_stands_over_its_letter_and_takes_no_room() {
        let glyphs = letters("я\u{301}");
        assert_eq!(glyphs.iter().filter(|glyph| glyph.advance == 0).count(), 1);
        assert!(glyphs.iter().all(|glyph| (glyph.from, glyph.to) == (0, 4)), "one cluster: {glyphs:?}");
    }

    #[test]
    fn what_chooses_a_look_is_neither_shown_nor_a_shape() {
        let text = "☀\u{fe0f} е\u{301}";
        let glyphs = letters(text);
        let shown: Vec<&str> = glyphs.iter().map(|glyph| glyph.shown(text)).collect();
        assert_eq!(shown[..2], ["☀", " "]);
    }

    #[test]
    fn arabic_letters_take_the_form_of_their_place() {
        let alone = letters("ب")[0].id;
        let begun = letters("بب")[0].id;
        assert_ne!(alone, begun);
    }

    #[test]
    fn no_letter_of_a_joined_text_is_lost() {
        for text in ["नमस्ते दुनिया", "สวัสดีชาวโลก", "مرحبا بالعالم", "e\u{301}\u{323}q\u{30a} \u{12000}"]
        {
            let mut ends: Vec<(u32, u32)> =
                letters(text).iter().map(|glyph| (glyph.from, glyph.to)).collect();
            ends.dedup();
            let shown: String = ends.iter().map(|(from, to)| &text[*from as usize..*to as usize]).collect();
            assert_eq!(shown, text);
        }
    }
}
