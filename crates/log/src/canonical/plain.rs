//! How far the plain part of a text goes, looked at eight bytes together: most of a log is such text, and most pieces of it
//! are short.

use super::is_plain;

/// One in each byte.
const ONES: u64 = u64::from_ne_bytes([1; 8]);
/// The highest bit of each byte.
const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);

/// The highest bit of each byte that is less than `limit`, at most 0x80. Those behind the first may be set too many.
const fn below(word: u64, limit: u64) -> u64 {
    word.wrapping_sub(ONES * limit) & !word & HIGHS
}

/// The highest bit of each byte that is this one, with the same reservation.
const fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ (ONES * byte as u64), 1)
}

/// The bytes that end the plain part of a string: what ends the string, begins an escape, or has no place there.
const fn specials(word: u64) -> u64 {
    below(word, 0x20) | equal(word, b'"') | equal(word, b'\\')
}

/// Length of the plain part of a string that begins here: up to what ends it, begins an escape or is a control character.
pub(super) fn of_string(bytes: &[u8]) -> usize {
    length(bytes, specials, |byte| matches!(byte, 0x20..) && !matches!(byte, b'"' | b'\\'))
}

/// Length of the part of a key that begins here: printable ASCII without marks.
pub(super) fn of_key(bytes: &[u8]) -> usize {
    length(bytes, |word| specials(word) | equal(word, 0x7f) | (word & HIGHS), is_plain)
}

fn length(bytes: &[u8], specials: impl Fn(u64) -> u64, is_plain: impl Fn(u8) -> bool) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let found = specials(u64::from_le_bytes(*word));
        if found != 0 {
            return index * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    words.len() * 8 + rest.iter().take_while(|byte| is_plain(**byte)).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn eight_bytes_together_say_what_each_says_alone(
            bytes in prop::collection::vec(prop_oneof![4 => 0x20_u8..0x7f, 1 => any::<u8>()], 0..40),
        ) {
            let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
            let string = bytes.iter().position(is_special).unwrap_or(bytes.len());
            prop_assert_eq!(of_string(&bytes), string);
            let key = bytes.iter().position(|byte| !is_plain(*byte)).unwrap_or(bytes.len());
            prop_assert_eq!(of_key(&bytes), key);
        }
    }
}
