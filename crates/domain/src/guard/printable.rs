//! The characters that documents are set in: those that some font of `crates/report/fonts` has. The domain knows no fonts, so
//! they are data, which a test of `svod-report` compares with the fonts themselves.

use std::sync::LazyLock;

/// The file of characters: `FIRST-LAST` or `ONE` a line, in hexadecimal, sorted; `#` begins a comment.
pub const FILE: &str = include_str!("../../data/printable.txt");

/// A bit for each character: every letter of an order is looked up.
static BITS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut bits = vec![];
    for code in ranges().into_iter().flat_map(|(first, last)| first..=last) {
        let (word, bit) = place(code);
        bits.resize(bits.len().max(word + 1), 0);
        bits[word] |= bit;
    }
    bits
});

/// The word of [`BITS`] that a character has its bit in, and the bit.
const fn place(code: u32) -> (usize, u64) {
    ((code / u64::BITS) as usize, 1 << (code % u64::BITS))
}

/// First and last of each range, sorted.
fn ranges() -> Vec<(u32, u32)> {
    let lines = FILE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let ranges: Option<Vec<(u32, u32)>> = lines.map(range).collect();
    ranges.expect("the file of characters is checked by a test")
}

fn range(line: &str) -> Option<(u32, u32)> {
    let (first, last) = line.split_once('-').unwrap_or((line, line));
    Some((u32::from_str_radix(first, 16).ok()?, u32::from_str_radix(last, 16).ok()?))
}

/// Whether some font has the character.
pub(super) fn is_printable(letter: char) -> bool {
    let (word, bit) = place(u32::from(letter));
    BITS.get(word).is_some_and(|bits| bits & bit != 0)
}

#[cfg(test)]
mod tests {
    use super::super::text::{is_private, is_taken_out};
    use super::*;

    #[test]
    fn the_ranges_are_sorted_apart_and_hold_nothing_that_is_never_printed() {
        let ranges = ranges();
        assert!(ranges.len() > 100, "{} ranges", ranges.len());
        for &(first, last) in &ranges {
            assert!(first <= last, "{first:x}");
            for letter in (first..=last).map(|code| char::from_u32(code).unwrap()) {
                assert!(
                    !letter.is_control() && !is_taken_out(letter) && !is_private(letter),
                    "{:x}",
                    u32::from(letter)
                );
            }
        }
        for pair in ranges.windows(2) {
            assert!(pair[0].1 + 1 < pair[1].0, "{pair:x?}");
        }
    }

    #[test]
    fn a_character_is_printable_to_the_ends_of_its_range_and_no_further() {
        for (letter, expected) in [
            ('\u{1f}', false),
            (' ', true),
            ('~', true),
            ('\u{7f}', false),
            ('Щ', true),
            ('₽', true),
            ('ქ', true),
            ('語', true),
            ('한', true),
            ('\u{1200}', false),
            ('\u{10ffff}', false),
        ] {
            assert_eq!(is_printable(letter), expected, "{letter:?}");
        }
    }
}
