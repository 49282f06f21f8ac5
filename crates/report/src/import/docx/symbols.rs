//! Signs of fonts that have their own: letters there stand at places where Unicode has none.

/// Stands in the place of a sign that nobody can name.
pub(super) const UNKNOWN: char = '\u{fffd}';

/// The fonts that Word takes signs from by itself, with the places of those signs and what they look like.
const SIGNS: [(&str, u32, char); 26] = [
    ("symbol", 0x2d, '\u{2212}'),
    ("symbol", 0xa3, '≤'),
    ("symbol", 0xae, '→'),
    ("symbol", 0xb0, '°'),
    ("symbol", 0xb1, '±'),
    ("symbol", 0xb2, '″'),
    ("symbol", 0xb3, '≥'),
    ("symbol", 0xb4, '×'),
    ("symbol", 0xb7, '•'),
    ("symbol", 0xbe, '—'),
    ("symbol", 0xd2, '®'),
    ("symbol", 0xd3, '©'),
    ("symbol", 0xd4, '™'),
    ("wingdings", 0x28, '☎'),
    ("wingdings", 0x2a, '✉'),
    ("wingdings", 0x6c, '●'),
    ("wingdings", 0x6e, '■'),
    ("wingdings", 0x6f, '□'),
    ("wingdings", 0x76, '❖'),
    ("wingdings", 0x9f, '•'),
    ("wingdings", 0xa7, '▪'),
    ("wingdings", 0xa8, '◻'),
    ("wingdings", 0xd8, '➢'),
    ("wingdings", 0xe0, '→'),
    ("wingdings", 0xfc, '✓'),
    ("wingdings", 0xfe, '☑'),
];

/// The letter that looks like the sign. Places from F000 on are those of the font, moved out of the way of Unicode.
pub(super) fn symbol(font: &str, code: u32) -> char {
    let font = font.to_lowercase();
    let has_signs = SIGNS.iter().any(|(known, ..)| *known == font);
    let is_moved = (0xf000..=0xf0ff).contains(&code);
    if has_signs || is_moved {
        let at = if is_moved { code - 0xf000 } else { code };
        let found = SIGNS.iter().find(|(known, place, _)| *known == font && *place == at);
        return found.map_or(UNKNOWN, |(.., letter)| *letter);
    }
    char::from_u32(code).filter(|letter| !letter.is_control()).unwrap_or(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_is_known_by_its_font_and_place_or_is_said_to_be_unknown() {
        let cases = [
            ("Symbol", 0xf0b7, '•'),
            ("Wingdings", 0xf0fc, '✓'),
            ("Wingdings", 0xfc, '✓'),
            ("Wingdings", 0xf041, UNKNOWN),
            ("Webdings", 0xf041, UNKNOWN),
            ("Times New Roman", 0x2116, '№'),
            ("Times New Roman", 0, UNKNOWN),
            ("Times New Roman", 0xd800, UNKNOWN),
        ];
        for (font, code, letter) in cases {
            assert_eq!(symbol(font, code), letter, "{font} {code:x}");
        }
    }
}
