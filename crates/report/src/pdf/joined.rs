//! Letters that depend on their neighbours: marks over and under them, Arabic and Indian scripts, and everything that runs from
//! right to left. The shapes come from the fonts' own rules (`harfrust`), the directions from UAX #9 (`unicode-bidi`).

use std::ops::Range;

use harfrust::{Direction, ShapeOptions, UnicodeBuffer};
use unicode_bidi::{BidiInfo, Level};

use super::faces::{Faces, Weight};
use super::letters::{Glyph, is_unseen, place};

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

/// Adds the letters of a run in the order of reading.
fn set(text: &str, run: &Run, weight: Weight, faces: &mut Faces, glyphs: &mut Vec<Glyph>) {
    let missing = faces.missing(weight);
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(&text[run.range.clone()]);
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
        });
    }
    let run_glyphs = &mut glyphs[first..];
    if run.level.is_rtl() {
        run_glyphs.reverse();
    }
    end_each(run_glyphs, place(run.range.end));
    let shows = |glyph: &Glyph| !text[glyph.from as usize..glyph.to as usize].chars().all(is_unseen);
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

/// The letters of a line in the order of reading, in stretches of one font and one direction, each with the way from the beginning of
/// the line to its left edge (UAX #9, rule L2), in parts of an em. What is read from right to left comes letter by letter, for a
/// stretch is drawn from the left.
pub(super) fn where_they_stand<'a>(glyphs: &'a [Glyph], faces: &Faces) -> Vec<(&'a [Glyph], i64)> {
    let runs = glyphs.chunk_by(|one, next| {
        (one.face, one.level) == (next.face, next.level) && (!one.is_reversed() || one.from == next.from)
    });
    let mut runs: Vec<(&[Glyph], i64)> = runs.map(|run| (run, 0)).collect();
    let mut order: Vec<usize> = (0..runs.len()).collect();
    let level = |run: usize| level_of(runs[run].0);
    let highest = order.iter().map(|run| level(*run)).max().unwrap_or_default();
    for least in (1..=highest).rev() {
        for stretch in order.chunk_by_mut(|one, next| (level(*one) >= least) == (level(*next) >= least)) {
            if level(stretch[0]) >= least {
                stretch.reverse();
            }
        }
    }
    let mut way = 0;
    for run in order {
        runs[run].1 = way;
        way += runs[run].0.iter().map(|glyph| faces.width(glyph.face, glyph.advance)).sum::<i64>();
    }
    runs
}

fn level_of(run: &[Glyph]) -> u8 {
    run[0].level
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &str) -> Vec<Glyph> {
        joined(text, Weight::Regular, &mut Faces::new())
    }

    fn on_the_page(text: &str) -> String {
        let mut faces = Faces::new();
        let glyphs = joined(text, Weight::Regular, &mut faces);
        let mut runs = where_they_stand(&glyphs, &faces);
        runs.sort_by_key(|(_, way)| *way);
        let shown = |glyph: &Glyph| text[glyph.from as usize..glyph.to as usize].to_owned();
        let run = |run: &[Glyph]| -> String {
            if run[0].is_reversed() {
                run.iter().rev().map(shown).collect()
            } else {
                run.iter().map(shown).collect()
            }
        };
        runs.iter().map(|(glyphs, _)| run(glyphs)).collect()
    }

    #[test]
    fn what_runs_from_right_to_left_stands_that_way() {
        assert_eq!(on_the_page("в שלום, и 12"), "в םולש, и 12");
        assert_eq!(on_the_page("שלום 12 עולם"), "םלוע 12 םולש");
    }

    #[test]
    fn a_mark_stands_over_its_letter_and_takes_no_room() {
        let glyphs = letters("я\u{301}");
        assert_eq!(glyphs.iter().filter(|glyph| glyph.advance == 0).count(), 1);
        assert!(glyphs.iter().all(|glyph| (glyph.from, glyph.to) == (0, 4)), "one cluster: {glyphs:?}");
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
